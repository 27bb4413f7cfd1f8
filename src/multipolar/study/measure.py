"""From equilibria to arrays of measures, and the draws that put bands around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import as_completed
from typing import Any

import numpy as np

from multipolar.equilibrium import EFFECTS, Equilibrium, creation_diversion_arrays, effect_arrays, solve
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.equilibrium.crew import Crew, crew
from multipolar.errors import MultipolarError
from multipolar.scenario import derive_policy
from multipolar.study.draws import uniform
from multipolar.study.plan import Plan
from multipolar.types import Array, Float64

__all__ = ["CHUNK", "MEASURES", "TRADE_MEASURES", "measure", "run_draws"]

TRADE_MEASURES = {
    "imports_inside_usd_bn": "change of imports from economies that the scenario ties to it (USD billion a year)",
    "imports_outside_usd_bn": "change of imports from all other economies (USD billion a year)",
    "trade_creation_usd_bn": "rise of imports from inside beyond what they replace (USD billion a year)",
    "trade_diversion_usd_bn": "imports from inside that replace imports from outside (USD billion a year)",
}
"""Measures that exist only for the economies a scenario ties together."""

MEASURES: dict[str, str] = {**EFFECTS, **TRADE_MEASURES}
"""Every measure of a study, in order, with meaning and unit."""

CHUNK = 20
"""Draws kept together in one checkpoint file."""

_COLUMNS = ["inside_change", "outside_change", "creation", "diversion"]


def measure(eq: Equilibrium) -> Float64[Array, "economy measure"]:
    """Return every measure of `MEASURES`; NaN where one has no meaning for an economy."""
    first, trade = effect_arrays(eq), creation_diversion_arrays(eq)
    return np.column_stack([*(first[name] for name in EFFECTS), *(trade[name] for name in _COLUMNS)])


def run_draws(
    plan: Plan,
    wanted: Sequence[int],
    *,
    checkpoint: ChunkStore,
    workers: int,
    progress: Callable[[int, int], None],
    scheduler: str | None = None,
) -> tuple[Float64[Array, "draw scenario economy measure"], list[dict[str, Any]]]:
    """Compute every draw of a plan, chunk by chunk.

    Parameters
    ----------
    plan
        The plan.
    wanted
        Positions of the scenarios to solve; the others stay NaN.
    checkpoint
        Where finished chunks are kept and looked for.
    workers
        Threads; no number depends on it.
    progress
        Called as ``progress(done, total)`` in draws.
    scheduler
        Address of a Dask scheduler whose workers compute the draws; None for threads here.

    Returns
    -------
    values, failures
        NaN where a draw failed; failures as ``{draw, scenario, reason}``, scenario null where the draw had no world.
    """
    total = plan.draws
    values, failures = [_empty(plan, 0)], []
    done = 0
    progress(done, total)
    with crew(workers, scheduler) as hands:
        shared = hands.share(plan)
        for first in range(0, total, CHUNK):
            count = min(CHUNK, total - first)
            name = f"draws-{first:06d}-{count}-{'.'.join(map(str, wanted))}"
            kept = checkpoint.load(name)
            if kept is None or "values" not in kept[0]:
                found, failed = _chunk(
                    plan,
                    wanted,
                    range(first, first + count),
                    hands,
                    shared,
                    lambda k, at=first: progress(at + k, total),
                )
                checkpoint.save(name, {"values": found}, failed)
            else:
                found, failed = kept[0]["values"], kept[1]
            values.append(found)
            failures.extend(failed)
            done += count
            progress(done, total)
    return np.concatenate(values), failures


def _empty(plan: Plan, count: int) -> np.ndarray:
    shape = (count, len(plan.scenarios), len(plan.world.economies), len(MEASURES))
    return np.full(shape, np.nan)


def _chunk(
    plan: Plan,
    wanted: Sequence[int],
    draws: range,
    hands: Crew,
    shared: Any,
    progress: Callable[[int], None],
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    values, failures = _empty(plan, len(draws)), {}
    jobs = {hands.submit(_one_draw, shared, wanted, draw): draw for draw in draws}
    try:
        for done, job in enumerate(as_completed(jobs), start=1):
            draw = jobs[job]
            values[draw - draws.start], failures[draw] = job.result()
            progress(done)
    except BaseException:
        for job in jobs:
            job.cancel()
        raise
    return values, [failure for draw in draws for failure in failures[draw]]


def _one_draw(plan: Plan, wanted: Sequence[int], draw: int) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Solve every wanted scenario in one draw; what cannot be solved is recorded, never dropped in silence."""
    values = _empty(plan, 1)[0]
    failures: list[dict[str, Any]] = []
    u = uniform(plan.seed, draw)
    try:
        begin = plan.start(u)
    except MultipolarError as error:
        return values, [{"draw": draw, "scenario": None, "reason": str(error)}]
    for place in wanted:
        scenario = plan.scenarios[place]
        try:
            policy = derive_policy(begin.world, scenario.sampled(u))
            values[place] = measure(solve(begin.world, policy, deficits=begin.deficits))
        except MultipolarError as error:
            failures.append({"draw": draw, "scenario": scenario.id, "reason": str(error)})
    return values, failures
