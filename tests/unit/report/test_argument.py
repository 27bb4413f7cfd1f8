"""The argument in words and as a page, from its document alone."""

from __future__ import annotations

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from multipolar.report.argument import (
    against,
    argument_html,
    counts,
    deciding,
    dependence,
    figure,
    flips,
    headline,
    nearness,
    origins,
    remarks,
    score_words,
    strip,
    why,
    write_argument,
)


def _part(**more: Any) -> dict[str, Any]:
    part = {"id": "a", "name": "the number", "value": 1.0, "lo": 0.5, "hi": 2.0, "unit": "USD bn a year"}
    return {**part, "threshold": 0.0, "above": True, "probability": 1.0, **more}


def _statistic(part: dict[str, Any]) -> dict[str, Any]:
    return {k: part[k] for k in ("name", "value", "lo", "hi", "unit", "threshold", "above")}


def _reading(part: dict[str, Any], **more: Any) -> dict[str, Any]:
    made = {"id": "r", "title": "one reading", "verdict": "supported", "probability": 1.0, "parts": [part]}
    return {**made, "statistic": _statistic(part), "reason": None, **more}


def _claim(**more: Any) -> dict[str, Any]:
    part = more.pop("part", _part())
    claim = {
        "id": 1,
        "theme": "trade",
        "claim": "Trade <b>decides</b>",
        "proposition": "It does",
        "verdict": "supported",
        "statistic": _statistic(part),
        "rule": "above 0",
        "shares": {"supported": 0.9, "refuted": 0.1},
        "probability": 1.0,
        "readings": [_reading(part)],
        "depends_on": None,
        "near": [],
        "left_out": None,
        "measured_from_files": [],
        "as_shipped": [],
        "shipped_verdict": None,
        "flips_at": [],
        "data": ["world-2009"],
        "reason": None,
        "notes": ["A note."],
    }
    return {**claim, **more}


REFUTED = _claim(id=2, verdict="refuted", part=_part(value=-1.0, lo=-2.0, hi=0.1, probability=0.08))


def _content(*claims: dict[str, Any], scores: int = 1) -> dict[str, Any]:
    row = {"id": "x", "text": "It rains", "from": "offer", "probability": 0.8, "happened": True, "outcome": "it did"}
    return {
        "schema": 1,
        "study": "multipolar-2009",
        "title": "An argument",
        "about": "About it.",
        "version": "0",
        "world": "world-2009",
        "cut_off": "2009-06-14",
        "draws": 10,
        "seed": 1,
        "files": [],
        "claims": list(claims),
        "scorecard": [{**row, "by": "2012-06-14", "squared_error": 0.04}] * scores,
    }


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "–"),
        (0.0, "0"),
        (-1.234, "−1.23"),
        (12.34, "12.3"),
        (1234.5, "1,234"),
        (0.0123, "0.0123"),
        (1e-9, "0"),
    ],
)
def test_figures_have_about_three_digits(value: float | None, text: str) -> None:
    assert figure(value) == text


def test_the_headline_has_number_unit_and_band() -> None:
    assert headline(_part()) == ("1.00 USD bn a year", "0.50 to 2.00", "above 0")
    assert headline(_part(lo=None, hi=None, above=False)) == ("1.00 USD bn a year", "", "below 0")
    assert headline(_part(threshold=0.00001))[2] == "above 0.00001"
    assert headline(None) == ("", "", "")
    assert headline(_part(unit="%"))[0] == "1.00%" and headline(_part(unit="% of income"))[0] == "1.00% of income"
    assert headline(_part(unit="pure number"))[0] == "1.00"


def test_refuted_claims_say_which_number_speaks_against_them() -> None:
    content = _content(_claim(), REFUTED)
    assert [claim["id"] for claim in against(content)] == [2]
    assert counts(content) == "Of 2 claims: 1 supported and 1 refuted."
    text = why(REFUTED)
    assert "−1.00" in text and "above 0," in text and "8% of the draws" in text
    assert why(_claim()) == ""


def test_the_notes_of_a_refuted_claim_stand_beside_what_speaks_against_it() -> None:
    long = f"The first says it, at 2.5 of income. The second {'goes on ' * 30}."
    claim = {**REFUTED, "notes": ["At market prices. Without <Japan> it rises.", long]}
    assert remarks(claim) == "At market prices. Without <Japan> it rises. The first says it, at 2.5 of income."
    page = argument_html(_content(claim))
    start = page.index('id="against"')
    assert "Without &lt;Japan&gt; it rises. The first" in page[start : page.index("</section>", start)]
    assert remarks({**REFUTED, "notes": []}) == ""


def test_readings_that_part_show_a_number_each() -> None:
    parted = _claim(
        verdict="depends",
        readings=[_reading(_part()), _reading(_part(value=-3.0), id="s", title="another", verdict="refuted")],
    )
    assert [(row["title"], row["word"], row["number"], row["threshold"]) for row in deciding(parted)] == [
        ("one reading", "supported", "1.00 USD bn a year", "above 0"),
        ("another", "refuted", "−3.00 USD bn a year", "above 0"),
    ]
    agreed = _claim(readings=[_reading(_part()), _reading(_part(value=3.0), id="s")])
    assert [(row["title"], row["number"]) for row in deciding(agreed)] == [("", "1.00 USD bn a year")]
    assert "another: refuted" in argument_html(_content(parted))


