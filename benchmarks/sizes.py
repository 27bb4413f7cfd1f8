"""One warm solve at several sizes, beside plain loops and gegravity where they can run: side by side, in this run.

Usage: ``python -m benchmarks.sizes`` (part of ``make bench``). MULTIPOLAR_SHARED names the folder that holds data/ for
the worlds built from research data; MULTIPOLAR_GEGRAVITY_PYTHON a Python with gegravity. What is missing is left out,
and the output says so.
"""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.coalitions import goods_world, largest_traders, textbook
from benchmarks.generated import made_up_world
from benchmarks.naive import solve_naive
from multipolar.equilibrium import purge_deficits, solve
from multipolar.equilibrium.coalitions import BlocRule, bloc_policy
from multipolar.replicate import caliendo_parro_2015
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World, select_economies

ONE_SECTOR = (24, 48, 97, 194)
SECONDS = 3.0
"""Time spent on the repetitions of one warm solve."""

GEGRAVITY = """
import sys, time, warnings
warnings.simplefilter("ignore")
import gegravity as ge, pandas as pd
path, members, effect = sys.argv[1], sys.argv[2].split("+"), float(sys.argv[3])
data = pd.read_csv(path, keep_default_na=False)
base = ge.BaselineData(data, imp_var_name="importer", exp_var_name="exporter", year_var_name="year",
                       trade_var_name="trade", expend_var_name="expenditure", output_var_name="output")
table = pd.DataFrame([("friction", 1.0, 0.1), ("bloc", effect, 0.1)], columns=["var", "beta", "stderr"])
costs = ge.CostCoeffs(estimates=table, identifier_col="var", coeff_col="beta", stderr_col="stderr")
began = time.perf_counter()
model = ge.OneSectorGE(baseline=base, cost_coeff_values=costs, cost_variables=list(table["var"]), year="2023",
                       reference_importer=members[0], sigma=5.0, quiet=True)
model.build_baseline(omr_rescale=1)
after = model.baseline_data.copy()
inside = after["importer"].isin(members) & after["exporter"].isin(members) & (after["importer"] != after["exporter"])
after.loc[inside, "bloc"] = 1.0
model.define_experiment(after)
model.simulate()
print(time.perf_counter() - began)
"""


