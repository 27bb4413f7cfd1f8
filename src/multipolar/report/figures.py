"""Figures of a study, drawn from its summary; colours from Okabe & Ito, so that they survive colour blindness.

Sign is also shown by place, and a settled sign by a filled marker, so that nothing hangs on colour alone.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multipolar.report.reading import Summary, band_of, drawn, names, solved, titles
from multipolar.report.sheet import INK, LINE, MUTED, RULE, Panel, Sheet, frame, scale_of, stack, width_of, wrapped
from multipolar.report.words import measure_words, settled, tone

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FigureKind", "draw", "inline_svg", "stand_alone", "to_png", "to_svg"]

GAIN, LOSS, PUBLISHED = "#0072b2", "#d55e00", "#009e73"
FIRST, SECOND = "#4a5361", "#cc79a7"
"""Two series beside each other: neither is a gain or a loss."""

_CSS = {
    INK: "currentColor",
    RULE: "var(--rule)",
    MUTED: "var(--muted)",
    GAIN: "var(--gain)",
    LOSS: "var(--loss)",
    FIRST: "var(--first)",
    SECOND: "var(--second)",
    PUBLISHED: "var(--published)",
    "#ffffff": "var(--paper)",
}
"""Drawn colour -> colour of the page, so that an inlined figure follows dark and light."""

MEMBERS = 6
"""Members in the figure of wages and incomes."""

MOVED = 0.05
"""Change in percent below which a member's row is left out of the figure of wages and incomes."""

NEIGHBOURS = 6
"""Outsiders shown beside the members: those whose real income moves most in percent."""


NOT_DRAWN = "With fewer than two draws there is no band: the figure does not say how sure a sign is."


@dataclass(frozen=True)
class FigureKind:
    """One figure of a study.

    Attributes
    ----------
    id, title
        File name and heading.
    caption, with_draws
        What the reader sees, and what bands add to it where they exist.
    draw
        ``draw(summary, narrow) -> Figure``, or None where the study has nothing to show in it.
    """

    id: str
    title: str
    caption: str
    with_draws: str
    draw: Callable[[Summary, bool], Figure | None]

    def caption_for(self, summary: Summary) -> str:
        """Return the caption; of bands and settled signs it speaks only where something was drawn."""
        more = self.with_draws if drawn(summary) or not self.with_draws else NOT_DRAWN
        return f"{self.caption} {more}".strip()


def draw(kind: FigureKind, summary: Summary, narrow: bool = False) -> Figure | None:
    """Draw a figure; `narrow` is for a telephone."""
    return kind.draw(summary, narrow)


def stand_alone(kind: FigureKind, summary: Summary, figure: Figure) -> None:
    """Write title, caption and source around a figure, for its files; a page has them as words of its own."""
    draws = f"; {summary['draws']} draws, seed {summary['seed']}" if drawn(summary) else ""
    source = f"Source: multipolar {summary['version']}, world {summary['world']}, study “{summary['title']}”{draws}."
    frame(figure, kind.title, [kind.caption_for(summary), source])


def to_svg(figure: Figure) -> str:
    """Return a figure as SVG text, the same bytes for the same numbers."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "multipolar"}):
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=metadata, facecolor="white")
    return buffer.getvalue()


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG at 160 dots an inch."""
    buffer = io.BytesIO()
    figure.savefig(
        buffer, format="png", dpi=160, facecolor="white", metadata={"Software": None}, pil_kwargs={"compress_level": 3}
    )
    return buffer.getvalue()


