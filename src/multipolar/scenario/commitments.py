"""Commitments that contradict each other: found, explained, and resolved only as the scenario file says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from multipolar import atlas
from multipolar.errors import CommitmentError
from multipolar.scenario.draft import CostChange, Draft
from multipolar.scenario.exits import leave_bond, leave_club
from multipolar.scenario.fields import money, shown
from multipolar.scenario.preferences import SAME
from multipolar.scenario.shockbase import ShockBase
from multipolar.types import Array, Float64

__all__ = [
    "Breach",
    "compensate",
    "refuse_area_split",
    "refuse_lone_tariff",
    "refuse_partial_area",
    "refuse_second_union",
    "refuse_union_sanction",
    "within_bindings",
]

_LEAVE = "state resolve: {union: leave_first}"
_LEAVE_OR_TOLERATE = "state resolve: {union: leave_first} or {union: tolerate}"


@dataclass(frozen=True)
class Breach:
    """A tariff above a WTO binding that the file decided to apply: whose, on what, bound at which rate (fraction)."""

    economy: int
    sector: int
    binding: float


# -- two customs unions -------------------------------------------------------------------------------------------


def refuse_second_union(
    draft: Draft, shock: ShockBase, members: Sequence[int], own: atlas.Club | None
) -> tuple[CostChange, ...]:
    """Refuse a member that is in another customs union, or take it out of that first.

    A union all of whose members join the new one is absorbed, which is no conflict; what absorbed unions did to costs
    is returned. `own` is the club of the atlas that the new union is, if the file says so.
    """
    absorbed: tuple[CostChange, ...] = ()
    for bond in [bond for bond in draft.bonds if bond.is_union]:
        if set(bond.members) <= set(members):
            draft.note(f"The customs union of {draft.codes(bond.members)} is absorbed by the new one.")
            draft.bonds.remove(bond)
            absorbed += bond.costs
            continue
        for i in members:
            if i in bond.members:
                name = f"the customs union of {draft.codes(bond.members)} formed earlier in this scenario"
                _refuse_second(draft, shock, i, name)
                leave_bond(draft, i, bond)
    for name, parties in draft.atlas_unions().items():
        excluded = own is not None and name in own.excludes
        if (own is not None and own.id == name) or (set(parties) <= set(members) and not excluded):
            continue
        for i in [i for i in members if i in parties]:
            why = f" (which the rules of {own.id} exclude)" if excluded and own else ""
            remedy = "" if excluded else ", or name the club that this union is (club: ID)"
            _refuse_second(draft, shock, i, f"{name} on {draft.scenario.on}{why}", remedy)
            leave_club(draft, i, name, _dutiable(draft))
    return absorbed


def _refuse_second(draft: Draft, shock: ShockBase, economy: int, other: str, remedy: str = "") -> None:
    if draft.union_resolution(shock) == "leave_first":
        return
    code = draft.code(economy)
    raise draft.conflict(
        shock,
        f"{code} cannot join this customs union: it is in {other}, and an economy applies only one common external "
        f"tariff; {_LEAVE} or drop {code} from the members{remedy}",
        "members",
    )


# -- the common tariff and the bindings ---------------------------------------------------------------------------


def within_bindings(
    draft: Draft,
    shock: ShockBase,
    members: Sequence[int],
    rates: Float64[Array, " s"],
    sectors: Iterable[int],
) -> tuple[Float64[Array, " s"], list[Breach]]:
    """Hold one external tariff of some economies against the WTO bindings of each.

    Parameters
    ----------
    draft, shock
        Working copy, and the shock that sets the tariff.
    members
        Economies that will all apply `rates`.
    rates
        Rates intended (fraction) [s].
    sectors
        Sectors in which they are set.

    Returns
    -------
    rates
        Rates to apply (fraction) [s].
    breaches
        Bindings that these exceed, by decision of the file.

    Raises
    ------
    CommitmentError
        If a rate exceeds a binding and the file states no resolution.
    """
    rates, breaches = rates.copy(), []
    for s in sectors:
        for i in sorted(members, key=lambda m, s=s: np.nan_to_num(draft.bindings[m, s], nan=np.inf)):
            binding = draft.bindings[i, s]
            if not rates[s] > max(binding, draft.external[i, s]) + SAME:  # false for an unbound sector (NaN) as well
                _note_unbound(draft, i, s, rates[s])
                continue
            how = draft.wto_resolution(shock)
            if how is None:
                raise _above_binding(draft, shock, i, s, rates[s], members)
            if how == "bind":
                whole = "" if len(members) == 1 else f" for all of {draft.codes(members)}"
                draft.note(
                    f"{draft.code(i)} is bound at {shown(binding)} on {draft.world.sectors[s]} in the WTO, so the "
                    f"tariff is {shown(binding)}{whole}, not {shown(rates[s])} (resolved: bind)."
                )
                rates[s] = binding
            else:
                breaches.append(Breach(i, s, float(binding)))
                draft.note(
                    f"{draft.code(i)} applies {shown(rates[s])} on {draft.world.sectors[s]}, above its WTO binding of "
                    f"{shown(binding)} (resolved: {how})."
                )
    return rates, breaches


def _note_unbound(draft: Draft, economy: int, sector: int, rate: float) -> None:
    if (
        draft.wto[economy]
        and np.isnan(draft.bindings[economy, sector])
        and rate > draft.external[economy, sector] + SAME
    ):
        draft.note(
            f"{draft.code(economy)} is in the WTO, but no binding on {draft.world.sectors[sector]} is known for it: "
            "its higher tariff is not held against one."
        )


def _above_binding(
    draft: Draft, shock: ShockBase, economy: int, sector: int, rate: float, members: Sequence[int]
) -> CommitmentError:
    code, name = draft.code(economy), draft.world.sectors[sector]
    binding = shown(draft.bindings[economy, sector])
    whose = "tariff" if len(members) == 1 else f"common external tariff of {draft.codes(members)}"
    capped = "caps the tariff" if len(members) == 1 else "caps the tariff of the whole union"
    return draft.conflict(
        shock,
        f"the {whose} on {name} would be {shown(rate)}, but {code} is bound at {binding} in the WTO: two commitments "
        f"of {code}; state resolve: {{WTO: bind}} ({capped}), {{WTO: compensate}} ({code} pays the other WTO "
        "members the extra duty) or {WTO: breach}",
    )


def compensate(draft: Draft, shock: ShockBase, breaches: Iterable[Breach]) -> None:
    """Book what breaches cost where the file says ``compensate``; to be called once the tariffs are set.

    The compensation of one binding is the sum over exporters in the WTO of (rate paid - binding), where positive, times
    the baseline value of their goods: the extra duty on unchanged trade, paid to each as a lump sum.
    """
    if draft.wto_resolution(shock) != "compensate":
        return
    for breach in breaches:
        i, s = breach.economy, breach.sector
        extra = np.maximum(draft.tariff[:, i, s] - breach.binding, 0.0) * draft.world.trade_flow[:, i, s] * draft.wto
        extra[i] = 0.0
        draft.transfer += extra
        draft.transfer[i] -= extra.sum()
        draft.note(
            f"{draft.code(i)} pays {money(extra.sum())} a year to {int((extra > 0).sum())} WTO economies: the duty "
            f"above {shown(breach.binding)} on {draft.world.sectors[s]}, on baseline trade."
        )


# -- what a union forbids its members -----------------------------------------------------------------------------


def refuse_partial_area(draft: Draft, shock: ShockBase, members: Sequence[int], what: str) -> None:
    """Refuse free trade of some members of a customs union with outsiders, without the other members."""
    joining = set(members)
    for i in members:
        for name, union in draft.unions_of(i):
            missing, outside = set(union) - joining, joining - set(union)
            if missing and outside:
                message = (
                    f"{draft.code(i)} cannot enter {what} with {draft.codes(sorted(outside))} without "
                    f"{draft.codes(sorted(missing))}: it is in {name}, whose members share one external tariff, so "
                    f"goods would enter through {draft.code(i)}; {_LEAVE_OR_TOLERATE}, or let all members join"
                )
                _leave_or_tolerate(draft, shock, i, name, message, f"{what} of {draft.code(i)} alone")


def refuse_area_split(draft: Draft, shock: ShockBase, members: Sequence[int]) -> None:
    """Refuse a customs union with a member that freed trade with outsiders earlier in the scenario, alone."""
    for bond in [bond for bond in draft.bonds if not bond.is_union]:
        inside = [i for i in members if i in bond.members]
        outsiders = [i for i in bond.members if i not in members]
        if not inside or not outsiders or len(inside) == len(members):
            continue
        how = draft.union_resolution(shock)
        who, others = draft.codes(inside), draft.codes(outsiders)
        area = f"the {bond.kind} of {draft.codes(bond.members)}"
        if how is None:
            raise draft.conflict(
                shock,
                f"{who} cannot share one external tariff in this union: {area} formed earlier in this scenario frees "
                f"the trade of {who} with {others}, and not that of the other members; {_LEAVE_OR_TOLERATE}, or let "
                "all members join",
                "members",
            )
        for i in inside if how == "leave_first" else ():
            if i in bond.members:
                leave_bond(draft, i, bond)
        if how == "tolerate":
            draft.note(f"The union tolerates the free trade of {who} with {others} (resolved: tolerate).")


def refuse_lone_tariff(draft: Draft, shock: ShockBase, importers: Sequence[int], origins: Sequence[int] | None) -> None:
    """Refuse a tariff by which a member departs from its union's common tariff or from free trade inside."""
    for i in importers:
        for name, union in draft.unions_of(i):
            inside = [o for o in (origins or ()) if o in union and o != i]
            outside = origins is None or any(o not in union for o in origins)
            if inside:
                broken = f"on goods from {draft.codes(inside)}: trade inside {name} is free"
            elif outside and not set(union) <= set(importers):
                broken = f"alone: it is in {name}, whose members share one external tariff"
            else:
                continue
            message = (
                f"{draft.code(i)} cannot set a tariff {broken}; {_LEAVE_OR_TOLERATE}, or let all members set the tariff"
            )
            _leave_or_tolerate(draft, shock, i, name, message, f"the tariff of {draft.code(i)}")


