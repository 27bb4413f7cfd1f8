"""Print one table: the engine against the plain loops, side by side in this run, on this machine.

Usage: ``python -m benchmarks.run`` (or ``make bench``). Times depend on the machine; the ratios are what counts.
"""

from __future__ import annotations

import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from benchmarks.naive import solve_naive
from multipolar import load_world
from multipolar.equilibrium import Case, solve, solve_many
from multipolar.scenario import derive_policy, load_scenario


def best_of(work: Callable[[], object], repeats: int) -> float:
    """Shortest time of several runs (s): the least disturbed by whatever else the machine does."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    print(f"machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    world = load_world()
    policy = derive_policy(world, load_scenario("union-leader-tariff"))
    start = time.perf_counter()
    solve(world, policy)
    first = time.perf_counter() - start
    warm = best_of(lambda: solve(world, policy), 50)
    loop = best_of(lambda: solve_naive(world, policy, tolerance=1e-10), 1)
    gap = np.abs(solve(world, policy).wage_hat - solve_naive(world, policy, tolerance=1e-10)["wage"]).max()
    rng = np.random.default_rng(0)
    draws = [
        Case(replace(world, trade_elasticity=world.trade_elasticity * rng.uniform(0.8, 1.2, 3)), policy)
        for _ in range(200)
    ]
    many = best_of(lambda: solve_many(draws), 3) / len(draws)
    n, s = world.value_added.shape
    rows = [
        (f"one solve, {n} x {s}, warm", warm, 1.0),
        ("  plain loops, same residual", loop, loop / warm),
        ("  first solve of the process (compile or cache)", first, first / warm),
        ("200 draws, each", many, many / warm),
    ]
    print(f"{'work':<52}{'ms':>12}{'ratio to one warm solve':>28}")
    for name, seconds, ratio in rows:
        print(f"{name:<52}{1e3 * seconds:>12.2f}{ratio:>28.1f}")
    print(f"largest difference of wages between engine and plain loops: {gap:.1e}")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    shell = [sys.executable, "-m", "multipolar", "--help"]
    help_time = best_of(lambda: subprocess.run(shell, check=True, capture_output=True), 5)
    bare = best_of(lambda: subprocess.run([sys.executable, "-c", "import typer"], check=True, capture_output=True), 5)
    print(f"multipolar --help: {help_time:.2f} s; a bare `import typer`: {bare:.2f} s")


if __name__ == "__main__":
    main()
