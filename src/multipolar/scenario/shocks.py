"""The shocks that a scenario file can hold, by kind.

Each model checks what can be checked without a world; names are resolved and rules applied by `derive_policy`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from multipolar.scenario.agreements import (
    Association,
    CustomsUnion,
    ExternalTariff,
    FreeTradeArea,
    Leave,
    WtoAccession,
)
from multipolar.scenario.measures import (
    EnergyContract,
    NonTariffCost,
    Productivity,
    Sanction,
    Tariff,
    Transfer,
)
from multipolar.scenario.shockbase import Resolve, ShockBase

__all__ = [
    "KINDS",
    "Association",
    "CustomsUnion",
    "EnergyContract",
    "ExternalTariff",
    "FreeTradeArea",
    "Leave",
    "NonTariffCost",
    "Productivity",
    "Resolve",
    "Sanction",
    "Shock",
    "ShockBase",
    "Tariff",
    "Transfer",
    "WtoAccession",
]

KINDS: dict[str, type[ShockBase]] = {
    "tariff": Tariff,
    "customs_union": CustomsUnion,
    "free_trade_area": FreeTradeArea,
    "wto_accession": WtoAccession,
    "association": Association,
    "sanction": Sanction,
    "non_tariff_cost": NonTariffCost,
    "productivity": Productivity,
    "transfer": Transfer,
    "energy_contract": EnergyContract,
    "leave": Leave,
}
"""Model of each kind of shock."""

Shock = Annotated[
    Tariff
    | CustomsUnion
    | FreeTradeArea
    | WtoAccession
    | Association
    | Sanction
    | NonTariffCost
    | Productivity
    | Transfer
    | EnergyContract
    | Leave,
    Field(discriminator="kind"),
]
