"""Trade: what the halt of the talks was worth."""

from __future__ import annotations

from multipolar.claims.context import Context
from multipolar.claims.model import Finding, Numbers
from multipolar.types import Array, Float64

__all__ = ["alone_less_joint", "halt_was_political"]

OWN_ENTRY = 0.5
"""Years to Russia's own accession as seen in June 2009: the end of the year (sources of the delay)."""


def alone_less_joint(
    alone: Float64[Array, " row"],
    union: Float64[Array, " row"],
    union_joint: Float64[Array, " row"],
    discount: Float64[Array, " row"],
    delay: Float64[Array, " row"],
) -> Float64[Array, " row"]:
    """Return the discounted yearly gain of own accession less that of the union now and joint accession later.

    Parameters
    ----------
    alone, union, union_joint
        Yearly gains over the status quo (USD billion) [row].
    discount
        Worth of a year's delay (factor a year) [row].
    delay
        Of accession through the joint bid (years) [row].
    """
    own, joint = discount**OWN_ENTRY, discount ** (OWN_ENTRY + delay)
    return own * alone - ((1.0 - joint) * union + joint * union_joint)


def halt_was_political(context: Context) -> Finding:
    """Claim 1: does trade alone speak for going alone, and what must politics be worth to turn that?"""
    discount = context.figure("delay_discount")
    delay = context.figure("accession_delay", "RUS", "EACU")
    trade = context.trade
    readings = {}
    for reading, union in (("tariffs_alone", "union"), ("cheaper_inside", "cheaper")):
        margin = alone_less_joint(
            trade.of("wto", "RUS"), trade.of(union, "RUS"), trade.of(f"{union}_joint", "RUS"), discount, delay
        )
        readings[reading] = {"alone_less_joint": Numbers.of(margin)}
    value = readings["tariffs_alone"]["alone_less_joint"].value
    gain = float(trade.of("wto", "RUS")[0])
    side = "have been worth at least" if value > 0 else "not have been worth anything: trade alone favoured the bid, by"
    note = (
        f"Own accession changes Russia's income by {gain:+.2f} USD bn a year in this model, which has tariffs and "
        f"no services reform. Under a union of tariffs alone politics must {side} {abs(value):.2f} USD bn a year."
    )
    return Finding(readings, {**context.parameters, "delay_discount": discount[1:]}, notes=(note,))
