"""What building a world did, for the terminal: the first few of everything and a count; the report has the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console

from multipolar.cli.render import console, print_table, say
from multipolar.report.words import number
from multipolar.texts import count
from multipolar.world import World

__all__ = ["largest_moves", "move_text", "print_build"]

MOST_STEPS, MOST_FLAGS, MOST_PLACES, MOST_FILES, MOST_MOVES = 3, 5, 3, 3, 5
"""Lines and names that the terminal shows of each."""
_STANDS_IN = ": the mean of the "
_DOUBTS = ("fractions where percent", "another unit", "guess", "left out", "not in the world", "taken as no trade")
"""Words in flags that come first: they say that a figure may be wrong or missing."""
_SHARES = (
    "goods in GDP",
    "goods_value_added_share",
    "energy_final_share",
    "energy_share_exports",
    "energy_share_imports",
)
"""Balanced figures that are shares and not money."""


def print_build(record: Mapping[str, Any]) -> None:
    """Print the record of `world build`: the first few of everything, and how many more there are."""
    shown = console()
    size = f"{count(record['economies'], 'economy')}, {count(record['sectors'], 'sector')}"
    title = f"{record['world']}: {size}, {record['seconds']:.1f} s"
    shown.print(say(title, style="bold"))
    _some(shown, [f"· {step}" for step in record["steps"]], MOST_STEPS, "step")
    _some(shown, _dropped(record["files"]), MOST_FILES, "file with rows left out", "files with rows left out")
    _some(shown, _flags(record["flags"]), MOST_FLAGS, "remark")
    if record["moves"]:
        heads = [("balancing moved", False), ("", False), ("from", True), ("to", True), ("by", True)]
        body = [
            [m["what"], m["where"], *(_figure(m["what"], m[key]) for key in ("from", "to")), f"{m['move_pct']:+,.1f}%"]
            for m in record["moves"][:MOST_MOVES]
        ]
        print_table(shown, None, heads, body)
        shown.print(say(f"{count(record['moves_count'], 'move')} in all, money in USD million", style="dim"))
    worst = max(record["residuals"].values())
    shown.print(say(f"identities hold to {worst:.0e}; written to {record['file']}"), soft_wrap=True)
    shown.print(say("--report FILE or --json has everything"), style="dim")


def _some(out: Console, lines: Sequence[str], most: int, what: str, several: str = "") -> None:
    for line in lines[:most]:
        out.print(say(line))
    if len(lines) > most:
        rest = len(lines) - most
        words = f"{rest} more {several}" if several and rest > 1 else count(rest, f"more {what}")
        out.print(say(f"  and {words}", style="dim"))


def _dropped(files: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each file of which rows were left out, with how many and why; most first."""
    lines = []
    for file in sorted(files, key=lambda f: -sum(f["dropped"].values())):
        lost = sorted(file["dropped"].items(), key=lambda item: -item[1])
        if lost:
            why = ", ".join(f"{number_of:,} {_short(reason)}" for reason, number_of in lost[:MOST_PLACES])
            more = f", {count(len(lost) - MOST_PLACES, 'more reason')}" if len(lost) > MOST_PLACES else ""
            lines.append(f"- {file['file']}: {count(sum(n for _, n in lost), 'row')} left out: {why}{more}")
    return lines


def _short(reason: str) -> str:
    """A reason without the names of a long list."""
    head, bracket, names = reason.partition(" (")
    return f"{head} ({', '.join(names.split(', ')[:2])}, ...)" if bracket and names.count(", ") > 2 else reason


def _flags(flags: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line for each flag, doubtful figures first; figures for which a mean stands in share one."""
    means = [flag for flag in flags if _STANDS_IN in flag["what"]]
    others = sorted(
        (flag for flag in flags if flag not in means), key=lambda f: not any(word in f["what"] for word in _DOUBTS)
    )
    lines = []
    for flag in others:
        more = f" and {flag['count'] - MOST_PLACES} more" if flag["count"] > MOST_PLACES else ""
        lines.append(f"! {flag['what']}: {', '.join(flag['where'][:MOST_PLACES])}{more}")
    if means:
        parts = [f"{flag['what'].partition(_STANDS_IN)[0]} ({flag['count']})" for flag in means]
        lines.insert(
            MOST_FLAGS - 1, f"! a mean stands in, as the recipe says, for economies without: {', '.join(parts)}"
        )
    return lines


def _figure(what: str, value: float) -> str:
    return f"{100 * value:.3g}%" if what in _SHARES else f"{value:,.3g}"


def largest_moves(world: World) -> dict[str, Any]:
    """Return the figures that balancing moved furthest, in percent and in money, each with what it was and became.

    Returns
    -------
    dict
        ``percent`` and ``money``, each ``{what, where, from, to, unit, move_pct}`` or None; `unit` is ``USD million``
        or ``share``. ``money`` also has ``change_over_trade``, the change over the world's trade between economies.
    """
    moves = [_move(m) for m in _recorded(world) if m.get("status", "observed") == "observed"]
    in_money = [m for m in moves if m["unit"] == "USD million"]
    percent = max(moves, key=lambda m: abs(m["move_pct"]), default=None)
    money = max(in_money, key=lambda m: abs(m["to"] - m["from"]), default=None)
    if money is not None:
        abroad = world.trade_flow.sum() - sum(world.trade_flow[i, i].sum() for i in range(len(world.economies)))
        money = {**money, "change_over_trade": float((money["to"] - money["from"]) / abroad)}
    return {"percent": percent, "money": money}


def _recorded(world: World) -> Sequence[Mapping[str, Any]]:
    """Moves in the provenance: of the shipped world, or of one that was built."""
    built = world.provenance.get("built", {})
    return (*world.provenance.get("balancing", ()), *built.get("moves", ()), *built.get("moves_in_money", ()))


def _move(move: Mapping[str, Any]) -> dict[str, Any]:
    what = str(move.get("what", move.get("table", "")))
    return {
        "what": what,
        "where": str(move.get("where", move.get("cell", ""))).replace("/", " to "),
        "from": float(move["from"]),
        "to": float(move["to"]),
        "unit": "share" if what in _SHARES else "USD million",
        "move_pct": float(move["move_pct"]),
    }


def move_text(move: Mapping[str, Any]) -> str:
    """Say a move in one line: the cell, from, to, and by how much."""
    what = move["what"].replace("_", " ")
    unit = " USD million" if move["unit"] == "USD million" else ""
    ends = " to ".join(_figure(move["what"], move[key]) for key in ("from", "to"))
    text = f"{what} {move['where']}, {ends}{unit} ({move['move_pct']:+,.1f}%"
    if "change_over_trade" in move:
        return f"{text}, {number(100 * abs(move['change_over_trade']))}% of world trade)"
    return f"{text})"
