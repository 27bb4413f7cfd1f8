"""Tariffs of UNCTAD TRAINS and the WTO as the World Integrated Trade Solution (WITS) gives them out, as a stream.

Two layouts: results of a query (``Reporter, Partner, Product, Tariff Year, DutyType, Simple Average`` ...), and the
bulk files of a reporter and year (``Reporter_ISO_N, Year, ProductCode, SimpleAverage`` ..., with ``Partner`` where they
are preferential). Rates are percent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from multipolar.atlas import clubs, members
from multipolar.data.bulk import Bulk, identifier, open_bulk
from multipolar.data.codes import Codes
from multipolar.data.files import columns_found
from multipolar.data.readers.products import sector_sql
from multipolar.data.tables import Notes, Table
from multipolar.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DUTIES", "rates"]

DUTIES = ("MFN", "PRF", "AHS", "BND")
"""Kinds of duty in results of queries: most favoured nation, preferential, effectively applied, bound."""
UNION = ("918", "EUN", "EU")
"""How WITS writes the European Union, which reports as one."""
WORLD = ("000", "0", "WLD", "")
"""Partners that stand for everyone."""
HIGHEST = 5000.0
"""Rate (percent) beyond which the unit must be wrong; ad valorem equivalents of a few products exceed 1000."""


@dataclass(frozen=True)
class _Layout:
    """Names of the columns in one layout; empty where it has none."""

    reporter: str
    partner: str
    product: str
    year: str
    duty: str
    simple: str
    weighted: str


_QUERY = _Layout("Reporter", "Partner", "Product", "Tariff Year", "DutyType", "Simple Average", "Weighted Average")
_BULK = _Layout("Reporter_ISO_N", "Partner", "ProductCode", "Year", "", "SimpleAverage", "")


def rates(
    path: Path,
    *,
    year: int | None = None,
    duty: str = "",
    mean: str = "simple",
    sectors: Mapping[str, Sequence[str]] | None = None,
    rest: str = "goods",
    member: str | None = None,
    aliases: Mapping[str, str] | None = None,
) -> Table:
    """Read tariffs by importer and exporter, averaged over products with equal weights; a blank exporter is everyone.

    The European Union's rates become those of its members of that year. Groups of beneficiaries (``N37``) are left out
    and counted, unless `aliases` names an economy or a club of the atlas for them.

    Parameters
    ----------
    year
        The year to read; needed where the file has several.
    duty
        One of `DUTIES`; needed where the file has several.
    mean
        ``simple``, or ``weighted`` by imports where the file has that column.
    sectors
        Sector to the beginnings of product codes (``{"energy": ["27"]}``); one mean over all products if None.
    rest
        Sector of all other products.
    member
        End of the name of the part of an archive.

    Raises
    ------
    DataError
        Naming the row or the importer, and the remedy.
    """
    chosen: list[tuple[_Layout, str]] = []

    def columns(header: list[str]) -> dict[str, str]:
        layout = _layout(header, path.name)
        rate = _rate_column(layout, mean, path.name)
        chosen.append((layout, rate))
        texts = (layout.reporter, layout.product, layout.partner, layout.duty)
        return {layout.year: "INTEGER", rate: "DOUBLE", **{name: "VARCHAR" for name in texts if name}}

    sector = "''" if sectors is None else sector_sql("p", sectors, rest)
    with open_bulk(path, columns, layout="WITS tariffs", member=member) as bulk:
        layout, rate = chosen[0]
        found = _read(bulk, layout, rate, sector)
    notes = Notes(rows_read=int(found.n.sum()))
    found = _one(found, "y", year, "year", path.name, notes)
    if layout.duty:
        found = _one(found, "duty", duty or None, "duty", path.name, notes)
    elif duty:
        raise DataError("does not say the kind of duty; leave the option 'duty' out", path.name)
    _check(found, path.name)
    notes.drop("no ad valorem rate", int((found.n - found.filled).sum()))
    return Table(_tidy(found[found.filled > 0], aliases or {}, notes, path.name), notes, path.name)


def _layout(names: list[str], file: str) -> _Layout:
    for layout in (_QUERY, _BULK):
        if layout.reporter in names and layout.product in names:
            has = {field: name if name in names else "" for field, name in _by_field(layout).items()}
            for field in ("year", "simple"):
                if not has[field]:
                    raise DataError(
                        f"has no column '{_by_field(layout)[field]}'; add it to the query: {columns_found(names)}",
                        file,
                        1,
                    )
            return _Layout(**has)
    raise DataError(
        f"has neither the columns '{_QUERY.reporter}, {_QUERY.product}' of a query nor '{_BULK.reporter}, "
        f"{_BULK.product}' of a bulk file of WITS tariffs; {columns_found(names)}",
        file,
        1,
    )


def _by_field(layout: _Layout) -> dict[str, str]:
    """Columns of a layout by field."""
    return {field: getattr(layout, field) for field in _Layout.__dataclass_fields__}


def _rate_column(layout: _Layout, mean: str, file: str) -> str:
    if mean not in ("simple", "weighted"):
        raise DataError(f"option 'mean' is '{mean[:20]}'; it must be simple or weighted", file)
    if mean == "weighted" and not layout.weighted:
        raise DataError("has no weighted averages; use mean: simple, or add them to the query", file)
    return layout.weighted if mean == "weighted" else layout.simple


def _read(bulk: Bulk, layout: _Layout, rate: str, sector: str) -> pd.DataFrame:
    partner = f"coalesce({identifier(layout.partner)}, '')" if layout.partner else "''"
    duty = identifier(layout.duty) if layout.duty else "''"
    bulk.keep(
        "kept",
        f"select trim({identifier(layout.reporter)}) d, trim({partner}) o, trim({identifier(layout.product)}) p, "
        f"{identifier(layout.year)} y, trim({duty}) duty, {identifier(rate)} rate from raw",
    )
    # Codes of odd length have lost a leading zero; totals and groups of products have level 0.
    level = "case when regexp_full_match(p, '[0-9]+') then (length(p) + 1) // 2 else 0 end"
    found = bulk.query(
        f"select d, o, y, duty, {sector} sector, avg(rate) rate, min(rate) low, max(rate) high, count(*) n, "
        f"count(rate) filled, count(distinct p) products, count(p) named, count(distinct {level}) levels "
        "from kept group by all order by d, o, y, duty, sector"
    )
    bulk.refuse_rejected()
    if found.empty:
        raise DataError("has a header and no rows; the file is cut", bulk.file)
    for column, name in (("d", layout.reporter), ("y", layout.year), ("duty", layout.duty)):
        if found[column].isna().any():
            raise DataError(f"column '{name}' is blank in {int(found.n[found[column].isna()].sum())} rows", bulk.file)
    return found


def _one(
    found: pd.DataFrame, column: str, wanted: int | str | None, name: str, file: str, notes: Notes
) -> pd.DataFrame:
    """Keep the rows of one year or duty; refuse where several are there and none is asked for."""
    there = sorted(found[column].unique().tolist())
    if wanted is None:
        if len(there) > 1:
            shown = ", ".join(str(value)[:12] for value in there[:6])
            raise DataError(f"holds several values of {name}: {shown}; say which with the option '{name}'", file)
        return found
    kept = found[found[column] == wanted]
    if kept.empty:
        raise DataError(f"has no row of {name} {wanted}; it has {', '.join(str(v)[:12] for v in there[:6])}", file)
    notes.drop(f"not of {name} {wanted}", int(found.n.sum() - kept.n.sum()))
    return kept


def _check(found: pd.DataFrame, file: str) -> None:
    for bad, what in (
        (found.named < found.n, "has rows without a product"),
        (found.levels > 1, "mixes products of several levels (totals, chapters, items); keep one"),
        (found.products < found.n, "has a product more than once; keep one nomenclature and one row a product"),
        (found.low < 0, "has a rate below zero"),
        ((found.y < 1900) | (found.y > 2100), "is no year"),
        (found.high > HIGHEST, f"has a rate above {HIGHEST:,.0f} percent; check the unit"),
    ):
        if bad.any():
            row = found[bad].iloc[0]
            partner = f", partner '{row.o[:12]}'" if row.o else ""
            raise DataError(f"importer '{row.d[:12]}'{partner} of {int(row.y)} {what}", file)


def _tidy(found: pd.DataFrame, aliases: Mapping[str, str], notes: Notes, file: str) -> pd.DataFrame:
    """Rows by economy: unions and clubs become their members, everyone a blank."""
    import pandas as pd

    year = int(found.y.iloc[0]) if len(found) else 2000
    places = {code: _places(code, aliases, dt.date(year, 6, 15)) for code in {*found.d, *found.o}}
    places |= dict.fromkeys(WORLD, ("",))
    rows: list[tuple[str, str, str, int, float]] = []
    unknown: dict[str, dict[str, int]] = {"importer": {}, "exporter": {}}
    for d, o, sector, rate, n in zip(found.d, found.o, found.sector, found.rate, found.n, strict=True):
        if d in WORLD or not places[d]:
            unknown["importer"][d] = unknown["importer"].get(d, 0) + int(n)
        elif not places[o]:
            unknown["exporter"][o] = unknown["exporter"].get(o, 0) + int(n)
        else:
            pairs = [(exporter, importer) for importer in places[d] for exporter in places[o] if exporter != importer]
            rows += [(exporter, importer, str(sector), year, float(rate) / 100) for exporter, importer in pairs]
    for side, lost in unknown.items():
        notes.drop(f"{side} unknown to the atlas ({', '.join(sorted(lost)[:8])})", sum(lost.values()))
    frame = pd.DataFrame(rows, columns=["origin", "destination", "sector", "year", "rate"])
    twice = frame.duplicated(["origin", "destination", "sector"])
    if twice.any():
        bad = frame[twice].iloc[0]
        raise DataError(
            f"importer {bad.destination}, exporter '{bad.origin}' has two rates, as a union's member and by itself, or "
            "under two codes; keep one",
            file,
        )
    if frame.empty:
        raise DataError("no rate is left after dropping what cannot be used; is this the right file?", file)
    return frame


def _places(code: str, aliases: Mapping[str, str], day: dt.date) -> tuple[str, ...]:
    """Economies that a code of WITS stands for; none if nobody knows it."""
    name = aliases.get(code, "EU" if code.upper() in UNION else code)
    if name in clubs():
        return tuple(members(name, day))
    number = name.isdecimal()
    found = Codes(scheme="numeric" if number else "iso3").find(name.zfill(3) if number else name)
    return () if found in (None, Codes.AGGREGATE) else (str(found),)
