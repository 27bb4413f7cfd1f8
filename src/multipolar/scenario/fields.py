"""Building blocks of the file models: names, lists of economies, fractions, and the error of a broken rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    StringConstraints,
    Tag,
    model_validator,
)
from pydantic_core import PydanticCustomError

from multipolar.errors import nearest_names
from multipolar.scenario.quantity import Range, extremes

__all__ = [
    "LARGEST",
    "ClubRef",
    "Code",
    "CodeList",
    "EconomyList",
    "Line",
    "Located",
    "Slug",
    "Strict",
    "Text",
    "check_change",
    "check_factor",
    "check_rate",
    "money",
    "rule",
    "shown",
]

LARGEST = 100.0
"""No fraction or factor beyond this is meant by anyone, ``above_one`` or not (pure number)."""

LOWEST_CHANGE = -0.999
"""No change below this is meant by anyone: it would leave less than a thousandth (fraction)."""

Code = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^\S+$")]
Slug = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True)]


def _unbroken(value: str) -> str:
    if "\n" in value:
        raise rule("must be one line; fold it with >- or shorten it")
    return value


Line = Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True), AfterValidator(_unbroken)]


def rule(message: str, field: str | None = None) -> PydanticCustomError:
    """Return the error of a broken rule; `field` says whose line to name."""
    return PydanticCustomError("rule", "{text}", {"text": message, "field": field})


class Strict(BaseModel):
    """A model that refuses unknown fields and does not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _known_fields(cls, data: Any) -> Any:
        """Refuse unknown fields with the nearest known one, which pydantic's own message does not name."""
        if not isinstance(data, Mapping):
            return data
        fields = cls.model_fields
        names = [item.alias or name for name, item in fields.items()]
        for key in data:
            if key not in fields and key not in names:
                near = nearest_names(str(key), names)
                hint = f"; did you mean {' or '.join(near)}?" if near else f"; known are {', '.join(names)}"
                raise rule(f"unknown field '{' '.join(str(key).split())[:60]}'{hint}", str(key))
        return data


class Located(Strict):
    """A model that remembers where its fields stand in the file."""

    _file: str | None = PrivateAttr(default=None)
    _line: int | None = PrivateAttr(default=None)
    _lines: dict[str, int] = PrivateAttr(default_factory=dict)

    def place(self, field: str | None = None) -> tuple[str | None, int | None]:
        """Return file and line of a field, or of the whole entry; None where it came from no file.

        A dot leads on to an entry of a list or table, ``members.2`` or ``elasticities.goods``; what has no line of its
        own has that of what holds it.
        """
        name = field or ""
        while name and name not in self._lines:
            name = name.rpartition(".")[0]
        return self._file, self._lines.get(name, self._line)

    def locate(self, file: str | None, line: int | None, lines: Mapping[str, int]) -> None:
        """Remember where the entry and its fields stand."""
        self._file, self._line, self._lines = file, line, dict(lines)


class ClubRef(Strict):
    """All full members of a club of the atlas on the scenario's day: ``{club: CISFTA}``."""

    club: Code = Field(description="Id of a club of the atlas, for example CISFTA.")


def _as_list(value: Any) -> Any:
    """Let a single entry stand for a list of one."""
    return (value,) if isinstance(value, str | Mapping | ClubRef) else value


def _distinct(value: tuple[Any, ...]) -> tuple[Any, ...]:
    for i, item in enumerate(value):
        if item in value[:i]:
            raise rule(f"'{item.club if isinstance(item, ClubRef) else item}' is named twice; name it once")
    return value


def _reference_form(value: Any) -> str:
    return "<club>" if isinstance(value, Mapping | ClubRef) else "<code>"


Reference = Annotated[
    Annotated[Code, Tag("<code>")] | Annotated[ClubRef, Tag("<club>")],
    Discriminator(_reference_form),
]
EconomyList = Annotated[
    tuple[Reference, ...],
    BeforeValidator(_as_list, json_schema_input_type=Reference | tuple[Reference, ...]),
    Field(min_length=1, max_length=300),
    AfterValidator(_distinct),
]
"""One or several economies: codes of the world, groups of the atlas, ``{club: ID}``, or ``all``."""

CodeList = Annotated[
    tuple[Code, ...],
    BeforeValidator(_as_list, json_schema_input_type=Code | tuple[Code, ...]),
    Field(min_length=1, max_length=300),
    AfterValidator(_distinct),
]
"""One or several codes, none twice."""


def shown(fraction: float) -> str:
    """Write a fraction as percent, with three significant digits: 0.0943 gives ``9.43%``."""
    return f"{100.0 * fraction:.3g}%"


def money(usd_mn: float) -> str:
    """Write an amount with three significant digits: 1234.5 gives ``1,230 million USD``."""
    return f"{float(f'{usd_mn:.3g}'):,.10g} million USD"


def check_rate(quantity: float | Range, field: str, above_one: bool) -> None:
    """Refuse a tariff that is negative, or above 1 without the author saying so."""
    lo, hi = extremes(quantity)
    if lo < 0:
        raise rule(f"{field} {lo:g} is negative; import and export subsidies are not supported, use 0 or more", field)
    _check_size(hi, field, above_one)


def check_change(quantity: float | Range, field: str, above_one: bool) -> None:
    """Refuse a fractional change of -100 percent or less, or above +100 percent without the author saying so."""
    lo, hi = extremes(quantity)
    if lo < LOWEST_CHANGE:
        what = "remove everything" if lo <= -1 else "leave less than a thousandth"
        raise rule(
            f"{field} {lo:g} would {what}; a change is a fraction above -1 (-0.05 is 5 percent less), from "
            f"{LOWEST_CHANGE:g} to {LARGEST:g}",
            field,
        )
    _check_size(hi, field, above_one)


def check_factor(quantity: float | Range, field: str, above_one: bool) -> None:
    """Refuse a factor that is negative, or above 10 without the author saying so."""
    lo, hi = extremes(quantity)
    if lo < 0:
        raise rule(f"{field} {lo:g} is negative; a factor multiplies the tariff, so use 0 or more", field)
    if hi > LARGEST:
        raise rule(
            f"{field} {hi:g} is too large: it multiplies the tariff (0.5 halves it), and the limit is 100", field
        )
    if hi > 10 and not above_one:
        raise rule(
            f"{field} {hi:g} multiplies the tariff by {hi:g}; did you mean {hi / 100:g} ({hi:g} percent of it)?"
            " if not, add above_one: true",
            field,
        )


def _check_size(hi: float, field: str, above_one: bool) -> None:
    if hi > LARGEST:
        hint = f"; did you mean {hi / 100:g} ({hi:g} percent)?" if hi <= 100 * LARGEST else ""
        raise rule(
            f"{field} {hi:g} is too large: it is a fraction (0.1 is 10 percent), and the limit is {LARGEST:g} "
            f"({100 * LARGEST:g} percent){hint}",
            field,
        )
    if hi > 1 and not above_one:
        raise rule(
            f"{field} {hi:g} means {100 * hi:g} percent; did you mean {hi / 100:g} ({hi:g} percent)? if not, add "
            "above_one: true",
            field,
        )
