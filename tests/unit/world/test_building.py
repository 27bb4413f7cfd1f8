"""Worlds built by recipe: small made-up files, every method, and what goes wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import published as pub
from multipolar.data.readers.tables_io import InputOutput
from multipolar.data.tables import Notes
from multipolar.errors import DataError, InputError, ScenarioError, UnknownNameError, WorldError
from multipolar.world import read_world, write_world
from multipolar.world.building import Built, build_world, load_recipe, shipped_recipes
from multipolar.world.building.assemble import Report, cut_inputs
from multipolar.world.building.input_output import without_negatives
from multipolar.world.building.mirror import choose_report, fill
from multipolar.world.building.preferences import club_pairs, preference_matrix

CHOICE = {"value": 5, "source": "a test"}
HALF = {"value": 0.5, "source": "a test"}
FREE = {"tariffs": "free"}


def recipe(folder: Path, **changes: Any) -> Path:
    """Write a recipe of one sector from people's own files, with changes."""
    base: dict[str, Any] = {
        "schema": 1,
        "kind": "world",
        "id": "toy",
        "title": "A toy",
        "year": 2020,
        "method": "single-sector",
        "elasticity": CHOICE,
        "value_added_share": HALF,
        "preferences": False,
        "sources": {
            "trade": {"reader": "trade-csv", "file": "trade.csv"},
            "tariffs": {"reader": "tariffs-csv", "file": "tariffs.csv"},
            "indicators": {"reader": "economies-csv", "file": "economies.csv"},
        },
    }
    path = folder / "toy.yaml"
    path.write_text(json.dumps({**base, **changes}, indent=1))  # JSON is YAML
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """People's own files for five economies."""
    for reader, name in (("trade-csv", "trade"), ("economies-csv", "economies"), ("tariffs-csv", "tariffs")):
        text, _ = pub.sample(reader)
        (tmp_path / f"{name}.csv").write_text(str(text))
    return tmp_path


def build(folder: Path, **changes: Any) -> Built:
    return build_world(recipe(folder, **changes), [folder])


def test_own_files_become_a_balanced_world(folder: Path) -> None:
    built = build(folder)
    world = built.world
    assert world.economies == pub.CODES and world.economy_names[2] == "Kazakhstan"
    i, j = world.economies.index("RUS"), world.economies.index("KAZ")
    assert world.trade_flow[i, j, 0] == pytest.approx(pub.size("RUS", "KAZ"))
    assert world.tariff[i, j, 0] == 0 and world.tariff[j, i, 0] == pytest.approx(0.05)
    np.testing.assert_allclose(world.gdp, 5e5)
    np.testing.assert_allclose(world.value_added[:, 0] / world.output[:, 0], 0.5)
    assert built.report["residuals"]["income"] < 1e-10
    assert built.report["choices"]["elasticity/all"] == {"value": 5.0, "source": "a test"}
    json.dumps(built.report, allow_nan=False)


def test_a_built_world_solves_and_keeps_its_report_on_disk(folder: Path, tmp_path: Path) -> None:
    from multipolar.equilibrium import solve
    from multipolar.scenario.policy import status_quo

    path = write_world(build(folder).world, tmp_path / "w.world.npz")
    world = read_world(path)
    assert world.provenance["built"]["recipe"] == "toy"
    assert np.abs(solve(world, status_quo(world, "nothing")).wage_hat - 1).max() < 1e-12


def test_reports_are_mirror_filled(folder: Path) -> None:
    (folder / "reports.csv").write_text(pub.wits_reports())
    sources = {
        "reports": {"reader": "wits-reports", "file": "reports.csv"},
        "indicators": {"reader": "economies-csv", "file": "economies.csv"},
    }
    world = build(folder, sources=sources, year=2009, fill=FREE).world
    kaz, rus = world.economies.index("KAZ"), world.economies.index("RUS")
    assert world.flow_status[rus, kaz, 0] == 2 and world.flow_status[kaz, rus, 0] == 1
    np.testing.assert_allclose(world.trade_flow[kaz, rus, 0], pub.size("KAZ", "RUS"))


