"""One solve of a large world in NumPy: the equations of `equations`, sector first, and Anderson acceleration.

For a single vector the products with the attraction matrices are several times faster in BLAS than in compiled JAX
code, and nothing has to be compiled first. Small worlds stay with JAX, where the cost of a call to NumPy would dominate
and threads could not run side by side. What this finds is judged by its residual as any other attempt; where it falls
short the methods of `solver` follow.

Where no sector uses inputs, prices and expenditure follow from wages exactly, and wages alone are iterated, with steps
from the inverse Jacobian at the baseline once a world comes back. Shares and that inverse are kept for the worlds
solved last.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from multipolar.equilibrium.attempts import TARGET, Attempt
from multipolar.equilibrium.calibration import Calibration, Shock, calibrate
from multipolar.equilibrium.linked import Joint, Response, respond
from multipolar.equilibrium.sectors_first import Tables, backward, deficits, forward, labour_gap, sector_first, tables
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["SMALLEST", "Prepared", "prepare", "quick"]

SMALLEST = 9_000
"""Fewest cells of the trade matrix for which this is the first method.

Measured with one sector and one thread: a world that comes back is solved faster here from 60 economies on (1.2 against
1.4 ms; 1.4 against 2.1 ms with 97), one that is met for the first time, such as a draw, from 120 on (5.6 against 5.9
ms; 2.8 against 2.4 ms with 97).
"""

LINKED = 1.5
"""How much larger a world must be where sectors use inputs: 45 x 6 takes 3.8 ms either way, 70 x 3 4.0 against 5.2."""

DEPTH = 8
_EYE = np.eye(DEPTH)
RIDGE = 1e-12
MAX_MOVE = 1.0
LIMIT = 200
RESTARTS = 3
"""Steps thrown away before the search is left to the more careful methods."""

SWEEPS = 2
"""Sweeps of an evaluation where the response to wages is not known, as `linked.Joint` counts them."""

CHORD_LIMIT = 1000
"""Most economies for which the inverse Jacobian of wages is formed (8 MB)."""

KEPT = 2
"""Large worlds whose shares are kept; they are given up with the world."""


class Prepared(NamedTuple):
    """What does not depend on the policy.

    Attributes
    ----------
    base
        Shares and levels.
    home
        Share of sales at home [o].
    net_share
        Trade shares net of the baseline duty [o d s]; None where the world is small.
    chord
        Minus the inverse Jacobian of the labour gaps by log wages at the baseline [o o]; None where sectors use inputs,
        the world is small or is met for the first time.
    response
        The same, and the response of prices and expenditure, where sectors use inputs; else None.
    """

    base: Calibration
    home: Float64[Array, " o"]
    net_share: Float64[Array, "o d s"] | None
    chord: Float64[Array, "o o"] | None
    response: Response | None


_kept: WeakKeyDictionary[World, Prepared] = WeakKeyDictionary()
_lock = Lock()


def prepare(world: World) -> Prepared:
    """Return shares and first-order responses of a world; a world is immutable, so what was prepared stays true."""
    if world.trade_flow.size < SMALLEST * (LINKED if world.intermediate_use.any() else 1.0):
        return Prepared(calibrate(world), np.zeros(len(world.economies)), None, None, None)
    with _lock:
        found = _kept.get(world)
    if found is None:
        found = _met(world)
    elif found.chord is None and found.response is None:
        # Worth its price only for a world that comes back. One that sells nothing has no inverse: the search says so.
        with np.errstate(all="ignore"):
            found = _returning(world, found)
    else:
        return found
    with _lock:
        if world not in _kept and len(_kept) >= KEPT:
            _kept.clear()
        _kept[world] = found
    return found


def _met(world: World) -> Prepared:
    """Shares of a world, laid out sector by sector, so that nothing is reordered from solve to solve."""
    base = calibrate(world)
    sales = np.einsum("iis->i", world.trade_flow)
    home = sales / np.where(base.labour_income > 0, base.labour_income, np.inf)
    share, net = (
        sector_first(array).transpose(1, 2, 0) for array in (base.trade_share, base.trade_share / (1.0 + world.tariff))
    )
    return Prepared(base._replace(trade_share=share), home, net, None, None)


def _returning(world: World, found: Prepared) -> Prepared:
    if not found.base.input_share.any():
        return found._replace(chord=_chord(found.base, world))
    if found.net_share is None or found.base.labour_income.size > CHORD_LIMIT:
        return found
    return found._replace(response=respond(found.base, found.net_share))


def _chord(base: Calibration, world: World) -> np.ndarray | None:
    """Minus the inverse Jacobian of the labour gaps where costs are wages; it shapes steps and cannot move a solution.

    With fixed deficits and duties kept by who collects them it is exact at the baseline.
    """
    n = base.labour_income.size
    if n > CHORD_LIMIT:
        return None
    sales = np.ascontiguousarray((world.trade_flow / base.labour_income[:, None, None]).transpose(2, 0, 1))
    share = np.ascontiguousarray(base.trade_share.transpose(2, 0, 1))
    net = share / (1.0 + world.tariff.transpose(2, 0, 1))
    kept = net.sum(axis=1)
    # How much of a price reaches sellers, by the wage behind it: duties rise where spending turns to taxed origins.
    tilt = (base.final_share.T * base.theta[:, None])[:, :, None] * (net - kept[:, None] * share).transpose(0, 2, 1)
    earned = base.labour_income + base.deficit
    income = tilt.sum(axis=0) / (base.final_share.T * kept).sum(axis=0)[:, None]
    income[np.arange(n), np.arange(n)] += base.labour_income / earned
    competition = np.matmul(sales * base.theta[:, None, None], share.transpose(0, 2, 1)).sum(axis=0)
    jacobian = competition + sales.sum(axis=0) @ income - base.labour_income / base.labour_income.sum()
    jacobian[np.arange(n), np.arange(n)] -= 1.0 + (sales.sum(axis=2) * base.theta[:, None]).sum(axis=0)
    try:
        inverse = -np.linalg.inv(jacobian)
    except np.linalg.LinAlgError:
        return None
    return inverse if np.isfinite(inverse).all() else None


def quick(prepared: Prepared, shock: Shock, scale_deficits: bool) -> Attempt | None:
    """Search from the baseline; None where the world is small, so that `solver` begins with its other methods."""
    if prepared.net_share is None:
        return None
    base = prepared.base
    pooled = not np.array_equal(shock.revenue_share, np.eye(base.labour_income.size))
    linked = bool(base.input_share.any())
    t = tables(base, shock, scale_deficits, pooled, linked)
    n, size = base.labour_income.size, base.labour_income.size + 2 * base.expenditure.size
    response, chord = prepared.response, prepared.chord
    with np.errstate(all="ignore"):
        if response is not None:
            return _search(t, Joint(t, 1), size, n, response.step)
        if linked or pooled:
            weights = np.concatenate([base.wage_step, np.ones(2 * base.expenditure.size)])
            return _search(t, Joint(t, SWEEPS), size, size, lambda raw: weights * raw)
        # Without the chord, its diagonal: sales at home rise with the own wage, which the Jacobi step leaves out.
        diagonal = base.wage_step / (1.0 - base.wage_step * prepared.home)
        step = (lambda raw: diagonal * raw) if chord is None else (lambda raw: chord @ raw)
        return _search(t, partial(_alone, t), n, n, step)


def _alone(t: Tables, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wages, gaps of the labour markets [o] where costs are wages, and prices and expenditure that follow from them."""
    wage = np.exp(x)
    offers = np.exp(t.power * x)
    phi = forward(offers, t.attraction) + t.idle
    rate = (t.final_share * (1.0 - forward(offers, t.net) / phi)).sum(axis=0)
    bill = wage * t.labour_income
    income = (bill + deficits(t, wage, bill)) / (1.0 - rate)
    # Labour markets can clear with somebody spending less than nothing; that is no equilibrium.
    spending = t.final_share * np.where(income > 0, income, np.nan)
    demand = (offers * backward(t.net, spending / phi)).sum(axis=0)
    ratio = np.divide(spending, t.expenditure, out=np.ones_like(spending), where=t.active)
    implied = np.concatenate([(np.log(phi) / t.power).T.ravel(), np.log(ratio).T.ravel()])
    return x, labour_gap(t, demand, bill), implied


