"""Repetitions of a study under other assumptions, and the yardsticks printed beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multipolar.equilibrium import Equilibrium, optimal_uniform_tariff, purge_deficits, solve
from multipolar.errors import MultipolarError, NotSolvedError
from multipolar.scenario import Scenario, derive_policy
from multipolar.scenario.policy import Policy
from multipolar.scenario.quantity import central
from multipolar.study.plan import Plan, Start, start
from multipolar.world import World, aggregate_sectors

__all__ = ["Solved", "merge_sectors", "optimal_tariffs", "run_contrast", "solve_all"]


@dataclass(frozen=True)
class Solved:
    """Outcome of one scenario at the most likely values: an equilibrium, or the reason why there is none."""

    scenario: Scenario
    policy: Policy | None
    equilibrium: Equilibrium | None
    reason: str | None


def solve_all(begin: Start, scenarios: Iterable[Scenario]) -> list[Solved]:
    """Solve scenarios at their most likely values; one that has no solution is returned with its reason.

    Raises
    ------
    InputError
        If a scenario does not fit the world: that is for its author to mend, not a result.
    """
    return [_solved(begin, scenario, derive_policy(begin.world, scenario)) for scenario in scenarios]


def _solved(begin: Start, scenario: Scenario, policy: Policy) -> Solved:
    try:
        return Solved(scenario, policy, solve(begin.world, policy, deficits=begin.deficits), None)
    except NotSolvedError as error:
        return Solved(scenario, policy, None, str(error))


def run_contrast(plan: Plan, contrast: Any, main: Sequence[Solved], begin: Start) -> list[Solved]:
    """Repeat the scenarios that a contrast names, at the most likely values.

    Parameters
    ----------
    plan
        The study's plan.
    contrast
        One of the study file's contrasts.
    main, begin
        Outcome of the main run, and where it started.
    """
    chosen = [s for s in main if contrast.scenarios is None or s.scenario.id in contrast.scenarios]
    try:
        if contrast.kind == "one_sector":
            return _one_sector(contrast, chosen, begin)
        other = _other_start(plan, contrast)
    except NotSolvedError as error:
        return [Solved(s.scenario, None, None, str(error)) for s in chosen]
    return solve_all(other, [s.scenario for s in chosen])


def _other_start(plan: Plan, contrast: Any) -> Start:
    study = plan.study
    elasticities, deficits, baseline = study.elasticity(), study.deficits, study.baseline_scenario()
    if contrast.kind == "elasticities":
        elasticities = {**elasticities, **contrast.elasticities}
    elif contrast.kind == "deficits":
        deficits = contrast.deficits
    else:
        baseline = study.scenario_of(contrast.id, contrast.title, contrast.shocks)
    return start(plan.world, elasticities, baseline, deficits)


def _one_sector(contrast: Any, chosen: Sequence[Solved], begin: Start) -> list[Solved]:
    merged = aggregate_sectors(begin.world, {"all": begin.world.sectors})
    if contrast.elasticity is not None:
        merged = replace(merged, trade_elasticity=np.array([central(contrast.elasticity)]))
    found = []
    for item in chosen:
        assert item.policy is not None
        policy = merge_sectors(begin.world, item.policy, merged)
        found.append(_solved(Start(merged, begin.deficits), item.scenario, policy))
    return found


def merge_sectors(world: World, policy: Policy, merged: World) -> Policy:
    """Carry a policy over to the world with all sectors merged into one.

    The new tariff is the one that collects, on baseline flows, the same duty; the cost factor is the one that changes
    a pair's trade by as much as the sectors together (a mean of order ``-theta`` weighted by flows, so that a ban of
    every sector stays a ban); productivity is a geometric mean weighted by output.

    Parameters
    ----------
    world
        The world that the policy belongs to.
    policy
        The policy, by sector.
    merged
        The same world with one sector.
    """
    theta = float(merged.trade_elasticity[0])
    flow = world.trade_flow
    response = _mean(policy.cost_hat**-theta, flow)
    with np.errstate(divide="ignore"):
        cost = response ** (-1.0 / theta)
    # Rates on outsiders: weighted as the merged world's own are, by imports from abroad.
    imports = flow.sum(axis=0) - np.einsum("iis->is", flow)
    return replace(
        policy,
        tariff=_mean(policy.tariff, flow)[:, :, None],
        external_tariff=_mean(policy.external_tariff, imports)[:, None],
        cost_hat=cost[:, :, None],
        productivity_hat=np.exp(_mean(np.log(policy.productivity_hat), world.output))[:, None],
    )


def _mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean over the last axis; the plain mean where nothing weighs."""
    total = weight.sum(axis=-1)
    return np.divide((values * weight).sum(axis=-1), total, out=values.mean(axis=-1), where=total > 0)


