"""What does not come from trade: the political terms of a bloc, component by component, from the tables of the atlas.

A component without a figure for a member is zero there and named with its reason, so that a hub of which the tables
know little is asked about with what they know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.coalition.assumptions import Drawn
from multipolar.coalition.states import Bloc
from multipolar.errors import InputError, UnknownNameError
from multipolar.security import (
    Neighbourhood,
    defence_probability,
    deployment_probability,
    neighbourhood,
    outside_threats,
    pledge,
    soldier_cost_usd_mn,
)
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["ALLIANCE", "CUTS_OFF", "Missing", "Terms", "has_credibility", "political_terms", "security_by_union"]

ALLIANCE = "CSTO"
"""The alliance of which the tables have hazards, pledges and costs."""

CUTS_OFF = "RUS"
"""The hub whose hazards of cutting off a neighbour are in the tables."""

_EVE = "2009-06-15"
Missing = dict[str, dict[str, str]]
"""Component -> member -> why there is no figure."""


@dataclass(frozen=True, eq=False)
class Terms:
    """What does not come from trade, in one draw (USD billion a year unless said) [n] for members.

    Parameters
    ----------
    rent, transit
        Of each member at stake in full; 0 for the hub.
    share_lost
        Part of both that goes when a member leaves (fraction) [n].
    credibility
        Probability that the hub keeps its word.
    security
        Expected losses from attacks, as a negative number, by effective mask -> [n].
    link
        Part of the common defence that goes with the union (fraction).
    burden
        Of serving in the common force [n].
    coercion_inside, coercion_outside
        Part of a year's trade with a member that the hub stops in a year in which it breaks its word, inside and
        outside (fraction): share of trade times duration.
    loss
        Loss when the hub stops all trade for a year [n].
    own_loss
        Loss of the hub itself when it does so to each member; 0 at its own place [n].
    distance
        Cost of political distance to the hub [n].
    transfer
        Paid to each member by the hub [n].
    spread
        Scale of an exit probability [n].
    """

    rent: Float64[Array, " n"]
    transit: Float64[Array, " n"]
    share_lost: Float64[Array, " n"]
    credibility: float
    security: Mapping[int, Float64[Array, " n"]]
    link: float
    burden: Float64[Array, " n"]
    coercion_inside: float
    coercion_outside: float
    loss: Float64[Array, " n"]
    own_loss: Float64[Array, " n"]
    distance: Float64[Array, " n"]
    transfer: Float64[Array, " n"]
    spread: Float64[Array, " n"]


def political_terms(
    bloc: Bloc,
    world: World,
    drawn: Drawn,
    loss: Float64[Array, " n"],
    own_loss: Float64[Array, " n"],
    *,
    gdp: Float64[Array, " n"] | None = None,
    year: int = 2009,
    transfers: Mapping[str, float] | None = None,
) -> tuple[Terms, Missing]:
    """Read the political tables for a bloc, in one draw.

    Parameters
    ----------
    bloc
        Members and hub.
    world
        Gives capability, GDP and ideal points.
    drawn
        The draw.
    loss, own_loss
        Loss of each member when the hub cuts it off, and of the hub (USD billion a year), NaN where unknown.
    gdp
        Of each member in the draw (USD billion a year); that of the world by default.
    year
        Of the energy rents and of transit (2009, or 2008 where there is a figure).
    transfers
        Member -> lump sum that the hub promises it (USD billion a year).

    Returns
    -------
    terms, missing
        A component without a figure is zero in ``terms`` and named with its reason in ``missing``.
    """
    members, hub = bloc.members, bloc.hub
    missing: Missing = {}
    reader = _Reader(bloc, drawn, missing, year)
    phi = drawn.figure(politics.figure("political_distance_weight"))
    word = _credibility(hub, drawn)
    inside, outside = _stopped(bloc, drawn, word)
    size = world.gdp[[world.economy_index(code) for code in members]] / 1e3 if gdp is None else gdp
    known_loss, known_own = _losses(bloc, loss, own_loss, reader)
    terms = Terms(
        rent=reader.each("energy", reader.rent),
        transit=reader.each("transit", reader.transit),
        share_lost=reader.each("energy", reader.share_lost),
        credibility=word,
        security=_security(bloc, world, drawn, reader),
        link=drawn.stated("security_link"),
        burden=_burden(bloc, drawn, reader),
        coercion_inside=inside,
        coercion_outside=outside,
        loss=known_loss,
        own_loss=known_own,
        distance=phi * _distance(bloc, world, reader) / 100.0 * size,
        transfer=np.array([float((transfers or {}).get(code, 0.0)) for code in members]),
        spread=drawn.figure(politics.figure("reopening_scale")) / 100.0 * size,
    )
    return terms, missing


def has_credibility(hub: str) -> bool:
    """Return whether the tables say how far the word of a hub can be trusted."""
    return f"hub_credibility/{hub}" in politics.load_figures("hub_credibility")


def _credibility(hub: str, drawn: Drawn) -> float:
    """Return the credibility of a hub; 1, its word taken as kept, where the tables do not say."""
    return drawn.figure(politics.figure("hub_credibility", hub)) if has_credibility(hub) else 1.0


def _stopped(bloc: Bloc, drawn: Drawn, credibility: float) -> tuple[float, float]:
    """Return what the hub stops of a year's trade in a year in which it breaks its word, inside and outside (fraction).

    The tables count what was stopped, which is how often the word was broken times what was then stopped. So dividing
    by the first gives the second, and a counterfactual credibility can scale it. No more than everything can be
    stopped. The tables are Russia's; with another hub nothing is stopped.
    """
    if bloc.hub != CUTS_OFF:
        return 0.0, 0.0
    counted = [drawn.figure(politics.figure(f"coercion_hazard_{where}")) for where in ("inside", "outside")]
    inside, outside = (min(1.0, part / (1.0 - credibility)) for part in counted)
    return inside, outside


def _losses(bloc: Bloc, loss: np.ndarray, own_loss: np.ndarray, reader: _Reader) -> tuple[np.ndarray, np.ndarray]:
    """Return what cutting off each member costs it and the hub [n]; zero, and named as missing, where unknown."""
    known, own = np.zeros(len(loss)), np.zeros(len(loss))
    for i, code in enumerate(bloc.members):
        if code == bloc.hub:
            continue
        if bloc.hub != CUTS_OFF:
            reader.miss("coercion", code, f"no hazard of being cut off by {bloc.hub}")
        elif np.isfinite(loss[i]) and np.isfinite(own_loss[i]):
            known[i], own[i] = loss[i], own_loss[i]
        else:
            reader.miss("coercion", code, "the equilibrium without trade with the hub was not solved")
    return known, own


class _Reader:
    """Reads figures by member and notes what is missing."""

    def __init__(self, bloc: Bloc, drawn: Drawn, missing: Missing, year: int) -> None:
        self.bloc, self.drawn, self.year = bloc, drawn, year
        self._missing = missing

    def miss(self, component: str, member: str, reason: str) -> None:
        self._missing.setdefault(component, {}).setdefault(member, reason)

    def each(self, component: str, read: Callable[[str], float]) -> np.ndarray:
        """Read a figure for every member but the hub; zero where there is none."""
        found = np.zeros(len(self.bloc.members))
        for i, code in enumerate(self.bloc.members):
            if code == self.bloc.hub:
                continue
            try:
                found[i] = read(code)
            except InputError as error:
                self.miss(component, code, str(error))
        return found

    def _figure(self, table: str, code: str, year: int | None = None) -> float:
        key = "/".join([table, code, self.bloc.hub, *([] if year is None else [str(year)])])
        known = politics.load_figures()
        if key not in known:
            whole = f"no figures with {self.bloc.hub} as hub"
            raise InputError(politics.no_figure(key) if self._covers(table) else whole)
        return self.drawn.figure(known[key])

    def _covers(self, table: str) -> bool:
        """Whether a table has a figure of any economy with this hub."""
        return any(found.partner == self.bloc.hub for found in politics.load_figures(table).values())

    def rent(self, code: str) -> float:
        return self._figure("energy_rent", code, self.year)

    def share_lost(self, code: str) -> float:
        return self._figure("rent_share_lost", code)

    def transit(self, code: str) -> float:
        """Volume x extra cost of the next-best route over the fee, gas and oil; no volume but that of 2009 for oil."""
        gas = self._figure("gas_transit_volume", code, self.year) * self._figure("gas_next_route_cost", code)
        oil = self._figure("oil_transit_volume", code, 2009) * self._figure("oil_next_route_cost", code)
        return (gas + oil) / 1e3


def _distance(bloc: Bloc, world: World, reader: _Reader) -> np.ndarray:
    """Gap of ideal points to the hub [n]."""
    points = world.attributes.get("ideal_point")
    gaps = np.zeros(len(bloc.members))
    for i, code in enumerate(bloc.members):
        if code == bloc.hub:
            continue
        pair = [np.nan] if points is None else [points[world.economy_index(c)] for c in (code, bloc.hub)]
        if np.isfinite(pair).all():
            gaps[i] = abs(pair[0] - pair[1])
        else:
            reader.miss("distance", code, "no ideal point in this world for it or its hub")
    return gaps


def _security(bloc: Bloc, world: World, drawn: Drawn, reader: _Reader) -> dict[int, np.ndarray]:
    """Expected losses from attacks by union [n]: the alliance is its outsiders, the hub, and who is in the union.

    The hub as a threat is left out: being spared by it is not protection.
    """
    n = len(bloc.members)
    alliance = atlas.members(ALLIANCE, _EVE)
    zero = {state.mask: np.zeros(n) for state in bloc.states()}
    known = {state for state, _ in politics.load_hazards()}
    allied = [code for code in bloc.members if code in alliance and code in known]
    for code in (c for c in bloc.members if c not in allied):
        reader.miss("protection", code, f"no member of the {ALLIANCE} with hazards in the table")
    outsiders = [c for c in alliance if c in known and c in world.economies and c not in bloc.members]
    if bloc.hub not in allied:
        for code in allied:
            reader.miss("protection", code, f"hub {bloc.hub} is no member of the {ALLIANCE}")
        return zero
    try:
        place = neighbourhood(world, [*allied, *outsiders], uniform=drawn.uniform, kinds=("state", "prior", "conflict"))
    except InputError as error:
        for code in allied:
            reader.miss("protection", code, str(error))
        return zero
    word = drawn.figure(politics.figure("ally_reliability"))
    return security_by_union(bloc, place, word)


def security_by_union(bloc: Bloc, place: Neighbourhood, reliability: float) -> dict[int, Float64[Array, " n"]]:
    """Return what members expect to lose in attacks, as a negative number, by union (USD billion a year).

    Parameters
    ----------
    bloc
        The alliance is its hub, the members in the union, and whoever of `place` is no member of the bloc.
    place
        Allies and their threats, those among each other left out; a member of the bloc that is not here gets 0.
    reliability
        Probability that an ally keeps its word.
    """
    outsiders = [code for code in place.states if code not in bloc.members]
    place = outside_threats(place, place.states)
    found = {mask: np.zeros(len(bloc.members)) for mask in sorted({state.mask for state in bloc.states()})}
    for mask, levels in found.items():
        inside = [c for i, c in enumerate(bloc.members) if mask >> i & 1 and c in place.states and c != bloc.hub]
        repelled = defence_probability(place, [bloc.hub, *inside, *outsiders], reliability=reliability)
        level = -(place.hazard * place.stake_usd_bn[:, None] * (1.0 - repelled)).sum(axis=1)
        for i, code in enumerate(bloc.members):
            if code in place.states:
                levels[i] = level[place.index(code)]
    return found


def _burden(bloc: Bloc, drawn: Drawn, reader: _Reader) -> np.ndarray:
    """Cost of the soldiers pledged x probability that the force is sent (USD billion a year) [n]."""
    uniform: Any = drawn.uniform
    each = soldier_cost_usd_mn(ALLIANCE, uniform=uniform) * deployment_probability(ALLIANCE, uniform=uniform) / 1e3
    cost = np.zeros(len(bloc.members))
    for i, code in enumerate(bloc.members):
        if bloc.hub not in atlas.members(ALLIANCE, _EVE):
            reader.miss("burden", code, f"hub {bloc.hub} is no member of the {ALLIANCE}, the alliance with figures")
            continue
        try:
            cost[i] = each * pledge(code, club=ALLIANCE, uniform=uniform)
        except UnknownNameError as error:
            reader.miss("burden", code, politics.no_figure(error.name))
    return cost
