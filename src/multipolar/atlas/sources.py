"""Where the atlas's facts come from: a short key per source, resolved to a citation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from multipolar.atlas._tables import Row, bundled, read_rows
from multipolar.errors import UnknownNameError

__all__ = ["Source", "check_sources", "parse_sources", "source", "sources"]

_FILE = "sources.csv"
_COLUMNS = ("id", "citation", "url", "licence")


@dataclass(frozen=True, slots=True)
class Source:
    """A publication or data set.

    Attributes
    ----------
    id
        Key that the tables use.
    citation
        Author, title, year and place in it.
    url
        Public address.
    licence
        Terms of the source, where it states them, else an empty string. Only facts are taken from it.
    """

    id: str
    citation: str
    url: str
    licence: str


def parse_sources(text: str, file: str = _FILE) -> dict[str, Source]:
    """Read a table of sources from its text; raises `AtlasError` naming file and line."""
    found: dict[str, Source] = {}
    for row in read_rows(file, _COLUMNS, text):
        key = row.text("id")
        if key in found:
            raise row.error(f"source '{key}' stands twice; remove one")
        url = row.text("url")
        if not url.startswith(("http://", "https://")):
            raise row.error(f"url '{url}' is not a public address; start it with https://")
        found[key] = Source(key, row.text("citation"), url, row.cells["licence"])
    return found


@cache
def _sources() -> dict[str, Source]:
    return parse_sources(bundled(_FILE))


def sources() -> Mapping[str, Source]:
    """Return every source of the atlas by key."""
    return MappingProxyType(_sources())


def source(key: str) -> Source:
    """Return one source.

    Raises
    ------
    UnknownNameError
        With the nearest known key.
    """
    try:
        return _sources()[key]
    except KeyError:
        raise UnknownNameError("source", key, _sources()) from None


def check_sources(row: Row, known: Mapping[str, object]) -> tuple[str, ...]:
    """Return the source keys of a row (separated by blanks); each must be a known source."""
    keys = tuple(row.text("source").split())
    for key in keys:
        if key not in known:
            raise row.error(f"source '{key}' is not in sources.csv; add it there")
    return keys
