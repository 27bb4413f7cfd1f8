"""Three-way Poisson gravity on a million generated rows: this package beside bare pyfixest, in one run.

Usage: ``python -m benchmarks.gravity [ECONOMIES YEARS REPEATS]``. The two take turns; the ratio of the shortest times
is what counts, and that of processor time where the machine is shared. Bare pyfixest gets a table that holds its codes
of effects already, the tolerances that this package uses, and its own check for separated rows; this package starts
from names and years.
"""

from __future__ import annotations

import importlib
import os
import platform
import resource
import sys
import time
import tracemalloc
import warnings
from typing import Any

import numpy as np
import pandas as pd

from multipolar.gravity import correct, estimate, make_panel
from multipolar.gravity.estimate import EFFECTS_TOLERANCE, MAX_ITERATIONS, TOLERANCE
from multipolar.gravity.leverage import memory_needed

FORMULA = "trade ~ rta + tariff | exporter_time + importer_time + pair"


def made(economies: int, years: int, seed: int = 0) -> pd.DataFrame:
    """A generated panel with noise, zeros, an agreement of some pairs and a tariff."""
    rng = np.random.default_rng(seed)
    i, j, t = (a.ravel() for a in np.meshgrid(*map(np.arange, (economies, economies, years)), indexing="ij"))
    abroad = i != j
    i, j, t = i[abroad], j[abroad], t[abroad]
    size = rng.normal(0, 1.2, (2, economies, 1)) + rng.normal(0, 0.05, (2, economies, years)).cumsum(axis=2)
    never = 10 * years
    start = np.where(rng.random((economies, economies)) < 0.3, rng.integers(0, years, (economies, economies)), never)
    rta = (t >= np.minimum(start, start.T)[i, j]).astype(float)
    tariff = rng.uniform(0, 0.3, i.size)
    pair = rng.normal(0, 1, (economies, economies))
    mu = np.exp(size[0, i, t] + size[1, j, t] + pair[i, j] + 0.4 * rta - 2.0 * tariff)
    trade = mu * rng.gamma(2, 0.5, i.size)
    trade[rng.random(i.size) < 0.2 * np.exp(-mu)] = 0
    code = np.array([f"E{k:03d}" for k in range(economies)])
    return pd.DataFrame(
        {"exporter": code[i], "importer": code[j], "year": 1980 + t, "trade": trade, "rta": rta, "tariff": tariff}
    )


def main() -> None:
    """Measure and print."""
    pf: Any = importlib.import_module("pyfixest")

    economies, years, repeats = (int(word) for word in (sys.argv[1:] or ["160", "40", "2"]))
    frame = made(economies, years)
    table = frame.assign(
        it=frame.groupby(["exporter", "year"]).ngroup(),
        jt=frame.groupby(["importer", "year"]).ngroup(),
        ij=frame.groupby(["exporter", "importer"]).ngroup(),
    )
    panel = make_panel(frame, name="made")
    zeros = float((frame["trade"] == 0).mean())
    print(f"{platform.machine()}, Python {platform.python_version()}; {len(frame):,} rows, {zeros:.1%} of them zero")
    print(f"{os.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}")

    def bare() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return pf.fepois(
                "trade ~ rta + tariff | it + jt + ij",
                table,
                vcov={"CRV1": "ij"},
                ssc=pf.ssc(k_adj=False, k_fixef="none"),
                iwls_tol=TOLERANCE,
                iwls_maxiter=MAX_ITERATIONS,
                demeaner=pf.MapDemeaner(fixef_tol=EFFECTS_TOLERANCE, fixef_maxiter=100_000),
            )

    times: dict[str, list[tuple[float, float]]] = {"bare": [], "ours": []}
    theirs: Any = None
    ours: Any = None
    for _ in range(repeats):
        start = time.perf_counter(), time.process_time()
        theirs = bare()
        times["bare"].append((time.perf_counter() - start[0], time.process_time() - start[1]))
        start = time.perf_counter(), time.process_time()
        ours = estimate(panel, FORMULA, cluster="pair")
        times["ours"].append((time.perf_counter() - start[0], time.process_time() - start[1]))
    gap = np.abs(ours.coefficient - theirs._beta_hat).max()
    for at, kind in enumerate(("wall", "processor")):
        mine, bare_time = (min(each[at] for each in times[who]) for who in ("ours", "bare"))
        print(f"{kind} time: bare pyfixest {bare_time:.1f} s, this package {mine:.1f} s, ratio {mine / bare_time:.2f}")
    print(f"largest difference of coefficients {gap:.1e}; load after {os.getloadavg()[0]:.1f}")
    small = estimate(make_panel(made(100, 8, seed=1), name="small"), FORMULA, cluster="pair")
    assert small.blocks is not None
    _ = small.blocks.demeaned
    tracemalloc.start()
    start = time.perf_counter()
    correct(small)
    seconds, peak = time.perf_counter() - start, tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"bias correction with standard errors, 100 economies x 8 years: {seconds:.1f} s, ", end="")
    print(f"peak {peak / 1e6:.0f} MB, announced {memory_needed(small.blocks) / 1e6:.0f} MB")
    start = time.perf_counter()
    off = correct(ours, standard_errors=False)
    assert off.bias is not None
    print(f"bias alone on the million rows: {time.perf_counter() - start:.1f} s, {off.bias}")
    print(f"peak memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
