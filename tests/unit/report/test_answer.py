"""The answer leads, and every sentence of it changes with the numbers."""

from __future__ import annotations

import re
from typing import Any

import pytest

from multipolar.report.answer import LEVERS, answer
from multipolar.report.narrative import passages
from multipolar.report.page import report_html
from multipolar.study import run
from toy_study import study_world, toy_study, toy_summary


def _study(effects: list[dict[str, Any]], draws: int = 200) -> dict[str, Any]:
    """A summary of made-up effects: ``{title, levers, income: {code: (value, lo, hi)}, wage}``."""
    scenarios = []
    for place, effect in enumerate(effects):
        economies = {}
        for code, ends in effect["income"].items():
            wage = effect.get("wage", {}).get(code, ends)
            economies[code] = {"real_income_pct": _band(ends), "real_wage_pct": _band(wage)}
        scenarios.append(
            {
                "id": f"s{place}",
                "title": effect["title"],
                "levers": effect.get("levers", ["tariffs"]),
                "members": effect.get("members", []),
                "status": "solved",
                "reason": None,
                "economies": economies,
                "causes": effect.get("causes", {}),
            }
        )
    codes = list(effects[0]["income"])
    return {
        "scenarios": scenarios,
        "members": codes,
        "economies": [{"code": code, "name": code.title()} for code in codes],
        "sectors": [{"code": "all", "name": "All"}],
        "draws": draws,
        "deficits": "fixed",
        "contrasts": [],
        "published": [],
        "year": 2009,
        "failed_draws": {"count": 0, "listed": []},
    }


def _band(ends: tuple[float, float | None, float | None]) -> dict[str, float | None]:
    return dict(zip(("value", "lo", "hi"), ends, strict=True))


QUIET = {"title": "Quiet", "income": {"ONE": (-0.02, -0.09, 0.02), "TWO": (0.003, 0.001, 0.004)}}
LOUD = {
    "title": "Loud",
    "levers": ["tariffs", "trade_costs"],
    "income": {"ONE": (0.5, 0.3, 0.7), "TWO": (0.04, 0, 0.1)},
}
LOUDER = {**LOUD, "title": "Louder", "income": {"ONE": (1.5, 1.2, 1.7), "TWO": (-0.2, -0.3, 0.1)}}


def test_the_lever_that_parts_large_from_small_leads() -> None:
    first = next(answer(_study([QUIET, LOUD, LOUDER])))
    assert first == (
        "What decides is the cost of trade. In the 2 scenarios that change it, the real income of the member that "
        "moves most changes by 0.50 to 1.50%; in the other one the largest change of any member’s is 0.020%."
    )


def test_no_lever_leads_where_none_decides() -> None:
    near = {**QUIET, "title": "Near", "income": {"ONE": (0.4, 0.3, 0.5), "TWO": (0.0, 0.0, 0.0)}}
    said = list(answer(_study([near, LOUD])))
    assert not any("decides" in sentence for sentence in said)
    assert said[0].startswith("The largest gain of real income is One’s +0.50% (band +0.30 to +0.70%) under “Loud”")
    same = [{**scenario, "levers": ["tariffs"]} for scenario in (QUIET, LOUD)]
    assert not any("decides" in sentence for sentence in answer(_study(same)))


def test_scenarios_that_differ_in_more_are_not_compared() -> None:
    elsewhere = {**LOUD, "members": ["ONE", "TWO"]}
    unlike = {**LOUD, "levers": ["bans", "trade_costs"]}
    for other in (elsewhere, unlike):
        assert not any("decides" in sentence for sentence in answer(_study([QUIET, other])))


@pytest.mark.parametrize("lever", LEVERS)
def test_every_lever_has_its_sentence(lever: str) -> None:
    first = next(answer(_study([{**QUIET, "levers": []}, {**LOUD, "levers": [lever]}])))
    assert re.match(rf"What decides (is|are) {re.escape(LEVERS[lever])}\. In the one scenario that changes", first)


