"""Tables of effects: what adds up, what is known by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.equilibrium import (
    EFFECTS,
    WELFARE_PARTS,
    Model,
    balance_gap_arrays,
    bloc_trade,
    creation_diversion,
    decomposition,
    effects,
    optimal_tariff_level,
    optimal_uniform_tariff,
    partner_trade,
    real_wage_decomposition,
    scaled_tariff,
    sector_output,
    solve,
    uniform_tariff,
    welfare_decomposition,
)
from multipolar.errors import InputError
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


def test_the_gap_between_real_income_and_wage_is_balance_duties_and_transfers(union) -> None:
    found, table = balance_gap_arrays(union), effects(union)
    np.testing.assert_allclose(found["gap"], table["real_income_pct"] - table["real_wage_pct"], atol=1e-10)
    price, income = union.consumer_price_hat, union.world.final_demand.sum(axis=1)
    duties = (union.tariff_revenue - union.world.tariff_revenue * union.wage_hat) / price
    rest = 100 * (duties + union.policy.transfer / price) / income
    np.testing.assert_allclose(found["from_balance"], found["gap"] - rest, atol=1e-10)
    # A deficit fixed in money buys more where wages fall, and a surplus then weighs more.
    moved = np.sign(found["deficit"]) * np.sign(1.0 - union.wage_hat)
    np.testing.assert_array_equal(np.sign(found["from_balance"]), moved)
    purged = solve(union.world, replace(union.policy, transfer=np.zeros(6)), deficits="purged")
    np.testing.assert_allclose(balance_gap_arrays(purged)["from_balance"], 0.0, atol=1e-7)


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


def _shock(world, size: float, what: str):
    """A shock of a given size: tariffs, costs, productivity, transfers and pooled duties, one or all of them."""
    tariff, cost = np.array(world.tariff), np.ones_like(world.tariff)
    policy = status_quo(world, what)
    home = np.arange(6)
    if what in ("tariff", "all"):
        tariff[3:, 1] += 0.15 * size
        tariff[:3, 3:] *= 1 - 0.5 * size
        policy = replace(policy, tariff=tariff)
    if what in ("cost", "all"):
        cost[:3, :3] = np.exp(-0.15 * size)
        cost[home, home] = 1.0
        policy = replace(policy, cost_hat=cost)
    if what in ("productivity", "all"):
        made = np.exp(0.1 * size * np.arange(18).reshape(6, 3) / 17)
        policy = replace(policy, productivity_hat=made)
    if what in ("transfer", "all"):
        share = np.eye(6)
        share[:2, :2] += 0.3 * size * np.array([[-1, 1], [1, -1]])
        policy = replace(policy, transfer=size * np.array([-900.0, 600.0, 300.0, 0, 0, 0]), revenue_share=share)
    return policy


@pytest.mark.parametrize("what", ["tariff", "cost", "productivity", "transfer", "all"])
def test_causes_add_up_and_the_remainder_is_of_third_order(world, what) -> None:
    """Halving a shock divides what the parts leave over by eight; a second-order error would be divided by four."""
    left = []
    for size in (0.1, 0.05):
        eq = solve(world, _shock(world, size, what))
        parts = welfare_decomposition(eq)
        np.testing.assert_allclose(parts[list(WELFARE_PARTS)].sum(axis=1), parts["total"], atol=1e-10)
        np.testing.assert_allclose(parts["total"], effects(eq)["real_income_pct"], atol=1e-10)
        left.append(np.abs(parts["remainder"]).max())
    assert left[0] < 1e-3 * np.abs(parts["total"]).max()
    if what != "transfer":  # there the parts leave less than the equilibrium's own rounding
        assert left[0] / left[1] == pytest.approx(8, rel=0.15)


@pytest.mark.parametrize(
    ("what", "zero"),
    [("tariff", ["cost_savings", "productivity"]), ("cost", ["productivity"]), ("productivity", ["cost_savings"])],
)
def test_a_cause_that_is_absent_has_no_part(world, what, zero) -> None:
    parts = welfare_decomposition(solve(world, _shock(world, 1.0, what), deficits="purged"))
    assert (parts[zero] == 0).all().all()
    np.testing.assert_allclose(parts["transfers_and_deficit"], 0, atol=1e-9)
    assert np.abs(parts["terms_of_trade"]).max() > 1e-3


def test_parts_know_their_cause(world) -> None:
    """Hand-made: cheaper borders save their cost on what is bought, better productivity on what is made."""
    cost = welfare_decomposition(solve(world, _shock(world, 1e-4, "cost")))["cost_savings"]
    income = world.final_demand.sum(axis=1)
    inside = world.trade_flow[:3, :3] * (1 - np.eye(3))[:, :, None]
    np.testing.assert_allclose(cost[:3], 100 * 0.15e-4 * inside.sum(axis=(0, 2)) / income[:3], rtol=1e-3)
    assert (cost[3:] == 0).all()
    made = welfare_decomposition(solve(world, _shock(world, 1e-4, "productivity")))["productivity"]
    growth = 0.1e-4 * np.arange(18).reshape(6, 3) / 17
    np.testing.assert_allclose(made, 100 * (growth * world.output).sum(axis=1) / income, rtol=1e-3)


def test_causes_agree_with_the_published_equation_for_a_small_tariff(world) -> None:
    tariff = np.array(world.tariff)
    tariff[3:, 1] += 1e-6
    eq = solve(world, replace(status_quo(world), tariff=tariff), deficits="purged")
    ours, published = welfare_decomposition(eq), effects(eq)
    np.testing.assert_allclose(ours["terms_of_trade"], published["terms_of_trade_pct"], atol=1e-9)
    np.testing.assert_allclose(ours["volume_of_trade"], published["volume_of_trade_pct"], atol=1e-9)
    assert np.abs(ours["volume_of_trade"]).max() > 1e-6


@pytest.mark.parametrize("closure", ["scaled", "world", "multiplicative"])
def test_causes_hold_for_every_closure_of_deficits(world, closure) -> None:
    left = []
    for size in (0.1, 0.05):
        parts = welfare_decomposition(solve(world, _shock(world, size, "all"), deficits=closure))
        np.testing.assert_allclose(parts[list(WELFARE_PARTS)].sum(axis=1), parts["total"], atol=1e-10)
        left.append(np.abs(parts["remainder"]).max())
    assert left[0] / left[1] == pytest.approx(8, rel=0.15)


def test_causes_are_refused_where_the_model_has_others(world) -> None:
    eq = solve(world, _shock(world, 0.1, "tariff"), model=Model(labour=0.5))
    with pytest.raises(InputError, match="causes are not split"):
        welfare_decomposition(eq)
    tax = np.zeros_like(world.tariff)
    tax[1, 3, 0] = 0.05
    with pytest.raises(InputError, match="causes are not split"):
        welfare_decomposition(solve(world, replace(status_quo(world), export_tax=tax)))


def test_a_ban_has_finite_parts_that_a_huge_cost_approaches(world) -> None:
    free = np.ones_like(world.tariff)
    free[3, 1, 1] = np.inf
    banned = welfare_decomposition(solve(world, replace(status_quo(world), cost_hat=free)))
    free[3, 1, 1] = 1e60
    dear = welfare_decomposition(solve(world, replace(status_quo(world), cost_hat=free)))
    d = world.economy_index("KAZ")
    assert banned["cost_savings"].to_numpy()[d] < -1e-3
    np.testing.assert_allclose(banned["total"], dear["total"], atol=1e-8)
    for part in ("cost_savings", "volume_of_trade"):
        np.testing.assert_allclose(banned[part], dear[part], rtol=0.03, atol=1e-9)
    # What the parts leave is the world's response to the ban, not the ban itself.
    left, total = (banned[name].to_numpy()[d] for name in ("remainder", "total"))
    assert abs(left) < 0.1 * abs(total)


def test_the_bloc_adds_up_where_its_members_do_not(union, world) -> None:
    bloc, members = bloc_trade(union), creation_diversion(union)
    assert bloc is not None
    assert bloc["creation"] + bloc["diversion"] == pytest.approx(bloc["inside_change"], abs=1e-12)
    assert bloc["inside_change"] == pytest.approx(members["inside_change"].sum())
    assert bloc["outside_change"] == pytest.approx(members["outside_change"].sum())
    assert bloc_trade(solve(world, status_quo(world))) is None


def test_a_bloc_that_trades_less_inside_shows_a_loss_not_a_zero(world) -> None:
    """One member buys less from inside: clipped member by member, the parts overstate the bloc's total."""
    insiders = np.arange(6) < 3
    tariff = np.array(world.tariff)
    tariff[0, 1], tariff[3:, 2] = 0.3, tariff[3:, 2] + 0.3
    eq = solve(world, replace(status_quo(world), tariff=tariff, insiders=insiders))
    members, bloc = creation_diversion(eq), bloc_trade(eq)
    assert bloc is not None
    assert members["inside_change"].min() < 0 < members["inside_change"].max()
    assert members["creation"].sum() + members["diversion"].sum() > bloc["inside_change"] + 1e-3
    assert bloc["creation"] + bloc["diversion"] == pytest.approx(bloc["inside_change"], abs=1e-12)


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


