"""What several claims share, computed once when first asked for: payoffs of the union, trade states, security."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from multipolar import atlas
from multipolar.atlas import politics
from multipolar.claims.data import Data
from multipolar.claims.measured import Group, Measure, shipped_measures
from multipolar.coalition.assumptions import Drawn
from multipolar.coalition.bargaining import Union, slack
from multipolar.coalition.payoff import COMPONENTS, payoff_table, security_by_union
from multipolar.coalition.states import State, eu_certain
from multipolar.equilibrium import Case, solve_batch
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.influence import leverage
from multipolar.scenario import Scenario, derive_policy
from multipolar.security import Neighbourhood, neighbourhood, outside_threats, security_level
from multipolar.study.bloc import SETS, Options, PayoffDraws, make_bloc, payoff_draws
from multipolar.study.bloc_draws import CHUNK, drawn_world, fingerprint, store
from multipolar.study.draws import uniform
from multipolar.types import Array, Float64
from multipolar.world import World
from multipolar.world.bundled import load_world

__all__ = ["EVE", "EX_SOVIET", "MEMBERS", "TRADE_STATES", "WATCHED", "Context", "TradeStates"]

EVE = "2009-06-14"
"""Last day of the frozen version."""

WORLD = "world-2009"
MEMBERS = ("RUS", "KAZ", "BLR")
HUB = "RUS"
WATCHED = (*MEMBERS, "EUN", "USA")
"""Economies whose income is kept from the trade states."""

ALLIANCE = "CSTO"
EX_SOVIET = ("KAZ", "BLR", "UKR", "MDA", "GEO", "ARM", "AZE", "KGZ", "TJK", "TKM", "UZB")
"""Without Russia and the Baltic three."""

OFFER_CUTS = (0.0, 0.02, 0.05, 0.08, 0.12, 0.18, 0.25, 0.35)
"""Cuts of non-tariff costs that an association could bring, swept for the offer that tips Belarus (fraction)."""

TRADE_STATES = ("wto", "union", "union_joint", "cheaper", "cheaper_joint", "cheaper_eu", "cheaper_both")
"""Russia alone in the WTO; the union of tariffs alone, then with joint accession; the union with lower costs inside,
then with joint accession, with lower costs of trade with the EU, with both."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, eq=False)
class TradeStates:
    """Change of real income from the status quo in the states of trade policy that the claims compare.

    Parameters
    ----------
    gain
        USD billion a year, NaN where unsolved; row 0 holds the most likely figures [row state economy].
    states, economies
        Labels.
    """

    gain: Float64[Array, "row state economy"]
    states: tuple[str, ...] = TRADE_STATES
    economies: tuple[str, ...] = WATCHED

    def of(self, state: str, economy: str) -> Float64[Array, " row"]:
        """Return the gain of an economy in a state (USD billion a year) [row]."""
        return self.gain[:, self.states.index(state), self.economies.index(economy)]


