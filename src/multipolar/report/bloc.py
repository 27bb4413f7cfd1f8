"""Whether a bloc holds, as one page: the words, the table of payoffs, and maps of who stays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multipolar.errors import OutputError
from multipolar.report.words import number

__all__ = ["bloc_html", "map_cells", "write_page"]

ALL_STAY = "all stay"
HOLDS = "#009e73"
"""Colour of where everybody stays, the same on every map."""

COLOURS = ("#0072b2", "#e69f00", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#7a7a7a")
"""Of sets of leavers, told apart by the colour-blind (Okabe & Ito), the commonest first; all others share the last."""

SIDE = 300.0
"""Length of the side of a map (SVG units)."""


def map_cells(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the drawing of a map needs: cells with place, colour and words, the legend, the likeliest point.

    Parameters
    ----------
    made
        A map as ``bloc.json`` holds it.
    """
    stays, members = made["stays"], made["members"]
    words = [[_who(members, cell) for cell in row] for row in stays]
    flat = [word for row in words for word in row]
    ranked = sorted(dict.fromkeys(flat), key=lambda word: (-flat.count(word), word))
    leaving = [word for word in ranked if word != ALL_STAY]
    colour = {ALL_STAY: HOLDS} | {word: COLOURS[min(at, len(COLOURS) - 1)] for at, word in enumerate(leaving)}
    width, height = SIDE / len(stays[0]), SIDE / len(stays)
    cells = [
        {
            "x": round(width * across, 3),
            "y": round(SIDE - height * (up + 1), 3),
            "colour": colour[words[up][across]],
            "words": f"{made['x']['label']} {_value(made['x'], across)}, {made['y']['label']} "
            f"{_value(made['y'], up)}: {words[up][across]}",
        }
        for up in range(len(stays))
        for across in range(len(stays[0]))
    ]
    legend = [
        {"words": word, "colour": colour[word], "share": f"{100 * flat.count(word) / len(flat):.0f}%"}
        for word in ranked
    ]
    return {
        "cells": cells,
        "width": round(width, 3),
        "height": round(height, 3),
        "side": SIDE,
        "legend": legend,
        "x": _side(made["x"]),
        "y": _side(made["y"]),
        "point": _point(made),
    }


def _who(members: Sequence[str], stays: Sequence[bool]) -> str:
    gone = [code for code, stay in zip(members, stays, strict=True) if not stay]
    return ALL_STAY if not gone else f"{', '.join(gone)} would leave"


def _value(axis: Mapping[str, Any], at: int) -> str:
    return _shown(axis, axis["values"][at])


def _shown(axis: Mapping[str, Any], value: float) -> str:
    return f"{100 * value:.1f}%" if axis["unit"] == "fraction" else number(value)


def _side(axis: Mapping[str, Any]) -> dict[str, str]:
    unit = "" if axis["unit"] in ("fraction", "probability") else f", {axis['unit']}"
    return {"label": axis["label"] + unit, "low": _value(axis, 0), "high": _value(axis, -1)}


def _point(made: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return where the most likely values lie; None where one of them does not exist."""
    place = []
    for axis in (made["x"], made["y"]):
        low, high = axis["values"][0], axis["values"][-1]
        if axis["most_likely"] is None or not low <= axis["most_likely"] <= high:
            return None
        place.append(SIDE * (axis["most_likely"] - low) / (high - low))
    return {"x": round(place[0], 2), "y": round(SIDE - place[1], 2)}


def bloc_html(content: Mapping[str, Any], sentences: Sequence[str]) -> str:
    """Return the page of a bloc as one self-contained HTML document; every text is escaped, nothing is fetched."""
    from multipolar.report.page import environment

    members = content["by_member"]
    rows = [
        {"name": name, "cells": [_band(member["payoff_pct"][name]) for member in members.values()]}
        for name in (*content["components"], "total")
    ]
    held = [found for found in content["stability"].values() if "holds" in found]
    return (
        environment()
        .get_template("bloc.html.j2")
        .render(
            s=content,
            title=f"Will {', '.join(content['members'])} hold?",
            sentences=sentences,
            rows=rows,
            concepts=[
                {
                    "meaning": found["meaning"],
                    "holds": "–" if found["holds"] is None else "yes" if found["holds"] else "no",
                    "share": "–" if found["probability"] is None else f"{100 * found['probability']:.0f}%",
                }
                for found in held
            ],
            maps=[map_cells(made) for made in content["maps"]],
        )
    )


def _band(found: Mapping[str, Any]) -> tuple[str, str]:
    ends = "" if found.get("lo") is None else f"{number(found['lo'])} to {number(found['hi'])}"
    return number(found["value"]), ends


def write_page(content: Mapping[str, Any], sentences: Sequence[str], folder: Path) -> None:
    """Write ``report.html`` into a folder.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    try:
        (folder / "report.html").write_text(bloc_html(content, sentences), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write to '{folder}': {error.strerror or error}; choose another folder") from error
