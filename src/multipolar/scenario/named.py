"""Which economies a scenario names."""

from __future__ import annotations

from typing import Any

from multipolar.scenario.draft import Draft
from multipolar.scenario.models import Scenario
from multipolar.scenario.policy import status_quo
from multipolar.world import World

__all__ = ["ECONOMY_FIELDS", "named_economies"]

ECONOMY_FIELDS = (
    "members",
    "leader",
    "hub",
    "associate",
    "economy",
    "economies",
    "importers",
    "importer",
    "exporter",
    "origins",
    "destinations",
    "senders",
    "targets",
    "like",
    "payer",
    "receiver",
)
"""Fields of shocks that hold economies: members and those that act before those that are acted on."""


def named_economies(world: World, scenario: Scenario) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the economies that the shocks of a scenario name, by shock and field, none twice.

    Parameters
    ----------
    world
        World that the scenario changes.
    scenario
        The scenario; ``all`` names nobody.

    Returns
    -------
    single
        Codes of the economies named one by one.
    grouped
        Codes of those that stand in a group or club named, and not in `single`.

    Raises
    ------
    ScenarioError
        If the world lacks an economy, group or club that is named.
    """
    draft = Draft.start(world, scenario, status_quo(world, scenario.id))
    single: dict[str, None] = {}
    grouped: dict[str, None] = {}
    for shock in scenario.shocks:
        for field in ECONOMY_FIELDS:
            for name in _names(getattr(shock, field, None)):
                codes = [draft.code(i) for i in draft.economies([name], shock, field)]
                (single if codes == [name] else grouped).update(dict.fromkeys(codes))
    return tuple(single), tuple(code for code in grouped if code not in single)


def _names(value: Any) -> list[Any]:
    """Names in a field: none, one, or several."""
    names = [value] if isinstance(value, str) else list(value or ())
    return [name for name in names if name != "all"]
