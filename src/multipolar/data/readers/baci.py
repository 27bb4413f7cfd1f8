"""BACI of CEPII: the yearly product files (11 million rows), and a matrix of their totals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from multipolar.data.bulk import Bulk, open_bulk
from multipolar.data.codes import Codes
from multipolar.data.files import columns_found
from multipolar.data.readers.products import sector_sql
from multipolar.data.tables import Column, Notes, Table, read_delimited, read_raw
from multipolar.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ENERGY_HEADINGS", "labelled", "matrix", "products", "read_countries"]

ENERGY_HEADINGS = ("25", "26", "27")
"""Chapters of the Harmonized System taken for fuels and ores: minerals and salt, ores, mineral fuels."""
SMALLEST, LARGEST = 1e11, 1e14
"""World trade (USD) outside which the unit must be wrong."""


def products(
    path: Path,
    *,
    year: int,
    countries: str | Path,
    sectors: Mapping[str, Sequence[str]] | None = None,
    rest: str = "goods",
    aliases: Mapping[str, str] | None = None,
) -> Table:
    """Read a yearly file ``BACI_HSxx_Yyear_Vversion.csv`` (thousand USD), or the archive of all of them, as a stream.

    Parameters
    ----------
    countries
        The file ``country_codes_Vversion.csv`` that comes with BACI.
    sectors
        Sector to the beginnings of product codes that belong to it (``{"energy": ["27"]}``); `ENERGY_HEADINGS` as
        ``energy`` if None.
    rest
        Sector of all other products.
    """
    groups = {"energy": ENERGY_HEADINGS} if sectors is None else sectors
    codes = read_countries(Path(countries), aliases)
    member = f"_Y{year}_" if _is_zip(path) else None
    wanted = {"t": "INTEGER", "i": "INTEGER", "j": "INTEGER", "k": "VARCHAR", "v": "DOUBLE"}
    with open_bulk(path, wanted, layout="BACI", member=_member_end(path, member)) as bulk:
        bulk.keep("kept", "select t, i, j, k, try_cast(k as uinteger) number, v from raw")
        found = bulk.query(
            f"select t, i, j, {sector_sql('k', groups, rest)} sector, sum(v) v, count(*) n, min(v) low, "
            "count(v) filled, count(t) tt, count(i) ii, count(j) jj from kept group by all"
        )
        bulk.refuse_rejected()
        _check(bulk, found, year)
        _refuse_repeated(bulk)
    notes = Notes(rows_read=int(found.n.sum()))
    return Table(_tidy(found, codes, notes), notes, path.name)


def _is_zip(path: Path) -> bool:
    try:
        with open(path, "rb") as handle:
            return handle.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}; check the path", str(path)) from None


def _member_end(path: Path, part: str | None) -> str | None:
    """Name of the part of the archive that holds a year."""
    if part is None:
        return None
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if part in name and name.endswith(".csv")]
    except (zipfile.BadZipFile, OSError, NotImplementedError):
        raise DataError("the archive is damaged or cut; fetch it again", path.name) from None
    if len(names) != 1:
        raise DataError(f"the archive holds {len(names)} files of the year asked for ('{part}')", path.name)
    return names[0]


def _check(bulk: Bulk, found: pd.DataFrame, year: int) -> None:
    if found.empty:
        raise DataError("has a header and no rows; the file is cut", bulk.file)
    for column, name in (("tt", "t"), ("ii", "i"), ("jj", "j"), ("filled", "v")):
        if (found[column] < found.n).any():
            raise DataError(f"column '{name}' is blank in {int((found.n - found[column]).sum())} rows", bulk.file)
    if (found.low < 0).any():
        bad = found[found.low < 0].iloc[0]
        raise DataError(f"a flow from {int(bad.i)} to {int(bad.j)} is {bad.low:g}; flows are not negative", bulk.file)
    years = sorted(int(y) for y in found.t.unique())
    if years != [year]:
        raise DataError(f"mixes or misses the year: it holds {years[:5]}, {year} was asked for", bulk.file)
    total = float(found.v.sum()) * 1e3
    if not SMALLEST <= total <= LARGEST:
        raise DataError(
            f"adds up to {total:.3g} USD if in thousand USD; the unit must be wrong or rows are missing", bulk.file
        )


def _refuse_repeated(bulk: Bulk) -> None:
    """Refuse a product that stands twice between two economies.

    One whole number stands for exporter, importer and product, which is many times quicker than comparing three; the
    few codes with letters, such as 9999AA, are left unchecked.
    """
    key = "(i::ubigint * 10000 + j::ubigint) * 10000000 + number"
    twice = bulk.query(
        f"select {key} id, count(*) n from kept where number is not null group by id having n > 1 limit 1"
    )
    if not twice.empty:
        pair, product = divmod(int(twice.id.iloc[0]), 10_000_000)
        i, j = divmod(pair, 10_000)
        raise DataError(f"product {product:06d} from {i} to {j} stands {int(twice.n.iloc[0])} times", bulk.file)


def _tidy(found: pd.DataFrame, codes: Codes, notes: Notes) -> pd.DataFrame:
    iso3 = {code: codes.find(str(int(code))) for code in {*found.i.unique(), *found.j.unique()}}
    origin, destination = found.i.map(iso3), found.j.map(iso3)
    for why, mask in (
        ("unknown to the table of countries or the atlas", origin.isna() | destination.isna()),
        ("an aggregate", origin.eq(codes.AGGREGATE) | destination.eq(codes.AGGREGATE)),
    ):
        names = {str(int(c)) for c in {*found.i[mask], *found.j[mask]} if iso3[c] in (None, codes.AGGREGATE)}
        notes.drop(f"{why} ({', '.join(sorted(names)[:8])})", int(found.n[mask].sum()))
    good = origin.notna() & destination.notna() & ~origin.eq(codes.AGGREGATE) & ~destination.eq(codes.AGGREGATE)
    frame = found.assign(origin=origin, destination=destination, year=found.t, value=found.v * 1e-3)[
        good & (origin != destination)
    ]
    return frame.groupby(["origin", "destination", "sector", "year"], as_index=False)[["value"]].sum()


def read_countries(path: Path, aliases: Mapping[str, str] | None = None) -> Codes:
    """Read BACI's own table of countries: numeric code to ISO3; areas "not elsewhere specified" are aggregates.

    Parameters
    ----------
    aliases
        Further ISO3 for codes of the table, such as ``{"S19": "TWN"}``, its other Asia.
    """
    raw = read_raw(path, delimiter=",")
    numeric, iso3 = raw.find(("country_code",)), raw.find(("country_iso3", "iso_3digit_alpha"))
    if numeric is None or iso3 is None:
        raise DataError(
            f"has no columns 'country_code' and 'country_iso3', so it is not BACI's table; {columns_found(raw.header)}",
            raw.file,
            1,
        )
    given = Codes(aliases=aliases or {})
    mapping: dict[str, str] = {}
    for code, alpha in zip(numeric, iso3, strict=True):
        found = given.find(alpha)
        if found is not None and found != given.AGGREGATE:
            mapping[code.strip()] = found
        else:
            mapping[code.strip()] = ""
    return Codes(scheme="table", aliases=mapping)


def matrix(
    path: Path, *, year: int, labels: str | Path | None = None, aliases: Mapping[str, str] | None = None
) -> Table:
    """Read a square matrix of totals (thousand USD): rows exporters, columns importers, blanks are zero.

    Parameters
    ----------
    labels
        Table with the column ``iso3`` in axis order; ``country_labels.csv`` beside the file if None.
    """
    names = _labels(path, labels, aliases)
    raw = read_raw(path, delimiter=",")
    if len(raw.header) != len(names) or len(raw.lines) != len(names):
        raise DataError(
            f"is {len(raw.lines)} x {len(raw.header)} where the labels are {len(names)}; it is cut or not theirs",
            raw.file,
        )
    import pandas as pd

    columns = []
    for j, cells in enumerate(raw.columns):
        text = pd.Series(cells, dtype="str").str.strip()
        values = pd.to_numeric(text.where(text != "", "0"), errors="coerce").to_numpy(dtype=float)
        bad = ~np.isfinite(values) | (values < 0)
        if bad.any():
            row = int(np.argmax(bad))
            raise DataError(
                f"'{cells[row][:20]}' from {names[row]} to {names[j]} is no value of trade",
                raw.file,
                int(raw.lines[row]),
            )
        columns.append(values)
    values = np.stack(columns, axis=1) * 1e-3
    o, d = np.nonzero(values * ~np.eye(len(names), dtype=bool))
    frame = pd.DataFrame(
        {"origin": np.array(names)[o], "destination": np.array(names)[d], "year": year, "value": values[o, d]}
    )
    notes = Notes(rows_read=len(names))
    notes.drop("zero or blank pairs", len(names) * (len(names) - 1) - len(frame))
    return Table(frame, notes, raw.file)


def labelled(
    path: Path, *, column: str, indicator: str, year: int = 0, labels: str | Path | None = None, scale: float = 1.0,
    aliases: Mapping[str, str] | None = None,
) -> Table:  # fmt: skip
    """Read one column of values in the order of a table of labels.

    Parameters
    ----------
    column, indicator
        Name of the column, and of the indicator it holds.
    labels
        Table with the column ``iso3``; ``country_labels.csv`` beside the file if None.
    """
    named = _labels(path, labels, aliases)
    values = read_delimited(
        path, (Column("value", (column,), "number", low=0, scale=scale),), codes=Codes(), layout="one column of values"
    )
    if len(named) != len(values.frame):
        raise DataError(f"has {len(values.frame)} rows where the labels have {len(named)}; it is cut", path.name)
    frame = values.frame.assign(iso3=named, year=year, indicator=indicator)
    return Table(frame, values.notes, path.name)


def _labels(path: Path, labels: str | Path | None, aliases: Mapping[str, str] | None) -> list[str]:
    beside = path.with_name("country_labels.csv") if labels is None else Path(labels)
    columns = (Column("iso3", ("iso3",), "code"),)
    table = read_delimited(
        beside, columns, codes=Codes(aliases=aliases or {}), key=("iso3",), layout="labels of a matrix"
    )
    return table.frame.iso3.tolist()
