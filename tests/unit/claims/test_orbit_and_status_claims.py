"""Claims on orbits and on status: made-up panels for which the verdict must flip."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from claims_toys import made, trade, verdict
from multipolar.claims import orbits, status
from multipolar.claims.scorecard import came_true, scorecard
from multipolar.errors import InputError
from multipolar.study.orbit_history import History, over_time


def _data(**frames: Any) -> Any:
    return SimpleNamespace(lack=lambda needs: None, folder=None, **frames)


def _flows(year: int, table: dict[tuple[str, str], float]) -> pd.DataFrame:
    return pd.DataFrame(
        [{"exporter": o, "importer": d, "year": year, "trade": value} for (o, d), value in table.items()]
    )


# -- claims 2 and 4


@pytest.mark.parametrize(
    ("inside", "cis", "poles", "word"),
    [
        (0.3, 0.2, 0.5, "supported"),
        (-0.3, -0.2, 0.5, "refuted"),
        (0.3, 0.2, -0.5, "refuted"),
        (0.3, -2.0, 0.5, "depends"),  # the CIS alone, whose main pairs are unreported, does not decide
    ],
)
def test_centres_with_zones(
    inside: float, cis: float, poles: float, word: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rises = pd.Series({"EU": inside, "CIS": cis, "ASEAN": inside / 2})
    monkeypatch.setattr(orbits, "rise_inside", lambda *_: (rises, np.diag([1e-4, 1e-4, 1e-4])))
    monkeypatch.setattr(orbits, "effective_poles", lambda year, targets: 3.0 + poles * (year.year.iloc[0] == 2008))
    panel = pd.concat([_flows(year, {("USA", "FRA"): 1.0}) for year in (1996, 2008)])
    found = orbits.measure_zones(_data(trade_panel=panel))
    assert found["rise/reported"].value == pytest.approx(0.75 * inside)
    assert found["rise/reported"].se == pytest.approx(0.01 / np.sqrt(2))
    assert verdict(2, orbits.centres_with_zones(made(data=_data(trade_panel=panel)))).verdict == word


def test_poles_are_counted_by_their_pull_on_outsiders_as_in_orbits(monkeypatch: pytest.MonkeyPatch) -> None:
    # Kenya buys from all alike, Canada and the poles among themselves from the USA.
    poles = orbits.poles_of_2008()
    first = [codes[0] for codes in poles.values()]
    table = {(o, d): 10.0 for o in first for d in ("KEN", "CAN")}
    table |= {("USA", "CAN"): 1000.0} | {("USA", d): 9e5 for d in first if d != "USA"}
    panel = pd.concat([_flows(year, table) for year in (1996, 2008)])
    monkeypatch.setattr(orbits, "rise_inside", lambda *_: (pd.Series({"EU": 0.0, "CIS": 0.0}), np.eye(2)))
    measured = orbits.measure_zones(_data(trade_panel=panel))
    series = over_time(poles, History(flows=panel))
    assert sorted(series["economies"]) == ["CAN", "KEN"]
    assert measured["importers"].value == 2
    assert measured["poles/2008"].value == pytest.approx(series["years"][1]["effective_number_of_poles"])


def _gravity_panel(rise: float) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    codes = ["BRA", "ARG", "URY", "PRY", "USA", "DEU", "JPN", "CHN", "FRA", "IND"]
    rows = []
    for year in (1996, 2008):
        for o in codes:
            for d in codes:
                if o != d:
                    both = {o, d} <= {"BRA", "ARG", "URY", "PRY"}
                    level = 3.0 + (hash_free(o) + hash_free(d)) / 50 + (rise if both and year == 2008 else 0.0)
                    rows.append((o, d, year, float(np.exp(level + rng.normal(0, 0.02)))))
    return pd.DataFrame(rows, columns=["exporter", "importer", "year", "trade"])


def hash_free(code: str) -> int:
    """A size for a code, the same in every process."""
    return sum(map(ord, code)) % 60


@pytest.mark.parametrize("rise", [0.5, -0.5])
def test_gravity_finds_the_rise_that_was_put_in(rise: float) -> None:
    pytest.importorskip("pyfixest")
    found, covariance = orbits.rise_inside(_gravity_panel(rise), {"MERCOSUR": ("BRA", "ARG", "URY", "PRY")})
    assert covariance.shape == (1, 1) and 0 < covariance[0, 0] < 0.05**2
    assert found["MERCOSUR"] == pytest.approx(rise, abs=0.05)


@pytest.mark.parametrize("above", [0.8, -0.8])
def test_gravity_finds_what_was_put_above_distance(above: float) -> None:
    pytest.importorskip("pyfixest")
    panel = _gravity_panel(above)
    year = panel[panel.year == 2008].copy()
    pairs = year[["exporter", "importer"]].rename(columns={"exporter": "origin", "importer": "destination"})
    rng = np.random.default_rng(4)
    pairs["distance_weighted_km"] = rng.uniform(500, 9000, len(pairs))
    pairs["contiguity"] = rng.integers(0, 2, len(pairs)).astype(float)
    pairs["language"] = rng.integers(0, 2, len(pairs)).astype(float)
    year["trade"] = year.trade * pairs.distance_weighted_km.to_numpy() ** -0.9
    groups = {"MERCOSUR": ("BRA", "ARG", "URY", "PRY")}
    found, _ = orbits.above_gravity(year, pairs, groups)
    assert found["MERCOSUR"] == pytest.approx(above, abs=0.2)


@pytest.mark.parametrize(
    ("above", "slack", "word"), [(0.5, 0.1, "supported"), (-0.5, -0.1, "refuted"), (0.5, -0.1, "depends")]
)
def test_other_groups(above: float, slack: float, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = pd.Series({"MERCOSUR": above, "GCC": above}), np.diag([1e-4, 1e-4])
    monkeypatch.setattr(orbits, "above_gravity", lambda *_: found)
    monkeypatch.setattr(orbits, "world_of_members", lambda data: None)
    monkeypatch.setattr(orbits, "leaving_loss", lambda world, codes: {codes[0]: slack, codes[1]: 1.0})
    context = made(data=_data(trade_panel=_flows(2008, {("USA", "FRA"): 1.0}), distances=pd.DataFrame()))
    assert verdict(4, orbits.other_groups(context)).verdict == word


def test_leaving_a_union_costs_its_duties() -> None:
    from toys import toy_world

    loss = orbits.leaving_loss(toy_world(), ("RUS", "KAZ", "BLR"))
    assert set(loss) == {"RUS", "KAZ", "BLR"}
    assert max(loss.values()) > 0.001
    assert orbits.leaving_loss(toy_world(), ("RUS",)) == {"RUS": pytest.approx(0.0, abs=1e-9)}


# -- claims 3 and 25


def test_leverage_is_that_of_shares_and_empty_for_a_pole_itself() -> None:
    year = _flows(2008, {("RUS", "UKR"): 30.0, ("CHN", "UKR"): 20.0, ("FRA", "UKR"): 50.0, ("CHN", "RUS"): 1.0})
    table = orbits.import_leverage(year, {"RUS": ("RUS",), "CHN": ("CHN",)})
    assert table.loc["UKR", "RUS"] == pytest.approx(-100 * np.log(0.7))
    assert table["RUS"].isna()["RUS"]


def test_an_economy_whose_supplier_has_no_row_does_not_count() -> None:
    panel = pd.concat(
        [
            _flows(1996, {("RUS", "UZB"): 1.0, ("CHN", "UZB"): 1.0, ("CHN", "KAZ"): 1.0}),
            _flows(2008, {("RUS", "UZB"): 1.0, ("CHN", "UZB"): 1.0, ("CHN", "KAZ"): 1.0, ("RUS", "KAZ"): 9.0}),
        ]
    )
    assert orbits.reported(panel, (1996, 2008), ("RUS", "CHN"), ("UZB", "KAZ")) == ("UZB",)
    assert orbits.reported(panel, (2008,), ("RUS", "CHN"), ("UZB", "KAZ")) == ("KAZ", "UZB")


def _pull(hub_share: float, year: int, region: tuple[str, ...], hub: str, rival: str) -> pd.DataFrame:
    table = {}
    for target in region:
        others = [code for code in ("USA", "CHN", "JPN", "RUS", "DEU") if code not in (hub, rival)]
        table |= {(hub, target): hub_share, (rival, target): 0.3} | {(code, target): 0.05 for code in others}
        table[("ROU" if hub != "DEU" else "BRA", target)] = 0.1
    return _flows(year, table)


@pytest.mark.parametrize(
    ("then", "now", "word"), [(0.3, 0.9, "supported"), (0.9, 0.5, "refuted"), (0.05, 0.1, "refuted")]
)
def test_hubs_pull(then: float, now: float, word: str) -> None:
    panel = pd.concat(
        [
            _pull(share, year, region, hub, rival)
            for year, share in ((1996, then), (2000, then), (2008, now))
            for region, hub, rival in ((orbits.EASTERN, "DEU", "RUS"), (("IDN", "MYS"), "CHN", "JPN"))
        ]
    )
    assert verdict(3, orbits.hubs_pull(made(data=_data(trade_panel=panel)))).verdict == word


def _points(china: float) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    states = {f"S{k:02d}": value for k, value in enumerate(rng.normal(0, 1, 40))} | {"RUS": 0.0, "CHN": china}
    return pd.DataFrame(
        [{"iso3": s, "year": 2008, "ideal_point": v, "lo": v - 0.01, "hi": v + 0.01} for s, v in states.items()]
    )


@pytest.mark.parametrize(
    ("china", "now", "word"), [(0.05, 0.3, "supported"), (2.5, 0.3, "refuted"), (0.05, 0.01, "refuted")]
)
def test_agree_and_compete(china: float, now: float, word: str) -> None:
    panel = pd.concat(
        [
            _flows(year, {("RUS", "UZB"): 0.5, ("CHN", "UZB"): share, ("DEU", "UZB"): 0.5})
            for year, share in ((1996, 0.02), (2008, now))
        ]
    )
    context = made(data=_data(ideal_points=_points(china), trade_panel=panel))
    assert verdict(25, orbits.agree_and_compete(context)).verdict == word


# -- claim 9


def _sizes(asia: float, europe: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame(
        {"IND": [1.0, 1.0, asia], "CHN": [1.0, 1.0, asia], "FRA": [1.0, 1.0, europe], "USA": [1.0, 1.0, 1.0]},
        index=pd.Index([1992, 2000, 2008], name="year"),
    )


def _power(asia: float) -> pd.DataFrame:
    rows = [(1992, "IND", 0.1), (2000, "IND", 0.1), (2007, "IND", asia)]
    rows += [(year, "USA", 0.2) for year in (1992, 2000, 2007)]
    return pd.DataFrame(rows, columns=["year", "iso3", "cinc"])


@pytest.mark.parametrize(
    ("gdp", "power", "word"), [(3.0, 0.3, "supported"), (0.3, 0.3, "refuted"), (3.0, 0.05, "refuted")]
)
def test_eastward(gdp: float, power: float, word: str) -> None:
    context = made(data=_data(gdp=_sizes(gdp), capabilities=_power(power)))
    assert verdict(9, orbits.eastward(context)).verdict == word


def test_drift_goes_the_short_way_round() -> None:
    gdp = pd.DataFrame({"FJI": [1.0, 0.0], "WSM": [0.0, 1.0]}, index=[2000, 2008])
    assert 0 < orbits.drift(gdp, 2000, 2008) < 30  # Suva to Apia crosses the date line eastward


# -- claims 6 to 8: never a verdict


@pytest.mark.parametrize("gain", [-2.0, 2.0])
def test_equal_status_has_a_number_and_no_verdict(gain: float) -> None:
    found = status.equal_status(made(trade=trade({("wto", "RUS"): gain, ("wto", "EUN"): 1.0, ("wto", "USA"): 0.5})))
    zone = found.readings["zone"]
    assert not isinstance(zone, str)
    assert zone["closes_at"].value == pytest.approx(gain + 1.5)
    assert verdict(6, found).verdict == "not_testable"


def test_months_without_the_shock_are_those_of_the_events() -> None:
    assert status.months_between(dt.date(2007, 1, 1), dt.date(2008, 1, 1)) == pytest.approx(12, abs=0.02)
    found = status.meat_and_murders(made())
    dates = found.readings["dates"]
    assert not isinstance(dates, str)
    assert dates["months"].value == pytest.approx(17.9, abs=0.05)
    assert verdict(7, found).verdict == "not_testable"


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_oil_and_equality_follows_the_data_and_has_no_verdict(sign: float) -> None:
    years = list(range(1992, 2009))
    rows = [{"iso3": "USA", "year": y, "ideal_point": 5.0} for y in years]
    rows += [{"iso3": "RUS", "year": y, "ideal_point": -sign * (y - 2000) / 20} for y in years]
    context = made(data=_data(ideal_points=pd.DataFrame(rows), brent=pd.Series(np.arange(17.0), index=years)))
    found = status.oil_and_equality(context)
    part = found.readings["correlation"]
    assert not isinstance(part, str)
    assert part["rank_correlation"].value == pytest.approx(sign)
    assert verdict(8, found).verdict == "not_testable"


# -- claims 24 and 28


@pytest.mark.parametrize(("uzbek", "others", "word"), [(2.0, 0.5, "supported"), (0.1, 0.5, "depends")])
def test_changed_sides_in_clubs_and_votes(uzbek: float, others: float, word: str) -> None:
    rows = []
    for code in orbits.EX_SOVIET:
        swing = uzbek if code == "UZB" else others
        rows += [{"iso3": code, "year": y, "ideal_point": swing * (-1) ** y} for y in range(1992, 2009)]
    found = status.changed_sides(made(data=_data(ideal_points=pd.DataFrame(rows))))
    assert verdict(24, found).verdict == word


@pytest.mark.parametrize("code", ["UZB", "KAZ"])
def test_leads_are_against_the_best_of_the_others(code: str) -> None:
    values = pd.Series({"UZB": 3.0, "KAZ": 2.0, "TKM": 1.0})
    assert status.lead_of(values, code) == (1.0 if code == "UZB" else -1.0)
    assert status.ratio_of(values, code) == pytest.approx(50.0 if code == "UZB" else -100 / 3)


def _panel(russia: float, china: float) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(6)
    codes = [f"S{k:02d}" for k in range(60)]
    years = range(1991, 2009)
    regime = dict(zip(codes, rng.uniform(0, 1, 60), strict=True)) | {"RUS": 0.5, "CHN": 0.0}
    points, regimes = [], []
    for code, level in regime.items():
        for year in years:
            # Gap to China is |2 + ...|, to Russia the distance itself: each follows its own regime gap by a factor.
            point = russia * abs(level - 0.5) + china * level + rng.normal(0, 0.05)
            point = {"RUS": 0.0, "CHN": -5.0}.get(code, point)
            points.append({"iso3": code, "year": year, "ideal_point": point})
            regimes.append({"iso3": code, "year": year, "polyarchy": level})
    size = rng.uniform(1, 2, (len(years), len(regime))).cumsum(axis=0)
    gdp = pd.DataFrame(size, index=pd.Index(years, name="year"), columns=list(regime))
    return pd.DataFrame(points), pd.DataFrame(regimes), gdp


@pytest.mark.parametrize(("russia", "china", "word"), [(2.0, 0.0, "supported"), (0.0, 2.0, "refuted")])
def test_regime_and_alignment(russia: float, china: float, word: str) -> None:
    points, regimes, gdp = _panel(russia, china)
    context = made(data=_data(ideal_points=points, regimes=regimes, gdp=gdp))
    assert verdict(28, status.regime_and_alignment(context)).verdict == word


# -- the scorecard


@pytest.mark.parametrize(
    ("outcome", "happened", "words"),
    [
        ({"club": "WTO", "economy": "RUS", "by": "2012-06-14"}, False, "2012-08-22"),
        ({"club": "WTO", "economy": "RUS", "by": "2012-12-31"}, True, "2012-08-22"),
        ({"club": "EACU", "economies": ["RUS", "BLR"], "by": "2010-12-31"}, True, "BLR"),
        ({"club": "EACU", "economy": "UKR", "by": "2020-01-01"}, False, "never"),
        ({"leaves": "CSTO", "economy": "UZB", "by": "2014-06-14"}, True, "left CSTO"),
        ({"leaves": "CSTO", "economy": "KAZ", "by": "2014-06-14"}, False, "not"),
        ({"event": "threat", "economy": "BLR", "by": "2014-06-14"}, True, "2013-10-01"),
        ({"event": "boycott", "economy": "BLR", "by": "2014-06-14"}, False, "no such event"),
    ],
)
def test_outcomes_are_read_from_the_tables(outcome: dict[str, Any], happened: bool, words: str) -> None:
    came, text = came_true(outcome)
    assert came is happened
    assert words in text


def test_a_prediction_needs_a_known_ground() -> None:
    row = {
        "id": "x",
        "text": "t",
        "from": "stars",
        "outcome": {"event": "threat", "economy": "BLR", "by": "2014-06-14"},
    }
    with pytest.raises(InputError, match="'stars'"):
        scorecard(made(), [row])


def test_a_score_is_the_squared_distance_to_what_came() -> None:
    outcome = {"club": "WTO", "economy": "KAZ", "by": "2012-06-14"}
    row = {"id": "x", "text": "t", "from": "offer", "offer": "wto_accession", "economy": "KAZ", "outcome": outcome}
    (scored,) = scorecard(made(), [row])
    assert (scored["probability"], scored["happened"]) == (0.4, False)
    assert scored["squared_error"] == pytest.approx(0.16)
