"""Run a study from its file to its result."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import NotSolvedError
from multipolar.report import write_result
from multipolar.scenario import Study
from multipolar.study.contrast import Solved, optimal_tariffs, run_contrast, solve_all
from multipolar.study.folder import ResultFolder
from multipolar.study.measure import CHUNK, MEASURES, measure, run_draws
from multipolar.study.plan import Plan, Start, content_key, make_plan
from multipolar.study.result import StudyResult
from multipolar.study.summary import Bands, summarise
from multipolar.world import World

__all__ = ["Progress", "run"]

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
        Threads, by default one per processor. Equal study, world, seed and version give equal numbers whatever it is.
    scheduler
        Address of a Dask scheduler, ``tcp://HOST:PORT``, whose workers compute the draws; None for threads here.

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
    begin = plan.start()
    solved = _solve_central(plan, begin, told)
    contrasts = []
    for done, contrast in enumerate(plan.study.contrasts):
        told("contrasts", done, len(plan.study.contrasts))
        contrasts.append((contrast, run_contrast(plan, contrast, solved, begin)))
    told("optimal tariffs", 0, 1)
    optimal = optimal_tariffs(begin.world, solved)
    key = content_key(plan, version, CHUNK)
    checkpoint = ChunkStore(None) if folder is None else folder.checkpoint(key, resume)
    wanted = [i for i, item in enumerate(solved) if item.equilibrium is not None]
    draws, failures = run_draws(
        plan,
        wanted,
        checkpoint=checkpoint,
        workers=workers,
        progress=lambda done, total: told("draws", done, total),
        scheduler=scheduler,
    )
    central = np.full((len(solved), len(begin.world.economies), len(MEASURES)), np.nan)
    for place in wanted:
        eq = solved[place].equilibrium
        assert eq is not None
        central[place] = measure(eq)
    content = summarise(plan, begin.world, solved, Bands(central, draws), failures, contrasts, optimal, version)
    return StudyResult(content, central, draws, time.perf_counter() - began)


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
