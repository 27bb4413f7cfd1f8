"""The summary of a study: one JSON-able dictionary, documented in docs/json-contracts.md."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from multipolar.atlas import groups
from multipolar.equilibrium import decomposition
from multipolar.errors import WorldError
from multipolar.report.words import verdict
from multipolar.scenario import Study, shipped_studies
from multipolar.scenario.policy import Policy
from multipolar.study.contrast import Solved
from multipolar.study.draws import percentile_band
from multipolar.study.measure import MEASURES, TRADE_MEASURES, measure
from multipolar.study.plan import Plan
from multipolar.world import World, check

__all__ = ["Bands", "summarise", "world_check"]

SCHEMA = 1
LISTED_FAILURES = 20
"""Failed draws that are listed one by one; all are counted."""

_NO_MEANING = {
    "exports_pct": "no exports in the baseline",
    "imports_pct": "no imports in the baseline",
}


class Bands:
    """Central values with the ends of their bands.

    Parameters
    ----------
    central
        Values at the most likely figures, NaN where there are none [scenario economy measure].
    draws
        One more axis in front; empty if nothing was drawn [draw scenario economy measure].
    """

    def __init__(self, central: np.ndarray, draws: np.ndarray) -> None:
        self.central = central
        self.draws = draws
        self.low, self.high = percentile_band(draws)

    def cell(self, scenario: int, economy: int, column: int) -> dict[str, Any]:
        """Return one band of the summary."""
        at = (scenario, economy, column)
        value, low, high = (_number(array[at]) for array in (self.central, self.low, self.high))
        band: dict[str, Any] = {"value": value, "lo": low, "hi": high}
        if value is None:
            return {"value": None, "lo": None, "hi": None, "reason": _reason(column)}
        if low is None:
            band["reason"] = "nothing drawn" if len(self.draws) < 2 else "fewer than two draws could be computed"
        return band


def _reason(column: int) -> str:
    return _NO_MEANING.get(list(MEASURES)[column], "not defined for this economy")


def _number(value: Any) -> float | None:
    return float(value) if np.isfinite(value) else None


def summarise(
    plan: Plan,
    world: World,
    solved: Sequence[Solved],
    bands: Bands,
    failures: Sequence[Mapping[str, Any]],
    contrasts: Sequence[tuple[Any, Sequence[Solved]]],
    optimal: Sequence[Mapping[str, Any]],
    version: str,
) -> dict[str, Any]:
    """Return the summary of a study.

    Parameters
    ----------
    plan, world
        The plan, and the world that its scenarios started from at the most likely values.
    solved, bands
        Outcome of each scenario, in order, and its numbers.
    failures
        Failed draws.
    contrasts, optimal
        Repetitions under other assumptions; optimal tariffs.
    version
        Version of this package.
    """
    study = plan.study
    members = _members(study, world, solved)
    focus = _focus(study, world, members)
    scenarios = [_scenario(i, item, world, bands, failures, focus) for i, item in enumerate(solved)]
    repeated = [_contrast(contrast, items, world) for contrast, items in contrasts]
    return {
        "schema": SCHEMA,
        "study": study.id,
        "title": study.title,
        "question": study.question,
        "description": study.description,
        "command": _command(plan),
        "version": version,
        "world": plan.world.name,
        "year": world.year,
        "economies": [{"code": c, "name": n} for c, n in zip(world.economies, world.economy_names, strict=True)],
        "sectors": [{"code": c, "name": n} for c, n in zip(world.sectors, world.sector_names, strict=True)],
        "members": members,
        "focus": focus,
        "seed": plan.seed,
        "draws": plan.draws,
        "figures_drawn": plan.draws > 0 and plan.shipped is not None,
        "failed_draws": _failed(failures),
        "deficits": study.deficits,
        "elasticities": _elasticities(study, world),
        "measures": [{"id": name, "meaning": meaning} for name, meaning in MEASURES.items()],
        "scenarios": scenarios,
        "differences": _differences(solved, bands, world, focus),
        "contrasts": repeated,
        "optimal_tariffs": [dict(row) for row in optimal],
        "published": [_published(figure, study, scenarios, repeated) for figure in study.published],
        "world_check": world_check(plan.world),
        "sources": _sources(plan),
    }


def _command(plan: Plan) -> str:
    """Return the command that repeats the run; a file of the user's appears by its bare name, never by its place."""
    study = plan.study.id if plan.study.id in shipped_studies() else f"{plan.study.id}.yaml"
    other = f" --world {plan.world.name}" if plan.world.name != plan.study.world else ""
    return f"multipolar run {study}{other} --draws {plan.draws} --seed {plan.seed}"


