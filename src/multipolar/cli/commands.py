"""The commands that solve."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from multipolar.cli.frame import NOT_SOLVED, emit
from multipolar.cli.render import console, print_effects, print_study, say
from multipolar.errors import InputError, UnknownNameError
from multipolar.texts import count, plain

if TYPE_CHECKING:
    from multipolar.equilibrium import Equilibrium
    from multipolar.scenario import Scenario
    from multipolar.world import World

__all__ = ["COMPILING", "progress_bar", "run_study", "solve_scenario"]

MOST_MOVED, MOST_MONEY = 12, 3
"""Economies that `solve` shows beside those that the scenario names: that move most in percent, and in USD."""

WIDE_GAP = 0.1
"""Gap between real income and real wage (percentage points) above which a trade balance that explains it is told."""

MOST_TOLD = 3
"""Economies named in that sentence, those with the widest gaps."""

MOST_NAMED = 20
"""Economies of the groups and clubs that the scenario names that `solve` shows: where there are more, those that move
most. Economies named one by one are all shown."""

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
    from multipolar.equilibrium import solve
    from multipolar.scenario import derive_policy
    from multipolar.study.single import solved_record

    with progress_bar(COMPILING):
        eq = solve(loaded, derive_policy(loaded, scenario), deficits=deficits)  # type: ignore[arg-type]
    record = solved_record(loaded, scenario, eq)
    if as_json:
        emit(record)
        return
    shown = console()
    found = record["economies"]
    codes = _shown(loaded, scenario, found, every)
    names = dict(zip(loaded.economies, loaded.economy_names, strict=True))
    shown.print()
    print_effects(shown, scenario.title, [(names[code], found[code]) for code in codes])
    if said := _balances(eq, codes):
        shown.print(say(said))
    for note in record["notes"]:
        shown.print(say(f"· {note}"))
    if rest := len(found) - len(codes):
        beside = f"the {MOST_MOVED} that move most in percent and the {MOST_MONEY} in USD"
        left_out = f"{count(rest, 'economy')} left out, --all shows them"
        shown.print(say(f"shown: what the scenario names, then {beside}; {left_out}", "dim"))
    seconds = time.perf_counter() - began
    shown.print(say(f"residual {record['residual']:.0e} ({record['method']}), {seconds:.1f} s", "dim"))


def _shown(world: World, scenario: Scenario, found: Mapping[str, Mapping[str, float]], every: bool) -> list[str]:
    """Codes of the economies to show, by the effects found: the question's own first, then those that move most."""
    from multipolar.scenario.named import named_economies

    def most(measure: str, codes: Iterable[str], number: int | None) -> list[str]:
        return sorted(codes, key=lambda code: -abs(found[code][measure]))[:number]

    single, grouped = named_economies(world, scenario)
    named = [*single, *(grouped if len(grouped) <= MOST_NAMED else most("real_income_pct", grouped, MOST_NAMED))]
    others = [code for code in found if code not in named]
    if every:
        return [*named, *most("real_income_pct", others, None)]
    moved = [*most("real_income_pct", others, MOST_MOVED), *most("real_income_usd_bn", others, MOST_MONEY)]
    return list(dict.fromkeys([*named, *moved]))


def _balances(eq: Equilibrium, codes: Sequence[str]) -> str:
    """Say where a trade balance explains most of a gap between the real income and the real wage that are shown."""
    from multipolar.equilibrium import balance_gap_arrays
    from multipolar.report.words import BALANCES, fine, join

    found = balance_gap_arrays(eq)
    gap, part, deficit = found["gap"], found["from_balance"], found["deficit"]
    shown = [eq.world.economy_index(code) for code in codes]
    told = [i for i in shown if abs(gap[i]) > WIDE_GAP and part[i] * gap[i] > 0 and abs(part[i]) > abs(gap[i]) / 2]
    if eq.deficits not in BALANCES or not told:
        return ""
    told.sort(key=lambda i: -abs(part[i]))
    named = [
        f"{fine(part[i])} points in {eq.world.economy_names[i]} ({'deficit' if deficit[i] > 0 else 'surplus'})"
        for i in told[:MOST_TOLD]
    ]
    if rest := len(told) - len(named):
        named.append(f"less in {rest} more")
    return (
        f"Where real income parts from the real wage, a trade deficit or surplus, {BALANCES[eq.deficits]}, accounts "
        f"for {join(named)}."
    )
