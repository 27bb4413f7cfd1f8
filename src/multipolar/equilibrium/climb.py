"""Climb an objective over tariff rates with exact gradients, and certify where the climb ended.

Three steps: L-BFGS-B to the neighbourhood, Newton on the free rates with a Hessian made of differences of gradients,
and the conditions of a local maximum (Karush-Kuhn-Tucker) measured at the point itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from multipolar.equilibrium.gradient import Objective, differentiate
from multipolar.equilibrium.instruments import Instruments
from multipolar.equilibrium.result import Equilibrium
from multipolar.equilibrium.solver import Deficits, solve
from multipolar.errors import NotSolvedError
from multipolar.scenario.policy import Policy
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = [
    "FIRST_ORDER",
    "SECOND_ORDER",
    "Hill",
    "Slope",
    "Summit",
    "climb",
    "judge",
    "measure",
    "require",
    "stands",
    "summit",
]

FIRST_ORDER = 1e-6
"""Largest first-order gain that is accepted: change of the objective per unit of a rate, over the loss that the same
rate would cause if border prices stood still and no duty came back. Over the curvature it is the error of a rate."""

SECOND_ORDER = 1e-5
"""Largest curvature that is accepted in a free direction, in the same scale; below 0 is a strict maximum."""

AT_BOUND = 1e-8
"""Distance at which a rate counts as standing at its bound (fraction): below the error that `FIRST_ORDER` leaves."""

LONGEST_STEP = 0.1
"""Longest step of Newton's method in any rate (fraction)."""


class Slope(NamedTuple):
    """An objective at some rates.

    Attributes
    ----------
    eq, value
        The equilibrium, and the objective there.
    slope
        Derivative by rate [m].
    bill
        The loss by rate if border prices stood still and no duty came back: the scale of `slope` [m].
    """

    eq: Equilibrium
    value: float
    slope: Float64[Array, " m"]
    bill: Float64[Array, " m"]


@dataclass
class Hill:
    """An objective over rates between bounds [m]; counts the equilibria it solves."""

    world: World
    policy: Policy
    deficits: Deficits
    instruments: Instruments
    objective: Objective
    lower: Float64[Array, " m"]
    upper: Float64[Array, " m"]
    solves: int = 0

    def equilibrium(self, rates: Float64[Array, " m"]) -> Equilibrium:
        """Solve the world under these rates."""
        self.solves += 1
        return solve(self.world, self.instruments.apply(self.policy, rates, "chosen tariffs"), deficits=self.deficits)

    def at(self, rates: Float64[Array, " m"]) -> Slope:
        """Return value and slope at these rates."""
        eq = self.equilibrium(rates)
        derivative = differentiate(eq, self.objective)
        seed = np.abs(self.objective.seed(eq))
        # A setter whose income does not count still needs a scale for its rates.
        seed = np.where(seed > 0, seed, seed.max())
        bill = self.instruments.collect(eq.trade_flow * (seed / eq.income)[None, :, None])
        return Slope(eq, derivative.value, self.instruments.collect(derivative.tariff), bill)

    def inside(self, rates: Float64[Array, " m"]) -> Float64[Array, " m"]:
        """Return the rates cut to the bounds, and on a bound where they are as good as there."""
        rates = np.clip(rates, self.lower, self.upper)
        low, high = stands(rates, self.lower, self.upper)
        return np.where(low, self.lower, np.where(high, self.upper, rates))

    def free(self, rates: Float64[Array, " m"], slope: Float64[Array, " m"]) -> np.ndarray:
        """Return which rates are not held at a bound by a slope that points out of it [m]."""
        low, high = stands(rates, self.lower, self.upper)
        return ~((low & (slope < 0)) | (high & (slope > 0)))


class Summit(NamedTuple):
    """Where a climb ended, how far the conditions of a maximum are met there, and the Hessian used [m m]."""

    rates: Float64[Array, " m"]
    eq: Equilibrium
    first_order: float
    second_order: float | None
    hessian: Float64[Array, "m m"]

    @property
    def certified(self) -> bool:
        """Whether both conditions hold; NaN fails them."""
        return self.first_order <= FIRST_ORDER and (self.second_order is None or self.second_order <= SECOND_ORDER)


def summit(hill: Hill, starts: Sequence[np.ndarray], hessian: np.ndarray | None = None) -> Summit:
    """Climb from each start in turn until a point passes; a Hessian from nearby may spare the climb.

    With a Hessian given, only the first-order condition is checked: `judge` the point where it matters.

    Raises
    ------
    NotSolvedError
        If no start leads to a point that passes.
    """
    if hessian is not None:
        top = _newton(hill, starts[0], hessian)
        if top.first_order <= FIRST_ORDER:
            return top
    tops = []
    for start in starts:
        tops.append(judge(hill, climb(hill, start)))
        if tops[-1].certified:
            return tops[-1]
    return require(hill, min(tops, key=lambda top: top.first_order))


