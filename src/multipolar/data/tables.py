"""From delimited text to a validated table: named columns, codes of the atlas, and complaints that name rows.

What cannot be used stops the reading with `DataError`; what is left out on purpose (aggregates such as WLD, blank
values) is counted in the notes, so that nothing disappears unsaid.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.data.codes import Codes
from multipolar.data.files import SMALL, columns_found, read_text
from multipolar.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Column", "Notes", "Raw", "Table", "read_delimited", "read_parquet", "require_one_year"]

MOST_ROWS = 6_000_000
_NOTHING = (".", "NA", "NaN", "nan", "..", "NULL")
"""Words of publishers for a figure that they do not have."""
SHOWN = 5
"""Rows and codes that a message names."""


@dataclass(frozen=True)
class Column:
    """One column that a reader needs.

    Attributes
    ----------
    name
        Name in the tidy table.
    raw
        Names in the file, in order of preference; matched without regard to case and blanks.
    kind
        ``text``, ``number``, ``year``, or ``code`` (an economy, mapped to ISO3).
    low, high
        Bounds of a number, both allowed.
    blank
        What a blank means: ``refuse``, ``drop`` the row, or ``keep`` as missing.
    optional
        Whether the file may lack the column.
    scale
        Factor to the unit of the tidy table.
    unit
        Unit of a number in the file, for messages.
    too_low
        Remedy for a number below `low`, where it has one of its own.
    """

    name: str
    raw: tuple[str, ...]
    kind: str = "text"
    low: float = -np.inf
    high: float = np.inf
    blank: str = "refuse"
    optional: bool = False
    scale: float = 1.0
    unit: str = ""
    too_low: str = ""


@dataclass
class Notes:
    """What a reading left out or changed, in words and counts."""

    rows_read: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)

    def drop(self, why: str, count: int) -> None:
        """Count rows left out for a reason."""
        if count:
            self.dropped[why] = self.dropped.get(why, 0) + count

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-able record."""
        return {"rows_read": self.rows_read, "dropped": dict(self.dropped), "remarks": list(self.remarks)}


@dataclass(frozen=True)
class Table:
    """A tidy table with the record of its reading.

    Attributes
    ----------
    frame
        Tidy rows. Trade is in USD million, rates are fractions, economies are ISO3.
    notes
        What was left out.
    source
        Name of the file.
    unread
        Headings of the file that the reader has no use for, one of which may be a slip of the pen.
    blank
        Row of each cell that is blank where the reader lets it be, by indicator and economy.
    """

    frame: pd.DataFrame
    notes: Notes
    source: str
    unread: tuple[str, ...] = ()
    blank: Mapping[tuple[str, str], int] = field(default_factory=dict)


@dataclass(frozen=True)
class Raw:
    """Cells of a delimited file, column by column, as text, with the line on which each row ends."""

    file: str
    header: tuple[str, ...]
    columns: tuple[list[str], ...]
    lines: np.ndarray

    def find(self, names: Sequence[str]) -> list[str] | None:
        """Return the cells of the first of `names` that the header has."""
        plain = [_plain(name) for name in self.header]
        for name in names:
            if _plain(name) in plain:
                return self.columns[plain.index(_plain(name))]
        return None


