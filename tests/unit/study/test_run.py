"""A study, start to end, in a made-up world."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from multipolar.equilibrium import effects, solve
from multipolar.errors import InputError, NotSolvedError
from multipolar.report.schema import summary_schema
from multipolar.scenario import derive_policy
from multipolar.study import contrast, measure, run
from multipolar.study.contrast import merge_sectors
from multipolar.world import World, aggregate_sectors
from toy_study import study_world, toy_result, toy_study, toy_summary

DRAWS = 6


def _same(one: Any, other: Any) -> bool:
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@pytest.mark.parametrize("draws", [0, DRAWS])
def test_summary_meets_its_schema(draws: int) -> None:
    jsonschema.validate(toy_summary(draws), summary_schema())
    json.dumps(toy_summary(draws), allow_nan=False)


def test_schema_refuses_what_it_should() -> None:
    for spoil in (
        lambda s: s["scenarios"][0]["economies"]["KAZ"]["real_income_pct"].update(lo=None, reason=None),
        lambda s: s["scenarios"][0].update(residual=1e-3),
        lambda s: s.update(surprise=1),
        lambda s: s.pop("sources"),
    ):
        summary = toy_summary()
        spoil(summary)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(summary, summary_schema())


def test_central_values_are_those_of_the_engine() -> None:
    study, world = toy_study(), study_world()
    scenario = study.resolved_scenarios()[1]
    expected = effects(solve(world, derive_policy(world, scenario)))
    economies = toy_summary()["scenarios"][1]["economies"]
    for code in world.economies:
        for name in expected.columns:
            assert economies[code][name]["value"] == expected.loc[code, name]


def test_same_seed_same_numbers_whatever_the_workers() -> None:
    one = run(toy_study(), world=study_world(), draws=DRAWS, workers=1)
    many = run(toy_study(), world=study_world(), draws=DRAWS, workers=5)
    assert _same(one.summary(), many.summary())
    np.testing.assert_array_equal(one.draws, many.draws)
    other = run(toy_study(), world=study_world(), draws=DRAWS, seed=8)
    assert not np.array_equal(other.draws, one.draws)


def test_more_draws_and_scenarios_leave_the_first_ones_alone() -> None:
    few, many = toy_result(DRAWS), run(toy_study(), world=study_world(), draws=DRAWS + 3)
    np.testing.assert_array_equal(many.draws[:DRAWS], few.draws)
    alone = toy_study().model_copy(update={"scenarios": toy_study().scenarios[1:], "contrasts": (), "published": ()})
    np.testing.assert_array_equal(run(alone, world=study_world(), draws=DRAWS).draws[:, 0], few.draws[:, 1])


def test_bands_are_percentiles_of_the_draws() -> None:
    result = toy_result(DRAWS)
    band = result.summary()["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]
    values = result.to_xarray()["draws"].sel(scenario="union", economy="KAZ", measure="real_income_pct")
    assert [band["lo"], band["hi"]] == pytest.approx(np.percentile(values, [5, 95]))
    assert values.std() > 0


def test_differences_are_taken_draw_by_draw() -> None:
    result = toy_result(DRAWS)
    row = result.summary()["differences"][0]
    assert (row["scenario"], row["against"]) == ("union", "tariff-only")
    values = result.to_xarray()["draws"].sel(economy="KAZ", measure="real_income_pct")
    gap = values.sel(scenario="union") - values.sel(scenario="tariff-only")
    found = row["economies"]["KAZ"]
    assert found["real_income_pct"]["lo"] == pytest.approx(float(np.percentile(gap, 5)))
    assert found["share_above"] == pytest.approx(float((gap > 0).mean()))


def test_failed_draws_are_counted_and_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = measure.solve

    def sometimes(world: World, policy: Any, **options: Any) -> Any:
        if policy.name == "union" and world.trade_elasticity[0] < 15:
            raise NotSolvedError("made to fail")
        return real(world, policy, **options)

    monkeypatch.setattr(measure, "solve", sometimes)
    result = run(toy_study(), world=study_world(), draws=DRAWS)
    summary = result.summary()
    lost = int(np.isnan(result.draws[:, 1, 0, 0]).sum())
    assert 0 < lost < DRAWS
    assert summary["failed_draws"]["count"] == lost
    assert {f["scenario"] for f in summary["failed_draws"]["listed"]} == {"union"}
    assert {f["reason"] for f in summary["failed_draws"]["listed"]} == {"made to fail"}
    assert [s["failed_draws"] for s in summary["scenarios"]] == [0, lost]
    jsonschema.validate(summary, summary_schema())


def test_a_scenario_without_solution_is_reported_not_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    real = contrast.solve

    def fail(world: World, policy: Any, **options: Any) -> Any:
        if policy.name == "union":
            raise NotSolvedError("made to fail")
        return real(world, policy, **options)

    monkeypatch.setattr(contrast, "solve", fail)
    result = run(toy_study(), world=study_world(), draws=2)
    assert not result.solved
    summary = result.summary()
    assert [s["status"] for s in summary["scenarios"]] == ["solved", "not_solved"]
    assert summary["scenarios"][1]["reason"] == "made to fail"
    assert summary["published"][0]["computed"]["value"] is None
    jsonschema.validate(summary, summary_schema())

    monkeypatch.setattr(contrast, "solve", lambda *a, **k: (_ for _ in ()).throw(NotSolvedError("none")))
    with pytest.raises(NotSolvedError, match="no scenario"):
        run(toy_study(), world=study_world())


def test_members_focus_and_words() -> None:
    summary = toy_summary(DRAWS)
    assert summary["members"] == ["KAZ", "RUS", "BLR"]
    assert summary["focus"] == ["KAZ", "RUS", "CHN"]
    assert summary["scenarios"][1]["members"] == ["RUS", "KAZ", "BLR"]
    assert set(summary["scenarios"][1]["words"]) == set(study_world().economies)
    assert "trade_creation_usd_bn" in summary["scenarios"][1]["economies"]["BLR"]
    assert "trade_creation_usd_bn" not in summary["scenarios"][1]["economies"]["CHN"]


def test_decomposition_adds_up() -> None:
    scenario = toy_summary()["scenarios"][1]
    for code, parts in scenario["decomposition"].items():
        total = parts.pop("total_pct")
        assert sum(parts.values()) == pytest.approx(total, abs=1e-10)
        assert total == pytest.approx(scenario["economies"][code]["real_income_pct"]["value"], abs=1e-8)


def test_published_figures_stand_beside_computed_ones() -> None:
    summary = toy_summary(DRAWS)
    main, low, none = summary["published"]
    own = summary["scenarios"][1]["economies"]["KAZ"]["real_wage_pct"]
    assert main["computed"] == own
    assert main["difference"] == pytest.approx(own["value"] - 0.5)
    assert main["inside_band"] == (own["lo"] <= 0.5 <= own["hi"])
    assert main["label"] == "A. Nobody (2012)"
    contrasts = {c["id"]: c for c in summary["contrasts"]}
    assert low["computed"] == contrasts["low"]["scenarios"][1]["economies"]["KAZ"]["real_wage_pct"]
    assert low["computed"]["value"] != own["value"]
    assert none["published"] is None
    assert none["difference"] is None


def test_contrasts_change_one_thing() -> None:
    summary, world = toy_summary(), study_world()
    contrasts = {c["id"]: c for c in summary["contrasts"]}
    assert set(contrasts) == {"one-sector", "low", "purged", "other"}
    scenario = toy_study().resolved_scenarios()[1]
    purged = effects(solve(world, derive_policy(world, scenario), deficits="purged"))
    found = contrasts["purged"]["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]["value"]
    assert found == pytest.approx(purged.loc["KAZ", "real_income_pct"], abs=1e-7)


def test_optimal_tariffs_stand_beside_tariff_scenarios() -> None:
    rows = {row["economy"]: row for row in toy_summary()["optimal_tariffs"]}
    assert set(rows) == {"RUS", "KAZ", "BLR"}
    assert set(rows["KAZ"]["scenarios"]) == {"tariff-only", "union"}
    assert set(rows["BLR"]["scenarios"]) == {"union"}
    for row in rows.values():
        assert 0 < row["rate_pct"] < 100
        assert row["at_bound"] is False
        assert row["reason"] is None
        assert math.isfinite(row["gain_pct"])  # below zero where today's rates differ by sector to good effect


def test_merging_sectors_keeps_what_a_policy_collects() -> None:
    world = study_world()
    policy = derive_policy(world, toy_study().resolved_scenarios()[1])
    merged = aggregate_sectors(world, {"all": world.sectors})
    one = merge_sectors(world, policy, merged)
    duty = (policy.tariff * world.trade_flow).sum(axis=2)
    np.testing.assert_allclose(one.tariff[:, :, 0] * merged.trade_flow[:, :, 0], duty, atol=1e-8)
    home = np.einsum("iis->is", one.cost_hat)
    np.testing.assert_allclose(home, 1.0)
    theta, flow = merged.trade_elasticity[0], world.trade_flow[1, 0]
    response = (flow * policy.cost_hat[1, 0] ** -theta).sum() / flow.sum()
    assert one.cost_hat[1, 0, 0] ** -theta == pytest.approx(response)
    assert 0.95 < one.cost_hat[1, 0, 0] < 1  # services are outside the union


def test_a_ban_of_every_sector_stays_a_ban() -> None:
    world = study_world()
    policy = derive_policy(world, toy_study().resolved_scenarios()[0])
    cost = np.array(policy.cost_hat)
    cost[0, 1] = np.inf
    cost[0, 2, 0] = np.inf
    from dataclasses import replace

    one = merge_sectors(world, replace(policy, cost_hat=cost), aggregate_sectors(world, {"all": world.sectors}))
    assert math.isinf(one.cost_hat[0, 1, 0])
    assert 1 < one.cost_hat[0, 2, 0] < math.inf


def test_result_tables_and_immutability() -> None:
    result = toy_result(DRAWS)
    assert list(result.effects.columns) == ["scenario", "economy", "measure", "value", "lo", "hi"]
    assert not result.effects["value"].isna().any()
    with pytest.raises(ValueError, match="read-only"):
        result.draws[:] = 0.0
    result.summary()["scenarios"].clear()
    assert len(result.summary()["scenarios"]) == 2
    assert "A toy union" in result._repr_html_()
    assert "toy-union" in repr(result)


def test_an_interrupted_run_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "CHUNK", 2)
    out = tmp_path / "out"

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "draws" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(toy_study(), world=study_world(), draws=DRAWS, out=out, progress=stop)
    assert not (out / "summary.json").exists()
    assert not (out / "report.html").exists()
    computed: list[int] = []
    real = measure._one_draw

    def counted(plan: Any, wanted: Any, draw: int) -> Any:
        computed.append(draw)
        return real(plan, wanted, draw)

    monkeypatch.setattr(measure, "_one_draw", counted)
    result = run(toy_study(), world=study_world(), draws=DRAWS, out=out)
    assert len(computed) <= DRAWS - 2
    assert _same(result.summary(), toy_summary(DRAWS))
    assert json.loads((out / "summary.json").read_text()) == result.summary()
    assert not (out / ".checkpoint").exists()


def test_another_study_does_not_use_the_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(stage: str, done: int, total: int) -> None:
        if stage == "writing":
            raise KeyboardInterrupt

    out = tmp_path / "out"
    with pytest.raises(KeyboardInterrupt):
        run(toy_study(), world=study_world(), draws=2, out=out, progress=stop)
    other = run(toy_study(seed="8"), world=study_world(), draws=2, out=out)
    assert _same(other.summary(), run(toy_study(seed="8"), world=study_world(), draws=2).summary())


def test_written_files_hold_the_same_numbers(tmp_path: Path) -> None:
    import pandas as pd

    result = toy_result(DRAWS)
    result.write(tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "effects.csv")
    pd.testing.assert_frame_equal(table, result.effects)
    names = {p.name for p in (tmp_path / "out" / "figures").iterdir()}
    assert {"real-income.svg", "real-income.png", "published-comparison.svg"} <= names


@pytest.mark.parametrize(("options", "words"), [({"draws": -1}, "draws"), ({"seed": -1}, "seed")])
def test_bad_counts_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        run(toy_study(), world=study_world(), **options)


def test_figures_of_a_users_world_are_not_drawn() -> None:
    assert toy_summary(DRAWS)["figures_drawn"] is False
