"""Solve one counterfactual: Anderson first (in NumPy where the world is large), a careful second try, Newton last.

The residual decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, get_args
from weakref import WeakSet

import numpy as np

from multipolar.equilibrium.attempts import (
    TARGET,
    TOLERANCE,
    Attempt,
    anderson_settings,
    first_solved,
    newton_start,
)
from multipolar.equilibrium.calibration import Calibration, Shock, derive_shock, trade
from multipolar.equilibrium.model import Closure, Model
from multipolar.equilibrium.quick import prepare, quick
from multipolar.equilibrium.result import Equilibrium, labour_accounts, refuse_negative_income
from multipolar.equilibrium.runtime import configure
from multipolar.equilibrium.variants import solve_variant
from multipolar.errors import InputError, MultipolarError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.types import Array, Float64
from multipolar.world import World, check_usable, check_values

__all__ = ["Case", "Deficits", "purge_deficits", "solve", "solve_many"]

Deficits = Literal["fixed", "scaled", "purged"]
"""Closures of the plain model, which gradients, tariff games and batches take."""


@dataclass(frozen=True)
class Case:
    """One counterfactual: a world, a policy for it and, if given, trade elasticities [s] in place of the world's."""

    world: World
    policy: Policy
    elasticity: Float64[Array, " s"] | None = None


def solve(
    world: World,
    policy: Policy,
    *,
    deficits: Closure = "fixed",
    elasticity: Float64[Array, " s"] | None = None,
    tolerance: float = TOLERANCE,
    model: Model | None = None,
    unbalanced: bool = False,
) -> Equilibrium:
    """Solve the general equilibrium of `world` under `policy`.

    Parameters
    ----------
    world
        A balanced world.
    policy
        Counterfactual policy with the same axes.
    deficits
        ``fixed``: trade deficits stay as they are in the numeraire, world value added. ``scaled``: they move with the
        economy's own value added, the world's imbalance shared by value added. ``purged``: the baseline is first
        solved with no deficits, and the counterfactual is compared with that. Further closures are in `Model`.
    elasticity
        Trade elasticities in place of the world's (pure number) [s].
    tolerance
        Largest log gap of any equation that is accepted (pure number).
    model
        Options, the closure of deficits among them; give that here or as `deficits`, not twice.
    unbalanced
        Whether a world is taken whose accounts do not balance, as some published tables do not. Its status quo then
        moves: solve that first, make it a world, and compare with it.

    Returns
    -------
    Equilibrium
        Money in the numeraire: world value added keeps its baseline level.

    Raises
    ------
    NotSolvedError
        If no method reaches the tolerance; nothing is returned then.
    WorldError
        If the world holds a negative or non-finite flow, or its accounts do not balance.
    InputError
        If world, policy and elasticities do not fit each other.
    """
    model = _chosen(model, deficits)
    if unbalanced:
        check_values(world)
    elif world not in _checked:
        check_usable(world)
        _checked.add(world)
    _check_fit(world, policy, elasticity)
    if elasticity is not None:
        world = replace(world, trade_elasticity=np.asarray(elasticity, dtype=float))
    if model.deficits == "purged":
        world = purge_deficits(world, tolerance=tolerance, model=model)
    return _solve(world, policy, model, tolerance)


