"""NAFTA's tariff cuts, 31 regions x 40 sectors: the published welfare effects from the authors' own input files.

The published welfare effect is a first-order sum of terms and volume of trade; the exact change of real income at the
same equilibrium is another number (+0.007% for Mexico where the paper prints 1.31%), and both are checked: the first
against the paper, to its printed digits.
"""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from multipolar.atlas import economy
from multipolar.replicate import Replication, replicate
from multipolar.replicate.caliendo_parro_2015 import MEMBERS, PAPER, REGIONS, build, counterfactual
from multipolar.replicate.published import Printed, printed


@pytest.fixture(scope="module")
def nafta(shared_data: Path) -> Replication:
    return replicate(PAPER.id, shared_data)


def _value(replication: Replication, variant: str, economy: str, measure: str) -> float:
    found = [r for r in replication.rows if (r.variant, r.economy, r.measure) == (variant, economy, measure)]
    assert len(found) == 1
    return found[0].computed


def test_published_effects_to_their_printed_digits(nafta: Replication) -> None:
    """Abstract of the paper: three welfare effects and three growth rates of trade inside the bloc."""
    values = [value for value in printed() if value.paper == PAPER.id]
    assert len(values) == 6
    for value in values:
        computed = _value(nafta, value.variant, value.economy, value.measure)
        assert value.matches(computed), (value.economy, value.measure, computed)


def test_other_program_to_its_printed_digits(nafta: Replication) -> None:
    """The R package cp2015 states terms and volume of trade and real wages too, without deficits and with them."""
    with open(Path(__file__).parent / "cp2015_r.csv", newline="") as handle:
        table = list(csv.DictReader(handle))
    assert len(table) == 24
    for row in table:
        value = Printed(
            PAPER.id,
            row["variant"],
            row["economy"],
            row["measure"],
            float(row["value"]),
            int(row["digits"]),
            row["source"],
        )
        computed = _value(nafta, value.variant, value.economy, value.measure)
        assert value.matches(computed), (value.variant, value.economy, value.measure, computed)


def test_exact_real_income_is_another_number(nafta: Replication) -> None:
    """Recorded values of this engine, stable to their digits; no published value was found."""
    computed = [_value(nafta, "zero-deficits", code, "real_income_pct") for code in MEMBERS]
    np.testing.assert_allclose(computed, [-0.1101, 0.0073, 0.0741], atol=1e-4)


def test_every_region_has_every_measure(nafta: Replication) -> None:
    table = nafta.to_frame()
    counts = table.groupby(["variant", "measure"])["economy"].agg(lambda column: sorted(column))
    assert set(counts.index.get_level_values("variant")) == set(PAPER.variants)
    for (_, measure), economies in counts.items():  # type: ignore[misc]
        assert economies == sorted(MEMBERS if measure == "intra_bloc_trade_pct" else REGIONS), measure
    assert not table["computed"].isna().any()


def test_codes_stand_in_the_order_of_the_files(shared_data: Path) -> None:
    """The files carry no labels; another table of the same data has deficits by name, and they are all different."""
    spelt = {"GBR": "UK", "USA": "USA", "ROW": "Row", "KOR": "Korea"}
    names = [spelt.get(code) or economy(code).name for code in REGIONS]
    folder = shared_data / PAPER.folder
    with open(folder / "cp2015_deficit.csv", newline="") as handle:
        deficit = {row["region"]: float(row["D"]) / 1e6 for row in csv.DictReader(handle)}
    world, _ = build(folder)
    assert len(deficit) == len(REGIONS)
    np.testing.assert_allclose(world.deficit, [deficit[name] for name in names], rtol=1e-6, atol=1e-3)


def test_baselines_are_balanced_and_only_members_change(shared_data: Path) -> None:
    world, after = build(shared_data / PAPER.folder)
    inside = np.isin(REGIONS, MEMBERS)
    for variant in PAPER.variants:
        eq = counterfactual(world, after, variant)
        assert eq.world.check(1e-9).max_residual < 1e-9
        moved = (eq.policy.tariff != eq.world.tariff).any(axis=2)
        assert moved.any()
        assert not moved[~inside].any()
        assert not moved[:, ~inside].any()
        kept = 0.0 if variant == "zero-deficits" else world.deficit
        np.testing.assert_allclose(eq.world.deficit, kept, atol=1e-3)