def inline_svg(svg: str, prefix: str, label: str) -> str:
    """Make the text of `to_svg` fit for the page: unique ids, the page's colours and fonts, no outside reference."""
    import html

    text = svg[svg.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.S)
    text = re.sub(r'\bid="([^"]+)"', rf'id="{prefix}-\1"', text)
    text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", text)
    for colour, css in _CSS.items():
        text = re.sub(rf"(?<![\w#]){colour}(?!\w)", css, text, flags=re.I)
    text = re.sub(r"font: ([^;\"]*?)([\d.]+px) [^;\"]*", r"font: \1\2 var(--sans)", text)
    text = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", text)
    text = re.sub(r'(<svg[^>]*?) (?:width|height)="[^"]*"', r"\1", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{html.escape(label, quote=True)}"', 1)


# -- shared parts -------------------------------------------------------------------------------------------------

EDGE = 0.12
"""Room along the edges of a sheet (inches)."""

BELOW = 0.34
"""Room for the numbers under a panel (inches)."""


def _whisker(
    panel: Panel,
    y: float,
    band: Mapping[str, Any],
    colour: str,
    filled: bool,
    shape: str = "o",
    size: float = 6,
) -> None:
    """Draw a value with its band; the marker is filled where the sign is settled, or where nothing was drawn."""
    if band["lo"] is not None and band["hi"] is not None:
        ends = (panel.x(band["lo"]), y), (panel.x(band["hi"]), y)
        panel.sheet.line(*ends, colour, 1.8, rounded=True, above=2)
    panel.sheet.dot(panel.x(band["value"]), y, colour, shape, size, filled)


def _filled(summary: Summary, band: Mapping[str, Any]) -> bool:
    return settled(band) or not drawn(summary)


_TONES = {"gain": GAIN, "loss": LOSS, "still": MUTED}


def _reached(bands: Iterable[Mapping[str, Any]]) -> list[float]:
    """Every value that bands need on a scale."""
    return [band[end] for band in bands for end in ("value", "lo", "hi") if band[end] is not None]


def _margin(labels: Iterable[str], bold: bool = False) -> float:
    """Return where a panel begins to the right of its labels (inches)."""
    return EDGE + max((width_of(label, bold) for label in labels), default=0.0) + 0.1


def neighbours(summary: Summary) -> list[str]:
    """Return the outsiders whose real income moves most in any scenario, largest first."""
    reach: dict[str, float] = {}
    for scenario in solved(summary):
        for code in scenario["economies"]:
            band = band_of(scenario, code, "real_income_pct")
            if band is not None and code not in summary["focus"]:
                reach[code] = max(reach.get(code, 0.0), abs(band["value"]))
    return sorted(reach, key=lambda code: -reach[code])[:NEIGHBOURS]


# -- the figures --------------------------------------------------------------------------------------------------


def _real_income(summary: Summary, narrow: bool) -> Figure | None:
    scenarios, known = solved(summary), names(summary)
    if not scenarios:
        return None
    members = list(summary["focus"])
    codes = members if narrow and members else members + neighbours(summary)
    columns = 1 if narrow else min(3, len(scenarios))
    sheet = Sheet(4.1 if narrow else 10.0)
    labels = [wrapped(known[code], 18 if narrow else 40) for code in codes]
    heights = stack(labels, 0.34 if narrow else 0.29)
    # Wrapped tightly: the page sets titles in the reader's own font, which may be wider than the one measured here.
    titled = [wrapped(scenario["title"], 20) for scenario in scenarios]
    first, gap = _margin(labels), 0.3
    width = (sheet.width - EDGE - first - gap * (columns - 1)) / columns
    bottom = EDGE
    for start in range(0, len(scenarios), columns):
        group = range(start, min(start + columns, len(scenarios)))
        top = bottom + 0.1 + LINE * max(titled[place].count("\n") + 1 for place in group)
        for column, place in enumerate(group):
            bands = {code: band for code in codes if (band := band_of(scenarios[place], code)) is not None}
            left = first + column * (width + gap)
            scale = scale_of(_reached(bands.values()), even=True)
            panel = Panel(sheet, left, left + width, top, heights, scale)
            panel.frame(5)
            panel.title(titled[place])
            if members and len(codes) > len(members):
                panel.rule(top + sum(heights[: len(members)]), 0.8, dash=(3, 3))
            if column == 0:
                panel.labels(labels)
            for row, code in enumerate(codes):
                if code in bands:
                    _whisker(panel, panel.y(row), bands[code], _TONES[tone(bands[code])], _filled(summary, bands[code]))
        bottom = top + sum(heights) + BELOW + 0.2
    sheet.words(sheet.width / 2, bottom, "real income, percent", MUTED, ha="center", va="center_baseline")
    return sheet.figure(bottom + 0.2)


def _wage_rows(summary: Summary) -> list[tuple[str, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]]:
    """Member, scenario, real wage and real income, where one of them moves; all of them where none does."""
    rows = [
        (code, scenario, wage, income)
        for code in summary["members"][:MEMBERS]
        for scenario in solved(summary)
        if (wage := band_of(scenario, code, "real_wage_pct")) and (income := band_of(scenario, code))
    ]
    moved = [row for row in rows if max(abs(row[2]["value"]), abs(row[3]["value"])) >= MOVED]
    return moved or rows


def _wage_income(summary: Summary, narrow: bool) -> Figure | None:
    rows = _wage_rows(summary)
    if not rows:
        return None
    known, chars = names(summary), 26 if narrow else 46
    lines: list[tuple[str, tuple[Mapping[str, Any], Mapping[str, Any]] | None]] = []
    for place, (code, scenario, wage, income) in enumerate(rows):
        if place == 0 or rows[place - 1][0] != code:
            lines.append((wrapped(known[code], chars), None))
        lines.append((wrapped(scenario["title"], chars), (wage, income)))
    labels, headings = [text for text, _ in lines], [bands is None for _, bands in lines]
    sheet = Sheet(4.1 if narrow else 9.0)
    scale = scale_of(_reached(band for _, bands in lines if bands for band in bands))
    left = max(_margin([text], heading) for text, heading in zip(labels, headings, strict=True))
    panel = Panel(sheet, left, sheet.width - EDGE, 0.5, stack(labels, 0.42), scale)
    panel.frame(4 if narrow else 8)
    panel.labels(labels, headings)
    for row, (_, bands) in enumerate(lines):
        if bands is None:
            panel.rule(panel.y(row) + panel.heights[row] / 2, 0.8)
            continue
        wage, income = bands
        _whisker(panel, panel.y(row) - 0.06, income, FIRST, _filled(summary, income))
        _whisker(panel, panel.y(row) + 0.06, wage, SECOND, _filled(summary, wage), shape="s", size=5.5)
    sheet.legend(EDGE + 0.1, 0.22, [(FIRST, "o", "real income"), (SECOND, "s", "real wage")])
    return _closed(panel, "percent")


def _closed(panel: Panel, unit: str) -> Figure:
    """Write the unit under the last panel of a sheet, and end the sheet there."""
    y = panel.bottom + BELOW + 0.12
    panel.sheet.words((panel.left + panel.right) / 2, y, unit, MUTED, ha="center", va="center_baseline")
    return panel.sheet.figure(y + 0.2)


def _trade(summary: Summary, narrow: bool) -> Figure | None:
    rows = []
    for scenario in solved(summary):
        if scenario["bloc"] is None:
            continue
        totals = [scenario["bloc"][measure]["value"] for measure in ("trade_creation_usd_bn", "trade_diversion_usd_bn")]
        if any(total != 0.0 for total in totals):
            rows.append((scenario["title"], *totals))
    if not rows:
        return None
    labels = [wrapped(title, 24 if narrow else 44) for title, _, _ in rows]
    sheet = Sheet(4.1 if narrow else 9.0)
    scale = scale_of([value for row in rows for value in row[1:]])
    panel = Panel(sheet, _margin(labels), sheet.width - EDGE, 0.5, stack(labels, 0.5), scale)
    panel.frame(4 if narrow else 8)
    panel.labels(labels)
    for place, (_, *totals) in enumerate(rows):
        for value, colour, aside in zip(totals, (FIRST, SECOND), (-0.09, 0.09), strict=True):
            y = panel.y(place) + aside
            sheet.line((panel.x(0.0), y), (panel.x(value), y), colour, 0.16 * 72, above=0)
    sheet.legend(EDGE + 0.1, 0.22, [(FIRST, "s", "new trade"), (SECOND, "s", "taken from outsiders")])
    return _closed(panel, "imports, USD billion a year")


def _published(summary: Summary, narrow: bool) -> Figure | None:
    """One panel per economy and measure: every scenario, and the published figures as lines across."""
    panels: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in summary["published"]:
        if row["published"] is not None and row["computed"]["value"] is not None and row["measure"].endswith("_pct"):
            panels.setdefault((row["economy"], row["measure"]), []).append(row)
    if not panels:
        return None
    found = {key: _compared(summary, *key, rows) for key, rows in panels.items()}
    chars = 26 if narrow else 52
    sheet = Sheet(4.1 if narrow else 9.0)
    left = _margin(wrapped(title, chars) for lines in found.values() for title, _, _ in lines)
    computed = "computed, with band" if drawn(summary) else "computed"
    sheet.legend(EDGE + 0.1, 0.22, [(FIRST, "o", computed), (PUBLISHED, "D", "published")])
    bottom, panel = 0.34, None
    for (economy, measure), lines in found.items():
        name = wrapped(names(summary).get(economy, economy), 24 if narrow else 60)
        title = f"{name}:{chr(10) if narrow else ' '}{measure_words(measure).split(', ')[0]}"
        heights = stack([wrapped(line[0], chars) for line in lines], 0.36)
        values = [*_reached(band for _, band, _ in lines), *(row["published"] for row in panels[economy, measure])]
        top = bottom + 0.16 + LINE * (title.count("\n") + 1)
        panel = Panel(sheet, left, sheet.width - EDGE, top, heights, scale_of(values))
        panel.frame(4 if narrow else 8)
        panel.title(title)
        _published_rows(summary, panel, lines, chars)
        bottom = panel.bottom + BELOW
    assert panel is not None
    return _closed(panel, "percent")


def _published_rows(
    summary: Summary, panel: Panel, lines: Sequence[tuple[str, Mapping[str, Any], list[float]]], chars: int
) -> None:
    """Draw the rows of a panel, and what was published as lines across all of them."""
    panel.labels([wrapped(title, chars) for title, _, _ in lines])
    for value in sorted({value for _, _, published in lines for value in published}):
        panel.across(value, PUBLISHED, 1.0, dash=(4, 3))
    for row, (_, band, published) in enumerate(lines):
        _whisker(panel, panel.y(row), band, FIRST, _filled(summary, band))
        for value in published:
            panel.sheet.dot(panel.x(value), panel.y(row), PUBLISHED, "D", 5.5, above=4)


def _compared(
    summary: Summary, economy: str, measure: str, rows: Sequence[Mapping[str, Any]]
) -> list[tuple[str, Mapping[str, Any], list[float]]]:
    """Title, computed band and published values of each line of a panel."""
    found = []
    for scenario in solved(summary):
        band = band_of(scenario, economy, measure)
        if band is not None:
            own = [r["published"] for r in rows if r["scenario"] == scenario["id"] and r["contrast"] is None]
            found.append((scenario["title"], band, own))
    contrasts = titles(summary["contrasts"])
    for row in rows:
        if row["contrast"] is not None:
            title = contrasts[row["contrast"]]
            found.append((title, row["computed"], [row["published"]]))
    return found


FIGURES: tuple[FigureKind, ...] = (
    FigureKind(
        "real-income",
        "Real income, scenario by scenario",
        "Change of real income in percent, each panel on its own scale. On a wide screen, below the dashed line: the "
        "others that move most.",
        "Whiskers hold nine in ten draws; a filled marker means that the value and the whole band lie on one side of "
        "zero. Blue is a gain, orange a loss, grey what is about nil (below 0.005%).",
        _real_income,
    ),
    FigureKind(
        "wages-and-incomes",
        "Wages and incomes of the members",
        "Change in percent. Real wages leave out duties and transfers that people receive; under each scenario, the "
        "sources of real income say how much these account for. Rows in which neither moves by 0.05% are left out.",
        "Whiskers hold nine in ten draws; a filled marker means that the value and the whole band lie on one side of "
        "zero.",
        _wage_income,
    ),
    FigureKind(
        "trade-creation-diversion",
        "Trade made and trade moved",
        "Change of what the members buy from one another: what replaces imports from outsiders, and the rest, which is "
        "below zero where they buy less (Viner 1950); the members as one, at the most likely figures.",
        "",
        _trade,
    ),
    FigureKind(
        "published-comparison",
        "Beside published figures",
        "Diamonds and dashed lines: what others computed; a diamond stands in the row that is nearest to their change. "
        "No parameter is tuned to come closer.",
        "Whiskers hold nine in ten draws; a filled marker means that the value and the whole band lie on one side of "
        "zero.",
        _published,
    ),
)
"""Every figure, in the order of the report."""
