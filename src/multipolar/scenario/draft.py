"""The working copy on which the shocks of a scenario are applied, and the names that shocks use."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from multipolar import atlas
from multipolar.errors import CommitmentError, InputError, ScenarioError, UnknownNameError
from multipolar.scenario.fields import ClubRef
from multipolar.scenario.models import Scenario
from multipolar.scenario.policy import Policy
from multipolar.scenario.preferences import dutiable_sectors, naming_sectors
from multipolar.scenario.shockbase import ShockBase
from multipolar.types import Array, Bool, Float64
from multipolar.world import World

__all__ = ["PARTNERS_OF", "Bond", "CostChange", "Draft", "Holdings", "customs_unions", "holdings"]

PARTNERS_OF: Mapping[str, str] = {"EUCU": "EU", "EUAA": "EU"}
"""Clubs for which the atlas lists only the partners of another club, which is the other party."""

BINDING = "wto_binding:"
"""World attributes that start so hold the WTO binding by sector (fraction), NaN where unbound."""


@dataclass(frozen=True)
class CostChange:
    """What an agreement did to costs: a factor on trade among members, in sectors; the cells that an exit reverses.

    Attributes
    ----------
    members
        Positions of the economies among which costs changed, whoever has left since.
    sectors
        Positions of the sectors.
    factor
        Change factor of iceberg costs (pure number).
    """

    members: frozenset[int]
    sectors: tuple[int, ...]
    factor: float


@dataclass(eq=False)
class Bond:
    """A customs union, free-trade area or association that the scenario formed.

    Attributes
    ----------
    kind
        ``"customs union"``, ``"free-trade area"`` or ``"association"``.
    members
        Positions of its members; changes when one leaves.
    sectors
        Positions of the sectors it covers.
    costs
        What it did to trade costs inside, and what the unions it absorbed had done.
    frees_trade
        Whether goods pass without duty in both directions.
    """

    kind: str
    members: list[int]
    sectors: list[int]
    costs: tuple[CostChange, ...] = ()
    frees_trade: bool = True

    @property
    def is_union(self) -> bool:
        """Whether the members share one external tariff."""
        return self.kind == "customs union"


@dataclass(frozen=True)
class Holdings:
    """Which economies of a world belong to which club of the atlas on a day.

    Attributes
    ----------
    full
        Club id to positions of the economies of which at least half the countries are full members.
    mixed
        Club id to position to (countries inside, countries), where only some are inside.
    """

    full: Mapping[str, tuple[int, ...]]
    mixed: Mapping[str, Mapping[int, tuple[int, int]]]


@lru_cache(maxsize=32)
def holdings(members: tuple[tuple[str, ...], ...], on: dt.date) -> Holdings:
    """Return the clubs' members among the economies of a world, each given by the ISO3 codes it stands for."""
    inside: dict[str, set[str]] = {}
    for spell in atlas.memberships(on=on):
        if spell.status == "full":
            inside.setdefault(spell.club, set()).add(spell.economy)
    full: dict[str, tuple[int, ...]] = {}
    mixed: dict[str, dict[int, tuple[int, int]]] = {}
    for club in atlas.clubs():
        found = []
        for i, countries in enumerate(members):
            count = sum(country in inside.get(club, ()) for country in countries)
            if count and 2 * count >= len(countries):
                found.append(i)
            if 0 < count < len(countries):
                mixed.setdefault(club, {})[i] = (count, len(countries))
        full[club] = tuple(found)
    return Holdings(full, mixed)


def _club_members(world: World, on: dt.date, left: Collection[tuple[int, str]], club: str) -> tuple[int, ...]:
    return tuple(i for i in holdings(world.members, on).full[club] if (i, club) not in left)


def _club_parties(world: World, on: dt.date, left: Collection[tuple[int, str]], club: str) -> tuple[int, ...]:
    members, hub = _club_members(world, on, left, club), PARTNERS_OF.get(club)
    if hub is None or not members:
        return members
    return tuple(dict.fromkeys((*members, *_club_members(world, on, left, hub))))


