"""From the file of claims to their verdicts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.claims import commitment, hold, orbits, security, status, trade
from multipolar.claims.context import WORLD, Context, Progress
from multipolar.claims.data import FILES, Data
from multipolar.claims.measured import Group
from multipolar.claims.model import Claim, Finding, Numbers, load_claims
from multipolar.claims.scorecard import scorecard
from multipolar.claims.verdict import Judgement, judge
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import InputError

__all__ = ["FUNCTIONS", "MEASURED", "examine_argument"]

MEASURED: tuple[Group, ...] = (
    orbits.ZONES,
    orbits.PULL,
    orbits.GROUPS,
    orbits.LEAVING,
    status.OIL,
    orbits.EAST,
    security.CONFLICT_RECORD,
    security.FORCE,
    security.ARMIES,
    status.VOTES,
    orbits.RIVALRY,
    status.REGIMES,
)
"""Figures from files that do not ship; a rounded table of them does."""

FUNCTIONS: Mapping[int, Callable[[Context], Finding]] = {
    1: trade.halt_was_political,
    2: orbits.centres_with_zones,
    3: orbits.hubs_pull,
    4: orbits.other_groups,
    5: hold.centre_of_integration,
    6: status.equal_status,
    7: status.meat_and_murders,
    8: status.oil_and_equality,
    9: orbits.eastward,
    10: security.conflicts_spill_over,
    11: security.leading_strengthens,
    12: security.wanted_in_central_asia,
    13: security.guarantor_not_counterweight,
    14: security.exposed_from_the_south,
    15: hold.inconsistency_or_fear,
    16: commitment.other_options,
    17: hold.weak_link_belarus,
    18: hold.european_option,
    19: hold.renege_or_demand,
    20: hold.linkage,
    21: security.unlike_tasks,
    22: security.umbrella_not_system,
    23: security.strongest_army,
    24: status.changed_sides,
    25: orbits.agree_and_compete,
    26: hold.standing_after_transfers,
    27: hold.not_anti_western,
    28: status.regime_and_alignment,
}
"""Number of a claim -> what computes it."""


def examine_argument(
    *,
    data: str | Path | None = None,
    draws: int = 200,
    seed: int = 2009,
    only: Sequence[int] = (),
    cache: ChunkStore | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Compute the claims of June 2009 and derive their verdicts.

    Parameters
    ----------
    data
        Folder with files that do not ship; what a claim takes from files that it lacks is taken from the table that
        ships, and the claim's ``as_shipped`` says so.
    draws, seed
        Number of draws, and what decides them.
    only
        Numbers of claims; all by default. The scorecard comes with all claims only.
    cache
        Where solved states are kept; the user's cache folder by default.
    progress
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    dict
        The document of ``docs/json-contracts.md``.

    Raises
    ------
    InputError
        For a claim that does not exist, or a folder that is none or holds none of the files.
    NotSolvedError
        If the most likely figures have no equilibrium.
    """
    if not 0 <= draws <= 100_000 or seed < 0:
        raise InputError("draws lie between 0 and 100000, and a seed is at least 0")
    argument = load_claims()
    chosen = argument.only(tuple(only))
    context = Context(draws, seed, Data(None if data is None else Path(data)), cache, progress)
    if data is not None and not context.data.present():
        raise InputError(
            f"'{data}' holds none of the files that the claims read, such as {next(iter(FILES.values()))[0]}; "
            "docs/claims.md lists them"
        )
    rows = []
    for claim in chosen:
        if progress is not None:
            progress("claims", len(rows), len(chosen))
        found = FUNCTIONS[claim.id](context)
        row = record(claim, found, judge(claim, found))
        rows.append(row | _figures_of(claim, context))
    scores = [] if only else scorecard(context, argument.predictions)
    if progress is not None:
        progress("claims", len(chosen), len(chosen))
    from multipolar import __version__

    return {
        "schema": 1,
        "study": argument.id,
        "title": argument.title,
        "about": argument.about,
        "version": __version__,
        "world": WORLD,
        "cut_off": argument.cut_off,
        "draws": draws,
        "seed": seed,
        "files": context.data.present(),
        "claims": rows,
        "scorecard": scores,
    }


def _figures_of(claim: Claim, context: Context) -> dict[str, Any]:
    """Say which readings were measured from files, and what the claim comes to on the figures that ship."""
    needs = {reading.id: reading.needs for reading in claim.readings if reading.needs}
    measured = [name for name, roles in needs.items() if context.data.lack(roles) is None]
    shipped = None
    if measured:
        alone = Context(context.draws, context.seed, Data(), context.cache)
        shipped = judge(claim, FUNCTIONS[claim.id](alone)).verdict
    return {
        "measured_from_files": measured,
        "as_shipped": [name for name in needs if name not in measured],
        "shipped_verdict": shipped,
    }


def record(claim: Claim, found: Finding, judged: Judgement) -> dict[str, Any]:
    """Return a claim as the document has it."""
    readings = [_reading(claim, place, found, judged) for place in range(len(claim.readings))]
    statistic = next((item["statistic"] for item in readings if item["statistic"]), None)
    probability = judged.probability
    return {
        "id": claim.id,
        "theme": claim.theme,
        "claim": claim.claim,
        "proposition": claim.proposition,
        "verdict": judged.verdict,
        "statistic": statistic,
        "rule": claim.rule,
        "shares": {"supported": claim.supported, "refuted": claim.refuted},
        "probability": min(probability.values()) if probability else None,
        "readings": readings,
        "depends_on": None if judged.depends_on is None else dict(judged.depends_on),
        "near": [dict(item) for item in judged.near],
        "flips_at": [dict(item) for item in judged.flips_at],
        "data": list(claim.data),
        "left_out": claim.left_out or None,
        "reason": judged.reason or None,
        "notes": list(found.notes),
    }


def _headline(parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The part that holds in fewest draws, the first of those: it decides."""
    weakest = min(parts, key=lambda part: part["probability"])
    return {key: weakest[key] for key in ("name", "value", "lo", "hi", "unit", "threshold", "above")}


def _reading(claim: Claim, place: int, found: Finding, judged: Judgement) -> dict[str, Any]:
    reading = claim.readings[place]
    parts = found.readings[reading.id]
    if isinstance(parts, str):
        return {
            "id": reading.id,
            "title": reading.title,
            "verdict": None,
            "probability": None,
            "statistic": None,
            "parts": [],
            "reason": parts,
        }
    shown = []
    for part in reading.parts:
        numbers = parts[part.id]
        values = numbers.draws if len(numbers.draws) else np.array([numbers.value])
        known = part.margin(values)[~np.isnan(values)]
        shown.append(
            {
                "id": part.id,
                "name": part.name,
                **_band(numbers),
                "unit": part.unit,
                "threshold": part.threshold,
                "above": part.above,
                "probability": float((known > 0).mean()) if len(known) else 0.0,
            }
        )
    share = judged.probability.get(reading.id)
    return {
        "id": reading.id,
        "title": reading.title,
        "verdict": judged.words.get(reading.id),
        "probability": share,
        "statistic": _headline(shown),
        "parts": shown,
        "reason": None,
    }


def _band(numbers: Numbers) -> dict[str, float | None]:
    known = numbers.draws[np.isfinite(numbers.draws)]
    low, high = (None, None) if len(known) < 2 else map(float, np.percentile(known, [5.0, 95.0]))
    return {"value": float(numbers.value) if np.isfinite(numbers.value) else None, "lo": low, "hi": high}
