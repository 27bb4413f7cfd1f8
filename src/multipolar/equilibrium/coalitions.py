"""Blocs of a world's economies as policies: one at a time, and as patches on a shared baseline for many at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations, permutations
from typing import Literal

import numpy as np

from multipolar.equilibrium.calibration import Calibration
from multipolar.equilibrium.patches import Patch, padded
from multipolar.errors import InputError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.scenario.preferences import dutiable_sectors, goods_sectors, share_paid
from multipolar.types import Array, Bool, Float64
from multipolar.world import World

__all__ = ["BlocKind", "BlocRule", "bloc_policy", "coalitions_of"]

BlocKind = Literal["free_trade_area", "customs_union"]


@dataclass(frozen=True)
class BlocRule:
    """What a coalition becomes: the same rule for all coalitions of a batch.

    Parameters
    ----------
    kind
        ``free_trade_area``: no tariffs inside, each member keeps its own outside. ``customs_union``: one external
        tariff as well; an outsider with a preference keeps its margin, and pays the same share of the new rate as of
        the old.
    internal_cost
        Change factor of iceberg costs between members in the sectors of `cost_sectors`; 0.95 is a cut of 5% (pure
        number).
    sectors
        Sectors it covers; None for every sector in which some economy levies a tariff.
    cost_sectors
        Sectors in which costs change; None for the goods among those covered, as in scenario files: sectors with a
        tariff, but not energy.
    external_tariff
        Common rate by covered sector (fraction), for a customs union; None takes the members' external tariffs,
        weighted by their imports from outsiders.

    Notes
    -----
    Fewer than two members change nothing. The rules are those of ``free_trade_area`` and ``customs_union`` in scenario
    files, without what only the atlas knows: WTO bindings, other clubs of the members, and preferences that do not show
    because a member's external tariff is zero.
    """

    kind: BlocKind = "free_trade_area"
    internal_cost: float = 1.0
    sectors: tuple[str, ...] | None = None
    external_tariff: Mapping[str, float] | None = field(default=None)
    cost_sectors: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if self.kind not in ("free_trade_area", "customs_union"):
            raise InputError(f"unknown kind of bloc '{self.kind}'; choose free_trade_area or customs_union")
        if not (np.isfinite(self.internal_cost) and self.internal_cost > 0):
            raise InputError(f"internal_cost is {self.internal_cost:g}; it must be a finite factor above 0")
        if self.external_tariff is None:
            return
        if self.kind == "free_trade_area":
            raise InputError("a free-trade area has no common external tariff; drop external_tariff")
        for sector, rate in self.external_tariff.items():
            if not (np.isfinite(rate) and rate > -1):
                raise InputError(f"external_tariff of sector '{sector}' must be a finite fraction above -1")


def coalitions_of(candidates: Iterable[str], sizes: Iterable[int] | None = None) -> list[tuple[str, ...]]:
    """Return every coalition of the candidates, smallest first; by default of all sizes, none and one included.

    Examples
    --------
    >>> coalitions_of(["RUS", "KAZ", "BLR"], sizes=[2])
    [('RUS', 'KAZ'), ('RUS', 'BLR'), ('KAZ', 'BLR')]
    """
    names = tuple(dict.fromkeys(candidates))
    wanted = range(len(names) + 1) if sizes is None else sizes
    return [coalition for size in wanted for coalition in combinations(names, size)]


def positions(world: World, coalition: Sequence[str]) -> list[int]:
    """Return the axis positions of a coalition's members; raises `UnknownNameError` or `InputError`."""
    places = [world.economy_index(code) for code in coalition]
    if len(set(places)) < len(places):
        raise InputError(f"coalition {', '.join(coalition)} names an economy twice; drop one")
    return places


def covered(world: World, rule: BlocRule) -> np.ndarray:
    """Return which sectors the rule covers [s] (boolean)."""
    if rule.sectors is None:
        dutiable = dutiable_sectors(world)
        if not dutiable.any():
            raise InputError(f"no sector of world '{world.name}' carries a tariff; name the sectors of the bloc")
        return dutiable
    return _named(world, rule.sectors)


