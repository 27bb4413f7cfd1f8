"""The shipped tables of figures: reading them, and drawing those that are imputed."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from multipolar.errors import WorldError
from multipolar.triangular import triangular_quantiles
from multipolar.types import Array, Float64

__all__ = [
    "COLUMNS",
    "STATUSES",
    "Figure",
    "FigureIndex",
    "Values",
    "figure_id",
    "read_figures",
    "read_sources",
    "shipped_values",
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


class FigureIndex:
    """Where each figure of a world stands in an array of their values."""

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        self.tables = tuple(dict.fromkeys(key.split("/")[0] for key in self.ids))
        self._place = {key: i for i, key in enumerate(self.ids)}
        self._known: dict[tuple[str, ...], np.ndarray] = {}

    def places(self, keys: tuple[str, ...]) -> np.ndarray:
        """Return the positions of figures, -1 for one that is not there (whole numbers) [key]; found once."""
        if keys not in self._known:
            found = np.array([self._place.get(key, -1) for key in keys], dtype=np.intp)
            found.setflags(write=False)
            self._known[keys] = found
        return self._known[keys]


class Values:
    """Figures of a world, in one array: a draw then costs no dictionary.

    Parameters
    ----------
    index
        Which figure stands where.
    numbers
        Their values, NaN where empty (unit of each figure) [f].
    """

    def __init__(self, index: FigureIndex, numbers: Float64[Array, " f"]) -> None:
        self.index = index
        self.numbers = numbers

    def by_id(self) -> dict[str, float]:
        """Return the values by id, for looking at and for changing."""
        return dict(zip(self.index.ids, self.numbers.tolist(), strict=True))

    @classmethod
    def of(cls, values: Mapping[str, float]) -> Values:
        """Return the array of a mapping from id to value."""
        return cls(FigureIndex(values), np.array(list(values.values()), dtype=np.float64))

    def at(self, keys: tuple[str, ...], default: float | None) -> tuple[Float64[Array, " key"], str | None]:
        """Return values (unit of each figure) [key], and the first figure that is missing without default, or empty."""
        places = self.index.places(keys)
        absent = places < 0
        found = np.where(absent, np.nan if default is None else default, self.numbers[places])
        empty = np.isnan(found)
        return found, keys[int(np.argmax(empty))] if empty.any() else None


def shipped_values(folder: str, uniform: Callable[[str], float] | None = None) -> Values:
    """Return the figures' values, or a draw of them.

    Parameters
    ----------
    folder
        Name of the shipped world.
    uniform
        Where given, every imputed figure with a range is the triangular quantile of a number in [0, 1):
        ``uniform(id)``, or, with probability one less `OWN_PART`, the number that it shares with others.
    """
    shipped = _shipped(folder)
    numbers = shipped.numbers.copy()
    if uniform is not None:
        own = np.array([uniform(key) for key in shipped.drawn_ids], dtype=np.float64)
        alone = shipped.draw < 0
        sharing = ~alone & (own >= OWN_PART)
        common = np.zeros(len(shipped.draws) + 1)  # the last is read for figures without a common draw, place -1
        for place in np.unique(shipped.draw[sharing]):
            common[place] = uniform(shipped.draws[place])
        shared = np.where(shipped.falling, 1.0 - common[shipped.draw], common[shipped.draw])
        # Uniform whichever way it is found, so that the range of a figure stays its range.
        u = np.where(sharing, shared, np.where(alone, own, own / OWN_PART))
        numbers[shipped.drawn] = triangular_quantiles(shipped.lo, numbers[shipped.drawn], shipped.hi, u)
    return Values(shipped.index, numbers)


def values_by_id(folder: str, uniform: Callable[[str], float] | None = None) -> dict[str, float]:
    """Return what `shipped_values` returns, by id."""
    return shipped_values(folder, uniform).by_id()


@dataclass(frozen=True, eq=False)
class _Shipped:
    """What all draws of a world share: every value, and position, id, range and common draw of those that are drawn."""

    index: FigureIndex
    numbers: np.ndarray
    drawn: np.ndarray
    drawn_ids: tuple[str, ...]
    lo: np.ndarray
    hi: np.ndarray
    draws: tuple[str, ...]
    draw: np.ndarray
    falling: np.ndarray


@cache
def _shipped(folder: str) -> _Shipped:
    figures = read_figures(folder)
    drawn = [i for i, figure in enumerate(figures) if figure.drawn]
    varying = [figures[i] for i in drawn]
    names = [figure.draw.removeprefix("-") for figure in varying]
    draws = tuple(dict.fromkeys(name for name in names if name))
    place = {name: i for i, name in enumerate(draws)} | {"": -1}
    return _Shipped(
        index=FigureIndex(figure.id for figure in figures),
        numbers=np.array([figure.value for figure in figures]),
        drawn=np.array(drawn, dtype=np.intp),
        drawn_ids=tuple(figure.id for figure in varying),
        lo=np.array([figure.lo for figure in varying]),
        hi=np.array([figure.hi for figure in varying]),
        draws=draws,
        draw=np.array([place[name] for name in names], dtype=np.intp),
        falling=np.array([figure.draw.startswith("-") for figure in varying], dtype=bool),
    )


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
