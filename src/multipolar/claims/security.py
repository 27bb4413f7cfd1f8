"""Security: who protects whom from what, how exposed Russia is, and whose army is strongest."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from multipolar import atlas
from multipolar.atlas import economy, politics
from multipolar.claims.context import ALLIANCE, EVE, HUB, WORLD, Context
from multipolar.claims.measured import Group, Measure
from multipolar.claims.model import Finding, Numbers
from multipolar.claims.words import in_words, name_of
from multipolar.errors import UnknownNameError
from multipolar.security import (
    Neighbourhood,
    capability,
    defence_probability,
    entrapment,
    neighbourhood,
    outside_threats,
    pledge,
    threat_similarity,
)
from multipolar.types import Array, Float64
from multipolar.world.bundled import load_world

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.claims.data import Data
    from multipolar.world import World

__all__ = [
    "ARMIES",
    "CONFLICT_RECORD",
    "FORCE",
    "conflicts_spill_over",
    "exposed_from_the_south",
    "guarantor_not_counterweight",
    "leading_strengthens",
    "strongest_army",
    "umbrella_not_system",
    "unlike_tasks",
    "wanted_in_central_asia",
]

CENTRAL_ASIA = ("KAZ", "KGZ", "TJK", "UZB")
"""Central Asian members of the CSTO."""

FIVE = (*CENTRAL_ASIA, "TKM")
CONFLICTS = ("AFGC", "CASC", "CAUC")
SOUTH = ("AFGC", "CASC")
NATO_ALLIES = ("EUN", "USA", "CAN")


def expected_loss(
    place: Neighbourhood, members: Sequence[str], reliability: float, hazard: Float64[Array, "i k"] | None = None
) -> Float64[Array, " i"]:
    """Return what each state expects to lose in attacks when `members` defend each other (USD billion a year) [i]."""
    chance = place.hazard if hazard is None else hazard
    repelled = defence_probability(place, members, reliability=reliability)
    return (chance * place.stake_usd_bn[:, None] * (1.0 - repelled)).sum(axis=1)


# -- claim 10 -------------------------------------------------------------------------------------------------------

CONTINENTS = {"Americas": (2, 199), "Europe": (200, 399), "Africa": (400, 599), "Middle East": (600, 699)} | {
    "Asia": (700, 899),
    "Oceania": (900, 999),
}
"""Ranges of Correlates of War numbers."""

INTERNAL = ("intrastate", "II")


def continent(iso3: str) -> str:
    """Return the continent of a state by its Correlates of War number; empty if it has none."""
    try:
        number = economy(iso3).cow
    except UnknownNameError:
        number = None
    return next((name for name, (lo, hi) in CONTINENTS.items() if number is not None and lo <= number <= hi), "")


def lead_in_conflicts(conflicts: pd.DataFrame, first: int, last: int) -> tuple[float, dict[str, float]]:
    """Return Asia's share of conflict-years less the next continent's (percentage points), and all shares (percent)."""
    rows = conflicts[(conflicts.year >= first) & (conflicts.year <= last)].drop_duplicates(["conflict", "year"])
    places = rows.iso3.map(continent)
    shares = 100.0 * places[places != ""].value_counts(normalize=True)
    found = {str(name): float(share) for name, share in shares.items()}
    return found.get("Asia", 0.0) - max(share for name, share in found.items() if name != "Asia"), found


def onset_counts(
    conflicts: pd.DataFrame, borders: dict[str, frozenset[str]], states: Sequence[str], first: int, last: int
) -> dict[str, tuple[int, int]]:
    """Return onsets of internal conflict and state-years at risk, beside a conflict and far from one.

    At risk is a state without internal conflict the year before; beside: a land neighbour has one; far: neither a
    neighbour nor a neighbour's neighbour has.
    """
    internal = conflicts[conflicts.type.isin(INTERNAL)]
    at_war = {year: frozenset(internal[internal.year == year].iso3) for year in range(first - 1, last + 1)}
    counts = {"beside": [0, 0], "far": [0, 0]}
    for year in range(first, last + 1):
        for state in states:
            if state in at_war[year - 1]:
                continue
            near = borders.get(state, frozenset())
            second = frozenset().union(*(borders.get(other, frozenset()) for other in near)) - {state}
            ring = "beside" if near & at_war[year] else "" if second & at_war[year] else "far"
            if ring:
                counts[ring][0] += state in at_war[year]
                counts[ring][1] += 1
    return {name: (events, years) for name, (events, years) in counts.items()}


def rate_ratio(
    beside: tuple[int, int], far: tuple[int, int], count: int, rng: np.random.Generator
) -> Float64[Array, " row"]:
    """Return the log ratio of two Poisson rates under Jeffreys' prior: row 0 of the posterior means, then draws."""
    means = [(events + 0.5) / years for events, years in (beside, far)]
    draws = [rng.gamma(events + 0.5, 1.0 / years, count) for events, years in (beside, far)]
    return np.concatenate([[np.log(means[0] / means[1])], np.log(draws[0] / draws[1])])


