"""Tables of a study, built from its summary."""

from __future__ import annotations

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

    rows = [
        (scenario["id"], code, measure, band["value"], band["lo"], band["hi"])
        for scenario in summary["scenarios"]
        for code, measures in scenario["economies"].items()
        for measure, band in measures.items()
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({"value": float, "lo": float, "hi": float})


def write_tables(summary: Mapping[str, Any], folder: Path) -> None:
    """Write ``effects.csv``, and ``effects.parquet`` where pyarrow is installed."""
    table = effects_table(summary)
    table.to_csv(folder / "effects.csv", index=False, lineterminator="\n")
    if importlib.util.find_spec("pyarrow") is not None:
        table.to_parquet(folder / "effects.parquet", index=False)
