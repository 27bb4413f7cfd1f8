"""Dependence, leverage, spheres, centre of gravity and alignment: by hand, by full solves, and on real data."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from multipolar.equilibrium import solve
from multipolar.errors import InputError, UnknownNameError
from multipolar.influence import (
    capitals,
    centre_of_gravity,
    communities,
    cut_off,
    dependence,
    dependence_asymmetry,
    effective_number,
    ideal_point_distance,
    international_power,
    leverage,
    pole_table,
    s_score,
    share_leverage,
    similarity,
    spheres,
    switches,
    volatility,
)
from multipolar.world import load_world
from toys import toy_world


def cell(table: pd.DataFrame, row: Any, column: Any) -> Any:
    return table.to_numpy()[list(table.index).index(row), list(table.columns).index(column)]


@pytest.fixture(scope="module")
def toy():
    return toy_world()


@pytest.fixture(scope="module")
def world():
    return load_world()


def test_dependence_by_hand(toy) -> None:
    a, b = toy.economies[:2]
    flow = toy.trade_flow.sum(axis=2)
    size = toy.value_added[0].sum() + toy.tariff_revenue[0]
    table = dependence(toy)
    assert cell(table, a, b) == pytest.approx(100 * (flow[0, 1] + flow[1, 0]) / size)
    assert np.isnan(np.diag(table)).all()
    apart = dependence_asymmetry(toy)
    assert cell(apart, a, b) == pytest.approx(-cell(apart, b, a))
    assert cell(apart, a, b) == pytest.approx(cell(table, a, b) - cell(table, b, a))


def test_power_is_antisymmetric_and_counts_inelastic_goods_more(toy) -> None:
    power = international_power(toy).fillna(0).to_numpy()
    assert np.allclose(power, -power.T)
    rigid = replace(toy, trade_elasticity=toy.trade_elasticity / 2)
    assert np.allclose(international_power(rigid).fillna(0), 2 * power)


def test_leverage_is_the_one_off_full_solve(toy) -> None:
    pole, target = toy.economies[0], toy.economies[3]
    found = leverage(toy, [pole], targets=[target])
    eq = solve(toy, cut_off(toy, [pole], [target]), deficits="scaled")
    assert not found.reasons
    assert cell(found.loss_pct, target, pole) == pytest.approx(100 * (1 - eq.real_income_hat[3]), abs=1e-8)
    assert cell(found.own_loss_pct, target, pole) == pytest.approx(100 * (1 - eq.real_income_hat[0]), abs=1e-8)
    assert eq.trade_flow[0, 3].sum() == eq.trade_flow[3, 0].sum() == 0.0
    income = toy.final_demand.sum(axis=1)
    assert cell(found.loss_usd_bn, target, pole) == pytest.approx(income[3] * cell(found.loss_pct, target, pole) / 1e5)
    ratio = cell(found.ratio(), target, pole)
    assert ratio == pytest.approx(cell(found.loss_usd_bn, target, pole) / cell(found.own_loss_usd_bn, target, pole))


def test_share_leverage_by_hand(toy) -> None:
    a, b = toy.economies[:2]
    spending = (1 + toy.tariff) * toy.trade_flow
    total = spending.sum(axis=0)
    share = spending[1, 0] / total[0]
    loss = (-np.log(1 - share) / toy.trade_elasticity * total[0]).sum() / toy.final_demand[0].sum()
    assert cell(share_leverage(toy), a, b) == pytest.approx(100 * loss)


def test_a_bloc_as_pole_and_errors(toy) -> None:
    a, b, c, *_ = toy.economies
    found = leverage(toy, {"AB": [a, b], "C": [c]})
    assert np.isnan(cell(found.loss_pct, a, "AB")) and np.isnan(cell(found.loss_pct, c, "C"))
    assert cell(found.loss_pct, c, "AB") > 0
    with pytest.raises(InputError, match="at least one pole"):
        leverage(toy, [])
    with pytest.raises(InputError, match="cut off from itself"):
        cut_off(toy, [a], [a, b])
    with pytest.raises(UnknownNameError):
        leverage(toy, ["ZZZ"])


def with_flows(world, flow):
    """The world with other flows, inputs in proportion to output and the rest of the accounts following."""
    output, use = flow.sum(axis=1), world.intermediate_use * (flow.sum(axis=1) / world.output)[:, :, None]
    final = ((1 + world.tariff) * flow).sum(axis=0) - use.sum(axis=1)
    return replace(
        world,
        trade_flow=flow,
        intermediate_use=use,
        value_added=output - use.sum(axis=2),
        final_demand=final,
    )


def test_an_economy_left_without_supplier_is_reported_not_dropped(toy) -> None:
    pole, target, other = toy.economies[0], toy.economies[3], toy.economies[4]
    flow = np.array(toy.trade_flow)
    flow[0, 3, 0] += flow[1:, 3, 0].sum()
    flow[1:, 3, 0] = 0.0  # the target buys the first sector from the pole alone
    found = leverage(with_flows(toy, flow), [pole], targets=[target, other])
    assert "without any supplier" in found.reasons[target, pole]
    assert np.isnan(cell(found.loss_pct, target, pole)) and np.isnan(cell(found.own_loss_usd_bn, target, pole))


def test_the_short_run_hurts_more(toy) -> None:
    pole = toy.economies[0]
    short = leverage(toy, [pole], elasticity=np.full(len(toy.sectors), 1.5)).loss_pct[pole].dropna()
    long = leverage(toy, [pole]).loss_pct[pole].dropna()
    assert len(short) == len(long) == len(toy.economies) - 1
    assert (short > long).all()


def test_effective_number() -> None:
    assert effective_number(pd.Series([1.0, 1.0, 1.0])) == pytest.approx(3)
    assert effective_number(pd.Series([1.0, 0.0])) == pytest.approx(1)
    with pytest.raises(InputError):
        effective_number(pd.Series([1.0, -1.0]))
    with pytest.raises(InputError):
        effective_number(pd.Series([0.0]))


def test_spheres_by_hand() -> None:
    loss = pd.DataFrame(
        {"P": [4.0, 1.0, np.nan, 0.0], "Q": [1.0, 0.9, 2.0, 0.0]}, index=pd.Index(["a", "b", "P", "z"], name="economy")
    )
    table = spheres(loss)
    assert cell(table, "a", "pole") == "P" and not cell(table, "a", "contested")
    assert cell(table, "b", "contested") and cell(table, "b", "margin") == pytest.approx(0.1)
    assert table.loc[["P", "z"], "pole"].isna().all()
    with pytest.raises(InputError, match="at least two"):
        spheres(loss[["P"]])
    ranking = pole_table(loss, loss, loss)
    assert list(ranking.index) == ["P", "Q"] and ranking["share"].sum() == pytest.approx(1)


def test_communities_cover_everybody_and_do_not_depend_on_order(world) -> None:
    found = communities(world)
    assert list(found.index) == list(world.economies) and found.min() == 0
    assert found["CAN"] == found["USA"] == found["MEX"]
    assert (communities(world) == found).all()


def test_orbits_of_the_shipped_world(world) -> None:
    poles = ["RUS", "CHN", "EUN", "USA"]
    found = leverage(world, poles)
    assert not found.reasons
    table = spheres(found.loss_pct)
    assert (
        cell(table, "MEX", "pole") == "USA"
        and cell(table, "MNG", "pole") == "CHN"
        and cell(table, "MDA", "pole") == "EUN"
    )
    # Belarus stands between two poles, and what it loses is many times what Russia loses, relative to size.
    assert set(table.loc["BLR", ["pole", "second"]]) == {"RUS", "EUN"}
    assert cell(found.loss_pct, "BLR", "RUS") > 5 * cell(found.own_loss_pct, "BLR", "RUS")
    # The formula from shares alone ranks the pairs as the full solve does.
    shares = share_leverage(world).loc[list(world.economies), poles]
    rank = spearmanr(found.loss_pct.to_numpy().ravel(), shares.to_numpy().ravel(), nan_policy="omit")
    assert float(np.asarray(rank)[0]) > 0.8


def test_centre_of_gravity_on_the_sphere() -> None:
    places = pd.DataFrame({"lat": [0.0, 0.0, 90.0], "lon": [0.0, 90.0, 0.0]}, index=["A", "B", "N"])
    found = centre_of_gravity({"A": 1.0, "B": 1.0}, places)
    assert found["lon"].iloc[0] == pytest.approx(45) and found["lat"].iloc[0] == pytest.approx(0)
    assert found["depth"].iloc[0] == pytest.approx(np.sqrt(0.5))
    series = pd.DataFrame({"A": [1.0, 1.0], "B": [0.0, 3.0], "N": [np.nan, 0.0]}, index=[2000, 2001])
    moved = centre_of_gravity(series, places)
    assert moved["lon"].iloc[0] == pytest.approx(0) and moved["lon"].iloc[1] == pytest.approx(np.degrees(np.arctan(3)))
    assert list(moved["covered"]) == [1, 2]
    with pytest.raises(InputError, match="no place"):
        centre_of_gravity({"A": 1.0, "X": 1.0}, places)
    with pytest.raises(InputError, match="negative"):
        centre_of_gravity({"A": -1.0}, places)
    with pytest.raises(InputError, match="no economy has a weight"):
        centre_of_gravity({"A": 0.0}, places)


def test_the_worlds_centre_moved_east(shared_data: Path) -> None:
    """Market-rate GDP from capitals: the centre drifts east between 1980 and 2008, by about 10 degrees."""
    gdp = pd.read_csv(shared_data / "wdi" / "gdp_usd.csv").pivot(index="year", columns="iso3", values="gdp_usd")
    places = capitals()
    known = gdp[[c for c in gdp.columns if c in places.index]]
    track = centre_of_gravity(known.loc[[1980, 2008]], places)
    assert -20 < track["lon"].loc[1980] < -10
    assert -12 < track["lon"].loc[2008] < 0
    assert track["lon"].loc[2008] - track["lon"].loc[1980] > 4


def test_s_score() -> None:
    a = np.array([0.0, 1.0, 2.0])
    assert s_score(a, a, largest=2) == 1.0
    assert s_score(np.zeros(3), np.full(3, 2.0), largest=2) == -1.0
    assert s_score(a, np.array([np.nan, 1.0, 0.0]), largest=2) == pytest.approx(0.0)
    assert s_score(a, a[::-1], largest=2, weight=np.array([0.0, 1.0, 0.0])) == 1.0
    with pytest.raises(InputError, match="one length"):
        s_score(a, a[:2], largest=2)
    with pytest.raises(InputError, match="largest possible"):
        s_score(a, a + 5, largest=2)
    with pytest.raises(InputError, match="common item"):
        s_score(np.array([np.nan]), np.array([1.0]), largest=2)
    table = similarity(pd.DataFrame([[0.0, 1.0], [0.0, np.nan], [np.nan, 1.0]], index=list("xyz")), largest=1)
    assert cell(table, "x", "y") == 1.0 and np.isnan(cell(table, "y", "z"))


def test_tashkent_changes_sides_most() -> None:
    """By June 2009 Uzbekistan had left the security treaty, GUAM and EurAsEC, and come back to the first."""
    region = ["KAZ", "UZB", "KGZ", "TJK", "TKM", "ARM", "BLR"]
    table = switches(region, ["CSTO", "GUAM", "EURASEC"], until=dt.date(2009, 6, 14))
    assert table["switches"].idxmax() == "UZB"
    assert cell(table, "UZB", "exits") == 3
    assert "out of GUAM" in cell(table, "UZB", "events")
    assert cell(table, "KAZ", "exits") == 0


def test_ideal_points_of_the_region(shared_data: Path) -> None:
    raw = pd.read_csv(shared_data / "unga" / "ideal_points_utf8.csv")
    wide = raw.assign(year=raw["session"] + 1945).pivot_table(index="year", columns="iso3c", values="IdealPoint")
    near, far = (ideal_point_distance(wide.T[year]) for year in (2008, 1997))
    assert cell(near, "CHN", "RUS") == pytest.approx(0.46, abs=0.01)
    assert cell(near, "CHN", "RUS") < cell(far, "CHN", "RUS") < cell(near, "USA", "RUS")
    moved = volatility(wide.loc[1996:2009, ["KAZ", "UZB", "KGZ", "TJK"]])
    assert moved["variance"].idxmax() == "UZB"


def test_volatility_by_hand() -> None:
    table = volatility(pd.DataFrame({"a": [0.0, 1.0, 1.0], "b": [1.0, np.nan, np.nan]}, index=[1, 2, 3]))
    assert list(table.index) == ["a"]
    assert cell(table, "a", "largest_step") == 1 and cell(table, "a", "step_at") == 2
