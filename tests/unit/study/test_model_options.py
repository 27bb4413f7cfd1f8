"""Options of the model that a study sets: in every solve, in the record, and refused where they are wrong."""

from __future__ import annotations

import json

import numpy as np
import pytest
from jsonschema import Draft202012Validator

from multipolar.equilibrium import Model, effects, purge_deficits, solve
from multipolar.errors import ScenarioError
from multipolar.report.page import report_html
from multipolar.report.schema import summary_schema
from multipolar.scenario import derive_policy, json_schema, parse_study
from multipolar.study import make_plan, run
from multipolar.study.measure import MEASURES
from toy_study import TEXT
from toys import toy_world

WORLD = toy_world()
INCOME = list(MEASURES).index("real_income_pct")


def _study(model: str, *, draws: int = 0, deficits: str = "fixed"):
    text = TEXT.replace("draws: 0", f"draws: {draws}\ndeficits: {deficits}\nmodel: {model}")
    return parse_study(text, "toy.yaml")


def test_scale_economies_give_other_numbers_those_of_a_direct_solve() -> None:
    study = _study("{scale: {goods: 0.1}}")
    result, plain = run(study, world=WORLD), run(parse_study(TEXT), world=WORLD)
    begin = make_plan(study, world=WORLD).start()
    model = Model(scale=np.array([0.1 if code == "goods" else 0.0 for code in WORLD.sectors]))
    for place, scenario in enumerate(study.resolved_scenarios()):
        direct = effects(solve(begin.world, derive_policy(begin.world, scenario), model=model))["real_income_pct"]
        np.testing.assert_allclose(result.central[place, :, INCOME], direct, rtol=1e-12, atol=1e-12)
        assert np.abs(result.central[place, :, INCOME] - plain.central[place, :, INCOME]).max() > 1e-3
    assert result.content["model"] == {"scale": {"goods": 0.1}} and plain.content["model"] is None
    Draft202012Validator(summary_schema()).validate(json.loads(json.dumps(result.content)))
    # Searched in the plain model, and causes that do not know of scale.
    assert result.content["optimal_tariffs"] == [] and plain.content["optimal_tariffs"]
    assert all(s["causes"] == {} for s in result.content["scenarios"])
    page = report_html(result.content)
    assert "scale economies goods 0.1" in page and "scale economies" not in report_html(plain.content)


def test_contrasts_and_draws_use_the_options() -> None:
    study = _study("{labour: 0.4, revenue: income-tax, income_tax: {RUS: 0.3}}", draws=2)
    result, plain = run(study, world=WORLD), run(_study("{labour: 0.0}", draws=2), world=WORLD)
    assert result.draws.shape[0] == 2 and np.isfinite(result.draws[..., INCOME]).all()
    assert (np.abs(result.draws[..., INCOME] - plain.draws[..., INCOME]).max(axis=2) > 1e-4).all()
    tax = np.array([0.3 if code == "RUS" else 0.0 for code in WORLD.economies])
    model = Model(labour=0.4, revenue="income-tax", income_tax=tax)
    purged = next(c for c in result.content["contrasts"] if c["id"] == "purged")
    start = purge_deficits(make_plan(study, world=WORLD).start().world, model=model)
    for row, scenario in zip(purged["scenarios"], study.resolved_scenarios(), strict=True):
        direct = effects(solve(start, derive_policy(start, scenario), model=model))["real_income_pct"]
        for code in WORLD.economies:
            assert row["economies"][code]["real_income_pct"]["value"] == pytest.approx(direct[code], abs=1e-10)
    others = [c for c in result.content["contrasts"] if c["kind"] != "deficits"]
    assert all(s["status"] == "solved" for c in others for s in c["scenarios"]) and len(others) == 3
    assert "elasticity of labour supply 0.4" in report_html(result.content)


def test_one_sector_takes_the_mean_of_scale_by_output() -> None:
    study = _study("{scale: {goods: 0.1, services: 0.05}}")
    result = run(study, world=WORLD)
    merged = next(c for c in result.content["contrasts"] if c["kind"] == "one_sector")
    assert [s["status"] for s in merged["scenarios"]] == ["solved", "solved"]


def test_deficits_as_a_multiple_of_income() -> None:
    text = TEXT.replace("draws: 0", "draws: 0\ndeficits: multiplicative")
    study = parse_study(text)
    result = run(study, world=WORLD)
    begin = make_plan(study, world=WORLD).start()
    for place, scenario in enumerate(study.resolved_scenarios()):
        eq = solve(begin.world, derive_policy(begin.world, scenario), deficits="multiplicative")
        np.testing.assert_allclose(result.central[place, :, INCOME], effects(eq)["real_income_pct"], atol=1e-12)
    assert "a constant multiple of income" in report_html(result.content)


@pytest.mark.parametrize(
    ("model", "says"),
    [
        ("{scael: 0.1}", "unknown field 'scael'; did you mean scale?"),
        ("{scale: -0.1}", "scale must lie from 0 to 5, not -0.1; 0 changes nothing"),
        ("{local_cost: {RUS: 1.5}}", "local_cost of 'RUS' must lie from 0 to 0.95, not 1.5; 0 changes nothing"),
        ("{labour: much}", "must be a number, not 'much'"),
        ("{labour: 50%}", "write 0.5"),
        ("{revenue: lost}", "'lost' is not accepted; write 'lump-sum' or 'income-tax'"),
        ("{}", "names no option; give one, or drop model"),
    ],
)
def test_a_wrong_option_is_named_with_its_line(model: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=r"^toy\.yaml:10: model") as caught:
        _study(model)
    assert says in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("model", "says"), [("{scale: {steel: 0.1}}", "unknown sector 'steel'"), ("{labour: {KAX: 1}}", "KAZ")]
)
def test_codes_are_held_against_the_world(model: str, says: str) -> None:
    with pytest.raises(ScenarioError, match=r"^toy\.yaml:10: model: ") as caught:
        run(_study(model), world=WORLD)
    assert says in str(caught.value)


def test_the_schema_tells_the_options() -> None:
    found = json_schema("study")
    Draft202012Validator.check_schema(found)
    options = found["$defs"]["ModelOptions"]["properties"]
    assert list(options) == ["labour", "scale", "pass_through", "market_size", "local_cost", "revenue", "income_tax"]
    assert all(option["description"] for option in options.values())
