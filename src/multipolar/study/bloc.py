"""Will a bloc hold? Draws of trade and politics, bargaining and stability, as one record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.coalition.assumptions import Drawn, Stated
from multipolar.coalition.bargaining import (
    Union,
    demand,
    hold_up,
    minimum_transfer,
    pivot,
    ranking,
    self_financing,
    slack,
    weak_link,
)
from multipolar.coalition.holding import CONCEPTS, MARGIN, Stability, divisions, most_moving, stability
from multipolar.coalition.payoff import COMPONENTS, PRICES, Missing, PayoffTable, Terms, payoff_table, political_terms
from multipolar.coalition.states import EXITS, Bloc, Rule, availability, eu_certain, offers_of
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import InputError, NotSolvedError, UnknownNameError
from multipolar.study.bloc_draws import Progress, cut_off_losses, drawn_elasticities, trade_draws
from multipolar.study.draws import median, percentile_band, uniform
from multipolar.world import World
from multipolar.world.bundled import load_world, shipped_worlds

__all__ = ["BlocResult", "Options", "will_it_hold"]

MEANINGS = ("least_attached", "likeliest_to_reopen", "dearest_to_lose")

SETS: Mapping[str, tuple[str, ...]] = {
    "central": tuple(COMPONENTS),
    "no_energy": tuple(name for name in COMPONENTS if name != "energy"),
    "organic": tuple(name for name in COMPONENTS if name not in PRICES),
    "eu_offer": tuple(COMPONENTS),
}
"""Parameter sets under which the weak link is looked for, and the components that count in each."""

FIRST_YEAR, LAST_YEAR = 2007, 2009
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


@dataclass(frozen=True, eq=False)
class BlocResult:
    """The record of a bloc, and the table behind it.

    Parameters
    ----------
    content
        As the command prints it with ``--json``.
    table
        Payoffs; draw 0 holds the most likely values.
    """

    content: dict[str, Any]
    table: PayoffTable


def will_it_hold(
    members: Sequence[str],
    world: World | str = "world-2009",
    options: Options | None = None,
    *,
    cache: ChunkStore | None = None,
    progress: Progress | None = None,
) -> BlocResult:
    """Ask whether a customs union of some economies will hold.

    Parameters
    ----------
    members
        Codes of the world.
    world
        A world, its name or its file. Imputed figures and elasticities are drawn only of a shipped world given by name.
    options
        Draws, hub, rule and ranges.
    cache
        Where trade payoffs are kept; the user's cache folder by default.
    progress
        Called as ``progress(stage, done, total)``.

    Raises
    ------
    InputError
        If a member, the hub or an option cannot be used.
    NotSolvedError
        If the most likely values have no equilibrium.
    """
    chosen = options or Options()
    base = world if isinstance(world, World) else load_world(world)
    shipped = world if isinstance(world, str) and world in shipped_worlds() else None
    bloc = make_bloc(members, base, chosen)
    found = trade_draws(bloc, base, shipped, chosen.draws, chosen.seed, cache=cache, progress=progress)
    ratios, loss_pct = cut_off_losses(bloc, base, shipped, cache=cache)
    drawing = _Politics(bloc, base, shipped, chosen, ratios, loss_pct)
    kept, rows = [], []
    for row in range(chosen.draws + 1):
        made = drawing.draw(row, found.income[row])
        if _complete(bloc, found.trade[row], made.available):
            kept.append(row)
            rows.append(made)
    if not kept or kept[0] != 0:
        raise NotSolvedError("the most likely values have no equilibrium in some state of the bloc")
    table = payoff_table(
        bloc,
        found.trade[kept],
        found.income[kept],
        [made.terms for made in rows],
        np.stack([made.available for made in rows]),
        drawing.missing,
    )
    record = _Record(table, rows, base, chosen, failed=chosen.draws + 1 - len(kept))
    return BlocResult(record.content(), table)


def make_bloc(members: Sequence[str], world: World, options: Options) -> Bloc:
    """Return the bloc of some economies of a world.

    Raises
    ------
    InputError
        For a club in place of an economy, an unknown code, a repeated or single member.
    """
    codes = tuple(members)
    for code in codes:
        if code in atlas.clubs() and code not in world.economies:
            inside = [c for c in atlas.members(code, "2009-06-15") if c in world.economies]
            raise InputError(
                f"'{code}' is a club, not an economy; name its members"
                + (f", for example {','.join(inside[:8])}" if len(inside) > 1 else "")
            )
        world.economy_index(code)
    for name in options.off:
        if name not in COMPONENTS:
            raise UnknownNameError("component", name, COMPONENTS)
    for table, what in ((options.sunk_cost, "a sunk cost"), (options.transfers, "a transfer")):
        for code in table:
            if code not in codes:
                raise InputError(f"{what} is given for '{code}', which is no member of {','.join(codes)}")
    if not 0 <= options.draws <= 100_000 or options.seed < 0:
        raise InputError("draws lie between 0 and 100000, and a seed is at least 0")
    if not FIRST_YEAR <= options.energy_year <= LAST_YEAR:
        raise InputError(f"energy rents are known for {FIRST_YEAR} to {LAST_YEAR}; later ones are outcomes")
    if options.credibility is not None and not 0 <= options.credibility <= 1:
        raise InputError(f"credibility {options.credibility:g} of the hub must lie between 0 and 1")
    hub = options.hub or _hub(codes, world)
    if hub in options.transfers:
        raise InputError(f"'{hub}' is the hub, which pays transfers; name the member that receives it")
    return Bloc(codes, hub, options.rule, offers_of(codes, world.economies), options.wto)


def _hub(codes: Sequence[str], world: World) -> str:
    figures = politics.load_figures("hub_credibility").values()
    known = [figure.economy for figure in figures if figure.economy in codes]
    size = world.final_demand.sum(axis=1)
    return known[0] if known else max(codes, key=lambda code: size[world.economy_index(code)]) if codes else ""


def _complete(bloc: Bloc, trade: np.ndarray, available: np.ndarray) -> bool:
    """Whether every state that the draw can reach was solved."""
    needed = eu_certain(bloc, available)
    return all(
        np.isfinite(trade[place]).all()
        for place, state in enumerate(bloc.states())
        if state.leaver is None or needed[state.leaver, EXITS.index(state.exit)]
    )


@dataclass(frozen=True, eq=False)
class _Row:
    """One draw of everything but trade."""

    terms: Terms
    available: np.ndarray
    loss_pct: np.ndarray
    sunk: np.ndarray
    parameters: dict[str, float]


class _Politics:
    """Draws political terms, exits, losses and sunk costs."""

    def __init__(
        self,
        bloc: Bloc,
        world: World,
        shipped: str | None,
        options: Options,
        ratios: np.ndarray,
        loss_pct: np.ndarray,
    ) -> None:
        self._bloc, self._world, self._shipped, self._options = bloc, world, shipped, options
        self._ratios, self._loss = ratios, loss_pct
        self.missing: Missing = {}

    def draw(self, row: int, income: np.ndarray) -> _Row:
        """Return row 0 at the most likely values, further rows as draws."""
        options = self._options
        drawn = Drawn(None if row == 0 else uniform(options.seed, row - 1))
        drawn.stated("union_cost_cut")
        drawn.stated("association_cost_cut")
        drawn.stated("own_wto_factor")
        drawn_elasticities(self._world, self._shipped, drawn)
        ratio = drawn.stated("short_run_ratio")
        loss_pct = np.array([np.exp(np.interp(np.log(ratio), np.log(self._ratios), _log(c))) for c in self._loss.T])
        terms, self.missing = political_terms(
            self._bloc,
            self._world,
            drawn,
            loss_pct / 100.0 * income,
            year=options.energy_year,
            transfers=options.transfers,
        )
        if options.credibility is not None:
            terms = replace(terms, credibility=options.credibility)
        sunk = np.zeros(len(income))
        for code, (low, high) in options.sunk_cost.items():
            about = Stated(low, (low + high) / 2, high, "USD billion a year", "given with the command")
            sunk[self._bloc.members.index(code)] = drawn.stated(f"sunk_cost/{code}", about)
        return _Row(terms, availability(self._bloc, drawn), loss_pct, sunk, dict(drawn.record))


def _log(values: np.ndarray) -> np.ndarray:
    return np.log(np.where(values > 0, values, np.nan))


class _Record:
    """Turns a table into the record that the command prints."""

    def __init__(self, table: PayoffTable, rows: list[_Row], world: World, options: Options, failed: int) -> None:
        self.table, self.rows, self.world, self.options, self.failed = table, rows, world, options, failed
        self.bloc = table.bloc
        self.on = [name for name in COMPONENTS if name not in options.off]
        self.sunk = np.stack([row.sunk for row in rows])
        self.spread = np.array([row.terms.spread for row in rows])[:, None] / 100.0 * table.income
        common = set.intersection(*(set(row.parameters) for row in rows[1:])) if len(rows) > 1 else set()
        self.parameters = {name: np.array([row.parameters[name] for row in rows[1:]]) for name in sorted(common)}
        self.unions = {name: self._union(name) for name in SETS}

    def _union(self, name: str) -> tuple[Union, np.ndarray]:
        counted = [c for c in SETS[name] if c in self.on]
        may = eu_certain(self.bloc, self.table.available) if name == "eu_offer" else self.table.available
        return self.table.union(self.table.total(counted), available=may, sunk=self.sunk)

    def content(self) -> dict[str, Any]:
        """Return the whole record."""
        union, _ = self.unions["central"]
        links = {name: self._weak_link(name) for name in SETS}
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
            "components": {name: COMPONENTS[name] for name in self.on},
            "missing": {k: dict(v) for k, v in self.table.missing.items() if k in self.on},
            "weak_link": links["central"]["names"],
            "weak_link_by_set": links,
            "min_transfer_usd_bn": band(minimum_transfer(union)),
            "min_transfer_organic_usd_bn": band(minimum_transfer(self.unions["organic"][0])),
            "price_paid_usd_bn": paid,
            "self_financing": bool(financed[0]),
            "self_financing_probability": _share(financed),
            "internally_stable": bool(held[0]),
            "internally_stable_probability": _share(held),
            "by_member": {code: self._member(i, code, links) for i, code in enumerate(self.bloc.members)},
            "stability": self._stability(),
        }

    def _price_paid(self) -> dict[str, Any]:
        """What the hub forgoes a year in energy and promises in transfers, whatever hangs on membership."""
        if "energy" not in self.on:
            return unknown("the energy rent is switched off")
        if len(self.table.missing.get("energy", {})) >= len(self.bloc.members) - 1:
            return unknown("no figure for the energy rent of any member")
        return band(np.array([row.terms.rent.sum() + row.terms.transfer.sum() for row in self.rows]))

    def _weak_link(self, name: str) -> dict[str, Any]:
        union, _ = self.unions[name]
        at_most_likely = weak_link(_only(union, slice(0, 1)), spread=self.spread[:1]).names()
        drawn = slice(1, None) if len(self.rows) > 1 else slice(0, 1)
        link = weak_link(_only(union, drawn), spread=self.spread[drawn])
        names = link.names()
        moves: dict[str, Any] = {}
        ranks = ranking(_only(union, drawn), spread=self.spread[drawn])
        others = [code for code in self.bloc.members if code != self.bloc.hub]
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
            "at_most_likely_values": at_most_likely,
            "probability": {
                meaning: {str(code): float(p) for code, p in link.probability[meaning].items()} for meaning in MEANINGS
            },
            "moved_most_by": moves,
        }

    def _member(self, i: int, code: str, links: Mapping[str, Any]) -> dict[str, Any]:
        union, chosen = self.unions["central"]
        organic = self.unions["organic"][0]
        income = self.table.income[:, i]
        inside = self.table.values[:, self.table.place(self._everyone), i]
        names = list(COMPONENTS)
        parts: dict[str, Any] = {}
        for name in self.on:
            reason = self.table.missing.get(name, {}).get(code)
            values = inside[:, names.index(name)]
            parts[name] = unknown(reason) if reason and not values.any() else band(100.0 * values / income)
        total = inside[:, [names.index(name) for name in self.on]].sum(axis=1)
        exits = chosen[1:, i] if len(self.rows) > 1 else chosen[:, i]
        is_hub = code == self.bloc.hub
        return {
            "payoff_pct": {**parts, "total": band(100.0 * total / income)},
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
        }

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
        found: list[Stability] = [stability(self.table, by_mask[k]) for k in range(len(self.rows))]
        drawn = found[1:] or found
        result: dict[str, Any] = {}
        for name, meaning in CONCEPTS.items():
            first = found[0].holds[name]
            result[name] = {
                "meaning": meaning,
                "holds": first,
                "probability": None if first is None else float(np.mean([bool(s.holds[name]) for s in drawn])),
                "stable_sets": [list(s) for s in found[0].stable_sets[name]] if name in found[0].stable_sets else None,
            }
            if first is None:
                result[name]["reason"] = "too many members; computed up to five"
        result["core"]["excess_usd_bn"] = band(np.array([s.core_excess for s in found]))
        for name, division in divisions(self.table, by_mask[0]).items():
            result[name] = {"belief": "gamma", "usd_bn": division}
        return result


def _only(union: Union, which: slice) -> Union:
    """Return some draws of a union."""
    return Union(
        union.members,
        union.inside[which],
        union.exits[which],
        union.without[which],
        union.delay[which],
        union.sunk[which],
        union.hub,
    )


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


def _share(values: np.ndarray) -> float:
    """Share of the draws in which something is true; of the most likely values where nothing was drawn."""
    return float(np.mean(values[1:] if len(values) > 1 else values))