def refuse_union_sanction(draft: Draft, shock: ShockBase, senders: Sequence[int], targets: Sequence[int]) -> None:
    """Refuse a sanction against a fellow member of a customs union."""
    for i in senders:
        shared: dict[str, list[int]] = {}
        for j in targets:
            for name, union in dict([*draft.unions_of(i), *draft.unions_of(j)]).items():
                if i in union and j in union and i != j:
                    shared.setdefault(name, []).append(j)
        for name, hit in shared.items():
            message = (
                f"{draft.code(i)} cannot sanction {draft.codes(hit)}: both are in {name}, inside which goods move "
                f"freely; {_LEAVE_OR_TOLERATE}, or drop {draft.codes(hit)} from the targets"
            )
            _leave_or_tolerate(draft, shock, i, name, message, f"the sanction of {draft.code(i)}")


def _leave_or_tolerate(draft: Draft, shock: ShockBase, economy: int, union: str, message: str, what: str) -> None:
    how = draft.union_resolution(shock)
    if how is None:
        raise draft.conflict(shock, message)
    if how == "tolerate":
        draft.note(f"{what[0].upper()}{what[1:]} is tolerated by {union} (resolved: tolerate).")
        return
    bond = next((b for b in draft.bonds if b.is_union and economy in b.members), None)
    if union in draft.atlas_unions():
        leave_club(draft, economy, union, _dutiable(draft))
    elif bond is not None:
        leave_bond(draft, economy, bond)


def _dutiable(draft: Draft) -> list[int]:
    return np.flatnonzero(draft.dutiable()).tolist()
