"""Capability and protection by hand, and against the record where data are at hand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.errors import InputError
from multipolar.security import (
    Neighbourhood,
    burden,
    capability,
    defence_probability,
    entrapment,
    outside_threats,
    protection,
    rank_table,
    security_level,
    switch_point,
    threat_similarity,
)


def place(**changes: object) -> Neighbourhood:
    """Small A and big B at the same spot; threat X next to A and far from B."""
    made = Neighbourhood(
        states=("A", "B"),
        threats=("X", "B"),
        capability=np.array([1.0, 8.0]),
        threat_capability=np.array([1.0, 8.0]),
        hazard=np.array([[0.1, 0.05], [0.0, 0.0]]),
        stake_usd_bn=np.array([10.0, 100.0]),
        distance_km=np.zeros((2, 2)),
        threat_distance_km=np.array([[0.0, 0.0], [1e9, 0.0]]),
        reach_km=1000.0,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_contest_by_hand() -> None:
    alone, together = defence_probability(place(), []), defence_probability(place(), ["A", "B"])
    assert alone[0].tolist() == pytest.approx([0.5, 1 / 9])
    assert together[0].tolist() == pytest.approx([0.9, 1 / 9])  # B is no help against B
    assert alone[1, 0] == pytest.approx(1.0)
    half = defence_probability(place(), ["A", "B"], reliability=0.5)
    assert half[0, 0] == pytest.approx(5 / 6)


def test_distance_wears_down_allies() -> None:
    far = place(distance_km=np.array([[0.0, 1000.0], [1000.0, 0.0]]))
    expected = (1 + 8 * np.exp(-1)) / (2 + 8 * np.exp(-1))
    assert defence_probability(far, ["A", "B"])[0, 0] == pytest.approx(expected)


def test_protection_is_the_rise_of_the_security_level() -> None:
    table = protection(place(), ["A", "B"])
    assert table.to_numpy()[0].tolist() == pytest.approx([0.1 * 10 * 0.4, 0.0])
    rise = security_level(place(), ["A", "B"]) - security_level(place(), [])
    assert np.allclose(table.sum(axis=1), rise)
    assert (security_level(place(), []) <= 0).all()


@given(st.integers(0, 3000), st.floats(0, 1))
def test_more_reliable_allies_never_hurt(seed: int, word: float) -> None:
    rng = np.random.default_rng(seed)
    n, m = 4, 3
    here = Neighbourhood(
        tuple("ABCD"),
        tuple("XYZ"),
        rng.uniform(0, 1, n),
        rng.uniform(0, 1, m),
        rng.uniform(0, 0.2, (n, m)),
        rng.uniform(0, 10, n),
        rng.uniform(0, 4000, (n, n)),
        rng.uniform(0, 4000, (n, m)),
        1500.0,
    )
    chance = defence_probability(here, "ABC", reliability=word)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert (defence_probability(here, "ABC") >= chance - 1e-12).all()
    assert np.allclose(defence_probability(here, "ABC", reliability=0.0), defence_probability(here, []))
    assert np.allclose(chance[3], defence_probability(here, [])[3])  # D is no member


def test_burden_and_switch_point() -> None:
    pledged = pd.Series({"A": 1000.0, "B": 0.0})
    cost = burden(pledged, 0.5, 0.1)
    assert cost.tolist() == pytest.approx([0.05, 0.0])
    assert (burden(pledged, 0.5, 0.0) == 0).all()
    point = switch_point(pd.Series({"A": 0.1, "B": 0.1}), burden(pledged, 0.5, 1.0))
    assert point["A"] == pytest.approx(0.2) and np.isnan(point["B"])
    with pytest.raises(InputError, match=r"\[0, 1\]"):
        burden(pledged, 0.5, 1.2)


def test_entrapment_is_for_others_wars_only() -> None:
    table = entrapment(place(), ["A", "B"], share=0.1)
    assert table["A"] == 0.0
    # X attacks A with 0.1 a year; that B itself attacks A (0.05) draws B into nothing.
    assert table["B"] == pytest.approx(0.1 * 0.1 * 100)


def _rivals() -> Neighbourhood:
    """Two rivals A and B, an outsider X that threatens A, and a strong C, all at the same spot."""
    return Neighbourhood(
        states=("A", "B", "C"),
        threats=("A", "B", "X"),
        capability=np.array([1.0, 1.0, 8.0]),
        threat_capability=np.ones(3),
        hazard=np.array([[0.0, 0.2, 0.1], [0.2, 0.0, 0.0], [0.0, 0.0, 0.0]]),
        stake_usd_bn=np.array([10.0, 10.0, 100.0]),
        distance_km=np.zeros((3, 3)),
        threat_distance_km=np.zeros((3, 3)),
        reach_km=1000.0,
    )


def test_a_pact_protects_from_outsiders_not_its_members_from_each_other() -> None:
    rivals = _rivals()
    whole = protection(rivals, ["A", "B", "C"])
    assert whole.loc["A"].to_numpy().tolist() == pytest.approx([0.0, 0.0, 0.1 * 10 * (10 / 11 - 1 / 2)])
    assert whole.loc["B"].to_numpy().tolist() == pytest.approx([0.0, 0.0, 0.0])
    # Without B in the pact C does help A against B.
    assert protection(rivals, ["A", "C"]).loc["A", "B"] == pytest.approx(0.2 * 10 * (9 / 10 - 1 / 2))
    rise = security_level(rivals, ["A", "B", "C"]) - security_level(rivals, [])
    assert np.allclose(whole.sum(axis=1), rise)


def test_nobody_is_drawn_into_a_war_between_two_allies() -> None:
    drawn = entrapment(_rivals(), ["A", "B", "C"], share=0.1)
    assert drawn.to_numpy().tolist() == pytest.approx([0.0, 0.1 * 0.1 * 10, 0.1 * 0.1 * 100])


def test_threats_among_members_can_be_left_out() -> None:
    rivals = _rivals()
    assert outside_threats(rivals, ["A", "B"]).hazard.tolist() == [[0, 0, 0.1], [0, 0, 0], [0, 0, 0]]
    assert np.array_equal(outside_threats(rivals, ["A", "C"]).hazard, rivals.hazard)  # C threatens nobody


def test_threat_similarity() -> None:
    hazard = pd.DataFrame({"X": [1.0, 0.0, 2.0, 0.0], "Y": [0.0, 1.0, 0.0, 0.0]}, index=list("ABCD"))
    table = threat_similarity(hazard).to_numpy()
    assert table[0, 1] == 0.0 and table[0, 2] == pytest.approx(1.0) and np.isnan(table[3, 0])


def test_bad_neighbourhoods_are_refused() -> None:
    with pytest.raises(InputError, match="cannot exceed 1"):
        place(hazard=np.array([[2.0, 0], [0, 0]]))
    with pytest.raises(InputError, match="'stake_usd_bn' of B is missing"):
        place(stake_usd_bn=np.array([1.0, np.nan]))
    with pytest.raises(InputError, match="needs shape"):
        place(capability=np.ones(3))
    with pytest.raises(InputError, match="reach"):
        place(reach_km=0.0)
    with pytest.raises(InputError, match="not among the states"):
        protection(place(), ["Z"])
    with pytest.raises(InputError, match="reliability"):
        defence_probability(place(), ["A"], reliability=2.0)


def test_indices_by_hand() -> None:
    table = capability(
        pd.DataFrame(
            {"milex": [3.0, 1.0], "milper": [1.0, 3.0], "tpop": [1.0, 1.0], "gdp": [2.0, 1.0]}, index=["A", "B"]
        )
    )
    assert table["composite"].tolist() == pytest.approx([(0.75 + 0.25 + 0.5) / 3, (0.25 + 0.75 + 0.5) / 3])
    assert table["economy"].tolist() == pytest.approx([0.8, 0.2])
    assert table["spending_per_soldier"].iloc[0] == pytest.approx(3 / (3 + np.sqrt(1 / 3)))
    assert table["composite_of"].tolist() == [3, 3]
    with pytest.raises(InputError, match="'milex' of A is negative"):
        capability(pd.DataFrame({"milex": [-1.0]}, index=["A"]))
    with pytest.raises(InputError, match="at least one"):
        capability(pd.DataFrame({"x": [1.0]}))


def test_strongest_army_of_central_asia_depends_on_index_and_year(shared_data: Path) -> None:
    raw = pd.read_parquet(shared_data / "cow" / "cow_nmc.parquet")
    central = {705: "KAZ", 704: "UZB", 703: "KGZ", 702: "TJK", 701: "TKM"}
    first: dict[tuple[int, str], str] = {}
    for year in (2007, 2009):
        states = raw[raw["year"] == year].set_index("ccode").rename(index=central)
        table = capability(states.where(states >= 0))
        if year == 2007:
            known = states["cinc"].reindex(list(central.values()))
            assert np.allclose(table["composite"].reindex(known.index), known, atol=1e-4)
        ranks = rank_table(table, list(central.values()))
        first |= {(year, index): str(ranks[index].idxmin()) for index in ("composite", "personnel")}
    assert first == {
        (2007, "composite"): "KAZ",
        (2007, "personnel"): "KAZ",
        (2009, "composite"): "KAZ",
        (2009, "personnel"): "UZB",
    }
