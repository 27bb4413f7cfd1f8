"""Numbers as people read them, and one word for what a band says."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Literal

__all__ = [
    "BALANCES",
    "NO_EFFECT",
    "VERDICTS",
    "band_text",
    "bound",
    "fine",
    "has_ends",
    "join",
    "measure_words",
    "median_text",
    "number",
    "options_in_words",
    "outside",
    "percent",
    "settled",
    "size_word",
    "tone",
    "usd",
    "verdict",
]

NO_EFFECT = 0.005
"""Below this many percent a change is called about nil."""

SMALL = 0.05
"""Below this size a number shows one decimal more than the others."""

APART = 0.15
"""Distance of the median from the value, as a share of the width of the band, from which both are shown."""

MOST_DIGITS = 4
"""Decimals of the end of a band at most."""

Verdict = Literal["gain", "loss", "no_effect", "unsettled_gain", "unsettled_loss", "unsettled", "unknown"]
Tone = Literal["gain", "loss", "still"]

VERDICTS: dict[Verdict, str] = {
    "gain": "gain",
    "loss": "loss",
    "no_effect": "about nil",
    "unsettled_gain": "gain, sign not settled",
    "unsettled_loss": "loss, sign not settled",
    "unsettled": "about nil, sign not settled",
    "unknown": "not computed",
}
"""What each word of `verdict` prints as."""

BALANCES = {
    "fixed": "held fixed in money while prices and wages move",
    "scaled": "moving with value added",
    "multiplicative": "a constant multiple of income",
}
"""What each closing of trade imbalances does to an economy's trade deficit or surplus, in words."""

Band = Mapping[str, Any]


def verdict(band: Band | None) -> Verdict:
    """Say in a word what a band in percent means.

    Parameters
    ----------
    band
        ``{"value", "lo", "hi"}`` in percent; null ends mean that nothing was drawn, and the value then decides alone.

    Notes
    -----
    A change is *no effect* where the value and both ends stay below 0.005 percent: a word about its size, which leaves
    open whether its sign is settled (ask `settled`). Any other is a *gain* or a *loss* if its sign is settled or
    nothing was drawn, and unsettled if not, with the side of the value as long as that is not about nil itself.
    """
    if band is None or band["value"] is None:
        return "unknown"
    value = band["value"]
    if max(abs(each) for each in _drawn(band)) < NO_EFFECT:
        return "no_effect"
    if settled(band) or not has_ends(band):
        return "gain" if value > 0 else "loss"
    if abs(value) < NO_EFFECT:
        return "unsettled"
    return "unsettled_gain" if value > 0 else "unsettled_loss"


def has_ends(band: Band | None) -> bool:
    """Return whether a band was drawn: without draws nothing can be said about how certain a number is."""
    return band is not None and band.get("lo") is not None and band.get("hi") is not None


def settled(band: Band | None) -> bool:
    """Return whether draws exist and the value and the whole band lie on one side of zero, however close to it."""
    if band is None or band["value"] is None or not has_ends(band):
        return False
    each = _drawn(band)
    return min(each) > 0 or max(each) < 0


def tone(band: Band | None) -> Tone:
    """Return the colour of a change: the side of its value, *still* where `verdict` calls it about nil."""
    if band is None or band["value"] is None or verdict(band) in ("no_effect", "unsettled"):
        return "still"
    return "gain" if band["value"] > 0 else "loss"


def _drawn(band: Band) -> list[float]:
    """The value and the ends that exist."""
    return [band[end] for end in ("value", "lo", "hi") if band.get(end) is not None]


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


def fine(value: float | None, sign: bool = True) -> str:
    """Format a change with two decimals, three where it is small and none where it is large."""
    return number(value, _digits(value), sign)


def _digits(value: float | None) -> int:
    if value is None or value == 0:
        return 2
    return 0 if abs(value) >= 100 else 2 if abs(value) >= SMALL else 3


def percent(value: float | None, sign: bool = True) -> str:
    """Format a change in percent: two decimals, three below 0.05 in size, none from 100 on."""
    return fine(value, sign) + ("" if value is None else "%")


def bound(value: float) -> str:
    """Format an upper bound in percent, rounded up so that it holds."""
    return f"{math.ceil(round(100 * value, 6)) / 100:,.2f}%"


