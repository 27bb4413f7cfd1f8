"""Random numbers that depend on seed, draw and what is drawn, and on nothing else.

A stream that is read in order gives other numbers once a worker, a scenario or a figure is added. Here each number is
a hash of its own address, so that draw 17 of Kazakhstan's tariff is the same whoever asks, and in whatever order.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from multipolar.types import Array, Float64

__all__ = ["Uniform", "median", "percentile_band", "uniform"]

Uniform = Callable[[str], float]
"""From the name of a quantity to a number in [0, 1)."""

LOW, HIGH = 5.0, 95.0
"""Percentiles of the draws that a band shows."""


def uniform(seed: int, draw: int) -> Uniform:
    """Return the uniform numbers of one draw.

    Parameters
    ----------
    seed, draw
        Whole numbers; the draw counts from 0.

    Returns
    -------
    callable
        ``u(key)`` in [0, 1), with 53 random bits; equal arguments give equal numbers on every machine.
    """
    prefix = f"multipolar/{int(seed)}/{int(draw)}/".encode()

    def value(key: str) -> float:
        digest = blake2b(prefix + key.encode(), digest_size=8).digest()
        return (int.from_bytes(digest, "big") >> 11) * 2.0**-53

    return value


def percentile_band(values: Float64[Array, "draw ..."]) -> tuple[np.ndarray, np.ndarray]:
    """Return the 5th and 95th percentile over the first axis, draws with NaN left out; NaN below two draws.

    Parameters
    ----------
    values
        One value per draw, NaN where a draw failed [draw ...].
    """
    low, high = _over_draws(
        values,
        2,
        lambda full: np.percentile(full, [LOW, HIGH], axis=0),
        lambda gaps: np.nanpercentile(gaps, [LOW, HIGH], axis=0),
    )
    return low, high


def median(values: Float64[Array, "draw ..."]) -> np.ndarray:
    """Return the median over the first axis, draws with NaN left out; NaN below two draws.

    Parameters
    ----------
    values
        One value per draw, NaN where a draw failed [draw ...].
    """
    return _over_draws(
        values,
        1,
        lambda full: np.median(full, axis=0)[None],
        lambda gaps: np.nanmedian(gaps, axis=0)[None],
    )[0]


def _over_draws(
    values: np.ndarray,
    count: int,
    of_full: Callable[[np.ndarray], np.ndarray],
    of_gaps: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """Return so many statistics over the draws [statistic ...], columns with NaN apart: NumPy takes those one by one.

    Both give the same bits where nothing is missing.
    """
    columns = values.reshape(len(values), math.prod(values.shape[1:]))
    known = np.isfinite(columns).sum(axis=0)
    full = known == len(columns)
    gaps = ~full & (known >= 2)
    found = np.full((count, columns.shape[1]), np.nan)
    if len(columns) >= 2 and full.any():
        found[:, full] = of_full(columns if full.all() else columns[:, full])
    if gaps.any():
        found[:, gaps] = of_gaps(columns[:, gaps])
    return found.reshape(count, *values.shape[1:])