def solve_many(
    cases: Sequence[Case],
    *,
    deficits: Closure = "fixed",
    model: Model | None = None,
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> list[Equilibrium | MultipolarError]:
    """Solve many counterfactuals; a failed one is returned as its error, in place, never dropped.

    Returns full equilibria, of worlds of any size. For thousands of policies of one world `solve_batch` shares its
    baseline, keeps memory bounded and returns arrays.

    Parameters
    ----------
    cases
        What to solve; sizes may differ.
    deficits, model
        As in `solve`.
    workers
        Threads; the compiled loop runs outside the interpreter lock. Results do not depend on it.
    progress
        Called as ``progress(done, total)``.
    """
    configure()

    def one(case: Case) -> Equilibrium | MultipolarError:
        try:
            return solve(case.world, case.policy, deficits=deficits, elasticity=case.elasticity, model=model)
        except MultipolarError as error:
            return error

    results: list[Equilibrium | MultipolarError | None] = [None] * len(cases)
    with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
        jobs = {pool.submit(one, case): i for i, case in enumerate(cases)}
        try:
            for done, job in enumerate(as_completed(jobs), start=1):
                results[jobs[job]] = job.result()
                if progress is not None:
                    progress(done, len(cases))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return [result for result in results if result is not None]


def purge_deficits(world: World, *, tolerance: float = TOLERANCE, model: Model | None = None) -> World:
    """Return the world that would be in equilibrium with every trade deficit at zero.

    Parameters
    ----------
    model
        Options; duties go to households whatever it says, so that no tax changes hands on the way.

    Notes
    -----
    Dekle, Eaton & Kortum (2007, American Economic Review 97): with deficits fixed in the numeraire, a tariff moves the
    value of the transfer behind a deficit; purging first keeps that out of the result.
    """
    model = replace(model or Model(), deficits="fixed", revenue="lump-sum")
    deficit = labour_accounts(world, model.fitted(world)).deficit
    balanced = replace(status_quo(world, "no-deficits"), transfer=-np.asarray(deficit))
    return _solve(world, balanced, model, tolerance).as_world(f"{world.name} without deficits")


_checked: WeakSet[World] = WeakSet()
"""Worlds whose values were found sound; a world is immutable, so they stay so."""


def _chosen(model: Model | None, deficits: Closure) -> Model:
    """One model from the two ways to name a closure."""
    if model is None:
        return _PLAIN.get(deficits) or Model(deficits=deficits)
    if deficits not in ("fixed", model.deficits):
        raise InputError(
            f"deficits are '{deficits}' in one place and '{model.deficits}' in the model; name one closure"
        )
    return model


_PLAIN: Mapping[str, Model] = {name: Model(deficits=name) for name in get_args(Deficits)}


def _solve(world: World, policy: Policy, model: Model, tolerance: float) -> Equilibrium:
    """Solve with deficits purged already if they are to be; the plain model has its own, smaller equations."""
    if not model.is_plain or policy.taxes_exports:
        return solve_variant(world, policy, model, tolerance)
    configure()
    prepared = prepare(world)
    base = prepared.base
    shock = derive_shock(world, base, policy, net_share=prepared.net_share)
    scale = model.deficits == "scaled"
    methods = (
        lambda tried: quick(prepared, shock, scale),
        partial(_anderson, base, shock, scale, False),
        partial(_anderson, base, shock, scale, True),
        partial(_newton, base, shock, scale),
    )
    eq = _assemble(world, policy, model, base, shock, first_solved(methods, world, policy, tolerance))
    refuse_negative_income(eq)
    return eq


def _anderson(base: Calibration, shock: Shock, scale: bool, careful: bool, tried: list[Attempt]) -> Attempt:
    from multipolar.equilibrium.anderson import anderson

    step, limit, name = anderson_settings(careful)
    start = np.zeros(base.labour_income.size + 2 * base.expenditure.size)
    return Attempt.of(anderson(start, base, shock, TARGET, step, scale, limit), name)


def _newton(base: Calibration, shock: Shock, scale: bool, tried: list[Attempt]) -> Attempt | None:
    """Levenberg-Marquardt from the best point so far, or None where the dense Jacobian would be too large."""
    from multipolar.equilibrium.newton import newton

    start = newton_start(tried, base.labour_income.size + 2 * base.expenditure.size)
    return None if start is None else Attempt.of(newton(start, base, shock, scale), "newton")


def _assemble(
    world: World, policy: Policy, model: Model, base: Calibration, shock: Shock, attempt: Attempt
) -> Equilibrium:
    """Turn the state into labelled levels, in NumPy: the result must not keep device buffers alive."""
    from multipolar.equilibrium.equations import evaluate, unpack

    x: Any = attempt.x
    ln_w, ln_p, _ = unpack(x, base.expenditure.shape)
    out: Any = evaluate(x, base, shock, model.deficits == "scaled", xp=np)
    share, flow = trade(shock, out.offers, out.phi, out.per_price)
    return Equilibrium(
        world=world,
        policy=policy,
        deficits=model.deficits,
        wage_hat=np.exp(ln_w),
        price_hat=np.exp(ln_p),
        unit_cost_hat=np.exp(out.log_cost) / policy.productivity_hat,
        trade_flow=flow,
        trade_share=share,
        income=out.income,
        tariff_revenue=out.duties,
        deficit=out.deficit,
        residual=attempt.residual,
        iterations=attempt.iterations,
        method=attempt.method,
        model=model,
    )


def _check_fit(world: World, policy: Policy, elasticity: Any) -> None:
    if policy.tariff.shape != world.tariff.shape:
        raise InputError(
            f"policy '{policy.name}' is for {policy.tariff.shape[0]} economies x {policy.tariff.shape[2]} sectors, "
            f"world '{world.name}' has {world.tariff.shape[0]} x {world.tariff.shape[2]}; derive it from this world"
        )
    if elasticity is not None:
        values = np.asarray(elasticity, dtype=float)
        if values.shape != world.trade_elasticity.shape or not (np.isfinite(values) & (values > 0)).all():
            raise InputError(f"elasticities must be {len(world.sectors)} finite numbers above 0, one per sector")
