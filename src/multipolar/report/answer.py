"""The answer of a study in a few sentences: what decides, what hardly matters, what is not settled.

Every sentence follows from the numbers by a rule stated beside it; none is fixed to a study.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from multipolar.report.reading import (
    Summary,
    band_of,
    distinct,
    drawn,
    figure,
    members_of,
    names,
    solved,
    twins,
)
from multipolar.report.words import (
    BALANCES,
    NO_EFFECT,
    band_text,
    bound,
    fine,
    has_ends,
    join,
    measure_words,
    number,
    outside,
    percent,
    settled,
    size_word,
    verdict,
)
from multipolar.texts import count

__all__ = ["answer", "clause"]

QUIET = 0.05
"""A scenario in which no member's real income moves by this much (percent) does next to nothing."""

TOLD = 5
"""Scenarios told one by one, those that move a member most; the rest are counted."""

NAMED = 6
"""Members named in one sentence; those that move least are counted."""

DECIDES = 1.5
"""A lever decides if every scenario that pulls it moves some member this many times as far as any that does not.

Asked only of a lever that a study compares: see `_comparable`.
"""

LEVERS = {
    "tariffs": "tariffs",
    "trade_costs": "the cost of trade",
    "bans": "bans on trade",
    "productivity": "productivity",
    "transfers": "transfers between governments",
    "pooled_duties": "how duties are shared out",
}
"""What a scenario can change, by the word in ``summary.json``."""

OUTSIDE = 3
"""Numbers outside their own band that are named; the rest are counted."""

FEW = 100
"""Draws below which the ends of a band are rough: fewer than five lie beyond each."""

Scenario = Mapping[str, Any]


def answer(summary: Summary) -> Iterator[str]:
    """Return the sentences that open a report.

    Parameters
    ----------
    summary
        As in ``summary.json``.
    """
    found = [(scenario, _reach(summary, scenario)) for scenario in solved(summary) if members_of(summary, scenario)]
    yield from _deciding(found)
    if len(found) > 1:
        yield from _extremes(summary)
    yield from _equals(summary)
    apart = [scenario["id"] for scenario in distinct(summary)]
    told = [(scenario, reach) for scenario, reach in found if scenario["id"] in apart]
    yield from _quiet(summary, [scenario for scenario, reach in told if reach < QUIET])
    yield from _loud(summary, [(scenario, reach) for scenario, reach in told if reach >= QUIET])
    yield from _deficits(summary)
    yield from _tally(summary)
    yield from _scope(summary)
    yield from _beyond(summary)


def _reach(summary: Summary, scenario: Scenario) -> float:
    """Largest change of any member's real income (percent), without its sign."""
    bands = (band_of(scenario, code) for code in members_of(summary, scenario))
    return max(abs(band["value"]) for band in bands if band is not None)


# -- what decides ---------------------------------------------------------------------------------------------------


def _deciding(found: list[tuple[Scenario, float]]) -> Iterator[str]:
    """The lever that parts large effects from small ones, if one does: the clearest cut wins."""
    cuts = []
    for lever, what in LEVERS.items():
        pulled = [reach for scenario, reach in found if lever in scenario["levers"]]
        left = [reach for scenario, reach in found if lever not in scenario["levers"]]
        if not _comparable([scenario for scenario, _ in found], lever):
            continue
        if min(pulled) >= QUIET and min(pulled) > DECIDES * max(left):
            cuts.append((min(pulled) / max(*left, NO_EFFECT), what, pulled, left))
    if not cuts:
        return
    _, what, pulled, left = max(cuts, key=lambda cut: cut[0])
    low, high = percent(min(pulled), sign=False), percent(max(pulled), sign=False)
    moved = f"by {high}" if low == high else f"by {low.removesuffix('%')} to {high}"
    which = "one scenario that changes" if len(pulled) == 1 else f"{len(pulled)} scenarios that change"
    it = "them" if what in ("tariffs", "bans on trade", "transfers between governments") else "it"
    are = "are" if it == "them" else "is"
    others = "other one" if len(left) == 1 else f"other {len(left)}"
    yield (
        f"What decides {are} {what}. In the {which} {it}, the real income of the member that moves most changes "
        f"{moved}; in the {others} the largest change of any member’s is "
        f"{percent(max(left), sign=False)}."
    )


