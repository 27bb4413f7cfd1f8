"""Stream a wide table of numbers, line by line, with a row named when a cell is no number."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from multipolar.data.files import columns_found, open_bytes
from multipolar.errors import DataError

__all__ = ["MOST_CELLS", "Sheet", "numbers_of", "read_sheet", "text_lines"]

MOST_CELLS = 40_000_000
"""Most cells of a table; the largest that is published (EORA26) has 25 million."""
LONGEST_LINE = 4 * 2**20
_CHUNK = 1 << 20
_BLANK = ("", ".", "NA")


@dataclass(frozen=True)
class Sheet:
    """A table whose rows are labels and then numbers.

    Attributes
    ----------
    file
        Name of the file.
    header
        Names of the number columns; empty where the file has none.
    names
        Names of the label columns.
    labels
        Cells of the label columns, by row.
    values
        Numbers [row column].
    lines
        Line in the file of each row.
    """

    file: str
    header: tuple[str, ...]
    names: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    values: np.ndarray
    lines: tuple[int, ...]


def text_lines(stream: IO[bytes], file: str) -> Iterator[str]:
    """Give the lines of a byte stream as text, none longer than `LONGEST_LINE`.

    Raises
    ------
    DataError
        Naming the row that is too long, not UTF-8, or holds a NUL.
    """
    rest, row = b"", 0
    while True:
        block = stream.read(_CHUNK)
        *whole, rest = (rest + block).split(b"\n")
        if not block and rest:
            whole, rest = [rest], b""
        for line in whole:
            row += 1
            yield _decoded(line.removesuffix(b"\r"), file, row)
        if len(rest) > LONGEST_LINE:
            raise DataError(f"the line is longer than {LONGEST_LINE >> 20} MiB; it is no table", file, row + 1)
        if not block:
            return


def _decoded(line: bytes, file: str, row: int) -> str:
    if b"\0" in line:
        raise DataError("holds a NUL byte, so it is no text table; fetch or save it again", file, row)
    try:
        return line.decode("utf-8-sig" if row == 1 else "utf-8")
    except UnicodeDecodeError:
        raise DataError("not UTF-8 text; save it in that encoding", file, row) from None


def numbers_of(cells: Sequence[str], names: Sequence[str], file: str, row: int) -> np.ndarray:
    """Turn cells into numbers; blanks are nothing [column].

    Raises
    ------
    DataError
        Naming row and column of the first cell that is no finite number.
    """
    try:
        out = np.array(cells, dtype=np.float64)
    except ValueError:
        out = np.array([_number(cell) for cell in cells])
    bad = ~np.isfinite(out)
    if bad.any():
        at = int(np.argmax(bad))
        name = names[at] if names else str(at + 1)
        raise DataError(f"column '{name[:30]}' holds '{cells[at][:20]}', which is no number", file, row)
    return out


def _number(cell: str) -> float:
    if cell.strip() in _BLANK:
        return 0.0
    try:
        return float(cell)
    except ValueError:
        return np.nan


def read_sheet(
    path: Path, *, labels: Sequence[str] | int, header: bool = True, delimiter: str = ",", member: str | None = None,
    limit: int = 2**30, shown: str = "",
) -> Sheet:  # fmt: skip
    """Read a wide table in memory that is its numbers, not its text.

    Parameters
    ----------
    labels
        Names of the label columns, wherever they stand, or how many stand first.
    header
        Whether the first line names the columns.
    member
        End of the name of the part of a zip.
    limit
        Most bytes of text.
    shown
        Name in messages; that of the file if empty.

    Raises
    ------
    DataError
        Naming row and remedy.
    """
    file = shown or path.name
    with open_bytes(path, member=member, limit=limit) as stream:
        table = csv.reader(text_lines(stream, file), delimiter=delimiter, strict=True)
        try:
            return _sheet(table, labels, header, file)
        except csv.Error as error:
            raise DataError(f"{error}; check the quotes, or the file is cut", file, table.line_num) from None


def _sheet(table: csv._reader, labels: Sequence[str] | int, header: bool, file: str) -> Sheet:  # type: ignore[name-defined]
    names: list[str] = []
    if header:
        names = [cell.strip() for cell in next(table, [])]
        if not any(names):
            raise DataError("the file is empty or starts with a blank line; it needs a header line", file)
        if len(set(names)) != len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise DataError(f"column '{twice[:30]}' stands twice", file, 1)
    at = list(range(labels)) if isinstance(labels, int) else [_position(names, name, file) for name in labels]
    if names and len(at) >= len(names):
        raise DataError("has no columns of numbers; the file is cut or in another layout", file, 1)
    rest = [i for i in range(len(names)) if i not in set(at)] if names else []
    width, cells_read = len(names), 0
    heads, rows, lines = [], [], []
    for cells in table:
        if not cells or (len(cells) == 1 and not cells[0].strip()):
            continue
        if not names and cells[-1] == "":
            cells.pop()  # a tab closes each line of some files
        width = width or len(cells)
        if len(cells) != width:
            wanted = "header" if names else "first row"
            raise DataError(f"{len(cells)} cells where the {wanted} has {width}; the row is cut", file, table.line_num)
        cells_read += width
        if cells_read > MOST_CELLS:
            raise DataError(f"has more than {MOST_CELLS:,} cells", file)
        heads.append(tuple(cells[i].strip() for i in at))
        if names:
            numbers = numbers_of([cells[i] for i in rest], [names[i] for i in rest], file, table.line_num)
        else:
            numbers = numbers_of(cells[len(at) :], (), file, table.line_num)
        rows.append(numbers)
        lines.append(table.line_num)
    if not rows:
        raise DataError("has no rows; the file is cut", file)
    return Sheet(
        file=file,
        header=tuple(names[i] for i in rest),
        names=tuple(names[i] for i in at) if names else (),
        labels=tuple(heads),
        values=np.stack(rows),
        lines=tuple(lines),
    )


def _position(names: Sequence[str], wanted: str, file: str) -> int:
    plain = [name.casefold() for name in names]
    if wanted.casefold() not in plain:
        raise DataError(f"has no column '{wanted}'; {columns_found(names)}", file, 1)
    return plain.index(wanted.casefold())
