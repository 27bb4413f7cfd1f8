"""Commands of ``multipolar``. Anything slow to import is imported by the command that needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from multipolar.cli.datasets import data_app
from multipolar.cli.frame import Group, emit, run_app
from multipolar.cli.gravity import gravity_app
from multipolar.cli.options import DEFAULT_WORLD, Json, WorldArgument, WorldName, help_if_bare
from multipolar.cli.worlds import world_app

__all__ = ["app", "main"]

HELP = """A laboratory for trade blocs: who gains and who loses from customs unions, trade agreements, WTO accession,
sanctions and cheaper or dearer borders.

List the studies that ship, run one, then open the report it names:

    multipolar studies

    multipolar run customs-union-2009

Ask a question of your own in a short file, and see what it would do before solving it:

    multipolar check my-scenario.yaml

    multipolar solve my-scenario.yaml

Exit codes: 0 done, 2 bad input, 3 not solved, 130 interrupted. With --json, JSON alone is on standard output.
"""

app = typer.Typer(
    cls=Group,
    help=HELP,
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(world_app, name="world")
app.add_typer(data_app, name="data")
app.add_typer(gravity_app, name="gravity")

MOST_DRAWS = 1_000_000
"""Upper bound of draws, the same as in a study file."""


def main(args: list[str] | None = None) -> NoReturn:
    """Entry point of the command ``multipolar``."""
    run_app(app, args)


def _version(asked: bool) -> None:
    if asked:
        from multipolar import __version__

        print(__version__)
        raise typer.Exit


@app.callback()
def _root(
    ctx: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of a fault of this program.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    help_if_bare(ctx)


@app.command()
def run(
    study: Annotated[str, typer.Argument(help="Name of a shipped study, or path of a study file.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder for the result; default ./out/STUDY, replaced if it holds an earlier one.",
        ),
    ] = None,
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws", min=0, max=MOST_DRAWS, metavar="N", help="Draws, in place of the study's own number; 0 for none."
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, metavar="K", help="Seed, in place of the study's own.")
    ] = None,
    world: WorldName = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, metavar="N", help="Threads or processes; no number depends on it.")
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option("--scheduler", metavar="ADDRESS", help="Dask scheduler for the draws: tcp://HOST:PORT."),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Do not go on from an interrupted run.")] = False,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder with files that do not ship, for a study of claims."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Run a study: equilibria, draws, tables, figures and a report.

    An interrupted run leaves no half-written result; the same command goes on where it stopped. For a scenario, see
    solve.

    Examples:

        multipolar run customs-union-2009 --draws 200 --out out/union

        multipolar run multipolar-2009 --draws 50

        multipolar run my-study.yaml --draws 0 --json
    """
    from multipolar.cli.commands import run_study

    raise typer.Exit(run_study(study, out, draws, seed, world, workers, scheduler, not fresh, as_json, data))


@app.command()
def solve(
    scenario: Annotated[str, typer.Argument(help="Name of a shipped scenario, or path of a scenario file.")],
    world: Annotated[
        str, typer.Option("--world", metavar="WORLD", help="Shipped world, or path of a world file.")
    ] = DEFAULT_WORLD,
    deficits: Annotated[
        str, typer.Option("--deficits", help="Closing of trade imbalances: fixed, scaled, purged.")
    ] = "fixed",
    every: Annotated[bool, typer.Option("--all", help="Show every economy, not those named or moving most.")] = False,
    as_json: Json = False,
) -> None:
    """Solve one scenario and show what it does to every economy. For a study, see run.

    Examples:

        multipolar solve russia-wto-alone

        multipolar solve my-scenario.yaml --deficits purged --json
    """
    from multipolar.cli.commands import solve_scenario

    solve_scenario(scenario, world, deficits, every, as_json)