def cheaper(world: World, rule: BlocRule) -> Bool[Array, " s"]:
    """Return in which sectors the rule changes costs between members [s].

    Raises
    ------
    InputError
        If costs change, no sector is named and the rule covers no goods.
    """
    if rule.internal_cost == 1.0:
        return np.zeros(len(world.sectors), dtype=bool)
    if rule.cost_sectors is not None:
        return _named(world, rule.cost_sectors)
    found = np.logical_and(covered(world, rule), goods_sectors(world))
    if not found.any():
        raise InputError(
            f"internal_cost concerns goods, and the rule covers none in world '{world.name}'; name the sectors in "
            "cost_sectors"
        )
    return found


def _named(world: World, codes: Iterable[str]) -> Bool[Array, " s"]:
    inside = np.zeros(len(world.sectors), dtype=bool)
    inside[[world.sector_index(code) for code in codes]] = True
    return inside


def _listed(world: World, rule: BlocRule) -> Float64[Array, " s"] | None:
    """Return the listed common rates (fraction) [s]; 0 in sectors the rule does not cover."""
    if rule.external_tariff is None:
        return None
    inside, rates = covered(world, rule), np.zeros(len(world.sectors))
    given = {world.sector_index(code): rate for code, rate in rule.external_tariff.items()}
    for s, code in enumerate(world.sectors):
        if inside[s] != (s in given):
            problem = "no common tariff is listed for" if inside[s] else "the bloc does not cover"
            raise InputError(f"{problem} sector '{code}'; external_tariff must list exactly the covered sectors")
        rates[s] = given.get(s, 0.0)
    return rates


def bloc_policy(world: World, coalition: Sequence[str], rule: BlocRule | None = None) -> Policy:
    """Return the policy of one coalition, as `solve` takes it.

    Raises
    ------
    UnknownNameError, InputError
        If a member or sector is not in the world, or a member is named twice.
    """
    rule = rule or BlocRule()
    members = positions(world, coalition)
    policy = status_quo(world, "+".join(coalition) or "nobody")
    inside, listed, cut = covered(world, rule), _listed(world, rule), cheaper(world, rule)
    if len(members) < 2:
        return policy
    tariff, external, cost = (np.array(a) for a in (policy.tariff, policy.external_tariff, policy.cost_hat))
    for s in map(int, np.flatnonzero(inside)):
        if rule.kind == "customs_union":
            rate = _mean_rate(world, members, s) if listed is None else listed[s]
            for d in members:
                _charge_outsiders(tariff[:, d, s], external[d, s], rate, members)
                external[d, s] = rate
        for o, d in permutations(members, 2):
            tariff[o, d, s] = 0.0
    for o, d in permutations(members, 2):
        cost[o, d, cut] = rule.internal_cost
    insiders = np.zeros(len(world.economies), dtype=bool)
    insiders[members] = True
    return replace(policy, tariff=tariff, external_tariff=external, cost_hat=cost, insiders=insiders)


def _mean_rate(world: World, members: list[int], sector: int) -> float:
    outside = np.setdiff1d(np.arange(len(world.economies)), members)
    weight = world.trade_flow[outside][:, members, sector].sum(axis=0)
    rates = world.external_tariff[members, sector]
    return float((weight * rates).sum() / weight.sum()) if weight.sum() > 0 else float(rates.mean())


def _charge_outsiders(paid: np.ndarray, external: float, rate: float, members: list[int]) -> None:
    """Put the common rate on one importer's outsiders, in place: the rates that it charges [o]."""
    outside = np.setdiff1d(np.arange(len(paid)), members)
    paid[outside] = rate * share_paid(paid[outside], external)


