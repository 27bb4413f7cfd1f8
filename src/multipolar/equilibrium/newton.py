"""Newton as verifier and fallback: Levenberg-Marquardt of optimistix on the log gaps, dense Jacobian."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import optimistix as optx
from jax import Array

from multipolar.equilibrium.calibration import Calibration, Shock
from multipolar.equilibrium.equations import gap

__all__ = ["newton"]


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

    def equations(x: Array, args: tuple[Calibration, Shock]) -> Array:
        return gap(x, *args, scale_deficits)

    solver = optx.LevenbergMarquardt(rtol=1e-14, atol=1e-14)
    found = optx.least_squares(equations, solver, start, (base, shock), max_steps=max_steps, throw=False)
    residual = jnp.max(jnp.abs(equations(found.value, (base, shock))))
    return found.value, residual, found.stats["num_steps"]