def measure_conflicts(data: Data) -> dict[str, Measure]:
    """Measure shares of conflict-years by continent, and onsets beside a conflict and far from one."""
    _, shares = lead_in_conflicts(data.conflicts, 2004, 2008)
    found = {f"share/{name}": Measure(value, "%", note="2004-08") for name, value in shares.items()}
    for name, (events, years) in onset_counts(data.conflicts, data.borders, data.states, 1992, 2008).items():
        found[f"onsets/{name}"] = Measure(float(events), "onsets", note="1992-2008")
        found[f"years/{name}"] = Measure(float(years), "state-years", note="1992-2008")
    return found


CONFLICT_RECORD = Group("conflicts", 10, ("conflicts", "contiguity"), measure_conflicts)


def conflicts_spill_over(context: Context) -> Finding:
    """Claim 10: where conflicts are, and whether a neighbour's raises the hazard."""
    found = context.measures(CONFLICT_RECORD)
    shares = {key.removeprefix("share/"): item.value for key, item in found.items() if key.startswith("share/")}
    lead = shares.get("Asia", 0.0) - max(share for name, share in shares.items() if name != "Asia")
    (near, near_years), (far, far_years) = (
        (int(found[f"onsets/{ring}"].value), int(found[f"years/{ring}"].value)) for ring in ("beside", "far")
    )
    rng = np.random.default_rng([context.seed, 10])
    ratio = rate_ratio((near, near_years), (far, far_years), context.draws, rng)
    note = (
        "Shares 2004-08: "
        + ", ".join(f"{name} {share:.0f}%" for name, share in shares.items())
        + f". Onsets: {near} in {near_years} state-years beside a conflict, {far} in {far_years} far from one. Poor "
        "regions have both more wars and more neighbours at war."
    )
    return Finding({"record": {"lead": Numbers(lead), "neighbour": Numbers.of(ratio)}}, notes=(note,))


# -- claims 11 to 14 ------------------------------------------------------------------------------------------------


def gain_from_peace(place: Neighbourhood, state: str, reliability: float, factor: float = 0.5) -> float:
    """Return the rise of a state's security level when hazards of conflicts fall by a factor (USD billion a year)."""
    calmer = np.array(place.hazard)
    for name in CONFLICTS:
        if name in place.threats:
            calmer[:, place.threats.index(name)] *= factor
    before = expected_loss(place, place.states, reliability)
    after = expected_loss(place, place.states, reliability, calmer)
    return float((before - after)[place.index(state)])


def leading_strengthens(context: Context) -> Finding:
    """Claim 11: what peace around it is worth to Russia, as a gift and net of sending its force."""
    gift = np.array(
        [gain_from_peace(p, "RUS", float(q)) for p, q in zip(context.places, context.reliability, strict=True)]
    )
    each = context.figure("deployed_soldier_cost", "", "CSTO", 2009)
    cost = context.figure("force_pledge", "RUS", "CSTO", 2009) * each / 1e3
    note = (
        f"Sending the pledged force every year costs {cost[0]:.2f} USD bn a year; how far it would calm is not known."
    )
    parameters = {**context.security_parameters, "deployed_soldier_cost": each[1:]}
    return Finding(
        {"gift": {"gain": Numbers.of(gift)}, "paid": {"gain": Numbers.of(gift - cost)}}, parameters, notes=(note,)
    )


