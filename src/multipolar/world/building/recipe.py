"""The recipe: a YAML file that says which files a world is built from, by which method, with which choices."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, field_validator, model_validator

from multipolar.atlas import economies as atlas_economies
from multipolar.data.readers import READERS
from multipolar.data.yamlfile import Document, load_document, read_document
from multipolar.errors import ScenarioError, UnknownNameError, nearest_names
from multipolar.world.building.complaints import read_problems

__all__ = [
    "FILLS",
    "METHODS",
    "ROLES",
    "Choice",
    "Recipe",
    "Source",
    "figures_folder",
    "load_recipe",
    "shipped_recipes",
]

METHODS = ("three-sector", "single-sector", "input-output", "caliendo-parro")
Method = Literal["three-sector", "single-sector", "input-output", "caliendo-parro"]
_FOLDER = "recipes"

ROLES: Mapping[str, tuple[str, ...]] = {
    "trade": ("trade",),
    "reports": ("reports",),
    "tariffs": ("tariffs",),
    "indicators": ("indicator",),
    "agreements": ("agreements",),
    "linkages": ("input-output",),
    "table": ("input-output",),
    "folder": ("arrays",),
}
"""Roles of files to the kinds of readers that can serve them."""

_MEANS = ("group-mean",)
FILLS: Mapping[str, tuple[str, ...]] = {
    "tariffs": ("free", "group-mean", "highest-pair"),
    "gdp_usd_mn": ("import-share",),
    "merchandise_exports_usd_mn": ("recorded-trade",),
    "merchandise_imports_usd_mn": ("recorded-trade",),
    "services_exports_usd_mn": ("group-mean", "world-mean"),
    "services_imports_usd_mn": ("group-mean", "world-mean"),
    **dict.fromkeys(
        (
            "agriculture_pct",
            "manufacturing_pct",
            "fuel_exports_pct",
            "fuel_imports_pct",
            "ore_exports_pct",
            "ore_imports_pct",
            "tariff_mean_pct",
        ),
        _MEANS,
    ),
}
"""What may stand in for a missing figure, if the recipe says so; without a word from the recipe nothing does."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Choice(_Strict):
    """A number that no file of the recipe gives, with its reason.

    Attributes
    ----------
    value
        The number.
    source
        Where it is from, or that it is a choice.
    """

    value: float
    source: str = Field(min_length=3)


_OPTIONS: Mapping[str, type[Any]] = {
    "column": str,
    "countries": str,
    "duty": str,
    "header": str,
    "indicator": str,
    "labels": str,
    "mean": str,
    "member": str,
    "rest": str,
    "year": int,
}
"""Options of readers that hold one value, with its type."""


def _fits(name: str, value: Any) -> bool:
    """Whether an option of a reader has a type it can have: a value, a list of words, or a mapping to either."""
    if name in _OPTIONS:
        return isinstance(value, _OPTIONS[name]) and not isinstance(value, bool)
    if name == "subsidies":
        return isinstance(value, bool)
    if name in ("indicators", "extra"):
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if name == "aliases":
        return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())
    if name == "sectors":
        lists = isinstance(value, dict) and all(isinstance(item, list) for item in value.values())
        return lists and all(isinstance(part, str) for item in value.values() for part in item)
    return True


class Source(BaseModel):
    """One file and how to read it; fields beyond these are options of the reader.

    Attributes
    ----------
    reader
        One of `multipolar.data.READERS`.
    file
        Path inside a data folder.
    names
        For tables of indicators: name in the file to the name the method asks for.
    scale
        Factor to the method's unit.
    within
        For indicators: most years between a figure and the year of the world.
    """

    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)

    reader: str
    file: str = Field(min_length=1)
    names: dict[str, str] = Field(default_factory=dict)
    scale: float = Field(default=1.0, gt=0)
    within: int = Field(default=0, ge=0, le=50)

    @field_validator("reader")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in READERS:
            raise ValueError(f"unknown reader '{name[:40]}'{_hint(name, READERS)}")
        return name

    @model_validator(mode="after")
    def _typed(self) -> Source:
        for name, value in self.options.items():
            if not _fits(name, value):
                raise ValueError(f"option '{name[:30]}' of reader '{self.reader}' has a value of the wrong kind")
        return self

    @property
    def options(self) -> dict[str, Any]:
        """Options of the reader."""
        return dict(self.__pydantic_extra__ or {})


