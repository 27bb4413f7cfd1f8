"""People's own data: four plain CSV tables whose columns say their units, described in ``docs/data.md``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from multipolar.data.codes import Codes
from multipolar.data.tables import Column, Table, read_delimited, require_one_year

__all__ = ["economies", "figures", "tariffs", "trade"]

LARGEST_TRADE = 5e6
"""Flow of trade (USD million) beyond which the unit must be wrong: more than any pair of economies trades."""

USD_MN = "USD million"
SUBSIDIES = "mend the rate, or where imports are subsidised, let the source in the recipe say 'subsidies: true'"
"""Remedy for a rate below zero."""


def _codes(aliases: Mapping[str, str] | None, extra: list[str] | None = None) -> Codes:
    return Codes(scheme="name", aliases=aliases or {}, extra=tuple(extra or ()))


def trade(
    path: Path, *, year: int | None = None, aliases: Mapping[str, str] | None = None, extra: list[str] | None = None
) -> Table:
    """Read ``origin, destination, value_usd_mn`` and, if there are several, ``sector`` and ``year``.

    Economies are ISO3 codes or English names of the atlas; one row a pair and sector; home sales may be left out.

    Parameters
    ----------
    year
        The year to read; needed where the file has several, or none.
    extra
        Codes that the atlas need not know, such as ROW.
    """
    columns = (
        Column("origin", ("origin",), "code"),
        Column("destination", ("destination",), "code"),
        Column("sector", ("sector",), optional=True),
        Column("year", ("year",), "year", low=1500, high=2200, optional=True),
        Column("value", ("value_usd_mn",), "number", low=0, high=LARGEST_TRADE * 100, unit=USD_MN),
    )
    table = read_delimited(path, columns, codes=_codes(aliases, extra), key=("origin", "destination", "sector", "year"),
                           layout="your own trade (docs/data.md)")  # fmt: skip
    if "year" in table.frame:
        return require_one_year(table, year)
    return Table(table.frame.assign(year=year or 0), table.notes, table.source)


def economies(path: Path, *, year: int | None = None, aliases: Mapping[str, str] | None = None,
              extra: list[str] | None = None) -> Table:  # fmt: skip
    """Read ``economy`` with any of ``gdp_usd_mn, output_usd_mn, population_thousand, tariff_pct``, and ``year``."""
    import pandas as pd

    measures = ("gdp_usd_mn", "output_usd_mn", "population_thousand", "tariff_pct")
    columns = (
        Column("iso3", ("economy", "iso3"), "code"),
        Column("year", ("year",), "year", low=1500, high=2200, optional=True),
        *(Column(m, (m,), "number", low=0, high=1000 if m.endswith("pct") else 1e12, blank="keep", optional=True,
                 unit=USD_MN if m.endswith("usd_mn") else "")
          for m in measures),
    )  # fmt: skip
    table = read_delimited(path, columns, codes=_codes(aliases, extra), key=("iso3", "year"),
                           layout="your own economies (docs/data.md)")  # fmt: skip
    frame = table.frame
    frame = require_one_year(table, year).frame if "year" in frame else frame.assign(year=year or 0)
    parts = [
        frame[["iso3", "year", "row"]].assign(indicator=m, value=frame[m]).dropna(subset="value")
        for m in measures
        if m in frame
    ]
    tidy = pd.concat(parts, ignore_index=True) if parts else frame.assign(indicator="", value=0.0).head(0)
    empty = (frame[frame[m].isna()].assign(indicator=m) for m in measures if m in frame)
    blank = {
        (m, str(code)): int(row)
        for part in empty
        for m, code, row in zip(part.indicator, part.iso3, part.row, strict=True)
    }
    return replace(table, frame=tidy, blank=blank)


def tariffs(path: Path, *, year: int | None = None, aliases: Mapping[str, str] | None = None,
            extra: list[str] | None = None, subsidies: bool = False) -> Table:  # fmt: skip
    """Read ``importer, rate_pct`` with ``exporter`` (blank: everyone without an own row), ``sector`` and ``year``.

    Parameters
    ----------
    subsidies
        Whether rates may lie below zero: the importer pays for what it buys.
    """
    columns = (
        Column("destination", ("importer",), "code"),
        Column("origin", ("exporter",), "code", blank="keep", optional=True),
        Column("sector", ("sector",), optional=True, blank="keep"),
        Column("year", ("year",), "year", low=1500, high=2200, optional=True),
        Column(
            "rate",
            ("rate_pct",),
            "number",
            low=-50 if subsidies else 0,
            high=1000,
            scale=0.01,
            unit="percent",
            too_low="" if subsidies else SUBSIDIES,
        ),
    )
    table = read_delimited(path, columns, codes=_codes(aliases, extra), key=("destination", "origin", "sector", "year"),
                           layout="your own tariffs (docs/data.md)")  # fmt: skip
    frame = table.frame
    for name in ("origin", "sector"):
        frame = frame.assign(**{name: frame[name].fillna("") if name in frame else ""})
    table = Table(frame, table.notes, table.source)
    if "year" in frame:
        return require_one_year(table, year)
    return Table(frame.assign(year=year or 0), table.notes, table.source)


def figures(path: Path, *, indicators: list[str] | None = None, year: int | None = None, within: int = 0,
            aliases: Mapping[str, str] | None = None) -> Table:  # fmt: skip
    """Read a long table of figures: ``indicator, iso3, value`` with ``year, unit, status, source``.

    Parameters
    ----------
    indicators
        Those to keep; all if None.
    year, within
        Keep, for each indicator and economy, the year nearest to `year`, at most `within` away.
    """
    columns = (
        Column("indicator", ("indicator",)),
        Column("iso3", ("iso3", "economy"), "code"),
        Column("year", ("year",), "number", low=1500, high=2200, blank="keep", optional=True),
        Column("value", ("value",), "number", low=-1e18, high=1e18, blank="drop"),
        Column("unit", ("unit",), optional=True, blank="keep"),
        Column("source", ("source",), optional=True, blank="keep"),
    )
    table = read_delimited(path, columns, codes=_codes(aliases), layout="figures (docs/data.md)")
    frame = table.frame
    if indicators is not None:
        frame = frame[frame.indicator.isin(indicators)]
    frame = frame.assign(year=frame.year.fillna(year or 0).astype(int) if "year" in frame else (year or 0))
    if year is not None:
        gap = (frame.year - year).abs()
        table.notes.drop(f"more than {within} years from {year}", int((gap > within).sum()))
        frame = frame.assign(gap=gap)[gap <= within].sort_values(["indicator", "iso3", "gap"], kind="stable")
        nearest = frame.drop_duplicates(["indicator", "iso3"]).drop(columns="gap")
        table.notes.drop("another year of the same figure is nearer", len(frame) - len(nearest))
        frame = nearest
    return Table(frame.reset_index(drop=True), table.notes, table.source)
