"""Stability of clubs against brute force and Barrett's game."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.coalition import (
    MembershipGame,
    StrategicGame,
    coalition_proof,
    nash_equilibria,
    stable_memberships,
)
from multipolar.errors import InputError


def barrett(n: int) -> MembershipGame:
    """Barrett (1994): linear benefit of total abatement, quadratic own cost; members maximise their joint payoff."""
    payoff = np.empty((1 << n, n))
    for state in range(1 << n):
        k = max(state.bit_count(), 1)
        inside = np.array([state >> i & 1 for i in range(n)], dtype=bool)
        effort = np.where(inside, k, 1.0)
        payoff[state] = effort.sum() - effort**2 / 2
    return MembershipGame(tuple(map(str, range(n))), payoff)


@pytest.mark.parametrize("n", range(3, 13))
def test_largest_stable_club_of_barretts_game_has_three_members(n: int) -> None:
    internal, external = stable_memberships(barrett(n))
    sizes = np.bitwise_count(np.flatnonzero(internal & external))
    assert sizes.max() == 3
    # Every club of three is as good as any other: the players are alike.
    assert (internal & external)[[s for s in range(1 << n) if s.bit_count() == 3]].all()


def random_membership(seed: int, n: int) -> MembershipGame:
    return MembershipGame(tuple("ABCDE"[:n]), np.random.default_rng(seed).integers(0, 6, (1 << n, n)).astype(float))


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_open_stability_is_nash(seed: int, n: int) -> None:
    game = random_membership(seed, n)
    internal, external = stable_memberships(game)
    shaped = np.empty((2,) * n + (n,))
    for bits in itertools.product((0, 1), repeat=n):
        shaped[bits] = game.payoff[sum(b << i for i, b in enumerate(bits))]
    nash = {sum(b << i for i, b in enumerate(bits)) for bits in nash_equilibria(StrategicGame(game.players, shaped))}
    assert nash == set(np.flatnonzero(internal & external).tolist())


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_unanimity_stabilises_more(seed: int, n: int) -> None:
    game = random_membership(seed, n)
    internal, open_door = stable_memberships(game)
    same, closed_door = stable_memberships(game, admission="unanimous")
    assert (internal == same).all() and (open_door <= closed_door).all()


def proof_by_definition(game: MembershipGame, group: tuple[int, ...], state: int) -> bool:
    """Coalition-proofness by the recursive definition, slow and literal."""
    if len(group) == 1:
        i = group[0]
        return game.payoff[state, i] >= game.payoff[state ^ (1 << i), i]
    if not enforceable(game, group, state):
        return False
    mask = sum(1 << i for i in group)
    others = state & ~mask
    for bits in itertools.product((0, 1), repeat=len(group)):
        other = others | sum(1 << i for i, b in zip(group, bits, strict=True) if b)
        if enforceable(game, group, other) and all(game.payoff[other, i] > game.payoff[state, i] for i in group):
            return False
    return True


def enforceable(game: MembershipGame, group: tuple[int, ...], state: int) -> bool:
    parts = (part for size in range(1, len(group)) for part in itertools.combinations(group, size))
    return all(proof_by_definition(game, part, state) for part in parts)


@given(st.integers(0, 10_000), st.integers(1, 3))
def test_coalition_proof_by_definition(seed: int, n: int) -> None:
    game = random_membership(seed, n)
    expected = [proof_by_definition(game, tuple(range(n)), state) for state in range(1 << n)]
    assert coalition_proof(game).tolist() == expected


def test_a_club_worth_joining_together_only() -> None:
    # Alone nobody gains, together both do: Nash keeps both states, coalition-proofness the union alone.
    game = MembershipGame(("A", "B"), np.array([[0, 0], [-1, 0], [0, -1], [2, 2]], dtype=float))
    internal, external = stable_memberships(game)
    assert np.flatnonzero(internal & external).tolist() == [0, 3]
    assert np.flatnonzero(coalition_proof(game)).tolist() == [3]


def test_members_are_named() -> None:
    game = barrett(3)
    assert game.members(game.state_of(["0", "2"])) == ("0", "2")
    with pytest.raises(InputError, match="'Z' is not a player"):
        game.state_of(["Z"])


def test_bad_games_are_refused() -> None:
    with pytest.raises(InputError, match="need shape"):
        MembershipGame(("A", "B"), np.zeros((3, 2)))
    with pytest.raises(InputError, match="not a number"):
        MembershipGame(("A",), np.array([[0.0], [np.inf]]))
    with pytest.raises(InputError, match="exact up to 10"):
        coalition_proof(barrett(11))
    with pytest.raises(InputError, match="too many to list"):
        StrategicGame(tuple("ABCDE"), np.zeros((20,) * 5 + (5,)))
    with pytest.raises(InputError, match="axes of actions"):
        StrategicGame(("A", "B"), np.zeros((2, 2)))
