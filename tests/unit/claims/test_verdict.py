"""The rule of verdicts, and the file that was written down before."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from claims_toys import verdict
from multipolar.claims.model import Claim, Finding, Numbers, load_claims, parse_claims
from multipolar.claims.numbers import NUMBERS, parse_numbers
from multipolar.claims.run import FUNCTIONS, record
from multipolar.claims.verdict import judge, part_margins, share_held
from multipolar.errors import InputError


def _claim(readings: list[dict[str, Any]], **more: Any) -> Claim:
    row = {
        "id": 1,
        "theme": "trade",
        "claim": "c",
        "proposition": "p",
        "rule": "r",
        "data": ["made up"],
        "readings": readings,
        **more,
    }
    content = {
        "id": "x",
        "title": "t",
        "about": "a",
        "cut_off": "2009-06-14",
        "shares": {"supported": 0.9, "refuted": 0.1},
    }
    return parse_claims({**content, "claims": [row]}).claims[0]


def _part(name: str = "a", **threshold: float) -> dict[str, Any]:
    return {"id": name, "name": f"number {name}", "unit": "m", **(threshold or {"above": 0})}


ONE = [{"id": "r", "title": "R", "parts": [_part()]}]
BOTH = [{"id": "r", "title": "R", "parts": [_part("a"), _part("b", below=1)]}]
TWO = [{"id": "r", "title": "R", "parts": [_part()]}, {"id": "s", "title": "S", "parts": [_part()]}]


def _draws(held: int, of: int = 10) -> Numbers:
    return Numbers(0.0, np.array([1.0] * held + [-1.0] * (of - held)))


@pytest.mark.parametrize(
    ("held", "word"),
    [(10, "supported"), (9, "supported"), (8, "depends"), (2, "depends"), (1, "refuted"), (0, "refuted")],
)
def test_a_verdict_is_a_share_of_draws(held: int, word: str) -> None:
    found = judge(_claim(ONE), Finding({"r": {"a": _draws(held)}}))
    assert (found.verdict, found.probability) == (word, {"r": held / 10})


def test_the_threshold_itself_does_not_pass() -> None:
    assert judge(_claim(ONE), Finding({"r": {"a": Numbers(0.0)}})).verdict == "refuted"
    assert judge(_claim(ONE), Finding({"r": {"a": Numbers(1e-9)}})).verdict == "supported"


def test_own_shares_of_a_claim_count() -> None:
    lenient = _claim(ONE, shares={"supported": 0.6667, "refuted": 0.3333})
    assert judge(lenient, Finding({"r": {"a": _draws(7)}})).verdict == "supported"
    assert judge(lenient, Finding({"r": {"a": _draws(3)}})).verdict == "refuted"


def test_all_parts_have_to_hold_in_the_same_draw() -> None:
    first = Numbers(1.0, np.array([1.0, 1.0, -1.0, -1.0]))
    second = Numbers(0.0, np.array([0.0, 2.0, 0.0, 2.0]))  # below 1 passes
    found = judge(_claim(BOTH), Finding({"r": {"a": first, "b": second}}))
    assert found.probability == {"r": 0.25}
    fixed = judge(_claim(BOTH), Finding({"r": {"a": first, "b": Numbers(0.0)}}))
    assert fixed.probability == {"r": 0.5}


def test_readings_that_part_make_it_depend_on_the_reading() -> None:
    found = judge(_claim(TWO), Finding({"r": {"a": _draws(10)}, "s": {"a": _draws(0)}}))
    assert found.verdict == "depends"
    assert found.depends_on is not None
    assert found.depends_on["kind"] == "reading"
    assert "R: supported; S: refuted" in found.depends_on["name"]


def test_a_reading_not_computed_is_named_and_does_not_count() -> None:
    found = judge(_claim(TWO), Finding({"r": {"a": _draws(10)}, "s": "needs a file"}))
    assert (found.verdict, found.probability) == ("supported", {"r": 1.0})
    assert "needs a file" in found.reason
    nothing = judge(_claim(TWO), Finding({"r": "needs a file", "s": "needs a file"}))
    assert (nothing.verdict, nothing.reason) == ("not_testable", "not computed: needs a file")


def test_an_untestable_claim_gets_no_verdict_whatever_the_numbers() -> None:
    for held in (0, 10):
        found = judge(_claim(ONE, untestable="no source"), Finding({"r": {"a": _draws(held)}}))
        assert (found.verdict, found.reason) == ("not_testable", "no source")


def test_a_failed_draw_counts_for_neither_side() -> None:
    values = np.array([1.0, np.nan, -1.0, np.nan])
    assert judge(_claim(ONE), Finding({"r": {"a": Numbers(1.0, values)}})).probability == {"r": 0.5}
    lost = judge(_claim(ONE), Finding({"r": {"a": Numbers(math.nan, np.full(4, np.nan))}}))
    assert lost.verdict == "not_testable"


def test_the_parameter_that_moves_the_number_is_named_and_where_it_turns() -> None:
    rng = np.random.default_rng(1)
    mover, idle = rng.uniform(0, 10, 200), rng.uniform(0, 10, 200)
    found = judge(_claim(ONE), Finding({"r": {"a": Numbers(1.0, mover - 4.0)}}, {"reach": mover, "war_stake": idle}))
    assert found.depends_on == {
        "kind": "parameter",
        "name": "the reach of armed forces",
        "rank_correlation": pytest.approx(1.0),
    }
    assert found.flips_at[0]["value"] == pytest.approx(4.0)
    assert (found.flips_at[0]["parameter"], found.flips_at[0]["unit"]) == ("the reach of armed forces", "km")


def test_without_a_parameter_the_weakest_part_is_named() -> None:
    values = {"a": _draws(9), "b": Numbers(0.0, np.array([0.0, 2.0] * 5))}
    found = judge(_claim(BOTH), Finding({"r": values}))
    assert found.depends_on == {"kind": "part", "name": "number b", "rank_correlation": None}


@pytest.mark.parametrize(
    ("held", "of", "word", "turns_to"),
    [
        (90, 100, "supported", "depends"),
        (85, 100, "depends", "supported"),
        (84, 100, "depends", None),  # two standard errors of 3 points away
        (96, 100, "supported", None),
        (425, 500, "depends", None),  # the same share of more draws is far
        (14, 100, "depends", "refuted"),
        (50, 100, "depends", None),
        (10, 10, "supported", "depends"),  # ten draws cannot tell 100% from 90%
    ],
)
def test_near_a_line_is_within_sampling_error_of_it(held: int, of: int, word: str, turns_to: str | None) -> None:
    found = judge(_claim(ONE), Finding({"r": {"a": _draws(held, of)}}))
    assert found.verdict == word
    assert [item["verdict"] for item in found.near] == ([] if turns_to is None else [turns_to])
    for item in found.near:
        assert item["standard_error"] == pytest.approx(math.sqrt(0.9 * 0.1 / of))
        assert (item["share"], item["draws"], item["draws_needed"]) == (held / of, of, 35)


@pytest.mark.parametrize(("draws", "near"), [(34, True), (35, False)])
def test_the_draws_needed_are_the_least_that_can_be_clear_of_a_line(draws: int, near: bool) -> None:
    for held in (0, draws):
        assert bool(judge(_claim(ONE), Finding({"r": {"a": _draws(held, draws)}})).near) == near


def test_near_counts_only_where_it_would_turn_the_verdict() -> None:
    parted = {"r": {"a": _draws(88, 100)}, "s": {"a": _draws(0, 100)}}
    assert judge(_claim(TWO), Finding(parted)).near == ()  # depends whichever side the first falls on
    joined = {"r": {"a": _draws(88, 100)}, "s": {"a": _draws(100, 100)}}
    assert [item["reading"] for item in judge(_claim(TWO), Finding(joined)).near] == ["r"]


def test_what_is_not_drawn_is_never_near() -> None:
    assert judge(_claim(ONE), Finding({"r": {"a": Numbers(1.0)}})).near == ()


@pytest.mark.parametrize(
    ("readings", "message"),
    [
        ({"q": {"a": Numbers(1.0)}}, "written down"),
        ({"r": {"b": Numbers(1.0)}}, "lacks or adds parts"),
    ],
)
def test_numbers_that_were_not_written_down_are_refused(readings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        judge(_claim(ONE), Finding(readings))


def test_parts_with_other_draws_are_refused() -> None:
    with pytest.raises(InputError, match="same draws"):
        judge(_claim(BOTH), Finding({"r": {"a": _draws(3, 4), "b": _draws(3, 5)}}))


def test_margins_look_to_the_side_that_passes() -> None:
    (reading,) = _claim(BOTH).readings
    rows = part_margins(reading, {"a": Numbers(2.0), "b": Numbers(0.25)})
    assert rows[:, 0].tolist() == [2.0, 0.75]
    assert share_held(rows) == 1.0


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"theme": "weather"}, "themes are"),
        ({"shares": {"supported": 0.1, "refuted": 0.9}}, "must lie below"),
        ({"readings": []}, "needs readings"),
        ({"readings": [{"id": "r", "title": "R", "parts": []}]}, "needs parts"),
        ({"readings": [{"id": "r", "title": "R", "parts": [_part(above=0, below=1)]}]}, "needs a threshold"),
    ],
)
def test_a_file_of_claims_is_checked(row: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        _claim(**{"readings": ONE, **row})


def test_what_ships_has_twenty_eight_claims_and_a_function_for_each() -> None:
    argument = load_claims()
    assert [claim.id for claim in argument.claims] == list(range(1, 29)) == list(FUNCTIONS)
    assert [claim.id for claim in argument.claims if claim.untestable] == [6, 7, 8, 11, 13, 27]
    assert all(claim.rule and claim.proposition and claim.data for claim in argument.claims)
    with pytest.raises(InputError, match="no claim 29"):
        argument.only((17, 29))


def test_numbers_that_can_be_checked_early_are_those_of_the_file() -> None:
    assert [claim.id for claim in load_claims().claims] == list(NUMBERS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("99", "no claim 99; claims are numbered 1 to 28; did you mean 9"),
        ("71", "did you mean 7, 1, 17|did you mean 1, 7, 17"),
        ("300", "no claim 300; claims are numbered 1 to 28$"),
        ("a", "no list of claims"),
        (",", "names no claim"),
    ],
)
def test_a_number_that_no_claim_has_is_refused(text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        parse_numbers(text)


def test_the_file_holds_no_verdict() -> None:
    content = (load_claims(), *load_claims().claims)
    assert not any(hasattr(item, "verdict") for item in content)


def test_a_record_shows_the_part_that_holds_in_fewest_draws() -> None:
    claim = _claim(BOTH)
    found = Finding({"r": {"a": _draws(9), "b": Numbers(0.5, np.array([2.0] * 10))}})
    shown = record(claim, found, judge(claim, found))
    assert shown["statistic"]["name"] == "number b"
    assert shown["statistic"]["value"] == 0.5
    assert shown["probability"] == 0.0
    assert shown["readings"][0]["parts"][0]["probability"] == 0.9
    assert shown["readings"][0]["statistic"] == shown["statistic"]
    assert shown["readings"][0]["verdict"] == "refuted"


def test_a_verdict_of_the_file_flips_with_its_number() -> None:
    for value, word in ((0.1, "supported"), (-0.1, "refuted")):
        parts = {"inside": Numbers(0.1), "poles": Numbers(value)}
        kept = Finding({"reported": parts, "cis": parts})
        assert verdict(2, kept).verdict == word
