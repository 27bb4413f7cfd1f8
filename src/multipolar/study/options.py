"""From the options that a study sets to the model that is solved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from multipolar.equilibrium import Closure, Model
from multipolar.scenario.options import BY_SECTOR, NEUTRAL, ModelOptions
from multipolar.world import World

__all__ = ["merged_model", "study_model"]


def study_model(options: ModelOptions | None, world: World, deficits: Closure) -> Model | None:
    """Return the model of a study in its world; None where it sets no option.

    Parameters
    ----------
    options
        As in the study file; its codes are those of `world`.
    world
        The world.
    deficits
        Closure of trade deficits.
    """
    if options is None:
        return None
    values = options.given()
    for name, value in values.items():
        if isinstance(value, Mapping):
            codes = world.sectors if name in BY_SECTOR else world.economies
            values[name] = np.array([value.get(code, NEUTRAL[name]) for code in codes])
    return Model(deficits=deficits, **values)


def merged_model(model: Model | None, world: World) -> Model | None:
    """Return a model of `world` for the same world with its sectors merged: scale economies weighted by output."""
    if model is None or not np.ndim(model.scale):
        return model
    weight = world.output.sum(axis=0)
    return replace(model, scale=float((model.scale * weight).sum() / weight.sum()))
