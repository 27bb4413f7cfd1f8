"""Solve one counterfactual: Anderson first, a careful second try, Newton last; the residual decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, NamedTuple

import numpy as np

from multipolar.equilibrium.calibration import Calibration, Shock, calibrate, derive_shock
from multipolar.equilibrium.result import Equilibrium
from multipolar.equilibrium.runtime import configure
from multipolar.errors import InputError, MultipolarError, NotSolvedError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.types import Array, Float64
from multipolar.world import World, check_values

__all__ = ["Case", "Deficits", "purge_deficits", "solve", "solve_many"]

Deficits = Literal["fixed", "scaled", "purged"]

TOLERANCE = 1e-10
TARGET = 2e-12
"""What the iteration aims at; the tolerance is what a result must meet. Between them lies rounding at large sizes."""

NEWTON_LIMIT = 3000
"""Largest number of unknowns for which the dense Jacobian of the Newton fallback is formed (about 70 MB)."""


@dataclass(frozen=True)
class Case:
    """One counterfactual: a world, a policy for it and, if given, trade elasticities [s] in place of the world's."""

    world: World
    policy: Policy
    elasticity: Float64[Array, " s"] | None = None


class _Attempt(NamedTuple):
    x: np.ndarray
    residual: float
    iterations: int
    method: str


