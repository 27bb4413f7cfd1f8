"""The scenario: shocks with a title, a day and a reference."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from multipolar.scenario.fields import Line, Located, Slug, Strict, Text, rule
from multipolar.scenario.quantity import sampled
from multipolar.scenario.shockbase import Resolve
from multipolar.scenario.shocks import Shock

__all__ = ["DEFAULT_DAY", "Day", "Scenario", "SchemaVersion", "Source"]

DEFAULT_DAY = dt.date(2009, 6, 15)
"""The day on which memberships hold unless a file says otherwise: the eve of the Eurasian customs union."""


def _day(value: Any) -> dt.date:
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    if isinstance(value, str) and len(value) == 10:
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            pass
    raise rule("must be a day, written YYYY-MM-DD")


Day = Annotated[dt.date, BeforeValidator(_day)]


def _version(value: Any) -> Any:
    if value is True or value != 1:
        raise rule("this version reads schema 1; write schema: 1")
    return 1


SchemaVersion = Annotated[Literal[1], BeforeValidator(_version)]


class Source(Strict):
    """A publication that can be found."""

    id: Slug | None = Field(default=None, description="Short key, to refer to it.")
    citation: Text = Field(description="Author, title, year, and the place in it.")
    url: Text | None = Field(default=None, description="Public address.")
    note: Text | None = Field(default=None, description="What was taken from it, and with which reservation.")


class Scenario(Located):
    """What changes, on which day, and why: the content of a scenario file."""

    schema_version: SchemaVersion = Field(alias="schema", description="Version of this file format: 1.")
    kind: Literal["scenario"] = Field(description="What the file is: scenario.")
    id: Slug = Field(description="Short name: lower-case letters, digits and hyphens.")
    title: Line = Field(description="One line for tables and figures.")
    description: Text | None = Field(default=None, description="What the scenario is about.")
    reference: Source | None = Field(default=None, description="Where the scenario, or its figures, come from.")
    on: Day = Field(
        default=DEFAULT_DAY,
        description="Day on which memberships of clubs hold (YYYY-MM-DD); default 2009-06-15.",
    )
    resolutions: Resolve = Field(
        default_factory=Resolve,
        description="Resolution of conflicts between commitments for all shocks that do not state their own.",
    )
    shocks: tuple[Shock, ...] = Field(
        min_length=1,
        max_length=500,
        description="What changes, in order; each shock builds on those before it.",
    )

    @model_validator(mode="before")
    @classmethod
    def _shocks_are_a_list(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("shocks"), dict):
            raise rule("shocks must be a list; put '- ' before each shock's kind", "shocks")
        return data

    def sampled(self, uniform: Callable[[str], float]) -> Scenario:
        """Return the scenario with each range replaced by a number (triangular, mode at the most likely value).

        Parameters
        ----------
        uniform
            Maps the name of a draw, such as ``non_tariff_cost``, to a number in [0, 1] (pure number). The same name is
            asked for wherever a quantity plays the same role, so that one draw can be common to all scenarios.
        """
        return sampled(self, uniform)
