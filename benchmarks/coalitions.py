"""Thousands of coalitions: the batch against single solves and against a plain solver, side by side in this run.

Usage: ``python -m benchmarks.coalitions``. The large world is built from research data that the project does not ship
(MULTIPOLAR_SHARED names the folder that holds data/); without it that part is left out, and the output says so.
"""

from __future__ import annotations

import os
import platform
import resource
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.naive import solve_naive
from multipolar import load_world
from multipolar.equilibrium.batch import Batch, estimate_memory, solve_coalitions
from multipolar.equilibrium.coalitions import BlocKind, BlocRule, bloc_policy, coalitions_of
from multipolar.equilibrium.solver import solve
from multipolar.scenario.policy import Policy
from multipolar.world import World

THETA = 4.0
SAMPLE = 40
REPEATS = 5
COST_CUT = 0.95


def goods_world(data: Path) -> World:
    """Build a one-sector world of 194 economies: BACI goods trade of 2023, home sales from GDP, WDI mean tariffs.

    A benchmark, not a study: duties are the latest import-weighted mean of each importer on every origin (the median
    where WDI has none), and output is GDP, with home sales of at least 5% of it.
    """
    baci = data / "baci2023"
    flow = pd.read_csv(baci / "trade_cepii.csv").fillna(0.0).to_numpy(float) / 1e3
    gdp = pd.read_csv(baci / "gdp.csv")["gdp"].to_numpy(float) / 1e6
    codes = tuple(pd.read_csv(baci / "country_labels.csv", keep_default_na=False)["iso3"])
    np.fill_diagonal(flow, 0.0)
    np.fill_diagonal(flow, np.maximum(gdp - flow.sum(axis=1), 0.05 * gdp))
    table = pd.read_csv(data / "wdi" / "tariff_applied_weighted_pct.csv", keep_default_na=False).sort_values("year")
    latest = table.groupby("iso3")["tariff_applied_weighted_pct"].last().astype(float) / 100
    rate = latest.reindex(codes).fillna(latest.median()).to_numpy()
    tariff = np.repeat(rate[None, :, None], len(codes), axis=0)
    tariff[np.arange(len(codes)), np.arange(len(codes))] = 0.0
    flow = flow[:, :, None]
    return World(
        name="goods-2023",
        year=2023,
        economies=codes,
        sectors=("goods",),
        economy_names=codes,
        sector_names=("Goods",),
        members=tuple((code,) for code in codes),
        trade_flow=flow,
        tariff=tariff,
        external_tariff=rate[:, None],
        intermediate_use=np.zeros((len(codes), 1, 1)),
        value_added=flow.sum(axis=1),
        final_demand=((1 + tariff) * flow).sum(axis=0),
        trade_elasticity=np.array([THETA]),
        flow_status=(flow > 0).astype(np.int8),
    )


def largest_traders(world: World, count: int) -> tuple[str, ...]:
    """Return the economies with the largest imports from others."""
    abroad = world.trade_flow.sum(axis=(0, 2)) - np.einsum("iis->i", world.trade_flow)
    return tuple(world.economies[i] for i in np.argsort(-abroad, kind="stable")[:count])


def textbook(world: World, policy: Policy, tolerance: float = 1e-10, limit: int = 5000) -> tuple[np.ndarray, int]:
    """Solve a one-sector world without inputs as textbooks do: NumPy, and one small step for all wages.

    Returns wages (pure number) [o] and the steps taken.
    """
    flow, t0, t1 = world.trade_flow[:, :, 0], world.tariff[:, :, 0], policy.tariff[:, :, 0]
    theta = float(world.trade_elasticity[0])
    labour = flow.sum(axis=1)
    deficit = flow.sum(axis=0) - labour
    spending = (1 + t0) * flow
    share0 = spending / spending.sum(axis=0)
    wedge = ((1 + t1) / (1 + t0) * policy.cost_hat[:, :, 0]) ** -theta
    wage = np.ones(len(labour))
    for step in range(limit):
        offers = share0 * wedge * wage[:, None] ** -theta
        share = offers / offers.sum(axis=0)
        net = share / (1 + t1)
        income = (wage * labour + deficit) / net.sum(axis=0)
        excess = net @ income / (wage * labour) - 1
        if np.abs(excess).max() < tolerance:
            return wage, step
        wage = wage * (1 + excess / (1 + theta))
        wage = wage * labour.sum() / (wage @ labour)
    raise RuntimeError("the textbook loop did not converge")


