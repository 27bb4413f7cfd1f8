"""Harsh random worlds: how many are solved, refused with a reason, or wrong.

Usage: ``python -m benchmarks.fuzz [--worlds 1000] [--seed 0]``. Sizes 2 to 194, with and without inputs; elasticities
1.5 to 60, empty cells, deficits to half of GDP, tariffs to 500%, bans. A result counts as solved only where
`residual`, written in levels and plain NumPy without a look at the package's equations, is small; a world may also be
refused with the package's own reason. Anything else - a large residual, a number that is not finite, an error of
another kind - is wrong, and its seed is printed.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections import Counter
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from benchmarks.generated import made_up_world
from multipolar.equilibrium import Equilibrium, solve
from multipolar.errors import MultipolarError, NotSolvedError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World

SIZES = (2, 5, 12, 34, 80, 194)
ALLOWED = 1e-8
"""Largest residual, relative, that counts as solved: the solver stops at 1e-10 in logs, and levels add rounding."""


class Finding(NamedTuple):
    """What became of one world: kind, and a line about it."""

    kind: str
    line: str
    seconds: float


def make_world(rng: np.random.Generator, n: int) -> World:
    """Return a balanced world; about half of them have inputs."""
    s = int(rng.choice([1, 2, 4] if n > 80 else [1, 3, 6]))
    size = rng.lognormal(0, rng.uniform(0.3, 2), n) * 1e5
    flow = size[:, None, None] * size[None, :, None] * rng.lognormal(0, 1.5, (n, n, s))
    flow *= size.sum() * rng.uniform(0.02, 1) / flow.sum()
    flow *= rng.random((n, n, s)) >= rng.choice([0.0, 0.3, 0.7])
    home = np.arange(n)
    flow[home, home] = size[:, None] / s * rng.uniform(0.3, 1.7, (n, s))
    tariff = rng.uniform(0, rng.choice([0.1, 0.5, 2.0]), (n, n, s))
    tariff[home, home] = 0.0
    flow = _limit_deficits(flow)
    output, absorbed = flow.sum(axis=1), ((1 + tariff) * flow).sum(axis=0)
    use = rng.dirichlet(np.ones(s), (n, s)) * output[:, :, None] * rng.choice([0.0, 0.3, 0.6])
    use *= np.minimum(1.0, 0.8 * absorbed / np.maximum(use.sum(axis=1), 1e-300))[:, None, :]
    return made_up_world("fuzz", flow, tariff, use, np.exp(rng.uniform(np.log(1.5), np.log(60), s)))


def _limit_deficits(flow: np.ndarray) -> np.ndarray:
    """Raise home sales where a deficit or surplus is above half of sales."""
    home = np.arange(flow.shape[0])
    gap = np.abs(flow.sum(axis=(0, 2)) - flow.sum(axis=(1, 2)))
    short = np.maximum(gap / 0.5 - flow.sum(axis=(1, 2)), 0.0)
    flow[home, home] += short[:, None] / flow.shape[2]
    return flow


def make_policy(rng: np.random.Generator, world: World) -> Policy:
    """Return new tariffs from 0 to 500% on some cells, other costs, and sometimes bans."""
    n, _, s = world.tariff.shape
    hit = rng.random((n, n, s)) < rng.choice([0.05, 0.3, 1.0])
    tariff = np.where(hit, rng.uniform(0, rng.choice([0.2, 1.0, 5.0]), hit.shape), world.tariff)
    cost = np.where(rng.random(hit.shape) < 0.2, np.exp(rng.normal(0, 0.2, hit.shape)), 1.0)
    if rng.random() < 0.4:
        cost[rng.random(hit.shape) < rng.choice([0.02, 0.3])] = np.inf
    home = np.arange(n)
    tariff[home, home], cost[home, home] = 0.0, 1.0
    return replace(status_quo(world, "fuzz"), tariff=tariff, cost_hat=cost)


def residual(world: World, policy: Policy, eq: Equilibrium) -> float:
    """Return how far a result is from its equations, in levels, from wages, prices and flows alone (relative).

    Shares follow from the wages and prices stated; then every identity is taken at the flows stated.
    """
    theta, flow = world.trade_elasticity, eq.trade_flow
    output = world.trade_flow.sum(axis=1)
    gamma = np.divide(
        world.intermediate_use,
        output[:, :, None],
        out=np.zeros_like(world.intermediate_use),
        where=output[:, :, None] > 0,
    )
    value_added = 1 - gamma.sum(axis=2)
    cost = eq.wage_hat[:, None] ** value_added * np.exp(np.einsum("osk,ok->os", gamma, np.log(eq.price_hat)))
    spent = (1 + world.tariff) * world.trade_flow
    before = spent.sum(axis=0)
    share = np.divide(spent, before, out=np.zeros_like(spent), where=before > 0)
    paid = (1 + policy.tariff) / (1 + world.tariff) * policy.cost_hat * cost[:, None, :]
    # Relative to the destination's price: no power leaves the range of floats.
    weight = share * (paid / eq.price_hat[None]) ** -theta
    price_gap = np.where(before > 0, weight.sum(axis=0) - 1, 0.0)
    spending = ((1 + policy.tariff) * flow).sum(axis=0)
    flow_gap = np.abs((1 + policy.tariff) * flow - weight * spending).sum(axis=0) / np.maximum(spending, 1e-300)
    sales = flow.sum(axis=1)
    earned, labour = (value_added * sales).sum(axis=1), (value_added * output).sum(axis=1)
    labour_gap = earned / (eq.wage_hat * labour) - 1
    deficit = world.trade_flow.sum(axis=(0, 2)) - world.trade_flow.sum(axis=(1, 2))
    income = eq.wage_hat * labour + (policy.tariff * flow).sum(axis=(0, 2)) + deficit
    alpha = world.final_demand / world.final_demand.sum(axis=1, keepdims=True)
    wanted = alpha * income[:, None] + np.einsum("dsk,ds->dk", gamma, sales)
    spending_gap = np.where(before > 0, wanted / np.where(before > 0, spending, 1.0) - 1, 0.0)
    numeraire = (eq.wage_hat * labour).sum() / labour.sum() - 1
    parts = (price_gap, flow_gap, labour_gap, spending_gap, np.array([numeraire]))
    # The elasticity multiplies an error of a price in its weight.
    # NumPy's maximum, which keeps NaN where Python's would lose it.
    return float(np.max([np.abs(part).max() for part in parts]) / max(1.0, float(theta.max())))


def examine(seed: int) -> Finding:
    """Make a world and a policy from a seed, solve, and judge."""
    rng = np.random.default_rng(seed)
    world = make_world(rng, SIZES[seed % len(SIZES)])
    policy = make_policy(rng, world)
    began = time.perf_counter()
    try:
        found = [solve(world, policy), solve(world, policy)]
    except NotSolvedError as error:
        told = {"without any supplier": "no supplier", "less than no income": "less than no income"}
        why = next((short for words, short in told.items() if words in str(error)), "residual not reached")
        return Finding(f"refused: {why}", str(error), time.perf_counter() - began)
    except MultipolarError as error:
        return Finding("refused: other", str(error), time.perf_counter() - began)
    except Exception as error:
        return Finding("wrong", f"{type(error).__name__}: {error}", time.perf_counter() - began)
    took = time.perf_counter() - began
    # Twice: a world that comes back may be solved another way.
    left = max(residual(world, policy, eq) for eq in found)
    apart = np.abs(found[1].real_income_hat / found[0].real_income_hat - 1).max()
    if not left <= ALLOWED or not apart <= ALLOWED:
        return Finding("wrong", f"residual {left:.1e}, {apart:.1e} apart, by {found[0].method}", took)
    return Finding(f"solved: {found[1].method}", f"residual {left:.1e}", took)


def main() -> int:
    """Examine worlds and print the tally; 1 where any is wrong."""
    parser = argparse.ArgumentParser(description="Solve harsh random worlds and tally what became of them.")
    parser.add_argument("--worlds", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--verbose", action="store_true", help="print each refusal")
    asked = parser.parse_args()
    warnings.simplefilter("error")
    tally: Counter[str] = Counter()
    by_size: dict[int, Counter[str]] = {size: Counter() for size in SIZES}
    wrong, began = 0, time.perf_counter()
    for seed in range(asked.seed, asked.seed + asked.worlds):
        found = examine(seed)
        tally[found.kind] += 1
        by_size[SIZES[seed % len(SIZES)]][found.kind.split(":")[0]] += 1
        wrong += found.kind == "wrong"
        if found.kind == "wrong" or (asked.verbose and found.kind.startswith("refused")):
            print(f"seed {seed}: {found.kind}, {found.line}", flush=True)
    print(f"{asked.worlds} worlds from seed {asked.seed} in {time.perf_counter() - began:.0f} s")
    for kind, count in sorted(tally.items()):
        print(f"  {kind:<44}{count:>6}")
    for size, counts in by_size.items():
        print(f"  {size:>4} economies: " + ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
