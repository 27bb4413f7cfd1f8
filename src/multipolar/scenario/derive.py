"""`derive_policy`: a scenario in a world, as the arrays that the equilibrium reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from multipolar.scenario import effects, rules
from multipolar.scenario.draft import Draft
from multipolar.scenario.fields import LARGEST
from multipolar.scenario.models import Scenario
from multipolar.scenario.policy import Policy, status_quo
from multipolar.world import World

__all__ = ["derive_policy"]

_SMALLEST = 1e-6
"""Cost and productivity factors below this (or above its inverse) are a slip of the pen (pure number)."""

_APPLY: dict[str, Callable[[Draft, Any], None]] = {
    "tariff": effects.apply_tariff,
    "customs_union": rules.apply_customs_union,
    "free_trade_area": rules.apply_free_trade_area,
    "wto_accession": rules.apply_wto_accession,
    "association": rules.apply_association,
    "sanction": effects.apply_sanction,
    "non_tariff_cost": effects.apply_non_tariff_cost,
    "productivity": effects.apply_productivity,
    "transfer": effects.apply_transfer,
    "energy_contract": effects.apply_energy_contract,
    "leave": rules.apply_leave,
}


def derive_policy(world: World, scenario: Scenario) -> Policy:
    """Apply a scenario's shocks, in order, to the policy of a world.

    Parameters
    ----------
    world
        The world that the scenario changes.
    scenario
        The scenario; a range counts as its most likely value (see `Scenario.sampled`).

    Returns
    -------
    Policy
        Tariffs derived by the clubs' rules, costs, productivity, transfers and shares of pooled duties; `notes` says in
        sentences what was derived and how conflicts were resolved.

    Raises
    ------
    CommitmentError
        If two commitments of an economy contradict each other and the file states no resolution.
    ScenarioError
        If a shock names something the world does not have, or cannot be applied to it; with file and line.
    """
    draft = Draft.start(world, scenario, status_quo(world, scenario.id))
    for shock in scenario.shocks:
        _APPLY[shock.kind](draft, shock)
        _check_scale(draft, shock)
    return draft.finish()


def _check_scale(draft: Draft, shock: Any) -> None:
    """Refuse what repeated shocks add up to when no model can mean it."""
    finite = draft.cost[draft.cost < float("inf")]
    if finite.min() < _SMALLEST or finite.max() > 1 / _SMALLEST:
        raise draft.error(shock, "trade costs would change more than a millionfold; use smaller changes")
    if draft.productivity.min() < _SMALLEST or draft.productivity.max() > 1 / _SMALLEST:
        raise draft.error(shock, "productivity would change more than a millionfold; use smaller changes")
    if draft.tariff.max() > LARGEST:
        raise draft.error(
            shock,
            f"a tariff would exceed {LARGEST:g} ({100 * LARGEST:g} percent); use a sanction with ban: true",
        )
