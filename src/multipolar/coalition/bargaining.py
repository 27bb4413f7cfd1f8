"""Bargaining inside a union: slack, transfers, demands, hold-up, and which member is the weak link.

Everything is in USD billion a year, as a change from standing outside; arrays carry draws first, then members. Percent
of unequal economies is never added. What the payoffs are made of is decided elsewhere (`multipolar.coalition.payoff`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.errors import InputError
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "HoldUp",
    "Union",
    "WeakLink",
    "break_even",
    "critical_discount_factor",
    "demand",
    "exit_probability",
    "hold_up",
    "minimum_transfer",
    "pivot",
    "self_financing",
    "slack",
    "weak_link",
]


@dataclass(frozen=True, eq=False)
class Union:
    """What a union, its exits and its delay are worth to each member, draw by draw.

    Parameters
    ----------
    members
        Codes; the axis ``m`` below.
    inside
        Payoff of each member in the union (USD billion a year) [draw m].
    exits
        Payoff of each member under its best way out (USD billion a year) [draw m].
    without
        Payoff of member `j` when member `i` is gone: the union of the others where the rules let it go on, no union
        where they do not (USD billion a year) [draw i j]; the diagonal is not read.
    delay
        Payoff of each member while there is no agreement (USD billion a year) [draw m].
    sunk
        Loss of each member if, once committed, the union fails, beyond what it bears in the union too: a further delay
        of accession, compensation due, a tariff already raised (USD billion a year, at least 0) [draw m].
    hub
        Member that leads and is never called the weak link; None if there is none.
    ends
        Whether the union fails if a member goes; where the others go on, they have lost nothing that they sank [m].
        By default it does, whoever goes.

    Raises
    ------
    InputError
        If shapes differ, a number is missing, or a sunk cost is negative.
    """

    members: tuple[str, ...]
    inside: Float64[Array, "draw m"]
    exits: Float64[Array, "draw m"]
    without: Float64[Array, "draw i j"]
    delay: Float64[Array, "draw m"]
    sunk: Float64[Array, "draw m"]
    hub: str | None = None
    ends: tuple[bool, ...] | None = None

    def __post_init__(self) -> None:
        m = len(self.members)
        if self.ends is None:
            object.__setattr__(self, "ends", (True,) * m)
        elif len(self.ends) != m:
            raise InputError(f"'ends' of a union of {m} members needs {m} entries, not {len(self.ends)}")
        draws = np.asarray(self.inside).shape[0]
        for name, shape in (
            ("inside", (draws, m)),
            ("exits", (draws, m)),
            ("without", (draws, m, m)),
            ("delay", (draws, m)),
            ("sunk", (draws, m)),
        ):
            values = np.array(getattr(self, name), dtype=float)
            if values.shape != shape:
                raise InputError(f"'{name}' of a union of {m} members needs shape {shape}, not {values.shape}")
            read = values if name != "without" else np.where(np.eye(m, dtype=bool), 0.0, values)
            if not np.isfinite(read).all():
                member = self.members[int(np.argwhere(~np.isfinite(read))[0, -1])]
                raise InputError(f"'{name}' of member '{member}' is not a number in some draw; solve it first")
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        if (self.sunk < 0).any():
            raise InputError("a sunk cost is negative; commitment can only lower what a member falls back on")
        if self.hub is not None and self.hub not in self.members:
            raise InputError(f"hub '{self.hub}' is not a member of the union {', '.join(self.members)}")

    def committed(self, others_than: str | None = None) -> Union:
        """Return the union after commitment: whoever is committed falls back on less, by its sunk cost.

        It falls back where it leaves, where nothing is agreed, and where the exit of another ends the union.

        Parameters
        ----------
        others_than
            This member stays uncommitted; None commits everybody.
        """
        cost = np.array(self.sunk)
        if others_than is not None:
            cost[:, self.members.index(others_than)] = 0.0
        lost = np.array(self.ends, dtype=float)[None, :, None] * cost[:, None, :]
        return replace(self, exits=self.exits - cost, delay=self.delay - cost, without=self.without - lost)


def slack(union: Union) -> Float64[Array, "draw m"]:
    """Return what each member would lose by taking its best exit (USD billion a year); negative if it would gain."""
    return union.inside - union.exits


def minimum_transfer(union: Union) -> Float64[Array, " draw"]:
    """Return the least sum that, paid to members who would gain by leaving, keeps them in (USD billion a year)."""
    return np.clip(-slack(union), 0.0, None).sum(axis=1)


def self_financing(union: Union) -> Array:
    """Return whether the members who gain can pay `minimum_transfer` and still gain [draw]."""
    return slack(union).sum(axis=1) >= 0


def pivot(union: Union) -> Float64[Array, "draw m"]:
    """Return what the other members lose together if a member goes (USD billion a year); may be negative."""
    m = len(union.members)
    lost = union.inside[:, None, :] - union.without
    return np.where(np.eye(m, dtype=bool), 0.0, lost).sum(axis=2)


def demand(union: Union, *, share: float | None = None) -> Float64[Array, "draw m"]:
    """Return what each member can ask for beyond what it gets (USD billion a year), at least 0.

    It asks for the larger of what its exit is worth and its share of the surplus over delay (Binmore, Rubinstein &
    Wolinsky 1986, RAND Journal of Economics 17), and gets no more than the others lose if it goes.

    Parameters
    ----------
    union
        Payoffs; after commitment, the fallbacks of those committed are lower.
    share
        A member's share of the surplus (fraction); equal by default.

    Raises
    ------
    InputError
        If `share` is not in [0, 1].
    """
    beta = 1.0 / len(union.members) if share is None else share
    if not 0 <= beta <= 1:
        raise InputError(f"a share of the surplus lies in [0, 1], not {beta}")
    surplus = (union.inside.sum(axis=1) - union.delay.sum(axis=1))[:, None]
    wish = np.maximum(union.exits, union.delay + beta * surplus) - union.inside
    return np.clip(np.minimum(wish, pivot(union)), 0.0, None)


@dataclass(frozen=True, eq=False)
class HoldUp:
    """What a member can extort before and after the others have committed (USD billion a year) [draw m]."""

    before: Float64[Array, "draw m"]
    after: Float64[Array, "draw m"]

    @property
    def rent(self) -> Float64[Array, "draw m"]:
        """The difference: what the others' commitment hands to the member."""
        return self.after - self.before