def _atlas_unions(world: World, on: dt.date, left: Collection[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    found = {}
    for name, club in atlas.clubs().items():
        if (club.common_external_tariff or club.kind == "customs_union") and club.in_force(on):
            parties = _club_parties(world, on, left, name)
            if parties:
                found[name] = parties
    return found


def customs_unions(world: World, on: dt.date) -> dict[str, tuple[str, ...]]:
    """Return the customs unions of the atlas that have members in a world on a day, and those members."""
    return {name: tuple(world.economies[i] for i in p) for name, p in _atlas_unions(world, on, ()).items()}


@dataclass
class Draft:
    """A policy in the making; see `Policy` for the arrays. Shocks change it in order."""

    world: World
    scenario: Scenario
    tariff: Float64[Array, "o d s"]
    external: Float64[Array, "d s"]
    cost: Float64[Array, "o d s"]
    productivity: Float64[Array, "o s"]
    transfer: Float64[Array, " d"]
    share: Float64[Array, "d c"]
    insiders: Bool[Array, " o"]
    bindings: Float64[Array, "d s"]
    wto: Bool[Array, " o"]
    notes: list[str] = field(default_factory=list)
    bonds: list[Bond] = field(default_factory=list)
    left: set[tuple[int, str]] = field(default_factory=set)

    @classmethod
    def start(cls, world: World, scenario: Scenario, policy: Policy) -> Draft:
        """Return the working copy of a policy."""
        bindings = np.full_like(world.external_tariff, np.nan)
        for s, sector in enumerate(world.sectors):
            if BINDING + sector in world.attributes:
                bindings[:, s] = world.attributes[BINDING + sector]
        wto = np.zeros(len(world.economies), dtype=bool)
        wto[list(holdings(world.members, scenario.on).full["WTO"])] = True
        return cls(
            world=world,
            scenario=scenario,
            tariff=policy.tariff.copy(),
            external=policy.external_tariff.copy(),
            cost=policy.cost_hat.copy(),
            productivity=policy.productivity_hat.copy(),
            transfer=policy.transfer.copy(),
            share=policy.revenue_share.copy(),
            insiders=policy.insiders.copy(),
            bindings=bindings,
            wto=wto,
            notes=list(policy.notes),
        )

    def finish(self) -> Policy:
        """Return the policy."""
        return Policy(
            name=self.scenario.id,
            tariff=self.tariff,
            external_tariff=self.external,
            cost_hat=self.cost,
            productivity_hat=self.productivity,
            transfer=self.transfer,
            revenue_share=self.share,
            insiders=self.insiders,
            notes=tuple(self.notes),
        )

    # -- messages ---------------------------------------------------------------------------------------------------

    def error(self, shock: ShockBase, message: str, field: str | None = None) -> ScenarioError:
        """Return the error of a shock that cannot be applied, with its place in the file."""
        return ScenarioError(f"scenario '{self.scenario.id}': {message}", *shock.place(field))

    def conflict(self, shock: ShockBase, message: str, field: str | None = None) -> CommitmentError:
        """Return the error of two commitments that contradict each other, with its place in the file."""
        return CommitmentError(f"scenario '{self.scenario.id}': {message}", *shock.place(field))

    def note(self, sentence: str) -> None:
        """Record in a sentence what a rule did."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def wto_resolution(self, shock: ShockBase) -> str | None:
        """Return the stated resolution of a conflict with WTO bindings: the shock's own, or else the scenario's."""
        return shock.resolve.wto or self.scenario.resolutions.wto

    def union_resolution(self, shock: ShockBase) -> str | None:
        """Return the stated resolution of a conflict with a union: the shock's own, or else the scenario's."""
        return shock.resolve.union or self.scenario.resolutions.union

    # -- names ------------------------------------------------------------------------------------------------------

    def code(self, economy: int) -> str:
        """Return the code of an economy."""
        return self.world.economies[economy]

    def codes(self, economies: Iterable[int]) -> str:
        """Return codes for a message: ``KAZ, BLR and RUS``."""
        names = [self.code(i) for i in economies]
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else "nobody"

    def crowd(self, economies: Sequence[int]) -> str:
        """Return codes for a message, or how many they are where a list would bury it."""
        return self.codes(economies) if len(economies) <= 12 else f"{len(economies)} economies"

    def sector_codes(self, sectors: Sequence[int]) -> str:
        """Return the codes of sectors for a message."""
        return ", ".join(self.world.sectors[s] for s in sectors)

    def economy(self, code: str, shock: ShockBase, field: str) -> int:
        """Return the position of one economy; an unknown one is an error that names file and line."""
        try:
            return self.world.economy_index(code)
        except InputError as error:
            raise self.error(shock, str(error), field) from error

    def sector(self, code: str, shock: ShockBase, field: str) -> int:
        """Return the position of one sector; an unknown one is an error that names file and line."""
        try:
            return self.world.sector_index(code)
        except UnknownNameError as error:
            raise self.error(shock, str(error), field) from error

    def sector_list(self, codes: Sequence[str], shock: ShockBase, field: str) -> list[int]:
        """Return the positions of sectors named in a field; an unknown one is an error that names its line."""
        return [self.sector(code, shock, f"{field}.{i}") for i, code in enumerate(codes)]

    def sectors(self, codes: Sequence[str] | None, shock: ShockBase) -> list[int]:
        """Return the positions of sectors; by default those in which someone levies a tariff."""
        if codes is not None:
            return self.sector_list(codes, shock, "sectors")
        found = np.flatnonzero(self.dutiable())
        if not len(found):
            raise self.error(
                shock,
                f"no sector of world '{self.world.name}' carries a tariff; name the sectors concerned, "
                f"{naming_sectors(self.world, 'sectors')}",
                "sectors",
            )
        return found.tolist()

    def dutiable(self) -> Bool[Array, " s"]:
        """Return which sectors carry a tariff somewhere in the world of the baseline."""
        return dutiable_sectors(self.world)

    def economies(self, names: Sequence[str | ClubRef], shock: ShockBase, field: str) -> list[int]:
        """Return the positions of economies, clubs and groups expanded; none twice, in the order named."""
        found: list[int] = []
        for i, name in enumerate(names):
            if isinstance(name, ClubRef):
                found += self._of_club(name.club, shock, f"{field}.{i}")
            else:
                found += self._of_name(name, shock, f"{field}.{i}")
        return list(dict.fromkeys(found))

    def _of_name(self, name: str, shock: ShockBase, field: str) -> list[int]:
        if name == "all":
            return list(range(len(self.world.economies)))
        if name not in self.world.economies and len(group := atlas.groups().get(name, ())) > 1:
            wanted = set(group)
            found = [i for i, countries in enumerate(self.world.members) if wanted.issuperset(countries)]
            if found:
                return found
        return [self.economy(name, shock, field)]

    def club(self, name: str, shock: ShockBase, field: str) -> atlas.Club:
        """Return a club of the atlas; an unknown one is an error that names file and line."""
        try:
            return atlas.club(name)
        except UnknownNameError as error:
            raise self.error(shock, str(error), field) from error

    def _of_club(self, name: str, shock: ShockBase, field: str) -> list[int]:
        club = self.club(name, shock, field).id
        found = list(self.club_members(club))
        if not found:
            raise self.error(
                shock,
                f"club {club} has no full member in world '{self.world.name}' on {self.scenario.on}; "
                "choose another day or name the economies",
                field,
            )
        for i, (inside, count) in holdings(self.world.members, self.scenario.on).mixed.get(club, {}).items():
            verdict = "counted as a member" if i in found else "not counted as a member"
            self.note(f"{self.code(i)} is {verdict} of {club}: {inside} of its {count} countries are full members.")
        return found

    # -- who is bound to whom ---------------------------------------------------------------------------------------

    def club_members(self, club: str) -> tuple[int, ...]:
        """Return the full members of a club of the atlas, less those that left it in this scenario."""
        return _club_members(self.world, self.scenario.on, self.left, club)

    def club_parties(self, club: str) -> tuple[int, ...]:
        """Return the members of a club and, where the atlas lists only partners, the other party."""
        return _club_parties(self.world, self.scenario.on, self.left, club)

    def atlas_unions(self) -> dict[str, tuple[int, ...]]:
        """Return the customs unions of the atlas that have members in this world on the scenario's day."""
        return _atlas_unions(self.world, self.scenario.on, self.left)

    def unions_of(self, economy: int) -> list[tuple[str, tuple[int, ...]]]:
        """Return name and members of each customs union that binds an economy: this scenario's, then the atlas's.

        Where the atlas lists only partners (Turkey in its union with the European Union), these alone are bound: they
        follow the other party's tariff and have no vote.
        """
        own = [
            (f"the customs union of {self.codes(bond.members)} formed in this scenario", tuple(bond.members))
            for bond in self.bonds
            if bond.is_union and economy in bond.members
        ]
        listed = [
            (name, parties) for name, parties in self.atlas_unions().items() if economy in self.club_members(name)
        ]
        return own + listed

    def trade_is_freed(self, one: int, other: int, besides: str | Bond | None = None) -> str | None:
        """Return the agreement, other than `besides`, that frees trade between two economies; None if there is none."""
        for bond in self.bonds:
            if bond is not besides and bond.frees_trade and one in bond.members and other in bond.members:
                return f"the {bond.kind} of {self.codes(bond.members)}"
        for name, club in atlas.clubs().items():
            if name != besides and club.zero_internal_tariff and club.in_force(self.scenario.on):
                parties = self.club_parties(name)
                if one in parties and other in parties:
                    return name
        return None
