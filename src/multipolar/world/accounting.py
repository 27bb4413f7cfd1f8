"""Accounting identities of a `World`, and the check that names the one that is violated."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import WorldError

if TYPE_CHECKING:
    from multipolar.world.model import World

__all__ = ["IDENTITIES", "CheckResult", "check", "check_usable", "check_values", "identity_gaps"]

TOLERANCE = 1e-10
USABLE = 1e-5
"""Largest relative gap of an identity with which a world is solved: published tables are rounded and miss it a little.

What a solve adds to a gap shows in its result at about the same relative size.
"""

IDENTITIES = MappingProxyType(
    {
        "cost": "output = value added + intermediate inputs, for each economy and sector",
        "market": "expenditure = final demand + intermediate use, for each economy and sector",
        "income": "final demand = value added + tariff revenue + trade deficit, for each economy",
        "world": "trade deficits sum to zero over the world",
    }
)
"""Every identity a world must meet, in words."""


@dataclass(frozen=True)
class CheckResult:
    """Largest relative gap of each identity (pure number), and where it occurs."""

    residuals: dict[str, float]
    places: dict[str, str]

    @property
    def max_residual(self) -> float:
        """The largest gap over all identities (pure number)."""
        return max(self.residuals.values())


def identity_gaps(world: World) -> dict[str, np.ndarray]:
    """Relative gap of each identity: [o s] for cost and market, [o] for income, [1] for the world.

    Gaps are relative to the size of the economy (its output), so that a tiny cell cannot dominate.
    """
    scale = np.maximum(world.output.sum(axis=1), np.finfo(float).tiny)
    cost = world.output - world.value_added - world.intermediate_use.sum(axis=2)
    market = world.expenditure - world.final_demand - world.intermediate_use.sum(axis=1)
    income = world.final_demand.sum(axis=1) - (world.value_added.sum(axis=1) + world.tariff_revenue + world.deficit)
    return {
        "cost": np.abs(cost) / scale[:, None],
        "market": np.abs(market) / scale[:, None],
        "income": np.abs(income) / scale,
        "world": np.abs(np.atleast_1d(world.deficit.sum())) / scale.sum(),
    }


def check(world: World, tolerance: float = TOLERANCE) -> CheckResult:
    """Check signs, finiteness and every identity of a world.

    Parameters
    ----------
    world
        The world to check.
    tolerance
        Largest relative gap accepted (pure number).

    Raises
    ------
    WorldError
        Naming the violated rule or identity, the economy and the sector.
    """
    check_values(world)
    residuals, places = {}, {}
    for identity, gaps in identity_gaps(world).items():
        worst = np.unravel_index(int(np.argmax(gaps)), gaps.shape)
        residuals[identity] = float(gaps[worst])
        places[identity] = _place(world, identity, worst)
        if not residuals[identity] <= tolerance:
            raise WorldError(
                f"world '{world.name}' breaks the {identity} identity ({IDENTITIES[identity]}) by "
                f"{residuals[identity]:.2e} at {places[identity]}; balance the world before use"
            )
    return CheckResult(residuals, places)


def _place(world: World, identity: str, index: tuple[np.intp, ...]) -> str:
    if identity == "world":
        return "the world as a whole"
    place = f"economy '{world.economies[index[0]]}'"
    return f"{place}, sector '{world.sectors[index[1]]}'" if len(index) > 1 else place


def check_usable(world: World) -> None:
    """Check signs, finiteness and, with room for the rounding of published tables, every identity.

    Shares are taken from a world as if it were balanced: from one that is not, a solve would find effects of nothing.

    Raises
    ------
    WorldError
        Naming the violated rule or identity, the economy and the sector.
    """
    check(world, USABLE)


def check_values(world: World) -> None:
    """Check signs and finiteness alone: what any computation on a world needs, balanced or not.

    Raises
    ------
    WorldError
        Naming the array, the economy and the sector of the first value that cannot be.
    """
    floors = {
        "trade_flow": 0.0,
        "intermediate_use": 0.0,
        "value_added": 0.0,
        "final_demand": 0.0,
        "tariff": -1.0,
        "external_tariff": -1.0,
    }
    for name, floor in floors.items():
        values = getattr(world, name)
        bad = ~np.isfinite(values) | (values < floor)
        if name in {"tariff", "external_tariff"}:
            bad |= values <= floor
        if bad.any():
            where = np.argwhere(bad)[0]
            raise WorldError(
                f"world '{world.name}': {name} is {values[tuple(where)]:g} at {_cell(world, name, where)}; "
                f"it must be a finite number {'above -1' if floor < 0 else 'of at least 0'}"
            )
    theta = world.trade_elasticity
    if not (np.isfinite(theta) & (theta > 0)).all():
        sector = world.sectors[int(np.argmin(np.where(np.isfinite(theta), theta, -np.inf)))]
        raise WorldError(f"world '{world.name}': the trade elasticity of sector '{sector}' must be above 0")
    empty = world.value_added.sum(axis=1) <= 0
    if empty.any():
        code = world.economies[int(np.argmax(empty))]
        raise WorldError(f"world '{world.name}': economy '{code}' has no value added; drop it or merge it")


def _cell(world: World, name: str, where: np.ndarray) -> str:
    axes = {"trade_flow": "oos", "tariff": "oos", "intermediate_use": "oss"}.get(name, "os")
    labels = [world.economies[i] if axis == "o" else world.sectors[i] for i, axis in zip(where, axes, strict=True)]
    return ", ".join(labels)
