"""Bargaining by hand: two members and a hub with round numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.coalition.bargaining import (
    Union,
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
from multipolar.errors import InputError


def union(sunk: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Union:
    """Hub H gains 5, A gains 2, B loses 1 inside; exits are worth 0, 1, 0; without anyone there is no union."""
    return Union(
        members=("H", "A", "B"),
        inside=np.array([[5.0, 2.0, -1.0]]),
        exits=np.array([[0.0, 1.0, 0.0]]),
        without=np.zeros((1, 3, 3)),
        delay=np.zeros((1, 3)),
        sunk=np.array([sunk]),
        hub="H",
    )


def test_slack_transfer_and_pivot() -> None:
    u = union()
    assert slack(u).tolist() == [[5, 1, -1]]
    assert minimum_transfer(u).tolist() == [1] and self_financing(u).tolist() == [True]
    assert pivot(u).tolist() == [[1, 4, 7]]


def test_demand_is_exit_or_share_of_surplus_up_to_what_the_others_lose() -> None:
    u = union()
    # Surplus over delay is 6, a third is 2: H asks 2 - 5 < 0, A asks 2 - 2 = 0, B asks 2 + 1 = 3.
    assert demand(u).tolist() == [[0, 0, 3]]
    # With all of the surplus each asks for it, capped by what the others lose: B 7, A 4, H 1.
    assert demand(u, share=1.0).tolist() == [[1, 4, 7]]
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        demand(u, share=1.5)


def test_nothing_is_held_up_without_commitment() -> None:
    assert (hold_up(union()).rent == 0).all()


def test_others_commitment_raises_what_a_member_can_ask() -> None:
    found = hold_up(union(sunk=(6.0, 0.0, 0.0)))
    # H falls back on -6: the surplus is 12, B's third of it 4, less -1 inside: 5 instead of 3.
    assert found.after[0, 2] == pytest.approx(5)
    assert found.rent[0, 2] == pytest.approx(2)
    # H's own cost does not help H.
    assert found.rent[0, 0] == pytest.approx(0)


def test_sunk_cost_is_lost_only_where_the_union_ends() -> None:
    sunk = union(sunk=(0.0, 1.0, 0.0))
    ended = pivot(sunk.committed()) - pivot(sunk)
    assert ended.tolist() == [[1, 0, 1]]  # A loses 1 more if H or B takes the union down with it
    on = replace(sunk, ends=(True, False, False))
    found = on.committed()
    assert (pivot(found) - pivot(on)).tolist() == [[1, 0, 0]]  # without B the others go on
    assert (slack(found) - slack(on)).tolist() == [[0, 1, 0]] and found.delay.tolist() == [[0, -1, 0]]
    with pytest.raises(InputError, match="needs 3 entries"):
        replace(sunk, ends=(True,))


def test_weak_link_by_three_meanings() -> None:
    found = weak_link(union(sunk=(6.0, 0.0, 0.0)), spread=1.0)
    assert "H" not in found.probability.index
    assert found.names() == {"least_attached": "B", "likeliest_to_reopen": "B", "dearest_to_lose": "B"}
    p = 1 / (1 + np.exp(-1.0))
    assert found.score.to_numpy()[1].tolist() == pytest.approx([-1, p, p * 13 + (1 - p) * 2])
    one = np.zeros((1, 1))
    with pytest.raises(InputError, match="hub alone"):
        weak_link(Union(("H",), one, one, np.zeros((1, 1, 1)), one, one, "H"), spread=1.0)


def test_meanings_can_name_different_members() -> None:
    # A is the least attached, but nobody misses it; B is a little better attached and dear to lose.
    u = replace(
        union(),
        inside=np.array([[5.0, -1.0, -0.9]]),
        exits=np.zeros((1, 3)),
        without=np.array([[[0, 0, 0], [5.0, 0, -0.9], [0, -1.0, 0]]]),
    )
    found = weak_link(u, spread=1.0)
    assert found.names() == {"least_attached": "A", "likeliest_to_reopen": "A", "dearest_to_lose": "B"}


def test_ties_are_split() -> None:
    u = replace(union(), inside=np.array([[5.0, 1.0, 1.0]]), exits=np.zeros((1, 3)))
    assert weak_link(u, spread=1.0).probability["least_attached"].tolist() == [0.5, 0.5]


@given(st.integers(0, 5000))
def test_probabilities_sum_to_one_and_rents_are_not_negative(seed: int) -> None:
    rng = np.random.default_rng(seed)
    u = Union(
        ("H", "A", "B", "C"),
        rng.normal(size=(20, 4)),
        rng.normal(size=(20, 4)),
        rng.normal(size=(20, 4, 4)),
        rng.normal(size=(20, 4)),
        rng.uniform(0, 2, size=(20, 4)),
        "H",
    )
    found = weak_link(u, spread=0.5)
    assert np.allclose(found.probability.sum(), 1.0)
    assert (hold_up(u).rent >= -1e-12).all()
    assert (minimum_transfer(u) >= 0).all()


def test_exit_probability() -> None:
    assert exit_probability(np.array([[0.0]]), 1.0)[0, 0] == 0.5
    assert exit_probability(np.array([[1e6]]), 1.0)[0, 0] == 0.0
    with pytest.raises(InputError, match="above 0"):
        exit_probability(np.zeros((1, 1)), 0.0)


def test_break_even_and_patience() -> None:
    assert break_even(lambda q: q - 0.3) == pytest.approx(0.3)
    assert break_even(lambda q: q + 1) is None
    assert break_even(lambda q: q) == 0.0 and break_even(lambda q: q - 1) == 1.0
    patience = critical_discount_factor(np.array([3.0, 1.0, 3.0]), np.full(3, 2.0), np.array([0.0, 0.0, 3.0]))
    assert patience.tolist() == [pytest.approx(1 / 3), 0.0, 1.0]


def test_bad_unions_are_refused() -> None:
    with pytest.raises(InputError, match="needs shape"):
        replace(union(), exits=np.zeros((1, 2)))
    with pytest.raises(InputError, match="member 'A' is not a number"):
        replace(union(), inside=np.array([[1.0, np.nan, 1.0]]))
    with pytest.raises(InputError, match="negative"):
        replace(union(), sunk=np.array([[-1.0, 0, 0]]))
    with pytest.raises(InputError, match="not a member"):
        replace(union(), hub="Z")
