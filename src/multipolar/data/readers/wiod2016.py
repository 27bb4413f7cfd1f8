"""WIOD, release 2016: the wide table that is published as a Stata file and that people export as CSV."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.data.files import SMALL, open_bytes, read_bytes
from multipolar.data.readers.matrices import Sheet, read_sheet
from multipolar.data.readers.tables_io import InputOutput, from_labels
from multipolar.data.readers.workbooks import workbook_table
from multipolar.errors import DataError

__all__ = ["table"]

_LABELS = ("IndustryCode", "Country", "RNr", "Year")
_COLUMN = re.compile(r"v?([A-Z]{3})(\d{1,3})")
_NOT_NUMBERS = ("IndustryDescription", "")
TOTAL = "TOT"


def table(
    path: Path, *, year: int = 0, member: str | None = None, aliases: Mapping[str, str] | None = None
) -> InputOutput:
    """Read a year: ``WIOT2014_October16_ROW.dta``, its export as CSV, or the workbook saved as xlsx.

    Columns are ``IndustryCode, IndustryDescription, Country, RNr, Year``, one for each economy and industry or item of
    final demand (``AUS1`` or ``vAUS1``), and ``TOT``. R's own RData is not read; in R, ``write.csv(wiot, "wiot.csv")``.

    Parameters
    ----------
    year
        Year the table must have; that of the file if 0.
    member
        End of the name of the part of a zip, such as ``WIOT2014_October16_ROW.dta``.

    Raises
    ------
    DataError
        Naming row or column, and the remedy.
    """
    kind = _kind(path, member)
    if kind == "xlsx":
        return workbook_table(path, year=year, aliases=aliases)
    sheet = _from_stata(path, member) if kind == "dta" else _from_csv(path, member)
    return _order(sheet, year, aliases)


def _kind(path: Path, member: str | None) -> str:
    try:
        with open(path, "rb") as handle:
            packed = handle.read(4) == b"PK\x03\x04"
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}; check the path", str(path)) from error
    if packed and member is None and path.suffix.casefold() == ".xlsx":
        return "xlsx"
    with open_bytes(path, member=member) as stream:
        head = stream.read(16)
    if head.startswith((b"RDX", b"RDA", b"X\n")) or path.suffix.casefold() in (".rdata", ".rds"):
        raise DataError(
            'is a file of R, which is not read; in R, write.csv(wiot, "wiot.csv", row.names = FALSE)', path.name
        )
    return "dta" if head.startswith(b"<stata_dta>") else "csv"


def _from_csv(path: Path, member: str | None) -> Sheet:
    """Read the CSV; R writes a first column of row numbers without a name, and descriptions are text."""
    with open_bytes(path, member=member, limit=2**30) as stream:
        first = stream.read(1 << 20).split(b"\n", 1)[0].decode("utf-8-sig", errors="replace")
    delimiter = max(",;\t", key=first.count)
    names = {cell.strip().strip('"').casefold(): cell.strip().strip('"') for cell in first.split(delimiter)}
    text = [*_LABELS, *(name for name in _NOT_NUMBERS if name.casefold() in names)]
    return read_sheet(path, labels=text, delimiter=delimiter, member=member)


def _from_stata(path: Path, member: str | None) -> Sheet:
    import pandas as pd

    raw = read_bytes(path, member=member, limit=SMALL)
    try:
        frame = pd.read_stata(io.BytesIO(raw), convert_dates=False, convert_categoricals=False)
    except Exception as error:  # a damaged file can fail anywhere inside the parser
        raise DataError(f"is no readable Stata file ({type(error).__name__}); fetch it again", path.name) from None
    names = [str(name) for name in frame.columns]
    if missing := [name for name in _LABELS if name not in names]:
        raise DataError(f"has no column '{missing[0]}'; this is not the layout of WIOD 2016", path.name)
    rest = [name for name in names if name not in (*_LABELS, *_NOT_NUMBERS)]
    if words := [name for name in rest if not pd.api.types.is_numeric_dtype(frame[name])]:
        raise DataError(f"column '{words[0][:30]}' holds text; this is not the layout of WIOD 2016", path.name)
    values = frame[rest].to_numpy(dtype=np.float64)
    if (bad := np.argwhere(~np.isfinite(values))).size:
        raise DataError(f"column '{rest[bad[0, 1]][:30]}' is empty or no number", path.name, int(bad[0, 0]) + 1)
    heads = tuple(tuple(_plain(cell) for cell in row) for row in frame[list(_LABELS)].itertuples(index=False))
    return Sheet(path.name, tuple(rest), _LABELS, heads, values, tuple(range(1, len(frame) + 1)))


def _plain(cell: Any) -> str:
    return str(int(cell)) if isinstance(cell, float) and cell == int(cell) else str(cell).strip()


def _order(sheet: Sheet, year: int, aliases: Mapping[str, str] | None) -> InputOutput:
    at = {name: i for i, name in enumerate(sheet.names)}
    kept = [i for i, row in enumerate(sheet.labels) if row[at["Country"]].upper() != TOTAL]
    if not kept:
        raise DataError("has no rows of industries; the file is cut", sheet.file)
    found = sorted({sheet.labels[i][at["Year"]] for i in kept})
    if len(found) > 1 or not found[0].isdecimal():
        raise DataError(f"mixes the years {found[0][:8]} to {found[-1][:8]}; keep one", sheet.file)
    if year and int(found[0]) != year:
        raise DataError(f"is of the year {found[0]}, {year} was asked for", sheet.file)
    rows = _row_labels(sheet, kept, at)
    columns, total = _column_labels(sheet)
    industries = {number: code for _, number, code in rows}
    place = {label: j for j, label in columns.items()}
    wanted = [(economy, number) for economy, number, _ in rows]
    bought = [j for j, (_, number) in columns.items() if number not in industries]
    if sorted(wanted) != sorted(label for label in place if label[1] in industries):
        raise DataError("rows and columns of the industries differ; the file is cut", sheet.file)
    uses = [place[label] for label in wanted]
    values = sheet.values[kept]
    return from_labels(
        values[:, uses],
        values[:, bought],
        [f"{economy}_{code}" for economy, _, code in rows],
        [f"{columns[j][0]}_c{columns[j][1]}" for j in bought],
        year=int(found[0]),
        file=sheet.file,
        aliases=aliases,
        totals=values[:, total] if total is not None else None,
    )


def _row_labels(sheet: Sheet, kept: Sequence[int], at: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Economy, number and code of the industry of each row."""
    out = []
    for i in kept:
        row = sheet.labels[i]
        if not row[at["RNr"]].isdecimal():
            raise DataError(
                f"column 'RNr' holds '{row[at['RNr']][:20]}', which is no number", sheet.file, sheet.lines[i]
            )
        out.append((row[at["Country"]].upper(), int(row[at["RNr"]]), row[at["IndustryCode"]]))
    return out


def _column_labels(sheet: Sheet) -> tuple[dict[int, tuple[str, int]], int | None]:
    """Economy and number of each column, and the position of the total."""
    columns: dict[int, tuple[str, int]] = {}
    total = None
    for j, name in enumerate(sheet.header):
        if name == TOTAL:
            total = j
        elif found := _COLUMN.fullmatch(name):
            columns[j] = (found[1], int(found[2]))
        else:
            raise DataError(f"column '{name[:30]}' is no economy with a number; another layout", sheet.file, 1)
    return columns, total
