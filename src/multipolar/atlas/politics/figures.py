"""Figures with a unit, a range and a source, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from multipolar.atlas._tables import Row, bundled, read_rows
from multipolar.atlas.politics.references import load_political_sources, optional_sources
from multipolar.errors import InputError, UnknownNameError
from multipolar.triangular import triangular_quantile

__all__ = ["CLOCKS", "STATUSES", "UNITS", "Figure", "figure", "load_figures", "parse_figures", "read_range"]

STATUSES = ("observed", "estimated", "range", "missing", "not_identified")
"""A source states it; computed from sources as the note says; a stated range of ours; not found; no figure can be."""

CLOCKS = ("measure", "nowcast", "outcome", "structural")
"""Of a period up to June 2009; of the whole of 2009; of later (for scoring only); without a date."""

UNITS: dict[str, tuple[float, float]] = {
    "USD per thousand m3": (0, 2000),
    "USD per thousand m3 and 100 km": (0, 50),
    "USD per tonne": (0, 2000),
    "USD billion": (0, 1000),
    "USD million a year": (0, 100),
    "bcm": (0, 1000),
    "Mt": (0, 1000),
    "km": (0, 20100),
    "soldiers": (0, 10_000_000),
    "years": (-10, 100),
    "fraction": (0, 1),
    "fraction of GDP": (0, 10),
    "percent of GDP": (0, 100),
    "percent of GDP per unit of ideal point": (0, 100),
    "probability": (0, 1),
    "probability a year": (0, 1),
    "factor a year": (0, 1),
    "ratio": (0, 1000),
}
"""Units and the values that are possible in each."""

_FILE = "politics/figures.csv"
_COLUMNS = (
    "id",
    "table",
    "economy",
    "partner",
    "year",
    "value",
    "unit",
    "lo",
    "hi",
    "status",
    "clock",
    "source",
    "note",
)


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure.

    Attributes
    ----------
    id
        ``table/economy/partner/year`` without the empty parts.
    table
        What it is, such as ``gas_contract_price``.
    economy, partner
        Whom it concerns (ISO3 code, club or threat); empty where it concerns all.
    year
        Of the figure; None where it has none.
    value, lo, hi
        In `unit`; `value` None where none is known, `lo` and `hi` None where there is no range.
    unit
        One of `UNITS`.
    status, clock
        One of `STATUSES` and of `CLOCKS`.
    sources
        Keys into `load_political_sources`; empty for stated ranges and for what was not found.
    note
        How it was obtained, why it is a range, or why it is empty.
    """

    id: str
    table: str
    economy: str
    partner: str
    year: int | None
    value: float | None
    unit: str
    lo: float | None
    hi: float | None
    status: str
    clock: str
    sources: tuple[str, ...]
    note: str

    @property
    def drawn(self) -> bool:
        """Whether the figure varies in draws."""
        return self.lo is not None and self.hi is not None and self.hi > self.lo

    def at(self, u: float | None = None) -> float:
        """Return the figure, or the `u`-quantile of the triangular distribution on its range with the figure as peak.

        Parameters
        ----------
        u
            Probability in [0, 1]; None for the figure itself.

        Raises
        ------
        InputError
            If no figure is known; gives the reason.
        """
        if self.value is None:
            raise InputError(f"no figure for '{self.id}' ({self.status.replace('_', ' ')}): {self.note}")
        if u is None or self.lo is None or self.hi is None:
            return self.value
        return triangular_quantile(self.lo, self.value, self.hi, u)


def read_range(row: Row, column: str, bounds: tuple[float, float]) -> tuple[float | None, float | None, float | None]:
    """Return value, lo and hi of a row: inside `bounds`, in order, both ends or none."""
    value, lo, hi = (row.number(name, *bounds) for name in (column, "lo", "hi"))
    if (lo is None) != (hi is None):
        raise row.error("only one of lo and hi is given; give both or none")
    if lo is not None and hi is not None:
        if value is None:
            raise row.error(f"a range without a {column}; give the most likely one or clear lo and hi")
        if not lo <= value <= hi:
            raise row.error(f"{column} {value:g} is outside its range {lo:g} to {hi:g}")
    return value, lo, hi