def _comparable(scenarios: list[Scenario], lever: str) -> bool:
    """Whether each scenario that pulls a lever has one beside it with the same members and the same other levers."""
    pulled = [s for s in scenarios if lever in s["levers"]]
    rest = [(set(s["levers"]), s["members"]) for s in scenarios if lever not in s["levers"]]
    return bool(pulled) and all((set(s["levers"]) - {lever}, s["members"]) in rest for s in pulled)


def _extremes(summary: Summary) -> Iterator[str]:
    """The largest gain and loss of any member in any scenario."""
    known = names(summary)
    cells = [
        (band["value"], known[code], scenario["title"], band)
        for scenario in solved(summary)
        for code in summary["members"]
        if (band := band_of(scenario, code)) is not None and abs(band["value"]) >= NO_EFFECT
    ]
    if not cells:
        yield "No member's real income moves by as much as 0.005% in any scenario."
        return
    best, worst = max(cells, key=lambda c: c[0]), min(cells, key=lambda c: c[0])
    parts = []
    if best[0] > 0:
        parts.append(f"the largest gain of real income is {best[1]}’s {_bracketed(best[3])} under “{best[2]}”")
    if worst[0] < 0:
        what = "the largest loss is" if parts else "the largest loss of real income is"
        parts.append(f"{what} {worst[1]}’s {_bracketed(worst[3])} under “{worst[2]}”")
    text = join(parts)
    lone = "; no member loses" if worst[0] > 0 else "; no member gains" if best[0] < 0 else ""
    yield f"{text[0].upper()}{text[1:]}{lone}."


def _bracketed(band: Mapping[str, Any]) -> str:
    """Format a number in percent, its band in brackets."""
    ends = band_text(band)
    return percent(band["value"]) + (f" (band {ends})" if ends else "")


# -- scenario by scenario -------------------------------------------------------------------------------------------


def _equals(summary: Summary) -> Iterator[str]:
    """Scenarios that share every number, named once; below only the first of them is told."""
    for first, *others in twins(summary):
        if others:
            who = join(f"“{scenario['title']}”" for scenario in (first, *others))
            yield (
                f"{who} are the same in every number of every economy; what is said of the first holds for "
                f"{'both' if len(others) == 1 else 'all of them'}."
            )


def _quiet(summary: Summary, quiet: list[Scenario]) -> Iterator[str]:
    """Scenarios that leave every member's real income nearly where it was, and what they do to wages."""
    if not quiet:
        return
    told = [f"“{scenario['title']}”" for scenario in quiet[:TOLD]]
    if rest := quiet[TOLD:]:
        told.append(count(len(rest), "more scenario"))
    who = join(told)
    lone = len(quiet) == 1
    text = f"{who} {'does' if lone else 'do'} next to nothing to real income: no member moves by as much as 0.05%"
    text += _spread(summary, quiet)
    wages = [(scenario, *wage) for scenario in quiet if (wage := _wage(summary, scenario)) is not None]
    if wages:
        scenario, code, band = max(wages, key=lambda item: abs(item[2]["value"]))
        same = len(wages) == len(quiet) > 1 and all(
            item[1] == code and item[2]["value"] * band["value"] > 0 for item in wages
        )
        verb = "falls" if band["value"] < 0 else "rises"
        text += f". But {names(summary)[code]}’s real wage {verb}"
        if lone:
            text += f", by {_size(band)}"
        elif same and len({_size(item[2]) for item in wages}) == 1:
            text += f" in each of them, equally, by {_size(band)}"
        else:
            text += f"{' in each of them, most' if same else ''} under “{scenario['title']}”, by {_size(band)}"
    yield f"{text}."


def _spread(summary: Summary, quiet: list[Scenario]) -> str:
    """How far the bands reach, where some end lies further out than the values themselves may."""
    bands = [band_of(scenario, code) for scenario in quiet for code in members_of(summary, scenario)]
    ends = [band[end] for band in bands if band is not None and has_ends(band) for end in ("lo", "hi")]
    if not ends or max(abs(end) for end in ends) < QUIET:
        return ""
    return f" at the most likely figures (bands reach from {percent(min(ends))} to {percent(max(ends))})"


def _size(band: Mapping[str, Any]) -> str:
    """Format the size of a change, without its sign, with the band as it stands."""
    ends = band_text(band)
    return percent(abs(band["value"]), sign=False) + (f" (band {ends})" if ends else "")


