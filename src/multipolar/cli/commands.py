"""The commands that solve."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from multipolar.cli.frame import NOT_SOLVED, emit
from multipolar.cli.render import console, print_effects, print_study, say
from multipolar.errors import InputError, UnknownNameError
from multipolar.texts import count, plain

__all__ = ["COMPILING", "progress_bar", "run_study", "solve_scenario"]

MOST_MOVED = 12
"""Economies that `solve` shows beside the members."""

COMPILING = "solving; the first time its equations are compiled"
"""What is said until the first solve is done."""


def run_study(
    study: str,
    out: Path | None,
    draws: int | None,
    seed: int | None,
    world: str | None,
    workers: int | None,
    scheduler: str | None,
    resume: bool,
    as_json: bool,
    data: Path | None = None,
) -> int:
    """Run a study and print what it found; returns the exit code.

    A study of scenarios and an argument of claims are both run here, each by its own room.
    """
    from multipolar.scenario import load_study
    from multipolar.study import run

    _expect("study", study)
    if study == _argument(study):
        given = {"--world": world, "--workers": workers, "--scheduler": scheduler, "--fresh": not resume or None}
        _run_argument(study, data, draws, seed, out, as_json, given)
        return 0
    if data is not None:
        raise InputError(f"study '{study}' reads no files but those it names; leave out --data")
    loaded = load_study(study)
    place = out if out is not None else Path("out") / loaded.id
    # Idle threads of XLA wait by spinning and take the processor from those that draw; its programs here are small.
    os.environ.setdefault("NPROC", "1")
    with progress_bar(COMPILING) as told:
        result = run(
            loaded,
            world=world,
            draws=draws,
            seed=seed,
            out=place,
            progress=told,
            resume=resume,
            workers=workers,
            scheduler=scheduler,
        )
    summary = result.summary()
    unsolved = [s for s in summary["scenarios"] if s["status"] != "solved"]
    if as_json:
        emit(summary)
    else:
        shown = console()
        print_study(shown, summary)
        shown.print(Text.assemble(("Report  ", "bold"), plain(str(place / "report.html"))), soft_wrap=True)
        shown.print(
            Text.assemble(("Data    ", "bold"), plain(f"{place / 'summary.json'}, effects.csv, figures/")),
            soft_wrap=True,
        )
        shown.print(Text.assemble(("Time    ", "bold"), f"{result.seconds:.1f} s, {count(summary['draws'], 'draw')}"))
    for scenario in unsolved:
        print(plain(f"error: scenario '{scenario['id']}' was not solved: {scenario['reason']}"), file=sys.stderr)
    return NOT_SOLVED if unsolved else 0


def _argument(name: str) -> str | None:
    """Return the name of the argument that ships, unless the name given cannot be it; loading claims takes a second."""
    from multipolar.scenario import shipped_scenarios, shipped_studies
    from multipolar.scenario.files import is_name
    from multipolar.world.bundled import shipped_worlds

    if not is_name(name) or name in (*shipped_studies(), *shipped_scenarios(), *shipped_worlds()):
        return None
    from multipolar.claims import load_claims

    return load_claims().id


def _run_argument(
    name: str,
    data: Path | None,
    draws: int | None,
    seed: int | None,
    out: Path | None,
    as_json: bool,
    refused: Mapping[str, object],
) -> None:
    """Run an argument as `multipolar claims` does, its result in the folder where `multipolar run` puts results."""
    from multipolar.cli.claims import DRAWS, SEED, show_claims

    for option, value in refused.items():
        if value is not None:
            raise InputError(f"'{name}' tests claims, to which {option} does not apply; leave it out")
    place = out if out is not None else Path("out") / name
    show_claims(data, DRAWS if draws is None else draws, SEED if seed is None else seed, None, place, as_json)


_TYPE = {"study": "multipolar run", "scenario": "multipolar solve", "world": "multipolar world show"}


def _expect(kind: str, given: str) -> None:
    """Refuse what is of another kind, with what to type instead."""
    from multipolar.data.yamlfile import read_document
    from multipolar.scenario import shipped_scenarios, shipped_studies
    from multipolar.scenario.files import is_name
    from multipolar.world.bundled import shipped_worlds

    if is_name(given):
        shipped = {"scenario": shipped_scenarios(), "study": shipped_studies(), "world": shipped_worlds()}
        if given in shipped[kind]:
            return
        argument = _argument(given)
        found = next((other for other, names in shipped.items() if given in names), kind)
        if given == argument:
            found = "study"
        elif argument is not None and found == kind == "study":
            raise UnknownNameError("study", given, [*shipped["study"], argument])
    elif given.endswith(".npz"):
        found = "world"
    else:
        found = read_document(Path(given)).data.get("kind")
        if found == "world":  # no world file: what `world build` makes one from
            raise InputError(
                f"'{given}' is the recipe of a world, not a {kind}; type: multipolar world build {given} --data DIR, "
                "and name the .npz file that it writes"
            )
    if found != kind and found in _TYPE:
        raise InputError(f"'{given}' is a {found}, not a {kind}; type: {_TYPE[found]} {given}")


@contextmanager
def progress_bar(starting: str = "") -> Iterator[Any]:
    """Give a function that shows progress on standard error; silent where that is no terminal.

    Parameters
    ----------
    starting
        What is said until the first step is told.
    """
    err = Console(stderr=True)
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        tasks: dict[str, Any] = {}
        before = bar.add_task(starting, total=None) if starting else None

        def told(stage: str, done: int, total: int) -> None:
            nonlocal before
            if total == 0:
                return
            if before is not None:
                bar.remove_task(before)
                before = None
            if stage not in tasks:
                tasks[stage] = bar.add_task(stage, total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield told


def solve_scenario(name: str, world: str, deficits: str, every: bool, as_json: bool) -> None:
    """Solve one scenario and print its effects."""
    from multipolar.scenario import load_scenario
    from multipolar.world.bundled import load_world

    if deficits not in ("fixed", "scaled", "purged"):
        raise InputError(f"unknown closing of deficits '{deficits}'; choose fixed, scaled or purged")
    _expect("scenario", name)
    began = time.perf_counter()
    scenario = load_scenario(name)
    loaded = load_world(world)
    from multipolar.study.single import scenario_record

    with progress_bar(COMPILING):
        record = scenario_record(loaded, scenario, deficits)  # type: ignore[arg-type]
    if as_json:
        emit(record)
        return
    shown = console()
    found, inside = record["economies"], list(record["trade"])
    moved = sorted(found, key=lambda code: -abs(found[code]["real_income_pct"]))
    codes = [*inside, *(c for c in moved if c not in inside)]
    if not every:
        codes = codes[: len(inside) + MOST_MOVED]
    names = dict(zip(loaded.economies, loaded.economy_names, strict=True))
    shown.print()
    print_effects(shown, scenario.title, [(names[code], found[code]) for code in codes])
    for note in record["notes"]:
        shown.print(say(f"· {note}"))
    rest = len(found) - len(codes)
    hidden = f"; {rest} economies that move less are left out, --all shows them" if rest else ""
    seconds = time.perf_counter() - began
    shown.print(say(f"residual {record['residual']:.0e} ({record['method']}), {seconds:.1f} s{hidden}", "dim"))
