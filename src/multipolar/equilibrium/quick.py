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
from threading import Lock
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from multipolar.equilibrium.attempts import TARGET, Attempt
from multipolar.equilibrium.calibration import Calibration, Shock, calibrate
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["SMALLEST", "Prepared", "prepare", "quick"]

SMALLEST = 20_000
"""Fewest cells of the trade matrix for which this is the first method."""

DEPTH = 8
RIDGE = 1e-12
MAX_MOVE = 1.0
LIMIT = 200
RESTARTS = 3
"""Steps thrown away before the search is left to the more careful methods."""

SWEEPS = 2
"""Sweeps over prices, and over expenditure, before the gaps of a state are taken."""

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
    chord
        Minus the inverse Jacobian of the labour gaps by log wages at the baseline [o o]; None where sectors use inputs,
        the world is small or is met for the first time.
    """

    base: Calibration
    home: Float64[Array, " o"]
    chord: Float64[Array, "o o"] | None


_kept: WeakKeyDictionary[World, Prepared] = WeakKeyDictionary()
_lock = Lock()


def prepare(world: World) -> Prepared:
    """Return shares and chord of a world; a world is immutable, so what was prepared for it stays true."""
    if world.trade_flow.size < SMALLEST:
        return Prepared(calibrate(world), np.zeros(len(world.economies)), None)
    with _lock:
        found = _kept.get(world)
    if found is None:
        base = calibrate(world)
        sales = np.einsum("iis->i", world.trade_flow)
        home = sales / np.where(base.labour_income > 0, base.labour_income, np.inf)
        found = Prepared(base, home, None)
    elif found.chord is None and not found.base.input_share.any():
        # Worth its price only for a world that comes back. One that sells nothing has no inverse: the search says so.
        with np.errstate(all="ignore"):
            found = Prepared(found.base, found.home, _chord(found.base, world))
    else:
        return found
    with _lock:
        if world not in _kept and len(_kept) >= KEPT:
            _kept.clear()
        _kept[world] = found
    return found


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


class _Tables(NamedTuple):
    """Baseline and shock with the sector first: ``attraction`` [s o d], shares and levels [s o] or [s d]."""

    attraction: np.ndarray
    net: np.ndarray
    power: np.ndarray
    labour_share: np.ndarray
    input_share: np.ndarray
    used_by: np.ndarray
    final_share: np.ndarray
    expenditure: np.ndarray
    active: np.ndarray
    idle: np.ndarray
    labour_income: np.ndarray
    deficit: np.ndarray
    transfer: np.ndarray
    revenue_share: np.ndarray | None
    scale_deficits: bool


def quick(prepared: Prepared, shock: Shock, scale_deficits: bool) -> Attempt | None:
    """Search from the baseline; None where the world is small, so that `solver` begins with its other methods."""
    if shock.attraction.size < SMALLEST:
        return None
    base = prepared.base
    pooled = not np.array_equal(shock.revenue_share, np.eye(base.labour_income.size))
    linked = bool(base.input_share.any())
    tables = _tables(base, shock, scale_deficits, pooled, linked)
    with np.errstate(all="ignore"):
        if linked or pooled:
            n = base.labour_income.size
            weights = np.concatenate([base.wage_step, np.ones(2 * base.expenditure.size)])
            return _search(tables, _joint, n + 2 * base.expenditure.size, lambda raw: weights * raw)
        chord = prepared.chord
        # Without the chord, its diagonal: sales at home rise with the own wage, which the Jacobi step leaves out.
        diagonal = base.wage_step / (1.0 - base.wage_step * prepared.home)
        step = (lambda raw: diagonal * raw) if chord is None else (lambda raw: chord @ raw)
        return _search(tables, _alone, base.labour_income.size, step)


def _tables(base: Calibration, shock: Shock, scale_deficits: bool, pooled: bool, linked: bool) -> _Tables:
    active = base.expenditure.T > 0
    expenditure = np.ascontiguousarray(base.expenditure.T)
    empty = np.zeros((0, 0, 0))
    return _Tables(
        attraction=_sector_first(shock.attraction),
        net=_sector_first(shock.net_attraction),
        power=-base.theta[:, None],
        labour_share=np.ascontiguousarray(base.labour_share.T),
        input_share=base.input_share if linked else empty,
        used_by=np.ascontiguousarray(base.input_share.transpose(0, 2, 1)) if linked else empty,
        final_share=np.ascontiguousarray(base.final_share.T),
        expenditure=expenditure,
        active=active,
        idle=(~active).astype(float),
        labour_income=base.labour_income,
        deficit=base.deficit,
        transfer=shock.transfer,
        revenue_share=shock.revenue_share if pooled else None,
        scale_deficits=scale_deficits,
    )


def _sector_first(array: Float64[Array, "o d s"]) -> np.ndarray:
    # With one sector the axes only change their names: no copy.
    if array.shape[2] == 1:
        return np.ascontiguousarray(array).reshape(1, *array.shape[:2])
    return np.ascontiguousarray(array.transpose(2, 0, 1))


def _forward(offers: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Return ``sum_o offers_so matrix_sod`` [s d]."""
    return np.matmul(offers[:, None, :], matrix)[:, 0]


