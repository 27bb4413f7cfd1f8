"""Players who look ahead: indirect dominance, the largest consistent set, and a Markov process of club formation.

A move from state `a` to state `b` needs the consent of the players in ``required[a, b]`` (a bit mask); -1 where no
group can bring it about. Consent rules (unanimity, a hub's veto, free exit) are thereby data.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multipolar.errors import InputError, NotSolvedError
from multipolar.types import Array, Bool, Float64

__all__ = [
    "Foresight",
    "MarkovProcess",
    "indirect_dominance",
    "largest_consistent_set",
    "markov_process",
    "membership_moves",
]

MAX_STATES = 256
"""States up to which indirect dominance is exact: the work grows with the cube."""


def membership_moves(n: int, *, consent: str = "unanimous", hub: int | None = None) -> Array:
    """Return who must agree to each change of membership [2^n 2^n].

    Leaving needs those who leave alone; joining needs those who join and, by `consent`, the members who stay
    (``unanimous``), the hub alone (``hub``), or nobody else (``open``).

    Raises
    ------
    InputError
        If the rule is unknown, or ``hub`` names no player.
    """
    if consent not in ("unanimous", "hub", "open"):
        raise InputError(f"unknown rule of consent '{consent}'; choose unanimous, hub or open")
    if consent == "hub" and (hub is None or not 0 <= hub < n):
        raise InputError("consent of a hub needs the number of a player as hub")
    a, b = np.meshgrid(np.arange(1 << n), np.arange(1 << n), indexing="ij")
    movers, staying, joins = a ^ b, a & b, (b & ~a) != 0
    if consent == "unanimous":
        asked = np.where(joins, staying, 0)
    elif consent == "hub":
        assert hub is not None
        asked = np.where(joins, staying & (1 << hub), 0)
    else:
        asked = np.zeros_like(a)
    return movers | asked


@dataclass(frozen=True)
class Foresight:
    """States, payoffs and who must agree to which move.

    Parameters
    ----------
    payoff
        Payoff of each player at each state [state player].
    required
        Bit mask of the players whose consent a move needs, -1 where it cannot be made [state state].
    margin
        Gain below which nobody prefers a state.
    """

    payoff: Float64[Array, "state player"]
    required: Array
    margin: float = 1e-9

    def __post_init__(self) -> None:
        payoff, required = np.asarray(self.payoff, dtype=float), np.asarray(self.required, dtype=np.int64)
        m = len(payoff)
        if payoff.ndim != 2 or required.shape != (m, m):
            raise InputError(f"{m} states need moves of shape {(m, m)}, not {required.shape}")
        if m > MAX_STATES:
            raise InputError(f"{m} states are too many for an exact farsighted analysis (limit {MAX_STATES})")
        if not np.isfinite(payoff).all():
            raise InputError("a payoff of the game is not a number")
        object.__setattr__(self, "payoff", payoff)
        object.__setattr__(self, "required", required)

    def preferers(self, target: int) -> Array:
        """Return, for each state, the mask of players who prefer `target` to it [state]."""
        prefers = self.payoff[target] > self.payoff + self.margin
        return (prefers.astype(np.int64) << np.arange(self.payoff.shape[1])).sum(axis=1)


def indirect_dominance(game: Foresight) -> Bool[Array, "state target"]:
    """Return which states are indirectly dominated by which: a chain of moves leads there, and at every step all who
    must agree prefer the end of the chain to the step (Harsanyi 1974; Chwe 1994, Journal of Economic Theory 63).
    """
    m = len(game.payoff)
    possible = game.required >= 0
    np.fill_diagonal(possible, False)
    dominated = np.zeros((m, m), dtype=bool)
    for target in range(m):
        agreed = possible & ((game.required & ~game.preferers(target)[:, None]) == 0)
        reached = np.zeros(m, dtype=bool)
        reached[target] = True
        while True:
            more = (agreed & reached[None, :]).any(axis=1) & ~reached
            if not more.any():
                break
            reached |= more
            dominated[more, target] = True
    return dominated


def largest_consistent_set(game: Foresight) -> Bool[Array, " state"]:
    """Return the largest consistent set (Chwe 1994): states from which every deviation is deterred.

    A deviation by a group is deterred if some state that might finally follow, itself consistent, is one that not all
    of the group prefer. States are struck out until none is left to strike; the result does not depend on the order.
    """
    m, n = game.payoff.shape
    follows = indirect_dominance(game) | np.eye(m, dtype=bool)
    prefers = np.stack([game.preferers(e) for e in range(m)], axis=1)
    alive = np.ones(m, dtype=bool)
    while True:
        stays = alive.copy()
        for a in np.flatnonzero(alive):
            required = game.required[a]
            # unhappy[d, e]: not everyone who must agree to a -> d prefers e to a.
            unhappy = (required[:, None] & ~prefers[a][None, :] & ((1 << n) - 1)) != 0
            deterred = (follows & alive[None, :] & unhappy).any(axis=1)
            moves = required >= 0
            moves[a] = False
            if not deterred[moves].all():
                stays[a] = False
        if (stays == alive).all():
            return alive
        alive = stays


@dataclass(frozen=True)
class MarkovProcess:
    """An equilibrium of farsighted club formation in pure strategies.

    Parameters
    ----------
    proposal
        State that each player proposes at each state [state player].
    transition
        Probability of moving from a state to another in a period [state state].
    value
        Average discounted payoff of having arrived at each state [state player].
    absorbing
        States that are never left [state].
    """

    proposal: Array
    transition: Float64[Array, "state state"]
    value: Float64[Array, "state player"]
    absorbing: Bool[Array, " state"]

    def reached_from(self, state: int) -> Float64[Array, " state"]:
        """Return the long-run probability of each state when play starts at `state` [state]."""
        m = len(self.transition)
        row = np.zeros(m)
        row[state] = 1.0
        power = 0.5 * (self.transition + np.eye(m))  # the lazy chain has the same limit and no cycles
        for _ in range(60):
            power = power @ power
        return row @ power


def markov_process(
    game: Foresight,
    *,
    discount: float = 0.95,
    proposer: Float64[Array, " player"] | None = None,
    seed: int = 0,
    tries: int = 50,
) -> MarkovProcess:
    """Find a pure-strategy equilibrium of the dynamic game of Heyen & Lehtomaa (2021, Oxford Open Climate Change 1).

    Each period one player is drawn and proposes a state; the move happens if everyone whose consent it needs prefers
    it, looking ahead with the discount factor; the period's payoff is that of the state reached.

    Parameters
    ----------
    game
        States, payoffs, moves.
    discount
        Discount factor of a period, in [0, 1).
    proposer
        Probability that each player proposes; equal by default [player].
    seed, tries
        Starting points of the search: pure best responses are iterated from several orders, and the result is verified.

    Raises
    ------
    NotSolvedError
        If no pure equilibrium was found; one need not exist.
    InputError
        If the discount factor or the proposal probabilities are out of range.
    """
    m, n = game.payoff.shape
    if not 0 <= discount < 1:
        raise InputError(f"a discount factor lies in [0, 1), not {discount}")
    chance = np.full(n, 1.0 / n) if proposer is None else np.asarray(proposer, dtype=float)
    if chance.shape != (n,) or (chance < 0).any() or abs(chance.sum() - 1.0) > 1e-12:
        raise InputError(f"proposal probabilities must be {n} numbers of at least 0 that sum to 1")
    rng = np.random.default_rng(seed)
    for attempt in range(tries):
        value = game.payoff.copy() if attempt == 0 else game.payoff[rng.permutation(m)]
        found = _iterate(game, discount, chance, value)
        if found is not None:
            return found
    raise NotSolvedError(
        f"no pure-strategy equilibrium of the dynamic game was found in {tries} tries; change `discount`"
    )


def _iterate(game: Foresight, discount: float, chance: np.ndarray, value: np.ndarray) -> MarkovProcess | None:
    """Iterate best responses to the values they imply; an equilibrium is a fixed point, hence verified by itself."""
    m = len(value)
    previous: np.ndarray | None = None
    for _ in range(200):
        proposal = _proposals(game, value)
        transition = _transition(proposal, chance)
        if previous is not None and (proposal == previous).all():
            return MarkovProcess(proposal, transition, value, np.isclose(np.diag(transition), 1.0))
        # Worth of having arrived at a state: V = (1 - d) u + d P V.
        value = np.linalg.solve(np.eye(m) - discount * transition, (1 - discount) * game.payoff)
        previous = proposal
    return None


def _proposals(game: Foresight, value: np.ndarray) -> np.ndarray:
    """Best acceptable proposal of each player at each state; stays put unless it gains [state player]."""
    m, n = value.shape
    proposal = np.empty((m, n), dtype=int)
    for a in range(m):
        gain = value - value[a]  # [target player]
        willing = (gain > game.margin).astype(np.int64) << np.arange(n)
        accepts = willing.sum(axis=1)
        required = game.required[a]
        for i in range(n):
            allowed = (required >= 0) & ((required & ~accepts) == 0)
            allowed[a] = True
            worth = np.where(allowed, gain[:, i], -np.inf)
            best = int(np.argmax(worth))
            proposal[a, i] = best if worth[best] > game.margin else a
    return proposal


def _transition(proposal: np.ndarray, chance: np.ndarray) -> np.ndarray:
    m, n = proposal.shape
    transition = np.zeros((m, m))
    for i in range(n):
        np.add.at(transition, (np.arange(m), proposal[:, i]), chance[i])
    return transition
