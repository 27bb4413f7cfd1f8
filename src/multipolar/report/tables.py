"""Tables of a study, built from its summary."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "effects_table", "write_tables"]

COLUMNS = ("scenario", "economy", "measure", "value", "lo", "hi")
"""Columns of the tidy table of effects."""


def effects_table(summary: Mapping[str, Any]) -> pd.DataFrame:
    """Return one row per scenario, economy and measure; NaN where the summary has null.

    Parameters
    ----------
    summary
        As in ``summary.json``.
    """
    import pandas as pd

    return pd.DataFrame(_rows(summary), columns=list(COLUMNS)).astype({"value": float, "lo": float, "hi": float})


def _rows(summary: Mapping[str, Any]) -> list[tuple[str | float | None, ...]]:
    return [
        (scenario["id"], code, measure, *(None if band[end] is None else float(band[end]) for end in COLUMNS[3:]))
        for scenario in summary["scenarios"]
        for code, measures in scenario["economies"].items()
        for measure, band in measures.items()
    ]


def write_tables(summary: Mapping[str, Any], folder: Path) -> None:
    """Write ``effects.csv``, and ``effects.parquet`` where pyarrow is installed."""
    path = folder / "effects.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(COLUMNS)
        table.writerows(_rows(summary))
    if importlib.util.find_spec("pyarrow") is not None:
        _write_parquet(path, folder / "effects.parquet")


def _write_parquet(table: Path, path: Path) -> None:
    """Write a table of effects again as parquet; pyarrow reads it from the file, since from rows it loads pandas."""
    import pyarrow as pa
    from pyarrow import csv as arrow_csv
    from pyarrow import parquet

    kinds = dict(zip(COLUMNS, (*[pa.large_string()] * 3, *[pa.float64()] * 3), strict=True))
    read = arrow_csv.read_csv(table, convert_options=arrow_csv.ConvertOptions(column_types=kinds))
    parquet.write_table(read, path)
