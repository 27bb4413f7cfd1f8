"""The tariff that each member would choose for itself, printed beside the scenarios that change tariffs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

import numpy as np

from multipolar.equilibrium import optimal_tariff_level, purge_deficits
from multipolar.errors import MultipolarError, NotSolvedError
from multipolar.scenario.policy import Policy
from multipolar.scenario.preferences import SAME
from multipolar.study.contrast import Solved
from multipolar.world import World

__all__ = ["optimal_tariffs", "tariff_setters"]


def optimal_tariffs(
    world: World,
    solved: Sequence[Solved],
    only: Sequence[str] | None = None,
    pool: Executor | None = None,
) -> list[dict[str, Any]]:
    """Return, for each member of a scenario that changes tariffs, the level of its schedule it would choose for itself.

    Computed in the world without trade deficits: with a deficit fixed in the numeraire a tariff also moves what the
    transfer behind it buys, which is no motive for a tariff.

    Parameters
    ----------
    world
        Where the scenarios started.
    solved
        The scenarios.
    only
        Economies to compute; by default every such member.
    pool
        Where to search for several economies at once; no number depends on it.

    Returns
    -------
    list
        ``{economy, factor, rate_pct, gain_pct, current_pct, at_bound, scenarios: {id: rate_pct}, reason}``; rates are
        means over the imports that pay duty today, a scenario's without those from fellow members.
    """
    wanted: dict[str, list[Solved]] = {}
    for item in solved:
        if item.policy is None or not _moves(world, item.policy).any():
            continue
        for code in tariff_setters(world, item.policy):
            if only is None or code in only:
                wanted.setdefault(code, []).append(item)
    if not wanted:
        return []
    try:
        level, reason = purge_deficits(world), None
    except NotSolvedError as error:
        level, reason = world, str(error)

    def row(code: str) -> dict[str, Any] | None:
        # Every mean on the same imports: those of the world in which the optimum is searched.
        means = {s.scenario.id: _mean_rate(level, s.policy, code) for s in wanted[code] if s.policy is not None}
        rates = {name: rate for name, rate in means.items() if rate is not None}
        if not rates:
            return None
        return _optimum(level, code, rates) if reason is None else _no_optimum(code, rates, reason)

    return [found for found in (map if pool is None else pool.map)(row, wanted) if found is not None]


def tariff_setters(world: World, policy: Policy) -> list[str]:
    """Return the members that charge outsiders a duty, or, where nobody is tied, the economies whose tariffs change."""
    tied = policy.insiders
    if not tied.any():
        tied = _moves(world, policy)
    charges = (world.external_tariff > 0).any(axis=1)
    return [code for code, yes in zip(world.economies, tied & charges, strict=True) if yes]


def _moves(world: World, policy: Policy) -> np.ndarray:
    """Which economies' tariffs change (boolean) [d]; a mean over merged sectors differs by rounding alone."""
    return np.any(np.abs(policy.tariff - world.tariff) > SAME, axis=(0, 2))


def _optimum(world: World, code: str, rates: Mapping[str, float]) -> dict[str, Any]:
    try:
        best = optimal_tariff_level(world, code)
    except MultipolarError as error:
        return _no_optimum(code, rates, str(error))
    return {
        "economy": code,
        "factor": best.factor,
        "rate_pct": 100 * best.rate,
        "gain_pct": best.gain_pct,
        "current_pct": 100 * best.current,
        "at_bound": best.rate > 0.99,
        "scenarios": dict(rates),
        "reason": None,
    }


def _no_optimum(code: str, rates: Mapping[str, float], reason: str) -> dict[str, Any]:
    empty = dict.fromkeys(("factor", "rate_pct", "gain_pct", "current_pct", "at_bound"))
    return {"economy": code, **empty, "scenarios": dict(rates), "reason": reason}


def _mean_rate(world: World, policy: Policy, code: str) -> float | None:
    """Mean rate of a scenario (percent) on the imports that pay duty today, without those from fellow members."""
    d = world.economy_index(code)
    paying = world.tariff[:, d, :] > 0
    if policy.insiders[d]:
        paying &= ~policy.insiders[:, None]
    imports = np.where(paying, world.trade_flow[:, d, :], 0.0)
    if imports.sum() <= 0:
        return None
    return float(100 * (imports * policy.tariff[:, d, :]).sum() / imports.sum())
