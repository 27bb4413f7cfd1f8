"""Solving: what is accepted, what is refused, and that methods agree."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.equilibrium import Case, Equilibrium, purge_deficits, solve, solve_many
from multipolar.equilibrium.calibration import calibrate, derive_shock
from multipolar.equilibrium.newton import newton
from multipolar.equilibrium.runtime import configure
from multipolar.errors import InputError, NotSolvedError
from multipolar.scenario.policy import status_quo
from multipolar.world import check
from toys import toy_world


@pytest.fixture(scope="module")
def world():
    return toy_world(seed=2)


def _raised(world, amount=0.1):
    tariff = np.array(world.tariff)
    tariff[3:, 1, 1] += amount
    return replace(status_quo(world, "raised"), tariff=tariff)


@pytest.mark.parametrize("deficits", ["fixed", "scaled", "purged"])
def test_residual_is_met_in_levels_for_every_closure(world, deficits) -> None:
    eq = solve(world, _raised(world), deficits=deficits)
    assert eq.residual <= 1e-10
    assert check(eq.as_world("after")).max_residual < 1e-10
    assert eq.deficit.sum() == pytest.approx(0, abs=1e-6)
    bill = eq.wage_hat * eq.world.value_added.sum(axis=1)
    np.testing.assert_allclose(bill, (eq.output * eq.world.value_added / eq.world.output).sum(axis=1), rtol=1e-9)
    assert bill.sum() == pytest.approx(eq.world.value_added.sum(), rel=1e-9)


def test_closures_differ_where_deficits_matter(world) -> None:
    fixed = solve(world, _raised(world), deficits="fixed")
    scaled = solve(world, _raised(world), deficits="scaled")
    purged = solve(world, _raised(world), deficits="purged")
    assert np.abs(purged.deficit).max() < 1e-6 * world.gdp.max()
    assert np.abs(fixed.real_income_hat - scaled.real_income_hat).max() > 1e-8
    np.testing.assert_allclose(fixed.deficit, world.deficit)


def test_purged_world_is_balanced_and_has_no_deficits(world) -> None:
    purged = purge_deficits(world)
    assert check(purged).max_residual < 1e-10
    np.testing.assert_allclose(purged.deficit / purged.gdp, 0, atol=1e-9)


def test_newton_finds_the_same_equilibrium(world) -> None:
    configure()
    policy = _raised(world)
    base = calibrate(world)
    start = np.zeros(base.labour_income.size + 2 * base.expenditure.size)
    x, residual, _ = newton(start, base, derive_shock(world, base, policy))
    assert float(residual) < 1e-10
    np.testing.assert_allclose(np.exp(np.asarray(x)[: len(world.economies)]), solve(world, policy).wage_hat, rtol=1e-9)


def test_ban_keeps_true_zeros_and_no_nan(world) -> None:
    cost = np.ones_like(world.tariff)
    cost[0, 1:, 0] = np.inf
    eq = solve(world, replace(status_quo(world, "ban"), cost_hat=cost))
    assert (eq.trade_flow[0, 1:, 0] == 0).all()
    assert (eq.trade_flow[0, 1:, 1] > 0).all()
    assert all(np.isfinite(a).all() for a in (eq.wage_hat, eq.price_hat, eq.income, eq.trade_flow))


def test_ban_on_every_supplier_is_refused_by_name(world) -> None:
    flow = np.array(world.trade_flow)
    flow[1, 1, 0] = 0.0
    bare = _rebalanced(world, flow)
    cost = np.ones_like(world.tariff)
    cost[[0, 2, 3, 4, 5], 1, 0] = np.inf
    with pytest.raises(NotSolvedError, match=r"'KAZ' without any supplier of sector 'energy'"):
        solve(bare, replace(status_quo(bare, "siege"), cost_hat=cost))


def test_impossible_deficit_is_refused_not_returned(world) -> None:
    """Two economies with a fixed imbalance and no trade at all have no equilibrium."""
    cost = np.full_like(np.array(world.tariff), np.inf)
    home = np.arange(len(world.economies))
    cost[home, home] = 1.0
    with pytest.raises(NotSolvedError) as caught:
        solve(world, replace(status_quo(world, "autarky"), cost_hat=cost))
    assert not caught.value.residual <= 1e-10
    free = purge_deficits(world)
    assert solve(free, replace(status_quo(free, "autarky"), cost_hat=cost)).residual <= 1e-10


def test_many_equals_single_and_reports_failures_in_place(world) -> None:
    good = _raised(world)
    wall = np.full_like(np.array(world.tariff), np.inf)
    home = np.arange(len(world.economies))
    wall[home, home] = 1.0
    bad = replace(status_quo(world, "autarky"), cost_hat=wall)
    seen: list[tuple[int, int]] = []
    results = solve_many(
        [Case(world, good), Case(world, bad), Case(world, good, np.array([8.0, 3.0, 3.0]))],
        progress=lambda done, total: seen.append((done, total)),
    )
    first, second, third = results
    assert isinstance(first, Equilibrium) and isinstance(third, Equilibrium)
    assert isinstance(second, NotSolvedError)
    np.testing.assert_array_equal(first.wage_hat, solve(world, good).wage_hat)
    np.testing.assert_array_equal(third.world.trade_elasticity, [8.0, 3.0, 3.0])
    assert seen[-1] == (3, 3)


def test_misfits_are_refused(world) -> None:
    other = toy_world(economies=("RUS", "KAZ", "ROW"))
    with pytest.raises(InputError, match="derive it from this world"):
        solve(world, status_quo(other))
    with pytest.raises(InputError, match="finite numbers above 0"):
        solve(world, status_quo(world), elasticity=np.array([1.0, np.nan, 3.0]))
    with pytest.raises(InputError, match="fixed, scaled or purged"):
        solve(world, status_quo(world), deficits="none")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("residual", "spoil"), [(np.nan, False), (-np.inf, False), (-1.0, False), (0.0, True), (1e-12, True)]
)
def test_no_lost_iteration_passes(world, monkeypatch, residual, spoil) -> None:
    """NaN in the residual, a maximum over nothing, or NaN in a state whose residual left it out: all are refused."""
    from multipolar.equilibrium import solver
    from multipolar.equilibrium.attempts import Attempt

    size = len(world.economies) * (1 + 2 * len(world.sectors))
    x = np.zeros(size)
    x[0] = np.nan if spoil else 0.0
    lost = Attempt(x, residual, 1, "made up")
    monkeypatch.setattr(solver, "_anderson", lambda *a, **k: lost)
    monkeypatch.setattr(solver, "_newton", lambda *a, **k: lost)
    with pytest.raises(NotSolvedError):
        solve(world, status_quo(world))
    fine = Attempt(np.zeros(size), 0.0, 1, "made up")
    monkeypatch.setattr(solver, "_anderson", lambda *a, **k: fine)
    assert solve(world, status_quo(world)).residual == 0.0


def test_everything_runs_in_float64(world) -> None:
    from multipolar.equilibrium.anderson import anderson

    configure()
    base = calibrate(world)
    start = np.zeros(base.labour_income.size + 2 * base.expenditure.size)
    x, residual, _ = anderson(start, base, derive_shock(world, base, status_quo(world)), 1e-12, 1.0)
    assert x.dtype == np.float64 and residual.dtype == np.float64


def _rebalanced(world, flow):
    """The same world with other flows: shares kept, accounts recomputed."""
    output, share = flow.sum(axis=1), world.intermediate_use / world.output[:, :, None]
    use = share * output[:, :, None]
    demand = ((1 + world.tariff) * flow).sum(axis=0) - use.sum(axis=1)
    assert (demand >= 0).all()
    return replace(
        world,
        trade_flow=flow,
        intermediate_use=use,
        value_added=output - use.sum(axis=2),
        final_demand=demand,
    )
