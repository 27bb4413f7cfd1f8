"""One sector, no inputs, no tariffs: the world that gravity programs solve, as a special case of the general model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from multipolar.equilibrium import Equilibrium, solve
from multipolar.errors import NotSolvedError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Proportional", "one_sector_world", "solve_proportional", "trade_cost_policy"]

MAX_ROUNDS = 200
SETTLED = 1e-12
"""Largest remaining change of a transfer, over world output: well below what a solve resolves."""


class Proportional(NamedTuple):
    """An equilibrium in which each economy's expenditure is a constant multiple of its output.

    Attributes
    ----------
    equilibrium
        The solution; its deficits are those of the last round.
    factor
        Common factor on the multiples (pure number). They cannot all stay as they were: world expenditure must equal
        world output at the new wages.
    """

    equilibrium: Equilibrium
    factor: float


def one_sector_world(
    name: str, year: int, economies: Sequence[str], flow: Float64[Array, "o d"], elasticity: float
) -> World:
    """Return a world of one sector made with labour alone.

    Parameters
    ----------
    flow
        Sales of origin to destination, home sales on the diagonal (USD million) [o d].
    elasticity
        Trade elasticity; the elasticity of substitution less one (pure number).
    """
    codes = tuple(economies)
    count = len(codes)
    return World(
        name=name,
        year=year,
        economies=codes,
        sectors=("all",),
        economy_names=codes,
        sector_names=("all trade",),
        members=tuple((code,) for code in codes),
        trade_flow=flow[:, :, None],
        tariff=np.zeros((count, count, 1)),
        external_tariff=np.zeros((count, 1)),
        intermediate_use=np.zeros((count, 1, 1)),
        value_added=flow.sum(axis=1)[:, None],
        final_demand=flow.sum(axis=0)[:, None],
        trade_elasticity=np.array([elasticity]),
        flow_status=np.ones((count, count, 1), dtype=np.int8),
    )


def trade_cost_policy(world: World, name: str, partial_effect: Float64[Array, "o d"]) -> Policy:
    """Return the policy whose trade costs move trade at given wages by ``exp(partial_effect)`` [o d]."""
    cost = np.exp(-partial_effect[:, :, None] / world.trade_elasticity)
    return replace(status_quo(world, name), cost_hat=cost)


def solve_proportional(world: World, policy: Policy) -> Proportional:
    """Solve with expenditure a constant multiple of output, up to a factor common to all economies.

    Notes
    -----
    Reached with fixed deficits and transfers that are corrected until they settle, so the engine needs no closure of
    its own for it.

    Raises
    ------
    NotSolvedError
        If the transfers do not settle.
    """
    output = world.value_added.sum(axis=1)
    expenditure = world.final_demand.sum(axis=1)
    transfer, gap = np.zeros_like(output), np.inf
    for _ in range(MAX_ROUNDS):
        eq = solve(world, replace(policy, transfer=transfer))
        earned = output * eq.wage_hat
        wanted = expenditure * eq.wage_hat
        factor = float(earned.sum() / wanted.sum())
        corrected = factor * wanted - earned - world.deficit
        # Rounding leaves a sum of about 1e-16 of world output; nobody may pay it.
        corrected -= corrected.mean()
        gap = float(np.abs(corrected - transfer).max() / output.sum())
        if gap < SETTLED:
            return Proportional(eq, factor)
        transfer = corrected
    raise NotSolvedError(
        f"scenario '{policy.name}' in world '{world.name}': transfers that keep expenditure proportional to output did "
        f"not settle in {MAX_ROUNDS} rounds (gap {gap:.1e}); try a smaller shock",
        residual=gap,
        iterations=MAX_ROUNDS,
    )
