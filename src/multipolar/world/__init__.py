"""The `World`, its accounting, aggregation, storage, and the worlds that ship."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from multipolar.world.accounting import IDENTITIES, CheckResult, check, check_usable, check_values
from multipolar.world.aggregation import aggregate_economies, aggregate_sectors, select_economies
from multipolar.world.model import CELL_STATUS, World
from multipolar.world.store import read_world, write_world

if TYPE_CHECKING:
    from multipolar.world.bundled import figures_table, load_world, sample_world, shipped_worlds

__all__ = [
    "CELL_STATUS",
    "IDENTITIES",
    "CheckResult",
    "World",
    "aggregate_economies",
    "aggregate_sectors",
    "check",
    "check_usable",
    "check_values",
    "figures_table",
    "load_world",
    "read_world",
    "sample_world",
    "select_economies",
    "shipped_worlds",
    "write_world",
]

_BUNDLED = frozenset({"figures_table", "load_world", "sample_world", "shipped_worlds"})


def __getattr__(name: str) -> Any:
    """Import the worlds that ship when first asked for, so that the rest of this room does not pay for them."""
    if name in _BUNDLED:
        from multipolar.world import bundled

        return getattr(bundled, name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
