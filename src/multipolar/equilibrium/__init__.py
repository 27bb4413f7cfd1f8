"""General equilibrium of a world under a policy: solve, and read what it means."""

from __future__ import annotations

from multipolar.equilibrium.optimal import OptimalTariff, optimal_uniform_tariff, uniform_tariff
from multipolar.equilibrium.result import Equilibrium
from multipolar.equilibrium.solver import Case, Deficits, purge_deficits, solve, solve_many
from multipolar.equilibrium.welfare import (
    EFFECTS,
    creation_diversion,
    creation_diversion_arrays,
    decomposition,
    effect_arrays,
    effects,
    partner_trade,
    real_wage_decomposition,
    sector_output,
)

__all__ = [
    "EFFECTS",
    "Case",
    "Deficits",
    "Equilibrium",
    "OptimalTariff",
    "creation_diversion",
    "creation_diversion_arrays",
    "decomposition",
    "effect_arrays",
    "effects",
    "optimal_uniform_tariff",
    "partner_trade",
    "purge_deficits",
    "real_wage_decomposition",
    "sector_output",
    "solve",
    "solve_many",
    "uniform_tariff",
]
