"""`Estimate`: coefficients with their covariance, and what was done to get them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import norm

from multipolar.errors import UnknownNameError
from multipolar.gravity.blocks import PairBlocks
from multipolar.types import Array, Float64

__all__ = ["Estimate"]


@dataclass(frozen=True, eq=False)
class Estimate:
    """A gravity estimate.

    Attributes
    ----------
    labels
        Names of the regressors.
    coefficient
        Elasticities or semi-elasticities of trade [regressor].
    covariance
        Their covariance [regressor regressor].
    formula, estimator, panel, cluster
        How it was made; estimator is ``ppml`` or ``ols``.
    rows
        Rows used.
    clusters
        Number of clusters; of the smallest dimension where there are several.
    dropped
        Rows left out, by reason.
    separated
        Groups of each effect that have no trade and were left out, with one example, in words.
    pseudo_r2, deviance
        Fit: share of the null model's log-likelihood (R squared for OLS); deviance of trade over its mean.
    bias
        What a bias correction took off [regressor], None if there was none.
    notes
        What a reader must know.
    fitted
        Expected trade of the rows used, in the panel's unit [row]; its logarithm for OLS.
    used
        Position in the panel of each row used [row].
    blocks
        The estimation by pairs, for the bias correction; None where its theory does not apply.
    """

    labels: tuple[str, ...]
    coefficient: Float64[Array, " k"]
    covariance: Float64[Array, "k k"]
    formula: str
    estimator: str
    panel: str
    cluster: str
    rows: int
    clusters: int
    dropped: dict[str, int]
    separated: tuple[str, ...]
    pseudo_r2: float
    deviance: float
    fitted: Float64[Array, " n"] = field(repr=False)
    used: np.ndarray = field(repr=False)
    blocks: PairBlocks | None = field(default=None, repr=False)
    bias: Float64[Array, " k"] | None = None
    notes: tuple[str, ...] = ()

    @property
    def std_error(self) -> Float64[Array, " k"]:
        """Standard errors [regressor]."""
        return np.sqrt(np.maximum(self.covariance.diagonal(), 0.0))

    def index(self, label: str) -> int:
        """Return the position of a regressor; raises `UnknownNameError`."""
        if label not in self.labels:
            raise UnknownNameError("regressor", label, self.labels)
        return self.labels.index(label)

    def total(self, labels: Sequence[str]) -> tuple[float, float]:
        """Return the sum of some coefficients and its standard error, for example of an effect and its lags."""
        weights = np.zeros(len(self.labels))
        for label in labels:
            weights[self.index(label)] += 1.0
        variance = float(weights @ self.covariance @ weights)
        return float(weights @ self.coefficient), float(np.sqrt(max(variance, 0.0)))

    def table(self) -> pd.DataFrame:
        """Return one row per regressor: estimate, standard error, z, p value, 95% interval, trade effect in percent."""
        se = self.std_error
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            z = self.coefficient / se
            effect = 100 * np.expm1(self.coefficient)
        half = norm.ppf(0.975) * se
        columns = {
            "estimate": self.coefficient,
            "std_error": se,
            "z": z,
            "p_value": 2 * norm.sf(np.abs(z)),
            "lo95": self.coefficient - half,
            "hi95": self.coefficient + half,
            "trade_effect_pct": effect,
        }
        if self.bias is not None:
            columns["bias_taken_off"] = self.bias
        return pd.DataFrame(columns, index=pd.Index(self.labels, name="regressor"))

    def draws(self, count: int, seed: int = 0) -> pd.DataFrame:
        """Draw coefficients from the normal distribution of the estimate.

        Parameters
        ----------
        count, seed
            Number of draws, and the seed; equal arguments give equal numbers.

        Returns
        -------
        pandas.DataFrame
            One row per draw, one column per regressor.
        """
        values, vectors = np.linalg.eigh(self.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        normal = np.random.Generator(np.random.Philox(seed)).standard_normal((count, len(self.labels)))
        return pd.DataFrame(self.coefficient + normal @ root.T, columns=list(self.labels))

    def to_json(self) -> dict[str, Any]:
        """Return the record that ``multipolar gravity estimate --json`` prints."""
        table = self.table()
        columns = [column for column in table.columns if column != "trade_effect_pct"]
        rows = []
        for label, row in table.iterrows():
            record: dict[str, Any] = {"regressor": str(label)}
            record |= {column: _finite(row[column]) for column in columns}
            record["trade_effect_pct"] = _finite(row["trade_effect_pct"])
            rows.append(record)
        return {
            "panel": self.panel,
            "formula": self.formula,
            "estimator": self.estimator,
            "cluster": self.cluster,
            "rows": self.rows,
            "clusters": self.clusters,
            "dropped": [{"reason": reason, "rows": count} for reason, count in self.dropped.items()],
            "separated": list(self.separated),
            "pseudo_r2": _finite(self.pseudo_r2),
            "deviance": _finite(self.deviance),
            "coefficients": rows,
            "covariance": [
                {"regressors": [self.labels[a], self.labels[b]], "value": float(self.covariance[a, b])}
                for a in range(len(self.labels))
                for b in range(a + 1)
            ],
            "notes": list(self.notes),
        }


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
