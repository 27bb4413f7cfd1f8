"""What the numbers of a bloc say, in plain words: each sentence follows from the record, none is fixed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from multipolar.report.words import join, number, outside
from multipolar.texts import count

__all__ = ["MEANINGS", "component_words", "components_shown", "links_shown", "rows_shown", "sentences", "share"]

MEANINGS = {
    "least_attached": "least attached",
    "likeliest_to_reopen": "likeliest to reopen the terms",
    "dearest_to_lose": "dearest for the others to lose",
}
"""What makes a member the weak link, in words."""

SETS = {
    "central": "all components",
    "no_energy": "no energy rent, transit counts",
    "organic": "no energy rent, no transit",
    "eu_offer": "EU associates its eastern partners",
}
"""Sets of components under which the weak link is asked for, in words."""

LITTLE = 0.005
"""Size below which an amount prints as 0.00 (USD billion a year, or percent)."""


BEYOND = 6
"""Numbers outside their own range that are named; the rest are counted."""


def sentences(content: Mapping[str, Any], in_words: Callable[[str], str]) -> list[str]:
    """Return in plain language what the numbers of a record say.

    Parameters
    ----------
    content
        As in ``bloc.json``.
    in_words
        From the name of what is drawn to what a reader calls it.
    """
    return [
        *_about(content),
        _gains(content),
        _verdict(content),
        _link_sentence(content, in_words),
        *_price(content),
        *_promises(content),
        *_beyond(content),
        *_process(content),
        *_maps(content),
        *_gaps(content),
    ]


def _about(content: Mapping[str, Any]) -> list[str]:
    """What an example is, and who of its members stands for several countries."""
    texts = []
    if content.get("example") is not None:
        texts.append(f"{content['example']['title']}. {content['example']['note']}")
    merged = [
        f"{code} ({', '.join(m['stands_for'][:12])}{', ...' if len(m['stands_for']) > 12 else ''})"
        for code, m in content["by_member"].items()
        if len(m["stands_for"]) > 1
    ]
    if merged:
        texts.append(f"Merged in this world, so that what their countries do apart is not asked: {join(merged)}.")
    return texts


def _gains(content: Mapping[str, Any]) -> str:
    """Who gains most, who least, and what carries it."""
    members = content["by_member"]
    worth = {code: m["payoff_pct"]["total"]["value"] / 100 * m["income_usd_bn"]["value"] for code, m in members.items()}
    share = {code: m["payoff_pct"]["total"]["value"] for code, m in members.items()}
    losers = [code for code in members if worth[code] < 0]
    ranked = sorted(share, key=lambda code: -share[code])
    parts = []
    for code in ranked:
        verb = "gains" if worth[code] >= 0 else "loses"
        of_income = "" if abs(worth[code]) < LITTLE else f" ({_size(share[code])}%)"
        parts.append(f"{code} {verb} {_size(worth[code])}{of_income}")
    text = f"Against standing outside, {join(parts)}"
    text += f" USD billion a year at the most likely values, {number(sum(worth.values()), sign=True)} together"
    return text + ("." if losers else "; nobody loses.")


def _promises(content: Mapping[str, Any]) -> list[str]:
    """From which credibility of the hub on members stay, and how patient the hub must be to keep its word."""
    parts = []
    for code, member in content["by_member"].items():
        found = member["break_even_credibility"]
        if found["value"] is not None:
            parts.append(
                f"{code} stays if the hub keeps its word with probability {number(found['value'])} or {found['side']}"
            )
    texts = [f"{'; '.join(parts)} (most likely {number(content['credibility'])})."] if parts else []
    never = [
        code
        for code, member in content["by_member"].items()
        if (member["critical_discount_factor"]["value"] or 0.0) >= 1.0
    ]
    some = [
        f"{code} {number(member['critical_discount_factor']['value'])}"
        for code, member in content["by_member"].items()
        if 0.0 < (member["critical_discount_factor"]["value"] or 0.0) < 1.0
    ]
    if some:
        texts.append(
            f"To keep its word rather than break it once, the hub needs a discount factor of: {', '.join(some)}."
        )
    if never:
        texts.append(
            f"By this table no patience makes the hub keep paying {join(never)}: losing the member costs it less than "
            "the payment."
        )
    return texts


def _beyond(content: Mapping[str, Any]) -> list[str]:
    """Name the numbers that lie outside the range of their own draws, and say why that can be."""
    if content["draws"] < 2:
        return []
    shown = [*components_shown(content), "total"]
    members = content["by_member"]
    rows = {component_words(name): [m["payoff_pct"][name] for m in members.values()] for name in shown}
    found = [
        f"{code}, {label.partition(',')[0]}: {number(band['value'])} ({number(band['lo'])} to {number(band['hi'])})"
        for label, bands in (rows | rows_shown(content)).items()
        for code, band in zip(members, bands, strict=True)
        if outside(band) and _apart(band)
    ]
    if not found:
        return []
    named = found[:BEYOND]
    if rest := len(found) - len(named):
        named.append(count(rest, "more number"))
    return [
        f"Outside {'its' if len(found) == 1 else 'their'} own range at the most likely values: {join(named)}. Those "
        "values, put together, need not be the middle of the draws: a range may reach further to one side of the most "
        "likely value than to the other."
    ]


def _apart(band: Mapping[str, Any]) -> bool:
    """Return whether a value outside its range is so in the two decimals of the table."""
    near = band["lo"] if band["value"] < band["lo"] else band["hi"]
    return number(band["value"]) != number(near)


def _verdict(content: Mapping[str, Any]) -> str:
    members = content["by_member"]
    wish = [code for code, m in members.items() if m["slack_full_usd_bn"]["value"] < 0]
    held = content["internally_stable_probability"]
    text = f"As it stands, this bloc {content['verdict']}"
    if content["draws"]:
        text += f": in {share(held)} of the draws nobody gains by leaving, offers from outside counted"
    text += "."
    held_sets = content["stability"]["nash_unanimous"]
    if not held_sets["holds"] and len(members) > 2:
        sets = ["+".join(found) for found in held_sets["stable_sets"] if found]
        text += (
            f" At the most likely values, with entry by unanimity and offers from outside left out, {_stable(sets)}."
        )
    if not wish:
        return text + " At the most likely values every member is better off inside than at its best exit."
    amounts = join(f"{code} by {_size(members[code]['slack_full_usd_bn']['value'])}" for code in wish)
    text += f" At the most likely values leaving would pay for {amounts} (USD billion a year)."
    if content["self_financing"]:
        needed = number(content["min_transfer_usd_bn"]["value"])
        text += f" The members gain together, so transfers of {needed} would hold all ({_to_whom(members)})"
        if content["draws"]:
            text += f"; they can be paid in {share(content['self_financing_probability'])} of the draws"
        return text + "."
    return text + " Together the members have less than at their best exits, so no transfers among them would hold all."


def _to_whom(members: Mapping[str, Any]) -> str:
    """Who needs how much to stay, and who has how much above its best exit (USD billion a year)."""
    above = {code: m["slack_full_usd_bn"]["value"] for code, m in members.items()}
    needs = join(f"{code} {_size(found)}" for code, found in above.items() if found < 0)
    spare = {code: _size(found) for code, found in above.items() if found >= 0}
    parts = [f"{code} {'' if at else 'has '}{found}" for at, (code, found) in enumerate(spare.items())]
    whose = "its best exit" if len(spare) == 1 else "their best exits"
    return f"to {needs}" + (f"; {join(parts)} above {whose}" if spare else "")


def _stable(sets: Sequence[str]) -> str:
    """Say which unions are stable: none, one or several."""
    if not sets:
        return "no union is stable"
    return f"{sets[0]} is a stable union" if len(sets) == 1 else f"stable unions are {join(sets)}"


def _link_sentence(content: Mapping[str, Any], in_words: Callable[[str], str]) -> str:
    by_set = content["weak_link_by_set"]
    names = by_set["central"]["names"]
    chance = by_set["central"]["probability"]
    same = set(names.values())
    shown = links_shown(content)

    def in_draws(found: float, after: str = "") -> str:
        return f" ({share(found)}{after})" if content["draws"] else ""

    if not shown:
        text = f"{names['dearest_to_lose']} is the only member beside the hub, so who is the weak link is not asked."
    elif len(same) == 1:
        who = names["dearest_to_lose"]
        often = in_draws(chance["dearest_to_lose"][who], " of the draws for the dearest to lose")
        text = f"Among the hub's partners the weak link is {who} under all three meanings{often}."
    else:
        text = (
            "Among the hub's partners the three meanings of a weak link part: "
            + join(f"{names[m]} is {MEANINGS[m]}{in_draws(chance[m][names[m]])}" for m in MEANINGS)
            + "."
        )
    others = {words: link["names"]["dearest_to_lose"] for words, link in list(shown.items())[1:]}
    changed = [f"{words}: {code}" for words, code in others.items() if code != names["dearest_to_lose"]]
    if changed:
        text += f" Who is dearest to lose changes with what is counted ({'; '.join(changed)})."
    elif others:
        text += " Who is dearest to lose is the same under every set of components looked at."
    if (moved := by_set["central"]["moved_most_by"]["dearest_to_lose"]) is not None:
        text += (
            f" What moves the lead of {names['dearest_to_lose']} in that most is {in_words(moved['parameter'])} (rank "
            f"correlation {number(moved['rank_correlation'], sign=True)})."
        )
    for code, member in content["by_member"].items():
        if member["pivot_usd_bn"]["value"] < 0 and code != content["hub"]:
            gain = -member["pivot_usd_bn"]["value"]
            text += f" If {code} went, the others would together be {number(gain)} USD billion a year better off."
    return text


def _price(content: Mapping[str, Any]) -> list[str]:
    paid, needed = content["price_paid_usd_bn"], content["min_transfer_organic_usd_bn"]
    if paid["value"] is None:
        return []
    top = "" if needed["hi"] is None else f" (at most {number(needed['hi'])} in 95% of the draws)"
    enough = "nothing" if needed["value"] == 0 else number(needed["value"])
    transit = "transit, for " if "transit" in components_shown(content) else ""
    text = (
        f"{content['hub']} pays {number(paid['value'])} USD billion a year in cheap energy and transfers, whether or "
        "not it hangs on membership; the table has only what hangs on it, times the chance that the word is kept. If "
        f"neither energy nor transit depended on membership, {enough}{top} would have to be paid to keep everybody in: "
        f"the difference is a price for {transit}politics, or for what is not in this table."
    )
    return [text]


def _process(content: Mapping[str, Any]) -> list[str]:
    """Where a process of proposals ends that starts at the union of all."""
    ends = content["stability"]["markov_process"]["ends"]
    several = len(ends) > 1
    parts = [
        ("+".join(end["members"]) if end["members"] else "no union")
        + (f" ({share(end['probability'])})" if several else "")
        for end in ends
    ]
    text = "Where members propose changes in turn and look ahead, what starts as the union of all ends as "
    return [f"{text}{join(parts)}, at the most likely values."] if parts else []


def _maps(content: Mapping[str, Any]) -> list[str]:
    """In how much of each map who stays."""
    texts = []
    for made in content["maps"]:
        cells = [cell for row in made["stays"] for cell in row]
        every = sum(all(cell) for cell in cells) / len(cells)
        each = join(
            f"{code} in {share(sum(cell[i] for cell in cells) / len(cells))}" for i, code in enumerate(made["members"])
        )
        ends = [f"{made[side]['label']} ({_ends(made[side])})" for side in ("x", "y")]
        text = f"Over a grid of {join(ends)}, all stay at {share(every)} of the points: {each}."
        if len(made["y"]["marks"]) > 1:
            marks = join(f"{number(mark['value'])} in {mark['year']}" for mark in made["y"]["marks"])
            text += f" As prices of oil and gas went, the rents were {marks}."
        texts.append(text)
    return texts


def _ends(axis: Mapping[str, Any]) -> str:
    low, high = (
        f"{100 * end:g}%" if axis["unit"] == "fraction" else number(end)
        for end in axis["values"][:: len(axis["values"]) - 1]
    )
    return f"{low} to {high}" + (" USD billion a year" if "USD" in axis["unit"] else "")


def _not_in_the_table(content: Mapping[str, Any]) -> list[str]:
    """Return the sentence on components without figures, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for component, found in content["missing"].items():
        for reason in dict.fromkeys(found.values()):
            codes = [code for code, why in found.items() if why == reason]
            whole = component not in components_shown(content)
            by_reason.setdefault(reason, []).append(component if whole else f"{component} of {join(codes)}")
    parts = [f"{join(what)} ({reason})" for reason, what in by_reason.items()]
    return [f"Not in the table: {'; '.join(parts)}."] if parts else []


