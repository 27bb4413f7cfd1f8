"""Reading shipped tables: what is refused, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from multipolar.errors import WorldError
from multipolar.triangular import triangular_quantile
from multipolar.world.bundled import layout, tables

GOOD = "gdp/KAZ,gdp,KAZ,,,115000,USD million,2009,observed,,,,wdi,"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A folder of made-up tables; returns a function that writes lines and reads them back."""
    (tmp_path / "sources.csv").write_text("key,citation,url,licence\nwdi,A citation,https://example.org,\n")
    monkeypatch.setattr(tables, "_folder", lambda name: tmp_path)

    def read(*lines: str, head: str = ",".join(tables.COLUMNS)):
        (tmp_path / "economies.csv").write_text("\n".join([head, *lines]) + "\n")
        tables.read_sources.cache_clear()
        tables.read_figures.cache_clear()
        return tables.read_figures("made-up")

    yield read
    tables.read_sources.cache_clear()
    tables.read_figures.cache_clear()


def test_reads_a_row(folder):
    (figure,) = folder(GOOD)
    assert (figure.id, figure.value, figure.year, figure.source) == ("gdp/KAZ", 115000, 2009, ("wdi",))
    assert not figure.drawn


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (GOOD.replace("wdi", "nobody"), "source 'nobody' is not in sources.csv"),
        (GOOD.replace("wdi", ""), "'gdp/KAZ' has no source"),
        (GOOD.replace("115000", "many"), "value 'many' is not a number"),
        (GOOD.replace("observed", "guessed"), "status 'guessed' is not one of"),
        (GOOD.replace("115000", ""), "'gdp/KAZ' is empty; say why"),
        (GOOD.replace("gdp/KAZ", "gdp/RUS"), "id 'gdp/RUS' does not match"),
        (GOOD.replace("observed,,", "imputed,116000,120000"), "range of 'gdp/KAZ' does not hold its value"),
        (GOOD.replace(",,,,wdi", ",,,all,wdi"), "'gdp/KAZ' shares a draw but has no range"),
    ],
)
def test_refuses_and_names_the_line(folder, line: str, message: str):
    with pytest.raises(WorldError, match=r"economies\.csv:2: ") as caught:
        folder(line)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_refuses_a_figure_that_stands_twice_and_other_columns(folder):
    with pytest.raises(WorldError, match=r"economies\.csv:3: figure 'gdp/KAZ' stands twice"):
        folder(GOOD, GOOD)
    with pytest.raises(WorldError, match="the columns must be"):
        folder(GOOD, head="id,value")


def test_figures_share_a_draw_each_within_its_own_range(folder):
    rows = [
        GOOD.replace("observed,,,", f"imputed,{lo},{hi},{draw}").replace("gdp/KAZ,gdp,KAZ", f"gdp/{code},gdp,{code}")
        for code, lo, hi, draw in (
            ("KAZ", 105000, 125000, "all"),
            ("RUS", 115000, 135000, "all"),
            ("BLR", 105000, 125000, "-all"),
            ("UKR", 105000, 125000, ""),
        )
    ]
    folder(*rows)
    tables._shipped.cache_clear()
    numbers = {"all": 0.9, "gdp/KAZ": 0.5, "gdp/RUS": 0.5, "gdp/BLR": 0.5, "gdp/UKR": 0.3}
    drawn = tables.values_by_id("made-up", numbers.__getitem__)
    assert drawn["gdp/KAZ"] == pytest.approx(triangular_quantile(105000, 115000, 125000, 0.9))
    assert drawn["gdp/RUS"] == pytest.approx(triangular_quantile(115000, 115000, 135000, 0.9))
    assert drawn["gdp/BLR"] == pytest.approx(triangular_quantile(105000, 115000, 125000, 0.1))
    assert drawn["gdp/UKR"] == pytest.approx(triangular_quantile(105000, 115000, 125000, 0.3))
    # A number below the own part takes a figure out of the common draw, and is spread over the whole of [0, 1).
    drawn = tables.values_by_id("made-up", (numbers | {"gdp/KAZ": 0.75 * tables.OWN_PART}).__getitem__)
    assert drawn["gdp/KAZ"] == pytest.approx(triangular_quantile(105000, 115000, 125000, 0.75))
    assert drawn["gdp/RUS"] == pytest.approx(triangular_quantile(115000, 115000, 135000, 0.9))
    tables._shipped.cache_clear()


def test_a_missing_figure_is_named():
    with pytest.raises(WorldError, match="no figure 'gdp/KAZ'"):
        layout._array(tables.Values.of({"gdp/RUS": 1.0}), "gdp", "o", ("RUS", "KAZ"))


def test_inputs_beyond_the_limit_are_scaled_down():
    from multipolar.world.bundled.tables import values_by_id

    values = values_by_id("world-2009")
    for supplier in layout.SECTORS:
        values[f"input_share_{supplier}/KAZ/energy"] = 0.5
    from multipolar.atlas import groups

    figures = layout.lay_out(tables.Values.of(values), tuple(groups()))
    assert figures.input_share[1, 0].sum() == pytest.approx(layout.INPUT_LIMIT)