def timed(work: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Return the shortest time of several runs by the clock, and the processor time of that run (s)."""
    best = (np.inf, np.inf)
    for _ in range(repeats):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        best = min(best, (time.perf_counter() - wall, time.process_time() - cpu))
    return best


def row(label: str, seconds: float, each: float, note: str = "") -> None:
    """Print one line: milliseconds, and the ratio to one scenario of the batch."""
    print(f"  {label:<46}{1e3 * seconds:>12.3f} ms{seconds / each:>12.1f}  {note}")


def compare(world: World, members: Sequence[str], kind: BlocKind, reference: str | None) -> None:
    """Print one block of the table: all coalitions of `members` in `world`."""
    rule, coalitions = BlocRule(kind=kind, internal_cost=COST_CUT), coalitions_of(members)
    count, (n, s) = len(coalitions), world.value_added.shape
    began = time.perf_counter()
    batch = solve_coalitions(world, coalitions, rule)
    first = time.perf_counter() - began
    wall, cpu = timed(lambda: solve_coalitions(world, coalitions, rule), REPEATS)
    each = wall / count
    print(f"\n{count} coalitions of {len(members)} as {kind}, {n} economies x {s} sectors")
    row("batch, each", each, each, f"processor time {1e3 * cpu / count:.3f} ms")
    row("first call: compile or cache", first, each, "all scenarios")
    against(world, coalitions, rule, batch, each, reference)
    print(f"  not solved: {len(batch.failures)}; on their own: {sum(m != 'shared' for m in batch.methods)}; ", end="")
    print(f"largest residual {batch.residual.max():.1e}; evaluations {batch.iterations.mean():.1f} on average")
    cells = len(members) * (n if kind == "customs_union" else len(members))
    linked, workers = bool((world.intermediate_use > 0).any()), os.cpu_count() or 1
    estimate = estimate_memory(n, s, count, linked=linked, cells=cells, workers=workers)
    print(f"  memory by estimate {estimate / 1e6:.0f} MB; peak of this process, libraries, compiler and all: ", end="")
    print(f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def against(
    world: World, coalitions: list[tuple[str, ...]], rule: BlocRule, batch: Batch, each: float, reference: str | None
) -> None:
    """Print what others take for the same scenarios, and how far their numbers are from the batch's."""
    sample = np.random.default_rng(0).choice(len(coalitions), SAMPLE, replace=False)
    policies = {int(i): bloc_policy(world, coalitions[i], rule) for i in sample}
    single = {i: solve(world, policy) for i, policy in policies.items()}
    alone, _ = timed(lambda: [solve(world, policy) for policy in policies.values()], 3)
    gaps = [np.abs(eq.wage_hat / batch.wage_hat[i] - 1).max() for i, eq in single.items()]
    gaps += [np.abs(eq.real_income_hat / batch.real_income_hat[i] - 1).max() for i, eq in single.items()]
    row("single solves, each", alone / SAMPLE, each, f"largest relative difference {max(gaps):.1e}")
    if reference is None:
        return
    place = max(policies)
    began = time.perf_counter()
    if reference == "NumPy textbook loop":
        theirs = textbook(world, policies[place])[0]
    else:
        theirs = solve_naive(world, policies[place], tolerance=1e-10)["wage"]
    took = time.perf_counter() - began
    gap = np.abs(theirs / batch.wage_hat[place] - 1).max()
    row(f"{reference}, one", took, each, f"largest relative difference {gap:.1e}")


def main() -> None:
    """Measure and print."""
    if "OPENBLAS_CORETYPE" in os.environ:
        print("OPENBLAS_CORETYPE is set and can slow NumPy down: started again without it", flush=True)
        bare = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.coalitions"], bare)
    print(f"machine: {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; ", end="")
    print(f"shortest of {REPEATS} runs; ratios to one scenario of the batch, measured in this run")
    kinds: tuple[BlocKind, ...] = ("free_trade_area", "customs_union")
    root = os.environ.get("MULTIPOLAR_SHARED")
    if root:
        world = goods_world(Path(root) / "data")
        for kind in kinds:
            compare(world, largest_traders(world, 12), kind, "NumPy textbook loop")
    else:
        print("194 economies: left out, MULTIPOLAR_SHARED does not name the folder with data/")
    world = load_world()
    for kind in kinds:
        # The plain loops take minutes: once is enough.
        compare(world, largest_traders(world, 12), kind, "plain loops" if kind == "free_trade_area" else None)


if __name__ == "__main__":
    main()
