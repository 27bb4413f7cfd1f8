"""Shapley value, core and nucleolus against axioms and textbook games."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.coalition import (
    CooperativeGame,
    cooperative,
    core_excess,
    game_from_blocs,
    least_core,
    nucleolus,
    shapley_value,
)
from multipolar.errors import InputError


def random_game(seed: int, n: int) -> CooperativeGame:
    rng = np.random.default_rng(seed)
    worth = rng.normal(size=1 << n) * 10
    worth[0] = 0.0
    return CooperativeGame(tuple("ABCDEFGHIJKL"[:n]), worth)


def superadditive_game(seed: int, n: int) -> CooperativeGame:
    """Worth made convex: the core is not empty (Shapley 1971)."""
    rng = np.random.default_rng(seed)
    base = rng.uniform(0, 1, n)
    masks = np.arange(1 << n)
    total = ((masks[:, None] >> np.arange(n) & 1) * base).sum(axis=1)
    return CooperativeGame(tuple("ABCDEFGHIJKL"[:n]), total**2 + total)


def bankruptcy(estate: float, claims: tuple[float, ...]) -> CooperativeGame:
    n = len(claims)
    worth = [max(0.0, estate - sum(c for i, c in enumerate(claims) if not mask >> i & 1)) for mask in range(1 << n)]
    return CooperativeGame(tuple("ABC"[:n]), np.array(worth))


seeds = st.integers(0, 10_000)


@given(seeds, st.integers(1, 6))
def test_shapley_shares_out_the_grand_coalition(seed: int, n: int) -> None:
    game = random_game(seed, n)
    assert shapley_value(game).sum() == pytest.approx(game.worth[-1], abs=1e-9)


@given(seeds, st.integers(2, 5))
def test_shapley_is_the_mean_over_orders_of_arrival(seed: int, n: int) -> None:
    game = random_game(seed, n)
    expected = np.zeros(n)
    orders = list(itertools.permutations(range(n)))
    for order in orders:
        mask = 0
        for i in order:
            expected[i] += game.worth[mask | 1 << i] - game.worth[mask]
            mask |= 1 << i
    assert np.allclose(shapley_value(game), expected / len(orders))


def test_a_dummy_gets_what_it_brings_and_twins_get_the_same() -> None:
    # C adds exactly 3 to everybody; A and B are interchangeable.
    plain = np.array([0, 1, 1, 5])
    game = CooperativeGame(("A", "B", "C"), np.concatenate([plain, plain + 3]).astype(float))
    value = shapley_value(game)
    assert value["C"] == pytest.approx(3)
    assert value["A"] == pytest.approx(value["B"]) == pytest.approx(2.5)


def test_glove_game() -> None:
    # Two left gloves, one right glove: the scarce side takes all in the core, 2/3 by Shapley.
    worth = np.array([0, 0, 0, 0, 0, 1, 1, 1], dtype=float)
    game = CooperativeGame(("L1", "L2", "R"), worth)
    assert np.allclose(shapley_value(game), [1 / 6, 1 / 6, 2 / 3])
    core = least_core(game)
    assert not core.core_is_empty
    assert np.allclose(core.lowest, [0, 0, 1], atol=1e-8) and np.allclose(core.highest, [0, 0, 1], atol=1e-8)
    assert np.allclose(nucleolus(game), [0, 0, 1], atol=1e-8)


def test_majority_game_has_no_core() -> None:
    worth = np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=float)
    core = least_core(CooperativeGame(("A", "B", "C"), worth))
    assert core.core_is_empty
    assert core.excess == pytest.approx(1 / 3)
    assert np.allclose(nucleolus(CooperativeGame(("A", "B", "C"), worth)), 1 / 3)


@pytest.mark.parametrize(
    ("estate", "shares"),
    [(100, (100 / 3, 100 / 3, 100 / 3)), (200, (50, 75, 75)), (300, (50, 100, 150))],
)
def test_nucleolus_of_the_talmud(estate: float, shares: tuple[float, ...]) -> None:
    """Aumann & Maschler 1985: the Talmud's division of an estate among claims of 100, 200 and 300."""
    assert np.allclose(nucleolus(bankruptcy(estate, (100, 200, 300))), shares)


@given(seeds, st.integers(2, 5))
def test_nucleolus_lies_in_a_core_that_is_not_empty(seed: int, n: int) -> None:
    game = superadditive_game(seed, n)
    division = nucleolus(game).to_numpy()
    masks = np.arange(1, 1 << n)
    got = (masks[:, None] >> np.arange(n) & 1) @ division
    assert (got >= game.worth[1:] - 1e-8).all()
    core = least_core(game)
    assert not core.core_is_empty
    assert (division >= core.lowest.to_numpy() - 1e-7).all()
    assert (division <= core.highest.to_numpy() + 1e-7).all()


