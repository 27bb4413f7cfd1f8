"""Tables and sentences for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from multipolar.report.narrative import Passage, passages
from multipolar.report.reading import drawn
from multipolar.report.words import VERDICTS, band_text, fine, percent, verdict
from multipolar.texts import plain

__all__ = ["WIDE", "console", "print_effects", "print_entries", "print_study", "print_table", "say"]

TITLE_WIDTH, CELL_WIDTH = 28, 18
"""Room for a title and for a number with its band; economies that do not fit go to a further table below."""

WIDE = 100
"""Columns from which tables with long texts stand as tables; below they are printed entry by entry."""

SAID = (
    "In short",
    "Where signs turn",
    "Wages and incomes",
    "Under other assumptions",
    "Beside published figures",
)
"""Passages that the terminal shows, the first above the tables; the report has them all."""

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


def say(text: str, style: str = "") -> Text:
    """Return a text as it stands: no markup is read in it, and no control character reaches the terminal."""
    return Text(plain(text), style=style)


def print_table(
    out: Console, title: str | None, columns: Sequence[tuple[str, bool]], rows: Iterable[Sequence[Any]]
) -> None:
    """Print a table; a column is its heading and whether it holds numbers."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False)
    for head, numeric in columns:
        made.add_column(
            say(head), justify="right" if numeric else "left", no_wrap=numeric or head in _WHOLE, overflow="fold"
        )
    for row in rows:
        made.add_row(*(cell if isinstance(cell, Text) else say("–" if cell is None else str(cell)) for cell in row))
    if title is not None:
        out.print(say(title, "bold"))
    out.print(made)


def print_entries(out: Console, entries: Iterable[tuple[str, Sequence[str]]]) -> None:
    """Print what a narrow terminal cannot hold as a table: a heading, and the rest indented below it."""
    out.print()
    for heading, lines in entries:
        out.print(say(heading, "bold"), overflow="fold")
        for line in lines:
            if line:
                out.print(Padding(say(line), (0, 0, 0, 2)), overflow="fold")
    out.print()


def print_study(out: Console, summary: Mapping[str, Any]) -> None:
    """Print a study: its question, the answer, scenarios by members, and what else the numbers say."""
    out.print()
    out.print(say(summary["title"], "bold"))
    if summary["question"]:
        out.print(say(summary["question"], "italic"))
    out.print()
    answer, *further = [passage for passage in passages(summary) if passage.heading in SAID]
    _print_passage(out, answer)
    out.print()
    _print_overview(out, summary)
    for passage in further:
        _print_passage(out, passage)
    out.print()


def _print_passage(out: Console, passage: Passage) -> None:
    out.print(say(passage.heading, "bold"))
    for sentence in passage.sentences:
        out.print(Padding(say(sentence), (0, 0, 0, 2)))


def _print_overview(out: Console, summary: Mapping[str, Any]) -> None:
    """Scenarios by economies; economies that do not fit beside one another are printed in further tables."""
    names = {e["code"]: e["name"] for e in summary["economies"]}
    for codes in _blocks(list(summary["focus"]), out.width):
        rows = []
        for scenario in summary["scenarios"]:
            cells = [_cell(scenario["economies"].get(code, {}).get("real_income_pct")) for code in codes]
            rows.append([scenario["title"], *cells])
        what = "real income, %, and its 5th to 95th percentile" if drawn(summary) else "real income, %"
        print_table(out, None, [(what, False), *((_stacked(names[code]), True) for code in codes)], rows)


def _blocks(codes: list[str], width: int) -> list[list[str]]:
    """Split economies over as few tables as hold them, as evenly as they go."""
    room = max(1, (width - TITLE_WIDTH) // CELL_WIDTH)
    tables = max(1, -(-len(codes) // room))
    size = max(1, -(-len(codes) // tables))
    return [codes[at : at + size] for at in range(0, len(codes), size)] or [[]]


def _stacked(name: str) -> str:
    """Break a long name over lines, so that its column stays as narrow as its numbers."""
    return "\n".join(textwrap.wrap(name, CELL_WIDTH - 3))


def _cell(band: Mapping[str, Any] | None) -> Text:
    word = verdict(band)
    if band is None or band["value"] is None:
        return Text(VERDICTS[word], style=_STYLES[word])
    text = Text(percent(band["value"]), style=_STYLES[word])
    ends = band_text(band, "")
    return text.append(f"\n{ends}", style="dim") if ends else text


_COLUMNS = (
    ("real_income_pct", "real income,\n%", 0),
    ("real_income_usd_bn", "real income,\nUSD bn", 0),
    ("real_wage_pct", "real wage,\n%", 0),
    ("tariff_revenue_usd_bn", "duties,\nUSD bn", 0),
    ("terms_of_trade_pct", "first-order terms\nof trade, %", 100),
    ("exports_pct", "exports,\n%", 110),
    ("imports_pct", "imports,\n%", 120),
)
"""Measure, heading, and the width of terminal from which a column is shown."""


def print_effects(out: Console, title: str, rows: Sequence[tuple[str, Mapping[str, float | None]]]) -> None:
    """Print the effects of one scenario: name and measures of each economy, as many as the terminal holds."""
    columns = [column for column in _COLUMNS if out.width >= column[2]]
    body = []
    for name, measures in rows:
        word = verdict({"value": measures["real_income_pct"], "lo": None, "hi": None})
        cells = [Text(fine(measures[key])) for key, _, _ in columns]
        cells[0].stylize(_STYLES[word])
        body.append([name, *cells])
    print_table(out, title, [("economy", False), *((head, True) for _, head, _ in columns)], body)
    if hidden := [head.split(",")[0].replace("\n", " ") for _, head, least in _COLUMNS if out.width < least]:
        out.print(say(f"not shown in {out.width} columns: {', '.join(hidden)}; --json has them", "dim"))
