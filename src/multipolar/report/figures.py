"""Figures of a study, drawn from its summary; colours from Okabe & Ito, so that they survive colour blindness.

Sign is also shown by place, and a settled sign by a filled marker, so that nothing hangs on colour alone.
"""

from __future__ import annotations

import io
import re
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from multipolar.report.reading import Summary, band_of, drawn, names, solved, titles
from multipolar.report.words import measure_words, verdict
from multipolar.texts import plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["FIGURES", "FigureKind", "draw", "inline_svg", "to_png", "to_svg"]

INK, RULE, MUTED = "#1b1e23", "#d4d8de", "#6b7280"
GAIN, LOSS, OTHER, PUBLISHED = "#0072b2", "#d55e00", "#e69f00", "#009e73"
_CSS = {
    INK: "currentColor",
    RULE: "var(--rule)",
    MUTED: "var(--muted)",
    GAIN: "var(--gain)",
    LOSS: "var(--loss)",
    OTHER: "var(--other)",
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
    """Draw a figure under this package's style; `narrow` is for a telephone."""
    import matplotlib as mpl

    style: dict[Any, Any] = {
        "font.family": "sans-serif",
        "font.size": 10.5,
        "axes.edgecolor": RULE,
        "axes.labelcolor": INK,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": INK,
        "svg.fonttype": "none",
        "svg.hashsalt": "multipolar",
        "axes.unicode_minus": True,
    }
    with mpl.rc_context(style):
        return kind.draw(summary, narrow)


def to_svg(figure: Figure) -> str:
    """Return a figure as SVG text, the same bytes for the same numbers."""
    import matplotlib as mpl

    buffer = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "multipolar"}):
        metadata = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(buffer, format="svg", metadata=metadata, facecolor="white")
    # Laid out once: finding the room for labels costs as much as drawing, and the other formats need the same.
    figure.set_layout_engine("none")
    return buffer.getvalue()


def to_png(figure: Figure) -> bytes:
    """Return a figure as PNG at 160 dots an inch."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=160, facecolor="white", metadata={"Software": None})
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


def _figure(width: float, height: float) -> Figure:
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), layout="constrained")


def _bare(ax: Axes) -> None:
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.tick_params(length=0)
    ax.grid(axis="x", color=RULE, linewidth=0.6)
    ax.set_axisbelow(True)


def _wrapped(text: str, width: int) -> str:
    """Wrap a title to at most five lines; a dollar sign must not start matplotlib's formulas."""
    return "\n".join(textwrap.wrap(plain(text), width, max_lines=5, placeholder="…")).replace("$", r"\$")


def _whisker(
    ax: Axes, y: float, band: Mapping[str, Any], colour: str, settled: bool = True, marker: str = "o", size: float = 6
) -> None:
    if band["lo"] is not None and band["hi"] is not None:
        ax.plot([band["lo"], band["hi"]], [y, y], color=colour, linewidth=1.8, solid_capstyle="round", zorder=2)
    face = colour if settled else "#ffffff"
    ax.plot(
        [band["value"]],
        [y],
        marker,
        color=colour,
        markerfacecolor=face,
        markeredgewidth=1.5,
        markersize=size,
        zorder=3,
        linestyle="none",
    )


def _by_verdict(ax: Axes, y: float, band: Mapping[str, Any]) -> None:
    word = verdict(band)
    colour = MUTED if word in ("no_effect", "unsettled") else GAIN if "gain" in word else LOSS
    _whisker(ax, y, band, colour, settled=word in ("gain", "loss", "no_effect"))


