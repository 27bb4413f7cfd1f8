"""Indicators by economy and year: World Bank in three dresses, Gapminder, and the sizes of 2009."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipolar.data.codes import Codes
from multipolar.data.files import columns_found, read_text
from multipolar.data.tables import Column, Raw, Table, read_delimited, read_raw, validate
from multipolar.errors import DataError

__all__ = ["api", "bulk", "gapminder", "long", "unep"]

_YEAR = Column("year", ("year", "time", "date"), "year", low=1500, high=2200)
_KEY = ("indicator", "iso3", "year")


def _value(*names: str) -> Column:
    return Column("value", names, "number", low=-1e18, high=1e18, blank="drop")


def _tidy(table: Table, indicator: str, year: int | None) -> Table:
    frame = table.frame.assign(indicator=indicator)
    return Table(_of_year(frame, year, table), table.notes, table.source)


def _of_year(frame: Any, year: int | None, table: Table) -> Any:
    if year is None:
        return frame
    kept = frame[frame.year == year].reset_index(drop=True)
    if kept.empty:
        raise DataError(f"has no row of {year}, only {frame.year.min()} to {frame.year.max()}", table.source)
    table.notes.drop(f"not of {year}", len(frame) - len(kept))
    return kept


def long(
    path: Path,
    *,
    column: str,
    indicator: str | None = None,
    year: int | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Table:
    """Read a table of ``iso3, year`` and one column of values; aggregates such as WLD are left out.

    Parameters
    ----------
    column
        Name of the column of values.
    indicator
        Name of the indicator; that of the column if None.
    year
        Keep this year alone.
    """
    columns = (Column("iso3", ("iso3", "country code"), "code"), _YEAR, _value(column))
    table = read_delimited(path, columns, codes=Codes(aliases=aliases or {}), key=("iso3", "year"),
                           layout="iso3, year, value")  # fmt: skip
    return _tidy(table, indicator or column, year)


def gapminder(
    path: Path, *, indicator: str, year: int | None = None, aliases: Mapping[str, str] | None = None
) -> Table:
    """Read a table of ``geo, time`` and one column of values named like `indicator`; codes in lower case."""
    columns = (Column("iso3", ("geo",), "code"), _YEAR, _value(indicator))
    table = read_delimited(path, columns, codes=Codes(aliases=aliases or {}), key=("iso3", "year"),
                           layout="geo, time, value", unknown="drop")  # fmt: skip
    return _tidy(table, indicator, year)


def bulk(
    path: Path, *, indicators: list[str], year: int | None = None, member: str | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Table:  # fmt: skip
    """Read the World Bank's bulk file: one row an economy and indicator, one column a year.

    Parameters
    ----------
    indicators
        Codes to keep, such as ``NY.GDP.MKTP.CD``.
    member
        Name of the file inside the archive, ``WDICSV.csv`` if the path is a zip.
    """
    import numpy as np
    import pandas as pd

    raw = read_raw(path, member=member, delimiter=",", limit=1 << 30)
    series = raw.find(("Indicator Code",))
    if series is None:
        raise DataError(
            f"has no column 'Indicator Code', so it is no bulk file of the World Bank; {columns_found(raw.header)}",
            raw.file,
            1,
        )
    years = [(i, int(name)) for i, name in enumerate(raw.header) if name.isdecimal() and len(name) == 4]
    held = len(years)
    if year is not None:
        years = [(i, y) for i, y in years if y == year]
    skipped = held - len(years)
    if not years:
        raise DataError(f"has no column for {'a year' if year is None else year}", raw.file, 1)
    keep = pd.Series(series, dtype="str").str.strip().isin(indicators).to_numpy()
    if missing := sorted(set(indicators) - set(np.array(series, dtype=object)[keep])):
        raise DataError(f"has no indicator '{missing[0]}'", raw.file)
    at = np.flatnonzero(keep)
    code = raw.find(("Country Code",)) or []
    cells: dict[str, list[str]] = {"iso3": [], "indicator": [], "year": [], "value": []}
    for i, y in years:
        cells["iso3"] += [code[r] for r in at]
        cells["indicator"] += [series[r].strip() for r in at]
        cells["year"] += [str(y)] * len(at)
        cells["value"] += [raw.columns[i][r] for r in at]
    melted = Raw(raw.file, tuple(cells), tuple(cells.values()), np.tile(raw.lines[at], len(years)))
    columns = (Column("iso3", ("iso3",), "code"), Column("indicator", ("indicator",)), _YEAR, _value("value"))
    made = validate(melted, columns, codes=Codes(aliases=aliases or {}), key=_KEY, layout="WDI bulk", unknown="drop")
    made.notes.drop("of indicators that were not asked for", int((~keep).sum()))
    if skipped:
        made.notes.remarks.append(f"columns of {skipped} other years are not read")
    return made


def api(path: Path, *, year: int | None = None, aliases: Mapping[str, str] | None = None) -> Table:
    """Read an answer of the World Bank's API saved as JSON; all of its pages must be in one file.

    Raises
    ------
    DataError
        Also if the answer has further pages that are not in the file.
    """
    import numpy as np

    name = path.name
    try:
        answer = json.loads(read_text(path))
        head, rows = answer
        pages = int(head["pages"])
        cells = {
            "iso3": [_text(row["countryiso3code"]) for row in rows],
            "indicator": [_text(row["indicator"]["id"]) for row in rows],
            "year": [_text(row["date"]) for row in rows],
            "value": [_text(row["value"]) for row in rows],
        }
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise DataError(
            f"is no answer of the World Bank's API ({type(error).__name__}); save it with format=json", name
        ) from None
    if pages > 1:
        raise DataError(f"is page {head.get('page', '?')} of {pages}; ask for more rows a page (per_page)", name)
    if not rows:
        raise DataError("holds no rows", name)
    raw = Raw(name, tuple(cells), tuple(cells.values()), np.arange(1, len(rows) + 1))
    columns = (
        Column("iso3", ("iso3",), "code", blank="drop"), Column("indicator", ("indicator",)), _YEAR, _value("value"),
    )  # fmt: skip
    table = validate(
        raw, columns, codes=Codes(aliases=aliases or {}), key=_KEY, layout="World Bank API", unknown="drop"
    )
    return Table(_of_year(table.frame, year, table), table.notes, name)


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise TypeError(type(value).__name__)


def unep(path: Path, *, year: int = 2009, aliases: Mapping[str, str] | None = None) -> Table:
    """Read area (km2), population (thousand) and GDP (USD million) of one year: ``iso;sup;pop;gdp;int``."""
    import pandas as pd

    names = {"area_km2": "sup", "population_thousand": "pop", "gdp_usd_mn": "gdp"}
    columns = (
        Column("iso3", ("iso",), "code"),
        *(Column(name, (raw,), "number", low=0, blank="keep") for name, raw in names.items()),
    )
    table = read_delimited(path, columns, codes=Codes(aliases=aliases or {}), key=("iso3",), layout="iso;sup;pop;gdp",
                           unknown="drop")  # fmt: skip
    parts = [
        table.frame[["iso3", "row"]].assign(indicator=name, year=year, value=table.frame[name]).dropna(subset="value")
        for name in names
    ]
    return Table(pd.concat(parts, ignore_index=True), table.notes, table.source)
