"""What is written down before anything is computed, and what a claim's function finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from multipolar.claims.numbers import check_numbers
from multipolar.errors import InputError
from multipolar.types import Array, Float64

__all__ = ["Argument", "Claim", "Finding", "Numbers", "Part", "Reading", "load_claims", "parse_claims"]

THEMES = ("trade", "orbits", "hold", "security", "status")


@dataclass(frozen=True, slots=True)
class Part:
    """One number and its threshold.

    Attributes
    ----------
    id, name, unit
        Key, words, unit.
    threshold
        In `unit`.
    above
        Whether the number has to lie above the threshold; else below it.
    """

    id: str
    name: str
    unit: str
    threshold: float
    above: bool

    def margin(self, values: Float64[Array, " draw"]) -> Float64[Array, " draw"]:
        """Return by how much the threshold is passed, below zero where it is not (`unit`) [draw]."""
        return (np.asarray(values, dtype=float) - self.threshold) * (1.0 if self.above else -1.0)


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a claim; all of its parts have to hold.

    Attributes
    ----------
    id, title
        Key and words.
    needs
        Files from which ``--data`` measures it, by their role in `multipolar.claims.data`; without them the figures
        that ship are taken.
    parts
        Numbers; the first is the one that a table shows.
    """

    id: str
    title: str
    needs: tuple[str, ...]
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim with the rule that decides it.

    Attributes
    ----------
    id, theme, claim, proposition, rule
        Number, module, and words.
    readings
        Ways to read it.
    supported, refuted
        Shares of draws from which on, and up to which, every reading has to hold.
    data
        What it is computed from.
    untestable
        Why there is no verdict whatever the numbers; empty for most.
    left_out
        What the claim says beyond its readings, and why it is not computed; empty for most.
    """

    id: int
    theme: str
    claim: str
    proposition: str
    rule: str
    readings: tuple[Reading, ...]
    supported: float
    refuted: float
    data: tuple[str, ...]
    untestable: str = ""
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class Argument:
    """The file of claims.

    Attributes
    ----------
    id, title, about
        Name and words.
    cut_off
        Last day of what enters a verdict.
    claims
        In order.
    predictions
        What is scored against later events.
    """

    id: str
    title: str
    about: str
    cut_off: str
    claims: tuple[Claim, ...]
    predictions: tuple[Mapping[str, Any], ...]

    def only(self, ids: tuple[int, ...]) -> tuple[Claim, ...]:
        """Return some claims; an unknown number is an `InputError`."""
        check_numbers(ids, [claim.id for claim in self.claims])
        return tuple(claim for claim in self.claims if not ids or claim.id in ids)


@dataclass(frozen=True, eq=False)
class Numbers:
    """A number at the most likely figures, and in draws.

    Parameters
    ----------
    value
        At the most likely figures.
    draws
        In each draw, NaN where one failed; empty where nothing is drawn [draw].
    """

    value: float
    draws: Float64[Array, " draw"] = field(default_factory=lambda: np.zeros(0))

    @classmethod
    def of(cls, rows: Float64[Array, " row"]) -> Numbers:
        """Return the numbers of an array whose first row holds the most likely figures."""
        values = np.asarray(rows, dtype=float)
        return cls(float(values[0]), values[1:])


@dataclass(frozen=True, eq=False)
class Finding:
    """What the function of a claim found.

    Parameters
    ----------
    readings
        Reading -> part -> numbers, or the reason why the reading was not computed.
    parameters
        What was drawn, by name [draw].
    flips_at
        Where the verdict would turn, if the function knows better than the draws: ``{parameter, value, unit}``.
    notes
        Sentences on what the numbers do not show.
    """

    readings: Mapping[str, Mapping[str, Numbers] | str]
    parameters: Mapping[str, Float64[Array, " draw"]] = field(default_factory=dict)
    flips_at: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


@cache
def load_claims() -> Argument:
    """Return the claims that ship."""
    import yaml

    text = files("multipolar.claims").joinpath("claims.yaml").read_text(encoding="utf-8")
    return parse_claims(yaml.safe_load(text))


def parse_claims(content: Mapping[str, Any]) -> Argument:
    """Check the content of a file of claims.

    Raises
    ------
    InputError
        Naming the claim: a number that stands twice, a theme or threshold that cannot be, a reading without parts.
    """
    shares = content["shares"]
    claims = tuple(_claim(row, row.get("shares", shares)) for row in content["claims"])
    numbers = [claim.id for claim in claims]
    twice = [number for number in numbers if numbers.count(number) > 1]
    if twice:
        raise InputError(f"claim {twice[0]} stands twice")
    return Argument(
        content["id"],
        content["title"],
        _flat(content["about"]),
        str(content["cut_off"]),
        claims,
        tuple(content.get("predictions", ())),
    )


def _claim(row: Mapping[str, Any], shares: Mapping[str, float]) -> Claim:
    number = int(row["id"])
    if row["theme"] not in THEMES:
        raise InputError(f"claim {number} has theme '{row['theme']}'; themes are {', '.join(THEMES)}")
    if not 0 <= shares["refuted"] < shares["supported"] <= 1:
        raise InputError(f"claim {number}: the share that refutes must lie below the share that supports, in [0, 1]")
    readings = tuple(_reading(item, number) for item in row["readings"])
    if len({reading.id for reading in readings}) < len(readings) or not readings:
        raise InputError(f"claim {number} needs readings, each with a name of its own")
    return Claim(
        number,
        row["theme"],
        row["claim"],
        row["proposition"],
        _flat(row["rule"]),
        readings,
        float(shares["supported"]),
        float(shares["refuted"]),
        tuple(row["data"]),
        row.get("untestable", ""),
        _flat(row.get("left_out", "")),
    )


def _reading(item: Mapping[str, Any], number: int) -> Reading:
    parts = tuple(_part(part, number) for part in item["parts"])
    if len({part.id for part in parts}) < len(parts) or not parts:
        raise InputError(f"claim {number}: reading '{item['id']}' needs parts, each with a name of its own")
    return Reading(item["id"], item["title"], tuple(item.get("needs", ())), parts)


def _part(part: Mapping[str, Any], number: int) -> Part:
    if ("above" in part) == ("below" in part):
        raise InputError(f"claim {number}: part '{part['id']}' needs a threshold, either above or below")
    above = "above" in part
    return Part(part["id"], part["name"], part["unit"], float(part["above" if above else "below"]), above)


def _flat(text: str) -> str:
    return " ".join(text.split())
