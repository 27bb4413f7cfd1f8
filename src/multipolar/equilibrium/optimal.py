"""The tariff that an economy would choose for itself in the model: a yardstick printed beside tariff scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from multipolar.equilibrium.solver import Deficits, solve
from multipolar.errors import NotSolvedError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World

__all__ = ["OptimalTariff", "optimal_uniform_tariff", "uniform_tariff"]


@dataclass(frozen=True)
class OptimalTariff:
    """Optimal uniform tariff of one economy on origins without a preference.

    Parameters
    ----------
    economy
        Code.
    rate
        Rate that maximises its real income, others passive (fraction).
    gain_pct
        Real income at that rate against today's tariffs (percent).
    current
        Import-weighted mean rate today on the same cells (fraction).
    """

    economy: str
    rate: float
    gain_pct: float
    current: float


def uniform_tariff(world: World, economy: str, rate: float, sectors: Sequence[str] | None = None) -> Policy:
    """Return the policy in which one economy charges `rate` on every origin without a preference."""
    policy = status_quo(world, f"{economy} at {100 * rate:.1f}%")
    tariff, external = np.array(policy.tariff), np.array(policy.external_tariff)
    cells, d = _cells(world, economy, sectors)
    tariff[:, d, :] = np.where(cells, rate, tariff[:, d, :])
    external[d] = np.where(cells.any(axis=0), rate, external[d])
    return replace(policy, tariff=tariff, external_tariff=external)


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
    """
    from scipy.optimize import minimize_scalar

    d = world.economy_index(economy)

    def loss(rate: float) -> float:
        eq = solve(world, uniform_tariff(world, economy, float(rate), sectors), deficits=deficits)
        return -float(np.log(eq.real_income_hat[d]))

    found: Any = minimize_scalar(loss, bounds=(0.0, highest), method="bounded", options={"xatol": 1e-4})
    if not found.success:
        raise NotSolvedError(f"the search for the optimal tariff of '{economy}' did not converge: {found.message}")
    cells, d = _cells(world, economy, sectors)
    imports = np.where(cells, world.trade_flow[:, d, :], 0.0)
    current = float((imports * world.tariff[:, d, :]).sum() / imports.sum()) if imports.sum() > 0 else 0.0
    today = solve(world, status_quo(world), deficits=deficits).real_income_hat[d]
    return OptimalTariff(economy, float(found.x), float(100 * (np.exp(-found.fun) / today - 1)), current)


def _cells(world: World, economy: str, sectors: Sequence[str] | None) -> tuple[np.ndarray, int]:
    """Cells [o s] on which the economy's external tariff falls: foreign origins without a preference."""
    d = world.economy_index(economy)
    external = world.external_tariff[d]
    chosen = (
        external > 0
        if sectors is None
        else np.isin(world.sectors, [world.sectors[world.sector_index(s)] for s in sectors])
    )
    outsider = world.tariff[:, d, :] >= external - 1e-12
    outsider[d] = False
    return outsider & chosen, d
