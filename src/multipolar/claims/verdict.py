"""The one place where a verdict is made: shares of draws against the shares written down, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multipolar.claims.model import Claim, Finding, Numbers, Reading
from multipolar.claims.words import in_words, unit_of
from multipolar.coalition.holding import most_moving
from multipolar.errors import InputError
from multipolar.types import Array, Float64

__all__ = ["VERDICTS", "Judgement", "judge"]

VERDICTS = ("supported", "refuted", "depends", "not_testable")

SAMPLING = 1.96
"""Standard errors within which a share of draws counts as near a line."""


@dataclass(frozen=True, eq=False)
class Judgement:
    """A verdict and what it rests on.

    Parameters
    ----------
    verdict
        One of `VERDICTS`.
    probability
        Share of draws in which each reading computed holds, by reading.
    depends_on
        The reading, or the parameter that moves the outcome most: ``{kind, name, rank_correlation}``; `name` in
        plain words.
    flips_at
        Values at which it would turn: ``{parameter, value, unit}``, and ``by`` where a line through the draws says so.
    reason
        Why there is no verdict, or what was left out.
    words
        What each reading computed says by itself, one of `VERDICTS`, by reading.
    near
        Readings whose share of draws lies within sampling error of a line that would turn the verdict:
        ``{reading, share, line, standard_error, draws, verdict}``, the last being what it would turn into.
    """

    verdict: str
    probability: dict[str, float] = field(default_factory=dict)
    depends_on: Mapping[str, Any] | None = None
    flips_at: tuple[Mapping[str, Any], ...] = ()
    reason: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    near: tuple[Mapping[str, Any], ...] = ()


def judge(claim: Claim, found: Finding) -> Judgement:
    """Derive the verdict of a claim from its numbers and its rule.

    Parameters
    ----------
    claim
        With thresholds and shares.
    found
        Numbers of each reading, or why there are none.

    Raises
    ------
    InputError
        If readings or parts are not those written down, or parts of one reading have other draws.
    """
    _check_names(claim, found)
    margins: dict[str, Float64[Array, "part draw"]] = {}
    missing: list[str] = []
    for reading in claim.readings:
        parts = found.readings[reading.id]
        if isinstance(parts, str):
            missing.append(parts)
        else:
            margins[reading.id] = part_margins(reading, parts)
    held = {name: share_held(rows) for name, rows in margins.items()}
    reason = "; ".join(f"not computed: {text}" for text in dict.fromkeys(missing))
    if claim.untestable:
        return Judgement("not_testable", held, None, found.flips_at, claim.untestable)
    words = {name: _word(share, claim) for name, share in held.items()}
    if not held or "not_testable" in words.values():
        return Judgement("not_testable", held, None, (), reason or "no draw has a number")
    depends, flips = _depends_on(claim, words, margins, found)
    drawn = {name: int((~np.isnan(rows).any(axis=0)).sum()) for name, rows in margins.items() if _is_drawn(found, name)}
    near = _near(claim, words, held, drawn)
    return Judgement(_together(words), held, depends, found.flips_at or flips, reason, words, near)


def _check_names(claim: Claim, found: Finding) -> None:
    written = [reading.id for reading in claim.readings]
    if set(found.readings) != set(written):
        raise InputError(f"claim {claim.id} was computed for {sorted(found.readings)}, written down for {written}")
    for reading in claim.readings:
        parts = found.readings[reading.id]
        if not isinstance(parts, str) and set(parts) != {part.id for part in reading.parts}:
            raise InputError(f"claim {claim.id}, reading '{reading.id}' lacks or adds parts: {sorted(parts)}")


def part_margins(reading: Reading, parts: Mapping[str, Numbers]) -> Float64[Array, "part draw"]:
    """Return by how much each part passes its threshold in each draw; one column where nothing was drawn.

    A part that is not drawn has the same margin in all draws of the others.
    """
    sizes = [len(parts[part.id].draws) for part in reading.parts]
    count = max(*sizes, 1) if len(sizes) > 1 else max(sizes[0], 1)
    if any(size not in (0, count) for size in sizes):
        raise InputError(f"parts of reading '{reading.id}' have {sizes} draws; they must be the same draws")
    rows = []
    for part in reading.parts:
        numbers = parts[part.id]
        values = numbers.draws if len(numbers.draws) else np.full(count, numbers.value)
        rows.append(part.margin(values))
    return np.stack(rows)


def share_held(margins: Float64[Array, "part draw"]) -> float:
    """Return the share of the draws in which every part passes; a draw with a missing number counts for neither side.

    NaN where no draw is complete.
    """
    known = ~np.isnan(margins).any(axis=0)
    return float((margins[:, known] > 0).all(axis=0).mean()) if known.any() else float("nan")


def _word(share: float, claim: Claim) -> str:
    if np.isnan(share):
        return "not_testable"
    return "supported" if share >= claim.supported else "refuted" if share <= claim.refuted else "depends"


def _together(words: Mapping[str, str]) -> str:
    """Return the verdict on all readings: theirs where they agree, else it depends."""
    return next(iter(words.values())) if len(set(words.values())) == 1 else "depends"


def _is_drawn(found: Finding, reading: str) -> bool:
    parts = found.readings[reading]
    return not isinstance(parts, str) and any(len(numbers.draws) for numbers in parts.values())


def _near(
    claim: Claim, words: Mapping[str, str], held: Mapping[str, float], drawn: Mapping[str, int]
) -> tuple[Mapping[str, Any], ...]:
    """Readings whose share of draws does not differ from a line that would turn the verdict, at the 5% level.

    The standard error is that of a share whose true value is the line, so that a share of all draws has one too.
    ``draws_needed`` is from how many draws on a share of all, or of none, is not near: with fewer nothing can be told.
    """
    found = []
    for name, draws in drawn.items():
        if not draws:
            continue
        for line, beyond in ((claim.supported, "supported"), (claim.refuted, "refuted")):
            error = float(np.sqrt(line * (1.0 - line) / draws))
            room = 1.0 - line if beyond == "supported" else line
            other = "depends" if words[name] == beyond else beyond
            would_be = _together({**words, name: other})
            if abs(held[name] - line) <= SAMPLING * error and would_be != _together(words):
                found.append(
                    {
                        "reading": name,
                        "share": held[name],
                        "line": line,
                        "standard_error": error,
                        "draws": draws,
                        "draws_needed": int(SAMPLING**2 * (1.0 - room) / room) + 1,
                        "verdict": would_be,
                    }
                )
    return tuple(found)


def _depends_on(
    claim: Claim, words: Mapping[str, str], margins: Mapping[str, Float64[Array, "part draw"]], found: Finding
) -> tuple[dict[str, Any] | None, tuple[Mapping[str, Any], ...]]:
    """Say what a verdict hangs on and where it would turn.

    Readings that part; else the parameter whose rank correlates most with the margin of the part that holds in fewest
    draws, of the reading nearest to one half; else, where the verdict is open, that part itself.
    """
    if len(set(words.values())) > 1:
        titles = {reading.id: reading.title for reading in claim.readings}
        sides = "; ".join(f"{titles[name]}: {word.replace('_', ' ')}" for name, word in words.items())
        return {"kind": "reading", "name": sides, "rank_correlation": None}, ()
    name = min(margins, key=lambda key: abs(share_held(margins[key]) - 0.5))
    weakest = min(range(len(margins[name])), key=lambda row: share_held(margins[name][row : row + 1]))
    margin = margins[name][weakest]
    known = ~np.isnan(margin)
    same = {key: values[known] for key, values in found.parameters.items() if len(values) == len(margin)}
    moved = most_moving(same, margin[known]) if same else None
    if moved is not None:
        about = {"kind": "parameter", "name": in_words(moved[0]), "rank_correlation": moved[1]}
        return about, _turns(moved[0], same[moved[0]], margin[known])
    if words[name] != "depends":
        return None, ()
    (reading,) = (reading for reading in claim.readings if reading.id == name)
    return {"kind": "part", "name": reading.parts[weakest].name, "rank_correlation": None}, ()


def _turns(
    name: str, values: Float64[Array, " draw"], margin: Float64[Array, " draw"]
) -> tuple[Mapping[str, Any], ...]:
    """Where the line of the margin on a parameter crosses zero, if the draws reach there."""
    slope, intercept = np.polyfit(values, margin, 1)
    at = -intercept / slope if slope else np.inf
    if not values.min() <= at <= values.max():
        return ()
    return ({"parameter": in_words(name), "value": float(at), "unit": unit_of(name), "by": "a line through the draws"},)
