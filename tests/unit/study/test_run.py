"""A study, start to end, in a made-up world."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from multipolar.equilibrium import effects, solve
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.equilibrium.crew import crew
from multipolar.errors import InputError, NotSolvedError
from multipolar.report import html_fragment as html_of
from multipolar.report.schema import summary_schema
from multipolar.scenario import derive_policy, parse_study
from multipolar.study import contrast, measure, run, runner, uniform
from multipolar.study.contrast import merge_sectors
from multipolar.study.measure import begin_draws, get_ready
from multipolar.study.plan import make_plan
from multipolar.world import World, aggregate_sectors
from toy_study import TEXT, study_world, toy_result, toy_study, toy_summary

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
        assert row["gain_pct"] >= -1e-6  # today's schedule is one of those that are compared
        assert row["rate_pct"] == pytest.approx(row["factor"] * row["current_pct"])


def test_rates_of_scenarios_and_optimum_are_means_of_the_same_imports() -> None:
    """A scenario that leaves a member's rates alone shows today's mean, to the last digit that matters."""
    rows = {row["economy"]: row for row in toy_summary()["optimal_tariffs"]}
    assert rows["RUS"]["scenarios"]["union"] == pytest.approx(rows["RUS"]["current_pct"], rel=1e-12)


def test_every_contrast_says_what_its_focus_would_choose() -> None:
    summary = toy_summary()
    main = {row["economy"]: row for row in summary["optimal_tariffs"]}
    found = {c["id"]: {row["economy"]: row for row in c["optimal_tariffs"]} for c in summary["contrasts"]}
    for rows in found.values():
        assert set(rows) == {"KAZ", "RUS"}  # of the focus, those whose tariffs a scenario changes
        assert all(row["gain_pct"] >= -1e-6 for row in rows.values())
    assert found["purged"]["KAZ"] == main["KAZ"]  # deficits are taken out for the search anyway
    assert found["low"]["KAZ"]["rate_pct"] > main["KAZ"]["rate_pct"] + 0.1
    assert found["one-sector"]["KAZ"]["rate_pct"] != pytest.approx(main["KAZ"]["rate_pct"], abs=0.1)


def _draws_of_low(draws: int) -> np.ndarray:
    """Kazakhstan's real income under the union with goods elasticity 3.5, draw by draw, by hand."""
    study, found = toy_study(), []
    for draw in range(draws):
        u = uniform(7, draw)
        theta = study.elasticity(u)
        world = replace(study_world(), trade_elasticity=np.array([theta["energy"], 3.5, 5.0]))
        policy = derive_policy(world, study.resolved_scenarios()[1].sampled(u))
        found.append(effects(solve(world, policy)).loc["KAZ", "real_income_pct"])
    return np.array(found)


