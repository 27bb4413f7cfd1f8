"""Small views of a summary, shared by everything that reads one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from multipolar.report.words import band_text, percent

__all__ = [
    "Summary",
    "band_of",
    "distinct",
    "drawn",
    "figure",
    "members_of",
    "names",
    "solved",
    "titles",
    "twins",
]

Summary = Mapping[str, Any]
"""As in ``summary.json``."""

SAME = 1e-7
"""Two numbers closer than this, in percent or USD billion, are one number solved twice."""


def solved(summary: Summary) -> list[Mapping[str, Any]]:
    """Return the scenarios that have numbers."""
    return [s for s in summary["scenarios"] if s["status"] == "solved"]


def twins(summary: Summary) -> list[list[Mapping[str, Any]]]:
    """Return the scenarios that have numbers, those that share every number of every economy together.

    Measures that only one of them has are not held against each other: what a scenario without members lacks.
    """
    groups: list[list[Mapping[str, Any]]] = []
    for scenario in solved(summary):
        alike = next((group for group in groups if _alike(group[0], scenario)), None)
        if alike is None:
            groups.append([scenario])
        else:
            alike.append(scenario)
    return groups


def distinct(summary: Summary) -> list[Mapping[str, Any]]:
    """Return the scenarios that have numbers, without those that repeat every number of one before."""
    return [group[0] for group in twins(summary)]


def _alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    if one["economies"].keys() != other["economies"].keys():
        return False
    return all(
        _equal(band, other["economies"][code].get(measure))
        for code, measures in one["economies"].items()
        for measure, band in measures.items()
    )


def _equal(one: Mapping[str, Any], other: Mapping[str, Any] | None) -> bool:
    if other is None or one["value"] is None or other["value"] is None:
        return True
    return all(_near(one.get(end), other.get(end)) for end in ("value", "lo", "hi"))


def _near(one: float | None, other: float | None) -> bool:
    return one is other or (one is not None and other is not None and abs(one - other) <= SAME)


def names(summary: Summary) -> dict[str, str]:
    """Return the name of each economy by code."""
    return {e["code"]: e["name"] for e in summary["economies"]}


def titles(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return titles by id, of scenarios or contrasts."""
    return {item["id"]: item["title"] for item in items}


def drawn(summary: Summary) -> bool:
    """Return whether bands exist: one draw alone makes none."""
    return summary["draws"] >= 2


def band_of(scenario: Mapping[str, Any], code: str, measure: str = "real_income_pct") -> Mapping[str, Any] | None:
    """Return a band with a value, or None."""
    band = scenario["economies"].get(code, {}).get(measure)
    return band if band is not None and band["value"] is not None else None


def members_of(summary: Summary, scenario: Mapping[str, Any]) -> list[str]:
    """Return the members of a study for which a scenario has a real income."""
    return [code for code in summary["members"] if band_of(scenario, code) is not None]


def figure(band: Mapping[str, Any]) -> str:
    """Format a number in percent with its band."""
    ends = band_text(band)
    return percent(band["value"]) + (f", band {ends}" if ends else "")
