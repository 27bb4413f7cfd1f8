"""Run a study from its file to its result."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.equilibrium.chunks import ChunkStore
from multipolar.equilibrium.crew import crew
from multipolar.errors import NotSolvedError
from multipolar.report import write_result
from multipolar.scenario import Study
from multipolar.scenario.fitting import focus_codes
from multipolar.study.contrast import ContrastDrawing, Repeated, Solved, run_contrast, solve_all
from multipolar.study.folder import ResultFolder
from multipolar.study.measure import CHUNK, MEASURES, begin_draws, get_ready, measure
from multipolar.study.plan import Plan, Start, content_key, make_plan
from multipolar.study.result import StudyResult
from multipolar.study.summary import Bands, summarise
from multipolar.study.yardstick import optimal_tariffs
from multipolar.world import World

__all__ = ["Progress", "run"]

DRAWS_A_PROCESS = 30
"""Draws for which it is worth to start a process, which takes about as long as they do."""

Progress = Callable[[str, int, int], None]
"""``progress(stage, done, total)``."""


def run(
    study: Study | str | Path,
    *,
    world: World | str | Path | None = None,
    draws: int | None = None,
    seed: int | None = None,
    out: str | Path | None = None,
    progress: Progress | None = None,
    resume: bool = True,
    workers: int | None = None,
    scheduler: str | None = None,
) -> StudyResult:
    """Run a study.

    Parameters
    ----------
    study
        A study, the path of its file, or the name of a shipped one.
    world, draws, seed
        In place of the study's own. A `World` is taken as it is; imputed figures are drawn only of a world given by the
        name of a shipped one.
    out
        Folder to write the result to; None keeps it in memory only.
    progress
        Called as ``progress(stage, done, total)`` from this thread.
    resume
        Whether chunks of draws that an interrupted run of the same study left in `out` are used again.
    workers
        Threads, or processes where there are many draws, by default one per processor. Equal study, world, seed and
        version give equal numbers whatever it is.
    scheduler
        Address of a Dask scheduler, ``tcp://HOST:PORT``, whose workers compute the draws; None to stay on this machine.

    Returns
    -------
    StudyResult
        A scenario that was not solved is in it with its reason, without numbers.

    Raises
    ------
    InputError
        If a file, a name or the folder cannot be used.
    NotSolvedError
        If no scenario could be solved, or the study's baseline could not.
    """
    began = time.perf_counter()
    told = progress or (lambda stage, done, total: None)
    with ExitStack() as stack:
        plan = make_plan(study, world=world, draws=draws, seed=seed)
        folder = None if out is None else stack.enter_context(ResultFolder(out))
        result = _compute(plan, folder, told, resume, workers or os.cpu_count() or 1, scheduler, began)
        if folder is not None:
            told("writing", 0, 1)
            with folder.replacing() as part:
                write_result(result.content, part)
            told("writing", 1, 1)
    return result


def _compute(
    plan: Plan,
    folder: ResultFolder | None,
    told: Progress,
    resume: bool,
    workers: int,
    scheduler: str | None,
    began: float,
) -> StudyResult:
    version = _version()
    processes = 0 if scheduler else _processes(plan, workers)
    with crew(workers, scheduler, processes) as hands:
        if processes:  # they come up while the most likely values are solved here
            stands_for = hands.share(plan)
            for _ in range(processes):
                hands.submit(get_ready, stands_for)
        begin = plan.start()
        solved = _solve_central(plan, begin, told)
        key = content_key(plan, version, CHUNK)
        checkpoint = ChunkStore(None) if folder is None else folder.checkpoint(key, resume)
        wanted = [i for i, item in enumerate(solved) if item.equilibrium is not None]
        # Draws are under way while contrasts and optimal tariffs are found here.
        drawing = begin_draws(plan, wanted, hands=hands, checkpoint=checkpoint)
        with ThreadPoolExecutor(max_workers=max(1, workers)) as pool:
            repeated = _contrasts(plan, begin, pool, told)
            beside = ContrastDrawing(plan, repeated, hands=hands, checkpoint=checkpoint)
            repeated, optimal = _with_optimal(plan, begin, solved, repeated, pool, told)
        draws, failures = drawing.collect(lambda done, total: told("draws", done, total))
        repeated = beside.collect(repeated, lambda done, total: told("draws of contrasts", done, total))
    central = np.full((len(solved), len(begin.world.economies), len(MEASURES)), np.nan)
    for place in wanted:
        eq = solved[place].equilibrium
        assert eq is not None
        central[place] = measure(eq)
    content = summarise(plan, begin.world, solved, Bands(central, draws), failures, repeated, optimal, version)
    return StudyResult(content, central, draws, time.perf_counter() - began)


def _processes(plan: Plan, workers: int) -> int:
    """Processes beside this one for the draws: as many as asked for and worth it, 0 where threads do."""
    return max(0, min(workers, plan.draws // DRAWS_A_PROCESS) - 1)


def _contrasts(plan: Plan, begin: Start, pool: Executor, told: Progress) -> list[Repeated]:
    """Repeat the study at the most likely values under every contrast."""
    told("contrasts", 0, len(plan.study.contrasts))
    found = []
    for done, item in enumerate(pool.map(lambda c: run_contrast(plan, c, begin), plan.study.contrasts), start=1):
        found.append(item)
        told("contrasts", done, len(plan.study.contrasts))
    return found


def _with_optimal(
    plan: Plan, begin: Start, solved: list[Solved], repeated: list[Repeated], pool: Executor, told: Progress
) -> tuple[list[Repeated], list[dict[str, Any]]]:
    """Search optimal tariffs in the study and in each of its contrasts."""
    told("optimal tariffs", 0, 1 + len(repeated))
    # They are searched in the plain model: beside results of another they would mislead.
    plain = begin.model is None or begin.model.has_plain_terms
    optimal = optimal_tariffs(begin.world, solved, pool=pool) if plain else []
    focus = focus_codes(plan.study, begin.world) or [row["economy"] for row in optimal]
    found = []
    for done, item in enumerate(repeated, start=1):
        told("optimal tariffs", done, 1 + len(repeated))
        rows: list[dict[str, Any]] = []
        if item.contrast.kind == "deficits":  # they are taken out for the search whatever the closing
            rows = [_only(row, item) for row in optimal if row["economy"] in focus]
        elif item.begin is not None and plain:
            rows = optimal_tariffs(item.begin.world, item.items, focus, pool)
        found.append(replace(item, optimal=rows))
    told("optimal tariffs", 1 + len(repeated), 1 + len(repeated))
    return found, optimal


def _only(row: dict[str, Any], item: Repeated) -> dict[str, Any]:
    """The row of an optimal tariff with the scenarios of a contrast alone."""
    names = {s.scenario.id for s in item.items}
    return {**row, "scenarios": {name: rate for name, rate in row["scenarios"].items() if name in names}}


def _solve_central(plan: Plan, begin: Start, told: Progress) -> list[Solved]:
    told("scenarios", 0, len(plan.scenarios))
    solved: list[Solved] = []
    for done, scenario in enumerate(plan.scenarios, start=1):
        solved.extend(solve_all(begin, [scenario]))
        told("scenarios", done, len(plan.scenarios))
    if all(item.equilibrium is None for item in solved):
        raise NotSolvedError(f"no scenario of study '{plan.study.id}' could be solved; the first: {solved[0].reason}")
    return solved


def _version() -> str:
    from multipolar import __version__

    return __version__