def _wage(summary: Summary, scenario: Scenario) -> tuple[str, Mapping[str, Any]] | None:
    """The member whose real wage parts most from its real income: opposite in sign, or three times as large."""
    parted = []
    for code in members_of(summary, scenario):
        wage, income = band_of(scenario, code, "real_wage_pct"), band_of(scenario, code)
        if wage is None or income is None or abs(wage["value"]) < QUIET:
            continue
        w, i = wage["value"], income["value"]
        if w * i < 0 or abs(w) > 3 * abs(i):
            parted.append((abs(w - i), code, wage))
    if not parted:
        return None
    _, code, wage = max(parted, key=lambda item: item[0])
    return code, wage


def _loud(summary: Summary, loud: list[tuple[Scenario, float]]) -> Iterator[str]:
    """The scenarios that move a member, in the order of the study."""
    told = sorted(range(len(loud)), key=lambda i: -loud[i][1])[:TOLD]
    for place in sorted(told):
        yield _told(summary, loud[place][0])
    if rest := len(loud) - len(told):
        largest = max(reach for i, (_, reach) in enumerate(loud) if i not in told)
        yield f"{count(rest, 'more scenario')} move{'s' * (rest == 1)} no member by more than {bound(largest)}."


def _told(summary: Summary, scenario: Scenario) -> str:
    known, clauses, small = names(summary), [], []
    for code in sorted(members_of(summary, scenario), key=lambda c: -abs(_value(scenario, c))):
        band = band_of(scenario, code)
        assert band is not None
        if abs(band["value"]) < QUIET:
            small.append(known[code])
        elif len(clauses) < NAMED:
            clauses.append(clause(known[code], band, verdict(band)))
    unnamed = len(members_of(summary, scenario)) - len(clauses) - len(small)
    if unnamed:
        clauses.append(f"{count(unnamed, 'more member')} move less")
    if small:
        who = join(small) if len(small) <= NAMED else count(len(small), "member")
        clauses.append(f"{who} {'move' if len(small) > 1 else 'moves'} by less than 0.05%")
    if (wage := _wage(summary, scenario)) is not None:
        code, band = wage
        verb = "falls" if band["value"] < 0 else "rises"
        clauses.append(f"{known[code]}’s real wage {verb} by {_size(band)}")
    return f"“{scenario['title']}”: {'; '.join(clauses)}."


def _value(scenario: Scenario, code: str) -> float:
    band = band_of(scenario, code)
    return 0.0 if band is None else band["value"]


def clause(name: str, band: Mapping[str, Any], word: str) -> str:
    """Say what a band means for an economy.

    Parameters
    ----------
    name
        Of the economy.
    band, word
        Change of real income (percent), and `verdict` of it.
    """
    if word in ("gain", "loss"):
        adverb = size_word(band["value"])
        verb = "gains" if word == "gain" else "loses"
        return f"{name} {adverb + ' ' if adverb else ''}{verb} ({figure(band)})"
    return f"for {name} the sign is not settled ({figure(band)})"


# -- what hangs on trade deficits -----------------------------------------------------------------------------------


def _deficits(summary: Summary) -> Iterator[str]:
    """Members whose change is outweighed by the part of their trade balance, and what other deficits make of it.

    Told of parts above `QUIET`, and not where a scenario itself pays transfers or shares duties out.
    """
    if summary["deficits"] not in BALANCES:
        return
    for code in summary["members"]:
        heavy = [
            (scenario, band, parts["transfers_and_deficit_pct"])
            for scenario in distinct(summary)
            if not {"transfers", "pooled_duties"} & set(scenario["levers"])
            and (band := band_of(scenario, code)) is not None
            and (parts := (scenario["causes"] or {}).get(code)) is not None
            and abs(parts["transfers_and_deficit_pct"]) > max(QUIET, abs(parts["total_pct"]))
        ]
        if not heavy:
            continue
        (scenario, band, part), *more = heavy
        others = _other_deficits(summary, scenario["id"], code)
        known = join(f"{percent(value)} (“{title}”)" for title, value in others)
        text = (
            f"In {names(summary)[code]}’s {percent(band['value'])} under “{scenario['title']}”, its trade deficit or "
            f"surplus, {BALANCES[summary['deficits']]}, accounts for {fine(part)} points, more than the whole change"
        )
        text += f"; with trade balances treated otherwise, the change is {known}" if known else ""
        for scenario, band, part in more[:TOLD]:
            values = join(percent(value) for _, value in _other_deficits(summary, scenario["id"], code))
            text += f"; likewise {fine(part)} of {percent(band['value'])} under “{scenario['title']}”"
            text += f" ({values})" if values else ""
        yield f"{text}."


