"""Newton as verifier and fallback: Levenberg-Marquardt of optimistix on the log gaps, dense Jacobian."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import optimistix as optx
from jax import Array

from multipolar.equilibrium.calibration import Calibration, Shock
from multipolar.equilibrium.equations import gap

__all__ = ["newton", "search"]


@partial(jax.jit, static_argnames=("scale_deficits", "max_steps"))
def newton(
    start: Array, base: Calibration, shock: Shock, scale_deficits: bool = False, max_steps: int = 100
) -> tuple[Array, Array, Array]:
    """Find the root of the gaps from `start`.

    Returns
    -------
    x, residual, steps
        State [n], its largest absolute log gap (pure number; NaN if the search broke down) and steps taken.
    """

    return search(lambda x: gap(x, base, shock, scale_deficits), start, max_steps)


def search(gap_at: Callable[[Array], Array], start: Array, max_steps: int = 100) -> tuple[Array, Array, Array]:
    """The search itself, for any gaps [n]; call it inside a compiled function. Returns as `newton`."""
    solver = optx.LevenbergMarquardt(rtol=1e-14, atol=1e-14)
    found = optx.least_squares(lambda x, _: gap_at(x), solver, start, None, max_steps=max_steps, throw=False)
    residual = jnp.max(jnp.abs(gap_at(found.value)))
    return found.value, residual, found.stats["num_steps"]
