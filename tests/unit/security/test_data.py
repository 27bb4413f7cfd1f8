"""Neighbourhoods from the shipped tables."""

from __future__ import annotations

import numpy as np
import pytest

from multipolar import atlas, security
from multipolar.atlas import politics
from multipolar.errors import InputError, UnknownNameError
from multipolar.world.bundled import load_world

CSTO = ("RUS", "KAZ", "BLR", "ARM", "KGZ", "TJK", "UZB")


def test_the_neighbourhood_of_the_csto() -> None:
    world = load_world()
    place = security.neighbourhood(world, CSTO)
    assert place.states == CSTO
    assert place.capability[0] == world.attributes["cinc"][world.economy_index("RUS")]
    azerbaijan = place.threats.index("AZE")
    assert place.hazard[place.index("ARM"), azerbaijan] == politics.load_hazards()["ARM", "AZE"].value
    assert place.hazard[place.index("BLR"), azerbaijan] == 0
    gdp = world.attributes["gdp_usd_mn"][world.economy_index("BLR")] / 1e3
    share = politics.figure("war_stake").at() * politics.figure("war_share").at()
    assert place.stake_usd_bn[place.index("BLR")] == pytest.approx(gdp * share)
    assert place.reach_km == politics.figure("reach").at()


def test_the_prior_for_nato_stands_where_it_was_reasoned() -> None:
    # No attack on a state allied with a nuclear power in sixty years, divided over the members of the alliance.
    prior = {state: hazard for (state, threat), hazard in politics.load_hazards().items() if threat == "NATO"}
    assert sorted(prior) == sorted(CSTO) == sorted(atlas.members("CSTO", "2009-06-14"))
    assert all(hazard.value == pytest.approx(0.5 / 60 / len(CSTO), abs=5e-5) for hazard in prior.values())
    assert "NATO" not in security.neighbourhood(load_world(), ["GEO", "AZE"]).threats


def test_distances_are_known_ones() -> None:
    # Great circles between capitals as printed in atlases: Moscow-Minsk about 680 km, Moscow-Tashkent about 2,800 km.
    assert security.capital_distance_km("RUS", "BLR") == 700
    assert security.capital_distance_km("RUS", "UZB") == 2800
    assert security.capital_distance_km("KAZ", "KAZ") == 0
    nowhere = next(found.iso3 for found in atlas.economies() if found.latitude is None)
    with pytest.raises(InputError, match=f"no capital for '{nowhere}'"):
        security.capital_distance_km("RUS", nowhere)


def test_nato_is_nearest_to_belarus_and_the_hub_can_be_left_out() -> None:
    place = security.neighbourhood(load_world(), CSTO)
    column = place.threats.index("NATO")
    far = dict(zip(place.states, place.threat_distance_km[:, column], strict=True))
    assert far["BLR"] == security.capital_distance_km("BLR", "LTU") == min(far.values())
    kinds = tuple(kind for kind in politics.THREAT_KINDS if kind != "hub")
    assert "RUS" not in security.neighbourhood(load_world(), CSTO, kinds=kinds).threats
    assert security.neighbourhood(load_world(), ("KAZ", "BLR"), kinds=("hub",)).threats == ("RUS",)


def test_draws_share_the_rate_of_a_class_and_are_reproducible() -> None:
    def drawn(seed: int):
        rng = np.random.default_rng(seed)
        return security.neighbourhood(load_world(), CSTO, uniform=lambda _: float(rng.random()))

    one, same, other = drawn(1), drawn(1), drawn(2)
    assert np.array_equal(one.hazard, same.hazard) and one.reach_km == same.reach_km
    assert not np.array_equal(one.hazard, other.hazard)
    # Two pairs of rivals on a border draw one rate.
    assert one.hazard[CSTO.index("ARM"), one.threats.index("AZE")] == pytest.approx(
        one.hazard[CSTO.index("KGZ"), one.threats.index("UZB")]
    )
    low = security.neighbourhood(load_world(), CSTO, uniform=lambda _: 0.0)
    assert low.hazard[CSTO.index("RUS"), low.threats.index("AFGC")] == 0.0  # cut when used: no excess in this draw
    high = security.neighbourhood(load_world(), CSTO, uniform=lambda _: 1.0)
    assert (low.hazard <= high.hazard).all() and low.reach_km < high.reach_km
    assert (low.stake_usd_bn < one.stake_usd_bn).all() and (one.stake_usd_bn < high.stake_usd_bn).all()


def test_protection_is_for_the_south_and_belarus_gains_least_of_its_income() -> None:
    world = load_world()
    place = security.neighbourhood(world, CSTO)
    gain = security.protection(place, CSTO).sum(axis=1)
    income = {state: world.attributes["gdp_usd_mn"][world.economy_index(state)] / 1e3 for state in CSTO}
    relative = gain / [income[state] for state in gain.index]
    members = relative.drop("RUS")
    assert members.idxmin() == "BLR"
    assert (gain >= 0).all()


def test_a_missing_figure_of_the_world_is_named() -> None:
    with pytest.raises(InputError, match=r"no 'military_spending_usd_mn' for 'UZB'"):
        security.neighbourhood(load_world(), CSTO, capability="military_spending_usd_mn")
    fewer = tuple(state for state in ("RUS", "BLR", "ARM"))
    place = security.neighbourhood(load_world(), fewer, capability="military_spending_usd_mn")
    assert place.capability[0] == pytest.approx(48000)


def test_wrong_requests_are_refused_in_one_line() -> None:
    with pytest.raises(InputError, match="no hazards for 'BRA'"):
        security.neighbourhood(load_world(), ["BRA"])
    with pytest.raises(UnknownNameError, match="cinc"):
        security.neighbourhood(load_world(), ["BLR"], capability="cincs")
    with pytest.raises(UnknownNameError, match="conflict"):
        security.neighbourhood(load_world(), ["BLR"], kinds=("conflicts",))
    with pytest.raises(InputError, match=r"must lie in \[0, 1\]"):
        security.neighbourhood(load_world(), ["BLR"], uniform=lambda _: 2.0)
    with pytest.raises(InputError, match="no threat of the kinds hub"):
        security.neighbourhood(load_world(), ["RUS"], kinds=("hub",))


def test_pledges_and_burden() -> None:
    soldiers = security.pledges(CSTO)
    assert soldiers["RUS"] == 8000 and soldiers["BLR"] == 0
    assert soldiers.idxmax() == "RUS"
    chance, cost = security.deployment_probability(), security.soldier_cost_usd_mn()
    burden = security.burden(soldiers, cost, chance)
    assert burden["RUS"] == pytest.approx(8000 * cost * chance / 1e3)
    assert security.deployment_probability(uniform=lambda _: 0.0) == 0
    assert security.pledges(CSTO, uniform=lambda _: 1.0)["BLR"] == 5000
    with pytest.raises(UnknownNameError):
        security.pledges(["UKR"])
