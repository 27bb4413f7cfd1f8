"""Plain language from the numbers of a summary: each sentence is chosen by sign, size and band, none is fixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from multipolar.report.answer import NAMED, answer, clause
from multipolar.report.reading import Summary, band_of, distinct, drawn, figure, names, solved, titles
from multipolar.report.words import (
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
    usd,
    verdict,
)
from multipolar.texts import count

__all__ = ["Passage", "focus", "passages"]

LISTED = 3
"""Changes of sign, or scenarios, told one by one; the rest are counted."""

TURNED = 0.05
"""Size of gain and loss (percent) from which a change of sign is told."""

NOTICED = 0.02
"""Change of an outsider's real income (percent) from which a scenario's outsiders are told by name."""


@dataclass(frozen=True)
class Passage:
    """A heading with the sentences under it, plain text."""

    heading: str
    sentences: tuple[str, ...]


def passages(summary: Summary) -> tuple[Passage, ...]:
    """Return the plain-language summary of a study.

    Parameters
    ----------
    summary
        As in ``summary.json``.
    """
    parts = {
        "In short": answer(summary),
        "Who gains, who loses": _members(summary),
        "Where signs turn": _reversals(summary),
        "Wages and incomes": _wages(summary),
        "Trade made and trade moved": _creation(summary),
        "Everybody else": _outsiders(summary),
        "Beside published figures": _published(summary),
        "Under other assumptions": _contrasts(summary),
        "The tariff each would choose": _optimal(summary),
    }
    return tuple(Passage(heading, found) for heading, lines in parts.items() if (found := tuple(lines)))


def focus(summary: Summary, scenario: Mapping[str, Any]) -> list[str]:
    """Return the economies to show first, with those that a scenario ties together after them."""
    return list(dict.fromkeys([*summary["focus"], *scenario["members"]]))


# -- passages -----------------------------------------------------------------------------------------------------


def _ranges(summary: Summary) -> Iterator[str]:
    """One line a member: its worst and best scenario and, where bands exist, how many signs are settled."""
    found, known = solved(summary), names(summary)
    if len(found) < 2:
        return
    for code in list(summary["members"])[:NAMED]:
        bands = [(band, s) for s in found if (band := band_of(s, code)) is not None]
        if len(bands) < 2:
            continue
        worst, best = (end(bands, key=lambda pair: pair[0]["value"]) for end in (min, max))
        text = f"{known[code]}: from {_cell(*worst)} to {_cell(*best)}"
        if tested := [band for band, _ in bands if has_ends(band)]:
            signs = [band["value"] > 0 for band in tested if settled(band)]
            counts = {"a settled gain": signs.count(True), "a settled loss": signs.count(False)}
            tally = join(f"{n} {'is' if n == 1 else 'are'} {what}" for what, n in counts.items() if n)
            text += f"; of {count(len(tested), 'scenario')} {tally or 'none has a settled sign'}"
        yield f"{text}."


def _cell(band: Mapping[str, Any], scenario: Mapping[str, Any]) -> str:
    return f"{percent(band['value'])} (“{scenario['title']}”)"


def _members(summary: Summary) -> Iterator[str]:
    yield from _ranges(summary)
    known = names(summary)
    for scenario in distinct(summary):
        clauses, still, unnamed = [], [], 0
        for code in _by_size(scenario, list(summary["members"])):
            band = band_of(scenario, code)
            assert band is not None
            word = verdict(band)
            if word == "no_effect":
                still.append(known[code])
            elif len(clauses) == NAMED:
                unnamed += 1
            else:
                clauses.append(clause(known[code], band, word))
        if unnamed:
            clauses.append(f"{count(unnamed, 'more member')} move less")
        if still:
            who = join(still) if len(still) <= NAMED else count(len(still), "member")
            clauses.append(f"{who} see{'s' * (len(still) == 1)} no effect (below 0.005%)")
        if clauses:
            yield f"“{scenario['title']}”: {'; '.join(clauses)}."


def _by_size(scenario: Mapping[str, Any], codes: list[str]) -> list[str]:
    known = [(code, band["value"]) for code in codes if (band := band_of(scenario, code)) is not None]
    return [code for code, _ in sorted(known, key=lambda item: -abs(item[1]))]


def _reversals(summary: Summary) -> Iterator[str]:
    scenarios, known = solved(summary), names(summary)
    if len(scenarios) < 2:
        return
    found = False
    for code in summary["members"]:
        by_word: dict[str, list[Mapping[str, Any]]] = {}
        for scenario in scenarios:
            band = band_of(scenario, code)
            if band is not None and abs(band["value"]) >= TURNED:
                by_word.setdefault(verdict(band), []).append(scenario)
        gains, losses = by_word.get("gain", []), by_word.get("loss", [])
        if not gains or not losses:
            continue
        found = True
        yield _narrowest(summary, known[code], code, gains, losses)
    if not found:
        sign = "settled sign" if drawn(summary) else "sign"
        yield f"No scenario reverses the {sign} of another for any member, with 0.05% or more on both sides."


def _narrowest(
    summary: Summary, name: str, code: str, gains: list[Mapping[str, Any]], losses: list[Mapping[str, Any]]
) -> str:
    """The smallest step that reverses a sign, between scenarios that include the member if there are such."""
    pairs = [
        ((code not in up["members"]) + (code not in down["members"]), high["value"] - low["value"], i, j)
        for i, up in enumerate(gains)
        for j, down in enumerate(losses)
        if (high := band_of(up, code)) is not None and (low := band_of(down, code)) is not None
    ]
    _, _, i, j = min(pairs)
    up, down = gains[i], losses[j]
    high, low = band_of(up, code), band_of(down, code)
    assert high is not None
    assert low is not None
    often = _share_above(summary, up["id"], down["id"], code)
    return (
        f"{name} loses {percent(abs(low['value']), sign=False)} under “{down['title']}” and gains "
        f"{percent(high['value'], sign=False)} under “{up['title']}”{often}."
    )


def _share_above(summary: Summary, better: str, worse: str, code: str) -> str:
    """How often the draws agree on the order of two scenarios."""
    for row in summary["differences"]:
        ends = row["economies"].get(code)
        if ends is None or ends["share_above"] is None or {row["scenario"], row["against"]} != {better, worse}:
            continue
        share = ends["share_above"] if row["scenario"] == better else 1.0 - ends["share_above"]
        often = "every draw" if share == 1.0 else f"{100 * share:.0f}% of the draws"
        return f"; the second is better in {often}"
    return ""


def _wages(summary: Summary) -> Iterator[str]:
    """The widest gaps between real wage and real income, one member per scenario."""
    found = [gap for scenario in distinct(summary) if (gap := _widest_gap(summary, scenario)) is not None]
    found.sort(key=lambda gap: -gap[0])
    yield from (text for _, text in found[:LISTED])
    if len(found) > LISTED:
        yield f"They part in the same way under {count(len(found) - LISTED, 'more scenario')}."


def _widest_gap(summary: Summary, scenario: Mapping[str, Any]) -> tuple[float, str] | None:
    parted = []
    for code in summary["members"]:
        wage, income = band_of(scenario, code, "real_wage_pct"), band_of(scenario, code)
        if wage is None or income is None:
            continue
        w, i = wage["value"], income["value"]
        opposite = w * i < 0 and min(abs(w), abs(i)) >= NO_EFFECT
        if opposite or (abs(w) >= NO_EFFECT and abs(w) > 3 * max(abs(i), NO_EFFECT)):
            parted.append((abs(w - i), code, wage, i))
    if not parted:
        return None
    size, code, wage, i = max(parted, key=lambda item: item[0])
    duties = scenario["decomposition"].get(code, {}).get("tariff_revenue_pct")
    why = f", of which duties received are {fine(duties)} points" if duties else ""
    return size, (
        f"Under “{scenario['title']}” {names(summary)[code]}’s real wage changes by {figure(wage)}; its real income by "
        f"{percent(i)}{why}."
    )


def _creation(summary: Summary) -> Iterator[str]:
    """The bloc's trade as one: its parts add up, which those of its members need not."""
    for scenario in solved(summary):
        if scenario["bloc"] is None:
            continue
        inside, creation, diversion = (
            scenario["bloc"][measure]["value"]
            for measure in ("imports_inside_usd_bn", "trade_creation_usd_bn", "trade_diversion_usd_bn")
        )
        if abs(inside) < 0.0005:
            yield f"Under “{scenario['title']}” trade among the members hardly changes."
            continue
        more_or_less = "more" if inside > 0 else "less"
        parts = ""
        if inside > 0:
            word = "more new than moved" if creation > diversion else "more moved than new"
            new, moved = f"{usd(creation)} new trade", f"{usd(diversion)} taken from outsiders"
            parts = f": {new}, {moved} ({word})"
            if usd(abs(creation)) == usd(0.0):
                parts = ", all of it taken from outsiders"
            elif usd(abs(diversion)) == usd(0.0):
                parts = ", all of it new trade"
        yield (
            f"Under “{scenario['title']}” the members buy {usd(abs(inside))} {more_or_less} from one another a year"
            f"{parts}."
        )