def world_check(world: World) -> dict[str, Any]:
    """Return the `world check` record of a world; raises `WorldError` if an identity is broken."""
    found = check(world)
    return {
        "world": world.name,
        "economies": len(world.economies),
        "sectors": len(world.sectors),
        "max_residual": found.max_residual,
        "residuals": dict(found.residuals),
        "cells": world.cells(),
        "largest_move_pct": world.provenance.get("largest_move_pct"),
    }


def _members(study: Study, world: World, solved: Sequence[Solved]) -> list[str]:
    """Economies that some scenario ties together or makes change, those of the study's focus first."""
    found = {code for item in solved if item.policy is not None for code in _concerned(world, item.policy)}
    order = [*(study.focus or ()), *world.economies]
    return [code for code in dict.fromkeys(order) if code in found]


def _focus(study: Study, world: World, members: Sequence[str]) -> list[str]:
    """Economies shown first: the study's own choice, else its members.

    A group of the atlas that this world holds one by one is represented by its largest member.
    """
    chosen = []
    for code in study.focus or ():
        inside = [i for i, c in enumerate(world.economies) if c in groups().get(code, ())]
        if code not in world.economies and inside:
            code = world.economies[max(inside, key=lambda i: float(world.gdp[i]))]
        world.economy_index(code)
        chosen.append(code)
    return list(dict.fromkeys(chosen)) or list(members)


def _concerned(world: World, policy: Policy) -> list[str]:
    tied = policy.insiders
    if not tied.any():
        tariff, cost = policy.tariff != world.tariff, policy.cost_hat != 1.0
        tied = tariff.any(axis=(0, 2)) | cost.any(axis=(0, 2)) | cost.any(axis=(1, 2))
        tied |= (policy.productivity_hat != 1.0).any(axis=1) | (policy.transfer != 0.0)
    return [code for code, yes in zip(world.economies, tied, strict=True) if yes]


def _scenario(
    place: int,
    item: Solved,
    world: World,
    bands: Bands,
    failures: Sequence[Mapping[str, Any]],
    focus: Sequence[str],
) -> dict[str, Any]:
    policy, eq = item.policy, item.equilibrium
    own = [f for f in failures if f["scenario"] in (None, item.scenario.id)]
    tied = [] if policy is None else [c for c, t in zip(world.economies, policy.insiders, strict=True) if t]
    record = {
        "id": item.scenario.id,
        "title": item.scenario.title,
        "description": item.scenario.description,
        "status": "solved" if eq is not None else "not_solved",
        "reason": item.reason,
        "residual": None if eq is None else eq.residual,
        "method": None if eq is None else eq.method,
        "members": tied,
        "notes": [] if policy is None else list(policy.notes),
        "failed_draws": len({f["draw"] for f in own}),
    }
    if eq is None:
        return {**record, "words": {}, "economies": {}, "decomposition": {}}
    economies = {code: _economy(place, i, code in tied, bands) for i, code in enumerate(world.economies)}
    parts = decomposition(eq).to_dict(orient="index")
    shown = dict.fromkeys([*focus, *tied])
    return {
        **record,
        "words": {code: verdict(row["real_income_pct"]) for code, row in economies.items()},
        "economies": economies,
        "decomposition": {code: {f"{name}_pct": float(value) for name, value in parts[code].items()} for code in shown},
    }


def _economy(scenario: int, economy: int, tied: bool, bands: Bands) -> dict[str, Any]:
    return {
        name: bands.cell(scenario, economy, column)
        for column, name in enumerate(MEASURES)
        if tied or name not in TRADE_MEASURES
    }


def _failed(failures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "count": len({f["draw"] for f in failures}),
        "listed": [dict(f) for f in failures[:LISTED_FAILURES]],
    }


def _elasticities(study: Study, world: World) -> dict[str, Any]:
    """Elasticity used for each sector, with the range it is drawn from where the study states one."""
    found: dict[str, Any] = {}
    for sector, value in zip(world.sectors, world.trade_elasticity, strict=True):
        quantity = study.elasticities.get(sector)
        low, high = getattr(quantity, "lo", None), getattr(quantity, "hi", None)
        found[sector] = {"value": float(value), "lo": low, "hi": high}
        if low is None:
            found[sector]["reason"] = "no range in the study"
    return found