_FIELD = re.compile(r"field '(\w+)'")
_LISTS = ("economies", "entrepots", "split_rest", "leave_out", "trade_above_gdp")
_PAIRS = ("no_preference", "smaller_report")


def _hint(name: str, known: Iterable[str]) -> str:
    near = nearest_names(name, known)
    return f"; did you mean {' or '.join(near)}?" if near else ""


class Recipe(_Strict):
    """How to build a world; see ``docs/data.md`` for what each method needs.

    Attributes
    ----------
    id, title, description, year
        Identity; `year` is that of the data.
    on
        Day on which club memberships are taken; mid-June of the year if None.
    method
        One of `METHODS`.
    sources
        Role to a file, or several in order of preference.
    aliases
        Code in any file to ISO3; empty to leave it out.
    economies
        Economies to keep; all if empty.
    cif
        Importers' value over exporters' value of one flow (pure number).
    elasticity
        Trade elasticity, one for all sectors or by sector.
    value_added_share
        Value added over gross output in a world of one sector.
    industries
        For input-output tables: broad sector (``energy``, ``goods``, ``services``) to industries; others are services.
    preferences
        Whether members of clubs that free trade inside pay no duty to each other.
    no_preference
        Pairs that waive nothing although clubs or agreements say so.
    smaller_report
        Pairs (exporter, importer) of which the smaller report stands: goods that pass through.
    entrepots
        Economies whose national totals count goods that pass through; their recorded trade is raised as others' is.
    split_rest
        Economies to take out of the rest of the world of an input-output table.
    leave_out
        Economies of the trade data that stay out of the world.
    fill
        Figure, or ``tariffs``, to the rule (`FILLS`) by which something stands in where no file has it; a figure that
        is missing and not named here is an error.
    trade_above_gdp
        Economies whose exports or imports may be several times their GDP (ports, flags of ships); of others that is
        taken for a wrong unit.
    """

    schema_: Literal[1] = Field(alias="schema")
    kind: Literal["world"]
    id: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{1,60}$")
    title: str = Field(min_length=3, max_length=200)
    description: str = ""
    year: int = Field(ge=1800, le=2100)
    on: dt.date | None = None
    method: Method
    sources: dict[str, Source | list[Source]]
    aliases: dict[str, str] = Field(default_factory=dict)
    economies: list[str] = Field(default_factory=list)
    cif: Choice = Choice(value=1.06, source="customary world average of freight and insurance")
    elasticity: Choice | dict[str, Choice]
    value_added_share: Choice | None = None
    industries: dict[str, list[str]] = Field(default_factory=dict)
    preferences: bool = True
    no_preference: list[tuple[str, str]] = Field(default_factory=list)
    smaller_report: list[tuple[str, str]] = Field(default_factory=list)
    entrepots: list[str] = Field(default_factory=list)
    split_rest: list[str] = Field(default_factory=list)
    leave_out: list[str] = Field(default_factory=list)
    fill: dict[str, str] = Field(default_factory=dict)
    trade_above_gdp: list[str] = Field(default_factory=list)
    _document: Document | None = PrivateAttr(default=None)

    @field_validator("sources")
    @classmethod
    def _known_roles(cls, sources: dict[str, Any]) -> dict[str, Any]:
        for role in sources:
            if role not in ROLES:
                raise ValueError(f"unknown role '{role[:40]}'{_hint(role, ROLES)}")
        return sources

    @field_validator("fill")
    @classmethod
    def _known_fills(cls, fill: dict[str, str]) -> dict[str, str]:
        for name, rule in fill.items():
            if name not in FILLS:
                raise ValueError(f"nothing can stand in for '{name[:40]}'{_hint(name, FILLS)}")
            if rule not in FILLS[name]:
                raise ValueError(f"'{rule[:40]}' is no rule for '{name}'; write {' or '.join(FILLS[name])}")
        return fill

    @model_validator(mode="after")
    def _known_economies(self) -> Recipe:
        known = {found.iso3 for found in atlas_economies()} | {"ROW"} | {*self.aliases.values()}
        for role in self.sources:
            for source in self.all_sources(role):
                known |= {str(code) for code in source.options.get("extra", ())}
                known |= {str(code) for code in dict(source.options.get("aliases", {})).values()}
        pairs = {name: [code for pair in getattr(self, name) for code in pair] for name in _PAIRS}
        for field in (*_LISTS, *_PAIRS):
            for code in pairs.get(field) or getattr(self, field):
                if code not in known:
                    raise ValueError(f"field '{field}' names '{str(code)[:40]}', no economy{_hint(str(code), known)}")
        return self

    @model_validator(mode="after")
    def _ranges(self) -> Recipe:
        if not 1 <= self.cif.value <= 2:
            raise ValueError("field 'cif' must lie between 1 and 2")
        thetas = self.elasticity.values() if isinstance(self.elasticity, dict) else [self.elasticity]
        if any(not 0 < theta.value <= 100 for theta in thetas):
            raise ValueError("field 'elasticity' must be above 0 and at most 100")
        share = self.value_added_share
        if share is not None and not 0 < share.value <= 1:
            raise ValueError("field 'value_added_share' must be above 0 and at most 1")
        return self

    def all_sources(self, role: str) -> tuple[Source, ...]:
        """Return the files of a role, the preferred one first."""
        found = self.sources.get(role, [])
        return tuple(found) if isinstance(found, list) else (found,)

    def place(self, *path: str) -> str:
        """Return ``file:line: `` of a field of the recipe, for the front of a message; the id where it has no file."""
        if self._document is None:
            return f"recipe '{self.id}': "
        return f"{self._document.file}:{self._document.line(path)}: "

    @property
    def day(self) -> dt.date:
        """Day on which memberships are taken."""
        return self.on or dt.date(self.year, 6, 15)


