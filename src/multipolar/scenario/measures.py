"""Shocks that are one government's measure, a technology, or a payment.

The YAML in each docstring is the example that the JSON Schema shows.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, model_validator

from multipolar.scenario.fields import (
    Code,
    CodeList,
    EconomyList,
    Text,
    check_change,
    check_factor,
    check_rate,
    rule,
)
from multipolar.scenario.quantity import Quantity, Range, central, extremes
from multipolar.scenario.shockbase import NON_TARIFF, SECTORS, ShockBase, WithFractions

__all__ = ["EnergyContract", "NonTariffCost", "Productivity", "Sanction", "Tariff", "Transfer"]

_MOST_USD_MN = 1e9


class Tariff(WithFractions):
    """Change import tariffs.

    Without `origins` it is the external tariff that changes: origins with a preference keep their lower rate, all
    others pay the new one. With `origins`, the rate on exactly these origins changes and the external tariff stays.

    Examples
    --------
    .. code-block:: yaml

        kind: tariff
        importers: KAZ
        sectors: goods
        rate: 0.095
    """

    kind: Literal["tariff"] = Field(description="Change import tariffs.")
    importers: EconomyList = Field(description="Economies whose tariffs change.")
    origins: EconomyList | None = Field(
        default=None,
        description="Economies whose goods are concerned ('all' for all); without it, the external tariff.",
    )
    sectors: CodeList | None = Field(default=None, description=SECTORS)
    rate: Quantity | None = Field(default=None, description="New ad-valorem rate, as a fraction: 0.10 is 10 percent.")
    change: Quantity | None = Field(
        default=None, description="Change in the rate, as a fraction: 0.02 raises 5 percent to 7 percent."
    )
    factor: Quantity | None = Field(
        default=None,
        description="Factor on the rate: 0.5 halves it. Suits cuts known in relative terms only.",
    )
    like: Code | None = Field(default=None, description="Adopt the external tariff of this economy.")

    @model_validator(mode="after")
    def _rules(self) -> Tariff:
        given = [n for n in ("rate", "change", "factor", "like") if getattr(self, n) is not None]
        if len(given) != 1:
            raise rule(
                "a tariff shock needs exactly one of rate, change, factor and like, not "
                f"{' and '.join(given) or 'none'}"
            )
        if self.rate is not None:
            check_rate(self.rate, "rate", self.above_one)
        if self.change is not None:
            check_change(self.change, "change", self.above_one)
        if self.factor is not None:
            check_factor(self.factor, "factor", self.above_one)
        return self


class Sanction(WithFractions):
    """Ban or burden trade with the targets.

    Examples
    --------
    .. code-block:: yaml

        kind: sanction
        senders: [EUN, USA]
        targets: IRN
        sectors: energy
        direction: imports
        ban: true
    """

    kind: Literal["sanction"] = Field(description="Ban or burden trade.")
    senders: EconomyList = Field(description="Economies that impose it; 'all' for all but the targets.")
    targets: EconomyList = Field(description="Economies that it hits; 'all' for all but the senders.")
    sectors: CodeList | None = Field(default=None, description=SECTORS)
    ban: StrictBool = Field(default=False, description="Whether trade stops altogether.")
    cost: Quantity | None = Field(
        default=None,
        description="Instead of a ban: rise of the trade cost, as a fraction (0.2 is 20 percent).",
    )
    direction: Literal["imports", "exports", "both"] = Field(
        default="both", description="Which trade is hit, seen from the senders."
    )

    @model_validator(mode="after")
    def _rules(self) -> Sanction:
        if self.ban == (self.cost is not None):
            raise rule("a sanction needs exactly one of ban: true and cost: FRACTION")
        if "all" in self.senders and "all" in self.targets:
            raise rule("senders and targets are both 'all', and a sanction has two sides; name one of them", "targets")
        if self.cost is not None:
            if extremes(self.cost)[0] < 0:
                raise rule("a sanction raises costs; use cost of 0 or more, or a non_tariff_cost shock", "cost")
            check_change(self.cost, "cost", self.above_one)
        return self


class NonTariffCost(WithFractions):
    """Change the non-tariff cost of trade: transport, procedures, standards, borders.

    Examples
    --------
    .. code-block:: yaml

        kind: non_tariff_cost
        origins: CHN
        destinations: [KAZ, RUS]
        both_ways: true
        sectors: [goods, energy]
        change: -0.04
    """

    kind: Literal["non_tariff_cost"] = Field(description="Change the non-tariff cost of trade.")
    origins: EconomyList = Field(description="Exporting economies ('all' for all).")
    destinations: EconomyList = Field(description="Importing economies ('all' for all).")
    both_ways: StrictBool = Field(default=False, description="Whether the opposite direction changes as well.")
    sectors: CodeList | None = Field(default=None, description=SECTORS)
    change: Quantity = Field(description=NON_TARIFF + "Home sales are never concerned.")

    @model_validator(mode="after")
    def _rules(self) -> NonTariffCost:
        check_change(self.change, "change", self.above_one)
        return self


class Productivity(WithFractions):
    """Change total factor productivity.

    Examples
    --------
    .. code-block:: yaml

        kind: productivity
        economies: KAZ
        sectors: energy
        change: 0.10
    """

    kind: Literal["productivity"] = Field(description="Change total factor productivity.")
    economies: EconomyList = Field(description="Economies concerned.")
    sectors: CodeList | None = Field(default=None, description="Sectors concerned; by default all.")
    change: Quantity = Field(description="Change, as a fraction: 0.10 makes the same inputs yield 10 percent more.")

    @model_validator(mode="after")
    def _rules(self) -> Productivity:
        check_change(self.change, "change", self.above_one)
        return self


def _check_money(quantity: float | Range, field: str) -> None:
    lo, hi = extremes(quantity)
    if max(abs(lo), abs(hi)) > _MOST_USD_MN:
        raise rule(f"{field} is in million USD; {max(abs(lo), abs(hi)):g} million exceeds the world's income", field)


class Transfer(ShockBase):
    """A lump sum from one economy to another, every year.

    Examples
    --------
    .. code-block:: yaml

        kind: transfer
        from: RUS
        to: BLR
        usd_mn: {value: 500, lo: 200, hi: 1000}
    """

    kind: Literal["transfer"] = Field(description="A yearly lump sum.")
    payer: Code = Field(alias="from", description="Economy that pays.")
    receiver: Code = Field(alias="to", description="Economy that receives.")
    usd_mn: Quantity = Field(description="Amount (USD million a year), 0 or more.")

    @model_validator(mode="after")
    def _rules(self) -> Transfer:
        if self.payer == self.receiver:
            raise rule(f"{self.payer} cannot pay itself; name two economies", "to")
        if extremes(self.usd_mn)[0] < 0:
            raise rule("a transfer must not be negative; swap from and to", "usd_mn")
        _check_money(self.usd_mn, "usd_mn")
        return self


class EnergyContract(ShockBase):
    """A new contract price for energy between two economies, booked as a lump sum.

    A cheaper contract is a transfer from the exporter to the importer: the quantity is contracted, so only the rent
    moves. Give the price change and the volume, or the yearly value of the change to the importer.

    Examples
    --------
    .. code-block:: yaml

        kind: energy_contract
        exporter: RUS
        importer: BLR
        price_change_usd: {value: 20, lo: 10, hi: 40}
        volume_mn: 20
        unit: thousand cubic metres of gas
    """

    kind: Literal["energy_contract"] = Field(description="A new contract price for energy.")
    exporter: Code = Field(description="Economy that sells.")
    importer: Code = Field(description="Economy that buys.")
    price_change_usd: Quantity | None = Field(
        default=None, description="Change of the contract price (USD per unit); negative is cheaper."
    )
    volume_mn: Quantity | None = Field(default=None, description="Contracted volume (million units a year).")
    unit: Text | None = Field(default=None, description="Unit of the volume, in words.")
    usd_mn_a_year: Quantity | None = Field(
        default=None,
        description="Instead of price and volume: what the importer gains (USD million a year); negative if it loses.",
    )

    @model_validator(mode="after")
    def _rules(self) -> EnergyContract:
        if self.exporter == self.importer:
            raise rule(f"{self.exporter} cannot contract with itself; name two economies", "importer")
        by_price = (self.price_change_usd is not None, self.volume_mn is not None)
        if self.usd_mn_a_year is not None:
            if any(by_price):
                raise rule("give either usd_mn_a_year, or price_change_usd with volume_mn, not both", "usd_mn_a_year")
            _check_money(self.usd_mn_a_year, "usd_mn_a_year")
        elif not all(by_price):
            raise rule("an energy contract needs price_change_usd with volume_mn, or usd_mn_a_year")
        else:
            self._check_price()
        return self

    def _check_price(self) -> None:
        assert self.price_change_usd is not None and self.volume_mn is not None
        lowest, most = extremes(self.volume_mn)
        if lowest < 0:
            raise rule("a volume must not be negative; swap exporter and importer", "volume_mn")
        worst = max(abs(price) for price in extremes(self.price_change_usd))
        if worst * most > _MOST_USD_MN:
            raise rule("price change x volume exceeds the world's income; volume_mn is in million units", "volume_mn")

    def importer_gain(self) -> float:
        """Return what the importer gains, by most likely values (USD million a year)."""
        if self.usd_mn_a_year is not None:
            return central(self.usd_mn_a_year)
        assert self.price_change_usd is not None and self.volume_mn is not None
        return -central(self.price_change_usd) * central(self.volume_mn)
