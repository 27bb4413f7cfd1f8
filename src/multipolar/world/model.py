"""`World`: one year of the world economy as labelled, balanced arrays. It is data; the verbs live elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from multipolar.atlas import codes_named
from multipolar.errors import UnknownNameError, WorldError
from multipolar.types import Array, Float64, Int8
from multipolar.world.accounting import CheckResult, check

__all__ = ["CELL_STATUS", "World"]

CELL_STATUS: Mapping[int, str] = MappingProxyType({0: "absent", 1: "observed", 2: "mirrored", 3: "imputed"})
"""Meaning of the codes in `World.flow_status`."""


@dataclass(frozen=True, eq=False)
class World:
    """An immutable snapshot of one year: economies x sectors, balanced.

    Money is in current USD million, tariffs are fractions, arrays are float64. ``o`` is the origin (exporter), ``d``
    the destination (importer), ``s`` the sector, ``k`` the sector that supplies an input.

    Parameters
    ----------
    name, year
        Identity of the world.
    economies, sectors
        Codes, in axis order; unique.
    economy_names, sector_names
        Full names, in the same order.
    members
        ISO3 codes that each economy stands for (an economy of one country lists itself).
    trade_flow
        Value of sales of sector `s` from `o` to `d`, net of import duty, home sales on the diagonal
        (USD million) [o d s].
    tariff
        Applied ad-valorem rate of `d` on goods from `o` (fraction) [o d s].
    external_tariff
        Rate of `d` on an origin to which it grants no preference (fraction) [d s].
    intermediate_use
        Inputs bought by user sector `s` of economy `o` from supplying sector `k`, duty included
        (USD million) [o s k].
    value_added
        Value added by sector (USD million) [o s].
    final_demand
        Final expenditure, duty included (USD million) [d s].
    trade_elasticity
        Elasticity of trade flows to trade costs, theta > 0 (pure number) [s].
    flow_status
        How each trade cell was obtained, codes of `CELL_STATUS` [o d s].
    attributes
        Further figures by economy, name -> (unit in the provenance) [o]; NaN where unknown.
    provenance
        JSON-able record: sources, notes, what balancing moved.
    """

    name: str
    year: int
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    economy_names: tuple[str, ...]
    sector_names: tuple[str, ...]
    members: tuple[tuple[str, ...], ...]
    trade_flow: Float64[Array, "o d s"]
    tariff: Float64[Array, "o d s"]
    external_tariff: Float64[Array, "d s"]
    intermediate_use: Float64[Array, "o s k"]
    value_added: Float64[Array, "o s"]
    final_demand: Float64[Array, "d s"]
    trade_elasticity: Float64[Array, " s"]
    flow_status: Int8[Array, "o d s"]
    attributes: Mapping[str, Float64[Array, " o"]] = field(default_factory=dict)
    provenance: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _freeze_arrays(self)
        _check_labels(self)
        _check_shapes(self)

    # -- labels ---------------------------------------------------------------------------------------------------

    def economy_index(self, code: str) -> int:
        """Return the axis position of an economy.

        Raises
        ------
        UnknownNameError
            If the world has no such economy; names the one that contains it, if any, and the nearest codes.
        """
        try:
            return self._economy_position[code]
        except KeyError:
            pass
        for holder, group in zip(self.economies, self.members, strict=True):
            if code in group:
                raise WorldError(
                    f"economy '{code}' is not separate in world '{self.name}': it is part of '{holder}'; "
                    f"use '{holder}' or a finer world"
                )
        raise UnknownNameError("economy", code, self.economies, self._codes_meant(code))

    def _codes_meant(self, name: str) -> list[str]:
        """Return the codes of this world that a full name stands for, or that contain the economy so named."""
        plain = str(name).casefold()
        named = zip(self.economies, self.economy_names, strict=True)
        found = [code for code, full in named if full.casefold() == plain]
        for code in codes_named(name):
            found += [own for own, group in zip(self.economies, self.members, strict=True) if code in (own, *group)]
        return list(dict.fromkeys(found))

    def sector_index(self, code: str) -> int:
        """Return the axis position of a sector; raises `UnknownNameError`."""
        try:
            return self._sector_position[code]
        except KeyError:
            raise UnknownNameError("sector", code, self.sectors) from None

    @cached_property
    def _economy_position(self) -> dict[str, int]:
        return {code: i for i, code in enumerate(self.economies)}

    @cached_property
    def _sector_position(self) -> dict[str, int]:
        return {code: i for i, code in enumerate(self.sectors)}

    # -- what follows from the arrays -------------------------------------------------------------------------------

    @cached_property
    def output(self) -> Float64[Array, "o s"]:
        """Gross output: sales to everyone, net of duty (USD million) [o s]."""
        return self.trade_flow.sum(axis=1)

    @cached_property
    def expenditure(self) -> Float64[Array, "d s"]:
        """Absorption, duty included (USD million) [d s]."""
        return ((1.0 + self.tariff) * self.trade_flow).sum(axis=0)

    @cached_property
    def tariff_revenue(self) -> Float64[Array, " d"]:
        """Import duties collected (USD million) [d]."""
        return (self.tariff * self.trade_flow).sum(axis=(0, 2))

    @cached_property
    def deficit(self) -> Float64[Array, " d"]:
        """Imports less exports, net of duty (USD million) [d]; sums to zero over the world."""
        return self.trade_flow.sum(axis=(0, 2)) - self.trade_flow.sum(axis=(1, 2))

    @cached_property
    def gdp(self) -> Float64[Array, " o"]:
        """Value added plus import duties: GDP at market prices in this world's accounts (USD million) [o]."""
        return self.value_added.sum(axis=1) + self.tariff_revenue

    def check(self, tolerance: float = 1e-10) -> CheckResult:
        """Check signs, finiteness and every accounting identity; see `multipolar.world.check`.

        Raises
        ------
        WorldError
            Naming the violated rule or identity, the economy and the sector.
        """
        return check(self, tolerance)

    def cells(self) -> dict[str, int]:
        """Count trade cells between different economies by how they were obtained."""
        off_diagonal = ~np.eye(len(self.economies), dtype=bool)
        status = self.flow_status[off_diagonal]
        return {name: int((status == code).sum()) for code, name in CELL_STATUS.items() if code != 0}

    def __repr__(self) -> str:
        return f"World({self.name!r}, {self.year}, {len(self.economies)} economies x {len(self.sectors)} sectors)"

    def _repr_html_(self) -> str:
        total = self.trade_flow.sum() - np.einsum("iis->", self.trade_flow)
        return (
            f"<b>World {self.name}</b> ({self.year}): {len(self.economies)} economies &times; "
            f"{len(self.sectors)} sectors ({', '.join(self.sectors)}), trade between economies "
            f"{total / 1e6:.2f} USD trillion, GDP {self.gdp.sum() / 1e6:.1f} USD trillion"
        )


