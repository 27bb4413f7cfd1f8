"""The recipes that ship, built from the published files: sizes, identities, known holes, and that they solve."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multipolar.equilibrium import effects, solve
from multipolar.scenario import derive_policy, load_scenario, load_study
from multipolar.scenario.fitting import fit_study, focus_codes
from multipolar.scenario.policy import status_quo
from multipolar.world import World, load_world
from multipolar.world.building import Built, build_world

SIZES = {
    "world-2009-197": (197, 3),
    "world-2023-baci": (194, 1),
    "wiod-2009": (41, 35),
    "wiod-2009-split": (44, 35),
    "caliendo-parro-1993": (31, 40),
}


@pytest.fixture(scope="module")
def built(shared_data: Path) -> dict[str, Built]:
    return {name: build_world(name, [shared_data]) for name in SIZES}


def flag(made: Built, words: str) -> list[str]:
    return [place for item in made.report["flags"] if words in item["what"] for place in item["where"]]


def at(world: World, *codes: str) -> list[int]:
    return [world.economy_index(code) for code in codes]


@pytest.mark.parametrize("name", SIZES)
def test_sizes_and_identities(name: str, built: dict[str, Built]) -> None:
    world = built[name].world
    assert (len(world.economies), len(world.sectors)) == SIZES[name]
    assert world.check().max_residual < 1e-12
    assert world.year in (1993, 2009, 2023)


@pytest.mark.parametrize("name", SIZES)
def test_the_engine_solves_them(name: str, built: dict[str, Built]) -> None:
    world = built[name].world
    still = status_quo(world, "nothing")
    assert np.abs(solve(world, still).wage_hat - 1).max() < 1e-12
    dearer = np.array(world.tariff)
    dearer[1:, 0] += 0.05
    assert solve(world, replace(still, tariff=dearer)).residual < 1e-9


def test_197_economies_beside_the_shipped_world(built: dict[str, Built]) -> None:
    """Russia, Kazakhstan, Belarus and Ukraine are single in both: same files, so figures must be close."""
    full, shipped = built["world-2009-197"].world, load_world()
    for code in ("RUS", "KAZ", "BLR", "UKR"):
        (i,), (j,) = at(full, code), at(shipped, code)
        assert full.gdp[i] == pytest.approx(shipped.gdp[j], rel=0.01)
        exports = [
            w.trade_flow[k].sum(axis=0)[:2].sum() - w.trade_flow[k, k, :2].sum() for w, k in ((full, i), (shipped, j))
        ]
        assert exports[0] == pytest.approx(exports[1], rel=0.05)
    for o, d in (("RUS", "KAZ"), ("RUS", "BLR"), ("BLR", "RUS")):
        pair = [w.trade_flow[(*at(w, o), *at(w, d))][1] for w in (full, shipped)]
        assert pair[0] == pytest.approx(pair[1], rel=0.03)
    rates = full.external_tariff[at(full, "RUS", "KAZ"), 1]
    np.testing.assert_allclose(rates, shipped.external_tariff[at(shipped, "RUS", "KAZ"), 1], rtol=0.06)
    assert full.external_tariff[at(full, "DEU"), 1] == pytest.approx(full.external_tariff[at(full, "FRA"), 1], rel=0.02)
    assert full.tariff[at(full, "KAZ"), at(full, "RUS"), 1] == 0
    assert flag(built["world-2009-197"], "GDP imputed") == ["MSR", "MYT"]


def test_2023_flags_the_hole_between_russia_and_belarus(built: dict[str, Built]) -> None:
    holes = flag(built["world-2023-baci"], "unreported or nil")
    assert {"RUS to BLR (EACU)", "BLR to RUS (EACU)"} <= set(holes)
    world = built["world-2023-baci"].world
    assert world.flow_status[(*at(world, "RUS"), *at(world, "BLR"), 0)] == 0


def test_wiod_loses_its_negatives_and_little_else(built: dict[str, Built]) -> None:
    report = built["wiod-2009"].report
    assert report["numbers"]["output_after_usd_bn"] == pytest.approx(
        report["numbers"]["output_before_usd_bn"], rel=0.01
    )
    assert report["largest_move_pct"] < 5.5  # Malta
    assert (built["wiod-2009"].world.final_demand >= 0).all()


def test_what_is_split_out_and_what_is_left_are_the_rest(built: dict[str, Built]) -> None:
    whole, split = built["wiod-2009"].world, built["wiod-2009-split"].world
    parts = at(split, "ROW", "KAZ", "BLR", "UKR")
    (rest,) = at(whole, "ROW")
    others = [i for i in range(len(whole.economies)) if i != rest]
    np.testing.assert_allclose(
        split.trade_flow[parts][:, others].sum(axis=0), whole.trade_flow[rest, others], rtol=1e-9, atol=1e-6
    )
    np.testing.assert_allclose(split.output[parts].sum(axis=0), whole.output[rest], rtol=1e-9)
    for code, gdp in (("KAZ", 115_309), ("BLR", 50_873), ("UKR", 121_552)):  # World Bank, USD million
        assert split.gdp[at(split, code)][0] == pytest.approx(gdp, rel=0.15)


def test_1993_keeps_the_authors_trade(built: dict[str, Built], shared_data: Path) -> None:
    from multipolar.replicate.caliendo_parro_2015 import build as authors

    theirs, _ = authors(shared_data / "caliendo_parro_1993_2005")
    ours = built["caliendo-parro-1993"].world
    np.testing.assert_allclose(ours.trade_flow, theirs.trade_flow, rtol=1e-12)
    np.testing.assert_array_equal(ours.tariff, theirs.tariff)
    assert (ours.final_demand >= 0).all()


def test_importers_totals_and_home_energy_hold_in_197_economies(built: dict[str, Built]) -> None:
    """Raised trade meets importers' totals, up to one factor, except in the few whose record is above them."""
    full, shipped = built["world-2009-197"].world, load_world()
    assert built["world-2009-197"].report["numbers"]["factor_on_goods_imports"] == pytest.approx(1.028, abs=0.001)
    bought = full.trade_flow[:, :, :2].sum(axis=(0, 2)) - np.einsum("iis->i", full.trade_flow[:, :, :2])
    totals = {"RUS": 192e3, "USA": 1610e3, "DEU": 926e3, "SAU": 95.6e3}  # merchandise imports, c.i.f., USD million
    for code, total in totals.items():
        assert bought[at(full, code)][0] == pytest.approx(1.028 * total / 1.06, rel=0.01)
    own = [
        w.trade_flow[k, k, 0] / ((1 + w.tariff) * w.trade_flow)[:, k, 0].sum()
        for w in (full, shipped)
        for k in at(w, "TUR")
    ]
    assert own[0] == pytest.approx(own[1], rel=0.01)
    low = at(full, "CHN", "DEU", "JPN")
    home = np.array([full.trade_flow[k, k, 0] / ((1 + full.tariff) * full.trade_flow)[:, k, 0].sum() for k in low])
    assert (home > 0.3).all()


def test_a_study_of_34_economies_reads_on_197(built: dict[str, Built]) -> None:
    world = built["world-2009-197"].world
    study = load_study("customs-union-2009")
    fit_study(study, world)
    assert study.focus is not None and "EUN" in study.focus
    assert focus_codes(study, world) == tuple("DEU" if code == "EUN" else code for code in study.focus)
    found = effects(solve(world, derive_policy(world, load_scenario("kazakhstan-alone-adopts-tariff"))))
    assert -0.9 < found.real_wage_pct["KAZ"] < -0.5


@pytest.mark.long
def test_the_flagship_runs_on_197_economies(built: dict[str, Built], tmp_path: Path) -> None:
    from multipolar.study import run

    world = built["world-2009-197"].world
    summary = run("customs-union-2009", world=world, draws=0, out=tmp_path / "out").summary()
    assert all(item["status"] == "solved" for item in summary["scenarios"])
    found = {s["id"]: s["economies"] for s in summary["scenarios"]}
    wage = found["kazakhstan-alone-adopts-tariff"]["KAZ"]["real_wage_pct"]["value"]
    assert -0.9 < wage < -0.5
    assert "DEU" in summary["focus"] and "EUN" not in summary["focus"]
