"""The tariff that an economy would choose for itself in the model: a yardstick printed beside tariff scenarios."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multipolar.equilibrium.instruments import Instruments, tariff_instruments
from multipolar.equilibrium.solver import Deficits, solve
from multipolar.errors import InputError, NotSolvedError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World

__all__ = [
    "OptimalLevel",
    "OptimalTariff",
    "optimal_tariff_level",
    "optimal_uniform_tariff",
    "scaled_tariff",
    "uniform_tariff",
]


@dataclass(frozen=True)
class OptimalTariff:
    """Optimal uniform tariff of one economy; an origin with a preference keeps its margin.

    Parameters
    ----------
    economy
        Code.
    rate
        Rate that maximises its real income, others passive (fraction).
    gain_pct
        Real income at that rate against today's tariffs (percent); below zero where today's rates differ by sector to
        better effect than any uniform one.
    current
        Import-weighted mean rate today on the same cells, before margins (fraction).
    """

    economy: str
    rate: float
    gain_pct: float
    current: float


@dataclass(frozen=True)
class OptimalLevel:
    """Optimal level of the tariff schedule that an economy has: all its rates moved by one factor.

    Parameters
    ----------
    economy
        Code.
    factor
        Factor on every rate that maximises its real income, others passive (pure number).
    rate
        Mean rate at that factor on the imports that pay duty today, weighted by them (fraction).
    gain_pct
        Real income there against today (percent). Today's schedule is one of those that are compared, so this is not
        below zero by more than the search leaves open.
    current
        The same mean today (fraction).
    """

    economy: str
    factor: float
    rate: float
    gain_pct: float
    current: float


def uniform_tariff(world: World, economy: str, rate: float, sectors: Sequence[str] | None = None) -> Policy:
    """Return the policy in which one economy charges `rate` on every origin, those with a preference by its margin.

    Raises
    ------
    InputError
        If the economy has no imports on which it could fall.
    """
    policy = status_quo(world)
    instruments = _one_rate(world, policy, economy, sectors)
    return instruments.apply(policy, np.array([rate]), f"{economy} at {100 * rate:.1f}%")


def optimal_uniform_tariff(
    world: World,
    economy: str,
    *,
    sectors: Sequence[str] | None = None,
    deficits: Deficits = "fixed",
    highest: float = 1.0,
) -> OptimalTariff:
    """Find the uniform tariff in ``[0, highest]`` that maximises an economy's real income.

    Parameters
    ----------
    world
        Baseline.
    economy
        Who sets the tariff.
    sectors
        Which sectors it covers; by default those in which it charges outsiders anything today.
    deficits
        Closure, as in `solve`.
    highest
        Upper end of the search (fraction).

    Raises
    ------
    NotSolvedError
        If an equilibrium on the way cannot be solved.
    UnknownNameError
        If economy or sector is not in the world.
    InputError
        If the economy has no imports on which such a tariff could fall.
    """
    policy = status_quo(world)
    instruments = _one_rate(world, policy, economy, sectors)
    rate, gain_pct = _best(
        world, economy, lambda rate: instruments.apply(policy, np.array([rate]), economy), deficits, highest
    )
    return OptimalTariff(economy, rate, gain_pct, float(instruments.rates(world, policy)[0]))


def scaled_tariff(world: World, economy: str, factor: float) -> Policy:
    """Return the policy in which one economy's rates, preferential and external ones, are multiplied by `factor`."""
    policy = status_quo(world, f"{economy} at {factor:.2f} times its tariff")
    tariff, external = np.array(policy.tariff), np.array(policy.external_tariff)
    d = world.economy_index(economy)
    tariff[:, d] *= factor
    external[d] *= factor
    return replace(policy, tariff=tariff, external_tariff=external)


def optimal_tariff_level(
    world: World, economy: str, *, deficits: Deficits = "fixed", highest: float = 1.0
) -> OptimalLevel:
    """Find the factor on an economy's tariff schedule that maximises its real income.

    One uniform rate would compare two things at once, a level and the flattening of a schedule that may differ by
    sector to good effect. Here the schedule keeps its shape, preferences their margins, and only its level moves.

    Parameters
    ----------
    world
        Baseline.
    economy
        Who sets the tariff.
    deficits
        Closure, as in `solve`.
    highest
        Highest mean rate that is tried (fraction).

    Raises
    ------
    NotSolvedError
        If an equilibrium on the way cannot be solved.
    UnknownNameError
        If the economy is not in the world.
    InputError
        If the economy charges no duty on any of its imports.
    """
    d = world.economy_index(economy)
    paying = np.where(world.tariff[:, d] > 0, world.trade_flow[:, d], 0.0)
    if paying.sum() <= 0:
        raise InputError(f"'{economy}' charges no duty on any of its imports; there is no schedule to move")
    current = float((paying * world.tariff[:, d]).sum() / paying.sum())
    rate, gain_pct = _best(
        world, economy, lambda rate: scaled_tariff(world, economy, rate / current), deficits, max(highest, current)
    )
    return OptimalLevel(economy, rate / current, rate, gain_pct, current)


def _one_rate(world: World, policy: Policy, economy: str, sectors: Sequence[str] | None) -> Instruments:
    return tariff_instruments(world, policy, {economy: [economy]}, by="uniform", sectors=sectors)


def _best(
    world: World, economy: str, policy_at: Callable[[float], Policy], deficits: Deficits, highest: float
) -> tuple[float, float]:
    """Return the rate in ``[0, highest]`` with the highest real income, and the gain over today (percent)."""
    from scipy.optimize import minimize_scalar

    d = world.economy_index(economy)

    def loss(rate: float) -> float:
        return -float(np.log(solve(world, policy_at(float(rate)), deficits=deficits).real_income_hat[d]))

    found: Any = minimize_scalar(loss, bounds=(0.0, highest), method="bounded", options={"xatol": 1e-4})
    if not found.success:
        raise NotSolvedError(f"the search for the optimal tariff of '{economy}' did not converge: {found.message}")
    today = -float(np.log(solve(world, status_quo(world), deficits=deficits).real_income_hat[d]))
    return float(found.x), float(100 * np.expm1(today - found.fun))
