"""The record of a bloc: its table of payoffs turned into what the command prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from multipolar.coalition.bargaining import (
    Union,
    critical_discount_factor,
    demand,
    first,
    hold_up,
    minimum_transfer,
    pivot,
    ranking,
    self_financing,
    slack,
)
from multipolar.coalition.cooperative import Belief
from multipolar.coalition.holding import CONCEPTS, MARGIN, MAX_FARSIGHTED, Stability, divisions, most_moving, stability
from multipolar.coalition.payoff import COMPONENTS, PRICES, PayoffTable, Terms
from multipolar.coalition.states import EXITS, Rule, eu_certain
from multipolar.coalition.terms import has_credibility
from multipolar.study.draws import median, percentile_band
from multipolar.world import World

__all__ = [
    "MEANINGS",
    "SETS",
    "Options",
    "Record",
    "Row",
    "band",
    "break_even_credibility",
    "parameters_of",
    "spread_of",
    "unknown",
    "verdict",
]

MEANINGS = ("least_attached", "likeliest_to_reopen", "dearest_to_lose")

SETS: Mapping[str, tuple[str, ...]] = {
    "central": tuple(COMPONENTS),
    "no_energy": tuple(name for name in COMPONENTS if name != "energy"),
    "organic": tuple(name for name in COMPONENTS if name not in PRICES),
    "eu_offer": tuple(COMPONENTS),
}
"""Parameter sets under which the weak link is looked for, and the components that count in each."""

WORD = ("energy", "transfer", "coercion")
"""Components that hang on whether the hub keeps its word."""

HOLDS, FAILS = 0.9, 0.1
"""Share of draws from which on a bloc is said to hold, and up to which it is said not to."""

NO_SUNK_COST = "no sunk cost is identified by a source; give a range of your own with --sunk-cost"


@dataclass(frozen=True)
class Options:
    """How a bloc is looked at.

    Parameters
    ----------
    draws, seed
        Number of draws, and what decides them.
    hub
        Member whose tariff the union takes; by default the member with political figures of a hub, else the largest.
    rule
        What an exit leaves: the union of the ``others``, or nothing (``unanimity``).
    wto
        Resolution of a conflict between common tariff and WTO binding; None makes it an error.
    energy_year
        Year of the energy rents.
    off
        Components that are switched off.
    sunk_cost
        Member -> range of what it loses if the union fails once it has committed (USD billion a year).
    transfers
        Member -> lump sum that the hub promises it (USD billion a year).
    credibility
        Credibility of the hub (fraction), in place of its range.
    belief
        What those outside a coalition do when gains are divided: ``gamma``, stand alone; ``delta``, unite.
    """

    draws: int = 100
    seed: int = 2009
    hub: str | None = None
    rule: Rule = "others"
    wto: str | None = None
    energy_year: int = 2009
    off: tuple[str, ...] = ()
    sunk_cost: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    transfers: Mapping[str, float] = field(default_factory=dict)
    credibility: float | None = None
    belief: Belief = "gamma"


@dataclass(frozen=True, eq=False)
class Row:
    """One draw of everything but trade: terms, open exits, losses when cut off (percent), sunk costs, the record."""

    terms: Terms
    available: np.ndarray
    loss_pct: np.ndarray
    sunk: np.ndarray
    parameters: dict[str, float]


def parameters_of(drawn: Sequence[Row]) -> dict[str, np.ndarray]:
    common = set.intersection(*(set(row.parameters) for row in drawn)) if drawn else set()
    return {name: np.array([row.parameters[name] for row in drawn]) for name in sorted(common)}


def spread_of(rows: Sequence[Row]) -> np.ndarray:
    """Return the scale of an exit probability (USD billion a year) [row member]."""
    return np.stack([row.terms.spread for row in rows])


class Record:
    """Turns a table into the record that the command prints."""

    def __init__(self, table: PayoffTable, rows: list[Row], world: World, options: Options, failed: int) -> None:
        self.table, self.rows, self.world, self.options, self.failed = table, rows, world, options, failed
        self.bloc = table.bloc
        self.on = [name for name in COMPONENTS if name not in options.off]
        self.sunk = np.stack([row.sunk for row in rows])
        self.spread = spread_of(rows)
        self.parameters = parameters_of(rows[1:])
        self.unions = {name: self._union(name) for name in SETS}

    def _union(self, name: str) -> tuple[Union, np.ndarray]:
        counted = [c for c in SETS[name] if c in self.on]
        may = eu_certain(self.bloc, self.table.available) if name == "eu_offer" else self.table.available
        delay = self.table.while_talks_last(counted)
        return self.table.union(self.table.total(counted), available=may, sunk=self.sunk, delay=delay)

    def content(self) -> dict[str, Any]:
        """Return the whole record."""
        union, _ = self.unions["central"]
        links = {name: {**self._weak_link(name), "same_as": self._same_as(name)} for name in SETS}
        held: np.ndarray = np.atleast_1d((slack(union) >= -MARGIN).all(axis=1))
        paid = self._price_paid()
        financed: np.ndarray = np.atleast_1d(self_financing(union))
        return {
            "members": list(self.bloc.members),
            "world": self.world.name,
            "draws": self.options.draws,
            "seed": self.options.seed,
            "failed_draws": self.failed,
            "hub": self.bloc.hub,
            "rule": self.bloc.rule,
            "energy_year": self.options.energy_year,
            "belief": self.options.belief,
            "credibility": self.rows[0].terms.credibility if self._has_word else None,
            "components": {name: COMPONENTS[name] for name in self.on},
            "missing": self._gaps(),
            "weak_link": links["central"]["names"],
            "weak_link_by_set": links,
            "min_transfer_usd_bn": band(minimum_transfer(union)),
            "min_transfer_organic_usd_bn": band(minimum_transfer(self.unions["organic"][0])),
            "price_paid_usd_bn": paid,
            "self_financing": bool(financed[0]),
            "self_financing_probability": _share(financed),
            "internally_stable": bool(held[0]),
            "internally_stable_probability": _share(held),
            "verdict": verdict(_share(held)),
            "by_member": {code: self._member(i, code, links) for i, code in enumerate(self.bloc.members)},
            "stability": self._stability(),
        }

    def _gaps(self) -> dict[str, dict[str, str]]:
        """Return what has no figure: component, or credibility, -> member -> reason."""
        found = {name: dict(why) for name, why in self.table.missing.items() if name in self.on}
        if self._has_word and self.options.credibility is None and not has_credibility(self.bloc.hub):
            found["credibility"] = {self.bloc.hub: "no figure, so its word counts as kept"}
        return found

    def _price_paid(self) -> dict[str, Any]:
        """What the hub forgoes a year in energy and promises in transfers, whatever hangs on membership."""
        if "energy" not in self.on:
            return unknown("the energy rent is switched off")
        if len(self.table.missing.get("energy", {})) >= len(self.bloc.members) - 1:
            return unknown("no figure for the energy rent of any member")
        return band(np.array([row.terms.rent.sum() + row.terms.transfer.sum() for row in self.rows]))

    def _weak_link(self, name: str) -> dict[str, Any]:
        union, _ = self.unions[name]
        others = [code for code in self.bloc.members if code != self.bloc.hub]
        likely = ranking(_only(union, slice(0, 1)), spread=self.spread[:1])
        drawn = slice(1, None) if len(self.rows) > 1 else slice(0, 1)
        ranks = ranking(_only(union, drawn), spread=self.spread[drawn])
        share = {meaning: first(ranks[meaning]).mean(axis=0) for meaning in MEANINGS}
        names = {meaning: others[int(share[meaning].argmax())] for meaning in MEANINGS}
        moves: dict[str, Any] = {}
        for meaning in MEANINGS:
            moved = None
            if len(others) > 1 and self.parameters:
                score = ranks[meaning]
                place = others.index(names[meaning])
                lead = score[:, place] - np.delete(score, place, axis=1).max(axis=1)
                moved = most_moving(self.parameters, lead)
            moves[meaning] = None if moved is None else {"parameter": moved[0], "rank_correlation": moved[1]}
        return {
            "names": names,
            "at_most_likely_values": {meaning: others[int(likely[meaning][0].argmax())] for meaning in MEANINGS},
            "probability": {meaning: dict(zip(others, share[meaning].tolist(), strict=True)) for meaning in MEANINGS},
            "moved_most_by": moves,
        }

    def _same_as(self, name: str) -> str | None:
        """Return the first set before this one that counts exactly the same for this bloc; None if there is none."""

        def equal(one: Union, other: Union) -> bool:
            fields = ("inside", "exits", "without", "delay")
            return all(np.array_equal(getattr(one, f), getattr(other, f)) for f in fields)

        before = list(SETS)[: list(SETS).index(name)]
        return next((one for one in before if equal(self.unions[one][0], self.unions[name][0])), None)

    def _member(self, i: int, code: str, links: Mapping[str, Any]) -> dict[str, Any]:
        union, chosen = self.unions["central"]
        organic = self.unions["organic"][0]
        income = self.table.income[:, i]
        parts: dict[str, Any] = {}
        for name in self.on:
            reason = self.table.missing.get(name, {}).get(code)
            values = self._inside(name)[:, i]
            parts[name] = unknown(reason) if reason and not values.any() else band(100.0 * values / income)
        total = np.sum([self._inside(name)[:, i] for name in self.on], axis=0) + np.zeros(len(income))
        exits = chosen[1:, i] if len(self.rows) > 1 else chosen[:, i]
        is_hub = code == self.bloc.hub
        return {
            "payoff_pct": {**parts, "total": band(100.0 * total / income)},
            "stands_for": list(self.world.members[self.world.economy_index(code)]) or [code],
            "income_usd_bn": band(income),
            "slack_organic_pct": band(100.0 * slack(organic)[:, i] / income),
            "slack_full_pct": band(100.0 * slack(union)[:, i] / income),
            "slack_full_usd_bn": band(slack(union)[:, i]),
            "rent_that_holds_usd_bn": band(np.clip(-slack(organic)[:, i], 0.0, None)),
            "weak_link_probability": None
            if is_hub
            else {meaning: links["central"]["probability"][meaning][code] for meaning in MEANINGS},
            "best_exit": {kind: float((exits == e).mean()) for e, kind in enumerate(EXITS)},
            "pivot_usd_bn": band(pivot(union)[:, i]),
            "pivot_organic_usd_bn": band(pivot(organic)[:, i]),
            "demand_usd_bn": band(demand(union)[:, i]),
            "demand_organic_usd_bn": band(demand(organic)[:, i]),
            "hold_up": self._hold_up(union, i),
            "hub_leverage_pct": unknown("it is the hub")
            if is_hub
            else band(np.array([row.loss_pct[i] for row in self.rows]), "trade with the hub could not be stopped"),
            **self._word(union, i),
        }

    @property
    def _has_word(self) -> bool:
        """Whether anything in the table hangs on the credibility of the hub."""
        return bool(np.any([self._inside(name) for name in WORD if name in self.on]))

    def _inside(self, name: str) -> np.ndarray:
        """Return a component in the union of all [draw member]."""
        return self.table.component(name, self.on)[:, self.table.place(self._everyone)]

    def _word(self, union: Union, i: int) -> dict[str, Any]:
        """Credibility at which the member is indifferent, patience that keeps the hub honest.

        Slack is linear in credibility: promises rise with it, the risk of being cut off falls, and an exit hangs on
        neither. The hub that breaks its word saves for a year all that it promised the member, and then loses it.
        """
        if i == self.bloc.hub_index:
            return dict.fromkeys(("break_even_credibility", "critical_discount_factor"), unknown("it is the hub"))
        if not self._has_word:
            reason = "nothing in the table hangs on the credibility of the hub"
            return dict.fromkeys(("break_even_credibility", "critical_discount_factor"), unknown(reason))
        credibility = np.array([row.terms.credibility for row in self.rows])
        promised = np.array([self._promised(row, i) for row in self.rows])
        threat = self._inside("coercion")[:, i] if "coercion" in self.on else np.zeros(len(credibility))
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = promised - np.where(credibility < 1.0, threat / (1.0 - credibility), 0.0)
        found = break_even_credibility(slack(union)[:, i], slope, credibility)
        if np.isfinite(found[0]):
            even = {**band(found), "side": "more" if slope[0] > 0 else "less"}
        else:
            held = "in" if slack(union)[0, i] >= 0 else "out"
            even = unknown(f"it is better off {held} at any credibility")
        hub = self.bloc.hub_index
        broken = union.inside[:, hub] + credibility * promised  # its payoff holds what it pays on average
        patience = critical_discount_factor(broken, broken - promised, union.without[:, i, hub])
        return {"break_even_credibility": even, "critical_discount_factor": band(patience)}

    def _promised(self, row: Row, i: int) -> float:
        """Return what the hub pays a member for being in the union in a year in which it keeps its word."""
        rent = row.terms.share_lost[i] * row.terms.rent[i] if "energy" in self.on else 0.0
        return float(rent + (row.terms.transfer[i] if "transfer" in self.on else 0.0))

    def _hold_up(self, union: Union, i: int) -> dict[str, Any]:
        found = hold_up(union)
        if not self.options.sunk_cost:
            none = unknown(NO_SUNK_COST)
            return {"before": band(found.before[:, i]), "after": none, "rent_usd_bn": none}
        return {
            "before": band(found.before[:, i]),
            "after": band(found.after[:, i]),
            "rent_usd_bn": band(found.rent[:, i]),
        }

    @property
    def _everyone(self) -> Any:
        return self.table.states[[s.mask for s in self.table.states].index(self.bloc.full)]

    def _stability(self) -> dict[str, Any]:
        by_mask = self.table.by_mask(self.table.total(self.on))
        found: list[Stability] = [stability(self.table, by_mask[k], with_process=k == 0) for k in range(len(self.rows))]
        drawn = found[1:] or found
        result: dict[str, Any] = {}
        for name, meaning in CONCEPTS.items():
            first = found[0].holds[name]
            known = [bool(one.holds[name]) for one in drawn if name != "markov_process"]
            result[name] = {
                "meaning": meaning,
                "holds": first,
                "probability": None if first is None or not known else float(np.mean(known)),
                "stable_sets": [list(s) for s in found[0].stable_sets[name]] if name in found[0].stable_sets else None,
            }
            if first is None:
                small = len(self.bloc.members) <= MAX_FARSIGHTED
                result[name]["reason"] = (
                    "no equilibrium in pure strategies was found" if small else "too many members; computed up to five"
                )
        beliefs: tuple[tuple[str, Belief], ...] = (("core", "gamma"), ("core_delta", "delta"))
        for name, belief in beliefs:
            excess = band(np.array([one.core_excess[belief] for one in found]))
            result[name] |= {"belief": belief, "excess_usd_bn": excess}
        result["markov_process"]["ends"] = [
            {"members": list(union), "probability": chance} for union, chance in found[0].ends.items()
        ]
        for name, division in divisions(self.table, by_mask[0], self.options.belief).items():
            result[name] = {"belief": self.options.belief, "usd_bn": division}
        return result


def _only(union: Union, which: slice) -> Union:
    """Return some draws of a union."""
    return replace(
        union,
        inside=union.inside[which],
        exits=union.exits[which],
        without=union.without[which],
        delay=union.delay[which],
        sunk=union.sunk[which],
    )


def break_even_credibility(margin: np.ndarray, slope: np.ndarray, credibility: np.ndarray) -> np.ndarray:
    """Return the credibility in [0, 1] at which a slack linear in it is zero, NaN where there is none [draw].

    Parameters
    ----------
    margin, slope
        Slack at `credibility` (USD billion a year), and by how much it rises with one unit of it.
    credibility
        Probability that the hub keeps its word.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        root = credibility - margin / slope
    return np.where((slope != 0.0) & (root >= 0.0) & (root <= 1.0), root, np.nan)


