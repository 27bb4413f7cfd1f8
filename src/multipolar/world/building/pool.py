"""What a recipe's files say, gathered: tables by role, indicators by economy with year and source, and stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.atlas import group_of
from multipolar.data.files import find_file
from multipolar.data.readers import reader
from multipolar.data.tables import Table
from multipolar.errors import DataError, InputError, WorldError, nearest_names
from multipolar.types import Array, Float64
from multipolar.world.building.recipe import FILLS, ROLES, Recipe, Source

__all__ = ["Figure", "Pool", "listed", "stand_ins"]

_FILE_OPTIONS = ("countries", "labels")
"""Options of readers that name a further file in the data folders."""


_DATED = ("trade", "reports", "pairs", "input-output", "tariffs")
"""Kinds of tables read for the recipe's year alone; indicators may be of a year nearby."""
_BY_HEADING = "economies-csv"
"""Reader of indicators whose names are the headings of the file."""
_UNDATED = ("labelled-column", "economies-csv", "unep-size")
"""Readers of indicators whose files need not say their year."""


_SHARE, _MONEY = (0.0, 100.0), (0.0, 1e9)
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "gdp_usd_mn": _MONEY,
    "output_usd_mn": _MONEY,
    "tariff_mean_pct": (0.0, 1000.0),
    "population_thousand": (0.0, 1e8),
    "area_km2": (0.0, 1e9),
}
"""Least and most that an indicator can be, in its unit; others by the end of their name."""
_ALWAYS_NAMED = {"tariff_pct": "tariff_mean_pct"}
"""Names in people's own tables that mean what a method asks for under another."""
MOST_NAMED = 8
"""Economies that a message names."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of one economy: value in the method's unit, year, and the file and row it is from."""

    value: float
    year: int
    file: str
    row: int = 0

    @property
    def place(self) -> str:
        """File and row."""
        return f"{self.file}:{self.row}" if self.row else self.file


def listed(codes: Sequence[str]) -> str:
    """Return the first few economies in words, with the number of the others."""
    more = f" and {len(codes) - MOST_NAMED} more" if len(codes) > MOST_NAMED else ""
    return ", ".join(codes[:MOST_NAMED]) + more


