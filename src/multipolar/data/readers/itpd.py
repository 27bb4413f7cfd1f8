"""ITPD-E of the USITC: trade and domestic sales by industry, a file of tens of millions of rows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from multipolar.data.bulk import open_bulk
from multipolar.data.codes import Codes
from multipolar.data.tables import Notes, Table
from multipolar.errors import DataError

__all__ = ["flows"]


def flows(path: Path, *, year: int, member: str | None = None, aliases: Mapping[str, str] | None = None) -> Table:
    """Read one year as a stream (USD million), summed over industries to the four broad sectors, home sales included.

    Parameters
    ----------
    member
        Part of the archive, such as ``ITPD_E_R02.csv``.
    """
    wanted = {"exporter_iso3": "VARCHAR", "importer_iso3": "VARCHAR", "year": "INTEGER", "industry_id": "INTEGER",
              "broad_sector": "VARCHAR", "trade": "DOUBLE"}  # fmt: skip
    with open_bulk(path, wanted, layout="ITPD-E", member=member) as bulk:
        found = bulk.query(
            # One pass: rows of other years come as one group without an exporter, to be counted.
            "select asked, case when asked then exporter_iso3 end o, case when asked then importer_iso3 end d, "
            "case when asked then broad_sector end sector, sum(trade) v, count(*) n, min(trade) low, "
            "count(trade) filled, count(distinct industry_id) ids "
            f"from (select *, coalesce(year = {int(year)}, false) asked from raw) group by all"
        )
        bulk.refuse_rejected()
    others = int(found.n[~found.asked].sum())
    found = found[found.asked]
    if found.empty:
        raise DataError(f"has no row of {year}", path.name)
    if (found.low < 0).any():
        bad = found[found.low < 0].iloc[0]
        raise DataError(f"a flow from {bad.o} to {bad.d} is {bad.low:g}; flows are not negative", path.name)
    if (found.n > found.ids).any():
        bad = found[found.n > found.ids].iloc[0]
        raise DataError(f"an industry from {bad.o} to {bad.d} stands more than once in {year}", path.name)
    codes = Codes(aliases=aliases or {})
    iso3 = {code: codes.find(code) for code in {*found.o, *found.d}}
    lost = sorted(code for code, known in iso3.items() if known in (None, codes.AGGREGATE))
    notes = Notes(rows_read=int(found.n.sum()) + others)
    notes.drop(f"not of {year}", others)
    good = ~found.o.isin(lost) & ~found.d.isin(lost)
    notes.drop(f"unknown to the atlas ({', '.join(lost[:8])})", int(found.n[~good].sum()))
    notes.drop("blank trade", int((found.n - found.filled).sum()))
    frame = found[good & (found.v > 0)]
    frame = frame.assign(origin=frame.o.map(iso3), destination=frame.d.map(iso3), year=year, value=frame.v)
    tidy = frame.groupby(["origin", "destination", "sector", "year"], as_index=False)[["value"]].sum()
    return Table(tidy, notes, path.name)
