"""Coalition analysis: worth of blocs, stability, farsightedness, bargaining."""

from __future__ import annotations

from multipolar.coalition.assumptions import STATED, Drawn, Stated
from multipolar.coalition.bargaining import (
    HoldUp,
    Union,
    WeakLink,
    break_even,
    critical_discount_factor,
    demand,
    exit_probability,
    hold_up,
    minimum_transfer,
    pivot,
    self_financing,
    slack,
    weak_link,
)
from multipolar.coalition.cooperative import (
    CooperativeGame,
    LeastCore,
    core_excess,
    game_from_blocs,
    least_core,
    nucleolus,
    shapley_value,
)
from multipolar.coalition.farsighted import (
    Foresight,
    MarkovProcess,
    indirect_dominance,
    largest_consistent_set,
    markov_process,
    membership_moves,
)
from multipolar.coalition.holding import CONCEPTS, Stability, stability
from multipolar.coalition.membership import (
    MembershipGame,
    StrategicGame,
    coalition_proof,
    nash_equilibria,
    stable_memberships,
)
from multipolar.coalition.payoff import COMPONENTS, PayoffTable, Terms, payoff_table, political_terms
from multipolar.coalition.states import EXITS, Bloc, State

__all__ = [
    "COMPONENTS",
    "CONCEPTS",
    "EXITS",
    "STATED",
    "Bloc",
    "CooperativeGame",
    "Drawn",
    "Foresight",
    "HoldUp",
    "LeastCore",
    "MarkovProcess",
    "MembershipGame",
    "PayoffTable",
    "Stability",
    "State",
    "Stated",
    "StrategicGame",
    "Terms",
    "Union",
    "WeakLink",
    "break_even",
    "coalition_proof",
    "core_excess",
    "critical_discount_factor",
    "demand",
    "exit_probability",
    "game_from_blocs",
    "hold_up",
    "indirect_dominance",
    "largest_consistent_set",
    "least_core",
    "markov_process",
    "membership_moves",
    "minimum_transfer",
    "nash_equilibria",
    "nucleolus",
    "payoff_table",
    "pivot",
    "political_terms",
    "self_financing",
    "shapley_value",
    "slack",
    "stability",
    "stable_memberships",
    "weak_link",
]
