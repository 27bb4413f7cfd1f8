"""Options of the model that a study sets: how labour, firms, prices and revenue behave."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from multipolar.scenario.fields import Code, Located, rule
from multipolar.scenario.quantity import Number

__all__ = ["BY_SECTOR", "NEUTRAL", "Amounts", "ModelOptions"]

NEUTRAL: Mapping[str, float] = MappingProxyType(
    {"labour": 0.0, "scale": 0.0, "pass_through": 1.0, "market_size": 0.0, "local_cost": 0.0, "income_tax": 0.0}
)
"""Value of each number that changes nothing; what a table does not name has it."""

BY_SECTOR = frozenset({"scale"})
"""Options whose tables name sectors; the others name economies."""

_BOUNDS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "labour": (0.0, 20.0),
        "scale": (0.0, 5.0),
        "pass_through": (0.0, 10.0),
        "market_size": (-5.0, 5.0),
        "local_cost": (0.0, 0.95),
        "income_tax": (0.0, 0.95),
    }
)


def _form(value: Any) -> str:
    return "<table>" if isinstance(value, Mapping) else "<number>"


Amounts = Annotated[
    Annotated[Number, Tag("<number>")]
    | Annotated[dict[Code, Number], Field(min_length=1, max_length=300), Tag("<table>")],
    Discriminator(_form),
]
"""One number for all, or a table by economy or sector."""


class ModelOptions(Located):
    """Options of the model, each neutral where it is not given; equations and sources are in docs/model.md."""

    labour: Amounts | None = Field(
        default=None, description="Elasticity of labour supply to the real wage, by economy (pure number); 0 is fixed."
    )
    scale: Amounts | None = Field(
        default=None,
        description="Elasticity of productivity to the size of a sector, by sector (pure number); 0 is none.",
    )
    pass_through: Amounts | None = Field(
        default=None,
        description="Exponent of 1 + tariff in the price that buyers decide on, by importer (pure number); 1 is full.",
    )
    market_size: Amounts | None = Field(
        default=None,
        description="Elasticity of the price index to wage over expenditure, by importer (pure number); 0 is none.",
    )
    local_cost: Amounts | None = Field(
        default=None,
        description="Share of a seller's receipts spent on labour of the market it sells to, by importer (fraction).",
    )
    revenue: Literal["lump-sum", "income-tax"] | None = Field(
        default=None, description="What duties pay for: 'lump-sum', households, or 'income-tax', a lower tax on labour."
    )
    income_tax: Amounts | None = Field(
        default=None, description="Tax on labour income in the baseline, by economy (fraction)."
    )

    @model_validator(mode="after")
    def _rules(self) -> ModelOptions:
        if not self.given():
            raise rule("names no option; give one, or drop model")
        for name, (low, high) in _BOUNDS.items():
            value = getattr(self, name)
            for key, number in value.items() if isinstance(value, Mapping) else ((None, value),):
                if number is not None and not low <= number <= high:
                    what = name if key is None else f"{name} of '{key}'"
                    neutral = f"; {NEUTRAL[name]:g} changes nothing"
                    raise rule(f"{what} must lie from {low:g} to {high:g}, not {number:g}{neutral}", name)
        return self

    def given(self) -> dict[str, Any]:
        """Return the options that the file sets, by name."""
        named = {name: getattr(self, name) for name in (*NEUTRAL, "revenue")}
        return {name: value for name, value in named.items() if value is not None}
