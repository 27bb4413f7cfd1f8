"""The stability map, against payoffs worked out by hand and against tables made with each cell's terms."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.coalition import EXITS, Bloc, PayoffTable, State, Terms, payoff_table, stability_map
from multipolar.coalition.bargaining import slack
from multipolar.errors import InputError, UnknownNameError

BLOC = Bloc(("H", "A", "T"), "H", offers={"A": ("eu",)})
GRID = np.linspace(0.0, 1.0, 3)


@pytest.fixture
def terms() -> Terms:
    """A draws rent of 10, half of which hangs on membership; nothing else but trade counts."""
    zero = np.zeros(3)
    return Terms(
        rent=np.array([0.0, 10.0, 0.0]),
        transit=zero,
        share_lost=np.full(3, 0.5),
        credibility=0.8,
        security={state.mask: zero for state in BLOC.states()},
        link=0.0,
        burden=zero,
        coercion_inside=0.1,
        coercion_outside=0.3,
        loss=zero,
        own_loss=zero,
        distance=zero,
        transfer=zero,
        spread=np.ones(3),
    )


def _table(terms: Terms) -> PayoffTable:
    states = BLOC.states()
    trade = np.zeros((1, len(states), 3))
    trade[0, states.index(State(0b111))] = [9.0, 2.0, 1.0]
    trade[0, states.index(State(0b101))] = [1.0, 1.0, 0.5]
    trade[0, states.index(State(0b101, 1, "eu"))] = [0.5, 5.0, 0.5]
    may = np.zeros((1, 3, len(EXITS)), dtype=bool)
    may[..., 0] = True
    return payoff_table(BLOC, trade, np.full((1, 3), 100.0), [terms], may)


def test_slack_is_that_worked_out_by_hand(terms: Terms) -> None:
    found = stability_map(_table(terms), terms, ("credibility", GRID), ("offer", [0.0, 1.0, 2.0]))
    # A inside: 2 from trade and 10 x 0.5 x credibility; outside 1, or 1 + offer x (5 - 1).
    expected = 2.0 + 5.0 * GRID[None, :] - (1.0 + 4.0 * np.array([0.0, 1.0, 2.0])[:, None])
    np.testing.assert_allclose(found.slack[:, :, 1], expected)
    np.testing.assert_array_equal(found.stays[:, :, 1], expected >= 0)


def test_a_cell_is_the_table_made_with_its_terms(terms: Terms) -> None:
    found = stability_map(_table(terms), terms, ("credibility", [0.25]), ("rent", [1.5]))
    made = _table(replace(terms, credibility=0.25, rent=1.5 * terms.rent))
    union, _ = made.union(made.total())
    np.testing.assert_allclose(found.slack[0, 0], slack(union)[0])


def test_a_component_that_does_not_count_moves_nothing(terms: Terms) -> None:
    found = stability_map(_table(terms), terms, ("credibility", GRID), ("rent", GRID), ["trade"])
    assert np.ptp(found.slack, axis=(0, 1)).max() == 0.0


def test_an_offer_off_the_axes_is_open_where_the_table_says(terms: Terms) -> None:
    table = _table(terms)
    closed = stability_map(table, terms, ("credibility", GRID), ("rent", [1.0])).slack
    table.available[:, 1, EXITS.index("eu")] = True
    opened = stability_map(table, terms, ("credibility", GRID), ("rent", [1.0])).slack
    np.testing.assert_allclose(closed[..., 1] - opened[..., 1], 4.0)


@pytest.mark.parametrize(
    ("across", "up", "error", "says"),
    [
        (("trust", [0.5]), ("offer", [1.0]), UnknownNameError, "trust"),
        (("offer", [0.5]), ("offer", [1.0]), InputError, "choose two different"),
        (("credibility", [1.2]), ("offer", [1.0]), InputError, "between 0 and 1"),
        (("credibility", []), ("offer", [1.0]), InputError, "at least one"),
        (("credibility", [0.5]), ("rent", [-1.0]), InputError, "0 or more"),
    ],
)
def test_axes_that_cannot_be_used_are_refused(terms: Terms, across, up, error, says: str) -> None:
    with pytest.raises(error, match=says):
        stability_map(_table(terms), terms, across, up)
