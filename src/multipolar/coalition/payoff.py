"""The payoff of every member at every state of a bloc, component by component (USD billion a year).

Reference: nobody is in the union, and what hangs on membership has lapsed. So every component is zero for a member
outside, and a difference between two states does not depend on the reference.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.coalition.assumptions import Drawn
from multipolar.coalition.bargaining import Union
from multipolar.coalition.states import EXITS, Bloc, State
from multipolar.errors import InputError, UnknownNameError
from multipolar.security import (
    Neighbourhood,
    defence_probability,
    deployment_probability,
    neighbourhood,
    pledges,
    soldier_cost_usd_mn,
)
from multipolar.types import Array, Bool, Float64
from multipolar.world import World

__all__ = ["COMPONENTS", "PRICES", "PayoffTable", "Terms", "payoff_table", "political_terms", "security_by_union"]

COMPONENTS: Mapping[str, str] = {
    "trade": "real income in general equilibrium, duties included",
    "energy": "energy below parity, the part that hangs on membership, times the credibility of the hub",
    "transit": "transit below the price of the next-best route, the part that hangs on membership",
    "protection": "fall of expected losses from attacks, the part of the common defence that goes with the union",
    "burden": "soldiers pledged to the common force, times the probability that it is sent",
    "coercion": "lower risk of being cut off by the hub, times its loss in the short run",
    "distance": "political distance to the hub",
    "transfer": "lump sums paid by the hub, times its credibility",
}
"""Components and what they are (all USD billion a year, change from standing outside)."""

PRICES = ("energy", "transit")
"""Components that are bargained prices between member and hub; without them the payoff is organic."""

ALLIANCE = "CSTO"
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
        Probability a year of being cut off by the hub.
    loss
        Loss when cut off by the hub for a year [n].
    distance
        Cost of political distance to the hub, as percent of income [n].
    transfer
        Paid to each member by the hub [n].
    spread
        Scale of an exit probability, as percent of income.
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
    distance: Float64[Array, " n"]
    transfer: Float64[Array, " n"]
    spread: float


@dataclass(frozen=True, eq=False)
class PayoffTable:
    """Payoffs of a bloc.

    Parameters
    ----------
    bloc
        Members, hub, rule.
    states
        Nobody in the union, unions, exits with an offer.
    values
        Change from standing outside (USD billion a year) [draw state member component].
    income
        Income of each member (USD billion a year) [draw member].
    available
        Whether each member could take each of `EXITS` [draw member exit].
    missing
        Component -> member -> why it is not in the table; its column is zero there.
    uncharged
        Part of coercion that goes with transit: the dearer transit that a member outside cannot charge while it is cut
        off (USD billion a year) [draw state member]; None if there is none.
    """

    bloc: Bloc
    states: tuple[State, ...]
    values: Float64[Array, "draw state member component"]
    income: Float64[Array, "draw member"]
    available: Bool[Array, "draw member exit"]
    missing: Missing = field(default_factory=dict)
    uncharged: Float64[Array, "draw state member"] | None = None

    def place(self, state: State) -> int:
        """Return the position of a state; raises `InputError` for one that is not here."""
        if state not in self.states:
            raise InputError(f"state {state} is not in the table of this bloc")
        return self.states.index(state)

    def total(self, components: Sequence[str] | None = None) -> Float64[Array, "draw state member"]:
        """Return payoffs with the components named, all by default; the others are switched off.

        Where transit does not count, neither does what a member that is cut off cannot charge for it.

        Raises
        ------
        UnknownNameError
            For a component that does not exist.
        """
        chosen = list(COMPONENTS) if components is None else list(components)
        for name in chosen:
            if name not in COMPONENTS:
                raise UnknownNameError("component", name, COMPONENTS)
        return sum((self.component(name, chosen) for name in chosen), np.zeros(self.values.shape[:-1]))

    def component(self, name: str, chosen: Collection[str] = COMPONENTS) -> Float64[Array, "draw state member"]:
        """Return a component as it counts among those chosen (USD billion a year)."""
        found = self.values[..., list(COMPONENTS).index(name)]
        apart = name == "coercion" and "transit" not in chosen and self.uncharged is not None
        return found - self.uncharged if apart else found

    def by_mask(self, total: Float64[Array, "draw state member"]) -> Float64[Array, "draw mask member"]:
        """Return the payoffs by set of members, offers from outside left out [draw 2^n n]."""
        rows = [self.place(State(self.bloc.effective(mask))) for mask in range(self.bloc.full + 1)]
        return total[:, rows]

    def union(
        self,
        total: Float64[Array, "draw state member"],
        *,
        available: Bool[Array, "draw member exit"] | None = None,
        sunk: Float64[Array, "draw member"] | None = None,
    ) -> tuple[Union, np.ndarray]:
        """Return the bargaining problem of the union of all, and which of `EXITS` is each member's best.

        Delay is worth what standing outside is, zero. What the others get when a member is gone is read at the state
        that the member's best exit leads to.

        Returns
        -------
        union, chosen
            ``chosen`` holds positions in `EXITS` [draw member].
        """
        draws, _, n = total.shape
        may = self.available if available is None else available
        everyone = self.place(State(self.bloc.full))
        worth = np.full((draws, n, len(EXITS)), -np.inf)
        rows = np.zeros((n, len(EXITS)), dtype=int)
        for i in range(n):
            for e, kind in enumerate(EXITS):
                plain = State(self.bloc.left_by(i))
                state = plain if kind == "alone" else State(self.bloc.left_by(i), i, kind)
                if state in self.states:
                    rows[i, e] = self.place(state)
                    worth[:, i, e] = np.where(may[:, i, e], total[:, rows[i, e], i], -np.inf)
        chosen = worth.argmax(axis=2)
        best = np.take_along_axis(worth, chosen[..., None], axis=2)[..., 0]
        gone = rows[np.arange(n)[None, :], chosen]
        without = total[np.arange(draws)[:, None], gone]
        made = Union(
            members=self.bloc.members,
            inside=total[:, everyone],
            exits=best,
            without=without,
            delay=np.zeros((draws, n)),
            sunk=np.zeros((draws, n)) if sunk is None else sunk,
            hub=self.bloc.hub,
        )
        return made, chosen


def payoff_table(
    bloc: Bloc,
    trade: Float64[Array, "draw state member"],
    income: Float64[Array, "draw member"],
    terms: Sequence[Terms],
    available: Bool[Array, "draw member exit"],
    missing: Missing | None = None,
) -> PayoffTable:
    """Put trade and politics together.

    Parameters
    ----------
    bloc
        Members, hub, rule; its `states` are the axis ``state``.
    trade
        Change of real income from nobody in the union (USD billion a year).
    income
        Income of each member in the draw (USD billion a year).
    terms
        Political terms, one per draw.
    available
        Whether each exit could be taken.
    missing
        What has no figure.
    """
    states = bloc.states()
    values = np.zeros((*trade.shape, len(COMPONENTS)))
    values[..., 0] = trade
    uncharged = np.zeros(trade.shape)
    for draw, term in enumerate(terms):
        by_mask = {mask: _political(bloc, term, mask, income[draw]) for mask in {s.mask for s in states}}
        for place, state in enumerate(states):
            values[draw, place, :, 1:] = by_mask[state.mask]
            uncharged[draw, place] = _uncharged(bloc, term, state.mask)
    return PayoffTable(bloc, states, values, income, available, missing or {}, uncharged)


def _insiders(bloc: Bloc, mask: int) -> np.ndarray:
    """Return 1 for each member in the union but the hub, 0 for the rest [member]."""
    inside = np.array([float(mask >> i & 1) for i in range(len(bloc.members))])
    inside[bloc.hub_index] = 0.0
    return inside


def _uncharged(bloc: Bloc, term: Terms, mask: int) -> np.ndarray:
    """Return by how much transit overstates what a member gives up inside [member].

    Transit is what a member outside could charge beyond the fee. In a year in which the hub cuts it off there is no
    transit to charge for; the fee itself is an export of services, which the loss of being cut off holds already.
    """
    cut_off = term.coercion_outside * (1.0 - term.credibility)
    return _insiders(bloc, mask) * cut_off * term.share_lost * term.transit


def _political(bloc: Bloc, term: Terms, mask: int, income: np.ndarray) -> np.ndarray:
    """Components after trade at a union [member component]; zero for who is outside, but for protection by others."""
    n, hub = len(bloc.members), bloc.hub_index
    inside = _insiders(bloc, mask)
    energy = inside * term.credibility * term.share_lost * term.rent
    transit = -inside * term.share_lost * term.transit
    transfer = inside * term.credibility * term.transfer
    for flow in (energy, transit, transfer):
        flow[hub] = -flow.sum()
    risk = (term.coercion_outside - term.coercion_inside) * (1.0 - term.credibility)
    held = np.array([float(mask >> i & 1) for i in range(n)])
    columns = {
        "energy": energy,
        "transit": transit,
        "protection": term.link * (term.security[mask] - term.security[0]),
        "burden": -term.link * held * term.burden,
        "coercion": inside * risk * term.loss + _uncharged(bloc, term, mask),
        "distance": -inside * term.distance / 100.0 * income,
        "transfer": transfer,
    }
    return np.stack([columns[name] for name in list(COMPONENTS)[1:]], axis=1)


def political_terms(
    bloc: Bloc,
    world: World,
    drawn: Drawn,
    loss: Float64[Array, " n"],
    *,
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
    loss
        Loss of each member when the hub cuts it off (USD billion a year), NaN where unknown.
    year
        Of the energy rents and of transit (2009, or 2008 where there is a figure).
    transfers
        Member -> lump sum that the hub promises it (USD billion a year).

    Returns
    -------
    terms, missing
        A component without a figure is zero in ``terms`` and named with its reason in ``missing``.
    """
    n, members, hub = len(bloc.members), bloc.members, bloc.hub
    missing: Missing = {}
    paid = np.array([float((transfers or {}).get(code, 0.0)) for code in members])
    if politics.load_figures("hub_credibility").get(f"hub_credibility/{hub}") is None:
        reason = f"no political figures for hub '{hub}'"
        gone = [c for c in COMPONENTS if c not in ("trade", "transfer")]
        zero = np.zeros(n)
        masks = {s.mask: zero for s in bloc.states()}
        none = Terms(zero, zero, zero, 1.0, masks, 0.0, zero, 0.0, 0.0, zero, zero, paid, _spread(drawn))
        return none, {name: dict.fromkeys(members, reason) for name in gone}
    reader = _Reader(bloc, drawn, missing, year)
    others = np.array([code != hub for code in members])
    phi = drawn.figure(politics.figure("political_distance_weight"))
    known_loss = np.where(others & np.isfinite(loss), loss, 0.0)
    for code, value, other in zip(members, loss, others, strict=True):
        if other and not np.isfinite(value):
            reader.miss("coercion", code, "the equilibrium without trade with the hub was not solved")
    terms = Terms(
        rent=reader.each("energy", reader.rent),
        transit=reader.each("transit", reader.transit),
        share_lost=reader.each("energy", reader.share_lost),
        credibility=drawn.figure(politics.figure("hub_credibility", hub)),
        security=_security(bloc, world, drawn, reader),
        link=drawn.stated("security_link"),
        burden=_burden(bloc, drawn, reader),
        coercion_inside=drawn.figure(politics.figure("coercion_hazard_inside")),
        coercion_outside=drawn.figure(politics.figure("coercion_hazard_outside")),
        loss=known_loss,
        distance=phi * _distance(bloc, world, reader),
        transfer=paid,
        spread=_spread(drawn),
    )
    return terms, missing


def _spread(drawn: Drawn) -> float:
    return drawn.figure(politics.figure("reopening_scale"))


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
            raise InputError(f"no figure '{key}'")
        return self.drawn.figure(known[key])

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
    for code in set(bloc.members) - set(allied):
        reader.miss("protection", code, f"no member of the {ALLIANCE} with hazards in the table")
    outsiders = [c for c in alliance if c in known and c in world.economies and c not in bloc.members]
    if bloc.hub not in allied:
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
        Allies and their threats; a member of the bloc that is not here gets 0.
    reliability
        Probability that an ally keeps its word.
    """
    outsiders = [code for code in place.states if code not in bloc.members]
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
        try:
            cost[i] = each * float(pledges([code], club=ALLIANCE, uniform=uniform).iloc[0])
        except UnknownNameError as error:
            reader.miss("burden", code, f"no figure '{error.name}'")
    return cost
