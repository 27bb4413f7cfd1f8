"""Worlds whose sectors use inputs: one evaluation over wages, prices and expenditure, and their response to wages.

An evaluation lets prices, then expenditure settle a little before it takes the gaps. A world that comes back has the
first-order response of prices and expenditure to wages kept, and with it the inverse Jacobian of the labour markets:
the search is then one over wages, with prices and expenditure carried along.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from multipolar.equilibrium.calibration import Calibration
from multipolar.equilibrium.sectors_first import Tables, backward, deficits, forward, labour_gap
from multipolar.types import Array, Float64

__all__ = ["Joint", "Response", "respond"]

TERMS = 6
"""Rounds of inputs that the response counts: what the seventh adds no longer changes the number of evaluations."""


class Response(NamedTuple):
    """First-order response to log wages at the baseline; it shapes steps and cannot move a solution.

    Attributes
    ----------
    wage
        Minus the inverse Jacobian of the labour gaps, prices and expenditure following along [o o].
    state
        Response of a state as `Joint` orders it, one block [o o] for wages and for prices and expenditure of each
        sector [block state o]; in single precision, for it is read from memory in every step.
    """

    wage: Float64[Array, "o o"]
    state: np.ndarray

    def step(self, raw: np.ndarray) -> np.ndarray:
        """Return the move of a state [n] that closes the labour gaps to first order, and the other gaps of `raw`."""
        count = self.wage.shape[0]
        wage = self.wage @ raw[:count]
        # Block by block: the products stay below the size at which BLAS would start threads for them.
        moved = np.matmul(self.state, wage.astype(np.float32)[:, None]).reshape(-1)
        found = raw + moved
        found[:count] = wage
        return found


def respond(base: Calibration, net_share: Float64[Array, "o d s"]) -> Response | None:
    """Return the response with fixed deficits, duties kept by who collects them; None where it has no inverse.

    Parameters
    ----------
    base
        Baseline.
    net_share
        Trade shares net of the baseline duty.
    """
    n, s = base.expenditure.shape
    own = np.arange(n)
    share, net, inputs = (
        np.ascontiguousarray(array, dtype=np.float32)
        for array in (base.trade_share.transpose(2, 1, 0), net_share.transpose(2, 0, 1), base.input_share)
    )
    spent, final, labour, theta = (
        np.ascontiguousarray(array.T, dtype=np.float32)[:, :, None]
        for array in (base.expenditure, base.final_share, base.labour_share, np.tile(base.theta, (n, 1)))
    )
    income = base.labour_income.astype(np.float32)
    kept = net.sum(axis=1)[:, :, None]

    def through(matrix: np.ndarray, values: np.ndarray) -> np.ndarray:
        return np.matmul(matrix, np.ascontiguousarray(values.transpose(1, 0, 2))).transpose(1, 0, 2)

    def cost_of(price: np.ndarray) -> np.ndarray:
        cost = np.ascontiguousarray(through(inputs, price))
        cost[:, own, own] += labour[:, :, 0]
        return cost

    # All responses are [s d wage] or [s o wage]: logs for costs and prices, levels for sales and expenditure.
    price = np.zeros((s, n, n), dtype=np.float32)
    cost = cost_of(price)
    for _ in range(TERMS):
        price = np.matmul(share, cost)
        cost = cost_of(price)
    earned = (spent * theta * (np.matmul(net.transpose(0, 2, 1), cost) - kept * price)).sum(axis=0)
    earned[own, own] += income
    sold = net * spent.transpose(0, 2, 1)
    diverted = theta * (np.matmul(sold, price) - sold.sum(axis=2)[:, :, None] * cost)
    spending, sales = np.zeros_like(price), diverted
    used_by = np.ascontiguousarray(inputs.transpose(0, 2, 1))
    for _ in range(TERMS):
        spending = final * (earned + ((1.0 - kept) * spending).sum(axis=0)) + through(used_by, sales)
        sales = diverted + np.matmul(net, spending)
    jacobian = (labour * sales).sum(axis=0, dtype=float) / base.labour_income[:, None]
    jacobian -= base.labour_income / base.labour_income.sum()
    jacobian[own, own] -= 1.0
    grown = np.divide(spending, spent, out=np.zeros_like(spending), where=spent > 0)
    state = np.concatenate([np.zeros((1, n, n), dtype=np.float32), price, grown])
    try:
        inverse = -np.linalg.inv(jacobian)
    except np.linalg.LinAlgError:
        return None
    return Response(inverse, state) if np.isfinite(inverse).all() and np.isfinite(state).all() else None


class Joint:
    """The equations at states ordered (wages o, prices s d, expenditure s d), all in logs.

    Parameters
    ----------
    tables
        Baseline and shock.
    sweeps
        Sweeps over prices, and over expenditure, before the gaps of a state are taken. They cost as much as two thirds
        of an evaluation each; two spare more than half of the iterations where the response to wages is not known, one
        spares a third where it is.
    """

    def __init__(self, tables: Tables, sweeps: int) -> None:
        self.tables, self.sweeps = tables, sweeps
        shape = tables.expenditure.shape
        self.by_wage = tables.power * tables.labour_share
        self.per_power = 1.0 / tables.power
        self.empty = None if tables.active.all() else ~tables.active
        # Written over and over: a fresh array for every product would cost as much as the product.
        self.cost, self.offers, self.phi, self.duty, self.sales, self.part = (np.empty(shape) for _ in range(6))

    def __call__(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the state near `x` [n] at which the gaps are taken, those gaps [n], and prices and expenditure."""
        t = self.tables
        s, n = t.expenditure.shape
        log_wage, log_price, log_spending = x[:n], x[n : n + n * s].reshape(s, n), x[n + n * s :].reshape(s, n)
        state, raw = np.empty_like(x), np.empty_like(x)
        at_wage = self.by_wage * log_wage
        for _ in range(self.sweeps):
            log_price = self._prices(at_wage, log_price)
        implied = self._prices(at_wage, log_price)
        state[:n] = log_wage
        state[n : n + n * s] = log_price.ravel()
        np.subtract(implied, log_price, out=raw[n : n + n * s].reshape(s, n))
        spending, wanted, bill = self._spend(log_wage, np.exp(log_spending) * t.expenditure)
        np.multiply(t.labour_share, self.sales, out=self.part)
        raw[:n] = labour_gap(t, self.part.sum(axis=0), bill)
        self._log_ratio(spending, t.expenditure, state[n + n * s :].reshape(s, n))
        self._log_ratio(wanted, spending, raw[n + n * s :].reshape(s, n))
        # Labour markets can clear with somebody spending less than nothing; that is no equilibrium.
        if wanted.min() < 0:
            raw[:] = np.nan
        return state, raw, state[n:]

    def _prices(self, at_wage: np.ndarray, log_price: np.ndarray) -> np.ndarray:
        """Log prices that costs at `log_price` imply [s d]; offers ``c^-theta`` [s o] and Phi [s d] are kept."""
        t, cost = self.tables, self.cost
        if t.input_share.size:
            np.matmul(t.input_share, log_price.T[:, :, None], out=cost.T[:, :, None])
            cost *= t.power
            cost += at_wage
        else:
            cost[...] = at_wage
        np.exp(cost, out=self.offers)
        phi = forward(self.offers, t.attraction, self.phi)
        phi += t.idle
        found = np.log(phi)
        found *= self.per_power
        return found

    def _spend(self, log_wage: np.ndarray, spending: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Expenditure after the sweeps, what income and sales at it would buy [s d], and the wage bill [o]."""
        t = self.tables
        per_price, part = np.divide(1.0, self.phi, out=self.phi), self.part
        duty = forward(self.offers, t.net, self.duty)
        duty *= per_price
        np.subtract(1.0, duty, out=duty)
        wage = np.exp(log_wage)
        bill = wage * t.labour_income
        earned = bill + deficits(t, wage, bill)
        wanted = spending
        for _ in range(self.sweeps + 1):
            spending = wanted
            np.multiply(spending, per_price, out=part)
            sales = backward(t.net, part, self.sales)
            sales *= self.offers
            np.multiply(spending, duty, out=part)
            duties = part.sum(axis=0)
            np.multiply(
                t.final_share, earned + (duties if t.revenue_share is None else t.revenue_share @ duties), out=part
            )
            wanted = np.empty_like(spending)
            if t.input_share.size:
                np.matmul(sales.T[:, None, :], t.input_share, out=wanted.T[:, None, :])
                wanted += part
            else:
                wanted[...] = part
        return spending, wanted, bill

    def _log_ratio(self, after: np.ndarray, before: np.ndarray, out: np.ndarray) -> None:
        """Write ``ln(after / before)`` [s d], 0 where nothing is spent."""
        np.divide(after, before, out=out)
        np.log(out, out=out)
        if self.empty is not None:
            out[self.empty] = 0.0
