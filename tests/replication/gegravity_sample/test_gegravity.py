"""Canada and Japan among 30 countries: the documented example of gegravity, and the package itself side by side."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multipolar.replicate import Replication, replicate
from multipolar.replicate.gegravity_sample import (
    COEFFICIENTS,
    PAPER,
    PARTNERS,
    REFERENCE,
    SIGMA,
    Baseline,
    baseline,
    full_equilibrium,
)
from multipolar.replicate.published import printed

INTERPRETER = "MULTIPOLAR_GEGRAVITY_PYTHON"


@pytest.fixture(scope="module")
def replication(shared_data: Path) -> Replication:
    return replicate(PAPER.id, shared_data)


@pytest.fixture(scope="module")
def base(shared_data: Path) -> Baseline:
    return baseline(shared_data / PAPER.folder)


def test_documented_results_to_their_printed_digits(replication: Replication) -> None:
    computed = {(row.variant, row.economy, row.measure): row.computed for row in replication.rows}
    values = [v for v in printed() if v.paper == PAPER.id and v.variant == "baseline-shares"]
    assert len(values) == 15
    for value in values:
        got = computed[value.variant, value.economy, value.measure]
        assert value.matches(got), (value.economy, value.measure, got)


def test_full_equilibrium_differs_by_more_than_rounding(replication: Replication) -> None:
    """Were the two variants the same, the documentation's rule would not be what separates us from it."""
    row = replication.largest_difference(variant="full-equilibrium", measure="real_wage_pct")
    assert row is not None and row.economy == "CAN"
    assert row.difference is not None
    assert 0.009 < row.difference < 0.011


def test_full_equilibrium_is_the_fixed_point_of_the_gravity_system_in_levels(base: Baseline) -> None:
    """Solve the system as gravity texts write it, in resistances and factory prices, with totals that respond.

    ``Pi_i^(1-s) = sum_j (t_ij / P_j)^(1-s) E_j / Y``, ``P_j^(1-s) = sum_i (t_ij / Pi_i)^(1-s) Y_i / Y`` and factory
    prices ``p_i^(1-s) = Y_i / Y / (b_i Pi_i^(1-s))`` with ``Y_i = p_i Q_i`` and ``E_i`` a constant multiple of it.
    """
    power = 1 - SIGMA

    def resistances(openness: np.ndarray, output: np.ndarray, expenditure: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        world, inward, outward = output.sum(), np.ones_like(output), np.ones_like(output)
        for _ in range(5000):
            outward = openness @ (expenditure / world / inward)
            update = (output / world / outward) @ openness
            if np.abs(update / inward - 1).max() < 1e-14:
                break
            inward = update
        return outward, inward

    outward, inward = resistances(base.openness, base.output, base.expenditure)
    taste = base.output / base.output.sum() / outward
    multiple = base.expenditure / base.output
    price, into = np.ones_like(base.output), inward
    openness = base.openness * np.exp(base.shock)
    for _ in range(2000):
        output = price * base.output
        expenditure = multiple * output * output.sum() / (multiple * output).sum()
        out, into = resistances(openness, output, expenditure)
        implied = (output / output.sum() / (taste * out)) ** (1 / power)
        move = implied / price
        # Taking the whole step overshoots: the implied price answers a dearer good with a cheaper one.
        price = price * move**0.2
        if np.abs(np.log(move)).max() < 1e-12:
            break
    real_wage = price / (into / inward) ** (1 / power)
    ours = full_equilibrium(base)
    np.testing.assert_allclose(real_wage, ours.price / ours.price_index, rtol=1e-9)


SCRIPT = """
import sys, warnings
warnings.simplefilter("ignore")
import gegravity as ge, pandas as pd
path, reference, sigma = sys.argv[1], sys.argv[2], float(sys.argv[3])
partners = sys.argv[4].split(",")
values = [item.split("=") for item in sys.argv[5:]]
data = pd.read_csv(path)
data["constant"] = 1
base = ge.BaselineData(data, imp_var_name="importer", exp_var_name="exporter", year_var_name="year",
                       trade_var_name="trade", expend_var_name="E", output_var_name="Y")
table = pd.DataFrame([(name, float(value), 0.1) for name, value in values], columns=["var", "beta", "stderr"])
costs = ge.CostCoeffs(estimates=table, identifier_col="var", coeff_col="beta", stderr_col="stderr")
model = ge.OneSectorGE(baseline=base, cost_coeff_values=costs, cost_variables=list(table["var"]), year="2006",
                       reference_importer=reference, sigma=sigma, quiet=True)
model.build_baseline(omr_rescale=1)
after = model.baseline_data.copy()
pair = after["importer"].isin(partners) & after["exporter"].isin(partners) & (after["importer"] != after["exporter"])
after.loc[pair, "pta"] = 1
model.define_experiment(after)
model.simulate()
model.country_results.to_csv(sys.stdout)
"""


@pytest.mark.long
def test_side_by_side_with_gegravity(replication: Replication, shared_data: Path) -> None:
    """Every country against the package itself; its solver stops at 1e-8."""
    python = os.environ.get(INTERPRETER, sys.executable)
    if subprocess.run([python, "-c", "import gegravity"], capture_output=True).returncode:
        pytest.skip(f"gegravity is missing: install it, or set {INTERPRETER} to a Python that has it")
    # The documented constant changes nothing but the scale of the resistances, which the package's solver needs.
    values = [f"{name}={value}" for name, value in (*COEFFICIENTS.items(), ("constant", 16.32434))]
    path = shared_data / PAPER.folder / PAPER.files[0]
    call = [python, "-c", SCRIPT, str(path), REFERENCE, str(SIGMA), ",".join(PARTNERS), *values]
    done = subprocess.run(call, capture_output=True, text=True, check=True)
    theirs = pd.read_csv(io.StringIO(done.stdout), index_col=0)
    ours = (
        replication.to_frame()
        .query("variant == 'baseline-shares'")
        .pivot(index="economy", columns="measure", values="computed")
    )
    assert list(theirs.index) == list(ours.index)
    names = {
        "real_wage_pct": "terms of trade change (percent)",
        "exports_pct": "foreign exports change (percent)",
        "imports_pct": "foreign imports change (percent)",
    }
    for measure, column in names.items():
        np.testing.assert_allclose(ours[measure], theirs[column], atol=1e-5)
