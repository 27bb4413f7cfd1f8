"""The command that puts the argument of June 2009 to the test."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.text import Text

from multipolar.cli.commands import COMPILING, progress_bar
from multipolar.cli.frame import emit
from multipolar.cli.render import console, print_table, say
from multipolar.errors import InputError
from multipolar.texts import count

__all__ = ["DRAWS", "SEED", "show_claims"]

DRAWS, SEED = 200, 2009
"""Draws and seed where none are given."""

STYLES = {"supported": "bold blue", "refuted": "bold dark_orange", "depends": "", "not_testable": "dim"}


def show_claims(data: Path | None, draws: int, seed: int, only: str | None, out: Path | None, as_json: bool) -> None:
    """Compute claims, write and print them."""
    from multipolar.claims.numbers import parse_numbers

    began = time.perf_counter()
    numbers = () if only is None else parse_numbers(only)
    if data is not None and not data.is_dir():
        raise InputError(f"'{data}' is no folder; name the one that holds the files with --data")
    from multipolar.claims import examine_argument

    with progress_bar(COMPILING) as told:
        content = examine_argument(data=data, draws=draws, seed=seed, only=numbers, progress=told)
    if out is not None:
        from multipolar.report.argument import write_argument
        from multipolar.study.folder import ResultFolder

        with ResultFolder(out) as folder, folder.replacing() as part:
            write_argument(content, part)
    if as_json:
        emit(content)
        return
    _print(content)
    where = f", written to {out}" if out is not None else ""
    console().print(say(f"{count(draws, 'draw')}, seed {seed}, {time.perf_counter() - began:.1f} s{where}", "dim"))


def _print(content: Mapping[str, Any]) -> None:
    from multipolar.report.argument import (
        against,
        counts,
        deciding,
        dependence,
        flips,
        nearness,
        origins,
        remarks,
        rule_words,
        score_words,
        why,
    )

    out, claims = console(), content["claims"]
    out.print()
    out.print(say(content["title"], "bold"))
    _print_table(claims)
    band = "the range of nine draws in ten, then " if content["draws"] > 1 else ""
    text = f"Below a number: {band}where it would have to lie for the claim to hold."
    if any(item["share"] for claim in claims for item in deciding(claim)):
        text += " Where readings part: in which share of the draws each holds, beside the lines of its claim."
    out.print(say(text, "dim"))
    out.print(say(counts(content)))
    out.print(say(rule_words(content)))
    refuted = {c["id"]: " ".join(t for t in (f"{c['claim']}:", why(c), remarks(c)) if t) for c in against(content)}
    _section("Against the author (refuted)", refuted)
    _section("Near: more draws could turn it", {c["id"]: nearness(c) for c in claims if c["near"]})
    hanging = [claim for claim in claims if claim["verdict"] == "depends"]
    _section(
        "What it depends on",
        {c["id"]: " ".join(text for text in (dependence(c), flips(c)) if text) for c in hanging},
    )
    _print_gaps(claims)
    _section("Left out of what a claim says", {c["id"]: c["left_out"] for c in claims if c["left_out"]})
    for line in origins(content):
        out.print()
        out.print(say(line))
    if content["scorecard"]:
        out.print()
        scores = [
            [row["text"], f"{100 * row['probability']:.0f}%", "yes" if row["happened"] else "no", row["by"]]
            for row in content["scorecard"]
        ]
        heads = [("foretold by the figures of June 2009", False), ("chance", True), ("came", False), ("by", True)]
        print_table(out, None, heads, scores)
        out.print(say(score_words(content)))
    out.print()


def _print_table(claims: Sequence[Mapping[str, Any]]) -> None:
    """A row a claim with the name of its number; where readings part, a row for each of them below."""
    from multipolar.report.argument import VERDICT_WORDS, deciding

    rows: list[list[Any]] = []
    for claim in claims:
        word = Text(VERDICT_WORDS[claim["verdict"]].removesuffix(" here"), style=STYLES[claim["verdict"]])
        if claim["near"]:
            word.append("\nnear", style="")
        found = deciding(claim)
        parted = len(found) > 1
        several = len({item["name"] for item in found}) > 1
        text = Text(claim["claim"])
        if found and not several:
            text.append(f"\n({found[0]['name']})", style="dim")
        rows.append([str(claim["id"]), text, word, "" if parted else _cell(found[0]) if found else "–"])
        if parted:
            for item in found:
                title = f"· {item['title']}" + (f" ({item['name']})" if several else "")
                rows.append(["", Text(title, style="dim"), item["word"], _cell(item)])
    heads = [("", True), ("claim", False), ("verdict", False), ("the number that decides", True)]
    print_table(console(), None, heads, rows)


def _cell(found: Mapping[str, str]) -> str:
    """A number that decides; below it its band, what it has to pass and the share of draws, where there are any."""
    below = "; ".join(text for text in (found["ends"], found["threshold"]) if text)
    return "\n".join(text for text in (found["number"], below, found["share"]) if text)


def _section(heading: str, texts: Mapping[Any, str], mark: str = ".") -> None:
    """A heading and a numbered text for each entry; nothing where there is none."""
    if not texts:
        return
    out = console()
    out.print()
    out.print(say(heading, "bold"))
    for number, text in texts.items():
        out.print(Padding(say(f"{number}{mark} {text}"), (0, 0, 0, 2)))


def _print_gaps(claims: Sequence[Mapping[str, Any]]) -> None:
    """Claims without a verdict, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for claim in claims:
        if claim["verdict"] == "not_testable":
            by_reason.setdefault(claim["reason"], []).append(str(claim["id"]))
    _section("Without a verdict", {", ".join(ids): reason for reason, ids in by_reason.items()}, mark=":")
