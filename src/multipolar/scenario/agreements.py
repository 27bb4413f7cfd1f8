"""Shocks that are agreements between economies, or their end.

The YAML in each docstring is the example that the JSON Schema shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictBool, Tag, model_validator

from multipolar.scenario.fields import (
    Code,
    CodeList,
    EconomyList,
    Strict,
    check_change,
    check_factor,
    check_rate,
    rule,
)
from multipolar.scenario.quantity import Number, Quantity, extremes
from multipolar.scenario.shockbase import NON_TARIFF, SECTORS, WithCosts

__all__ = ["Association", "CustomsUnion", "ExternalTariff", "FreeTradeArea", "Leave", "WtoAccession"]


def _sharing_form(value: Any) -> str:
    return "<shares>" if isinstance(value, Mapping) else "<none>"


def _none_or_shares(value: Any) -> Any:
    if isinstance(value, Mapping) or value == "none":
        return value
    raise rule("must be 'none' or the share of each member, for example {RUS: 0.85, KAZ: 0.15}")


Sharing = Annotated[
    Annotated[Literal["none"], Tag("<none>")] | Annotated[dict[Code, Number], Tag("<shares>")],
    Discriminator(_sharing_form),
    BeforeValidator(_none_or_shares),
]


class ExternalTariff(Strict):
    """How a customs union sets its common external tariff."""

    rule: Literal["leader", "trade_weighted_mean", "listed"] = Field(
        description="'leader': the leader's external tariff; 'trade_weighted_mean': the mean of the members' external "
        "tariffs weighted by their imports from outsiders; 'listed': the rates given."
    )
    rates: dict[Code, Quantity] | None = Field(
        default=None, max_length=300, description="Rate by sector (fraction), for the rule 'listed' only."
    )

    @model_validator(mode="after")
    def _rules(self) -> ExternalTariff:
        if (self.rule == "listed") != (self.rates is not None):
            raise rule(
                "the rule 'listed' needs rates: {sector: rate}"
                if self.rates is None
                else f"rates belong to the rule 'listed'; drop them, or write rule: listed instead of {self.rule}",
                "rates" if self.rates is not None else "rule",
            )
        return self


class CustomsUnion(WithCosts):
    """Free trade inside, one tariff on outsiders.

    An outsider to whom a member grants a preference keeps it: it pays the lower of its old rate and the common tariff.

    Examples
    --------
    .. code-block:: yaml

        kind: customs_union
        members: [RUS, KAZ, BLR]
        leader: RUS
        external_tariff: {rule: leader}
        non_tariff_cost: {value: -0.05, lo: -0.08, hi: -0.02}
        revenue_sharing: {RUS: 0.85, KAZ: 0.08, BLR: 0.07}
    """

    kind: Literal["customs_union"] = Field(description="Form a customs union.")
    members: EconomyList = Field(description="Economies that form the union, at least two.")
    leader: Code | None = Field(default=None, description="Member whose tariff the rule 'leader' takes.")
    external_tariff: ExternalTariff = Field(description="How the common external tariff is set.")
    internal_tariff: Quantity = Field(default=0.0, description="Tariff among members (fraction).")
    non_tariff_cost: Quantity = Field(default=0.0, description=NON_TARIFF + "Inside the union, both ways.")
    revenue_sharing: Sharing = Field(
        default="none",
        description="'none': each member keeps the duties it collects; or the share of each member in the pooled "
        "duties, which sum to 1.",
    )
    sectors: CodeList | None = Field(default=None, description=SECTORS)
    club: Code | None = Field(
        default=None,
        description="Club of the atlas that this union is, for example EACU; its exclusions then apply.",
    )

    @model_validator(mode="after")
    def _rules(self) -> CustomsUnion:
        if (self.external_tariff.rule == "leader") and self.leader is None:
            raise rule("the rule 'leader' needs leader: CODE, a member of the union", "external_tariff")
        check_rate(self.internal_tariff, "internal_tariff", self.above_one)
        check_change(self.non_tariff_cost, "non_tariff_cost", self.above_one)
        for rate in (self.external_tariff.rates or {}).values():
            check_rate(rate, "external_tariff", self.above_one)
        if isinstance(self.revenue_sharing, dict):
            shares = self.revenue_sharing.values()
            if any(share < 0 for share in shares) or abs(sum(shares) - 1.0) > 1e-6:
                raise rule(
                    f"shares in pooled duties must be non-negative and sum to 1, not {sum(shares):g}",
                    "revenue_sharing",
                )
        return self


class FreeTradeArea(WithCosts):
    """Free trade inside, each member keeps its own tariff on outsiders.

    Examples
    --------
    .. code-block:: yaml

        kind: free_trade_area
        members: [{club: CISFTA}, EUN]
        non_tariff_cost: -0.02
    """

    kind: Literal["free_trade_area"] = Field(description="Form a free-trade area.")
    members: EconomyList = Field(description="Economies that form the area, at least two.")
    non_tariff_cost: Quantity = Field(default=0.0, description=NON_TARIFF + "Inside the area, both ways.")
    sectors: CodeList | None = Field(default=None, description=SECTORS)

    @model_validator(mode="after")
    def _rules(self) -> FreeTradeArea:
        check_change(self.non_tariff_cost, "non_tariff_cost", self.above_one)
        return self


class WtoAccession(WithCosts):
    """Join the World Trade Organization: bindings cap the external tariff from now on.

    What the entrant pays in partners' markets is left at their most-favoured-nation rates. With `joint`, the entrants
    must already share one external tariff, and end with one.

    Examples
    --------
    .. code-block:: yaml

        kind: wto_accession
        economies: [RUS, KAZ, BLR]
        joint: true
        factor: 0.446
    """

    kind: Literal["wto_accession"] = Field(description="Join the World Trade Organization.")
    economies: EconomyList = Field(description="Economies that join.")
    joint: StrictBool = Field(default=False, description="Whether they join together, with one tariff.")
    bindings: dict[Code, Quantity] | None = Field(
        default=None, max_length=300, description="Highest external tariff allowed, by sector (fraction)."
    )
    factor: Quantity | None = Field(
        default=None,
        description="Instead of bindings: bound rate over the external tariff applied before, in all sectors.",
    )
    sectors: CodeList | None = Field(default=None, description=SECTORS + " Says to which sectors the factor applies.")
    non_tariff_cost: Quantity = Field(
        default=0.0, description=NON_TARIFF + "On all imports of the entrants, in `cost_sectors`."
    )
    services_cost: Quantity = Field(
        default=0.0,
        description=NON_TARIFF + "On all imports of the entrants in sectors that carry no tariff (services).",
    )

    @model_validator(mode="after")
    def _rules(self) -> WtoAccession:
        if (self.bindings is None) == (self.factor is None):
            raise rule("a WTO accession needs exactly one of bindings: {sector: rate} and factor")
        for rate in (self.bindings or {}).values():
            check_rate(rate, "bindings", self.above_one)
        if self.bindings is not None and self.sectors is not None:
            raise rule("bindings name their own sectors; drop sectors", "sectors")
        if self.factor is not None:
            check_factor(self.factor, "factor", False)
            if extremes(self.factor)[1] > 1:
                raise rule("a binding above the applied tariff is no commitment; use a factor of at most 1", "factor")
        for name in ("non_tariff_cost", "services_cost"):
            check_change(getattr(self, name), name, self.above_one)
        return self


class Association(WithCosts):
    """Associate an economy with a hub: lower tariffs between the two, and lower costs from shared rules.

    Examples
    --------
    .. code-block:: yaml

        kind: association
        hub: EUN
        associate: UKR
        cuts: both
        non_tariff_cost: {value: -0.03, lo: -0.06, hi: 0}
    """

    kind: Literal["association"] = Field(description="Associate an economy with a hub.")
    hub: Code = Field(description="Economy, or group in one economy such as EUN, that offers the association.")
    associate: Code = Field(description="Economy that is associated.")
    cuts: Literal["both", "associate", "hub"] = Field(
        default="both", description="Who lowers its tariffs on the other's goods."
    )
    rate: Quantity = Field(default=0.0, description="Tariff that remains (fraction); a lower one is kept.")
    non_tariff_cost: Quantity = Field(default=0.0, description=NON_TARIFF + "Between the two, both ways.")
    sectors: CodeList | None = Field(default=None, description=SECTORS)

    @model_validator(mode="after")
    def _rules(self) -> Association:
        check_rate(self.rate, "rate", self.above_one)
        check_change(self.non_tariff_cost, "non_tariff_cost", self.above_one)
        return self


class Leave(WithCosts):
    """Leave a club of the atlas, or a union or area formed earlier in the scenario.

    Tariffs between the leaver and those who stay go back to each side's external tariff, unless another agreement of
    both still frees the trade; the lower non-tariff costs that the scenario gave the union are reversed.

    Examples
    --------
    .. code-block:: yaml

        kind: leave
        economy: UKR
        club: CISFTA
        non_tariff_cost: {value: 0.02, lo: 0, hi: 0.05}
    """

    kind: Literal["leave"] = Field(description="Leave a club, union or area.")
    economy: Code = Field(description="Economy that leaves.")
    club: Code | None = Field(default=None, description="Club of the atlas that it leaves.")
    members: EconomyList | None = Field(
        default=None,
        description="Instead of club: members of the union or area formed earlier in this scenario.",
    )
    sectors: CodeList | None = Field(default=None, description=SECTORS)
    non_tariff_cost: Quantity = Field(
        default=0.0,
        description=NON_TARIFF + "Further change between the leaver and those who stay; positive makes trade dearer.",
    )

    @model_validator(mode="after")
    def _rules(self) -> Leave:
        if (self.club is None) == (self.members is None):
            raise rule("a leave needs exactly one of club: ID and members: [..]")
        check_change(self.non_tariff_cost, "non_tariff_cost", self.above_one)
        return self
