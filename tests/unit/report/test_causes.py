"""What a change of real income comes from: sentences, bars and numbers say the same."""

from __future__ import annotations

import re
from typing import Any

import pytest

from multipolar.report import report_html
from multipolar.report.causes import CAUSES, cause_sentence, causes_of
from toy_study import toy_summary

NOTHING = dict.fromkeys([cause.key for cause in CAUSES], 0.0)


def _parts(**parts: float) -> dict[str, float]:
    found = NOTHING | {f"{name}_pct": value for name, value in parts.items()}
    return found | {"total_pct": sum(found.values())}


def test_every_part_of_the_summary_has_a_name_and_a_meaning() -> None:
    parts = toy_summary(0)["scenarios"][0]["causes"]
    assert {key for code in parts for key in parts[code]} == {cause.key for cause in CAUSES} | {"total_pct"}
    assert all(cause.name and cause.meaning for cause in CAUSES)


def test_what_pulls_against_the_change_is_told_last() -> None:
    parts = _parts(terms_of_trade=0.0922, volume_of_trade=-0.1789, transfers_and_deficit=0.0679, remainder=0.0002)
    assert cause_sentence("Kazakhstan", parts) == (
        "Kazakhstan loses 0.019%: −0.18 from the volume of dutiable trade, against +0.09 from the terms of trade and "
        "+0.07 from transfers and deficit."
    )


def test_parts_that_are_small_beside_the_largest_are_not_told() -> None:
    assert (
        cause_sentence("A", _parts(cost_savings=1.0, terms_of_trade=0.099))
        == "A gains 1.10%: +1.00 from the cost of trade."
    )
    assert "terms" in cause_sentence("A", _parts(cost_savings=1.0, terms_of_trade=0.101))


def test_parts_that_cancel_are_told_though_nothing_is_left_of_them() -> None:
    text = cause_sentence("A", _parts(productivity=0.2, terms_of_trade=-0.199))
    assert text == "A hardly moves (+0.001%): +0.20 from productivity, against −0.20 from the terms of trade."


def test_a_large_remainder_is_told_as_what_is_left_over() -> None:
    assert cause_sentence("A", _parts(remainder=-0.5)) == "A loses 0.50%: −0.50 that is left over."


def _with(parts: dict[str, dict[str, float]]) -> dict[str, Any]:
    """A study in which the causes are these in the first scenario, and unknown in the others."""
    summary = toy_summary(0)
    for scenario in summary["scenarios"]:
        scenario["causes"] = {}
    summary["scenarios"][0]["causes"] = parts
    return summary


def test_pieces_of_a_bar_are_as_long_as_the_parts() -> None:
    codes = toy_summary(0)["focus"][:2]
    own = _parts(terms_of_trade=-0.3, volume_of_trade=-0.1, cost_savings=0.2)
    found = causes_of(_with({codes[0]: own, codes[1]: _parts(cost_savings=0.05)}))
    assert found is not None
    first, second = found["scenarios"][0]["rows"]
    lengths = {piece["id"]: piece["to"] - piece["from"] for piece in first["pieces"]}
    assert lengths["terms"] == pytest.approx(3 * lengths["volume"], abs=0.05)
    assert lengths["savings"] == pytest.approx(2 * lengths["volume"], abs=0.05)
    by_id = {piece["id"]: piece for piece in first["pieces"]}
    assert by_id["terms"]["to"] == 50.0
    assert by_id["volume"]["to"] == by_id["terms"]["from"]  # end to end, the first part beside the line at zero
    assert by_id["savings"]["from"] == 50.0
    assert first["at"] - by_id["volume"]["from"] == pytest.approx(lengths["savings"], abs=0.05)
    assert {piece["id"]: piece for piece in second["pieces"]}["savings"]["to"] - 50.0 == pytest.approx(
        lengths["savings"] / 4, abs=0.05
    )


def test_columns_without_content_are_left_out_and_said_to_be() -> None:
    codes = toy_summary(0)["focus"][:2]
    found = causes_of(
        _with({codes[0]: _parts(terms_of_trade=0.3, remainder=0.00041), codes[1]: _parts(productivity=0.001)})
    )
    assert found is not None
    assert [cause.id for cause in found["columns"]] == ["terms", "remainder"]
    assert found["left_out"] == "volume of dutiable trade, cost of trade, productivity or transfers and deficit"
    assert found["remainder"] == "0.001%"  # rounded up, so that "at most" holds
    known = {economy["code"]: economy["name"] for economy in toy_summary(0)["economies"]}
    assert found["scenarios"][0]["still"] == known[codes[1]]
    assert len(found["scenarios"][0]["rows"]) == 1


def test_one_sentence_for_an_economy_that_moves_far_more_than_all_others() -> None:
    codes = toy_summary(0)["focus"][:2]
    found = causes_of(_with({codes[0]: _parts(terms_of_trade=1.0), codes[1]: _parts(terms_of_trade=0.09)}))
    assert found is not None
    assert len(found["scenarios"][0]["sentences"]) == 1
    assert len(found["scenarios"][0]["rows"]) == 2


def test_the_page_shows_each_part_of_each_economy_in_focus() -> None:
    summary = toy_summary(6)
    page = report_html(summary)
    section = page[page.index('<section id="causes">') : page.index('<section id="scenarios">')]
    for cause in ("terms of trade", "volume of dutiable trade", "remainder"):
        assert f"</i>{cause}</dt>" in section, cause
    moved = causes_of(summary)
    assert moved is not None
    assert section.count("<tr><td>") == sum(len(s["rows"]) for s in moved["scenarios"]) > 0
    assert 'href="#causes"' in page
    assert not re.search(r"(left|right):-?\d{3,}", section)


def test_a_study_without_causes_has_no_such_section() -> None:
    page = report_html(_with({}))
    assert 'id="causes"' not in page
    assert 'href="#causes"' not in page