def _outsiders(summary: Summary) -> Iterator[str]:
    """Who outside gains and loses most, for the scenarios that move outsiders most."""
    found = [reach for scenario in distinct(summary) if (reach := _outside(summary, scenario)) is not None]
    found.sort(key=lambda reach: -reach[0])
    shown = [reach for reach in found if reach[0] >= NOTICED][:LISTED]
    yield from (text for _, text in shown)
    if rest := found[len(shown) :]:
        what = f"In {'the other ' if shown else ''}{count(len(rest), 'scenario')}"
        if rest[0][0] < NO_EFFECT:
            yield f"{what} no outsider’s real income moves by as much as 0.005%."
        else:
            yield f"{what} no outsider’s real income moves by more than {bound(rest[0][0])}."


def _insiders(summary: Summary, scenario: Mapping[str, Any]) -> list[str]:
    return list(scenario["members"]) or list(summary["members"])


def _outside(summary: Summary, scenario: Mapping[str, Any]) -> tuple[float, str] | None:
    known, inside = names(summary), set(_insiders(summary, scenario))
    cells = [
        (band["value"], worth["value"], known[code])
        for code in scenario["economies"]
        if code not in inside
        and (band := band_of(scenario, code)) is not None
        and (worth := band_of(scenario, code, "real_income_usd_bn")) is not None
    ]
    if not cells:
        return None
    best, worst = max(cells, key=lambda c: c[1]), min(cells, key=lambda c: c[1])
    parts = []
    if worst[1] < 0:
        parts.append(f"{worst[2]} loses most in dollars ({usd(worst[1])}, {percent(worst[0])})")
    if best[1] > 0:
        money = "" if parts else " in dollars"
        parts.append(f"{best[2]} gains most{money} ({usd(best[1], sign=True)}, {percent(best[0])})")
    mover = max(cells, key=lambda c: abs(c[0]))
    also = " as well" if mover in (worst, best) else ""
    text = f"Under “{scenario['title']}”, among outsiders {join(parts)}"
    return abs(mover[0]), f"{text}; in percent {mover[2]} moves most{also} ({percent(mover[0])})."


