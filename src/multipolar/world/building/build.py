"""`build_world`: read a recipe's files, build by its method, check every identity, and say what was done."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multipolar.errors import WorldError
from multipolar.world.building.assemble import Report
from multipolar.world.building.pool import Pool
from multipolar.world.building.recipe import Recipe, figures_folder, load_recipe, shipped_recipes
from multipolar.world.model import World

__all__ = ["Built", "build_world"]

_METHODS: Mapping[str, str] = MappingProxyType(
    {
        "three-sector": "three_sector",
        "single-sector": "single_sector",
        "input-output": "input_output",
        "caliendo-parro": "caliendo_parro",
    }
)


_TAKES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = MappingProxyType(
    {
        "three-sector": (("reports",), ("tariffs", "indicators", "agreements", "linkages")),
        "single-sector": ((), ("trade", "reports", "tariffs", "indicators", "agreements")),
        "input-output": (("table",), ("reports", "tariffs", "indicators", "agreements")),
        "caliendo-parro": (("folder",), ()),
    }
)
"""Roles of files that a method needs, and that it takes besides."""


@dataclass(frozen=True)
class Built:
    """A world with the record of its building.

    Attributes
    ----------
    world
        Balanced; its provenance holds `report` too.
    report
        JSON-able: recipe, files with what was left out of each, steps, numbers, moves, flags, stand-ins, residuals,
        seconds.
    """

    world: World
    report: dict[str, Any]


def build_world(recipe: Recipe | str | Path, data: Sequence[str | Path]) -> Built:
    """Build a world.

    Parameters
    ----------
    recipe
        A recipe, the name of one that ships, or the path of a file.
    data
        Folders in which the recipe's files are looked for, in this order; for recipes that ship, last the folder of
        figures that came with the package.

    Raises
    ------
    InputError
        If the recipe, a folder or a file is missing or wrong.
    WorldError
        If the result breaks an accounting identity.
    """
    began = time.perf_counter()
    made = recipe if isinstance(recipe, Recipe) else load_recipe(recipe)
    ships = isinstance(recipe, str) and recipe in shipped_recipes()
    folders = tuple(Path(folder) for folder in data)
    for folder in folders:
        if not folder.is_dir():
            raise WorldError(f"no folder '{folder}'; name the folder that holds the downloaded files")
    if not folders:
        raise WorldError("no data folder; name the folder that holds the downloaded files with --data")
    # Looked-up figures that come with the package serve its own recipes only, and after the user's folders.
    pool, report = Pool(made, folders, figures_folder() if ships else None), Report()
    _check_roles(pool)
    module = import_module(f"multipolar.world.building.{_METHODS[made.method]}")
    build: Callable[[Pool, Report], World] = module.build
    world = build(pool, report)
    checked = world.check()
    _say_unused(pool, world, report)
    for indicator, economies in sorted(pool.stood_in.items()):
        what = "world" if made.fill.get(indicator) == "world-mean" else "group"
        report.flag(f"{indicator}: the mean of the {what} stands in", economies)
    record = {
        "recipe": made.id,
        "title": made.title,
        "method": made.method,
        "year": made.year,
        "economies": len(world.economies),
        "sectors": len(world.sectors),
        "files": pool.files,
        "choices": _choices(made),
        **report.to_json(),
        "residuals": checked.residuals,
        "cells": world.cells(),
    }
    world = replace(
        world, provenance={"built": record, "largest_move_pct": report.largest_move_pct, **world.provenance}
    )
    return Built(world, {**record, "seconds": round(time.perf_counter() - began, 2)})


def _say_unused(pool: Pool, world: World, report: Report) -> None:
    """Count the figures that the world has no use for, and name the economies of people's own lists that it lacks."""
    inside = {*world.economies, *(code for members in world.members for code in members)}
    outside = pool.count_unused_figures(inside)
    own = {source.file for source in pool.recipe.all_sources("indicators") if source.reader == "economies-csv"}
    for file in sorted(own & {*outside}):
        codes = [code for code in outside[file] if code not in pool.recipe.leave_out]
        report.flag(f"listed in {file} and not in the world, since the trade data do not name them", codes)


def _check_roles(pool: Pool) -> None:
    """Refuse a recipe without a file that its method needs, or with one that it would not look at."""
    recipe = pool.recipe
    needs, takes = _TAKES[recipe.method]
    for role in needs:
        pool.need(role)
    if idle := [role for role in recipe.sources if role not in (*needs, *takes)]:
        raise WorldError(
            f"{recipe.place('sources', idle[0])}method '{recipe.method}' does not use sources.{idle[0]}; it takes "
            f"{', '.join((*needs, *takes))}"
        )
    if recipe.method == "single-sector" and pool.has("trade") and pool.has("reports"):
        raise WorldError(
            f"{recipe.place('sources', 'trade')}sources.trade and sources.reports are both trade; keep one of them"
        )
    if recipe.split_rest and recipe.method != "input-output":
        raise WorldError(f"{recipe.place('split_rest')}method '{recipe.method}' does not use split_rest; remove it")
    if recipe.entrepots and recipe.method != "three-sector":
        raise WorldError(f"{recipe.place('entrepots')}method '{recipe.method}' does not use entrepots; remove it")


def _choices(recipe: Recipe) -> dict[str, Any]:
    """The numbers of a recipe that no file gives, with their reasons."""
    thetas = recipe.elasticity if isinstance(recipe.elasticity, dict) else {"all": recipe.elasticity}
    found = {f"elasticity/{name}": choice for name, choice in thetas.items()} | {"cif": recipe.cif}
    if recipe.value_added_share is not None:
        found["value_added_share"] = recipe.value_added_share
    return {name: {"value": choice.value, "source": choice.source} for name, choice in found.items()}
