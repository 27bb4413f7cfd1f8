"""Plain language from the numbers of a summary: each sentence is chosen by sign, size and band, none is fixed."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from multipolar.report.words import NO_EFFECT, band_text, join, number, percent, size_word, usd, verdict

__all__ = ["Passage", "focus", "passages"]

NAMED = 6
"""Members named in one sentence; those that move least are counted."""

LISTED = 3
"""Changes of sign, or scenarios, told one by one; the rest are counted."""

NOTICED = 0.02
"""Change of an outsider's real income (percent) from which a scenario's outsiders are told by name."""

Summary = Mapping[str, Any]


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
        "In short": _opening(summary),
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


def _insiders(summary: Summary, scenario: Mapping[str, Any]) -> list[str]:
    return list(scenario["members"]) or list(summary["members"])


def _solved(summary: Summary) -> list[Mapping[str, Any]]:
    return [s for s in summary["scenarios"] if s["status"] == "solved"]


def _names(summary: Summary) -> dict[str, str]:
    return {e["code"]: e["name"] for e in summary["economies"]}


def _band(scenario: Mapping[str, Any], code: str, measure: str = "real_income_pct") -> Mapping[str, Any] | None:
    band = scenario["economies"].get(code, {}).get(measure)
    return band if band is not None and band["value"] is not None else None


def _figure(band: Mapping[str, Any]) -> str:
    ends = band_text(band)
    return percent(band["value"]) + (f", band {ends}" if ends else "")


# -- passages -----------------------------------------------------------------------------------------------------


def _opening(summary: Summary) -> Iterator[str]:
    if extremes := _extremes(summary, _solved(summary)):
        yield extremes
    yield from _ranges(summary)
    count, economies, sectors = (len(summary[key]) for key in ("scenarios", "economies", "sectors"))
    size = f"{_count(count, 'scenario')} in a world of {_count(economies, 'economy')} and {_count(sectors, 'sector')}"
    draws, failed = summary["draws"], summary["failed_draws"]["count"]
    if draws >= 2:
        yield (
            f"{size}, {summary['year']}. Each band holds nine in ten of {draws} draws of what is not known exactly; "
            "where it crosses zero, the sign is called not settled."
        )
    else:
        yield f"{size}, {summary['year']}. Nothing was drawn, so no number carries a band and signs are not tested."
    if failed:
        yield f"{failed} of {draws} draws could not be computed in every scenario; the bands leave those out."
    for scenario in summary["scenarios"]:
        if scenario["status"] != "solved":
            yield f"“{scenario['title']}” was not solved: {scenario['reason']}."


def _ranges(summary: Summary) -> Iterator[str]:
    """One line a member: its worst and best scenario, and how many signs are settled."""
    solved, names = _solved(summary), _names(summary)
    if len(solved) < 2:
        return
    for code in list(summary["members"])[:NAMED]:
        known = [(band["value"], i) for i, s in enumerate(solved) if (band := _band(s, code)) is not None]
        if len(known) < 2:
            continue
        worst, best = solved[min(known)[1]], solved[max(known)[1]]
        words = [verdict(_band(s, code)) for s in solved]
        counts = {"a settled gain": words.count("gain"), "a settled loss": words.count("loss")}
        tally = join(f"{count} {'is' if count == 1 else 'are'} {what}" for what, count in counts.items() if count)
        yield (
            f"{names[code]}: from {_cell(worst, code)} to {_cell(best, code)}; of {len(known)} scenarios "
            f"{tally or 'none has a settled sign'}."
        )


def _cell(scenario: Mapping[str, Any], code: str) -> str:
    band = _band(scenario, code)
    assert band is not None
    return f"{percent(band['value'])} (“{scenario['title']}”)"


def _count(number_of: int, word: str) -> str:
    many = word.removesuffix("y") + "ies" if word.endswith("y") else word + "s"
    return f"{number_of} {word if number_of == 1 else many}"


def _extremes(summary: Summary, solved: list[Mapping[str, Any]]) -> str | None:
    """The largest gain and loss of any member in any scenario."""
    names = _names(summary)
    cells = [
        (band["value"], names[code], scenario["title"])
        for scenario in solved
        for code in summary["members"]
        if (band := _band(scenario, code)) is not None and abs(band["value"]) >= NO_EFFECT
    ]
    if not cells:
        return "No member's real income moves by as much as 0.005% in any scenario." if solved else None
    best, worst = max(cells), min(cells)
    parts = []
    if best[0] > 0:
        parts.append(f"the largest gain is {best[1]}’s {percent(best[0])} of real income under “{best[2]}”")
    if worst[0] < 0:
        parts.append(f"the largest loss {worst[1]}’s {percent(worst[0])} under “{worst[2]}”")
    text = join(parts)
    lone = "; no member loses" if worst[0] > 0 else "; no member gains" if best[0] < 0 else ""
    return f"Among the members {text}{lone}."


def _members(summary: Summary) -> Iterator[str]:
    names = _names(summary)
    for scenario in _solved(summary):
        clauses, still, unnamed = [], [], 0
        for code in _by_size(scenario, list(summary["members"])):
            band = _band(scenario, code)
            assert band is not None
            word = verdict(band)
            if word == "no_effect":
                still.append(names[code])
            elif len(clauses) == NAMED:
                unnamed += 1
            else:
                clauses.append(_clause(names[code], band, word))
        if unnamed:
            clauses.append(f"{_count(unnamed, 'more member')} move less")
        if still:
            who = join(still) if len(still) <= NAMED else _count(len(still), "member")
            clauses.append(f"{who} see{'s' * (len(still) == 1)} no effect (below 0.005%)")
        if clauses:
            yield f"“{scenario['title']}”: {'; '.join(clauses)}."


def _clause(name: str, band: Mapping[str, Any], word: str) -> str:
    if word in ("gain", "loss"):
        adverb = size_word(band["value"])
        verb = "gains" if word == "gain" else "loses"
        return f"{name} {adverb + ' ' if adverb else ''}{verb} ({_figure(band)})"
    return f"for {name} the sign is not settled ({_figure(band)})"


def _by_size(scenario: Mapping[str, Any], codes: list[str]) -> list[str]:
    known = [(code, band["value"]) for code in codes if (band := _band(scenario, code)) is not None]
    return [code for code, _ in sorted(known, key=lambda item: -abs(item[1]))]


def _reversals(summary: Summary) -> Iterator[str]:
    solved, names = _solved(summary), _names(summary)
    if len(solved) < 2:
        return
    found = False
    for code in summary["members"]:
        by_word: dict[str, list[Mapping[str, Any]]] = {}
        for scenario in solved:
            by_word.setdefault(verdict(_band(scenario, code)), []).append(scenario)
        gains, losses = by_word.get("gain", []), by_word.get("loss", [])
        if not gains or not losses:
            continue
        found = True
        yield _narrowest(summary, names[code], code, gains, losses)
    if not found:
        yield "No scenario reverses the settled sign of another for any member."


def _narrowest(
    summary: Summary, name: str, code: str, gains: list[Mapping[str, Any]], losses: list[Mapping[str, Any]]
) -> str:
    """The smallest step that reverses a sign."""
    pairs = [
        (high["value"] - low["value"], i, j)
        for i, up in enumerate(gains)
        for j, down in enumerate(losses)
        if (high := _band(up, code)) is not None and (low := _band(down, code)) is not None
    ]
    _, i, j = min(pairs)
    up, down = gains[i], losses[j]
    high, low = _band(up, code), _band(down, code)
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
    found = [gap for scenario in _solved(summary) if (gap := _widest_gap(summary, scenario)) is not None]
    found.sort(key=lambda gap: -gap[0])
    yield from (text for _, text in found[:LISTED])
    if len(found) > LISTED:
        yield f"They part in the same way under {_count(len(found) - LISTED, 'more scenario')}."


def _widest_gap(summary: Summary, scenario: Mapping[str, Any]) -> tuple[float, str] | None:
    names, parted = _names(summary), []
    for code in summary["members"]:
        wage, income = _band(scenario, code, "real_wage_pct"), _band(scenario, code)
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
    why = f", of which duties received are {number(duties, sign=True)} points" if duties else ""
    return size, (
        f"Under “{scenario['title']}” {names[code]}’s real wage changes by {_figure(wage)}; its real income by "
        f"{percent(i)}{why}."
    )


def _creation(summary: Summary) -> Iterator[str]:
    for scenario in _solved(summary):
        rows = [scenario["economies"][code] for code in scenario["members"] if code in scenario["economies"]]
        totals = {}
        for measure in ("imports_inside_usd_bn", "trade_creation_usd_bn", "trade_diversion_usd_bn"):
            values = [row[measure]["value"] for row in rows if row.get(measure) and row[measure]["value"] is not None]
            if not values:
                break
            totals[measure] = sum(values)
        else:
            inside, creation, diversion = totals.values()
            if abs(inside) < 0.0005:
                yield f"Under “{scenario['title']}” trade among the members hardly changes."
                continue
            if inside < 0:
                yield f"Under “{scenario['title']}” the members buy {usd(abs(inside))} less from one another a year."
                continue
            word = "more new than moved" if creation > diversion else "more moved than new"
            yield (
                f"Under “{scenario['title']}” the members buy {usd(inside)} more from one another a year: "
                f"{usd(creation)} new trade, {usd(diversion)} taken from outsiders ({word})."
            )


def _outsiders(summary: Summary) -> Iterator[str]:
    """Who outside gains and loses most, for the scenarios that move outsiders most."""
    found = [reach for scenario in _solved(summary) if (reach := _outside(summary, scenario)) is not None]
    found.sort(key=lambda reach: -reach[0])
    shown = [reach for reach in found if reach[0] >= NOTICED][:LISTED]
    yield from (text for _, text in shown)
    if rest := found[len(shown) :]:
        # Rounded up: it is a bound.
        largest = percent(math.ceil(100 * rest[0][0]) / 100, sign=False)
        what = f"In {'the other ' if shown else ''}{_count(len(rest), 'scenario')}"
        if rest[0][0] < NO_EFFECT:
            yield f"{what} no outsider’s real income moves by as much as 0.005%."
        else:
            yield f"{what} no outsider’s real income moves by more than {largest}."


def _outside(summary: Summary, scenario: Mapping[str, Any]) -> tuple[float, str] | None:
    names, inside = _names(summary), set(_insiders(summary, scenario))
    cells = [
        (band["value"], worth["value"], names[code])
        for code in scenario["economies"]
        if code not in inside
        and (band := _band(scenario, code)) is not None
        and (worth := _band(scenario, code, "real_income_usd_bn")) is not None
    ]
    if not cells:
        return None
    best, worst = max(cells, key=lambda c: c[1]), min(cells, key=lambda c: c[1])
    parts = []
    if worst[1] < 0:
        parts.append(f"{worst[2]} loses most ({usd(worst[1])}, {percent(worst[0])})")
    if best[1] > 0:
        parts.append(f"{best[2]} gains most ({usd(best[1], sign=True)}, {percent(best[0])})")
    return max(abs(cell[0]) for cell in cells), f"Under “{scenario['title']}”, among outsiders {join(parts)}."


def _published(summary: Summary) -> Iterator[str]:
    names, titles = _names(summary), {s["id"]: s["title"] for s in summary["scenarios"]}
    contrasts = {c["id"]: c["title"] for c in summary["contrasts"]}
    for row in summary["published"]:
        computed = row["computed"]
        if computed["value"] is None or row["published"] is None:
            continue
        place = {
            True: ", with the published figure inside the band",
            False: ", with the published figure outside the band",
            None: "",
        }[row["inside_band"]]
        what = row["measure"].removesuffix("_pct").removesuffix("_usd_bn").replace("_", " ")
        unit = "%" if row["measure"].endswith("_pct") else " USD billion"
        where = f"“{contrasts[row['contrast']] if row['contrast'] else titles[row['scenario']]}”"
        yield (
            f"{row['label']}: {names.get(row['economy'], row['economy'])}’s {what} "
            f"{number(row['published'], sign=True)}{unit}; here {number(computed['value'], sign=True)}{unit}, "
            f"{number(row['difference'], sign=True)} apart{place} ({where})."
        )


def _contrasts(summary: Summary) -> Iterator[str]:
    names = _names(summary)
    main = {s["id"]: s for s in _solved(summary)}
    for contrast in summary["contrasts"]:
        flips, compared = [], 0
        for scenario in contrast["scenarios"]:
            own = main.get(scenario["id"])
            if own is None or scenario["status"] != "solved":
                continue
            for code in summary["members"]:
                other, first = _band(scenario, code), _band(own, code)
                if other is None or first is None:
                    continue
                compared += 1
                small = min(abs(other["value"]), abs(first["value"]))
                if other["value"] * first["value"] < 0 and small >= NO_EFFECT:
                    flips.append(
                        f"{names[code]} under “{own['title']}” reads {percent(other['value'])} instead of "
                        f"{percent(first['value'])}"
                    )
        what = "Merging all sectors into one" if contrast["kind"] == "one_sector" else f"“{contrast['title']}”"
        if flips:
            more = f"; and {len(flips) - LISTED} more" if len(flips) > LISTED else ""
            times = "a sign" if len(flips) == 1 else f"{len(flips)} signs of {compared}"
            yield f"{what} changes {times}: {'; '.join(flips[:LISTED])}{more}."
        elif compared:
            yield f"{what} changes the sign of no member’s result."


def _optimal(summary: Summary) -> Iterator[str]:
    names, titles = _names(summary), {s["id"]: s["title"] for s in summary["scenarios"]}
    for row in summary["optimal_tariffs"]:
        if row["rate_pct"] is None:
            continue
        groups: dict[str, list[str]] = {}
        for key, rate in row["scenarios"].items():
            if abs(rate - row["current_pct"]) >= 0.05:
                side = "above" if rate > row["rate_pct"] else "below"
                groups.setdefault(f"{number(rate, 1)}%, {side} it", []).append(f"“{titles[key]}”")
        moves = [
            f"; {join(who) if len(who) <= 2 else f'{who[0]} and {len(who) - 1} more scenarios'} "
            f"set{'s' * (len(who) == 1)} {what}"
            for what, who in groups.items()
        ]
        yield (
            f"In this model {names[row['economy']]}’s own best uniform tariff is {number(row['rate_pct'], 1)}% "
            f"(today {number(row['current_pct'], 1)}%){''.join(moves)}."
        )
