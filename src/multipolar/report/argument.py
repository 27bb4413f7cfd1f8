"""An argument claim by claim, in words and as one page, from the document of ``multipolar claims`` alone."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multipolar.report.live import Live, live_claims
from multipolar.report.words import join
from multipolar.report.words import number as signed
from multipolar.report.write import summary_text

__all__ = [
    "VERDICT_WORDS",
    "against",
    "argument_html",
    "counts",
    "deciding",
    "dependence",
    "flips",
    "headline",
    "nearness",
    "origins",
    "remarks",
    "rule_words",
    "score_words",
    "why",
    "write_argument",
]

Claim = Mapping[str, Any]

VERDICT_WORDS = {
    "supported": "supported",
    "refuted": "refuted",
    "depends": "depends",
    "not_testable": "not testable here",
}
"""What each verdict prints as."""

TONES = {"supported": "gain", "refuted": "loss", "depends": "still", "not_testable": "still"}

LARGE = 100.0

LONG = 200
"""Characters from which a note is not told whole beside what speaks against a claim."""


def figure(value: float | None) -> str:
    """Format a number with about three digits and a true minus sign; a dash where there is none."""
    if value is None:
        return "–"
    size = abs(value)
    digits = 0 if size >= LARGE else 1 if size >= 10 else 2 if size >= 0.095 else 4
    text = f"{size:,.{digits}f}"
    if digits == 4 and float(text) == 0.0:
        return "0"
    return ("−" if value < 0 else "") + text


def headline(part: Mapping[str, Any] | None) -> tuple[str, str, str]:
    """Return a number with its unit, its band, and what it has to pass; empty texts where there is none."""
    if part is None or part["value"] is None:
        return "", "", ""
    ends = "" if part["lo"] is None else f"{figure(part['lo'])} to {figure(part['hi'])}"
    return with_unit(figure(part["value"]), str(part["unit"])), ends, has_to_pass(part)


def has_to_pass(part: Mapping[str, Any]) -> str:
    """Return the threshold of a number in words, such as ``above 0``."""
    return f"{'above' if part['above'] else 'below'} {threshold(part['threshold'])}"


def threshold(value: float) -> str:
    """Format a threshold as it was written down, however small."""
    return f"{value:.10f}".rstrip("0").rstrip(".").replace("-", "−")


def deciding(claim: Claim) -> list[dict[str, Any]]:
    """Return the numbers that decide: that of the first reading, or one a reading where readings part.

    Returns
    -------
    list of dict
        ``title`` of the reading (empty where there is one number), ``word`` of its own verdict, ``name`` of the number,
        ``number``, ``ends`` of the band, ``threshold`` (empty where the claim has no verdict: nothing is passed),
        ``share`` of the draws in which a reading holds beside the line it has to pass (empty where readings agree).
    """
    computed = [reading for reading in claim["readings"] if reading["statistic"]]
    parted = len({reading["verdict"] for reading in computed}) > 1
    rows = []
    for reading in computed if parted else computed[:1]:
        number, ends, limit = headline(reading["statistic"])
        limit = "" if claim["verdict"] == "not_testable" else limit
        title, word = (reading["title"], VERDICT_WORDS[reading["verdict"]]) if parted else ("", "")
        name = reading["statistic"]["name"]
        share = share_words(reading, claim["shares"]) if parted else ""
        row = {"title": title, "word": word, "name": name, "number": number, "ends": ends}
        rows.append({**row, "threshold": limit, "share": share})
    return rows


def share_words(reading: Mapping[str, Any], lines: Mapping[str, float]) -> str:
    """Return the share of draws in which a reading holds, beside the lines it lies over, under or between.

    Empty where nothing was drawn: every number of the reading then holds or does not.
    """
    if all(part["lo"] is None for part in reading["parts"]):
        return ""
    high, low = (f"{100 * lines[end]:.0f}%" for end in ("supported", "refuted"))
    beside = {"supported": f"line {high}", "refuted": f"line {low}"}
    return f"holds in {100 * reading['probability']:.0f}%, {beside.get(reading['verdict'], f'lines {low}, {high}')}"


def nearness(claim: Claim) -> str:
    """Say that a verdict is near its threshold, with share and standard error; empty where it is not."""
    texts = []
    titles = {reading["id"]: reading["title"] for reading in claim["readings"]}
    for item in claim["near"]:
        where = f"{titles[item['reading']]}: " if len(claim["readings"]) > 1 else ""
        if item["draws"] < item["draws_needed"]:
            texts.append(
                f"{where}{item['draws']} draws are too few to tell: {100 * item['share']:.0f}% of them hold, the line "
                f"is {100 * item['line']:.0f}%, and {item['draws_needed']} are the least that could be clear of it"
            )
            continue
        texts.append(
            f"{where}{100 * item['share']:.1f}% of {item['draws']} draws hold, and at {100 * item['line']:.0f}% "
            f"(standard error {100 * item['standard_error']:.1f} points) it turns to {VERDICT_WORDS[item['verdict']]}"
        )
    return f"{'; '.join(texts)}." if texts else ""


def with_unit(text: str, unit: str) -> str:
    """Put a number and its unit together; a pure number has none."""
    return text if unit == "pure number" else f"{text}%{unit[1:]}" if unit.startswith("%") else f"{text} {unit}"


def counts(content: Mapping[str, Any]) -> str:
    """Return how many claims got which verdict, in a sentence."""
    found = [claim["verdict"] for claim in content["claims"]]
    words = {**VERDICT_WORDS, "depends": "that depends" if found.count("depends") == 1 else "that depend"}
    named = [f"{found.count(key)} {word}" for key, word in words.items() if key in found]
    return f"Of {len(found)} claim{'s' if len(found) != 1 else ''}: {join(named)}."


def rule_words(content: Mapping[str, Any]) -> str:
    """Say from which shares of the draws on a claim is supported or refuted, and for which claims others are set."""
    claims = [claim for claim in content["claims"] if claim["verdict"] != "not_testable"]
    if not claims:
        return ""
    pairs = [(claim["shares"]["supported"], claim["shares"]["refuted"]) for claim in claims]
    usual = max(pairs, key=pairs.count)
    text = (
        f"Supported: it holds in at least {100 * usual[0]:.0f}% of the draws in every reading; refuted: in at most "
        f"{100 * usual[1]:.0f}% in every one; else it depends."
    )
    for claim, pair in zip(claims, pairs, strict=True):
        if pair != usual:
            text += f" For claim {claim['id']} the lines are {100 * pair[0]:.0f}% and {100 * pair[1]:.0f}%."
    return text


def against(content: Mapping[str, Any]) -> list[Claim]:
    """Return the claims that are refuted."""
    return [claim for claim in content["claims"] if claim["verdict"] == "refuted"]


def holding(part: Mapping[str, Any]) -> str:
    """Return in which share of the draws a number passes; only whether it does where nothing was drawn."""
    if part["lo"] is None:
        return "holds" if part["probability"] > 0.5 else "does not hold"
    return f"holds in {100 * part['probability']:.0f}% of draws"


def why(claim: Claim) -> str:
    """Say which number speaks against a claim, and in how many draws it holds."""
    texts = []
    for reading in claim["readings"]:
        failed = [part for part in reading["parts"] if part["probability"] < claim["shares"]["supported"]]
        for part in failed:
            band = "" if part["lo"] is None else f" ({figure(part['lo'])} to {figure(part['hi'])})"
            share = "" if part["lo"] is None else f", and does in {100 * part['probability']:.0f}% of the draws"
            where = f" [{reading['title']}]" if len(claim["readings"]) > 1 else ""
            texts.append(
                f"{part['name']}{where} is {with_unit(figure(part['value']), part['unit'])}{band}; it would have to "
                f"lie {has_to_pass(part)}{share}"
            )
    return "; ".join(texts) + "." if texts else ""


def remarks(claim: Claim) -> str:
    """Return the notes that came with a claim's numbers; of a long one its first sentence."""
    texts = [note if len(note) <= LONG else re.split(r"(?<=\.) (?=[A-Z])", note)[0] for note in claim["notes"]]
    return " ".join(texts)


