"""Leverage of three-way Poisson gravity: how much the fitted values of a pair lean on that pair itself.

The variance estimator with pair clusters squares residuals, and residuals are too small where the fit leans on them.
Weidner & Zylkin (2021) undo this pair by pair, in the manner of Kauermann & Carroll (2001): the residuals ``e_ij`` are
replaced, on one side of the product, by ``(I - H_ij (x V_x x' + d V_d d'))^-1 e_ij``, where ``V_x`` and ``V_d`` are the
inverse Hessians of the coefficients and of the exporter-time and importer-time effects.

``V_d`` is never formed whole. The block of the exporter-time effects is block diagonal, so the system is reduced to the
importer-time effects (a Schur complement). Of the three matrices of that size times the number of exporter-time effects
that are alive at once nothing is left after the call.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.linalg import LinAlgError, cho_factor, cho_solve, eigh

from multipolar.errors import GravityError
from multipolar.gravity.blocks import PairBlocks
from multipolar.types import Array, Float64

__all__ = ["inflated_residuals", "memory_needed"]

FULL = 1e-7
"""A direction of a pair whose leverage is within this of one is fitted perfectly and carries no information."""

CHUNK = 4_000_000
"""Numbers in one temporary array of pair x period x period."""


def memory_needed(blocks: PairBlocks) -> float:
    """Return the bytes that `inflated_residuals` allocates at its peak, to within a fifth."""
    periods = blocks.fitted.shape[1]
    rows, columns = blocks.exporters * periods, blocks.importers * periods
    return 8.0 * (2 * rows * columns + 3 * columns * columns) + 8.0 * 8 * min(CHUNK, blocks.fitted.size * periods)


def inflated_residuals(blocks: PairBlocks, memory_mb: float) -> tuple[Float64[Array, "p t"], int]:
    """Return residuals undone of their leverage [pair period], and how many directions are fitted perfectly.

    Parameters
    ----------
    blocks
        The estimation.
    memory_mb
        Refuse to start if more is needed.

    Raises
    ------
    GravityError
        If the memory does not suffice.
    """
    needed = memory_needed(blocks) / 1e6
    if needed > memory_mb:
        raise GravityError(
            f"the corrected standard errors need {needed:,.0f} MB and {memory_mb:,.0f} are allowed: raise the limit "
            "(memory_mb, --memory), take every fourth year, or ask for the bias alone (standard_errors=False, "
            "--bias-only)"
        )
    swap = blocks.importers > blocks.exporters
    work = _swapped(blocks) if swap else blocks
    inverse_i, cross, inverse_j = _effect_variances(work)
    periods = work.fitted.shape[1]
    variance_x = np.linalg.pinv(work.information, hermitian=True)
    root = np.sqrt(work.fitted)
    out = np.zeros_like(work.residual)
    perfect = 0
    unit = np.eye(periods)
    diagonal_i = _diagonal_of_exporters(work, inverse_i, cross)
    for part in pair_chunks(work):
        i, j = work.exporter[part], work.importer[part]
        block = -cross.reshape(work.exporters, periods, work.importers, periods)[i, :, j, :]
        lean = diagonal_i[i] + block + block.transpose(0, 2, 1)
        lean += inverse_j.reshape(work.importers, periods, work.importers, periods)[j, :, j, :]
        x = work.demeaned[part]
        lean += np.einsum("ptk,kl,pul->ptu", x, variance_x, x, optimize=True)
        weight = np.sqrt(work.share[part])
        project = unit - weight[:, :, None] * weight[:, None, :]
        lean *= root[part][:, :, None] * root[part][:, None, :]
        lean = project @ lean @ project
        values, vectors = np.linalg.eigh((lean + lean.transpose(0, 2, 1)) / 2)
        spare = 1.0 - values
        perfect += int((spare < FULL).sum())
        scaled = np.divide(work.residual[part], root[part], out=np.zeros_like(root[part]), where=root[part] > 0)
        along = np.einsum("ptv,pt->pv", vectors, scaled)
        along = np.divide(along, spare, out=np.zeros_like(along), where=spare >= FULL)
        out[part] = root[part] * np.einsum("ptv,pv->pt", vectors, along)
    return out, perfect


def pair_chunks(blocks: PairBlocks) -> Iterator[slice]:
    """Give slices of pairs whose blocks of period x period fit into one temporary array."""
    pairs, periods = blocks.fitted.shape
    step = max(1, CHUNK // (periods * periods))
    for start in range(0, pairs, step):
        yield slice(start, min(start + step, pairs))


def _swapped(blocks: PairBlocks) -> PairBlocks:
    """The same pairs with exporters and importers exchanged: the smaller side is the one inverted."""
    made = PairBlocks(blocks.importer, blocks.exporter, blocks.fitted, blocks.residual, blocks.regressors)
    made.__dict__["demeaned"] = blocks.demeaned
    return made


def _effect_variances(blocks: PairBlocks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Inverses: of the exporters' blocks [i t t]; that times cross block times importers' inverse; the latter."""
    periods = blocks.fitted.shape[1]
    n_i, n_j = blocks.exporters, blocks.importers
    own_i, own_j = np.zeros((n_i, periods, periods)), np.zeros((n_j, periods, periods))
    cross = np.zeros((n_i, periods, n_j, periods))
    for part in pair_chunks(blocks):
        hessian = blocks.hessian(part)
        i, j = blocks.exporter[part], blocks.importer[part]
        np.add.at(own_i, i, hessian)
        np.add.at(own_j, j, hessian)
        cross[i, :, j, :] = hessian
    inverse_i = generalised_inverse(own_i)
    flat = cross.reshape(n_i, periods, n_j * periods)
    reduced = np.matmul(inverse_i, flat)  # A_ii^- A_ij
    schur = -flat.reshape(n_i * periods, -1).T @ reduced.reshape(n_i * periods, -1)
    view = schur.reshape(n_j, periods, n_j, periods)
    at = np.arange(n_j)
    view[at, :, at, :] += own_j
    inverse_j = _inverse_of_schur(schur, n_j, periods)
    cross = reduced.reshape(n_i * periods, -1)
    return inverse_i, cross @ inverse_j, inverse_j


