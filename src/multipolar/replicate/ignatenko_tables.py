"""Measures of the tables of Ignatenko et al. (2025), from an equilibrium, as the authors define them."""

from __future__ import annotations

import numpy as np

from multipolar.equilibrium import Equilibrium, welfare_arrays
from multipolar.equilibrium.labour import baseline_tax
from multipolar.replicate.ignatenko_setup import EU, Baseline
from multipolar.types import Array, Float64

__all__ = ["FEDERAL_BUDGET", "MEASURES", "authors_welfare", "averages", "measures", "world_totals"]

MEASURES = (
    "welfare_pct",
    "deficit_pct",
    "exports_to_gdp_pct",
    "imports_to_gdp_pct",
    "employment_pct",
    "consumer_price_pct",
    "tariff_revenue_pct",
)
"""In the order of the authors' files. ``tariff_revenue_pct`` is duties over baseline expenditure."""

FEDERAL_BUDGET = 0.23
"""US federal budget over GDP in the paper's Table 3 (fraction)."""


def measures(eq: Equilibrium, found: Baseline) -> dict[str, Float64[Array, " d"]]:
    """Return every measure by name (percent) [d], with two more.

    ``utility_pct`` is the exact counterpart of ``welfare_pct``, ``revenue_of_budget_pct`` duties in units of the
    federal budget.
    """
    flow, before = eq.trade_flow[:, :, 0], eq.world.trade_flow[:, :, 0]
    level = price_level(eq)
    gap, gap_before = (f.sum(axis=0) - f.sum(axis=1) for f in (flow / level, before))
    earned, earned_before = eq.labour_income, eq.before.payroll[:, 0]
    away = ~np.eye(len(flow), dtype=bool)
    trade, trade_before = flow * away, before * away
    revenue = 100 * eq.tariff_revenue / level / eq.world.expenditure[:, 0]
    return {
        "welfare_pct": 100 * (authors_welfare(eq) - 1),
        "deficit_pct": 100 * (gap - gap_before) / np.abs(gap_before),
        "exports_to_gdp_pct": 100 * (trade.sum(axis=1) / earned / (trade_before.sum(axis=1) / earned_before) - 1),
        "imports_to_gdp_pct": 100 * (trade.sum(axis=0) / earned / (trade_before.sum(axis=0) / earned_before) - 1),
        "employment_pct": 100 * (eq.employment_hat - 1),
        "consumer_price_pct": 100 * (eq.price_hat[:, 0] / level - 1),
        "tariff_revenue_pct": revenue,
        "revenue_of_budget_pct": revenue / FEDERAL_BUDGET,
        "utility_pct": welfare_arrays(eq)["utility_pct"],
    }


def authors_welfare(eq: Equilibrium) -> Float64[Array, " d"]:
    """Change factor of welfare as the authors compute it (pure number) [d].

    Real income less the cost of work, which moves with real labour income *before* tax: the factor by which the tax
    fell is left out, although labour supply answers to it. `welfare_arrays` puts it in.
    """
    price = eq.consumer_price_hat
    income = eq.world.final_demand.sum(axis=1)
    supply = np.asarray(eq.model.labour)
    work = supply / (1 + supply) * (1 - baseline_tax(eq)) * eq.before.payroll[:, 0]
    worked = work * eq.labour_income / eq.before.payroll[:, 0] / price
    return (eq.income / price - worked) / (income - work)


def price_level(eq: Equilibrium) -> float:
    """The authors' numeraire in ours: the mean consumer price by expenditure; with inputs, the mean wage by income."""
    if eq.world.intermediate_use.any():
        weight, value = eq.before.payroll[:, 0], eq.wage_hat
    else:
        weight, value = eq.world.expenditure[:, 0], eq.price_hat[:, 0]
    return float((weight * value).sum() / weight.sum())


def averages(found: Baseline, values: Float64[Array, " d"], weight: Float64[Array, " d"]) -> dict[str, float]:
    """Weighted means of the authors' groups."""
    us, china, eu = [found.us], found.positions(("CHN",)), found.positions(EU)
    everybody = range(len(values))
    groups = {
        "EU": eu,
        "ROW": [i for i in everybody if i not in {*us, *china, *eu}],
        "NON-USA": [i for i in everybody if i not in us],
    }
    return {name: float(np.average(values[at], weights=weight[at])) for name, at in groups.items()}


def world_totals(eq: Equilibrium) -> dict[str, float]:
    """World trade over world income, trade with duty (percent), and employment weighted by income (percent)."""
    away = ~np.eye(len(eq.world.economies), dtype=bool)
    after = ((1 + eq.policy.tariff) * eq.trade_flow)[:, :, 0][away].sum() / eq.labour_income.sum()
    earned = eq.before.payroll[:, 0]
    before = eq.world.trade_flow[:, :, 0][away].sum() / earned.sum()
    return {
        "trade_to_gdp_pct": 100 * float(after / before - 1),
        "employment_pct": 100 * float(np.average(eq.employment_hat - 1, weights=earned)),
    }