def test_quiet_scenarios_are_told_together_with_what_they_do_to_wages() -> None:
    other = {**QUIET, "title": "Other", "wage": {"ONE": (-0.6, -0.8, -0.5)}}
    quiet = {**QUIET, "wage": {"ONE": (-0.7, -0.8, -0.6)}}
    text = " ".join(answer(_study([quiet, other, LOUD])))
    assert "“Quiet” and “Other” do next to nothing to real income: no member moves by as much as 0.05%" in text
    assert "at the most likely figures (bands reach from −0.09% to +0.020%)" in text
    assert "But One’s real wage falls in each of them, most under “Quiet”, by 0.70% (band −0.80 to −0.60%)." in text
    alone = " ".join(answer(_study([quiet, LOUD])))
    assert "“Quiet” does next to nothing" in alone
    assert "But One’s real wage falls, by 0.70% (band −0.80 to −0.60%)." in alone
    assert "real wage" not in " ".join(answer(_study([QUIET])))


def test_what_falls_equally_is_not_said_to_fall_most() -> None:
    quiet = {**QUIET, "wage": {"ONE": (-0.7, -0.8, -0.6)}}
    other = {**quiet, "title": "Other", "income": {"ONE": (-0.01, -0.09, 0.02), "TWO": (0.003, 0.001, 0.004)}}
    text = " ".join(answer(_study([quiet, other, LOUD])))
    assert "But One’s real wage falls in each of them, equally, by 0.70% (band −0.80 to −0.60%)." in text
    assert "most under" not in text


def test_scenarios_with_the_same_numbers_are_told_once() -> None:
    quiet = {**QUIET, "wage": {"ONE": (-0.7, -0.8, -0.6)}}
    summary = _study([quiet, {**quiet, "title": "Again"}, LOUD])
    said = list(answer(summary))
    assert (
        "“Quiet” and “Again” are the same in every number of every economy; what is said of the first holds for both."
    ) in said
    assert sum("“Again”" in sentence for sentence in said) == 1
    assert any(sentence.startswith("“Quiet” does next to nothing") for sentence in said)
    summary["scenarios"][1]["economies"]["TWO"]["real_wage_pct"]["hi"] += 0.001
    assert not any("the same in every number" in sentence for sentence in answer(summary))
    assert any("“Quiet” and “Again” do next to nothing" in sentence for sentence in answer(summary))


def _weighed(part: float, **changes: Any) -> list[str]:
    causes = {"ONE": {"transfers_and_deficit_pct": part, "total_pct": -0.07}}
    loss = {"title": "Loss", "income": {"ONE": (-0.07, -0.1, 0.01)}, "causes": causes}
    summary = _study([loss | changes, LOUD])
    for kind, title, value in (
        ("deficits", "None", -0.06),
        ("elasticities", "High", 0.4),
        ("deficits", "Scaled", -0.03),
    ):
        economies = {"ONE": {"real_income_pct": {"value": value, "lo": None, "hi": None}}}
        other = {"id": "s0", "status": "solved", "economies": economies}
        summary["contrasts"].append({"kind": kind, "title": title, "scenarios": [other]})
    return [sentence for sentence in answer(summary) if "trade deficit or surplus" in sentence]


def test_a_trade_balance_that_outweighs_the_change_is_told_with_its_contrasts() -> None:
    assert _weighed(-0.095) == [
        "In One’s −0.07% under “Loss”, its trade deficit or surplus, held fixed in money while prices and wages move, "
        "accounts for −0.10 points, more than the whole change; with trade balances treated otherwise, the change is "
        "−0.06% (“None”) and −0.030% (“Scaled”)."
    ]
    assert len(_weighed(0.08)) == 1
    assert not _weighed(-0.069)  # less than the whole
    assert not _weighed(-0.095, levers=["transfers"])  # then the part is the scenario's own


