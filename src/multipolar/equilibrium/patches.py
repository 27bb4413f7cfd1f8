"""What scenarios change against the baseline of their world, cell by cell, for blocks of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from multipolar.equilibrium.calibration import Calibration
from multipolar.scenario.policy import Policy
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Change", "Patch", "block_size", "padded", "policy_change", "stack", "weakened"]

DENSEST, SMALL = 0.25, 20_000
"""A patch may touch this share of the trade matrix, or this many cells; above both one solve at a time is faster."""

LEAST_LEFT = 1e-3
"""Smallest share of a buyer's supply or a seller's sales that may remain: patches subtract, and lose digits below."""

WIDTHS = (1, 2, 4, 8, 16, 32, 64)
"""Numbers of rows or columns to which patches are filled up, so that few programs are compiled."""


class Patch(NamedTuple):
    """Changes of a block of scenarios against the baseline.

    Attributes
    ----------
    rows, columns
        Origins and destinations whose cells change, distinct within a scenario [b p], [b q]; None stands for all.
        Shorter lists are filled up with other economies, whose cells are zero below.
    attraction, net
        Change of the trade shares ``pi kappa_hat^(-theta)``, and of the same over ``1 + t'``; the buyer comes
        first here, so that a buyer's suppliers lie side by side [s b q p].
    transfer
        Lump sum received (USD million) [b d], or None for none.
    pooled, pool_share
        1 where the duties of an economy go into a pool [b c], and the share each receives from it [b d]; or None.
    """

    rows: np.ndarray | None
    columns: np.ndarray | None
    attraction: Float64[Array, "s b q p"]
    net: Float64[Array, "s b q p"]
    transfer: Float64[Array, "b d"] | None = None
    pooled: Float64[Array, "b c"] | None = None
    pool_share: Float64[Array, "b d"] | None = None


class Change(NamedTuple):
    """Changes of one scenario, as `Patch` without the axis `b`; rows and columns are sorted positions."""

    rows: np.ndarray
    columns: np.ndarray
    attraction: Float64[Array, "p q s"]
    net: Float64[Array, "p q s"]
    transfer: Float64[Array, " d"]
    pooled: Float64[Array, " c"]
    pool_share: Float64[Array, " d"]


def block_size(economies: int, sectors: int, linked: bool) -> int:
    """Return how many scenarios are iterated together.

    A function of the size of the world and of nothing else, so that neither chunks, workers nor limits of memory can
    change a digit. About 3 MB a block: what stays near a core.
    """
    state = economies * (1 + 2 * sectors) if linked else economies
    size = int(np.clip(3e6 / (8.0 * (18 * state + 10 * economies * sectors)), 16, 128))
    return size - size % 8  # whole tiles for the matrix products


def padded(coalitions: Sequence[Sequence[int]], economies: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """Return sorted positions, filled up with others to `width` [b q], and which entries are real [b q]."""
    sizes = np.array([len(members) for members in coalitions], dtype=int)
    outside = np.ones((len(coalitions), economies), dtype=bool)
    for row, members in enumerate(coalitions):
        outside[row, list(members)] = False
    return np.argsort(outside, axis=1, kind="stable")[:, :width], np.arange(width) < sizes[:, None]


def policy_change(world: World, base: Calibration, policy: Policy) -> Change | None:
    """Return what `policy` changes, or None where a patch would be large: solve it on its own then."""
    pool = _pool(policy)
    if pool is None or policy.taxes_exports:
        return None
    changed = (policy.tariff != world.tariff) | (policy.cost_hat != 1.0) | (policy.productivity_hat != 1.0)[:, None]
    changed &= base.trade_share > 0
    rows, columns = np.flatnonzero(changed.any(axis=(1, 2))), np.flatnonzero(changed.any(axis=(0, 2)))
    cells = len(rows) * len(columns) * len(world.sectors)
    if cells > max(DENSEST * changed.size, SMALL):
        return None
    cell = np.ix_(rows, columns)
    before, after = world.tariff[cell], policy.tariff[cell]
    kappa = (1.0 + after) / (1.0 + before) * policy.cost_hat[cell] / policy.productivity_hat[rows][:, None]
    share = base.trade_share[cell]
    with np.errstate(over="ignore", under="ignore"):
        attraction = share * kappa**-base.theta
    return Change(
        rows,
        columns,
        attraction - share,
        attraction / (1.0 + after) - share / (1.0 + before),
        np.asarray(policy.transfer),
        *pool,
    )


def _pool(policy: Policy) -> tuple[np.ndarray, np.ndarray] | None:
    """Return who pools duties and the shares in the pool, or None if there is more than one way of sharing."""
    share = policy.revenue_share
    pooled = (share != np.eye(len(share))).any(axis=0)
    if not pooled.any():
        return np.zeros(len(share)), np.zeros(len(share))
    one = share[:, int(np.argmax(pooled))]
    return (pooled.astype(float), one) if (share[:, pooled] == one[:, None]).all() else None


def weakened(world: World, base: Calibration, patch: Patch) -> np.ndarray:
    """Return which scenarios take nearly all supply from a buyer, or nearly all sales from a seller [b] (boolean).

    There a patch, which subtracts, would lose digits.
    """
    scenario = np.arange(patch.attraction.shape[1])[:, None]
    bought, sales = base.expenditure.T, world.trade_flow.sum(axis=1).T
    here, there = (np.arange(bought.shape[1])[None] if a is None else a for a in (patch.columns, patch.rows))
    taken = np.zeros((len(bought), len(scenario), bought.shape[1]))
    taken[:, scenario, here] = patch.attraction.sum(axis=3)
    lost = np.zeros_like(taken)
    spending = np.broadcast_to(bought[:, here], patch.net.shape[:3])
    lost[:, scenario, there] = np.einsum("sbqp,sbq->sbp", patch.net, spending)
    weak_buyer = (bought[:, None, :] > 0) & ~(1.0 + taken > LEAST_LEFT)
    weak_seller = (sales[:, None, :] > 0) & ~(sales[:, None, :] + lost > LEAST_LEFT * sales[:, None, :])
    return (weak_buyer | weak_seller).any(axis=(0, 2))


def stack(changes: Sequence[Change], economies: int, count: int) -> Patch:
    """Return one patch of `count` scenarios: the changes, filled up with scenarios that change nothing."""
    missing = count - len(changes)
    sectors = changes[0].attraction.shape[2]
    rows, row_place = _axis([c.rows for c in changes], economies, missing)
    columns, column_place = _axis([c.columns for c in changes], economies, missing)
    p = economies if rows is None else rows.shape[1]
    q = economies if columns is None else columns.shape[1]
    attraction, net = np.zeros((sectors, count, q, p)), np.zeros((sectors, count, q, p))
    for b, change in enumerate(changes):
        place = np.ix_(np.arange(sectors), column_place[b], row_place[b])
        attraction[:, b][place] = change.attraction.transpose(2, 1, 0)
        net[:, b][place] = change.net.transpose(2, 1, 0)

    def filled(arrays: list[np.ndarray]) -> np.ndarray | None:
        whole = np.concatenate([np.array(arrays), np.zeros((missing, economies))])
        return whole if whole.any() else None

    pooled = filled([c.pooled for c in changes])
    share = None if pooled is None else filled([c.pool_share for c in changes])
    return Patch(rows, columns, attraction, net, filled([c.transfer for c in changes]), pooled, share)


def _axis(places: list[np.ndarray], economies: int, missing: int) -> tuple[np.ndarray | None, list[np.ndarray]]:
    """Return positions by scenario filled up to one width (None for all), and where each change goes in them."""
    largest = max(1, *(len(p) for p in places)) if len(places) > 1 else max(1, len(places[0]))
    width = next((w for w in WIDTHS if w >= largest), economies)
    if 2 * width > economies:
        return None, places
    whole = [*places, *([np.empty(0, dtype=np.intp)] * missing)]
    return padded(whole, economies, width)[0], [np.arange(len(p)) for p in places]
