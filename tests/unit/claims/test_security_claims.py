"""Claims on security: made-up neighbourhoods and conflict records for which the verdict must flip."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from claims_toys import ROWS, made, place, places, verdict
from multipolar.claims import hold, security
from multipolar.claims.context import Context
from multipolar.security import pledge
from multipolar.world.bundled import load_world

CENTRE = {(code, "CASC"): 0.05 for code in ("KAZ", "KGZ", "TJK", "UZB")}


def _data(**frames: Any) -> Any:
    return SimpleNamespace(lack=lambda needs: None, **frames)


# -- claim 10


def _conflicts(*rows: tuple[str, int]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"iso3": iso3, "year": year, "conflict": k, "type": "intrastate"} for k, (iso3, year) in enumerate(rows)]
    )


def test_conflicts_are_counted_by_continent_of_the_government() -> None:
    rows = _conflicts(("IND", 2005), ("MMR", 2006), ("IND", 2007), ("NGA", 2005), ("COL", 1999))
    lead, shares = security.lead_in_conflicts(rows, 2004, 2008)
    assert shares == {"Asia": 75.0, "Africa": 25.0}
    assert lead == 50.0


def test_onsets_are_counted_beside_a_conflict_and_two_rings_away() -> None:
    borders = {"IND": frozenset({"NPL"}), "NPL": frozenset({"IND"}), "FRA": frozenset()}
    rows = _conflicts(("IND", 2000), ("IND", 2001), ("NPL", 2001))
    counts = security.onset_counts(rows, borders, ("IND", "NPL", "FRA"), 2001, 2001)
    assert counts == {"beside": (1, 1), "far": (0, 1)}  # IND is not at risk: it was at war the year before


@pytest.mark.parametrize(
    ("near", "asia", "word"), [(60, True, "supported"), (1, True, "refuted"), (60, False, "refuted")]
)
def test_conflicts_spill_over_or_not(near: int, asia: bool, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [("IND" if asia else "NGA", 2004 + k) for k in range(4)] + [("COL", 2005)]
    monkeypatch.setattr(security, "onset_counts", lambda *_: {"beside": (near, 1000), "far": (10, 1000)})
    context = made(data=_data(conflicts=_conflicts(*rows), borders={}, states=()))
    assert verdict(10, security.conflicts_spill_over(context)).verdict == word


# -- claims 11 to 14

SOLDIERS = {"force_pledge/RUS/CSTO/2009": 8000.0, "deployed_soldier_cost/CSTO/2009": 0.1}


def test_peace_is_worth_half_the_losses_from_conflicts() -> None:
    here = place({("RUS", "CAUC"): 0.04, ("RUS", "UKR"): 0.02})
    before = security.expected_loss(here, here.states, 0.8)[here.index("RUS")]
    assert security.gain_from_peace(here, "RUS", 0.8) == pytest.approx(before * (0.02 / 0.06))


def test_peace_is_worth_something_and_net_of_the_force_less_without_a_verdict() -> None:
    context = made({**SOLDIERS, "deployed_soldier_cost/CSTO/2009": 0.1}, **places({("RUS", "CAUC"): 0.05}))
    found = security.leading_strengthens(context)
    gift, paid = (found.readings[name] for name in ("gift", "paid"))
    assert not isinstance(gift, str) and not isinstance(paid, str)
    assert gift["gain"].value - paid["gain"].value == pytest.approx(8000 * 0.1 / 1e3)
    assert verdict(11, found).verdict == "not_testable"


def test_a_helper_that_is_far_away_avoids_less() -> None:
    near, far = (place(CENTRE, apart_km=km, capability={"RUS": 20.0}) for km in (500.0, 9000.0))
    shares = [security.avoided_pct(p, ["KAZ"], ["KAZ", "RUS"], "RUS", 0.8, 100.0) for p in (near, far)]
    assert shares[0] > 0.1 > 0.01 > shares[1] > 0


def test_what_is_avoided_is_measured_by_income_not_by_what_is_left_of_the_risk() -> None:
    # 0.05 a year of 10 USD bn, one against one: half is lost alone. Russia, four times as strong beside it, leaves 1/6.
    here = place({("KAZ", "CASC"): 0.05}, states=("KAZ", "RUS"), capability={"RUS": 4.0}, apart_km=0.0)
    here = replace(here, threat_distance_km=np.zeros((2, 7)))
    lost = 0.05 * 10 * (1 / 2 - 1 / 6)
    assert security.avoided_pct(here, ["KAZ"], here.states, "RUS", 1.0, 50.0) == pytest.approx(100 * lost / 50)
    # A tenth of the hazard: the share of the loss is the same, what it is worth a tenth.
    calm = replace(here, hazard=here.hazard / 10)
    assert security.avoided_pct(calm, ["KAZ"], here.states, "RUS", 1.0, 50.0) == pytest.approx(10 * lost / 50)


@pytest.mark.parametrize(
    ("russia", "nato", "word"), [(30.0, 1e4, "supported"), (30.0, 0.01, "refuted"), (1e-3, 1e4, "refuted")]
)
def test_wanted_in_central_asia_and_not_by_nato(
    russia: float, nato: float, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    strength = {"RUS": russia, "EUN": nato, "USA": nato, "CAN": nato, "TUR": 1.0}
    turkey = place({("TUR", "CAUC"): 0.02}, states=("TUR", "EUN", "USA", "CAN", "RUS"), capability=strength)
    monkeypatch.setattr(security, "with_allies", lambda *_: turkey)
    monkeypatch.setattr(security, "_gdp", lambda context, codes: 100.0 * len(codes))
    context = made(**places(CENTRE, capability={"RUS": russia}))
    monkeypatch.setattr(type(context), "neighbourhoods", lambda self, states: (turkey,) * ROWS)
    assert verdict(12, security.wanted_in_central_asia(context)).verdict == word


def test_a_force_that_stands_nearer_leaves_less_for_russia_to_do() -> None:
    world = load_world("world-2009")
    here = place({("TUR", "CAUC"): 0.02}, states=("TUR",), capability={"TUR": 0.01}, threat_capability={"CAUC": 0.01})
    home, abroad = (security.with_allies(here, world, ("USA", "RUS"), at) for at in ({}, {"USA": "EUN"}))
    assert abroad.distance_km[0, 1] == pytest.approx(2040, abs=40)  # Ankara to Berlin
    assert abroad.capability.tolist() == home.capability.tolist()
    left = [security.avoided_pct(p, ["TUR"], p.states, "RUS", 0.8, 600.0) for p in (home, abroad)]
    assert left[0] > left[1] > 0


def test_allies_are_added_at_the_distance_of_their_capitals() -> None:
    world = load_world("world-2009")
    here = place({("TUR", "CAUC"): 0.02}, states=("TUR",))
    grown = security.with_allies(here, world, ("EUN", "RUS"))
    assert grown.states == ("TUR", "EUN", "RUS")
    assert grown.distance_km[0, 2] == pytest.approx(1790, abs=30)  # Ankara to Moscow
    assert grown.hazard[1:].sum() == 0.0
    assert security.avoided_pct(grown, ["TUR"], grown.states, "RUS", 0.8, 600.0) > 0


@pytest.mark.parametrize(("nato", "sign"), [(0.0005, 1), (0.5, -1)])
def test_guarantor_or_counterweight_turns_with_the_prior_and_has_no_verdict(nato: float, sign: int) -> None:
    hazards = {**CENTRE, ("BLR", "NATO"): nato, ("KAZ", "NATO"): nato}
    context = made(**places(hazards, threat_capability={"NATO": 3.0}))
    found = security.guarantor_not_counterweight(context)
    parts = found.readings["by_threat"]
    assert not isinstance(parts, str) and np.sign(parts["lead"].value) == sign
    assert verdict(13, found).verdict == "not_testable"
    assert found.flips_at[0]["unit"] == "probability a year"


def test_the_common_force_is_held_against_the_armies_behind_it() -> None:
    names = ("military_spending", "iron_and_steel", "energy_use", "population", "urban_population")
    members = ("RUS", "KAZ", "BLR", "ARM", "KGZ", "TJK", "UZB")

    def measured(thousand: float) -> dict[str, float]:
        rows = [{"iso3": c, "year": 2007, "military_personnel": thousand} | dict.fromkeys(names, 1.0) for c in members]
        found = security.measure_force(_data(capabilities=pd.DataFrame(rows)))
        return {key: one.value for key, one in found.items()}

    small, large = measured(10.0), measured(1000.0)
    pledged = sum(pledge(code) for code in members)
    assert small["pledged"] == pytest.approx(100 * pledged / 70_000)
    # Allies who pledge a larger part of their armies bring more of what the whole alliance does.
    assert 0 < large["share"] < small["share"] < 100
    # The measure of whole armies is that of the claim: nothing is left out where everything is sent.
    everything = pd.DataFrame(
        [
            {"iso3": c, "year": 2007, "military_personnel": max(pledge(c), 1.0) / 1e3} | dict.fromkeys(names, 1.0)
            for c in members
        ]
    )
    assert security.measure_force(_data(capabilities=everything))["share"].value == pytest.approx(100, abs=3)


def test_threats_of_the_alliance_are_those_from_outside() -> None:
    context = Context(draws=0)
    place_of_all = context.places[0]
    inside = [place_of_all.threats.index(code) for code in place_of_all.states if code in place_of_all.threats]
    assert len(inside) >= 4 and not place_of_all.hazard[:, inside].any()
    assert context.neighbourhoods(["KAZ"])[0].hazard.sum() > place_of_all.hazard[place_of_all.index("KAZ")].sum()


@pytest.mark.parametrize(("hazard", "word"), [(0.002, "supported"), (0.0004, "refuted")])
def test_exposed_from_the_south(hazard: float, word: str) -> None:
    context = made(**places({("RUS", "AFGC"): hazard, ("RUS", "CASC"): hazard / 2, ("RUS", "CAUC"): 0.05}))
    assert verdict(14, security.exposed_from_the_south(context)).verdict == word


# -- claims 21 and 22

PLEDGE = {"force_pledge/BLR/CSTO/2009": 1000.0, "deployed_soldier_cost/CSTO/2009": 0.1}


def test_likeness_is_a_cosine_without_the_hub_and_nato() -> None:
    apart = place({**CENTRE, ("BLR", "UKR"): 0.01, ("RUS", "UKR"): 1.0, ("BLR", "NATO"): 0.5, ("KAZ", "NATO"): 0.5})
    assert security.likeness(apart, "BLR") == pytest.approx(0.0)
    assert security.likeness(place({**CENTRE, ("BLR", "CASC"): 0.01}), "BLR") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("threat", "pledge", "word"), [("UKR", 1000.0, "supported"), ("CASC", 1000.0, "refuted"), ("UKR", 0.0, "refuted")]
)
def test_unlike_tasks(threat: str, pledge: float, word: str) -> None:
    context = made({**PLEDGE, "force_pledge/BLR/CSTO/2009": pledge}, **places({**CENTRE, ("BLR", threat): 0.001}))
    assert verdict(21, security.unlike_tasks(context)).verdict == word


REGION = ("KAZ", "KGZ", "TJK", "UZB")


@pytest.mark.parametrize(
    ("russia", "region", "share", "word"),
    [(50.0, 0.01, 0.05, "supported"), (50.0, 5.0, 0.001, "refuted"), (0.01, 0.01, 0.2, "refuted")],
)
def test_umbrella_without_a_system(russia: float, region: float, share: float, word: str) -> None:
    # Weak neighbours add wars and no help; strong ones add help at little cost; a weak Russia is no umbrella.
    strength = {"RUS": russia, **dict.fromkeys(REGION, region)}
    context = made({"war_share_of_ally": share}, **places({**CENTRE, ("RUS", "CAUC"): 0.01}, capability=strength))
    assert verdict(22, security.umbrella_not_system(context)).verdict == word


def test_one_pact_of_all_adds_the_wars_of_all_to_a_pact_with_the_hub() -> None:
    # Neighbours without any force bring no help: the whole differs from the pair by the wars of the other three.
    strength = {"RUS": 5.0, **dict.fromkeys(REGION, 0.0)}
    here = place({**CENTRE, ("RUS", "CAUC"): 0.01}, capability=strength)
    pairs, whole = security.pairs_and_whole(here, REGION, "RUS", 0.8, 0.1)
    assert whole - pairs == pytest.approx(np.full(4, -3 * 0.05 * 0.8 * 0.1 * 10.0))


# -- claim 23


def _army(uzbek: float) -> Any:
    codes = list(security.FIVE)
    attributes = {
        "cinc": np.array([uzbek if code == "UZB" else 1.0 for code in codes]),
        "military_spending_usd_mn": np.array([np.nan if code == "UZB" else 1.0 for code in codes]),
    }
    return SimpleNamespace(attributes=attributes, economy_index=codes.index)


@pytest.mark.parametrize(
    ("cinc", "soldiers", "word"), [(2.0, 2.0, "supported"), (0.5, 0.5, "refuted"), (0.5, 2.0, "depends")]
)
def test_the_strongest_army_index_by_index(cinc: float, soldiers: float, word: str) -> None:
    names = (
        "military_spending",
        "military_personnel",
        "iron_and_steel",
        "energy_use",
        "population",
        "urban_population",
    )
    rows = [{"iso3": c, "year": 2007} | {n: soldiers if c == "UZB" else 1.0 for n in names} for c in security.FIVE]
    context = made(world=_army(cinc), data=_data(capabilities=pd.DataFrame(rows)))
    found = security.strongest_army(context)
    assert verdict(23, found).verdict == word
    assert found.readings["spending_2009"] == "no figure for UZB in the shipped world"


def test_the_alliance_pays_belarus_what_it_protects_less_the_force() -> None:
    figures = {**PLEDGE, "deployment_probability/CSTO/2009": 0.5}
    context = made(figures, **places({("BLR", "UKR"): 0.01, ("RUS", "UKR"): 0.01}))
    gain = hold.alliance_gain(context)[0]
    free = hold.alliance_gain(made({**figures, "force_pledge/BLR/CSTO/2009": 0.0}, **places({("BLR", "UKR"): 0.01})))[0]
    assert gain[1] == pytest.approx(free[1] - 1000 * 0.1 * 0.5 / 1e3)
    assert gain[0] > 0 and free[0] == 0
