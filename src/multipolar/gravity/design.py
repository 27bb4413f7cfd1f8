"""From a panel and a formula to the arrays of an estimation; every row that is left out is counted with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from multipolar.errors import GravityError
from multipolar.gravity.formula import EFFECTS, Formula, Term
from multipolar.gravity.panel import Panel, missing_column, numeric_column, place_of

__all__ = ["CLUSTERS", "Design", "build_design", "group_codes"]

CLUSTERS = ("pair", "symmetric_pair", "exporter", "importer", "time")
"""Groups of rows whose errors may be correlated; columns of the panel can be named too."""


@dataclass(eq=False)
class Design:
    """Arrays of one estimation.

    Attributes
    ----------
    labels
        Names of the regressors.
    rows
        Position in the panel of each row that is used [row].
    trade
        Response in the panel's unit: trade, or its logarithm [row].
    regressors
        [row regressor].
    effects
        One code array per effect [row], by name.
    dropped
        Rows left out, by reason.
    """

    labels: list[str]
    rows: np.ndarray
    trade: np.ndarray
    regressors: np.ndarray
    effects: dict[str, np.ndarray]
    dropped: dict[str, int] = field(default_factory=dict)

    def keep(self, which: np.ndarray, reason: str) -> None:
        """Keep the marked rows and count the others under a reason."""
        lost = int((~which).sum())
        if not lost:
            return
        self.dropped[reason] = self.dropped.get(reason, 0) + lost
        self.rows, self.trade, self.regressors = self.rows[which], self.trade[which], self.regressors[which]
        self.effects = {name: codes[which] for name, codes in self.effects.items()}


def build_design(panel: Panel, formula: Formula, missing: str = "refuse") -> Design:
    """Compute regressors and effects, and leave out rows without lags.

    Parameters
    ----------
    panel, formula
        Where from, and what.
    missing
        What to do with rows in which a regressor is empty: ``"refuse"`` or ``"drop"``.

    Raises
    ------
    GravityError
        Naming the column and row, with the remedy.
    """
    if missing not in ("refuse", "drop"):
        raise GravityError(f"missing is 'refuse' or 'drop', not '{missing}'")
    terms = _expanded(formula.terms, panel)
    trade = panel.frame["trade"].to_numpy()
    columns, lagged = [], np.zeros(len(panel), dtype=bool)
    gap = np.zeros(len(panel), dtype=bool)
    for term in terms:
        values, unmatched = _term_values(term, panel, missing)
        lagged |= unmatched
        gap |= np.isnan(values) & ~unmatched
        columns.append(values)
    design = Design(
        labels=[term.label for term in terms],
        rows=np.arange(len(panel)),
        trade=trade,
        regressors=np.column_stack(columns) if columns else np.empty((len(panel), 0)),
        effects={"^".join(names): group_codes(panel, names) for names in formula.effects},
        dropped={"trade unknown": panel.dropped_rows} if panel.dropped_rows else {},
    )
    usable = ~lagged
    design.keep(usable, "no earlier or later year for a lag or lead")
    usable_gap = ~gap[usable]
    design.keep(usable_gap, "regressor unknown")
    if formula.response == "log_trade":
        design.keep(design.trade > 0, "trade is zero, so that its logarithm does not exist")
        design.trade = np.log(design.trade)
    elif design.trade.size and not design.trade.any():
        raise GravityError(f"panel '{panel.name}': all trade is zero in the rows that are left")
    if not design.rows.size:
        reasons = "; ".join(f"{count}: {reason}" for reason, count in design.dropped.items())
        raise GravityError(f"panel '{panel.name}': no row is left ({reasons})")
    return design


def group_codes(panel: Panel, names: Sequence[str]) -> np.ndarray:
    """Return one whole number per row for the combination of some effects or columns [row]."""
    codes = np.zeros(len(panel), dtype=np.int64)
    for name in names:
        part = _single_code(panel, name)
        part = pd.factorize(part)[0].astype(np.int64)
        codes = pd.factorize(codes * (int(part.max()) + 1) + part)[0].astype(np.int64)
    return codes


def _single_code(panel: Panel, name: str) -> np.ndarray:
    frame = panel.frame
    if name not in EFFECTS:
        return _column_code(panel, name)
    year = frame["year"].to_numpy()
    if name == "time":
        return year
    order = {code: at for at, code in enumerate(panel.economies)}
    origin = _positions(frame["exporter"], order)
    destination = _positions(frame["importer"], order)
    count = len(order)
    if name in ("exporter_time", "importer_time"):
        return (origin if name == "exporter_time" else destination) * 20_000 + year
    if name == "pair":
        return origin * count + destination
    if name == "symmetric_pair":
        return np.minimum(origin, destination) * count + np.maximum(origin, destination)
    if name == "domestic":
        return np.where(origin == destination, origin, -1)
    return origin if name == "exporter" else destination


def _positions(codes: pd.Series, order: dict[str, int]) -> np.ndarray:
    lookup = np.array([order[code] for code in codes.cat.categories], dtype=np.int64)
    return lookup[codes.cat.codes.to_numpy()]


def _column_code(panel: Panel, name: str) -> np.ndarray:
    if name not in panel.frame.columns:
        raise missing_column(panel.name, name, [*EFFECTS, *panel.frame.columns])
    codes = pd.factorize(panel.frame[name])[0]
    if (empty := codes < 0).any():
        raise GravityError(
            f"panel '{panel.name}': {name} is empty {place_of(panel.frame, empty)}; an effect needs a value"
        )
    return codes


def _expanded(terms: Sequence[Term], panel: Panel) -> list[Term]:
    """Replace ``border_time`` by one regressor for each year but the last."""
    out: list[Term] = []
    for term in terms:
        if term.factors == (("", "border_time", 0),) and "border_time" not in panel.frame.columns:
            if not panel.domestic.any():
                raise GravityError(
                    f"panel '{panel.name}': border_time needs trade of economies with themselves; add it, or leave the "
                    "term out"
                )
            out.extend(Term(term.factors, year) for year in panel.years[:-1])
        else:
            out.append(term)
    return out


def _term_values(term: Term, panel: Panel, missing: str) -> tuple[np.ndarray, np.ndarray]:
    """Values of a term, NaN where unknown, and whether a lag or lead has no row [row]."""
    if term.year is not None:
        return (~panel.domestic & (panel.frame["year"].to_numpy() == term.year)).astype(float), np.zeros(
            len(panel), bool
        )
    values, unmatched = np.ones(len(panel)), np.zeros(len(panel), dtype=bool)
    for function, column, years in term.factors:
        factor = _column(panel, column, missing)
        if function in ("log", "log1p"):
            factor = _logarithm(panel, factor, column, function)
        elif function == "inter":
            factor = np.where(panel.domestic, 0.0, factor)
        elif function == "intra":
            factor = np.where(panel.domestic, factor, 0.0)
        elif years:
            factor, absent = _shifted(panel, factor, years)
            unmatched |= absent
        values = values * factor
    return values, unmatched


def _column(panel: Panel, column: str, missing: str) -> np.ndarray:
    if column == "border" and column not in panel.frame.columns:
        return (~panel.domestic).astype(float)
    if column not in panel.frame.columns:
        raise missing_column(panel.name, column, [*panel.frame.columns, "border", "border_time"])
    if column == "trade":
        raise GravityError("trade stands on both sides of the formula; a regressor must be another column")
    values = numeric_column(panel.frame, column, panel.name, allow_missing=True)
    if (bad := np.isinf(values)).any():
        raise GravityError(f"panel '{panel.name}': {column} is infinite {place_of(panel.frame, bad)}")
    if missing == "refuse" and (gap := np.isnan(values)).any():
        raise GravityError(
            f"panel '{panel.name}': {column} is empty in {int(gap.sum())} rows, first "
            f"{place_of(panel.frame, gap)}; fill "
            "them, or leave them out with missing='drop' (--drop-missing)"
        )
    return values


def _logarithm(panel: Panel, values: np.ndarray, column: str, function: str) -> np.ndarray:
    inside = values + 1.0 if function == "log1p" else values
    if (bad := inside <= 0).any():
        raise GravityError(
            f"panel '{panel.name}': {function}({column}) does not exist where {column} is {values[bad][0]:g}, first "
            f"{place_of(panel.frame, bad)}"
        )
    return np.log(inside)


def _shifted(panel: Panel, values: np.ndarray, years: int) -> tuple[np.ndarray, np.ndarray]:
    """Value of the same pair `years` before (after, if negative), NaN where the panel has no such row [row]."""
    pair = group_codes(panel, ("pair",))
    year = panel.frame["year"].to_numpy()
    key = pair * 40_000 + year + 10_000
    order = np.argsort(key)
    sorted_key = key[order]
    wanted = key - years
    at = np.minimum(np.searchsorted(sorted_key, wanted), key.size - 1)
    absent = sorted_key[at] != wanted
    if absent.all():
        word = "before" if years > 0 else "after"
        raise GravityError(
            f"panel '{panel.name}': no row has its pair {abs(years)} years {word}; the years are "
            f"{', '.join(map(str, panel.years[:8]))}"
        )
    found = values[order][at]
    return np.where(absent, np.nan, found), absent
