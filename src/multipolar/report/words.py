"""Numbers as people read them, and one word for what a band says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

__all__ = ["NO_EFFECT", "VERDICTS", "band_text", "join", "number", "percent", "size_word", "usd", "verdict"]

NO_EFFECT = 0.005
"""Below this many percent a change prints as 0.00 and is called no effect."""

Verdict = Literal["gain", "loss", "no_effect", "unsettled_gain", "unsettled_loss", "unsettled", "unknown"]

VERDICTS: dict[Verdict, str] = {
    "gain": "gain",
    "loss": "loss",
    "no_effect": "no effect",
    "unsettled_gain": "gain, sign not settled",
    "unsettled_loss": "loss, sign not settled",
    "unsettled": "about nil, sign not settled",
    "unknown": "not computed",
}
"""What each word of `verdict` prints as."""

Band = Mapping[str, Any]


def verdict(band: Band | None) -> Verdict:
    """Say in a word what a band in percent means.

    Parameters
    ----------
    band
        ``{"value", "lo", "hi"}`` in percent; null ends mean that nothing was drawn, and the value then decides alone.

    Notes
    -----
    A sign is settled when the whole band lies on one side of zero. A value that prints as 0.00 is no effect as long as
    both ends print so too.
    """
    if band is None or band["value"] is None:
        return "unknown"
    value = band["value"]
    low, high = _ends(band)
    reaches_down, reaches_up = low <= -NO_EFFECT, high >= NO_EFFECT
    if abs(value) < NO_EFFECT:
        if reaches_down and reaches_up:
            return "unsettled"
        return "unsettled_gain" if reaches_up else "unsettled_loss" if reaches_down else "no_effect"
    if value > 0:
        return "unsettled_gain" if low <= 0 else "gain"
    return "unsettled_loss" if high >= 0 else "loss"


def _ends(band: Band) -> tuple[float, float]:
    value = band["value"]
    return (
        value if band.get("lo") is None else band["lo"],
        value if band.get("hi") is None else band["hi"],
    )


def size_word(value: float) -> str:
    """Return an adverb for the size of a change in percent; empty for a middling one."""
    size = abs(value)
    if size < 0.05:
        return "barely"
    if size < 0.2:
        return "slightly"
    return "" if size < 1.0 else "strongly"


def number(value: float | None, digits: int = 2, sign: bool = False) -> str:
    """Format a number with a true minus sign; a dash where there is none."""
    if value is None:
        return "–"
    rounded = round(value, digits)
    if rounded == 0:
        return f"{0:.{digits}f}"
    text = f"{abs(rounded):,.{digits}f}"
    return f"−{text}" if rounded < 0 else f"+{text}" if sign else text


def percent(value: float | None, sign: bool = True) -> str:
    """Format a change in percent with two decimals, fewer where it is large."""
    digits = 2 if value is None or abs(value) < 100 else 0
    return number(value, digits, sign) + ("" if value is None else "%")


def usd(billion: float | None, sign: bool = False) -> str:
    """Format USD billion: in millions below one tenth of a billion."""
    if billion is None:
        return "–"
    size, unit = (abs(billion) * 1000, "million") if abs(billion) < 0.0995 else (abs(billion), "billion")
    digits = 0 if size >= 100 or unit == "million" else 1 if size >= 10 else 2
    mark = "−" if billion < 0 and round(size, digits) > 0 else "+" if sign and round(size, digits) > 0 else ""
    return f"{mark}USD {size:,.{digits}f} {unit}"


def band_text(band: Band, unit: str = "%") -> str:
    """Format the ends of a band, or nothing where there are none."""
    if band.get("lo") is None or band.get("hi") is None:
        return ""
    return f"{number(band['lo'], sign=True)} to {number(band['hi'], sign=True)}{unit}"


def join(items: Iterable[str], last: str = "and") -> str:
    """Join words as English does: ``a, b and c``."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
