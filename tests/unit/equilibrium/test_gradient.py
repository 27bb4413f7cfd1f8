"""Gradients: what they are of, labels, refusals, and the rates that parametrise a schedule."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.equilibrium import gradient as room
from multipolar.equilibrium import solve
from multipolar.equilibrium.gradient import differentiate, real_income
from multipolar.equilibrium.instruments import tariff_instruments
from multipolar.errors import InputError, NotSolvedError, UnknownNameError
from multipolar.scenario.policy import status_quo
from toys import toy_world


@pytest.fixture(scope="module")
def world():
    return toy_world(seed=2)


@pytest.fixture(scope="module")
def eq(world):
    tariff = np.array(world.tariff)
    tariff[3:, 1, 1] += 0.1
    return solve(world, replace(status_quo(world, "raised"), tariff=tariff))


def test_objectives_state_value_and_weights(world, eq) -> None:
    income = world.final_demand.sum(axis=1)
    alone = real_income(world, "KAZ")
    assert alone.value(eq) == pytest.approx(np.log(eq.real_income_hat[1]), rel=1e-12)
    dollars = real_income(world, ("KAZ", "BLR"), "usd")
    assert dollars.value(eq) == pytest.approx(income[1:3] @ (eq.real_income_hat[1:3] - 1), rel=1e-12)
    bloc = real_income(world, ("KAZ", "BLR"))
    assert bloc.weights[1:3] == pytest.approx(income[1:3] / income[1:3].sum())
    assert "weighted by baseline income" in bloc.label
    own = real_income(world, {"RUS": 2.0, "EUN": -1.0})
    assert own.value(eq) == pytest.approx(np.log([eq.real_income_hat[0] ** 2 / eq.real_income_hat[3]])[0], abs=1e-15)
    assert "2 x RUS" in own.label


def test_dense_and_iterative_gradients_agree(world, eq) -> None:
    for unit in ("log", "usd"):
        goal = real_income(world, ("RUS", "KAZ"), unit)
        iterative, dense = differentiate(eq, goal, method="gmres"), differentiate(eq, goal, method="dense")
        scale = np.abs(dense.tariff).max()
        assert (iterative.method, dense.method) == ("gmres", "dense")
        np.testing.assert_allclose(iterative.tariff, dense.tariff, atol=1e-10 * scale)
        np.testing.assert_allclose(iterative.log_productivity, dense.log_productivity, atol=1e-9 * scale)


def test_gradient_is_linear_in_the_objective(world, eq) -> None:
    both = differentiate(eq, real_income(world, {"RUS": 2.0, "EUN": -1.0})).tariff
    parts = (
        2 * differentiate(eq, real_income(world, "RUS")).tariff - differentiate(eq, real_income(world, "EUN")).tariff
    )
    np.testing.assert_allclose(both, parts, atol=1e-12)


def test_empty_and_banned_cells_have_no_derivative() -> None:
    world = toy_world(seed=2, zeros=True)
    cost = np.ones_like(world.tariff)
    cost[0, 3:, 1] = np.inf
    result = differentiate(solve(world, replace(status_quo(world, "ban"), cost_hat=cost)), real_income(world, "EUN"))
    assert np.isfinite(result.tariff).all()
    assert (result.tariff[0, 3:, 1] == 0).all()
    assert (result.tariff[world.trade_flow == 0] == 0).all()
    assert (result.tariff[(world.trade_flow > 0) & np.isfinite(cost)] != 0).all()


def test_labels(world, eq) -> None:
    table = differentiate(eq, real_income(world, "KAZ")).to_xarray()
    assert table.tariff.dims == ("origin", "destination", "sector")
    assert float(table.tariff.sel(origin="CHN", destination="KAZ", sector="goods")) == pytest.approx(
        differentiate(eq, real_income(world, "KAZ")).tariff[4, 1, 1]
    )
    assert table.log_productivity.dims == ("origin", "sector")


def test_refusals_name_rule_and_remedy(world, eq, monkeypatch) -> None:
    goal = real_income(world, "KAZ")
    with pytest.raises(UnknownNameError, match="KZA"):
        real_income(world, "KZA")
    with pytest.raises(InputError, match="weight"):
        real_income(world, {"KAZ": 0.0})
    with pytest.raises(InputError, match="log or usd"):
        real_income(world, "KAZ", "eur")  # type: ignore[arg-type]
    with pytest.raises(InputError, match="gmres or dense"):
        differentiate(eq, goal, method="magic")  # type: ignore[arg-type]
    monkeypatch.setattr(room, "DENSE_LIMIT", 10)
    with pytest.raises(InputError, match="limit of 10"):
        differentiate(eq, goal, method="dense")
    monkeypatch.setattr(room, "ADJOINT_TOLERANCE", 0.0)
    with pytest.raises(NotSolvedError, match="adjoint"):
        differentiate(eq, goal)


def test_auto_falls_back_on_the_dense_factorisation(world, eq, monkeypatch) -> None:
    goal = real_income(world, "KAZ")
    iterative, dense = (differentiate(eq, goal, method=method) for method in ("gmres", "dense"))
    assert dense.residual < 0.1 * iterative.residual
    monkeypatch.setattr(room, "ADJOINT_TOLERANCE", (dense.residual * iterative.residual) ** 0.5)
    assert differentiate(eq, goal).method == "dense"
    with pytest.raises(NotSolvedError, match="adjoint"):
        differentiate(eq, goal, method="gmres")


@pytest.mark.parametrize(("by", "count"), [("uniform", 1), ("sector", 2), ("origin", 3), ("cell", 6)])
def test_instruments_are_a_parametrisation_and_its_transpose(world, by, count) -> None:
    policy = status_quo(world)
    rates_of = tariff_instruments(world, policy, {"KAZ": ("KAZ",)}, by)
    assert len(rates_of.labels) == count == len(set(rates_of.labels))
    rates = np.linspace(0.1, 0.2, count)
    moved = rates_of.apply(policy, rates, "moved")
    np.testing.assert_allclose(rates_of.rates(world, moved), rates, rtol=1e-12)
    others = rates_of.cells < 0
    np.testing.assert_array_equal(moved.tariff[others], policy.tariff[others])
    # The transpose: <collect(v), r> is <v, cells of r>.
    values = np.random.default_rng(0).normal(size=world.tariff.shape)
    spread = np.where(others, 0.0, moved.tariff)
    assert rates_of.collect(values) @ rates == pytest.approx((values * spread).sum())


def test_instruments_keep_preferences_and_follow_the_external_tariff(world) -> None:
    policy = status_quo(world)
    rates_of = tariff_instruments(world, policy, {"RUS+KAZ": ("RUS", "KAZ")})
    assert rates_of.labels == ("RUS+KAZ:energy", "RUS+KAZ:goods")
    assert (rates_of.cells[:3, :2] == -1).all()  # members and the partner with a preference
    assert (rates_of.cells[3:, :2, 1] == 1).all() and (rates_of.cells[:, 2:] == -1).all()
    moved = rates_of.apply(policy, np.array([0.2, 0.3]), "moved")
    np.testing.assert_allclose(moved.external_tariff[:2, :2], [[0.2, 0.3], [0.2, 0.3]])
    np.testing.assert_array_equal(moved.external_tariff[:, 2], policy.external_tariff[:, 2])
    free = tariff_instruments(world, policy, {"RUS+KAZ": ("RUS", "KAZ")}, keep_preferences=False)
    assert (free.cells[:2, :2] == -1).all() and (free.cells[2:, :2, :2] >= 0).all()
    wide = tariff_instruments(world, policy, {"RUS": ("RUS",)}, sectors=["services"], keep_preferences=False)
    assert wide.labels == ("RUS:services",) and (wide.cells[1:, 0, 2] == 0).all() and wide.cells[0, 0, 2] == -1


def test_a_partial_preference_keeps_its_margin(world) -> None:
    policy = status_quo(world)
    tariff = np.array(policy.tariff)
    tariff[4, 1] = 0.25 * policy.external_tariff[1]
    tariff[5, 1] = policy.external_tariff[1] * (1 - 1e-9)
    policy = replace(policy, tariff=tariff)
    rates_of = tariff_instruments(world, policy, {"KAZ": ("KAZ",)})
    np.testing.assert_allclose(rates_of.rates(world, policy), policy.external_tariff[1, :2], rtol=1e-8)
    moved = rates_of.apply(policy, np.array([0.1, 0.2]), "moved")
    np.testing.assert_allclose(moved.tariff[[0, 3, 4, 5], 1, 1], [0, 0.2, 0.05, 0.2], rtol=1e-8)
    np.testing.assert_allclose(moved.external_tariff[1, :2], [0.1, 0.2])
    goal = real_income(world, "KAZ")
    values = []
    for k in (2, 1, -1, -2):
        rates = np.array([0.1, 0.2 + k * 1e-3])
        values.append(goal.value(solve(world, rates_of.apply(policy, rates, "moved"))))
    slope = rates_of.collect(differentiate(solve(world, moved), goal).tariff)[1]
    assert slope == pytest.approx((8 * (values[1] - values[2]) - (values[0] - values[3])) / 12e-3, rel=1e-6)


def test_instruments_refuse_what_nobody_can_set(world) -> None:
    policy = status_quo(world)
    with pytest.raises(InputError, match="twice"):
        tariff_instruments(world, policy, {"a": ("RUS", "KAZ"), "b": ("KAZ",)})
    with pytest.raises(InputError, match="no imports"):
        tariff_instruments(
            toy_world(sectors=["services"]), status_quo(toy_world(sectors=["services"])), {"RUS": ("RUS",)}
        )
    with pytest.raises(InputError, match="uniform, sector, origin or cell"):
        tariff_instruments(world, policy, {"RUS": ("RUS",)}, by="line")  # type: ignore[arg-type]
    with pytest.raises(UnknownNameError, match="gods"):
        tariff_instruments(world, policy, {"RUS": ("RUS",)}, sectors=["gods"])
