"""Stream files too large for memory through DuckDB, shut off from everything but the one file it may read."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.data.files import LARGE, columns_found, plain_copy
from multipolar.errors import DataError

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

__all__ = ["Bulk", "identifier", "open_bulk", "quoted"]

MEMORY = "1GB"
"""Most memory that DuckDB may use; beyond it, it spills to a temporary folder."""
LONGEST_LINE = 65536
_HEAD = 65536


class Bulk:
    """One delimited file, open for queries over the view ``raw``."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, file: str) -> None:
        self._connection = connection
        self.file = file

    def query(self, sql: str) -> pd.DataFrame:
        """Return a query's rows; what DuckDB cannot read is named with its row.

        Raises
        ------
        DataError
            If a row cannot be read.
        """
        import duckdb

        try:
            return self._connection.execute(sql).df()
        except duckdb.Error as error:
            raise self._explain(error) from None

    def keep(self, name: str, sql: str) -> None:
        """Keep the rows of a query as a table for further queries, so that the file is read once; spills to disk."""
        self.query(f"create temp table {name} as {sql}")

    def refuse_rejected(self) -> None:
        """Raise for the first row that the scan could not read: cut, or not a number where one must be."""
        columns = "line, error_type, column_name, csv_line, count(*) over () n"
        sql = f"select {columns} from reject_errors order by line limit 1"
        bad = self.query(sql)
        if bad.empty:
            return
        first = bad.iloc[0]
        what = {
            "CAST": f"column '{first.column_name}' is no number",
            "MISSING COLUMNS": "too few cells; the file is cut",
            "TOO MANY COLUMNS": "too many cells",
            "INVALID ENCODING": "not UTF-8 text",
            "INVALID UNICODE": "not UTF-8 text",
            "LINE SIZE OVER MAXIMUM": f"the line is longer than {LONGEST_LINE:,} bytes",
            "UNQUOTED VALUE": "a quote is not closed",
        }.get(str(first.error_type), str(first.error_type).lower())
        more = f" ({int(first.n)} such rows)" if first.n > 1 else ""
        raise DataError(f"{what}{more}: '{str(first.csv_line)[:60]}'", self.file, int(first.line))

    def _explain(self, error: Exception) -> DataError:
        text = " ".join(str(error).split())
        return DataError(f"cannot be read ({text[:160]}); fetch the file again", self.file)


@contextmanager
def open_bulk(
    path: Path, columns: Mapping[str, str] | Callable[[list[str]], Mapping[str, str]], *, layout: str,
    member: str | None = None, limit: int = LARGE,
) -> Iterator[Bulk]:  # fmt: skip
    """Open a large CSV file with a header for streaming queries.

    Parameters
    ----------
    columns
        Name in the file to SQL type, for the columns that are needed; others are read as text. A function is given the
        header and returns them, where a layout is told from it.
    layout
        Name of the published layout, for messages.
    member
        End of the name of the part of a zip.
    limit
        Most bytes after unpacking.

    Raises
    ------
    DataError
        If DuckDB is not installed, a column is missing, or the file cannot be read.
    """
    try:
        import duckdb
    except ImportError:
        raise DataError(
            "large files need the extra 'data': pip install 'multipolar[data]', in a clone pip install -e '.[data]'",
            path.name,
        ) from None
    with plain_copy(path, member=member, limit=limit) as plain, tempfile.TemporaryDirectory() as spill:
        header = _header(plain, path.name)
        columns = columns(header) if callable(columns) else columns
        if missing := [name for name in columns if name not in header]:
            raise DataError(
                f"has no column '{missing[0]}', which the layout of {layout} needs; {columns_found(header)}",
                path.name,
                1,
            )
        config: dict[str, Any] = {
            "memory_limit": MEMORY,
            "temp_directory": spill,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "preserve_insertion_order": "false",
        }
        with duckdb.connect(":memory:", config=config) as connection:
            connection.execute("set allowed_paths = [$path]".replace("$path", quoted(str(plain))))
            connection.execute("set enable_progress_bar = false")  # it would be written to standard output
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
            types = ", ".join(f"{quoted(name)}: {quoted(columns.get(name, 'VARCHAR'))}" for name in header)
            bulk = Bulk(connection, path.name)
            bulk.query(
                f"create view raw as select * from read_csv({quoted(str(plain))}, header = true, delim = ',', "
                f"quote = '\"', escape = '\"', columns = {{{types}}}, auto_detect = false, store_rejects = true, "
                f"max_line_size = {LONGEST_LINE}, nullstr = ['', 'NA', '.'])"
            )
            yield bulk


def _header(plain: Path, name: str) -> list[str]:
    import csv

    with open(plain, "rb") as handle:
        line = handle.readline(_HEAD)
    if not line.strip() or (len(line) == _HEAD and not line.endswith(b"\n")):
        raise DataError("the first line is empty or too long; it must be a header", name, 1)
    try:
        cells = next(csv.reader([line.decode("utf-8-sig")]))
    except (UnicodeDecodeError, csv.Error):
        raise DataError("the header is not UTF-8 text", name, 1) from None
    header = [cell.strip() or f"unnamed_{number}" for number, cell in enumerate(cells, 1)]
    if len(set(header)) != len(header):
        raise DataError("a column name stands twice in the header", name, 1)
    return header


def quoted(text: str) -> str:
    """Return a text as a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Return a column's name as an identifier of SQL."""
    return '"' + name.replace('"', '""') + '"'
