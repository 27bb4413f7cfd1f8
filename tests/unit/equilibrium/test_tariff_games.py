"""Chosen tariffs: maxima are maxima, wars are equilibria, bargains leave nobody behind, formulas hold."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace
from itertools import product

import numpy as np
import pytest

from multipolar.equilibrium import climb, optimal_uniform_tariff, purge_deficits, solve
from multipolar.equilibrium.gradient import real_income
from multipolar.equilibrium.tariff_games import cooperative_tariffs, nash_tariffs, optimal_tariffs
from multipolar.errors import InputError, NotSolvedError
from multipolar.scenario.policy import status_quo
from multipolar.world import World
from toys import toy_world


@pytest.fixture(scope="module")
def world():
    return purge_deficits(toy_world(seed=2))


@pytest.fixture(scope="module")
def war(world):
    return nash_tariffs(world, ["RUS", "EUN", "CHN"])


def one_sector(flow: np.ndarray, theta: float) -> World:
    """Economies that make one good without inputs and trade it free of duty."""
    shape = toy_world(("RUS", "KAZ", "ROW")[: len(flow)], ["goods"], deficits=False)
    flow = np.asarray(flow, dtype=float)[:, :, None]
    return replace(
        shape,
        trade_flow=flow,
        tariff=np.zeros_like(flow),
        external_tariff=np.zeros_like(shape.external_tariff),
        intermediate_use=np.zeros_like(shape.intermediate_use),
        value_added=flow.sum(axis=1),
        final_demand=flow.sum(axis=0),
        trade_elasticity=np.array([theta]),
        flow_status=(flow > 0).astype(np.int8),
    )


def value(world: World, choice, goal, rates) -> float:
    return goal.value(solve(world, choice.instruments.apply(status_quo(world), np.asarray(rates), "trial")))


def test_no_neighbour_beats_the_unilateral_optimum(world) -> None:
    best, goal = optimal_tariffs(world, "RUS"), real_income(world, "RUS")
    top = value(world, best, goal, best.rates)
    assert best.first_order <= 1e-6 and best.second_order is not None and best.second_order < -1
    assert ((best.rates > 0) & (best.rates < 1)).all()
    for step in product((-0.02, 0, 0.02), repeat=2):
        if any(step):
            assert value(world, best, goal, best.rates + step) < top
    for start in product(np.linspace(0, 1, 6), repeat=2):  # nor does any point of a coarse grid
        assert value(world, best, goal, start) < top
    assert best.gain_pct[0] == pytest.approx(100 * np.expm1(top), rel=1e-9)
    assert best.equilibrium.real_income_hat[0] == pytest.approx(np.exp(top), rel=1e-10)


@pytest.mark.parametrize("economy", ["RUS", "EUN"])
def test_one_rate_is_the_optimal_uniform_tariff(world, economy) -> None:
    ours, theirs = optimal_tariffs(world, economy, by="uniform"), optimal_uniform_tariff(world, economy)
    assert ours.rates[0] == pytest.approx(theirs.rate, abs=2e-4)
    assert ours.gains()[economy] == pytest.approx(theirs.gain_pct, abs=1e-6)
    assert ours.gains()[economy] >= theirs.gain_pct - 1e-9
    assert ours.current[0] == pytest.approx(theirs.current, rel=1e-9)


@pytest.mark.parametrize("theta", [2.0, 5.0, 12.0])
def test_two_economies_follow_the_formula(theta) -> None:
    """The inverse of the foreign offer elasticity: 1 / (theta x foreign home share), at the optimum."""
    world = one_sector(np.array([[60.0, 30.0], [30.0, 170.0]]), theta)
    best = optimal_tariffs(world, "RUS", sectors=["goods"], bounds=(0, 3))
    assert best.rates[0] == pytest.approx(1 / (theta * best.equilibrium.trade_share[1, 1, 0]), rel=1e-6)


@pytest.mark.parametrize("theta", [5.0, 20.0])
def test_a_small_economy_charges_one_over_theta(theta) -> None:
    gaps = []
    for size in (1e-2, 1e-4):
        flow = np.array([[6.0 * size, 4.0 * size], [4.0 * size, 100.0]])
        best = optimal_tariffs(one_sector(flow, theta), "RUS", sectors=["goods"])
        gaps.append(theta * best.rates[0] - 1)
    assert 0 < gaps[1] < 1e-4 and gaps[1] < gaps[0] / 50


def test_bindings_and_bounds_hold(world) -> None:
    free = optimal_tariffs(world, "RUS")
    bound = optimal_tariffs(world, "RUS", bindings={"goods": 0.05})
    assert bound.rates[1] == 0.05 and bound.rates[0] != free.rates[0]
    assert bound.gain_pct[0] < free.gain_pct[0]
    assert list(bound.table()["at_bound"]) == ["", "upper"]
    none = optimal_tariffs(world, "RUS", by="uniform", bounds=(0.0, 0.04))
    assert none.rates[0] == 0.04 and none.second_order is None
    subsidy = optimal_tariffs(world, "RUS", bounds=(0.3, 0.9))
    assert (subsidy.rates == 0.3).all()
    strictest = optimal_tariffs(world, "RUS", by="uniform", bindings={"goods": 0.05, "energy": 0.02})
    assert strictest.rates[0] == 0.02


def test_a_union_sets_one_external_tariff(world) -> None:
    union = ("RUS", "KAZ", "BLR")
    best, goal = optimal_tariffs(world, union), real_income(world, union)
    assert best.setter == "RUS+KAZ+BLR" and "weighted by baseline income" in best.objective
    after = best.equilibrium.policy
    assert (after.tariff[:3, :3] == 0).all()
    for s in (0, 1):
        np.testing.assert_array_equal(after.tariff[3:, :3, s], best.rates[s])
        np.testing.assert_array_equal(after.external_tariff[:3, s], best.rates[s])
    top = value(world, best, goal, best.rates)
    for step in ((0.02, 0), (-0.02, 0), (0, 0.02), (0, -0.02)):
        assert value(world, best, goal, best.rates + step) < top
    leader = optimal_tariffs(world, union, objective=real_income(world, "RUS"))
    assert leader.gain_pct[0] > best.gain_pct[0] and leader.objective == "log real income of RUS"


def test_one_rate_for_each_cell_does_at_least_as_well(world) -> None:
    coarse, fine = optimal_tariffs(world, "KAZ"), optimal_tariffs(world, "KAZ", by="cell")
    assert len(fine.rates) == 6 and fine.gain_pct[1] > coarse.gain_pct[1]
    assert fine.first_order <= 1e-6


def test_nobody_gains_by_leaving_the_war(world, war) -> None:
    assert war.last_change <= 1e-6 and war.first_order <= 1e-6 and war.second_order < 0
    assert war.players == ("RUS", "EUN", "CHN") and len(war.rates) == 6
    for number, player in enumerate(war.players):
        goal = real_income(world, player)
        stay = goal.value(war.equilibrium)
        for energy, goods in product(np.linspace(0, 0.4, 9), repeat=2):
            rates = war.rates.copy()
            rates[2 * number : 2 * number + 2] = energy, goods
            assert value(world, war, goal, rates) < stay, (player, energy, goods)


def test_equal_economies_charge_equal_tariffs_and_both_lose() -> None:
    world = one_sector(np.array([[70.0, 30.0], [30.0, 70.0]]), 4.0)
    war = nash_tariffs(world, ["RUS", "KAZ"], sectors=["goods"])
    assert war.rates[0] == pytest.approx(war.rates[1], abs=1e-6)
    assert war.rates[0] > 0.25  # above 1/theta: each is large for the other
    assert war.gain_pct[0] == pytest.approx(war.gain_pct[1], abs=1e-6) and war.gain_pct[0] < 0


def test_cooperation_beats_its_neighbours(world) -> None:
    players = ["RUS", "EUN", "CHN"]
    deal = cooperative_tariffs(world, players)
    income = world.final_demand.sum(axis=1)[[0, 3, 4]]
    np.testing.assert_allclose(deal.weights, income / income.sum())
    goal = real_income(world, dict(zip(players, deal.weights, strict=True)))
    top = value(world, deal, goal, deal.rates)
    for i, move in product(range(6), (-0.01, 0.01)):
        rates = deal.rates.copy()
        rates[i] = max(0.0, rates[i] + move)
        if rates[i] != deal.rates[i]:
            assert value(world, deal, goal, rates) < top


def test_a_bargain_leaves_everybody_above_the_threat(world, war) -> None:
    deal = cooperative_tariffs(world, ["RUS", "EUN", "CHN"], rule="bargaining", threat=war)
    gain = np.log(deal.equilibrium.real_income_hat / war.equilibrium.real_income_hat)[[0, 3, 4]]
    np.testing.assert_allclose(deal.player_gain, gain, atol=1e-12)
    assert (gain > 0).all()
    np.testing.assert_allclose(deal.weights, 1 / 3)
    top = np.log(gain).sum()
    for i, move in product(range(6), (-0.002, 0.002)):
        rates = deal.rates.copy()
        rates[i] = max(0.0, rates[i] + move)
        if rates[i] != deal.rates[i]:
            moved = solve(world, deal.instruments.apply(status_quo(world), rates, "trial"))
            other = np.log(moved.real_income_hat / war.equilibrium.real_income_hat)[[0, 3, 4]]
            assert other.min() <= 0 or np.log(other).sum() < top


def test_shared_gains_are_found_where_no_start_has_them(world) -> None:
    """The threat has other rates, so its cuts are no start: the search has to find a point that all gain by."""
    players = ["RUS", "EUN", "CHN"]
    threat = nash_tariffs(world, players, by="uniform")
    deal = cooperative_tariffs(world, players, rule="bargaining", threat=threat)
    assert (deal.player_gain > 1e-4).all() and deal.first_order <= 1e-6


def test_equal_economies_bargain_their_way_to_free_trade() -> None:
    world = one_sector(np.array([[70.0, 30.0], [30.0, 70.0]]), 4.0)
    war = nash_tariffs(world, ["RUS", "KAZ"], sectors=["goods"])
    deal = cooperative_tariffs(world, ["RUS", "KAZ"], rule="bargaining", threat=war, sectors=["goods"])
    np.testing.assert_array_equal(deal.rates, 0.0)
    np.testing.assert_allclose(deal.player_gain, -np.log1p(war.gain_pct[:2] / 100), rtol=1e-8)


def test_where_nothing_is_left_to_gain_there_is_no_bargain(world) -> None:
    players = ["RUS", "EUN", "CHN"]
    best = cooperative_tariffs(world, players)
    with pytest.raises(NotSolvedError, match="no tariffs were found"):
        cooperative_tariffs(world, players, rule="bargaining", threat=best)


def test_what_is_not_certified_is_not_returned(world, monkeypatch) -> None:
    with pytest.raises(NotSolvedError, match="did not settle in 1 rounds"):
        nash_tariffs(world, ["RUS", "EUN"], max_rounds=1)
    with monkeypatch.context() as patch:
        patch.setattr(climb, "SECOND_ORDER", -1e3)
        with pytest.raises(NotSolvedError, match="curvature -"):
            optimal_tariffs(world, "RUS")
    monkeypatch.setattr(climb, "climb", lambda hill, start: hill.inside(start))
    monkeypatch.setattr(climb, "LONGEST_STEP", 0.0)
    with pytest.raises(NotSolvedError, match="not certified") as caught:
        optimal_tariffs(world, "RUS")
    assert caught.value.residual > 1e-6


def test_the_minimum_of_a_hill_is_not_its_top(world) -> None:
    """First-order conditions alone would accept the worst tariff for outsiders."""
    against = real_income(world, {"RUS": -1.0})
    choice = optimal_tariffs(world, "RUS", objective=against, bounds=(0.0, 0.4))
    assert (choice.rates == 0).all() or (choice.rates == 0.4).all() or choice.second_order is None
    assert choice.gain_pct[0] < 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"bounds": (0.2, 0.1)}, "no room"),
        ({"bindings": {"goods": -0.1}}, "no room"),
        ({"bounds": (-1.0, 0.5)}, "no room"),
    ],
)
def test_bounds_without_room_are_refused(world, arguments, message) -> None:
    with pytest.raises(InputError, match=message):
        optimal_tariffs(world, "RUS", **arguments)


def test_other_refusals_name_the_remedy(world, war) -> None:
    with pytest.raises(InputError, match="weighted or bargaining"):
        cooperative_tariffs(world, ["RUS", "EUN"], rule="fair")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="each of RUS, EUN"):
        cooperative_tariffs(world, ["RUS", "EUN"], weights={"RUS": 1.0})
    with pytest.raises(InputError, match="another world"):
        cooperative_tariffs(toy_world(seed=3), ["RUS", "EUN"], rule="bargaining", threat=war)
    with pytest.raises(InputError, match="sets no tariff"):
        nash_tariffs(world, ["RUS", "EUN"], bindings={"CHN": {"goods": 0.1}})
    with pytest.raises(FrozenInstanceError):
        war.rounds = 0
    with pytest.raises(ValueError, match="read-only"):
        war.rates[0] = 0.0
