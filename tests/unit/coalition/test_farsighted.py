"""Foresight against brute force on small games."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.coalition import (
    Foresight,
    indirect_dominance,
    largest_consistent_set,
    markov_process,
    membership_moves,
)
from multipolar.errors import InputError, NotSolvedError


def random_game(seed: int, n: int) -> Foresight:
    rng = np.random.default_rng(seed)
    consent = ("unanimous", "hub", "open")[seed % 3]
    return Foresight(rng.integers(0, 5, (1 << n, n)).astype(float), membership_moves(n, consent=consent, hub=0))


def players(mask: int) -> list[int]:
    return [i for i in range(mask.bit_length()) if mask >> i & 1]


def chain_exists(game: Foresight, start: int, end: int) -> bool:
    """Indirect dominance by walking every simple path."""
    m = len(game.payoff)

    def step(here: int, seen: frozenset[int]) -> bool:
        for there in range(m):
            if there in seen or game.required[here, there] < 0:
                continue
            asked = players(int(game.required[here, there]))
            willing = all(game.payoff[end, i] > game.payoff[here, i] for i in asked)
            if willing and (there == end or step(there, seen | {there})):
                return True
        return False

    return start != end and step(start, frozenset({start}))


@given(st.integers(0, 10_000), st.integers(1, 2))
def test_indirect_dominance_by_every_path(seed: int, n: int) -> None:
    game = random_game(seed, n)
    m = 1 << n
    expected = [[chain_exists(game, a, b) for b in range(m)] for a in range(m)]
    assert indirect_dominance(game).tolist() == expected


def consistent(game: Foresight, chosen: frozenset[int], dominated: np.ndarray) -> bool:
    """Chwe's definition, for every coalition that can bring a move about and not only the smallest."""
    m, n = game.payoff.shape
    for a in range(m):
        deterred_always = True
        for d, group in itertools.product(range(m), range(1, 1 << n)):
            required = int(game.required[a, d])
            if d == a or required < 0 or required & ~group:
                continue
            ends = [e for e in chosen if e == d or dominated[d, e]]
            if not any(any(game.payoff[e, i] <= game.payoff[a, i] for i in players(group)) for e in ends):
                deterred_always = False
        if deterred_always != (a in chosen):
            return False
    return True


@given(st.integers(0, 10_000), st.integers(1, 2))
def test_largest_consistent_set_by_every_subset(seed: int, n: int) -> None:
    game = random_game(seed, n)
    m = 1 << n
    dominated = indirect_dominance(game)
    union: set[int] = set()
    for size in range(m + 1):
        for subset in itertools.combinations(range(m), size):
            if consistent(game, frozenset(subset), dominated):
                union |= set(subset)
    assert set(np.flatnonzero(largest_consistent_set(game)).tolist()) == union


@given(st.integers(0, 10_000), st.integers(1, 4))
def test_largest_consistent_set_is_never_empty(seed: int, n: int) -> None:
    assert largest_consistent_set(random_game(seed, n)).any()


def test_consent_rules() -> None:
    unanimous, hub, free = (membership_moves(3, consent=c, hub=0) for c in ("unanimous", "hub", "open"))
    alone, pair, all_three = 0b001, 0b011, 0b111
    assert unanimous[pair, all_three] == 0b111
    assert hub[pair, all_three] == 0b101
    assert free[pair, all_three] == 0b100
    assert unanimous[all_three, alone] == 0b110  # leaving asks nobody
    with pytest.raises(InputError, match="unknown rule"):
        membership_moves(2, consent="majority")
    with pytest.raises(InputError, match="hub"):
        membership_moves(2, consent="hub")


def union_pays() -> Foresight:
    return Foresight(np.array([[0, 0], [-1, 0], [0, -1], [2, 2]], dtype=float), membership_moves(2))


def test_farsighted_players_form_the_union_that_pays() -> None:
    assert np.flatnonzero(largest_consistent_set(union_pays())).tolist() == [3]
    process = markov_process(union_pays(), discount=0.9)
    assert process.absorbing.tolist() == [False, False, False, True]
    assert np.allclose(process.reached_from(0), [0, 0, 0, 1])
    assert np.allclose(process.value[3], 2.0)


@given(st.integers(0, 2_000), st.integers(1, 3), st.sampled_from([0.0, 0.5, 0.9]))
def test_nobody_gains_by_another_proposal_in_equilibrium(seed: int, n: int, discount: float) -> None:
    game = random_game(seed, n)
    try:
        found = markov_process(game, discount=discount, tries=10)
    except NotSolvedError:
        return  # a pure equilibrium need not exist
    m = 1 << n
    assert np.allclose(found.transition.sum(axis=1), 1.0)
    expected = (1 - discount) * game.payoff + discount * found.transition @ found.value
    assert np.allclose(found.value, expected, atol=1e-9)
    for a, i, target in itertools.product(range(m), range(n), range(m)):
        required = players(int(game.required[a, target]))
        accepted = target == a or all(found.value[target, j] > found.value[a, j] + 1e-9 for j in required)
        if accepted:
            assert found.value[target, i] <= found.value[found.proposal[a, i], i] + 1e-9


def test_bad_input_is_refused() -> None:
    with pytest.raises(InputError, match="too many"):
        Foresight(np.zeros((512, 9)), membership_moves(9))
    with pytest.raises(InputError, match="need moves"):
        Foresight(np.zeros((4, 2)), np.zeros((3, 3)))
    with pytest.raises(InputError, match="not a number"):
        Foresight(np.full((4, 2), np.nan), membership_moves(2))
    with pytest.raises(InputError, match="discount"):
        markov_process(union_pays(), discount=1.0)
    with pytest.raises(InputError, match="sum to 1"):
        markov_process(union_pays(), proposer=np.array([0.5, 0.6]))
