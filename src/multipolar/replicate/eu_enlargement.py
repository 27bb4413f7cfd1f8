"""The EU enlargements of 2000-2014 among 44 economies: the worked example of the gravity command ``ge_gravity``."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from multipolar.equilibrium import Equilibrium, effects, solve
from multipolar.errors import InputError
from multipolar.replicate.files import read_table, square
from multipolar.replicate.one_sector import one_sector_world, solve_proportional, trade_cost_policy
from multipolar.replicate.result import Computed, Paper, Row, beside
from multipolar.types import Array, Float64

__all__ = ["PAPER", "Shipped", "rows", "shipped", "solution"]

THETA = 4.0
YEAR = 2000

# variant -> the authors' columns with welfare (change factor, by exporter) and trade after.
COLUMNS = {"additive-deficits": ("w_eu", "X_eu"), "multiplicative-deficits": ("w_mult", "X_mult")}

PAPER = Paper(
    id="eu-enlargement",
    title="General equilibrium effects of the EU enlargements, example of ge_gravity",
    citation=(
        "Baier, S. L., Yotov, Y. V. & Zylkin, T. (2019). On the Widely Differing Effects of Free Trade Agreements. "
        "Journal of International Economics 116, 206-226 (model); Zylkin, T. & Kudlay, V., GEGravity 1.0.0, example "
        "with data and results. https://github.com/VKudlay/GEGravity"
    ),
    folder="ge_gravity",
    files=("TradeData0014_Results.csv",),
    data_from="export TradeData0014_Results of the R package at https://github.com/VKudlay/GEGravity as CSV",
    variants={
        "additive-deficits": "trade deficits fixed in units of world output, the command's default",
        "multiplicative-deficits": "expenditure a constant multiple of output, the command's other option",
    },
)


class Shipped:
    """The authors' own columns for the year of the baseline, as arrays."""

    def __init__(self, folder: Path) -> None:
        columns = [
            "exporter",
            "importer",
            "year",
            "trade",
            "eu_effect",
            *(c for pair in COLUMNS.values() for c in pair),
        ]
        table = read_table(PAPER, folder, PAPER.files[0], columns)
        table = table[table["year"] == YEAR]
        if table.empty:
            raise InputError(f"'{folder / PAPER.files[0]}' has no row of the year {YEAR}; {PAPER.data_from}")
        self.economies: tuple[str, ...] = tuple(sorted(str(code) for code in table["exporter"].unique()))
        self._table = table

    def matrix(self, column: str) -> Float64[Array, "o d"]:
        """One column by exporter and importer [o d]; raises `InputError` where a pair is missing."""
        return square(PAPER, self._table, self.economies, column)


def shipped(folder: Path) -> Shipped:
    """Read the authors' file."""
    return Shipped(folder)


def rows(folder: Path) -> tuple[Row, ...]:
    """Compute every row; the published values are read from the authors' file in `folder`."""
    data = shipped(folder)
    computed = [item for variant in PAPER.variants for item in _computed(data, variant)]
    return beside(computed, _published(data))


def solution(data: Shipped, variant: str) -> tuple[Equilibrium, float]:
    """Return the equilibrium of a variant and the common factor on expenditure (1 with additive deficits)."""
    world = one_sector_world(f"{PAPER.id}-{YEAR}", YEAR, data.economies, data.matrix("trade"), THETA)
    policy = trade_cost_policy(world, "eu-enlargement", data.matrix("eu_effect"))
    if variant == "additive-deficits":
        return solve(world, policy), 1.0
    eq, factor = solve_proportional(world, policy)
    return eq, factor


def _computed(data: Shipped, variant: str) -> Iterator[Computed]:
    eq, _ = solution(data, variant)
    table = effects(eq)
    # The command's welfare: expenditure over prices with additive deficits, wages over prices with multiplicative ones.
    welfare = "real_income_pct" if variant == "additive-deficits" else "real_wage_pct"
    names = {"welfare_pct": welfare} | {m: m for m in ("real_wage_pct", "exports_pct", "imports_pct")}
    for code in data.economies:
        for measure, column in names.items():
            yield Computed(variant, code, measure, float(table.loc[code, column]))  # type: ignore[arg-type]


def _published(data: Shipped) -> dict[tuple[str, str, str], float]:
    """Percent changes of the shipped results; trade with others is summed from the shipped flows."""
    found: dict[tuple[str, str, str], float] = {}
    foreign = ~np.eye(len(data.economies), dtype=bool)
    before = data.matrix("trade") * foreign
    for variant, (welfare, trade) in COLUMNS.items():
        gains = data.matrix(welfare)
        after = data.matrix(trade) * foreign
        for i, code in enumerate(data.economies):
            found[variant, code, "welfare_pct"] = 100 * (float(gains[i, 0]) - 1)
            found[variant, code, "exports_pct"] = 100 * (float(after[i].sum() / before[i].sum()) - 1)
            found[variant, code, "imports_pct"] = 100 * (float(after[:, i].sum() / before[:, i].sum()) - 1)
    return found