def band(values: np.ndarray, reason: str = "it could not be computed") -> dict[str, Any]:
    """Return value (most likely values), median and the 5th to 95th percentile of the draws that follow it."""
    if not np.isfinite(values[0]):
        return unknown(reason)
    low, high = percentile_band(values[1:, None])
    middle = median(values[1:, None])
    found = {"value": float(values[0]), "median": float(middle[0]), "lo": float(low[0]), "hi": float(high[0])}
    whole = {k: v if np.isfinite(v) else None for k, v in found.items()}
    return whole if whole["lo"] is not None else {**whole, "reason": "fewer than two draws"}


def unknown(reason: str) -> dict[str, Any]:
    """Return a band without numbers, and why."""
    return {"value": None, "lo": None, "hi": None, "reason": reason}


def verdict(share: float) -> str:
    """Return what is said of a bloc in which nobody gains by leaving in a share of the draws; every face says it so.

    Examples
    --------
    >>> verdict(0.29)
    'may or may not hold'
    """
    return "holds" if share >= HOLDS else "does not hold" if share <= FAILS else "may or may not hold"


def _share(values: np.ndarray) -> float:
    """Share of the draws in which something is true; of the most likely values where nothing was drawn."""
    return float(np.mean(values[1:] if len(values) > 1 else values))