def dependence(claim: Claim) -> str:
    """Say what a verdict hangs on; empty where nothing is known to move it."""
    found = claim["depends_on"]
    if found is None:
        return ""
    if found["kind"] == "reading":
        return f"It depends on the reading: {found['name']}."
    if found["kind"] == "part":
        return f"It depends on an estimate that is uncertain by itself: {found['name']}."
    return f"What moves it most is {found['name']} (rank correlation {signed(found['rank_correlation'], sign=True)})."


def flips(claim: Claim) -> str:
    """Say where it would turn; empty where no such value was found."""
    found = []
    for item in claim["flips_at"]:
        unit = "" if item["unit"] == "pure number" else item["unit"]
        about = [text for text in (unit, f"on {item['by']}" if item.get("by") else "") if text]
        found.append(f"{item['parameter']} at {figure(item['value'])}" + (f" ({', '.join(about)})" if about else ""))
    return f"It would turn with {join(found)}." if found else ""


def origins(content: Mapping[str, Any]) -> list[str]:
    """Say where files and shipped figures part, and which claims lacked a file; empty without files."""
    if not content["files"]:
        return []
    differ = [
        f"{claim['id']} ({VERDICT_WORDS[claim['shipped_verdict']]} as shipped, {VERDICT_WORDS[claim['verdict']]} here)"
        for claim in content["claims"]
        if claim["shipped_verdict"] not in (None, claim["verdict"])
    ]
    lines = [
        f"Verdicts that differ from those on the shipped figures: {join(differ)}."
        if differ
        else "No verdict differs from that on the shipped figures."
    ]
    lacking = [str(claim["id"]) for claim in content["claims"] if claim["as_shipped"]]
    if lacking:
        lines.append(f"The folder lacks files of claim {join(lacking)}; there the shipped figures stand in.")
    return lines


