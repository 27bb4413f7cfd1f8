"""Read a panel of trade from a file of the user's: CSV (also gzipped) or Parquet, within bounds."""

from __future__ import annotations

import gzip
import warnings
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from multipolar.errors import GravityError
from multipolar.gravity.formula import EFFECTS, Formula
from multipolar.gravity.panel import Panel, make_panel, missing_column

__all__ = ["columns_needed", "read_panel"]

MOST_BYTES = 8_000_000_000
"""Bytes that a file may unfold to."""

MOST_ROWS = 30_000_000
CHUNK = 500_000

_DAMAGE = (
    pd.errors.ParserError,
    pd.errors.ParserWarning,
    pd.errors.EmptyDataError,
    EOFError,
    zlib.error,
    gzip.BadGzipFile,
)


def read_panel(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    extra: Sequence[str] = (),
    where: Mapping[str, str] | None = None,
    unknown_trade: str = "refuse",
) -> Panel:
    """Read a panel.

    Parameters
    ----------
    path
        ``.csv``, ``.csv.gz`` or ``.parquet``; a CSV has a heading, commas and decimal points.
    columns
        Where the file uses other names: ours -> theirs, for ``exporter``, ``importer``, ``year``, ``trade``.
    extra
        Further columns to keep (regressors, groups); the others are not read.
    where
        Keep rows with this text in a column, for example ``{"category": "MANUF"}``.
    unknown_trade
        As for `make_panel`.

    Raises
    ------
    GravityError
        Naming the file and what is wrong with it.
    """
    place = Path(path)
    theirs = {key: (columns or {}).get(key, key) for key in ("exporter", "importer", "year", "trade")}
    wanted: list[str] = list(dict.fromkeys([*theirs.values(), *extra, *(where or {})]))
    suffixes = "".join(place.suffixes[-2:]).lower()
    try:
        if place.is_dir():
            raise GravityError(f"'{place}' is a folder; name the file in it")
        if not place.is_file():
            raise GravityError(f"there is no file '{place}'")
        if suffixes.endswith(".parquet"):
            table = _parquet(place, wanted)
        elif suffixes.endswith((".csv", ".csv.gz")):
            table = _csv(place, wanted)
        else:
            raise GravityError(f"'{place}' is neither .csv, .csv.gz nor .parquet")
    except OSError as error:
        raise GravityError(f"'{place}' cannot be read: {error.strerror or error}") from error
    for column, text in (where or {}).items():
        table = table.loc[table[column].astype(str) == text]
        if table.empty:
            raise GravityError(f"'{place}' has no row with {column} = '{text}'")
    return make_panel(table, name=place.name, columns=columns, unknown_trade=unknown_trade)


def columns_needed(formulas: Sequence[Formula], cluster: str = "none") -> list[str]:
    """Return the columns that some formulas and clusters use besides exporter, importer, year and trade."""
    found: list[str] = []
    for formula in formulas:
        found += [column for term in formula.terms for _, column, _ in term.factors]
        found += [name for effect in formula.effects for name in effect]
    found += [part.strip() for part in cluster.split("+")]
    ours = {*EFFECTS, "border", "border_time", "none", "exporter", "importer", "year", "trade", ""}
    return [name for name in dict.fromkeys(found) if name not in ours]


def _csv(place: Path, wanted: list[str]) -> pd.DataFrame:
    packed = place.suffix.lower() == ".gz"
    _check_size(place, packed)
    options = {"compression": "gzip" if packed else None, "encoding": "utf-8", "index_col": False}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the heading
            return _csv_parts(place, wanted, options)
    except UnicodeDecodeError as error:
        raise GravityError(f"'{place}' is not UTF-8 text (byte {error.start}); save it as UTF-8") from error
    except _DAMAGE as error:
        text = " ".join(str(error).split())
        raise GravityError(f"'{place}' is damaged or no CSV: {text[:160]}") from error


def _csv_parts(place: Path, wanted: list[str], options: dict[str, Any]) -> pd.DataFrame:
    head = pd.read_csv(place, nrows=5, **options)
    _check_columns(place, wanted, list(head.columns))
    parts, rows = [], 0
    with pd.read_csv(
        place, usecols=wanted, chunksize=CHUNK, keep_default_na=False, na_values=["", "NA", "NaN", "."], **options
    ) as reader:
        for part in reader:
            rows += len(part)
            if rows > MOST_ROWS:
                raise GravityError(f"'{place}' has more than {MOST_ROWS:,} rows; keep the years or products you need")
            parts.append(part)
    return pd.concat(parts, ignore_index=True) if parts else head.loc[:0, wanted]


def _check_size(place: Path, packed: bool) -> None:
    """Refuse a file that unfolds to more than the limit, without unfolding more than that."""
    if place.stat().st_size > MOST_BYTES:
        raise GravityError(f"'{place}' is larger than {MOST_BYTES / 1e9:g} GB")
    if not packed:
        return
    seen = 0
    try:
        with gzip.open(place) as stream:
            while block := stream.read(1 << 24):
                seen += len(block)
                if seen > MOST_BYTES:
                    raise GravityError(f"'{place}' unfolds to more than {MOST_BYTES / 1e9:g} GB")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise GravityError(f"'{place}' is damaged: {error}") from error


def _parquet(place: Path, wanted: list[str]) -> pd.DataFrame:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise GravityError(
            "a Parquet file needs pyarrow: pip install 'multipolar[data]', in a clone pip install -e '.[data]'"
        ) from None
    try:
        with pq.ParquetFile(place) as source:
            _check_columns(place, wanted, list(source.schema_arrow.names))
            meta = source.metadata
            size = sum(meta.row_group(at).total_byte_size for at in range(meta.num_row_groups))
            if meta.num_rows > MOST_ROWS or size > MOST_BYTES:
                raise GravityError(
                    f"'{place}' holds {meta.num_rows:,} rows and {size / 1e9:.1f} GB; keep the years or "
                    "products you need"
                )
            return source.read(columns=wanted).to_pandas()
    except pa.ArrowException as error:
        raise GravityError(f"'{place}' is damaged or no Parquet file: {' '.join(str(error).split())[:160]}") from error


def _check_columns(place: Path, wanted: Sequence[str], known: Sequence[str]) -> None:
    for column in wanted:
        if column not in known:
            raise missing_column(place.name, column, [str(name) for name in known])