@app.command()
def bloc(
    members: Annotated[
        str | None,
        typer.Argument(help="Members, like RUS,KAZ,BLR, or the name of an example; without, examples are listed."),
    ] = None,
    world: Annotated[
        str, typer.Option("--world", metavar="WORLD", help="Shipped world, or path of a world file.")
    ] = DEFAULT_WORLD,
    draws: Annotated[int, typer.Option("--draws", min=0, max=100_000, metavar="N", help="Draws; 0 for none.")] = 100,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="K", help="Seed of the draws.")] = 2009,
    hub: Annotated[
        str | None, typer.Option("--hub", metavar="CODE", help="Member that leads; by default Russia, or the largest.")
    ] = None,
    rule: Annotated[
        str,
        typer.Option("--rule", help="What an exit leaves: others (their union) or unanimity (no union)."),
    ] = "others",
    wto: Annotated[
        str | None,
        typer.Option("--wto", help="If the common tariff exceeds a WTO binding: bind, compensate or breach."),
    ] = None,
    energy_year: Annotated[
        int, typer.Option("--energy-year", metavar="YEAR", help="Year of energy rents, 2007 to 2009.")
    ] = 2009,
    off: Annotated[
        list[str] | None, typer.Option("--off", metavar="COMPONENT", help="Switch a component off; may be repeated.")
    ] = None,
    sunk_cost: Annotated[
        list[str] | None,
        typer.Option(
            "--sunk-cost",
            metavar="CODE=LO:HI",
            help="What a member loses if the union fails after it committed, USD bn a year; may be repeated.",
        ),
    ] = None,
    transfer: Annotated[
        list[str] | None,
        typer.Option(
            "--transfer", metavar="CODE=X", help="What the hub promises a member, USD bn a year; may be repeated."
        ),
    ] = None,
    credibility: Annotated[
        float | None,
        typer.Option("--credibility", metavar="X", help="Credibility of the hub, 0 to 1, in place of its range."),
    ] = None,
    belief: Annotated[
        str,
        typer.Option("--belief", help="When gains are divided, others stand alone (gamma) or unite (delta)."),
    ] = "gamma",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for bloc.json, bloc.txt and report.html.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask whether a customs union will hold: who gains, who could leave, who is the weak link.

    Examples:

        multipolar bloc RUS,KAZ,BLR

        multipolar bloc RUS,KAZ,BLR --off energy --draws 200 --json

        multipolar bloc asean-and-neighbours --draws 20
    """
    from multipolar.cli.bloc import list_blocs, show_bloc

    if members is None:
        list_blocs(as_json)
        return
    show_bloc(
        members,
        world,
        draws,
        seed,
        out,
        as_json,
        hub=hub,
        rule=rule,
        wto=wto,
        energy_year=energy_year,
        off=off or (),
        sunk_cost=sunk_cost or (),
        transfer=transfer or (),
        credibility=credibility,
        belief=belief,
    )


@app.command()
def orbits(
    world: WorldArgument = DEFAULT_WORLD,
    year: Annotated[
        int | None, typer.Option("--year", metavar="N", help="Another year than the world's; needs --data.")
    ] = None,
    poles: Annotated[
        str, typer.Option("--poles", metavar="CODES", help="Poles; leverage is shown for the first two.")
    ] = "RUS,EUN,CHN,USA",
    over: Annotated[
        str | None,
        typer.Option("--over", metavar="CODES", help="Economies whose leverage is shown; by default eight."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Folder with yearly flows, GDP and votes.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for orbits.json and orbits.txt.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Ask whose orbit each economy is in: poles, spheres, leverage, blocs of trade, votes, changes of sides.

    Examples:

        multipolar orbits

        multipolar orbits --poles RUS,CHN --over KAZ,KGZ,UZB --json

        multipolar orbits --data path/to/files --year 2008
    """
    from multipolar.cli.orbits import show_orbits

    show_orbits(world, year, poles, over, data, out, as_json)


