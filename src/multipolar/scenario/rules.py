"""What agreements do to tariffs and costs: customs union, free-trade area, WTO accession, association, exit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from multipolar.scenario.agreements import Association, CustomsUnion, FreeTradeArea, Leave, WtoAccession
from multipolar.scenario.commitments import (
    Breach,
    compensate,
    refuse_area_split,
    refuse_partial_area,
    refuse_second_union,
    within_bindings,
)
from multipolar.scenario.costs import change_inside, cost_sectors, scale_cost, signed
from multipolar.scenario.draft import Bond, Draft
from multipolar.scenario.exits import leave_bond, leave_club
from multipolar.scenario.fields import shown
from multipolar.scenario.preferences import SAME, share_paid
from multipolar.scenario.quantity import central
from multipolar.scenario.shockbase import ShockBase
from multipolar.types import Array, Float64

__all__ = [
    "apply_association",
    "apply_customs_union",
    "apply_free_trade_area",
    "apply_leave",
    "apply_wto_accession",
    "set_external",
]


# -- customs union ------------------------------------------------------------------------------------------------


def apply_customs_union(draft: Draft, shock: CustomsUnion) -> None:
    """Form a customs union: one external tariff, free trade inside, duties pooled if the file says so."""
    members = _at_least_two(draft, shock, draft.economies(shock.members, shock, "members"))
    sectors = draft.sectors(shock.sectors, shock)
    own = None if shock.club is None else draft.club(shock.club, shock, "club")
    absorbed = refuse_second_union(draft, shock, members, own)
    refuse_area_split(draft, shock, members)
    rates, whose = _common_tariff(draft, shock, members, sectors)
    rates, breaches = within_bindings(draft, shock, members, rates, sectors)
    old_external, old_tariff = draft.external.copy(), draft.tariff.copy()
    for i in members:
        set_external(draft, i, rates, sectors, besides=members)
    _set_inside(draft, members, sectors, central(shock.internal_tariff))
    _pool_duties(draft, shock, members)
    draft.insiders[members] = True
    _note_union(draft, members, sectors, whose, old_external, old_tariff)
    costs = change_inside(draft, shock, members, sectors, shock.non_tariff_cost)
    draft.bonds.append(Bond("customs union", list(members), list(sectors), absorbed + costs))
    compensate(draft, shock, breaches)


def _at_least_two(draft: Draft, shock: ShockBase, members: list[int]) -> list[int]:
    if len(members) < 2:
        raise draft.error(
            shock,
            f"{draft.codes(members)} alone cannot agree with itself; name at least two members",
            "members",
        )
    return members


def _common_tariff(
    draft: Draft, shock: CustomsUnion, members: Sequence[int], sectors: Sequence[int]
) -> tuple[Float64[Array, " s"], str]:
    """Return the common external tariff (fraction) [s] before bindings, and whose it is in words."""
    rule = shock.external_tariff.rule
    rates = np.zeros(len(draft.world.sectors))
    if rule == "leader":
        assert shock.leader is not None
        leader = draft.economy(shock.leader, shock, "leader")
        if leader not in members:
            raise draft.error(
                shock,
                f"leader {shock.leader} is not a member of the union of {draft.codes(members)}; add it",
                "leader",
            )
        rates[sectors] = draft.external[leader, sectors]
        return rates, f"{shock.leader}'s"
    if rule == "listed":
        return _listed(draft, shock, rates, sectors), "listed"
    outside = np.setdiff1d(np.arange(len(draft.world.economies)), members)
    imports = draft.world.trade_flow[outside][:, list(members)].sum(axis=0)
    for s in sectors:
        weight = imports[:, s]
        if weight.sum() > 0:
            rates[s] = (weight * draft.external[members, s]).sum() / weight.sum()
        else:
            rates[s] = draft.external[members, s].mean()
            draft.note(
                f"Nothing is imported from outside in {draft.world.sectors[s]}: plain mean of the members' tariffs."
            )
    return rates, "trade-weighted mean"


def _listed(
    draft: Draft, shock: CustomsUnion, rates: Float64[Array, " s"], sectors: Sequence[int]
) -> Float64[Array, " s"]:
    listed = {
        draft.sector(code, shock, "external_tariff"): central(q)
        for code, q in (shock.external_tariff.rates or {}).items()
    }
    for s in sectors:
        if s not in listed:
            raise draft.error(
                shock,
                f"no common tariff is listed for sector '{draft.world.sectors[s]}'; add it to rates",
                "external_tariff",
            )
        rates[s] = listed.pop(s)
    if listed:
        name = draft.world.sectors[next(iter(listed))]
        raise draft.error(
            shock,
            f"a rate is listed for '{name}', which the union does not cover; add it to sectors",
            "external_tariff",
        )
    return rates


def set_external(
    draft: Draft,
    importer: int,
    rates: Float64[Array, " s"],
    sectors: Iterable[int],
    besides: Sequence[int] = (),
) -> None:
    """Set an economy's external tariff, and with it the rate on every origin but `besides`.

    An origin with a preference (a rate below the old external tariff) keeps its margin: it pays the same share of the
    new rate as of the old. Free trade stays free. A rate between the two is free trade for a part of an origin's goods
    or members, and the rest pays the external tariff, old or new; a comparison of rates instead would let the smallest
    gap between them exempt the origin altogether.
    """
    others = np.ones(len(draft.world.economies), dtype=bool)
    others[[*besides, importer]] = False
    origins = np.flatnonzero(others)
    freed = None
    for s in sectors:
        paid = draft.tariff[origins, importer, s]
        old = draft.external[importer, s]
        share = share_paid(paid, old)
        if old <= SAME < rates[s]:  # a preference does not show beside a tariff of zero
            if freed is None:
                freed = np.array([draft.trade_is_freed(int(o), importer) is not None for o in origins])
            share[freed] = 0.0
        draft.tariff[origins, importer, s] = share * rates[s]
        draft.external[importer, s] = rates[s]


def _set_inside(draft: Draft, members: Sequence[int], sectors: Sequence[int], rate: float) -> None:
    for o in members:
        for d in members:
            if o != d:
                draft.tariff[o, d, sectors] = rate


def _pool_duties(draft: Draft, shock: CustomsUnion, members: Sequence[int]) -> None:
    draft.share[:, list(members)] = np.eye(len(draft.share))[:, list(members)]
    if shock.revenue_sharing == "none":
        return
    shares = {draft.economy(code, shock, "revenue_sharing"): q for code, q in shock.revenue_sharing.items()}
    for i in shares:
        if i not in members:
            raise draft.error(
                shock,
                f"{draft.code(i)} shares the duties but is not a member of the union; drop it",
                "revenue_sharing",
            )
    for i in members:
        if i not in shares:
            raise draft.error(
                shock,
                f"{draft.code(i)} has no share in the pooled duties; give one, 0 if need be",
                "revenue_sharing",
            )
    total = sum(shares.values())
    for c in members:
        draft.share[:, c] = 0.0
        for i, share in shares.items():
            draft.share[i, c] = share / total
    listed = ", ".join(f"{draft.code(i)} {shown(share)}" for i, share in shares.items())
    draft.note(f"Duties of the union are pooled and shared: {listed}.")


def _note_union(
    draft: Draft,
    members: Sequence[int],
    sectors: Sequence[int],
    whose: str,
    old_external: Float64[Array, "d s"],
    old_tariff: Float64[Array, "o d s"],
) -> None:
    """Say for each member what the union changed, and for which it changed nothing."""
    moved = []
    for i in members:
        steps = [
            f"{draft.world.sectors[s]} {shown(old_external[i, s])} -> {shown(draft.external[i, s])}"
            for s in sectors
            if abs(draft.external[i, s] - old_external[i, s]) > SAME
        ]
        others = [j for j in members if j != i]
        opened = [j for j in others if (old_tariff[j, i, sectors] > draft.tariff[j, i, sectors] + SAME).any()]
        if steps:
            draft.note(f"{draft.code(i)} external tariff on {', '.join(steps)} ({whose}).")
        else:
            draft.note(f"{draft.code(i)} already applies the common external tariff ({whose}).")
        if opened:
            draft.note(f"{draft.code(i)} drops its tariffs on {draft.codes(opened)}.")
        elif all((old_tariff[j, i, sectors] <= SAME).all() for j in others):
            draft.note(f"{draft.code(i)} levied no tariffs on the other members before.")
        if steps or (np.abs(draft.tariff[:, i] - old_tariff[:, i]) > SAME).any():
            moved.append(i)
    if len(moved) == 1:
        draft.note(
            f"Only {draft.code(moved[0])}'s tariffs change: the tariff part of this union is {draft.code(moved[0])} "
            "alone."
        )
    elif not moved:
        draft.note("No member's tariffs change: the tariff part of this union does nothing.")


# -- free-trade area, association ---------------------------------------------------------------------------------


def apply_free_trade_area(draft: Draft, shock: FreeTradeArea) -> None:
    """Free trade among the members; each keeps its own external tariff."""
    members = _at_least_two(draft, shock, draft.economies(shock.members, shock, "members"))
    sectors = draft.sectors(shock.sectors, shock)
    refuse_partial_area(draft, shock, members, "a free-trade area")
    freed = [(o, d) for o in members for d in members if o != d and (draft.tariff[o, d, sectors] > SAME).any()]
    _set_inside(draft, members, sectors, 0.0)
    draft.insiders[members] = True
    pairs = len(members) * (len(members) - 1)
    draft.note(
        f"Free-trade area of {draft.codes(members)}: {len(freed)} of {pairs} directed pairs paid a tariff before."
        if freed
        else f"Trade among {draft.codes(members)} was free of tariffs already."
    )
    costs = change_inside(draft, shock, members, sectors, shock.non_tariff_cost)
    draft.bonds.append(Bond("free-trade area", list(members), list(sectors), costs))


def apply_association(draft: Draft, shock: Association) -> None:
    """Cut tariffs between a hub and its associate, and the cost of their trade."""
    hub = draft.economy(shock.hub, shock, "hub")
    associate = draft.economy(shock.associate, shock, "associate")
    if hub == associate:
        raise draft.error(shock, f"{shock.hub} cannot associate with itself; name two economies", "associate")
    sectors = draft.sectors(shock.sectors, shock)
    refuse_partial_area(draft, shock, [hub, associate], "an association")
    rate = central(shock.rate)
    ways = {
        "both": [(hub, associate), (associate, hub)],
        "associate": [(hub, associate)],
        "hub": [(associate, hub)],
    }
    for o, d in ways[shock.cuts]:
        old = draft.tariff[o, d, sectors].copy()
        new = np.minimum(old, rate)
        draft.tariff[o, d, sectors] = new
        steps = [
            f"{draft.world.sectors[s]} {shown(a)} -> {shown(b)}"
            for s, a, b in zip(sectors, old, new, strict=True)
            if a - b > SAME
        ]
        what = ", ".join(steps) or "nothing, its tariffs were no higher already"
        draft.note(f"{draft.code(d)} lowers its tariffs on {draft.code(o)}: {what}.")
    costs = change_inside(draft, shock, [hub, associate], sectors, shock.non_tariff_cost)
    frees = shock.cuts == "both" and rate <= SAME
    draft.bonds.append(Bond("association", [hub, associate], list(sectors), costs, frees))
    draft.insiders[[hub, associate]] = True


# -- the WTO ------------------------------------------------------------------------------------------------------


def apply_wto_accession(draft: Draft, shock: WtoAccession) -> None:
    """Bind external tariffs; from then on no common tariff of the scenario may exceed them unnoticed."""
    entrants = draft.economies(shock.economies, shock, "economies")
    for i in entrants:
        if draft.wto[i]:
            raise draft.conflict(
                shock,
                f"{draft.code(i)} is in the WTO already on {draft.scenario.on}; drop it from economies",
                "economies",
            )
    bound = _bound_rates(draft, shock, entrants)
    if shock.joint:
        _refuse_several_tariffs(draft, shock, entrants, list(bound))
    draft.wto[entrants] = True
    for s, rates in bound.items():
        draft.bindings[entrants, s] = rates
    for group in _tariff_groups(draft, entrants):
        _lower_to_bindings(draft, shock, group, [i for i in group if i in entrants], list(bound))
    _lower_costs(draft, shock, entrants)


def _bound_rates(draft: Draft, shock: WtoAccession, entrants: Sequence[int]) -> dict[int, Float64[Array, " e"]]:
    """Return sector to the bound rate of each entrant (fraction) [e]."""
    if shock.factor is not None:
        factor = central(shock.factor)
        return {s: factor * draft.external[entrants, s] for s in draft.sectors(shock.sectors, shock)}
    return {
        draft.sector(code, shock, "bindings"): np.full(len(entrants), central(rate))
        for code, rate in (shock.bindings or {}).items()
    }


def _refuse_several_tariffs(draft: Draft, shock: WtoAccession, entrants: Sequence[int], sectors: Sequence[int]) -> None:
    for s in sectors:
        rates = draft.external[entrants, s]
        if rates.max() - rates.min() > 1e-9:
            low, high = entrants[int(rates.argmin())], entrants[int(rates.argmax())]
            raise draft.error(
                shock,
                f"a joint accession needs one external tariff, but on {draft.world.sectors[s]} {draft.code(low)} "
                f"applies {shown(rates.min())} and {draft.code(high)} {shown(rates.max())}; put a customs_union of "
                f"{draft.codes(entrants)} before it, or set joint: false",
                "joint",
            )


def _tariff_groups(draft: Draft, entrants: Sequence[int]) -> list[list[int]]:
    """Return the sets of economies whose external tariff moves together: a union of the scenario, or one economy."""
    groups: list[list[int]] = []
    for i in entrants:
        union = next((bond.members for bond in draft.bonds if bond.is_union and i in bond.members), [i])
        if not any(set(union) == set(group) for group in groups):
            groups.append(list(union))
    return groups


def _lower_to_bindings(
    draft: Draft, shock: WtoAccession, group: Sequence[int], entrants: Sequence[int], sectors: Sequence[int]
) -> None:
    """Cap the tariff of a group whose members apply one; if only some of them enter, the file must say how."""
    how = draft.wto_resolution(shock)
    for s in sectors:
        cap = draft.bindings[entrants, s].min()
        binder = entrants[int(draft.bindings[entrants, s].argmin())]
        if not (draft.external[group, s] > cap + SAME).any():
            draft.note(f"{draft.codes(entrants)}: the binding on {draft.world.sectors[s]} is above the tariff applied.")
            continue
        if len(entrants) < len(group) and how is None:
            raise draft.conflict(
                shock,
                f"{draft.code(binder)} would be bound at {shown(cap)} on {draft.world.sectors[s]} in the WTO, but "
                f"applies {shown(draft.external[binder, s])} as a member of the customs union of "
                f"{draft.codes(group)}: two commitments of {draft.code(binder)}; state resolve: {{WTO: bind}} (the "
                "whole union lowers its tariff), {WTO: compensate} or {WTO: breach}, or let all members enter",
                "economies",
            )
        if len(entrants) < len(group) and how in ("compensate", "breach"):
            _keep_common_tariff(draft, shock, entrants, s, how)
            continue
        for i in group:
            _cap(draft, i, s, cap)


def _keep_common_tariff(draft: Draft, shock: WtoAccession, entrants: Sequence[int], sector: int, how: str) -> None:
    for i in entrants:
        binding = float(draft.bindings[i, sector])
        if draft.external[i, sector] > binding + SAME:
            draft.note(
                f"{draft.code(i)} keeps the common tariff of {shown(draft.external[i, sector])} on "
                f"{draft.world.sectors[sector]}, above its WTO binding of {shown(binding)} (resolved: {how})."
            )
            compensate(draft, shock, [Breach(i, sector, binding)])


def _cap(draft: Draft, economy: int, sector: int, cap: float) -> None:
    old = draft.external[economy, sector]
    if old <= cap + SAME:
        return
    rates = np.full(len(draft.world.sectors), cap)
    inside = next((bond.members for bond in draft.bonds if bond.is_union and economy in bond.members), [])
    set_external(draft, economy, rates, [sector], besides=inside)
    draft.note(
        f"{draft.code(economy)} external tariff on {draft.world.sectors[sector]} {shown(old)} -> {shown(cap)} (WTO)."
    )


def _lower_costs(draft: Draft, shock: WtoAccession, entrants: Sequence[int]) -> None:
    goods = 1.0 + central(shock.non_tariff_cost)
    services = 1.0 + central(shock.services_cost)
    if goods != 1.0:
        sectors = cost_sectors(draft, shock, draft.sectors(shock.sectors, shock), shock.non_tariff_cost)
        _scale_imports(draft, entrants, sectors, goods)
    if services != 1.0:
        free = np.flatnonzero(~draft.dutiable()).tolist()
        if not free:
            raise draft.error(
                shock, "services_cost: every sector of this world carries a tariff; drop it", "services_cost"
            )
        _scale_imports(draft, entrants, free, services)


def _scale_imports(draft: Draft, entrants: Sequence[int], sectors: Sequence[int], factor: float) -> None:
    for o in range(len(draft.world.economies)):
        for d in entrants:
            scale_cost(draft, o, d, sectors, factor)
    names = draft.sector_codes(sectors)
    draft.note(f"Non-tariff cost of the imports of {draft.codes(entrants)}: {signed(factor)} in {names}.")


# -- exit ---------------------------------------------------------------------------------------------------------


def apply_leave(draft: Draft, shock: Leave) -> None:
    """Take an economy out of a club of the atlas, or out of a union or area of this scenario."""
    economy = draft.economy(shock.economy, shock, "economy")
    sectors = draft.sectors(shock.sectors, shock)
    rest = _leave_club(draft, shock, economy, sectors) if shock.club else _leave_bond(draft, shock, economy)
    factor = 1.0 + central(shock.non_tariff_cost)
    where = cost_sectors(draft, shock, sectors, shock.non_tariff_cost)
    if factor == 1.0 or not rest:
        return
    for other in rest:
        scale_cost(draft, economy, other, where, factor)
        scale_cost(draft, other, economy, where, factor)
    names = draft.sector_codes(where)
    draft.note(
        f"Non-tariff cost of trade of {draft.code(economy)} with {draft.codes(rest)}: {signed(factor)} in {names}."
    )


def _leave_club(draft: Draft, shock: Leave, economy: int, sectors: Sequence[int]) -> list[int]:
    club = draft.club(shock.club or "", shock, "club").id
    if economy not in draft.club_members(club):
        members = draft.club_members(club)
        raise draft.conflict(
            shock,
            f"{draft.code(economy)} cannot leave {club}: it is not a full member on {draft.scenario.on} "
            f"(members in this world: {draft.codes(members)}); drop the shock or choose another day",
            "club",
        )
    return leave_club(draft, economy, club, sectors)


def _leave_bond(draft: Draft, shock: Leave, economy: int) -> list[int]:
    named = set(draft.economies(shock.members or (), shock, "members")) | {economy}
    for bond in draft.bonds:
        if set(bond.members) == named and economy in bond.members:
            return leave_bond(draft, economy, bond)
    formed = "; ".join(f"{bond.kind} of {draft.codes(bond.members)}" for bond in draft.bonds) or "none"
    raise draft.conflict(
        shock,
        f"{draft.code(economy)} cannot leave a union of {draft.codes(sorted(named))}: this scenario formed no such "
        f"union or area before (formed: {formed}); put the agreement first, or name its members",
        "members",
    )
