"""Small views of a summary, shared by everything that reads one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from multipolar.report.words import band_text, percent

__all__ = ["Summary", "band_of", "count", "drawn", "figure", "members_of", "names", "solved", "titles"]

Summary = Mapping[str, Any]
"""As in ``summary.json``."""


def solved(summary: Summary) -> list[Mapping[str, Any]]:
    """Return the scenarios that have numbers."""
    return [s for s in summary["scenarios"] if s["status"] == "solved"]


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


def count(number_of: int, word: str) -> str:
    """Format a count with its noun: ``1 scenario``, ``3 economies``."""
    many = word.removesuffix("y") + "ies" if word.endswith("y") else word + "s"
    return f"{number_of} {word if number_of == 1 else many}"