def test_readings_that_part_say_in_how_many_draws_they_hold_and_what_the_line_is() -> None:
    wide = {"lo": -0.1, "hi": 2.0}
    readings = [
        _reading(_part(**wide, probability=0.768), probability=0.768),
        _reading(_part(value=-3.0), id="s", verdict="refuted", probability=0.06),
        _reading(_part(), id="t", verdict="depends", probability=0.5),
        _reading(_part(lo=None, hi=None), id="u", probability=1.0),
    ]
    claim = _claim(id=17, verdict="depends", readings=readings, shares={"supported": 0.6667, "refuted": 0.3333})
    assert [row["share"] for row in deciding(claim)] == [
        "holds in 77%, line 67%",
        "holds in 6%, line 33%",
        "holds in 50%, lines 33%, 67%",
        "",
    ]
    page = argument_html(_content(_claim(), _claim(id=3), claim))
    assert "holds in 77%, line 67%" in page and "For claim 17 the lines are 67% and 33%." in page
    assert [row["share"] for row in deciding(_claim())] == [""]


def test_a_verdict_near_its_threshold_says_so_with_a_standard_error() -> None:
    item = {"reading": "r", "share": 0.882, "line": 0.9, "standard_error": 0.0134, "draws": 500, "verdict": "supported"}
    item["draws_needed"] = 35
    claim = _claim(near=[item])
    assert nearness(claim) == ("88.2% of 500 draws hold, and at 90% (standard error 1.3 points) it turns to supported.")
    assert nearness(_claim()) == ""
    assert nearness(claim) in argument_html(_content(claim))


def test_draws_too_few_to_tell_are_said_to_be() -> None:
    item = {"reading": "r", "share": 1.0, "line": 0.9, "standard_error": 0.067, "draws": 20, "verdict": "depends"}
    text = nearness(_claim(near=[{**item, "draws_needed": 35}]))
    assert text.startswith("20 draws are too few to tell: 100% of them hold") and "35 are the least" in text


def test_files_that_change_a_verdict_or_are_missing_are_named() -> None:
    same = _claim(shipped_verdict="supported")
    other = _claim(id=4, shipped_verdict="depends")
    lacking = _claim(id=9, as_shipped=["r"])
    files = {"files": ["a.csv"]}
    assert origins(_content(other)) == []
    assert origins({**_content(same), **files}) == ["No verdict differs from that on the shipped figures."]
    told = origins({**_content(same, other, lacking), **files})
    assert "4 (depends as shipped, supported here)" in told[0] and "files of claim 9;" in told[1]
    assert all(line in argument_html({**_content(same, other, lacking), **files}) for line in told)


def test_what_is_left_out_is_said() -> None:
    assert "Left out: the &lt;force&gt;" in argument_html(_content(_claim(left_out="the <force>")))


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (None, ""),
        ({"kind": "reading", "name": "a: refuted", "rank_correlation": None}, "on the reading: a: refuted"),
        ({"kind": "part", "name": "a gap", "rank_correlation": None}, "uncertain by itself: a gap"),
        ({"kind": "parameter", "name": "phi", "rank_correlation": -0.5}, "phi (rank correlation −0.50)"),
    ],
)
def test_what_a_verdict_hangs_on(found: dict[str, Any] | None, words: str) -> None:
    assert words in dependence(_claim(depends_on=found))


def test_where_it_would_turn() -> None:
    assert flips(_claim()) == ""
    turns = flips(_claim(flips_at=[{"parameter": "q", "value": 0.4, "unit": "fraction"}]))
    assert turns == "It would turn with q at 0.40 (fraction)."
    item = {"parameter": "q", "value": 0.4, "unit": "km", "by": "a line through the draws"}
    assert "q at 0.40 (km, on a line through the draws)." in flips(_claim(flips_at=[item]))


def test_the_score_stands_beside_a_coin() -> None:
    assert "in 1 of 1" in score_words(_content(_claim())) and "0.04" in score_words(_content(_claim()))
    assert score_words(_content(_claim(), scores=0)) == ""


@pytest.mark.parametrize("above", [True, False])
def test_what_passes_lies_to_the_right(above: bool) -> None:
    sign = 1.0 if above else -1.0
    made = strip({"title": "r"}, _part(value=sign * 1.0, lo=-0.5, hi=2.0, above=above))
    assert made["at"] > 50
    assert made["from"] < made["to"] and made["from"] >= 0 and made["to"] <= 100
    failing = strip({"title": "r"}, _part(value=-sign, above=above, probability=0.0))
    assert failing["at"] < 50 and failing["tone"] == "loss"


def test_a_number_without_a_band_holds_or_not_and_has_no_share_of_draws() -> None:
    bare = {"lo": None, "hi": None}
    assert strip({"title": "r"}, _part(**bare))["holds"] == "holds"
    assert strip({"title": "r"}, _part(**bare, value=-1.0, probability=0.0))["holds"] == "does not hold"
    assert strip({"title": "r"}, _part(probability=0.768))["holds"] == "holds in 77% of draws"
    page = argument_html(_content(_claim(part=_part(**bare))))
    assert ">holds</span>" in page and "of draws<" not in page


def test_the_page_is_self_contained_and_escapes_every_text(tmp_path: Path) -> None:
    absent = {"id": "s", "title": "other", "verdict": None, "probability": None, "statistic": None, "parts": []}
    absent["reason"] = "needs a <file>"
    claim = _claim()
    claim["readings"].append(absent)
    untold = _claim(
        id=3, verdict="not_testable", statistic=None, readings=[copy.deepcopy(absent)], reason="no <source>"
    )
    page = argument_html(_content(claim, REFUTED, untold))
    assert "&lt;b&gt;decides&lt;/b&gt;" in page and "<b>decides" not in page
    assert "no &lt;source&gt;" in page and "needs a &lt;file&gt;" in page
    assert not re.search(r'(src|href)="(?!#)', page)
    assert 'id="claim-2"' in page and "Against the author" in page and "It rains" in page
    write_argument(_content(claim), tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"summary.json", "report.html"}
    assert "Against the author" not in (tmp_path / "report.html").read_text()
