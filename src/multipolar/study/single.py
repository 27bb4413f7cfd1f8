"""One scenario by itself: its equilibrium as a record, and the bands that the draws of a study would put around it."""

from __future__ import annotations

from typing import Any

import numpy as np

from multipolar.equilibrium import Deficits, Equilibrium, creation_diversion, effects, solve
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.equilibrium.crew import crew
from multipolar.errors import NotSolvedError
from multipolar.scenario import Scenario, Study, derive_policy, load_study
from multipolar.study.bloc_draws import ELASTICITIES
from multipolar.study.draws import median, percentile_band
from multipolar.study.measure import MEASURES, begin_draws, measure
from multipolar.study.plan import Plan, make_plan
from multipolar.study.runner import Progress
from multipolar.world import World

__all__ = ["scenario_bands", "scenario_record", "solved_record"]


def scenario_record(world: World, scenario: Scenario, deficits: Deficits = "fixed") -> dict[str, Any]:
    """Solve a scenario and return what ``multipolar solve --json`` prints.

    Parameters
    ----------
    world
        Baseline.
    scenario
        What changes.
    deficits
        Closing of trade imbalances.

    Raises
    ------
    InputError
        If the scenario cannot be applied to the world.
    NotSolvedError
        If the equilibrium does not reach its residual.
    """
    return solved_record(world, scenario, solve(world, derive_policy(world, scenario), deficits=deficits))


def solved_record(world: World, scenario: Scenario, eq: Equilibrium) -> dict[str, Any]:
    """Return the record of a scenario that is solved; see `scenario_record`."""
    found, trade = effects(eq), creation_diversion(eq)
    return {
        "scenario": scenario.id,
        "title": scenario.title,
        "world": world.name,
        "deficits": eq.deficits,
        "residual": eq.residual,
        "iterations": eq.iterations,
        "method": eq.method,
        "notes": list(eq.policy.notes),
        "economies": _rows(found, ""),
        "trade": _rows(trade, "_usd_bn"),
    }


def _rows(table: Any, suffix: str) -> dict[str, dict[str, float | None]]:
    """Turn a table into an object of objects, null where a number is missing."""
    names = [f"{name}{suffix}" for name in table.columns]
    return {
        str(code): {name: None if value != value else float(value) for name, value in zip(names, row, strict=True)}
        for code, row in zip(table.index, table.to_numpy(), strict=True)
    }


def scenario_bands(
    world: World,
    shipped: str | None,
    scenario: Scenario,
    *,
    draws: int,
    seed: int,
    deficits: Deficits = "fixed",
    progress: Progress | None = None,
    workers: int = 1,
) -> dict[str, Any]:
    """Put bands around a scenario: elasticities, imputed figures and the scenario's own ranges are drawn.

    Parameters
    ----------
    world
        Baseline.
    shipped
        Name of the shipped world that `world` is, whose imputed figures and elasticities are drawn by the ranges of the
        shipped study; None for a world of the user, which has no ranges.
    scenario
        What changes.
    draws, seed
        Number of draws, and what decides them; equal to those of a study with the same seed.
    deficits
        Closing of trade imbalances.
    progress
        Called as ``progress("draws", done, total)``; an exception that it raises ends the work.
    workers
        Threads; no number depends on it.

    Returns
    -------
    dict
        ``{scenario, world, draws, seed, failed_draws, economies: {code: {measure: {value, median, lo, hi}}}}``; a
        measure without meaning for an economy is left out.

    Raises
    ------
    InputError
        If the scenario cannot be applied to the world.
    NotSolvedError
        If the most likely values, or every draw, have no equilibrium.
    """
    plan = _plan(world, shipped, scenario, draws, seed, deficits)
    begin = plan.start()
    central = measure(solve(begin.world, derive_policy(begin.world, scenario), deficits=begin.deficits))
    told = progress or (lambda stage, done, total: None)
    with crew(workers) as hands:
        drawing = begin_draws(plan, [0], hands=hands, checkpoint=ChunkStore(None))
        values, failures = drawing.collect(lambda done, total: told("draws", done, total))
    if draws and len(failures) == draws:
        raise NotSolvedError(f"no draw has an equilibrium; the first: {failures[0]['reason']}")
    return {
        "scenario": scenario.id,
        "world": world.name,
        "draws": draws,
        "seed": seed,
        "failed_draws": len(failures),
        "economies": _bands(world, central, values[:, 0]),
    }


def _plan(world: World, shipped: str | None, scenario: Scenario, draws: int, seed: int, deficits: Deficits) -> Plan:
    """The study that holds this scenario alone, with the ranges of elasticities of the shipped one."""
    study: Study = load_study(ELASTICITIES)
    alone = study.model_copy(
        update={
            "scenarios": (scenario,),
            "contrasts": (),
            "published": (),
            "focus": None,
            "deficits": deficits,
            "elasticities": {} if shipped is None else study.elasticities,
        }
    )
    return make_plan(alone, world=world if shipped is None else shipped, draws=draws, seed=seed)


def _bands(world: World, central: np.ndarray, drawn: np.ndarray) -> dict[str, Any]:
    low, high = percentile_band(drawn)
    middle = median(drawn)
    found: dict[str, Any] = {}
    for i, code in enumerate(world.economies):
        found[code] = {
            name: {
                "value": float(central[i, m]),
                "median": _known(middle[i, m]),
                "lo": _known(low[i, m]),
                "hi": _known(high[i, m]),
            }
            for m, name in enumerate(MEASURES)
            if np.isfinite(central[i, m])
        }
    return found


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