def usd(billion: float | None, sign: bool = False) -> str:
    """Format USD billion: in millions below one tenth of a billion."""
    if billion is None:
        return "–"
    size, unit = (abs(billion) * 1000, "million") if abs(billion) < 0.0995 else (abs(billion), "billion")
    digits = 0 if size >= 100 or unit == "million" else 1 if size >= 10 else 2
    mark = "−" if billion < 0 and round(size, digits) > 0 else "+" if sign and round(size, digits) > 0 else ""
    return f"{mark}USD {size:,.{digits}f} {unit}"


def band_text(band: Band, unit: str = "%") -> str:
    """Format the ends of a band, or nothing where there are none.

    Both ends have the decimals of the larger one. An end other than zero that would print as zero gets more, for its
    sign decides whether the band crosses zero; not so where both ends are about nil.
    """
    if not has_ends(band):
        return ""
    largest = max(abs(band["lo"]), abs(band["hi"]))
    digits = _digits(largest)
    if largest < NO_EFFECT:
        return f"{number(band['lo'], digits, sign=True)} to {number(band['hi'], digits, sign=True)}{unit}"
    return f"{_end(band['lo'], digits)} to {_end(band['hi'], digits)}{unit}"


def median_text(band: Band | None, unit: str = "%") -> str:
    """Format the median of a band where it lies visibly apart from the value, else return nothing.

    Visibly: by `APART` of the band's width or more, in the digits that are printed, and not while both are about nil.
    """
    if band is None or band["value"] is None or not has_ends(band) or band.get("median") is None:
        return ""
    value, middle = band["value"], band["median"]
    near = abs(middle - value) < APART * (band["hi"] - band["lo"])
    if near or max(abs(value), abs(middle)) < NO_EFFECT or fine(value) == fine(middle):
        return ""
    return fine(middle) + unit


def outside(band: Band | None) -> bool:
    """Return whether the value lies visibly outside its own band: in the digits that are printed.

    The value is the one at the most likely figures, and those, put together, need not lie where most draws do.
    """
    if band is None or band["value"] is None or not has_ends(band):
        return False
    value, low, high = band["value"], band["lo"], band["hi"]
    if max(abs(value), abs(low), abs(high)) < NO_EFFECT:
        return False
    return (value < low and fine(value) != fine(low)) or (value > high and fine(value) != fine(high))


def _end(value: float, digits: int) -> str:
    if value == 0:
        return number(value, digits)
    while round(value, digits) == 0 and digits < MOST_DIGITS:
        digits += 1
    return number(value, digits, sign=True) if round(value, digits) else f"{'−' if value < 0 else '+'}{0:.{digits}f}"


def join(items: Iterable[str], last: str = "and") -> str:
    """Join words as English does: ``a, b and c``."""
    words = list(items)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


_MEASURES = {
    "real_income_usd_bn": "real income, USD billion",
    "tariff_revenue_usd_bn": "duties received, USD billion",
    "welfare_first_order_pct": "terms plus volume of trade, first order",
    "imports_inside_usd_bn": "imports from inside, USD billion",
    "imports_outside_usd_bn": "imports from outside, USD billion",
    "terms_of_trade_pct": "first-order terms of trade at baseline weights, percent of income",
    "volume_of_trade_pct": "first-order volume of trade at baseline tariffs, percent of income",
}


def measure_words(measure: str) -> str:
    """Return the name of a measure as people say it: ``real_wage_pct`` is *real wage, percent*."""
    if measure in _MEASURES:
        return _MEASURES[measure]
    name, unit = measure.removesuffix("_pct").removesuffix("_usd_bn"), ""
    if measure.endswith("_pct"):
        unit = ", percent"
    elif measure.endswith("_usd_bn"):
        unit = ", USD billion"
    return name.replace("_", " ") + unit


OPTIONS = {
    "labour": "elasticity of labour supply",
    "scale": "scale economies",
    "pass_through": "pass-through of tariffs",
    "market_size": "effect of market size on prices",
    "local_cost": "local costs",
    "revenue": "duties pay for",
    "income_tax": "tax on labour income",
}
"""Options of the model, as the report names them."""


def options_in_words(options: Mapping[str, Any]) -> str:
    """Write the options that a study sets, tables in the order of the file."""
    uses = {"lump-sum": "households", "income-tax": "a lower tax on labour income"}
    told = []
    for name, value in options.items():
        if isinstance(value, Mapping):
            value = ", ".join(f"{code} {amount:g}" for code, amount in value.items())
        told.append(f"{OPTIONS[name]} {uses.get(value, value) if isinstance(value, str) else format(value, 'g')}")
    return "; ".join(told)
