"""Numbers that may be uncertain: a plain number, or a most likely value with a range."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from multipolar.triangular import triangular_quantile

__all__ = ["Number", "Quantity", "Range", "central", "extremes", "sampled"]

Uniform = Callable[[str], float]
Model = TypeVar("Model", bound=BaseModel)


def _number(value: Any) -> Any:
    """Accept numbers only: not text that looks like one, not true or false, not NaN or infinity."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise PydanticCustomError("number", "must be a number, not {shown}", {"shown": _shown(value)})
    if not abs(value) < math.inf:
        raise PydanticCustomError("number", "must be a finite number; NaN and infinity mean nothing here")
    return float(value)


_WORDS = {bool: "true or false", list: "a list", dict: "a mapping", type(None): "nothing"}


def _shown(value: Any) -> str:
    """Write what stands where a number should, with the fraction that a percentage means."""
    if not isinstance(value, str):
        return _WORDS.get(type(value), type(value).__name__)
    percent = re.fullmatch(r"\s*(-?[0-9]{1,6}(?:\.[0-9]{1,6})?)\s*%\s*", value)
    return repr(value)[:40] + (f"; write {float(percent.group(1)) / 100:g}" if percent else "")


Number = Annotated[float, BeforeValidator(_number)]
"""A finite number; text and truth values are refused."""


class Range(BaseModel):
    """A most likely value with the range that draws are taken from (triangular distribution)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    value: Number = Field(description="Most likely value; used as it is when nothing is drawn.")
    lo: Number = Field(description="Lowest value that a draw can take.")
    hi: Number = Field(description="Highest value that a draw can take.")
    draw: str | None = Field(
        default=None,
        min_length=1,
        max_length=80,
        description="Name of the draw. Ranges of one name move together; without it the name of the field is used, "
        "so that one draw of, say, non_tariff_cost is common to all scenarios of a study.",
    )
    source: str | None = Field(default=None, description="Where the value and its range come from.")

    @model_validator(mode="after")
    def _ordered(self) -> Range:
        if not self.lo <= self.value <= self.hi:
            raise PydanticCustomError(
                "rule",
                "a range needs lo <= value <= hi, not {text}",
                {"text": f"{self.lo:g}, {self.value:g}, {self.hi:g}"},
            )
        return self


def _form(value: Any) -> str:
    return "<range>" if isinstance(value, Mapping | Range) else "<number>"


Quantity = Annotated[
    Annotated[Number, Tag("<number>")] | Annotated[Range, Tag("<range>")],
    Discriminator(_form),
]
"""A number, or `Range`."""


def central(quantity: float | Range) -> float:
    """Return the most likely value (unit of the quantity)."""
    return quantity.value if isinstance(quantity, Range) else quantity


def extremes(quantity: float | Range) -> tuple[float, float]:
    """Return the lowest and highest value that a draw can take (unit of the quantity)."""
    return (quantity.lo, quantity.hi) if isinstance(quantity, Range) else (quantity, quantity)


def sampled(model: Model, uniform: Uniform) -> Model:
    """Return a model in which each `Range` is replaced by a number.

    Parameters
    ----------
    model
        Any of this package's file models.
    uniform
        Maps the name of a draw to a number in [0, 1]; called with the range's own ``draw`` name, or else the name of
        the field that holds it (for a table ``field:key``).
    """
    return _replaced(model, type(model).__name__, uniform)


def _replaced(item: Any, role: str, uniform: Uniform) -> Any:
    if isinstance(item, Range):
        return triangular_quantile(item.lo, item.value, item.hi, uniform(item.draw or role))
    if isinstance(item, BaseModel):
        old = {name: getattr(item, name) for name in type(item).model_fields}
        new = {name: _replaced(value, name, uniform) for name, value in old.items()}
        return item.model_copy(update={name: value for name, value in new.items() if value is not old[name]})
    if isinstance(item, tuple):
        parts = tuple(_replaced(part, role, uniform) for part in item)
        return parts if any(a is not b for a, b in zip(parts, item, strict=True)) else item
    if isinstance(item, dict):
        table = {key: _replaced(part, f"{role}:{key}", uniform) for key, part in item.items()}
        return table if any(table[key] is not item[key] for key in item) else item
    return item
