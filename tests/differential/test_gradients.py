"""Gradients against finite differences of full solves, by the engine and by the plain loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from benchmarks.naive import solve_naive

from multipolar.equilibrium import solve
from multipolar.equilibrium.gradient import differentiate, real_income
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World
from toys import toy_world

STEP = 1e-3


def _policy(world: World, seed: int) -> Policy:
    """Far from the baseline, with pooled duties, so that every term of the chain counts."""
    rng = np.random.default_rng(seed)
    n, s = world.value_added.shape
    home = np.arange(n)
    tariff = np.clip(world.tariff + rng.uniform(-0.05, 0.2, world.tariff.shape), 0, None)
    cost = np.exp(rng.normal(0, 0.1, world.tariff.shape))
    tariff[home, home], cost[home, home] = 0.0, 1.0
    share = np.eye(n)
    share[:3, :3] = rng.dirichlet(np.ones(3), 3).T
    return replace(
        status_quo(world, "everything"),
        tariff=tariff,
        cost_hat=cost,
        productivity_hat=np.exp(rng.normal(0, 0.05, (n, s))),
        revenue_share=share,
    )


def _difference(value: Callable[[Policy], float], policy: Policy, field: str, cell: tuple[int, ...]) -> float:
    """Fourth-order central difference by one cell; logs of costs and productivity, levels of tariffs."""
    found = []
    for k in (2, 1, -1, -2):
        values = np.array(getattr(policy, field))
        values[cell] = values[cell] + k * STEP if field == "tariff" else values[cell] * np.exp(k * STEP)
        found.append(value(replace(policy, **{field: values})))
    return (8 * (found[1] - found[2]) - (found[0] - found[3])) / (12 * STEP)


@pytest.mark.parametrize("deficits", ["fixed", "scaled", "purged"])
@pytest.mark.parametrize(("who", "unit"), [("RUS", "log"), (("RUS", "KAZ", "BLR"), "usd")])
def test_all_tariffs_of_a_world(who, unit, deficits) -> None:
    world = toy_world(seed=5)
    policy, goal = _policy(world, 5), real_income(world, who, unit)
    result = differentiate(solve(world, policy, deficits=deficits), goal)
    scale = np.abs(result.tariff).max()

    def value(moved: Policy) -> float:
        return goal.value(solve(world, moved, deficits=deficits))

    assert result.value == pytest.approx(value(policy), rel=1e-12)
    for cell in [c for c in np.ndindex(*world.tariff.shape) if c[0] != c[1]][::3]:
        expected = _difference(value, policy, "tariff", cell)
        assert result.tariff[cell] == pytest.approx(expected, rel=1e-6, abs=1e-6 * scale * 1e-2), cell


def test_costs_and_productivity() -> None:
    world = toy_world(seed=6)
    policy, goal = _policy(world, 6), real_income(world, {"KAZ": 1.0, "CHN": 0.5})
    result = differentiate(solve(world, policy), goal)

    def value(moved: Policy) -> float:
        return goal.value(solve(world, moved))

    for cell in [(3, 1, 0), (4, 1, 1), (0, 4, 2), (1, 1, 1)]:
        assert result.log_cost[cell] == pytest.approx(_difference(value, policy, "cost_hat", cell), rel=1e-6, abs=1e-9)
    for cell in [(1, 0), (4, 1), (3, 2)]:
        expected = _difference(value, policy, "productivity_hat", cell)
        assert result.log_productivity[cell] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_one_cell_against_the_plain_loops() -> None:
    """The difference quotient shares no code with the engine."""
    world = toy_world(("RUS", "KAZ", "ROW"), ("energy", "goods"), seed=7)
    policy, goal = _policy(world, 7), real_income(world, "KAZ")
    share = world.final_demand[1] / world.final_demand[1].sum()

    def value(moved: Policy) -> float:
        found = solve_naive(world, moved, tolerance=1e-13)
        return float(np.log(found["income"][1] / world.final_demand[1].sum()) - share @ np.log(found["price"][1]))

    result = differentiate(solve(world, policy), goal)
    expected = _difference(value, policy, "tariff", (2, 1, 1))
    assert result.tariff[2, 1, 1] == pytest.approx(expected, rel=1e-6)