def _backward(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return ``sum_d matrix_sod values_sd`` [s o]."""
    return np.matmul(matrix, values[:, :, None])[:, :, 0]


def _inputs(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Return ``sum_k matrix_osk values_ko`` [s o]: costs from prices, or supplies from sales with `used_by`."""
    return np.matmul(matrix, np.ascontiguousarray(values.T)[:, :, None])[:, :, 0].T


def _deficits(t: _Tables, wage: np.ndarray, bill: np.ndarray) -> np.ndarray:
    if not t.scale_deficits:
        return t.deficit + t.transfer
    scaled = t.deficit * wage
    return scaled - bill / bill.sum() * scaled.sum() + t.transfer


def _labour_gap(t: _Tables, demand: np.ndarray, bill: np.ndarray) -> np.ndarray:
    # As in `equations.gap`: the numeraire is added to each labour gap.
    return np.log(demand / bill) - np.log(bill.sum() / t.labour_income.sum())


def _alone(t: _Tables, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wages, gaps of the labour markets [o] where costs are wages, and prices and expenditure that follow from them."""
    wage = np.exp(x)
    offers = np.exp(t.power * x)
    phi = _forward(offers, t.attraction) + t.idle
    rate = (t.final_share * (1.0 - _forward(offers, t.net) / phi)).sum(axis=0)
    bill = wage * t.labour_income
    income = (bill + _deficits(t, wage, bill)) / (1.0 - rate)
    # Labour markets can clear with somebody spending less than nothing; that is no equilibrium.
    spending = t.final_share * np.where(income > 0, income, np.nan)
    demand = (offers * _backward(t.net, spending / phi)).sum(axis=0)
    ratio = np.divide(spending, t.expenditure, out=np.ones_like(spending), where=t.active)
    implied = np.concatenate([(np.log(phi) / t.power).T.ravel(), np.log(ratio).T.ravel()])
    return x, _labour_gap(t, demand, bill), implied


def _prices(t: _Tables, log_wage: np.ndarray, log_price: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log prices that costs at `log_price` imply, offers ``c^-theta`` and Phi, all [s o] or [s d]."""
    log_cost = t.labour_share * log_wage
    if t.input_share.size:
        log_cost = log_cost + _inputs(t.input_share, log_price)
    offers = np.exp(t.power * log_cost)
    phi = _forward(offers, t.attraction) + t.idle
    return np.log(phi) / t.power, offers, phi


def _joint(t: _Tables, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Let prices, then expenditure settle a little at the wages of `x`, and return that state and its gaps.

    A state and its gaps [n] are ordered (o, s d, s d). The sweeps cost as much as two thirds of an evaluation each and
    spare more than half of the iterations.
    """
    n, s = t.labour_income.size, t.power.size
    log_wage = x[:n]
    log_price, log_spending = x[n : n + n * s].reshape(s, n), x[n + n * s :].reshape(s, n)
    for _ in range(SWEEPS):
        log_price = _prices(t, log_wage, log_price)[0]
    implied, offers, phi = _prices(t, log_wage, log_price)
    duty = 1.0 - _forward(offers, t.net) / phi
    wage = np.exp(log_wage)
    bill = wage * t.labour_income
    earned = bill + _deficits(t, wage, bill)

    def spend(spending: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        sales = offers * _backward(t.net, spending / phi)
        duties = (spending * duty).sum(axis=0)
        wanted = t.final_share * (earned + (duties if t.revenue_share is None else t.revenue_share @ duties))
        wanted = wanted + _inputs(t.used_by, sales) if t.used_by.size else wanted
        # As above: nobody spends less than nothing.
        return np.where(wanted >= 0, wanted, np.nan), sales

    spending = t.expenditure * np.exp(log_spending)
    for _ in range(SWEEPS):
        spending = spend(spending)[0]
    wanted, sales = spend(spending)
    labour = _labour_gap(t, (t.labour_share * sales).sum(axis=0), bill)
    wish = np.where(t.active, np.log(wanted / spending), 0.0)
    here = np.where(t.active, np.log(spending / t.expenditure), 0.0)
    state = np.concatenate([log_wage, log_price.ravel(), here.ravel()])
    return state, np.concatenate([labour, (implied - log_price).ravel(), wish.ravel()]), state[n:]


def _search(
    t: _Tables,
    evaluate: Callable[[_Tables, np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]],
    size: int,
    direction: Callable[[np.ndarray], np.ndarray],
) -> Attempt:
    """Anderson acceleration with the safeguards of `anderson`; returns the best state as `equations.pack` orders it."""
    n, s = t.labour_income.size, t.power.size
    memory, x, step, failures = _Memory(size), np.zeros(size), 1.0, 0
    best, best_x, best_rest, spent = np.inf, x, np.zeros(2 * n * s), 0
    while spent < LIMIT and failures < RESTARTS:
        state, raw, rest = evaluate(t, x)
        spent += 1
        # NaN stays NaN here, and fails every comparison below.
        largest = float(np.abs(raw).max())
        if largest < best:
            best, best_x, best_rest = largest, state, rest
            if largest <= TARGET:
                break
        elif not largest <= 1e3 * best:
            failures, step, x = failures + 1, step * 0.5, best_x
            memory.clear()
            continue
        x = _in_numeraire(t, x + memory.move(x, state - x + direction(raw), step))
    found = _packed(best_x[:n], best_rest, n, s, evaluate is _alone)
    return Attempt(found, best if np.isfinite(found).all() else np.inf, spent, "anderson, NumPy")


def _in_numeraire(t: _Tables, x: np.ndarray) -> np.ndarray:
    """Scale all values so that world labour income keeps its baseline level: one direction less to search."""
    n = t.labour_income.size
    return x - np.log(np.exp(x[:n]) @ t.labour_income / t.labour_income.sum())


def _packed(log_wage: np.ndarray, rest: np.ndarray, n: int, s: int, ordered: bool) -> np.ndarray:
    """State in the order of `equations.pack`: prices and expenditure by destination, then sector."""
    if not ordered:
        rest = np.concatenate([part.reshape(s, n).T.ravel() for part in (rest[: n * s], rest[n * s :])])
    return np.concatenate([log_wage, rest])


class _Memory:
    """What the last moves did to the residual, as unit rows with their Gram matrix, and the moves that undo it."""

    def __init__(self, size: int) -> None:
        self.changes, self.moves = np.zeros((DEPTH, size)), np.zeros((DEPTH, size))
        self.gram = np.zeros((DEPTH, DEPTH))
        self.clear()

    def clear(self) -> None:
        self.filled = 0
        self.last: tuple[np.ndarray, np.ndarray] | None = None

    def move(self, x: np.ndarray, f: np.ndarray, step: float) -> np.ndarray:
        """Remember the step that led to `x` with residual `f` [n], and return the next one."""
        if self.last is not None:
            self._remember(x - self.last[0], f - self.last[1], step)
        self.last = (x, f)
        count = min(self.filled, DEPTH)
        moved = step * f
        if count:
            # einsum, not BLAS: threads would cost more than they spare at this size.
            right = np.einsum("mn,n->m", self.changes[:count], f)
            weights = np.linalg.solve(self.gram[:count, :count] + RIDGE * np.eye(count), right)
            moved -= np.einsum("m,mn->n", weights, self.moves[:count])
        largest = np.abs(moved).max()
        return moved * min(1.0, MAX_MOVE / (largest + 1e-300))

    def _remember(self, move: np.ndarray, change: np.ndarray, step: float) -> None:
        norm = float(np.sqrt(np.einsum("n,n->", change, change)))
        if not norm > 0:
            return
        slot = self.filled % DEPTH
        # The step only changes when the memory is emptied, so what it does to a row can be done here.
        np.multiply(change, 1.0 / norm, out=self.changes[slot])
        np.multiply(move + step * change, 1.0 / norm, out=self.moves[slot])
        self.filled += 1
        count = min(self.filled, DEPTH)
        row = np.einsum("mn,n->m", self.changes[:count], self.changes[slot])
        self.gram[slot, :count] = self.gram[:count, slot] = row
