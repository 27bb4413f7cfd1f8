"""The library of replications itself, on look-alike data made here: contract, files found, what is refused."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multipolar.errors import InputError, UnknownNameError
from multipolar.replicate import Paper, Replication, Row, papers, replicate
from multipolar.replicate.published import Printed, printed
from multipolar.replicate.result import Computed, beside

CODES = ("CAN", "DEU", "JPN", "USA")


@pytest.fixture
def enlargement(tmp_path: Path) -> Path:
    """A made-up file of the form that ge_gravity ships; its results are not those of the model."""
    rng = np.random.default_rng(5)
    records = []
    for o, d in itertools.product(CODES, CODES):
        trade = rng.uniform(50, 100) * (20 if o == d else 1)
        effect = 0.2 if {o, d} == {"CAN", "JPN"} else 0.0
        for year in (2000, 2014):
            records.append((o, d, year, trade, effect, 1.0, trade, 1.0, trade))
    columns = ["exporter", "importer", "year", "trade", "eu_effect", "w_eu", "X_eu", "w_mult", "X_mult"]
    pd.DataFrame(records, columns=columns).to_csv(tmp_path / "TradeData0014_Results.csv", index=False)
    return tmp_path


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    """A made-up file of the form of gegravity's sample."""
    rng = np.random.default_rng(6)
    output, expenditure = rng.uniform(1e5, 1e6, 4), rng.uniform(1e5, 1e6, 4)
    records = [
        (o, d, output[i], expenditure[j], 0, 0, 0, 0.0 if o == d else 8.0, int(o != d))
        for (i, o), (j, d) in itertools.product(enumerate(CODES), enumerate(CODES))
    ]
    columns = ["exporter", "importer", "Y", "E", "pta", "contiguity", "common_language", "lndist", "international"]
    pd.DataFrame(records, columns=columns).to_csv(tmp_path / "sample_data_set.dlm", index=False)
    return tmp_path


def test_json_has_the_contract_and_no_nan(enlargement: Path) -> None:
    document = json.loads(json.dumps(replicate("eu-enlargement", enlargement).to_json(), allow_nan=False))
    assert list(document) == ["paper", "citation", "rows"]
    assert document["paper"] == "eu-enlargement"
    assert document["citation"].endswith("https://github.com/VKudlay/GEGravity")
    keys = ["variant", "economy", "measure", "computed", "published", "difference"]
    assert all(list(row) == keys for row in document["rows"])
    unpublished = [row for row in document["rows"] if row["published"] is None]
    assert {row["measure"] for row in unpublished} == {"real_wage_pct"}
    assert all(row["difference"] is None for row in unpublished)


def test_difference_is_computed_less_published(enlargement: Path) -> None:
    replication = replicate("eu-enlargement", enlargement)
    row = next(r for r in replication.rows if r.economy == "CAN" and r.measure == "welfare_pct")
    assert row.published == 0.0
    assert row.difference == row.computed > 0.1
    frame = replication.to_frame()
    assert frame.columns.tolist() == ["variant", "economy", "measure", "computed", "published", "difference"]
    assert len(frame) == len(replication.rows) == 2 * 4 * 4
    farthest = replication.largest_difference(measure="welfare_pct")
    assert farthest is not None and farthest.economy in {"CAN", "JPN"}
    assert replication.largest_difference(measure="real_wage_pct") is None


def test_no_shock_moves_nothing(enlargement: Path) -> None:
    path = enlargement / "TradeData0014_Results.csv"
    pd.read_csv(path).assign(eu_effect=0.0).to_csv(path, index=False)
    rows = replicate("eu-enlargement", enlargement).rows
    np.testing.assert_allclose([row.computed for row in rows if row.variant == "additive-deficits"], 0, atol=1e-7)
    # Expenditure already is proportional to output, so the factor is 1 and nothing moves here either.
    np.testing.assert_allclose([row.computed for row in rows], 0, atol=1e-7)


def test_files_are_found_in_either_folder(enlargement: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    above = tmp_path_factory.mktemp("all")
    (above / "ge_gravity").symlink_to(enlargement)
    assert replicate("eu-enlargement", above).rows == replicate("eu-enlargement", enlargement).rows


def test_every_paper_names_a_missing_file_and_where_to_get_it(tmp_path: Path) -> None:
    for paper in papers():
        with pytest.raises(InputError, match=r"https://") as caught:
            replicate(paper.id, tmp_path)
        assert paper.files[0] in str(caught.value)
        assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="no folder"):
        replicate("eu-enlargement", tmp_path / "absent")


