"""What a change of real income comes from: its parts by cause, as sentences, bars and numbers.

The parts are those of `multipolar.equilibrium.welfare_decomposition`, at the most likely figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from multipolar.report.reading import Summary, names
from multipolar.report.words import NO_EFFECT, fine, join, percent

__all__ = ["CAUSES", "Cause", "cause_sentence", "causes_of"]

WEIGHTY = 0.1
"""A sentence is about an economy, and names the parts of it, that are at least this large beside the largest."""

TOLD = 2
"""Economies in the sentences of a scenario at most: those with the largest parts."""

ROOM = 1.05
"""Half-width of the axis over the longest stack of parts."""


@dataclass(frozen=True)
class Cause:
    """One part of a change of real income.

    Attributes
    ----------
    key
        In ``causes`` of ``summary.json``.
    id, name
        Class in the style sheet, and heading of the column.
    meaning
        What it is, as the reader sees it.
    """

    key: str
    id: str
    name: str
    meaning: str


CAUSES: tuple[Cause, ...] = (
    Cause(
        "terms_of_trade_pct",
        "terms",
        "terms of trade",
        "what an economy’s exports fetch against what its imports cost before duty",
    ),
    Cause(
        "volume_of_trade_pct",
        "volume",
        "volume of dutiable trade",
        "imports that pay duty are worth more to their buyers than they cost the economy, by the duty: it gains when "
        "they grow and loses when they shrink, as under a higher tariff or when a partner’s take their place",
    ),
    Cause(
        "cost_savings_pct",
        "savings",
        "cost of trade",
        "what cheaper borders save on imports; below zero where they become dearer or are closed",
    ),
    Cause("productivity_pct", "productivity", "productivity", "more or less made from the same labour and inputs"),
    Cause(
        "transfers_and_deficit_pct",
        "money",
        "transfers and deficit",
        "payments between governments, shares of pooled duties, and what the money that covers the trade deficit buys "
        "at the new prices",
    ),
    Cause(
        "remainder_pct",
        "remainder",
        "remainder",
        "what these parts miss of the exact change, of third order in the size of the shock",
    ),
)
"""Every cause, in the order of the columns."""

_BARE = frozenset({"productivity", "money"})
"""Causes that take no article in a sentence."""

Parts = Mapping[str, float]


def causes_of(summary: Summary) -> dict[str, Any] | None:
    """Return what the page shows of causes, or None where no scenario has any.

    Parameters
    ----------
    summary
        As in ``summary.json``.
    """
    numbered = enumerate(summary["scenarios"], start=1)
    told = [(place, s) for place, s in numbered if s["status"] == "solved" and s["causes"]]
    if not told:
        return None
    every = [parts for _, scenario in told for parts in scenario["causes"].values()]
    reaching = [cause for cause in CAUSES if max(abs(parts[cause.key]) for parts in every) >= NO_EFFECT]
    shown = [cause for cause in CAUSES if cause in reaching or cause.key == "remainder_pct"]
    return {
        "columns": shown,
        "left_out": join([cause.name for cause in CAUSES if cause not in shown], "or"),
        "remainder": f"{math.ceil(1000 * max(abs(parts['remainder_pct']) for parts in every)) / 1000:.3f}%",
        "scenarios": [_scenario(summary, place, scenario, shown) for place, scenario in told],
    }


def _scenario(summary: Summary, place: int, scenario: Mapping[str, Any], shown: Sequence[Cause]) -> dict[str, Any]:
    known, causes = names(summary), scenario["causes"]
    moved = [code for code in causes if _largest(causes[code]) >= NO_EFFECT]
    reach = ROOM * max((side for code in moved for side in _sides(causes[code])), default=1.0)
    by_size = sorted(moved, key=lambda code: -_largest(causes[code]))[:TOLD]
    told = [code for code in by_size if _largest(causes[code]) >= WEIGHTY * _largest(causes[by_size[0]])]
    return {
        "place": place,
        "title": scenario["title"],
        "sentences": [cause_sentence(known[code], causes[code]) for code in told],
        "rows": [_row(known[code], causes[code], shown, reach) for code in moved],
        "still": join([known[code] for code in causes if code not in moved]),
    }


def _largest(parts: Parts) -> float:
    """Size of the largest part (percent of income)."""
    return max(abs(parts[cause.key]) for cause in CAUSES)


def _sides(parts: Parts) -> tuple[float, float]:
    """Sum of the parts below zero, without its sign, and of those above (percent of income)."""
    values = [parts[cause.key] for cause in CAUSES]
    return -sum(v for v in values if v < 0), sum(v for v in values if v > 0)


def _row(name: str, parts: Parts, shown: Sequence[Cause], reach: float) -> dict[str, Any]:
    """Numbers of an economy, and its parts laid end to end: below zero to the left, above zero to the right."""
    pieces, ends = [], {-1: 0.0, 1: 0.0}
    for cause in shown:
        value = parts[cause.key]
        side = -1 if value < 0 else 1
        start, ends[side] = ends[side], ends[side] + value
        left, right = sorted((_place(start, reach), _place(ends[side], reach)))
        pieces.append({"id": cause.id, "from": round(left, 2), "to": round(right, 2)})
    return {
        "name": name,
        "parts": [(cause, parts[cause.key]) for cause in shown],
        "total": parts["total_pct"],
        "pieces": pieces,
        "at": round(_place(parts["total_pct"], reach), 2),
    }


def _place(value: float, reach: float) -> float:
    """Place on the axis in percent of its width."""
    return 50.0 + 50.0 * value / reach


def cause_sentence(name: str, parts: Parts) -> str:
    """Say what the change of an economy's real income comes from: the weighty parts, those that pull its way first.

    Parameters
    ----------
    name
        Of the economy.
    parts
        By cause, and ``total_pct`` (percent of baseline income).
    """
    total = parts["total_pct"]
    least = WEIGHTY * _largest(parts)
    weighty = sorted((c for c in CAUSES if abs(parts[c.key]) >= least), key=lambda c: -abs(parts[c.key]))
    forth = [_part(c, parts) for c in weighty if (parts[c.key] > 0) == (total > 0)]
    against = [_part(c, parts) for c in weighty if (parts[c.key] > 0) != (total > 0)]
    if abs(total) < NO_EFFECT:
        opening = f"{name} hardly moves ({percent(total)})"
    else:
        opening = f"{name} {'gains' if total > 0 else 'loses'} {percent(abs(total), sign=False)}"
    return f"{opening}: {', against '.join(join(side) for side in (forth, against) if side)}."


def _part(cause: Cause, parts: Parts) -> str:
    """Format a part with its name, in percentage points."""
    if cause.key == "remainder_pct":
        return f"{fine(parts[cause.key])} that is left over"
    article = "" if cause.id in _BARE else "the "
    return f"{fine(parts[cause.key])} from {article}{cause.name}"