def _search(
    t: Tables,
    evaluate: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]],
    size: int,
    fitted: int,
    direction: Callable[[np.ndarray], np.ndarray],
) -> Attempt:
    """Anderson acceleration with the safeguards of `anderson`; returns the best state as `equations.pack` orders it.

    Of a state [size] the first `fitted` values say how past moves are combined: wages alone where the rest follows.
    """
    n, s = t.labour_income.size, t.power.size
    memory, x, step, failures = _Memory(size, fitted), np.zeros(size), 1.0, 0
    best, best_x, best_rest, spent = np.inf, x, np.zeros(2 * n * s), 0
    while spent < LIMIT and failures < RESTARTS:
        state, raw, rest = evaluate(x)
        spent += 1
        # NaN stays NaN here, and fails every comparison below.
        largest = max(float(raw.max()), -float(raw.min()))
        if largest < best:
            best, best_x, best_rest = largest, state, rest
            if largest <= TARGET:
                break
        elif not largest <= 1e3 * best:
            failures, step, x = failures + 1, step * 0.5, best_x
            memory.clear()
            continue
        residual = direction(raw)
        if state is not x:
            residual += state
            residual -= x
        x = _in_numeraire(t, x + memory.move(x, residual, step))
    found = _packed(best_x[:n], best_rest, n, s, size == n)
    return Attempt(found, best if np.isfinite(found).all() else np.inf, spent, "anderson, NumPy")


