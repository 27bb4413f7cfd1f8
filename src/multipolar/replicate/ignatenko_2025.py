"""Ignatenko, Lashkaripour, Macedoni & Simonovska (2025): the US tariffs of April 2025 among 194 economies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from multipolar.equilibrium import Equilibrium
from multipolar.errors import InputError
from multipolar.replicate.files import read_table
from multipolar.replicate.ignatenko_setup import (
    DIFFERENCES,
    EU,
    US,
    Baseline,
    best_rate,
    common_answer,
    common_us_rate,
    set_up,
    solved,
)
from multipolar.replicate.ignatenko_tables import MEASURES, authors_welfare, averages, measures, world_totals
from multipolar.replicate.published import printed_values
from multipolar.replicate.result import Computed, Paper, Row, beside
from multipolar.types import Array, Float64

__all__ = ["PAPER", "baseline", "rows"]

# The authors' results economy by economy, which a reader may put beside the data -> the variant they belong to.
ECONOMY_RESULTS = {"output_map.csv": "ustr", "output_map_retal.csv": "optimal-retaliation"}

TABLE_10 = ("eaton-kortum", "balanced", "eaton-kortum-retaliation", "balanced-retaliation")
"""Variants for which the paper prints the plain mean of welfare."""

PAPER = Paper(
    id="ignatenko-2025",
    title="Making America great again? The economic impacts of Liberation Day tariffs",
    citation=(
        "Ignatenko, A., Lashkaripour, A., Macedoni, L. & Simonovska, I. (2025). Making America great again? The "
        "economic impacts of Liberation Day tariffs. Journal of International Economics 157, 104138. "
        "https://doi.org/10.1016/j.jinteco.2025.104138"
    ),
    folder="baci2023",
    files=("trade_cepii.csv", "gdp.csv", "tariffs.csv", "country_labels.csv"),
    data_from=(
        "take it from data/base_data of the paper's replication package "
        "(https://doi.org/10.1016/j.jinteco.2025.104138; a copy is at "
        "https://github.com/JoeLoera/liberation-day-replication)"
    ),
    variants={
        "ustr": "tariffs of the US Trade Representative, income-tax relief (Table 1, case 1; Table 9, baseline)",
        "ustr-lump-sum": "the same, revenue paid to households (Table 1, case 2)",
        "optimal": "optimal US tariff, income-tax relief (Table 1, case 3)",
        "reciprocal": "USTR tariffs, answered at the same rates (Table 2)",
        "optimal-retaliation": "USTR tariffs, answered at the optimal rate of the others (Table 2)",
        "optimal-both": "optimal US tariff, answered at the optimal rate of the others (Table 2)",
        "war-eu-china": "USTR rates between the US and EU or China, 10% between the US and others (Table 8, case 1)",
        "war-china": "USTR rate between the US and China, 10% between the US and others (Table 8, case 2)",
        "war-china-108": "108% between the US and China, 10% between the US and others (Table 8, case 3)",
        "low-pass-through": "USTR tariffs, a quarter of which reaches firms' prices (Table 9, alternative 2)",
        "elasticity-8": "USTR tariffs, trade elasticity 8 (Table 9, alternative 3)",
        "eaton-kortum": "USTR tariffs, no fixed costs of exporting (Table 9, alternative 4; Table 10, case 1)",
        "balanced": "USTR tariffs, trade with the US balanced before (Table 10, case 2)",
        "eaton-kortum-retaliation": "eaton-kortum, answered at 25% (Table 10, case 3)",
        "balanced-retaliation": "balanced, answered at the optimal rate of balanced trade (Table 10, case 4)",
        "inputs": "USTR tariffs, 51% of costs are inputs (Table 4, case 1)",
        "inputs-optimal": "optimal common US tariff with inputs (Table 4, case 2)",
        "inputs-reciprocal": "USTR tariffs with inputs, answered at the same rates (Table 4, retaliation, case 1)",
        "inputs-optimal-retaliation": (
            "USTR tariffs with inputs, answered at the optimal common rate (Table 4, retaliation, case 2)"
        ),
    },
)


def rows(folder: Path) -> tuple[Row, ...]:
    """Compute every row from the authors' files in `folder`."""
    found = baseline(folder)
    published = dict(printed_values(PAPER.id)) | _published_by_economy(folder, found)
    return beside(_computed(found), published)