def _published(summary: Summary) -> Iterator[str]:
    known, scenarios, contrasts = names(summary), titles(summary["scenarios"]), titles(summary["contrasts"])
    twice = Counter(map(_held_against, summary["published"]))
    for row in summary["published"]:
        computed = row["computed"]
        if computed["value"] is None or row["published"] is None:
            continue
        place = {
            True: ", with the published figure inside the band",
            False: ", with the published figure outside the band",
            None: "",
        }[row["inside_band"]]
        what = measure_words(row["measure"]).split(", ")[0]
        unit = "%" if row["measure"].endswith("_pct") else " USD billion"
        own = f" (outside its own band of {band_text(computed, unit)})" if outside(computed) else ""
        where = f"“{contrasts[row['contrast']] if row['contrast'] else scenarios[row['scenario']]}”"
        yield (
            f"{row['label']}: {known.get(row['economy'], row['economy'])}’s {what} "
            f"{number(row['published'], sign=True)}{unit}; here {number(computed['value'], sign=True)}{unit}{own}, "
            f"{number(row['difference'], sign=True)} apart{place} ({where})."
            f"{' ' + row['note'] if row['note'] and twice[_held_against(row)] > 1 else ''}"
        )


def _held_against(row: Mapping[str, Any]) -> tuple[str | None, ...]:
    """What rows share that only their notes tell apart: source, scenario, economy and measure."""
    return tuple(row[key] for key in ("label", "scenario", "contrast", "economy", "measure"))


