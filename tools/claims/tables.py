"""Run the claims and write their tables into ``docs/claims.md``: verdicts with numbers that decide, and the scorecard.

Usage: ``python tools/claims/tables.py DATA_FOLDER [DRAWS]``, 500 draws by default. The first run is on the shipped
figures, the second on the files of the folder; numbers are those on the shipped figures. Prose is left as it is.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from multipolar.claims import examine_argument
from multipolar.report.argument import VERDICT_WORDS, deciding

PAGE = Path(__file__).resolve().parents[2] / "docs" / "claims.md"


def verdict(claim: Mapping[str, Any]) -> str:
    """Verdict in words, near its line or not."""
    return VERDICT_WORDS[claim["verdict"]].removesuffix(" here") + (", near" if claim["near"] else "")


def number(found: Mapping[str, str]) -> str:
    """A number with its band and what it has to pass."""
    band = f" ({found['ends']})" if found["ends"] else ""
    return f"{found['number']}{band}" + (f", {found['threshold']}" if found["threshold"] else "")


def numbers(claim: Mapping[str, Any]) -> str:
    """Return the numbers that decide, one a reading where readings part."""
    found = deciding(claim)
    if len(found) == 1:
        return f"{found[0]['name']}: {number(found[0])}"
    names = list(dict.fromkeys(row["name"] for row in found))
    parts = [
        f"{row['title']}, {row['word']}: {row['name'] + ': ' if len(names) > 1 else ''}{number(row)}" for row in found
    ]
    return (f"{names[0]}. " if len(names) == 1 else "") + "; ".join(parts)


def replaced(text: str, head: str, rows: Sequence[str]) -> str:
    """Put rows below the head of a table and its rule, up to the next blank line."""
    start = text.index(head)
    body = text.index("\n", text.index("\n", start) + 1) + 1
    return text[:body] + "\n".join(rows) + "\n" + text[text.index("\n\n", body) + 1 :]


def main(arguments: Sequence[str]) -> int:
    """Write the tables; returns the exit status."""
    if not arguments or not Path(arguments[0]).is_dir():
        print("usage: python tools/claims/tables.py DATA_FOLDER [DRAWS]", file=sys.stderr)
        return 2
    draws = int(arguments[1]) if len(arguments) > 1 else 500
    shipped, measured = examine_argument(draws=draws), examine_argument(data=arguments[0], draws=draws)
    rows = [
        f"| {one['id']} | {one['claim']} | {verdict(one)} | {verdict(other)} | {numbers(one)} |"
        for one, other in zip(shipped["claims"], measured["claims"], strict=True)
    ]
    text = replaced(PAGE.read_text(encoding="utf-8"), "| no. | claim | shipped figures |", rows)
    scores = shipped["scorecard"]
    came = [
        f"| {row['text']} | {100 * row['probability']:.0f}% | {'yes' if row['happened'] else 'no'} | {row['outcome']} |"
        for row in scores
    ]
    text = replaced(text, "| foretold | chance |", came)
    text = re.sub(r"^\d+ draws, seed 2009;", f"{draws} draws, seed 2009;", text, flags=re.MULTILINE)
    right = sum((row["probability"] > 0.5) == row["happened"] for row in scores)
    error = sum(row["squared_error"] for row in scores) / len(scores)
    text = re.sub(
        r"Right side of one half in \d+ of \d+, mean squared error [\d.]+",
        f"Right side of one half in {right} of {len(scores)}, mean squared error {error:.2f}",
        text,
    )
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
