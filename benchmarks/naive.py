"""The model in plain loops: slow, obvious, and written without a look at the package's own equations.

It serves twice: tests hold the engine against it, and the benchmark measures both side by side.
"""

from __future__ import annotations

from typing import Any

import numpy as np


def solve_naive(world: Any, policy: Any, tolerance: float = 1e-12, limit: int = 20_000) -> dict[str, np.ndarray]:
    """Solve a counterfactual with fixed deficits by nested loops: prices inside wages, expenditure by elimination.

    Returns wage, price, trade flows net of duty (USD million) and income, for comparison with the engine.
    """
    n, s = len(world.economies), len(world.sectors)
    flow, t0, t1 = world.trade_flow, world.tariff, policy.tariff
    theta = world.trade_elasticity
    output = flow.sum(axis=1)
    gamma = np.zeros((n, s, s))
    for i in range(n):
        for j in range(s):
            for k in range(s):
                gamma[i, j, k] = world.intermediate_use[i, j, k] / output[i, j] if output[i, j] > 0 else 0.0
    labour = [sum((1 - gamma[i, j].sum()) * output[i, j] for j in range(s)) for i in range(n)]
    alpha = world.final_demand / world.final_demand.sum(axis=1, keepdims=True)
    deficit = [
        sum(flow[o, d, k] - flow[d, o, k] for o in range(n) for k in range(s)) + policy.transfer[d] for d in range(n)
    ]
    share = np.zeros((n, n, s))
    for d in range(n):
        for k in range(s):
            total = sum((1 + t0[o, d, k]) * flow[o, d, k] for o in range(n))
            for o in range(n):
                share[o, d, k] = (1 + t0[o, d, k]) * flow[o, d, k] / total if total > 0 else 0.0
    wage, price = np.ones(n), np.ones((n, s))
    for _ in range(limit):
        price, new_share = _prices(wage, price, share, gamma, theta, t0, t1, policy, tolerance)
        spending = _spending(wage, new_share, gamma, alpha, labour, deficit, t1, policy.revenue_share)
        sold = np.zeros((n, s))
        for o in range(n):
            for k in range(s):
                sold[o, k] = sum(new_share[o, d, k] * spending[d, k] / (1 + t1[o, d, k]) for d in range(n))
        demand = np.array([sum((1 - gamma[o, j].sum()) * sold[o, j] for j in range(s)) / labour[o] for o in range(n)])
        excess = demand / wage - 1
        if max(abs(excess)) < tolerance:
            break
        wage = wage * (1 + excess / (1 + theta.max()))
        wage = wage * sum(labour) / sum(w * v for w, v in zip(wage, labour, strict=True))
    else:
        raise RuntimeError("the naive loop did not converge")
    new_flow = new_share * spending[None] / (1 + t1)
    duties = policy.revenue_share @ (t1 * new_flow).sum(axis=(0, 2))
    income = wage * np.array(labour) + duties + np.array(deficit)
    return {"wage": wage, "price": price, "trade_flow": new_flow, "income": income}


def _prices(wage, price, share, gamma, theta, t0, t1, policy, tolerance):
    """Iterate unit costs and price indices to a fixed point; return prices and the new trade shares."""
    n, s = price.shape
    for _ in range(20_000):
        cost = np.zeros((n, s))
        for o in range(n):
            for j in range(s):
                value = wage[o] ** (1 - gamma[o, j].sum())
                for k in range(s):
                    value *= price[o, k] ** gamma[o, j, k]
                cost[o, j] = value / policy.productivity_hat[o, j]
        new, offers = np.ones((n, s)), np.zeros((n, n, s))
        for d in range(n):
            for k in range(s):
                for o in range(n):
                    wedge = (1 + t1[o, d, k]) / (1 + t0[o, d, k]) * policy.cost_hat[o, d, k]
                    offers[o, d, k] = share[o, d, k] * (wedge * cost[o, k]) ** (-theta[k])
                total = offers[:, d, k].sum()
                if total > 0:
                    new[d, k] = total ** (-1 / theta[k])
        gap = abs(new - price).max()
        price = new
        if gap < tolerance / 10:
            total = offers.sum(axis=0)
            return price, np.divide(offers, total, out=np.zeros_like(offers), where=total > 0)
    raise RuntimeError("prices of the naive loop did not converge")


def _spending(wage, share, gamma, alpha, labour, deficit, t1, revenue_share):
    """Expenditure by plain linear algebra: X = alpha (w V + duties + D) + gamma' Y."""
    n, s = alpha.shape
    size = n * s
    system, constant = np.eye(size), np.zeros(size)
    for d in range(n):
        for k in range(s):
            row = d * s + k
            constant[row] = alpha[d, k] * (wage[d] * labour[d] + deficit[d])
            for c in range(n):
                for j in range(s):
                    column = c * s + j
                    for o in range(n):
                        net = share[o, c, j] / (1 + t1[o, c, j])
                        system[row, column] -= alpha[d, k] * revenue_share[d, c] * t1[o, c, j] * net
                        if o == d:
                            system[row, column] -= gamma[d, j, k] * net
    return np.linalg.solve(system, constant).reshape(n, s)
