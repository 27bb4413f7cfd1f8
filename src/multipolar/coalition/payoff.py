"""The payoff of every member at every state of a bloc, component by component (USD billion a year).

Reference: nobody is in the union, and what hangs on membership has lapsed. So every component is zero for a member
outside, and a difference between two states does not depend on the reference.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from multipolar.coalition.bargaining import Union
from multipolar.coalition.states import EXITS, Bloc, State
from multipolar.coalition.terms import Missing, Terms, political_terms, security_by_union
from multipolar.errors import InputError, UnknownNameError
from multipolar.types import Array, Bool, Float64

__all__ = [
    "COMPONENTS",
    "IN_FORCE",
    "PRICES",
    "PayoffTable",
    "Terms",
    "payoff_table",
    "political_terms",
    "security_by_union",
]

COMPONENTS: Mapping[str, str] = {
    "trade": "real income in general equilibrium, duties included",
    "energy": "energy below parity, the part that hangs on membership, times the credibility of the hub",
    "transit": "transit below the price of the next-best route, the part that hangs on membership",
    "protection": "fall of expected losses from attacks, the part of the common defence that goes with the union",
    "burden": "soldiers pledged to the common force, times the probability that it is sent",
    "coercion": "less trade stopped by the hub, times what a stop costs either side in the short run",
    "distance": "political distance to the hub",
    "transfer": "lump sums paid by the hub, times its credibility",
}
"""Components and what they are (all USD billion a year, change from standing outside)."""

PRICES = ("energy", "transit")
"""Components that are bargained prices between member and hub; without them the payoff is organic."""

IN_FORCE = ("energy", "transit", "protection", "burden", "coercion")
"""Components that go on while a union is talked about: its tariff, transfers and closeness to the hub are to come."""


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

    def while_talks_last(self, components: Sequence[str] | None = None) -> Float64[Array, "draw member"]:
        """Return payoffs while a union is talked about: the terms of before go on, and trade is as before.

        Parameters
        ----------
        components
            Those that count, all by default; of them those of `IN_FORCE` enter, as in the union of all.
        """
        chosen = list(COMPONENTS) if components is None else list(components)
        everyone = self.place(State(self.bloc.full))
        draws, _, n = self.values.shape[:3]
        kept = [self.component(name, chosen)[:, everyone] for name in chosen if name in IN_FORCE]
        return sum(kept, np.zeros((draws, n)))

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
        delay: Float64[Array, "draw member"] | None = None,
    ) -> tuple[Union, np.ndarray]:
        """Return the bargaining problem of the union of all, and which of `EXITS` is each member's best.

        What the others get when a member is gone is read at the state that the member's best exit leads to.

        Parameters
        ----------
        total
            Payoffs (USD billion a year) [draw state member].
        available
            Exits that are open; those of the table by default.
        sunk
            Loss if the union fails after commitment (USD billion a year); none by default.
        delay
            Payoff while nothing is agreed, see `while_talks_last` (USD billion a year); that of standing outside, zero,
            by default. Slack and pivot do not depend on it.

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
            delay=np.zeros((draws, n)) if delay is None else delay,
            sunk=np.zeros((draws, n)) if sunk is None else sunk,
            hub=self.bloc.hub,
            ends=tuple(self.bloc.left_by(i) == 0 for i in range(n)),
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
    by_mask = {mask: _political(bloc, terms, mask) for mask in {s.mask for s in states}}
    for place, state in enumerate(states):
        values[:, place, :, 1:], uncharged[:, place] = by_mask[state.mask]
    return PayoffTable(bloc, states, values, income, available, missing or {}, uncharged)


def _insiders(bloc: Bloc, mask: int) -> np.ndarray:
    """Return 1 for each member in the union but the hub, 0 for the rest [member]."""
    inside = np.array([float(mask >> i & 1) for i in range(len(bloc.members))])
    inside[bloc.hub_index] = 0.0
    return inside


def _political(
    bloc: Bloc, terms: Sequence[Terms], mask: int
) -> tuple[Float64[Array, "draw member component"], Float64[Array, "draw member"]]:
    """Return components after trade at a union; zero for who is outside, but for protection by others.

    The second array is by how much transit overstates what a member gives up inside. Transit is what a member outside
    could charge beyond the fee. For as long as the hub cuts it off there is no transit to charge for; the fee itself is
    an export of services, which the loss of being cut off holds already. The hub then takes the dearer route, so that
    nothing is saved on its side.
    """

    def each(name: str) -> np.ndarray:
        return np.array([getattr(term, name) for term in terms]).reshape(len(terms), -1)

    hub, inside = bloc.hub_index, _insiders(bloc, mask)
    word, share_lost, link = each("credibility"), each("share_lost"), each("link")
    energy = inside * word * share_lost * each("rent")
    transit = -inside * share_lost * each("transit")
    transfer = inside * word * each("transfer")
    for flow in (energy, transit, transfer):
        flow[:, hub] = -flow.sum(axis=1)
    outside, broken = each("coercion_outside"), 1.0 - word
    risk = (outside - each("coercion_inside")) * broken
    uncharged = inside * (outside * broken) * share_lost * each("transit")
    coercion = inside * risk * each("loss") + uncharged
    coercion[:, hub] = (inside * risk * each("own_loss")).sum(axis=1)  # who cuts off loses that trade too
    held = np.array([float(mask >> i & 1) for i in range(len(bloc.members))])
    columns = {
        "energy": energy,
        "transit": transit,
        "protection": link * np.array([term.security[mask] - term.security[0] for term in terms]),
        "burden": -link * held * each("burden"),
        "coercion": coercion,
        "distance": -inside * each("distance"),
        "transfer": transfer,
    }
    return np.stack([columns[name] for name in list(COMPONENTS)[1:]], axis=2), uncharged
