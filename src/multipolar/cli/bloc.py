"""The command that asks whether a bloc will hold."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.padding import Padding

from multipolar.cli.commands import progress_bar
from multipolar.cli.frame import emit, write_record
from multipolar.cli.render import console, print_table, say
from multipolar.errors import InputError, UnknownNameError
from multipolar.report.words import join, number
from multipolar.texts import count

__all__ = ["list_blocs", "show_bloc"]

WORDS = {
    "least_attached": "least attached",
    "likeliest_to_reopen": "likeliest to reopen the terms",
    "dearest_to_lose": "dearest for the others to lose",
}
HEADS = {
    "least_attached": "least\nattached",
    "likeliest_to_reopen": "likeliest\nto reopen",
    "dearest_to_lose": "dearest\nto lose",
}
ABREAST = 3
"""Members side by side in a table of 80 columns."""

SETS = {
    "central": "all components",
    "no_energy": "no energy rent, transit counts",
    "organic": "no energy rent, no transit",
    "eu_offer": "EU associates its eastern partners",
}
CONCEPTS = {
    "internal": "nobody gains by leaving alone",
    "nash_open": "Nash, open to all",
    "nash_unanimous": "Nash, entry by unanimity",
    "coalition_proof": "coalition-proof",
    "core": "core not empty, rest alone (gamma)",
    "core_delta": "core not empty, rest unites (delta)",
    "largest_consistent_set": "farsighted (consistent set)",
    "markov_process": "farsighted (process stays there)",
}


def list_blocs(as_json: bool) -> None:
    """Print the blocs that ship as examples."""
    from multipolar.study.example_blocs import EXAMPLES

    if as_json:
        rows = [
            {
                "bloc": name,
                "members": list(item.members),
                "title": item.title,
                "note": item.note,
                "wto": item.wto,
                "recipe": item.recipe,
            }
            for name, item in EXAMPLES.items()
        ]
        emit({"blocs": rows})
        return
    for name, item in EXAMPLES.items():
        console().print(say(f"{name}: {','.join(item.members)}", "bold"))
        needs = "" if item.recipe is None else f" Needs a world of recipe {item.recipe}, given with --world."
        console().print(Padding(say(f"{item.title}. {item.note}{needs}"), (0, 0, 0, 2)))
    console().print(say("multipolar bloc NAME asks whether it holds; any members do, like RUS,CHN", "dim"))


def show_bloc(
    members: str,
    world: str,
    draws: int,
    seed: int,
    out: Path | None,
    as_json: bool,
    *,
    hub: str | None,
    rule: str,
    wto: str | None,
    energy_year: int,
    off: Sequence[str],
    sunk_cost: Sequence[str],
    transfer: Sequence[str],
    credibility: float | None = None,
    belief: str = "gamma",
) -> None:
    """Compute a bloc and print whether it holds."""
    from multipolar.study.bloc import Options, will_it_hold
    from multipolar.study.example_blocs import EXAMPLES
    from multipolar.world.bundled import shipped_worlds

    example = EXAMPLES.get(members.strip().lower())
    if example is not None:
        if example.recipe is not None and world in shipped_worlds():
            raise InputError(
                f"'{members.strip()}' needs a world that has its members apart; build it (multipolar world build "
                f"{example.recipe} --data DIR) and give it: --world {example.recipe}.world.npz"
            )
        members, wto = ",".join(example.members), wto or example.wto
    elif "," not in members and "-" in members:
        raise UnknownNameError("bloc", members, EXAMPLES)
    if rule not in ("others", "unanimity"):
        raise InputError(f"unknown rule '{rule}'; choose others or unanimity")
    if wto not in (None, "bind", "compensate", "breach"):
        raise InputError(f"unknown resolution '{wto}'; choose bind, compensate or breach")
    options = Options(
        draws=draws,
        seed=seed,
        hub=None if hub is None else hub.strip().upper(),
        rule=rule,  # type: ignore[arg-type]
        wto=wto,
        energy_year=energy_year,
        off=tuple(off),
        sunk_cost={code: _range(text, code) for code, text in _pairs(sunk_cost, "--sunk-cost BLR=0.1:0.5")},
        transfers={code: _number(text, code) for code, text in _pairs(transfer, "--transfer BLR=0.5")},
        credibility=credibility,
        belief=belief.strip().lower(),  # type: ignore[arg-type]
    )
    began = time.perf_counter()
    codes = [code.strip().upper() for code in members.split(",") if code.strip()]
    with progress_bar() as told:
        content = will_it_hold(codes, world, options, progress=told).content
    content["example"] = None if example is None else {"title": example.title, "note": example.note}
    if out is not None:
        from multipolar.report.bloc import write_page

        write_record("bloc", content, sentences(content), out)
        write_page(content, sentences(content), out)
    if as_json:
        emit(content)
        return
    _print(content)
    where = f", written to {out}" if out is not None else ""
    console().print(say(f"{count(content['draws'], 'draw')}, {time.perf_counter() - began:.1f} s{where}", "dim"))


def _pairs(given: Sequence[str], example: str) -> list[tuple[str, str]]:
    found = []
    for item in given:
        code, sign, rest = item.partition("=")
        if not sign or not code.strip() or not rest.strip():
            raise InputError(f"'{item}' is no pair of member and amount; write {example} (USD billion a year)")
        found.append((code.strip().upper(), rest.strip()))
    return found


def _number(text: str, code: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not 0 <= found <= 1000:
        raise InputError(f"the amount '{text}' of {code} must be a number from 0 to 1000 (USD billion a year)")
    return found


def _range(text: str, code: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    ends = _number(low, code), _number(high or low, code)
    if ends[0] > ends[1]:
        raise InputError(f"the range '{text}' of {code} runs backwards; write the lower end first")
    return ends


def _print(content: Mapping[str, Any]) -> None:
    out = console()
    members = content["by_member"]
    out.print()
    out.print(say(f"Will {', '.join(members)} hold? World {content['world']}, hub {content['hub']}", "bold"))
    rows = [_row(_label(name), [m["payoff_pct"][name] for m in members.values()]) for name in _shown(content)]
    codes = list(members)
    deal = [*_deal_rows(members), *_division_rows(content)]
    for at in range(0, len(codes), ABREAST):
        part = slice(at, at + ABREAST)
        heads = [("worth of membership, % of income", False), *((code, True) for code in codes[part])]
        print_table(out, None, heads, [[row[0], *row[1:][part]] for row in rows])
        heads[0] = ("bargaining", False)
        print_table(out, None, heads, [[row[0], *row[1:][part]] for row in deal])
    links = content["weak_link_by_set"]
    heads = [("weak link (share of draws)", False), *((word, False) for word in HEADS.values())]
    shown = {name: link for name, link in links.items() if name == "central" or _priced(content)}
    print_table(out, None, heads, [[SETS[name], *(_link(link, m) for m in WORDS)] for name, link in shown.items()])
    concepts = content["stability"]
    held = [
        [text, _yes(concepts[name]["holds"]), _share(concepts[name]["probability"])] for name, text in CONCEPTS.items()
    ]
    print_table(out, None, [("the union of all is stable", False), ("most likely", False), ("draws", True)], held)
    for sentence in sentences(content):
        out.print(Padding(say(sentence), (0, 0, 1, 0)))


def _priced(content: Mapping[str, Any]) -> bool:
    """Whether any component but trade has figures, so that sets of components can differ."""
    return any(
        _moves(m["payoff_pct"][name])
        for m in content["by_member"].values()
        for name in content["components"]
        if name != "trade"
    )


def _shown(content: Mapping[str, Any]) -> list[str]:
    """Components that somebody has a figure for, and the sum."""
    members = content["by_member"].values()
    kept = [n for n in content["components"] if any(_moves(m["payoff_pct"][n]) for m in members)]
    return [*kept, "total"]


def _moves(found: Mapping[str, Any]) -> bool:
    return any(found.get(end) not in (None, 0.0) for end in ("value", "lo", "hi"))


def _label(name: str) -> str:
    return {"total": "sum", "energy": "energy rent", "coercion": "less coercion", "distance": "political distance"}.get(
        name, name
    )


def _deal_rows(members: Mapping[str, Any]) -> list[list[str]]:
    every = members.values()
    return [
        _row("slack over best exit, %", [m["slack_full_pct"] for m in every]),
        _row("the same, no energy deal, %", [m["slack_organic_pct"] for m in every]),
        _row("others lose if it goes, USD bn", [m["pivot_usd_bn"] for m in every]),
        _row("it can demand, USD bn", [m["demand_usd_bn"] for m in every]),
        _row("hold-up rent, USD bn", [m["hold_up"]["rent_usd_bn"] for m in every]),
        _row("loss if hub cuts it off, %", [m["hub_leverage_pct"] for m in every]),
        *_promise_rows(members),
    ]


def _division_rows(content: Mapping[str, Any]) -> list[list[str]]:
    """What each member would get if the gains were divided, at the most likely values."""
    names = {"shapley_value": "Shapley value", "nucleolus": "nucleolus"}
    found = {name: content["stability"][key] for key, name in names.items()}
    return [
        [f"{name} ({item['belief']}), USD bn", *(number(item["usd_bn"][code]) for code in content["by_member"])]
        for name, item in found.items()
    ]


def _promise_rows(members: Mapping[str, Any]) -> list[list[str]]:
    """Rows on the word of the hub, where anything hangs on it."""
    rows = {
        "stays from credibility of hub": [m["break_even_credibility"] for m in members.values()],
        "patience hub needs to pay it": [m["critical_discount_factor"] for m in members.values()],
    }
    return [_row(label, found) for label, found in rows.items() if any(b["value"] is not None for b in found)]


def _row(label: str, found: Sequence[Mapping[str, Any]]) -> list[str]:
    return [label, *(_band(b) for b in found)]


def _band(found: Mapping[str, Any]) -> str:
    if found["value"] is None:
        return "–"
    ends = "" if found["lo"] is None else f"\n{number(found['lo'])} to {number(found['hi'])}"
    return number(found["value"]) + ends


def _link(link: Mapping[str, Any], meaning: str) -> str:
    name = link["names"][meaning]
    return f"{name} {_share(link['probability'][meaning][name])}"


def _share(found: float | None) -> str:
    return "–" if found is None else f"{100 * found:.0f}%"


def _yes(found: bool | None) -> str:
    return "–" if found is None else "yes" if found else "no"


def sentences(content: Mapping[str, Any]) -> list[str]:
    """Return in plain language what the numbers of a record say."""
    return [
        *_about(content),
        _gains(content),
        _verdict(content),
        _link_sentence(content),
        *_price(content),
        *_promises(content),
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
    text = "Against standing outside, " + join(
        f"{code} {'gains' if worth[code] >= 0 else 'loses'} {number(abs(worth[code]))} ({number(abs(share[code]))}%)"
        for code in ranked
    )
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


def _verdict(content: Mapping[str, Any]) -> str:
    members = content["by_member"]
    wish = [code for code, m in members.items() if m["slack_full_usd_bn"]["value"] < 0]
    held = content["internally_stable_probability"]
    word = "holds" if held >= 0.9 else "does not hold" if held <= 0.1 else "may or may not hold"
    text = f"As it stands, this bloc {word}"
    if content["draws"]:
        text += f": in {_share(held)} of the draws nobody gains by leaving"
    text += "."
    held_sets = content["stability"]["nash_unanimous"]
    if not held_sets["holds"] and len(members) > 2:
        sets = ["+".join(found) for found in held_sets["stable_sets"] if found]
        text += f" At the most likely values, with entry by unanimity, stable unions are: {'; '.join(sets) or 'none'}."
    if not wish:
        return text + " At the most likely values every member is better off inside than at its best exit."
    amounts = join(f"{code} by {number(-members[code]['slack_full_usd_bn']['value'])}" for code in wish)
    text += f" At the most likely values leaving would pay for {amounts} (USD billion a year)."
    if content["self_financing"]:
        needed = number(content["min_transfer_usd_bn"]["value"])
        text += f" The members gain together, so transfers of {needed} would hold all"
        if content["draws"]:
            text += f"; they can be paid in {_share(content['self_financing_probability'])} of the draws"
        text += "."
    return text


def _link_sentence(content: Mapping[str, Any]) -> str:
    by_set = content["weak_link_by_set"]
    names = by_set["central"]["names"]
    chance = by_set["central"]["probability"]
    same = set(names.values())
    if len(content["by_member"]) == 2:
        text = f"{names['dearest_to_lose']} is the only member beside the hub, so the weak link is no question."
    elif len(same) == 1:
        who = names["dearest_to_lose"]
        text = f"The weak link is {who} under all three meanings ({_share(chance['dearest_to_lose'][who])} of the draws"
        text += " for the dearest to lose)."
    else:
        text = (
            "The three meanings part: "
            + join(f"{names[m]} is {WORDS[m]} ({_share(chance[m][names[m]])})" for m in WORDS)
            + "."
        )
    changed = [
        f"{SETS[name]}: {link['names']['dearest_to_lose']}"
        for name, link in by_set.items()
        if link["names"]["dearest_to_lose"] != names["dearest_to_lose"]
    ]
    if changed:
        text += f" Who is dearest to lose changes with what is counted ({'; '.join(changed)})."
    elif len(content["by_member"]) > 2 and _priced(content):
        text += " Who is dearest to lose is the same under every set of components looked at."
    if (moved := by_set["central"]["moved_most_by"]["dearest_to_lose"]) is not None:
        text += (
            f" What moves its lead most is {_driver(moved['parameter'])} (rank correlation "
            f"{number(moved['rank_correlation'], sign=True)})."
        )
    for code, member in content["by_member"].items():
        if member["pivot_usd_bn"]["value"] < 0 and code != content["hub"]:
            gain = -member["pivot_usd_bn"]["value"]
            text += f" If {code} went, the others would together be {number(gain)} USD billion a year better off."
    return text


def _driver(name: str) -> str:
    """Return what is drawn under a name in words; the name itself where a bloc draws what has none."""
    from multipolar.claims.words import in_words

    try:
        return in_words(name)
    except InputError:
        return f"'{name}'"


def _price(content: Mapping[str, Any]) -> list[str]:
    paid, needed = content["price_paid_usd_bn"], content["min_transfer_organic_usd_bn"]
    if paid["value"] is None:
        return []
    top = "" if needed["hi"] is None else f" (at most {number(needed['hi'])} in 95% of the draws)"
    text = (
        f"The hub pays {number(paid['value'])} USD billion a year in cheap energy and transfers. If neither energy nor "
        f"transit depended on membership, {number(needed['value'])}{top} would keep everybody in: the difference is a "
        "price for politics, or for what is not in this table."
    )
    return [text]


def _process(content: Mapping[str, Any]) -> list[str]:
    """Where a process of proposals ends that starts at the union of all."""
    ends = content["stability"]["markov_process"]["ends"]
    parts = [
        f"{'+'.join(end['members']) if end['members'] else 'no union'} ({_share(end['probability'])})" for end in ends
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
            f"{code} in {_share(sum(cell[i] for cell in cells) / len(cells))}" for i, code in enumerate(made["members"])
        )
        ends = [f"{made[side]['label']} ({_ends(made[side])})" for side in ("x", "y")]
        text = f"Over {join(ends)}, all stay in {_share(every)} of the map: {each}."
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
    others = [code for code in content["by_member"] if code != content["hub"]]
    by_reason: dict[str, list[str]] = {}
    for component, found in content["missing"].items():
        short = {code: "no figure" if why.startswith("no figure '") else why for code, why in found.items()}
        for reason in dict.fromkeys(short.values()):
            codes = [code for code, why in short.items() if why == reason]
            whole = set(others) <= set(codes) or codes == [content["hub"]]
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
