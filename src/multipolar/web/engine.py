"""The world that the server holds, warm, and the questions it answers about it."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections import OrderedDict
from dataclasses import replace
from typing import Any

import numpy as np

from multipolar import atlas
from multipolar.equilibrium import Deficits
from multipolar.errors import InputError, ScenarioError
from multipolar.influence import effective_number, leverage, outside_poles, pole_table, spheres
from multipolar.influence.poles import CONTESTED
from multipolar.scenario import Scenario, derive_policy, load_scenario, parse_scenario, shipped_scenarios
from multipolar.scenario.policy import status_quo
from multipolar.study.bloc import Options, payoff_draws, will_it_hold
from multipolar.study.bloc_map import map_of
from multipolar.study.orbit_history import History, centre
from multipolar.study.single import scenario_bands, scenario_record
from multipolar.web.contracts import BlocQuestion, StabilityQuestion
from multipolar.web.jobs import Told
from multipolar.web.safety import MOST_BYTES
from multipolar.world.bundled import load_world, shipped_worlds

__all__ = ["MOST_BLOC", "MOST_DRAWS", "MOST_ECONOMIES", "MOST_POLES", "Engine", "scenario_of"]

MOST_ECONOMIES = 250
"""Largest world that is served: a solve takes a second or so at this size."""
MOST_DRAWS = 1000
MOST_BLOC = 8
"""Members of a bloc whose stability is asked for; the states to solve double with each."""
MOST_POLES = 6
_KEPT = 16
_AT_A_TIME = threading.BoundedSemaphore(2)


class Engine:
    """A world and what can be asked of it.

    Parameters
    ----------
    name
        Shipped world, or path of a world file.

    Raises
    ------
    InputError
        If the world cannot be read, or is larger than is served.
    """

    def __init__(self, name: str = "world-2009") -> None:
        self.world = load_world(name)
        self.shipped = name if name in shipped_worlds() else None
        size = len(self.world.economies)
        if size > MOST_ECONOMIES:
            raise InputError(
                f"a world of {size} economies is too large to serve; at most {MOST_ECONOMIES}, aggregate it"
            )
        self._orbits: OrderedDict[tuple[str, ...], dict[str, Any]] = OrderedDict()

    def warm(self) -> None:
        """Compile what the first solve would wait for."""
        from multipolar.equilibrium import creation_diversion, effects, solve

        eq = solve(self.world, status_quo(self.world))
        effects(eq)
        creation_diversion(eq)

    # -- what there is ------------------------------------------------------------------------------------------------

    def describe(self, seconds: float) -> dict[str, Any]:
        """Return the world as `WorldAnswer`."""
        from multipolar import __version__

        world = self.world
        income = world.final_demand.sum(axis=1)
        home = {iso3: code for code, group in zip(world.economies, world.members, strict=True) for iso3 in group}
        tariffed = world.tariff.max(axis=(0, 1)) > 0
        places = {e.iso3: e for e in atlas.economies()}
        economies = []
        for i, code in enumerate(world.economies):
            known = [places[m] for m in world.members[i] if m in places and places[m].latitude is not None]
            economies.append(
                {
                    "code": code,
                    "name": world.economy_names[i],
                    "members": list(world.members[i]),
                    "income_usd_bn": float(income[i]) / 1e3,
                    "lat": known[0].latitude if known else None,
                    "lon": known[0].longitude if known else None,
                }
            )
        return {
            "world": world.name,
            "year": world.year,
            "version": __version__,
            "economies": economies,
            "sectors": [
                {"code": c, "name": n, "elasticity": float(e), "tariffed": bool(t)}
                for c, n, e, t in zip(world.sectors, world.sector_names, world.trade_elasticity, tariffed, strict=True)
            ],
            "countries": [
                {
                    "iso3": e.iso3,
                    "numeric": e.iso_numeric,
                    "name": e.name,
                    "economy": home.get(e.iso3),
                    "capital": e.capital,
                    "lat": e.latitude,
                    "lon": e.longitude,
                }
                for e in atlas.economies()
            ],
            "external_tariff_pct": {
                code: {
                    s: 100.0 * float(world.external_tariff[i, k]) for k, s in enumerate(world.sectors) if tariffed[k]
                }
                for i, code in enumerate(world.economies)
            },
            "draws_from": "elasticities, imputed figures and the scenario's own ranges" if self.shipped else None,
            "limits": {
                "bytes": MOST_BYTES,
                "draws": MOST_DRAWS,
                "bloc_members": MOST_BLOC,
                "poles": MOST_POLES,
                "seconds": seconds,
            },
        }

    def clubs(self, on: str) -> dict[str, Any]:
        """Return the clubs in force on a day, with the economies that are members as a whole."""
        try:
            day = dt.date.fromisoformat(on)
        except ValueError:
            raise InputError("on must be a day, written YYYY-MM-DD") from None
        rows = []
        for club in atlas.clubs().values():
            if not club.in_force(day):
                continue
            inside = set(atlas.members(club.id, day.isoformat()))
            groups = zip(self.world.economies, self.world.members, strict=True)
            rows.append(
                {
                    "club": club.id,
                    "name": club.name,
                    "kind": club.kind,
                    "hub": club.hub,
                    "members": [code for code, group in groups if inside.issuperset(group) or code in inside],
                    "note": club.note,
                }
            )
        return {"on": day.isoformat(), "clubs": rows}

    def scenarios(self) -> dict[str, Any]:
        """Return the shipped scenarios."""
        found = (load_scenario(name) for name in shipped_scenarios())
        return {
            "scenarios": [
                {"scenario": s.id, "title": s.title, "shocks": [shock.kind for shock in s.shocks]} for s in found
            ]
        }

    def centre(self) -> dict[str, Any]:
        """Return the centre of gravity of the world's own GDP; null with a reason where it has none."""
        found = centre(self.world, self.world.year, History())
        return {key: found[key] for key in ("year", "lat", "lon", "covered", "reason")}

    # -- what is computed ---------------------------------------------------------------------------------------------

    def solve(self, scenario: Scenario, deficits: Deficits) -> dict[str, Any]:
        """Return what ``multipolar solve --json`` prints."""
        with _AT_A_TIME:
            return scenario_record(self.world, scenario, deficits)

    def bands(self, scenario: Scenario, draws: int, seed: int, deficits: Deficits, told: Told) -> dict[str, Any]:
        """Return bands around a scenario."""
        return scenario_bands(
            self.world, self.shipped, scenario, draws=draws, seed=seed, deficits=deficits, progress=told
        )

    def check(self, scenario: Scenario) -> list[str]:
        """Return the notes on what a scenario means for this world; raises as `solve` would, and solves nothing."""
        return list(derive_policy(self.world, scenario).notes)

    def bloc(self, question: BlocQuestion, told: Told) -> dict[str, Any]:
        """Return what ``multipolar bloc --json`` prints."""
        options = _options(question)
        return will_it_hold(question.members, self.shipped or self.world, options, progress=told).content

    def stability(self, question: StabilityQuestion, told: Told) -> dict[str, Any]:
        """Return which members would stay over two assumptions, as `StabilityAnswer`."""
        options = replace(_options(question), draws=0)
        found = payoff_draws(question.members, self.shipped or self.world, options, progress=told)
        return map_of(found, options, x="credibility", y=question.up, points=question.points).content()

    def orbits(self, poles: list[str], told: Told) -> dict[str, Any]:
        """Return spheres and leverage; kept for poles asked for before."""
        if len(set(poles)) < len(poles):
            raise InputError("a pole is named twice; name each once")
        for code in poles:
            self.world.economy_index(code)
        key = tuple(poles)
        if key not in self._orbits:
            found = self._compute_orbits(poles, told)
            self._orbits[key] = found
            while len(self._orbits) > _KEPT:
                self._orbits.popitem(last=False)
        return self._orbits[key]

    def _compute_orbits(self, poles: list[str], told: Told) -> dict[str, Any]:
        found = leverage(self.world, poles, progress=lambda done, total: told("cutting off trade", done, total))
        outside = outside_poles(self.world.economies, {code: (code,) for code in poles})
        table = spheres(found.loss_pct)
        ranked = pole_table(found.loss_usd_bn.loc[outside], found.loss_pct.loc[outside], found.own_loss_pct)
        frames = ("loss_pct", "own_loss_pct", "loss_usd_bn", "own_loss_usd_bn")
        weights = ranked["exerted_usd_bn"]
        return {
            "world": self.world.name,
            "poles": [{"pole": str(p), **_plain(row)} for p, row in ranked.iterrows()],
            "effective_number": effective_number(weights) if weights.sum() > 0 else None,
            "contested_below": CONTESTED,
            "economies": [
                {
                    "economy": str(code),
                    **_plain(row),
                    "by_pole": {p: _plain({f: getattr(found, f).loc[code, p] for f in frames}) for p in poles},
                }
                for code, row in table.iterrows()
            ],
            "unsolved": [{"economy": e, "pole": p, "reason": reason} for (e, p), reason in found.reasons.items()],
        }


