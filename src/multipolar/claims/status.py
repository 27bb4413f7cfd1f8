"""Status: what equal standing would have to be worth, who changed sides, and whether regimes explain alignment."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from multipolar.atlas import politics
from multipolar.claims.context import EVE, EX_SOVIET, Context
from multipolar.claims.measured import Group, Measure, draw_pair
from multipolar.claims.model import Finding, Numbers
from multipolar.influence import switches, volatility
from multipolar.study.orbits import SIDES
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.claims.data import Data

__all__ = [
    "OIL",
    "REGIMES",
    "VOTES",
    "changed_sides",
    "equal_status",
    "meat_and_murders",
    "oil_and_equality",
    "regime_and_alignment",
]

BOOTSTRAP = 400
"""Resamples of states behind a standard error."""


def equal_status(context: Context) -> Finding:
    """Claim 6: the value of status to Russia above which own accession leaves nothing to bargain about."""
    surplus = sum(context.trade.of("wto", code) for code in ("RUS", "EUN", "USA"))
    return Finding(
        {"zone": {"closes_at": Numbers.of(np.asarray(surplus))}},
        context.parameters,
        notes=("If the number is below zero, there is no zone in trade even if status is worth nothing.",),
    )


def meat_and_murders(context: Context) -> Finding:
    """Claim 7: months in which the shock was over and admission had still not come."""
    events = politics.load_events()
    lifted = max(event.date for event in events if event.kind == "trade_ban_lifted" and "POL" in event.economies)
    bid = min(event.date for event in events if event.kind == "joint_bid")
    return Finding({"dates": {"months": Numbers(months_between(lifted, bid))}})


def months_between(start: dt.date, end: dt.date) -> float:
    """Return the months from one day to another (months of 365.25 / 12 days)."""
    return (end - start).days / (365.25 / 12)


def measure_oil(data: Data) -> dict[str, Measure]:
    """Measure the rank correlation of Brent and the gap of ideal points between Russia and the USA, 1992-2008."""
    points = yearly(data.ideal_points)
    gap = (points["RUS"] - points["USA"]).abs()
    years = [year for year in range(1992, 2009) if year in gap.index and year in data.brent.index]
    value = rank_correlation(data.brent.loc[years].to_numpy(), gap.loc[years].to_numpy())
    return {"rank_correlation": Measure(value, "pure number")}


OIL = Group("oil", 8, ("brent", "ideal_points"), measure_oil)


def oil_and_equality(context: Context) -> Finding:
    """Claim 8: does the gap to the USA move with the oil price?"""
    return Finding({"correlation": {"rank_correlation": Numbers(context.measures(OIL)["rank_correlation"].value)}})


def rank_correlation(one: Float64[Array, " n"], other: Float64[Array, " n"]) -> float:
    """Return Spearman's rank correlation."""
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)  # type: ignore[attr-defined]


def yearly(points: pd.DataFrame, column: str = "ideal_point") -> pd.DataFrame:
    """Return ideal points by year and state."""
    return points.pivot_table(index="year", columns="iso3", values=column)


def measure_votes(data: Data) -> dict[str, Measure]:
    """Measure the variance of ideal points of Uzbekistan over the largest other's, 1992-2008, and the four largest."""
    points = yearly(data.ideal_points).loc[1992:2008]
    spread = volatility(points[[code for code in EX_SOVIET if code in points]])["variance"]
    largest = spread.sort_values(ascending=False).head(4)
    order = ", ".join(f"{code} {value:.2f}" for code, value in largest.items())
    return {"lead": Measure(ratio_of(spread, "UZB"), "%", note=order)}


VOTES = Group("votes", 24, ("ideal_points",), measure_votes)


def changed_sides(context: Context) -> Finding:
    """Claim 24: switches among clubs, and the variance of ideal points."""
    counted = switches(EX_SOVIET, SIDES, until=dt.date.fromisoformat(EVE))["switches"]
    votes = context.measures(VOTES)["lead"]
    ranked = counted.sort_values(ascending=False, kind="stable")
    note = (
        "Switches: "
        + ", ".join(f"{code} {int(n)}" for code, n in ranked.items() if n)
        + f". Variance of ideal points: {votes.note}."
    )
    readings = {"clubs": {"lead": Numbers(lead_of(counted, "UZB"))}, "votes": {"lead": Numbers(votes.value)}}
    return Finding(readings, notes=(note,))


def lead_of(values: pd.Series, one: str) -> float:
    """Return a state's value less the largest of the others'."""
    return float(values[one] - values.drop(one).max())


def ratio_of(values: pd.Series, one: str) -> float:
    """Return by how much a state's value exceeds the largest of the others' (percent)."""
    return float(100.0 * (values[one] / values.drop(one).max() - 1.0))


