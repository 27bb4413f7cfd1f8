"""The command that puts the argument of June 2009 to the test."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.padding import Padding
from rich.text import Text

from multipolar.cli.commands import progress_bar
from multipolar.cli.frame import emit
from multipolar.cli.render import console, print_table, say
from multipolar.errors import InputError

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

    with progress_bar() as told:
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
    console().print(say(f"{draws} draws, seed {seed}, {time.perf_counter() - began:.1f} s{where}", "dim"))


def _print(content: Mapping[str, Any]) -> None:
    from multipolar.report.argument import (
        VERDICT_WORDS,
        against,
        counts,
        deciding,
        dependence,
        flips,
        nearness,
        origins,
        score_words,
        why,
    )

    out = console()
    out.print()
    out.print(say(content["title"], "bold"))
    rows = []
    for claim in content["claims"]:
        word = Text(VERDICT_WORDS[claim["verdict"]].removesuffix(" here"), style=STYLES[claim["verdict"]])
        if claim["near"]:
            word.append("\nnear", style="")
        found = deciding(claim)
        parted = len(found) > 1
        rows.append([str(claim["id"]), claim["claim"], word, "" if parted else _cell(found[0]) if found else "–"])
        if parted:
            several = len({item["name"] for item in found}) > 1
            for item in found:
                title = f"· {item['title']}" + (f" ({item['name']})" if several else "")
                rows.append(["", Text(title, style="dim"), item["word"], _cell(item)])
    print_table(out, None, [("", True), ("claim", False), ("verdict", False), ("the number that decides", True)], rows)
    out.print(say(counts(content)))
    refuted = against(content)
    if refuted:
        out.print()
        out.print(say("Against the author", "bold"))
        for claim in refuted:
            out.print(Padding(say(f"{claim['id']}. {claim['claim']}: {why(claim)}"), (0, 0, 0, 2)))
    near = [claim for claim in content["claims"] if claim["near"]]
    if near:
        out.print()
        out.print(say("Near: more draws could turn it", "bold"))
        for claim in near:
            out.print(Padding(say(f"{claim['id']}. {nearness(claim)}"), (0, 0, 0, 2)))
    hanging = [claim for claim in content["claims"] if claim["verdict"] == "depends"]
    if hanging:
        out.print()
        out.print(say("What it depends on", "bold"))
        for claim in hanging:
            text = " ".join(part for part in (dependence(claim), flips(claim)) if part)
            out.print(Padding(say(f"{claim['id']}. {text}"), (0, 0, 0, 2)))
    _print_gaps(content)
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


def _cell(found: Mapping[str, str]) -> str:
    """A number that decides; its band and what it has to pass on the next line."""
    band = f"{found['ends']}; " if found["ends"] else ""
    return f"{found['number']}\n{band}{found['threshold']}"


def _print_gaps(content: Mapping[str, Any]) -> None:
    """Claims without a verdict, those with one reason together."""
    by_reason: dict[str, list[str]] = {}
    for claim in content["claims"]:
        if claim["verdict"] == "not_testable":
            by_reason.setdefault(claim["reason"], []).append(str(claim["id"]))
    if not by_reason:
        return
    out = console()
    out.print()
    out.print(say("Without a verdict", "bold"))
    for reason, ids in by_reason.items():
        out.print(Padding(say(f"{', '.join(ids)}: {reason}"), (0, 0, 0, 2)))
