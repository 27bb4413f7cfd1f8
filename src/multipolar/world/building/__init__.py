"""Worlds built from files by a recipe: `build_world`, the recipes that ship, and the report of what was done."""

from __future__ import annotations

from multipolar.world.building.build import Built, build_world
from multipolar.world.building.recipe import Recipe, load_recipe, shipped_recipes

__all__ = ["Built", "Recipe", "build_world", "load_recipe", "shipped_recipes"]
