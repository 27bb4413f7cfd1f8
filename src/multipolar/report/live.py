"""The live part of a report: the page's map and bars over the results, written into the file; nothing is fetched.

`make web` builds its script and the shapes of the map into ``built/``, and a wheel carries them. A source checkout
without them writes the plain report, which holds every sentence, table and figure.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from multipolar import atlas
from multipolar.errors import InputError
from multipolar.report.causes import CAUSES
from multipolar.report.reading import Summary, solved

if TYPE_CHECKING:
    from markupsafe import Markup

__all__ = ["Live", "can_be_live", "live_claims", "live_study"]

MEASURES = (
    "real_income_pct",
    "real_income_usd_bn",
    "real_wage_pct",
    "terms_of_trade_pct",
    "tariff_revenue_usd_bn",
    "exports_pct",
    "imports_pct",
)
"""What the page draws (`MEASURES` in ``web/src/scale.ts``)."""

DIGITS = 5
"""Significant digits embedded; the page shows three, ``summary.json`` holds all."""


@dataclass(frozen=True)
class Live:
    """What is written into a report.

    Attributes
    ----------
    script
        The program.
    policy
        Its hash as a content security policy names it: no other script runs.
    results
        JSON.
    shapes
        Topology of the map as JSON; None where no economy is a place on it.
    """

    script: Markup
    policy: Markup
    results: Markup
    shapes: Markup | None


@cache
def _built(name: str) -> str | None:
    file = resources.files("multipolar.report").joinpath("built", name)
    return file.read_text(encoding="utf-8") if file.is_file() else None


def can_be_live() -> bool:
    """Return whether the script was built."""
    return _built("report.js") is not None


def live_study(summary: Summary) -> Live | None:
    """Return the live part of a study's report; None where the script was not built.

    Parameters
    ----------
    summary
        As in ``summary.json``.

    Raises
    ------
    InputError
        If an earlier version wrote the summary, which did not say what countries an economy stands for.
    """
    if not can_be_live() or not solved(summary):
        return None
    countries = _countries(summary)
    results = {
        "kind": "study",
        **{key: summary[key] for key in ("title", "version", "world", "draws", "seed", "focus")},
        "economies": [{"code": e["code"], "name": e["name"]} for e in summary["economies"]],
        "countries": countries,
        "causes": [{"key": c.key, "name": c.name, "meaning": c.meaning} for c in CAUSES],
        "scenarios": [
            {
                **{key: scenario[key] for key in ("id", "title", "members", "causes")},
                "economies": {code: _numbers(bands) for code, bands in scenario["economies"].items()},
            }
            for scenario in solved(summary)
        ],
    }
    return _live(results, _built("countries-50m.json") if countries else None)


def live_claims(content: Mapping[str, Any]) -> Live | None:
    """Return the live part of an argument's page; None where the script was not built.

    Parameters
    ----------
    content
        As ``multipolar claims --json`` prints it.
    """
    if not can_be_live():
        return None
    shown = ("claims", "version", "world", "draws", "seed")
    return _live({"kind": "claims", **{key: content[key] for key in shown}}, None)


def _countries(summary: Summary) -> list[dict[str, Any]]:
    """Return the countries of the atlas that an economy of the study stands for, to join shapes to."""
    if older := [e["code"] for e in summary["economies"] if "countries" not in e]:
        raise InputError(
            f"the summary of study '{summary['study']}' does not say which countries economy '{older[0]}' stands for, "
            "so an earlier version wrote it; run the study again"
        )
    home = {iso3: e["code"] for e in summary["economies"] for iso3 in e["countries"]}
    return [
        {"iso3": c.iso3, "numeric": c.iso_numeric, "economy": home[c.iso3], "lat": c.latitude, "lon": c.longitude}
        for c in atlas.economies()
        if c.iso3 in home
    ]


def _numbers(bands: Mapping[str, Mapping[str, Any]]) -> dict[str, list[float | None]]:
    return {m: [_short(bands[m][end]) for end in ("value", "lo", "hi")] for m in MEASURES if m in bands}


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def _live(results: Mapping[str, Any], shapes: str | None) -> Live:
    from markupsafe import Markup

    script = _built("report.js")
    assert script is not None
    if any(end in script.lower() for end in ("</script", "<!--")):
        raise AssertionError("the built script would end the element that holds it")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return Live(
        script=Markup(script),
        policy=Markup(f" blob:; script-src 'sha256-{digest}'"),
        results=_embedded(json.dumps(results, ensure_ascii=False, allow_nan=False, separators=(",", ":"))),
        shapes=None if shapes is None else _embedded(shapes),
    )


def _embedded(text: str) -> Markup:
    """Return JSON that no text in it can lead out of its element: no ``<`` is left."""
    from markupsafe import Markup

    return Markup(text.replace("<", "\\u003c"))
