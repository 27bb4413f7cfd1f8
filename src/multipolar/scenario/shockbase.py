"""What all shocks share: notes, resolutions of conflicts, and the confirmation of large fractions."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, StrictBool, model_validator

from multipolar.scenario.fields import CodeList, Located, Strict, Text, rule

__all__ = ["NON_TARIFF", "SECTORS", "Resolve", "ShockBase", "WithCosts", "WithFractions"]

SECTORS = "Sectors concerned; by default every sector in which some economy of the world levies a tariff."
NON_TARIFF = "Change of the non-tariff (iceberg) cost of this trade, as a fraction: -0.05 makes it 5 percent cheaper. "


class Resolve(Strict):
    """What to do when the shock contradicts an earlier commitment; without it the contradiction is an error."""

    wto: Literal["bind", "compensate", "breach"] | None = Field(
        default=None,
        alias="WTO",
        description="When a common tariff exceeds a member's WTO binding: 'bind' caps the tariff of the whole union at "
        "the binding, 'compensate' applies it and the member pays the other WTO members the extra duty on their goods "
        "as a lump sum, 'breach' applies it and pays nothing.",
    )
    union: Literal["leave_first", "tolerate"] | None = Field(
        default=None,
        description="When a member of a customs union does what the union forbids: 'leave_first' takes it out of the "
        "union before the shock, 'tolerate' lets the union look away. Two customs unions at once cannot be tolerated.",
    )


class ShockBase(Located):
    """What all shocks share."""

    note: Text | None = Field(default=None, description="Free remark, for example a source.")
    resolve: Resolve = Field(
        default_factory=Resolve,
        description="Resolution of conflicts with earlier commitments, for this shock.",
    )


class WithFractions(ShockBase):
    above_one: StrictBool = Field(
        default=False,
        description="Set true to confirm that a fraction above 1 (more than 100 percent) is meant.",
    )


class WithCosts(WithFractions):
    cost_sectors: CodeList | None = Field(
        default=None,
        description="Sectors in which non_tariff_cost applies; by default the goods sectors among those the shock "
        "covers: they carry a tariff somewhere and are not energy.",
    )

    @model_validator(mode="after")
    def _costs_somewhere(self) -> WithCosts:
        if self.cost_sectors is not None and "non_tariff_cost" not in self.model_fields_set:
            raise rule(
                "cost_sectors says where non_tariff_cost applies; give that, or drop cost_sectors", "cost_sectors"
            )
        return self
