"""The study: a question, a world, scenarios to compare, and the published figures to hold the answer against."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from multipolar.errors import UnknownNameError
from multipolar.scenario.fields import Code, CodeList, Line, Located, Slug, Strict, Text, rule
from multipolar.scenario.files import shipped_scenario, shipped_scenarios
from multipolar.scenario.models import DEFAULT_DAY, Day, Scenario, SchemaVersion, Source
from multipolar.scenario.options import ModelOptions
from multipolar.scenario.quantity import Number, Quantity, central, extremes
from multipolar.scenario.shockbase import Resolve
from multipolar.scenario.shocks import Shock
from multipolar.triangular import triangular_quantile

__all__ = ["MEASURES", "MOST_DRAWS", "Contrast", "Published", "Study", "Use"]

MOST_DRAWS = 1_000_000
"""Most draws of a study: more than a sign needs, few enough for a machine to hold."""

Deficits = Literal["fixed", "scaled", "purged", "multiplicative"]

Measure = Literal[
    "real_income_pct",
    "real_income_usd_bn",
    "real_wage_pct",
    "terms_of_trade_pct",
    "volume_of_trade_pct",
    "welfare_first_order_pct",
    "tariff_revenue_usd_bn",
    "tariff_revenue_pct",
    "exports_pct",
    "imports_pct",
]
MEASURES: tuple[str, ...] = get_args(Measure)
"""Results that a published figure can be held against."""


ELASTICITIES = (0.01, 200.0)
"""Bounds of a trade elasticity: published ones by sector run from a third to seventy (pure number)."""


class Use(Strict):
    """A shipped scenario, by name."""

    use: Slug = Field(description="Name of a shipped scenario; files outside the library cannot be named here.")

    @model_validator(mode="after")
    def _ships(self) -> Use:
        if self.use not in shipped_scenarios():
            raise rule(str(UnknownNameError("shipped scenario", self.use, shipped_scenarios())), "use")
        return self


def _elasticities(table: Mapping[str, Any] | None, field: str) -> None:
    low, high = ELASTICITIES
    for sector, quantity in (table or {}).items():
        lo, hi = extremes(quantity)
        if lo < low or hi > high:
            wrong = lo if lo < low else hi
            raise rule(
                f"the trade elasticity of '{sector}' must be above 0, from {low:g} to {high:g}, not {wrong:g}", field
            )


class Repetition(Located):
    """What every contrast says: which scenarios it repeats, and with how many draws."""

    scenarios: CodeList | None = Field(
        default=None,
        description="Scenarios to repeat, by id, or shipped ones that only this contrast runs; by default all.",
    )
    draws: Annotated[int, Field(strict=True, ge=0, le=MOST_DRAWS)] | None = Field(
        default=None,
        description="Draws for its bands, the first of the study's; by default at most 20. 0 gives no bands.",
    )


class OneSector(Repetition):
    """All sectors merged into one."""

    kind: Literal["one_sector"] = Field(description="Merge all sectors into one.")
    id: Slug = Field(default="one-sector", description="Short name.")
    title: Line = Field(default="One sector", description="One line for tables.")
    elasticity: Quantity | None = Field(
        default=None,
        description="Trade elasticity of the one sector; by default the trade-weighted mean of the world.",
    )

    @model_validator(mode="after")
    def _rules(self) -> OneSector:
        _elasticities({"all": self.elasticity} if self.elasticity is not None else None, "elasticity")
        return self


class OtherElasticities(Repetition):
    """Other trade elasticities."""

    kind: Literal["elasticities"] = Field(description="Repeat with other trade elasticities.")
    id: Slug = Field(description="Short name.")
    title: Line = Field(description="One line for tables.")
    elasticities: dict[Code, Number] = Field(min_length=1, description="Elasticity by sector (pure number).")

    @model_validator(mode="after")
    def _rules(self) -> OtherElasticities:
        _elasticities(self.elasticities, "elasticities")
        return self


class OtherDeficits(Repetition):
    """Another closing of trade imbalances."""

    kind: Literal["deficits"] = Field(description="Repeat with another closing of trade imbalances.")
    id: Slug = Field(description="Short name.")
    title: Line = Field(description="One line for tables.")
    deficits: Deficits = Field(description="'fixed', 'scaled', 'purged' or 'multiplicative'.")


class OtherBaseline(Repetition):
    """Another starting point: shocks applied, and the world solved again, before the scenarios."""

    kind: Literal["baseline"] = Field(description="Repeat from another baseline.")
    id: Slug = Field(description="Short name.")
    title: Line = Field(description="One line for tables.")
    shocks: tuple[Shock, ...] = Field(min_length=1, max_length=500, description="Shocks that make the baseline.")


Contrast = Annotated[
    OneSector | OtherElasticities | OtherDeficits | OtherBaseline,
    Field(discriminator="kind"),
]


class Published(Strict):
    """A published figure, and the result of this study to hold against it."""

    id: Slug = Field(description="Short name.")
    economy: Code = Field(description="Economy of the figure.")
    measure: Measure = Field(description="Result that it is compared with.")
    scenario: Slug = Field(description="Scenario of this study, by id.")
    contrast: Slug | None = Field(default=None, description="Contrast of this study, by id; by default the main run.")
    value: Number | None = Field(description="Published value, in the unit of the measure; null where none is printed.")
    source: Slug = Field(description="Id of the source, as listed under sources.")
    place: Text | None = Field(default=None, description="Page or table in the source.")
    url: Text | None = Field(default=None, description="Address of the figure, if other than the source's.")
    note: Text | None = Field(default=None, description="What differs between the two, or why the value is missing.")


def _entry_form(value: Any) -> str:
    named = isinstance(value, Use) or (isinstance(value, Mapping) and "use" in value)
    return "<use>" if named else "<scenario>"


Entry = Annotated[
    Annotated[Use, Tag("<use>")] | Annotated[Scenario, Tag("<scenario>")],
    Discriminator(_entry_form),
]


class Study(Located):
    """A question answered by comparing scenarios: the content of a study file."""

    schema_version: SchemaVersion = Field(alias="schema", description="Version of this file format: 1.")
    kind: Literal["study"] = Field(description="What the file is: study.")
    id: Slug = Field(description="Short name: lower-case letters, digits and hyphens.")
    title: Line = Field(description="One line.")
    description: Text | None = Field(default=None, description="What the study is about.")
    question: Text | None = Field(default=None, description="The question it answers.")
    world: Text = Field(default="world-2009", description="Shipped world, or path of a world file.")
    on: Day = Field(
        default=DEFAULT_DAY,
        description="Day on which memberships of clubs hold, for scenarios that set none of their own.",
    )
    deficits: Deficits = Field(
        default="fixed", description="Closing of trade imbalances: 'fixed', 'scaled', 'purged' or 'multiplicative'."
    )
    model: ModelOptions | None = Field(
        default=None, description="Options of the model, for every solve of the study, draws and contrasts included."
    )
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = Field(default=0, description="Seed of the draws.")
    draws: Annotated[int, Field(strict=True, ge=0, le=MOST_DRAWS)] = Field(
        default=0, description="Number of draws from all ranges; 0 computes the most likely values only."
    )
    elasticities: dict[Code, Quantity] = Field(
        default_factory=dict,
        max_length=300,
        description="Trade elasticity by sector (pure number); the world's own for a sector not named.",
    )
    baseline: tuple[Shock, ...] = Field(
        default=(),
        max_length=500,
        description="Shocks applied, and the world solved again, before all scenarios.",
    )
    resolutions: Resolve = Field(
        default_factory=Resolve, description="Resolution of conflicts in the baseline's shocks."
    )
    scenarios: tuple[Entry, ...] = Field(
        min_length=1,
        max_length=1000,
        description="Scenarios to compare: {use: NAME} of a shipped one, or written out.",
    )
    focus: CodeList | None = Field(default=None, description="Economies that the report shows first.")
    contrasts: tuple[Contrast, ...] = Field(
        default=(), max_length=100, description="Repetitions under other assumptions, with fewer draws."
    )
    published: tuple[Published, ...] = Field(
        default=(), max_length=1000, description="Published figures to compare with."
    )
    sources: tuple[Source, ...] = Field(default=(), max_length=1000, description="Sources of the study.")

    @model_validator(mode="after")
    def _rules(self) -> Study:
        _elasticities(self.elasticities, "elasticities")
        names = [entry.use if isinstance(entry, Use) else entry.id for entry in self.scenarios]
        _unique(names, "scenario", "scenarios")
        _unique([item.id for item in self.contrasts], "contrast", "contrasts")
        _unique([item.id for item in self.published], "published figure", "published")
        keys = [item.id for item in self.sources if item.id]
        _unique(keys, "source", "sources")
        repeated, shipped = {}, shipped_scenarios()
        for contrast in self.contrasts:
            where = f"contrast '{contrast.id}'"
            for name in contrast.scenarios or ():
                if name not in shipped:
                    _known(name, names, where, "scenario", "contrasts")
            repeated[contrast.id] = contrast.scenarios or names
        for figure in self.published:
            where = f"published figure '{figure.id}'"
            if figure.contrast is not None:
                _known(figure.contrast, repeated, where, "contrast", "published")
            run = names if figure.contrast is None else repeated[figure.contrast]
            _known(figure.scenario, run, where, "scenario", "published")
            _known(figure.source, keys, where, "source", "published")
            if figure.value is None and not figure.note:
                raise rule(f"{where} has no value; say why in a note", "published")
        return self

    def resolved_scenarios(self) -> tuple[Scenario, ...]:
        """Return the scenarios in order, shipped ones read from the library, all on their day."""
        found = []
        for entry in self.scenarios:
            if isinstance(entry, Use):
                found.append(shipped_scenario(entry.use))
            else:
                found.append(entry if "on" in entry.model_fields_set else entry.model_copy(update={"on": self.on}))
        return tuple(found)

    def contrast_scenarios(self, contrast: Repetition) -> tuple[Scenario, ...]:
        """Return the scenarios that a contrast repeats, in its order; by default all of the study."""
        own = {scenario.id: scenario for scenario in self.resolved_scenarios()}
        if contrast.scenarios is None:
            return tuple(own.values())
        return tuple(own[name] if name in own else shipped_scenario(name) for name in contrast.scenarios)

    def baseline_scenario(self) -> Scenario | None:
        """Return the shocks that make the baseline as a scenario, None where there are none."""
        return self.scenario_of("baseline", "Baseline", self.baseline)

    def scenario_of(self, name: str, title: str, shocks: tuple[Any, ...]) -> Scenario | None:
        """Return shocks of this study, such as those of a contrast, as a scenario on the study's day."""
        if not shocks:
            return None
        made = Scenario.model_construct(
            schema_version=1,
            kind="scenario",
            id=name,
            title=title,
            description=None,
            reference=None,
            on=self.on,
            resolutions=self.resolutions,
            shocks=shocks,
        )
        made.locate(*self.place("baseline"), {})
        return made

    def elasticity(self, uniform: Callable[[str], float] | None = None) -> dict[str, float]:
        """Return the trade elasticity of each sector that the study sets (pure number).

        Parameters
        ----------
        uniform
            Maps the name of a draw to a number in [0, 1]; names are ``elasticity:SECTOR``. Without it, most likely
            values.
        """
        if uniform is None:
            return {sector: central(quantity) for sector, quantity in self.elasticities.items()}
        found = {}
        for sector, quantity in self.elasticities.items():
            lo, hi = extremes(quantity)
            name = getattr(quantity, "draw", None) or f"elasticity:{sector}"
            found[sector] = triangular_quantile(lo, central(quantity), hi, uniform(name)) if lo < hi else lo
        return found


def _unique(names: Iterable[str], kind: str, field: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise rule(f"{kind} '{name}' stands twice; give each its own id", field)
        seen.add(name)


def _known(name: str, known: Iterable[str], where: str, kind: str, field: str) -> None:
    names = list(known)
    if name not in names:
        raise rule(
            f"{where} names {kind} '{name}', which the study does not have; it has {', '.join(names) or 'none'}",
            field,
        )
