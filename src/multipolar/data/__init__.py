"""Data that others publish: a catalog with licence and citation, downloads, and readers of their files.

Nothing is downloaded or imported that a call does not need: `fetch` pulls in pooch, large readers DuckDB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# At once, not when asked for: a submodule of the same name would take the function's place once something imports it.
from multipolar.data.catalog import Dataset, catalog, dataset

if TYPE_CHECKING:
    from multipolar.data.fetching import fetch, verify
    from multipolar.data.readers import READERS, Reader, read, reader
    from multipolar.data.tables import Notes, Table

__all__ = [
    "READERS",
    "Dataset",
    "Notes",
    "Reader",
    "Table",
    "catalog",
    "dataset",
    "fetch",
    "read",
    "reader",
    "verify",
]

_HOMES = {
    "fetch": "fetching",
    "verify": "fetching",
    "READERS": "readers",
    "Reader": "readers",
    "read": "readers",
    "reader": "readers",
    "Notes": "tables",
    "Table": "tables",
}


def __getattr__(name: str) -> Any:
    """Import the part of this room that holds a name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
