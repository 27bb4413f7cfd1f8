"""Welfare where labour is elastic: what people consume, less what the work costs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multipolar.equilibrium.result import Equilibrium
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["WELFARE", "equivalent_variation", "market_gain", "welfare_arrays"]

WELFARE: dict[str, str] = {
    "employment_pct": "labour supplied (percent)",
    "equivalent_variation_pct": "real income less the cost of the work behind it (percent of baseline income)",
    "equivalent_variation_usd_bn": "the same sum (USD billion a year)",
    "utility_pct": "the same sum (percent of baseline income less the cost of work)",
}
"""Measures of `equivalent_variation`, in column order, with their meaning and unit."""


def welfare_arrays(eq: Equilibrium) -> dict[str, Float64[Array, " d"]]:
    """Return every measure of `WELFARE` by name, in its unit [d]."""
    income = eq.world.final_demand.sum(axis=1)
    before = disutility(eq)
    supply = np.broadcast_to(np.asarray(eq.model.labour), income.shape)
    # v is L^(1 + 1/kappa): its growth needs no division by an elasticity of zero, where L does not move.
    exponent = np.divide(1.0 + supply, supply, out=np.zeros_like(income), where=supply > 0)
    gain = income * (eq.real_income_hat - 1.0) - before * (eq.employment_hat**exponent - 1.0)
    return {
        "employment_pct": 100 * (eq.employment_hat - 1.0),
        "equivalent_variation_pct": 100 * gain / income,
        "equivalent_variation_usd_bn": gain / 1e3,
        "utility_pct": 100 * gain / (income - before),
    }


def equivalent_variation(eq: Equilibrium) -> pd.DataFrame:
    """Return every measure of `WELFARE` by economy; with fixed labour it is the change of real income.

    Notes
    -----
    Utility is ``C - v(L)`` with ``v`` of constant elasticity ``1 + 1/kappa`` (preferences of Greenwood, Hercowitz &
    Huffman), so that labour supply has the elasticity ``kappa`` to the wage after tax over consumer prices and no
    income effect. The baseline's ``v`` is ``kappa / (1 + kappa)`` of labour income after tax. Everything that is bought
    counts as consumption, what the state buys too: ``C`` is final expenditure over prices.
    """
    import pandas as pd

    return pd.DataFrame(welfare_arrays(eq), index=pd.Index(eq.world.economies, name="economy"))[list(WELFARE)]


def disutility(eq: Equilibrium) -> Float64[Array, " o"]:
    """Cost of the work of the baseline, as money (USD million) [o]: what it is worth to those who supply it."""
    supply = np.asarray(eq.model.labour)
    return supply / (1.0 + supply) * (1.0 - baseline_tax(eq)) * eq.before.payroll.sum(axis=1)


def baseline_tax(eq: Equilibrium) -> Float64[Array, " o"]:
    """Tax on labour income in the baseline (fraction) [o]: given, or what the new duties replace, or none."""
    if eq.model.income_tax is not None:
        return np.broadcast_to(eq.model.income_tax, eq.wage_hat.shape)
    if eq.model.revenue == "lump-sum":
        return np.zeros_like(eq.wage_hat)
    after = (eq.tariff_revenue + eq.export_revenue) / eq.labour_income
    return after - eq.world.tariff_revenue / eq.before.payroll.sum(axis=1)


def market_gain(eq: Equilibrium) -> Float64[Array, "d s"]:
    """Log fall of prices from larger markets, served by more firms [d s]."""
    before = eq.world.expenditure
    grown = np.divide(eq.expenditure, before, out=np.ones_like(before), where=before > 0)
    size = np.asarray(eq.model.market_size)
    per_wage = np.log(grown) - np.log(eq.wage_hat)[:, None]
    return np.where(before > 0, (size[:, None] if size.ndim == 1 else size) * per_wage, 0.0)