def solve(
    world: World,
    policy: Policy,
    *,
    deficits: Deficits = "fixed",
    elasticity: Float64[Array, " s"] | None = None,
    tolerance: float = TOLERANCE,
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
        solved with no deficits, and the counterfactual is compared with that.
    elasticity
        Trade elasticities in place of the world's (pure number) [s].
    tolerance
        Largest log gap of any equation that is accepted (pure number).

    Returns
    -------
    Equilibrium
        Money in the numeraire: world value added keeps its baseline level.

    Raises
    ------
    NotSolvedError
        If no method reaches the tolerance; nothing is returned then.
    WorldError
        If the world holds a negative or non-finite flow.
    InputError
        If world, policy and elasticities do not fit each other.
    """
    if deficits not in ("fixed", "scaled", "purged"):
        raise InputError(f"unknown closure of deficits '{deficits}'; choose fixed, scaled or purged")
    check_values(world)
    _check_fit(world, policy, elasticity)
    if elasticity is not None:
        world = replace(world, trade_elasticity=np.asarray(elasticity, dtype=float))
    if deficits == "purged":
        world = purge_deficits(world, tolerance=tolerance)
    return _solve(world, policy, deficits, tolerance)


def solve_many(
    cases: Sequence[Case],
    *,
    deficits: Deficits = "fixed",
    workers: int = 2,
    progress: Callable[[int, int], None] | None = None,
) -> list[Equilibrium | MultipolarError]:
    """Solve many counterfactuals; a failed one is returned as its error, in place, never dropped.

    Parameters
    ----------
    cases
        What to solve; sizes may differ.
    deficits
        As in `solve`.
    workers
        Threads; the compiled loop runs outside the interpreter lock. Results do not depend on it.
    progress
        Called as ``progress(done, total)``.
    """
    configure()

    def one(case: Case) -> Equilibrium | MultipolarError:
        try:
            return solve(case.world, case.policy, deficits=deficits, elasticity=case.elasticity)
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


def purge_deficits(world: World, *, tolerance: float = TOLERANCE) -> World:
    """Return the world that would be in equilibrium with every trade deficit at zero.

    Notes
    -----
    Dekle, Eaton & Kortum (2007, American Economic Review 97): with deficits fixed in the numeraire, a tariff moves the
    value of the transfer behind a deficit; purging first keeps that out of the result.
    """
    balanced = replace(status_quo(world, "no-deficits"), transfer=-np.asarray(world.deficit))
    return _solve(world, balanced, "fixed", tolerance).as_world(f"{world.name} without deficits")


def _solve(world: World, policy: Policy, deficits: Deficits, tolerance: float) -> Equilibrium:
    configure()
    base = calibrate(world)
    shock = derive_shock(world, base, policy)
    scale = deficits == "scaled"
    tried: list[_Attempt] = []
    for method in (_anderson, partial(_anderson, careful=True), _newton):
        attempt = method(base, shock, scale, tried)
        if attempt is None:
            continue
        # NaN fails these comparisons. The state is looked at as well: a compiled maximum may leave NaN out, and the
        # largest gap of the equations that remain can then be small, or below zero where none remain.
        if 0.0 <= attempt.residual <= tolerance and np.isfinite(attempt.x).all():
            return _assemble(world, policy, deficits, base, shock, attempt)
        tried.append(attempt)
    best = min(tried, key=lambda a: a.residual if np.isfinite(a.residual) else np.inf)
    raise NotSolvedError(
        f"scenario '{policy.name}' in world '{world.name}' did not reach its residual: {best.residual:.1e} against "
        f"{tolerance:.0e} after {sum(a.iterations for a in tried)} iterations; try a smaller shock, purged deficits "
        "or lower elasticities",
        residual=best.residual,
        iterations=sum(a.iterations for a in tried),
    )


def _anderson(
    base: Calibration, shock: Shock, scale: bool, tried: list[_Attempt], careful: bool = False
) -> _Attempt | None:
    from multipolar.equilibrium.anderson import anderson

    step, limit = (0.3, 3000) if careful else (1.0, 400)
    start = np.zeros(base.labour_income.size + 2 * base.expenditure.size)
    x, residual, iterations = anderson(start, base, shock, TARGET, step, scale, limit)
    name = "anderson, small steps" if careful else "anderson"
    return _Attempt(np.asarray(x), float(residual), int(iterations), name)


def _newton(base: Calibration, shock: Shock, scale: bool, tried: list[_Attempt]) -> _Attempt | None:
    """Levenberg-Marquardt from the best point so far, or None where the dense Jacobian would be too large."""
    from multipolar.equilibrium.newton import newton

    size = base.labour_income.size + 2 * base.expenditure.size
    if size > NEWTON_LIMIT:
        return None
    best = min(tried, key=lambda a: a.residual) if tried else None
    start = best.x if best is not None and np.isfinite(best.residual) else np.zeros(size)
    x, residual, iterations = newton(start, base, shock, scale)
    return _Attempt(np.asarray(x), float(residual), int(iterations), "newton")


def _assemble(
    world: World, policy: Policy, deficits: Deficits, base: Calibration, shock: Shock, attempt: _Attempt
) -> Equilibrium:
    """Turn the state into labelled levels, in NumPy: the result must not keep device buffers alive."""
    n, s = base.expenditure.shape
    ln_w, ln_p = attempt.x[:n], attempt.x[n : n + n * s].reshape(n, s)
    ln_c = base.labour_share * ln_w[:, None] + np.einsum("osk,ok->os", base.input_share, ln_p)
    spending = base.expenditure * np.exp(attempt.x[n + n * s :].reshape(n, s))
    weight = shock.attraction * np.exp(-base.theta * ln_c)[:, None, :]
    total = weight.sum(axis=0)
    share = np.divide(weight, total, out=np.zeros_like(weight), where=total > 0)
    flow = share * spending / (1.0 + policy.tariff)
    collected = (policy.tariff * flow).sum(axis=(0, 2))
    deficit = _deficit_levels(base, ln_w, deficits) + shock.transfer
    duties = shock.revenue_share @ collected
    return Equilibrium(
        world=world,
        policy=policy,
        deficits=deficits,
        wage_hat=np.exp(ln_w),
        price_hat=np.exp(ln_p),
        unit_cost_hat=np.exp(ln_c) / policy.productivity_hat,
        trade_flow=flow,
        trade_share=share,
        income=np.exp(ln_w) * base.labour_income + duties + deficit,
        tariff_revenue=duties,
        deficit=deficit,
        residual=attempt.residual,
        iterations=attempt.iterations,
        method=attempt.method,
    )


def _deficit_levels(base: Calibration, ln_w: np.ndarray, deficits: Deficits) -> np.ndarray:
    if deficits != "scaled":
        return base.deficit
    bill = np.exp(ln_w) * base.labour_income
    scaled = base.deficit * np.exp(ln_w)
    return scaled - bill / bill.sum() * scaled.sum()


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