def _options(question: BlocQuestion) -> Options:
    if len(question.members) > MOST_BLOC:
        raise InputError(f"a bloc of {len(question.members)} is too large for the page; at most {MOST_BLOC} members")
    for code, (low, high) in question.sunk_cost.items():
        if low > high:
            raise InputError(f"the range of the sunk cost of '{code}' runs backwards; write the lower end first")
    return Options(
        draws=question.draws,
        seed=question.seed,
        hub=question.hub,
        rule=question.rule,
        wto=question.wto,
        energy_year=question.energy_year,
        off=tuple(question.off),
        sunk_cost=question.sunk_cost,
        transfers=question.transfers,
        credibility=question.credibility,
    )


def _plain(row: Any) -> dict[str, Any]:
    """Turn a row of a table into JSON values; what is missing is null."""
    return {str(name): _value(value) for name, value in row.items()}


def _value(value: Any) -> Any:
    if isinstance(value, str | bool) or value is None:
        return value
    if isinstance(value, np.bool_):
        return bool(value)
    return float(value) if np.isfinite(value) else None


def scenario_of(raw: bytes) -> Scenario:
    """Read a scenario from JSON by the same rules as from a file: bounded, plain, with a remedy in every error.

    Raises
    ------
    ScenarioError
        If it is no JSON, or breaks a rule.
    """
    try:
        data = json.loads(raw.decode("utf-8"))
        text = json.dumps(data, ensure_ascii=False)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise ScenarioError("the body is not JSON; send a scenario as a JSON object") from None
    try:
        return parse_scenario(text)  # JSON is YAML, so every rule of files holds
    except ScenarioError as error:
        raise type(error)(error.bare) from None  # its line would be that of our own rewriting