def generated(n: int, s: int, seed: int = 0) -> World:
    """Return a made-up world with inputs: gravity-like flows, half of output spent on inputs at most."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 1.2, n) * 1e5
    flow = size[:, None, None] * size[None, :, None] * rng.lognormal(0, 1, (n, n, s))
    flow *= 0.3 * size.sum() / flow.sum()
    home = np.arange(n)
    flow[home, home] = 1.5 * size[:, None] / s * rng.uniform(0.5, 1.5, (n, s))
    tariff = rng.uniform(0, 0.2, (n, n, s))
    tariff[home, home] = 0.0
    output, absorbed = flow.sum(axis=1), ((1 + tariff) * flow).sum(axis=0)
    use = 0.5 * rng.dirichlet(np.full(s, 0.3), (n, s)) * output[:, :, None]
    use *= np.minimum(1.0, 0.7 * absorbed / np.maximum(use.sum(axis=1), 1e-300))[:, None, :]
    return made_up_world("generated", flow, tariff, use, rng.uniform(2, 9, s))


def cases() -> Iterator[tuple[str, World, Policy]]:
    """Yield what is solved: a name, a world and a policy."""
    root = os.environ.get("MULTIPOLAR_SHARED")
    if root:
        whole = goods_world(Path(root) / "data")
        for count in ONE_SECTOR:
            traders = largest_traders(whole, count - 1)
            world = whole if count == len(whole.economies) else select_economies(whole, traders)
            yield f"goods 2023, {count} x 1", world, bloc_policy(world, members(world), BlocRule(internal_cost=0.95))
        data = Path(root) / "data" / caliendo_parro_2015.PAPER.folder
        before, after = caliendo_parro_2015.build(data)
        base = purge_deficits(before)
        inside = np.ix_(*[[base.economies.index(code) for code in caliendo_parro_2015.MEMBERS]] * 2)
        tariff = np.array(base.tariff)
        tariff[inside] = after[inside]
        yield "NAFTA, 31 x 40 with inputs", base, replace(status_quo(base, "nafta"), tariff=tariff)
    else:
        print("worlds of research data: left out, MULTIPOLAR_SHARED does not name the folder with data/")
    world = generated(77, 45)
    tariff = np.array(world.tariff)
    tariff[:10, :10] = 0.0
    yield "generated, 77 x 45 with inputs", world, replace(status_quo(world, "bloc"), tariff=tariff)


def members(world: World) -> list[str]:
    """Return the six largest traders, the rest of the world aside."""
    return [code for code in largest_traders(world, 7) if code != "ROW"][:6]


def repeated(work: Callable[[], object]) -> tuple[float, float]:
    """Return shortest and median time of a warm call (s)."""
    work()
    times: list[float] = []
    until = time.perf_counter() + SECONDS
    while len(times) < 5 or time.perf_counter() < until:
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return min(times), float(np.median(times))


def gegravity(world: World, bloc: Sequence[str]) -> float | None:
    """Return how long gegravity takes for one experiment on the flows of `world` (s), or None where it cannot run."""
    python = os.environ.get("MULTIPOLAR_GEGRAVITY_PYTHON", sys.executable)
    if subprocess.run([python, "-c", "import gegravity"], capture_output=True).returncode:
        return None
    flow = np.maximum(world.trade_flow[:, :, 0], 1e-9 * world.trade_flow.max())
    output, spent = flow.sum(axis=1), flow.sum(axis=0)
    friction = np.log(flow * flow.sum() / np.outer(output, spent))
    codes = np.array(world.economies)
    table = pd.DataFrame(
        {
            "exporter": np.repeat(codes, len(codes)),
            "importer": np.tile(codes, len(codes)),
            "year": "2023",
            "trade": flow.ravel(),
            "output": np.repeat(output, len(codes)),
            "expenditure": np.tile(spent, len(codes)),
            "friction": friction.ravel(),
            "bloc": 0.0,
        }
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        table.to_csv(path, index=False)
        call = [python, "-c", GEGRAVITY, str(path), "+".join(bloc), str(4 * np.log(1 / 0.95))]
        done = subprocess.run(call, capture_output=True, text=True)
    if not done.returncode:
        return float(done.stdout.split()[-1])
    print(f"  gegravity did not solve it: {done.stderr.strip().splitlines()[-1][:100]}")
    return None


def line(label: str, seconds: float, unit: float, note: str = "") -> None:
    """Print milliseconds and the ratio to our solve."""
    print(f"  {label:<44}{1e3 * seconds:>14.3f} ms{seconds / unit:>12.0f}  {note}", flush=True)


def main() -> None:
    """Measure and print."""
    if "OPENBLAS_CORETYPE" in os.environ:
        print("OPENBLAS_CORETYPE is set and can slow NumPy down: started again without it", flush=True)
        bare = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
        os.execve(sys.executable, [sys.executable, "-m", "benchmarks.sizes"], bare)
    print(
        f"machine: {platform.machine()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}; "
        "ratios to our solve"
    )
    for name, world, policy in cases():
        began = time.perf_counter()
        eq = solve(world, policy)
        first = time.perf_counter() - began
        best, median = repeated(lambda world=world, policy=policy: solve(world, policy))
        print(f"\n{name}: {eq.method}, {eq.iterations} evaluations, residual {eq.residual:.0e}")
        line("solve, warm, shortest", best, best, f"median {1e3 * median:.3f} ms")
        line("solve, first call of this size", first, best)
        n, s = world.value_added.shape
        if s == 1:
            began = time.perf_counter()
            wages, steps = textbook(world, policy)
            far = np.abs(wages / eq.wage_hat - 1).max()
            line("NumPy textbook loop", time.perf_counter() - began, best, f"{steps} steps; wages differ by {far:.0e}")
            if n <= 24:
                began = time.perf_counter()
                loops = solve_naive(world, policy, tolerance=1e-10)["wage"]
                far = np.abs(loops / eq.wage_hat - 1).max()
                line("plain Python loops", time.perf_counter() - began, best, f"wages differ by {far:.0e}")
            theirs = gegravity(world, members(world))
            if theirs is not None:
                line("gegravity 0.3, baseline and experiment", theirs, best, "its own model, without tariffs")


if __name__ == "__main__":
    main()
