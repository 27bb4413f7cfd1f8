"""Properties that hold in every world: no shock no change, homogeneity, Walras, relabelling, duplication."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multipolar.equilibrium import solve
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World, check
from toys import ECONOMIES, toy_world

seeds = st.integers(0, 10_000)
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def random_policy(world: World, seed: int) -> Policy:
    """Tariff and cost changes on a third of the cells between different economies."""
    rng = np.random.default_rng(seed)
    hit = rng.random(world.tariff.shape) < 0.33
    home = np.arange(len(world.economies))
    hit[home, home] = False
    return replace(
        status_quo(world, f"random-{seed}"),
        tariff=np.where(hit, rng.uniform(0, 0.6, hit.shape), world.tariff),
        cost_hat=np.where(hit, np.exp(rng.normal(0, 0.15, hit.shape)), 1.0),
    )


@few
@given(seed=seeds, zeros=st.booleans())
def test_no_shock_gives_hats_of_one(seed: int, zeros: bool) -> None:
    world = toy_world(seed=seed, zeros=zeros)
    eq = solve(world, status_quo(world))
    np.testing.assert_allclose(eq.wage_hat, 1, rtol=1e-10)
    np.testing.assert_allclose(eq.price_hat, 1, rtol=1e-10)
    np.testing.assert_allclose(eq.trade_flow, world.trade_flow, rtol=1e-9)


@few
@given(seed=seeds, zeros=st.booleans(), closure=st.sampled_from(["fixed", "scaled"]))
def test_counterfactual_is_a_balanced_world_and_walras_holds(seed: int, zeros: bool, closure: str) -> None:
    world = toy_world(seed=seed, zeros=zeros)
    eq = solve(world, random_policy(world, seed), deficits=closure)  # type: ignore[arg-type]
    after = eq.as_world("after")
    assert check(after).max_residual < 1e-10
    np.testing.assert_allclose(after.deficit, eq.deficit, atol=1e-7 * world.gdp.max())


@few
@given(seed=seeds, factor=st.floats(0.01, 1000))
def test_units_of_money_do_not_matter(seed: int, factor: float) -> None:
    world = toy_world(seed=seed)
    names = ("trade_flow", "intermediate_use", "value_added", "final_demand")
    scaled = replace(world, **{name: factor * getattr(world, name) for name in names})
    policy = random_policy(world, seed)
    np.testing.assert_allclose(solve(scaled, policy).real_income_hat, solve(world, policy).real_income_hat, rtol=1e-9)


@few
@given(seed=seeds, order=st.permutations(range(len(ECONOMIES))))
def test_order_of_economies_does_not_matter(seed: int, order: list[int]) -> None:
    world = toy_world(seed=seed)
    policy = random_policy(world, seed)
    p = np.array(order)
    shuffled = _permuted(world, p)
    moved = replace(status_quo(shuffled), tariff=policy.tariff[np.ix_(p, p)], cost_hat=policy.cost_hat[np.ix_(p, p)])
    np.testing.assert_allclose(
        solve(shuffled, moved).real_income_hat, solve(world, policy).real_income_hat[p], rtol=1e-9
    )


@few
@given(seed=seeds)
def test_there_and_back_again(seed: int) -> None:
    """Undoing a policy in the counterfactual world gives the hats' inverse."""
    world = toy_world(seed=seed, deficits=False)
    policy = random_policy(world, seed)
    there = solve(world, policy)
    middle = there.as_world("middle")
    undo = replace(status_quo(middle), tariff=world.tariff, cost_hat=1 / policy.cost_hat)
    back = solve(middle, undo)
    np.testing.assert_allclose(there.real_income_hat * back.real_income_hat, 1, rtol=1e-8)


@few
@given(seed=seeds)
def test_cheaper_trade_everywhere_helps_somebody_and_productivity_helps_its_owner(seed: int) -> None:
    world = toy_world(seed=seed, deficits=False)
    n = len(world.economies)
    better = np.ones_like(world.value_added)
    better[0] = 1.02
    gain = solve(world, replace(status_quo(world), productivity_hat=better)).real_income_hat
    assert gain[0] > 1
    cost = np.full_like(np.array(world.tariff), 0.9)
    cost[np.arange(n), np.arange(n)] = 1.0
    assert solve(world, replace(status_quo(world), cost_hat=cost)).real_income_hat.max() > 1


def _permuted(world: World, p: np.ndarray) -> World:
    return replace(
        world,
        economies=tuple(world.economies[i] for i in p),
        economy_names=tuple(world.economy_names[i] for i in p),
        members=tuple(world.members[i] for i in p),
        trade_flow=world.trade_flow[np.ix_(p, p)],
        tariff=world.tariff[np.ix_(p, p)],
        flow_status=world.flow_status[np.ix_(p, p)],
        external_tariff=world.external_tariff[p],
        intermediate_use=world.intermediate_use[p],
        value_added=world.value_added[p],
        final_demand=world.final_demand[p],
        attributes={},
    )