@given(seeds, st.integers(2, 4))
def test_no_division_has_lexicographically_smaller_excesses(seed: int, n: int) -> None:
    game = random_game(seed, n)
    masks = np.arange(1, (1 << n) - 1)
    rows = (masks[:, None] >> np.arange(n) & 1).astype(float)

    def excesses(x: np.ndarray) -> np.ndarray:
        return np.sort(game.worth[masks] - rows @ x)[::-1]

    best = nucleolus(game, individually_rational=False).to_numpy()
    assert best.sum() == pytest.approx(game.worth[-1], abs=1e-7)
    ours = excesses(best)
    rng = np.random.default_rng(seed)
    for scale in (5.0, 0.5, 0.01):
        for _ in range(30):
            step = rng.normal(size=n) * scale
            other = excesses(best + step - step.mean())
            differ = np.abs(other - ours) > 1e-6
            if differ.any():
                first = int(np.argmax(differ))
                assert ours[first] < other[first]


@given(seeds)
def test_solutions_move_with_units_and_endowments(seed: int) -> None:
    game = random_game(seed, 4)
    gift = np.random.default_rng(seed + 1).normal(size=4)
    masks = np.arange(16)
    moved = CooperativeGame(game.players, 2.0 * game.worth + (masks[:, None] >> np.arange(4) & 1) @ gift)
    prenucleolus = nucleolus(game, individually_rational=False)
    assert np.allclose(nucleolus(moved, individually_rational=False), 2 * prenucleolus + gift, atol=1e-6)
    assert np.allclose(shapley_value(moved), 2 * shapley_value(game) + gift)


def test_twelve_players_are_solved() -> None:
    game = superadditive_game(3, 12)
    assert nucleolus(game).sum() == pytest.approx(game.worth[-1])


def test_worth_of_blocs_adds_members_only() -> None:
    payoff = np.array([[0.0, 0.0], [1.0, -5.0], [-5.0, 2.0], [4.0, 3.0]])
    game = game_from_blocs(("A", "B"), payoff, belief="gamma")
    assert np.allclose(game.worth, [0, 1, 2, 7])
    united = payoff - 1
    united[0] = 0
    assert np.allclose(game_from_blocs(("A", "B"), payoff, belief="delta", united=united).worth, [0, 0, 1, 5])


def test_bad_games_are_refused() -> None:
    with pytest.raises(InputError, match="needs the worth of 4"):
        CooperativeGame(("A", "B"), np.zeros(3))
    with pytest.raises(InputError, match="not a number"):
        CooperativeGame(("A", "B"), np.array([0, 1, np.nan, 2]))
    with pytest.raises(InputError, match="empty coalition"):
        CooperativeGame(("A",), np.array([1.0, 2.0]))
    with pytest.raises(InputError, match="same player twice"):
        CooperativeGame(("A", "A"), np.zeros(4))
    with pytest.raises(InputError, match="1 to 16"):
        CooperativeGame(tuple(map(str, range(17))), np.zeros(1 << 17))
    with pytest.raises(InputError, match="less than alone"):
        nucleolus(CooperativeGame(("A", "B"), np.array([0.0, 2, 2, 1])))
    with pytest.raises(InputError, match="delta"):
        game_from_blocs(("A",), np.zeros((2, 1)), belief="delta")


def test_the_excess_of_three_players_is_that_of_the_linear_program() -> None:
    rng = np.random.default_rng(7)
    for _ in range(60):
        worth = np.append(0.0, rng.normal(size=7) * rng.choice([0.1, 1.0, 100.0]))
        game = CooperativeGame(("a", "b", "c"), worth)
        assert core_excess(game) == pytest.approx(least_core(game).excess, abs=1e-7)


@given(seeds, st.integers(2, 3), st.booleans())
def test_vertices_give_what_linear_programs_give(seed: int, n: int, superadditive: bool) -> None:
    # Whole worths, so that ties between coalitions are common.
    game = superadditive_game(seed, n) if superadditive else random_game(seed, n)
    whole = CooperativeGame(game.players, np.round(game.worth))
    by_vertices = nucleolus(whole, individually_rational=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cooperative, "FEW_PLAYERS", 0)
        by_programs = nucleolus(whole, individually_rational=False)
    assert np.allclose(by_vertices, by_programs, atol=1e-7)
    alone = whole.worth[1 << np.arange(n)]
    if alone.sum() <= whole.worth[-1]:
        rational = nucleolus(whole).to_numpy()
        assert (rational >= alone - 1e-7).all()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cooperative, "FEW_PLAYERS", 0)
            assert np.allclose(rational, nucleolus(whole), atol=1e-7)
