"""A trade agreement of Canada and Japan among 30 countries: the documented example of the Python package gegravity."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from multipolar.errors import InputError, NotSolvedError
from multipolar.replicate.files import read_table, square
from multipolar.replicate.one_sector import one_sector_world, solve_proportional, trade_cost_policy
from multipolar.replicate.published import printed_values
from multipolar.replicate.result import Computed, Paper, Row, beside
from multipolar.types import Array, Float64

__all__ = ["PAPER", "Baseline", "Outcome", "baseline", "baseline_shares", "full_equilibrium", "rows"]

SIGMA = 5.0
PARTNERS = ("CAN", "JPN")
REFERENCE = "DEU"
"""Prices are relative to this economy's price index, as in the documentation."""

# Coefficients of trade costs in the documented example (its own estimates by PPML).
COEFFICIENTS = {
    "lndist": -0.3898623,
    "contiguity": 0.891577,
    "common_language": 0.0326249,
    "pta": 0.4711383,
    "international": -3.412584,
}

PAPER = Paper(
    id="gegravity-sample",
    title="A preferential agreement of Canada and Japan, example of gegravity",
    citation=(
        "Herman, P. R. (2021). gegravity: General Equilibrium Gravity Modeling in Python. USITC Economics Working "
        "Paper 2021-04-B; documentation of version 0.3. https://github.com/peter-herman/gegravity"
    ),
    folder="ge_gravity",
    files=("sample_data_set.dlm",),
    data_from="take it from the folder examples of https://github.com/peter-herman/gegravity",
    variants={
        "full-equilibrium": "this package's model: output and expenditure respond, and so do multilateral resistances",
        "baseline-shares": "the rule of gegravity 0.3: multilateral resistances at the baseline's shares of output",
    },
)


class Baseline(NamedTuple):
    """The fitted baseline.

    Attributes
    ----------
    economies
        Codes in axis order.
    openness
        ``trade cost ** (1 - sigma)`` of the example's coefficients, up to scale (pure number) [o d].
    output, expenditure
        Totals of the data, output scaled so that world output equals world expenditure (USD million) [o].
    flow
        Trade of the fitted costs with these totals (USD million) [o d].
    shock
        Change of `openness` by the agreement, in logs (pure number) [o d].
    """

    economies: tuple[str, ...]
    openness: Float64[Array, "o d"]
    output: Float64[Array, " o"]
    expenditure: Float64[Array, " d"]
    flow: Float64[Array, "o d"]
    shock: Float64[Array, "o d"]


class Outcome(NamedTuple):
    """Change factors in units of the reference price: factory price [o], price index [d], and trade after [o d]."""

    price: Float64[Array, " o"]
    price_index: Float64[Array, " d"]
    flow: Float64[Array, "o d"]


def rows(folder: Path) -> tuple[Row, ...]:
    """Compute every row from the package's sample in `folder`."""
    base = baseline(folder)
    outcomes = {"full-equilibrium": full_equilibrium(base), "baseline-shares": baseline_shares(base)}
    computed = [item for variant in PAPER.variants for item in _computed(base, variant, outcomes[variant])]
    return beside(computed, printed_values(PAPER.id))


def baseline(folder: Path) -> Baseline:
    """Read the sample and fit the baseline: costs of the coefficients, balanced to output and expenditure.

    Raises
    ------
    InputError
        If the file is damaged or lacks one of the example's countries.
    """
    table = read_table(PAPER, folder, PAPER.files[0], ["exporter", "importer", "Y", "E", *COEFFICIENTS])
    codes = tuple(sorted(str(code) for code in table["exporter"].unique()))
    absent = [code for code in (*PARTNERS, REFERENCE) if code not in codes]
    if absent:
        raise InputError(f"'{folder / PAPER.files[0]}' has no exporter '{absent[0]}'; {PAPER.data_from}")
    openness = np.exp(sum(value * square(PAPER, table, codes, name) for name, value in COEFFICIENTS.items()))
    output, expenditure = square(PAPER, table, codes, "Y")[:, 0], square(PAPER, table, codes, "E")[0]
    if (output <= 0).any() or (expenditure <= 0).any():
        raise InputError(
            f"'{folder / PAPER.files[0]}' has an output or expenditure that is not above 0; {PAPER.data_from}"
        )
    output = output * expenditure.sum() / output.sum()
    rows_scale, columns_scale = _balance(openness, output, expenditure)
    pta = square(PAPER, table, codes, "pta")
    joined = pta.copy()
    one, other = (codes.index(code) for code in PARTNERS)
    joined[one, other] = joined[other, one] = 1.0
    flow = rows_scale[:, None] * openness * columns_scale
    return Baseline(codes, openness, output, expenditure, flow, COEFFICIENTS["pta"] * (joined - pta))