def _in_numeraire(t: Tables, x: np.ndarray) -> np.ndarray:
    """Scale all values so that world labour income keeps its baseline level: one direction less to search."""
    n = t.labour_income.size
    x -= np.log(np.exp(x[:n]) @ t.labour_income / t.labour_income.sum())
    return x


def _packed(log_wage: np.ndarray, rest: np.ndarray, n: int, s: int, ordered: bool) -> np.ndarray:
    """State in the order of `equations.pack`: prices and expenditure by destination, then sector."""
    if not ordered:
        rest = np.concatenate([part.reshape(s, n).T.ravel() for part in (rest[: n * s], rest[n * s :])])
    return np.concatenate([log_wage, rest])


class _Memory:
    """What the last moves did to the residual, as unit rows with their Gram matrix, and the moves that undo it.

    Parameters
    ----------
    size
        Length of a state.
    fitted
        How many of its values, the first, decide how much of each move is undone.
    """

    def __init__(self, size: int, fitted: int) -> None:
        self.fitted = fitted
        self.changes, self.moves = np.zeros((DEPTH, fitted)), np.zeros((DEPTH, size))
        self.gram = np.zeros((DEPTH, DEPTH))
        self.clear()

    def clear(self) -> None:
        self.filled = 0
        self.last: tuple[np.ndarray, np.ndarray] | None = None

    def move(self, x: np.ndarray, f: np.ndarray, step: float) -> np.ndarray:
        """Remember the step that led to `x` with residual `f` [n], and return the next one."""
        if self.last is not None:
            self._remember(x, f, step)
        self.last = (x, f)
        count = min(self.filled, DEPTH)
        moved = step * f
        if count:
            # einsum, not BLAS: threads would cost more than they spare at this size.
            right = np.einsum("mn,n->m", self.changes[:count], f[: self.fitted])
            weights = np.linalg.solve(self.gram[:count, :count] + RIDGE * _EYE[:count, :count], right)
            moved -= np.einsum("m,mn->n", weights, self.moves[:count])
        largest = max(float(moved.max()), -float(moved.min()))
        # NaN stays NaN: the next evaluation says so.
        return moved if largest <= MAX_MOVE else moved * (MAX_MOVE / largest)

    def _remember(self, x: np.ndarray, f: np.ndarray, step: float) -> None:
        before, past = self.last or (x, f)
        change = f[: self.fitted] - past[: self.fitted]
        norm = float(np.sqrt(np.einsum("n,n->", change, change)))
        if not norm > 0:
            return
        slot = self.filled % DEPTH
        np.multiply(change, 1.0 / norm, out=self.changes[slot])
        # The step only changes when the memory is emptied, so what it does to a row can be done here.
        row = np.subtract(f, past, out=self.moves[slot])
        row *= step
        row += x
        row -= before
        row *= 1.0 / norm
        self.filled += 1
        count = min(self.filled, DEPTH)
        along = np.einsum("mn,n->m", self.changes[:count], self.changes[slot])
        self.gram[slot, :count] = self.gram[:count, slot] = along
