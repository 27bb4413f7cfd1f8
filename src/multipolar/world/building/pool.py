"""What a recipe's files say, gathered: tables by role, indicators by economy with year and source, and stand-ins."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.atlas import group_of
from multipolar.data.files import find_file
from multipolar.data.readers import reader
from multipolar.errors import InputError, WorldError
from multipolar.types import Array, Float64
from multipolar.world.building.recipe import Recipe, Source

__all__ = ["Figure", "Pool", "stand_ins"]

_FILE_OPTIONS = ("countries", "labels")
"""Options of readers that name a further file in the data folders."""


_DATED = ("trade", "reports", "pairs", "input-output", "tariffs")
"""Kinds of tables read for the recipe's year alone; indicators may be of a year nearby."""
_UNDATED = ("labelled-column", "economies-csv", "unep-size")
"""Readers of indicators whose files need not say their year."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator of one economy: value in the method's unit, year, and the file it is from."""

    value: float
    year: int
    file: str


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

    def table(self, role: str) -> Any:
        """Read the file of a role.

        Raises
        ------
        WorldError
            If the recipe names no file for it.
        """
        sources = self.recipe.all_sources(role)
        if not sources:
            raise WorldError(
                f"recipe '{self.recipe.id}': method '{self.recipe.method}' needs sources.{role}; see docs/data.md"
            )
        return self._read(role, sources[0])

    def tables(self, role: str) -> list[Any]:
        """Read every file of a role, the preferred one first."""
        return [self._read(role, source) for source in self.recipe.all_sources(role)]

    def has(self, role: str) -> bool:
        """Return whether the recipe names a file for a role."""
        return bool(self.recipe.all_sources(role))

    def _read(self, role: str, source: Source) -> Any:
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
        record = {"role": role, "reader": source.reader, "file": source.file, **made.notes.to_json()}
        if came_along:
            record["remarks"] = [*record["remarks"], "came with multipolar"]
        self.files.append(record)
        return made

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
        if self._figures is None:
            self._figures = {}
            for source in self.recipe.all_sources("indicators"):
                self._add(source)
        return self._figures.get(indicator, {})

    def _add(self, source: Source) -> None:
        assert self._figures is not None
        frame = self._read("indicators", source).frame
        gap = (frame.year - self.recipe.year).abs()
        frame = frame.assign(gap=gap)[gap <= source.within].sort_values(["gap", "year"], kind="stable")
        frame = frame.drop_duplicates(["indicator", "iso3"])
        for name, iso3, year, value in zip(frame.indicator, frame.iso3, frame.year, frame.value, strict=True):
            known = self._figures.setdefault(source.names.get(str(name), str(name)), {})
            known.setdefault(str(iso3), Figure(float(value) * source.scale, int(year), source.file))

    def vector(
        self, indicator: str, economies: Sequence[str], weights: Float64[Array, " o"] | None = None,
        *, transform: Callable[[float], float] = float,
    ) -> Float64[Array, " o"]:  # fmt: skip
        """Return an indicator in axis order; where an economy has none, the mean of its group in the atlas stands in.

        Parameters
        ----------
        weights
            Weights of the mean, such as GDP [o].
        transform
            Applied to each figure.

        Raises
        ------
        WorldError
            If no economy at all has a figure.
        """
        known = self.figures(indicator)
        values = np.array([transform(known[c].value) if c in known else np.nan for c in economies])
        missing = np.isnan(values)
        if missing.all():
            raise WorldError(f"recipe '{self.recipe.id}': no file gives indicator '{indicator}'; add it to sources")
        if missing.any():
            weight = np.ones(len(economies)) if weights is None else weights
            values = np.where(missing, stand_ins(values, weight, economies), values)
            self.stood_in[indicator] = [c for c, gone in zip(economies, missing, strict=True) if gone]
        return values


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
