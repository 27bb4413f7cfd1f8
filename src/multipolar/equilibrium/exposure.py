"""Friends and enemies: how much a small shock anywhere moves everybody's wage and real income, to first order.

Kleinman, Liu & Redding (2024, "International Friends and Enemies", American Economic Journal: Macroeconomics 16(4),
350-385, doi:10.1257/mac.20220223) obtain the whole network from one matrix inversion. Here the same derivatives come
from the general model by implicit differentiation, so sectors, inputs, duties and deficits are all in; the closed form
for one sector without duties and with balanced trade is kept beside it.

Conventions: an entry is ``d ln y / d ln shock`` (an elasticity), by tariff ``d ln y / d t``; shocks are productivity
up, trade cost up, tariff up. Income is the wage; the numeraire is world value added, so wage exposures weighted by
value added sum to zero. Welfare is real income, duties and deficit included. By productivity, a positive welfare entry
is a friend and a negative one an enemy.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from multipolar.equilibrium.gradient import (
    DENSE_LIMIT,
    Point,
    chain,
    check_residual,
    dense_multipliers,
    linearise,
    programs,
)
from multipolar.equilibrium.result import Equilibrium
from multipolar.errors import InputError, WorldError
from multipolar.world import World

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["MEMORY_LIMIT", "friends_and_enemies", "productivity_exposure", "tariff_exposure", "trade_cost_exposure"]

MEMORY_LIMIT = 2 * 1024**3
"""Largest table of exposures that is formed (bytes)."""


def productivity_exposure(
    eq: Equilibrium, *, by_sector: bool = False, economies: Sequence[str] | None = None
) -> xr.Dataset:
    """Return the exposure of wages and real incomes to productivity everywhere.

    Parameters
    ----------
    eq
        Where to linearise; the status quo is ``solve(world, status_quo(world))``.
    by_sector
        Whether a shock hits one sector of the source, or all at once.
    economies
        Whose exposure; by default everybody's.

    Returns
    -------
    xarray.Dataset
        ``income`` and ``welfare`` with dimensions (economy, source[, sector]).

    Notes
    -----
    Up to `DENSE_LIMIT` unknowns (``N + 2 N S``) one dense factorisation serves all right-hand sides; above that each
    row is one GMRES solve of the transposed system, so that there is no limit but time.
    """
    return _derivatives(eq, economies, by_sector, 2, ("source",))


def trade_cost_exposure(
    eq: Equilibrium, *, by_sector: bool = False, economies: Sequence[str] | None = None
) -> xr.Dataset:
    """Return the exposure of wages and real incomes to the iceberg trade cost of every pair.

    Returns
    -------
    xarray.Dataset
        ``income`` and ``welfare`` with dimensions (economy, origin, destination[, sector]); sum over cells for shocks
        that come together, such as everything that an economy imports.

    Raises
    ------
    InputError
        If the table would exceed `MEMORY_LIMIT`; ask for fewer `economies`.
    """
    return _derivatives(eq, economies, by_sector, 1, ("origin", "destination"))


def tariff_exposure(eq: Equilibrium, *, by_sector: bool = False, economies: Sequence[str] | None = None) -> xr.Dataset:
    """Return the semi-elasticity of wages and real incomes to every applied tariff: log change per unit of the rate.

    Returns and raises as `trade_cost_exposure`.
    """
    return _derivatives(eq, economies, by_sector, 0, ("origin", "destination"))


def friends_and_enemies(world: World) -> xr.Dataset:
    """Return the closed-form exposures of one sector without inputs, with no duties and balanced trade.

    With S the expenditure shares [importer exporter], T the income shares [exporter importer], q the shares in world
    income, ``M = T S - I``, ``V = (T + theta T S) / (1 + theta)`` and Q a matrix whose rows are q: wages
    ``W = -theta / (1 + theta) (I - V + Q)^-1 M``, welfare ``U = (I - S) W + S``. For the trade cost from o to d the
    right-hand side is ``theta / (1 + theta) (T_id S_do - [i = o] T_id)``; welfare loses the direct ``[i = d] S_do``.
    Q picks the numeraire ``q' d ln w = 0``.

    Returns
    -------
    xarray.Dataset
        ``income``, ``welfare`` (economy, source); ``income_trade_cost``, ``welfare_trade_cost`` (economy, origin,
        destination).

    Raises
    ------
    WorldError
        If the world has several sectors, inputs, duties or deficits: use `productivity_exposure` there.
    """
    _check_simple(world)
    flow, theta = world.trade_flow[:, :, 0], float(world.trade_elasticity[0])
    n = len(flow)
    spent = (flow / flow.sum(axis=0)).T
    earned = flow / flow.sum(axis=1, keepdims=True)
    size = flow.sum(axis=1) / flow.sum()
    cross = earned @ spent
    system = np.eye(n) - (earned + theta * cross) / (1 + theta) + size[None, :]
    # Cells o d as columns: the seller o loses T_od, everybody who sells to d gains in proportion to S_do.
    cost = earned[:, None, :] * spent.T[None, :, :]
    cost[np.arange(n), np.arange(n), :] -= earned
    right = theta / (1 + theta) * np.concatenate([np.eye(n) - cross, cost.reshape(n, n * n)], axis=1)
    wage = np.linalg.solve(system, right)
    welfare = wage - spent @ wage
    direct = np.zeros((n, n, n))
    direct[np.arange(n), :, np.arange(n)] = spent
    by_source = _dataset(world.economies, np.stack([welfare[:, :n] + spent, wage[:, :n]]), {"source": world.economies})
    cells = np.stack([welfare[:, n:].reshape(n, n, n) - direct, wage[:, n:].reshape(n, n, n)])
    by_cell = _dataset(world.economies, cells, {"origin": world.economies, "destination": world.economies})
    return by_source.merge(by_cell.rename({"income": "income_trade_cost", "welfare": "welfare_trade_cost"}))


def _derivatives(
    eq: Equilibrium, economies: Sequence[str] | None, by_sector: bool, what: int, axes: tuple[str, ...]
) -> xr.Dataset:
    """Derivatives of log real income and log wage by tariff (what = 0), log cost (1) or log productivity (2)."""
    world = eq.world
    rows = world.economies if economies is None else tuple(economies)
    at = [world.economy_index(code) for code in rows]
    n, s = world.value_added.shape
    shape = (n,) * len(axes) + ((s,) if by_sector else ())
    _check_memory(len(rows), shape)
    seeds = np.zeros((2, len(rows), 2, n))
    for measure in (0, 1):
        seeds[measure, np.arange(len(rows)), measure, at] = 1.0
    point, seeds = linearise(eq), seeds.reshape(2 * len(rows), 2, n)
    values = np.empty((2 * len(rows), *shape))
    # Row by row, so that the derivatives by both attraction matrices never stand in memory for all rows.
    for i, (seed, multiplier) in enumerate(zip(seeds, _multipliers(point, eq, seeds), strict=True)):
        pulled = programs().pull(*point.state, seed, multiplier, point.scale)
        row = chain(point, eq, *(np.asarray(part) for part in pulled))[what]
        values[i] = row if by_sector else row.sum(axis=-1)
    labels = dict.fromkeys(axes, world.economies) | ({"sector": world.sectors} if by_sector else {})
    return _dataset(rows, values.reshape(2, len(rows), *shape), labels)


def _multipliers(point: Point, eq: Equilibrium, seeds: np.ndarray) -> np.ndarray:
    if point.size <= DENSE_LIMIT:
        multipliers, residual = dense_multipliers(point, seeds)
    else:
        found, missed = programs().many(*point.state, seeds, point.scale)
        multipliers, residual = np.asarray(found), float(np.max(missed))
    check_residual(residual, eq)
    return multipliers


def _check_memory(rows: int, shape: tuple[int, ...]) -> None:
    needed = 16 * rows * math.prod(shape)
    if needed > MEMORY_LIMIT:
        raise InputError(
            f"exposures of {rows} economies to {' x '.join(map(str, shape))} shocks would take "
            f"{needed / 1024**3:.1f} GiB against a limit of {MEMORY_LIMIT / 1024**3:.1f}; ask for fewer economies"
        )


def _dataset(rows: Sequence[str], values: np.ndarray, axes: dict[str, tuple[str, ...]]) -> xr.Dataset:
    """Label values [2 economy ...]: welfare first, wage second."""
    import xarray as xr

    dims = ("economy", *axes)
    return xr.Dataset(
        {"income": (dims, values[1]), "welfare": (dims, values[0])},
        coords={"economy": list(rows), **{name: list(codes) for name, codes in axes.items()}},
        attrs={"income": "log wage, numeraire world value added", "welfare": "log real income"},
    )


def _check_simple(world: World) -> None:
    """Refuse what the closed form does not cover, and say which verb does."""
    remedy = "the closed form needs one sector without inputs, duties or deficits; use productivity_exposure"
    if len(world.sectors) != 1:
        raise WorldError(f"world '{world.name}' has {len(world.sectors)} sectors; {remedy}")
    if (world.intermediate_use != 0).any():
        raise WorldError(f"world '{world.name}' has inputs; {remedy}")
    if (world.tariff * world.trade_flow != 0).any():
        raise WorldError(f"world '{world.name}' has import duties; {remedy}")
    worst = int(np.argmax(np.abs(world.deficit) / world.output.sum(axis=1)))
    if abs(world.deficit[worst]) > 1e-9 * world.output[worst].sum():
        raise WorldError(f"world '{world.name}': trade of '{world.economies[worst]}' is not balanced; {remedy}")