def hold_up(union: Union, *, share: float | None = None) -> HoldUp:
    """Return each member's demand before anybody is committed and after all others are.

    Without sunk costs both are equal: on one static table there is nothing to hold up.
    """
    before = demand(union, share=share)
    after = np.stack(
        [demand(union.committed(member), share=share)[:, i] for i, member in enumerate(union.members)], axis=1
    )
    return HoldUp(before, after)


def exit_probability(slack_usd_bn: Float64[Array, "draw m"], spread: float | Array) -> Float64[Array, "draw m"]:
    """Return ``1 / (1 + exp(slack / spread))``: a member at the margin leaves or reopens with probability one half.

    Parameters
    ----------
    slack_usd_bn
        USD billion a year.
    spread
        Scale of what the table does not see (USD billion a year, above 0); one number or one for each draw or member.

    Raises
    ------
    InputError
        If the spread is not above 0.
    """
    scale = np.asarray(spread, dtype=float)
    if not (np.isfinite(scale) & (scale > 0)).all():
        raise InputError("the spread of an exit probability must be above 0 (USD billion a year)")
    with np.errstate(over="ignore"):  # exp may reach infinity, where the chance is 0
        return 1.0 / (1.0 + np.exp(slack_usd_bn / scale))


@dataclass(frozen=True, eq=False)
class WeakLink:
    """Three meanings of the weak link, side by side, over the draws.

    Parameters
    ----------
    probability
        Index member (the hub left out); columns ``least_attached``, ``likeliest_to_reopen``, ``dearest_to_lose``: the
        share of draws in which the member ranks first. A tie counts for each in equal parts.
    score
        Median over the draws of what is ranked: slack (USD billion, lowest first), probability of reopening, expected
        loss to the others (USD billion).
    """

    probability: pd.DataFrame
    score: pd.DataFrame

    def names(self) -> dict[str, str]:
        """Return the likeliest member under each meaning."""
        return {str(column): str(self.probability[column].idxmax()) for column in self.probability}


