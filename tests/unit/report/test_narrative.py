"""Sentences follow the numbers: change a number and the sentence changes."""

from __future__ import annotations

import copy
from typing import Any

from multipolar.report.narrative import passages
from toy_study import toy_summary


def _said(summary: dict[str, Any]) -> dict[str, str]:
    return {p.heading: " ".join(p.sentences) for p in passages(summary)}


def _set(summary: dict[str, Any], scenario: int, code: str, value: float, lo: float, hi: float) -> None:
    band = {"value": value, "lo": lo, "hi": hi}
    summary["scenarios"][scenario]["economies"][code]["real_income_pct"] = band


def _drawn() -> dict[str, Any]:
    summary = toy_summary(6)
    for scenario in range(2):
        for code in summary["members"]:
            _set(summary, scenario, code, 0.0, 0.0, 0.0)
    return summary


def test_no_effect_is_called_so() -> None:
    said = _said(_drawn())
    assert "No member's real income moves by as much as 0.005%" in said["In short"]
    assert "see no effect" in said["Who gains, who loses"]
    assert "No scenario reverses" in said["Where signs turn"]


def test_signs_and_bands_choose_the_sentence() -> None:
    summary = _drawn()
    _set(summary, 0, "KAZ", -0.10, -0.21, -0.03)
    _set(summary, 0, "RUS", 2.0, 1.0, 3.0)
    _set(summary, 0, "BLR", 0.03, -0.10, 0.2)
    text = _said(summary)["Who gains, who loses"]
    assert "Economy KAZ slightly loses (−0.10%, band −0.21 to −0.03%)" in text
    assert "Economy RUS strongly gains (+2.00%, band +1.00 to +3.00%)" in text
    assert "for Economy BLR the sign is not settled (+0.030%, band −0.10 to +0.20%)" in text


def test_a_reversal_names_both_scenarios_and_how_often() -> None:
    summary = _drawn()
    _set(summary, 0, "KAZ", -0.10, -0.21, -0.03)
    _set(summary, 1, "KAZ", 0.24, 0.1, 0.3)
    summary["differences"][0]["economies"]["KAZ"]["share_above"] = 0.97
    text = _said(summary)["Where signs turn"]
    assert "Economy KAZ loses 0.10% under “Kazakhstan adopts China's tariff” and gains 0.24% under" in text
    assert "“A union with lower costs”; the second is better in 97% of the draws" in text
    summary["scenarios"][0]["economies"]["KAZ"]["real_income_pct"]["hi"] = 0.2
    assert "No scenario reverses the settled sign" in _said(summary)["Where signs turn"]


def test_a_reversal_needs_size_on_both_sides() -> None:
    summary = _drawn()
    _set(summary, 0, "KAZ", -0.10, -0.21, -0.03)
    _set(summary, 1, "KAZ", 0.04, 0.01, 0.06)
    assert "No scenario reverses the settled sign" in _said(summary)["Where signs turn"]
    assert "with 0.05% or more on both sides" in _said(summary)["Where signs turn"]
    _set(summary, 1, "KAZ", 0.05, 0.01, 0.06)
    assert "Economy KAZ loses 0.10%" in _said(summary)["Where signs turn"]


def test_a_reversal_prefers_scenarios_that_include_the_member() -> None:
    summary = _drawn()
    _set(summary, 0, "KAZ", -0.10, -0.21, -0.03)
    _set(summary, 1, "KAZ", 0.24, 0.1, 0.3)
    nearer = copy.deepcopy(summary["scenarios"][1]) | {"id": "nearer", "title": "Nearer", "members": ["RUS", "BLR"]}
    summary["scenarios"].append(nearer)
    _set(summary, 2, "KAZ", 0.06, 0.05, 0.3)
    assert "gains 0.24% under “A union with lower costs”" in _said(summary)["Where signs turn"]
    nearer["members"] = ["KAZ", "RUS", "BLR"]
    assert "gains 0.06% under “Nearer”" in _said(summary)["Where signs turn"]


def test_a_settled_loss_is_counted_however_small() -> None:
    summary = _drawn()
    _set(summary, 0, "KAZ", -0.0047524, -0.015975, -0.002198)
    _set(summary, 1, "KAZ", 0.001, -0.004, 0.004)
    text = _said(summary)["Who gains, who loses"]
    assert "of 2 scenarios 1 is a settled loss." in text
    assert "Economy KAZ barely loses (−0.005%, band −0.016 to −0.002%)" in text


def test_largest_gain_and_loss_lead() -> None:
    summary = _drawn()
    _set(summary, 0, "KAZ", -0.10, -0.21, -0.03)
    text = _said(summary)["In short"]
    assert "The largest loss of real income is Economy KAZ’s −0.10%" in text
    assert "no member gains" in text
    assert "largest gain" not in text


def test_failures_and_missing_draws_are_said() -> None:
    summary = _drawn()
    summary["failed_draws"]["count"] = 2
    assert "2 of 6 draws could not be computed" in _said(summary)["In short"]
    summary["scenarios"][1] |= {"status": "not_solved", "reason": "made to fail", "economies": {}}
    assert "“A union with lower costs” was not solved: made to fail." in _said(summary)["In short"]
    assert "Nothing was drawn" in _said(toy_summary(0))["In short"]