@dataclass(frozen=True, eq=False)
class Context:
    """Everything that the functions of the claims read. Row 0 of every array holds the most likely figures.

    Parameters
    ----------
    draws, seed
        Number of draws, and what decides them.
    data
        Files that do not ship.
    cache
        Where solved states are kept; the user's cache folder by default.
    progress
        Called as ``progress(stage, done, total)``.
    """

    draws: int = 200
    seed: int = 2009
    data: Data = field(default_factory=Data)
    cache: ChunkStore | None = None
    progress: Progress | None = None

    @cached_property
    def world(self) -> World:
        """The shipped world at its most likely figures."""
        return load_world(WORLD)

    @cached_property
    def options(self) -> Options:
        """Of the bloc of three."""
        return Options(draws=self.draws, seed=self.seed)

    @cached_property
    def payoffs(self) -> PayoffDraws:
        """Payoffs of Russia, Kazakhstan and Belarus in every draw."""
        return payoff_draws(MEMBERS, WORLD, self.options, cache=self.cache, progress=self.progress)

    @property
    def kept(self) -> list[int]:
        """Rows that the payoff table has; the others were not solved."""
        return list(self.payoffs.kept)

    @cached_property
    def parameters(self) -> dict[str, Float64[Array, " draw"]]:
        """What is drawn for the payoffs, by name [draw]."""
        return self.payoffs.parameters

    def union(self, parameter_set: str, sunk: Float64[Array, "row member"] | None = None) -> Union:
        """Return the bargaining problem of the union under one of the parameter sets of `multipolar.study.bloc`."""
        table = self.payoffs.table
        may = eu_certain(table.bloc, table.available) if parameter_set == "eu_offer" else table.available
        delay = table.while_talks_last(SETS[parameter_set])
        return table.union(table.total(SETS[parameter_set]), available=may, sunk=sunk, delay=delay)[0]

    def by_mask(self, parameter_set: str | None = None) -> Float64[Array, "row mask member"]:
        """Return payoffs by set of members, of a parameter set or of trade alone (USD billion a year)."""
        table = self.payoffs.table
        return table.by_mask(table.total(["trade"] if parameter_set is None else SETS[parameter_set]))

    def inside(self, component: str) -> Float64[Array, "row member"]:
        """Return a component in the union of all (USD billion a year)."""
        table = self.payoffs.table
        return table.values[:, self.place_of(table.bloc.full), :, list(COMPONENTS).index(component)]

    def slack(
        self, *, credibility: Float64[Array, " row"] | None = None, capability: float = 1.0
    ) -> Float64[Array, "row member"]:
        """Return slack with all components at another credibility, or another capability, of the hub (USD billion).

        Credibility enters wherever the payoffs have it, capability enters protection.
        """
        table = self.payoffs.table
        values = np.array(table.values)
        if credibility is not None:
            now = np.array([row.terms.credibility for row in self.payoffs.rows])
            values += (credibility - now)[:, None, None, None] * self._slope_in_credibility
        if capability != 1.0:
            values[..., list(COMPONENTS).index("protection")] = self._protection(capability)
        return slack(table.union(values.sum(axis=-1))[0])

    @cached_property
    def _slope_in_credibility(self) -> Float64[Array, "row state member component"]:
        """What the payoffs gain with the chance that the hub keeps its word, in which they are linear."""
        table = self.payoffs.table
        never, always = (
            payoff_table(
                table.bloc,
                table.values[..., 0],
                table.income,
                [replace(row.terms, credibility=chance) for row in self.payoffs.rows],
                table.available,
            ).values
            for chance in (0.0, 1.0)
        )
        return always - never

    def _protection(self, capability: float) -> Float64[Array, "row state member"]:
        table = self.payoffs.table
        found = np.zeros(table.values.shape[:3])
        at = self.alliance.index(HUB)
        for row, place in enumerate(self.places):
            scaled = np.array(place.capability)
            scaled[at] *= capability
            level = security_by_union(table.bloc, replace(place, capability=scaled), float(self.reliability[row]))
            link = self.payoffs.rows[row].terms.link
            for column, state in enumerate(table.states):
                found[row, column] = link * (level[state.mask] - level[0])
        return found

    @cached_property
    def offer_sweep(self) -> tuple[Float64[Array, " cut"], Float64[Array, " cut"]]:
        """Cuts of trade costs by an association of Belarus (fraction), and what leaving for it brings (USD billion).

        At the most likely figures; Russia and Kazakhstan stay united.
        """
        bloc = self.payoffs.table.bloc
        base = drawn_world(self.world, WORLD, self.seed, -1)
        about = self.drawn(0)
        leaver = MEMBERS.index("BLR")
        state = State(bloc.left_by(leaver), leaver, "eu")
        scenarios = [
            bloc.scenario(
                state,
                union_cut=about.stated("union_cost_cut"),
                association_cut=float(cut),
                wto_factor=about.stated("own_wto_factor"),
            )
            for cut in OFFER_CUTS
        ]
        batch = solve_batch([Case(base, derive_policy(base, item)) for item in scenarios if item is not None])
        column = self.world.economy_index("BLR")
        income = float(base.final_demand.sum(axis=1)[column]) / 1e3
        return np.array(OFFER_CUTS), income * (batch.require_all().real_income_hat[:, column] - 1.0)

    @cached_property
    def hub_leverage(self) -> Mapping[str, float]:
        """Income that each ex-Soviet state but the Baltics loses without trade with Russia (percent)."""
        loss = leverage(self.world, [HUB], targets=list(EX_SOVIET)).loss_pct[HUB]
        return {code: float(loss[code]) for code in EX_SOVIET}

    def drawn(self, row: int) -> Drawn:
        """Return the figures of a row: the most likely ones for row 0."""
        return Drawn(None if row == 0 else uniform(self.seed, row - 1))

    def figure(self, table: str, *key: str | int) -> Float64[Array, " row"]:
        """Return a political figure in every row of the payoff table."""
        found = politics.figure(table, *key)  # type: ignore[arg-type]
        return np.array([self.drawn(row).figure(found) for row in self.kept])

    def stated(self, name: str) -> Float64[Array, " row"]:
        """Return a stated range in every row of the payoff table."""
        return np.array([self.drawn(row).stated(name) for row in self.kept])

    @cached_property
    def trade(self) -> TradeStates:
        """States of trade policy, in the rows of the payoff table."""
        kept = store("claims") if self.cache is None else self.cache
        key = f"{fingerprint(make_bloc(MEMBERS, self.world, self.options), self.world, WORLD)}-{self.seed}-1"
        pieces = []
        chunks = [range(-1, 0), *(range(at, min(at + CHUNK, self.draws)) for at in range(0, self.draws, CHUNK))]
        for chunk in chunks:
            name = f"{key}-{chunk.start + 1:06d}-{len(chunk)}"
            found = kept.load(name)
            if found is None or set(found[0]) != {"gain"}:
                arrays = self._solve(chunk)
                kept.save(name, arrays, None)
            else:
                arrays = found[0]
            pieces.append(arrays["gain"])
            if self.progress is not None:
                self.progress("trade states", chunk.stop + 1, self.draws + 1)
        return TradeStates(np.concatenate(pieces)[self.kept])

    def _solve(self, chunk: range) -> dict[str, np.ndarray]:
        gain = np.full((len(chunk), len(TRADE_STATES), len(WATCHED)), np.nan)
        cases: list[Case] = []
        for draw in chunk:
            base = drawn_world(self.world, WORLD, self.seed, draw)
            amounts = self.drawn(draw + 1)
            cuts = {name: amounts.stated(name) for name in ("union_cost_cut", "association_cost_cut", "own_wto_factor")}
            cases.extend(Case(base, derive_policy(base, scenario)) for scenario in trade_scenarios(**cuts))
        batch = solve_batch(cases)
        columns = [self.world.economy_index(code) for code in WATCHED]
        for place, case in enumerate(cases):
            if batch.solved[place]:
                income = case.world.final_demand.sum(axis=1)[columns] / 1e3
                change = income * (batch.real_income_hat[place, columns] - 1.0)
                gain[divmod(place, len(TRADE_STATES))] = change
        return {"gain": gain}

    @cached_property
    def alliance(self) -> tuple[str, ...]:
        """Members of the CSTO on the eve that the table of hazards knows."""
        known = {state for state, _ in politics.load_hazards()}
        return tuple(code for code in atlas.members(ALLIANCE, EVE) if code in known and code in self.world.economies)

    @cached_property
    def places(self) -> tuple[Neighbourhood, ...]:
        """The alliance and its threats in every row, the hub and the members themselves as threats left out."""
        return tuple(outside_threats(place, self.alliance) for place in self.neighbourhoods(self.alliance))

    def feared(self, capability: float = 1.0) -> Float64[Array, "row member"]:
        """Return what members would lose in attacks of the hub, defending themselves alone (USD billion a year).

        Its hazard and distance are those of the tables; the hub has `capability` times its own.
        """
        found = np.zeros((len(self.kept), len(MEMBERS)))
        others = [code for code in MEMBERS if code != HUB]
        for row, place in enumerate(self.neighbourhoods(others, ("hub",))):
            grown = replace(place, threat_capability=capability * place.threat_capability)
            loss = -security_level(grown, []).to_numpy()
            found[row, [MEMBERS.index(code) for code in others]] = loss
        return found

    @cached_property
    def reliability(self) -> Float64[Array, " row"]:
        """Probability that an ally keeps its word."""
        return self.figure("ally_reliability")

    @cached_property
    def security_parameters(self) -> dict[str, Float64[Array, " draw"]]:
        """What security claims draw, hazards by the rule that they share [draw]."""
        names = ["reach", "ally_reliability", "war_stake", "war_share"]
        found = {name: self.figure(name)[1:] for name in names}
        rules = {hazard.rule for hazard in politics.load_hazards().values()}
        for rule in sorted(rules):
            drawn = [uniform(self.seed, row - 1)(f"hazard/{rule}") for row in self.kept[1:]]
            found[f"quantile of hazard {rule}"] = np.array(drawn)
        return {name: values for name, values in found.items() if len(values) and np.ptp(values) > 0}

    def neighbourhoods(
        self, states: Sequence[str], kinds: Sequence[str] = ("state", "prior", "conflict")
    ) -> tuple[Neighbourhood, ...]:
        """Return some states and their threats of some kinds in every row; the hub is none unless asked for."""
        return tuple(
            neighbourhood(self.world, states, uniform=None if row == 0 else uniform(self.seed, row - 1), kinds=kinds)
            for row in self.kept
        )

    def measures(self, group: Group) -> Mapping[str, Measure]:
        """Return the figures of a group: measured from the files where they are all there, else those that ship."""
        return shipped_measures(group.name) if self.data.lack(group.needs) else group.measure(self.data)

    def place_of(self, mask: int, leaver: int | None = None, kind: str = "alone") -> int:
        """Return the position of a state in the payoff table."""
        return self.payoffs.table.place(State(mask, leaver, kind))


