"""General equilibrium of a world under a policy: solve, and read what it means."""

from __future__ import annotations

from multipolar.equilibrium.batch import Batch, estimate_memory, solve_batch, solve_coalitions
from multipolar.equilibrium.coalitions import BlocRule, bloc_policy, coalitions_of
from multipolar.equilibrium.exposure import (
    friends_and_enemies,
    productivity_exposure,
    tariff_exposure,
    trade_cost_exposure,
)
from multipolar.equilibrium.gradient import Gradient, Objective, RealIncome, differentiate, real_income
from multipolar.equilibrium.instruments import Instruments, tariff_instruments
from multipolar.equilibrium.labour import WELFARE, equivalent_variation, welfare_arrays
from multipolar.equilibrium.model import Closure, Model, RevenueUse
from multipolar.equilibrium.optimal import (
    OptimalLevel,
    OptimalTariff,
    optimal_tariff_level,
    optimal_uniform_tariff,
    scaled_tariff,
    uniform_tariff,
)
from multipolar.equilibrium.result import Equilibrium
from multipolar.equilibrium.solver import Case, Deficits, purge_deficits, solve, solve_many
from multipolar.equilibrium.tariff_games import (
    CooperativeTariffs,
    NashTariffs,
    OptimalTariffs,
    TariffChoice,
    cooperative_tariffs,
    nash_tariffs,
    optimal_tariffs,
)
from multipolar.equilibrium.welfare import (
    EFFECTS,
    WELFARE_PARTS,
    balance_gap_arrays,
    bloc_trade,
    creation_diversion,
    creation_diversion_arrays,
    decomposition,
    decomposition_arrays,
    effect_arrays,
    effects,
    partner_trade,
    real_wage_decomposition,
    sector_output,
    split_inside,
    welfare_decomposition,
    welfare_decomposition_arrays,
)

__all__ = [
    "EFFECTS",
    "WELFARE",
    "WELFARE_PARTS",
    "Batch",
    "BlocRule",
    "Case",
    "Closure",
    "CooperativeTariffs",
    "Deficits",
    "Equilibrium",
    "Gradient",
    "Instruments",
    "Model",
    "NashTariffs",
    "Objective",
    "OptimalLevel",
    "OptimalTariff",
    "OptimalTariffs",
    "RealIncome",
    "RevenueUse",
    "TariffChoice",
    "balance_gap_arrays",
    "bloc_policy",
    "bloc_trade",
    "coalitions_of",
    "cooperative_tariffs",
    "creation_diversion",
    "creation_diversion_arrays",
    "decomposition",
    "decomposition_arrays",
    "differentiate",
    "effect_arrays",
    "effects",
    "equivalent_variation",
    "estimate_memory",
    "friends_and_enemies",
    "nash_tariffs",
    "optimal_tariff_level",
    "optimal_tariffs",
    "optimal_uniform_tariff",
    "partner_trade",
    "productivity_exposure",
    "purge_deficits",
    "real_income",
    "real_wage_decomposition",
    "scaled_tariff",
    "sector_output",
    "solve",
    "solve_batch",
    "solve_coalitions",
    "solve_many",
    "split_inside",
    "tariff_exposure",
    "tariff_instruments",
    "trade_cost_exposure",
    "uniform_tariff",
    "welfare_arrays",
    "welfare_decomposition",
    "welfare_decomposition_arrays",
]
