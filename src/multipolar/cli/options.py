"""Arguments and options that several groups of commands share."""

from __future__ import annotations

from typing import Annotated

import typer

__all__ = ["DEFAULT_WORLD", "Json", "WorldArgument", "WorldName", "help_if_bare"]

Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
WorldName = Annotated[
    str | None, typer.Option("--world", metavar="WORLD", help="Shipped world, or path of a world file.")
]
WorldArgument = Annotated[str, typer.Argument(help="Shipped world, or path of a world file.")]
DEFAULT_WORLD = "world-2009"


def help_if_bare(ctx: typer.Context) -> None:
    """Print the help of a group that was called without a command."""
    if ctx.invoked_subcommand is None:
        print(ctx.get_help())
