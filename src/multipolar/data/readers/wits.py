"""Trade as the World Integrated Trade Solution (WITS) writes it, from UN Comtrade."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from multipolar.data.codes import Codes
from multipolar.data.tables import Column, Table, read_delimited, require_one_year

__all__ = ["pairs", "reports"]

_SIDES = {"export": "exporter", "import": "importer"}


def pairs(path: Path, *, year: int, aliases: Mapping[str, str] | None = None) -> Table:
    """Read one value a pair (thousand USD); zeros mean that nobody reported and are left out.

    Parameters
    ----------
    year
        The file does not say it.
    """
    columns = (
        Column("origin", ("exporter",), "code"),
        Column("destination", ("importer",), "code"),
        Column("value", ("trade_kusd",), "number", low=0, high=1e12, scale=1e-3),
    )
    table = read_delimited(path, columns, codes=Codes(aliases=aliases or {}), key=("origin", "destination"),
                           layout="exporter, importer, trade_kusd")  # fmt: skip
    frame = table.frame.assign(year=year)
    positive = frame.value > 0
    table.notes.drop("zero, not reported by either side", int((~positive & (frame.origin != frame.destination)).sum()))
    foreign = frame.origin != frame.destination
    return Table(frame[positive & foreign].reset_index(drop=True), table.notes, table.source)


def reports(path: Path, *, year: int | None = None, aliases: Mapping[str, str] | None = None) -> Table:
    """Read what exporters and importers report (thousand USD): importers' reports are c.i.f., as they come.

    Partners that are aggregates (world, European Union, unspecified) are left out. Two old codes of one economy are
    added up.
    """
    codes = Codes(aliases=aliases or {})
    columns = (
        Column("reporter", ("ReporterISO3",), "code"),
        Column("partner", ("PartnerISO3",), "code"),
        Column("reporter_code", ("ReporterISO3",)),
        Column("partner_code", ("PartnerISO3",)),
        Column("flow", ("TradeFlowName",)),
        Column("product", ("ProductCode",)),
        Column("year", ("Year",), "year", low=1960, high=2100),
        Column("value", ("TradeValue in 1000 USD",), "number", low=0, high=1e12, scale=1e-3),
    )
    key = ("reporter_code", "partner_code", "flow", "product", "year")
    table = require_one_year(read_delimited(path, columns, codes=codes, key=key, layout="WITS trade data"), year)
    frame = table.frame
    side = frame.flow.str.casefold().map(_SIDES)
    other = side.isna() | (frame["product"].str.casefold() != "total")
    table.notes.drop("flow is neither export nor import, or not all products", int(other.sum()))
    exports = side.eq("exporter")
    frame = frame.assign(
        side=side,
        origin=frame.reporter.where(exports, frame.partner),
        destination=frame.partner.where(exports, frame.reporter),
    )[~other & (frame.reporter != frame.partner)]
    tidy = frame.groupby(["origin", "destination", "side", "year"], as_index=False)[["value"]].sum()
    return Table(tidy, table.notes, table.source)