def read_raw(path: str | Path, *, member: str | None = None, delimiter: str | None = None, limit: int = SMALL,
             encoding: str = "utf-8-sig", skip: int = 0) -> Raw:  # fmt: skip
    """Read a delimited file as text cells.

    Parameters
    ----------
    delimiter
        Told from the header line if None: whichever of ``, ; tab |`` occurs most.
    skip
        Lines before the header.

    Raises
    ------
    DataError
        Naming file and row: not text, a row with too many or too few cells, an over-long cell, too many rows.
    """
    name = Path(path).name
    text = read_text(path, member=member, limit=limit, encoding=encoding)
    start = 0
    for _ in range(skip):
        start = text.find("\n", start) + 1
    head = text[start : text.find("\n", start) if "\n" in text[start:] else len(text)]
    if not head.strip():
        raise DataError("the file is empty or starts with a blank line; it needs a header line", name)
    chosen = delimiter or max(",;\t|", key=head.count)
    stream = csv.reader(io.StringIO(text[start:]), delimiter=chosen, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = tuple(cell.strip() for cell in next(stream))
        width = len(header)
        for cells in stream:
            if not cells:
                continue
            if len(cells) != width:
                if len(cells) == width + 1 and not cells[-1]:
                    cells.pop()
                else:
                    raise DataError(
                        f"{len(cells)} cells where the header has {width}; the row is cut or a cell needs quotes",
                        name,
                        stream.line_num + skip,
                    )
            rows.append(cells)
            lines.append(stream.line_num + skip)
            if len(rows) > MOST_ROWS:
                raise DataError(f"more than {MOST_ROWS:,} rows; use a reader for large files", name)
    except csv.Error as error:
        raise DataError(f"{error}; check the quotes, or the file is cut", name, stream.line_num + skip) from None
    columns = tuple(list(column) for column in zip(*rows, strict=True)) if rows else tuple([] for _ in header)
    return Raw(name, header, columns, np.array(lines, dtype=np.int64))


def read_delimited(
    path: str | Path,
    columns: Sequence[Column],
    *,
    codes: Codes,
    key: Sequence[str] = (),
    layout: str,
    unknown: str = "refuse",
    **options: Any,
) -> Table:
    """Read a delimited file into a validated tidy table.

    Parameters
    ----------
    columns
        What the reader needs; other columns of the file are ignored, order does not matter.
    codes
        How economies are written in the file.
    key
        Tidy columns that together may occur once.
    layout
        Name of the published layout, for messages.
    unknown
        What to do with a code the atlas does not have: ``refuse``, or ``drop`` the rows and note it.
    **options
        Passed to `read_raw`.

    Raises
    ------
    DataError
        Naming file, row and remedy.
    """
    return validate(read_raw(path, **options), columns, codes=codes, key=key, layout=layout, unknown=unknown)


def validate(
    raw: Raw, columns: Sequence[Column], *, codes: Codes, key: Sequence[str] = (), layout: str, unknown: str = "refuse"
) -> Table:
    """Turn raw cells into a validated tidy table; see `read_delimited`."""
    import pandas as pd

    if len(raw.lines) == 0:
        raise DataError("has a header and no rows; the file is cut", raw.file)
    notes = Notes(rows_read=len(raw.lines))
    keep = np.ones(len(raw.lines), dtype=bool)
    found: dict[str, Any] = {}
    for column in columns:
        cells = raw.find(column.raw)
        if cells is None:
            if column.optional:
                continue
            names = " or ".join(f"'{name}'" for name in column.raw)
            raise DataError(
                f"has no column {names}, which the layout of {layout} needs; {columns_found(raw.header)}", raw.file, 1
            )
        text = pd.Series(cells, dtype="str").str.strip()
        blank = text.isin(["", *_NOTHING]).to_numpy()
        if column.blank == "refuse" and (blank & keep).any():
            said = _cell(text, blank & keep)
            what = f"holds '{said}', which is no {'number' if column.kind == 'number' else 'value'}" if said else ""
            _complain(
                raw,
                blank & keep,
                f"column '{column.raw[0]}' {what or 'is blank'}",
                "fill it or remove the row",
                columns,
            )
        if column.blank == "drop":
            notes.drop(f"blank {column.name}", int((blank & keep).sum()))
            keep &= ~blank
        if column.kind == "code":
            found[column.name], keep = _codes(raw, text, blank, keep, column, codes, notes, unknown)
        elif column.kind in ("number", "year"):
            found[column.name] = _numbers(raw, text, blank, keep, column, columns)
        else:
            found[column.name] = text.where(~blank, "").to_numpy(dtype=object)
    frame = pd.DataFrame(found)
    frame["row"] = raw.lines
    frame = frame[keep].reset_index(drop=True)
    for column in columns:
        if column.kind == "year" and column.name in frame:
            frame[column.name] = frame[column.name].astype(np.int64)
    if key:
        _refuse_duplicates(frame, [name for name in key if name in frame], raw.file)
    if frame.empty:
        raise DataError("no row is left after dropping what cannot be used; is this the right file?", raw.file)
    known = {_plain(name) for column in columns for name in column.raw}
    return Table(frame, notes, raw.file, tuple(name for name in raw.header if _plain(name) not in known))


def read_parquet(path: str | Path, columns: Sequence[Column], *, codes: Codes, key: Sequence[str] = (), layout: str,
                 unknown: str = "refuse") -> Table:  # fmt: skip
    """Read a Parquet file with the same checks as a delimited one; rows count from 1, the first data row being 2."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DataError(
            "Parquet needs the extra 'data': pip install 'multipolar[data]', in a clone pip install -e '.[data]'",
            str(path),
        ) from None
    path = Path(path)
    try:
        with pq.ParquetFile(path) as handle:
            size = sum(handle.metadata.row_group(i).total_byte_size for i in range(handle.metadata.num_row_groups))
            if size > SMALL or handle.metadata.num_rows > MOST_ROWS:
                raise DataError(f"unpacks to more than {SMALL >> 20} MiB or {MOST_ROWS:,} rows", path.name)
            names = [n for n in handle.schema_arrow.names if _plain(n) in {_plain(r) for c in columns for r in c.raw}]
            frame = handle.read(columns=names).to_pandas()
    except DataError:
        raise
    except (OSError, pa.ArrowException, ValueError) as error:
        text = " ".join(str(error).split())[:120]
        raise DataError(f"cannot be read as Parquet ({text}); fetch it again", path.name) from None
    cells = tuple(_as_text(frame[name]) for name in frame.columns)
    raw = Raw(path.name, tuple(map(str, frame.columns)), cells, np.arange(2, len(frame) + 2))
    return validate(raw, columns, codes=codes, key=key, layout=layout, unknown=unknown)


def require_one_year(table: Table, year: int | None, column: str = "year") -> Table:
    """Keep one year: the one asked for or, without one, the only one there is.

    Raises
    ------
    DataError
        If the file has no row of that year, or several years and none was asked for.
    """
    frame = table.frame
    if column not in frame:
        return table
    years = sorted(int(y) for y in frame[column].unique())
    if year is None and len(years) > 1:
        row = int(frame.loc[frame[column] != years[0], "row"].iloc[0])
        raise DataError(f"mixes the years {years[0]} to {years[-1]}; say which one to read", table.source, row)
    chosen = years[0] if year is None else year
    if chosen not in years:
        raise DataError(f"has no row of {chosen}, only {years[0]} to {years[-1]}", table.source)
    kept = frame[frame[column] == chosen].reset_index(drop=True)
    table.notes.drop(f"not of {chosen}", len(frame) - len(kept))
    return replace(table, frame=kept)


def _numbers(
    raw: Raw, text: pd.Series, blank: np.ndarray, keep: np.ndarray, column: Column, columns: Sequence[Column]
) -> np.ndarray:
    import pandas as pd

    values = pd.to_numeric(text.where(~blank), errors="coerce").to_numpy(dtype=float)
    bad = np.isnan(values) & ~blank & keep
    if bad.any():
        _complain(raw, bad, f"column '{column.raw[0]}' holds '{_cell(text, bad)}'", "write a plain number", columns)
    out = keep & ~blank & ~((values >= column.low) & (values <= column.high) & np.isfinite(values))
    if column.kind == "year":
        out |= keep & ~blank & (values != np.floor(values))
    if out.any():
        rule = "must not be negative" if column.low == 0 and np.isinf(column.high) else (
            f"must lie between {column.low:g} and {column.high:g}{f' {column.unit}' if column.unit else ''}"
        )  # fmt: skip
        remedy = column.too_low if column.too_low and values[out][0] < column.low else "check value and unit"
        _complain(raw, out, f"column '{column.raw[0]}' is {_cell(text, out)}; it {rule}", remedy, columns)
    return values * column.scale if column.scale != 1.0 else values


def _codes(
    raw: Raw, text: pd.Series, blank: np.ndarray, keep: np.ndarray, column: Column, codes: Codes, notes: Notes,
    unknown: str,
) -> tuple[np.ndarray, np.ndarray]:  # fmt: skip
    """Map a column of codes to ISO3; rows of known aggregates are dropped, unknown codes refused or dropped."""
    mapping = {name: codes.find(name) for name in text.unique()}
    # Not Series.map, which would turn None, the mark of an unknown code, into NaN.
    iso3 = np.array([mapping[name] for name in text], dtype=object)
    aggregate = np.array([value == codes.AGGREGATE for value in iso3]) & keep
    if aggregate.any():
        names = ", ".join(sorted(set(text[aggregate]))[: 2 * SHOWN])
        notes.drop(f"{column.name} is an aggregate ({names})", int(aggregate.sum()))
    missing = np.array([value is None for value in iso3]) & keep & ~blank
    if missing.any():
        names = sorted(set(text[missing]))
        shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        if unknown == "refuse":
            _complain(raw, missing, f"column '{column.raw[0]}' holds unknown economies: {shown}",
                      "use ISO3 codes, or name them under 'aliases'")  # fmt: skip
        notes.drop(f"{column.name} unknown to the atlas ({shown})", int(missing.sum()))
    return iso3, keep & ~aggregate & ~missing


def _refuse_duplicates(frame: pd.DataFrame, key: Sequence[str], file: str) -> None:
    # A blank is a value like any other here, and no missing one that equals nothing.
    keys = frame[list(key)].astype(object).where(frame[list(key)].notna(), "")
    twice = keys.duplicated(keep=False)
    if not twice.any():
        return
    first = keys[twice].iloc[0]
    same = frame[(keys == first).all(axis=1)]
    rows = ", ".join(str(row) for row in same["row"][:SHOWN])
    label = ", ".join(str(first[name]) or "a blank" for name in key)
    raise DataError(
        f"{label} stands more than once (rows {rows}); {int(twice.sum())} rows share a key, keep one of each",
        file,
        int(same["row"].iloc[1]),
    )


def _complain(raw: Raw, bad: np.ndarray, what: str, remedy: str, columns: Sequence[Column] = ()) -> None:
    """Raise the complaint about some rows; `columns` say which cells of the first one name its economies."""
    at, lines = int(np.argmax(bad)), raw.lines[bad]
    more = f" and {len(lines) - SHOWN} more" if len(lines) > SHOWN else ""
    where = f"rows {', '.join(str(line) for line in lines[:SHOWN])}{more}" if len(lines) > 1 else ""
    cells = ((column.raw[0], raw.find(column.raw)) for column in columns if column.kind == "code")
    who = ", ".join(f"{name} {cell[at].strip()[:40]}" for name, cell in cells if cell and cell[at].strip())
    beside = "; first ".join(part for part in (where, who) if part)
    raise DataError(f"{what}{f' ({beside})' if beside else ''}; {remedy}", raw.file, int(lines[0]))


def _cell(text: pd.Series, bad: np.ndarray) -> str:
    return str(text[bad].iloc[0])[:40]


def _as_text(series: pd.Series) -> list[str]:
    """Cells as text, whole numbers without a decimal point, missing ones blank."""
    return [_cell_text(value) for value in series.tolist()]


def _cell_text(value: object) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, float) and abs(value) < 1e15 and value == int(value):
        return str(int(value))
    return str(value)


def _plain(name: str) -> str:
    return "".join(name.split()).casefold()
