"""Who trades how much with whom, weighed against size: dependence and its asymmetry, from trade shares alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multipolar.types import Array, Float64
from multipolar.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["dependence", "dependence_asymmetry", "international_power", "share_leverage"]


def dependence(world: World) -> pd.DataFrame:
    """Return the trade of each economy with each partner over its own GDP (Hirschman 1945).

    Returns
    -------
    DataFrame
        Index economy, columns partner: exports plus imports, net of duty, over GDP at market prices (percent); NaN on
        the diagonal.
    """
    return _table(world, 100 * _dependence(world))


def dependence_asymmetry(world: World) -> pd.DataFrame:
    """Return how much more each economy depends on the partner than the partner on it (percentage points of GDP).

    Positive where the partner holds the longer end.
    """
    share = 100 * _dependence(world)
    return _table(world, share - share.T)


def international_power(world: World) -> pd.DataFrame:
    """Return the power of each economy over each partner from asymmetric import dependence.

    Returns
    -------
    DataFrame
        Index economy, columns the partner over which it has power:
        ``100 sum_s (share of the partner's spending that it supplies - share of its own that the partner supplies) /
        theta_s`` (percent; antisymmetric). To first order ``share / theta`` is the buyer's loss when the supplier
        stops (`share_leverage`).

    Notes
    -----
    The construction that Liu & Yang (2025, International Power, NBER Working Paper 34006) describe in their abstract:
    asymmetric bilateral import dependence, weighted inversely by sectoral trade elasticities. The normalisation by
    final expenditure is ours.
    """
    cost = 100 * _cost_of_losing_supplier(world)
    return _table(world, cost - cost.T)


def share_leverage(world: World) -> pd.DataFrame:
    """Return the first-order loss of each economy when a partner stops supplying it, from trade shares alone.

    Returns
    -------
    DataFrame
        Index economy, columns partner: ``-100 sum_s spending_s / income * ln(1 - share_s) / theta_s`` (percent of
        income): what the price indices rise by at given costs. For years without a full world, and a check on
        `leverage`, which solves the whole equilibrium.
    """
    return _table(world, 100 * _cost_of_losing_supplier(world).T)


def gdp(world: World) -> Float64[Array, " d"]:
    """Return GDP at market prices: value added plus import duties (USD million) [d]."""
    return world.value_added.sum(axis=1) + world.tariff_revenue


def _dependence(world: World) -> np.ndarray:
    flow = world.trade_flow.sum(axis=2)
    return (flow + flow.T) / gdp(world)[:, None]


def _cost_of_losing_supplier(world: World) -> np.ndarray:
    """Loss of the buyer over its income when the supplier stops, at given costs (fraction) [supplier buyer]."""
    spending = (1.0 + world.tariff) * world.trade_flow
    total = spending.sum(axis=0)
    share = np.divide(spending, total, out=np.zeros_like(spending), where=total > 0)
    # A sole supplier has no finite first-order loss; inf says so and is not a rounding matter.
    with np.errstate(divide="ignore"):
        rise = -np.log1p(-np.minimum(share, 1.0)) / world.trade_elasticity
    weight = total / world.final_demand.sum(axis=1, keepdims=True)
    return np.where(weight > 0, rise * weight, 0.0).sum(axis=2)


def _table(world: World, values: np.ndarray) -> pd.DataFrame:
    import pandas as pd

    values = np.array(values)
    np.fill_diagonal(values, np.nan)
    return pd.DataFrame(
        values,
        index=pd.Index(world.economies, name="economy"),
        columns=pd.Index(world.economies, name="partner"),
    )
