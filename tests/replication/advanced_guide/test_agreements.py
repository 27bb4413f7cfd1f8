"""Trade agreements: chapter 1, application 3 of the Advanced Guide to Trade Policy Analysis (Yotov et al. 2016).

The published numbers are those of the solutions manual in R (github.com/pachadotdev/tradepolicy). Columns (1), (2),
(4) to (7) and the sums of lags: docs/01-traditional-gravity.html at commit 342a6553. Column (3): the page
docs/partial-equilibrium-trade-policy-analysis-with-structural-gravity.html at commit 40c3ca04 (31 March 2021), because
the later one prints -0.576 and 0.592, a result that is not at the maximum of the likelihood. Column (4) to seven
digits: the Stata log of chapter 2, application 2, in the same repository.

Lags of 3, 6 and 9 years without and with tariffs (exercise 2) and membership of the GATT/WTO (exercise 1) need the
files of those exercises, Chapter1Exercise1.dta and Chapter1Exercise2.dta, in the folder that
MULTIPOLAR_AGTPA_EXERCISES names; the published numbers are in the logs beside them in that repository.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from multipolar.gravity import Panel, estimate, make_panel
from multipolar.gravity.costs import trade_elasticity

TWO = "exporter_time + importer_time"
TIES = "log(dist) + cntg + lang + clny + rta"
YEARS = (1986, 1990, 1994, 1998, 2002, 2006)


@pytest.fixture(scope="module")
def panel(shared_data: Path) -> Panel:
    frame = pd.read_parquet(shared_data / "agtpa" / "agtpa_applications.parquet")
    return make_panel(frame, name="agtpa").in_years(YEARS)


def _holds(panel: Panel, formula: str, coefficients: list[float], errors: list[float]) -> None:
    found = estimate(panel, formula)
    half = 5.1e-5
    np.testing.assert_allclose(found.coefficient, coefficients, rtol=0, atol=half)
    np.testing.assert_allclose(found.std_error, errors, rtol=0, atol=half)


def test_column_1_least_squares(panel: Panel) -> None:
    abroad = panel.international()
    found = estimate(abroad, f"log_trade ~ {TIES} | {TWO}", estimator="ols")
    assert found.rows == 25_689
    assert found.coefficient[-1] == pytest.approx(-0.0044, abs=5.1e-5)
    assert found.std_error[-1] == pytest.approx(0.0531, abs=5.1e-5)
    np.testing.assert_allclose(found.coefficient[:4], [-1.216, 0.223, 0.661, 0.670], atol=5.1e-4)
    np.testing.assert_allclose(found.std_error[:4], [0.038, 0.200, 0.081, 0.147], atol=5.1e-4)


def test_column_2_poisson_between_countries(panel: Panel) -> None:
    coefficients, errors = [-0.8216, 0.4155, 0.2499, -0.2054, 0.1907], [0.0310, 0.0828, 0.0767, 0.1143, 0.0658]
    _holds(panel.international(), f"trade ~ {TIES} | {TWO}", coefficients, errors)


def test_column_4_pairs(panel: Panel) -> None:
    found = estimate(panel, f"trade ~ rta | {TWO} + symmetric_pair")
    assert found.coefficient[0] == pytest.approx(0.5571853, abs=6e-8)
    assert found.std_error[0] == pytest.approx(0.1022, abs=5.1e-5)
    assert found.rows == 28_482


def test_column_5_lead(panel: Panel) -> None:
    _holds(panel, f"trade ~ rta + rta_lead4 | {TWO} + symmetric_pair", [0.5200, 0.0774], [0.0859, 0.0921])


@pytest.mark.long
def test_column_3_domestic_trade(panel: Panel) -> None:
    coefficients, errors = [-0.800, 0.393, 0.244, -0.182, 0.409], [0.0303, 0.0789, 0.0771, 0.113, 0.0688]
    found = estimate(panel, f"trade ~ {TIES} | {TWO} + domestic")
    np.testing.assert_allclose(found.coefficient, coefficients, atol=5.1e-4)
    np.testing.assert_allclose(found.std_error, errors, atol=5.1e-4)


@pytest.mark.long
def test_column_6_phasing_in(panel: Panel) -> None:
    formula = f"trade ~ rta + rta_lag4 + rta_lag8 + rta_lag12 | {TWO} + symmetric_pair"
    _holds(panel, formula, [0.2914, 0.4135, 0.1687, 0.1189], [0.0892, 0.0672, 0.0431, 0.0301])
    total, error = estimate(panel, formula).total(["rta", "rta_lag4", "rta_lag8", "rta_lag12"])
    assert (total, error) == (pytest.approx(0.9926, abs=5.1e-5), pytest.approx(0.0943, abs=5.1e-5))


@pytest.mark.long
def test_column_7_globalisation(panel: Panel) -> None:
    found = estimate(panel, f"trade ~ rta + rta_lag4 + rta_lag8 + rta_lag12 + border_time | {TWO} + symmetric_pair")
    coefficients = [0.1157, 0.2877, 0.0693, 0.0024, -0.7056, -0.4803, -0.3665, -0.1581, -0.1409]
    errors = [0.0867, 0.0617, 0.0482, 0.0291, 0.0478, 0.0429, 0.0335, 0.0233, 0.0169]
    np.testing.assert_allclose(found.coefficient, coefficients, atol=5.1e-5)
    np.testing.assert_allclose(found.std_error, errors, atol=5.1e-5)
    total, error = found.total(["rta", "rta_lag4", "rta_lag8", "rta_lag12"])
    assert (total, error) == (pytest.approx(0.4750, abs=5.1e-5), pytest.approx(0.1095, abs=5.1e-5))


def _exercise(name: str) -> Panel:
    folder = os.environ.get("MULTIPOLAR_AGTPA_EXERCISES")
    if not folder:
        pytest.skip("set MULTIPOLAR_AGTPA_EXERCISES to the folder with the guide's Chapter1Exercise*.dta")
    return make_panel(pd.read_stata(Path(folder) / name), name=name)


@pytest.mark.long
def test_exercise_1_membership_of_the_wto() -> None:
    # The log clusters by groups of equal distance, in single precision: not all of them hold both directions of a pair.
    panel = _exercise("Chapter1Exercise1.dta")
    found = estimate(panel, f"trade ~ RTA + WTO | {TWO} + symmetric_pair", cluster="DIST")
    # The Stata program stops at a tolerance of its own; a tighter one here moves nothing before the seventh digit.
    np.testing.assert_allclose(found.coefficient, [0.44952734, 0.68111102], atol=6e-6)
    np.testing.assert_allclose(found.std_error, [0.0849643, 0.0873877], atol=1e-6)


@pytest.mark.long
def test_exercise_2_tariffs_and_the_elasticity() -> None:
    panel = _exercise("Chapter1Exercise2.dta")
    panel = panel.with_columns(mfn=np.where(panel.domestic, 0.0, panel.frame["MFN_TARIFF"]))
    lags = "RTA + RTA_LAG3 + RTA_LAG6 + RTA_LAG9"
    plain = estimate(panel, f"trade ~ {lags} | {TWO} + pair", cluster="pair")
    np.testing.assert_allclose(plain.coefficient, [0.392, 0.248, 0.246, 0.083], atol=5.1e-4)
    np.testing.assert_allclose(plain.std_error, [0.064, 0.040, 0.043, 0.034], atol=5.1e-4)
    found = estimate(panel, f"trade ~ {lags} + log1p(mfn) | {TWO} + pair", cluster="pair")
    np.testing.assert_allclose(found.coefficient, [-0.217, 0.256, 0.265, 0.101, -7.604], atol=5.1e-4)
    np.testing.assert_allclose(found.std_error, [0.056, 0.037, 0.036, 0.035, 0.516], atol=5.1e-4)
    theta, error = trade_elasticity(found, "log1p(mfn)", duty_included=True)
    assert (theta, error) == (pytest.approx(7.604, abs=5.1e-4), pytest.approx(0.516, abs=5.1e-4))
