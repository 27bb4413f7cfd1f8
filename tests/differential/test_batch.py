"""Batches against single solves, against the rules of scenario files, and against a solver in plain loops."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from benchmarks.naive import solve_naive

from multipolar.equilibrium.batch import Batch, solve_batch, solve_coalitions
from multipolar.equilibrium.calibration import calibrate, derive_shock
from multipolar.equilibrium.coalitions import BlocKind, BlocRule, bloc_policy, coalitions_of
from multipolar.equilibrium.equations import gap
from multipolar.equilibrium.solver import Case, Deficits, solve
from multipolar.scenario import derive_policy, parse_scenario
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World
from toys import toy_world

KINDS: tuple[BlocKind, ...] = ("free_trade_area", "customs_union")
CLOSE = 1e-10


def _without_inputs(world: World) -> World:
    """The same trade made with labour alone."""
    return replace(
        world,
        intermediate_use=np.zeros_like(world.intermediate_use),
        value_added=world.output,
        final_demand=world.expenditure,
    )


def _partly_preferred(world: World) -> World:
    """The same trade with origins that pay a part of the external tariff, or more than all of it."""
    tariff = np.array(world.tariff)
    tariff[0, 3:] *= 0.4
    tariff[4, 3] *= 0.7
    tariff[5, 1] *= 1.2
    final = ((1 + tariff) * world.trade_flow).sum(axis=0) - world.intermediate_use.sum(axis=1)
    return replace(world, tariff=tariff, final_demand=final)


WORLDS = {
    "three sectors": toy_world(seed=1, zeros=True),
    "three sectors, partly preferred": _partly_preferred(toy_world(seed=1, zeros=True)),
    "three sectors without inputs": _without_inputs(toy_world(seed=2, zeros=True)),
    "one sector": toy_world(sectors=["goods"], seed=3, zeros=True),
    "one sector without inputs": _without_inputs(toy_world(sectors=["goods"], seed=4, zeros=True)),
}


def _agrees(batch: Batch, place: int, world: World, policy: Policy, deficits: Deficits, elasticity=None) -> None:
    eq = solve(world, policy, deficits=deficits, elasticity=elasticity)
    assert batch.solved[place] and batch.reasons[place] is None
    assert batch.residual[place] <= 1e-10
    np.testing.assert_allclose(batch.wage_hat[place], eq.wage_hat, rtol=CLOSE)
    np.testing.assert_allclose(batch.price_hat[place], eq.price_hat, rtol=CLOSE)
    np.testing.assert_allclose(batch.real_income_hat[place], eq.real_income_hat, rtol=CLOSE)
    np.testing.assert_allclose(batch.income[place], eq.income, rtol=CLOSE)
    np.testing.assert_allclose(batch.expenditure[place], eq.expenditure, rtol=CLOSE, atol=CLOSE)
    scale = eq.income.max()
    np.testing.assert_allclose(batch.tariff_revenue[place] / scale, eq.tariff_revenue / scale, atol=CLOSE)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("deficits", ["fixed", "scaled", "purged"])
@pytest.mark.parametrize("name", WORLDS)
def test_all_coalitions_equal_single_solves(name: str, deficits: Deficits, kind: BlocKind) -> None:
    world, rule = WORLDS[name], BlocRule(kind=kind, internal_cost=0.95)
    assert (np.abs(world.deficit) > 1).all() and (world.tariff > 0).any()
    coalitions = coalitions_of(world.economies)
    batch = solve_coalitions(world, coalitions, rule, deficits=deficits)
    assert (world.trade_flow == 0).any()
    assert len(batch) == 64 and set(batch.methods) == {"shared"}
    for i, coalition in enumerate(coalitions):
        _agrees(batch, i, world, bloc_policy(world, coalition, rule), deficits)


@pytest.mark.parametrize("kind", KINDS)
def test_covered_sectors_listed_rates_and_elasticities_equal_single_solves(kind: BlocKind) -> None:
    world = WORLDS["three sectors"]
    rates = {"energy": 0.01, "goods": 0.3} if kind == "customs_union" else None
    rule = BlocRule(kind=kind, internal_cost=1.1, sectors=("energy", "goods"), external_tariff=rates)
    coalitions = coalitions_of(world.economies, sizes=[2, 5])
    elasticity = np.array([8.0, 3.0, 6.0])
    batch = solve_coalitions(world, coalitions, rule, elasticity=elasticity)
    for i, coalition in enumerate(coalitions):
        _agrees(batch, i, world, bloc_policy(world, coalition, rule), "fixed", elasticity)


@pytest.mark.parametrize("name", WORLDS)
def test_residuals_are_those_of_the_engines_own_equations(name: str) -> None:
    world, rule = WORLDS[name], BlocRule(kind="customs_union")
    coalitions = coalitions_of(world.economies, sizes=[3])
    batch = solve_coalitions(world, coalitions, rule)
    base = calibrate(world)
    active = base.expenditure > 0
    for i, coalition in enumerate(coalitions):
        shock = derive_shock(world, base, bloc_policy(world, coalition, rule))
        ratio = np.where(active, batch.expenditure[i], 1.0) / np.where(active, base.expenditure, 1.0)
        x = [np.log(batch.wage_hat[i]), np.log(batch.price_hat[i]).ravel(), np.log(ratio).ravel()]
        assert float(np.abs(gap(np.concatenate(x), base, shock, False)).max()) <= 1e-11  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["three sectors", "one sector without inputs"])
def test_coalitions_agree_with_plain_loops(name: str) -> None:
    world, rule = WORLDS[name], BlocRule(kind="customs_union", internal_cost=0.9)
    coalitions = [("RUS", "KAZ", "BLR"), ("EUN", "CHN"), world.economies]
    batch = solve_coalitions(world, coalitions, rule)
    for i, coalition in enumerate(coalitions):
        theirs = solve_naive(world, bloc_policy(world, coalition, rule))
        np.testing.assert_allclose(batch.wage_hat[i], theirs["wage"], rtol=1e-9)
        np.testing.assert_allclose(batch.price_hat[i], theirs["price"], rtol=1e-9)
        np.testing.assert_allclose(batch.income[i], theirs["income"], rtol=1e-9)


def _scenario(coalition: tuple[str, ...], kind: BlocKind, cost: float, sectors: tuple[str, ...] | None) -> str:
    union = "    external_tariff: {rule: trade_weighted_mean}\n" if kind == "customs_union" else ""
    named = "" if sectors is None else f"    cost_sectors: [{', '.join(sectors)}]\n"
    return (
        "schema: 1\nkind: scenario\nid: bloc\ntitle: Bloc\non: 2009-01-01\nshocks:\n"
        f"  - kind: {kind}\n    members: [{', '.join(coalition)}]\n    non_tariff_cost: {cost - 1:.4f}\n"
        f"{named}{union}"
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sectors", [None, ("energy", "goods"), ("services",)])
def test_policies_are_those_of_scenario_files(kind: BlocKind, sectors: tuple[str, ...] | None) -> None:
    # Made-up codes: no club of the atlas has a say in what they may sign.
    world = _partly_preferred(toy_world(economies=["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"], seed=5))
    rule = BlocRule(kind=kind, internal_cost=0.95, cost_sectors=sectors)
    for size in (2, 3, 4):
        for coalition in combinations(world.economies, size):
            scenario = parse_scenario(_scenario(coalition, kind, 0.95, sectors), "bloc.yaml")
            theirs, ours = derive_policy(world, scenario), bloc_policy(world, coalition, rule)
            np.testing.assert_allclose(ours.tariff, theirs.tariff, rtol=1e-14)
            np.testing.assert_allclose(ours.external_tariff, theirs.external_tariff, rtol=1e-14)
            np.testing.assert_allclose(ours.cost_hat, theirs.cost_hat, rtol=1e-14)
            assert (ours.insiders == theirs.insiders).all()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sectors", [None, ("services",), ("energy", "goods", "services")])
def test_a_batch_with_cheaper_trade_equals_scenario_files(kind: BlocKind, sectors: tuple[str, ...] | None) -> None:
    world = _partly_preferred(toy_world(economies=["AAA", "BBB", "CCC", "DDD", "EEE", "FFF"], seed=5))
    rule = BlocRule(kind=kind, internal_cost=0.95, cost_sectors=sectors)
    coalitions = [("AAA", "DDD"), ("BBB", "CCC", "EEE"), world.economies]
    batch = solve_coalitions(world, coalitions, rule)
    assert set(batch.methods) == {"shared"}
    for i, coalition in enumerate(coalitions):
        theirs = derive_policy(world, parse_scenario(_scenario(coalition, kind, 0.95, sectors), "bloc.yaml"))
        _agrees(batch, i, world, theirs, "fixed")
        cut = np.argwhere((theirs.cost_hat != 1.0).any(axis=(0, 1)))[:, 0]
        assert [world.sectors[s] for s in cut] == list(sectors or ("goods",))


def _anything(world: World, seed: int) -> Policy:
    """A policy that moves a few cells in every way there is: tariffs, costs, a ban, productivity, transfers, a pool."""
    rng = np.random.default_rng(seed)
    n, s = world.value_added.shape
    tariff, cost = np.array(world.tariff), np.ones_like(world.tariff)
    d = rng.integers(n)
    rows = np.setdiff1d(rng.choice(n, 3, replace=False), [d])
    tariff[rows, d] += rng.uniform(0, 0.3, (len(rows), s))
    cost[rows[0], d] = np.inf
    cost[rows[-1], d] = rng.uniform(0.8, 1.2)
    productivity = np.ones((n, s))
    productivity[rng.integers(n)] = rng.uniform(0.9, 1.1)
    transfer = rng.normal(0, 0.01, n) * world.gdp.min()
    share = np.eye(n)
    pool = rng.choice(n, 3, replace=False)
    if seed % 3:
        # With seed % 3 == 2 somebody outside the pool gets a part of it as well.
        takers = pool if seed % 3 == 1 else rng.choice(n, 4, replace=False)
        share[:, pool] = 0.0
        share[np.ix_(takers, pool)] = rng.dirichlet(np.ones(len(takers)))[:, None]
    return replace(
        status_quo(world, f"anything-{seed}"),
        tariff=tariff,
        cost_hat=cost,
        productivity_hat=productivity,
        transfer=transfer - transfer.mean(),
        revenue_share=share,
    )


@pytest.mark.parametrize("deficits", ["fixed", "scaled", "purged"])
@pytest.mark.parametrize("name", WORLDS)
def test_any_policies_equal_single_solves(name: str, deficits: Deficits) -> None:
    world = WORLDS[name]
    policies = [_anything(world, seed) for seed in range(24)]
    batch = solve_batch([Case(world, policy) for policy in policies], deficits=deficits)
    assert batch.methods.count("shared") >= 20
    for i, policy in enumerate(policies):
        _agrees(batch, i, world, policy, deficits)


def test_draws_of_parameters_and_worlds_equal_single_solves() -> None:
    world, rng = WORLDS["three sectors"], np.random.default_rng(0)
    policy = bloc_policy(world, ("RUS", "KAZ"))
    draws = [world.trade_elasticity * rng.uniform(0.8, 1.2, 3) for _ in range(6)]
    other = toy_world(seed=6)
    cases = [Case(world, policy, draw) for draw in draws] + [Case(world, policy)] * 18
    cases += [Case(other, bloc_policy(other, c), draws[0]) for c in coalitions_of(other.economies, sizes=[3])]
    batch = solve_batch(cases)
    assert batch.methods[:6].count("shared") == 0 and set(batch.methods[6:]) == {"shared"}
    for i, case in enumerate(cases):
        _agrees(batch, i, case.world, case.policy, "fixed", case.elasticity)
