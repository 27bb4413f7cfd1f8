"""Games of membership: who stays, who leaves, and which clubs nobody wants to break.

A state is a bit mask of the players who take part; `payoff[state, player]` covers insiders and outsiders alike, since
what an outsider gets depends on who united.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Literal

import numpy as np

from multipolar.errors import InputError
from multipolar.types import Array, Bool, Float64

__all__ = ["Admission", "MembershipGame", "StrategicGame", "coalition_proof", "nash_equilibria", "stable_memberships"]

Admission = Literal["open", "unanimous"]
"""Who may join: everybody (``open``), or only whom every member would welcome (``unanimous``)."""

MAX_COALITION_PROOF = 10
"""Players up to which coalition-proofness is exact: 4^n pairs of deviating group and state are checked."""

MAX_PROFILES = 1_000_000
"""Action profiles up to which Nash equilibria are listed exhaustively."""


@dataclass(frozen=True)
class MembershipGame:
    """Payoffs of every player at every set of members.

    Parameters
    ----------
    players
        Names, in the order of the bits.
    payoff
        USD billion a year, change from the status quo [2^n n].
    margin
        Gain below which nobody moves (same unit): rounding of the solver must not decide a verdict.
    """

    players: tuple[str, ...]
    payoff: Float64[Array, "state player"]
    margin: float = 1e-9

    def __post_init__(self) -> None:
        n = len(self.players)
        payoff = np.asarray(self.payoff, dtype=float)
        if payoff.shape != (1 << n, n):
            raise InputError(f"payoffs of {n} players need shape {(1 << n, n)}, not {payoff.shape}")
        if not np.isfinite(payoff).all():
            state = int(np.argwhere(~np.isfinite(payoff))[0, 0])
            raise InputError(f"the payoff at members {list(self.members(state))} is not a number; solve it first")
        object.__setattr__(self, "payoff", payoff)

    def members(self, state: int) -> tuple[str, ...]:
        """Return the members at a state."""
        return tuple(p for i, p in enumerate(self.players) if state >> i & 1)

    def state_of(self, members: Sequence[str]) -> int:
        """Return the state in which exactly these players are members.

        Raises
        ------
        InputError
            If a name is not a player.
        """
        unknown = [m for m in members if m not in self.players]
        if unknown:
            raise InputError(f"'{unknown[0]}' is not a player; the players are {', '.join(self.players)}")
        return sum(1 << self.players.index(m) for m in set(members))


def stable_memberships(
    game: MembershipGame, *, admission: Admission = "open"
) -> tuple[Bool[Array, " state"], Bool[Array, " state"]]:
    """Return which sets of members are internally and externally stable (d'Aspremont et al. 1983).

    Parameters
    ----------
    game
        Payoffs.
    admission
        Who may join; matters for external stability alone.

    Returns
    -------
    internal, external
        ``internal``: no member gains by leaving alone. ``external``: no outsider gains by joining alone and may.
    """
    n = len(game.players)
    states = np.arange(1 << n)
    internal, external = np.ones(1 << n, dtype=bool), np.ones(1 << n, dtype=bool)
    for i in range(n):
        member = (states >> i & 1).astype(bool)
        gain = game.payoff[states ^ (1 << i), i] - game.payoff[states, i]
        wants = gain > game.margin
        internal &= ~(member & wants)
        external &= ~(~member & wants & _welcome(game, states, i, admission))
    return internal, external


def _welcome(game: MembershipGame, states: np.ndarray, i: int, admission: Admission) -> np.ndarray:
    """Whether the members at each state would let `i` in."""
    if admission == "open":
        return np.ones(len(states), dtype=bool)
    loses = game.payoff[states | 1 << i] < game.payoff[states] - game.margin
    member = (states[:, None] >> np.arange(len(game.players)) & 1).astype(bool)
    return np.logical_not((loses & member).any(axis=1))


@dataclass(frozen=True)
class StrategicGame:
    """A finite game in normal form.

    Parameters
    ----------
    players
        Names.
    payoff
        Payoff of each player at each profile; one axis per player, then the player [a_1 ... a_n n].
    margin
        Gain below which nobody deviates.
    """

    players: tuple[str, ...]
    payoff: Array
    margin: float = 1e-9

    def __post_init__(self) -> None:
        n = len(self.players)
        payoff = np.asarray(self.payoff, dtype=float)
        if payoff.ndim != n + 1 or payoff.shape[-1] != n:
            raise InputError(f"payoffs of {n} players need {n} axes of actions and one of players, not {payoff.shape}")
        if payoff[..., 0].size > MAX_PROFILES:
            raise InputError(
                f"{payoff[..., 0].size} profiles are too many to list (limit {MAX_PROFILES:,}); screen actions first"
            )
        if not np.isfinite(payoff).all():
            raise InputError("a payoff of the game is not a number")
        object.__setattr__(self, "payoff", payoff)


def nash_equilibria(game: StrategicGame) -> list[tuple[int, ...]]:
    """Return every pure Nash equilibrium: profiles of actions from which no single player gains by deviating."""
    stable = np.ones(game.payoff.shape[:-1], dtype=bool)
    for i in range(len(game.players)):
        own = game.payoff[..., i]
        stable &= own >= own.max(axis=i, keepdims=True) - game.margin
    return [tuple(int(a) for a in profile) for profile in np.argwhere(stable)]


def coalition_proof(game: MembershipGame) -> Bool[Array, " state"]:
    """Return the coalition-proof Nash equilibria of open membership (Bernheim, Peleg & Whinston 1987).

    No group can move together to the benefit of all its members by a move that no part of the group would in turn
    undo. Exact and exhaustive.

    Raises
    ------
    InputError
        With more than 10 players: the number of deviations grows with 4^n.
    """
    n = len(game.players)
    if n > MAX_COALITION_PROOF:
        raise InputError(
            f"coalition-proofness is exact up to {MAX_COALITION_PROOF} players, not {n}; use fewer players"
        )
    full = (1 << n) - 1
    # proof[group, state]: the state is coalition-proof for the group, the others' choices taken as given.
    proof = np.zeros((1 << n, 1 << n), dtype=bool)
    proof[0] = True
    states = np.arange(1 << n)
    for group in sorted(range(1, 1 << n), key=int.bit_count):
        # Proof against the largest proper parts implies proof against every smaller one, by induction.
        enforceable = np.ones(1 << n, dtype=bool)
        for i in _bits(group):
            enforceable &= proof[group ^ (1 << i)]
        inside = list(_bits(group))
        choices = np.array(
            [sum(1 << i for i, c in zip(inside, bits, strict=True) if c) for bits in _choices(len(inside))]
        )
        for rest in states[states & group == 0] if group != full else [0]:
            candidates = (rest | choices)[enforceable[rest | choices]]
            worth = game.payoff[candidates][:, inside]
            better = np.any(np.all(worth[None, :, :] > worth[:, None, :] + game.margin, axis=2), axis=1)
            proof[group, candidates[~better]] = True
    return proof[full]


def _bits(mask: int) -> Iterator[int]:
    return (i for i in range(mask.bit_length()) if mask >> i & 1)


def _choices(n: int) -> Iterator[tuple[int, ...]]:
    return product((0, 1), repeat=n)