def weak_link(union: Union, *, spread: float | Array, share: float | None = None) -> WeakLink:
    """Rank members by how loosely they are attached, how likely they reopen, and what that would cost the others.

    Parameters
    ----------
    union
        Payoffs and sunk costs before commitment.
    spread
        As in `exit_probability`.
    share
        As in `demand`.

    Returns
    -------
    WeakLink
        ``least_attached``: smallest slack. ``likeliest_to_reopen``: largest exit probability after all committed.
        ``dearest_to_lose``: largest ``p pivot + (1 - p) rent``, the expected loss to the others.
    """
    import pandas as pd

    ranked = ranking(union, spread=spread, share=share)
    index = pd.Index([m for m in union.members if m != union.hub], name="member")
    probability = pd.DataFrame({name: first(values).mean(axis=0) for name, values in ranked.items()}, index=index)
    score = pd.DataFrame({name: np.median(values, axis=0) for name, values in ranked.items()}, index=index)
    return WeakLink(probability, score.assign(least_attached=-score["least_attached"]))


def ranking(
    union: Union, *, spread: float | Array, share: float | None = None
) -> dict[str, Float64[Array, "draw other"]]:
    """Return by meaning of the weak link what ranks the members other than the hub, the weakest highest.

    Parameters are those of `weak_link`. Slack is turned round, so that the least attached ranks first.
    """
    after = union.committed()
    chance = exit_probability(slack(after), spread)
    loss = chance * pivot(after) + (1.0 - chance) * hold_up(union, share=share).rent
    kept = [i for i, member in enumerate(union.members) if member != union.hub]
    if not kept:
        raise InputError("a union of a hub alone has no weak link")
    return {
        "least_attached": -slack(union)[:, kept],
        "likeliest_to_reopen": chance[:, kept],
        "dearest_to_lose": loss[:, kept],
    }


def first(values: Float64[Array, "draw other"]) -> Float64[Array, "draw other"]:
    """Return 1 for the largest of each draw and 0 for the rest; a tie counts for each in equal parts."""
    top = values == values.max(axis=1, keepdims=True)
    return top / top.sum(axis=1, keepdims=True)


def break_even(function: Callable[[float], float], *, low: float = 0.0, high: float = 1.0) -> float | None:
    """Return where a monotonic function of one parameter crosses zero in ``[low, high]``, None if it does not.

    For credibility: the slack of a member as a function of the probability that the hub keeps its word.
    """
    from scipy.optimize import brentq

    at_low, at_high = function(low), function(high)
    if at_low == 0.0:
        return low
    if at_high == 0.0:
        return high
    if np.sign(at_low) == np.sign(at_high):
        return None
    root: Any = brentq(function, low, high, xtol=1e-10)
    return float(root)


def critical_discount_factor(deviate: Array, cooperate: Array, punished: Array) -> Float64[Array, ...]:
    """Return the discount factor above which keeping a promise beats breaking it once and being punished for ever.

    ``(U_dev - U_coop) / (U_dev - U_pun)`` clipped to [0, 1]: 0 where deviation does not pay, 1 where punishment does
    not hurt enough at any patience.
    """
    dev, coop, pun = (np.asarray(x, dtype=float) for x in (deviate, cooperate, punished))
    gain, loss = dev - coop, dev - pun
    ratio = np.divide(gain, loss, out=np.ones(np.broadcast(gain, loss).shape), where=loss > 0)
    return np.where(gain <= 0, 0.0, np.clip(ratio, 0.0, 1.0))
