"""The one place where a verdict is made: shares of draws against the shares written down, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multipolar.claims.model import Claim, Finding, Numbers, Reading
from multipolar.coalition.holding import most_moving
from multipolar.errors import InputError
from multipolar.types import Array, Float64

__all__ = ["VERDICTS", "Judgement", "judge"]

VERDICTS = ("supported", "refuted", "depends", "not_testable")


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
        The reading, or the parameter that moves the outcome most: ``{kind, name, rank_correlation}``.
    flips_at
        Values at which it would turn: ``{parameter, value, unit}``.
    reason
        Why there is no verdict, or what was left out.
    """

    verdict: str
    probability: dict[str, float] = field(default_factory=dict)
    depends_on: Mapping[str, Any] | None = None
    flips_at: tuple[Mapping[str, Any], ...] = ()
    reason: str = ""


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
        If readings or parts are not those written down.
    """
    _check_names(claim, found)
    margins, missing = _margins(claim, found)
    held = {name: _share(values) for name, values in margins.items()}
    reason = "; ".join(f"not computed: {text}" for text in dict.fromkeys(missing.values()))
    if claim.untestable:
        return Judgement("not_testable", held, None, found.flips_at, claim.untestable)
    if not held:
        return Judgement("not_testable", {}, None, (), reason)
    words = {name: _word(share, claim) for name, share in held.items()}
    verdict = next(iter(set(words.values()))) if len(set(words.values())) == 1 else "depends"
    depends = _depends_on(claim, words, margins, found)
    flips = found.flips_at or _flip(depends, margins, found)
    return Judgement(verdict, held, depends, flips, reason)


def _check_names(claim: Claim, found: Finding) -> None:
    written = [reading.id for reading in claim.readings]
    if set(found.readings) != set(written):
        raise InputError(f"claim {claim.id} was computed for {sorted(found.readings)}, written down for {written}")
    for reading in claim.readings:
        parts = found.readings[reading.id]
        if not isinstance(parts, str) and set(parts) != {part.id for part in reading.parts}:
            raise InputError(f"claim {claim.id}, reading '{reading.id}' lacks or adds parts: {sorted(parts)}")


def _margins(claim: Claim, found: Finding) -> tuple[dict[str, Float64[Array, " draw"]], dict[str, str]]:
    """Smallest margin over the parts of each reading, in each draw; why the others are not computed."""
    margins: dict[str, Float64[Array, " draw"]] = {}
    missing: dict[str, str] = {}
    for reading in claim.readings:
        parts = found.readings[reading.id]
        if isinstance(parts, str):
            missing[reading.id] = parts
        else:
            margins[reading.id] = smallest_margin(reading, parts)
    return margins, missing


def smallest_margin(reading: Reading, parts: Mapping[str, Numbers]) -> Float64[Array, " draw"]:
    """Return the smallest margin over the parts of a reading [draw]; one entry where nothing was drawn.

    Each part is divided by the standard deviation of its draws, so that parts with different units compare.
    """
    sizes = [len(parts[part.id].draws) for part in reading.parts]
    count = max(max(sizes), 1)
    rows = []
    for part in reading.parts:
        numbers = parts[part.id]
        values = numbers.draws if len(numbers.draws) else np.full(count, numbers.value)
        if len(values) != count:
            raise InputError(f"parts of reading '{reading.id}' have {sizes} draws; they must be the same draws")
        margin = part.margin(values)
        known = margin[np.isfinite(margin)]
        scale = known.std() if len(known) > 1 and known.std() > 0 else 1.0
        rows.append(margin / scale)
    return np.min(np.stack(rows), axis=0)


def _share(margin: Float64[Array, " draw"]) -> float:
    """Share of the draws that hold; a draw without number counts for neither side."""
    known = margin[~np.isnan(margin)]
    return float((known > 0).mean()) if len(known) else float("nan")


def _word(share: float, claim: Claim) -> str:
    if np.isnan(share):
        return "not_testable"
    return "supported" if share >= claim.supported else "refuted" if share <= claim.refuted else "depends"


def _depends_on(
    claim: Claim, words: Mapping[str, str], margins: Mapping[str, Float64[Array, " draw"]], found: Finding
) -> dict[str, Any] | None:
    """Readings that part, else the parameter that moves the margin of the first open reading most."""
    if len(set(words.values())) > 1:
        titles = {reading.id: reading.title for reading in claim.readings}
        sides = "; ".join(f"{titles[name]}: {word}" for name, word in words.items())
        return {"kind": "reading", "name": sides, "rank_correlation": None}
    name = min(margins, key=lambda key: abs(_share(margins[key]) - 0.5))
    moved = _moved(margins[name], found.parameters)
    if moved is not None:
        return {"kind": "parameter", "name": moved[0], "rank_correlation": moved[1]}
    if words[name] != "depends":
        return None
    return {"kind": "part", "name": _weakest(claim, name, found), "rank_correlation": None}


def _weakest(claim: Claim, name: str, found: Finding) -> str:
    """Name of the part that holds in fewest draws: what is uncertain is its estimate, no parameter."""
    (reading,) = (reading for reading in claim.readings if reading.id == name)
    parts = found.readings[name]
    assert not isinstance(parts, str)

    def share(place: int) -> float:
        part = reading.parts[place]
        numbers = parts[part.id]
        return _share(part.margin(numbers.draws if len(numbers.draws) else np.array([numbers.value])))

    return reading.parts[min(range(len(reading.parts)), key=share)].name


def _moved(
    margin: Float64[Array, " draw"], parameters: Mapping[str, Float64[Array, " draw"]]
) -> tuple[str, float] | None:
    known = ~np.isnan(margin)
    same = {name: values[known] for name, values in parameters.items() if len(values) == len(margin)}
    return most_moving(same, margin[known]) if same else None


def _flip(
    depends: Mapping[str, Any] | None, margins: Mapping[str, Float64[Array, " draw"]], found: Finding
) -> tuple[Mapping[str, Any], ...]:
    """Where the line of the margin on the parameter that moves it most crosses zero, if the draws reach there."""
    if depends is None or depends["kind"] != "parameter":
        return ()
    name = min(margins, key=lambda key: abs(_share(margins[key]) - 0.5))
    known = ~np.isnan(margins[name])
    x, y = found.parameters[depends["name"]][known], margins[name][known]
    slope, intercept = np.polyfit(x, y, 1)
    at = -intercept / slope if slope else np.inf
    if not x.min() <= at <= x.max():
        return ()
    return ({"parameter": depends["name"], "value": float(at), "unit": "on a line through the draws"},)