def avoided_pct(
    place: Neighbourhood,
    helped: Sequence[str],
    allies: Sequence[str],
    helper: str,
    reliability: float,
    gdp_usd_bn: float,
) -> float:
    """Return the expected losses of `helped` that adding a helper to their allies takes away (percent of their GDP).

    In absolute terms: of a risk that others have all but removed even a large share is next to nothing.
    """
    rows = [place.index(state) for state in helped]
    without = expected_loss(place, [code for code in allies if code != helper], reliability)[rows].sum()
    together = expected_loss(place, [*(code for code in allies if code != helper), helper], reliability)[rows].sum()
    return float(100.0 * (without - together) / gdp_usd_bn)


def with_allies(
    place: Neighbourhood, world: World, allies: Sequence[str], stands: Mapping[str, str] | None = None
) -> Neighbourhood:
    """Return a neighbourhood with allies added that face no threat here, as far apart as the world's capitals are.

    Parameters
    ----------
    stands
        Ally -> economy in whose capital its whole force stands, in place of its own.
    """
    at = stands or {}
    states = (*place.states, *allies)
    old, n, m = len(place.states), len(states), len(place.threats)
    hazard, stake = np.zeros((n, m)), np.zeros(n)
    hazard[:old], stake[:old] = place.hazard, place.stake_usd_bn
    power = [float(world.attributes["cinc"][world.economy_index(code)]) for code in allies]
    far = np.full((n, m), 1e5)
    far[:old] = place.threat_distance_km
    distance = np.array([[_distance(world, at.get(a, a), at.get(b, b)) for b in states] for a in states])
    return Neighbourhood(
        states, place.threats, np.concatenate([place.capability, power]), place.threat_capability, hazard, stake,
        distance, far, place.reach_km,
    )  # fmt: skip


def _distance(world: World, one: str, other: str) -> float:
    """Great circle between the capitals that the world names (kilometres)."""
    i, j = world.economy_index(one), world.economy_index(other)
    lat = np.radians([world.attributes["capital_lat"][k] for k in (i, j)])
    lon = np.radians([world.attributes["capital_lon"][k] for k in (i, j)])
    half = math.sin((lat[1] - lat[0]) / 2) ** 2 + math.cos(lat[0]) * math.cos(lat[1]) * (
        math.sin((lon[1] - lon[0]) / 2) ** 2
    )
    return 2 * 6371.0 * math.asin(math.sqrt(min(half, 1.0)))


WHERE_FORCES_STAND: Mapping[str, Mapping[str, str]] = {"at_home": {}, "in_europe": {"USA": "EUN"}}
"""Readings of claim 12: the American force at home, or all of it in Europe. The truth lies between."""


def wanted_in_central_asia(context: Context) -> Finding:
    """Claim 12: what Russia adds to the defence of Central Asia, and of NATO at Turkey."""
    words = context.reliability
    centre = np.array(
        [
            avoided_pct(p, CENTRAL_ASIA, p.states, "RUS", float(q), _gdp(context, CENTRAL_ASIA))
            for p, q in zip(context.places, words, strict=True)
        ]
    )
    bare = context.neighbourhoods(["TUR"])
    readings, notes = {}, []
    for name, stands in WHERE_FORCES_STAND.items():
        turkey = [with_allies(p, context.world, (*NATO_ALLIES, "RUS"), stands) for p in bare]
        nato = np.array(
            [
                avoided_pct(p, ["TUR"], p.states, "RUS", float(q), _gdp(context, ["TUR"]))
                for p, q in zip(turkey, words, strict=True)
            ]
        )
        readings[name] = {"central_asia": Numbers.of(centre), "nato": Numbers.of(nato)}
        notes.append(f"{nato[0]:.4f}")
    note = (
        f"Russia takes away expected losses of {centre[0]:.3f}% of GDP in Central Asia, at Turkey of {notes[0]}% (the "
        f"American force at home) or {notes[1]}% (all of it in Europe). Allies are worn down by the distance between "
        "capitals (Berlin for the EU). Russia as a threat to either is left out, so this says who could help, not whom "
        "one trusts."
    )
    return Finding(readings, context.security_parameters, notes=(note,))


