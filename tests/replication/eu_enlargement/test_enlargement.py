"""EU enlargement, 44 economies: the results that the authors of ge_gravity ship with their data.

Tolerance: the shipped columns are single precision (6e-8 relative), the command stops at 1e-8.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multipolar.replicate import replicate
from multipolar.replicate.eu_enlargement import COLUMNS, PAPER, YEAR, Shipped, shipped, solution
from multipolar.replicate.files import square

TOLERANCE = 1e-6


@pytest.fixture(scope="module")
def data(shared_data: Path) -> Shipped:
    return shipped(shared_data / PAPER.folder)


@pytest.mark.parametrize("variant", list(COLUMNS))
def test_welfare_of_every_economy(data: Shipped, shared_data: Path, variant: str) -> None:
    rows = [row for row in replicate(PAPER.id, shared_data).rows if row.variant == variant]
    welfare = [row for row in rows if row.measure == "welfare_pct"]
    assert [row.economy for row in welfare] == list(data.economies)
    assert len(welfare) == 44
    for row in welfare:
        assert row.difference is not None
        assert abs(row.difference) < 100 * TOLERANCE, row


@pytest.mark.parametrize("variant", list(COLUMNS))
def test_every_flow(data: Shipped, variant: str) -> None:
    """All 1,936 flows; with multiplicative deficits the command states them before the common factor."""
    eq, factor = solution(data, variant)
    theirs = data.matrix(COLUMNS[variant][1])
    np.testing.assert_allclose(eq.trade_flow[:, :, 0] / factor, theirs, rtol=TOLERANCE)


def test_factor_is_what_separates_the_shipped_flows_from_equilibrium(data: Shipped) -> None:
    """The shipped flows of the multiplicative option miss world output by the factor of `solve_proportional`."""
    _, factor = solution(data, "multiplicative-deficits")
    assert factor - 1 > 1e-6
    world_output = data.matrix("trade").sum()
    assert data.matrix("X_mult").sum() * factor == pytest.approx(world_output, rel=1e-7)
    assert data.matrix("X_eu").sum() == pytest.approx(world_output, rel=1e-7)


def test_pairs_of_the_experiment_are_those_that_joined(data: Shipped, shared_data: Path) -> None:
    """The effect falls on the pairs for which the EU dummy turned on between the first and the last year."""
    table = pd.read_csv(shared_data / PAPER.folder / PAPER.files[0])
    first, last = (
        square(PAPER, table[table["year"] == year], data.economies, "eu_enlargement")
        for year in (YEAR, table["year"].max())
    )
    effect = data.matrix("eu_effect")
    np.testing.assert_array_equal(effect > 0, last - first == 1)
    assert len(np.unique(effect)) == 2
    # The vignette "about" of the R package prints the estimate as 0.224.
    assert round(float(effect.max()), 3) == 0.224
    assert not np.diag(effect).any()
