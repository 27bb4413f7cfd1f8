"""Figures on their way into the shipped tables: three digits, a status, a source, a range where imputed."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from multipolar.world.bundled.tables import COLUMNS

SECTORS = ("energy", "goods", "services")


class MissingFigureError(SystemExit):
    """A figure of the shipped world has no source; the build stops and names it."""

    def __init__(self, figure: str, remedy: str) -> None:
        super().__init__(f"no source for figure '{figure}': {remedy}")


@dataclass
class Sources:
    """Citations by key, in the order in which they were first used."""

    table: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def add(self, key: str, citation: str, url: str, licence: str = "") -> str:
        """Register a citation and return its key; a key always means the same citation."""
        known = self.table.setdefault(key, (citation, url, licence))
        if known[0] != citation:
            raise ValueError(f"source key '{key}' stands for two citations; choose another key")
        return key

    def add_citation(self, citation: str, url: str) -> str:
        """Register a citation from an input table under a key made from its words."""
        series = re.search(
            r"World Development Indicators, series ([A-Z0-9.]+), edition of (?:\d+ )?(?:\w+ )?(\d{4})",
            citation,
        )
        if series:
            key = f"wdi_{series[1].lower().replace('.', '_')}_{series[2]}"
            return self.add(key, citation, url, "CC BY 4.0")
        words = [word for word in re.findall(r"[a-z0-9]+", citation.lower()) if word not in _FILLERS]
        years = re.findall(r"\b(?:19|20)\d\d\b", citation)
        stem = [word for word in words if not word.isdecimal()][:3] + years[-1:]
        for number in range(1, 100):
            key = "_".join(stem if number == 1 else [*stem, str(number)])
            if self.table.get(key, (citation,))[0] == citation:
                return self.add(key, citation, url)
        raise ValueError(f"no key for citation '{citation}'")

    def write(self, path: Path, used: Iterable[str]) -> None:
        """Write the citations that are used, sorted by key."""
        with open(path, "w", newline="", encoding="utf-8") as handle:
            writer = csv.writer(handle, lineterminator="\n")
            writer.writerow(("key", "citation", "url", "licence"))
            for key in sorted(set(used)):
                writer.writerow((key, *self.table[key]))


_FILLERS = frozenset({"the", "of", "and", "in", "for", "a", "an", "to", "on", "by", "at", "et", "al"})


@dataclass(frozen=True)
class Row:
    """One figure; see `multipolar.world.bundled.tables.Figure`. A None value is an empty figure with a reason."""

    table: str
    value: float | None
    unit: str
    status: str
    source: str
    origin: str = ""
    destination: str = ""
    sector: str = ""
    year: int | None = 2009
    lo: float | None = None
    hi: float | None = None
    note: str = ""
    draw: str = ""

    @property
    def id(self) -> str:
        return "/".join(part for part in (self.table, self.origin, self.destination, self.sector) if part)

    def cells(self) -> tuple[str, ...]:
        """The row as text, numbers at three digits, a range only where the figure is imputed."""
        value = "" if self.value is None else digits3(self.value)
        lo = hi = ""
        if self.status == "imputed" and self.lo is not None and self.hi is not None and self.value is not None:
            ends = (min(self.lo, self.value), max(self.hi, self.value))
            lo, hi = (digits3(end) for end in ends)
        year = "" if self.year is None else str(self.year)
        return (
            self.id,
            self.table,
            self.origin,
            self.destination,
            self.sector,
            value,
            self.unit,
            year,
            self.status if value else "imputed",
            lo,
            hi,
            self.draw if lo else "",
            self.source,
            self.note,
        )


def place(side: str, code: str) -> tuple[str, str]:
    """Origin and destination of a figure on the exports or imports of one economy."""
    return (code, "") if side == "exports" else ("", code)


def round3(value: float) -> float:
    """Round to three significant digits."""
    return float(f"{value:.3g}")


def digits3(value: float) -> str:
    """Write a number at three significant digits, without an exponent where it is not needed."""
    if not math.isfinite(value):
        raise ValueError("a figure must be finite; leave it empty and say why")
    text = f"{round3(value):.12f}".rstrip("0").rstrip(".")
    return "0" if text in {"-0", ""} else text


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write one table; ids must be unique."""
    rows = list(rows)
    ids = [row.id for row in rows]
    if len(set(ids)) != len(ids):
        twice = next(i for i in ids if ids.count(i) > 1)
        raise ValueError(f"figure '{twice}' is compiled twice")
    for row in rows:
        if row.value is not None and not row.source:
            raise MissingFigureError(row.id, "give it one or leave it empty with a reason")
    with open(path, "w", newline="", encoding="utf-8") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(row.cells() for row in rows)
