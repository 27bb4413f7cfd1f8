"""The weighted within transformations of three-way Poisson gravity, pair by pair.

Letters are those of Weidner & Zylkin (2021): ``i`` exporter, ``j`` importer, ``t`` period; ``lambda`` the fitted trade,
``theta_ijt = lambda_ijt / sum_s lambda_ijs`` its share in the pair, ``H_ij = diag(lambda_ij) - lambda_ij theta_ij'``
the Hessian of a pair's contribution once its own effect is profiled out.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from multipolar.errors import NotSolvedError
from multipolar.types import Array, Float64

__all__ = ["PairBlocks"]

TOLERANCE, MOST_ITERATIONS = 1e-11, 20_000


@dataclass(frozen=True, eq=False)
class PairBlocks:
    """One row per ordered pair, one column per period; cells that were not estimated are zero.

    Parameters
    ----------
    exporter, importer
        Position of each pair's exporter (0 .. exporters - 1) and importer [pair].
    fitted, residual
        Expected trade ``lambda`` and trade less that [pair period].
    regressors
        [pair period regressor].
    """

    exporter: np.ndarray
    importer: np.ndarray
    fitted: Float64[Array, "p t"]
    residual: Float64[Array, "p t"]
    regressors: Float64[Array, "p t k"]

    @classmethod
    def from_rows(
        cls,
        exporter: np.ndarray,
        importer: np.ndarray,
        period: np.ndarray,
        trade: np.ndarray,
        fitted: np.ndarray,
        regressors: np.ndarray,
    ) -> PairBlocks:
        """Arrange rows of an estimation by pair; codes of any whole numbers [row], regressors [row regressor]."""
        i = np.unique(exporter, return_inverse=True)[1]
        importers, j = np.unique(importer, return_inverse=True)
        periods, t = np.unique(period, return_inverse=True)
        keys, pair = np.unique(i * importers.size + j, return_inverse=True)
        shape = (keys.size, periods.size)
        lam, res = np.zeros(shape), np.zeros(shape)
        x = np.zeros((*shape, regressors.shape[1]))
        lam[pair, t], res[pair, t], x[pair, t] = fitted, trade - fitted, regressors
        return cls(keys // importers.size, keys % importers.size, lam, res, x)

    @cached_property
    def exporters(self) -> int:
        """Number of exporters."""
        return int(self.exporter.max()) + 1

    @cached_property
    def importers(self) -> int:
        """Number of importers."""
        return int(self.importer.max()) + 1

    @cached_property
    def share(self) -> Float64[Array, "p t"]:
        """``theta``: share of each period in a pair's expected trade [pair period]."""
        return self.fitted / self.fitted.sum(axis=1, keepdims=True)

    def hessian(self, pairs: slice) -> Float64[Array, "p t t"]:
        """``H_ij`` of some pairs [pair period period]."""
        lam, theta = self.fitted[pairs], self.share[pairs]
        out = -lam[:, :, None] * theta[:, None, :]
        at = np.arange(lam.shape[1])
        out[:, at, at] += lam
        return out

    def within(self, values: Float64[Array, "p t"]) -> Float64[Array, "p t"]:
        """Deviation from the pair's mean, weighted by expected trade [pair period]."""
        return values - (self.share * values).sum(axis=1, keepdims=True)

    def by_exporter(self, values: np.ndarray) -> np.ndarray:
        """Sum over the pairs of each exporter [exporter ...]."""
        return _grouped(values, self.exporter, self.exporters)

    def by_importer(self, values: np.ndarray) -> np.ndarray:
        """Sum over the pairs of each importer [importer ...]."""
        return _grouped(values, self.importer, self.importers)

    @cached_property
    def demeaned(self) -> Float64[Array, "p t k"]:
        """Regressors net of exporter-time, importer-time and pair effects, weighted by expected trade.

        Raises
        ------
        NotSolvedError
            If conjugate gradients do not reach the tolerance.
        """
        periods = self.fitted.shape[1]
        lam_i, lam_j = self.by_exporter(self.fitted), self.by_importer(self.fitted)
        scale = np.concatenate([lam_i.ravel(), lam_j.ravel()])
        split = lam_i.size

        def spread(effects: np.ndarray) -> np.ndarray:
            first = effects[:split].reshape(-1, periods)[self.exporter]
            return first + effects[split:].reshape(-1, periods)[self.importer]

        def gathered(values: np.ndarray) -> np.ndarray:
            weighted = self.fitted * values
            return np.concatenate([self.by_exporter(weighted).ravel(), self.by_importer(weighted).ravel()])

        normal = LinearOperator((scale.size, scale.size), lambda v: gathered(self.within(spread(v))))
        inverse = np.divide(1.0, scale, out=np.ones_like(scale), where=scale > 0)
        jacobi = LinearOperator(normal.shape, lambda v: inverse * v)
        out = np.empty_like(self.regressors)
        for k in range(self.regressors.shape[2]):
            centred = self.within(self.regressors[:, :, k])
            effects, failed = cg(normal, gathered(centred), rtol=TOLERANCE, atol=0.0, maxiter=MOST_ITERATIONS, M=jacobi)
            if failed:
                raise NotSolvedError(
                    f"taking the fixed effects out of regressor {k + 1} did not converge in {MOST_ITERATIONS} steps",
                    iterations=MOST_ITERATIONS,
                )
            out[:, :, k] = centred - self.within(spread(effects))
        return out

    @cached_property
    def information(self) -> Float64[Array, "k k"]:
        """Sum of ``lambda x x'`` over demeaned regressors [regressor regressor]."""
        x = self.demeaned
        return np.einsum("pt,ptk,ptl->kl", self.fitted, x, x, optimize=True)


def _grouped(values: np.ndarray, group: np.ndarray, count: int) -> np.ndarray:
    flat = values.reshape(values.shape[0], -1)
    out = np.stack([np.bincount(group, flat[:, c], count) for c in range(flat.shape[1])], axis=1)
    return out.reshape(count, *values.shape[1:])