def _gdp(context: Context, codes: Sequence[str]) -> float:
    """GDP of some economies together (USD billion)."""
    column = context.world.attributes["gdp_usd_mn"]
    return float(sum(column[context.world.economy_index(code)] for code in codes) / 1e3)


def protection_by_kind(
    place: Neighbourhood, members: Sequence[str], reliability: float, hub: str = "RUS"
) -> tuple[float, float]:
    """Return the protection of the members but the hub from neighbours and conflicts, and from NATO (USD billion)."""
    kinds = politics.load_threats()
    gain = defence_probability(place, members, reliability=reliability) - defence_probability(place, [])
    value = place.hazard * place.stake_usd_bn[:, None] * gain
    rows = [place.index(code) for code in members if code != hub]
    near = [k for k, name in enumerate(place.threats) if kinds[name].kind in ("state", "conflict")]
    prior = [k for k, name in enumerate(place.threats) if kinds[name].kind == "prior"]
    return float(value[np.ix_(rows, near)].sum()), float(value[np.ix_(rows, prior)].sum())


def guarantor_not_counterweight(context: Context) -> Finding:
    """Claim 13: protection from the neighbourhood against protection from NATO."""
    rows = [
        protection_by_kind(place, place.states, float(q))
        for place, q in zip(context.places, context.reliability, strict=True)
    ]
    near, prior = np.array(rows).T
    hazard = politics.figure("hazard_nato", "NATO").at()
    flips = []
    if prior[0] > 0:
        flips.append(
            {
                "parameter": in_words("hazard_nato/NATO"),
                "value": float(hazard * near[0] / prior[0]),
                "unit": "probability a year",
            }
        )
    force = context.measures(FORCE)
    notes = (
        f"From the neighbourhood {near[0]:.3f}, from NATO {prior[0]:.5f} USD bn a year. Soldiers pledged to the "
        f"rapid-reaction force are {force['pledged'].value:.3g}% of those that the members had under arms in 2007.",
    )
    readings = {
        "by_threat": {"lead": Numbers.of(near - prior)},
        "force": {"share": Numbers(force["share"].value)},
    }
    return Finding(readings, context.security_parameters, tuple(flips), notes)


def measure_force(data: Data) -> dict[str, Measure]:
    """Measure the common force against the armies behind it, at the most likely figures.

    ``pledged`` is over the soldiers under arms of all members together, 2007. ``share`` is that of the members but
    the hub from neighbours and conflicts when allies bring the share of their capability that they pledged of their
    soldiers, over that when they bring all of it; who is attacked defends itself with the whole of its own.
    """
    world = load_world(WORLD)
    members = [code for code in atlas.members(ALLIANCE, EVE) if code in world.economies]
    place = neighbourhood(world, members, kinds=("state", "conflict"))
    place = outside_threats(place, members)
    soldiers = 1e3 * components_2007(data.capabilities)["milper"].reindex(members).to_numpy(float)
    sent = np.array([pledge(code, club=ALLIANCE) for code in members])
    word = politics.figure("ally_reliability").at()
    whole, _ = protection_by_kind(place, members, word)
    of_force = 0.0
    for i, code in enumerate(members):
        brought = place.capability * sent / soldiers
        brought[i] = place.capability[i]
        if code != HUB:
            gain = defence_probability(replace(place, capability=brought), members, reliability=word)
            gain = gain - defence_probability(place, [])
            of_force += float((place.hazard[i] * place.stake_usd_bn[i] * gain[i]).sum())
    pledged = 100.0 * float(sent.sum() / soldiers.sum())
    return {
        "pledged": Measure(pledged, "%", note=f"{len(members)} members together, 2007"),
        "share": Measure(100.0 * of_force / whole, "%", note="at the most likely figures"),
    }


