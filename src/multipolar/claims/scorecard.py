"""What the figures of June 2009 foretold, beside what the atlas dates afterwards. Nothing here enters a verdict."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.claims import commitment, hold
from multipolar.claims.context import EVE, EX_SOVIET, Context
from multipolar.coalition.bargaining import hold_up, ranking, slack
from multipolar.coalition.holding import MARGIN
from multipolar.coalition.states import offer_of
from multipolar.errors import InputError
from multipolar.influence import switches
from multipolar.study.orbits import SIDES

__all__ = ["came_true", "scorecard"]

HORIZON = 5.0
"""Years of the predictions that rest on a yearly rate."""

FOUNDED = 1992
"""First year in which a state without Russia could change sides."""


def scorecard(context: Context, predictions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each prediction with its probability, the outcome, and the squared error between them."""
    source = _Foretold(context)
    rows = []
    for item in predictions:
        chance = source.chance(item)
        happened, what = came_true(item["outcome"])
        rows.append(
            {
                "id": item["id"],
                "text": item["text"],
                "from": item["from"],
                "probability": chance,
                "happened": happened,
                "outcome": what,
                "by": str(item["outcome"]["by"]),
                "squared_error": (chance - happened) ** 2,
            }
        )
    return rows


class _Foretold:
    """Probabilities by what they rest on."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def chance(self, item: Mapping[str, Any]) -> float:
        kind, code = item["from"], item.get("economy", "")
        if kind == "offer":
            offer = offer_of(code, item["offer"])
            if offer is None:
                raise InputError(f"prediction '{item['id']}': no offer {item['offer']} for {code}")
            return float(offer.probability)
        if kind == "logit":
            return self.logit[code]
        if kind == "switches":
            until = dt.date.fromisoformat(EVE)
            rate = float(switches(EX_SOVIET, SIDES, until=until)["switches"][code]) / (until.year - FOUNDED)
            return 1.0 - float(np.exp(-rate * HORIZON))
        if kind == "deployment":
            yearly = politics.figure("deployment_probability", "", "CSTO", 2009).at()
            return 1.0 - (1.0 - yearly) ** HORIZON
        rows = {"holds": self._holds, "reopens": self._reopens, "rent": self._rent}
        if kind not in rows:
            raise InputError(f"prediction '{item['id']}' rests on '{kind}', which is not known")
        return _share(rows[kind]())

    @cached_property
    def logit(self) -> Mapping[str, float]:
        return commitment.commitment_chance(self.context)

    def _holds(self) -> np.ndarray:
        return np.asarray((slack(self.context.union("central")) >= -MARGIN).all(axis=1))

    def _reopens(self) -> np.ndarray:
        chance = ranking(self.context.union("central"), spread=self.context.payoffs.spread)["likeliest_to_reopen"]
        return chance[:, hold.BLR - 1] > chance[:, hold.KAZ - 1]

    def _rent(self) -> np.ndarray:
        sunk = hold.commitment_cost(self.context)
        return hold_up(self.context.union("central", sunk)).rent[:, hold.BLR] > MARGIN


def _share(held: np.ndarray) -> float:
    return float(held[1:].mean() if len(held) > 1 else held[0])


def came_true(outcome: Mapping[str, Any]) -> tuple[bool, str]:
    """Return whether an outcome came by its date, and what the atlas has on it.

    Parameters
    ----------
    outcome
        ``by`` and one of: ``club`` (full membership of `economy` or of all `economies`), ``leaves`` (the full
        membership of `economy` in a club ends), ``event`` (an event of that kind with `economy` first).
    """
    by = outcome["by"] if isinstance(outcome["by"], dt.date) else dt.date.fromisoformat(str(outcome["by"]))
    since = dt.date.fromisoformat(EVE)
    if "club" in outcome:
        codes = outcome.get("economies") or [outcome["economy"]]
        starts = [_entry(outcome["club"], code) for code in codes]
        known = [start for start in starts if start is not None]
        words = ", ".join(f"{c} {'never' if s is None else s}" for c, s in zip(codes, starts, strict=True))
        return len(known) == len(codes) and all(start <= by for start in known), f"in {outcome['club']}: {words}"
    code = outcome["economy"]
    if "leaves" in outcome:
        ends = [m.end for m in atlas.memberships(club=outcome["leaves"], economy=code) if m.status == "full" and m.end]
        later = [end for end in ends if end > since]
        return any(end <= by for end in later), f"left {outcome['leaves']}: {later[0] if later else 'not'}"
    events = [
        e for e in politics.load_events() if e.kind == outcome["event"] and code in e.economies and e.date > since
    ]
    text = f"{events[0].date}: {events[0].text}" if events else "no such event in the table"
    return any(event.date <= by for event in events), text


def _entry(club: str, code: str) -> dt.date | None:
    starts = [m.start for m in atlas.memberships(club=club, economy=code) if m.status == "full"]
    return min(starts) if starts else None
