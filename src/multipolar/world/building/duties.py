"""Tariffs from published means and from who trades freely with whom."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np

from multipolar.atlas import clubs
from multipolar.atlas import members as club_members
from multipolar.types import Array, Float64
from multipolar.world.building.assemble import Report
from multipolar.world.building.pool import Pool
from multipolar.world.building.preferences import agreement_pairs, club_pairs, preference_matrix

__all__ = ["LEAST_OUTSIDE", "free_trade", "outsider_rates"]

LEAST_OUTSIDE = 1 / 3
"""Least share of imports from outsiders with which a mean over all imports is carried over to them (fraction)."""


def free_trade(pool: Pool, economies: Sequence[str], report: Report) -> Float64[Array, "o d"]:
    """Return the share of the external tariff that `d` waives on `o`, from clubs of the atlas and agreements [o d]."""
    day = pool.recipe.day
    pairs = club_pairs(day) if pool.recipe.preferences else set()
    step = f"Preferences: {len(pairs)} pairs of economies from clubs of the atlas on {day}"
    if pool.has("agreements"):
        more = agreement_pairs(pool.table("agreements").frame, pool.recipe.year, club_members("EU", day))
        step += f", {len(more - pairs)} more from agreements in force"
        pairs |= more
    if pool.recipe.preferences or pool.has("agreements"):
        report.steps.append(step + ".")
    return preference_matrix(pairs - {frozenset(pair) for pair in pool.recipe.no_preference}, economies)


def outsider_rates(
    pool: Pool, economies: Sequence[str], goods: Float64[Array, "o d"], free: Float64[Array, "o d"], report: Report
) -> Float64[Array, " d"]:
    """Return the mean rate on outsiders (fraction) such that the mean over all imports is ``tariff_mean_pct`` [d].

    The members of a union are published with one mean, over its imports from others: they are taken together.

    Parameters
    ----------
    goods
        Goods trade between economies, empty on the diagonal (USD million) [o d].
    free
        Share of the external tariff that `d` waives on `o` [o d].
    """
    bought, paying, weight = _pooled_imports(goods, free, economies, pool.recipe.day)
    mean = pool.vector("tariff_mean_pct", economies, goods.sum(axis=0)) / 100
    for union in _unions(economies, pool.recipe.day):
        mean[union] = np.average(mean[union], weights=weight[union])
    outside = np.divide(paying, bought, out=np.ones_like(bought), where=bought > 0)
    report.flag(
        "rate on outsiders is a guess, three times the mean: over two thirds of imports have a preference",
        [code for code, share in zip(economies, outside, strict=True) if share < LEAST_OUTSIDE],
    )
    return mean / np.maximum(outside, LEAST_OUTSIDE)


def _unions(economies: Sequence[str], day: dt.date) -> list[np.ndarray]:
    """Positions of the members of each union (the European Union): one external tariff, one entry in the statistics."""
    at = {code: i for i, code in enumerate(economies)}
    found = []
    for club in clubs().values():
        if club.kind == "union" and club.common_external_tariff and club.in_force(day):
            inside = [at[code] for code in club_members(club.id, day) if code in at]
            found += [np.array(inside)] if len(inside) > 1 else []
    return found


def _pooled_imports(
    goods: np.ndarray, free: np.ndarray, economies: Sequence[str], day: dt.date
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Imports, those of them that pay, and each economy's own imports from outside its union [d]."""
    bought, paying = goods.sum(axis=0), (goods * (1 - free)).sum(axis=0)
    own = bought.copy()
    for inside in _unions(economies, day):
        others = np.setdiff1d(np.arange(len(economies)), inside)
        own[inside] = goods[np.ix_(others, inside)].sum(axis=0)
        bought[inside] = own[inside].sum()
        paying[inside] = (goods * (1 - free))[np.ix_(others, inside)].sum()
    return bought, paying, own