def require(hill: Hill, top: Summit) -> Summit:
    """Return the summit if it is certified; else raise `NotSolvedError`."""
    if not top.certified:
        who = ", ".join(dict.fromkeys(hill.instruments.setters))
        raise NotSolvedError(
            f"the best tariffs of {who} are not certified: first-order gain {top.first_order:.1e} (limit "
            f"{FIRST_ORDER:.0e}), curvature {top.second_order} (limit {SECOND_ORDER:.0e}); try other bounds",
            residual=top.first_order,
            iterations=hill.solves,
        )
    return top


def climb(hill: Hill, start: np.ndarray) -> np.ndarray:
    """Return where L-BFGS-B ends, in rates scaled by the imports they fall on: the curvature is about theta in each."""
    from scipy.optimize import minimize

    start = hill.inside(start)
    here = hill.at(start)
    size = np.abs(hill.objective.seed(here.eq)).sum()
    scale = np.sqrt(here.bill / size)

    def loss(z: np.ndarray) -> tuple[float, np.ndarray]:
        point = hill.at(hill.inside(z / scale))
        return -point.value / size, -point.slope / scale / size

    bounds = list(zip(hill.lower * scale, hill.upper * scale, strict=True))
    options = {"maxiter": 500, "maxcor": 20, "ftol": 1e-13, "gtol": 1e-9}
    found: Any = minimize(loss, start * scale, jac=True, method="L-BFGS-B", bounds=bounds, options=options)
    # How it ended does not matter: the conditions of a maximum are checked on the point itself.
    return hill.inside(found.x / scale)


def judge(hill: Hill, rates: np.ndarray) -> Summit:
    """Measure the curvature at `rates`, finish with Newton's method, and state how far the conditions are met there."""
    hessian = _hessian(hill, rates)
    return measure(hill, _newton(hill, rates, hessian).rates, hessian)


def measure(hill: Hill, rates: np.ndarray, hessian: np.ndarray | None = None) -> Summit:
    """State how far the conditions of a maximum are met at `rates`, which stay as they are."""
    here = hill.at(rates)
    free = hill.free(rates, here.slope)
    matrix = _hessian(hill, rates) if hessian is None else hessian
    curvature = float(np.linalg.eigvalsh(_scaled(matrix, here.bill, free)).max()) if free.any() else None
    return Summit(rates, here.eq, _left(here, free), curvature, matrix)


def _left(here: Slope, free: np.ndarray) -> float:
    return float(np.max(np.abs(here.slope / here.bill)[free], initial=0.0))


def stands(rates: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which rates stand at their lower and which at their upper bound [m]."""
    return rates <= lower + AT_BOUND, rates >= upper - AT_BOUND


def _hessian(hill: Hill, rates: np.ndarray, step: float = 1e-5) -> np.ndarray:
    """Differences of exact gradients, each step taken into the bounds; symmetric."""
    here = hill.at(rates).slope
    rows = []
    for i, move in enumerate(np.where(rates + step <= hill.upper, step, -step)):
        moved = rates.copy()
        moved[i] += move
        rows.append((hill.at(moved).slope - here) / move)
    matrix = np.stack(rows)
    return (matrix + matrix.T) / 2


def _newton(hill: Hill, rates: np.ndarray, hessian: np.ndarray, steps: int = 12) -> Summit:
    """Newton's method on the free rates with one Hessian, kept up as long as it helps."""
    best: Summit | None = None
    rates = hill.inside(rates)
    for _ in range(steps):
        here = hill.at(rates)
        free = hill.free(rates, here.slope)
        left = _left(here, free)
        if best is not None and not left < best.first_order:
            break
        best = Summit(rates, here.eq, left, None, hessian)
        if left <= 1e-3 * FIRST_ORDER:
            break
        value, vector = np.linalg.eigh(_scaled(hessian, here.bill, free))
        scale = np.sqrt(here.bill[free])
        # Only downward curvature says where the top is; flat directions are left where the climb put them.
        inverse = np.where(value < -SECOND_ORDER, 1.0 / np.minimum(value, -SECOND_ORDER), 0.0)
        move = np.zeros_like(rates)
        move[free] = -(vector @ (inverse * (vector.T @ (here.slope[free] / scale)))) / scale
        rates = hill.inside(rates + np.clip(move, -LONGEST_STEP, LONGEST_STEP))
    assert best is not None
    return best


def _scaled(hessian: np.ndarray, bill: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Hessian of the free rates per dollar of the imports they fall on."""
    scale = np.sqrt(bill[free])
    return hessian[np.ix_(free, free)] / np.outer(scale, scale)
