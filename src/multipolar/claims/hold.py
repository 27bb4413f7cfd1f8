"""Will the union hold: bargaining power, credibility, offers from outside, hold-up and linkage."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from multipolar.atlas import politics
from multipolar.claims.context import MEMBERS, Context
from multipolar.claims.model import Finding, Numbers
from multipolar.claims.words import name_of
from multipolar.coalition.bargaining import break_even, hold_up, ranking, slack
from multipolar.coalition.cooperative import game_from_blocs, shapley_division
from multipolar.coalition.holding import MARGIN
from multipolar.coalition.states import EXITS
from multipolar.security import defence_probability
from multipolar.study.bloc import SETS
from multipolar.types import Array, Bool, Float64

__all__ = [
    "centre_of_integration",
    "european_option",
    "inconsistency_or_fear",
    "linkage",
    "not_anti_western",
    "renege_or_demand",
    "standing_after_transfers",
    "weak_link_belarus",
]

RUS, KAZ, BLR = (MEMBERS.index(code) for code in ("RUS", "KAZ", "BLR"))

# -- claim 5 and 26 -------------------------------------------------------------------------------------------------


def shapley_rows(by_mask: Float64[Array, "row mask member"], chosen: Sequence[int]) -> Float64[Array, "row chosen"]:
    """Return the Shapley values of a game among some of the members, the others standing alone (belief gamma)."""
    masks = [
        sum(1 << chosen[bit] for bit in range(len(chosen)) if small >> bit & 1) for small in range(1 << len(chosen))
    ]
    table = (by_mask - by_mask[:, :1])[:, masks][:, :, list(chosen)]
    return np.einsum("rmi,mip->rp", table, _shapley_of_units(len(chosen)))


@cache
def _shapley_of_units(count: int) -> Float64[Array, "mask member player"]:
    """Shapley values of the games in which one member gets 1 in one set: the value is linear in the payoffs."""
    names = [str(member) for member in range(count)]
    found = np.zeros((1 << count, count, count))
    for mask in range(1, 1 << count):
        for member in range(count):
            unit = np.zeros((1 << count, count))
            unit[mask, member] = 1.0
            found[mask, member] = shapley_division(game_from_blocs(names, unit, belief="gamma"))
    return found


def growth_of_payoff(by_mask: Float64[Array, "row mask member"]) -> Float64[Array, " row"]:
    """Return Russia's Shapley value with two partners less the larger of those with one (USD billion a year) [row]."""
    whole = shapley_rows(by_mask, (RUS, KAZ, BLR))[:, 0]
    pairs = [shapley_rows(by_mask, (RUS, partner))[:, 0] for partner in (KAZ, BLR)]
    return whole - np.maximum(*pairs)


def centre_of_integration(context: Context) -> Finding:
    """Claim 5: does Russia's bargaining payoff grow with the union?"""
    whole = shapley_rows(context.by_mask("central"), (RUS, KAZ, BLR))[0, 0]
    return Finding(
        {
            "all_components": {"growth": Numbers.of(growth_of_payoff(context.by_mask("central")))},
            "trade_alone": {"growth": Numbers.of(growth_of_payoff(context.by_mask()))},
        },
        context.parameters,
        notes=(
            f"Russia's value in the union of three is {whole:.2f} USD bn a year. Payments between members cancel "
            "in what a coalition is worth, so the energy rent enters claim 26 and not this one.",
        ),
    )


def gain_in_union(by_mask: Float64[Array, "row mask member"], member: int) -> Float64[Array, " row"]:
    """Return what a member itself has in the union of all over no union (USD billion a year) [row]."""
    return by_mask[:, -1, member] - by_mask[:, 0, member]


