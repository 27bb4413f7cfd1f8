"""The shipped tables of figures: reading them, and drawing those that are imputed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from multipolar.errors import WorldError
from multipolar.triangular import triangular_quantile

__all__ = [
    "COLUMNS",
    "STATUSES",
    "Figure",
    "figure_id",
    "read_figures",
    "read_sources",
    "values_by_id",
]

COLUMNS = (
    "id",
    "table",
    "origin",
    "destination",
    "sector",
    "value",
    "unit",
    "year",
    "status",
    "lo",
    "hi",
    "draw",
    "source",
    "note",
)
STATUSES = ("observed", "mirrored", "imputed")
OWN_PART = 0.2
"""Probability that a figure with a common draw is drawn on its own all the same (pure number)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One shipped figure.

    Attributes
    ----------
    id
        Stable name, ``table/origin/destination/sector`` without the empty parts.
    table, origin, destination, sector
        What it is and where it belongs; a figure of one economy has only an origin or only a destination.
    value, lo, hi
        The figure and, where imputed, its range; NaN where there is none.
    draw
        Name of the random number that the figure shares with others, ``-`` in front where it runs from high to low;
        empty where the figure has its own.
    unit, year
        Of the figure; year 0 where it has none.
    status
        One of `STATUSES`.
    source
        Keys of `read_sources`.
    note
        How it was obtained, where that needs saying.
    """

    id: str
    table: str
    origin: str
    destination: str
    sector: str
    value: float
    unit: str
    year: int
    status: str
    lo: float
    hi: float
    draw: str
    source: tuple[str, ...]
    note: str

    @property
    def drawn(self) -> bool:
        """Whether the figure varies in draws."""
        return self.status == "imputed" and self.hi > self.lo


def figure_id(table: str, origin: str = "", destination: str = "", sector: str = "") -> str:
    """Return the stable id of a figure."""
    return "/".join(part for part in (table, origin, destination, sector) if part)


@cache
def read_figures(folder: str) -> tuple[Figure, ...]:
    """Read every table of a shipped world.

    Raises
    ------
    WorldError
        Naming file and line, for a missing column, a repeated id, an empty or impossible figure, or an unknown source.
    """
    known = read_sources(folder)
    found: dict[str, Figure] = {}
    for entry in sorted(_folder(folder).iterdir(), key=lambda item: item.name):
        if not entry.name.endswith(".csv") or entry.name == "sources.csv":
            continue
        reader = csv.DictReader(entry.read_text(encoding="utf-8").splitlines())
        if tuple(reader.fieldnames or ()) != COLUMNS:
            raise WorldError(f"{entry.name}:1: the columns must be {', '.join(COLUMNS)}")
        for line, row in enumerate(reader, start=2):
            figure = _figure(row, f"{entry.name}:{line}", known)
            if figure.id in found:
                raise WorldError(f"{entry.name}:{line}: figure '{figure.id}' stands twice; keep one")
            found[figure.id] = figure
    return tuple(found.values())


@cache
def read_sources(folder: str) -> Mapping[str, Mapping[str, str]]:
    """Return source key to its citation, url and licence."""
    text = _folder(folder).joinpath("sources.csv").read_text(encoding="utf-8")
    return {row["key"]: row for row in csv.DictReader(text.splitlines())}


def values_by_id(folder: str, uniform: Callable[[str], float] | None = None) -> dict[str, float]:
    """Return the figures' values, or a draw of them.

    Parameters
    ----------
    folder
        Name of the shipped world.
    uniform
        Where given, every imputed figure with a range is the triangular quantile of a number in [0, 1):
        ``uniform(id)``, or, with probability one less `OWN_PART`, the number that it shares with others.
    """
    shipped, ranges = _shipped_values(folder)
    values = dict(shipped)
    if uniform is not None:
        values.update(
            (key, triangular_quantile(lo, mode, hi, _number(key, draw, uniform))) for key, lo, mode, hi, draw in ranges
        )
    return values


def _number(key: str, draw: str, uniform: Callable[[str], float]) -> float:
    """The number in [0, 1] behind a figure: uniform whichever way it is found, so that its range stays its range."""
    own = uniform(key)
    if not draw:
        return own
    if own < OWN_PART:
        return own / OWN_PART
    shared = uniform(draw.removeprefix("-"))
    return 1.0 - shared if draw.startswith("-") else shared


@cache
def _shipped_values(folder: str) -> tuple[dict[str, float], tuple[tuple[str, float, float, float, str], ...]]:
    """Return every value by id, and id, range and common draw of those that are drawn: once for many draws."""
    figures = read_figures(folder)
    ranges = tuple((f.id, f.lo, f.value, f.hi, f.draw) for f in figures if f.drawn)
    return {figure.id: figure.value for figure in figures}, ranges


def _folder(folder: str):
    return resources.files("multipolar.world.bundled").joinpath(folder)


def _figure(row: Mapping[str, str], place: str, known: Mapping[str, object]) -> Figure:
    numbers = {}
    for name in ("value", "lo", "hi"):
        try:
            numbers[name] = float(row[name]) if row[name] else float("nan")
        except ValueError:
            raise WorldError(f"{place}: {name} '{row[name]}' is not a number") from None
    sources = tuple(row["source"].split())
    if unknown := [key for key in sources if key not in known]:
        raise WorldError(f"{place}: source '{unknown[0]}' is not in sources.csv")
    if row["status"] not in STATUSES:
        raise WorldError(f"{place}: status '{row['status']}' is not one of {', '.join(STATUSES)}")
    if row["value"] and not sources:
        raise WorldError(f"{place}: figure '{row['id']}' has no source; leave it empty and say why in the note")
    if not row["value"] and not row["note"]:
        raise WorldError(f"{place}: figure '{row['id']}' is empty; say why in the note")
    if row["id"] != figure_id(row["table"], row["origin"], row["destination"], row["sector"]):
        raise WorldError(f"{place}: id '{row['id']}' does not match its table, origin, destination and sector")
    if row["draw"] and not row["lo"]:
        raise WorldError(f"{place}: figure '{row['id']}' shares a draw but has no range; give it one")
    if row["lo"] and not numbers["lo"] <= numbers["value"] <= numbers["hi"]:
        raise WorldError(f"{place}: the range of '{row['id']}' does not hold its value")
    labels = {
        name: row[name] for name in ("id", "table", "origin", "destination", "sector", "unit", "status", "draw", "note")
    }
    return Figure(**labels, **numbers, year=int(row["year"] or 0), source=sources)
