"""Merge economies or sectors of a `World`; every accounting identity survives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from multipolar.errors import WorldError
from multipolar.types import Array, Float64
from multipolar.world.model import World

__all__ = ["aggregate_economies", "aggregate_sectors", "select_economies"]

ADDITIVE_ATTRIBUTES = frozenset({"gdp_usd_mn", "population_thousand", "area_km2", "military_spending_usd_mn"})
"""Attributes that add up when economies merge; any other is dropped for a merged economy (NaN), not guessed."""


def aggregate_economies(world: World, groups: Mapping[str, Sequence[str]]) -> World:
    """Merge economies.

    Trade between merged economies becomes home trade; the duty on it stays as an average internal rate, so that
    revenue and every identity are kept.

    Parameters
    ----------
    world
        The world to aggregate.
    groups
        New code -> codes it merges. Economies not named stay as they are.

    Raises
    ------
    WorldError
        If an economy is in two groups or a new code clashes with one that stays.
    UnknownNameError
        If a group names an economy that the world does not have.
    """
    target: dict[str, str] = {}
    for new, parts in groups.items():
        for part in parts:
            world.economy_index(part)
            if part in target:
                raise WorldError(f"economy '{part}' is in two groups, '{target[part]}' and '{new}'; keep one")
            target[part] = new
    labels = [target.get(code, code) for code in world.economies]
    codes = tuple(dict.fromkeys(labels))
    clash = [c for c in groups if c in world.economies and target.get(c, c) != c]
    if clash or any(c in groups and c not in target for c in world.economies):
        name = clash[0] if clash else next(c for c in world.economies if c in groups and c not in target)
        raise WorldError(f"group '{name}' has the code of an economy outside it; choose another code")
    merge = _indicator(labels, codes)
    single = {c: i for i, c in enumerate(world.economies) if labels.count(labels[i]) == 1}
    names = {labels[i]: world.economy_names[i] for i in single.values()}
    flow, tariff = _merge_tariffs(world, lambda x: np.einsum("ai,bj,ijs->abs", merge, merge, x))
    return replace(
        world,
        economies=codes,
        economy_names=tuple(names.get(code, code) for code in codes),
        members=tuple(
            tuple(m for i, group in enumerate(world.members) if labels[i] == code for m in group) for code in codes
        ),
        trade_flow=flow,
        tariff=tariff,
        external_tariff=_weighted(merge, world.external_tariff, _imports(world)),
        intermediate_use=np.einsum("ai,isk->ask", merge, world.intermediate_use),
        value_added=merge @ world.value_added,
        final_demand=merge @ world.final_demand,
        flow_status=_worst_status(world.flow_status, labels, codes),
        attributes=_merge_attributes(world, labels, codes),
        provenance={**world.provenance, "aggregated_economies": {k: list(v) for k, v in groups.items()}},
    )


def select_economies(world: World, keep: Sequence[str], rest: str = "ROW") -> World:
    """Keep the named economies apart and merge all others into `rest`."""
    for code in keep:
        world.economy_index(code)
    others = [code for code in world.economies if code not in set(keep)]
    if rest in keep and others != [rest]:
        others.append(rest)
    return aggregate_economies(world, {rest: others}) if others else world


def aggregate_sectors(world: World, groups: Mapping[str, Sequence[str]]) -> World:
    """Merge sectors.

    The elasticity of a merged sector is the mean of its parts weighted by trade between economies: an
    approximation, since no single elasticity reproduces two. Sectors not named stay as they are.

    Raises
    ------
    WorldError
        If a sector is in two groups.
    UnknownNameError
        If a group names a sector that the world does not have.
    """
    target: dict[str, str] = {}
    for new, parts in groups.items():
        for part in parts:
            world.sector_index(part)
            if part in target:
                raise WorldError(f"sector '{part}' is in two groups, '{target[part]}' and '{new}'; keep one")
            target[part] = new
    labels = [target.get(code, code) for code in world.sectors]
    codes = tuple(dict.fromkeys(labels))
    merge = _indicator(labels, codes)
    flow, tariff = _merge_tariffs(world, lambda x: np.einsum("ts,ijs->ijt", merge, x))
    weight = world.trade_flow.sum(axis=(0, 1)) - np.einsum("iis->s", world.trade_flow)
    single = {labels[i]: world.sector_names[i] for i in range(len(labels)) if labels.count(labels[i]) == 1}
    return replace(
        world,
        sectors=codes,
        sector_names=tuple(single.get(code, code) for code in codes),
        trade_flow=flow,
        tariff=tariff,
        external_tariff=_weighted(merge, world.external_tariff.T, _imports(world).T).T,
        intermediate_use=np.einsum("ts,isk,uk->itu", merge, world.intermediate_use, merge),
        value_added=world.value_added @ merge.T,
        final_demand=world.final_demand @ merge.T,
        trade_elasticity=_weighted(merge, world.trade_elasticity[:, None], weight[:, None])[:, 0],
        flow_status=_worst_sector_status(world.flow_status, labels, codes),
        provenance={**world.provenance, "aggregated_sectors": {k: list(v) for k, v in groups.items()}},
    )


def _indicator(labels: Sequence[str], codes: Sequence[str]) -> Float64[Array, "new old"]:
    return np.array([[float(label == code) for label in labels] for code in codes])


def _imports(world: World) -> Float64[Array, "d s"]:
    return world.trade_flow.sum(axis=0) - np.einsum("iis->is", world.trade_flow)


def _merge_tariffs(world: World, merge) -> tuple[np.ndarray, np.ndarray]:
    """Merge flows, and set the tariff that keeps revenue; where nothing flows, the plain mean of the rates."""
    flow = merge(world.trade_flow)
    revenue = merge(world.tariff * world.trade_flow)
    mean = merge(world.tariff) / merge(np.ones_like(world.tariff))
    return flow, np.divide(revenue, flow, out=mean, where=flow > 0)


def _weighted(merge: np.ndarray, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    total = merge @ weight
    mean = (merge @ values) / merge.sum(axis=1, keepdims=True)
    return np.divide(merge @ (values * weight), total, out=mean, where=total > 0)


def _worst_status(status: np.ndarray, labels: Sequence[str], codes: Sequence[str]) -> np.ndarray:
    position = np.array([codes.index(label) for label in labels])
    out = np.zeros((len(codes), len(codes), status.shape[2]), dtype=np.int8)
    np.maximum.at(out, (position[:, None], position[None, :]), status)
    return out


def _worst_sector_status(status: np.ndarray, labels: Sequence[str], codes: Sequence[str]) -> np.ndarray:
    out = np.zeros((*status.shape[:2], len(codes)), dtype=np.int8)
    for i, label in enumerate(labels):
        j = codes.index(label)
        out[:, :, j] = np.maximum(out[:, :, j], status[:, :, i])
    return out


def _merge_attributes(world: World, labels: Sequence[str], codes: Sequence[str]) -> dict[str, np.ndarray]:
    merge = _indicator(labels, codes)
    alone = merge.sum(axis=1) == 1
    merged = {}
    for name, values in world.attributes.items():
        total = merge @ np.nan_to_num(values) + np.where(merge @ np.isnan(values) > 0, np.nan, 0.0)
        merged[name] = total if name in ADDITIVE_ATTRIBUTES else np.where(alone, total, np.nan)
    return merged
