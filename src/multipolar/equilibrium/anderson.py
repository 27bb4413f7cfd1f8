"""Anderson acceleration of the joint fixed point on wages, prices and expenditure, compiled once per size.

No nested loops and no dense solve beyond the depth of the memory. A step that makes the gap much worse, or not
finite, is thrown away: the iteration goes back to its best point with an empty memory and a smaller step.
References: Anderson (1965, Journal of the ACM 12); Walker & Ni (2011, SIAM Journal on Numerical Analysis 49).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array, lax

from multipolar.equilibrium.calibration import Calibration, Shock
from multipolar.equilibrium.equations import by_sector, gap

__all__ = ["Iteration", "anderson", "iterate"]

DEPTH = 8
RIDGE = 1e-12
MAX_MOVE = 1.0
"""Largest move of any log variable in one step; keeps a wild extrapolation inside the range of floats."""


class Iteration(NamedTuple):
    """Where the iteration stands: best point, its gap, and the memory."""

    x: Array
    best_x: Array
    best_gap: Array
    step: Array
    moves: Array
    changes: Array
    previous_x: Array
    previous_f: Array
    filled: Array
    spent: Array


@partial(jax.jit, static_argnames=("scale_deficits", "max_iterations"))
def anderson(
    start: Array,
    base: Calibration,
    shock: Shock,
    target: float,
    first_step: float,
    scale_deficits: bool = False,
    max_iterations: int = 400,
) -> tuple[Array, Array, Array]:
    """Iterate until the largest log gap falls below `target`.

    Returns
    -------
    x, residual, iterations
        Best state [n], its largest absolute log gap (pure number), iterations spent. The caller must check the
        residual: this function reports, it does not judge.
    """
    weights = _step_weights(base, start.shape[0])
    laid = by_sector(shock)
    return iterate(
        lambda x: gap(x, base, shock, scale_deficits, laid), start, weights, target, first_step, max_iterations
    )


def iterate(
    gap_at: Callable[[Array], Array],
    start: Array,
    weights: Array,
    target: float,
    first_step: float,
    max_iterations: int,
) -> tuple[Array, Array, Array]:
    """The iteration itself, for any gaps [n] and any Jacobi weights [n]; call it inside a compiled function.

    Returns as `anderson`.
    """
    size = start.shape[0]

    def cond(it: Iteration) -> Array:
        return (it.spent < max_iterations) & (it.best_gap > target) & (it.step > 1e-4)

    def body(it: Iteration) -> Iteration:
        return _advance(it, gap_at(it.x), weights, first_step)

    # A finite, huge start: an infinite one would make every comparison with the best point a special case.
    huge = jnp.asarray(1e300)
    first = Iteration(
        x=start,
        best_x=start,
        best_gap=huge,
        step=jnp.asarray(first_step, start.dtype),
        moves=jnp.zeros((DEPTH, size)),
        changes=jnp.zeros((DEPTH, size)),
        previous_x=start,
        previous_f=jnp.zeros(size),
        filled=jnp.asarray(0),
        spent=jnp.asarray(0),
    )
    last = lax.while_loop(cond, body, first)
    return last.best_x, last.best_gap, last.spent


def _step_weights(base: Calibration, size: int) -> Array:
    """Jacobi weights: wages move by their own-elasticity step, prices and expenditure by a full one."""
    wages = base.wage_step
    return jnp.concatenate([wages, jnp.ones(size - wages.shape[0])])


def _advance(it: Iteration, raw: Array, weights: Array, first_step: float) -> Iteration:
    f = weights * raw
    size = jnp.max(jnp.abs(raw))
    finite = jnp.isfinite(size)
    better = finite & (size < it.best_gap)
    failed = ~finite | (size > 1e3 * it.best_gap)
    slot = jnp.mod(it.filled, DEPTH)
    remember = (it.spent > 0) & (it.filled >= 0) & ~failed
    moves = jnp.where(remember, it.moves.at[slot].set(it.x - it.previous_x), it.moves)
    changes = jnp.where(remember, it.changes.at[slot].set(f - it.previous_f), it.changes)
    filled = jnp.where(remember, it.filled + 1, it.filled)
    step = jnp.where(better, jnp.minimum(it.step * 1.3, first_step), it.step)
    candidate = it.x + _accelerated(f, moves, changes, step)
    step = jnp.where(failed, it.step * 0.5, step)
    best_x = jnp.where(better, it.x, it.best_x)
    return Iteration(
        x=jnp.where(failed, best_x, candidate),
        best_x=best_x,
        best_gap=jnp.where(better, size, it.best_gap),
        step=step,
        moves=jnp.where(failed, 0.0, moves),
        changes=jnp.where(failed, 0.0, changes),
        previous_x=jnp.where(failed, best_x, it.x),
        previous_f=jnp.where(failed, 0.0, f),
        # After a reset the next evaluation has no predecessor: -1 makes it skip the memory once.
        filled=jnp.where(failed, -1, jnp.where(it.filled < 0, 0, filled)),
        spent=it.spent + 1,
    )


def _accelerated(f: Array, moves: Array, changes: Array, step: Array) -> Array:
    """Move of x: the damped residual corrected by the memory; empty slots are zero rows and drop out."""
    # Unit rows: the Gram matrix then keeps recent small changes beside old large ones.
    norm = jnp.sqrt(jnp.sum(changes * changes, axis=1))
    unit = changes / jnp.where(norm > 0, norm, 1.0)[:, None]
    weights = jnp.linalg.solve(unit @ unit.T + RIDGE * jnp.eye(DEPTH), unit @ f)
    coefficients = jnp.where(norm > 0, weights / jnp.where(norm > 0, norm, 1.0), 0.0)
    move = step * (f - coefficients @ changes) - coefficients @ moves
    largest = jnp.max(jnp.abs(move))
    limited = move * jnp.minimum(1.0, MAX_MOVE / (largest + 1e-300))
    return jnp.where(jnp.isfinite(largest), limited, step * jnp.nan_to_num(f))