@app.command()
def claims(
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="Folder with files that do not ship; more claims can be computed."),
    ] = None,
    draws: Annotated[int, typer.Option("--draws", min=0, max=100_000, metavar="N", help="Draws; 0 for none.")] = 200,
    seed: Annotated[int, typer.Option("--seed", min=0, metavar="K", help="Seed of the draws.")] = 2009,
    only: Annotated[
        str | None, typer.Option("--only", metavar="17,18", help="Numbers of claims; all by default.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder for summary.json and report.html.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Put the argument of June 2009 to the test, claim by claim: a figure, a rule written down before, a verdict.

    Examples:

        multipolar claims --draws 50

        multipolar claims --only 17,18 --draws 50 --json

        multipolar claims --data path/to/files --out out/claims
    """
    from multipolar.cli.claims import show_claims

    show_claims(data, draws, seed, only, out, as_json)


@app.command()
def serve(
    world: Annotated[
        str, typer.Option("--world", metavar="WORLD", help="Shipped world, or path of a world file.")
    ] = DEFAULT_WORLD,
    port: Annotated[
        int, typer.Option("--port", min=0, max=65_535, metavar="P", help="Port; 0 for any that is free.")
    ] = 8009,
    host: Annotated[
        str, typer.Option("--host", metavar="H", help="Address to listen on; only this machine by default.")
    ] = "127.0.0.1",
    claims: Annotated[
        Path | None, typer.Option("--claims", metavar="FILE", help="Claims with verdicts, as JSON, for the argument.")
    ] = None,
    gdp: Annotated[
        Path | None,
        typer.Option("--gdp", metavar="FILE", help="GDP by year (`data fetch wdi-gdp`), for the centre of gravity."),
    ] = None,
) -> None:
    """Serve the page: a map on which a bloc is built, with the answer at once.

    Needs the extra: pip install 'multipolar[web]'.

    Example:

        multipolar serve --port 8009
    """
    from multipolar.web.serve import serve as serve_page

    serve_page(world, host, port, claims, gdp)


@app.command()
def replicate(
    paper: Annotated[str | None, typer.Argument(help="Id of a paper; without one, the papers are listed.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", metavar="DIR", help="Folder with the files of the paper's authors.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Show every number, not only the published ones.")] = False,
    as_json: Json = False,
) -> None:
    """Rebuild a published experiment from its authors' files: computed beside published.

    Examples:

        multipolar replicate

        multipolar replicate caliendo-parro-2015 --data path/to/files

        multipolar replicate eu-enlargement --data path/to/files --all --json
    """
    from multipolar.cli.papers import list_papers, show_replication

    if paper is None:
        list_papers(as_json)
    else:
        show_replication(paper, data, every, as_json)


@app.command()
def check(
    file: Annotated[str, typer.Argument(help="Scenario, study or world: a file, or the name of a shipped one.")],
    world: WorldName = None,
    as_json: Json = False,
) -> None:
    """Check a scenario, study or world, and say what it would do; nothing is solved but a study's baseline.

    Examples:

        multipolar check my-scenario.yaml

        multipolar check customs-union-2009 --json
    """
    from multipolar.cli.look import check_file

    check_file(file, world, as_json)


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="scenario, study or summary.")] = "scenario",
    as_json: Annotated[bool, typer.Option("--json", help="Accepted for uniformity: a schema is JSON anyway.")] = False,
) -> None:
    """Print the JSON Schema of a file format.

    Examples:

        multipolar schema scenario > scenario.schema.json

        multipolar schema summary
    """
    if kind == "summary":
        from multipolar.report.schema import summary_schema

        emit(summary_schema())
        return
    from multipolar.scenario import json_schema

    emit(json_schema(kind))


@app.command()
def worlds(as_json: Json = False) -> None:
    """List the worlds that ship.

    Example:

        multipolar worlds
    """
    from multipolar.cli.look import list_worlds

    list_worlds(as_json)


@app.command()
def studies(as_json: Json = False) -> None:
    """List the studies that ship.

    Example:

        multipolar studies
    """
    from multipolar.cli.look import list_studies

    list_studies(as_json)


@app.command()
def scenarios(as_json: Json = False) -> None:
    """List the scenarios that ship.

    Example:

        multipolar scenarios --json
    """
    from multipolar.cli.look import list_scenarios

    list_scenarios(as_json)


@app.command()
def economies(world: WorldArgument = DEFAULT_WORLD, as_json: Json = False) -> None:
    """List the economies of a world with the countries that each stands for.

    Example:

        multipolar economies
    """
    from multipolar.cli.look import list_economies

    list_economies(world, as_json)


@app.command()
def clubs(
    economy: Annotated[str, typer.Argument(help="ISO code or name of an economy, or code of a group such as EUN.")],
    on: Annotated[str, typer.Option("--on", help="Day, as YYYY-MM-DD.")] = "2009-06-15",
    as_json: Json = False,
) -> None:
    """Show the clubs an economy stood in on a day.

    Example:

        multipolar clubs RUS --on 2009-06-15
    """
    from multipolar.cli.look import show_clubs

    show_clubs(economy, on, as_json)