def test_choosing_between_two_reports() -> None:
    import pandas as pd

    rows = [("A", "B", "exporter", 90.0), ("A", "B", "importer", 212.0), ("B", "A", "exporter", 30.0)]
    frame = pd.DataFrame(rows, columns=["origin", "destination", "side", "value"])
    pairs = choose_report(frame, 1.06).set_index(["o", "d"])
    assert pairs.value["A", "B"] == pytest.approx(200) and pairs.value["B", "A"] == 30
    smaller = choose_report(frame, 1.06, [("A", "B")]).set_index(["o", "d"])
    assert smaller.value["A", "B"] == 90
    filled = fill(choose_report(frame, 1.06), ("A", "B"))
    assert filled.agreement[0, 1] == pytest.approx(0.45) and filled.agreement[1, 0] == 0.5
    assert filled.differ_twofold == 1.0


def test_exports_above_output_raise_gdp_and_are_flagged(folder: Path) -> None:
    set_gdp(folder, "KAZ", 100)
    built = build(folder, trade_above_gdp=["KAZ"])
    assert any("floor" in flag["what"] and flag["where"] == ["KAZ"] for flag in built.report["flags"])
    assert built.report["moves"][0]["where"] == "KAZ"


def set_gdp(folder: Path, code: str, value: float) -> None:
    """Write another GDP of one economy."""
    path = folder / "economies.csv"
    text = path.read_text()
    assert f"{code},500000.0" in text
    path.write_text(text.replace(f"{code},500000.0", f"{code},{value}"))


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e-3])
def test_gdp_in_another_unit_is_noticed(factor: float, folder: Path) -> None:
    gdp = "\n".join(f"{code},{5e5 / factor * (0.1 if factor > 1 else 1.0)}" for code in pub.CODES)
    (folder / "economies.csv").write_text(f"economy,gdp_usd_mn\n{gdp}\n")
    with pytest.raises(WorldError, match="another unit"):
        build(folder)


def without(folder: Path, name: str, start: str) -> None:
    """Take the rows that start with some text out of a file."""
    rows = (folder / name).read_text().split("\n")
    (folder / name).write_text("\n".join(row for row in rows if not row.startswith(start)))


def test_economies_without_gdp_are_left_out_only_if_the_recipe_says_so(folder: Path) -> None:
    without(folder, "economies.csv", "USA")
    with pytest.raises(
        WorldError, match=r"trade\.csv:5: USA: trade is recorded and no GDP is in economies\.csv; .*leave"
    ):
        build(folder)
    built = build(folder, leave_out=["USA"])
    assert built.world.economies == pub.CODES[:-1]
    assert {"what": "left out, as the recipe says", "count": 1, "where": ["USA"]} in built.report["flags"]


def io_recipe(folder: Path, **changes: Any) -> Path:
    (folder / "icio.csv").write_text(pub.icio())
    settings: dict[str, Any] = {
        "method": "input-output",
        "industries": {"goods": ["01T02"], "energy": ["05T06"]},
        "elasticity": {"goods": CHOICE, "energy": CHOICE, "services": CHOICE},
        "sources": {"table": {"reader": "icio", "file": "icio.csv"}},
        "fill": FREE,
    }
    return recipe(folder, **{**settings, **changes})


def test_an_input_output_table_keeps_its_coefficients(folder: Path) -> None:
    built = build_world(io_recipe(folder), [folder])
    between, final = pub.io_numbers(3, 3)
    before = (between.sum(axis=0) / (between.sum(axis=1) + final.sum(axis=1))).reshape(3, 3)
    world = built.world
    np.testing.assert_allclose(world.intermediate_use.sum(axis=2) / world.output, before, rtol=1e-9)
    assert "1 negative cells" in built.report["steps"][0] and built.report["flags"] == []
    assert (world.final_demand > 0).all()