class BlocPatches:
    """Builds the patches of many coalitions under one rule, without a power or a policy for each.

    Parameters
    ----------
    world, base
        Baseline, as a world and as shares.
    rule
        What coalitions become.
    largest
        Size of the largest coalition: all patches are as wide, so that one program is compiled for them.
    """

    def __init__(self, world: World, base: Calibration, rule: BlocRule, largest: int) -> None:
        self.world, self.rule = world, rule
        self.width = min(len(world.economies), max(1, largest))
        self.inside = covered(world, rule)
        self.listed = _listed(world, rule)
        theta = world.trade_elasticity[:, None, None]
        self._tariff = _by_buyer(world.tariff)
        self._share = _by_buyer(base.trade_share)
        self._net = self._share / (1.0 + self._tariff)
        # Costs may fall where the bloc covers nothing: tariffs stay there.
        change = np.where(cheaper(world, rule), rule.internal_cost, 1.0)[:, None, None]
        on = self.inside[:, None, None]
        free = self._share * (change / np.where(on, 1.0 + self._tariff, 1.0)) ** -theta
        self._free_gain = free - self._share
        self._free_net_gain = np.where(on, free, free / (1.0 + self._tariff)) - self._net
        # Attraction as it would be without the tariff: times (1 + rate)^-theta it is that of any common rate.
        self._duty_free = self._share * (1.0 + self._tariff) ** theta
        # What each origin pays of the external tariff: all of it, nothing, or a part.
        self._margin = share_paid(self._tariff, world.external_tariff.T[:, :, None])
        self._partial = bool(((self._margin != 0.0) & (self._margin != 1.0)).any())
        self._flow = _by_buyer(world.trade_flow)
        self._imports = self._flow.sum(axis=2) - np.einsum("sdd->sd", self._flow)

    @property
    def cells(self) -> int:
        """How many cells q x p a patch holds."""
        return self.width * (len(self.world.economies) if self.rule.kind == "customs_union" else self.width)

    def build(self, coalitions: Sequence[Sequence[int]]) -> Patch:
        """Return the patch of coalitions given by positions."""
        places, real = padded(coalitions, len(self.world.economies), self.width)
        pairs = self._pairs(real)
        d, o = places[:, :, None], places[:, None, :]
        gain = np.where(pairs, self._free_gain[:, d, o], 0.0)
        net_gain = np.where(pairs, self._free_net_gain[:, d, o], 0.0)
        if self.rule.kind == "free_trade_area":
            return Patch(places, places, gain, net_gain)
        whole, net_whole = self._outside(places, real)
        # What members sell each other is not outside: those cells, home sales among them, are taken back.
        b, q = np.arange(len(places))[:, None, None], np.arange(self.width)[:, None]
        both = real[:, :, None] & real[:, None, :]
        for cells, own in ((whole, gain), (net_whole, net_gain)):
            cells[:, b, q, o] = np.where(both, own, cells[:, b, q, o])
        return Patch(None, places, whole, net_whole)

    @staticmethod
    def _pairs(real: np.ndarray) -> np.ndarray:
        """Which entries of [b q p] are two different members."""
        return real[:, :, None] & real[:, None, :] & ~np.eye(real.shape[1], dtype=bool)

    def _outside(self, places: np.ndarray, real: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Changes that a common external tariff makes to what members buy, from whomever [s b q o]."""
        rate = self._rates(places, real)[:, :, None, None]
        union = real & (real.sum(axis=1, keepdims=True) > 1)
        changes = (union & self.inside[:, None, None]).astype(float)[..., None]
        gain = self._duty_free[:, places]
        if self._partial:
            rate = rate * self._margin[:, places]
        else:
            # One power a scenario in place of one a cell: who pays nothing keeps paying nothing.
            changes = changes * self._margin[:, places]
        gain *= np.exp(-self.world.trade_elasticity[:, None, None, None] * np.log1p(rate))
        net_gain = gain / (1.0 + rate)
        gain -= self._share[:, places]
        net_gain -= self._net[:, places]
        gain *= changes
        net_gain *= changes
        return gain, net_gain

    def _rates(self, places: np.ndarray, real: np.ndarray) -> Float64[Array, "s b"]:
        """Return the common external tariff of each coalition (fraction)."""
        if self.listed is not None:
            return np.repeat(self.listed[:, None], len(places), axis=1)
        pairs = self._pairs(real)
        among = np.where(pairs, self._flow[:, places[:, :, None], places[:, None, :]], 0.0).sum(axis=3)
        weight = np.where(real, np.clip(self._imports[:, places] - among, 0.0, None), 0.0)
        # Subtracting leaves rounding where nothing is imported from outside: that is no import.
        weight[weight < 1e-12 * self._imports[:, places]] = 0.0
        rates = self.world.external_tariff.T[:, places]
        count = np.maximum(real.sum(axis=1), 1)
        total = weight.sum(axis=2)
        plain = np.where(real, rates, 0.0).sum(axis=2) / count
        return np.where(total > 0, (weight * rates).sum(axis=2) / np.where(total > 0, total, 1.0), plain)


def _by_buyer(array: np.ndarray) -> np.ndarray:
    """Reorder [o d s] as [s d o], contiguous: what a buyer's columns are taken from."""
    return np.ascontiguousarray(array.transpose(2, 1, 0))
