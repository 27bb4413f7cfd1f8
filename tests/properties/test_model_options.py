"""The options of the model: neutral ones change nothing, each has a closed form or an identity of its own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multipolar.equilibrium import (
    Equilibrium,
    Model,
    decomposition,
    differentiate,
    equivalent_variation,
    purge_deficits,
    real_income,
    real_wage_decomposition,
    solve,
)
from multipolar.equilibrium.attempts import Attempt, first_solved
from multipolar.equilibrium.variants import solve_variant
from multipolar.errors import InputError, NotSolvedError, ScenarioError
from multipolar.replicate.one_sector import one_sector_world, solve_proportional, trade_cost_policy
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World, check
from toys import toy_world

seeds = st.integers(0, 10_000)
few = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])

EVERYTHING = Model(
    deficits="scaled",
    labour=0.5,
    scale=0.08,
    pass_through=0.8,
    market_size=0.1,
    local_cost=0.1,
    revenue="income-tax",
    income_tax=0.2,
)


def shocked(world: World, seed: int = 1, taxes: bool = False) -> Policy:
    """Tariffs, costs and, if asked for, export taxes on a third of the cells between different economies."""
    rng = np.random.default_rng(seed)
    hit = rng.random(world.tariff.shape) < 0.33
    home = np.arange(len(world.economies))
    hit[home, home] = False
    return replace(
        status_quo(world, f"shock-{seed}"),
        tariff=np.where(hit, rng.uniform(0, 0.4, hit.shape), world.tariff),
        cost_hat=np.where(hit, np.exp(rng.normal(0, 0.1, hit.shape)), 1.0),
        export_tax=np.where(hit, rng.uniform(-0.1, 0.2, hit.shape), 0.0) if taxes else None,
    )


def productive(world: World, factor: float) -> Policy:
    """Productivity of everybody times `factor`."""
    return replace(status_quo(world, "productive"), productivity_hat=np.full_like(world.value_added, factor))


def simple_world(seed: int, economies: int = 4, theta: float = 4.0, balanced: bool = True) -> World:
    """One sector, no inputs, no tariffs."""
    codes = ("RUS", "KAZ", "BLR", "EUN", "CHN", "ROW")[:economies]
    toy = toy_world(economies=codes, sectors=("goods",), seed=seed, deficits=not balanced)
    return one_sector_world("simple", 2009, codes, toy.trade_flow[:, :, 0], theta)


def rest(eq: Equilibrium) -> float:
    """Largest miss, over world value added, of the accounts of an equilibrium, each taken from its levels anew."""
    model = eq.model.fitted(eq.world)
    flow, world, policy = eq.trade_flow, eq.world, eq.policy
    tax = np.zeros_like(policy.tariff) if policy.export_tax is None else policy.export_tax
    kept = (1 - np.asarray(model.local_cost)) * flow
    made, before = kept.sum(axis=1), ((1 - np.asarray(model.local_cost)) * world.trade_flow).sum(axis=1)
    inputs = world.intermediate_use / before[:, :, None] * made[:, :, None]
    payroll = (made - inputs.sum(axis=2) + (np.asarray(model.local_cost) * flow).sum(axis=0)).sum(axis=1)
    spent = ((1 + policy.tariff) * (1 + tax) * flow).sum(axis=0)
    share = world.final_demand / world.final_demand.sum(axis=1, keepdims=True)
    duties = policy.revenue_share @ (policy.tariff * (1 + tax) * flow).sum(axis=(0, 2))
    misses = [
        payroll - eq.labour_income,
        spent - share * eq.income[:, None] - inputs.sum(axis=1),
        eq.income - eq.labour_income - duties - (tax * flow).sum(axis=(1, 2)) - eq.deficit,
        np.array([eq.deficit.sum(), eq.labour_income.sum() - eq.before.payroll.sum()]),
    ]
    return max(float(np.abs(miss).max()) for miss in misses) / float(world.value_added.sum())


# --- neutral options ---


@few
@given(seed=seeds, zeros=st.booleans(), closure=st.sampled_from(["fixed", "scaled"]))
def test_neutral_options_are_the_plain_model(seed: int, zeros: bool, closure: str) -> None:
    world = toy_world(seed=seed, zeros=zeros)
    policy = shocked(world, seed)
    plain = solve(world, policy, deficits=closure)  # type: ignore[arg-type]
    long_way = solve_variant(world, policy, Model(deficits=closure), 1e-10)  # type: ignore[arg-type]
    for name in ("wage_hat", "price_hat", "income", "tariff_revenue", "trade_flow", "unit_cost_hat", "trade_share"):
        np.testing.assert_allclose(getattr(long_way, name), getattr(plain, name), rtol=1e-9, atol=1e-9, err_msg=name)


def test_plain_models_take_the_plain_path() -> None:
    assert Model().is_plain and Model(deficits="world").is_plain and Model(revenue="income-tax").is_plain
    assert not Model(labour=0.1).is_plain and not Model(deficits="multiplicative").is_plain
    world = toy_world(seed=3)
    np.testing.assert_array_equal(
        solve(world, shocked(world), model=Model(revenue="income-tax")).income, solve(world, shocked(world)).income
    )


@few
@given(seed=seeds, zeros=st.booleans())
def test_no_shock_changes_nothing_with_every_option(seed: int, zeros: bool) -> None:
    world = toy_world(seed=seed, zeros=zeros)
    eq = solve(world, status_quo(world), model=EVERYTHING)
    for hat in (eq.wage_hat, eq.price_hat, eq.employment_hat, eq.scale_hat, eq.real_income_hat):
        np.testing.assert_allclose(hat, 1, rtol=1e-9)
    np.testing.assert_allclose(eq.trade_flow, world.trade_flow, rtol=1e-8, atol=1e-6)


@few
@given(seed=seeds, taxes=st.booleans(), closure=st.sampled_from(["fixed", "world", "scaled", "multiplicative"]))
def test_accounts_close_with_every_option(seed: int, taxes: bool, closure: str) -> None:
    world = toy_world(seed=seed)
    eq = solve(world, shocked(world, seed, taxes), model=replace(EVERYTHING, deficits=closure))  # type: ignore[arg-type]
    assert eq.residual <= 1e-10
    assert rest(eq) < 1e-9
    table = decomposition(eq)
    np.testing.assert_allclose(table["total"], 100 * (eq.real_income_hat - 1), atol=1e-8)
    wages = real_wage_decomposition(eq)
    assert {"scale", "market_size"} < set(wages.columns)
    by_economy = wages["total"].groupby("economy", sort=False).sum()
    np.testing.assert_allclose(by_economy, 100 * np.log(eq.wage_hat / eq.consumer_price_hat), atol=1e-7)


@few
@given(seed=seeds, factor=st.floats(0.01, 1000))
def test_units_of_money_do_not_matter(seed: int, factor: float) -> None:
    world = toy_world(seed=seed)
    names = ("trade_flow", "intermediate_use", "value_added", "final_demand")
    scaled = replace(world, **{name: factor * getattr(world, name) for name in names})
    policy = shocked(world, seed, taxes=True)
    ours, theirs = (solve(w, policy, model=EVERYTHING) for w in (world, scaled))
    np.testing.assert_allclose(theirs.real_income_hat, ours.real_income_hat, rtol=1e-8)
    np.testing.assert_allclose(theirs.employment_hat, ours.employment_hat, rtol=1e-8)


# --- deficits ---


def test_scaled_with_world_value_added_is_fixed_in_that_numeraire() -> None:
    world = toy_world(seed=5)
    fixed, moved = (solve(world, shocked(world), deficits=closure) for closure in ("fixed", "world"))
    np.testing.assert_array_equal(fixed.income, moved.income)
    # With elastic labour too: the numeraire is the world's labour income, whatever people work.
    eq = solve(world, shocked(world), model=Model(deficits="world", labour=0.7))
    np.testing.assert_allclose(eq.deficit / eq.labour_income.sum(), world.deficit / world.value_added.sum(), rtol=1e-8)


@few
@given(seed=seeds)
def test_multiplicative_deficits_are_those_of_gravity_programs(seed: int) -> None:
    world = simple_world(seed, balanced=False)
    effect = 0.3 * (1 - np.eye(4)) * np.random.default_rng(seed).random((4, 4))
    policy = trade_cost_policy(world, "agreement", effect)
    eq, theirs = solve(world, policy, deficits="multiplicative"), solve_proportional(world, policy)
    np.testing.assert_allclose(eq.wage_hat, theirs.equilibrium.wage_hat, rtol=1e-9)
    ratio = eq.income / eq.labour_income / (world.final_demand / world.value_added)[:, 0]
    np.testing.assert_allclose(ratio, theirs.factor, rtol=1e-9)


@few
@given(seed=seeds)
def test_own_deficits_follow_employment_too(seed: int) -> None:
    world = toy_world(seed=seed)
    eq = solve(world, shocked(world, seed), model=Model(deficits="scaled", labour=0.5))
    own = world.deficit * eq.wage_hat * eq.employment_hat
    np.testing.assert_allclose(
        eq.deficit, own - own.sum() * eq.labour_income / eq.labour_income.sum(), atol=1e-6 * world.gdp.max()
    )


@few
@given(seed=seeds)
def test_purged_deficits_are_gone_and_the_world_they_leave_is_balanced(seed: int) -> None:
    world = toy_world(seed=seed)
    model = replace(EVERYTHING, deficits="purged")
    purged = purge_deficits(world, model=model)
    assert check(purged).max_residual < 1e-9
    eq = solve(world, shocked(world, seed), model=model)
    np.testing.assert_allclose(eq.deficit / world.gdp, 0, atol=1e-8)
    assert rest(eq) < 1e-9


# --- elastic labour and scale economies: closed forms ---


@pytest.mark.parametrize("kappa", [0.25, 1.0, 3.0])
def test_labour_supply_answers_a_better_wage(kappa: float) -> None:
    """Everybody twice as productive: trade shares stay, so real wages double and work grows by 2^kappa."""
    world = simple_world(1)
    eq = solve(world, productive(world, 2.0), model=Model(labour=kappa))
    np.testing.assert_allclose(eq.employment_hat, 2.0**kappa, rtol=1e-9)
    np.testing.assert_allclose(eq.real_income_hat, 2.0 ** (1 + kappa), rtol=1e-9)
    table = equivalent_variation(eq)
    # The surplus of supply: a triangle under the wage, income^(1 + kappa) less one over 1 + kappa.
    np.testing.assert_allclose(table["equivalent_variation_pct"], 100 * (2 ** (1 + kappa) - 1) / (1 + kappa), rtol=1e-8)
    np.testing.assert_allclose(table["utility_pct"], 100 * (2 ** (1 + kappa) - 1), rtol=1e-8)


def test_work_is_worth_what_it_costs_at_the_margin() -> None:
    """Envelope theorem: without distortions a small gain is the same whether labour is elastic or not."""
    world = simple_world(2)
    policy = replace(status_quo(world, "up"), productivity_hat=np.array([[1.0001], [1], [1], [1]]))
    fixed, elastic = (solve(world, policy, model=Model(labour=kappa)) for kappa in (0.0, 2.0))
    small = equivalent_variation(fixed)["equivalent_variation_pct"]["RUS"]
    np.testing.assert_allclose(small, 100 * (fixed.real_income_hat[0] - 1), rtol=1e-9)
    own = equivalent_variation(elastic)["equivalent_variation_pct"]["RUS"]
    # Terms of trade turn more against an economy that also works more: one percent of the gain, not the 200% of income.
    assert own == pytest.approx(small, rel=0.15)
    assert elastic.real_income_hat[0] - 1 > 2 * (fixed.real_income_hat[0] - 1)


def test_scale_economies_and_labour_multiply_each_other() -> None:
    """w/P = A L^psi and L = (w/P)^kappa give L = A^(kappa / (1 - kappa psi))."""
    world, kappa, psi = simple_world(3), 0.5, 0.2
    eq = solve(world, productive(world, 1.5), model=Model(labour=kappa, scale=psi))
    np.testing.assert_allclose(eq.employment_hat, 1.5 ** (kappa / (1 - kappa * psi)), rtol=1e-9)
    np.testing.assert_allclose(eq.scale_hat[:, 0], eq.employment_hat**psi, rtol=1e-9)


def test_one_sector_with_fixed_labour_has_no_room_for_scale() -> None:
    world = simple_world(4)
    tariff = np.array(world.tariff)
    tariff[1:, 0] = 0.2
    policy = replace(status_quo(world, "tariff"), tariff=tariff)
    scale, none = solve(world, policy, model=Model(scale=0.25)), solve(world, policy)
    np.testing.assert_allclose(scale.real_income_hat, none.real_income_hat, rtol=1e-9)


def smallest_sector_on_the_way(world: World, policy: Policy, model: Model) -> float:
    """Smallest output over baseline in the last solution on the way to a policy: with scale, sectors can die out."""
    found = 1.0
    for part in np.linspace(0.05, 1.0, 20):
        try:
            eq = solve(world, part_of(policy, world, part), model=model)
        except NotSolvedError:
            break
        found = float((eq.output / world.output).min())
    return found


def part_of(policy: Policy, world: World, part: float) -> Policy:
    """The same policy with its tariffs and costs a part of the way, in logs."""
    tariff = (1 + world.tariff) ** (1 - part) * (1 + policy.tariff) ** part - 1
    return replace(policy, tariff=tariff, cost_hat=policy.cost_hat**part)


def test_a_sector_that_dies_out_with_scale_is_refused() -> None:
    world = toy_world(seed=1434)
    model, policy = Model(scale=1 / world.trade_elasticity), shocked(world, 1434)
    with pytest.raises(NotSolvedError, match="economies of scale a sector can die out"):
        solve(world, policy, model=model)
    assert smallest_sector_on_the_way(world, policy, model) < 0.2
    assert solve(world, part_of(policy, world, 0.5), model=model).residual <= 1e-10


@few
@given(seed=seeds)
def test_krugman_firms_enter_where_sales_pay_for_them(seed: int) -> None:
    """Scale 1/theta: varieties N = sales over unit input cost, and trade shares are Dixit-Stiglitz over N varieties."""
    world = toy_world(seed=seed)
    model = Model(scale=1 / world.trade_elasticity)
    policy = shocked(world, seed)
    try:
        eq = solve(world, policy, model=model)
    except NotSolvedError:
        assert smallest_sector_on_the_way(world, policy, model) < 0.2, "no sector dies out, so this should be solved"
        return
    share = world.intermediate_use / world.output[:, :, None]
    own = 1 - share.sum(axis=2)
    bundle = eq.wage_hat[:, None] ** own * np.exp(np.einsum("osk,ok->os", share, np.log(eq.price_hat)))
    firms = eq.output / world.output / bundle
    wedge = (1 + policy.tariff) / (1 + world.tariff) * policy.cost_hat
    before = (1 + world.tariff) * world.trade_flow
    bought = before * firms[:, None, :] * (bundle[:, None, :] * wedge) ** -world.trade_elasticity
    np.testing.assert_allclose(eq.trade_share, bought / bought.sum(axis=0), rtol=1e-8, atol=1e-12)
    index = (bought.sum(axis=0) / before.sum(axis=0)) ** (-1 / world.trade_elasticity)
    np.testing.assert_allclose(eq.price_hat, index, rtol=1e-8)


# --- pass-through, market size, local costs ---


@few
@given(seed=seeds, exponent=st.floats(0.3, 1.6))
def test_pass_through_is_a_cost_that_the_seller_bears_or_adds(seed: int, exponent: float) -> None:
    world = toy_world(seed=seed)
    policy = shocked(world, seed)
    wedge = (1 + policy.tariff) / (1 + world.tariff)
    as_cost = replace(policy, cost_hat=policy.cost_hat * wedge ** (exponent - 1))
    eq, plain = solve(world, policy, model=Model(pass_through=exponent)), solve(world, as_cost)
    np.testing.assert_allclose(eq.real_income_hat, plain.real_income_hat, rtol=1e-9)
    np.testing.assert_allclose(eq.tariff_revenue, plain.tariff_revenue, rtol=1e-8)


def test_no_pass_through_leaves_trade_shares_alone() -> None:
    world = simple_world(6)
    tariff = np.array(world.tariff)
    tariff[1:, 0] = 0.3
    eq = solve(world, replace(status_quo(world, "tariff"), tariff=tariff), model=Model(pass_through=0.0))
    ratio = eq.trade_share[:, 0, 0] / world.trade_flow[:, 0, 0] * (eq.wage_hat / eq.wage_hat[0]) ** 4
    np.testing.assert_allclose(ratio / ratio[0], 1, rtol=1e-8)


@few
@given(seed=seeds)
def test_larger_markets_have_lower_prices(seed: int) -> None:
    """The price index carries ``(expenditure / wage)^-m`` beside the costs that trade shares reveal."""
    world = toy_world(seed=seed)
    size = np.linspace(0.05, 0.3, len(world.economies))
    eq = solve(world, shocked(world, seed), model=Model(market_size=size))
    home = np.einsum("iis->is", eq.trade_share)
    before = np.einsum("iis->is", (1 + world.tariff) * world.trade_flow) / world.expenditure
    served = eq.unit_cost_hat * (home / before) ** (1 / world.trade_elasticity)
    larger = eq.expenditure / world.expenditure / eq.wage_hat[:, None]
    np.testing.assert_allclose(eq.price_hat, served * larger ** -size[:, None], rtol=1e-8)


def test_selection_has_melitz_exponents() -> None:
    """Pareto shape k and substitution sigma: fixed costs (k - sigma + 1)/(sigma k), exponent sigma/(sigma-1) - 1/k."""
    shape, sigma = 5.0, 3.5
    model = Model().with_selection((shape - sigma + 1) / (sigma * shape), shape)
    assert float(model.pass_through) == pytest.approx(sigma / (sigma - 1) - 1 / shape)
    assert float(model.market_size) == pytest.approx(1 / (sigma - 1) - 1 / shape)
    krugman = Model().with_selection(0.0, 5.0)
    assert float(krugman.pass_through) == pytest.approx(1.0)
    assert krugman.is_plain
    assert float(Model().with_selection(0.1, 5.0, 0.5).pass_through) == pytest.approx(
        float(Model().with_selection(0.1, 5.0).pass_through) - 0.5
    )


def test_local_costs_pay_the_market_and_balance() -> None:
    world = simple_world(7, balanced=False)
    cost = np.array([0.3, 0.1, 0.1, 0.1])
    eq = solve(world, status_quo(world), model=Model(local_cost=cost))
    flow = world.trade_flow[:, :, 0]
    np.testing.assert_allclose(eq.labour_income, flow @ (1 - cost) + cost * flow.sum(axis=0), rtol=1e-9)
    assert abs(eq.deficit.sum()) < 1e-9 * flow.sum()
    assert np.abs(eq.deficit - world.deficit).max() > 1e-3 * np.abs(world.deficit).max()


def test_local_costs_beyond_the_margin_are_refused() -> None:
    with pytest.raises(InputError, match="less than it spends on inputs"):
        solve(toy_world(seed=1), status_quo(toy_world(seed=1)), model=Model(local_cost=0.9))


# --- export taxes ---


@few
@given(seed=seeds, rate=st.floats(-0.15, 0.5), options=st.booleans())
def test_lerner_symmetry(seed: int, rate: float, options: bool) -> None:
    """Without deficits, a tariff on all imports is a tax at the same rate on all exports."""
    world = purge_deficits(toy_world(seed=seed))
    model = Model(labour=0.5, scale=0.08, revenue="income-tax", income_tax=0.1) if options else None
    away = np.arange(len(world.economies)) != 2
    tariff, tax = np.array(world.tariff), np.zeros_like(world.tariff)
    tariff[away, 2] = (1 + world.tariff[away, 2]) * (1 + rate) - 1
    tax[2, away] = rate
    imports = solve(world, replace(status_quo(world, "imports"), tariff=tariff), model=model)
    exports = solve(world, replace(status_quo(world, "exports"), export_tax=tax), model=model)
    np.testing.assert_allclose(exports.real_income_hat, imports.real_income_hat, rtol=1e-8)
    np.testing.assert_allclose(exports.trade_share, imports.trade_share, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(exports.employment_hat, imports.employment_hat, rtol=1e-8)
    assert abs(imports.real_income_hat[2] - 1) > 1e-6 or abs(rate) < 1e-3


def test_a_subsidy_costs_its_treasury_and_sells_more() -> None:
    world = toy_world(seed=8)
    tax = np.zeros_like(world.tariff)
    tax[1, [0, 2, 3, 4, 5], 1] = -0.1
    eq = solve(world, replace(status_quo(world, "subsidy"), export_tax=tax))
    assert eq.export_revenue[1] < 0 and not eq.export_revenue[[0, 2, 3, 4, 5]].any()
    assert eq.trade_flow[1, 0, 1] > world.trade_flow[1, 0, 1]
    assert rest(eq) < 1e-9
    assert decomposition(eq)["export_taxes"]["KAZ"] < 0
    with pytest.raises(InputError, match="taxes exports"):
        eq.as_world("after")


def test_export_taxes_are_never_ignored() -> None:
    """Batches fall back on `solve`; derivatives refuse."""
    from multipolar.equilibrium import Case, solve_batch

    world = toy_world(seed=9)
    policy = shocked(world, 9, taxes=True)
    eq = solve(world, policy)
    batch = solve_batch([Case(world, policy), Case(world, status_quo(world))])
    np.testing.assert_allclose(batch.real_income_hat[0], eq.real_income_hat, rtol=1e-8)
    with pytest.raises(InputError, match="taxes exports"):
        differentiate(eq, real_income(world, "RUS"))


@pytest.mark.parametrize("kind", ["home", "infinite", "shape"])
def test_impossible_export_taxes_are_refused(kind: str) -> None:
    world = toy_world(seed=1)
    tax = np.zeros_like(world.tariff) if kind != "shape" else np.zeros((2, 2, 3))
    if kind == "home":
        tax[1, 1, 0] = 0.1
    if kind == "infinite":
        tax[1, 0, 0] = np.inf
    with pytest.raises(ScenarioError, match="tax"):
        replace(status_quo(world), export_tax=tax)


# --- bans, revenue, refusals ---


def test_bans_leave_zeros_and_no_nan_with_every_option() -> None:
    world = toy_world(seed=10)
    cost = np.ones_like(world.tariff)
    cost[0, 1:, 0] = np.inf
    eq = solve(world, replace(status_quo(world, "ban"), cost_hat=cost), model=EVERYTHING)
    assert (eq.trade_flow[0, 1:, 0] == 0).all()
    assert all(np.isfinite(a).all() for a in (eq.wage_hat, eq.price_hat, eq.income, eq.scale_hat, eq.employment_hat))
    assert rest(eq) < 1e-9


def test_a_lower_tax_matters_only_where_labour_is_elastic() -> None:
    world = toy_world(seed=11)
    tariff = np.array(world.tariff)
    tariff[[0, 2, 3, 4, 5], 1, 1] += 0.2
    policy = replace(status_quo(world, "tariff"), tariff=tariff)
    cut, paid = (solve(world, policy, model=Model(labour=0.5, revenue=use)) for use in ("income-tax", "lump-sum"))
    gained = cut.tariff_revenue / cut.labour_income - world.tariff_revenue / world.value_added.sum(axis=1)
    supply = (cut.wage_hat / cut.consumer_price_hat / (1 - gained)) ** 0.5
    np.testing.assert_allclose(cut.employment_hat, supply, rtol=1e-9)
    np.testing.assert_allclose(paid.employment_hat, (paid.wage_hat / paid.consumer_price_hat) ** 0.5, rtol=1e-9)
    assert cut.employment_hat[1] > paid.employment_hat[1]


def test_relief_beats_a_rebate_where_work_is_taxed() -> None:
    """Taxed work is worth more than it costs. The baseline must be the same one, so the tax is given."""
    world = toy_world(seed=11)
    tariff = np.array(world.tariff)
    tariff[[0, 2, 3, 4, 5], 1, 1] += 0.2
    policy = replace(status_quo(world, "tariff"), tariff=tariff)
    models = (Model(labour=0.5, revenue=use, income_tax=0.25) for use in ("income-tax", "lump-sum"))
    better = [
        equivalent_variation(solve(world, policy, model=model))["equivalent_variation_pct"]["KAZ"] for model in models
    ]
    assert better[0] > better[1]


def test_a_given_tax_falls_by_what_duties_bring() -> None:
    world = toy_world(seed=12)
    policy = shocked(world, 12)
    eq = solve(world, policy, model=Model(labour=0.5, revenue="income-tax", income_tax=0.3))
    gained = eq.tariff_revenue / eq.labour_income - world.tariff_revenue / world.value_added.sum(axis=1)
    supply = (eq.wage_hat / eq.consumer_price_hat * (0.7 + gained) / 0.7) ** 0.5
    np.testing.assert_allclose(eq.employment_hat, supply, rtol=1e-9)


def test_an_attempt_that_lost_its_state_is_never_accepted() -> None:
    world = toy_world(seed=1)
    policy = status_quo(world)
    lost = Attempt(np.array([0.0, np.nan]), 0.0, 3, "lost")
    found = Attempt(np.zeros(2), 1e-12, 5, "found")
    assert (
        first_solved([lambda _: lost, lambda tried: found if tried == [lost] else None], world, policy, 1e-10) is found
    )
    with pytest.raises(NotSolvedError, match="after 3 iterations"):
        first_solved([lambda _: lost], world, policy, 1e-10)


def test_a_model_without_equilibrium_raises() -> None:
    """Duties that paid for more of the budget than a tax of 99.9% can take over: nothing would be left of a wage."""
    world = toy_world(seed=1)
    assert (world.tariff_revenue / world.gdp).max() > 0.002
    free = replace(status_quo(world, "free"), tariff=np.zeros_like(world.tariff))
    with pytest.raises(NotSolvedError, match="did not reach its residual"):
        solve(world, free, model=Model(labour=0.5, revenue="income-tax", income_tax=0.999))


def test_derivatives_refuse_options_they_do_not_know() -> None:
    world = toy_world(seed=1)
    eq = solve(world, status_quo(world), model=Model(labour=0.5))
    with pytest.raises(InputError, match=r"not for Model\(labour=0.5\)"):
        differentiate(eq, real_income(world, "RUS"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"labour": -0.1}, "'labour' of the model must be at least 0"),
        ({"local_cost": 1.0}, "'local_cost' of the model must be at least 0 and below 1"),
        ({"market_size": np.nan}, "'market_size' of the model must be finite"),
        ({"deficits": "none"}, "unknown closure of deficits 'none'"),
        ({"revenue": "none"}, "unknown use of revenue 'none'"),
    ],
)
def test_impossible_options_are_refused(options: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        Model(**options)


def test_options_for_another_world_are_refused() -> None:
    world = toy_world(seed=1)
    with pytest.raises(InputError, match="'labour' of the model is for other axes than this world, which needs 6"):
        solve(world, status_quo(world), model=Model(labour=np.ones(4)))
    with pytest.raises(InputError, match="name one closure"):
        solve(world, status_quo(world), deficits="purged", model=Model(deficits="scaled"))
