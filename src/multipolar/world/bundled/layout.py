"""From figures by id to arrays."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

from multipolar.errors import WorldError
from multipolar.types import Array, Float64, Int8
from multipolar.world.bundled.closing import HOME_FLOOR, WorldFigures
from multipolar.world.bundled.tables import Figure, Values, figure_id
from multipolar.world.model import CELL_STATUS

__all__ = ["SECTORS", "SECTOR_NAMES", "attributes", "flow_status", "lay_out"]

SECTORS = ("energy", "goods", "services")
SECTOR_NAMES = ("Energy, ores and metals", "Other goods", "Services")
INPUT_LIMIT = 0.95
"""Largest share of inputs in gross output; a draw beyond it is scaled down to it (fraction)."""
_ATTRIBUTE = "attribute_"

_TABLES: Mapping[str, str] = {
    "goods_trade": "od",
    "report_agreement": "od",
    "goods_exports": "o",
    "goods_imports": "d",
    "energy_share_exports": "o",
    "energy_share_imports": "d",
    "services_trade": "od",
    "services_exports": "o",
    "services_imports": "d",
    "gdp": "o",
    "goods_value_added_share": "o",
    "energy_final_share": "o",
    "home_energy_share": "o",
    "preference": "ods",
}
_DEFAULTS: Mapping[str, float] = {
    **dict.fromkeys(("goods_trade", "report_agreement", "services_trade", "preference", "tariff_schedule"), 0.0),
    "home_energy_share": HOME_FLOOR,
}
"""What a cell without a figure is, in the tables that need not have one for each."""


def lay_out(values: Values, codes: tuple[str, ...]) -> WorldFigures:
    """Lay figures out as the arrays that closing needs.

    Raises
    ------
    WorldError
        Naming a figure that is missing or empty.
    """
    arrays = {table: _array(values, table, axes, codes) for table, axes in _TABLES.items()}
    parts = [_array(values, f"input_share_{supplier}", "os", codes) for supplier in SECTORS]
    shares = np.stack(parts, axis=2)
    total = shares.sum(axis=2, keepdims=True)
    shares = shares * np.minimum(1.0, INPUT_LIMIT / total)
    theta = _array(values, "trade_elasticity", "s", codes)
    tariff = external_tariff(values, codes)
    return WorldFigures(**arrays, external_tariff=tariff, input_share=shares, trade_elasticity=theta)


def external_tariff(values: Values, codes: tuple[str, ...]) -> Float64[Array, "d s"]:
    """Rates on outsiders by sector: what is measured is their mean, so that goods pay what energy does not.

    The rate on goods follows from the mean over outsiders' goods and energy, the rate on energy, and the share of
    energy in what outsiders sell; services pay nothing. An economy that applies the tariff of another has its rates.
    """
    mean, energy, share = (
        _array(values, table, "d", codes)
        for table in ("outsider_tariff", "outsider_energy_tariff", "outsider_energy_share")
    )
    goods = (mean - share * energy) / (1.0 - share)
    own = np.stack([energy, goods, np.zeros_like(mean)], axis=1)
    schedule = _array(values, "tariff_schedule", "od", codes)
    return (1.0 - schedule.sum(axis=0))[:, None] * own + schedule.T @ own


def attributes(values: Values, codes: tuple[str, ...]) -> dict[str, Float64[Array, " o"]]:
    """Attributes by name; NaN where the tables have no figure."""
    return {
        name.removeprefix(_ATTRIBUTE): values.at(tuple(f"{name}/{code}" for code in codes), None)[0]
        for name in values.index.tables
        if name.startswith(_ATTRIBUTE)
    }


def flow_status(figures: Mapping[str, Figure], codes: tuple[str, ...]) -> Int8[Array, "o d s"]:
    """How each trade cell was obtained.

    A goods cell has the status of the pair's goods trade, whose split into energy and other goods is fitted; services
    and home sales are imputed.
    """
    number = {name: code for code, name in CELL_STATUS.items()}
    status = np.zeros((len(codes), len(codes), len(SECTORS)), dtype=np.int8)
    for i, o in enumerate(codes):
        for j, d in enumerate(codes):
            goods = figures.get(figure_id("goods_trade", o, d))
            if goods is not None:
                status[i, j, :2] = number[goods.status]
            if figure_id("services_trade", o, d) in figures:
                status[i, j, 2] = number["imputed"]
        status[i, i] = number["imputed"]
    return status


def _array(values: Values, table: str, axes: str, codes: tuple[str, ...]) -> np.ndarray:
    keys, shape = _keys(table, axes, codes)
    found, empty = values.at(keys, _DEFAULTS.get(table))
    if empty is not None:
        raise WorldError(f"the shipped world has no figure '{empty}'; compile its tables again with a source for it")
    return found.reshape(shape)


@cache
def _keys(table: str, axes: str, codes: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Ids of a table's figures in array order, and the array's shape."""
    labels = [SECTORS if axis == "s" else codes for axis in axes]
    shape = tuple(len(axis) for axis in labels)
    keys = tuple(
        "/".join((table, *(axis[i] for axis, i in zip(labels, index, strict=True)))) for index in np.ndindex(*shape)
    )
    return keys, shape