def _gaps(content: Mapping[str, Any]) -> list[str]:
    texts = _not_in_the_table(content)
    hold = next(iter(content["by_member"].values()))["hold_up"]["rent_usd_bn"]
    if hold.get("reason"):
        texts.append(f"Hold-up after commitment is not shown: {hold['reason']}.")
    if content["failed_draws"]:
        texts.append(f"{count(content['failed_draws'], 'draw')} not solved and left out.")
    return texts


def components_shown(content: Mapping[str, Any]) -> list[str]:
    """Return the components that somebody has a figure other than zero for."""
    members = content["by_member"].values()
    return [name for name in content["components"] if any(_has_figures(m["payoff_pct"][name]) for m in members)]


def component_words(name: str) -> str:
    """Return the name of a component of the payoff, or of their sum, as a table has it."""
    return {"total": "sum", "energy": "energy rent", "coercion": "less coercion", "distance": "political distance"}.get(
        name, name
    )


def rows_shown(content: Mapping[str, Any]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the bands on exits, demands and promises by member under the names of their rows.

    A row that says nothing for this bloc is left out.
    """
    every = content["by_member"].values()
    rows = {"slack over best exit, %": [m["slack_full_pct"] for m in every]}
    if {"energy", "transit"} & set(components_shown(content)):
        rows["without energy and transit, %"] = [m["slack_organic_pct"] for m in every]
    rows["others lose if it goes, USD bn"] = [m["pivot_usd_bn"] for m in every]
    rows["it can demand, USD bn"] = [m["demand_usd_bn"] for m in every]
    if any(m["hold_up"]["rent_usd_bn"]["value"] is not None for m in every):
        rows["hold-up rent, USD bn"] = [m["hold_up"]["rent_usd_bn"] for m in every]
    rows["first-year loss if cut off, %"] = [m["hub_leverage_pct"] for m in every]
    promises = {
        "stays from credibility of hub": [m["break_even_credibility"] for m in every],
        "patience hub needs to pay it": [m["critical_discount_factor"] for m in every],
    }
    return rows | {label: found for label, found in promises.items() if any(b["value"] is not None for b in found)}


def links_shown(content: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return the weak link by what is counted, in words; sets that count the same for this bloc stand once.

    A bloc with a hub and one member has none: there is nobody to compare.
    """
    found = content["weak_link_by_set"]
    if len(content["by_member"]) == 2:
        return {}
    kept = {name: link for name, link in found.items() if link["same_as"] is None}
    words = SETS if "organic" in kept else SETS | {"no_energy": "no energy rent"}
    return {words[name]: link for name, link in kept.items()}


def _has_figures(found: Mapping[str, Any]) -> bool:
    """Return whether a band has anything but zeros."""
    return any(found.get(end) not in (None, 0.0) for end in ("value", "lo", "hi"))


def _size(value: float) -> str:
    """Format an amount without its sign; what would print as nothing is said to be small."""
    return number(abs(value)) if value == 0 or abs(value) >= LITTLE else "less than 0.01"


def share(found: float | None) -> str:
    """Format a share of draws; a dash where there is none."""
    return "–" if found is None else f"{100 * found:.0f}%"
