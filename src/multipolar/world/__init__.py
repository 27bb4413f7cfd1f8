"""The `World`, its accounting, aggregation, storage, and the worlds that ship."""

from __future__ import annotations

from multipolar.world.accounting import IDENTITIES, CheckResult, check, check_values
from multipolar.world.aggregation import aggregate_economies, aggregate_sectors, select_economies
from multipolar.world.model import CELL_STATUS, World
from multipolar.world.store import read_world, write_world

__all__ = [
    "CELL_STATUS",
    "IDENTITIES",
    "CheckResult",
    "World",
    "aggregate_economies",
    "aggregate_sectors",
    "check",
    "check_values",
    "read_world",
    "select_economies",
    "write_world",
]
