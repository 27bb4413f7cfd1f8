"""Write a result: summary, tables, figures and the report, all from the summary alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipolar.report.figures import FIGURES, draw, to_png, to_svg
from multipolar.report.page import report_html
from multipolar.report.tables import write_tables

__all__ = ["summary_text", "write_result"]


def summary_text(summary: Mapping[str, Any]) -> str:
    """Return ``summary.json``: strict JSON, in which NaN is an error."""
    return json.dumps(summary, ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def write_result(summary: Mapping[str, Any], folder: Path) -> None:
    """Write every file of a result into an existing empty folder.

    Parameters
    ----------
    summary
        As in ``summary.json``.
    folder
        Where to.
    """
    (folder / "summary.json").write_text(summary_text(summary), encoding="utf-8")
    write_tables(summary, folder)
    figures = folder / "figures"
    figures.mkdir()
    drawn: dict[str, str] = {}
    for kind in FIGURES:
        figure = draw(kind, summary)
        if figure is not None:
            drawn[kind.id] = to_svg(figure)
            (figures / f"{kind.id}.svg").write_text(drawn[kind.id], encoding="utf-8")
            (figures / f"{kind.id}.png").write_bytes(to_png(figure))
    (folder / "report.html").write_text(report_html(summary, drawn), encoding="utf-8")
