"""From an estimate to the figure that a scenario needs: how much cheaper a border becomes, with its range.

In structural gravity trade responds to a bilateral cost ``kappa`` (iceberg cost times one plus the tariff) with the
elasticity ``-theta`` at given multilateral resistance. A coefficient ``beta`` therefore stands for the change of cost

``kappa_hat = exp(-beta / theta)``:

``tariff_equivalent = exp(beta / theta) - 1`` is the tariff whose removal does the same, and
``non_tariff_cost = kappa_hat * (1 + tariff_removed) - 1`` what remains for the `non_tariff_cost` of a scenario in which
the tariff goes by itself. An agreement's coefficient holds both, so the tariff that the scenario removes must be
named, or it is counted twice.

The coefficient is drawn from its normal distribution, ``theta`` from the triangular one of its range, independently. A
scenario draws from a triangular distribution; its ends are set so that its 5th and 95th percentiles are those of the
draws, because these are the percentiles that a study's bands show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import brentq

from multipolar.errors import GravityError
from multipolar.gravity.result import Estimate
from multipolar.triangular import triangular_quantile
from multipolar.types import Array, Float64

__all__ = ["CostRange", "non_tariff_cost", "tariff_equivalent", "trade_elasticity", "triangular_range"]

DRAWS = 10_000
LOW, HIGH = 0.05, 0.95

Elasticity = float | tuple[float, float, float]
"""A number, or ``(lo, most likely, hi)``."""


@dataclass(frozen=True, eq=False)
class CostRange:
    """A figure with its range, for a scenario file.

    Attributes
    ----------
    value, lo, hi
        Most likely value, and ends of the triangular distribution (fraction).
    draws
        The draws behind it (fraction) [draw].
    source
        Where it comes from, in words.
    """

    value: float
    lo: float
    hi: float
    source: str
    draws: Float64[Array, " n"] = field(repr=False)

    def as_quantity(self, digits: int = 4, draw: str | None = None) -> dict[str, Any]:
        """Return what a scenario file holds: ``{value, lo, hi, source}``, and the name of the draw if one is given."""
        rounded: dict[str, Any] = {
            "value": round(self.value, digits),
            "lo": round(self.lo, digits),
            "hi": round(self.hi, digits),
        }
        rounded["lo"], rounded["hi"] = min(rounded["lo"], rounded["value"]), max(rounded["hi"], rounded["value"])
        if draw is not None:
            rounded["draw"] = draw
        return {**rounded, "source": self.source}


def tariff_equivalent(
    found: Estimate, regressors: str | Sequence[str], elasticity: Elasticity, *, draws: int = DRAWS, seed: int = 0
) -> CostRange:
    """Return the tariff whose removal raises trade as much as the regressors do together (fraction).

    Parameters
    ----------
    found
        An estimate; correct its bias first where that applies.
    regressors
        One label, or several that add up, for example an effect and its lags.
    elasticity
        Trade elasticity theta > 0: a number, or ``(lo, most likely, hi)``.
    draws, seed
        How many, and the seed.
    """
    beta, betas, theta, thetas = _drawn(found, regressors, elasticity, draws, seed)
    return _range(np.expm1(beta / theta), np.expm1(betas / thetas), _words(found, regressors, elasticity))


def non_tariff_cost(
    found: Estimate,
    regressors: str | Sequence[str],
    elasticity: Elasticity,
    *,
    tariff_removed: float = 0.0,
    draws: int = DRAWS,
    seed: int = 0,
) -> CostRange:
    """Return the change of the iceberg cost that stands for the regressors, for `non_tariff_cost` (fraction).

    Parameters
    ----------
    found, regressors, elasticity, draws, seed
        As for `tariff_equivalent`.
    tariff_removed
        Average tariff (fraction) that the scenario removes by itself on the same trade.
    """
    if not 0.0 <= tariff_removed < 10.0:
        raise GravityError(f"tariff_removed is a fraction, such as 0.06, not {tariff_removed:g}")
    beta, betas, theta, thetas = _drawn(found, regressors, elasticity, draws, seed)
    factor = 1.0 + tariff_removed
    words = _words(found, regressors, elasticity)
    if tariff_removed:
        words += f"; net of a tariff of {100 * tariff_removed:.3g}% removed by itself"
    return _range(np.exp(-beta / theta) * factor - 1, np.exp(-betas / thetas) * factor - 1, words)


def trade_elasticity(found: Estimate, regressor: str, *, duty_included: bool) -> tuple[float, float]:
    """Return theta and its standard error from the coefficient of the logarithm of one plus the tariff.

    Parameters
    ----------
    found, regressor
        The estimate and the label of the tariff's regressor, for example ``log1p(tariff)``.
    duty_included
        Whether trade is valued with the duty paid. Customs values are not: the duty then comes out of the expenditure
        once more, so that the coefficient is ``-(theta + 1)``.
    """
    at = found.index(regressor)
    theta = -float(found.coefficient[at]) - (0.0 if duty_included else 1.0)
    return theta, float(found.std_error[at])


def triangular_range(mode: float, low: float, high: float) -> tuple[float, float]:
    """Return the ends of the triangular distribution with a mode, and with 5th and 95th percentiles, that are given.

    Parameters
    ----------
    mode, low, high
        ``low < mode < high``, the outer ones percentiles (any unit).

    Raises
    ------
    GravityError
        If the mode is not inside.
    """
    if not low < mode < high:
        raise GravityError(f"the most likely value {mode:g} is not between the percentiles {low:g} and {high:g}")
    below, above = mode - low, high - mode

    def left_end(right: float) -> float:
        """Left end's distance ``a`` from the mode that gives the 5th percentile: (a - below)^2 = 0.05 a (a + right)."""
        a, b, c = 1.0 - LOW, -(2.0 * below + LOW * right), below * below
        return (-b + np.sqrt(b * b - 4 * a * c)) / (2 * a)

    def miss(right: float) -> float:
        return (right - above) ** 2 - (1.0 - HIGH) * right * (right + left_end(right))

    far = 4.0 * (above + below)
    while miss(far) <= 0:
        far *= 2.0
    right = float(brentq(miss, above, far, xtol=1e-14 * far))  # pyright: ignore[reportArgumentType]
    return mode - float(left_end(right)), mode + right