def full_equilibrium(base: Baseline) -> Outcome:
    """Solve the model with expenditure a constant multiple of output (elasticity ``sigma - 1``)."""
    world = one_sector_world(PAPER.id, 2006, base.economies, base.flow, SIGMA - 1)
    eq, _ = solve_proportional(world, trade_cost_policy(world, "canada-japan", base.shock))
    unit = eq.consumer_price_hat[base.economies.index(REFERENCE)]
    return Outcome(eq.wage_hat / unit, eq.consumer_price_hat / unit, eq.trade_flow[:, :, 0] / unit)


def baseline_shares(base: Baseline) -> Outcome:
    """Apply the rule of gegravity 0.3: new costs balanced to the old totals, prices read off the new resistances.

    Notes
    -----
    With ``X_ij = Y_i E_j t_ij^(1-sigma) / (Pi_i P_j)^(1-sigma) / Y`` the totals on the right stay at the baseline while
    Pi and P are solved for; the factory price is then ``Pi / Pi'``, and output and expenditure move with it. In a full
    equilibrium the totals in the resistances would move too.
    """
    reference = base.economies.index(REFERENCE)
    before = _balance(base.openness, base.output, base.expenditure)
    costs = base.openness * np.exp(base.shock)
    after = _balance(costs, base.output, base.expenditure)
    # Ratios of Pi^(sigma-1) and P^(sigma-1), the reference's P held at 1.
    unit = after[1][reference] / before[1][reference]
    price = (after[0] / before[0] * unit) ** (1 / (1 - SIGMA))
    index = (after[1] / before[1] / unit) ** (1 / (SIGMA - 1))
    flow = after[0][:, None] * costs * after[1] * price[:, None] * price
    return Outcome(price, index, flow * base.output.sum() / (base.output * price).sum())


def _computed(base: Baseline, variant: str, outcome: Outcome) -> Iterator[Computed]:
    foreign = ~np.eye(len(base.economies), dtype=bool)
    before, after = base.flow * foreign, outcome.flow * foreign
    measures = {
        "real_wage_pct": outcome.price / outcome.price_index - 1,
        "exports_pct": after.sum(axis=1) / before.sum(axis=1) - 1,
        "imports_pct": after.sum(axis=0) / before.sum(axis=0) - 1,
    }
    for i, code in enumerate(base.economies):
        for measure, values in measures.items():
            yield Computed(variant, code, measure, 100 * float(values[i]))


def _balance(
    kernel: Float64[Array, "o d"], output: Float64[Array, " o"], expenditure: Float64[Array, " d"]
) -> tuple[Float64[Array, " o"], Float64[Array, " d"]]:
    """Scale rows and columns of `kernel` to the given totals (biproportional fitting); returns both scales."""
    rows_scale = np.ones_like(output)
    for _ in range(20_000):
        columns_scale = expenditure / (rows_scale @ kernel)
        update = output / (kernel @ columns_scale)
        move = np.abs(np.log(update / rows_scale)).max()
        rows_scale = update
        if move < 1e-14:
            return rows_scale, columns_scale
    raise NotSolvedError(
        f"'{PAPER.id}': trade costs did not balance to output and expenditure; check the sample's totals"
    )
