"""What counts as a preference, which sectors pay duty, and which are goods: one rule for everyone."""

from __future__ import annotations

import numpy as np

from multipolar.types import Array, Bool
from multipolar.world import World

__all__ = ["ENERGY", "SAME", "dutiable_sectors", "goods_sectors", "naming_sectors", "share_paid"]

SAME = 1e-12
"""Rates closer than this are the same rate (fraction)."""

MOST_NAMED = 6
"""Sectors that a message names."""

ENERGY = frozenset({"energy"})
"""Codes of sectors that customs formalities do not hold up: pipelines, cables and tankers."""


def share_paid(paid: np.ndarray, external: np.ndarray | float) -> np.ndarray:
    """Return the share of the external tariff that an origin pays, at most 1 (pure number).

    A preference is a margin, not a comparison of rates: 0 is free trade, 1 no preference, and a share between the two
    is free trade for a part of an origin's goods or members. It is kept when the external tariff moves.

    Parameters
    ----------
    paid
        Applied rates (fraction).
    external
        External tariff, of a shape that broadcasts (fraction). Beside one of zero a preference does not show, and the
        share is 1.
    """
    external = np.broadcast_to(external, np.shape(paid))
    return np.minimum(np.divide(paid, external, out=np.ones(np.shape(paid)), where=external > SAME), 1.0)


def dutiable_sectors(world: World) -> Bool[Array, " s"]:
    """Return which sectors carry a tariff somewhere [s] (boolean)."""
    return np.logical_or((world.external_tariff > 0).any(axis=0), (world.tariff > 0).any(axis=(0, 1)))


def naming_sectors(world: World, field: str) -> str:
    """Return what names the sectors of a world in a file, all of them where they are few: ``'sectors: [all]'``."""
    few = ", ".join(world.sectors[:MOST_NAMED]) + (", ..." if len(world.sectors) > MOST_NAMED else "")
    return f"'{field}: [{few}]'"


def goods_sectors(world: World) -> Bool[Array, " s"]:
    """Return which sectors are goods that pass a customs post: those with a tariff somewhere, but energy [s]."""
    energy = np.array([code in ENERGY for code in world.sectors])
    return np.logical_and(dutiable_sectors(world), ~energy)
