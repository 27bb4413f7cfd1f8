"""Status: what equal standing would have to be worth, who changed sides, and whether regimes explain alignment."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from multipolar.atlas import politics
from multipolar.claims.context import EVE, EX_SOVIET, Context
from multipolar.claims.model import Finding, Numbers
from multipolar.influence import switches, volatility
from multipolar.study.orbits import SIDES
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["changed_sides", "equal_status", "meat_and_murders", "oil_and_equality", "regime_and_alignment"]

BOOTSTRAP = 400
"""Resamples of states at most: their number decides nothing but the fineness of a share."""


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


def oil_and_equality(context: Context) -> Finding:
    """Claim 8: does the gap to the USA move with the oil price?"""
    if lack := context.data.lack(("brent", "ideal_points")):
        return Finding({"correlation": lack})
    points = yearly(context.data.ideal_points)
    gap = (points["RUS"] - points["USA"]).abs()
    years = [year for year in range(1992, 2009) if year in gap.index and year in context.data.brent.index]
    value = rank_correlation(context.data.brent.loc[years].to_numpy(), gap.loc[years].to_numpy())
    return Finding({"correlation": {"rank_correlation": Numbers(value)}})


def rank_correlation(one: Float64[Array, " n"], other: Float64[Array, " n"]) -> float:
    """Return Spearman's rank correlation."""
    from scipy.stats import spearmanr

    return float(spearmanr(one, other).statistic)  # type: ignore[attr-defined]


def yearly(points: pd.DataFrame, column: str = "ideal_point") -> pd.DataFrame:
    """Return ideal points by year and state."""
    return points.pivot_table(index="year", columns="iso3", values=column)


def changed_sides(context: Context) -> Finding:
    """Claim 24: switches among clubs, and the variance of ideal points."""
    counted = switches(EX_SOVIET, SIDES, until=dt.date.fromisoformat(EVE))["switches"]
    readings: dict[str, dict[str, Numbers] | str] = {
        "clubs": {"lead": Numbers(lead_of(counted, "UZB"))},
        "votes": context.data.lack(("ideal_points",)) or "",
    }
    ranked = counted.sort_values(ascending=False, kind="stable")
    note = "Switches: " + ", ".join(f"{code} {int(n)}" for code, n in ranked.items() if n) + "."
    if readings["votes"] == "":
        points = yearly(context.data.ideal_points).loc[1992:2008]
        spread = volatility(points[[code for code in EX_SOVIET if code in points]])["variance"]
        readings["votes"] = {"lead": Numbers(ratio_of(spread, "UZB"))}
        first = spread.sort_values(ascending=False)
        note += " Variance of ideal points: " + ", ".join(f"{code} {v:.2f}" for code, v in first.head(4).items()) + "."
    return Finding(readings, notes=(note,))


def lead_of(values: pd.Series, one: str) -> float:
    """Return a state's value less the largest of the others'."""
    return float(values[one] - values.drop(one).max())


def ratio_of(values: pd.Series, one: str) -> float:
    """Return by how much a state's value exceeds the largest of the others' (percent)."""
    return float(100.0 * (values[one] / values.drop(one).max() - 1.0))


def regime_and_alignment(context: Context) -> Finding:
    """Claim 28: is the gap of ideal points predicted by the gap of regimes, more for Russia than for China?"""
    needs = ("ideal_points", "regimes", "gdp")
    if lack := context.data.lack(needs):
        return Finding({"panel": lack})
    panel = alignment_panel(context.data.ideal_points, context.data.regimes, context.data.gdp)
    count = min(context.draws, BOOTSTRAP)
    rng = np.random.default_rng([context.seed, 28])
    slopes = regime_slopes(panel, count, rng)
    russia, lead = slopes[:, 0], slopes[:, 0] - slopes[:, 1]
    note = f"Standardised coefficient of regime distance: Russia {slopes[0, 0]:.2f}, China {slopes[0, 1]:.2f}."
    return Finding({"panel": {"russia": Numbers.of(russia), "lead": Numbers.of(lead)}}, notes=(note,))


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
