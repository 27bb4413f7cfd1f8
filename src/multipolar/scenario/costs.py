"""Non-tariff costs: which trade an agreement makes cheaper, and the way back."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multipolar.scenario.draft import CostChange, Draft
from multipolar.scenario.fields import shown
from multipolar.scenario.preferences import ENERGY, goods_sectors, naming_sectors
from multipolar.scenario.quantity import Range, central, extremes
from multipolar.scenario.shockbase import WithCosts

__all__ = ["change_inside", "cost_sectors", "reverse_inside", "scale_cost", "scale_pairs", "signed"]


def scale_cost(draft: Draft, origin: int, destination: int, sectors: Sequence[int], factor: float) -> None:
    """Multiply the cost of trade between two different economies; home sales are left alone."""
    if origin != destination:
        draft.cost[origin, destination, sectors] *= factor


def scale_pairs(
    draft: Draft, origins: Sequence[int], destinations: Sequence[int], sectors: Sequence[int], factor: float, back: bool
) -> None:
    """Multiply the cost of trade from origins to destinations, and back, each pair once and home sales never."""
    pairs = np.zeros(draft.cost.shape[:2], dtype=bool)
    pairs[np.ix_(origins, destinations)] = True
    if back:
        pairs |= pairs.T
    np.fill_diagonal(pairs, False)
    for s in sectors:
        draft.cost[pairs, s] *= factor


def cost_sectors(draft: Draft, shock: WithCosts, covered: Sequence[int], change: float | Range) -> list[int]:
    """Return the positions of the sectors in which an agreement changes non-tariff costs.

    Parameters
    ----------
    draft, shock
        Working copy, and the agreement.
    covered
        Positions of the sectors that the agreement covers.
    change
        The change of costs (fraction); none of zero needs sectors.

    Returns
    -------
    list
        Those that the file names, or else the goods sectors among those covered: sectors with a tariff, not energy.

    Raises
    ------
    ScenarioError
        If costs change, no sector is named and no goods sector is covered.
    """
    if shock.cost_sectors is not None:
        return draft.sector_list(shock.cost_sectors, shock, "cost_sectors")
    goods = goods_sectors(draft.world)
    found = [s for s in covered if goods[s]]
    if not found and extremes(change) != (0.0, 0.0):
        names = draft.sector_codes(covered)
        raise draft.error(
            shock,
            f"non_tariff_cost concerns goods unless the file says otherwise, and this shock covers {names} alone; name "
            f"the sectors in cost_sectors, {naming_sectors(draft.world, 'cost_sectors')}",
            "non_tariff_cost",
        )
    return found


def change_inside(
    draft: Draft, shock: WithCosts, members: Sequence[int], covered: Sequence[int], change: float | Range
) -> tuple[CostChange, ...]:
    """Change the cost of trade among members by what the agreement says, and return what was done."""
    sectors, factor = cost_sectors(draft, shock, covered, change), 1.0 + central(change)
    if factor == 1.0:
        return ()
    scale_pairs(draft, members, members, sectors, factor, back=False)
    names = draft.sector_codes(sectors)
    left = [draft.world.sectors[s] for s in covered if s not in sectors and draft.world.sectors[s] in ENERGY]
    besides = f" (not in {', '.join(left)})" if left else ""
    draft.note(f"Non-tariff cost of trade among {draft.codes(members)}: {signed(factor)} in {names}{besides}.")
    return (CostChange(frozenset(members), tuple(sectors), factor),)


def signed(factor: float) -> str:
    """Write a change factor as a signed percentage: 0.95 gives ``-5%``."""
    return f"{'+' if factor > 1 else ''}{shown(factor - 1.0)}"


def reverse_inside(draft: Draft, changes: Sequence[CostChange], economy: int, others: Sequence[int]) -> None:
    """Undo, in the cells between an economy and others and nowhere else, what agreements did to costs."""
    for change in changes:
        between = [other for other in others if {economy, other} <= change.members]
        for other in between:
            draft.cost[np.ix_([economy], [other], change.sectors)] /= change.factor
            draft.cost[np.ix_([other], [economy], change.sectors)] /= change.factor
