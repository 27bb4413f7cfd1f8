"""Figures that claims take from files that do not ship: measured from the files, or as they ship, rounded."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np

from multipolar.claims.model import Numbers
from multipolar.errors import AtlasError, InputError

if TYPE_CHECKING:
    from multipolar.claims.data import Data

__all__ = [
    "CITATIONS",
    "Group",
    "Measure",
    "draw",
    "draw_pair",
    "parse_measures",
    "rounded",
    "shipped_measures",
    "write_measures",
]

COLUMNS = ("id", "claim", "value", "se", "unit", "source", "note")
_FILE = "measured.csv"

SOURCES: Mapping[str, str] = {
    "trade_panel": "trade-panel",
    "distances": "cepii-geodist",
    "trade_2009": "wits-trade",
    "gdp": "wdi-gdp",
    "tariffs": "wdi-tariff",
    "capabilities": "cow-nmc",
    "conflicts": "ucdp-acd",
    "contiguity": "cow-contiguity",
    "regimes": "v-dem",
    "ideal_points": "ideal-points",
    "brent": "eia-brent",
}
"""Role of a file in `multipolar.claims.data` -> key of its source: of the data catalog, or of `CITATIONS`."""

CITATIONS: Mapping[str, str] = {
    "trade-panel": "Goods trade between all countries every four years, 1964-2008, with the agreement in force; a "
    "research panel whose file names no author",
    "cow-contiguity": "Correlates of War Project, direct contiguity and state system membership",
    "v-dem": "V-Dem electoral democracy index (v2x_polyarchy) by Correlates of War state and year",
    "eia-brent": "US Energy Information Administration, Brent, yearly mean (public domain)",
}
"""Sources that the data catalog does not have."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: of a region, zone, continent or the world, or a statistic of the package's own.

    Attributes
    ----------
    value, unit
        And what it is measured in.
    se
        Standard error, None where nothing is estimated; it is drawn as normal.
    note
        What the number covers; may be shown to a reader.
    """

    value: float
    unit: str
    se: float | None = None
    note: str = ""


@dataclass(frozen=True)
class Group:
    """Figures that come from the same files.

    Attributes
    ----------
    name, claim
        Prefix of their ids, and the claim that they are for.
    needs
        Roles of the files in `multipolar.claims.data`.
    measure
        From the files to the figures by id, the prefix left out.
    """

    name: str
    claim: int
    needs: tuple[str, ...]
    measure: Callable[[Data], Mapping[str, Measure]]


def rounded(measure: Measure) -> Measure:
    """Return a measure as it ships: three significant digits, the standard error two."""
    se = None if measure.se is None else float(f"{measure.se:.2g}")
    return Measure(float(f"{measure.value:.3g}"), measure.unit, se, measure.note)


def write_measures(groups: Sequence[Group], data: Data) -> str:
    """Return the table that ships, measured from files.

    Raises
    ------
    InputError
        If a file is missing.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for group in groups:
        if lack := data.lack(group.needs):
            raise InputError(f"figures '{group.name}' of claim {group.claim}: {lack}")
        source = " ".join(SOURCES[role] for role in group.needs)
        for key, measure in group.measure(data).items():
            made = rounded(measure)
            se = "" if made.se is None else f"{made.se:g}"
            table.writerow([f"{group.name}/{key}", group.claim, f"{made.value:g}", se, made.unit, source, made.note])
    return out.getvalue()


def parse_measures(text: str, file: str = _FILE) -> dict[str, dict[str, Measure]]:
    """Read the table of measures: group -> key -> measure.

    Raises
    ------
    AtlasError
        Naming the line: other columns, no number, a negative error, no unit, an unknown source, a repeated id.
    """
    from multipolar.data.catalog import catalog

    rows = csv.DictReader(io.StringIO(text))
    if tuple(rows.fieldnames or ()) != COLUMNS:
        raise AtlasError(f"{file}:1: needs the columns {', '.join(COLUMNS)}")
    known = {*catalog(), *CITATIONS}
    found: dict[str, dict[str, Measure]] = {}
    for line, row in enumerate(rows, start=2):
        group, _, key = row["id"].partition("/")
        unknown = [name for name in row["source"].split() if name not in known]
        try:
            value, se = float(row["value"]), float(row["se"]) if row["se"] else None
        except ValueError:
            raise AtlasError(f"{file}:{line}: value and se of '{row['id']}' must be numbers") from None
        if not np.isfinite(value) or (se is not None and not 0 <= se < np.inf):
            raise AtlasError(f"{file}:{line}: value of '{row['id']}' must be finite and its se at least 0")
        if not key or not row["unit"] or not row["source"] or unknown:
            raise AtlasError(f"{file}:{line}: '{row['id']}' needs group/key, a unit and a source of the catalog")
        if key in found.setdefault(group, {}):
            raise AtlasError(f"{file}:{line}: '{row['id']}' stands twice; keep one")
        found[group][key] = Measure(value, row["unit"], se, row["note"])
    return found


@cache
def _shipped() -> dict[str, dict[str, Measure]]:
    return parse_measures(files("multipolar.claims").joinpath(_FILE).read_text(encoding="utf-8"))


def shipped_measures(group: str) -> Mapping[str, Measure]:
    """Return the figures of a group that ship."""
    return _shipped()[group]


def draw(measure: Measure, count: int, rng: np.random.Generator) -> Numbers:
    """Return a measure with draws from its normal distribution; without any where it has no standard error."""
    if measure.se is None:
        return Numbers(measure.value)
    return Numbers(measure.value, rng.normal(measure.value, measure.se, count))


def draw_pair(
    one: Measure, other: Measure, correlation: float, count: int, rng: np.random.Generator
) -> tuple[Numbers, Numbers]:
    """Return two measures with draws from their joint normal distribution.

    Raises
    ------
    InputError
        If one has no standard error, or the correlation does not lie in [-1, 1].
    """
    if one.se is None or other.se is None or not -1 <= correlation <= 1:
        raise InputError("a pair is drawn with two standard errors and a correlation in [-1, 1]")
    normal = rng.standard_normal((2, count))
    second = correlation * normal[0] + np.sqrt(1.0 - correlation**2) * normal[1]
    return (
        Numbers(one.value, one.value + one.se * normal[0]),
        Numbers(other.value, other.value + other.se * second),
    )