def _diagonal_of_exporters(blocks: PairBlocks, inverse_i: np.ndarray, solved: np.ndarray) -> Float64[Array, "i t t"]:
    """Diagonal blocks of the exporters' effects in the inverse: ``A^- + A^- A_ij S^- A_ji A^-``."""
    periods = blocks.fitted.shape[1]
    out = inverse_i.copy()
    add = np.zeros_like(out)
    shaped = solved.reshape(blocks.exporters, periods, blocks.importers, periods)
    for part in pair_chunks(blocks):
        i, j = blocks.exporter[part], blocks.importer[part]
        np.add.at(add, i, np.matmul(shaped[i, :, j, :], blocks.hessian(part)))
    return out + np.matmul(add, inverse_i)


def generalised_inverse(matrices: Float64[Array, "n t t"]) -> Float64[Array, "n t t"]:
    """Invert symmetric semi-definite matrices up to their null spaces, each scaled to a unit diagonal first."""
    at = np.arange(matrices.shape[1])
    size = np.sqrt(np.maximum(matrices[:, at, at], 0.0))
    scale = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0)
    outer = scale[:, :, None] * scale[:, None, :]
    return np.linalg.pinv(matrices * outer, rcond=1e-10, hermitian=True) * outer


def _inverse_of_schur(schur: np.ndarray, importers: int, periods: int) -> np.ndarray:
    """Invert the importers' reduced Hessian up to its null space: one constant per importer, one per period."""
    size = np.sqrt(np.maximum(schur.diagonal(), 0.0))
    alive = size > 1e-9 * size.max()
    scale = np.divide(1.0, size, out=np.zeros_like(size), where=alive)
    schur *= scale[:, None]
    schur *= scale[None, :]
    constants = np.kron(np.eye(importers), np.ones((periods, 1)))
    years = np.kron(np.ones((importers, 1)), np.eye(periods))
    null = np.hstack([constants, years]) * np.where(alive, size, 0.0)[:, None]
    left, strength, _ = np.linalg.svd(null, full_matrices=False)
    basis = left[:, strength > 1e-10 * strength[0]]
    schur += basis @ basis.T
    schur[~alive, ~alive] = 1.0
    try:
        factor = cho_factor(schur, lower=True, check_finite=False)
        if np.abs(factor[0].diagonal()).min() < 1e-5:
            raise LinAlgError
        inverse = cho_solve(factor, np.eye(schur.shape[0]), overwrite_b=True, check_finite=False)
    except LinAlgError:  # further null directions: markets that never meet
        values, vectors = eigh(schur, check_finite=False)
        keep = values > 1e-10 * values[-1]
        inverse = (vectors[:, keep] / values[keep]) @ vectors[:, keep].T
    return inverse * scale[:, None] * scale[None, :]
