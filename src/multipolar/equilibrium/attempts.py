"""Attempts at a solution: tried in order, accepted by their residual alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from multipolar.errors import NotSolvedError
from multipolar.scenario.policy import Policy
from multipolar.world import World

__all__ = ["NEWTON_LIMIT", "TARGET", "TOLERANCE", "Attempt", "anderson_settings", "first_solved", "newton_start"]

TOLERANCE = 1e-10
TARGET = 2e-12
"""What the iteration aims at; the tolerance is what a result must meet. Between them lies rounding at large sizes."""

NEWTON_LIMIT = 3000
"""Largest number of unknowns for which the dense Jacobian of the Newton fallback is formed (about 70 MB)."""


class Attempt(NamedTuple):
    """Where a method ended: state [n], largest log gap, iterations, name of the method."""

    x: np.ndarray
    residual: float
    iterations: int
    method: str

    @classmethod
    def of(cls, found: tuple[Any, Any, Any], method: str) -> Attempt:
        """Take what a compiled method returned."""
        x, residual, iterations = found
        return cls(np.asarray(x), float(residual), int(iterations), method)


def anderson_settings(careful: bool) -> tuple[float, int, str]:
    """First step, limit of iterations and name of the quick or the careful run."""
    return (0.3, 3000, "anderson, small steps") if careful else (1.0, 400, "anderson")


def newton_start(tried: Sequence[Attempt], size: int) -> np.ndarray | None:
    """Best state so far [n], the baseline if none is finite; None where the dense Jacobian would be too large."""
    if size > NEWTON_LIMIT:
        return None
    best = min(tried, key=lambda a: a.residual) if tried else None
    return best.x if best is not None and np.isfinite(best.residual) else np.zeros(size)


def first_solved(
    methods: Sequence[Callable[[list[Attempt]], Attempt | None]], world: World, policy: Policy, tolerance: float
) -> Attempt:
    """Return the first attempt that meets the tolerance; each method is told what was tried before it.

    Raises
    ------
    NotSolvedError
        If none does, with the best residual reached.
    """
    tried: list[Attempt] = []
    for method in methods:
        attempt = method(tried)
        if attempt is None:
            continue
        # NaN fails these comparisons. The state is looked at as well: a compiled maximum may leave NaN out, and the
        # largest gap of the equations that remain can then be small.
        if 0.0 <= attempt.residual <= tolerance and np.isfinite(attempt.x).all():
            return attempt
        tried.append(attempt)
    best = min(tried, key=lambda a: a.residual if np.isfinite(a.residual) else np.inf)
    raise NotSolvedError(
        f"scenario '{policy.name}' in world '{world.name}' did not reach its residual: {best.residual:.1e} against "
        f"{tolerance:.0e} after {sum(a.iterations for a in tried)} iterations; try a smaller shock, purged deficits "
        "or lower elasticities",
        residual=best.residual,
        iterations=sum(a.iterations for a in tried),
    )