def test_contrasts_carry_bands_from_the_draws_of_the_main_run() -> None:
    result = toy_result(DRAWS)
    low = next(c for c in result.summary()["contrasts"] if c["id"] == "low")
    assert low["draws"] == DRAWS
    expected = _draws_of_low(DRAWS)
    row = low["scenarios"][1]
    band = row["economies"]["KAZ"]["real_income_pct"]
    assert [band["lo"], band["median"], band["hi"]] == pytest.approx(np.percentile(expected, [5, 50, 95]))
    gap = expected - result.to_xarray()["draws"].sel(scenario="union", economy="KAZ", measure="real_income_pct").values
    against = row["against_main"]["KAZ"]
    assert [against["real_income_pct"]["lo"], against["real_income_pct"]["hi"]] == pytest.approx(
        np.percentile(gap, [5, 95]), abs=1e-9
    )
    assert against["share_above"] == pytest.approx((gap > 0).mean())
    own = result.summary()["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]["value"]
    assert against["real_income_pct"]["value"] == pytest.approx(band["value"] - own)


def test_a_contrast_says_how_many_draws_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    few = toy_study().contrasts[1].model_copy(update={"draws": 2})
    none = toy_study().contrasts[0].model_copy(update={"draws": 0})
    study = toy_study().model_copy(update={"contrasts": (few, none, *toy_study().contrasts[2:])})
    monkeypatch.setattr(contrast, "CONTRAST_DRAWS", 3)
    summary = run(study, world=study_world(), draws=4).summary()
    jsonschema.validate(summary, summary_schema())
    assert [c["draws"] for c in summary["contrasts"]] == [2, 0, 3, 3]
    low, bare = (c["scenarios"][1]["economies"]["KAZ"]["real_income_pct"] for c in summary["contrasts"][:2])
    assert [low["lo"], low["hi"]] == pytest.approx(np.percentile(_draws_of_low(2), [5, 95]))
    assert bare["reason"] == "nothing drawn"


def test_failed_draws_of_a_contrast_are_counted_there(monkeypatch: pytest.MonkeyPatch) -> None:
    real = contrast.solve

    def sometimes(world: World, policy: Any, **options: Any) -> Any:
        if policy.name == "union" and world.trade_elasticity[0] < 15 and len(world.sectors) > 1:
            raise NotSolvedError("made to fail")
        return real(world, policy, **options)

    monkeypatch.setattr(contrast, "solve", sometimes)
    summary = run(toy_study(), world=study_world(), draws=DRAWS).summary()
    lost = sum(toy_study().elasticity(uniform(7, draw))["energy"] < 15 for draw in range(DRAWS))
    assert 0 < lost < DRAWS - 1
    assert summary["failed_draws"]["count"] == 0
    rows = {c["id"]: [s["failed_draws"] for s in c["scenarios"]] for c in summary["contrasts"]}
    assert rows == {"one-sector": [0, 0], "low": [0, lost], "purged": [0, lost], "other": [0, lost]}
    assert summary["contrasts"][1]["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]["lo"] is not None
    jsonschema.validate(summary, summary_schema())


def test_a_contrast_can_run_a_shipped_scenario_of_its_own() -> None:
    text = TEXT.replace(
        "title: Low elasticities,", "title: Low elasticities, scenarios: [union, kazakhstan-alone-adopts-tariff],"
    ).replace("scenario: union, contrast: low", "scenario: kazakhstan-alone-adopts-tariff, contrast: low")
    summary = run(parse_study(text, "toy.yaml"), world=study_world(), draws=2).summary()
    jsonschema.validate(summary, summary_schema())
    assert [s["id"] for s in summary["scenarios"]] == ["tariff-only", "union"]
    low = next(c for c in summary["contrasts"] if c["id"] == "low")
    own, extra = low["scenarios"]
    assert (own["id"], extra["id"]) == ("union", "kazakhstan-alone-adopts-tariff")
    assert extra["title"] == "Kazakhstan alone adopts Russia's tariff"
    assert extra["against_main"] == {} != own["against_main"]
    figure = next(p for p in summary["published"] if p["id"] == "low")
    assert figure["computed"] == extra["economies"]["KAZ"]["real_wage_pct"]
    html_of(summary)  # the report has no row of the main run to put beside it


def test_processes_give_the_numbers_of_threads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "DRAWS_A_PROCESS", DRAWS // 2)
    told: list[tuple[str, int, int]] = []
    result = run(
        toy_study(), world=study_world(), draws=DRAWS, workers=2, progress=lambda *step: told.append(step), out=tmp_path
    )
    assert _same(result.summary(), toy_summary(DRAWS))
    assert [done for stage, done, _ in told if stage == "draws"] == list(range(DRAWS + 1))


def test_draws_are_shared_between_processes_and_this_one(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_plan(toy_study(), world=study_world(), draws=30)
    with crew(1) as hands:
        alone = begin_draws(plan, [0, 1], hands=hands, checkpoint=ChunkStore(None)).collect(lambda *step: None)
    here: list[int] = []
    real = measure._one_draw

    def counted(about: Any, draw: int) -> Any:
        here.append(draw)
        return real(about, draw)

    with crew(1, processes=1) as hands:
        hands.submit(get_ready, hands.share(plan)).result()  # it is up: now both can work
        drawing = begin_draws(plan, [0, 1], hands=hands, checkpoint=ChunkStore(None))
        monkeypatch.setattr(drawing, "_job", counted)
        together = drawing.collect(lambda *step: None)
    assert together[0].tobytes() == alone[0].tobytes() and together[1] == alone[1]
    assert 0 < len(here) == len(set(here)) < 30


def test_an_interrupted_contrast_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measure, "CHUNK", 2)
    out = tmp_path / "out"

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "draws of contrasts" and done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(toy_study(), world=study_world(), draws=DRAWS, out=out, progress=stop)
    computed: list[int] = []
    real = contrast._one_draw

    def counted(*given: Any) -> Any:
        computed.append(given[-1])
        return real(*given)

    monkeypatch.setattr(contrast, "_one_draw", counted)
    monkeypatch.setattr(measure, "_one_draw", lambda *a: pytest.fail("the main run was complete"))
    result = run(toy_study(), world=study_world(), draws=DRAWS, out=out)
    assert sorted(computed) in ([4, 5], [2, 3, 4, 5])
    assert _same(result.summary(), toy_summary(DRAWS))


def test_the_median_stands_in_every_band() -> None:
    result = toy_result(DRAWS)
    values = result.to_xarray()["draws"].sel(scenario="union", economy="KAZ", measure="real_income_pct")
    band = result.summary()["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]
    assert band["median"] == pytest.approx(float(np.median(values)))
    assert "median" not in toy_summary(0)["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]


def test_the_bloc_adds_up() -> None:
    result = toy_result(DRAWS)
    alone, union = result.summary()["scenarios"]
    assert alone["bloc"] is None
    bloc = {name: band["value"] for name, band in union["bloc"].items()}
    assert bloc["trade_creation_usd_bn"] + bloc["trade_diversion_usd_bn"] == pytest.approx(
        bloc["imports_inside_usd_bn"], abs=1e-12
    )
    for name in ("imports_inside_usd_bn", "imports_outside_usd_bn"):
        members = sum(union["economies"][code][name]["value"] for code in union["members"])
        assert bloc[name] == pytest.approx(members)
        drawn = result.to_xarray()["draws"].sel(scenario="union", economy=union["members"], measure=name)
        ends = np.percentile(drawn.sum(dim="economy"), [5, 95])
        assert [union["bloc"][name]["lo"], union["bloc"][name]["hi"]] == pytest.approx(ends)


def test_causes_add_up() -> None:
    for scenario in toy_summary()["scenarios"]:
        for code, parts in scenario["causes"].items():
            total = parts.pop("total_pct")
            assert sum(parts.values()) == pytest.approx(total, abs=1e-10)
            assert total == pytest.approx(scenario["economies"][code]["real_income_pct"]["value"], abs=1e-10)
            assert abs(parts["remainder_pct"]) < 0.05 * sum(abs(part) for part in parts.values())


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

    def counted(about: Any, draw: int) -> Any:
        computed.append(draw)
        return real(about, draw)

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


def test_more_draws_than_a_study_may_have_are_refused_wherever_they_come_from() -> None:
    with pytest.raises(InputError, match="1000001 draws are more than the 1000000"):
        run(toy_study(), world=study_world(), draws=1_000_001)
