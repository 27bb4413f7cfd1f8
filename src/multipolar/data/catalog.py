"""The catalog: where each data set comes from, under which licence, how to cite it, and its checksum where known."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from types import MappingProxyType

from multipolar.errors import DataError, UnknownNameError

__all__ = ["Dataset", "catalog", "dataset", "parse_catalog"]

LEAST_LETTERS, MOST_MEANT = 3, 5
"""Letters from which a wrong id is looked for in titles and citations, and ids that are then suggested."""
_FILE = "catalog.csv"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set that others publish.

    Attributes
    ----------
    id, title, version, coverage
        Key, name, edition and what it covers.
    page
        Page that was opened when the row was written.
    url, file
        Address and name of the file; empty where none is known or an account is needed.
    sha256
        Checksum of the file, empty where nobody verified it; `note` says why.
    size_mb
        Size in megabytes as published, None where unknown.
    licence, citation
        Terms, and how to cite it.
    access
        ``open``, or ``account`` where the provider asks for one.
    note
        What is not known, and how to get what cannot be fetched.
    """

    id: str
    title: str
    version: str
    coverage: str
    page: str
    url: str
    file: str
    sha256: str
    size_mb: float | None
    licence: str
    citation: str
    access: str
    note: str


def parse_catalog(text: str, file: str = _FILE) -> dict[str, Dataset]:
    """Read a catalog from its text.

    Raises
    ------
    DataError
        Naming file and row: a wrong header, a blank or malformed cell, a missing checksum without a reason.
    """
    rows = csv.DictReader(io.StringIO(text), strict=True)
    wanted = [item.name for item in fields(Dataset)]
    if rows.fieldnames != wanted:
        raise DataError(f"header must be {','.join(wanted)}", file, 1)
    found: dict[str, Dataset] = {}
    for row in rows:
        line = rows.line_num
        if None in row or None in row.values():
            raise DataError(f"a row needs {len(wanted)} cells; check the commas", file, line)
        made = Dataset(**{**row, "size_mb": _size(row["size_mb"], file, line)})  # type: ignore[arg-type]
        _check(made, file, line)
        if made.id in found:
            raise DataError(f"'{made.id}' stands twice; remove one", file, line)
        found[made.id] = made
    return found


def _size(text: str, file: str, line: int) -> float | None:
    try:
        return float(text) if text else None
    except ValueError:
        raise DataError(f"size_mb '{text[:20]}' is no number", file, line) from None


def _check(made: Dataset, file: str, line: int) -> None:
    for name in ("id", "title", "version", "coverage", "licence", "citation"):
        if not getattr(made, name):
            raise DataError(f"column '{name}' is blank", file, line)
    if made.access not in ("open", "account"):
        raise DataError("column 'access' must be open or account", file, line)
    for address in filter(None, (made.page, made.url)):
        if not address.startswith(("https://", "http://")):
            raise DataError(f"'{address[:60]}' is not a public address", file, line)
    if bool(made.url) != bool(made.file) or "/" in made.file or made.file.startswith("."):
        raise DataError("an address needs a plain file name, and the other way round", file, line)
    if made.sha256 and not re.fullmatch(r"[0-9a-f]{64}", made.sha256):
        raise DataError("sha256 must be 64 hexadecimal digits", file, line)
    if not made.sha256 and not made.note:
        raise DataError("a missing checksum needs a reason in column 'note'", file, line)


@cache
def _catalog() -> dict[str, Dataset]:
    return parse_catalog((resources.files("multipolar.data") / _FILE).read_text(encoding="utf-8"))


def catalog() -> Mapping[str, Dataset]:
    """Return every data set by id."""
    return MappingProxyType(_catalog())


def dataset(key: str) -> Dataset:
    """Return one data set; raises `UnknownNameError` with the nearest ids, or those whose title has the words."""
    try:
        return _catalog()[key]
    except KeyError:
        asked = "".join(filter(str.isalnum, key)).casefold()
        texts = {
            found.id: "".join(filter(str.isalnum, f"{found.id} {found.title} {found.citation}")).casefold()
            for found in _catalog().values()
        }
        meant = [name for name, text in texts.items() if len(asked) >= LEAST_LETTERS and asked in text]
        raise UnknownNameError("data set", key, _catalog(), meant[:MOST_MEANT]) from None
