"""Forecasts of who trades with whom, stored now and judged later.

Nobody can foresee next decade's totals from a gravity equation, and a forecast should not be blamed for a boom. What
gravity claims is the *pattern*: given what an economy exports and imports in all, with whom. A forecast is therefore a
number per ordered pair, its ``log_affinity``: the logarithm of expected trade, less exporter and importer means. Later
data supply the totals, the affinities are scaled to them (iterative proportional fitting), and the result is compared
flow by flow. The yardstick is the same without affinities: each flow in proportion to the totals alone.

The bands are measured, not assumed: the same forecast is made from data that end one step earlier, judged by the last
year, and its 5th and 95th percentile errors are kept, by size of the expected flow. They hold for that horizon.

Nothing of the data is stored: neither flows nor totals can be got back from affinities.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from multipolar.errors import GravityError, NotSolvedError
from multipolar.gravity.estimate import estimate
from multipolar.gravity.panel import Panel

__all__ = ["Forecast", "make_forecast", "read_forecast", "read_json", "score", "shipped_forecasts", "write_forecast"]

LIBRARY = Path(__file__).parent / "library"

SCHEMA, KIND = 1, "gravity-forecast"
MOST_BYTES, MOST_PAIRS = 200_000_000, 1_000_000
CLASSES = ("small", "middle", "large")
LEAST_IN_CLASS = 20


@dataclass(frozen=True, eq=False)
class Forecast:
    """A forecast of the pattern of trade.

    Attributes
    ----------
    title
        What it is about.
    until
        Last year of the data that were used.
    horizon
        Years ahead for which the bands were measured.
    formula, data, version
        How it was made, from what (in words), by which program.
    pairs
        Columns ``exporter``, ``importer``, ``log_affinity`` (pure number) and ``size`` (of `CLASSES`).
    bands
        Index `CLASSES`; ``lo`` and ``hi`` (5th and 95th percentile of the log error of the backtest), ``bias``,
        ``pairs``.
    """

    title: str
    until: int
    horizon: int
    formula: str
    data: str
    version: str
    pairs: pd.DataFrame
    bands: pd.DataFrame


def make_forecast(
    panel: Panel,
    formula: str,
    *,
    until: int,
    years_used: int = 3,
    only: Sequence[str] = (),
    title: str = "",
    data: str = "",
    version: str = "",
) -> Forecast:
    """Forecast the pattern of trade after a year, with bands from a backtest one step earlier.

    Parameters
    ----------
    panel
        Trade between economies; rows after `until` are not looked at.
    formula
        A Poisson equation with ``pair``, ``exporter_time`` and ``importer_time`` effects; regressors keep their last
        value.
    until
        Last year to use; the panel must have it.
    years_used
        Number of years of the panel, up to `until`, that affinities are averaged over (by the pair effects).
    only
        Economies to keep in the forecast; all by default. The estimate uses all.
    title, data, version
        Recorded: what it is about, what data it rests on, which program made it.

    Raises
    ------
    GravityError
        If there are too few years, or the equation is not of that kind.
    """
    past = [year for year in panel.years if year <= until]
    if until not in panel.years:
        raise GravityError(f"panel '{panel.name}' has no year {until}; it has {', '.join(map(str, panel.years))}")
    if years_used < 2 or len(past) < years_used + 1:
        raise GravityError(
            f"a forecast from {years_used} years (at least 2) and its backtest need {years_used + 1} years up "
            f"to {until}; "
            f"panel '{panel.name}' has {len(past)}"
        )
    abroad = panel.international()
    errors = _backtest(abroad, formula, past[-1 - years_used : -1], past[-1], only)
    bands = _bands(errors)
    affinity = _affinities(abroad, formula, past[-years_used:], only)
    affinity["size"] = _size_class(affinity.pop("expected").to_numpy())
    return Forecast(
        title=title or f"Pattern of trade after {until}",
        until=int(until),
        horizon=past[-1] - past[-2],
        formula=" ".join(formula.split()),
        data=data or panel.name,
        version=version,
        pairs=affinity,
        bands=bands,
    )


def score(forecast: Forecast, later: Panel, year: int) -> dict[str, Any]:
    """Judge a forecast by later data.

    Parameters
    ----------
    forecast
        As made or read.
    later
        Trade of a later year. Rows that it does not have, and zeros, are not scored: a zero is often a missing report.
    year
        The year to judge by.

    Returns
    -------
    dict
        ``bias_log`` (mean of log observed less log expected), ``mae_log``, ``rmse_log``, ``coverage`` (share inside the
        band; 0.9 is meant), the same without affinities as ``mae_log_margins_only``, ``skill`` (1 - ratio of the two
        mean absolute errors; None where the totals alone make none), and ``classes`` with bias, error and coverage by
        size of flow. ``pairs_scored`` and ``pairs_left_out`` count pairs.

    Raises
    ------
    GravityError
        If the year is not later, or fewer than ten pairs can be scored.
    """
    if year <= forecast.until:
        raise GravityError(f"the forecast was made from data up to {forecast.until}; {year} cannot judge it")
    now = later.in_years([year]).international().frame[["exporter", "importer", "trade"]]
    now = now.assign(exporter=now["exporter"].astype(str), importer=now["importer"].astype(str))
    joined = forecast.pairs.merge(now, on=["exporter", "importer"], how="left")
    known = joined["trade"].gt(0).to_numpy()
    if known.sum() < 10:
        raise GravityError(
            f"only {int(known.sum())} pairs of the forecast have trade in {year} in '{later.name}'; need ten"
        )
    table = joined.loc[known].reset_index(drop=True)
    observed = table["trade"].to_numpy()
    i, j = (pd.factorize(table[key])[0] for key in ("exporter", "importer"))
    expected = scaled_to_margins(np.exp(table["log_affinity"].to_numpy()), observed, i, j)
    plain = scaled_to_margins(np.ones(len(table)), observed, i, j)
    error, naive = np.log(observed / expected), np.log(observed / plain)
    lo, hi = (forecast.bands.loc[table["size"], end].to_numpy() for end in ("lo", "hi"))
    inside = (lo <= error) & (error <= hi)
    plainly = float(np.abs(naive).mean())
    return {
        "title": forecast.title,
        "until": forecast.until,
        "year": int(year),
        "data": later.name,
        "pairs_scored": int(known.sum()),
        "pairs_left_out": int((~known).sum()),
        **_summary(error, inside),
        "mae_log_margins_only": plainly,
        "skill": float(1.0 - np.abs(error).mean() / plainly) if plainly > 1e-12 else None,
        "classes": [
            {"size": size, "pairs": int(at.sum()), **_summary(error[at], inside[at])}
            for size in CLASSES
            if (at := (table["size"] == size).to_numpy()).any()
        ],
    }


def scaled_to_margins(
    seed: np.ndarray, observed: np.ndarray, i: np.ndarray, j: np.ndarray, tolerance: float = 1e-9, most: int = 20_000
) -> np.ndarray:
    """Scale a positive pattern so that its sums by exporter and importer are those observed [row].

    Raises
    ------
    NotSolvedError
        If it does not converge.
    """
    out = seed * (observed.sum() / seed.sum())
    rows, columns = np.bincount(i, observed), np.bincount(j, observed)
    for _ in range(most):
        out = out * (rows / np.bincount(i, out))[i]
        ratio = columns / np.bincount(j, out)
        out = out * ratio[j]
        if np.abs(ratio - 1.0).max() < tolerance:
            return out
    raise NotSolvedError("the forecast could not be scaled to the totals of the later year", iterations=most)


def write_forecast(forecast: Forecast, path: str | Path) -> None:
    """Write a forecast as one JSON file."""
    pairs = forecast.pairs.assign(log_affinity=forecast.pairs["log_affinity"].round(4))
    record = {
        "schema": SCHEMA,
        "kind": KIND,
        "title": forecast.title,
        "until": forecast.until,
        "horizon_years": forecast.horizon,
        "formula": forecast.formula,
        "data": forecast.data,
        "version": forecast.version,
        "bands": [{"size": size, **row} for size, row in forecast.bands.round(4).to_dict(orient="index").items()],
        "pairs": pairs.to_dict(orient="records"),
    }
    text = json.dumps(record, allow_nan=False, ensure_ascii=False)
    text = (
        text.replace('{"exporter"', '\n{"exporter"')
        .replace('{"size"', '\n{"size"')
        .replace('"pairs": [', '\n"pairs": [')
    )
    Path(path).write_text(text + "\n", encoding="utf-8")


def shipped_forecasts() -> list[str]:
    """Return the names of the forecasts that ship; `read_forecast` takes them."""
    return sorted(place.stem for place in LIBRARY.glob("*.json") if not place.name.endswith(".record.json"))


def read_json(place: Path, kind: str, schema: int, most_bytes: int, otherwise: str) -> dict[str, Any]:
    """Return the content of a JSON file of one kind and schema.

    Parameters
    ----------
    otherwise
        What a file is that is something else: "not a forecast".

    Raises
    ------
    GravityError
        Naming the file: unreadable, too large, no JSON or of another kind.
    """
    try:
        if place.stat().st_size > most_bytes:
            raise GravityError(f"'{place}' is larger than {most_bytes // 10**6} MB; it is {otherwise}")
        record = json.loads(place.read_text(encoding="utf-8"))
    except OSError as error:
        raise GravityError(f"'{place}' cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise GravityError(f"'{place}' is not JSON: {' '.join(str(error).split())[:120]}") from error
    if not isinstance(record, dict) or record.get("kind") != kind or record.get("schema") != schema:
        raise GravityError(f"'{place}' is {otherwise} (kind '{kind}', schema {schema})")
    return record


def read_forecast(path: str | Path) -> Forecast:
    """Read a forecast from a file, or one that ships by its name.

    Raises
    ------
    GravityError
        Naming the file and what is wrong with it.
    """
    place = LIBRARY / f"{path}.json" if str(path) in shipped_forecasts() else Path(path)
    record = read_json(place, KIND, SCHEMA, MOST_BYTES, "not a forecast")
    try:
        pairs = pd.DataFrame(record["pairs"])[["exporter", "importer", "log_affinity", "size"]]
        bands = pd.DataFrame(record["bands"]).set_index("size")[["lo", "hi", "bias", "pairs"]].astype(float)
        made = Forecast(
            *(str(record["title"]), int(record["until"]), int(record["horizon_years"])),
            *(str(record["formula"]), str(record["data"]), str(record["version"])),
            pairs=pairs.astype({"exporter": str, "importer": str, "log_affinity": float, "size": str}),
            bands=bands,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise GravityError(f"'{place}' is a damaged forecast: {' '.join(str(error).split())[:120]}") from error
    sound = np.isfinite(made.pairs["log_affinity"]).all() and made.pairs["log_affinity"].abs().max() < 100
    if (
        len(pairs) > MOST_PAIRS
        or not sound
        or not set(pairs["size"]) <= set(bands.index)
        or bands.isna().any(axis=None)
    ):
        raise GravityError(f"'{place}' is a damaged forecast: an affinity, a size or a band makes no sense")
    return made


def _affinities(panel: Panel, formula: str, years: Sequence[int], only: Sequence[str]) -> pd.DataFrame:
    """Pairs with trade in the years: log affinity, and the expected trade of the last year."""
    part = panel.in_years(years)
    found = estimate(part, formula, cluster="pair", separation="effects")
    if found.blocks is None:
        raise GravityError("a forecast needs the effects exporter_time + importer_time + pair")
    frame = part.frame.iloc[found.used]
    last = (frame["year"] == years[-1]).to_numpy()
    table = pd.DataFrame(
        {
            "exporter": frame["exporter"].astype(str).to_numpy()[last],
            "importer": frame["importer"].astype(str).to_numpy()[last],
            "expected": found.fitted[last],
        }
    )
    if only:
        table = table.loc[table["exporter"].isin(only) & table["importer"].isin(only)]
    if table.empty:
        raise GravityError(f"no pair of panel '{panel.name}' is left for the forecast")
    table = table.sort_values(["exporter", "importer"], ignore_index=True)
    table.insert(2, "log_affinity", _double_centred(np.log(table["expected"].to_numpy()), table))
    return table


def _double_centred(log: np.ndarray, table: pd.DataFrame) -> np.ndarray:
    """Take means by exporter and importer out, on whatever pairs there are."""
    i, j = (pd.factorize(table[key])[0] for key in ("exporter", "importer"))
    count_i, count_j = np.bincount(i), np.bincount(j)
    out = log.copy()
    for _ in range(10_000):
        out = out - (np.bincount(i, out) / count_i)[i]
        shift = np.bincount(j, out) / count_j
        out = out - shift[j]
        if np.abs(shift).max() < 1e-10:
            break
    return out


def _backtest(panel: Panel, formula: str, years: Sequence[int], judge: int, only: Sequence[str]) -> pd.DataFrame:
    """Log error and expected size of a forecast from earlier years, judged by the last year."""
    before = _affinities(panel, formula, years, only)
    now = panel.in_years([judge]).frame[["exporter", "importer", "trade"]]
    now = now.assign(exporter=now["exporter"].astype(str), importer=now["importer"].astype(str))
    table = before.merge(now, on=["exporter", "importer"])
    table = table.loc[table["trade"] > 0].reset_index(drop=True)
    if len(table) < 3 * LEAST_IN_CLASS:
        raise GravityError(f"only {len(table)} pairs can be backtested; {3 * LEAST_IN_CLASS} are needed for bands")
    i, j = (pd.factorize(table[key])[0] for key in ("exporter", "importer"))
    observed = table["trade"].to_numpy()
    expected = scaled_to_margins(np.exp(table["log_affinity"].to_numpy()), observed, i, j)
    return pd.DataFrame({"error": np.log(observed / expected), "size": _size_class(table["expected"].to_numpy())})


def _size_class(expected: np.ndarray) -> np.ndarray:
    """Thirds of the pairs by expected trade."""
    cuts = np.quantile(expected, [1 / 3, 2 / 3])
    return np.array(CLASSES)[np.searchsorted(cuts, expected)]


def _bands(errors: pd.DataFrame) -> pd.DataFrame:
    grouped = errors.groupby("size")["error"]
    table = pd.DataFrame(
        {"lo": grouped.quantile(0.05), "hi": grouped.quantile(0.95), "bias": grouped.mean(), "pairs": grouped.size()}
    )
    return table.reindex(list(CLASSES)).astype(float)


def _summary(error: np.ndarray, inside: np.ndarray) -> dict[str, float]:
    return {
        "bias_log": float(error.mean()),
        "mae_log": float(np.abs(error).mean()),
        "rmse_log": float(np.sqrt((error**2).mean())),
        "coverage": float(inside.mean()),
    }
