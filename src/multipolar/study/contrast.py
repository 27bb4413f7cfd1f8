"""Repetitions of a study under other assumptions, at the most likely values and for the first draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from multipolar.equilibrium import Equilibrium, solve
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.equilibrium.crew import Crew
from multipolar.errors import MultipolarError, NotSolvedError
from multipolar.scenario import Scenario, derive_policy
from multipolar.scenario.policy import Policy
from multipolar.scenario.quantity import central, sampled
from multipolar.study.draws import Uniform, uniform
from multipolar.study.measure import Drawing, empty, measure
from multipolar.study.options import merged_model
from multipolar.study.plan import Plan, Start, start
from multipolar.types import Array, Float64
from multipolar.world import World, aggregate_sectors

__all__ = [
    "CONTRAST_DRAWS",
    "ContrastDrawing",
    "Repeated",
    "Solved",
    "contrast_draws",
    "merge_sectors",
    "run_contrast",
    "solve_all",
]

CONTRAST_DRAWS = 20
"""Draws of a contrast whose file says nothing: enough to see a sign, few enough for many contrasts."""


@dataclass(frozen=True)
class Solved:
    """Outcome of one scenario at the most likely values: an equilibrium, or the reason why there is none."""

    scenario: Scenario
    policy: Policy | None
    equilibrium: Equilibrium | None
    reason: str | None


@dataclass(frozen=True)
class Repeated:
    """A contrast, with its outcome.

    Parameters
    ----------
    contrast
        One of the study file's contrasts.
    begin
        Where it started; None where that could not be solved.
    items
        Its scenarios at the most likely values.
    optimal
        Tariffs that members of the focus would choose in it, rows as in `optimal_tariffs`.
    draws
        Its first draws, NaN where one failed [draw scenario economy measure].
    failures
        Draws that failed, as ``{draw, scenario, reason}``.
    """

    contrast: Any
    begin: Start | None
    items: tuple[Solved, ...]
    optimal: list[dict[str, Any]] = field(default_factory=list)
    draws: Float64[Array, "draw scenario economy measure"] = field(default_factory=lambda: np.empty((0, 0, 0, 0)))
    failures: tuple[dict[str, Any], ...] = ()


def solve_all(begin: Start, scenarios: Iterable[Scenario]) -> list[Solved]:
    """Solve scenarios at their most likely values; one that has no solution is returned with its reason.

    Raises
    ------
    InputError
        If a scenario does not fit the world: that is for its author to mend, not a result.
    """
    return [_solved(begin, scenario, derive_policy(begin.world, scenario)) for scenario in scenarios]


def _solved(begin: Start, scenario: Scenario, policy: Policy) -> Solved:
    try:
        return Solved(scenario, policy, solve(begin.world, policy, deficits=begin.deficits, model=begin.model), None)
    except NotSolvedError as error:
        return Solved(scenario, policy, None, str(error))


def run_contrast(plan: Plan, contrast: Any, begin: Start) -> Repeated:
    """Repeat the scenarios that a contrast names, at the most likely values.

    Parameters
    ----------
    plan
        The study's plan.
    contrast
        One of the study file's contrasts.
    begin
        Where the main run started.
    """
    scenarios = plan.study.contrast_scenarios(contrast)
    try:
        other = _other_start(plan, contrast, plan.world, begin, None)
    except NotSolvedError as error:
        return Repeated(contrast, None, tuple(Solved(s, None, None, str(error)) for s in scenarios))
    policies = (_policy(contrast, begin, other, scenario) for scenario in scenarios)
    items = tuple(_solved(other, s, policy) for s, policy in zip(scenarios, policies, strict=True))
    return Repeated(contrast, other, items)


def contrast_draws(plan: Plan, contrast: Any) -> int:
    """Return the number of draws of a contrast: the first ones of the study, so never more than it has."""
    return min(plan.draws, CONTRAST_DRAWS if contrast.draws is None else contrast.draws)


class ContrastDrawing:
    """Draws of contrasts in the making, which put bands around them; handed out when this is made.

    Draw 7 of a contrast has the figures and costs of draw 7 of the main run, and what the contrast changes; so the
    difference between the two has a band as well.

    Parameters
    ----------
    plan
        The study's plan.
    repeated
        The contrasts at the most likely values.
    hands, checkpoint
        As in `multipolar.study.measure.Drawing`.
    """

    def __init__(self, plan: Plan, repeated: Sequence[Repeated], *, hands: Crew, checkpoint: ChunkStore) -> None:
        self._plan = plan
        self._counts = [contrast_draws(plan, item.contrast) for item in repeated]
        solved = [
            (place, at)
            for place, item in enumerate(repeated)
            for at, scenario in enumerate(item.items)
            if scenario.equilibrium is not None
        ]
        self._columns = {where: column for column, where in enumerate(solved)}
        counts, cases = self._counts, [(place, repeated[place].items[at].scenario) for place, at in solved]
        self._drawing = Drawing(
            _one_draw,
            (plan, tuple(item.contrast for item in repeated), counts, cases),
            max((counts[place] for place, _ in cases), default=0),
            empty(plan, 0, len(cases)),
            "contrasts-{first:06d}-{count}-" + ".".join(map(str, counts)) + f"-{len(cases)}",
            hands=hands,
            checkpoint=checkpoint,
        )

    def collect(self, repeated: Sequence[Repeated], progress: Callable[[int, int], None]) -> list[Repeated]:
        """Wait for the draws, and return the contrasts with them; progress in draws, each of all contrasts."""
        values, failures = self._drawing.collect(progress)
        found = []
        for place, item in enumerate(repeated):
            own = empty(self._plan, self._counts[place], len(item.items))
            for at in range(len(item.items)):
                if (place, at) in self._columns:
                    own[: len(values), at] = values[: self._counts[place], self._columns[place, at]]
            lost = tuple({k: f[k] for k in ("draw", "scenario", "reason")} for f in failures if f["contrast"] == place)
            found.append(replace(item, draws=own, failures=lost))
        return found


def _one_draw(
    about: tuple[Plan, Sequence[Any], Sequence[int], Sequence[tuple[int, Scenario]]], draw: int
) -> tuple[np.ndarray, list[dict[str, Any]]]:
    """Solve every contrast in one draw; what cannot be solved is recorded with the place of its contrast."""
    plan, contrasts, counts, cases = about
    values = empty(plan, 1, len(cases))[0]
    failures: list[dict[str, Any]] = []
    u = uniform(plan.seed, draw)
    wanted = [place for place in dict.fromkeys(place for place, _ in cases) if draw < counts[place]]
    try:
        world = plan.figures(u)
        begin = start(world, plan.study.elasticity(u), plan.baseline(u), plan.study.deficits, plan.study.model)
    except MultipolarError as error:
        return values, [{"draw": draw, "contrast": p, "scenario": None, "reason": str(error)} for p in wanted]
    drawn: dict[str, Scenario] = {}
    known: dict[str, Policy] = {}
    for place in wanted:
        contrast = sampled(contrasts[place], u)
        try:
            other = _other_start(plan, contrast, world, begin, u)
        except MultipolarError as error:
            failures.append({"draw": draw, "contrast": place, "scenario": None, "reason": str(error)})
            continue
        for column, (at, scenario) in enumerate(cases):
            if at != place:
                continue
            if scenario.id not in drawn:
                drawn[scenario.id] = scenario.sampled(u)
            try:
                policy = _policy(contrast, begin, other, drawn[scenario.id], known)
                values[column] = measure(solve(other.world, policy, deficits=other.deficits, model=other.model))
            except MultipolarError as error:
                failures.append({"draw": draw, "contrast": place, "scenario": scenario.id, "reason": str(error)})
    return values, failures


def _other_start(plan: Plan, contrast: Any, world: World, begin: Start, u: Uniform | None) -> Start:
    """Where a contrast starts, in one draw or at the most likely values.

    Parameters
    ----------
    plan, contrast
        The plan; the contrast, its ranges already drawn.
    world, begin
        The world before elasticities and baseline, and where the main run starts.
    u
        The draw's numbers, None for the most likely values.
    """
    if contrast.kind == "one_sector":
        merged = aggregate_sectors(begin.world, {"all": begin.world.sectors})
        if contrast.elasticity is not None:
            merged = replace(merged, trade_elasticity=np.array([central(contrast.elasticity)]))
        return Start(merged, begin.deficits, merged_model(begin.model, begin.world))
    study = plan.study
    elasticities, deficits, baseline = study.elasticity(u), study.deficits, plan.baseline(u)
    if contrast.kind == "elasticities":
        elasticities = {**elasticities, **contrast.elasticities}
    elif contrast.kind == "deficits":
        deficits = contrast.deficits
    else:
        baseline = study.scenario_of(contrast.id, contrast.title, contrast.shocks)
    return start(world, elasticities, baseline, deficits, study.model)


def _policy(
    contrast: Any, begin: Start, other: Start, scenario: Scenario, known: dict[str, Policy] | None = None
) -> Policy:
    """Return what a scenario means in a contrast.

    Parameters
    ----------
    contrast, begin, other
        The contrast; where the main run and the contrast start.
    scenario
        The scenario, its ranges already drawn.
    known
        Policies in the world of the main run by scenario, found and kept here: most contrasts leave flows and tariffs
        as they are, and a policy depends on nothing else of a world.
    """
    if contrast.kind != "one_sector" and not _same_figures(begin.world, other.world):
        return derive_policy(other.world, scenario)
    kept = {} if known is None else known
    if scenario.id not in kept:
        kept[scenario.id] = derive_policy(begin.world, scenario)
    policy = kept[scenario.id]
    return merge_sectors(begin.world, policy, other.world) if contrast.kind == "one_sector" else policy


def _same_figures(one: World, other: World) -> bool:
    """Whether two worlds differ in nothing but trade elasticities, which no scenario reads."""
    names = ("trade_flow", "tariff", "external_tariff", "intermediate_use", "value_added", "final_demand")
    pairs = [(getattr(one, name), getattr(other, name)) for name in names]
    pairs += [(values, other.attributes.get(name, ())) for name, values in one.attributes.items()]
    return all(np.array_equal(a, b, equal_nan=True) for a, b in pairs)


def merge_sectors(world: World, policy: Policy, merged: World) -> Policy:
    """Carry a policy over to the world with all sectors merged into one.

    The new tariff is the one that collects, on baseline flows, the same duty; the cost factor is the one that changes
    a pair's trade by as much as the sectors together (a mean of order ``-theta`` weighted by flows, so that a ban of
    every sector stays a ban); productivity is a geometric mean weighted by output.

    Parameters
    ----------
    world
        The world that the policy belongs to.
    policy
        The policy, by sector.
    merged
        The same world with one sector.
    """
    theta = float(merged.trade_elasticity[0])
    flow = world.trade_flow
    response = _mean(policy.cost_hat**-theta, flow)
    with np.errstate(divide="ignore"):
        cost = response ** (-1.0 / theta)
    # Rates on outsiders: weighted as the merged world's own are, by imports from abroad.
    imports = flow.sum(axis=0) - np.einsum("iis->is", flow)
    return replace(
        policy,
        tariff=_mean(policy.tariff, flow)[:, :, None],
        external_tariff=_mean(policy.external_tariff, imports)[:, None],
        cost_hat=cost[:, :, None],
        productivity_hat=np.exp(_mean(np.log(policy.productivity_hat), world.output))[:, None],
    )


def _mean(values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Weighted mean over the last axis; the plain mean where nothing weighs."""
    total = weight.sum(axis=-1)
    return np.divide((values * weight).sum(axis=-1), total, out=values.mean(axis=-1), where=total > 0)