def _rows(ax: Axes, labels: Sequence[str]) -> None:
    ax.set_yticks(range(len(labels)), labels)
    ax.set_ylim(len(labels) - 0.4, -0.6)


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
    lines = -(-len(scenarios) // columns)
    height = 0.9 + lines * (0.95 + (0.34 if narrow else 0.27) * len(codes))
    figure = _figure(4.1 if narrow else 10.0, height)
    figure.get_layout_engine().set(w_pad=0.1, h_pad=0.08)  # type: ignore[union-attr]
    axes = figure.subplots(lines, columns, squeeze=False, sharey=True)
    for place, ax in enumerate(axes.flat):
        if place >= len(scenarios):
            ax.set_visible(False)
            continue
        _bare(ax)
        ax.axvline(0.0, color=MUTED, linewidth=1.0, zorder=1)
        if members and len(codes) > len(members):
            ax.axhline(len(members) - 0.5, color=RULE, linewidth=0.8, linestyle=(0, (3, 3)))
        for y, code in enumerate(codes):
            band = band_of(scenarios[place], code)
            if band is not None:
                _by_verdict(ax, y, band)
        _rows(ax, [_wrapped(known[code], 18 if narrow else 40) for code in codes])
        # Wrapped tightly: the page sets titles in the reader's own font, which may be wider than the one measured here.
        ax.set_title(_wrapped(scenarios[place]["title"], 20), loc="left", fontsize=10.5, fontweight="bold")
        reach = max(0.01, *(abs(x) for x in ax.get_xlim()))
        ax.set_xlim(-1.05 * reach, 1.05 * reach)
        ax.locator_params(axis="x", nbins=5)
    figure.supxlabel("real income, percent", fontsize=10.5, color=MUTED)
    return figure


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
    known = names(summary)
    lines: list[tuple[str, bool]] = []
    for place, (code, scenario, _, _) in enumerate(rows):
        if place == 0 or rows[place - 1][0] != code:
            lines.append((known[code], True))
        lines.append((scenario["title"], False))
    figure = _figure(4.1 if narrow else 9.0, 1.1 + (0.62 if narrow else 0.42) * len(lines))
    ax = figure.subplots()
    _bare(ax)
    ax.axvline(0.0, color=MUTED, linewidth=1.0, zorder=1)
    remaining = iter(rows)
    for y, (_, heading) in enumerate(lines):
        if heading:
            ax.axhline(y + 0.45, color=RULE, linewidth=0.8)
            continue
        _, _, wage, income = next(remaining)
        _whisker(ax, y - 0.14, income, GAIN)
        _whisker(ax, y + 0.14, wage, LOSS, marker="s", size=5.5)
    _rows(ax, [_wrapped(text, 26 if narrow else 46) for text, _ in lines])
    for label, (_, heading) in zip(ax.get_yticklabels(), lines, strict=True):
        label.set_fontweight("bold" if heading else "normal")
    _legend(ax, [(GAIN, "o", "real income"), (LOSS, "s", "real wage")])
    ax.set_xlabel("percent", color=MUTED)
    return figure


def _legend(ax: Axes, entries: Sequence[tuple[str, str, str]]) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour, marker=marker, linestyle="none", label=label) for colour, marker, label in entries
    ]
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.legend(
        handles=handles,
        loc="outside upper left",
        ncols=len(handles),
        frameon=False,
        handletextpad=0.2,
        columnspacing=1.2,
    )
    ax.margins(x=0.08)


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
    figure = _figure(4.1 if narrow else 9.0, 1.1 + (0.75 if narrow else 0.45) * len(rows))
    ax = figure.subplots()
    _bare(ax)
    places = range(len(rows))
    ax.barh([y - 0.18 for y in places], [row[1] for row in rows], height=0.32, color=GAIN)
    ax.barh([y + 0.18 for y in places], [row[2] for row in rows], height=0.32, color=OTHER)
    ax.axvline(0.0, color=MUTED, linewidth=1.0)
    _rows(ax, [_wrapped(row[0], 24 if narrow else 44) for row in rows])
    _legend(ax, [(GAIN, "s", "new trade"), (OTHER, "s", "taken from outsiders")])
    ax.set_xlabel("imports, USD billion a year", color=MUTED)
    return figure


def _published(summary: Summary, narrow: bool) -> Figure | None:
    """One panel per economy and measure: every scenario, and the published figures as lines across."""
    panels: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for row in summary["published"]:
        if row["published"] is not None and row["computed"]["value"] is not None and row["measure"].endswith("_pct"):
            panels.setdefault((row["economy"], row["measure"]), []).append(row)
    if not panels:
        return None
    counts = [len(_compared(summary, *key, rows)) for key, rows in panels.items()]
    line = 0.72 if narrow else 0.34
    figure = _figure(4.1 if narrow else 9.0, 0.8 + sum(0.75 + line * count for count in counts))
    axes = figure.subplots(len(panels), 1, squeeze=False, height_ratios=[count + 1.5 for count in counts])
    for ax, ((economy, measure), rows) in zip(axes.flat, panels.items(), strict=True):
        _published_panel(ax, summary, economy, measure, rows, narrow)
    computed = "computed, with band" if drawn(summary) else "computed"
    _legend(axes[0, 0], [(GAIN, "o", computed), (PUBLISHED, "D", "published")])
    axes[-1, 0].set_xlabel("percent", color=MUTED)
    return figure


def _published_panel(
    ax: Axes, summary: Summary, economy: str, measure: str, rows: Sequence[Mapping[str, Any]], narrow: bool
) -> None:
    _bare(ax)
    ax.axvline(0.0, color=MUTED, linewidth=1.0, zorder=1)
    for value in {row["published"] for row in rows}:
        ax.axvline(value, color=PUBLISHED, linewidth=1.0, linestyle=(0, (4, 3)), zorder=1)
    found = _compared(summary, economy, measure, rows)
    for y, (_, band, published) in enumerate(found):
        _whisker(ax, y, band, GAIN)
        for value in published:
            ax.plot([value], [y], "D", color=PUBLISHED, markersize=6.5, zorder=4)
    _rows(ax, [_wrapped(title, 26 if narrow else 52) for title, _, _ in found])
    name = names(summary).get(economy, economy)
    what = measure_words(measure).split(", ")[0]
    ax.set_title(f"{_wrapped(name, 60)}:{chr(10) if narrow else ' '}{what}", loc="left", fontsize=11, fontweight="bold")
    ax.margins(x=0.08)


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
        "Whiskers hold nine in ten draws; a filled marker means that the whole band lies on one side of zero.",
        _real_income,
    ),
    FigureKind(
        "wages-and-incomes",
        "Wages and incomes of the members",
        "Change in percent. Real wages leave out duties and transfers that people receive; under each scenario, the "
        "sources of real income say how much these account for. Rows in which neither moves by 0.05% are left out.",
        "Whiskers hold nine in ten draws.",
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
        "Whiskers hold nine in ten draws.",
        _published,
    ),
)
"""Every figure, in the order of the report."""