def standing_after_transfers(context: Context) -> Finding:
    """Claim 26: is Russia better off in the union, after what it pays, or would have to pay?

    Payments count once. As paid: Russia's own payoff, out of which rent and transfers to its partners have gone. As
    needed: its payoff before any payment, less the least sum that would keep its partners in.
    """
    table = context.payoffs.table
    unpaid = table.total([name for name in SETS["organic"] if name != "transfer"])
    union = table.union(unpaid, available=table.available)[0]
    paid = gain_in_union(context.by_mask("central"), RUS)
    before = gain_in_union(table.by_mask(unpaid), RUS)
    needed = np.clip(-slack(union)[:, [KAZ, BLR]], 0.0, None).sum(axis=1)
    rent = -context.inside("energy")[:, RUS] - context.inside("transfer")[:, RUS]
    note = (
        f"Russia's payoff in the union over none is {paid[0]:.2f}, after rent and transfers of {rent[0]:.2f} to its "
        f"partners. Before all payments, energy and transit no part of the bargain, it is {before[0]:.2f}, and keeping "
        f"its partners in would take {needed[0]:.2f} (USD bn a year). What standing is worth beyond this table is not "
        "in it: where the payoff is negative, its size is the least that standing must be worth."
    )
    return Finding(
        {"paid": {"net": Numbers.of(paid)}, "needed": {"net": Numbers.of(before - needed)}},
        context.parameters,
        notes=(note,),
    )


# -- claim 15 -------------------------------------------------------------------------------------------------------


def put_off(
    lost_with_credibility: Float64[Array, "row member"],
    moved_by_capability: Float64[Array, "row member"],
    feared: Float64[Array, "row member"],
) -> Float64[Array, "row member"]:
    """Return by how much inconsistency puts members off, less their response to the hub's strength (USD billion).

    Parameters
    ----------
    lost_with_credibility
        Fall of slack when the hub keeps its word less, with its sign: negative where that holds a member.
    moved_by_capability
        Change of slack with the hub's capability, which protects; its size counts.
    feared
        Rise of the loss in attacks of the hub with its capability. It is the same in and out, so all of it is counted
        against the union: the most that fear can take from slack.
    """
    return lost_with_credibility - np.maximum(np.abs(moved_by_capability), feared)


def inconsistency_or_fear(context: Context) -> Finding:
    """Claim 15: does slack fall when Russia keeps its word less, and by more than its strength moves or frightens?"""
    now = context.figure("hub_credibility", "RUS")
    base = context.slack()
    less = base - context.slack(credibility=0.9 * now)
    fear = context.feared(1.1) - context.feared()
    ten = put_off(less, context.slack(capability=1.1) - base, fear)
    figure = politics.figure("hub_credibility", "RUS")
    low, high = (np.full(len(now), figure.at(u)) for u in (0.05, 0.95))
    wide = put_off(
        context.slack(credibility=high) - context.slack(credibility=low),
        context.slack(capability=2.0) - context.slack(capability=0.5),
        context.feared(2.0) - context.feared(0.5),
    )
    flips = []
    for place, code in ((BLR, "BLR"), (KAZ, "KAZ")):
        at = break_even(lambda q, i=place: float(context.slack(credibility=np.full(len(now), q))[0, i]), high=0.999)
        if at is not None:
            flips.append(
                {
                    "parameter": f"the chance that Russia keeps its word at which {name_of(code)} would rather leave",
                    "value": at,
                    "unit": "fraction",
                }
            )
    columns = {"BLR": BLR, "KAZ": KAZ}
    lines = [
        f"{name_of(code)} loses {1e3 * less[0, i]:.1f} of slack if Russia keeps its word a tenth less, and at most "
        f"{1e3 * fear[0, i]:.2f} by fear if Russia is a tenth stronger (USD mn a year)"
        for code, i in columns.items()
    ]
    notes = ["; ".join(lines) + "."]
    if (less[0, list(columns.values())] < 0).any():
        notes.append(
            "A loss below zero is a gain: being cut off is likelier outside than inside, so where nothing else hangs "
            "on Russia's word, a Russia that breaks it holds its members."
        )
    return Finding(
        {
            "ten_percent": {code: Numbers.of(ten[:, i]) for code, i in columns.items()},
            "uncertainty": {code: Numbers.of(wide[:, i]) for code, i in columns.items()},
        },
        context.parameters,
        tuple(flips),
        tuple(notes),
    )


# -- claims 17 to 20 ------------------------------------------------------------------------------------------------