FORCE = Group("force", 13, ("capabilities",), measure_force)


def exposed_from_the_south(context: Context) -> Finding:
    """Claim 14: Russia's extra hazard from the wars to the south."""
    extra = []
    for place in context.places:
        columns = [place.threats.index(name) for name in SOUTH if name in place.threats]
        extra.append(100.0 * float(place.hazard[place.index("RUS"), columns].sum()))
    first = context.places[0]
    caucasus = 100.0 * float(first.hazard[first.index("RUS"), first.threats.index("CAUC")])
    note = (
        f"The Caucasus next door stands for {caucasus:.1f} percentage points. The excess of the second ring over the "
        "far rate rests on six onsets in 649 state-years against nine in 1,037, and may be none at all."
    )
    return Finding({"exposure": {"extra": Numbers.of(np.array(extra))}}, context.security_parameters, notes=(note,))


# -- claims 21 to 23 ------------------------------------------------------------------------------------------------


def likeness(place: Neighbourhood, one: str, hub: str = "RUS") -> float:
    """Return the cosine of a member's hazards with the mean of the other members', hub and priors left out."""
    import pandas as pd

    kinds = politics.load_threats()
    columns = [k for k, name in enumerate(place.threats) if kinds[name].kind != "prior"]
    others = [k for k, state in enumerate(place.states) if state not in (one, hub)]
    rows = np.stack([place.hazard[place.index(one), columns], place.hazard[others][:, columns].mean(axis=0)])
    return float(threat_similarity(pd.DataFrame(rows, index=[one, "others"])).to_numpy()[0, 1])


def unlike_tasks(context: Context) -> Finding:
    """Claim 21: are Belarus's threats unlike the others', and does a force that is sent make membership a burden?"""
    cosine = np.array([likeness(place, "BLR") for place in context.places])
    gain = np.array(
        [
            gain_of(place, place.states, float(q))[place.index("BLR")]
            for place, q in zip(context.places, context.reliability, strict=True)
        ]
    )
    pledge = context.figure("force_pledge", "BLR", "CSTO", 2009)
    each = context.figure("deployed_soldier_cost", "", "CSTO", 2009)
    full = politics.figure("force_pledge", "BLR", "CSTO", 2010).at() * each[0] / 1e3
    flips = [
        {
            "parameter": f"{in_words('deployment_probability/CSTO/2009')}, with 5,000 soldiers of Belarus",
            "value": float(gain[0] / full),
            "unit": "probability a year",
        }
    ]
    note = (
        f"Protection of Belarus is worth {gain[0]:.4f} USD bn a year; on 14 June 2009 it pledged nothing, "
        "and the draws run to the 5,000 soldiers of later in the year."
    )
    parameters = {**context.security_parameters, "force_pledge/BLR": pledge[1:], "deployed_soldier_cost": each[1:]}
    return Finding(
        {"csto": {"cosine": Numbers.of(cosine), "payoff": Numbers.of(gain - pledge * each / 1e3)}},
        parameters,
        tuple(flip for flip in flips if 0 < float(flip["value"]) < 1),
        (note,),
    )


def gain_of(place: Neighbourhood, members: Sequence[str], reliability: float) -> Float64[Array, " i"]:
    """Return by how much an alliance lowers each state's expected losses, all threats (USD billion a year) [i]."""
    return expected_loss(place, [], reliability) - expected_loss(place, members, reliability)


def net_of_entrapment(
    place: Neighbourhood, members: Sequence[str], reliability: float, share: float
) -> Float64[Array, " member"]:
    """Return protection less entrapment of each member of a pact (USD billion a year) [member]."""
    rows = [place.index(code) for code in members]
    costs = entrapment(place, members, reliability=reliability, share=share).to_numpy()
    return gain_of(place, members, reliability)[rows] - costs


