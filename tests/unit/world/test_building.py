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
    world = build(folder, sources=sources, year=2009).world
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
    text = (folder / "economies.csv").read_text().replace("KAZ,500000.0", "KAZ,100")
    (folder / "economies.csv").write_text(text)
    built = build(folder)
    assert any("floor" in flag["what"] and flag["where"] == ["KAZ"] for flag in built.report["flags"])
    assert built.report["moves"][0]["where"] == "KAZ"


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e-3])
def test_gdp_in_another_unit_is_noticed(factor: float, folder: Path) -> None:
    gdp = "\n".join(f"{code},{5e5 / factor * (0.1 if factor > 1 else 1.0)}" for code in pub.CODES)
    (folder / "economies.csv").write_text(f"economy,gdp_usd_mn\n{gdp}\n")
    with pytest.raises(WorldError, match="another unit"):
        build(folder)


def test_economies_without_gdp_are_left_out_and_named(folder: Path) -> None:
    text = "\n".join(row for row in (folder / "economies.csv").read_text().split("\n") if not row.startswith("USA"))
    (folder / "economies.csv").write_text(text)
    built = build(folder)
    assert built.world.economies == pub.CODES[:-1]
    assert {"what": "left out: trade is known and GDP is not", "count": 1, "where": ["USA"]} in built.report["flags"]


def io_recipe(folder: Path, **changes: Any) -> Path:
    (folder / "icio.csv").write_text(pub.icio())
    settings: dict[str, Any] = {
        "method": "input-output",
        "industries": {"goods": ["01T02"], "energy": ["05T06"]},
        "elasticity": {"goods": CHOICE, "energy": CHOICE, "services": CHOICE},
        "sources": {"table": {"reader": "icio", "file": "icio.csv"}},
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
    world = build_world(io_recipe(folder, sources=sources), [folder]).world
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
