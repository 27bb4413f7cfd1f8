"""Whose orbit: the record against the functions and solves it is made of."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from multipolar.equilibrium import solve
from multipolar.errors import InputError, UnknownNameError, WorldError
from multipolar.influence import cut_off
from multipolar.study.orbit_history import History, with_known_codes
from multipolar.study.orbits import whose_orbit
from toys import toy_world

CONTRACT = Path(__file__).resolve().parents[3] / "docs" / "json-contracts.md"


@pytest.fixture(scope="module")
def content() -> dict[str, Any]:
    """Orbits of a made-up world."""
    return whose_orbit(toy_world(), ["RUS", "EUN", "CHN"], over=["KAZ", "RUS"])


def flows(years: tuple[int, ...] = (1996, 2008)) -> pd.DataFrame:
    """Made-up imports: Kazakhstan turns from Russia to China, Moldova stays with the EU; Georgia lacks Russia."""
    rows = []
    for year in years:
        late = year == years[-1]
        rows += [("RUS", "KAZ", year, 10.0 if late else 60.0), ("CHN", "KAZ", year, 60.0 if late else 10.0)]
        rows += [("DEU", "KAZ", year, 5.0), ("TUR", "KAZ", year, 25.0)]
        rows += [
            ("RUS", "MDA", year, 10.0),
            ("CHN", "MDA", year, 5.0),
            ("ROM", "MDA", year, 30.0),
            ("TUR", "MDA", year, 5),
        ]
        rows += [("CHN", "GEO", year, 5.0), ("DEU", "GEO", year, 5.0)]
        rows += [("RUS", "UNS", year, 5.0), ("CHN", "UNS", year, 5.0)]
    return pd.DataFrame(rows, columns=["exporter", "importer", "year", "trade"])


def test_losses_are_those_of_single_solves(content: dict[str, Any]) -> None:
    world = toy_world()
    rows = {(row["economy"], row["pole"]): row for row in content["leverage"]["rows"]}
    eq = solve(world, cut_off(world, ["EUN"], ["KAZ"]), deficits="scaled")
    income = world.final_demand.sum(axis=1)
    for key, code in (("loss", "KAZ"), ("own_loss", "EUN")):
        i = world.economy_index(code)
        lost = 1.0 - float(eq.real_income_hat[i])
        assert rows["KAZ", "EUN"][f"{key}_pct"] == pytest.approx(100 * lost, rel=1e-6)
        assert rows["KAZ", "EUN"][f"{key}_usd_bn"] == pytest.approx(income[i] * lost / 1e3, rel=1e-6)
    found = rows["KAZ", "EUN"]
    if found["loss_per_own_loss"] is not None:
        assert found["loss_per_own_loss"] == pytest.approx(found["loss_usd_bn"] / found["own_loss_usd_bn"])
    assert found["loss_short_run_pct"] > found["loss_pct"]
    assert rows["RUS", "RUS"]["loss_pct"] is None and rows["RUS", "RUS"]["reason"] == "it is RUS itself"


def test_spheres_are_the_largest_pull_and_poles_are_left_out(content: dict[str, Any]) -> None:
    assert {row["economy"] for row in content["spheres"]} == {"KAZ", "BLR", "ROW"}
    for row in content["spheres"]:
        assert row["pull"] >= row["second_pull"]
        assert row["margin"] == pytest.approx(1 - row["second_pull"] / row["pull"])
        assert row["contested"] == (row["margin"] < content["contested_below"])
    shares = np.array([pole["share"] for pole in content["poles"]])
    assert content["effective_number_of_poles"] == pytest.approx(1 / (shares**2).sum())
    groups = content["communities"]["groups"]
    assert sorted(code for group in groups for code in group["economies"]) == sorted(toy_world().economies)


def test_the_record_is_strict_json_and_every_key_is_documented(content: dict[str, Any]) -> None:
    json.dumps(content, allow_nan=False)
    section = CONTRACT.read_text().partition("## orbits")[2].partition("\n## ")[0]
    words = set(re.findall(r"\w+", section))
    past = History(flows=flows(), gdp=None)
    codes = set(toy_world().economies)
    for record in (content, whose_orbit(toy_world(), ["RUS", "EUN", "CHN"], year=2008, history=past)):
        assert set(_keys(record)) - codes <= words


def _keys(item: Any) -> list[str]:
    if isinstance(item, dict):
        return [*item, *(key for part in item.values() for key in _keys(part))]
    return [key for part in item for key in _keys(part)] if isinstance(item, list) else []


def test_a_year_of_flows_counts_shares_of_imports() -> None:
    found = whose_orbit(toy_world(), ["RUS", "EUN", "CHN"], year=2008, history=History(flows=flows()))
    rows = {row["economy"]: row for row in found["spheres"]}
    assert set(rows) == {"KAZ", "MDA"}  # Georgia has no row from Russia, and nobody is called UNS
    assert rows["KAZ"]["pole"] == "CHN" and rows["KAZ"]["pull"] == pytest.approx(-100 * math.log(1 - 0.6))
    assert rows["MDA"]["pole"] == "EUN" and rows["MDA"]["pull"] == pytest.approx(-100 * math.log(1 - 0.6))
    assert found["unreported"] == ["GEO"]
    assert found["method"] == "import_shares" and found["leverage"]["reason"]


def test_over_time_follows_the_same_economies() -> None:
    found = whose_orbit(toy_world(), ["RUS", "EUN", "CHN"], year=1996, history=History(flows=flows()))["over_time"]
    assert found["economies"] == ["KAZ", "MDA"]
    assert found["moved"] == [{"economy": "KAZ", "from": "RUS", "to": "CHN"}]
    assert [row["year"] for row in found["years"]] == [1996, 2008]


def test_old_codes_count_and_unknown_importers_do_not() -> None:
    table = pd.DataFrame(
        {"exporter": ["BLX", "ROM", "BUN"], "importer": ["ROM", "KAZ", "KAZ"], "year": 2000, "trade": 1.0}
    )
    found = with_known_codes(table)
    assert list(found.exporter) == ["BEL", "ROU", "BUN"] and list(found.importer) == ["ROU", "KAZ", "KAZ"]


def test_votes_and_the_centre_of_gravity_by_year() -> None:
    points = pd.DataFrame(
        {
            "iso3": ["RUS", "CHN", "DEU", "FRA", "KAZ", "MDA"],
            "year": 2008,
            "ideal_point": [0.0, -1.0, 1.0, 2.0, -0.2, 1.3],
        }
    )
    gdp = pd.DataFrame(
        {"RUS": [1.0, 1.0], "USA": [4.0, 1.0], "WLD": [9.0, 9.0], "FRA": [1.0, np.nan]}, index=[1992, 2008]
    )
    past = History(flows=flows(), gdp=gdp, ideal_points=points)
    found = whose_orbit(toy_world(), ["RUS", "EUN", "CHN"], year=2008, history=past)
    votes = {row["economy"]: row for row in found["alignment"]["rows"]}
    assert votes["KAZ"]["nearest"] == "RUS" and votes["KAZ"]["gaps"]["EUN"] == pytest.approx(1.7)
    assert votes["MDA"]["nearest"] == "EUN"
    assert found["alignment"]["nearest_is_leader"] == pytest.approx(0.5)  # Kazakhstan buys in China
    series = found["centre_of_gravity"]["series"]
    assert [row["covered"] for row in series] == [2, 2] and series[1]["lon"] > series[0]["lon"]


def test_a_pole_may_be_a_group_whose_members_the_world_holds_apart() -> None:
    world = toy_world(("RUS", "KAZ", "DEU", "FRA", "ROW"))
    found = whose_orbit(world, ["RUS", "EUN"])
    assert {tuple(pole["economies"]) for pole in found["poles"]} == {("RUS",), ("DEU", "FRA")}
    assert {row["economy"] for row in found["spheres"]} == {"KAZ", "ROW"}
    assert all(row["import_share_loss_pct"] is None for row in found["leverage"]["rows"] if row["pole"] == "EUN")


@pytest.mark.parametrize(
    ("poles", "more", "kind", "message"),
    [
        (["RUS", "CHNA"], {}, UnknownNameError, "unknown pole 'CHNA'; did you mean CHN"),
        (["RUS"], {}, InputError, "need 2 to 12 poles"),
        (["RUS", "RUS"], {}, InputError, "named twice"),
        (["RUS", "DEU"], {}, WorldError, "part of 'EUN'"),
        (["RUS", "CHN"], {"over": ["Kazakhstan"]}, UnknownNameError, "did you mean KAZ"),
        (["RUS", "CHN"], {"year": 2008}, InputError, "for 2008 flows by year are needed"),
        (["RUS", "CHN"], {"year": 2000, "history": History(flows=flows())}, InputError, "flows of 1996, 2008"),
        (["RUS", "CHN"], {"year": 2008, "over": ["KAX"], "history": History(flows=flows())}, InputError, "KAZ"),
    ],
)
def test_what_cannot_be_used_is_said(
    poles: list[str], more: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        whose_orbit(toy_world(), poles, **more)
