"""Will a bloc hold: stability of its full union by several concepts, and what moves the weak link most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from multipolar.coalition.cooperative import (
    Belief,
    CooperativeGame,
    core_excess,
    game_from_blocs,
    nucleolus_division,
    shapley_division,
)
from multipolar.coalition.farsighted import (
    Foresight,
    MarkovProcess,
    largest_consistent_set,
    markov_process,
    membership_moves,
)
from multipolar.coalition.membership import MembershipGame, coalition_proof, stable_memberships
from multipolar.coalition.payoff import PayoffTable
from multipolar.errors import NotSolvedError
from multipolar.types import Array, Float64

__all__ = ["CONCEPTS", "MARGIN", "Stability", "divisions", "game_under", "most_moving", "stability"]

CONCEPTS: Mapping[str, str] = {
    "internal": "no member gains by leaving alone",
    "external_open": "no outsider gains by joining; empty for the union of all",
    "nash_open": "Nash equilibrium when everybody may join",
    "nash_unanimous": "Nash equilibrium when every member must agree to an entrant",
    "coalition_proof": "no group gains by a move that no part of it would undo",
    "core": "no group can do better for itself while the rest stand alone (belief gamma), transfers allowed",
    "core_delta": "the same while the rest unite among themselves as far as they can (belief delta)",
    "largest_consistent_set": "farsighted: every move away is deterred by what may follow; entry by unanimity",
    "markov_process": "farsighted: proposals in turn, by consent, never lead away (discount .95; most likely values)",
}
"""Concepts and what holds when they do, for the union of all members."""

MARGIN = 1e-5
"""Gain below which nobody moves (USD billion a year): rounding of the solver decides nothing."""

MAX_FARSIGHTED = 5
"""Members up to which foresight is computed in every draw."""

CERTAIN = 1.0 - 1e-9
"""Probability from which the process is said never to leave."""


@dataclass(frozen=True)
class Stability:
    """Whether the union of all members holds in one draw.

    Parameters
    ----------
    holds
        By concept; None where it was not computed.
    stable_sets
        By concept but the core, the unions that are stable; the empty one is no union.
    core_excess
        By belief, what the worst-off group could add by going its own way (USD billion a year); the core is empty iff
        above 0.
    ends
        Where the process of proposals ends that starts at the union of all: union -> probability.
    """

    holds: Mapping[str, bool | None]
    stable_sets: Mapping[str, tuple[tuple[str, ...], ...]]
    core_excess: Mapping[Belief, float]
    ends: Mapping[tuple[str, ...], float]


def game_under(table: PayoffTable, by_mask: Float64[Array, "mask member"], belief: Belief) -> CooperativeGame:
    """Return the game with transfers of a bloc under a belief about those who are not in a coalition.

    Under ``gamma`` they stand alone. Under ``delta`` they unite: which takes the hub, so that a coalition with the hub
    faces the same as under gamma, and one without it faces the union of all others.
    """
    change = by_mask - by_mask[0]
    masks = np.arange(table.bloc.full + 1)
    with_hub = masks >> table.bloc.hub_index & 1
    united = change[np.where(with_hub, masks, table.bloc.full ^ masks)]
    return game_from_blocs(table.bloc.members, change, belief=belief, united=united)


def stability(table: PayoffTable, by_mask: Float64[Array, "mask member"], *, with_process: bool = True) -> Stability:
    """Apply every concept to one table of payoffs by set of members.

    Offers from outside are left out here: an outsider stands alone. A set without the hub, or the hub alone, is no
    union. The process of proposals is searched for at length where it has no equilibrium in pure strategies, which
    `with_process` avoids.
    """
    members = table.bloc.members
    n, full = len(members), table.bloc.full
    game = MembershipGame(members, by_mask, margin=MARGIN)
    internal, external = stable_memberships(game)
    _, closed = stable_memberships(game, admission="unanimous")
    proof = coalition_proof(game)
    beliefs: tuple[Belief, ...] = ("gamma", "delta")
    excess: dict[Belief, float] = {belief: core_excess(game_under(table, by_mask, belief)) for belief in beliefs}
    consistent, process = None, None
    if n <= MAX_FARSIGHTED:
        foresight = Foresight(by_mask, membership_moves(n, consent="unanimous"), MARGIN)
        consistent = largest_consistent_set(foresight)
        process = _process(foresight) if with_process else None
    named = {
        "internal": internal,
        "external_open": external,
        "nash_open": internal & external,
        "nash_unanimous": internal & closed,
        "coalition_proof": proof,
    }
    if consistent is not None:
        named["largest_consistent_set"] = consistent
    ends: dict[tuple[str, ...], float] = {}
    if process is not None:
        named["markov_process"] = process.absorbing
        for mask, chance in enumerate(process.reached_from(full)):
            if chance > 1.0 - CERTAIN:
                union = game.members(table.bloc.effective(mask))
                ends[union] = ends.get(union, 0.0) + float(chance)
    unions = [mask for mask in range(full + 1) if table.bloc.effective(mask) == mask]
    return Stability(
        holds={
            "internal": bool(internal[full]),
            "external_open": bool(external[full]),
            "nash_open": bool(internal[full] and external[full]),
            "nash_unanimous": bool(internal[full] and closed[full]),
            "coalition_proof": bool(proof[full]),
            "core": bool(excess["gamma"] <= MARGIN),
            "core_delta": bool(excess["delta"] <= MARGIN),
            "largest_consistent_set": None if consistent is None else bool(consistent[full]),
            "markov_process": None if process is None else ends.get(members, 0.0) >= CERTAIN,
        },
        stable_sets={name: tuple(game.members(m) for m in unions if mask[m]) for name, mask in named.items()},
        core_excess=excess,
        ends=ends,
    )


def _process(foresight: Foresight) -> MarkovProcess | None:
    """Return an equilibrium of the dynamic game; None where none in pure strategies was found."""
    try:
        return markov_process(foresight)
    except NotSolvedError:
        return None


def divisions(
    table: PayoffTable, by_mask: Float64[Array, "mask member"], belief: Belief = "gamma"
) -> dict[str, dict[str, float]]:
    """Return the Shapley value and the nucleolus under a belief, by member (USD billion a year)."""
    game = game_under(table, by_mask, belief)
    found = {"shapley_value": shapley_division(game)}
    # Where a member alone is worth more than its share can be, individual rationality has no division to offer.
    rational = game.worth[game.grand] >= sum(game.worth[1 << i] for i in range(len(game.players)))
    found["nucleolus"] = nucleolus_division(game, individually_rational=bool(rational))
    return {name: dict(zip(game.players, values.tolist(), strict=True)) for name, values in found.items()}


def most_moving(
    parameters: Mapping[str, Float64[Array, " draw"]], outcome: Float64[Array, " draw"]
) -> tuple[str, float] | None:
    """Return the parameter whose rank correlates most with an outcome over the draws, and the correlation.

    None below twenty draws, where the outcome never changes, and where the largest correlation is one that as many
    parameters without any influence would reach by chance in more than one case of twenty.
    """
    names = [name for name, values in parameters.items() if np.ptp(values) > 0]
    if len(outcome) < 20 or np.ptp(outcome) == 0 or not names:
        return None
    ranks = np.stack([_standard_ranks(parameters[name]) for name in names])
    found = ranks @ _standard_ranks(outcome) / len(outcome)
    best = int(np.abs(found).argmax())
    chance = -NormalDist().inv_cdf(0.025 / len(names)) / np.sqrt(len(outcome) - 1)
    return (names[best], float(found[best])) if abs(found[best]) > chance else None


def _standard_ranks(values: np.ndarray) -> np.ndarray:
    """Return ranks, ties sharing their mean, with mean 0 and standard deviation 1."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return (ranks - ranks.mean()) / ranks.std()
