"""Tables of effects: what adds up, what is known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.equilibrium import (
    EFFECTS,
    creation_diversion,
    decomposition,
    effects,
    optimal_uniform_tariff,
    partner_trade,
    real_wage_decomposition,
    sector_output,
    solve,
    uniform_tariff,
)
from multipolar.scenario.policy import status_quo
from toys import toy_world


@pytest.fixture(scope="module")
def world():
    return toy_world(seed=4)


@pytest.fixture(scope="module")
def union(world):
    """Free trade and 5% lower costs among the first three, plus a transfer and better productivity."""
    tariff, cost, insiders = np.array(world.tariff), np.ones_like(world.tariff), np.zeros(6, dtype=bool)
    tariff[:3, :3], cost[:3, :3], insiders[:3] = 0.0, 0.95, True
    home = np.arange(6)
    cost[home, home] = 1.0
    policy = replace(
        status_quo(world, "union"),
        tariff=tariff,
        cost_hat=cost,
        insiders=insiders,
        transfer=np.array([-500.0, 300.0, 200.0, 0, 0, 0]),
        productivity_hat=np.where(np.arange(6)[:, None] == 1, 1.01, 1.0) * np.ones((1, 3)),
    )
    return solve(world, policy)


def test_decomposition_adds_up_to_real_income(union) -> None:
    parts, table = decomposition(union), effects(union)
    np.testing.assert_allclose(parts["total"], table["real_income_pct"], atol=1e-10)
    assert list(parts.columns) == ["labour_income", "tariff_revenue", "transfers_and_deficit", "total"]


def test_real_wage_decomposition_adds_up(union) -> None:
    total = real_wage_decomposition(union)["total"].groupby(level="economy", sort=False).sum()
    np.testing.assert_allclose(total, 100 * np.log1p(effects(union)["real_wage_pct"] / 100), atol=1e-10)


def test_openness_term_is_the_home_share(union, world) -> None:
    """-alpha/theta ln of the home share's change: Arkolakis, Costinot & Rodriguez-Clare, sector by sector."""
    spending = (1 + world.tariff) * world.trade_flow
    home_before = np.einsum("iis->is", spending) / spending.sum(axis=0)
    home_after = np.einsum("iis->is", union.trade_share)
    alpha = world.final_demand / world.final_demand.sum(axis=1, keepdims=True)
    expected = -alpha / world.trade_elasticity * np.log(home_after / home_before)
    np.testing.assert_allclose(real_wage_decomposition(union)["trade_share"], 100 * expected.ravel(), atol=1e-8)


def test_equivalent_variation_is_income_times_gain(union, world) -> None:
    table = effects(union)
    np.testing.assert_allclose(
        table["real_income_usd_bn"], table["real_income_pct"] / 100 * world.final_demand.sum(axis=1) / 1e3
    )
    assert list(table.columns) == list(EFFECTS)


def test_nothing_changes_without_a_shock(world) -> None:
    table = effects(solve(world, status_quo(world)))
    np.testing.assert_allclose(table, 0, atol=1e-8)


def test_first_order_welfare_approaches_the_exact_change(world) -> None:
    """With deficits purged, a small tariff change is worth its terms and volume of trade."""
    tariff = np.array(world.tariff)
    tariff[3:, 1] += 1e-5
    eq = solve(world, replace(status_quo(world), tariff=tariff), deficits="purged")
    table = effects(eq)
    exact, first = table["real_income_pct"], table["welfare_first_order_pct"]
    assert np.abs(exact).max() > 1e-6
    np.testing.assert_allclose(first, exact, rtol=5e-3, atol=1e-9)


def test_partner_trade_sums_to_imports(union, world) -> None:
    trade = partner_trade(union)
    total = trade["after_usd_bn"].groupby(level="importer", sort=False).sum()
    off = union.trade_flow.sum(axis=2) * (1 - np.eye(6))
    np.testing.assert_allclose(total, off.sum(axis=0) / 1e3)
    assert (trade["change_usd_bn"] == trade["after_usd_bn"] - trade["before_usd_bn"]).all()


def test_creation_and_diversion_split_the_rise_of_imports_from_inside(union) -> None:
    table = creation_diversion(union)
    assert list(table.index) == ["RUS", "KAZ", "BLR"]
    np.testing.assert_allclose(table["creation"] + table["diversion"], table["inside_change"])
    assert (table["inside_change"] > 0).all() and (table["diversion"] >= 0).all()


def test_no_insiders_no_creation(world) -> None:
    assert creation_diversion(solve(world, status_quo(world))).empty


def test_sector_output_matches_flows(union) -> None:
    np.testing.assert_allclose(sector_output(union)["after_usd_bn"], union.output.ravel() / 1e3)


def test_optimal_tariff_beats_its_neighbours(world) -> None:
    best = optimal_uniform_tariff(world, "KAZ")
    assert 0 < best.rate < 1 and best.gain_pct >= 0
    d = world.economy_index("KAZ")
    gain = {
        rate: solve(world, uniform_tariff(world, "KAZ", rate)).real_income_hat[d]
        for rate in (best.rate - 0.02, best.rate, best.rate + 0.02)
    }
    assert gain[best.rate] == max(gain.values())
