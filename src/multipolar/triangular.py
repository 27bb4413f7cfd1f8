"""A range as a distribution: triangular, with the most likely value as its mode."""

from __future__ import annotations

import math

import numpy as np

__all__ = ["triangular_quantile", "triangular_quantiles"]


def triangular_quantile(lo: float, mode: float, hi: float, u: float) -> float:
    """Return the `u`-quantile of the triangular distribution on [lo, hi] with the given mode.

    Parameters
    ----------
    lo, mode, hi
        ``lo <= mode <= hi`` (any unit).
    u
        Probability in [0, 1] (pure number).
    """
    if not 0.0 <= u <= 1.0:
        raise ValueError(f"u is a probability, so it lies in [0, 1], not {u!r}")
    width = hi - lo
    if width <= 0.0:
        return mode
    if u * width <= mode - lo:
        found = lo + math.sqrt(u * width * (mode - lo))
    else:
        found = hi - math.sqrt((1.0 - u) * width * (hi - mode))
    return min(max(found, lo), hi)


def triangular_quantiles(lo: np.ndarray, mode: np.ndarray, hi: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Return `triangular_quantile` for many figures at once, equal to the last bit (any unit) [f].

    Parameters
    ----------
    lo, mode, hi
        ``lo <= mode <= hi``, one each per figure (any unit) [f].
    u
        Probabilities in [0, 1] (pure number) [f].
    """
    if not ((u >= 0.0) & (u <= 1.0)).all():
        raise ValueError("u are probabilities, so they lie in [0, 1]")
    width = hi - lo
    below = lo + np.sqrt(u * width * (mode - lo))
    above = hi - np.sqrt((1.0 - u) * width * (hi - mode))
    found = np.where(u * width <= mode - lo, below, above)
    return np.where(width <= 0.0, mode, np.clip(found, lo, hi))
