"""Thousands of counterfactuals in one call: chunks, progress, checkpoints, and a status for each.

Scenarios of one world share its baseline (`multipolar.equilibrium.shared`); what does not fit that mould - a world or
elasticities of its own, a policy that touches most of the trade matrix, a scenario on which the shared iteration gives
up - is solved as `solve` does it. Either way a result meets the residual, or the scenario is reported as failed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.equilibrium.chunks import ChunkStore
from multipolar.equilibrium.coalitions import BlocRule
from multipolar.equilibrium.crew import Crew, crew
from multipolar.equilibrium.patches import block_size
from multipolar.equilibrium.plans import ARRAYS, CasePlan, CoalitionPlan, Plan, Rows
from multipolar.equilibrium.solver import Case, Deficits
from multipolar.errors import InputError, NotSolvedError
from multipolar.types import Array, Float64
from multipolar.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Batch", "estimate_memory", "solve_batch", "solve_coalitions"]

CHUNK = 1024
"""Scenarios between two calls of the progress callback, and between two files of a checkpoint."""


@dataclass(frozen=True, eq=False)
class Batch:
    """Counterfactuals by scenario. Levels are in the numeraire: world value added keeps its baseline level.

    A scenario without solution keeps its place: `solved` is False, `reasons` says why, its numbers are NaN.

    Parameters
    ----------
    names
        Scenarios, in the order given [b].
    economies, sectors
        Codes.
    solved
        Whether the scenario met its residual [b].
    reasons
        Why not, in one line; None where solved [b].
    methods
        ``shared`` (one baseline for all) or the method of `solve`; empty where failed [b].
    wage_hat, real_income_hat
        Change factors (pure number) [b o].
    price_hat
        Change factor of the price index of `s` in `d`, duty included (pure number) [b d s].
    expenditure
        Absorption, duty included (USD million) [b d s].
    income, tariff_revenue
        Final expenditure, and duties received after pooling (USD million) [b d].
    residual
        Largest log gap of any equation at the result; NaN or too large where failed (pure number) [b].
    iterations
        Evaluations of the equations [b].
    """

    names: tuple[str, ...]
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    solved: np.ndarray
    reasons: tuple[str | None, ...]
    methods: tuple[str, ...]
    wage_hat: Float64[Array, "b o"]
    real_income_hat: Float64[Array, "b o"]
    price_hat: Float64[Array, "b d s"]
    expenditure: Float64[Array, "b d s"]
    income: Float64[Array, "b d"]
    tariff_revenue: Float64[Array, "b d"]
    residual: Float64[Array, " b"]
    iterations: np.ndarray

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def failures(self) -> dict[int, str]:
        """Reason by position, for the scenarios that were not solved."""
        return {i: reason for i, reason in enumerate(self.reasons) if reason is not None}

    def require_all(self) -> Batch:
        """Return this batch if every scenario was solved.

        Raises
        ------
        NotSolvedError
            With the number of failures and the first of them.
        """
        failed = self.failures
        if failed:
            place, reason = next(iter(failed.items()))
            raise NotSolvedError(
                f"{len(failed)} of {len(self)} scenarios were not solved; the first, '{self.names[place]}': {reason}",
                residual=float(self.residual[place]),
                iterations=int(self.iterations[place]),
            )
        return self

    def report(self) -> pd.DataFrame:
        """Return scenario by scenario: solved, reason, residual, iterations, method."""
        import pandas as pd

        return pd.DataFrame(
            {
                "solved": self.solved,
                "reason": list(self.reasons),
                "residual": self.residual,
                "iterations": self.iterations,
                "method": list(self.methods),
            },
            index=pd.Index(self.names, name="scenario"),
        )

    def real_income_pct(self) -> pd.DataFrame:
        """Return the change of real income, scenarios x economies (percent); NaN where not solved."""
        import pandas as pd

        index = pd.Index(self.names, name="scenario")
        return pd.DataFrame(100 * (self.real_income_hat - 1.0), index=index, columns=list(self.economies))

    def __repr__(self) -> str:
        n, s = len(self.economies), len(self.sectors)
        return f"Batch({len(self)} scenarios, {len(self.failures)} not solved, {n} economies x {s} sectors)"


def solve_batch(
    cases: Sequence[Case],
    *,
    deficits: Deficits = "fixed",
    chunk: int = CHUNK,
    workers: int | None = None,
    memory: float = 1e9,
    progress: Callable[[int, int], None] | None = None,
    folder: str | Path | None = None,
    scheduler: str | None = None,
) -> Batch:
    """Solve any list of counterfactuals: policies, draws of parameters, sweeps.

    Parameters
    ----------
    cases
        What to solve, all of one size. Any sequence will do; one that makes its items when asked for them keeps only
        a block of them in memory.
    deficits
        As in `solve`.
    chunk
        Scenarios between two reports of progress and two files in `folder`; rounded up to whole blocks.
    workers
        Threads; by default one per processor. Fewer are used where `memory` asks for it.
    memory
        Bytes that results and work may take together, as `estimate_memory` counts them.
    progress
        Called from this thread as ``progress(done, total)`` after each chunk.
    folder
        Where finished chunks are kept; with the same input, a later call takes them from there.
    scheduler
        Address of a Dask scheduler, ``tcp://HOST:PORT``, whose workers solve the chunks instead of threads here;
        `workers` and `memory` then do not bound what they use. See `multipolar.equilibrium.crew`.

    Returns
    -------
    Batch
        In the order of `cases`. Digits depend on neither `chunk`, `workers`, `memory` nor on a restart.

    Raises
    ------
    InputError
        If there are no cases, an option cannot be, or the results would not fit `memory`. What is wrong with one
        case is the reason of its failure instead.
    OutputError
        If `folder` cannot be written.
    """
    _check_deficits(deficits)
    if not len(cases):
        raise InputError("a batch needs at least one case")
    return _run(CasePlan(cases, deficits), chunk, workers, memory, progress, folder, scheduler)


def solve_coalitions(
    world: World,
    coalitions: Iterable[Sequence[str]],
    rule: BlocRule | None = None,
    *,
    deficits: Deficits = "fixed",
    elasticity: Float64[Array, " s"] | None = None,
    chunk: int = CHUNK,
    workers: int | None = None,
    memory: float = 1e9,
    progress: Callable[[int, int], None] | None = None,
    folder: str | Path | None = None,
    scheduler: str | None = None,
) -> Batch:
    """Solve coalitions of a world's economies as free-trade areas or customs unions.

    Parameters
    ----------
    world
        A balanced world.
    coalitions
        Members of each, by code; see `coalitions_of`.
    rule
        What a coalition becomes; by default a free-trade area.
    elasticity
        Trade elasticities in place of the world's (pure number) [s].
    deficits, chunk, workers, memory, progress, folder, scheduler
        As in `solve_batch`.

    Raises
    ------
    UnknownNameError, InputError
        If a member is not in the world or named twice, or an option cannot be.
    """
    _check_deficits(deficits)
    if elasticity is not None:
        world = replace(world, trade_elasticity=np.asarray(elasticity, dtype=float))
    wanted = list(coalitions)
    if not wanted:
        raise InputError("a batch needs at least one coalition")
    return _run(
        CoalitionPlan(world, wanted, rule or BlocRule(), deficits), chunk, workers, memory, progress, folder, scheduler
    )


def estimate_memory(
    economies: int, sectors: int, count: int, *, linked: bool = True, cells: int | None = None, workers: int = 1
) -> float:
    """Estimate what a batch takes at its peak, results included, the libraries themselves left out (bytes).

    Parameters
    ----------
    economies, sectors, count
        Size of the world, and number of scenarios.
    linked
        Whether sectors use inputs.
    cells
        Cells of the trade matrix that a scenario may change; by default all.
    workers
        Threads.
    """
    n, s = economies, sectors
    state = n * (1 + 2 * s) if linked else n
    # Arrays, and about a kilobyte of names, members and reasons a scenario.
    results = 1.05 * count * (8.0 * (4 * n + 2 * n * s) + 1000)
    patch = 8.0 * s * (n * n if cells is None else cells) * 8
    # Memory and state of the iteration, twice while it steps; temporaries of an evaluation; rows on their way out.
    scenario = 8.0 * (2 * 18 * state + 24 * n * s + 20 * n) + patch
    baseline = 8.0 * (14 * n * n * s + 3 * min(state, 3000) ** 2 + 128 * (12 * state + 20 * n * s))
    return results + workers * block_size(n, s, linked) * scenario + baseline


def _run(
    plan: Plan,
    chunk: int,
    workers: int | None,
    memory: float,
    progress: Callable[[int, int], None] | None,
    folder: str | Path | None,
    scheduler: str | None,
) -> Batch:
    if chunk < 1 or (workers is not None and workers < 1):
        raise InputError("chunk and workers must be at least 1")
    threads = _threads(plan, workers or os.cpu_count() or 1, memory)
    store = ChunkStore(folder)
    whole = Rows(plan.count, len(plan.economies), len(plan.sectors))
    size = -(-chunk // plan.block) * plan.block
    with crew(threads, scheduler) as hands:
        shared = hands.share(plan.head())
        for start in range(0, plan.count, size):
            stop = min(start + size, plan.count)
            _fill_chunk(plan, hands, shared, store, whole, start, stop)
            if progress is not None:
                progress(stop, plan.count)
    return Batch(
        names=tuple(whole.names),
        economies=plan.economies,
        sectors=plan.sectors,
        reasons=tuple(whole.reasons),
        methods=tuple(whole.methods),
        **whole.arrays,
    )


def _fill_chunk(plan: Plan, hands: Crew, shared: Any, store: ChunkStore, whole: Rows, start: int, stop: int) -> None:
    """Take a chunk from the store, or solve its blocks and keep it there."""
    place = "" if store.folder is None else f"{start:09d}-{stop:09d}-{plan.fingerprint(start, stop)}"
    kept = store.load(place)
    if kept is not None and _put_kept(whole, kept, start, stop):
        return
    starts = range(start, stop, plan.block)
    jobs = [hands.submit(plan.work, shared, *plan.about(at, min(at + plan.block, stop))) for at in starts]
    try:
        for at, job in zip(starts, jobs, strict=True):
            whole.put(at, job.result())
    except BaseException:
        for job in jobs:
            job.cancel()
        raise
    if store.folder is not None:
        to = slice(start, stop)
        arrays = {name: values[to] for name, values in whole.arrays.items()}
        store.save(place, arrays, [whole.names[to], whole.methods[to], whole.reasons[to]])


def _put_kept(whole: Rows, kept: tuple[dict[str, np.ndarray], Any], start: int, stop: int) -> bool:
    """Put a chunk from the store in its place; False if it does not have the arrays of this batch."""
    arrays, record = kept
    count, to = stop - start, slice(start, stop)
    if set(arrays) != set(ARRAYS) or any(arrays[k].shape != whole.arrays[k][to].shape for k in ARRAYS):
        return False
    if not (isinstance(record, list) and len(record) == 3 and all(len(part) == count for part in record)):
        return False
    for name, values in arrays.items():
        whole.arrays[name][to] = values
    whole.names[to], whole.methods[to], whole.reasons[to] = record
    return True


def _threads(plan: Plan, workers: int, memory: float) -> int:
    """Return how many workers fit the memory.

    Raises
    ------
    InputError
        If not even one does.
    """
    n, s = len(plan.economies), len(plan.sectors)
    for threads in range(workers, 0, -1):
        if estimate_memory(n, s, plan.count, linked=plan.linked, cells=plan.cells, workers=threads) <= memory:
            return threads
    needed = estimate_memory(n, s, plan.count, linked=plan.linked, cells=plan.cells)
    raise InputError(
        f"{plan.count} scenarios of {n} economies x {s} sectors need about {needed / 1e6:.0f} MB and memory allows "
        f"{memory / 1e6:.0f} MB; solve fewer at a time or raise memory"
    )


def _check_deficits(deficits: str) -> None:
    if deficits not in ("fixed", "scaled", "purged"):
        raise InputError(f"unknown closure of deficits '{deficits}'; choose fixed, scaled or purged")