def optimal_tariffs(world: World, solved: Sequence[Solved]) -> list[dict[str, Any]]:
    """Return, for each member of a scenario that changes tariffs, the uniform tariff it would choose for itself.

    Computed in the world without trade deficits: with a deficit fixed in the numeraire a tariff also moves what the
    transfer behind it buys, which is no motive for a tariff.

    Returns
    -------
    list
        ``{economy, rate_pct, gain_pct, current_pct, at_bound, scenarios: {id: rate_pct}, reason}``; the scenario's
        rate is the mean on the same imports, without those from fellow members.
    """
    rows: dict[str, dict[str, float]] = {}
    for item in solved:
        if item.policy is None or np.array_equal(item.policy.tariff, world.tariff):
            continue
        for code in tariff_setters(world, item.policy):
            rate = _mean_rate(world, item.policy, code)
            if rate is not None:
                rows.setdefault(code, {})[item.scenario.id] = rate
    if not rows:
        return []
    try:
        level = purge_deficits(world)
    except NotSolvedError as error:
        return [_no_optimum(code, rates, str(error)) for code, rates in rows.items()]
    return [_optimum(level, code, rates) for code, rates in rows.items()]


def tariff_setters(world: World, policy: Policy) -> list[str]:
    """Return the members that charge outsiders a duty, or, where nobody is tied, the economies whose tariffs change."""
    tied = policy.insiders
    if not tied.any():
        tied = (policy.tariff != world.tariff).any(axis=(0, 2))
    charges = (world.external_tariff > 0).any(axis=1)
    return [code for code, yes in zip(world.economies, tied & charges, strict=True) if yes]


def _optimum(world: World, code: str, rates: Mapping[str, float]) -> dict[str, Any]:
    try:
        best = optimal_uniform_tariff(world, code)
    except MultipolarError as error:
        return _no_optimum(code, rates, str(error))
    return {
        "economy": code,
        "rate_pct": 100 * best.rate,
        "gain_pct": best.gain_pct,
        "current_pct": 100 * best.current,
        "at_bound": best.rate > 0.99,
        "scenarios": dict(rates),
        "reason": None,
    }


def _no_optimum(code: str, rates: Mapping[str, float], reason: str) -> dict[str, Any]:
    empty = dict.fromkeys(("rate_pct", "gain_pct", "current_pct", "at_bound"))
    return {"economy": code, **empty, "scenarios": dict(rates), "reason": reason}


def _mean_rate(world: World, policy: Policy, code: str) -> float | None:
    """Import-weighted mean rate of a scenario (percent) on what pays the external tariff today."""
    d = world.economy_index(code)
    external = world.external_tariff[d]
    outsider = (world.tariff[:, d, :] >= external - 1e-12) & (external > 0)
    outsider[d] = False
    if policy.insiders[d]:
        outsider[policy.insiders] = False
    imports = np.where(outsider, world.trade_flow[:, d, :], 0.0)
    if imports.sum() <= 0:
        return None
    return float(100 * (imports * policy.tariff[:, d, :]).sum() / imports.sum())
