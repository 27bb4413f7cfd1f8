"""Tariff instruments: which cells each chosen rate falls on. A parametrisation of a schedule, and its transpose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from multipolar.errors import InputError
from multipolar.scenario.policy import Policy
from multipolar.scenario.preferences import share_paid
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["By", "Instruments", "tariff_instruments"]

By = Literal["uniform", "sector", "origin", "cell"]


@dataclass(frozen=True, eq=False)
class Instruments:
    """A set of rates that somebody sets, each on its own cells: the parametrisation of a tariff schedule.

    Parameters
    ----------
    labels
        Name of each rate, such as ``KAZ:goods`` [m].
    setters
        Who sets it [m].
    sectors
        Sectors that it covers [m].
    cells
        Number of the rate that falls on a cell, -1 where none does [o d s].
    margin
        Part of the rate that a cell pays: 1, or less where an origin keeps the margin of its preference [o d s].
    most_favoured
        Whether a rate is the same for every origin without a preference, so that it is an external tariff.
    """

    labels: tuple[str, ...]
    setters: tuple[str, ...]
    sectors: tuple[tuple[str, ...], ...]
    cells: np.ndarray
    margin: Float64[Array, "o d s"]
    most_favoured: bool

    def collect(self, values: Float64[Array, "o d s"]) -> Float64[Array, " m"]:
        """Sum values over the cells of each rate, by margin: a gradient by cell becomes the gradient by rate."""
        moved = self.cells >= 0
        return np.bincount(self.cells[moved], (values * self.margin)[moved], minlength=len(self.labels))

    def rates(self, world: World, policy: Policy) -> Float64[Array, " m"]:
        """Return the import-weighted mean of each rate under a policy, before margins (fraction)."""
        duties = self.collect(world.trade_flow * policy.tariff / np.where(self.margin > 0, self.margin, 1.0))
        return duties / self.collect(world.trade_flow)

    def apply(self, policy: Policy, rates: Float64[Array, " m"], name: str) -> Policy:
        """Return the policy with these rates; the external tariff follows where the rates are most-favoured ones."""
        moved = self.cells >= 0
        rate = np.asarray(rates)[self.cells]
        external = policy.external_tariff
        if self.most_favoured:
            external = np.where(moved.any(axis=0), np.where(moved, rate, -1.0).max(axis=0), external)
        return replace(
            policy, name=name, tariff=np.where(moved, self.margin * rate, policy.tariff), external_tariff=external
        )

    def of(self, setter: str) -> tuple[Instruments, np.ndarray]:
        """Return the instruments of one setter, and their numbers among these."""
        at = np.array([i for i, name in enumerate(self.setters) if name == setter], dtype=int)
        new = np.full(len(self.labels) + 1, -1)
        new[at] = np.arange(at.size)
        labels, sectors = tuple(self.labels[i] for i in at), tuple(self.sectors[i] for i in at)
        return Instruments(labels, (setter,) * at.size, sectors, new[self.cells], self.margin, self.most_favoured), at


def tariff_instruments(
    world: World,
    policy: Policy,
    setters: Mapping[str, Sequence[str]],
    by: By = "sector",
    sectors: Sequence[str] | None = None,
    keep_preferences: bool = True,
) -> Instruments:
    """Return the rates that setters choose.

    Parameters
    ----------
    world, policy
        Where they start from; the policy says which origins have a preference.
    setters
        Name of each setter and the economies for which it sets one tariff together; what they trade among themselves
        is left alone.
    by
        One rate ``uniform``, or one for each ``sector``, each ``origin``, or each origin and sector (``cell``).
    sectors
        Which sectors; by default those in which a member of the setter charges outsiders anything.
    keep_preferences
        Whether an origin that pays less than the external tariff keeps its margin, as under a scenario's external
        tariff: the same share of the new rate as of the old, so that free trade stays free. A preference does not show
        beside an external tariff of zero: there every outsider pays the rate.

    Raises
    ------
    InputError
        If an economy is in two setters, or a setter has no imports on which a rate could fall.
    """
    n, m = world.value_added.shape
    keys = _rate_keys(by, n, m)
    key, margin = np.full((n, n, m), -1), np.zeros((n, n, m))
    taken: set[int] = set()
    for number, (name, codes) in enumerate(setters.items()):
        members = [world.economy_index(code) for code in codes]
        if taken & set(members) or len(set(members)) < len(members):
            raise InputError(f"setter '{name}' holds an economy twice or one that another setter holds")
        taken |= set(members)
        external = policy.external_tariff[members]
        named = None if sectors is None else [world.sector_index(code) for code in sectors]
        chosen = (external > 0).any(axis=0) if named is None else np.isin(np.arange(m), named)
        share = np.ones((n, len(members), m))
        if keep_preferences:
            share = np.maximum(share_paid(policy.tariff[:, members], external[None]), 0.0)
        share[members] = 0.0
        margin[:, members] = np.where(chosen, share, 0.0)
        key[:, members] = np.where(margin[:, members] > 0, number * n * m + keys[:, None, :], -1)
    # A rate that falls on no trade moves nothing: it is no instrument.
    traded = np.where((world.trade_flow > 0) & np.isfinite(policy.cost_hat), key, -1)
    used = np.unique(traded[traded >= 0])
    setter = tuple(list(setters)[k // (n * m)] for k in used)
    for name in setters:
        if name not in setter:
            raise InputError(f"'{name}' has no imports on which such a tariff could fall; name other sectors")
    cells = np.where(np.isin(key, used), np.searchsorted(used, key), -1)
    cells.setflags(write=False)
    margin.setflags(write=False)
    covered = tuple(
        tuple(code for s, code in enumerate(world.sectors) if (cells[:, :, s] == i).any()) for i in range(used.size)
    )
    labels = tuple(_rate_label(world, by, name, int(k) % (n * m)) for name, k in zip(setter, used, strict=True))
    return Instruments(labels, setter, covered, cells, margin, by in ("uniform", "sector"))


def _rate_keys(by: str, n: int, m: int) -> np.ndarray:
    """Number of the rate within a setter [o s]."""
    origin, sector = np.meshgrid(np.arange(n), np.arange(m), indexing="ij")
    kinds = {"uniform": 0 * sector, "sector": sector, "origin": origin, "cell": origin * m + sector}
    if by not in kinds:
        raise InputError(f"unknown detail '{by}' of a tariff; choose uniform, sector, origin or cell")
    return kinds[by]


def _rate_label(world: World, by: str, setter: str, key: int) -> str:
    m = len(world.sectors)
    parts = {
        "uniform": (),
        "sector": (world.sectors[key % m],),
        "origin": (world.economies[key % len(world.economies)],),
        "cell": (world.economies[key // m], world.sectors[key % m]),
    }
    return ":".join((setter, *parts[by]))