def test_one_file_of_several_missing(tmp_path: Path) -> None:
    paper = papers()[0]
    for name in paper.files[:-1]:
        (tmp_path / name).write_text("1\n")
    with pytest.raises(InputError, match=paper.files[-1]):
        replicate(paper.id, tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("1 2\n3 4\n", "2 x 2, not 620 x 31"),
        ("1 2\nx 4\n", "cannot be read as numbers"),
        ("1 2\n3\n", "cannot be read"),
    ],
)
def test_damaged_numbers_are_refused(tmp_path: Path, content: str, said: str) -> None:
    for name in papers()[0].files:
        (tmp_path / name).write_text(content)
    with pytest.raises(InputError, match=said) as caught:
        replicate("caliendo-parro-2015", tmp_path)
    assert "xbilat1993.txt" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_negative_trade_is_refused(tmp_path: Path) -> None:
    for name in papers()[0].files:
        np.savetxt(tmp_path / name, np.full((620, 31), -1.0))
    with pytest.raises(InputError, match="below 0"):
        replicate("caliendo-parro-2015", tmp_path)


def test_damaged_tables_are_refused(enlargement: Path) -> None:
    path = enlargement / "TradeData0014_Results.csv"
    table = pd.read_csv(path)

    def refused(changed: pd.DataFrame, said: str) -> None:
        changed.to_csv(path, index=False)
        with pytest.raises(InputError, match=said):
            replicate("eu-enlargement", enlargement)

    refused(table.drop(columns="eu_effect"), "no column 'eu_effect'")
    refused(table.drop(index=2), "no number in 'trade' for CAN to DEU")
    refused(pd.concat([table, table.iloc[[2]]]), "CAN to DEU twice")
    refused(table[table["year"] == 2014], "no row of the year 2000")
    refused(table.assign(w_mult=np.nan), "no number in 'w_mult'")
    path.write_text("")
    with pytest.raises(InputError, match="cannot be read"):
        replicate("eu-enlargement", enlargement)


def test_sample_without_a_partner_is_refused(sample: Path) -> None:
    path = sample / "sample_data_set.dlm"
    table = pd.read_csv(path)
    table[~table["exporter"].isin(["JPN"]) & ~table["importer"].isin(["JPN"])].to_csv(path, index=False)
    with pytest.raises(InputError, match="no exporter 'JPN'"):
        replicate("gegravity-sample", sample)
    table.assign(Y=-1.0).to_csv(path, index=False)
    with pytest.raises(InputError, match="not above 0"):
        replicate("gegravity-sample", sample)


def _write_tariffs(folder: Path, codes: tuple[str, ...], trade: np.ndarray) -> None:
    """Made-up files of the form of the US tariffs of April 2025; thousand USD, as theirs."""
    columns = {f"export_ij{i + 1}": trade[:, i] for i in range(len(codes))}
    pd.DataFrame(columns).to_csv(folder / "trade_cepii.csv", index=False)
    pd.DataFrame({"gdp": 1e3 * np.linspace(8e6, 4e6, len(codes))}).to_csv(folder / "gdp.csv", index=False)
    pd.DataFrame({"applied_tariff": 0.2}, index=range(len(codes))).to_csv(folder / "tariffs.csv", index=False)
    pd.DataFrame({"iso3": codes}).to_csv(folder / "country_labels.csv", index=False)


@pytest.fixture
def tariffs(tmp_path: Path) -> Path:
    rng = np.random.default_rng(7)
    codes = ("USA", "CHN", "DEU", "FRA", "JPN")
    trade = rng.uniform(1e5, 3e5, (5, 5))
    np.fill_diagonal(trade, np.nan)
    _write_tariffs(tmp_path, codes, trade)
    return tmp_path


