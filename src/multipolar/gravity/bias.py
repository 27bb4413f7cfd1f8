"""Bias of three-way Poisson gravity and of its clustered standard errors, after Weidner & Zylkin (2021).

With pair, exporter-time and importer-time effects PPML is consistent in the number of economies N, but its distribution
is off centre by a term of order 1/N, the size of its standard error, and the usual pair-clustered standard errors are
too small. Both are corrected analytically:

``bias = W^-1 (I/(I-1) sum_i B_i + J/(J-1) sum_j D_j)`` with, for each exporter ``i`` (``D_j`` alike for each importer),

``B_i = - tr[H_i^+ sum_j (H_ij x_ij) e_ij'] + 1/2 tr[G_i H_i^+ (sum_j e_ij e_ij') H_i^+]``,

``H_i = sum_j H_ij``, ``G_i`` the sum of the third derivatives of the log-likelihood in direction of the regressor,
``W`` the information, ``x`` the regressor net of all effects. The corrections ``I/(I-1)`` are those of the authors' own
program (``ppml_fe_bias`` 1.2, read for them), whose output is the yardstick in the tests.

Source: Weidner, M. & Zylkin, T. (2021), Bias and consistency in three-way gravity models, Journal of International
Economics 132, 103513 (arXiv:1909.01327).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multipolar.errors import GravityError
from multipolar.gravity.blocks import PairBlocks
from multipolar.gravity.leverage import generalised_inverse, inflated_residuals, pair_chunks
from multipolar.types import Array, Float64

__all__ = ["Correction", "clustered_covariance", "correction"]

MEMORY_MB = 4000.0


@dataclass(frozen=True, eq=False)
class Correction:
    """What to take off an estimate.

    Attributes
    ----------
    bias
        To subtract from the coefficients [regressor].
    covariance
        Corrected covariance, clustered by pair [regressor regressor]; None if it was not asked for.
    perfect
        Directions (pair x year) that the effects fit perfectly, so that they say nothing about the variance.
    """

    bias: Float64[Array, " k"]
    covariance: Float64[Array, "k k"] | None
    perfect: int


def correction(blocks: PairBlocks, standard_errors: bool = True, memory_mb: float = MEMORY_MB) -> Correction:
    """Compute the bias of the coefficients and the corrected covariance.

    Parameters
    ----------
    blocks
        A converged three-way estimation.
    standard_errors
        Whether to correct the covariance too, which needs the most time and memory.
    memory_mb
        Limit on the memory for that; see `multipolar.gravity.leverage.memory_needed`.

    Raises
    ------
    GravityError
        With one exporter, importer or year only, or if the limit does not suffice.
    """
    if min(blocks.exporters, blocks.importers) < 2 or blocks.fitted.shape[1] < 2:
        raise GravityError("the bias correction needs at least two exporters, two importers and two years")
    inverse = np.linalg.inv(blocks.information)
    count_i, count_j = blocks.exporters, blocks.importers
    score = count_i / (count_i - 1) * _side(blocks, blocks.exporter, count_i)
    score += count_j / (count_j - 1) * _side(blocks, blocks.importer, count_j)
    covariance, perfect = None, 0
    if standard_errors:
        inflated, perfect = inflated_residuals(blocks, memory_mb)
        covariance = _sandwich(blocks, inflated, inverse)
    return Correction(inverse @ score, covariance, perfect)


def clustered_covariance(blocks: PairBlocks) -> Float64[Array, "k k"]:
    """Return the usual covariance clustered by pair, with the factor G / (G - 1) [regressor regressor]."""
    return _sandwich(blocks, blocks.residual, np.linalg.inv(blocks.information))


def _sandwich(blocks: PairBlocks, other_side: np.ndarray, inverse: np.ndarray) -> np.ndarray:
    left = np.einsum("ptk,pt->pk", blocks.demeaned, other_side)
    right = np.einsum("ptk,pt->pk", blocks.demeaned, blocks.residual)
    pairs = blocks.fitted.shape[0]
    middle = left.T @ right * (pairs / (pairs - 1))
    covariance = inverse @ middle @ inverse
    return (covariance + covariance.T) / 2


def _side(blocks: PairBlocks, group: np.ndarray, count: int) -> Float64[Array, " k"]:
    """Sum of ``B_i`` over exporters, or of ``D_j`` over importers [regressor]."""
    periods, regressors = blocks.fitted.shape[1], blocks.regressors.shape[2]
    hessian = np.zeros((count, periods, periods))
    scores = np.zeros_like(hessian)
    first = np.zeros((regressors, count, periods, periods))
    third = np.zeros_like(first)
    for part in pair_chunks(blocks):
        at = group[part]
        lam, theta, res = blocks.fitted[part], blocks.share[part], blocks.residual[part]
        np.add.at(hessian, at, blocks.hessian(part))
        np.add.at(scores, at, res[:, :, None] * res[:, None, :])
        for k in range(regressors):
            x = blocks.demeaned[part][:, :, k]
            mean = (theta * x).sum(axis=1, keepdims=True)
            slope = lam * (x - mean)  # H x
            np.add.at(first[k], at, slope[:, :, None] * res[:, None, :])
            np.add.at(third[k], at, _third_derivative(lam, theta, x, mean))
    inverse = generalised_inverse(hessian)
    spread = inverse @ scores @ inverse
    out = np.empty(regressors)
    for k in range(regressors):
        out[k] = -np.einsum("itu,iut->", inverse, first[k]) + 0.5 * np.einsum("itu,iut->", third[k], spread)
    return out


def _third_derivative(lam: np.ndarray, theta: np.ndarray, x: np.ndarray, mean: np.ndarray) -> np.ndarray:
    """Third derivatives of the profiled log-likelihood of each pair, in direction x [pair period period]."""
    away = x - mean
    out = lam[:, :, None] * theta[:, None, :] * (away[:, :, None] + away[:, None, :])
    at = np.arange(lam.shape[1])
    out[:, at, at] -= lam * away
    return out
