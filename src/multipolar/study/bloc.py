"""Will a bloc hold? Draws of trade and politics, bargaining and stability, as one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from multipolar.coalition.payoff import PayoffTable
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.study.bloc_draws import Progress
from multipolar.study.bloc_map import maps_of
from multipolar.study.bloc_payoffs import PayoffDraws, make_bloc, payoff_draws
from multipolar.study.bloc_record import MEANINGS, SETS, Options, Record, Row
from multipolar.world import World

__all__ = [
    "MEANINGS",
    "SETS",
    "BlocResult",
    "Options",
    "PayoffDraws",
    "Row",
    "make_bloc",
    "payoff_draws",
    "will_it_hold",
]


@dataclass(frozen=True, eq=False)
class BlocResult:
    """The record of a bloc, and the table behind it.

    Parameters
    ----------
    content
        As the command prints it with ``--json``.
    table
        Payoffs; draw 0 holds the most likely values.
    """

    content: dict[str, Any]
    table: PayoffTable


def will_it_hold(
    members: Sequence[str],
    world: World | str = "world-2009",
    options: Options | None = None,
    *,
    cache: ChunkStore | None = None,
    progress: Progress | None = None,
) -> BlocResult:
    """Ask whether a customs union of some economies will hold.

    Parameters
    ----------
    members
        Codes of the world.
    world
        A world, its name or its file. Imputed figures and elasticities are drawn only of a shipped world given by name.
    options
        Draws, hub, rule and ranges.
    cache
        Where trade payoffs are kept; the user's cache folder by default.
    progress
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    InputError
        If a member, the hub or an option cannot be used.
    NotSolvedError
        If the most likely values have no equilibrium.
    """
    chosen = options or Options()
    found = payoff_draws(members, world, chosen, cache=cache, progress=progress)
    content = Record(found.table, list(found.rows), found.world, chosen, failed=found.failed).content()
    content["maps"] = [made.content() for made in maps_of(found, chosen, cache=cache)]
    return BlocResult(content, found.table)