_SHAPES = {
    "trade_flow": "oos",
    "tariff": "oos",
    "external_tariff": "os",
    "intermediate_use": "oss",
    "value_added": "os",
    "final_demand": "os",
    "trade_elasticity": "s",
    "flow_status": "oos",
}


def _freeze_arrays(world: World) -> None:
    """Copy every array in canonical type and make it read-only, so that a World cannot change under its user."""
    for name in _SHAPES:
        dtype = np.int8 if name == "flow_status" else np.float64
        object.__setattr__(world, name, _read_only(getattr(world, name), dtype))
    attributes = {key: _read_only(value, np.float64) for key, value in world.attributes.items()}
    object.__setattr__(world, "attributes", MappingProxyType(attributes))
    for item in fields(world):
        if item.name in {"economies", "sectors", "economy_names", "sector_names"}:
            object.__setattr__(world, item.name, tuple(getattr(world, item.name)))
    object.__setattr__(world, "members", tuple(tuple(group) for group in world.members))


def _read_only(values: Any, dtype: type[np.generic]) -> np.ndarray:
    array = np.array(values, dtype=dtype, order="C")
    array.setflags(write=False)
    return array


def _check_labels(world: World) -> None:
    for kind, codes in (("economy", world.economies), ("sector", world.sectors)):
        if not codes:
            raise WorldError(f"world '{world.name}' has no {kind}")
        twice = sorted({code for code in codes if codes.count(code) > 1})
        if twice:
            raise WorldError(f"world '{world.name}' lists {kind} '{twice[0]}' twice; codes must be unique")
    count = len(world.economies)
    for label, values in (("economy_names", world.economy_names), ("members", world.members)):
        if len(values) != count:
            raise WorldError(f"world '{world.name}': {label} has {len(values)} entries for {count} economies")
    if len(world.sector_names) != len(world.sectors):
        raise WorldError(f"world '{world.name}': sector_names does not match the {len(world.sectors)} sectors")


def _check_shapes(world: World) -> None:
    size = {"o": len(world.economies), "s": len(world.sectors)}
    for name, axes in _SHAPES.items():
        expected = tuple(size[axis] for axis in axes)
        if getattr(world, name).shape != expected:
            raise WorldError(
                f"world '{world.name}': {name} has shape {getattr(world, name).shape}, expected {expected}"
            )
    for name, values in world.attributes.items():
        if values.shape != (size["o"],):
            raise WorldError(f"world '{world.name}': attribute '{name}' needs one value per economy")
