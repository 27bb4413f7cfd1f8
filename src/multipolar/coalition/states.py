"""States of a bloc: who forms the customs union, what a member that leaves does instead, and the scenario of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from multipolar.atlas import politics
from multipolar.coalition.assumptions import Drawn
from multipolar.errors import InputError
from multipolar.scenario import DEFAULT_DAY, Scenario
from multipolar.scenario.draft import customs_unions
from multipolar.types import Array, Bool
from multipolar.world import World

__all__ = ["EXITS", "MAX_MEMBERS", "Bloc", "Rule", "State", "availability", "eu_certain", "offers_of", "union_of"]

Rule = Literal["others", "unanimity"]
"""What a member's exit leaves: the union of the others, or no union."""

EXITS = ("alone", "wto", "eu")
"""What a member that leaves does: stand alone, enter the WTO on its own, associate with the European Union."""

EU = "EUN"
MAX_MEMBERS = 8


@dataclass(frozen=True, slots=True)
class State:
    """Who unites, and who does what instead.

    Attributes
    ----------
    mask
        Bit mask of the members in the union; 0 for none.
    leaver
        Position of the member that takes an exit of its own; None for none.
    exit
        One of `EXITS`.
    """

    mask: int
    leaver: int | None = None
    exit: str = "alone"


@dataclass(frozen=True, eq=False)
class Bloc:
    """Candidates for a union, its hub, and the rule of exit.

    Parameters
    ----------
    members
        Codes of a world; two to eight, each once.
    hub
        The member whose external tariff the union takes. Without it there is no union.
    rule
        See `Rule`.
    offers
        Member -> exits other than standing alone that may be open to it.
    wto
        How a conflict between the common tariff and a member's WTO binding is resolved; None makes it an error.
    enlarges
        Customs union of the atlas, with its members in the world, that the hub is in and the bloc enlarges; None if
        there is none. Whoever of it is in no union of the bloc keeps its old one with the hub.

    Raises
    ------
    InputError
        If there are too few or too many members, or the hub is none of them.
    """

    members: tuple[str, ...]
    hub: str
    rule: Rule = "others"
    offers: Mapping[str, tuple[str, ...]] | None = None
    wto: str | None = None
    enlarges: tuple[str, tuple[str, ...]] | None = None

    def __post_init__(self) -> None:
        n = len(self.members)
        twice = [code for code in self.members if self.members.count(code) > 1]
        if twice:
            raise InputError(f"member '{twice[0]}' is named twice; name each economy once")
        if n < 2:
            raise InputError("a bloc needs at least two members; name them like RUS,KAZ,BLR")
        if n > MAX_MEMBERS:
            raise InputError(f"{n} members are too many: every union among them is solved; name at most {MAX_MEMBERS}")
        if self.hub not in self.members:
            raise InputError(f"hub '{self.hub}' is not among the members {', '.join(self.members)}; choose one of them")
        if self.rule not in ("others", "unanimity"):
            raise InputError(f"unknown rule '{self.rule}'; choose others or unanimity")

    @property
    def hub_index(self) -> int:
        """Position of the hub."""
        return self.members.index(self.hub)

    @property
    def full(self) -> int:
        """Mask of all members."""
        return (1 << len(self.members)) - 1

    def effective(self, mask: int) -> int:
        """Return the mask, or 0 where the union does not exist: without its hub, or with the hub alone."""
        return mask if mask >> self.hub_index & 1 and mask.bit_count() > 1 else 0

    def left_by(self, member: int) -> int:
        """Return the mask of the union that remains when a member leaves all of them."""
        return self.effective(self.full & ~(1 << member)) if self.rule == "others" else 0

    def states(self) -> tuple[State, ...]:
        """Return every state, nobody in the union first, then the unions, then the exits with an offer."""
        unions = [State(mask) for mask in range(1, self.full + 1) if self.effective(mask)]
        exits = [
            State(self.left_by(i), i, kind)
            for i, code in enumerate(self.members)
            for kind in (self.offers or {}).get(code, ())
        ]
        return (State(0), *unions, *exits)

    def scenario(self, state: State, *, union_cut: float, association_cut: float, wto_factor: float) -> Scenario | None:
        """Return the scenario of a state; None where nothing changes, so that the status quo of the world goes on.

        Parameters
        ----------
        state
            The state.
        union_cut, association_cut
            Fall of non-tariff costs of trade in goods inside the union and with the European Union (fraction).
        wto_factor
            External tariff after own WTO entry over that before (ratio).
        """
        shocks: list[dict[str, Any]] = []
        if state.mask:
            inside = [code for i, code in enumerate(self.members) if state.mask >> i & 1]
            shock: dict[str, Any] = {
                "kind": "customs_union",
                "members": inside,
                "leader": self.hub,
                "external_tariff": {"rule": "leader"},
                "non_tariff_cost": -union_cut,
            }
            if self.enlarges is not None and not set(self.enlarges[1]) <= set(inside):
                shock["club"] = self.enlarges[0]
            shocks.append(shock)
        if state.leaver is not None:
            leaver = self.members[state.leaver]
            if state.exit == "wto":
                shocks.append({"kind": "wto_accession", "economies": leaver, "factor": wto_factor})
            elif state.exit == "eu":
                shocks.append(
                    {"kind": "association", "hub": EU, "associate": leaver, "non_tariff_cost": -association_cut}
                )
        if not shocks:
            return None
        content: dict[str, Any] = {
            "schema": 1,
            "kind": "scenario",
            "id": f"bloc-{state.mask}-{'none' if state.leaver is None else state.leaver}-{state.exit}",
            "title": "Bloc",
            "shocks": shocks,
        }
        if self.wto is not None:
            content["resolutions"] = {"WTO": self.wto}
        return Scenario.model_validate(content)


