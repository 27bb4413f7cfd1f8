"""Panels of bilateral trade: one validated row per exporter, importer and year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from multipolar.errors import GravityError, nearest_names

__all__ = ["KEYS", "Panel", "make_panel", "numeric_column", "place_of"]

KEYS = ("exporter", "importer", "year", "trade")
"""Columns that every panel has."""


@dataclass(frozen=True, eq=False)
class Panel:
    """Bilateral trade over time, checked.

    Parameters
    ----------
    name
        What messages call it.
    frame
        One row per exporter, importer and year; ``exporter`` and ``importer`` (categories), ``year`` (whole number),
        ``trade`` (value >= 0, in any one currency unit), and whatever else the file holds. Its index is the number of
        the row in the table it came from (the first is 0).
    dropped_rows
        Rows left out because their trade is not known.
    """

    name: str
    frame: pd.DataFrame
    dropped_rows: int = 0

    @property
    def economies(self) -> tuple[str, ...]:
        """Codes of all exporters and importers, sorted."""
        return tuple(sorted({*self.frame["exporter"].cat.categories, *self.frame["importer"].cat.categories}))

    @property
    def years(self) -> tuple[int, ...]:
        """Years present, ascending."""
        return tuple(int(year) for year in np.unique(self.frame["year"].to_numpy()))

    @property
    def domestic(self) -> np.ndarray:
        """Whether a row is trade of an economy with itself [row]."""
        return (self.frame["exporter"].astype(str) == self.frame["importer"].astype(str)).to_numpy()

    def __len__(self) -> int:
        return len(self.frame)

    def __repr__(self) -> str:
        years = self.years
        return f"Panel({self.name!r}, {len(self)} rows, {len(self.economies)} economies, {years[0]}-{years[-1]})"

    def only(self, keep: np.ndarray | Sequence[bool]) -> Panel:
        """Return the rows for which `keep` is true [row]."""
        return replace(self, frame=_recoded(self.frame.loc[np.asarray(keep, dtype=bool)]))

    def in_years(self, years: Sequence[int]) -> Panel:
        """Return the rows of some years; one that the panel does not have is an error."""
        for year in years:
            if int(year) not in self.years:
                raise GravityError(f"panel '{self.name}' has no year {year}; it has {_listed(self.years)}")
        return self.only(self.frame["year"].isin([int(year) for year in years]).to_numpy())

    def international(self) -> Panel:
        """Return the panel without the trade of economies with themselves."""
        return self.only(~self.domestic)

    def with_columns(self, **columns: Any) -> Panel:
        """Return the panel with columns added or replaced, each one value per row or a constant."""
        return replace(self, frame=self.frame.assign(**columns))


def make_panel(
    frame: pd.DataFrame,
    *,
    name: str = "panel",
    columns: Mapping[str, str] | None = None,
    unknown_trade: str = "refuse",
) -> Panel:
    """Check a table of bilateral trade and return it as a panel.

    Parameters
    ----------
    frame
        Any table with the columns below.
    name
        What messages call it, for example the file.
    columns
        Where the table uses other names: ours -> theirs, for ``exporter``, ``importer``, ``year`` and ``trade``.
    unknown_trade
        What to do with rows whose trade is empty: ``"refuse"`` or ``"drop"``. An unknown value is never taken for
        nil.

    Raises
    ------
    GravityError
        Naming the first row: a column that is missing, an empty code, trade that is negative, infinite or no number,
        a year that is not whole, two rows of one exporter, importer and year, or fewer than two economies.
    """
    if unknown_trade not in ("refuse", "drop"):
        raise GravityError(f"unknown_trade is 'refuse' or 'drop', not '{unknown_trade}'")
    table = _renamed(frame, name, dict(columns or {})).reset_index(drop=True)
    if table.empty:
        raise GravityError(f"panel '{name}' has no rows")
    trade = numeric_column(table, "trade", name, allow_missing=True)
    unknown = np.isnan(trade)
    if unknown.any() and unknown_trade == "refuse":
        raise GravityError(
            f"panel '{name}': trade is empty in {int(unknown.sum())} rows, first {place_of(table, unknown)}; "
            "fill them, or "
            "leave them out with unknown_trade='drop' (--drop-unknown); they are not zeros"
        )
    if (bad := np.isinf(trade)).any() or (bad := trade < 0).any():
        raise GravityError(
            f"panel '{name}': trade is {trade[bad][0]:g} {place_of(table, bad)}; it must be zero or more and finite"
        )
    table["trade"] = trade
    table["year"] = _years(table, name)
    for key in ("exporter", "importer"):
        table[key] = _codes(table, key, name)
    dropped = int(unknown.sum())
    if dropped:
        table = table.loc[~unknown]
    _check_unique(table, name)
    made = Panel(name, _recoded(table), dropped)
    if table.empty or len(made.economies) < 2:
        only = f"one economy, '{made.economies[0]}'" if made.economies else "no known trade"
        raise GravityError(f"panel '{name}' has {only}; gravity compares pairs of economies, so give at least two")
    return made


def numeric_column(table: pd.DataFrame, column: str, name: str, allow_missing: bool = False) -> np.ndarray:
    """Return a column as float64 [row]; text, truth values beside text, and (unless allowed) gaps are errors."""
    values = table[column]
    if not (pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype)):
        found = pd.to_numeric(values, errors="coerce")
        wrong = (found.isna() & values.notna()).to_numpy()
        if wrong.any():
            text = str(values.to_numpy()[wrong][0])[:40]
            raise GravityError(f"panel '{name}': {column} is '{text}' {place_of(table, wrong)}; it must be a number")
        values = found
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    if not allow_missing and (gap := ~np.isfinite(numbers)).any():
        raise GravityError(f"panel '{name}': {column} has no finite value {place_of(table, gap)}")
    return numbers


def place_of(table: pd.DataFrame, where: np.ndarray) -> str:
    """Say where the first marked row is: its number in the table, counted from 1 below the heading, and its key."""
    at = int(np.flatnonzero(where)[0])
    row = table.iloc[at]
    label = int(table.index[at]) + 1
    return f"in row {label} ({row['exporter']}, {row['importer']}, {row['year']})"


def missing_column(name: str, column: str, known: Sequence[str]) -> GravityError:
    """Return the error for a column that a panel does not have."""
    near = nearest_names(column, known)
    has = f"it has {_listed([str(k) for k in known])}"
    hint = f"did you mean {' or '.join(near)}?" if near else has
    if column in ("exporter", "importer", "year", "trade"):
        guess = f"did you mean {' or '.join(near)}? " if near else ""
        hint = f"{guess}{has}: say which it is (--column {column}=NAME, in Python columns={{'{column}': NAME}})"
    return GravityError(f"panel '{name}' has no column '{column[:60]}'; {hint}")


def _renamed(frame: pd.DataFrame, name: str, columns: dict[str, str]) -> pd.DataFrame:
    if strange := [key for key in columns if key not in KEYS]:
        raise GravityError(f"only {', '.join(KEYS)} can be renamed, not '{strange[0]}'")
    if twice := frame.columns[frame.columns.duplicated()].tolist():
        raise GravityError(f"panel '{name}' has two columns '{twice[0]}'; rename one")
    known = [str(column) for column in frame.columns]
    theirs = {key: columns.get(key, key) for key in KEYS}
    for column in theirs.values():
        if column not in known:
            raise missing_column(name, column, known)
    table = frame.rename(columns=str)
    taken = [key for key, column in theirs.items() if key != column and key in known]
    table = table.drop(columns=taken)
    return table.rename(columns={column: key for key, column in theirs.items()})


def _years(table: pd.DataFrame, name: str) -> np.ndarray:
    years = numeric_column(table, "year", name)
    if (bad := years != np.floor(years)).any() or (bad := np.abs(years) > 9999).any():
        raise GravityError(f"panel '{name}': the year {years[bad][0]:g} is not a whole year {place_of(table, bad)}")
    return years.astype(np.int64)


def _codes(table: pd.DataFrame, key: str, name: str) -> pd.Series:
    codes = table[key]
    empty = codes.isna().to_numpy()
    if not isinstance(codes.dtype, pd.CategoricalDtype):
        codes = codes.astype(str).astype("category")
    else:
        codes = codes.cat.rename_categories([str(code) for code in codes.cat.categories])
    trimmed = [str(code).strip() for code in codes.cat.categories]
    twice = [code for code in trimmed if trimmed.count(code) > 1] if len(set(trimmed)) < len(trimmed) else []
    if twice:
        raise GravityError(f"panel '{name}': '{twice[0]}' stands with and without spaces in {key}")
    codes = codes.cat.rename_categories(trimmed)
    if "" in trimmed:
        empty = empty | (codes == "").to_numpy()
    if empty.any():
        raise GravityError(f"panel '{name}': {key} is empty {place_of(table, empty)}")
    return codes


def _check_unique(table: pd.DataFrame, name: str) -> None:
    twice = table.duplicated(["exporter", "importer", "year"]).to_numpy()
    if twice.any():
        raise GravityError(
            f"panel '{name}': exporter, importer and year of {int(twice.sum())} rows stand twice, first "
            f"{place_of(table, twice)}; choose one product or add them up"
        )


def _recoded(frame: pd.DataFrame) -> pd.DataFrame:
    frame = frame.copy(deep=False)
    for key in ("exporter", "importer"):
        frame[key] = frame[key].cat.remove_unused_categories()
    return frame


def _listed(items: Sequence[Any], most: int = 12) -> str:
    shown = ", ".join(str(item) for item in items[:most])
    return shown if len(items) <= most else f"{shown}, … ({len(items)})"
