"""The summary of a study: one JSON-able dictionary, documented in docs/json-contracts.md."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

import numpy as np

from multipolar.equilibrium import decomposition_arrays, welfare_decomposition_arrays
from multipolar.errors import WorldError
from multipolar.report.words import verdict
from multipolar.scenario import Study, shipped_studies
from multipolar.scenario.fitting import focus_codes
from multipolar.scenario.policy import Policy
from multipolar.study.contrast import Repeated, Solved
from multipolar.study.draws import median, percentile_band
from multipolar.study.measure import MEASURES, TRADE_MEASURES, bloc_measures, measure
from multipolar.study.plan import Plan
from multipolar.world import World, check

__all__ = ["Bands", "summarise", "world_check"]

SCHEMA = 2
LISTED_FAILURES = 20
"""Failed draws that are listed one by one; all are counted."""

_NO_MEANING = {
    "exports_pct": "no exports in the baseline",
    "imports_pct": "no imports in the baseline",
    "tariff_revenue_pct": "no duties in the baseline",
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
        low, high = percentile_band(draws)
        # Plain numbers: a study has tens of thousands of cells, and looking them up in arrays one by one is slow.
        self._cells = np.stack([central, low, median(draws), high], axis=-1).tolist()

    def cell(self, scenario: int, economy: int, column: int) -> dict[str, Any]:
        """Return one band of the summary."""
        value, low, middle, high = (_number(number) for number in self._cells[scenario][economy][column])
        if value is None:
            return {"value": None, "lo": None, "hi": None, "reason": _reason(column)}
        return _ends(value, low, middle, high, len(self.draws))


def _ends(value: float, low: float | None, middle: float | None, high: float | None, draws: int) -> dict[str, Any]:
    """Return a band around a known value."""
    if low is None:
        reason = "nothing drawn" if draws < 2 else "fewer than two draws could be computed"
        return {"value": value, "lo": None, "hi": None, "reason": reason}
    return {"value": value, "lo": low, "hi": high, "median": middle}


def _reason(column: int) -> str:
    return _NO_MEANING.get(list(MEASURES)[column], "not defined for this economy")


def _number(value: Any) -> float | None:
    return float(value) if math.isfinite(value) else None


def summarise(
    plan: Plan,
    world: World,
    solved: Sequence[Solved],
    bands: Bands,
    failures: Sequence[Mapping[str, Any]],
    contrasts: Sequence[Repeated],
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
        Repetitions under other assumptions; optimal tariffs in the main run.
    version
        Version of this package.
    """
    study = plan.study
    members = _members(study, world, solved)
    focus = _focus(study, world, members)
    scenarios = [_scenario(i, item, world, bands, failures, focus) for i, item in enumerate(solved)]
    repeated = [_contrast(item, solved, bands, world, focus) for item in contrasts]
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
        "economies": [
            {"code": code, "name": name, "countries": list(countries)}
            for code, name, countries in zip(world.economies, world.economy_names, world.members, strict=True)
        ],
        "sectors": [{"code": c, "name": n} for c, n in zip(world.sectors, world.sector_names, strict=True)],
        "members": members,
        "focus": focus,
        "seed": plan.seed,
        "draws": plan.draws,
        "figures_drawn": plan.draws > 0 and plan.shipped is not None,
        "failed_draws": _failed(failures),
        "deficits": study.deficits,
        "model": study.model.given() if study.model else None,
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
    moves = [abs(m["move_pct"]) for m in world.provenance.get("balancing", ()) if m["status"] == "observed"]
    return {
        "world": world.name,
        "economies": len(world.economies),
        "sectors": len(world.sectors),
        "max_residual": found.max_residual,
        "residuals": dict(found.residuals),
        "cells": world.cells(),
        "largest_move_pct": world.provenance.get("largest_move_pct"),
        "median_move_pct": float(np.median(moves)) if moves else None,
    }


def _members(study: Study, world: World, solved: Sequence[Solved]) -> list[str]:
    """Economies that some scenario ties together or makes change, those of the study's focus first."""
    found = {code for item in solved if item.policy is not None for code in _concerned(world, item.policy)}
    order = [*focus_codes(study, world), *world.economies]
    return [code for code in dict.fromkeys(order) if code in found]


def _focus(study: Study, world: World, members: Sequence[str]) -> list[str]:
    """Economies shown first: the study's own choice, else its members."""
    return list(focus_codes(study, world) or members)


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
        "levers": [] if policy is None else _levers(world, policy),
        "notes": [] if policy is None else list(policy.notes),
        "failed_draws": len({f["draw"] for f in own}),
    }
    if eq is None:
        return {**record, "words": {}, "economies": {}, "bloc": None, "decomposition": {}, "causes": {}}
    economies = {code: _economy(place, i, code in tied, bands) for i, code in enumerate(world.economies)}
    shown = list(dict.fromkeys([*focus, *tied]))
    return {
        **record,
        "words": {code: verdict(row["real_income_pct"]) for code, row in economies.items()},
        "economies": economies,
        "bloc": _bloc(place, policy, bands),
        "decomposition": _parts(world, decomposition_arrays(eq), shown),
        # Options of the model move income in ways that are not among these causes.
        "causes": _parts(world, welfare_decomposition_arrays(eq), shown) if eq.model.has_plain_terms else {},
    }