def shipped_recipes() -> tuple[str, ...]:
    """Return the names of the recipes that ship."""
    folder = resources.files("multipolar.world.building") / _FOLDER
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def figures_folder() -> Path:
    """Return the folder of looked-up figures that come with the package, each with its source."""
    return Path(__file__).parent / "figures"


def load_recipe(name_or_path: str | Path) -> Recipe:
    """Read a recipe by the name of a shipped one, or from a file.

    Raises
    ------
    UnknownNameError
        For a name that does not ship.
    ScenarioError
        Naming file, line and rule.
    """
    text = str(name_or_path)
    if not isinstance(name_or_path, Path) and not text.endswith((".yaml", ".yml")) and "/" not in text:
        if text not in shipped_recipes():
            raise UnknownNameError("recipe", text, shipped_recipes())
        file = resources.files("multipolar.world.building") / _FOLDER / f"{text}.yaml"
        return _validated(load_document(file.read_text(encoding="utf-8"), f"{text}.yaml"))
    return _validated(read_document(Path(text)))


def _validated(document: Document) -> Recipe:
    try:
        made = Recipe.model_validate(document.data)
        made._document = document
        return made
    except ValidationError as error:
        problems = read_problems(error.errors(include_url=False), document.data, FIELDS)
        path, message = problems[0]
        if not path and (named := _FIELD.match(message)):  # a rule on the whole recipe says which field it is about
            path = (named[1],)
        more = f" ({len(problems) - 1} more after this)" if len(problems) > 1 else ""
        raise ScenarioError(f"{message}{more}; see docs/data.md", document.file, document.line(path)) from None


FIELDS: Mapping[str, tuple[str, ...]] = {
    "": tuple(field.alias or name for name, field in Recipe.model_fields.items()),
    "Choice": tuple(Choice.model_fields),
    "Source": tuple(Source.model_fields),
}
"""Names of the fields of a recipe, of a number with its reason, and of a source."""
