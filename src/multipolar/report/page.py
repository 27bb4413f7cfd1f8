"""The report: one HTML file that reads on any screen, prints, and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from multipolar.report import reading
from multipolar.report.causes import causes_of
from multipolar.report.figures import FIGURES, draw, inline_svg, to_svg
from multipolar.report.live import Live
from multipolar.report.narrative import focus, passages
from multipolar.report.reading import Summary, names, titles
from multipolar.report.words import (
    APART,
    VERDICTS,
    band_text,
    fine,
    has_ends,
    measure_words,
    median_text,
    number,
    options_in_words,
    percent,
    settled,
    tone,
    usd,
    verdict,
)
from multipolar.world.accounting import IDENTITIES

__all__ = ["environment", "html_fragment", "report_html"]

TABLE_MEASURES = (
    ("real_income_usd_bn", "real income, USD bn"),
    ("real_wage_pct", "real wage, %"),
    ("tariff_revenue_usd_bn", "duties, USD bn"),
)
"""Further columns of a scenario's table, beside real income: measure and heading.

The first-order terms and volume of trade are not among them: they weigh with the baseline, and would stand beside the
exact parts of the same names in *What it comes from*, at times with the opposite sign.
"""

DIFFERENT = 0.05
"""Difference of real income or real wage (points) from which a row of a contrast is shown and not folded."""


def report_html(summary: Summary, drawn: Mapping[str, str] | None = None, live: Live | None = None) -> str:
    """Return the report of a study as one self-contained HTML document.

    Every text of the study file is escaped, and nothing is fetched. Without JavaScript, and without its live part, it
    holds the same sentences, tables and figures.

    Parameters
    ----------
    summary
        As in ``summary.json``.
    drawn
        SVG of the figures for a wide screen that have been drawn already, by id; the others are drawn here.
    live
        Map and bars to explore; left out if None.
    """
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            s=summary,
            live=live,
            passages=passages(summary),
            overview=_overview(summary),
            figures=_figures(summary, drawn or {}),
            scenarios=[_scenario(summary, scenario) for scenario in summary["scenarios"]],
            causes=causes_of(summary),
            contrasts=_contrast_tables(summary),
            names=names(summary),
            sectors={s["code"]: s["name"] for s in summary["sectors"]},
            titles=titles(summary["scenarios"]),
            contrast_titles=titles(summary["contrasts"]),
            drawn=reading.drawn(summary),
            apart=APART,
            heads=[head for _, head in TABLE_MEASURES],
            identities=IDENTITIES,
            parts_gap=_parts_gap(summary),
            options=options_in_words,
        )
    )


def html_fragment(summary: Summary) -> str:
    """Return the overview table of a study for a notebook."""
    return environment().get_template("fragment.html.j2").render(s=summary, overview=_overview(summary))


def environment() -> Any:
    """Return the templates of this package: every text escaped, a name that is missing an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("multipolar.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"pct": percent, "num": number, "fine": fine, "usd": usd, "band": band_text}
    environment.filters |= {"measure": measure_words, "median": median_text}
    return environment


def _overview(summary: Summary) -> dict[str, Any]:
    """Scenarios by members: real income, its band and what it means."""
    known = names(summary)
    codes = list(summary["focus"])[:8]
    rows = []
    for place, scenario in enumerate(summary["scenarios"], start=1):
        cells = []
        for code in codes:
            band = scenario["economies"].get(code, {}).get("real_income_pct")
            word = verdict(band)
            sure = "settled" if settled(band) else "open" if has_ends(band) else "bare"
            cells.append({"name": known[code], "band": band, "look": f"{sure} {tone(band)}", "text": VERDICTS[word]})
        rows.append({"place": place, "title": scenario["title"], "cells": cells})
    return {
        "columns": [{"code": code, "name": known[code]} for code in codes],
        "rows": rows,
        "left_out": len(summary["focus"]) - len(codes),
    }


def _figures(summary: Summary, ready: Mapping[str, str]) -> list[dict[str, str]]:
    """Each figure twice, for a wide screen and for a telephone; the style sheet shows one."""
    from markupsafe import Markup

    drawn = []
    for kind in FIGURES:
        figure = draw(kind, summary, narrow=True)
        if figure is None:
            continue
        narrow = to_svg(figure)
        if (wide := ready.get(kind.id)) is None:
            figure = draw(kind, summary)
            assert figure is not None
            wide = to_svg(figure)
        drawn.append(
            {
                "id": kind.id,
                "title": kind.title,
                "caption": kind.caption_for(summary),
                "wide": Markup(inline_svg(wide, f"{kind.id}-w", kind.title)),
                "narrow": Markup(inline_svg(narrow, f"{kind.id}-n", kind.title)),
            }
        )
    return drawn


def _scenario(summary: Summary, scenario: Mapping[str, Any]) -> dict[str, Any]:
    inside = [code for code in focus(summary, scenario) if code in scenario["economies"]]
    others = [code for code in scenario["economies"] if code not in inside]
    others.sort(key=lambda code: -abs(scenario["economies"][code]["real_income_pct"]["value"] or 0.0))
    reach = _reach(scenario, inside)
    return {
        **scenario,
        "reach": reach,
        "first": [_row(summary, scenario, code, reach) for code in inside],
        "rest": [_row(summary, scenario, code, reach) for code in others],
    }


def _reach(scenario: Mapping[str, Any], codes: Sequence[str]) -> float:
    """Half-width of the axis of a scenario's rows (percent): a round number that holds every band shown."""
    ends = [
        abs(end)
        for code in codes
        for end in scenario["economies"][code]["real_income_pct"].values()
        if isinstance(end, float)
    ]
    largest = max(ends, default=0.0)
    steps = (m * 10.0**e for e in range(-3, 4) for m in (1, 2, 5))
    return next((step for step in steps if step >= largest), largest or 1.0)


def _row(summary: Summary, scenario: Mapping[str, Any], code: str, reach: float) -> dict[str, Any]:
    measures = scenario["economies"][code]
    band = measures["real_income_pct"]
    return {
        "code": code,
        "name": names(summary)[code],
        "band": band,
        "text": VERDICTS[verdict(band)],
        "tone": tone(band),
        "settled": settled(band) or not reading.drawn(summary),
        "at": _place(band["value"], reach),
        "from": _place(band["lo"], reach),
        "to": _place(band["hi"], reach),
        "middle": _place(band["median"], reach) if median_text(band) else None,
        "further": [measures[name] for name, _ in TABLE_MEASURES],
    }


def _place(value: float | None, reach: float) -> float | None:
    """Place on the axis in percent of its width, kept inside it."""
    return None if value is None else round(min(max(50.0 + 50.0 * value / reach, 0.0), 100.0), 2)


def _parts_gap(summary: Summary) -> float:
    """Largest gap between the change of real income and the sum of its sources (percentage points)."""
    gaps = [
        abs(
            scenario["economies"][code]["real_income_pct"]["value"]
            - sum(v for k, v in parts.items() if k != "total_pct")
        )
        for scenario in summary["scenarios"]
        for code, parts in scenario["decomposition"].items()
    ]
    return max(gaps, default=0.0)


def _contrast_tables(summary: Summary) -> list[dict[str, Any]]:
    """One table per contrast: rows that differ from the study, and those that hardly do, to be folded away."""
    main = {s["id"]: s for s in summary["scenarios"]}
    tables = []
    for contrast in summary["contrasts"]:
        rows = [
            _contrast_row(summary, main[scenario["id"]], scenario, code)
            for scenario in contrast["scenarios"]
            if scenario["id"] in main  # one that only the contrast runs has nothing to stand beside
            for code in summary["focus"]
        ]
        tables.append(
            {
                "title": contrast["title"],
                "kind": contrast["kind"],
                "different": [row for row in rows if row["differs"]],
                "alike": [row for row in rows if not row["differs"]],
            }
        )
    return tables


def _contrast_row(summary: Summary, main: Mapping[str, Any], other: Mapping[str, Any], code: str) -> dict[str, Any]:
    pairs = [
        (main["economies"].get(code, {}).get(measure), other["economies"].get(code, {}).get(measure))
        for measure in ("real_income_pct", "real_wage_pct")
    ]
    return {
        "title": main["title"],
        "name": names(summary)[code],
        "income": pairs[0],
        "wage": pairs[1],
        "turned": _turned(*pairs[0]),
        "differs": other["reason"] is not None or any(_differs(*pair) for pair in pairs),
        "reason": other["reason"],
    }


def _differs(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    if one is None or other is None or one["value"] is None or other["value"] is None:
        return one is not other
    return abs(one["value"] - other["value"]) >= DIFFERENT


def _turned(one: Mapping[str, Any] | None, other: Mapping[str, Any] | None) -> bool:
    """Whether both say something and not the same."""
    return {verdict(band).removeprefix("unsettled_") for band in (one, other)} == {"gain", "loss"}