def test_tariffs_on_a_table_fall_on_every_user(folder: Path) -> None:
    (folder / "t.csv").write_text(pub.table(("indicator", "iso3", "value"), ("t", "DEU", 5), ("t", "RUS", 10)))
    sources = {
        "table": {"reader": "icio", "file": "icio.csv"},
        "indicators": {"reader": "figures-csv", "file": "t.csv", "year": 2020, "names": {"t": "tariff_mean_pct"}},
    }
    stated = {"tariff_mean_pct": "group-mean"}
    with pytest.raises(WorldError, match=r"toy\.yaml:\d+: 'tariff_mean_pct' of ROW is in no file \(t\.csv\)"):
        build_world(io_recipe(folder, sources=sources), [folder])
    world = build_world(io_recipe(folder, sources=sources, fill=stated), [folder]).world
    assert world.tariff[0, 0].max() == 0 and world.tariff[1, 0, 2] == 0
    goods = world.trade_flow[1:, 0, :2].sum()
    assert (world.tariff[1:, 0] * world.trade_flow[1:, 0]).sum() / goods == pytest.approx(0.05, rel=1e-6)
    assert world.tariff[1, 0, 1] == pytest.approx(0.5 * world.tariff[1, 0, 0])


def test_without_negatives_keeps_a_clean_table() -> None:
    between, final = pub.io_numbers(2, 2, negative=0.0)
    output = between.sum(axis=1) + final.sum(axis=1)
    table = InputOutput(
        ("DEU", "ROW"), ("a", "b"), between.reshape(2, 2, 2, 2), final.reshape(2, 2, 2, 2), output.reshape(2, 2),
        ("f", "g"), 2009, Notes(), "toy",
    )  # fmt: skip
    same = without_negatives(table, Report())
    np.testing.assert_allclose(same.output, table.output, rtol=1e-12)
    np.testing.assert_allclose(same.intermediate, table.intermediate, rtol=1e-12)


def test_inputs_are_cut_to_what_can_be_supplied() -> None:
    use = np.array([[[3.0, 1.0], [3.0, 1.0]]])
    supply, output = np.array([[5.0, 100.0]]), np.array([[10.0, 2.0]])
    cut, factor = cut_inputs(use, supply, output, 0.1)
    np.testing.assert_allclose(factor, [[0.75, 1.0]])
    assert cut.sum(axis=1)[0, 0] <= 4.5 + 1e-12
    np.testing.assert_allclose(cut[0, 1].sum(), 0.9 * 2.0)
    np.testing.assert_allclose(cut[0, 0], [2.25, 1.0])


def test_clubs_give_preferences() -> None:
    import datetime as dt

    pairs = club_pairs(dt.date(2009, 6, 15))
    assert frozenset({"DEU", "FRA"}) in pairs and frozenset({"RUS", "KAZ"}) in pairs
    assert frozenset({"RUS", "DEU"}) not in pairs
    free = preference_matrix(pairs, ("DEU", "FRA", "RUS"))
    np.testing.assert_array_equal(free, [[0, 1, 0], [1, 0, 0], [0, 0, 0]])