def test_loud_scenarios_are_told_one_by_one() -> None:
    wages = {**LOUD, "wage": {"ONE": (-0.3, -0.4, -0.2), "TWO": (0.04, 0, 0.1)}}
    text = " ".join(answer(_study([QUIET, wages, LOUDER])))
    assert (
        "“Loud”: One gains (+0.50%, band +0.30 to +0.70%); Two moves by less than 0.05%; One’s real wage falls" in text
    )
    assert "“Louder”: One strongly gains" in text
    assert "for Two the sign is not settled (−0.20%, band −0.30 to +0.10%)" in text


def test_only_the_loudest_are_told() -> None:
    many = [{**LOUD, "title": f"L{i}", "income": {"ONE": (1.0 + i, 1.0, 20.0)}} for i in range(8)]
    text = " ".join(answer(_study(many)))
    assert "“L2”:" not in text
    assert "“L3”:" in text
    assert "3 more scenarios move no member by more than 3.00%." in text


def test_signs_are_counted() -> None:
    text = " ".join(answer(_study([QUIET, LOUD, LOUDER])))
    # Settled: ONE in Loud and Louder, TWO in Quiet, which is about nil too. Open: ONE in Quiet, TWO in Loud (an end at
    # zero) and Louder.
    assert "Of 6 effects on the members’ real income, 3 have a settled sign; 3 are not settled, the band holds" in text
    assert "zero; 1 of them is about nil (value and band below 0.005%)." in text


@pytest.mark.parametrize("draws", [0, 1])
def test_without_bands_nothing_is_said_about_them(draws: int) -> None:
    summary = run(toy_study(), world=study_world(), draws=draws).content
    for passage in passages(summary):
        for sentence in passage.sentences:
            assert "settled" not in sentence
            assert "band" not in sentence.replace("no number carries a band", "").replace("makes no band", "")
    page = report_html(summary)
    body = page[page.index("<main>") :]
    for word in ("settled sign", "not settled", "nine in ten", "filled marker", "with band", "tinted"):
        assert word not in body, word
    assert "fewer than two draws" in body


def test_with_bands_they_are_explained() -> None:
    page = report_html(toy_summary(6))
    for word in ("settled sign", "nine in ten", "filled marker", "with band"):
        assert word in page, word


def test_the_real_toy_study_is_answered() -> None:
    said = list(answer(toy_summary(6)))
    assert said[0].startswith("What decides is the cost of trade.") or said[0].startswith("The largest")
    assert any("effects on the members’ real income" in sentence for sentence in said)


def _beyond(summary: dict[str, Any]) -> list[str]:
    return [line for line in answer(summary) if line.startswith("Outside")]


def test_a_most_likely_number_outside_its_band_is_told_with_the_reason() -> None:
    odd = {"title": "Odd", "income": {"ONE": (98.2, 48.0, 95.0), "TWO": (0.4, 0.3, 0.5)}}
    odd["wage"] = {"ONE": (0.1, 0.0, 0.2)}
    (said,) = _beyond(_study([odd, LOUD], draws=20))
    assert said.startswith("Outside its own band at the most likely figures: One’s real income +98.20% (band +48.00")
    assert "under “Odd”" in said and "a range may reach further to one side" in said and "with 20 draws" in said
    (said,) = _beyond(_study([odd, LOUD], draws=200))
    assert "draws the ends" not in said


def test_numbers_inside_their_band_or_apart_only_in_hidden_digits_are_no_remark() -> None:
    same = {"title": "Same", "income": {"ONE": (0.50004, 0.3, 0.5), "TWO": (0.004, 0.001, 0.0035)}}
    assert _beyond(_study([QUIET, LOUD, LOUDER, same])) == []


def test_published_figures_outside_their_band_come_first_and_the_rest_is_counted() -> None:
    codes = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
    study = _study([{"title": "All", "income": {code: (1.0 + at, 0.1, 0.2) for at, code in enumerate(codes)}}])
    study["published"] = [{"scenario": "s0", "economy": "TWO", "measure": "real_wage_pct", "contrast": None}]
    (said,) = _beyond(study)
    assert said.startswith("Outside their own band at the most likely figures: Two’s real wage +2.00%")
    assert "and 7 more numbers. Those" in said
