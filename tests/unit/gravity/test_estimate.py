"""Estimates recover what the panels were made with, and agree with plain linear algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from gravity_toys import RTA, TARIFF, made_frame, made_panel, plain_poisson, three_way_dummies
from multipolar.errors import GravityError, UnknownNameError
from multipolar.gravity import estimate, make_panel
from multipolar.gravity.tables import compare

THREE = "exporter_time + importer_time + pair"


def test_coefficients_are_recovered_exactly_without_noise() -> None:
    found = estimate(made_panel(7, 4), f"trade ~ rta + log1p(tariff) | {THREE}")
    np.testing.assert_allclose(found.coefficient, [RTA, TARIFF], atol=1e-6)
    assert found.labels == ("rta", "log1p(tariff)") and found.rows == 7 * 6 * 4
    assert found.clusters == 21


@pytest.mark.parametrize("symmetric", [False, True])
def test_estimates_agree_with_every_effect_as_a_column(symmetric: bool) -> None:
    frame = made_frame(6, 4, noise=0.7, zeros=0.15, seed=3)
    panel = make_panel(frame)
    pair = "symmetric_pair" if symmetric else "pair"
    found = estimate(panel, f"trade ~ rta + tariff | exporter_time + importer_time + {pair}", cluster=pair)
    used = frame.iloc[found.used]
    x = used[["rta", "tariff"]].to_numpy()
    effects = three_way_dummies(used, symmetric)
    beta, mu = plain_poisson(used["trade"].to_numpy(), x, effects)
    np.testing.assert_allclose(found.coefficient, beta, rtol=1e-6)
    np.testing.assert_allclose(found.fitted, mu, rtol=1e-5)
    np.testing.assert_allclose(found.covariance, _sandwich(used, x, effects, mu, symmetric), rtol=2e-5, atol=1e-5)


def _sandwich(used: pd.DataFrame, x: np.ndarray, effects: np.ndarray, mu: np.ndarray, symmetric: bool) -> np.ndarray:
    root = np.sqrt(mu)[:, None]
    net = x - effects @ np.linalg.lstsq(effects * root, x * root, rcond=1e-12)[0]
    score = net * (used["trade"].to_numpy() - mu)[:, None]
    names = used[["exporter", "importer"]].to_numpy().astype(str)
    names = np.sort(names, axis=1) if symmetric else names
    pairs = pd.factorize(pd.Series([f"{a}-{b}" for a, b in names]))[0]
    sums = np.stack([np.bincount(pairs, score[:, k]) for k in range(2)], axis=1)
    bread = np.linalg.inv((net * mu[:, None]).T @ net)
    groups = pairs.max() + 1
    return bread @ sums.T @ sums @ bread * groups / (groups - 1)


def test_the_unit_of_trade_does_not_matter() -> None:
    frame = made_frame(6, 3, noise=0.5, seed=1)
    one = estimate(make_panel(frame), f"trade ~ rta | {THREE}")
    other = estimate(make_panel(frame.assign(trade=frame["trade"] * 1e9)), f"trade ~ rta | {THREE}")
    np.testing.assert_allclose(one.coefficient, other.coefficient, rtol=1e-9)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-7)
    np.testing.assert_allclose(other.fitted, 1e9 * one.fitted, rtol=1e-9)


def test_noise_is_within_its_standard_errors() -> None:
    hits = 0
    for seed in range(12):
        found = estimate(made_panel(12, 4, noise=0.4, seed=seed), f"trade ~ rta | {THREE}")
        hits += abs(found.coefficient[0] - RTA) < 1.96 * found.std_error[0]
    assert hits >= 8


def test_border_time_needs_domestic_trade_and_has_the_last_year_as_base() -> None:
    frame = made_frame(6, 3, domestic=True)
    abroad = frame["exporter"] != frame["importer"]
    frame.loc[abroad & (frame["year"] == 1990), "trade"] *= np.exp(-0.3)
    found = estimate(
        make_panel(frame), "trade ~ rta + log1p(tariff) + border_time | exporter_time + importer_time + pair"
    )
    assert found.labels == ("rta", "log1p(tariff)", "border_1990", "border_1991")
    np.testing.assert_allclose(found.coefficient, [RTA, TARIFF, -0.3, 0.0], atol=1e-6)
    with pytest.raises(GravityError, match="border_time needs trade of economies with themselves"):
        estimate(made_panel(4, 3), f"trade ~ border_time | {THREE}")


def test_lags_and_leads_are_those_of_the_same_pair() -> None:
    frame = made_frame(6, 5, step=4)
    frame["rta"] = np.random.default_rng(0).integers(0, 2, len(frame)).astype(float)
    earlier = frame.assign(year=frame["year"] + 4).set_index(["exporter", "importer", "year"])["rta"]
    keys = pd.MultiIndex.from_frame(frame[["exporter", "importer", "year"]])
    frame["by_hand"] = earlier.reindex(keys).to_numpy()
    frame["trade"] *= np.exp(0.2 * frame["by_hand"].fillna(0.0) + (0.3 - RTA) * frame["rta"])
    panel = make_panel(frame)
    found = estimate(panel.with_columns(tariff2=0.0), f"trade ~ lag(rta, 4) + log1p(tariff) | {THREE}")
    hand = estimate(panel, f"trade ~ by_hand + log1p(tariff) | {THREE}", missing="drop")
    np.testing.assert_allclose(found.coefficient, hand.coefficient, rtol=1e-9)
    assert found.dropped == {"no earlier or later year for a lag or lead": 30}
    assert hand.dropped == {"regressor unknown": 30}
    ahead = estimate(panel, f"trade ~ rta + lead(rta, 4) | {THREE}")
    assert ahead.rows == found.rows
    with pytest.raises(GravityError, match="no row has its pair 3 years before"):
        estimate(panel, f"trade ~ lag(rta, 3) | {THREE}")


def test_interactions_and_home_and_abroad() -> None:
    panel = make_panel(made_frame(5, 3, domestic=True, noise=0.2))
    found = estimate(panel, "trade ~ inter(tariff) + rta:border + border | exporter_time + importer_time")
    plain = estimate(panel, "trade ~ tariff + rta + border | exporter_time + importer_time")
    np.testing.assert_allclose(found.coefficient, plain.coefficient, rtol=1e-9)


def test_separated_rows_are_reported_and_change_nothing() -> None:
    frame = made_frame(7, 4, noise=0.5, seed=2)
    dead = (frame["exporter"] == "E00") & (frame["importer"] == "E01")
    frame.loc[dead, "trade"] = 0.0
    frame.loc[(frame["exporter"] == "E02") & (frame["year"] == 1991), "trade"] = 0.0
    found = estimate(make_panel(frame), f"trade ~ rta + tariff | {THREE}")
    without = estimate(make_panel(frame.loc[frame.index.isin(found.used)]), f"trade ~ rta + tariff | {THREE}")
    np.testing.assert_allclose(found.coefficient, without.coefficient, rtol=1e-8)
    assert found.dropped["an effect of which has no trade (separated)"] == 4 + 6
    assert len(found.separated) == 2 and "E00 to E01" in " ".join(found.separated)


def test_a_regressor_that_only_zeros_identify_is_found() -> None:
    frame = made_frame(7, 4, noise=0.5, seed=2)
    rng = np.random.default_rng(5)
    marked = rng.random(len(frame)) < 0.05
    frame.loc[marked, "trade"] = 0.0
    frame["odd"] = marked.astype(float)  # one only where there is no trade: its coefficient runs to minus infinity
    with pytest.raises(GravityError, match="'odd'"):
        estimate(make_panel(frame), f"trade ~ rta + odd | {THREE}")
    found = estimate(make_panel(frame), f"trade ~ rta + odd | {THREE}", collinear="drop")
    rest = estimate(make_panel(frame.loc[~marked]), f"trade ~ rta | {THREE}")
    assert found.labels == ("rta",) and found.rows == rest.rows
    np.testing.assert_allclose(found.coefficient, rest.coefficient, rtol=1e-7)
    assert found.dropped["an effect of which has no trade (separated)"] == marked.sum()


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        (f"trade ~ rta + twice | {THREE}", "'twice': collinear"),
        (f"trade ~ rta + distance | {THREE}", "'distance': collinear"),
        (f"trade ~ distance | {THREE}", "explained by the fixed effects"),
        (f"trade ~ rto | {THREE}", "no column 'rto'; did you mean rta"),
        (f"trade ~ gap | {THREE}", "gap is empty in 1 rows, first in row 3"),
        (f"trade ~ word | {THREE}", "word is 'x' in row 1"),
        (f"trade ~ boundless | {THREE}", "boundless is infinite in row 1"),
        ("trade ~ log(rta) | pair", "log(rta) does not exist where rta is 0"),
        ("trade ~ trade | pair", "trade stands on both sides"),
        ("trade ~ rta | gap", "gap is empty in row 3"),
        ("trade ~ rta | nowhere", "no column 'nowhere'"),
        ("log_trade ~ rta | pair", "ppml has trade on the left"),
        ("trade ~ rta | exporter_time^importer_time", "no row is left"),
    ],
)
def test_unusable_regressors_are_refused(formula: str, words: str) -> None:
    frame = made_frame(5, 3, noise=0.3)
    frame["twice"] = 2 * frame["rta"]
    frame["distance"] = pd.factorize(frame["exporter"] + frame["importer"])[0] * 1.0
    frame["gap"] = frame["tariff"].where(frame.index != 2)
    frame["word"] = "x"
    frame["boundless"] = np.inf
    with pytest.raises(GravityError) as caught:
        estimate(make_panel(frame), formula)
    assert words in str(caught.value) and "\n" not in str(caught.value)


def test_one_country_and_empty_trade_are_refused() -> None:
    frame = made_frame(5, 3)
    alone = make_panel(frame.loc[frame["exporter"] == "E00"])
    with pytest.raises(GravityError, match="no row is left"):
        estimate(alone, f"trade ~ rta | {THREE}")
    with pytest.raises(GravityError, match="all trade is zero"):
        estimate(make_panel(frame.assign(trade=0.0)), f"trade ~ rta | {THREE}")
    with pytest.raises(GravityError, match="all rows are in one cluster"):
        estimate(make_panel(frame.assign(one=1)), f"trade ~ rta | {THREE}", cluster="one")
    with pytest.raises(GravityError, match="estimator is one of ppml, ols"):
        estimate(make_panel(frame), "trade ~ rta", estimator="probit")


def test_least_squares_leaves_zeros_out() -> None:
    frame = made_frame(6, 3, zeros=0.1)
    found = estimate(make_panel(frame), f"log_trade ~ rta + log1p(tariff) | {THREE}", estimator="ols")
    np.testing.assert_allclose(found.coefficient, [RTA, TARIFF], atol=1e-6)
    assert found.dropped["trade is zero, so that its logarithm does not exist"] == (frame["trade"] == 0).sum()


def test_clusters_in_two_dimensions_and_none() -> None:
    panel = made_panel(8, 3, noise=0.5)
    both = estimate(panel, f"trade ~ rta | {THREE}", cluster="exporter+importer")
    none = estimate(panel, f"trade ~ rta | {THREE}", cluster="none")
    assert both.clusters == 8 and both.coefficient == pytest.approx(none.coefficient)
    assert both.std_error[0] != none.std_error[0]


def test_tables_totals_and_draws() -> None:
    found = estimate(made_panel(8, 4, noise=0.5), f"trade ~ rta + tariff | {THREE}")
    table = found.table()
    assert list(table.index) == ["rta", "tariff"] and (table["lo95"] < table["estimate"]).all()
    value, error = found.total(["rta", "tariff"])
    assert value == pytest.approx(found.coefficient.sum())
    assert error == pytest.approx(np.sqrt(found.covariance.sum()))
    draws = found.draws(20_000, seed=4)
    np.testing.assert_allclose(draws.mean(), found.coefficient, atol=4 * found.std_error.max() / np.sqrt(20_000))
    np.testing.assert_allclose(np.cov(draws.T), found.covariance, rtol=0.1, atol=1e-4)
    pd.testing.assert_frame_equal(draws, found.draws(20_000, seed=4))
    with pytest.raises(UnknownNameError, match="rto"):
        found.total(["rto"])
    beside = compare({"a": found, "b": estimate(made_panel(8, 4, noise=0.5), f"trade ~ rta | {THREE}")})
    assert beside.loc[("tariff", "estimate"), "a"] == pytest.approx(found.coefficient[1])
    assert beside["b"].isna().to_dict()["tariff", "estimate"]