def measure_regimes(data: Data) -> dict[str, Measure]:
    """Measure coefficients of regime distance on the gap of ideal points to Russia and to China, 1992-2008."""
    panel = alignment_panel(data.ideal_points, data.regimes, data.gdp)
    slopes = regime_slopes(panel, BOOTSTRAP, np.random.default_rng(28))
    russia, lead = slopes[:, 0], slopes[:, 0] - slopes[:, 1]
    unit, how = "std. deviations", "states drawn with replacement"
    return {
        "russia": Measure(float(russia[0]), unit, float(russia[1:].std(ddof=1)), how),
        "china": Measure(float(slopes[0, 1]), unit),
        "lead": Measure(float(lead[0]), unit, float(lead[1:].std(ddof=1)), how),
        "correlation": Measure(float(np.corrcoef(russia[1:], lead[1:])[0, 1]), "pure number"),
    }


REGIMES = Group("regimes", 28, ("ideal_points", "regimes", "gdp"), measure_regimes)


def regime_and_alignment(context: Context) -> Finding:
    """Claim 28: is the gap of ideal points predicted by the gap of regimes, more for Russia than for China?"""
    found = context.measures(REGIMES)
    rng = np.random.default_rng([context.seed, 28])
    russia, lead = draw_pair(found["russia"], found["lead"], found["correlation"].value, context.draws, rng)
    note = f"Standardised coefficient of regime distance: Russia {russia.value:.2f}, China {found['china'].value:.2f}."
    return Finding({"panel": {"russia": russia, "lead": lead}}, notes=(note,))


def alignment_panel(points: pd.DataFrame, regimes: pd.DataFrame, gdp: pd.DataFrame) -> pd.DataFrame:
    """Return one row per state and year 1992-2008.

    Returns
    -------
    DataFrame
        ``iso3, year, growth`` (of GDP in USD, logarithm) and, for RUS and CHN, ``gap_*`` of ideal points and
        ``regime_*`` of polyarchy.
    """
    import pandas as pd

    rates = pd.DataFrame(np.log(gdp.to_numpy(float)), index=gdp.index, columns=gdp.columns).diff()
    growth = rates.rename_axis(index="year").reset_index().melt(id_vars="year", var_name="iso3", value_name="growth")
    frame = points[["iso3", "year", "ideal_point"]].merge(regimes, on=["iso3", "year"])
    frame = frame.merge(growth, on=["iso3", "year"])
    frame = frame[(frame.year >= 1992) & (frame.year <= 2008)]
    for hub in ("RUS", "CHN"):
        own = frame[frame.iso3 == hub].set_index("year")
        frame[f"gap_{hub}"] = (frame.ideal_point - frame.year.map(own.ideal_point)).abs()
        frame[f"regime_{hub}"] = (frame.polyarchy - frame.year.map(own.polyarchy)).abs()
    kept = frame[~frame.iso3.isin(["RUS", "CHN"])].dropna()
    return pd.DataFrame(kept).reset_index(drop=True)


def regime_slopes(panel: pd.DataFrame, count: int, rng: np.random.Generator) -> Float64[Array, "row hub"]:
    """Return standardised coefficients of regime distance for RUS and CHN: row 0 of all states, then of resamples."""
    from collections import defaultdict

    rows_of: dict[str, list[int]] = defaultdict(list)
    for place, code in enumerate(panel["iso3"]):
        rows_of[code].append(place)
    states = sorted(rows_of)
    everyone = np.arange(len(panel))
    found = [_slopes(panel, everyone)]
    for _ in range(count):
        chosen = rng.choice(len(states), len(states))
        found.append(_slopes(panel, np.concatenate([rows_of[states[at]] for at in chosen])))
    return np.array(found)


def _slopes(panel: pd.DataFrame, rows: np.ndarray) -> list[float]:
    year = panel["year"].to_numpy()[rows]
    growth = _within(panel["growth"].to_numpy()[rows], year)
    slopes = []
    for hub in ("RUS", "CHN"):
        y = _within(panel[f"gap_{hub}"].to_numpy()[rows], year)
        x = np.stack([_within(panel[f"regime_{hub}"].to_numpy()[rows], year), growth], axis=1)
        slopes.append(float(np.linalg.lstsq(x, y, rcond=None)[0][0]))
    return slopes


def _within(values: np.ndarray, year: np.ndarray) -> np.ndarray:
    """Deviations from the mean of the year, in standard deviations."""
    _, place = np.unique(year, return_inverse=True)
    mean = np.bincount(place, values) / np.bincount(place)
    rest = values - mean[place]
    return rest / (rest.std() or 1.0)
