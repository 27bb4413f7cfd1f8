"""From equilibria to arrays of measures, and the draws that put bands around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import as_completed
from typing import Any

import numpy as np

from multipolar.equilibrium import (
    EFFECTS,
    Equilibrium,
    creation_diversion_arrays,
    effect_arrays,
    solve,
    split_inside,
)
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.equilibrium.crew import Crew, crew
from multipolar.errors import MultipolarError
from multipolar.scenario import derive_policy
from multipolar.study.draws import uniform
from multipolar.study.plan import Plan
from multipolar.types import Array, Float64

__all__ = ["CHUNK", "MEASURES", "TRADE_MEASURES", "bloc_measures", "empty", "in_chunks", "measure", "run_draws"]

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


def bloc_measures(values: Float64[Array, "... economy measure"], tied: np.ndarray) -> dict[str, Float64[Array, " ..."]]:
    """Return the trade of a bloc as one, by the names of `TRADE_MEASURES` (USD billion a year) [...].

    Parameters
    ----------
    values
        Results of `measure`, for one equilibrium or for many draws.
    tied
        Which economies are in the bloc (boolean) [economy].

    Notes
    -----
    Creation and diversion are split on the summed flows and add up to the change of imports inside; the members' own
    do not, since each is cut off at zero.
    """
    names = list(MEASURES)
    within, outside = (
        values[..., tied, names.index(name)].sum(axis=-1)
        for name in ("imports_inside_usd_bn", "imports_outside_usd_bn")
    )
    return dict(zip(TRADE_MEASURES, (within, outside, *split_inside(within, outside)), strict=True))


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
    name = "draws-{first:06d}-{count}-" + ".".join(map(str, wanted))
    return in_chunks(
        _one_draw,
        (plan, wanted),
        plan.draws,
        empty(plan, 0, len(plan.scenarios)),
        name,
        checkpoint=checkpoint,
        workers=workers,
        progress=progress,
        scheduler=scheduler,
    )


Job = Callable[..., tuple[np.ndarray, list[dict[str, Any]]]]
"""From what all draws share, further arguments and the number of a draw to its values and failures."""


def in_chunks(
    job: Job,
    about: tuple[Any, ...],
    total: int,
    none: Float64[Array, "0 case economy measure"],
    name: str,
    *,
    checkpoint: ChunkStore,
    workers: int,
    progress: Callable[[int, int], None],
    scheduler: str | None = None,
) -> tuple[Float64[Array, "draw case economy measure"], list[dict[str, Any]]]:
    """Run a job for the draws 0 to `total`, chunk by chunk; a chunk that is kept is not computed again.

    Parameters
    ----------
    job, about
        What to do for one draw, called as ``job(*about, draw)``; the first of `about` is what all draws share.
    total
        Number of draws.
    none
        Result of no draw, for its shape.
    name
        Name of a chunk, with fields ``first`` and ``count``.
    checkpoint, workers, progress, scheduler
        As in `run_draws`.
    """
    values, failures = [none], []
    done = 0
    progress(done, total)
    with crew(workers, scheduler) as hands:
        shared = hands.share(about[0])
        for first, count in _chunks(total):
            place = name.format(first=first, count=count)
            kept = checkpoint.load(place)
            if kept is None or "values" not in kept[0]:
                draws = range(first, first + count)
                found, failed = _chunk(
                    job, shared, about[1:], draws, hands, lambda k, at=first: progress(at + k, total)
                )
                checkpoint.save(place, {"values": found}, failed)
            else:
                found, failed = kept[0]["values"], kept[1]
            values.append(found)
            failures.extend(failed)
            done += count
            progress(done, total)
    return np.concatenate(values), failures


def _chunks(total: int) -> Iterator[tuple[int, int]]:
    for first in range(0, total, CHUNK):
        yield first, min(CHUNK, total - first)


def empty(plan: Plan, count: int, cases: int) -> Float64[Array, "draw case economy measure"]:
    """Return NaN for every measure of so many draws and cases."""
    return np.full((count, cases, len(plan.world.economies), len(MEASURES)), np.nan)


def _chunk(
    job: Job, shared: Any, about: tuple[Any, ...], draws: range, hands: Crew, progress: Callable[[int], None]
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    found: dict[int, tuple[np.ndarray, list[dict[str, Any]]]] = {}
    jobs = {hands.submit(job, shared, *about, draw): draw for draw in draws}
    try:
        for done, finished in enumerate(as_completed(jobs), start=1):
            found[jobs[finished]] = finished.result()
            progress(done)
    except BaseException:
        for task in jobs:
            task.cancel()
        raise
    return np.stack([found[draw][0] for draw in draws]), [item for draw in draws for item in found[draw][1]]


def _one_draw(plan: Plan, wanted: Sequence[int], draw: int) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Solve every wanted scenario in one draw; what cannot be solved is recorded, never dropped in silence."""
    values = empty(plan, 1, len(plan.scenarios))[0]
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
            values[place] = measure(solve(begin.world, policy, deficits=begin.deficits, model=begin.model))
        except MultipolarError as error:
            failures.append({"draw": draw, "scenario": scenario.id, "reason": str(error)})
    return values, failures
