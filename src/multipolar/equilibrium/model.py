"""`Model`: which variant of the model is solved. The default is the model of `equations`; each option stands alone."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Literal, get_args

import numpy as np

from multipolar.errors import InputError
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Closure", "Model", "RevenueUse"]

Closure = Literal["world", "multiplicative", "fixed", "scaled", "purged"]
RevenueUse = Literal["lump-sum", "income-tax"]

_RANGES: dict[str, tuple[float, float, str]] = {
    "labour": (0.0, np.inf, "at least 0"),
    "scale": (0.0, np.inf, "at least 0"),
    "pass_through": (0.0, np.inf, "at least 0"),
    "market_size": (-np.inf, np.inf, "finite"),
    "local_cost": (0.0, 1.0, "at least 0 and below 1"),
    "income_tax": (0.0, 1.0, "at least 0 and below 1"),
}


@dataclass(frozen=True, eq=False)
class Model:
    """Options of the model, each neutral by default. Numbers may be one for all, or arrays of the shape given.

    Parameters
    ----------
    deficits
        Closure of trade deficits. ``fixed``: constant in the numeraire, world value added. ``world``: scaled with
        world value added, which is the same thing in that numeraire. ``scaled``: scaled with the economy's own value
        added, what the world does not sum to shared by value added. ``multiplicative``: expenditure a constant
        multiple of value added and duties, up to one factor for the world. ``purged``: the baseline is solved without
        deficits first.
    labour
        Elasticity of labour supply to the real wage after tax (pure number) [o]; 0 is fixed labour.
    scale
        Elasticity of productivity to the size of a sector, its number of firms (pure number) [s]. ``1/theta`` is
        Krugman, and Melitz with Pareto productivities; 0 is constant returns.
    pass_through
        Exponent of ``1 + tariff`` in the price that decides what is bought (pure number) [d] or [d s].
    market_size
        Elasticity of the price index to wage over expenditure: how far a larger market is served by more firms (pure
        number) [d] or [d s].
    local_cost
        Share of the seller's receipts that is spent on labour of the market it sells to (fraction) [d] or [d s].
    revenue
        What duties pay for. ``lump-sum``: households. ``income-tax``: a lower tax on labour income, which matters
        where labour is elastic.
    income_tax
        Tax on labour income in the baseline (fraction) [o]. None with ``income-tax`` stands for just the tax that the
        new duties replace, so that none is left; None with ``lump-sum`` for no tax.

    Raises
    ------
    InputError
        Naming the option that has a value outside its range.

    Notes
    -----
    Equations and sources are in ``docs/model.md``. With ``scale * theta`` at 1 or above in several sectors, equilibria
    need not be unique (Kucheryavyy, Lyn & Rodriguez-Clare, Grounded by Gravity): the one near the baseline is looked
    for.
    """

    deficits: Closure = "fixed"
    labour: float | Float64[Array, " o"] = 0.0
    scale: float | Float64[Array, " s"] = 0.0
    pass_through: float | Float64[Array, "d s"] = 1.0
    market_size: float | Float64[Array, "d s"] = 0.0
    local_cost: float | Float64[Array, "d s"] = 0.0
    revenue: RevenueUse = "lump-sum"
    income_tax: float | Float64[Array, " o"] | None = None

    def __post_init__(self) -> None:
        for name, said, choices in (
            ("deficits", "closure of deficits", get_args(Closure)),
            ("revenue", "use of revenue", get_args(RevenueUse)),
        ):
            if getattr(self, name) not in choices:
                raise InputError(
                    f"unknown {said} '{getattr(self, name)}'; choose {', '.join(choices[:-1])} or {choices[-1]}"
                )
        for name, (lowest, highest, said) in _RANGES.items():
            if getattr(self, name) is not None:
                object.__setattr__(self, name, _checked(name, getattr(self, name), lowest, highest, said))

    def with_selection(
        self,
        local_cost: float | Float64[Array, " d"],
        shape: float | Float64[Array, " s"],
        firm_pass_through: float = 1.0,
    ) -> Model:
        """Return the model with Melitz's selection of firms into markets, productivities being Pareto.

        Parameters
        ----------
        local_cost
            Fixed costs of serving a market, in its labour, over sales (fraction) [d]. With elasticity of substitution
            ``sigma`` it is ``(shape - sigma + 1) / (sigma * shape)``.
        shape
            Pareto shape (pure number) [s].
        firm_pass_through
            Exponent of ``1 + tariff`` in the price of a firm that goes on selling (pure number).

        Notes
        -----
        A duty is paid on sales, so it also deters firms from a market: its exponent is
        ``phi = firm_pass_through + (1 + shape) / ((1 - local_cost) shape) - 1/shape - 1``, and the price index falls
        with the size of the market with elasticity ``phi - 1``.
        """
        cost = np.asarray(local_cost, dtype=float)
        shape = np.asarray(shape, dtype=float)
        if shape.ndim:
            cost = cost[..., None]
        exponent = firm_pass_through + (1 + shape) / ((1 - cost) * shape) - 1 / shape - 1
        return replace(self, local_cost=cost + 0 * shape, pass_through=exponent, market_size=exponent - 1.0)

    @cached_property
    def is_plain(self) -> bool:
        """Whether this is the model of `equations`: no option but a closure that it knows."""
        return self.deficits != "multiplicative" and self.has_plain_terms

    @cached_property
    def has_plain_terms(self) -> bool:
        """Whether every option but the closure of deficits is neutral."""
        numbers = {"labour": 0.0, "scale": 0.0, "pass_through": 1.0, "market_size": 0.0, "local_cost": 0.0}
        return all(bool(np.all(getattr(self, name) == neutral)) for name, neutral in numbers.items())

    def fitted(self, world: World) -> Model:
        """Return the model with every number as an array on the axes of `world`.

        Raises
        ------
        InputError
            If an array has another shape.
        """
        n, s = len(world.economies), len(world.sectors)
        shapes = {"labour": (n,), "scale": (s,), "income_tax": (n,)}
        values = {
            name: _spread(name, getattr(self, name), shapes.get(name, (n, s)))
            for name in _RANGES
            if getattr(self, name) is not None
        }
        return replace(self, **values)

    def __repr__(self) -> str:
        told = []
        for item in fields(self):
            value = getattr(self, item.name)
            if value is None or (isinstance(item.default, (str, float)) and np.all(value == item.default)):
                continue
            if isinstance(value, np.ndarray):
                value = f"{float(value.min()):g}" if np.ptp(value) == 0 else f"{value.min():g}..{value.max():g}"
            told.append(f"{item.name}={value}")
        return f"Model({', '.join(told)})"


def _checked(name: str, value: object, lowest: float, highest: float, said: str) -> np.ndarray:
    array = np.array(value, dtype=float)
    if not (np.isfinite(array) & (array >= lowest) & (array < highest)).all():
        raise InputError(f"option '{name}' of the model must be {said}")
    array.setflags(write=False)
    return array


def _spread(name: str, value: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """One number, one per economy or a full array -> a full array."""
    if value.ndim == 1 and len(shape) == 2 and value.shape == shape[:1]:
        value = value[:, None]
    if value.ndim and value.shape != shape and value.shape != (shape[0], *(1,) * (len(shape) - 1)):
        sizes = " x ".join(str(length) for length in shape)
        raise InputError(f"option '{name}' of the model is for other axes than this world, which needs {sizes} numbers")
    return np.broadcast_to(value, shape)
