"""Influence: dependence, leverage, poles and spheres, centre of gravity, alignment."""

from __future__ import annotations

from multipolar.influence.alignment import ideal_point_distance, s_score, similarity, switches, volatility
from multipolar.influence.dependence import dependence, dependence_asymmetry, international_power, share_leverage
from multipolar.influence.flows import import_leverage, reported
from multipolar.influence.geography import capitals, centre_of_gravity
from multipolar.influence.leverage import Leverage, cut_off, leverage
from multipolar.influence.poles import (
    communities,
    effective_number,
    outside_poles,
    pole_table,
    spheres,
    weights_of_poles,
)

__all__ = [
    "Leverage",
    "capitals",
    "centre_of_gravity",
    "communities",
    "cut_off",
    "dependence",
    "dependence_asymmetry",
    "effective_number",
    "ideal_point_distance",
    "import_leverage",
    "international_power",
    "leverage",
    "outside_poles",
    "pole_table",
    "reported",
    "s_score",
    "share_leverage",
    "similarity",
    "spheres",
    "switches",
    "volatility",
    "weights_of_poles",
]
