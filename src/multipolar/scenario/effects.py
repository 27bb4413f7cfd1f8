"""What single measures do: tariffs, sanctions, costs, productivity and payments."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multipolar.scenario.commitments import (
    Breach,
    compensate,
    refuse_lone_tariff,
    refuse_union_sanction,
    within_bindings,
)
from multipolar.scenario.costs import scale_cost, scale_pairs, signed
from multipolar.scenario.draft import Draft
from multipolar.scenario.fields import money, shown
from multipolar.scenario.measures import (
    EnergyContract,
    NonTariffCost,
    Productivity,
    Sanction,
    Tariff,
    Transfer,
)
from multipolar.scenario.preferences import SAME
from multipolar.scenario.quantity import central
from multipolar.scenario.rules import set_external
from multipolar.scenario.shockbase import ShockBase
from multipolar.types import Array, Float64

__all__ = [
    "apply_energy_contract",
    "apply_non_tariff_cost",
    "apply_productivity",
    "apply_sanction",
    "apply_tariff",
    "apply_transfer",
]


# -- tariffs ------------------------------------------------------------------------------------------------------


def apply_tariff(draft: Draft, shock: Tariff) -> None:
    """Change external tariffs, or the rates on named origins."""
    importers = draft.economies(shock.importers, shock, "importers")
    origins = None if shock.origins is None else draft.economies(shock.origins, shock, "origins")
    sectors = draft.sectors(shock.sectors, shock)
    like = None if shock.like is None else draft.external[draft.economy(shock.like, shock, "like")].copy()
    if origins is not None and not any(o != d for o in origins for d in importers):
        raise draft.error(shock, f"{draft.codes(origins)} levies no tariff on itself; name other origins", "origins")
    refuse_lone_tariff(draft, shock, importers, origins)
    for d in importers:
        if origins is None:
            _external_tariff(draft, shock, d, sectors, like)
        else:
            _tariff_on(draft, shock, d, [o for o in origins if o != d], sectors, like)


def _new_rate(
    draft: Draft, shock: Tariff, old: float, sector: int, like: Float64[Array, " s"] | None, what: str
) -> float:
    """Return the rate that the shock makes of an old one (fraction)."""
    if like is not None:
        return float(like[sector])
    if shock.rate is not None:
        return central(shock.rate)
    if shock.factor is not None:
        return central(shock.factor) * old
    assert shock.change is not None
    new = old + central(shock.change)
    if new < -SAME:
        raise draft.error(
            shock,
            f"{what} would fall from {shown(old)} to {shown(new)}; import subsidies are not supported, use a smaller "
            "change or a factor",
            "change",
        )
    return max(new, 0.0)


def _external_tariff(
    draft: Draft, shock: Tariff, importer: int, sectors: Sequence[int], like: Float64[Array, " s"] | None
) -> None:
    old = draft.external[importer].copy()
    rates = old.copy()
    for s in sectors:
        what = f"the external tariff of {draft.code(importer)} on {draft.world.sectors[s]}"
        rates[s] = _new_rate(draft, shock, float(old[s]), s, like, what)
    rates, breaches = within_bindings(draft, shock, [importer], rates, sectors)
    inside = [j for bond in draft.bonds if bond.is_union and importer in bond.members for j in bond.members]
    set_external(draft, importer, rates, sectors, besides=inside)
    whose = f" ({shock.like}'s)" if shock.like else ""
    steps = [
        f"{draft.world.sectors[s]} {shown(old[s])} -> {shown(rates[s])}"
        for s in sectors
        if abs(rates[s] - old[s]) > SAME
    ]
    what = ", ".join(steps)
    draft.note(
        f"{draft.code(importer)} external tariff on {what}{whose}."
        if steps
        else f"{draft.code(importer)} external tariff stays as it is: it has these rates already{whose}."
    )
    compensate(draft, shock, breaches)


def _tariff_on(
    draft: Draft,
    shock: Tariff,
    importer: int,
    origins: Sequence[int],
    sectors: Sequence[int],
    like: Float64[Array, " s"] | None,
) -> None:
    """Set the rate on named origins; the external tariff stays."""
    breaches: list[Breach] = []
    if not origins:  # the importer alone is named as origin, and nobody levies a tariff on itself
        return
    before = draft.tariff[:, importer].copy()
    for s in sectors:
        for o in origins:
            what = f"the tariff of {draft.code(importer)} on {draft.world.sectors[s]} from {draft.code(o)}"
            old = float(draft.tariff[o, importer, s])
            new = _new_rate(draft, shock, old, s, like, what)
            if draft.wto[o] and new > old:
                rates = np.full(len(draft.world.sectors), new)
                rates, found = within_bindings(draft, shock, [importer], rates, [s])
                new = max(float(rates[s]), old)
                breaches += [breach for breach in found if breach not in breaches]
            draft.tariff[o, importer, s] = new
    steps = [
        f"{draft.world.sectors[s]} {_band(before[origins, s])} -> {_band(draft.tariff[origins, importer, s])}"
        for s in sectors
        if np.abs(before[origins, s] - draft.tariff[origins, importer, s]).max() > SAME
    ]
    draft.note(f"{draft.code(importer)} tariff on {draft.crowd(origins)}: {', '.join(steps) or 'no change'}.")
    compensate(draft, shock, breaches)


def _band(rates: Float64[Array, " o"]) -> str:
    low, high = shown(float(rates.min())), shown(float(rates.max()))
    return low if low == high else f"{low} to {high}"


# -- other measures -----------------------------------------------------------------------------------------------


def apply_sanction(draft: Draft, shock: Sanction) -> None:
    """Ban or burden trade between senders and targets."""
    senders, targets = _two_sides(draft, shock)
    both = [i for i in senders if i in targets]
    if both:
        raise draft.error(shock, f"{draft.codes(both)} cannot sanction itself; drop it from the targets", "targets")
    sectors = draft.sectors(shock.sectors, shock)
    refuse_union_sanction(draft, shock, senders, targets)
    factor = np.inf if shock.ban else 1.0 + central(shock.cost if shock.cost is not None else 0.0)
    for sender in senders:
        for target in targets:
            if shock.direction in ("imports", "both"):
                scale_cost(draft, target, sender, sectors, factor)
            if shock.direction in ("exports", "both"):
                scale_cost(draft, sender, target, sectors, factor)
    what = "ban on" if shock.ban else f"cost raised by {shown(factor - 1)} of"
    way = {"imports": "imports from", "exports": "exports to", "both": "trade with"}[shock.direction]
    names = draft.sector_codes(sectors)
    draft.note(f"Sanction of {draft.crowd(senders)}: {what} {way} {draft.crowd(targets)} in {names}.")


def _two_sides(draft: Draft, shock: Sanction) -> tuple[list[int], list[int]]:
    """Return senders and targets; ``all`` on one side is everyone but the other."""
    senders = draft.economies(shock.senders, shock, "senders")
    targets = draft.economies(shock.targets, shock, "targets")
    if "all" in shock.senders:
        senders = [i for i in senders if i not in targets]
    elif "all" in shock.targets:
        targets = [i for i in targets if i not in senders]
    if not senders or not targets:
        raise draft.error(shock, "nobody is left on the other side of this sanction; name the targets", "targets")
    return senders, targets


def apply_non_tariff_cost(draft: Draft, shock: NonTariffCost) -> None:
    """Change the cost of trade from origins to destinations."""
    origins = draft.economies(shock.origins, shock, "origins")
    destinations = draft.economies(shock.destinations, shock, "destinations")
    sectors = draft.sectors(shock.sectors, shock)
    if set(origins) == set(destinations) and len(set(origins)) == 1:
        raise draft.error(
            shock,
            f"{draft.codes(origins)} has no cost of trading with itself; name other destinations",
            "destinations",
        )
    factor = 1.0 + central(shock.change)
    scale_pairs(draft, origins, destinations, sectors, factor, back=shock.both_ways)
    way = "and back " if shock.both_ways else ""
    draft.note(
        f"Non-tariff cost of trade from {draft.crowd(origins)} to {draft.crowd(destinations)} {way}"
        f"changes by {signed(factor)} in {draft.sector_codes(sectors)}."
    )


def apply_productivity(draft: Draft, shock: Productivity) -> None:
    """Change productivity."""
    economies = draft.economies(shock.economies, shock, "economies")
    sectors = list(range(len(draft.world.sectors))) if shock.sectors is None else draft.sectors(shock.sectors, shock)
    factor = 1.0 + central(shock.change)
    draft.productivity[np.ix_(economies, sectors)] *= factor
    draft.note(
        f"Productivity of {draft.crowd(economies)} changes by {signed(factor)} in {draft.sector_codes(sectors)}."
    )


def apply_transfer(draft: Draft, shock: Transfer) -> None:
    """Book a lump sum."""
    payer = draft.economy(shock.payer, shock, "from")
    receiver = draft.economy(shock.receiver, shock, "to")
    amount = central(shock.usd_mn)
    _pay(draft, shock, payer, receiver, amount, "usd_mn")
    draft.note(f"{draft.code(payer)} pays {draft.code(receiver)} {money(amount)} a year.")


def apply_energy_contract(draft: Draft, shock: EnergyContract) -> None:
    """Book the value of a new energy contract: what the importer gains, the exporter pays."""
    exporter = draft.economy(shock.exporter, shock, "exporter")
    importer = draft.economy(shock.importer, shock, "importer")
    gain = shock.importer_gain()
    field = "usd_mn_a_year" if shock.usd_mn_a_year is not None else "price_change_usd"
    if gain >= 0:
        _pay(draft, shock, exporter, importer, gain, field)
    else:
        _pay(draft, shock, importer, exporter, -gain, field)
    side = "cheaper" if gain > 0 else "dearer" if gain < 0 else "unchanged"
    draft.note(
        f"Energy contract of {draft.code(exporter)} with {draft.code(importer)}: {side} by {money(abs(gain))} a year, "
        "booked as a transfer."
    )


def _pay(draft: Draft, shock: ShockBase, payer: int, receiver: int, amount: float, field: str) -> None:
    """Move money; an economy cannot pay more than half of what it produces."""
    draft.transfer[payer] -= amount
    draft.transfer[receiver] += amount
    gdp = draft.world.gdp[payer]
    if -draft.transfer[payer] > 0.5 * gdp:
        raise draft.error(
            shock,
            f"{draft.code(payer)} would pay {money(-draft.transfer[payer])} a year, its GDP is {money(gdp)}, and "
            "the limit is half of it; pay less (amounts are in million USD)",
            field,
        )
