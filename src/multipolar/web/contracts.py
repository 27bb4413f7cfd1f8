"""The shapes of requests and answers, from which the OpenAPI description and the front-end's types are made."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "BandsAnswer",
    "BlocQuestion",
    "ClubRecord",
    "ClubsAnswer",
    "OrbitsAnswer",
    "OrbitsQuestion",
    "ProblemRecord",
    "ScenarioRow",
    "ScenariosAnswer",
    "SolveAnswer",
    "StabilityAnswer",
    "StabilityQuestion",
    "WorldAnswer",
]

Code = Annotated[str, Field(min_length=1, max_length=40)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProblemRecord(_Strict):
    """What is wrong, and the remedy (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str


class EconomyRecord(_Strict):
    """An economy of the world."""

    code: str
    name: str
    members: list[str] = Field(description="ISO3 codes of the countries it stands for.")
    income_usd_bn: float = Field(description="Final expenditure, which real income is a change of.")
    lat: float | None = Field(description="Capital of its only or first listed member that has one (degrees).")
    lon: float | None


class CountryRecord(_Strict):
    """A country or territory, for joining to map geometry."""

    iso3: str
    numeric: str = Field(description="ISO 3166-1 numeric code with leading zeros; empty where there is none.")
    name: str
    economy: str | None = Field(description="Economy of the world that it is part of.")
    capital: str
    lat: float | None
    lon: float | None


class SectorRecord(_Strict):
    """A sector of the world."""

    code: str
    name: str
    elasticity: float
    tariffed: bool = Field(description="Whether some economy levies a tariff in it.")


class Limits(_Strict):
    """What the server computes at most for one request."""

    bytes: int
    draws: int
    bloc_members: int
    poles: int
    seconds: float


class WorldAnswer(_Strict):
    """The world that the server holds."""

    world: str
    year: int
    version: str
    economies: list[EconomyRecord]
    sectors: list[SectorRecord]
    countries: list[CountryRecord]
    external_tariff_pct: dict[str, dict[str, float]] = Field(description="By economy and tariffed sector.")
    draws_from: str | None = Field(description="What bands come from; null for a world without ranges.")
    limits: Limits


class ClubRecord(_Strict):
    """A club with its full members on a day."""

    club: str
    name: str
    kind: str
    hub: str | None
    members: list[str] = Field(description="Economies of the world all of whose countries are full members.")
    note: str


class ClubsAnswer(_Strict):
    """The clubs in force on a day."""

    on: str
    clubs: list[ClubRecord]


class ScenarioRow(_Strict):
    """A shipped scenario."""

    scenario: str
    title: str
    shocks: list[str]


class ScenariosAnswer(_Strict):
    """The shipped scenarios."""

    scenarios: list[ScenarioRow]


class TradeRow(_Strict):
    """Trade of an economy that the scenario ties to others."""

    inside_change_usd_bn: float | None
    outside_change_usd_bn: float | None
    creation_usd_bn: float | None
    diversion_usd_bn: float | None


class SolveAnswer(_Strict):
    """As ``multipolar solve --json``."""

    scenario: str
    title: str
    world: str
    deficits: Literal["fixed", "scaled", "purged"]
    residual: float
    iterations: int
    method: str
    notes: list[str]
    economies: dict[str, dict[str, float | None]]
    trade: dict[str, TradeRow]


class Band(_Strict):
    """Most likely value, and median and 5th to 95th percentile of the draws; null where fewer than two succeeded."""

    value: float
    median: float | None
    lo: float | None
    hi: float | None


class BandsAnswer(_Strict):
    """Bands of a scenario by economy and measure."""

    scenario: str
    world: str
    draws: int
    seed: int
    failed_draws: int
    economies: dict[str, dict[str, Band]]


class BlocQuestion(_Strict):
    """Of which bloc it is asked whether it holds; the options are those of ``multipolar bloc``."""

    members: list[Code] = Field(min_length=1, max_length=12)
    draws: int = Field(default=100, ge=0, le=500)
    seed: int = Field(default=2009, ge=0, lt=2**63)
    hub: Code | None = None
    rule: Literal["others", "unanimity"] = "others"
    wto: Literal["bind", "compensate", "breach"] | None = None
    energy_year: int = Field(default=2009, ge=1900, le=2100)
    off: list[Code] = Field(default=[], max_length=20)
    sunk_cost: dict[Code, tuple[Annotated[float, Field(ge=0, le=1000)], Annotated[float, Field(ge=0, le=1000)]]] = (
        Field(default={}, max_length=12)
    )
    transfers: dict[Code, Annotated[float, Field(ge=0, le=1000)]] = Field(default={}, max_length=12)
    credibility: Annotated[float, Field(ge=0, le=1)] | None = Field(
        default=None, description="Credibility of the hub, in place of its range."
    )


class StabilityQuestion(BlocQuestion):
    """Over which two assumptions a bloc is looked at: the credibility of its hub across, another one upwards."""

    up: Literal["eu_offer", "energy_rent"] = "eu_offer"
    points: int = Field(default=21, ge=2, le=41, description="Values along each axis.")


class MarkRecord(_Strict):
    """Where another year stands on an axis."""

    year: int
    value: float


class AxisRecord(_Strict):
    """One side of a map of stability."""

    parameter: str
    label: str
    unit: str
    values: list[float]
    most_likely: float | None
    marks: list[MarkRecord]


class StabilityAnswer(_Strict):
    """What each member gains by staying over its best exit, over two assumptions."""

    members: list[str]
    hub: str
    x: AxisRecord
    y: AxisRecord
    stays: list[list[list[bool]]] = Field(description="[y][x][member].")
    slack_usd_bn: list[list[list[float]]] = Field(description="[y][x][member], USD billion a year.")
    best_exit: list[list[list[str]]] = Field(description="[y][x][member], where each would go.")


class OrbitsQuestion(_Strict):
    """Whose orbits are asked for."""

    poles: list[Code] = Field(default=["RUS", "CHN", "EUN", "USA"], min_length=2, max_length=6)


class OrbitRow(_Strict):
    """Whose orbit an economy is in."""

    economy: str
    pole: str | None
    loss_pct: float | None
    second: str | None
    second_loss_pct: float | None
    margin: float | None
    contested: bool
    by_pole: dict[str, dict[str, float | None]] = Field(
        description="Pole to loss_pct, own_loss_pct, loss_usd_bn, own_loss_usd_bn."
    )


class PoleRow(_Strict):
    """What a pole could inflict."""

    pole: str
    exerted_usd_bn: float
    share: float | None
    exerted_mean_pct: float | None
    suffered_max_pct: float | None


class OrbitsAnswer(_Strict):
    """Spheres and leverage when each pole cuts off trade with each economy, one at a time."""

    world: str
    poles: list[PoleRow]
    effective_number: float | None
    contested_below: float
    economies: list[OrbitRow]
    unsolved: list[dict[str, Any]]