WEAK_LINK_SETS = ("central", "no_energy", "organic", "eu_offer")
SET_WORDS = {
    "central": "with all components",
    "no_energy": "without the energy rent",
    "organic": "without energy rent and transit",
    "eu_offer": "with an offer of the EU",
}
"""Sets of components, in words."""


def _share(held: Bool[Array, " row"]) -> float:
    """Share of the draws in which something holds; what the most likely figures say where nothing is drawn."""
    return float(held[1:].mean() if len(held) > 1 else held[0])


def lead_in_loss(dearest: Float64[Array, "row member"]) -> Float64[Array, " row"]:
    """Return the expected loss to the others from Belarus less that from Kazakhstan (USD billion a year) [row].

    Parameters
    ----------
    dearest
        ``dearest_to_lose`` of Kazakhstan and Belarus, negative where the others gain if it goes: that is no loss and
        ranks nobody, so it counts as 0.
    """
    loss = np.clip(dearest, 0.0, None)
    return loss[:, BLR - 1] - loss[:, KAZ - 1]


def weak_link_belarus(context: Context) -> Finding:
    """Claim 17: is Belarus dearer to lose than Kazakhstan, whatever counts?"""
    readings, gains = {}, []
    for name in WEAK_LINK_SETS:
        loss = ranking(context.union(name), spread=context.payoffs.spread)["dearest_to_lose"]
        readings[name] = {"lead": Numbers.of(lead_in_loss(loss))}
        shares = {code: _share(loss[:, i - 1] < 0) for code, i in (("BLR", BLR), ("KAZ", KAZ))}
        text = ", ".join(f"{name_of(code)} {100 * share:.0f}%" for code, share in shares.items())
        gains.append(f"{SET_WORDS[name]} {text}")
    notes = (
        "Without a sunk cost hold-up is zero, so the ranking rests on the chance to reopen and the pivot.",
        f"The others gain if it goes, share of draws: {'; '.join(gains)}. Such a member is nobody's weak link.",
    )
    return Finding(readings, context.parameters, notes=notes)


OFFER_SETS = ("central", "no_energy", "organic")


def european_option(context: Context) -> Finding:
    """Claim 18: would an association that can be had for certain tip Belarus, with and without energy rents?"""
    table = context.payoffs.table
    total = table.total()
    readings, stays = {}, {}
    for name in OFFER_SETS:
        without, certain = (
            slack(table.union(table.total(SETS[name]), available=_with_offer(table.available, may))[0])[:, BLR]
            for may in (False, True)
        )
        readings[name] = {"slack": Numbers.of(certain), "offer": Numbers.of(without - certain)}
        stays[name] = _share(without >= -MARGIN)
    cuts, gains = context.offer_sweep
    flips = [
        {
            "parameter": f"fall of trade costs by an association that tips Belarus, {words}",
            "value": at,
            "unit": "fraction",
        }
        for words, at in (
            ("energy rents counted", tipping_offer(cuts, gains, float(total[0, context.place_of(7), BLR]))),
            ("without energy and transit", tipping_offer(cuts, gains, _organic(context))),
        )
        if at is not None
    ]
    note = (
        f"An offer of {100 * cuts[-1]:.0f}% lower costs is worth {gains[-1]:.2f} USD bn a year to Belarus; inside "
        f"it has {total[0, context.place_of(7), BLR]:.2f} with and {_organic(context):.2f} without energy and transit."
    )
    stay = ", ".join(f"{100 * share:.0f}% {SET_WORDS[name]}" for name, share in stays.items())
    notes = (note, f"Without any offer of the EU Belarus would stay in these shares of the draws: {stay}.")
    return Finding(readings, context.parameters, tuple(flips), notes)


def _with_offer(available: Bool[Array, "row member exit"], certain: bool) -> Bool[Array, "row member exit"]:
    """Exits that can be taken when an association of Belarus is certain, or is not to be had."""
    may = np.array(available)
    may[:, BLR, list(EXITS).index("eu")] = certain
    return may


def _organic(context: Context) -> float:
    return float(context.by_mask("organic")[0, 7, BLR])


