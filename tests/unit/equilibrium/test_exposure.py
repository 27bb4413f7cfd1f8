"""Exposures: against finite differences of the full solve, and the closed form against both."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.equilibrium import Deficits, exposure, solve
from multipolar.equilibrium.exposure import (
    friends_and_enemies,
    productivity_exposure,
    tariff_exposure,
    trade_cost_exposure,
)
from multipolar.errors import InputError, UnknownNameError, WorldError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World
from toys import toy_world

STEP = 1e-3


def simple_world(seed: int = 1, economies: tuple[str, ...] = ("RUS", "KAZ", "BLR", "EUN", "CHN", "ROW")) -> World:
    """One sector, no inputs, no duties, balanced trade."""
    world = toy_world(economies, ["goods"], seed=seed, deficits=False)
    zero = np.zeros_like
    return replace(
        world,
        tariff=zero(world.tariff),
        external_tariff=zero(world.external_tariff),
        intermediate_use=zero(world.intermediate_use),
        value_added=world.output,
        final_demand=world.trade_flow.sum(axis=0),
    )


def differences(
    world: World, policy: Policy, field: str, cell, deficits: Deficits = "fixed"
) -> tuple[np.ndarray, np.ndarray]:
    """Fourth-order central differences of log wages and log real incomes by one cell of one array of a policy."""
    logs = []
    for k in (2, 1, -1, -2):
        values = np.array(getattr(policy, field))
        values[cell] = values[cell] + k * STEP if field == "tariff" else values[cell] * np.exp(k * STEP)
        eq = solve(world, replace(policy, **{field: values}), deficits=deficits)
        logs.append(np.stack([np.log(eq.wage_hat), np.log(eq.real_income_hat)]))
    far, near = logs[0] - logs[3], logs[1] - logs[2]
    wage, welfare = (8 * near - far) / (12 * STEP)
    return wage, welfare


@pytest.mark.parametrize(
    ("sectors", "deficits"),
    [(("goods",), "fixed"), *((("energy", "goods", "services"), d) for d in ("fixed", "scaled", "purged"))],
)
def test_agrees_with_finite_differences_of_the_full_solve(sectors, deficits) -> None:
    world = toy_world(sectors=sectors, seed=4)
    tariff = np.array(world.tariff)
    tariff[3:, 1, 0] += 0.1
    policy = replace(status_quo(world, "raised"), tariff=tariff)
    eq = solve(world, policy, deficits=deficits)
    last = len(sectors) - 1
    cases = [
        (productivity_exposure(eq, by_sector=True), "productivity_hat", (4, last)),
        (trade_cost_exposure(eq, by_sector=True), "cost_hat", (4, 1, 0)),
        (tariff_exposure(eq, by_sector=True), "tariff", (3, 5, 0)),
    ]
    for table, field, cell in cases:
        wage, welfare = differences(world, policy, field, cell, deficits)
        np.testing.assert_allclose(table.income.values[:, *cell], wage, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(table.welfare.values[:, *cell], welfare, rtol=1e-6, atol=1e-8)


def test_shock_to_all_sectors_of_a_source_is_their_sum() -> None:
    world = toy_world(seed=4)
    eq = solve(world, status_quo(world))
    wage, welfare = differences(world, status_quo(world), "productivity_hat", 4)
    table = productivity_exposure(eq)
    np.testing.assert_allclose(table.income.sel(source="CHN"), wage, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(table.welfare.sel(source="CHN"), welfare, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(table.welfare, productivity_exposure(eq, by_sector=True).welfare.sum("sector"))


def test_closed_form_is_the_implicit_result_where_it_applies() -> None:
    world = simple_world()
    eq = solve(world, status_quo(world))
    closed, productivity, cost = friends_and_enemies(world), productivity_exposure(eq), trade_cost_exposure(eq)
    for name in ("income", "welfare"):
        np.testing.assert_allclose(closed[name], productivity[name], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(closed[f"{name}_trade_cost"], cost[name], rtol=1e-9, atol=1e-12)


def test_closed_form_agrees_with_finite_differences() -> None:
    world = simple_world(seed=7)
    closed = friends_and_enemies(world)
    wage, welfare = differences(world, status_quo(world), "productivity_hat", (2, 0))
    np.testing.assert_allclose(closed.income[:, 2], wage, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(closed.welfare[:, 2], welfare, rtol=1e-6, atol=1e-8)
    wage, welfare = differences(world, status_quo(world), "cost_hat", (2, 3, 0))
    np.testing.assert_allclose(closed.income_trade_cost[:, 2, 3], wage, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(closed.welfare_trade_cost[:, 2, 3], welfare, rtol=1e-6, atol=1e-8)


def test_productivity_everywhere_makes_everybody_richer_by_as_much() -> None:
    table = friends_and_enemies(simple_world())
    np.testing.assert_allclose(table.welfare.sum("source"), 1.0, rtol=1e-12)
    np.testing.assert_allclose(table.income.sum("source"), 0.0, atol=1e-12)


def test_wages_are_in_the_numeraire_of_world_value_added() -> None:
    world = toy_world(seed=4)
    table = productivity_exposure(solve(world, status_quo(world)))
    np.testing.assert_allclose(
        world.value_added.sum(axis=1) @ table.income.values / world.value_added.sum(), 0, atol=1e-12
    )


def test_rows_without_a_dense_jacobian_are_the_same(monkeypatch) -> None:
    world = toy_world(seed=4)
    eq = solve(world, status_quo(world))
    dense = productivity_exposure(eq)
    monkeypatch.setattr(exposure, "DENSE_LIMIT", 10)
    rows = productivity_exposure(eq, economies=["BLR", "RUS"])
    assert list(rows.economy.values) == ["BLR", "RUS"]
    for name in ("income", "welfare"):
        np.testing.assert_allclose(rows[name], dense[name].sel(economy=["BLR", "RUS"]), atol=1e-9)


def test_too_large_a_table_is_refused_with_the_remedy(monkeypatch) -> None:
    world = toy_world(seed=4)
    eq = solve(world, status_quo(world))
    monkeypatch.setattr(exposure, "MEMORY_LIMIT", 1000)
    with pytest.raises(InputError, match="fewer economies"):
        trade_cost_exposure(eq)
    with pytest.raises(UnknownNameError, match="XYZ"):
        productivity_exposure(eq, economies=["XYZ"])


def test_closed_form_says_why_it_does_not_apply() -> None:
    bare = simple_world()
    taxed = np.array(bare.tariff)
    taxed[1, 0] = 0.1
    unbalanced = np.array(bare.trade_flow)
    unbalanced[1, 0] *= 2
    inputs = np.full_like(bare.intermediate_use, 1.0)
    for world, reason in [
        (toy_world(seed=4), "3 sectors"),
        (replace(bare, intermediate_use=inputs), "inputs"),
        (replace(bare, tariff=taxed), "duties"),
        (replace(bare, trade_flow=unbalanced), "not balanced"),
    ]:
        with pytest.raises(WorldError, match=reason):
            friends_and_enemies(world)
