"""World input-output tables that are published as workbooks: WIOD of 2013 and 2016, and the ADB's.

All three lay a sheet out alike: titles, then rows of column labels of which the last two are economy and code; labels
of rows in the first four columns, of which the third is the economy and the fourth a code; rows and columns of the
economy TOT are sums. Layouts were read in public parsers (``docs/data.md``).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from multipolar.data.files import MOST_RATIO
from multipolar.data.readers.matrices import MOST_CELLS, numbers_of
from multipolar.data.readers.tables_io import InputOutput, from_labels
from multipolar.errors import DataError

__all__ = ["ADB_CODES", "adb", "sheet_rows", "wiod_xlsx", "workbook_table"]

MOST_UNPACKED = 2**30
MOST_OTHER_PARTS = 64 * 2**20
"""Most bytes that the parts of a workbook other than its sheets may unpack to; they are read whole."""
HEADER_ROWS = 12
"""Rows among which the column labels are looked for."""
FIRST = 4
"""Columns of row labels."""
ADB_CODES: Mapping[str, str] = MappingProxyType(
    {"PRC": "CHN", "GER": "DEU", "DEN": "DNK", "IRE": "IRL", "NET": "NLD", "POR": "PRT", "SPA": "ESP"}
)
"""Codes of the ADB that are not ISO3, as far as they were seen in programs that read its tables."""
_CODE = re.compile(r"[cCfF]\d+")
_INDUSTRY = re.compile(r"[cCrR]\d+")
_REGION = re.compile(r"[A-Za-z]{3}")
_SUMS = ("", "TOT", "TOTAL", "NONE")


def wiod_xlsx(path: Path, *, year: int = 0, aliases: Mapping[str, str] | None = None) -> InputOutput:
    """Read a yearly workbook of WIOD, release 2013 (``WIOT09_ROW_Sep12.xlsx``) or 2016 (saved as xlsx).

    A table takes about half a minute. The release of 2016 is published as xlsb, which is not read: save it as xlsx, or
    take the Stata file (reader ``wiod-2016``).
    """
    return workbook_table(path, year=year, aliases=aliases)


def adb(path: Path, *, year: int = 0, aliases: Mapping[str, str] | None = None) -> InputOutput:
    """Read a yearly workbook of the ADB's multiregional tables (``ADB-MRIO-2024.xlsx``), in USD million.

    Parameters
    ----------
    aliases
        The ADB's codes to ISO3, or to ROW; what `ADB_CODES` has need not be named.
    """
    return workbook_table(path, year=year, aliases={**ADB_CODES, **(aliases or {})})


def workbook_table(path: Path, *, year: int = 0, aliases: Mapping[str, str] | None = None) -> InputOutput:
    """Read the first sheet of a workbook that has column labels as described above.

    Raises
    ------
    DataError
        If there is none, it is damaged, or its rows and columns differ.
    """
    file = path.name
    rows = sheet_rows(path)
    head: list[Sequence[Any]] = []
    for number, row in rows:
        head.append(row)
        if _matching(row, _CODE) >= 3 and len(head) > 1 and _matching(head[-2], _REGION) >= 3:
            break
        if number >= HEADER_ROWS:
            raise DataError(
                f"the first {HEADER_ROWS} rows have no economies over codes c1, c2 ...; another layout or sheet", file
            )
    if len(head) < 2 or len(head[-1]) <= FIRST:
        raise DataError("is too small for this layout; the file is cut", file)
    region, code = ([_text(cell).upper() for cell in row] for row in head[-2:])
    labels, values = _body(rows, len(code), file)
    return _table(region[FIRST:], code[FIRST:], head, labels, values, year=year, file=file, aliases=aliases)


def _matching(row: Sequence[Any], pattern: re.Pattern[str]) -> int:
    return sum(bool(pattern.fullmatch(_text(cell))) for cell in row[FIRST:])


def _body(
    rows: Iterator[tuple[int, Sequence[Any]]], width: int, file: str
) -> tuple[list[tuple[str, str, str]], np.ndarray]:
    """Rows of industries: their economy, code and first label, and their numbers [row column]."""
    labels: list[tuple[str, str, str]] = []
    values: list[np.ndarray] = []
    for number, row in rows:
        economy, code = (_text(row[i]).upper() if len(row) > i else "" for i in (FIRST - 2, FIRST - 1))
        if economy in _SUMS or not _INDUSTRY.fullmatch(code):
            continue
        cells = [_text(cell) for cell in row[FIRST:width]]
        if len(cells) != width - FIRST:
            raise DataError(f"{len(cells)} numbers where the header has {width - FIRST}; the row is cut", file, number)
        # The release of 2016 numbers its rows r1, r2 ... and names industries in the first column.
        labels.append((economy, f"C{code[1:]}", _text(row[0]) if code[0] == "R" else ""))
        values.append(numbers_of(cells, (), file, number))
        if len(values) * width > MOST_CELLS:
            raise DataError(f"has more than {MOST_CELLS:,} cells", file)
    if not values:
        raise DataError("has no rows of industries; the file is cut", file)
    return labels, np.stack(values)


def _table(
    region: Sequence[str], code: Sequence[str], head: Sequence[Sequence[Any]], labels: Sequence[tuple[str, str, str]],
    values: np.ndarray, *, year: int, file: str, aliases: Mapping[str, str] | None,
) -> InputOutput:  # fmt: skip
    industries = {code for _, code, _ in labels}
    named = {c: name for _, c, name in labels if name}
    uses = [j for j, c in enumerate(code) if c in industries and region[j] not in _SUMS]
    rows = [f"{economy}_{c}" for economy, c, _ in labels]
    if [f"{region[j]}_{code[j]}" for j in uses] != rows:
        raise DataError("rows and columns of the industries differ; the sheet is cut or in another order", file)
    bought = [j for j, c in enumerate(code) if c and c not in industries and region[j] not in _SUMS]
    total = [j for j, r in enumerate(region) if r in ("TOT", "TOTAL")]
    plain = {c: named.get(c, c.lower()) for c in industries}
    return from_labels(
        values[:, uses],
        values[:, bought],
        [f"{economy}_{plain[c]}" for economy, c, _ in labels],
        [f"{region[j]}_{code[j].lower()}" for j in bought],
        year=year,
        file=file,
        aliases=aliases,
        totals=values[:, total[-1]] if total else None,
    )


def _text(cell: Any) -> str:
    return "" if cell is None else str(cell).strip()


def sheet_rows(path: Path) -> Iterator[tuple[int, Sequence[Any]]]:
    """Give the rows of a workbook's first sheet that is no legend, with their numbers, one at a time.

    Raises
    ------
    DataError
        If openpyxl is missing, or the workbook is damaged or unpacks to more than it should.
    """
    try:
        import openpyxl
    except ImportError:
        raise DataError("reading xlsx needs the extra 'data': pip install 'multipolar[data]'", path.name) from None
    try:
        _refuse_bomb(path)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
        try:
            sheets = [s for s in book.worksheets if not s.title.strip().casefold().startswith(("legend", "note"))]
            yield from enumerate(sheets[0].iter_rows(values_only=True), 1)
        finally:
            book.close()
    except DataError:
        raise
    except FileNotFoundError:
        raise DataError("cannot be read: no such file; check the path", str(path)) from None
    except Exception as error:  # a damaged workbook can fail anywhere inside zipfile, the XML parser and openpyxl
        raise DataError(f"is no readable workbook ({type(error).__name__}); fetch it again", path.name) from None


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
    other = sum(part.file_size for part in parts if not part.filename.startswith("xl/worksheets/"))
    swollen = any(part.file_size > MOST_RATIO * max(part.compress_size, 1024) for part in parts)
    if sum(part.file_size for part in parts) > MOST_UNPACKED or other > MOST_OTHER_PARTS or swollen:
        raise DataError(
            f"unpacks to more than {MOST_UNPACKED >> 20:,} MiB or {MOST_RATIO} times its size; it is another file or "
            "a trap",
            path.name,
        )
