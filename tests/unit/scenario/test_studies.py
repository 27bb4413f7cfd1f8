"""Study files: what they hold, what they refuse, and how names are looked up."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from multipolar.errors import InputError, ScenarioError, UnknownNameError
from multipolar.scenario import Study, load_scenario, load_study, parse_study, shipped_scenarios, shipped_studies

HEAD = "schema: 1\nkind: study\nid: test\ntitle: Test\n"
USE = "scenarios:\n  - use: russia-wto-alone\n"
INLINE = """scenarios:
  - schema: 1
    kind: scenario
    id: mine
    title: Mine
    shocks:
      - kind: tariff
        importers: KAZ
        rate: {value: 0.1, lo: 0.05, hi: 0.2}
"""


def read(text: str) -> Study:
    return parse_study(HEAD + text, "study.yaml")


def test_defaults() -> None:
    study = read(USE)
    assert (study.world, study.deficits, study.seed, study.draws) == ("world-2009", "fixed", 0, 0)
    assert study.on == dt.date(2009, 6, 15)
    assert study.baseline_scenario() is None
    assert [scenario.id for scenario in study.resolved_scenarios()] == ["russia-wto-alone"]


def test_inline_scenarios_take_the_studys_day_unless_they_set_one() -> None:
    assert read("on: 2012-01-01\n" + INLINE).resolved_scenarios()[0].on == dt.date(2012, 1, 1)
    own = INLINE.replace("    title: Mine", "    title: Mine\n    on: 2010-05-05")
    assert read("on: 2012-01-01\n" + own).resolved_scenarios()[0].on == dt.date(2010, 5, 5)


def test_lines_reach_into_inline_scenarios_baselines_and_contrasts() -> None:
    study = read(
        INLINE
        + "baseline:\n  - {kind: tariff, importers: KAZ, rate: 0.053}\ncontrasts:\n  - kind: baseline\n    id: b\n"
        "    title: B\n    shocks:\n      - {kind: tariff, importers: KZA, rate: 0.1}\n"
    )
    assert study.resolved_scenarios()[0].shocks[0].place("rate") == ("study.yaml", 13)
    base = study.baseline_scenario()
    assert base is not None
    assert base.shocks[0].place() == ("study.yaml", 15)
    contrast = study.contrasts[0]
    assert contrast.kind == "baseline"
    made = study.scenario_of(contrast.id, contrast.title, contrast.shocks)
    assert made is not None
    assert made.shocks[0].place("importers") == ("study.yaml", 21)


def test_elasticities_and_draws() -> None:
    study = read("elasticities:\n  energy: {value: 15, lo: 8, hi: 30, source: ours}\n  goods: 4.5\n" + INLINE)
    assert study.elasticity() == {"energy": 15.0, "goods": 4.5}
    asked: list[str] = []

    def uniform(key: str) -> float:
        asked.append(key)
        return 0.0

    assert study.elasticity(uniform) == {"energy": 8.0, "goods": 4.5}
    assert asked == ["elasticity:energy"]
    shock = study.resolved_scenarios()[0].sampled(uniform).shocks[0]
    assert shock.kind == "tariff"
    assert shock.rate == 0.05
    assert asked == ["elasticity:energy", "rate"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "'scenarios' is missing"),
        ("scenarios: []", "is empty"),
        ("scenarios:\n  - use: russia-wto\n", "unknown shipped scenario 'russia-wto'; did you mean russia-wto-alone"),
        ("scenarios:\n  - use: ../../secret\n", "lower-case letters, digits and hyphens"),
        ("scenarios:\n  - use: /etc/passwd\n", "lower-case letters, digits and hyphens"),
        ("scenarios:\n  - {use: russia-wto-alone, on: 2010-01-01}\n", "unknown field 'on'"),
        (USE + "  - use: russia-wto-alone\n", "'russia-wto-alone' stands twice"),
        (USE + "elasticities: {goods: 0}\n", "elasticity of 'goods' must be above 0"),
        (USE + "elasticities: {goods: {value: 4, lo: -1, hi: 5}}\n", "must be above 0"),
        (USE + "seed: -1\n", "seed"),
        (USE + "draws: 1.5\n", "draws"),
        (USE + "draws: true\n", "draws"),
        (USE + "deficits: none\n", "'none' is not accepted"),
        (USE + "contrasts:\n  - {kind: one_sektor}\n", "did you mean one_sector"),
        (USE + "contrasts:\n  - {kind: one_sector}\n  - {kind: one_sector}\n", "contrast 'one-sector' stands twice"),
        (
            USE + "contrasts:\n  - {kind: one_sector, scenarios: other}\n",
            "names scenario 'other', which the study does not have",
        ),
        (
            USE + "published:\n  - {id: p, economy: RUS, measure: real_income_pct, scenario: s, value: 1, source: x}\n",
            "names scenario 's'",
        ),
        (
            USE
            + "published:\n"
            + "  - {id: p, economy: RUS, measure: real_income_pct, scenario: russia-wto-alone, value: 1, source: x}\n",
            "names source 'x'",
        ),
        (
            USE + "published:\n  - {id: p, economy: RUS, measure: income, scenario: s, value: 1, source: x}\n",
            "'income' is not accepted",
        ),
        (
            USE + "sources:\n  - {id: x, citation: X}\npublished:\n"
            "  - {id: p, economy: RUS, measure: real_wage_pct, scenario: russia-wto-alone, value: null, source: x}\n",
            "has no value; say why in a note",
        ),
    ],
)
def test_refused(text: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        read(text)
    assert words in str(caught.value)
    assert str(caught.value).startswith("study.yaml:")
    assert "\n" not in str(caught.value)


def test_names_are_looked_up_in_the_library_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").write_text(HEAD + USE)
    with pytest.raises(UnknownNameError, match="unknown study 'mine'"):
        load_study("mine")
    assert load_study("./mine").id == "test"
    assert load_study(tmp_path / "mine").id == "test"
    with pytest.raises(UnknownNameError, match="unknown scenario 'union-leader'; did you mean union-leader-tariff"):
        load_scenario("union-leader")


@pytest.mark.parametrize(
    "name", ["../studies/customs-union-2009", "customs-union-2009.yaml", "Customs-Union-2009", "a/../b", ""]
)
def test_anything_else_is_a_path(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError):
        load_study(name)


def test_what_ships() -> None:
    assert {"customs-union-2009", "kazakhstan-world-bank-rates"} <= set(shipped_studies())
    assert {"russia-wto-alone", "union-leader-tariff", "union-joint-accession"} <= set(shipped_scenarios())
