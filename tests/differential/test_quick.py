"""The solver for large worlds, in NumPy, against the model's own equations and the compiled solver."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from benchmarks.generated import made_up_world

from multipolar.equilibrium import Case, Model, calibration, linked, solve, solve_batch, variants
from multipolar.equilibrium import quick as module
from multipolar.equilibrium.calibration import derive_shock
from multipolar.equilibrium.equations import gap
from multipolar.equilibrium.quick import prepare, quick
from multipolar.equilibrium.runtime import configure
from multipolar.errors import NotSolvedError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World


def _world(seed: int, n: int, s: int, *, linked: bool) -> World:
    """A made-up world with zeros, deficits, duties and, if `linked`, inputs."""
    rng = np.random.default_rng(seed)
    flow = rng.lognormal(0, 1.5, (n, n, s)) * (rng.random((n, n, s)) > 0.2)
    home = np.arange(n)
    flow[home, home] = rng.uniform(3, 12, (n, s)) * n / 3
    if s > 1:
        flow[0, :, s - 1] = 0.0
        flow[:, 1, 0] = 0.0
    tariff = rng.uniform(0, 0.3, (n, n, s))
    tariff[home, home] = 0.0
    absorbed, output = ((1 + tariff) * flow).sum(axis=0), flow.sum(axis=1)
    use = rng.dirichlet(np.ones(s), (n, s)) * output[:, :, None] * (0.5 if linked else 0.0)
    use *= np.minimum(1.0, 0.6 * absorbed / np.maximum(use.sum(axis=1), 1e-300))[:, None, :]
    return made_up_world(f"made-up-{seed}", flow, tariff, use, rng.uniform(1.5, 9, s))


def _policy(world: World, seed: int, pooled: bool) -> Policy:
    rng = np.random.default_rng(seed)
    n, _, s = world.tariff.shape
    tariff = np.array(world.tariff)
    tariff[:, : n // 2] *= rng.uniform(0, 2)
    cost = np.ones((n, n, s))
    cost[2, 3] = np.inf
    cost[3:5, 3:5] = 0.9
    cost[np.arange(n), np.arange(n)] = 1.0
    share = np.eye(n)
    if pooled:
        share[:3, :3] = 1 / 3
    income = world.final_demand.sum(axis=1)
    transfer = np.zeros(n)
    transfer[4], transfer[5] = 0.05 * income[4], -0.05 * income[4]
    return replace(status_quo(world, "mixed"), tariff=tariff, cost_hat=cost, revenue_share=share, transfer=transfer)


@pytest.fixture
def _everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALLEST", 0)


@pytest.mark.usefixtures("_everything")
@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("scaled", [False, True])
def test_a_state_meets_the_equations_of_the_model(linked: bool, pooled: bool, scaled: bool) -> None:
    configure()
    for seed in range(4):
        world = _world(seed, 9, (1, 3, 4, 2)[seed], linked=linked)
        policy = _policy(world, seed, pooled)
        # The first time with the diagonal, the second with the response to wages.
        for prepared in (prepare(world), prepare(world)):
            shock = derive_shock(world, prepared.base, policy)
            attempt = quick(prepared, shock, scaled)
            assert attempt is not None and attempt.residual <= 1e-10
            told = np.abs(np.asarray(gap(attempt.x, prepared.base, shock, scaled))).max()
            assert told <= 1.01 * attempt.residual + 1e-13
        assert (prepare(world).chord is None) == linked and (prepare(world).response is None) != linked
        eq = solve(world, policy, deficits="scaled" if scaled else "fixed")
        assert eq.method == "anderson, NumPy"


def test_both_solvers_find_the_same_equilibrium(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed, inputs in ((1, True), (2, False)):
        world = _world(seed, 10, 3, linked=inputs)
        policy = _policy(world, seed, False)
        compiled = solve(world, policy)
        assert compiled.method == "anderson"
        with monkeypatch.context() as patch:
            patch.setattr(module, "SMALLEST", 0)
            mine = solve(world, policy)
        assert mine.method == "anderson, NumPy"
        assert np.abs(mine.wage_hat / compiled.wage_hat - 1).max() < 1e-9
        assert np.abs(mine.real_income_hat / compiled.real_income_hat - 1).max() < 1e-9


def test_the_chord_is_the_inverse_jacobian_at_the_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALLEST", 0)
    world = _world(3, 8, 2, linked=False)
    assert prepare(world).chord is None
    prepared = prepare(world)
    assert prepare(world) is prepared
    tables = module.tables(prepared.base, derive_shock(world, prepared.base, status_quo(world)), False, False, False)
    step, columns = 1e-6, []
    for nudge in step * np.eye(8):
        ahead, behind = (module._alone(tables, x)[1] for x in (nudge, -nudge))
        columns.append((ahead - behind) / (2 * step))
    assert prepared.chord is not None
    np.testing.assert_allclose(-prepared.chord @ np.stack(columns, axis=1), np.eye(8), atol=1e-7)


@pytest.mark.usefixtures("_everything")
def test_what_it_cannot_solve_is_left_to_the_other_methods() -> None:
    world = _world(5, 8, 2, linked=True)
    income = world.final_demand.sum(axis=1)
    transfer = np.zeros(8)
    # More than the economy earns: no equilibrium.
    transfer[0], transfer[1] = -3 * income[0], 3 * income[0]
    with pytest.raises(NotSolvedError, match="did not reach its residual"):
        solve(world, replace(status_quo(world, "ruin"), transfer=transfer))


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("smallest", [0, 10**9])
def test_nobody_spends_less_than_nothing(monkeypatch: pytest.MonkeyPatch, linked: bool, smallest: int) -> None:
    """A transfer above what an economy earns: labour markets could clear, yet there is no equilibrium."""
    monkeypatch.setattr(module, "SMALLEST", smallest)
    world = _world(6, 8, 1, linked=linked)
    income = world.final_demand.sum(axis=1)
    transfer = np.zeros(8)
    smallest_income = int(np.argmin(income))
    transfer[smallest_income] = -1.5 * income[smallest_income]
    transfer[(smallest_income + 1) % 8] = 1.5 * income[smallest_income]
    policy = replace(status_quo(world, "ruin"), transfer=transfer)
    for _ in range(2):
        with pytest.raises(NotSolvedError, match=r"did not reach its residual|less than no income"):
            solve(world, policy)
    # Many at once, on a shared baseline.
    batch = solve_batch([Case(world, policy)] * 20)
    assert not batch.solved.any()


def test_what_is_kept_for_a_world_goes_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALLEST", 1)
    worlds = [_world(seed, 6, 1, linked=False) for seed in range(3)]
    first = prepare(worlds[0])
    assert prepare(worlds[0]).base is first.base
    while worlds:
        prepare(worlds[-1])
        assert 1 <= len(module._kept) <= module.KEPT
        worlds.pop()
    assert len(module._kept) == 0


@pytest.mark.usefixtures("_everything")
def test_the_response_to_wages_is_first_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linked, "TERMS", 80)
    world = _world(4, 7, 2, linked=True)
    prepare(world)
    prepared = prepare(world)
    assert prepared.response is not None and prepare(world) is prepared
    shock = derive_shock(world, prepared.base, status_quo(world))
    settled = linked.Joint(module.tables(prepared.base, shock, False, False, True), 200)
    step, gaps, states = 1e-4, [], []
    for nudge in step * np.eye(7):
        with np.errstate(invalid="ignore"):  # a cell in which nothing is spent
            (ahead, up, _), (behind, down, _) = (settled(np.concatenate([x, np.zeros(28)])) for x in (nudge, -nudge))
        gaps.append((up - down)[:7] / (2 * step))
        states.append((ahead - behind)[7:] / (2 * step))
    # What the response is kept in is good for six digits.
    np.testing.assert_allclose(-prepared.response.wage @ np.stack(gaps, axis=1), np.eye(7), atol=2e-4)
    np.testing.assert_allclose(prepared.response.state[1:].reshape(28, 7), np.stack(states, axis=1), atol=2e-4)


@pytest.mark.usefixtures("_everything")
def test_a_linked_world_that_comes_back_is_solved_in_fewer_evaluations() -> None:
    world = _world(1, 12, 6, linked=True)
    tariff = np.array(world.tariff)
    tariff[:, :4] *= 0.5
    policy = replace(status_quo(world, "half"), tariff=tariff)
    first, second, third = (solve(world, policy) for _ in range(3))
    assert second.iterations < first.iterations and third.iterations == second.iterations
    np.testing.assert_allclose(second.trade_flow, first.trade_flow, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(second.real_income_hat, first.real_income_hat, rtol=1e-10)
    assert third.wage_hat.tobytes() == second.wage_hat.tobytes()


@pytest.mark.usefixtures("_everything")
@pytest.mark.parametrize("many", [False, True])
def test_a_policy_told_apart_cell_by_cell_is_the_policy(monkeypatch: pytest.MonkeyPatch, many: bool) -> None:
    world = _world(2, 9, 4, linked=True)
    policy = _policy(world, 2, False)
    if many:
        productivity = np.array(policy.productivity_hat)
        productivity[3] = 1.1
        policy = replace(policy, productivity_hat=productivity)
    whole = derive_shock(world, calibration.calibrate(world), policy)
    prepared = prepare(world)
    monkeypatch.setattr(calibration, "SPARSE", 0)
    for net in (None, prepared.net_share):
        told = derive_shock(world, prepared.base, policy, net_share=net)
        np.testing.assert_allclose(told.attraction, whole.attraction, rtol=1e-14)
        np.testing.assert_allclose(told.net_attraction, whole.net_attraction, rtol=1e-14)


@pytest.mark.usefixtures("_everything")
def test_the_order_of_arrays_in_memory_changes_no_number() -> None:
    world = _world(2, 9, 4, linked=True)
    policy = _policy(world, 2, True)
    prepared = prepare(world)
    shock = derive_shock(world, prepared.base, policy, net_share=prepared.net_share)
    assert not shock.attraction.flags.c_contiguous
    plain = calibration.Shock(*(np.ascontiguousarray(array) for array in shock))
    rng = np.random.default_rng(0)
    factors = [rng.uniform(0.5, 2, (9, 4)) for _ in range(3)]
    for mine, theirs in zip(calibration.trade(shock, *factors), calibration.trade(plain, *factors), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_nothing_is_collected_where_nothing_is_taxed() -> None:
    world = _world(3, 6, 2, linked=True)
    policy = replace(status_quo(world, "free"), tariff=np.zeros_like(world.tariff))
    eq = solve(world, policy)
    assert not eq.tariff_revenue.any()
    flow = np.einsum("ods,ods->d", policy.tariff, eq.trade_flow)
    assert not flow.any()
    taxed = solve(world, status_quo(world))
    np.testing.assert_allclose(taxed.tariff_revenue, (world.tariff * taxed.trade_flow).sum(axis=(0, 2)), rtol=1e-11)


OPTIONS = [Model(scale=0.02), Model(labour=0.1), Model(deficits="multiplicative")]


@pytest.mark.parametrize("model", OPTIONS, ids=repr)
def test_nobody_spends_less_than_nothing_with_options_either(monkeypatch: pytest.MonkeyPatch, model: Model) -> None:
    """Sectors that use inputs let the equations be met at positive expenditure, and final demand below zero."""
    world = _world(0, 6, 2, linked=True)
    income = world.final_demand.sum(axis=1)
    transfer = np.zeros(6)
    transfer[1], transfer[2] = -1.1 * income[1], 1.1 * income[1]
    policy = replace(status_quo(world, "ruin"), transfer=transfer)
    with pytest.raises(NotSolvedError, match="'E001' with less than no income") as caught:
        solve(world, policy, model=model)
    assert caught.value.residual <= 1e-10
    # It is the sign of income alone that is refused: the equations are met.
    monkeypatch.setattr(variants, "refuse_negative_income", lambda eq: None)
    eq = solve(world, policy, model=model)
    assert eq.residual <= 1e-10 and eq.income[1] < 0 and (eq.expenditure >= 0).all()