# -- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": "guess"}, "'method'"),
        ({"elasticity": {"value": -1, "source": "no"}}, "elasticity"),
        ({"value_added_share": {"value": 2, "source": "no no"}}, "at most 1"),
        ({"cif": {"value": 9, "source": "no no"}}, "between 1 and 2"),
        ({"surprise": 1}, "'surprise'"),
        ({"id": "../x"}, "'id'"),
        ({"sources": {"trade": {"reader": "trade-cvs", "file": "trade.csv"}}}, "did you mean trade-csv"),
        ({"sources": {"trade": {"reader": "trade-csv", "file": "trade.csv", "year": "x"}}}, "wrong kind"),
        ({"sources": {"trade": {"reader": "trade-csv", "file": "trade.csv", "aliases": [1]}}}, "wrong kind"),
    ],
)
def test_a_wrong_recipe_is_explained(changes: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(ScenarioError, match=message) as caught:
        build(folder, **changes)
    assert "toy.yaml:" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value_added_share": None}, "needs value_added_share"),
        ({"sources": {"indicators": {"reader": "economies-csv", "file": "economies.csv"}}}, "needs sources.trade"),
        ({"sources": {"trade": {"reader": "trade-csv", "file": "../trade.csv"}}}, "leaves the data folder"),
        ({"sources": {"trade": {"reader": "trade-csv", "file": "none.csv"}}}, "no file 'none.csv'"),
        ({"sources": {"trade": {"reader": "trade-csv", "file": "trade.csv", "colour": 1}}}, "no option 'colour'"),
        ({"sources": {"trade": {"reader": "wdi-long", "file": "trade.csv"}}}, "needs the option 'column'"),
        ({"year": 1990}, "no row of 1990"),
        ({"method": "three-sector"}, "needs sources.reports"),
        ({"method": "input-output"}, "needs sources.table"),
    ],
)
def test_a_recipe_that_does_not_fit_its_files(changes: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(InputError, match=message):
        build(folder, **changes)


@pytest.mark.parametrize(
    ("code", "value", "message"),
    [
        (
            "USA",
            500,
            r"economies\.csv:6: GDP of USA is 500 USD million, its exports are 5,660, 11 times as much: another",
        ),
        ("USA", 0, r"economies\.csv:6: 'gdp_usd_mn' of USA is 0; it must be above zero"),
        ("USA", -5, r"economies\.csv:6: column 'gdp_usd_mn' is -5; it must lie between 0"),
        ("USA", "", r"economies\.csv:6: 'gdp_usd_mn' of USA is blank and its trade is recorded \(trade\.csv:5\); fill"),
        ("USA", "1,2", r"economies\.csv:6: 3 cells where the header has 2"),
    ],
)
def test_gdp_that_cannot_be(code: str, value: Any, message: str, folder: Path) -> None:
    set_gdp(folder, code, value)
    with pytest.raises(InputError, match=message) as caught:
        build(folder)
    assert "\n" not in str(caught.value)


def test_gdp_far_above_trade_is_flagged(folder: Path) -> None:
    set_gdp(folder, "USA", 1e7)
    flags = build(folder).report["flags"]
    assert any("less than a thousandth of GDP" in flag["what"] and flag["where"] == ["USA"] for flag in flags)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"sources": {"tarrifs": {"reader": "trade-csv", "file": "trade.csv"}}},
            "unknown role 'tarrifs'; did you mean",
        ),
        ({"leave_out": ["USAA"]}, r"toy\.yaml:\d+: field 'leave_out' names 'USAA', no economy; did you mean USA"),
        ({"no_preference": [["RUS", "KZA"]]}, "field 'no_preference' names 'KZA'"),
        ({"trade_above_gdp": ["XXX"]}, "field 'trade_above_gdp' names 'XXX'"),
        ({"fill": {"gdp_usd_mn": "guess"}}, "'guess' is no rule for 'gdp_usd_mn'; write import-share"),
        ({"split_rest": ["KAZ"]}, "'single-sector' does not use split_rest"),
        ({"entrepots": ["KAZ"]}, "'single-sector' does not use entrepots"),
        ({"economies": ["RUS", "KAZ", "FRA"]}, r"toy\.yaml:\d+: FRA: in no row of trade\.csv"),
    ],
)
def test_names_that_would_do_nothing_are_refused(changes: dict[str, Any], message: str, folder: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        build(folder, **changes)
    assert "\n" not in str(caught.value)


def test_a_file_that_the_method_would_not_look_at_is_refused(folder: Path) -> None:
    sources = json.loads(recipe(folder).read_text())["sources"]
    idle = {**sources, "linkages": {"reader": "icio", "file": "icio.csv"}}
    with pytest.raises(WorldError, match=r"toy\.yaml:\d+: method 'single-sector' does not use sources\.linkages"):
        build(folder, sources=idle)
    wrong = {**sources, "trade": {"reader": "tariffs-csv", "file": "tariffs.csv"}}
    with pytest.raises(WorldError, match=r"'tariffs-csv' gives tariffs, where sources\.trade needs trade"):
        build(folder, sources=wrong)


def test_tariffs_of_the_table_of_economies_are_used(folder: Path) -> None:
    rows = [(code, 5e5, 7) for code in pub.CODES]
    (folder / "economies.csv").write_text(pub.table(("economy", "gdp_usd_mn", "tariff_pct"), *rows))
    sources = json.loads(recipe(folder).read_text())["sources"]
    del sources["tariffs"]
    world = build(folder, sources=sources).world
    assert world.tariff[0, 1, 0] == pytest.approx(0.07)


def test_two_general_rates_of_one_importer_are_one_line(folder: Path) -> None:
    with open(folder / "tariffs.csv", "a") as out:
        out.write("KAZ,,9\n")
    with pytest.raises(DataError, match=r"tariffs\.csv:8: KAZ, a blank stands more than once \(rows 4, 8\)"):
        build(folder)


def test_rows_of_other_years_are_counted(folder: Path) -> None:
    text = (folder / "trade.csv").read_text()
    (folder / "trade.csv").write_text(text + text.partition("\n")[2].replace(",2020,", ",2019,"))
    rows = [(code, year, 5e5) for code in pub.CODES for year in (2018, 2020)]
    (folder / "economies.csv").write_text(pub.table(("economy", "year", "gdp_usd_mn"), *rows))
    files = {file["file"]: file for file in build(folder).report["files"]}
    assert files["trade.csv"]["dropped"] == {"not of 2020": 20} and files["trade.csv"]["rows_read"] == 40
    assert files["economies.csv"]["dropped"] == {"not of 2020": 5}


def test_folders_and_names(folder: Path) -> None:
    with pytest.raises(UnknownNameError, match="wiod-2009"):
        build_world("wiod-2008", [folder])
    with pytest.raises(WorldError, match="no folder"):
        build_world(recipe(folder), [folder / "nothing"])
    with pytest.raises(WorldError, match="--data"):
        build_world(recipe(folder), [])
    with pytest.raises(DataError, match="wiot_2009"):
        build_world("wiod-2009", [folder])


def test_split_needs_a_rest_of_the_world(folder: Path) -> None:
    (folder / "icio.csv").write_text(pub.icio().replace("ROW_", "KAZ_"))
    path = io_recipe(folder, split_rest=["BLR"])
    (folder / "icio.csv").write_text(pub.icio().replace("ROW_", "KAZ_"))
    with pytest.raises(WorldError, match="rest of the world"):
        build_world(path, [folder])


def test_every_shipped_recipe_reads() -> None:
    assert set(shipped_recipes()) >= {"world-2009-197", "world-2023-baci", "wiod-2009", "wiod-2009-split"}
    for name in shipped_recipes():
        made = load_recipe(name)
        assert made.id == name and made.description


def test_the_recipe_for_the_oecd_s_tables_on_a_made_up_one(tmp_path: Path) -> None:
    """The layout of the edition of 2023, smaller: no file of it is at hand."""
    for name in ("icio", "desta", "wdi"):
        (tmp_path / name).mkdir()
    (tmp_path / "icio" / "2020_SML.csv").write_text(pub.icio_2023())
    (tmp_path / "desta" / "desta_members_long.csv").write_text(str(pub.sample("desta")[0]).replace(",USA\n", ",BRA\n"))
    rates = [(c, 2019, rate) for c, rate in (("CHN", 3.4), ("DEU", 1.7), ("RUS", 4.0), ("USA", 2.0))]
    wdi = pub.table(("iso3", "year", "tariff_applied_weighted_pct"), *rates)
    (tmp_path / "wdi" / "tariff_applied_weighted_pct.csv").write_text(wdi)
    built = build_world("icio-2020", [tmp_path])
    world = built.world
    assert world.economies == ("DEU", "RUS", "CHN", "ROW") and world.sectors == tuple(pub.ICIO_INDUSTRIES)
    assert world.check().max_residual < 1e-12 and (world.final_demand >= 0).all()
    assert world.output[1, world.sectors.index("T")] == 0
    goods, energy, services = (world.sectors.index(code) for code in ("C10T12", "B05_06", "J61"))
    assert (
        world.external_tariff[1, goods] == pytest.approx(2 * world.external_tariff[1, energy])
        and (world.external_tariff[:, services] == 0).all()
    )
    assert "negative cells of final demand" in " ".join(built.report["steps"])
    from multipolar.equilibrium import solve
    from multipolar.scenario.policy import status_quo

    still = status_quo(world, "nothing")
    assert np.abs(solve(world, still).wage_hat - 1).max() < 1e-9


@pytest.mark.parametrize("name", ["wiod-2016", "eora26", "adb-mrio"])
def test_other_tables_become_worlds(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    options.pop("year", None)
    source = {"reader": name, "file": path.name, **options}
    year = {"wiod-2016": 2014, "eora26": 2015, "adb-mrio": 2024}[name]
    built = build(tmp_path, method="input-output", sources={"table": source}, year=year, fill=FREE)
    assert built.world.check().max_residual < 1e-12 and len(built.world.economies) == 3
    assert built.report["files"][0]["reader"] == name


def test_tariffs_of_wits_general_and_preferential(folder: Path) -> None:
    (folder / "wits.csv").write_text(pub.trains_query())
    base = {"reader": "trains", "file": "wits.csv", "year": 2009}
    sources = {
        "trade": {"reader": "trade-csv", "file": "trade.csv"},
        "tariffs": [{**base, "duty": "PRF"}, {**base, "duty": "MFN"}],
        "indicators": {"reader": "economies-csv", "file": "economies.csv"},
    }
    world = build(folder, sources=sources).world
    kaz, rus, chn = (world.economy_index(code) for code in ("KAZ", "RUS", "CHN"))
    assert world.tariff[rus, kaz, 0] == 0 and world.tariff[chn, kaz, 0] == pytest.approx(0.07)
    by_sector = {**base, "duty": "MFN", "sectors": {"food": ["01"]}}
    with pytest.raises(WorldError, match="has rates by sector, and the world has one sector"):
        build(folder, sources={**sources, "tariffs": by_sector})


def test_trade_of_gtap_becomes_a_world(folder: Path) -> None:
    (folder / "gtap.csv").write_text(pub.gtap())
    sources = {
        "trade": {"reader": "gtap-csv", "file": "gtap.csv", "header": "VXSB", "aliases": {"xsu": ""}},
        "tariffs": {"reader": "tariffs-csv", "file": "tariffs.csv"},
        "indicators": {"reader": "economies-csv", "file": "economies.csv"},
    }
    built = build(folder, sources=sources)
    rus, kaz = (built.world.economy_index(code) for code in ("RUS", "KAZ"))
    assert built.world.trade_flow[rus, kaz, 0] == pytest.approx(2 * pub.size("RUS", "KAZ"))
    assert built.report["files"][0]["dropped"] == {"origin is an aggregate (xsu)": 2}


def test_figures_that_came_along_serve_only_recipes_that_ship(tmp_path: Path) -> None:
    from multipolar.world.building.pool import Pool
    from multipolar.world.building.recipe import Source, figures_folder

    made = load_recipe("world-2009-197")
    source = Source(reader="figures-csv", file="gaps.csv")
    shipped = Pool(made, (tmp_path,), figures_folder())
    assert len(shipped._read("indicators", source).frame) > 10
    assert shipped.files[0]["remarks"] == ["came with multipolar"]
    (tmp_path / "gaps.csv").write_text("indicator,iso3,year,value\nfuel,KAZ,2009,5\n")
    own = Pool(made, (tmp_path,), figures_folder())
    assert len(own._read("indicators", source).frame) == 1 and own.files[0]["remarks"] == []
    (tmp_path / "gaps.csv").unlink()
    with pytest.raises(DataError, match=r"no file 'gaps\.csv'"):
        Pool(made, (tmp_path,))._read("indicators", source)
    with pytest.raises(DataError, match="leaves the data folder"):
        shipped._find("../building/figures/gaps.csv")


def test_every_figure_that_came_along_has_a_source_that_resolves() -> None:
    import csv

    from multipolar.world.building.recipe import figures_folder

    tables = {
        path.name: list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
        for path in figures_folder().glob("*.csv")
    }
    known = {row["key"]: row for row in tables.pop("sources.csv")}
    named = {source.file for name in shipped_recipes() for source in load_recipe(name).all_sources("indicators")}
    assert set(tables) == {name for name in named if "/" not in name}
    for name, rows in tables.items():
        for row in rows:
            if row["value"]:
                assert known[row["source"]]["citation"], (name, row)


def test_stand_ins_where_those_who_know_weigh_nothing() -> None:
    from multipolar.world.building.pool import stand_ins

    values, weight = np.array([1.0, 3.0, np.nan]), np.array([0.0, 0.0, 5.0])
    assert stand_ins(values, weight, ("DEU", "FRA", "KAZ"))[2] == 2.0
