"""Coalition analysis: worth of blocs, stability, farsightedness, bargaining."""

from __future__ import annotations

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
    "LeastCore",
    "MarkovProcess",
    "MembershipGame",
    "StrategicGame",
    "coalition_proof",
    "game_from_blocs",
    "indirect_dominance",
    "largest_consistent_set",
    "least_core",
    "markov_process",
    "membership_moves",
    "nash_equilibria",
    "nucleolus",
    "shapley_value",
    "stable_memberships",
]
