"""Trade: what the halt of the talks was worth."""

from __future__ import annotations

from multipolar.claims.context import Context
from multipolar.claims.model import Finding, Numbers
from multipolar.types import Array, Float64

__all__ = ["alone_less_joint", "halt_was_political"]

OWN_ENTRY = 0.5
"""Years to Russia's own accession as seen in June 2009: the end of the year (sources of the delay)."""


def alone_less_joint(
    union: Float64[Array, " row"],
    entered: Float64[Array, " row"],
    entered_jointly: Float64[Array, " row"],
    discount: Float64[Array, " row"],
    delay: Float64[Array, " row"],
) -> Float64[Array, " row"]:
    """Return the discounted yearly gain of own accession less that of joint accession later, in the union either way.

    The union was open with and without the halt, so what it brings by itself speaks for neither.

    Parameters
    ----------
    union, entered, entered_jointly
        Yearly gains over the status quo in the union: before accession, after Russia's own, after the joint one (USD
        billion) [row].
    discount
        Worth of a year's delay (factor a year) [row].
    delay
        Of accession through the joint bid (years) [row].
    """
    own, joint = discount**OWN_ENTRY, discount ** (OWN_ENTRY + delay)
    return (1.0 - own) * union + own * entered - ((1.0 - joint) * union + joint * entered_jointly)


def halt_was_political(context: Context) -> Finding:
    """Claim 1: does trade alone speak for Russia's own accession, and what must politics be worth to turn that?

    In the union Russia's own accession and the joint one lead to the same tariffs, because a binding of Russia holds
    for the common tariff: one solve serves both, and what differs is the date.
    """
    discount = context.figure("delay_discount")
    delay = context.figure("accession_delay", "RUS", "EACU")
    trade = context.trade
    readings = {}
    for reading, union in (("tariffs_alone", "union"), ("cheaper_inside", "cheaper")):
        entered = trade.of(f"{union}_joint", "RUS")
        margin = alone_less_joint(trade.of(union, "RUS"), entered, entered, discount, delay)
        readings[reading] = {"alone_less_joint": Numbers.of(margin)}
    value = readings["tariffs_alone"]["alone_less_joint"].value
    gain = float(trade.of("union_joint", "RUS")[0] - trade.of("union", "RUS")[0])
    side = (
        "must have been worth at least"
        if value > 0
        else "need not have been worth anything: trade alone favoured the halt, by"
    )
    alone = float(trade.of("wto", "RUS")[0])
    note = (
        f"Accession in a union of tariffs alone changes Russia's income by {gain:+.2f} USD bn a year in this model, "
        f"which has tariffs and no services reform, without a union by {alone:+.2f}. Politics {side} "
        f"{abs(value):.2f} USD bn a year: the halt costs no more than the delay."
    )
    return Finding(readings, {**context.parameters, "delay_discount": discount[1:]}, notes=(note,))