def pairs_and_whole(
    place: Neighbourhood, region: Sequence[str], hub: str, reliability: float, share: float
) -> tuple[Float64[Array, " member"], Float64[Array, " member"]]:
    """Return what each member of a region has in a pact with the hub alone, and in one of the hub and all of them.

    Net of entrapment, USD billion a year [member]. In either the hub is allied with all of the region and does not take
    sides among them: hazards between them belong out of `place` (`multipolar.security.outside_threats`).
    """
    pairs = np.array([net_of_entrapment(place, [hub, code], reliability, share)[1] for code in region])
    return pairs, net_of_entrapment(place, [hub, *region], reliability, share)[1:]


def umbrella_not_system(context: Context) -> Finding:
    """Claim 22: pacts of each with Russia against one pact of Russia and them all."""
    share = context.figure("war_share_of_ally")
    region = [code for code in CENTRAL_ASIA if code in context.places[0].states]
    found = [
        pairs_and_whole(place, region, "RUS", float(q), float(part))
        for place, q, part in zip(context.places, context.reliability, share, strict=True)
    ]
    pairs, whole = (np.array(values) for values in zip(*found, strict=True))
    note = "In a pact with Russia alone, and of all with Russia, USD mn a year: " + ", ".join(
        f"{name_of(code)} {1e3 * one:.1f} and {1e3 * other:.1f}"
        for code, one, other in zip(region, pairs[0], whole[0], strict=True)
    )
    parameters = {**context.security_parameters, "war_share_of_ally": share[1:]}
    return Finding(
        {"pacts": {"pair": Numbers.of(pairs.min(axis=1)), "whole": Numbers.of((whole - pairs).min(axis=1))}},
        parameters,
        notes=(note + ".",),
    )


def lead_percent(values: dict[str, float], one: str) -> float:
    """Return by how much one exceeds the largest of the others (percent)."""
    return 100.0 * (values[one] / max(value for code, value in values.items() if code != one) - 1.0)


def strongest_army(context: Context) -> Finding:
    """Claim 23: Uzbekistan against the rest of Central Asia, index by index."""
    readings: dict[str, dict[str, Numbers] | str] = {}
    for name, attribute in (("composite", "cinc"), ("spending_2009", "military_spending_usd_mn")):
        column = context.world.attributes[attribute]
        values = {code: float(column[context.world.economy_index(code)]) for code in FIVE}
        known = {code: value for code, value in values.items() if math.isfinite(value)}
        missing = sorted(set(FIVE) - set(known))
        if "UZB" in missing:
            readings[name] = f"no figure for {', '.join(missing)} in the shipped world"
        else:
            readings[name] = {"lead": Numbers(lead_percent(known, "UZB"))}
    found = context.measures(ARMIES)
    readings |= {name: {"lead": Numbers(found[name].value)} for name in INDICES_2007}
    notes = [f"{words}: {found[name].note}" for name, words in INDICES_2007.items()]
    return Finding(readings, notes=("From the strongest to the weakest, 2007. " + "; ".join(notes) + ".",))


INDICES_2007 = {"spending": "spending", "personnel": "soldiers", "spending_per_soldier": "mass and quality"}
"""Indices measured from the components of 2007, and their words."""


def measure_armies(data: Data) -> dict[str, Measure]:
    """Measure Uzbekistan over the best other of Central Asia by index, 2007, with the order of the five."""
    table = capability(components_2007(data.capabilities))
    measures = {}
    for name in INDICES_2007:
        found = table[name].reindex(list(FIVE)).to_numpy(float)
        column = {code: float(value) for code, value in zip(FIVE, found, strict=True) if math.isfinite(value)}
        order = " > ".join(sorted(column, key=lambda code: -column[code]))
        measures[name] = Measure(lead_percent(column, "UZB"), "%", note=order)
    return measures


ARMIES = Group("armies", 23, ("capabilities",), measure_armies)


def components_2007(table: pd.DataFrame) -> pd.DataFrame:
    """Return the six components of 2007 under the names of `multipolar.security.capability`; index state."""
    names = {
        "military_spending": "milex",
        "military_personnel": "milper",
        "iron_and_steel": "irst",
        "energy_use": "pec",
        "population": "tpop",
        "urban_population": "upop",
    }
    rows = table[table.year == 2007].set_index("iso3")
    return rows.rename(columns=names)[list(names.values())]
