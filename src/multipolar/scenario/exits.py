"""Leaving a club, union or area: tariffs go back, unless another agreement still frees the trade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from multipolar import atlas
from multipolar.scenario.costs import reverse_inside
from multipolar.scenario.draft import PARTNERS_OF, Bond, Draft
from multipolar.scenario.preferences import SAME

__all__ = ["leave_bond", "leave_club"]


def leave_club(draft: Draft, economy: int, club: str, sectors: Sequence[int]) -> list[int]:
    """Take an economy out of a club of the atlas, and return those who stay.

    Tariffs between the leaver and those who stay become each importer's external tariff in `sectors`. Pairs between
    which another agreement frees trade keep their tariffs. A club that changes no tariff leaves tariffs as they are.
    """
    rest = [i for i in draft.club_parties(club) if i != economy]
    draft.left.add((economy, club))
    record, code = atlas.club(club), draft.code(economy)
    if record.kind == "wto":
        draft.bindings[economy] = np.nan
        draft.wto[economy] = False
        draft.note(f"{code} leaves {club}: its bindings lapse, its tariffs stay.")
        return rest
    if not record.zero_internal_tariff and club not in PARTNERS_OF:
        draft.note(f"{code} leaves {club}, which changes no tariff.")
        return rest
    kept = _kept(draft, economy, rest, club)
    exposed = [other for other in rest if other not in kept]
    for other in exposed:
        for s in sectors:
            _to_external(draft, economy, other, s)
    back = f"tariffs between it and {draft.codes(exposed)} go back to each side's external tariff" if exposed else ""
    draft.note(f"{code} leaves {club}: {_sentence(back, kept, draft)}.")
    return rest


def leave_bond(draft: Draft, economy: int, bond: Bond) -> list[int]:
    """Take an economy out of a union or area that this scenario formed, and return those who stay.

    A leaver of a union gets back the tariffs that it had in the baseline world, within its WTO bindings; those who stay
    treat it as an outsider. The change of costs inside is reversed. A union with one member left is dissolved.
    """
    before = list(bond.members)
    rest = [i for i in before if i != economy]
    out = [economy] if len(rest) > 1 else before
    bond.members[:] = [i for i in before if i not in out]
    if not bond.members:
        draft.bonds.remove(bond)
    if bond.is_union:
        for i in out:
            _own_tariffs(draft, i, before, bond.sectors)
        _own_duties(draft, out, bond.members)
    draft.insiders[[i for i in out if not any(i in other.members for other in draft.bonds)]] = False
    kept = _kept(draft, economy, rest, bond)
    for other in rest:
        for s in bond.sectors:
            _to_external(draft, economy, other, s)
            if other in kept:
                _at_most_baseline(draft, economy, other, s)
    reverse_inside(draft, bond.costs, economy, rest)
    back = (
        "tariffs on outsiders go back to its own, tariffs between it and those who stay to each side's external tariff"
    )
    name = f"the {bond.kind} of {draft.codes(before)}"
    draft.note(f"{draft.code(economy)} leaves {name}: {_sentence(back, kept, draft)}.")
    return rest


def _kept(draft: Draft, economy: int, rest: Sequence[int], besides: str | Bond) -> dict[int, str]:
    """Return the agreement that still frees trade with each of those who stay, where there is one."""
    found = {other: draft.trade_is_freed(economy, other, besides) for other in rest}
    return {other: name for other, name in found.items() if name is not None}


def _sentence(back: str, kept: Mapping[int, str], draft: Draft) -> str:
    by_name: dict[str, list[int]] = {}
    for other, name in kept.items():
        by_name.setdefault(name, []).append(other)
    parts = [back] if back else []
    parts += [f"trade with {draft.codes(others)} stays free under {name}" for name, others in by_name.items()]
    return "; ".join(parts) or "nobody else in this world is in it, so no tariff changes"


def _to_external(draft: Draft, one: int, other: int, sector: int) -> None:
    """Raise the tariffs between two economies to each importer's external tariff; a higher one stays."""
    for o, d in ((one, other), (other, one)):
        draft.tariff[o, d, sector] = max(draft.tariff[o, d, sector], draft.external[d, sector])


def _at_most_baseline(draft: Draft, one: int, other: int, sector: int) -> None:
    for o, d in ((one, other), (other, one)):
        draft.tariff[o, d, sector] = min(draft.tariff[o, d, sector], draft.world.tariff[o, d, sector])


def _own_tariffs(draft: Draft, economy: int, before: Sequence[int], sectors: Sequence[int]) -> None:
    """Give an economy back its baseline tariffs on outsiders; preferences granted since then stay."""
    outsiders = np.setdiff1d(np.arange(len(draft.world.economies)), [*before, economy])
    for s in sectors:
        preferred = draft.tariff[outsiders, economy, s] < draft.external[economy, s] - SAME
        own = np.fmin(draft.world.tariff[outsiders, economy, s], draft.bindings[economy, s])
        lower = np.minimum(own, draft.tariff[outsiders, economy, s])
        draft.tariff[outsiders, economy, s] = np.where(preferred, lower, own)
        draft.external[economy, s] = np.fmin(draft.world.external_tariff[economy, s], draft.bindings[economy, s])


def _own_duties(draft: Draft, out: Sequence[int], stay: Sequence[int]) -> None:
    """Leavers keep the duties they collect; the shares of those who stay are scaled up to 1."""
    for i in out:
        draft.share[:, i] = 0.0
        draft.share[i, i] = 1.0
    for c in stay:
        draft.share[list(out), c] = 0.0
        total = draft.share[:, c].sum()
        draft.share[:, c] = draft.share[:, c] / total if total > 0 else np.eye(len(draft.share))[:, c]
