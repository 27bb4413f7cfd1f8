"""Tables and sentences for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from multipolar.report.narrative import passages
from multipolar.report.words import VERDICTS, band_text, number, percent, verdict

__all__ = ["console", "print_effects", "print_study", "table"]

TITLE_WIDTH, CELL_WIDTH = 28, 17
"""Room for a title and for a number with its band; economies that do not fit are left to the report."""

SAID = (
    "In short",
    "Where signs turn",
    "Wages and incomes",
    "Under other assumptions",
    "Beside published figures",
)
"""Passages that the terminal shows; the report has them all."""

_WHOLE = frozenset({"regressor", "figure", "code", "club", "study", "status", "measure", "paper"})
"""Headings of columns that hold something to copy, which a line break would spoil."""

_STYLES = {
    "gain": "bold blue",
    "loss": "bold dark_orange",
    "unsettled_gain": "blue",
    "unsettled_loss": "dark_orange",
    "unsettled": "dim",
    "no_effect": "dim",
    "unknown": "red",
}


def console() -> Console:
    """Return a console on standard output."""
    return Console(highlight=False)


def table(title: str | None, columns: Sequence[tuple[str, bool]], rows: Iterable[Sequence[Any]]) -> Table:
    """Return a table; a column is its heading and whether it holds numbers. No text is read as markup."""
    made = Table(box=SIMPLE_HEAD, title=None if title is None else Text(title), title_justify="left", pad_edge=False)
    for head, numeric in columns:
        made.add_column(
            Text(head), justify="right" if numeric else "left", no_wrap=numeric or head in _WHOLE, overflow="fold"
        )
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else Text("–" if cell is None else str(cell)) for cell in row))
    return made


def print_study(out: Console, summary: Mapping[str, Any]) -> None:
    """Print a study: its question, scenarios by members, and what the numbers say."""
    out.print()
    out.print(Text(summary["title"], style="bold"))
    if summary["question"]:
        out.print(Text(summary["question"], style="italic"))
    out.print()
    out.print(_overview(summary, out.width))
    for passage in passages(summary):
        if passage.heading not in SAID:
            continue
        out.print(Text(passage.heading, style="bold"))
        for sentence in passage.sentences:
            out.print(Padding(Text(sentence), (0, 0, 0, 2)))
    out.print()


def _overview(summary: Mapping[str, Any], width: int) -> Table:
    names = {e["code"]: e["name"] for e in summary["economies"]}
    codes = list(summary["focus"])[: max(1, (width - TITLE_WIDTH) // CELL_WIDTH)]
    rows = []
    for scenario in summary["scenarios"]:
        cells = [_cell(scenario["economies"].get(code, {}).get("real_income_pct")) for code in codes]
        rows.append([scenario["title"], *cells])
    heads = [("real income, 5th to 95th percentile", False), *((names[code], True) for code in codes)]
    return table(None, heads, rows)


def _cell(band: Mapping[str, Any] | None) -> Text:
    word = verdict(band)
    if band is None or band["value"] is None:
        return Text(VERDICTS[word], style=_STYLES[word])
    text = Text(percent(band["value"]), style=_STYLES[word])
    ends = band_text(band, "")
    return text.append(f"\n{ends}", style="dim") if ends else text


_COLUMNS = (
    ("real_income_pct", "real income", percent, 0),
    ("real_income_usd_bn", "USD bn", number, 0),
    ("real_wage_pct", "real wage", percent, 0),
    ("tariff_revenue_usd_bn", "duties, USD bn", number, 0),
    ("terms_of_trade_pct", "terms of trade", percent, 100),
    ("exports_pct", "exports", percent, 110),
    ("imports_pct", "imports", percent, 120),
)
"""Measure, heading, format, and the width of terminal from which a column is shown."""


def print_effects(out: Console, title: str, rows: Sequence[tuple[str, Mapping[str, float | None]]]) -> None:
    """Print the effects of one scenario: name and measures of each economy, as many as the terminal holds."""
    columns = [column for column in _COLUMNS if out.width >= column[3]]
    body = []
    for name, measures in rows:
        word = verdict({"value": measures["real_income_pct"], "lo": None, "hi": None})
        cells = [Text(form(measures[key], sign=True)) for key, _, form, _ in columns]
        cells[0].stylize(_STYLES[word])
        body.append([name, *cells])
    out.print(table(title, [("", False), *((head, True) for _, head, _, _ in columns)], body))