def test_a_uniform_tariff_keeps_the_margin_of_a_preference(world) -> None:
    """An origin that pays half of the external tariff pays half of the new one; free trade stays free."""
    tariff = np.array(world.tariff)
    tariff[3, 1] = world.external_tariff[1] / 2
    eq = solve(world, replace(status_quo(world), tariff=tariff)).as_world("half")
    after = uniform_tariff(eq, "KAZ", 0.2).tariff
    np.testing.assert_allclose(after[3, 1, :2], 0.1, rtol=1e-12)
    np.testing.assert_allclose(after[4, 1, :2], 0.2, rtol=1e-12)
    assert (after[:3, 1] == 0).all() and (after[:, 1, 2] == 0).all()


@pytest.mark.parametrize("economy", ["RUS", "KAZ", "EUN"])
def test_the_optimal_level_beats_today_and_its_neighbours(world, economy) -> None:
    best, d = optimal_tariff_level(world, economy), world.economy_index(economy)
    assert best.gain_pct >= -1e-6
    assert best.rate == pytest.approx(best.factor * best.current)

    def gain(factor: float) -> float:
        return float(solve(world, scaled_tariff(world, economy, factor)).real_income_hat[d])

    assert gain(best.factor) > max(gain(best.factor * 0.9), gain(best.factor * 1.1))
    assert best.gain_pct == pytest.approx(100 * (gain(best.factor) - 1), abs=1e-7)


def test_an_economy_without_duties_has_no_level(world) -> None:
    free = solve(world, scaled_tariff(world, "KAZ", 0.0)).as_world("free")
    with pytest.raises(InputError, match="no duty"):
        optimal_tariff_level(free, "KAZ")
    with pytest.raises(InputError, match="no imports on which"):
        optimal_uniform_tariff(free, "KAZ")
    assert optimal_uniform_tariff(free, "KAZ", sectors=["goods"]).rate > 0