def _other_deficits(summary: Summary, scenario: str, code: str) -> list[tuple[str, float]]:
    """Title and real income (percent) of each contrast that treats trade deficits otherwise."""
    return [
        (contrast["title"], band["value"])
        for contrast in summary["contrasts"]
        if contrast["kind"] == "deficits"
        for other in contrast["scenarios"]
        if other["id"] == scenario and other["status"] == "solved" and (band := band_of(other, code)) is not None
    ]


# -- how sure -------------------------------------------------------------------------------------------------------


def _tally(summary: Summary) -> Iterator[str]:
    """How many signs are settled, where bands exist."""
    bands = [band_of(s, code) for s in solved(summary) for code in members_of(summary, s)]
    tested = [band for band in bands if has_ends(band)]
    if not tested:
        return
    sure = sum(settled(band) for band in tested)
    open_ = len(tested) - sure
    nil = sum(verdict(band) == "no_effect" for band in tested)
    parts = [f"{sure} {'has' if sure == 1 else 'have'} a settled sign"] if sure else []
    if open_:
        parts.append(f"{open_} {'is' if open_ == 1 else 'are'} not settled, the band holds zero")
    if nil:
        parts.append(f"{nil} of them {'is' if nil == 1 else 'are'} about nil (value and band below 0.005%)")
    size = f"{count(len(tested), 'effect')} on the members’ real income"
    yield (
        f"Of {size}, {'; '.join(parts)}."
        if len(tested) > 1
        else f"The one effect on a member’s real income: {'; '.join(parts[:1])}."
    )


def _scope(summary: Summary) -> Iterator[str]:
    """How large the study is, what its bands are, and what could not be computed."""
    scenarios, economies, sectors = (len(summary[key]) for key in ("scenarios", "economies", "sectors"))
    size = f"{count(scenarios, 'scenario')} in a world of {count(economies, 'economy')} and {count(sectors, 'sector')}"
    draws, failed = summary["draws"], summary["failed_draws"]["count"]
    if drawn(summary):
        yield (
            f"{size}, {summary['year']}. Each band holds nine in ten of {number(draws, 0)} draws of what is not known "
            "exactly; where it holds zero, the sign is called not settled."
        )
    else:
        what = "Nothing was drawn" if draws == 0 else "One draw makes no band"
        yield f"{size}, {summary['year']}. {what}, so no number carries a band and it is open how sure any sign is."
    if failed:
        yield f"{failed} of {draws} draws could not be computed in every scenario; the bands leave those out."
    for scenario in summary["scenarios"]:
        if scenario["status"] != "solved":
            yield f"“{scenario['title']}” was not solved: {scenario['reason']}."


def _beyond(summary: Summary) -> Iterator[str]:
    """Numbers at the most likely figures that lie outside the band of the draws, and why that can be."""
    known, cells = names(summary), []
    told = {(row["scenario"], row["economy"], row["measure"]) for row in summary["published"] if not row["contrast"]}
    for scenario in distinct(summary):
        for code, measures in scenario["economies"].items():
            for measure, band in measures.items():
                if outside(band):
                    gap = max(band["lo"] - band["value"], band["value"] - band["hi"]) / (band["hi"] - band["lo"] or 1.0)
                    first = ((scenario["id"], code, measure) in told, code in summary["members"], gap)
                    cells.append((first, f"{known[code]}’s {_valued(measure, band)} under “{scenario['title']}”"))
    if not cells:
        return
    cells.sort(key=lambda cell: cell[0], reverse=True)
    named = [text for _, text in cells[:OUTSIDE]]
    if rest := len(cells) - len(named):
        named.append(count(rest, "more number"))
    rough = ""
    if summary["draws"] < FEW:
        rough = f"; and with {count(summary['draws'], 'draw')} the ends of a band are rough"
    yield (
        f"Outside {'its' if len(cells) == 1 else 'their'} own band at the most likely figures: {join(named)}. Those "
        "figures, put together, need not be the middle of the draws: a range may reach further to one side of the most "
        f"likely value than to the other, and effects need not be in proportion{rough}."
    )


def _valued(measure: str, band: Mapping[str, Any]) -> str:
    """Format a measure with its number and band, in its unit."""
    unit = "%" if measure.endswith("_pct") else " USD billion"
    return f"{measure_words(measure).split(', ')[0]} {fine(band['value'])}{unit} (band {band_text(band, unit)})"