def tipping_offer(cuts: Float64[Array, " cut"], gains: Float64[Array, " cut"], inside: float) -> float | None:
    """Return the cut of costs at which leaving for the offer is worth as much as staying, None beyond the sweep."""
    over = np.flatnonzero(gains >= inside)
    if not len(over):
        return None
    at = int(over[0])
    if at == 0:
        return float(cuts[0])
    share = (inside - gains[at - 1]) / (gains[at] - gains[at - 1])
    return float(cuts[at - 1] + share * (cuts[at] - cuts[at - 1]))


def sunk_by_commitment(
    own_entry: Float64[Array, "row member"],
    delay: Float64[Array, "row member"],
    discount: Float64[Array, " row"],
) -> Float64[Array, "row member"]:
    """Return what members lose a year in present value if accession comes later, at least 0 (USD billion a year)."""
    lost = own_entry * (1.0 - discount[:, None] ** np.clip(delay, 0.0, None))
    return np.clip(np.nan_to_num(lost), 0.0, None)


def commitment_cost(context: Context) -> Float64[Array, "row member"]:
    """Return what each member has sunk by the joint bid (USD billion a year); Belarus nothing."""
    table = context.payoffs.table
    own = np.zeros(table.income.shape)
    own[:, RUS] = context.trade.of("wto", "RUS")
    alone = context.place_of(table.bloc.left_by(KAZ))
    entered = context.place_of(table.bloc.left_by(KAZ), KAZ, "wto")
    own[:, KAZ] = table.values[:, entered, KAZ, 0] - table.values[:, alone, KAZ, 0]
    delay = np.stack([context.figure("accession_delay", code, "EACU") for code in MEMBERS], axis=1)
    sunk = sunk_by_commitment(own, delay, context.figure("delay_discount"))
    sunk[:, BLR] = 0.0
    return sunk


def renege_or_demand(context: Context) -> Finding:
    """Claim 19: can Belarus demand more once the others have committed?"""
    sunk = commitment_cost(context)
    readings = {}
    for name in ("central", "no_energy", "organic"):
        readings[name] = {"rent": Numbers.of(hold_up(context.union(name, sunk)).rent[:, BLR])}
    note = (
        f"Sunk at the most likely figures: Russia {sunk[0, RUS]:.3f}, Kazakhstan {sunk[0, KAZ]:.3f} USD bn a "
        "year, by the model's own gains from accession; no published figure prices commitment."
    )
    return Finding(readings, context.parameters, notes=(note,))


def gain_from_linking(one: Float64[Array, "row player"], other: Float64[Array, "row player"]) -> Float64[Array, " row"]:
    """Return what linking two clubs brings the player that gains less by it (USD billion a year) [row].

    Parameters
    ----------
    one, other
        What each of two players gets in each club [row player]. Apart, a club comes about if nobody loses in it;
        linked, both do if nobody loses in sum.
    """
    apart = sum(np.where((club >= -MARGIN).all(axis=1, keepdims=True), club, 0.0) for club in (one, other))
    both = one + other
    linked = np.where((both >= -MARGIN).all(axis=1, keepdims=True), both, apart)
    return (linked - apart).min(axis=1)


LINKAGE_SETS = ("central", "no_energy", "organic")


def linkage(context: Context) -> Finding:
    """Claim 20: would Russia and Belarus gain by tying the CSTO to the union?"""
    alliance = alliance_gain(context)
    readings = {}
    notes = []
    for name in LINKAGE_SETS:
        table = context.by_mask(name)
        union = (table[:, 7] - table[:, context.payoffs.table.bloc.left_by(BLR)])[:, [RUS, BLR]]
        union = union - _military(context)
        readings[name] = {"gain": Numbers.of(gain_from_linking(union, alliance))}
        notes.append(f"the union, {SET_WORDS[name]}: Russia {union[0, 0]:.2f}, Belarus {union[0, 1]:.2f}")
    notes.append(f"the CSTO: Russia {alliance[0, 0]:.3f}, Belarus {alliance[0, 1]:.3f} (USD bn a year)")
    return Finding(
        readings,
        context.parameters,
        notes=(
            "What Belarus's membership brings: " + "; ".join(notes) + ".",
            "By these payoffs of two clubs and two players a link pays where what a player gains in one club makes up "
            "for its loss in the other; what either has from Belarus in the CSTO is small beside what one of them "
            "loses in the union. Third parties, reputation and clubs not counted here may make one pay all the same.",
        ),
    )


