"""From equilibria to arrays of measures, and the draws that put bands around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
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
from multipolar.equilibrium.crew import Crew
from multipolar.errors import MultipolarError
from multipolar.scenario import derive_policy
from multipolar.scenario.policy import status_quo
from multipolar.study.draws import uniform
from multipolar.study.plan import Plan
from multipolar.types import Array, Float64

__all__ = [
    "CHUNK",
    "MEASURES",
    "TRADE_MEASURES",
    "Drawing",
    "begin_draws",
    "bloc_measures",
    "empty",
    "get_ready",
    "measure",
]

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


Drawn = tuple[np.ndarray, list[dict[str, Any]]]
"""Measures of a draw, NaN where it failed [case economy measure], and what failed."""

Job = Callable[[Any, int], Drawn]
"""From what all draws share and the number of a draw to its values and failures."""


class Drawing:
    """Draws in the making: handed out when this is made, kept chunk by chunk as they are collected.

    Parameters
    ----------
    job, shared
        What to do for one draw, called as ``job(shared, draw)``; `shared` is what all draws have in common.
    total
        Number of draws, 0 to `total`.
    none
        Result of no draw, for its shape.
    name
        Name of a chunk, with fields ``first`` and ``count``.
    hands
        Who computes; no number depends on it.
    checkpoint
        Where finished chunks are kept and looked for; a chunk that is kept is not computed again.
    """

    def __init__(
        self,
        job: Job,
        shared: Any,
        total: int,
        none: Float64[Array, "0 case economy measure"],
        name: str,
        *,
        hands: Crew,
        checkpoint: ChunkStore,
    ) -> None:
        self._job, self._shared, self._hands, self._checkpoint = job, shared, hands, checkpoint
        self._total, self._none, self._name = total, none, name
        self._chunks: dict[int, Drawn] = {}
        todo: list[int] = []
        for first in range(0, total, CHUNK):
            kept = checkpoint.load(self._place(first))
            if kept is None or "values" not in kept[0]:
                todo.extend(self._draws(first))
            else:
                self._chunks[first] = kept[0]["values"], kept[1]
        # All at once, in order, so that nobody waits for the slowest draw of a chunk.
        stands_for = hands.share(shared) if todo else None
        self._waiting: dict[int, Future[Drawn]] = {draw: hands.submit(job, stands_for, draw) for draw in todo}

    def collect(
        self, progress: Callable[[int, int], None]
    ) -> tuple[Float64[Array, "draw case economy measure"], list[dict[str, Any]]]:
        """Wait for every draw; each chunk is kept once it is whole.

        Parameters
        ----------
        progress
            Called as ``progress(done, total)`` in draws.

        Returns
        -------
        values, failures
            NaN where a draw failed; failures as the job records them.
        """
        part: list[Drawn] = []
        done = self._total - len(self._waiting)
        progress(done, self._total)
        try:
            # In order, as they were handed out: what is behind the last one told is kept, whoever finishes first.
            for draw, result in self._results():
                part.append(result)
                first = draw - draw % CHUNK
                if draw == self._draws(first)[-1]:
                    self._keep(first, part)
                    part = []
                done += 1
                progress(done, self._total)
        except BaseException:
            for task in self._waiting.values():
                task.cancel()
            raise
        chunks = [self._chunks[first] for first in range(0, self._total, CHUNK)]
        return np.concatenate([self._none, *(values for values, _ in chunks)]), [f for _, lost in chunks for f in lost]

    def _results(self) -> Iterator[tuple[int, Drawn]]:
        """Each draw in order; while one is not there yet, this thread computes the next that nobody has begun."""
        own: dict[int, Drawn] = {}
        behind = iter(self._waiting.items() if self._hands.leaves_this_thread_idle else ())
        for draw, future in self._waiting.items():
            while draw not in own and not future.done():
                free = next((other for other, waiting in behind if waiting.cancel()), None)
                if free is None:
                    break
                own[free] = self._job(self._shared, free)
            yield draw, own.pop(draw) if draw in own else future.result()

    def _draws(self, first: int) -> range:
        return range(first, min(first + CHUNK, self._total))

    def _place(self, first: int) -> str:
        return self._name.format(first=first, count=len(self._draws(first)))

    def _keep(self, first: int, whole: list[Drawn]) -> None:
        values, failures = np.stack([item[0] for item in whole]), [lost for item in whole for lost in item[1]]
        self._chunks[first] = values, failures
        self._checkpoint.save(self._place(first), {"values": values}, failures)


def begin_draws(plan: Plan, wanted: Sequence[int], *, hands: Crew, checkpoint: ChunkStore) -> Drawing:
    """Hand out every draw of a plan.

    Parameters
    ----------
    plan
        The plan.
    wanted
        Positions of the scenarios to solve; the others stay NaN.
    hands, checkpoint
        As in `Drawing`. Values are [draw scenario economy measure]; failures ``{draw, scenario, reason}``, scenario
        null where the draw had no world.
    """
    name = "draws-{first:06d}-{count}-" + ".".join(map(str, wanted))
    none = empty(plan, 0, len(plan.scenarios))
    return Drawing(_one_draw, (plan, wanted), plan.draws, none, name, hands=hands, checkpoint=checkpoint)


def get_ready(plan: Plan) -> None:
    """Do once what the first draw of a process would wait for: imports, the world, compiled equations."""
    begin = plan.start()
    solve(begin.world, status_quo(begin.world), deficits=begin.deficits, model=begin.model)


def empty(plan: Plan, count: int, cases: int) -> Float64[Array, "draw case economy measure"]:
    """Return NaN for every measure of so many draws and cases."""
    return np.full((count, cases, len(plan.world.economies), len(MEASURES)), np.nan)


def _one_draw(about: tuple[Plan, Sequence[int]], draw: int) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Solve every wanted scenario in one draw; what cannot be solved is recorded, never dropped in silence."""
    plan, wanted = about
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