def trade_scenarios(*, union_cost_cut: float, association_cost_cut: float, own_wto_factor: float) -> list[Scenario]:
    """Return the scenarios of `TRADE_STATES`.

    Parameters
    ----------
    union_cost_cut, association_cost_cut
        Fall of non-tariff costs of trade in goods inside the union, and with the EU (fraction).
    own_wto_factor
        External tariff after accession over that before (ratio), alone or jointly.
    """

    def union(cut: float) -> dict[str, object]:
        return {
            "kind": "customs_union",
            "members": list(MEMBERS),
            "leader": HUB,
            "external_tariff": {"rule": "leader"},
            "non_tariff_cost": -cut,
        }

    alone = {"kind": "wto_accession", "economies": HUB, "factor": own_wto_factor}
    joint = {"kind": "wto_accession", "economies": list(MEMBERS), "joint": True, "factor": own_wto_factor}
    with_eu = {
        "kind": "non_tariff_cost",
        "origins": list(MEMBERS),
        "destinations": ["EUN"],
        "both_ways": True,
        "sectors": ["goods"],
        "change": -association_cost_cut,
    }
    cheap = union(union_cost_cut)
    shocks: Mapping[str, list[dict[str, object]]] = {
        "wto": [alone],
        "union": [union(0.0)],
        "union_joint": [union(0.0), joint],
        "cheaper": [cheap],
        "cheaper_joint": [cheap, joint],
        "cheaper_eu": [cheap, with_eu],
        "cheaper_both": [cheap, joint, with_eu],
    }
    return [
        Scenario.model_validate(
            {"schema": 1, "kind": "scenario", "id": f"claims-{name.replace('_', '-')}", "title": name, "shocks": items}
        )
        for name, items in shocks.items()
    ]