def test_published_figures_are_compared_in_words() -> None:
    summary = toy_summary(6)
    row = summary["published"][0]
    row |= {"published": -0.5, "difference": 0.02, "inside_band": True}
    row["computed"] = {"value": -0.48, "lo": -0.6, "hi": -0.4}
    text = _said(summary)["Beside published figures"]
    assert "A. Nobody (2012): Economy KAZ’s real wage −0.50%; here −0.48%, +0.02 apart" in text
    assert "+0.02 apart, with the published figure inside the band" in text
    row["inside_band"] = False
    assert "outside the band" in _said(summary)["Beside published figures"]
    row["computed"] |= {"value": 0.5, "lo": 0.1, "hi": 0.2}
    assert "here +0.50% (outside its own band of +0.10 to +0.20%)" in _said(summary)["Beside published figures"]


def test_figures_that_only_a_note_tells_apart_come_with_it() -> None:
    summary = toy_summary(6)
    row = summary["published"][0]
    row |= {"published": -0.5, "difference": 0.02, "inside_band": True, "note": "With services."}
    assert "With services." not in _said(summary)["Beside published figures"]
    summary["published"].append(row | {"published": 0.1, "note": "Without."})
    text = _said(summary)["Beside published figures"]
    assert "(“A union with lower costs”). With services." in text
    assert "(“A union with lower costs”). Without." in text


def test_contrasts_that_change_a_sign_are_named() -> None:
    summary = toy_summary()
    for contrast in summary["contrasts"]:
        contrast["scenarios"] = [dict(s) for s in contrast["scenarios"]]
    own = summary["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]["value"]
    other = summary["contrasts"][0]["scenarios"][1]["economies"]["KAZ"]["real_income_pct"]
    other["value"] = -own
    assert "Merging all sectors into one changes" in _said(summary)["Under other assumptions"]
    assert "Economy KAZ under “A union with lower costs” reads" in _said(summary)["Under other assumptions"]


def test_optimal_tariffs_say_above_and_below() -> None:
    summary = toy_summary()
    row = next(r for r in summary["optimal_tariffs"] if r["economy"] == "KAZ")
    row |= {"rate_pct": 6.0, "current_pct": 5.0, "scenarios": {"tariff-only": 9.5, "union": 5.5}}
    text = _said(summary)["The tariff each would choose"]
    for contrast, rate in zip(summary["contrasts"], (4.0, 9.0, 6.0, 6.0), strict=True):
        next(r for r in contrast["optimal_tariffs"] if r["economy"] == "KAZ")["rate_pct"] = rate
    text = _said(summary)["The tariff each would choose"]
    assert (
        "Economy KAZ’s own best level of its tariff is a mean of 6.0% (today 5.0%; under other assumptions 4.0 to 9.0%)"
    ) in text
    assert "sets 9.5%, above it" in text
    assert "sets 5.5%, below it" in text


def test_the_bound_on_outsiders_is_rounded_up() -> None:
    summary = toy_summary(6)
    for scenario in summary["scenarios"]:
        inside = set(scenario["members"]) or set(summary["members"])
        for code, row in scenario["economies"].items():
            if code not in inside:
                row["real_income_pct"]["value"] = 0.0113
    assert "moves by more than 0.02%" in _said(summary)["Everybody else"]


def test_outsiders_are_told_in_dollars_and_in_percent() -> None:
    summary = toy_summary(6)
    del summary["scenarios"][1]
    summary["published"] = summary["optimal_tariffs"] = []
    outside = [code for code in summary["scenarios"][0]["economies"] if code not in summary["members"]]
    assert len(outside) >= 2
    for place, code in enumerate(outside):
        row = summary["scenarios"][0]["economies"][code]
        row["real_income_pct"]["value"] = (0.01, -0.4)[place] if place < 2 else 0.0
        row["real_income_usd_bn"]["value"] = (3.0, -0.2)[place] if place < 2 else 0.0
    text = _said(summary)["Everybody else"]
    first, second = (f"Economy {code}" for code in outside[:2])
    assert f"{second} loses most in dollars (−USD 0.20 billion, −0.40%) and {first} gains most (+USD 3.00" in text
    assert f"in percent {second} moves most as well (−0.40%)." in text


def test_creation_and_diversion_are_told_for_the_bloc_as_one() -> None:
    """Whatever its members' own parts are: those of a bloc add up, theirs need not."""
    summary = toy_summary(0)
    bloc = summary["scenarios"][1]["bloc"]
    names = ("imports_inside_usd_bn", "trade_creation_usd_bn", "trade_diversion_usd_bn")
    for values, words in (
        (
            (2.0, 0.5, 1.5),
            "the members buy USD 2.00 billion more from one another a year: USD 0.50 billion new trade, "
            "USD 1.50 billion taken from outsiders (more moved than new).",
        ),
        ((2.0, 1.5, 0.5), "(more new than moved)."),
        ((2.0, 0.0, 2.0), "USD 2.00 billion more from one another a year, all of it taken from outsiders."),
        ((2.0, 2.0, 0.0001), "USD 2.00 billion more from one another a year, all of it new trade."),
        ((-2.0, -2.0, 0.0), "the members buy USD 2.00 billion less from one another a year."),
        ((0.0001, 0.0, 0.0001), "trade among the members hardly changes."),
    ):
        for name, value in zip(names, values, strict=True):
            bloc[name]["value"] = value
        assert words in _said(summary)["Trade made and trade moved"]


def test_the_split_of_a_member_adds_up() -> None:
    for scenario in toy_summary(6)["scenarios"]:
        for code in scenario["members"]:
            row = scenario["economies"][code]
            inside = row["imports_inside_usd_bn"]["value"]
            parts = row["trade_creation_usd_bn"]["value"] + row["trade_diversion_usd_bn"]["value"]
            assert abs(parts - max(inside, 0.0)) < 1e-12
