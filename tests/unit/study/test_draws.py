"""Numbers of a draw depend on their address alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.study.draws import median, percentile_band, uniform

GOLDEN = 0.8379437331861304


@given(st.integers(0, 2**40), st.integers(0, 10**6), st.text(max_size=40))
def test_uniform_is_a_function_of_its_address(seed: int, draw: int, key: str) -> None:
    first = uniform(seed, draw)(key)
    assert 0.0 <= first < 1.0
    other = uniform(seed, draw)
    other("something else first")
    assert other(key) == first


def test_uniform_never_changes_between_versions() -> None:
    # A golden: results on disk state their seed, so these numbers are part of the contract.
    assert uniform(2009, 0)("elasticity:energy") == GOLDEN


def test_uniform_looks_uniform_and_unrelated() -> None:
    values = np.array([[uniform(1, draw)(key) for key in ("a", "b")] for draw in range(4000)])
    assert np.abs(values.mean(axis=0) - 0.5).max() < 0.02
    assert np.abs(values.var(axis=0) - 1 / 12).max() < 0.005
    assert abs(np.corrcoef(values.T)[0, 1]) < 0.05


def test_addresses_do_not_run_together() -> None:
    assert uniform(1, 11)("x") != uniform(11, 1)("x")
    assert uniform(1, 1)("1/x") != uniform(1, 11)("x")


def test_band_leaves_failed_draws_out() -> None:
    values = np.array([[1.0, np.nan, np.nan], [2.0, 5.0, np.nan], [3.0, 7.0, np.nan]])
    low, high = percentile_band(values)
    assert low[:2] == pytest.approx([1.1, 5.1])
    assert high[:2] == pytest.approx([2.9, 6.9])
    assert np.isnan(low[2])
    assert np.isnan(high[2])


def test_band_needs_two_draws() -> None:
    low, high = percentile_band(np.array([[1.0]]))
    assert np.isnan(low).all()
    assert np.isnan(high).all()
    low, _ = percentile_band(np.empty((0, 3)))
    assert low.shape == (3,)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.6, 1.0])
@pytest.mark.parametrize("draws", [2, 3, 40, 41, 200])
def test_bands_are_the_bits_that_one_column_at_a_time_gives(draws: int, share: float) -> None:
    rng = np.random.default_rng(draws)
    values = rng.standard_normal((draws, 3, 5)) * 10.0 ** rng.integers(-6, 6, (draws, 3, 5))
    values[rng.random(values.shape) < share] = np.nan
    low, high = percentile_band(values)
    middle = median(values)
    for at in np.ndindex(3, 5):
        column = values[(slice(None), *at)]
        found = np.array([low[at], high[at], middle[at]])
        column = column[np.isfinite(column)]
        if len(column) < 2:
            assert np.isnan(found).all()
            continue
        expected = np.array([*np.percentile(column, [5.0, 95.0]), np.median(column)])
        assert found.tobytes() == expected.tobytes()
