"""The commands ``multipolar world ...``; what they need is imported when one runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multipolar.cli.frame import Group
from multipolar.cli.options import DEFAULT_WORLD, Json, WorldArgument, help_if_bare

__all__ = ["world_app"]

world_app = typer.Typer(
    cls=Group, help="Look at a world, check its accounts, build one from files.", invoke_without_command=True
)


@world_app.callback()
def _world(ctx: typer.Context) -> None:
    help_if_bare(ctx)


@world_app.command("show")
def world_show(world: WorldArgument = DEFAULT_WORLD, as_json: Json = False) -> None:
    """Show a world: economies, trade, tariffs, elasticities.

    Example:

        multipolar world show world-2009
    """
    from multipolar.cli.look import show_world

    show_world(world, as_json)


@world_app.command("check")
def world_check(world: WorldArgument = DEFAULT_WORLD, as_json: Json = False) -> None:
    """Check every accounting identity of a world.

    Example:

        multipolar world check --json
    """
    from multipolar.cli.look import check_world

    check_world(world, as_json)


@world_app.command("figures")
def world_figures(
    find: Annotated[str | None, typer.Option("--find", help="Only figures with this text in any column.")] = None,
    as_json: Json = False,
) -> None:
    """Print the figures behind the shipped world, each with source and status.

    Example:

        multipolar world figures --find KAZ
    """
    from multipolar.cli.look import show_figures

    show_figures(find, as_json)


@world_app.command("recipes")
def world_recipes(as_json: Json = False) -> None:
    """List the recipes that ship: worlds that `world build` makes from downloaded files.

    Example:

        multipolar world recipes
    """
    from multipolar.cli.data import list_recipes

    list_recipes(as_json)


@world_app.command("build")
def world_build(
    recipe: Annotated[str, typer.Argument(help="Name of a shipped recipe, or path of a recipe file.")],
    data: Annotated[
        list[Path], typer.Option("--data", metavar="DIR", help="Folder with the files; may be given several times.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="World file; default ./RECIPE.world.npz.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write the report of the building as JSON too.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Build a balanced world from files, by a recipe; every other command takes it with --world.

    Examples:

        multipolar world build world-2009-197 --data downloads --out full.world.npz

        multipolar world build mine.yaml --data . --json
    """
    from multipolar.cli.data import build

    build(recipe, data, out, report, as_json)
