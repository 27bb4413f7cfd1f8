"""The command that asks whether a bloc will hold."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.padding import Padding

from multipolar.cli.commands import COMPILING, progress_bar
from multipolar.cli.frame import emit, write_record
from multipolar.cli.render import console, print_table, say
from multipolar.errors import InputError, UnknownNameError
from multipolar.report.bloc_words import MEANINGS, components_shown, links_shown, sentences, share
from multipolar.report.words import number
from multipolar.texts import count

__all__ = ["list_blocs", "show_bloc"]

HEADS = {
    "least_attached": "least\nattached",
    "likeliest_to_reopen": "likeliest\nto reopen",
    "dearest_to_lose": "dearest\nto lose",
}
ABREAST = 3
"""Members side by side in a table of 80 columns."""

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
    with progress_bar(COMPILING) as told:
        content = will_it_hold(codes, world, options, progress=told).content
    content["example"] = None if example is None else {"title": example.title, "note": example.note}
    if out is not None:
        from multipolar.report.bloc import write_page

        write_record("bloc", content, sentences(content, _in_words), out)
        write_page(content, sentences(content, _in_words), out)
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
    shown = [*components_shown(content), "total"]
    rows = [_row(_label(name), [m["payoff_pct"][name] for m in members.values()]) for name in shown]
    codes = list(members)
    deal = [*_deal_rows(content), *_division_rows(content)]
    for at in range(0, len(codes), ABREAST):
        part = slice(at, at + ABREAST)
        heads = [("worth of membership, % of income", False), *((code, True) for code in codes[part])]
        print_table(out, None, heads, [[row[0], *row[1:][part]] for row in rows])
        heads[0] = ("bargaining", False)
        print_table(out, None, heads, [[row[0], *row[1:][part]] for row in deal])
    drawn = bool(content["draws"])
    if content["draws"] > 1:
        out.print(say("Below a number: from where to where nine draws in ten lie.", "dim"))
    heads = [
        ("weak link among the hub's partners" + ("\n(share of draws)" if drawn else ""), False),
        *((word, False) for word in HEADS.values()),
    ]
    links = [[words, *(_link(link, m, drawn) for m in MEANINGS)] for words, link in links_shown(content).items()]
    if links:
        print_table(out, None, heads, links)
    concepts = content["stability"]
    held = [
        [text, _yes(concepts[name]["holds"]), *([share(concepts[name]["probability"])] if drawn else [])]
        for name, text in CONCEPTS.items()
    ]
    heads = [("stable, offers from outside left out", False), ("most likely", False)]
    print_table(out, None, [*heads, *([("draws", True)] if drawn else [])], held)
    for sentence in sentences(content, _in_words):
        out.print(Padding(say(sentence), (0, 0, 1, 0)))


def _label(name: str) -> str:
    return {"total": "sum", "energy": "energy rent", "coercion": "less coercion", "distance": "political distance"}.get(
        name, name
    )


def _deal_rows(content: Mapping[str, Any]) -> list[list[str]]:
    """Rows on exits and demands; one that says nothing for this bloc is left out."""
    members, every = content["by_member"], content["by_member"].values()
    rows = [_row("slack over best exit, %", [m["slack_full_pct"] for m in every])]
    if {"energy", "transit"} & set(components_shown(content)):
        rows.append(_row("without energy and transit, %", [m["slack_organic_pct"] for m in every]))
    rows.append(_row("others lose if it goes, USD bn", [m["pivot_usd_bn"] for m in every]))
    rows.append(_row("it can demand, USD bn", [m["demand_usd_bn"] for m in every]))
    if any(m["hold_up"]["rent_usd_bn"]["value"] is not None for m in every):
        rows.append(_row("hold-up rent, USD bn", [m["hold_up"]["rent_usd_bn"] for m in every]))
    rows.append(
        _row("loss in the first year if the\nhub stops all trade with it, %", [m["hub_leverage_pct"] for m in every])
    )
    return [*rows, *_promise_rows(members)]


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


def _link(link: Mapping[str, Any], meaning: str, drawn: bool) -> str:
    name = link["names"][meaning]
    return f"{name} {share(link['probability'][meaning][name])}" if drawn else name


def _yes(found: bool | None) -> str:
    return "–" if found is None else "yes" if found else "no"


def _in_words(name: str) -> str:
    """Return what is drawn under a name in words; the name itself where a bloc draws what has none."""
    from multipolar.claims.words import in_words

    try:
        return in_words(name)
    except InputError:
        return f"'{name}'"