def _drawn(
    found: Estimate, regressors: str | Sequence[str], elasticity: Elasticity, draws: int, seed: int
) -> tuple[float, np.ndarray, float, np.ndarray]:
    labels = [regressors] if isinstance(regressors, str) else list(regressors)
    if draws < 100:
        raise GravityError(f"a range needs at least 100 draws, not {draws}")
    lo, theta, hi = (elasticity,) * 3 if isinstance(elasticity, int | float) else elasticity
    if not 0 < lo <= theta <= hi < np.inf:
        raise GravityError(f"an elasticity is positive and lo <= most likely <= hi, not {lo:g}, {theta:g}, {hi:g}")
    betas = found.draws(draws, seed)[labels].to_numpy().sum(axis=1) if _known(found, labels) else np.empty(0)
    # One uniform per draw from a stream of its own, so that the coefficients do not depend on the elasticity's range.
    uniform = np.random.Generator(np.random.Philox(key=seed + 1)).random(draws)
    thetas = (
        np.array([triangular_quantile(lo, theta, hi, float(u)) for u in uniform]) if lo < hi else np.full(draws, theta)
    )
    return found.total(labels)[0], betas, float(theta), thetas


def _known(found: Estimate, labels: Sequence[str]) -> bool:
    return all(found.index(label) >= 0 for label in labels)


def _range(value: float, draws: np.ndarray, source: str) -> CostRange:
    low, high = np.quantile(draws, [LOW, HIGH])
    if not np.isfinite(draws).all() or not low < value < high:
        raise GravityError(f"no range can be given to {value:g}: its draws run from {low:g} to {high:g}")
    lo, hi = triangular_range(float(value), float(low), float(high))
    return CostRange(float(value), lo, hi, source, draws)


def _words(found: Estimate, regressors: str | Sequence[str], elasticity: Elasticity) -> str:
    labels = [regressors] if isinstance(regressors, str) else list(regressors)
    value, error = found.total(labels)
    theta = elasticity if isinstance(elasticity, int | float) else elasticity[1]
    corrected = ", bias corrected" if found.bias is not None else ""
    return (
        f"{' + '.join(labels)} = {value:.3f} (s.e. {error:.3f}) in '{found.formula}' on {found.panel}, {found.rows} "
        f"rows{corrected}; elasticity {theta:g}"
    )
