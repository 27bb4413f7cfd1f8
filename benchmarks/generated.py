"""Made-up worlds for the benchmarks: whatever is not drawn follows from the accounting identities."""

from __future__ import annotations

import numpy as np

from multipolar.world import World

__all__ = ["made_up_world"]


def made_up_world(
    name: str, flow: np.ndarray, tariff: np.ndarray, use: np.ndarray, trade_elasticity: np.ndarray
) -> World:
    """Return the balanced world with these flows [o d s], tariffs [o d s], inputs [o s k] and elasticities [s]."""
    n, _, s = flow.shape
    codes, sectors = tuple(f"E{i:03d}" for i in range(n)), tuple(f"s{i:02d}" for i in range(s))
    return World(
        name=f"{name}-{n}x{s}",
        year=2020,
        economies=codes,
        sectors=sectors,
        economy_names=codes,
        sector_names=sectors,
        members=tuple((code,) for code in codes),
        trade_flow=flow,
        tariff=tariff,
        external_tariff=tariff.max(axis=0),
        intermediate_use=use,
        value_added=flow.sum(axis=1) - use.sum(axis=2),
        final_demand=((1 + tariff) * flow).sum(axis=0) - use.sum(axis=1),
        trade_elasticity=trade_elasticity,
        flow_status=(flow > 0).astype(np.int8),
    )
