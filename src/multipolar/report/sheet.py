"""A sheet of paper in inches for the figures of a report: rows of words, and dots, whiskers and bars beside them.

Places follow from the width of the words, which is measured once. matplotlib's axes find theirs by laying out every
label several times over, which took ten times as long as drawing. Here lines become one artist, and dots of one look.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from multipolar.report.words import number
from multipolar.texts import plain

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "INK",
    "LINE",
    "MUTED",
    "RULE",
    "Panel",
    "Sheet",
    "fitted",
    "frame",
    "scale_of",
    "stack",
    "width_of",
    "wrapped",
]

INK, RULE, MUTED = "#1b1e23", "#d4d8de", "#6b7280"

SIZE = 10.5
"""Size of all words (points)."""

LINE = 1.2 * SIZE / 72
"""Height of a line of words (inches)."""

MARGIN = 0.12
"""Room around the words of a frame (inches)."""

LEAST = 0.01
"""Smallest span of a scale, in its own unit: rounding errors are not blown up to fill a panel."""

FAMILY = "DejaVu Sans"
"""The typeface that words are measured in; it comes with matplotlib."""


def wrapped(text: str, width: int) -> str:
    """Wrap a title to lines of so many characters, at most five of them."""
    return "\n".join(textwrap.wrap(plain(text), width, max_lines=5, placeholder="…"))


def width_of(text: str, bold: bool = False) -> float:
    """Return the width of words, of the longest line where there are several (inches)."""
    return max((_width(line, bold) for line in text.split("\n")), default=0.0)


def fitted(text: str, width: float, bold: bool = False) -> list[str]:
    """Break words into lines of a width (inches); nothing is cut, and a word that alone is wider has its own line."""
    lines: list[str] = []
    for word in plain(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width_of(longer, bold) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def frame(figure: Figure, title: str, below: Sequence[str]) -> None:
    """Make the sheet of a figure higher, with a title above and texts below, so that its file can be read alone.

    Parameters
    ----------
    figure
        As `Sheet.figure` returns it.
    title, below
        What to write, broken into lines of the sheet's width.
    """
    from matplotlib.transforms import ScaledTranslation

    width, height = (float(side) for side in figure.get_size_inches())
    inches = figure.dpi_scale_trans
    heads = fitted(title, width - 2 * MARGIN, bold=True)
    feet = [line for text in below for line in fitted(text, width - 2 * MARGIN)]
    foot = LINE * len(feet) + 2 * MARGIN
    for artist in figure.get_children():
        if artist is not figure.patch:
            artist.set_transform(artist.get_transform() + ScaledTranslation(0.0, foot, inches))
    top = foot + height + LINE * len(heads) + MARGIN
    figure.set_size_inches(width, top)
    look = {"transform": inches, "fontsize": SIZE, "family": FAMILY, "parse_math": False, "va": "top"}
    for row, line in enumerate(heads):
        figure.text(MARGIN, top - MARGIN - LINE * row, line, color=INK, fontweight="bold", **look)
    for row, line in enumerate(feet):
        figure.text(MARGIN, foot - MARGIN - LINE * row, line, color=MUTED, **look)


@lru_cache(maxsize=1024)
def _width(line: str, bold: bool) -> float:
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(family=FAMILY, size=SIZE, weight="bold" if bold else "normal")
    return text_to_path.get_text_width_height_descent(line, font, False)[0] / 72 if line else 0.0


def stack(labels: Sequence[str], pitch: float) -> list[float]:
    """Return the height of each row: `pitch`, or what the lines of its label need (inches)."""
    return [max(pitch, LINE * (label.count("\n") + 1) + 0.12) for label in labels]


def scale_of(values: Sequence[float], margin: float = 0.07, even: bool = False) -> tuple[float, float]:
    """Return the ends of a scale that holds zero and all values, with some room beside them.

    Parameters
    ----------
    values
        To be shown, in one unit.
    margin
        Room on either side, as a share of the span.
    even
        Whether zero stands in the middle.
    """
    low, high = min([0.0, *values]), max([0.0, *values])
    if even:
        high = max(-low, high, LEAST / 2)
        low = -high
    room = margin * max(high - low, LEAST)
    return low - room, high + room


@dataclass
class Sheet:
    """Lines, dots and words, with x from the left edge and y from the top edge (inches).

    Parameters
    ----------
    width
        Of the sheet (inches).
    """

    width: float
    _lines: dict[tuple[int, bool], list[tuple[Any, ...]]] = field(default_factory=dict)
    _dots: dict[tuple[Any, ...], list[tuple[float, float]]] = field(default_factory=dict)
    _words: list[tuple[float, float, str, dict[str, Any]]] = field(default_factory=list)

    def line(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: str,
        width: float,
        *,
        dash: tuple[float, float] | None = None,
        rounded: bool = False,
        above: int = 1,
    ) -> None:
        """Draw a straight line, `width` points wide; what has the larger `above` covers the rest."""
        style = "solid" if dash is None else (0, dash)
        self._lines.setdefault((above, rounded), []).append(((start, end), colour, width, style))

    def dot(
        self, x: float, y: float, colour: str, shape: str = "o", size: float = 6, filled: bool = True, above: int = 3
    ) -> None:
        """Draw a dot, `size` points across."""
        self._dots.setdefault((above, shape, size, colour, filled), []).append((x, y))

    def words(self, x: float, y: float, text: str, colour: str = INK, **look: Any) -> None:
        """Write words as they stand: a dollar sign starts no formula."""
        self._words.append((x, y, text, {"color": colour, **look}))

    def legend(self, x: float, y: float, entries: Sequence[tuple[str, str, str]]) -> None:
        """Write colour, shape and meaning of each entry side by side."""
        for colour, shape, label in entries:
            self.dot(x, y, colour, shape)
            self.words(x + 0.14, y, label, va="center_baseline")
            x += 0.14 + width_of(label) + 0.32

    def figure(self, height: float) -> Figure:
        """Return what was drawn, on a sheet of this height (inches)."""
        from matplotlib.collections import LineCollection
        from matplotlib.figure import Figure
        from matplotlib.lines import Line2D

        figure = Figure(figsize=(self.width, height))
        inches = figure.dpi_scale_trans
        for (above, rounded), lines in self._lines.items():
            ends, colours, widths, styles = zip(*lines, strict=True)
            artist = LineCollection(
                [[(x, height - y) for x, y in pair] for pair in ends],
                colors=colours,
                linewidths=widths,
                linestyles=list(styles),
                capstyle="round" if rounded else "butt",
                zorder=above,
                transform=inches,
            )
            figure.add_artist(artist)
        for (above, shape, size, colour, filled), places in self._dots.items():
            look = {"markersize": size, "markeredgewidth": 1.5, "markerfacecolor": colour if filled else "#ffffff"}
            xs, ys = [x for x, _ in places], [height - y for _, y in places]
            dots = Line2D(xs, ys, color=colour, marker=shape, linestyle="none", zorder=above, transform=inches, **look)
            figure.add_artist(dots)
        for x, y, text, look in self._words:
            figure.text(x, height - y, text, transform=inches, fontsize=SIZE, family=FAMILY, parse_math=False, **look)
        return figure


@dataclass(frozen=True)
class Panel:
    """Rows on a sheet with one scale from left to right.

    Parameters
    ----------
    sheet
        Where to draw.
    left, right, top
        Edges (inches).
    heights
        Of the rows, from the top (inches).
    scale
        Values at the left and the right edge.
    """

    sheet: Sheet
    left: float
    right: float
    top: float
    heights: Sequence[float]
    scale: tuple[float, float]

    @property
    def bottom(self) -> float:
        """The lower edge (inches)."""
        return self.top + sum(self.heights)

    def x(self, value: float) -> float:
        """Return the place of a value (inches)."""
        low, high = self.scale
        return self.left + (self.right - self.left) * (value - low) / (high - low)

    def y(self, row: int) -> float:
        """Return the middle of a row (inches)."""
        return self.top + sum(self.heights[:row]) + self.heights[row] / 2

    def frame(self, most: int) -> None:
        """Draw a grid of at most so many steps with its numbers, a line at zero and one below."""
        from matplotlib.ticker import MaxNLocator

        low, high = self.scale
        ticks = [
            float(t) for t in MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= t <= high
        ]
        digits = next((d for d in range(9) if all(abs(round(t, d) - t) < 1e-9 * (high - low) for t in ticks)), 9)
        for tick in ticks:
            self.across(tick, RULE, 0.6, above=0)
            self.sheet.words(self.x(tick), self.bottom + 0.06, number(tick, digits), MUTED, ha="center", va="top")
        self.across(0.0, MUTED, 1.0)
        self.rule(self.bottom, 0.8)

    def across(
        self, value: float, colour: str, width: float, dash: tuple[float, float] | None = None, above: int = 1
    ) -> None:
        """Draw a line at a value, through all rows."""
        self.sheet.line((self.x(value), self.top), (self.x(value), self.bottom), colour, width, dash=dash, above=above)

    def rule(self, y: float, width: float, dash: tuple[float, float] | None = None) -> None:
        """Draw a line from edge to edge."""
        self.sheet.line((self.left, y), (self.right, y), RULE, width, dash=dash, above=0)

    def labels(self, labels: Sequence[str], bold: Sequence[bool] = ()) -> None:
        """Write a label to the left of each row."""
        for row, label in enumerate(labels):
            weight = "bold" if bold and bold[row] else "normal"
            self.sheet.words(self.left - 0.08, self.y(row), label, ha="right", va="center_baseline", fontweight=weight)

    def title(self, text: str) -> None:
        """Write a title above the rows."""
        self.sheet.words(self.left, self.top - 0.08, text, va="bottom", fontweight="bold")