def _levers(world: World, policy: Policy) -> list[str]:
    """What a scenario changes, in words that do not depend on how its file says it."""
    pooled = policy.revenue_share != np.eye(len(world.economies))
    pulled = {
        "tariffs": (policy.tariff != world.tariff).any(),
        "trade_costs": ((policy.cost_hat != 1.0) & np.isfinite(policy.cost_hat)).any(),
        "bans": np.isinf(policy.cost_hat).any(),
        "productivity": (policy.productivity_hat != 1.0).any(),
        "transfers": (policy.transfer != 0.0).any(),
        "pooled_duties": pooled.any(),
    }
    return [lever for lever, yes in pulled.items() if yes]


def _parts(world: World, parts: Mapping[str, np.ndarray], shown: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return each part in percent, by economy."""
    places = {code: world.economy_index(code) for code in shown}
    return {code: {f"{name}_pct": float(part[at]) for name, part in parts.items()} for code, at in places.items()}


def _bloc(place: int, policy: Policy | None, bands: Bands) -> dict[str, Any] | None:
    """Trade of the economies tied together, as one; None where there are none."""
    if policy is None or not policy.insiders.any():
        return None
    values, draws = (bloc_measures(array, policy.insiders) for array in (bands.central[place], bands.draws[:, place]))
    return {name: _band(values[name], draws[name]) for name in values}


def _band(value: np.ndarray | float, draws: np.ndarray) -> dict[str, Any]:
    """Return the band of one number with its draws [draw]."""
    low, high = percentile_band(draws[:, None])
    ends = (_number(low[0]), _number(median(draws[:, None])[0]), _number(high[0]))
    return _ends(float(value), *ends, len(draws))


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
    rows = []
    for (i, one), (j, other) in combinations(enumerate(solved), 2):
        if one.equilibrium is None or other.equilibrium is None:
            continue
        economies = _gap((bands.central[j], bands.draws[:, j]), (bands.central[i], bands.draws[:, i]), world, members)
        rows.append({"scenario": other.scenario.id, "against": one.scenario.id, "economies": economies})
    return rows


Values = tuple[np.ndarray, np.ndarray]
"""Central values [economy measure] and draws [draw economy measure] of one scenario."""


def _gap(one: Values, other: Values, world: World, codes: Sequence[str]) -> dict[str, Any]:
    """Real income of one less another by economy (percentage points), over the draws that both have."""
    column = list(MEASURES).index("real_income_pct")
    both = min(len(one[1]), len(other[1]))
    economies = {}
    for code in codes:
        e = world.economy_index(code)
        gaps = one[1][:both, e, column] - other[1][:both, e, column]
        known = gaps[np.isfinite(gaps)]
        band = _band(one[0][e, column] - other[0][e, column], gaps)
        if band["lo"] is None:
            band["reason"] = "fewer than two draws in which both were computed"
        economies[code] = {
            "real_income_pct": band,
            "share_above": float((known > 0).mean()) if len(known) >= 2 else None,
        }
    return economies


def _contrast(
    item: Repeated, solved: Sequence[Solved], main: Bands, world: World, focus: Sequence[str]
) -> dict[str, Any]:
    places = {s.scenario.id: place for place, s in enumerate(solved) if s.equilibrium is not None}
    rows = []
    for at, found in enumerate(item.items):
        eq, draws, place = found.equilibrium, item.draws[:, at], places.get(found.scenario.id)
        economies, apart = {}, {}
        if eq is not None and found.policy is not None:
            values = measure(eq)
            bands = Bands(values[None], draws[:, None])
            for e, code in enumerate(world.economies):
                economies[code] = _economy(0, e, bool(found.policy.insiders[e]), bands)
            if place is not None:
                apart = _gap((values, draws), (main.central[place], main.draws[:, place]), world, focus)
        own = {f["draw"] for f in item.failures if f["scenario"] in (None, found.scenario.id)}
        rows.append(
            {
                "id": found.scenario.id,
                "title": found.scenario.title,
                "status": "solved" if eq is not None else "not_solved",
                "reason": found.reason,
                "residual": None if eq is None else eq.residual,
                "failed_draws": len(own),
                "economies": economies,
                "against_main": apart,
            }
        )
    return {
        "id": item.contrast.id,
        "kind": item.contrast.kind,
        "title": item.contrast.title,
        "draws": len(item.draws),
        "scenarios": rows,
        "optimal_tariffs": [dict(row) for row in item.optimal],
    }


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
    repeated = [s for contrast in plan.study.contrasts for s in plan.study.contrast_scenarios(contrast)]
    references = [s.reference for s in [*plan.scenarios, *repeated] if s.reference is not None]
    listed = [*plan.study.sources, *references]
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