def score_words(content: Mapping[str, Any]) -> str:
    """Return the mean squared error of the scorecard beside that of a coin."""
    rows = content["scorecard"]
    if not rows:
        return ""
    error = sum(row["squared_error"] for row in rows) / len(rows)
    hits = sum((row["probability"] >= 0.5) == row["happened"] for row in rows)
    return (
        f"Right side of one half in {hits} of {len(rows)}; mean squared error {error:.2f}, a coin would have 0.25 and "
        "perfect foresight 0."
    )


def argument_html(content: Mapping[str, Any], live: Live | None = None) -> str:
    """Return the page of an argument as one self-contained HTML document; every text is escaped, nothing is fetched."""
    from multipolar.report.page import environment

    rows = [
        {
            **claim,
            "word": VERDICT_WORDS[claim["verdict"]],
            "tone": TONES[claim["verdict"]],
            "deciding": deciding(claim),
            "nearby": nearness(claim),
            "why": why(claim),
            "remarks": remarks(claim),
            "hangs": dependence(claim),
            "turns": flips(claim),
            "strips": [strip(reading, part) for reading in claim["readings"] for part in reading["parts"]],
            "absent": [reading for reading in claim["readings"] if reading["reason"]],
        }
        for claim in content["claims"]
    ]
    template = environment().get_template("argument.html.j2")
    refuted = [row for row in rows if row["verdict"] == "refuted"]
    return template.render(
        s=content,
        live=live,
        rows=rows,
        refuted=refuted,
        counts=counts(content),
        rule=rule_words(content),
        score=score_words(content),
        origins=origins(content),
    )


def strip(reading: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """Return the small figure of a number: places in percent, its threshold in the middle, what passes to the right."""
    sign = 1.0 if part["above"] else -1.0
    ends = [part[key] for key in ("value", "lo", "hi") if part[key] is not None]
    reach = max((abs(end - part["threshold"]) for end in ends), default=0.0) or 1.0

    def place(value: float | None) -> float | None:
        return None if value is None else round(50.0 + 45.0 * sign * (value - part["threshold"]) / reach, 2)

    low, high = place(part["lo"]), place(part["hi"])
    if low is not None and high is not None and low > high:
        low, high = high, low
    holds = part["probability"]
    return {
        "title": reading["title"],
        "name": part["name"],
        "number": headline(part),
        "threshold": has_to_pass(part),
        "holds": holding(part),
        "at": place(part["value"]),
        "from": low,
        "to": high,
        "tone": "gain" if holds >= 0.9 else "loss" if holds <= 0.1 else "still",
    }


def write_argument(content: Mapping[str, Any], folder: Path) -> None:
    """Write ``summary.json`` and ``report.html`` into an existing empty folder."""
    (folder / "summary.json").write_text(summary_text(content), encoding="utf-8")
    (folder / "report.html").write_text(argument_html(content, live_claims(content)), encoding="utf-8")
