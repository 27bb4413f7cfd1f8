"""Made-up inputs for the claims: payoffs, trade states and neighbourhoods chosen so that verdicts can be foreseen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multipolar.claims.context import MEMBERS, TRADE_STATES, WATCHED, Context, TradeStates
from multipolar.claims.model import Finding, load_claims
from multipolar.claims.verdict import Judgement, judge
from multipolar.coalition.payoff import COMPONENTS, PayoffTable, Terms
from multipolar.coalition.states import EXITS, Bloc, State
from multipolar.security import Neighbourhood
from multipolar.study.bloc import PayoffDraws, Row
from multipolar.world.bundled import load_world

ROWS = 5
"""The most likely figures and four draws, all alike unless a test says otherwise."""

OFFERS = {"RUS": ("wto",), "KAZ": ("wto", "eu"), "BLR": ("wto", "eu")}

Value = Callable[[State, str, str], float]
"""From state, member and component to a payoff (USD billion a year)."""


@dataclass(frozen=True, eq=False)
class Made(Context):
    """A context whose political figures are given; any that is not given is an error."""

    figures: Mapping[str, float] = field(default_factory=dict)

    def figure(self, table: str, *key: str | int) -> np.ndarray:
        name = "/".join([table, *(str(part) for part in key if part != "")])
        return np.full(ROWS, self.figures[name])


def made(figures: Mapping[str, float] | None = None, **shared: object) -> Made:
    """Return a context with some of what claims share put in place of what would be computed."""
    context = Made(draws=ROWS - 1, figures=figures or {})
    shared = {"parameters": {}, "security_parameters": {}, **shared}
    if "payoffs" not in shared:
        shared["payoffs"] = payoffs(lambda state, code, component: 0.0)
    context.__dict__.update(shared)
    return context


def payoffs(
    value: Value, *, available: tuple[str, ...] = EXITS, credibility: float = 0.5, spread: float = 1.0
) -> PayoffDraws:
    """Return the payoffs of Russia, Kazakhstan and Belarus with every draw alike; incomes are 100 each."""
    bloc = Bloc(MEMBERS, "RUS", "others", OFFERS)
    states = bloc.states()
    one = np.array([[[value(state, code, name) for name in COMPONENTS] for code in MEMBERS] for state in states])
    may = np.array([[exit in ("alone", *OFFERS[code]) and exit in available for exit in EXITS] for code in MEMBERS])
    table = PayoffTable(
        bloc, states, np.repeat(one[None], ROWS, axis=0), np.full((ROWS, 3), 100.0), np.repeat(may[None], ROWS, axis=0)
    )
    zero = np.zeros(3)
    masks = {state.mask: zero for state in states}
    terms = Terms(zero, zero, zero, credibility, masks, 1.0, zero, 0.0, 0.0, zero, zero, zero, zero, np.full(3, spread))
    row = Row(terms, may, zero, zero, {})
    return PayoffDraws(load_world("world-2009"), table, (row,) * ROWS, tuple(range(ROWS)), 0)


def inside(state: State, code: str) -> bool:
    """Whether a member is in the union."""
    return bool(state.mask >> MEMBERS.index(code) & 1)


def trade(gains: Mapping[tuple[str, str], float]) -> TradeStates:
    """Return trade states with gains by (state, economy), the others zero."""
    table = np.zeros((ROWS, len(TRADE_STATES), len(WATCHED)))
    for (state, economy), value in gains.items():
        table[:, TRADE_STATES.index(state), WATCHED.index(economy)] = value
    return TradeStates(table)


def place(
    hazards: Mapping[tuple[str, str], float],
    *,
    states: tuple[str, ...] = ("ARM", "BLR", "KAZ", "KGZ", "RUS", "TJK", "UZB"),
    threats: tuple[str, ...] = ("KAZ", "UZB", "UKR", "NATO", "AFGC", "CASC", "CAUC"),
    capability: Mapping[str, float] | None = None,
    threat_capability: Mapping[str, float] | None = None,
    stake: Mapping[str, float] | None = None,
    apart_km: float = 1000.0,
) -> Neighbourhood:
    """Return a neighbourhood in which hazards not given are zero, capabilities 1, stakes 10 USD billion."""
    n, m = len(states), len(threats)
    hazard = np.zeros((n, m))
    for (state, threat), value in hazards.items():
        hazard[states.index(state), threats.index(threat)] = value
    distance = np.full((n, n), apart_km)
    np.fill_diagonal(distance, 0.0)
    return Neighbourhood(
        states,
        threats,
        np.array([(capability or {}).get(code, 1.0) for code in states]),
        np.array([(threat_capability or {}).get(code, 1.0) for code in threats]),
        hazard,
        np.array([(stake or {}).get(code, 10.0) for code in states]),
        distance,
        np.full((n, m), 500.0),
        1500.0,
    )


def places(hazards: Mapping[tuple[str, str], float], **options: Any) -> dict[str, Any]:
    """Return what security claims share, for every row alike."""
    return {"places": (place(hazards, **options),) * ROWS, "reliability": np.full(ROWS, 0.8)}


def verdict(number: int, found: Finding) -> Judgement:
    """Judge a finding by the rule that was written down."""
    (claim,) = load_claims().only((number,))
    return judge(claim, found)