def _military(context: Context) -> Float64[Array, "row player"]:
    """Protection and burden inside the union's payoff, taken out so that nothing counts twice."""
    table = context.payoffs.table
    left = context.place_of(table.bloc.left_by(BLR))
    found = np.zeros((len(table.values), 2))
    for component in ("protection", "burden"):
        column = _component(component)
        change = table.values[:, context.place_of(7), :, column] - table.values[:, left, :, column]
        found += change[:, [RUS, BLR]]
    return found


def _component(name: str) -> int:
    from multipolar.coalition.payoff import COMPONENTS

    return list(COMPONENTS).index(name)


def alliance_gain(context: Context) -> Float64[Array, "row player"]:
    """Return what Belarus's membership of the CSTO brings Russia and Belarus, burden taken off (USD billion a year)."""
    cost = (
        context.figure("force_pledge", "BLR", "CSTO", 2009)
        * context.figure("deployed_soldier_cost", "", "CSTO", 2009)
        * context.figure("deployment_probability", "", "CSTO", 2009)
        / 1e3
    )
    found = np.zeros((len(context.places), 2))
    for row, place in enumerate(context.places):
        word = float(context.reliability[row])
        others = [code for code in place.states if code != "BLR"]
        fall = defence_probability(place, place.states, reliability=word)
        fall = fall - defence_probability(place, others, reliability=word)
        value = (place.hazard * place.stake_usd_bn[:, None] * fall).sum(axis=1)
        found[row] = value[[place.index("RUS"), place.index("BLR")]]
    found[:, 1] -= cost
    return found


# -- claim 27 -------------------------------------------------------------------------------------------------------


def best_policy(
    members: Float64[Array, "row policy"], west: Float64[Array, "row policy economy"]
) -> Float64[Array, " row"]:
    """Return the best rise of the members' income among policies that leave no Western economy worse off [row].

    Parameters
    ----------
    members, west
        Change from the plain union (USD billion a year); doing nothing is always open and worth 0.
    """
    allowed = (west >= -MARGIN).all(axis=2)
    return np.clip(np.where(allowed, members, -np.inf).max(axis=1), 0.0, None)


def not_anti_western(context: Context) -> Finding:
    """Claim 27: is there a policy that raises the union's and the alliance's value and costs the West nothing?"""
    trade = context.trade
    policies = ("cheaper_joint", "cheaper_eu", "cheaper_both")

    def change(economy: str) -> np.ndarray:
        return np.stack([trade.of(name, economy) - trade.of("cheaper", economy) for name in policies], axis=1)

    members = sum(change(code) for code in MEMBERS)
    west = np.stack([change("EUN"), change("USA")], axis=2)
    value = best_policy(np.asarray(members), west)
    failed = np.isnan(np.asarray(members)).any(axis=1)
    csto = np.array(
        [
            _alliance_value(place, min(1.0, 1.1 * float(q))) - _alliance_value(place, float(q))
            for place, q in zip(context.places, context.reliability, strict=True)
        ]
    )
    lines = [
        f"{words}: members {np.asarray(members)[0, k]:+.2f}, EU {west[0, k, 0]:+.2f}, USA {west[0, k, 1]:+.2f}"
        for k, words in enumerate(("joint accession", "lower costs with the EU", "both"))
    ]
    note = "Against the plain union, USD bn a year: " + "; ".join(lines) + "."
    readings = {"search": {"union": Numbers.of(np.where(failed, np.nan, value)), "csto": Numbers.of(csto)}}
    return Finding(readings, context.parameters, notes=(note,))


def _alliance_value(place: Any, reliability: float) -> float:
    gain = defence_probability(place, place.states, reliability=reliability) - defence_probability(place, [])
    return float((place.hazard * place.stake_usd_bn[:, None] * gain).sum())
