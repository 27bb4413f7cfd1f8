"""The commands ``multipolar data ...``; what they need is imported when one runs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multipolar.cli.frame import Group
from multipolar.cli.options import Json, help_if_bare

__all__ = ["data_app"]

data_app = typer.Typer(
    cls=Group, help="Data sets of others: list, fetch, verify, cite, and the readers.", invoke_without_command=True
)


@data_app.callback()
def _data(ctx: typer.Context) -> None:
    help_if_bare(ctx)


Folder = Annotated[
    Path | None, typer.Option("--dir", metavar="DIR", help="Folder of downloads, in place of the cache.")
]
DataSet = Annotated[str, typer.Argument(help="Id of a data set; `multipolar data list` lists them.")]


@data_app.command("list")
def data_list(as_json: Json = False) -> None:
    """List the data sets of the catalog.

    Example:

        multipolar data list
    """
    from multipolar.cli.data import list_data

    list_data(as_json)


@data_app.command("readers")
def data_readers(as_json: Json = False) -> None:
    """List the readers of published files.

    Example:

        multipolar data readers
    """
    from multipolar.cli.data import list_readers

    list_readers(as_json)


@data_app.command("fetch")
def data_fetch(
    dataset: DataSet,
    folder: Folder = None,
    offline: Annotated[bool, typer.Option("--offline", help="Never use the network.")] = False,
    as_json: Json = False,
) -> None:
    """Download a data set once; a broken download goes on where it stopped.

    Example:

        multipolar data fetch wdi --dir downloads
    """
    from multipolar.cli.data import fetch_data

    fetch_data(dataset, folder, offline, as_json)


@data_app.command("verify")
def data_verify(
    dataset: Annotated[
        str, typer.Argument(help="Id of a data set, or a folder of downloads; without it all that is in the cache.")
    ] = "",
    folder: Folder = None,
    as_json: Json = False,
) -> None:
    """Check that downloaded files are the ones that were recorded.

    Example:

        multipolar data verify wdi --dir downloads

        multipolar data verify downloads
    """
    from multipolar.cli.data import verify_data

    verify_data(dataset, folder, as_json)


@data_app.command("cite")
def data_cite(dataset: DataSet, as_json: Json = False) -> None:
    """Print how to cite a data set, and under which terms it may be used.

    Example:

        multipolar data cite baci-hs92
    """
    from multipolar.cli.data import cite

    cite(dataset, as_json)
