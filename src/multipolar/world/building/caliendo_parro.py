"""The world of 1993 of Caliendo & Parro (2015), balanced without solving it again: inputs nobody can supply are cut.

The authors set negative final demand to zero and let the model find a new baseline. Here trade and output stay as they
are; where a region uses more of a sector than it buys, its inputs of it are cut and value added rises by as much.
"""

from __future__ import annotations

import numpy as np

from multipolar.data.readers.caliendo_parro import REGIONS, SECTORS, Files
from multipolar.world.building.assemble import Report, cut_inputs, make_world
from multipolar.world.building.pool import Pool
from multipolar.world.model import World

__all__ = ["build"]

FLOOR = 1e-6
"""Least share of a sector's supply that goes to final demand, and of output that is value added (fraction)."""


def build(pool: Pool, report: Report) -> World:
    """Build the world; ``sources.folder`` names one file of the folder, ``IO.txt``."""
    made: Files = pool.table("folder")
    home = np.arange(len(REGIONS))
    flow = made.flow.copy()
    flow[home, home] += made.output - made.flow.sum(axis=1)
    output = flow.sum(axis=1)
    use = made.input_share * (1 - made.value_added_share)[:, :, None] * output[:, :, None]
    supply = ((1 + made.before) * flow).sum(axis=0)
    cut, factor = cut_inputs(use, supply, output, FLOOR)
    places = [f"{REGIONS[d]} sector-{k + 1:02d} x {factor[d, k]:.3f}" for d, k in np.argwhere(factor < 1 - 1e-9)]
    report.flag("inputs cut to what the region buys", sorted(places, key=lambda text: text.rsplit(" ", 1)[1]))
    report.steps.append("Gross output is at least exports; home sales are output less exports; trade stays as it is.")
    value_added = output - cut.sum(axis=2)
    for i, code in enumerate(REGIONS):
        report.move(
            "value added", code, float((made.value_added_share[i] * output[i]).sum()), float(value_added[i].sum())
        )
    sectors = tuple(f"sector-{i + 1:02d}" for i in range(SECTORS))
    return make_world(
        pool.recipe,
        REGIONS,
        sectors,
        {
            "trade_flow": flow,
            "tariff": made.before,
            "external_tariff": made.before.max(axis=0),
            "intermediate_use": cut,
            "value_added": value_added,
            "final_demand": supply - cut.sum(axis=1),
            "trade_elasticity": made.trade_elasticity,
            "flow_status": (flow > 0).astype(np.int8),
        },
    )