def baseline(folder: Path) -> Baseline:
    """Read the authors' files and set the baseline up.

    Raises
    ------
    InputError
        If a file is damaged or the files do not fit each other.
    """
    labels = read_table(PAPER, folder, "country_labels.csv", ["iso3"])["iso3"]
    codes = tuple(str(code) for code in labels)
    groups = ({US}, {"CHN"}, set(EU), set(codes) - {US, "CHN", *EU})
    if len(set(codes)) != len(codes) or not all(group & set(codes) for group in groups):
        raise InputError(
            f"'{folder / 'country_labels.csv'}' needs every code once, and the US, China, the EU and others among "
            f"them; {PAPER.data_from}"
        )
    trade = read_table(PAPER, folder, "trade_cepii.csv", [f"export_ij{i + 1}" for i in range(len(codes))])
    return set_up(
        codes,
        # An empty cell is trade that is not there; thousand USD.
        _numbers(folder, "trade_cepii.csv", trade.fillna(0.0).to_numpy(), (len(codes), len(codes))) / 1e3,
        _numbers(folder, "gdp.csv", read_table(PAPER, folder, "gdp.csv", ["gdp"])["gdp"].to_numpy(), codes) / 1e6,
        _numbers(
            folder,
            "tariffs.csv",
            read_table(PAPER, folder, "tariffs.csv", ["applied_tariff"])["applied_tariff"].to_numpy(),
            codes,
        ),
    )


def _numbers(folder: Path, name: str, values: np.ndarray, like: tuple) -> np.ndarray:
    """Check that a table is numbers at or above zero, of the size that the labels ask for."""
    shape = like if all(isinstance(item, int) for item in like) else (len(like),)
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        array = np.full(shape, np.nan)
    if array.shape != shape or not (np.isfinite(array) & (array >= 0)).all():
        size = " x ".join(str(length) for length in shape)
        raise InputError(f"'{folder / name}' must hold {size} numbers, none below 0; {PAPER.data_from}")
    return array


def _computed(found: Baseline) -> Iterator[Computed]:
    for variant in PAPER.variants:
        values, weight, whole = _results(found, variant)
        by_economy = variant in ECONOMY_RESULTS.values()
        for measure in values:
            shown = found.world.economies if by_economy else (US, "CHN")
            for code in shown:
                yield Computed(variant, code, measure, float(values[measure][found.world.economies.index(code)]))
            for group, mean in averages(found, values[measure], weight).items():
                yield Computed(variant, group, measure, mean)
        if variant in TABLE_10:
            mean = float(np.delete(values["welfare_pct"], found.us).mean())
            yield Computed(variant, "NON-USA", "welfare_unweighted_pct", mean)
        for measure, value in whole.items():
            yield Computed(variant, "WORLD", measure, value)


def _results(found: Baseline, variant: str) -> tuple[dict[str, Array], Float64[Array, " d"], dict[str, float]]:
    """Measures by economy [d], the weights of their averages [d], and totals of the world."""
    if variant in DIFFERENCES:
        before, after = (solved(found, part) for part in DIFFERENCES[variant])
        first, second = (measures(eq, found) for eq in (before, after))
        return {name: second[name] - first[name] for name in MEASURES}, found.expenditure, {}
    eq = SEARCHES[variant](found) if variant in SEARCHES else solved(found, variant)
    weight = found.gdp if variant.startswith("inputs") else found.expenditure
    return measures(eq, found), weight, world_totals(eq)


def optimal_with_inputs(found: Baseline) -> Equilibrium:
    """The common US rate, up to 25%, at which US welfare is highest."""
    return common_us_rate(
        found, best_rate(lambda rate: authors_welfare(common_us_rate(found, rate))[found.us], highest=0.25)
    )


def optimal_answer_with_inputs(found: Baseline) -> Equilibrium:
    """The common rate of everybody else, up to 50%, at which their mean welfare by income is highest."""

    def gain(rate: float) -> float:
        eq = common_answer(found, rate)
        abroad = np.arange(len(eq.wage_hat)) != found.us
        return float(np.average(authors_welfare(eq)[abroad], weights=eq.before.payroll[abroad, 0]))

    return common_answer(found, best_rate(gain, highest=0.5))


SEARCHES: Mapping[str, Callable[[Baseline], Equilibrium]] = {
    "inputs-optimal": optimal_with_inputs,
    "inputs-optimal-retaliation": optimal_answer_with_inputs,
}


def _published_by_economy(folder: Path, found: Baseline) -> dict[tuple[str, str, str], float]:
    """The authors' results for every economy, where their files lie beside the data."""
    published: dict[tuple[str, str, str], float] = {}
    for name, variant in ECONOMY_RESULTS.items():
        if not (folder / name).is_file():
            continue
        columns = [f"Value_{i + 1}" for i in range(len(MEASURES))]
        table = read_table(PAPER, folder, name, ["Country", *columns])
        for code, *values in table[["Country", *columns]].itertuples(index=False):
            # What is in print stands beside the computed numbers of these two; print is rounded, so this is finer.
            for measure, value in zip(MEASURES, values, strict=True):
                published[variant, str(code), measure] = float(value) * (100 if measure == "tariff_revenue_pct" else 1)
    return published