def _differences(solved: Sequence[Solved], bands: Bands, world: World, members: Sequence[str]) -> list[dict[str, Any]]:
    """Real income of one scenario less another, draw by draw: draws are common, so the band is of the difference."""
    column = list(MEASURES).index("real_income_pct")
    rows = []
    for (i, one), (j, other) in combinations(enumerate(solved), 2):
        if one.equilibrium is None or other.equilibrium is None:
            continue
        economies = {}
        for code in members:
            e = world.economy_index(code)
            gaps = bands.draws[:, j, e, column] - bands.draws[:, i, e, column]
            low, high = percentile_band(gaps[:, None])
            value = bands.central[j, e, column] - bands.central[i, e, column]
            known = gaps[np.isfinite(gaps)]
            band: dict[str, Any] = {"value": float(value), "lo": _number(low[0]), "hi": _number(high[0])}
            if band["lo"] is None:
                band["reason"] = "fewer than two draws in which both were computed"
            economies[code] = {
                "real_income_pct": band,
                "share_above": float((known > 0).mean()) if len(known) >= 2 else None,
            }
        rows.append({"scenario": other.scenario.id, "against": one.scenario.id, "economies": economies})
    return rows


def _contrast(contrast: Any, items: Sequence[Solved], world: World) -> dict[str, Any]:
    rows = []
    for item in items:
        values = None if item.equilibrium is None else measure(item.equilibrium)[None]
        empty = np.empty((0, 1, len(world.economies), len(MEASURES)))
        economies = {}
        if values is not None and item.policy is not None:
            bands = Bands(values, empty)
            for e, code in enumerate(world.economies):
                economies[code] = _economy(0, e, bool(item.policy.insiders[e]), bands)
        rows.append(
            {
                "id": item.scenario.id,
                "status": "solved" if values is not None else "not_solved",
                "reason": item.reason,
                "residual": None if item.equilibrium is None else item.equilibrium.residual,
                "economies": economies,
            }
        )
    return {"id": contrast.id, "kind": contrast.kind, "title": contrast.title, "scenarios": rows}


def _published(
    figure: Any, study: Study, scenarios: Sequence[Mapping[str, Any]], contrasts: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """Hold a published figure against the number computed for it."""
    source = next(s for s in study.sources if s.id == figure.source)
    rows = scenarios
    if figure.contrast is not None:
        rows = next(c["scenarios"] for c in contrasts if c["id"] == figure.contrast)
    row = next((r for r in rows if r["id"] == figure.scenario), None)
    computed = None if row is None else row["economies"].get(figure.economy, {}).get(figure.measure)
    if computed is None:
        reason = "the scenario was not solved" if row is not None and row["reason"] else "not part of the run"
        computed = {"value": None, "lo": None, "hi": None, "reason": reason}
    known = computed["value"] is not None and figure.value is not None
    inside = None
    if known and computed["lo"] is not None:
        inside = computed["lo"] <= figure.value <= computed["hi"]
    return {
        "id": figure.id,
        "scenario": figure.scenario,
        "contrast": figure.contrast,
        "economy": figure.economy,
        "measure": figure.measure,
        "published": figure.value,
        "computed": computed,
        "difference": computed["value"] - figure.value if known else None,
        "inside_band": inside,
        "label": _short_citation(source.citation),
        "source": figure.source,
        "place": figure.place,
        "url": figure.url or source.url,
        "note": figure.note,
    }


def _short_citation(citation: str) -> str:
    """Return author and year of a citation, for running text."""
    author = re.split(r"[,(:;]|(?<=\w{3})\. ", citation, maxsplit=1)[0].strip()
    year = re.search(r"\b(?:19|20)\d\d\b", citation)
    return f"{author} ({year.group()})" if year else author


def _sources(plan: Plan) -> list[dict[str, Any]]:
    """Sources of the study, of its scenarios and of the world, each once."""
    found: dict[str, dict[str, Any]] = {}
    listed = [*plan.study.sources, *(s.reference for s in plan.scenarios if s.reference is not None)]
    for source in listed:
        found.setdefault(
            source.citation, {"id": source.id, "citation": source.citation, "url": source.url, "note": source.note}
        )
    for key, source in plan.world.provenance.get("sources", {}).items():
        if not source.get("citation"):
            raise WorldError(f"world '{plan.world.name}': source '{key}' in its provenance has no citation; add one")
        found.setdefault(
            source["citation"],
            {"id": key, "citation": source["citation"], "url": source.get("url") or None, "note": None},
        )
    return list(found.values())