def _contrasts(summary: Summary) -> Iterator[str]:
    for contrast in summary["contrasts"]:
        flips, compared = _flips(summary, contrast)
        total = sum(len(where) for where in flips.values())
        what = "Merging all sectors into one" if contrast["kind"] == "one_sector" else f"“{contrast['title']}”"
        if flips:
            told = [f"{name} under {join(where)} {rest}" for (name, rest), where in flips.items()]
            more = f"; and {len(told) - LISTED} more" if len(told) > LISTED else ""
            times = "a sign" if total == 1 else f"{total} signs of {compared}"
            yield f"{what} changes {times}: {'; '.join(told[:LISTED])}{more}."
        elif compared:
            yield f"{what} changes the sign of no member’s result."


def _flips(summary: Summary, contrast: Mapping[str, Any]) -> tuple[dict[tuple[str, str], list[str]], int]:
    """Members whose sign another assumption turns, with the scenarios in which it reads the same; how many compared."""
    known, main = names(summary), {s["id"]: s for s in solved(summary)}
    flips: dict[tuple[str, str], list[str]] = {}
    compared = 0
    for scenario in contrast["scenarios"]:
        own = main.get(scenario["id"])
        if own is None or scenario["status"] != "solved":
            continue
        for code in summary["members"]:
            other, first = band_of(scenario, code), band_of(own, code)
            if other is None or first is None:
                continue
            compared += 1
            small = min(abs(other["value"]), abs(first["value"]))
            if other["value"] * first["value"] < 0 and small >= NO_EFFECT:
                open_ = ", whose sign is not settled" if has_ends(first) and not settled(first) else ""
                rest = f"reads {percent(other['value'])} instead of {percent(first['value'])}{open_}"
                flips.setdefault((known[code], rest), []).append(f"“{own['title']}”")
    return flips, compared


def _optimal(summary: Summary) -> Iterator[str]:
    known, scenarios = names(summary), titles(summary["scenarios"])
    for row in summary["optimal_tariffs"]:
        if row["rate_pct"] is None:
            continue
        groups: dict[str, list[str]] = {}
        for key, rate in row["scenarios"].items():
            if abs(rate - row["current_pct"]) >= 0.05:
                side = "above" if rate > row["rate_pct"] else "below"
                groups.setdefault(f"{number(rate, 1)}%, {side} it", []).append(f"“{scenarios[key]}”")
        moves = [
            f"; {join(who) if len(who) <= 2 else f'{who[0]} and {len(who) - 1} more scenarios'} "
            f"set{'s' * (len(who) == 1)} {what}"
            for what, who in groups.items()
        ]
        yield (
            f"In this model {known[row['economy']]}’s own best level of its tariff is a mean of "
            f"{number(row['rate_pct'], 1)}% (today {number(row['current_pct'], 1)}%{_elsewhere(summary, row)})"
            f"{''.join(moves)}."
        )


def _elsewhere(summary: Summary, row: Mapping[str, Any]) -> str:
    """The lowest and highest best level of the same economy under other assumptions."""
    rates = [
        other["rate_pct"]
        for contrast in summary["contrasts"]
        for other in contrast["optimal_tariffs"]
        if other["economy"] == row["economy"] and other["rate_pct"] is not None
    ]
    if not rates:
        return ""
    return f"; under other assumptions {number(min(rates), 1)} to {number(max(rates), 1)}%"