def parse_figures(text: str, known_sources: Mapping[str, object], file: str = _FILE) -> dict[str, Figure]:
    """Read a table of figures from its text.

    Raises
    ------
    AtlasError
        Naming file and line: an unknown unit, status or source, an impossible or unordered value, a repeated id, a
        figure without source, or an empty one without reason.
    """
    found: dict[str, Figure] = {}
    for row in read_rows(file, _COLUMNS, text):
        made = _figure_from(row, known_sources)
        if made.id in found:
            raise row.error(f"figure '{made.id}' stands twice; keep one")
        found[made.id] = made
    return found


def _figure_from(row: Row, known_sources: Mapping[str, object]) -> Figure:
    cells = row.cells
    unit, status = row.text("unit"), row.one_of("status", STATUSES)
    if unit not in UNITS:
        raise row.error(f"unit '{unit}' is not known; write one of {', '.join(UNITS)}")
    year = row.number("year", 1900, 2100)
    value, lo, hi = read_range(row, "value", UNITS[unit])
    made = Figure(
        id=row.text("id"),
        table=row.text("table"),
        economy=cells["economy"],
        partner=cells["partner"],
        year=None if year is None else int(year),
        value=value,
        unit=unit,
        lo=lo,
        hi=hi,
        status=status,
        clock=row.one_of("clock", CLOCKS),
        sources=optional_sources(row, known_sources),
        note=cells["note"],
    )
    expected = _id(made.table, made.economy, made.partner, made.year)
    if made.id != expected:
        raise row.error(f"id '{made.id}' does not follow from the row; write {expected}")
    _check_backing(row, made)
    return made


def _check_backing(row: Row, made: Figure) -> None:
    """Every figure has a source, every range and every gap a reason."""
    empty = made.status in ("missing", "not_identified")
    if empty != (made.value is None):
        raise row.error(f"status {made.status} {'has' if empty else 'needs'} {'no' if empty else 'a'} value")
    if made.status in ("observed", "estimated") and not made.sources:
        raise row.error(f"an {made.status} figure needs a source; without one it is a range or missing")
    if made.status == "range" and (made.lo is None or made.sources):
        raise row.error("a stated range needs lo and hi and has no source; with one it is estimated")
    if made.status != "observed" and not made.note:
        raise row.error(f"status {made.status} needs a reason in the note")
    known_year = {"nowcast": (2009, 2009), "outcome": (2009, 2100), "measure": (1900, 2009)}
    if made.year is not None and made.clock in known_year:
        first, last = known_year[made.clock]
        if not first <= made.year <= last:
            raise row.error(f"a {made.clock} of {made.year}; the clock allows {first} to {last}")


def _id(table: str, economy: str, partner: str, year: int | None) -> str:
    return "/".join(part for part in (table, economy, partner, "" if year is None else str(year)) if part)


@cache
def _figures() -> dict[str, Figure]:
    return parse_figures(bundled(_FILE), load_political_sources())


def load_figures(table: str | None = None) -> Mapping[str, Figure]:
    """Return the figures by id, in the order of the file; of one table where one is named.

    Raises
    ------
    UnknownNameError
        For a table that is not there.
    """
    if table is None:
        return MappingProxyType(_figures())
    chosen = {key: found for key, found in _figures().items() if found.table == table}
    if not chosen:
        raise UnknownNameError("table of figures", table, {found.table for found in _figures().values()})
    return MappingProxyType(chosen)


def figure(table: str, economy: str = "", partner: str = "", year: int | None = None) -> Figure:
    """Return one figure.

    Raises
    ------
    UnknownNameError
        With the nearest known ids.

    Examples
    --------
    >>> figure("gas_contract_price", "BLR", "RUS", 2007).value
    100.0
    """
    key = _id(table, economy, partner, year)
    try:
        return _figures()[key]
    except KeyError:
        raise UnknownNameError("figure", key, _figures()) from None
