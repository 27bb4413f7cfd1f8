"""The report: one HTML file that reads on any screen, prints, and asks the network for nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from multipolar.report.figures import FIGURES, draw, inline_svg, neighbours, to_svg
from multipolar.report.narrative import focus, passages
from multipolar.report.words import VERDICTS, band_text, number, percent, usd, verdict

__all__ = ["html_fragment", "report_html"]

Summary = Mapping[str, Any]

TABLE_MEASURES = (
    ("real_income_usd_bn", "USD bn"),
    ("real_wage_pct", "real wage"),
    ("terms_of_trade_pct", "terms of trade"),
    ("tariff_revenue_usd_bn", "duties, USD bn"),
)
"""Further columns of a scenario's table, beside real income."""


def report_html(summary: Summary, drawn: Mapping[str, str] | None = None) -> str:
    """Return the report of a study as one self-contained HTML document.

    Every text of the study file is escaped, and nothing is fetched.

    Parameters
    ----------
    summary
        As in ``summary.json``.
    drawn
        SVG of the figures for a wide screen that have been drawn already, by id; the others are drawn here.
    """
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            s=summary,
            passages=passages(summary),
            overview=_overview(summary),
            figures=_figures(summary, drawn or {}),
            scenarios=[_scenario(summary, scenario) for scenario in summary["scenarios"]],
            one_sector=_contrast_rows(summary),
            names={e["code"]: e["name"] for e in summary["economies"]},
            titles={s["id"]: s["title"] for s in summary["scenarios"]},
        )
    )


def html_fragment(summary: Summary) -> str:
    """Return the overview table of a study for a notebook."""
    return _environment().get_template("fragment.html.j2").render(s=summary, overview=_overview(summary))


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("multipolar.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"pct": percent, "num": number, "usd": usd, "band": band_text}
    return environment


def _names(summary: Summary) -> dict[str, str]:
    return {e["code"]: e["name"] for e in summary["economies"]}


def _overview(summary: Summary) -> dict[str, Any]:
    """Scenarios by members: real income, its band and what it means."""
    names = _names(summary)
    codes = list(summary["focus"])[:8]
    rows = []
    for place, scenario in enumerate(summary["scenarios"], start=1):
        cells = []
        for code in codes:
            band = scenario["economies"].get(code, {}).get("real_income_pct")
            cells.append({"band": band, "word": verdict(band), "text": VERDICTS[verdict(band)]})
        rows.append({"place": place, "title": scenario["title"], "cells": cells})
    return {
        "columns": [{"code": code, "name": names[code]} for code in codes],
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
                "caption": kind.caption,
                "wide": Markup(inline_svg(wide, f"{kind.id}-w", kind.title)),
                "narrow": Markup(inline_svg(narrow, f"{kind.id}-n", kind.title)),
            }
        )
    return drawn


def _scenario(summary: Summary, scenario: Mapping[str, Any]) -> dict[str, Any]:
    inside = [code for code in focus(summary, scenario) if code in scenario["economies"]]
    near = [code for code in neighbours(summary) if code in scenario["economies"] and code not in inside]
    rest = [code for code in scenario["economies"] if code not in inside and code not in near]
    reach = _reach(scenario, inside + near)
    return {
        **scenario,
        "reach": reach,
        "groups": [
            {"name": name, "rows": [_row(summary, scenario, code, reach) for code in codes]}
            for name, codes in (("in focus", inside), ("others that move most", near))
            if codes
        ],
        "rest": [_row(summary, scenario, code, reach) for code in rest],
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
    word = verdict(band)
    return {
        "code": code,
        "name": _names(summary)[code],
        "band": band,
        "word": word,
        "text": VERDICTS[word],
        "tone": "gain" if "gain" in word else "loss" if "loss" in word else "still",
        "settled": word in ("gain", "loss", "no_effect"),
        "at": _place(band["value"], reach),
        "from": _place(band["lo"], reach),
        "to": _place(band["hi"], reach),
        "further": [measures[name] for name, _ in TABLE_MEASURES],
        "heads": [head for _, head in TABLE_MEASURES],
    }


def _place(value: float | None, reach: float) -> float | None:
    """Place on the axis in percent of its width, kept inside it."""
    return None if value is None else round(min(max(50.0 + 50.0 * value / reach, 0.0), 100.0), 2)


def _contrast_rows(summary: Summary) -> list[dict[str, Any]]:
    main = {s["id"]: s for s in summary["scenarios"]}
    tables = []
    for contrast in summary["contrasts"]:
        rows = [
            {
                "title": main[scenario["id"]]["title"],
                "name": _names(summary)[code],
                "main": main[scenario["id"]]["economies"].get(code, {}).get("real_income_pct"),
                "other": scenario["economies"].get(code, {}).get("real_income_pct"),
                "main_wage": main[scenario["id"]]["economies"].get(code, {}).get("real_wage_pct"),
                "other_wage": scenario["economies"].get(code, {}).get("real_wage_pct"),
                "reason": scenario["reason"],
            }
            for scenario in contrast["scenarios"]
            for code in summary["focus"]
        ]
        tables.append({"title": contrast["title"], "kind": contrast["kind"], "rows": rows})
    return tables
