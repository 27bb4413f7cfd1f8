"""Sources of the political tables: their own list, and the atlas's for facts that it already holds."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from multipolar.atlas._tables import Row, bundled
from multipolar.atlas.sources import Source, check_sources, parse_sources, sources

__all__ = ["load_political_sources", "optional_sources"]

_FILE = "politics/sources.csv"


@cache
def _own() -> dict[str, Source]:
    return parse_sources(bundled(_FILE), _FILE)


def load_political_sources() -> Mapping[str, Source]:
    """Return every source that a political table may cite, by key: the tables' own and those of the atlas."""
    return MappingProxyType({**sources(), **_own()})


def optional_sources(row: Row, known: Mapping[str, object]) -> tuple[str, ...]:
    """Return the source keys of a row, none where the cell is blank; each must be known."""
    return check_sources(row, known) if row.cells["source"] else ()
