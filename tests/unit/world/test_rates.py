"""Tariffs by sector in worlds of several sectors: from tables of one's own, TRAINS and GTAP; and what stands in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gtap_toys as toys
import published as pub
from multipolar.errors import InputError, ScenarioError, WorldError
from multipolar.world import World
from multipolar.world.building import Built, build_world

CHOICE = {"value": 5, "source": "a test"}
INDICATORS = {
    "gdp_usd_mn": 60_000.0,
    "agriculture_pct": 10.0,
    "manufacturing_pct": 30.0,
    "fuel_exports_pct": 20.0,
    "ore_exports_pct": 5.0,
    "fuel_imports_pct": 15.0,
    "ore_imports_pct": 5.0,
    "services_exports_usd_mn": 900.0,
    "services_imports_usd_mn": 900.0,
    "merchandise_exports_usd_mn": 6_000.0,
    "merchandise_imports_usd_mn": 6_500.0,
}


def trains(duty: str = "MFN", partner: str = "000") -> str:
    """Results of a query: crude oil at 2%, food at 4% and cars at 10% on everyone, or on one partner nothing."""
    head = ("Reporter", "Product", "Partner", "Tariff Year", "Simple Average", "DutyType")
    numbers = {**pub.NUMERIC, "USA": 840}
    rates = (("270900", 2.0), ("010121", 4.0), ("870323", 10.0)) if duty == "MFN" else (("870323", 0.0),)
    rows = [(numbers[c], k, partner, 2009, rate, duty) for c in pub.CODES for k, rate in rates]
    return pub.table(head, *[row for row in rows if str(row[0]) != partner])


def write_recipe(folder: Path, **fields: Any) -> Path:
    path = folder / "toy.yaml"
    base = {"schema": 1, "kind": "world", "id": "toy", "title": "A toy", "year": 2009, "elasticity": CHOICE}
    path.write_text(json.dumps({**base, "preferences": False, **fields}, indent=1))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "reports.csv").write_text(pub.wits_reports())
    figures = [(name, code, 2009, value) for name, value in INDICATORS.items() for code in pub.CODES]
    (tmp_path / "figures.csv").write_text(pub.table(("indicator", "iso3", "year", "value"), *figures))
    (tmp_path / "mfn.csv").write_text(trains())
    (tmp_path / "preferences.csv").write_text(trains("PRF", str(pub.NUMERIC["RUS"])))
    (tmp_path / "icio.csv").write_text(pub.icio())
    return tmp_path


def three_sectors(folder: Path, tariffs: Any = None, **fields: Any) -> Built:
    sources: dict[str, Any] = {
        "reports": {"reader": "wits-reports", "file": "reports.csv"},
        "indicators": {"reader": "figures-csv", "file": "figures.csv"},
    }
    if tariffs is not None:
        sources["tariffs"] = tariffs
    fields = {"method": "three-sector", "sources": sources, **fields}
    return build_world(write_recipe(folder, **fields), [folder])


def of_trains(file: str, duty: str, **options: Any) -> dict[str, Any]:
    return {"reader": "trains", "file": file, "duty": duty, "sectors": {"energy": ["27"]}, "rest": "goods", **options}


def rate(world: World, o: str, d: str, sector: str) -> float:
    return float(world.tariff[world.economy_index(o), world.economy_index(d), world.sectors.index(sector)])


def solves(world: World) -> None:
    from dataclasses import replace

    from multipolar.equilibrium import solve
    from multipolar.scenario.policy import status_quo

    still = status_quo(world, "nothing")
    assert np.abs(solve(world, still).wage_hat - 1).max() < 1e-9
    assert solve(world, replace(still, tariff=np.zeros_like(world.tariff))).residual < 1e-9


def test_trains_feeds_a_world_of_three_sectors(folder: Path) -> None:
    pytest.importorskip("duckdb")
    built = three_sectors(folder, [of_trains("preferences.csv", "PRF"), of_trains("mfn.csv", "MFN")])
    world = built.world
    assert world.check().max_residual < 1e-12
    assert rate(world, "CHN", "DEU", "energy") == pytest.approx(0.02)
    assert rate(world, "CHN", "DEU", "goods") == pytest.approx(0.07)
    assert rate(world, "RUS", "DEU", "goods") == 0 and rate(world, "RUS", "DEU", "energy") == pytest.approx(0.02)
    assert (world.tariff[:, :, 2] == 0).all()
    np.testing.assert_allclose(world.external_tariff, [[0.02, 0.07, 0.0]] * 5)
    assert [file["reader"] for file in built.report["files"]].count("trains") == 2
    solves(world)


def test_trains_feeds_a_table_by_industry_or_by_its_group(folder: Path) -> None:
    pytest.importorskip("duckdb")
    fields: dict[str, Any] = {
        "method": "input-output",
        "industries": {"goods": ["01T02"], "energy": ["05T06"]},
        "fill": {"tariffs": "group-mean"},
    }
    table = {"reader": "icio", "file": "icio.csv"}
    by_industry = of_trains("mfn.csv", "MFN", sectors={"01T02": ["01", "87"], "05T06": ["27"]}, rest="64T66")
    worlds = [
        build_world(write_recipe(folder, sources={"table": table, "tariffs": source}, **fields), [folder])
        for source in (by_industry, of_trains("mfn.csv", "MFN"))
    ]
    for built in worlds:
        world = built.world
        assert world.check().max_residual < 1e-12
        np.testing.assert_allclose(world.external_tariff[:2], [[0.07, 0.02, 0.0]] * 2)
        np.testing.assert_allclose(world.external_tariff[2], [0.07, 0.02, 0.0])  # the rest of the world: the mean
        flag = next(f for f in built.report["flags"] if "no general rate" in f["what"])
        assert flag["where"] == ["ROW"] and "as the recipe says" in flag["what"]
        solves(world)


def test_gtap_becomes_a_world_that_balances_and_solves(tmp_path: Path) -> None:
    toys.write(tmp_path)
    sources = {"table": {"reader": "gtap-tables", "file": "VDFB.csv"},
               "tariffs": {"reader": "gtap-tariffs", "file": "VMSB.csv"}}  # fmt: skip
    fields: dict[str, Any] = {
        "method": "input-output",
        "year": 2017,
        "sources": sources,
        "aliases": {"xea": "ROW", "xsu": "ROW"},
        "industries": {"energy": ["oil"], "goods": ["mvh", "v_f"]},
    }
    with pytest.raises(WorldError, match=r"'fill: {tariffs: free}'"):
        build_world(write_recipe(tmp_path, **fields), [tmp_path])
    built = build_world(write_recipe(tmp_path, **fields, fill={"tariffs": "highest-pair"}), [tmp_path])
    world, given = built.world, toys.arrays()
    assert set(world.economies) == {"CHN", "KAZ", "RUS", "ROW"} and world.sectors == toys.COMMODITIES
    assert world.check().max_residual < 1e-12 and (world.value_added > 0).all()
    o, d = toys.REGIONS.index("rus"), toys.REGIONS.index("kaz")
    assert rate(world, "RUS", "KAZ", "mvh") == pytest.approx(given["VMSB"][1, o, d] / given["VCIF"][1, o, d] - 1)
    assert rate(world, "RUS", "KAZ", "otp") == pytest.approx(0.0, abs=1e-12)
    highest = world.tariff.max(axis=0)
    np.testing.assert_allclose(world.external_tariff[:, :3], highest[:, :3])
    solves(world)


def test_rates_that_would_fall_on_nothing_are_refused(folder: Path) -> None:
    write_rates(folder, *EVERYONE)
    table = {"reader": "icio", "file": "icio.csv"}
    means = [("tariff_mean_pct", code, 2009, 5.0) for code in ("DEU", "RUS")]
    (folder / "means.csv").write_text(pub.table(("indicator", "iso3", "year", "value"), *means))
    for sources, message in (
        ({"tariffs": TARIFFS}, r"'tariffs\.csv' has rates without a sector, and 'industries' names no goods"),
        ({"indicators": {"reader": "figures-csv", "file": "means.csv"}}, "a mean tariff is on goods, and 'industries'"),
    ):
        recipe = write_recipe(folder, method="input-output", sources={"table": table, **sources})
        with pytest.raises(WorldError, match=message):
            build_world(recipe, [folder])


TARIFFS = {"reader": "tariffs-csv", "file": "tariffs.csv"}


def write_rates(folder: Path, *rows: tuple[Any, ...]) -> None:
    head = ("importer", "exporter", "sector", "rate_pct")
    (folder / "tariffs.csv").write_text(pub.table(head, *rows))


EVERYONE = [(code, "", "", 5) for code in pub.CODES]


def test_a_rate_without_a_sector_holds_for_all_that_pay_duty(folder: Path) -> None:
    write_rates(folder, *EVERYONE, ("KAZ", "", "energy", 1), ("KAZ", "RUS", "", 0), ("CHN", "USA", "goods", 30))
    world = three_sectors(folder, TARIFFS).world
    assert world.external_tariff[2].tolist() == pytest.approx([0.01, 0.05, 0.0])
    assert rate(world, "RUS", "KAZ", "energy") == rate(world, "RUS", "KAZ", "goods") == 0
    assert rate(world, "USA", "CHN", "goods") == pytest.approx(0.3)  # more than everyone else pays
    assert rate(world, "USA", "CHN", "energy") == pytest.approx(0.05)
    write_rates(folder, *EVERYONE, ("KAZ", "", "services", 2))
    assert rate(three_sectors(folder, TARIFFS).world, "RUS", "KAZ", "services") == pytest.approx(0.02)


@pytest.mark.parametrize(
    ("rows", "fill", "message"),
    [
        (
            EVERYONE[:-1],
            {},
            r"toy\.yaml:\d+: a general rate of USA is in no file \(tariffs\.csv\); add a row with a blank",
        ),
        ([*EVERYONE, ("KAZ", "", "good", 1)], {}, "rates for the sector 'good', .*; did you mean goods"),
        (EVERYONE[:-1], {"tariffs": "highest-pair"}, r"finds no rate for USA, energy: no file has any"),
        (
            [*EVERYONE, ("KAZ", "", "energy", 0), ("KAZ", "RUS", "energy", 3)],
            {},
            "takes 3% on energy from RUS and nothing",
        ),
        (
            [*EVERYONE, ("KAZ", "RUS", "", -5)],
            {},
            r"tariffs\.csv:7: column 'rate_pct' is -5; it must lie between 0 and",
        ),
    ],
)
def test_rates_that_are_missing_or_impossible(rows: list[Any], fill: Any, message: str, folder: Path) -> None:
    write_rates(folder, *rows)
    with pytest.raises(InputError, match=message):
        three_sectors(folder, TARIFFS, fill=fill)


def test_highest_pair_and_group_mean(folder: Path) -> None:
    write_rates(folder, *EVERYONE[:-1], ("USA", "KAZ", "", 8), ("USA", "RUS", "goods", 12))
    high = three_sectors(folder, TARIFFS, fill={"tariffs": "highest-pair"})
    assert rate(high.world, "CHN", "USA", "goods") == pytest.approx(0.12)
    assert rate(high.world, "CHN", "USA", "energy") == pytest.approx(0.08)
    mean = three_sectors(folder, TARIFFS, fill={"tariffs": "group-mean"})
    assert rate(mean.world, "CHN", "USA", "goods") == pytest.approx(0.05)
    write_rates(folder, *EVERYONE[:-1])
    free = three_sectors(folder, TARIFFS, fill={"tariffs": "free"})
    assert free.world.external_tariff[4].tolist() == [0, 0, 0] and rate(free.world, "CHN", "KAZ", "goods") > 0
    for built, words in ((mean, "the mean of the group"), (free, "no duty")):
        flag = next(f for f in built.report["flags"] if "no general rate" in f["what"])
        assert flag["where"] == ["USA"] and f"{words} stands in, as the recipe says" in flag["what"]


def test_a_world_without_tariffs_must_say_so(folder: Path) -> None:
    with pytest.raises(WorldError, match=r"toy\.yaml:\d+: no tariffs: .*'fill: {tariffs: free}'"):
        three_sectors(folder)
    built = three_sectors(folder, fill={"tariffs": "free"})
    assert (built.world.tariff == 0).all()
    assert "No file of tariffs: every rate is zero, as the recipe says." in built.report["steps"]


def test_rates_that_look_like_fractions_are_flagged(folder: Path) -> None:
    write_rates(folder, *[(code, "", "", 0.05) for code in pub.CODES])
    flags = three_sectors(folder, TARIFFS).report["flags"]
    assert any("are they fractions where percent is meant" in flag["what"] for flag in flags)


def test_rules_are_checked_when_the_recipe_is_read(folder: Path) -> None:
    for fill, message in (
        ({"tarrifs": "free"}, "nothing can stand in for 'tarrifs'; did you mean tariffs"),
        ({"tariffs": "zero"}, "'zero' is no rule for 'tariffs'; write free or group-mean or highest-pair"),
    ):
        with pytest.raises(ScenarioError, match=message) as caught:
            three_sectors(folder, fill=fill)
        assert "toy.yaml:" in str(caught.value)
