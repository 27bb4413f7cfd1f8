"""What a study will compute: the world it starts from, its scenarios, and the same for one draw."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from multipolar.equilibrium import Closure, Model, purge_deficits, solve
from multipolar.errors import InputError
from multipolar.scenario import Scenario, Study, derive_policy, load_study
from multipolar.scenario.fitting import fit_study, study_world
from multipolar.scenario.options import ModelOptions
from multipolar.scenario.studyfile import MOST_DRAWS
from multipolar.study.draws import Uniform
from multipolar.study.options import study_model
from multipolar.world import World
from multipolar.world.bundled import load_world, sample_world, shipped_worlds
from multipolar.world.bundled.tables import read_figures

__all__ = ["Plan", "Start", "content_key", "make_plan", "start"]


@dataclass(frozen=True)
class Plan:
    """A study resolved against its world.

    Parameters
    ----------
    study
        The study.
    world
        Its world at the most likely figures, before the study's own elasticities and baseline shocks.
    shipped
        Name of the shipped world whose imputed figures are drawn; None for a world of the user, which has no ranges.
    scenarios
        Scenarios in order.
    draws, seed
        As asked for.
    """

    study: Study
    world: World
    shipped: str | None
    scenarios: tuple[Scenario, ...]
    draws: int
    seed: int

    def start(self, uniform: Uniform | None = None) -> Start:
        """Return the world that the scenarios start from, in one draw or, without one, at the most likely values."""
        study = self.study
        return start(
            self.figures(uniform), study.elasticity(uniform), self.baseline(uniform), study.deficits, study.model
        )

    def figures(self, uniform: Uniform | None = None) -> World:
        """Return the world at the figures of one draw, or at the most likely ones."""
        return self.world if uniform is None or self.shipped is None else sample_world(self.shipped, uniform)

    def baseline(self, uniform: Uniform | None = None) -> Scenario | None:
        """Return the study's baseline shocks in one draw or at the most likely values; None where it has none."""
        found = self.study.baseline_scenario()
        return found if found is None or uniform is None else found.sampled(uniform)


@dataclass(frozen=True)
class Start:
    """A world to apply scenarios to, with the closing of its solves, and the model where the study sets options."""

    world: World
    deficits: Closure
    model: Model | None = None


def make_plan(
    study: Study | str | Path,
    *,
    world: World | str | Path | None = None,
    draws: int | None = None,
    seed: int | None = None,
) -> Plan:
    """Resolve a study, its world and the overrides of the caller.

    Raises
    ------
    InputError
        If a file is missing or wrong, or a count is negative.
    """
    if not isinstance(study, Study):
        study = load_study(study)
    count = study.draws if draws is None else draws
    chosen = study.seed if seed is None else seed
    if count < 0 or chosen < 0:
        raise InputError("draws and seed must be whole numbers of at least 0")
    if count > MOST_DRAWS:
        raise InputError(f"{count} draws are more than the {MOST_DRAWS} that a study may have; ask for fewer")
    name = study.world if world is None else world
    base = world if isinstance(world, World) else study_world(study) if world is None else load_world(world)
    fit_study(study, base)
    return Plan(
        study=study,
        world=base,
        shipped=name if isinstance(name, str) and name in shipped_worlds() else None,
        scenarios=study.resolved_scenarios(),
        draws=count,
        seed=chosen,
    )


def start(
    world: World,
    elasticities: Mapping[str, float],
    baseline: Scenario | None,
    deficits: Closure,
    options: ModelOptions | None = None,
) -> Start:
    """Set elasticities, apply baseline shocks, and take out trade deficits where the closing says so.

    Deficits are purged here, once for all scenarios, after which a fixed deficit is a deficit of zero.
    """
    if elasticities:
        theta = np.array(world.trade_elasticity)
        for sector, value in elasticities.items():
            theta[world.sector_index(sector)] = value
        world = replace(world, trade_elasticity=theta)
    model = study_model(options, world, deficits)
    if baseline is not None:
        moved = solve(world, derive_policy(world, baseline), deficits=deficits, model=model)
        world = moved.as_world(f"{world.name}, {baseline.id}")
    if deficits == "purged":
        return Start(purge_deficits(world, model=model), "fixed", study_model(options, world, "fixed"))
    return Start(world, deficits, model)


def content_key(plan: Plan, version: str, chunk: int) -> str:
    """Return a hash of everything that decides the numbers of a draw, for naming its checkpoint."""
    record = {
        "study": plan.study.model_dump(mode="json"),
        "scenarios": [scenario.model_dump(mode="json") for scenario in plan.scenarios],
        "repeated": [
            [scenario.model_dump(mode="json") for scenario in plan.study.contrast_scenarios(contrast)]
            for contrast in plan.study.contrasts
            if contrast.scenarios is not None
        ],
        "shipped": plan.shipped,
        "seed": plan.seed,
        "version": version,
        "chunk": chunk,
        "economies": plan.world.economies,
        "sectors": plan.world.sectors,
    }
    digest = hashlib.sha256(json.dumps(record, sort_keys=True, default=str).encode())
    if plan.shipped is not None:  # the ranges of figures are not in the world's arrays
        digest.update(repr(read_figures(plan.shipped)).encode())
    for name in (
        "trade_flow",
        "tariff",
        "external_tariff",
        "intermediate_use",
        "value_added",
        "final_demand",
        "trade_elasticity",
    ):
        digest.update(getattr(plan.world, name).tobytes())
    for name, values in sorted(plan.world.attributes.items()):
        digest.update(name.encode() + values.tobytes())
    return digest.hexdigest()[:24]
