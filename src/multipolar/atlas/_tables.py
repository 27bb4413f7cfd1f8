"""Reading the atlas's tables: strict columns, and errors that name file and line."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources

from multipolar.errors import AtlasError

__all__ = ["Row", "bundled", "read_rows"]


@dataclass(frozen=True)
class Row:
    """One line of a table, with where it stands, so that a complaint can say so.

    Attributes
    ----------
    file, line
        Name of the table and line number, counted from 1 with the header as line 1.
    cells
        Text of each cell by column name, stripped.
    """

    file: str
    line: int
    cells: dict[str, str]

    def error(self, message: str) -> AtlasError:
        """Return an `AtlasError` that names this line."""
        return AtlasError(f"{self.file}:{self.line}: {message}")

    def text(self, column: str) -> str:
        """Return the cell, which must not be blank."""
        value = self.cells[column]
        if not value:
            raise self.error(f"column '{column}' is blank; fill it or remove the row")
        return value

    def optional(self, column: str) -> str | None:
        """Return the cell, or None where it is blank."""
        return self.cells[column] or None

    def one_of(self, column: str, allowed: tuple[str, ...]) -> str:
        """Return the cell, which must be one of `allowed`."""
        value = self.text(column)
        if value not in allowed:
            raise self.error(f"column '{column}' holds '{value}'; write one of {', '.join(allowed)}")
        return value

    def date(self, column: str) -> dt.date:
        """Return the cell as a date, which must be written YYYY-MM-DD."""
        value = self.text(column)
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise self.error(f"column '{column}' holds '{value}'; write a date as YYYY-MM-DD") from None

    def optional_date(self, column: str) -> dt.date | None:
        """Return the cell as a date, or None where it is blank."""
        return self.date(column) if self.cells[column] else None

    def number(self, column: str, low: float, high: float) -> float | None:
        """Return the cell as a number in [`low`, `high`], or None where it is blank."""
        value = self.cells[column]
        if not value:
            return None
        try:
            number = float(value)
        except ValueError:
            raise self.error(f"column '{column}' holds '{value}'; write a number") from None
        if not low <= number <= high:
            raise self.error(f"column '{column}' holds {value}; it must lie between {low:g} and {high:g}")
        return number

    def flag(self, column: str) -> bool:
        """Return the cell as a truth value, written ``yes`` or ``no``."""
        return self.one_of(column, ("yes", "no")) == "yes"


def bundled(file: str) -> str:
    """Return the text of a table that ships with the package."""
    return (resources.files("multipolar.atlas") / file).read_text(encoding="utf-8")


def read_rows(file: str, columns: tuple[str, ...], text: str) -> Iterator[Row]:
    """Yield the rows of a CSV text after checking its header and the width of every line.

    Parameters
    ----------
    file
        Name used in messages.
    columns
        Exact header that is expected.
    text
        Content of the table.

    Raises
    ------
    AtlasError
        When the header differs or a line has too few or too many cells.
    """
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        header = next(reader, [])
        if tuple(header) != columns:
            raise AtlasError(f"{file}:1: header is {','.join(header)}; expected {','.join(columns)}")
        for cells in reader:
            row = Row(file, reader.line_num, {})
            if len(cells) != len(columns):
                raise row.error(f"{len(cells)} cells where the header has {len(columns)}; check the commas")
            yield Row(file, row.line, dict(zip(columns, (cell.strip() for cell in cells), strict=True)))
    except csv.Error as problem:
        raise AtlasError(f"{file}:{reader.line_num}: {problem}; check the quotes") from None