def test_us_tariffs_on_made_up_trade(tariffs: Path) -> None:
    rows = {(r.variant, r.economy, r.measure): r for r in replicate("ignatenko-2025", tariffs).rows}
    assert rows["ustr", "USA", "tariff_revenue_pct"].computed > 0
    assert rows["ustr", "CHN", "tariff_revenue_pct"].computed == 0
    assert rows["reciprocal", "CHN", "tariff_revenue_pct"].computed > 0
    # No rate is better for the US than its best one, and a quarter of the pass-through moves trade less.
    best, listed = (rows[v, "USA", "welfare_pct"].computed for v in ("inputs-optimal", "inputs"))
    assert best > listed - 1e-9
    most, least = (rows[v, "USA", "imports_to_gdp_pct"].computed for v in ("ustr", "low-pass-through"))
    assert most < least < 0
    # Transfers scale with world income: without local costs the deficit moves by the price level alone, for everybody.
    moved = [rows["eaton-kortum", code, "deficit_pct"] for code in ("USA", "CHN")]
    assert abs(moved[0].computed) == pytest.approx(abs(moved[1].computed), rel=1e-6)


def test_damaged_us_tariff_files_are_refused(tariffs: Path) -> None:
    for name, changed, said in (
        ("tariffs.csv", pd.DataFrame({"applied_tariff": [0.1, 0.1]}), "must hold 5 numbers"),
        ("tariffs.csv", pd.DataFrame({"rate": [0.1] * 5}), "no column 'applied_tariff'"),
        ("gdp.csv", pd.DataFrame({"gdp": [1e12, 1e12, -1.0, 1e12, 1e12]}), "none below 0"),
        ("gdp.csv", pd.DataFrame({"gdp": ["much"] * 5}), "must hold 5 numbers"),
        ("country_labels.csv", pd.DataFrame({"iso3": ["USA", "CHN", "JPN", "KOR", "IND"]}), "the EU and others"),
        ("country_labels.csv", pd.DataFrame({"iso3": ["USA", "CHN", "DEU", "FRA", "DEU"]}), "every code once"),
    ):
        kept = (tariffs / name).read_bytes()
        changed.to_csv(tariffs / name, index=False)
        with pytest.raises(InputError, match=said) as caught:
            replicate("ignatenko-2025", tariffs)
        assert "\n" not in str(caught.value)
        (tariffs / name).write_bytes(kept)


def test_unknown_paper_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="caliendo-parro-2015"):
        replicate("caliendo-paro-2015", Path())


def test_rows_are_never_silently_left_out() -> None:
    computed = [Computed("a", "CAN", "welfare_pct", 1.0)]
    assert beside(computed, {("a", "CAN", "welfare_pct"): 0.75}) == (Row("a", "CAN", "welfare_pct", 1.0, 0.75, 0.25),)
    with pytest.raises(ValueError, match="published but not computed: a, USA, welfare_pct"):
        beside(computed, {("a", "USA", "welfare_pct"): 1.0})
    with pytest.raises(ValueError, match="not a number"):
        beside([Computed("a", "CAN", "welfare_pct", float("nan"))], {})


def test_printed_values_are_sourced_and_belong_to_a_paper() -> None:
    known = {paper.id: paper for paper in papers()}
    assert printed()
    for value in printed():
        assert value.variant in known[value.paper].variants
        assert "https://" in value.source
        assert round(value.value, value.digits) == value.value
    keys = [(v.paper, v.variant, v.economy, v.measure) for v in printed()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("value", "digits", "computed", "expected"),
    [(-0.06, 2, -0.0638, True), (-0.06, 2, -0.0651, False), (118.0, 0, 118.28, True), (118.0, 0, 118.6, False)],
)
def test_a_printed_value_is_matched_by_rounding(value: float, digits: int, computed: float, expected: bool) -> None:
    assert Printed("p", "v", "CAN", "m", value, digits, "s").matches(computed) is expected


def test_papers_are_described() -> None:
    found = papers()
    assert [paper.id for paper in found] == [
        "caliendo-parro-2015",
        "eu-enlargement",
        "gegravity-sample",
        "ignatenko-2025",
        "ossa-2014",
    ]
    for paper in found:
        assert isinstance(paper, Paper)
        assert paper.title and paper.variants and paper.files
        assert "https://" in paper.citation and "https://" in paper.data_from


def test_listing_papers_does_not_load_jax_or_pandas() -> None:
    code = (
        "import sys; from multipolar.replicate import papers; papers(); "
        "print([name for name in ('jax', 'pandas', 'matplotlib') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_replication_shows_itself(enlargement: Path) -> None:
    replication = replicate("eu-enlargement", enlargement)
    assert isinstance(replication, Replication)
    assert "welfare_pct" in replication._repr_html_()
