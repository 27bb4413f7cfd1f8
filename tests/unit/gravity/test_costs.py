"""From an estimate to the range of a scenario: the arithmetic, the percentiles, and that the file accepts it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import yaml

from gravity_toys import made_panel
from multipolar.errors import GravityError
from multipolar.gravity import Estimate, estimate
from multipolar.gravity.costs import non_tariff_cost, tariff_equivalent, trade_elasticity, triangular_range
from multipolar.scenario import parse_scenario
from multipolar.triangular import triangular_quantile


@pytest.fixture(scope="module")
def found() -> Estimate:
    return estimate(made_panel(9, 4, noise=0.5), "trade ~ rta + log1p(tariff) | exporter_time + importer_time + pair")


@pytest.mark.parametrize(("low", "mode", "high"), [(-1.0, 0.0, 1.0), (-0.12, -0.05, -0.04), (0.1, 0.11, 0.5)])
def test_the_triangle_has_the_percentiles_that_were_asked_for(low: float, mode: float, high: float) -> None:
    lo, hi = triangular_range(mode, low, high)
    assert triangular_quantile(lo, mode, hi, 0.05) == pytest.approx(low, abs=1e-9)
    assert triangular_quantile(lo, mode, hi, 0.95) == pytest.approx(high, abs=1e-9)


def test_a_mode_outside_the_percentiles_has_no_triangle() -> None:
    with pytest.raises(GravityError, match="not between the percentiles"):
        triangular_range(2.0, 0.0, 1.0)


def test_costs_are_those_of_the_formula(found: Estimate) -> None:
    beta, theta = found.total(["rta"])[0], 5.0
    assert tariff_equivalent(found, "rta", theta).value == pytest.approx(math.exp(beta / theta) - 1)
    assert non_tariff_cost(found, "rta", theta).value == pytest.approx(math.exp(-beta / theta) - 1)
    net = non_tariff_cost(found, "rta", theta, tariff_removed=0.08)
    # Removing the tariff and the remaining cost together moves trade by exp(beta).
    assert ((1 + net.value) / 1.08) ** -theta == pytest.approx(math.exp(beta))


def test_percentiles_of_the_range_are_those_of_the_draws(found: Estimate) -> None:
    made = non_tariff_cost(found, "rta", (3.0, 5.0, 9.0), draws=20_000, seed=3)
    assert triangular_quantile(made.lo, made.value, made.hi, 0.05) == pytest.approx(np.quantile(made.draws, 0.05))
    assert triangular_quantile(made.lo, made.value, made.hi, 0.95) == pytest.approx(np.quantile(made.draws, 0.95))
    again = non_tariff_cost(found, "rta", (3.0, 5.0, 9.0), draws=20_000, seed=3)
    np.testing.assert_array_equal(made.draws, again.draws)
    certain = non_tariff_cost(found, "rta", 5.0, draws=20_000, seed=3)
    betas = found.draws(20_000, 3)["rta"].to_numpy()
    np.testing.assert_allclose(certain.draws, np.expm1(-betas / 5.0), rtol=1e-12)


def test_a_scenario_file_takes_the_range(found: Estimate) -> None:
    quantity = non_tariff_cost(found, "rta", (4.0, 5.0, 6.0), tariff_removed=0.06).as_quantity()
    scenario = {
        "schema": 1,
        "kind": "scenario",
        "id": "estimated",
        "title": "Estimated",
        "shocks": [{"kind": "free_trade_area", "members": ["RUS", "KAZ"], "non_tariff_cost": quantity}],
    }
    shock = parse_scenario(yaml.safe_dump(scenario)).shocks[0]
    kept = shock.non_tariff_cost  # type: ignore[union-attr]
    assert (kept.lo, kept.value, kept.hi) == (quantity["lo"], quantity["value"], quantity["hi"])  # type: ignore[union-attr]
    assert "rta = " in str(kept.source) and "elasticity 5" in str(kept.source)  # type: ignore[union-attr]


def test_the_elasticity_depends_on_whether_trade_includes_the_duty(found: Estimate) -> None:
    at = found.index("log1p(tariff)")
    assert trade_elasticity(found, "log1p(tariff)", duty_included=True)[0] == -found.coefficient[at]
    theta, error = trade_elasticity(found, "log1p(tariff)", duty_included=False)
    assert (theta, error) == (-found.coefficient[at] - 1, found.std_error[at])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"elasticity": 0.0}, "an elasticity is positive"),
        ({"elasticity": (5.0, 4.0, 6.0)}, "lo <= most likely <= hi"),
        ({"elasticity": 5.0, "tariff_removed": -0.1}, "tariff_removed is a fraction"),
        ({"elasticity": 5.0, "draws": 5}, "at least 100 draws"),
    ],
)
def test_choices_without_sense_are_refused(found: Estimate, options: dict, words: str) -> None:
    with pytest.raises(GravityError, match=words):
        non_tariff_cost(found, "rta", **options)