@dataclass
class Pool:
    """Everything read for one recipe, with the record of reading.

    Attributes
    ----------
    recipe, folders
        What is built, and where files are looked for.
    shipped
        Folder of figures that come with the package, looked into last; None for recipes that do not.
    files
        One record a file: role, reader, file, what was left out.
    stood_in
        Indicator to the economies for which others stand in.
    """

    recipe: Recipe
    folders: tuple[Path, ...]
    shipped: Path | None = None
    files: list[dict[str, Any]] = field(default_factory=list)
    stood_in: dict[str, list[str]] = field(default_factory=dict)
    _figures: dict[str, dict[str, Figure]] | None = None
    _read_before: dict[int, tuple[Source, Any]] = field(default_factory=dict)
    _records: dict[int, dict[str, Any]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def table(self, role: str) -> Any:
        """Read the file of a role.

        Raises
        ------
        WorldError
            If the recipe names no file for it.
        """
        self.need(role)
        return self._read(role, self.recipe.all_sources(role)[0])

    def need(self, role: str) -> None:
        """Refuse a recipe that names no file for a role."""
        if not self.has(role):
            raise WorldError(
                f"{self.recipe.place('sources')}method '{self.recipe.method}' needs sources.{role}; see docs/data.md"
            )

    def tables(self, role: str) -> list[Any]:
        """Read every file of a role, the preferred one first."""
        return [self._read(role, source) for source in self.recipe.all_sources(role)]

    def has(self, role: str) -> bool:
        """Return whether the recipe names a file for a role."""
        return bool(self.recipe.all_sources(role))

    def _read(self, role: str, source: Source) -> Any:
        if id(source) not in self._read_before:
            self._read_before[id(source)] = source, self._read_now(role, source)
        return self._read_before[id(source)][1]

    def _read_now(self, role: str, source: Source) -> Any:
        call = reader(source.reader)
        options = source.options
        takes = _parameters(call.home)
        for name in _FILE_OPTIONS:
            if isinstance(options.get(name), str):
                options[name], _ = self._find(options[name])
        if self.recipe.aliases and "aliases" in takes:
            options.setdefault("aliases", self.recipe.aliases)
        if "year" in takes and (call.kind in _DATED or source.reader in _UNDATED):
            options.setdefault("year", self.recipe.year)
        path, came_along = self._find(source.file)
        made = call(path, **options)
        if call.kind not in ROLES[role]:
            raise WorldError(
                f"{self.recipe.place('sources', role)}reader '{source.reader}' gives {call.kind}, where "
                f"sources.{role} needs {' or '.join(ROLES[role])}"
            )
        record = {"role": role, "reader": source.reader, "file": source.file, **made.notes.to_json()}
        if came_along:
            record["remarks"] = [*record["remarks"], "came with multipolar"]
        self.files.append(record)
        self._records[id(made)] = record
        return made

    def drop(self, table: Any, why: str, count: int) -> None:
        """Count rows of a file that the world has no use for, beside those that the reader left out."""
        table.notes.drop(why, count)
        self._records[id(table)]["dropped"] = dict(table.notes.dropped)

    def count_outsiders(self, table: Any, columns: Sequence[str], inside: Iterable[str]) -> None:
        """Count the rows of a file that name an economy which the world does not hold; blanks name nobody."""
        frame, known = table.frame, {*inside, ""}
        outside = ~frame[list(columns)].isin(known)
        names = sorted({str(code) for name in columns for code in frame[name][outside[name]]})
        self.drop(table, f"of economies outside the world ({listed(names)})", int(outside.any(axis=1).sum()))

    def count_itself(self, table: Any, inside: Iterable[str]) -> None:
        """Count the rows of trade or tariffs that name one economy of the world twice."""
        twice = table.frame.origin.eq(table.frame.destination) & table.frame.origin.isin([*inside])
        self.drop(table, "of an economy with itself", int(twice.sum()))

    def count_unused_figures(self, inside: Iterable[str]) -> dict[str, list[str]]:
        """Count the rows of indicators that nothing looked at; return the economies outside the world by file."""
        found: dict[str, list[str]] = {}
        held = {*inside}
        if self._figures is None:
            return found
        for source in self.recipe.all_sources("indicators"):
            table = self._read("indicators", source)
            frame = table.frame
            frame = frame[(frame.year - self.recipe.year).abs() <= source.within]
            names = frame.indicator.map(lambda name, source=source: _asked_as(str(name), source))
            home, asked = frame.iso3.isin(held), names.isin(self._asked)
            rows = frame["row"] if "row" in frame else frame.index.to_series()
            idle = ~rows.isin(rows[home & asked])  # a row of several figures is used if one of them is
            outside = sorted({str(code) for code in frame.iso3[idle & ~home]})
            self.drop(table, f"of economies outside the world ({listed(outside)})", rows[idle & ~home].nunique())
            others = sorted({*names[idle & home]})
            self.drop(table, f"of figures that the method does not use ({listed(others)})", rows[idle & home].nunique())
            if outside:
                found[source.file] = outside
        return found

    def _find(self, name: str) -> tuple[Path, bool]:
        """Path of a file, and whether it came with the package."""
        if self.shipped is not None and not any((folder / name).exists() for folder in self.folders):
            own = self.shipped / Path(name).name
            if own.is_file() and Path(name).name == name:
                return own, True
        return find_file(name, self.folders), False

    # -- indicators -----------------------------------------------------------------------------------------------

    def figures(self, indicator: str) -> Mapping[str, Figure]:
        """Return an indicator by economy; the figure of the first file that has one, of the nearest year in it."""
        self._asked.add(indicator)
        if self._figures is None:
            self._figures = {}
            for source in self.recipe.all_sources("indicators"):
                self._add(source)
        return self._figures.get(indicator, {})

    def _add(self, source: Source) -> None:
        assert self._figures is not None
        table = self._read("indicators", source)
        frame = table.frame
        gap = (frame.year - self.recipe.year).abs()
        near = frame.assign(gap=gap)[gap <= source.within].sort_values(["gap", "year"], kind="stable")
        away = f", nor within {source.within} years of it" if source.within else ""
        self.drop(table, f"not of {self.recipe.year}{away}", len(frame) - len(near))
        frame = near.drop_duplicates(["indicator", "iso3"])
        self.drop(table, "another year of the same figure is nearer", len(near) - len(frame))
        rows = frame["row"] if "row" in frame else [0] * len(frame)
        for name, iso3, year, value, row in zip(
            frame.indicator, frame.iso3, frame.year, frame.value, rows, strict=True
        ):
            asked = _asked_as(str(name), source)
            figure = Figure(float(value) * source.scale, int(year), source.file, int(row))
            _refuse_impossible(asked, str(iso3), figure)
            self._figures.setdefault(asked, {}).setdefault(str(iso3), figure)

    # -- what is missing ------------------------------------------------------------------------------------------

    def rule(self, name: str, rules: Sequence[str], missing: Sequence[str]) -> str:
        """Return the rule by which the recipe lets something stand in for what is missing.

        Parameters
        ----------
        name
            Indicator, or ``tariffs``.
        rules
            Those of `FILLS` that the method knows.
        missing
            Economies without a figure.

        Raises
        ------
        WorldError
            If the recipe states none: naming economies, files and remedy.
        """
        stated = self.recipe.fill.get(name, "")
        if stated in rules:
            return stated
        role = "tariffs" if name == "tariffs" else "indicators"
        what = "a general rate" if name == "tariffs" else f"'{name}'"
        files = listed([source.file for source in self.recipe.all_sources(role)]) or "no file"
        other = f" (method '{self.recipe.method}' has no rule '{stated}')" if stated else ""
        near = nearest_names(name, set(self._figures or {}) - {*FILLS}) if role == "indicators" else ()
        hint = f" (the files have {', '.join(near)}: 'names' maps it)" if near else ""
        if role == "indicators" and (blank := self.blank_at(name, missing[0])):
            hint = f" ({blank} is blank)"
        row = "a row with a blank exporter" if name == "tariffs" else "the figure"
        out = "" if self.recipe.method == "input-output" else "name the economy under 'leave_out', "
        raise WorldError(
            f"{self.recipe.place('sources', role)}{what} of {listed(missing)} is in no file ({files}){hint}; add "
            f"{row}, {out}or let the recipe say what stands in, 'fill: {{{name}: {rules[0]}}}'{other}"
        )

    def vector(
        self, indicator: str, economies: Sequence[str], weights: Float64[Array, " o"] | None = None,
        *, transform: Callable[[float], float] = float,
    ) -> Float64[Array, " o"]:  # fmt: skip
        """Return an indicator in axis order; where the recipe says so, the mean of an economy's group in the atlas
        stands in for a missing one.

        Parameters
        ----------
        weights
            Weights of the mean, such as GDP [o].
        transform
            Applied to each figure.

        Raises
        ------
        WorldError
            If no economy at all has a figure, or one has none and the recipe does not say what stands in.
        """
        known = self.figures(indicator)
        values = np.array([transform(known[c].value) if c in known else np.nan for c in economies])
        missing = np.isnan(values)
        if missing.all():
            raise self.absent(indicator)
        if missing.any():
            gone = [c for c, lacks in zip(economies, missing, strict=True) if lacks]
            self.rule(indicator, ("group-mean",), gone)
            weight = np.ones(len(economies)) if weights is None else weights
            values = np.where(missing, stand_ins(values, weight, economies), values)
            self.stood_in[indicator] = gone
        return values

    def absent(self, indicator: str) -> WorldError:
        """Return the complaint that no file has an indicator for any economy of the world."""
        for table, source in self._indicator_tables():
            if source.reader != _BY_HEADING:
                continue
            asked = {_asked_as(name, source): name for name in table.unread}
            if near := nearest_names(indicator, asked):
                return WorldError(
                    f"{source.file}:1: has no column '{indicator}', which the method needs, and a column "
                    f"'{asked[near[0]][:40]}', which nothing reads; if that is meant, rename it '{indicator}'"
                )
        held = sorted(self._figures or {})
        have = f" (the files have {listed(held)}; 'names' maps one to it)" if held else ""
        return WorldError(
            f"{self.recipe.place('sources', 'indicators')}no file gives indicator '{indicator}'{have}; add it to "
            "sources"
        )

    def blank_at(self, indicator: str, code: str) -> str:
        """Return file and row where the cell of an indicator and economy is blank; empty if there is no such cell."""
        found = (
            f"{source.file}:{row}"
            for table, source in self._indicator_tables()
            for (name, economy), row in table.blank.items()
            if economy == code and _asked_as(name, source) == indicator
        )
        return next(found, "")

    def _indicator_tables(self) -> Iterator[tuple[Table, Source]]:
        for source in self.recipe.all_sources("indicators"):
            yield self._read("indicators", source), source


def _bounds(name: str) -> tuple[float, float]:
    if name.endswith("_pct") or name.startswith("partner_share_"):
        return _BOUNDS.get(name, _SHARE)
    return _BOUNDS.get(name, _MONEY if name.endswith("_usd_mn") else (-np.inf, np.inf))


def _refuse_impossible(name: str, code: str, figure: Figure) -> None:
    """Refuse a figure that its unit does not allow."""
    low, high = _bounds(name)
    positive = name in ("gdp_usd_mn", "output_usd_mn")
    if low <= figure.value <= high and not (positive and figure.value == 0):
        return
    rule = f"must be above zero and at most {high:g}" if positive else f"must lie between {low:g} and {high:g}"
    unit = " USD million" if name.endswith("_usd_mn") else ""
    raise DataError(
        f"'{name}' of {code} is {figure.value:g}; it {rule}{unit}: check value, unit and 'scale'",
        figure.file,
        figure.row or None,
    )


def _asked_as(name: str, source: Source) -> str:
    """Name under which a method asks for an indicator that a file calls otherwise."""
    return source.names.get(name, _ALWAYS_NAMED.get(name, name))


def stand_ins(values: np.ndarray, weight: np.ndarray, economies: Sequence[str]) -> np.ndarray:
    """Weighted mean of the known values of each economy's group, of the world where the group has none [o]."""
    known = ~np.isnan(values)
    home = np.array([_group(code) for code in economies])
    world = float(np.average(values[known], weights=weight[known] if weight[known].sum() > 0 else None))
    means = {}
    for group in set(home):
        mask = known & (home == group)
        means[group] = float(np.average(values[mask], weights=weight[mask])) if weight[mask].sum() > 0 else world
    return np.array([means[group] for group in home])


def _group(code: str) -> str:
    try:
        return group_of(code)
    except InputError:
        return ""


def _parameters(home: str) -> Iterable[str]:
    from importlib import import_module
    from inspect import signature

    module, function = home.split(":")
    return signature(getattr(import_module(f"multipolar.data.readers.{module}"), function)).parameters