def union_of(hub: str, world: World) -> tuple[str, tuple[str, ...]] | None:
    """Return the customs union of the atlas that a hub is in with others on the eve of the bloc; None if in none."""
    for name, parties in customs_unions(world, DEFAULT_DAY).items():
        if hub in parties and len(parties) > 1:
            return name, parties
    return None


def offers_of(members: Sequence[str], economies: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return for each member the exits that the table of offers does not rule out.

    An economy that is in the WTO has no entry left to make; the European Union must be an economy of the world and no
    member of the bloc.
    """
    found: dict[str, tuple[str, ...]] = {}
    for code in members:
        kinds = []
        for kind, name in _TABLE.items():
            offer = offer_of(code, name)
            if offer is None or (kind == "wto" and offer.available):
                continue
            if kind == "eu" and (EU not in economies or EU in members):
                continue
            if max(offer.probability, offer.hi or 0.0) > 0:
                kinds.append(kind)
        found[code] = tuple(kinds)
    return found


_TABLE = {"wto": "wto_accession", "eu": "eu_association"}


def availability(bloc: Bloc, drawn: Drawn) -> Bool[Array, "member exit"]:
    """Return whether each member can take each of `EXITS` in a draw; standing alone always can be."""
    found = np.zeros((len(bloc.members), len(EXITS)), dtype=bool)
    found[:, EXITS.index("alone")] = True
    for i, code in enumerate(bloc.members):
        for kind in (bloc.offers or {}).get(code, ()):
            offer = offer_of(code, _TABLE[kind])
            if offer is not None:
                found[i, EXITS.index(kind)] = drawn.offer(offer)
    return found


def eu_certain(bloc: Bloc, available: Bool[Array, "... member exit"]) -> Bool[Array, "... member exit"]:
    """Return availability when the European Union associates every partner of the Eastern Partnership that asks."""
    found = available.copy()
    for i, code in enumerate(bloc.members):
        partner = offer_of(code, "eastern_partnership")
        if "eu" in (bloc.offers or {}).get(code, ()) and partner is not None and partner.available:
            found[..., i, EXITS.index("eu")] = True
    return found


def offer_of(economy: str, name: str) -> politics.Offer | None:
    """Return the row of an economy in the table of offers; None where there is none."""
    return next((row for row in politics.load_offers() if row.economy == economy and row.offer == name), None)
