"""Coalition analysis: worth of blocs, stability, farsightedness, bargaining."""

from __future__ import annotations

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
from multipolar.coalition.membership import (
    MembershipGame,
    StrategicGame,
    coalition_proof,
    nash_equilibria,
    stable_memberships,
)

__all__ = [
    "CooperativeGame",
    "Foresight",
    "HoldUp",
    "LeastCore",
    "MarkovProcess",
    "MembershipGame",
    "StrategicGame",
    "Union",
    "WeakLink",
    "break_even",
    "coalition_proof",
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
    "pivot",
    "self_financing",
    "shapley_value",
    "slack",
    "stable_memberships",
    "weak_link",
]
