"""The report on how far closing moved each figure, written from the world as it loads."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from rows import digits3

from multipolar.world.bundled import figures_table, load_world
from multipolar.world.model import World

LARGE = 1000.0
"""Cells from this size (USD million) are listed apart from small ones, whose moves look large and matter little."""


def write_report(path: Path) -> None:
    """Write the report from the tables as they are now on disk."""
    world = load_world()
    moves = list(world.provenance["balancing"])
    cells = [move for move in moves if move["table"] == "goods_trade"]
    observed = [move for move in cells if move["status"] == "observed"]
    parts = [
        _head(world, observed),
        _exporters(world),
        _largest("Largest moves of observed cells", observed, 25),
        _largest(
            f"Largest moves of cells from {LARGE / 1e3:.0f} bn USD",
            [m for m in cells if m["from"] >= LARGE],
            25,
        ),
        _imports(world, moves),
        _totals("Services import totals", moves, "services_imports"),
        _totals("Energy shares of imports", moves, "energy_share_imports"),
        _floors(world, moves),
        _energy(world),
        _matrix(world, cells),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def _head(world: World, observed: list[dict[str, Any]]) -> str:
    record = world.provenance
    percent = np.array([move["move_pct"] for move in observed])
    quantiles = ", ".join(f"{np.percentile(percent, q):+.1f}%" for q in (5, 25, 50, 75, 95))
    counts = record["cells"]
    return f"""# World 2009: what balancing moved

Written by `tools/world2009/compile.py`; do not edit. How it is done stands in [world-2009.md](world-2009.md).

- Figures shipped: {counts["observed"]} observed, {counts["mirrored"]} mirrored, {counts["imputed"]} imputed.
- Observed goods cells that moved: {len(observed)}. Move at the 5th, 25th, 50th, 75th and 95th percentile: {quantiles}.
- Observed figures of all tables that moved: by {record["median_move_pct"]:.1f}% at the median, the largest by
  {record["largest_move_pct"]:.1f}%.
- Factor on importers' energy so that the world's energy imports equal its exports:
  {record["import_factor"]["energy"]:.4f}; on services imports: {record["import_factor"]["services"]:.4f};
  on national totals of goods imports: {record["goods_import_factor"]:.4f}.
- GDP, energy shares of exports and services exports are met to the last digit; goods exports too, unless more is
  recorded than the national total says; goods imports up to the one factor, with the same exception.

Every move is in `load_world().provenance["balancing"]`: table, cell, status, from, to, move_pct."""


def _exporters(world: World) -> str:
    """Closed exports over recorded ones, by exporter."""
    table = figures_table()
    trade = table[table.table.eq("goods_trade")].groupby("origin").value.sum()
    totals = table[table.table.eq("goods_exports")].set_index("origin").value
    rows = [
        (
            code,
            trade[code] / 1e3,
            totals[code] / 1e3,
            100 * (max(totals[code], trade[code]) / trade[code] - 1),
        )
        for code in world.economies
    ]
    lines = [f"| {code} | {digits3(a)} | {digits3(b)} | {c:+.1f} |" for code, a, b, c in rows]
    return _table(
        "Exporters raised to national totals",
        "Recorded trade above the national total stands as it is.",
        ("exporter", "recorded, bn USD", "national total, bn USD", "raised by, %"),
        lines,
    )


def _largest(title: str, moves: list[dict[str, Any]], count: int) -> str:
    ranked = sorted(moves, key=lambda move: (-round(abs(move["move_pct"]), 6), move["cell"]))[:count]
    lines = [
        f"| {m['cell']} | {m['status']} | {digits3(m['from'])} | {digits3(m['to'])} | {m['move_pct']:+.1f} |"
        for m in ranked
    ]
    return _table(title, "", ("cell", "status", "from, mn USD", "to, mn USD", "move, %"), lines)


def _imports(world: World, moves: list[dict[str, Any]]) -> str:
    """Published, recorded and closed goods imports, by economy."""
    table = figures_table()
    recorded = table[table.table.eq("goods_trade")].groupby("destination").value.sum()
    totals = table[table.table.eq("goods_imports")].set_index("destination").value
    move = {m["cell"]: m["move_pct"] for m in moves if m["table"] == "goods_imports"}
    lines = [
        f"| {code} | {digits3(recorded[code])} | {digits3(totals[code])} | "
        f"{100 * (recorded[code] / totals[code] - 1):+.1f} | {move.get(code, 0.0):+.1f} |"
        for code in world.economies
    ]
    text = (
        "The world's exports exceed its imports, c.i.f. over 1.06, so one factor raises all totals. Where more is "
        "recorded than the raised total says, that stands, and nothing is added."
    )
    columns = (
        "economy",
        "recorded, mn USD",
        "published",
        "recorded less published, %",
        "in the world less published, %",
    )
    return _table("National import totals", text, columns, lines)


def _totals(title: str, moves: list[dict[str, Any]], table: str) -> str:
    ranked = [move for move in moves if move["table"] == table]
    lines = [
        f"| {m['cell']} | {m['status']} | {digits3(m['from'])} | {digits3(m['to'])} | {m['move_pct']:+.1f} |"
        for m in ranked
    ]
    return _table(title, "", ("economy", "status", "published", "in the world", "difference, %"), lines)


def _floors(world: World, moves: list[dict[str, Any]]) -> str:
    lines = [f"| {f['economy']} | {f['sector']} | {f['floor']} |" for f in world.provenance["floors"]]
    moved = [m for m in moves if m["table"] in {"energy_final_share", "goods_value_added_share"}]
    ends = "; ".join(f"{m['table']} of {m['cell']} from {digits3(m['from'])} to {digits3(m['to'])}" for m in moved)
    text = (
        f"Where home sales or final demand would fall below a floor they stand on it, which moves: {ends or 'nothing'}."
    )
    return _table("Floors", text, ("economy", "sector", "floor"), lines)


def _energy(world: World) -> str:
    """Home share of energy use against its figure, and the factor on energy use that follows."""
    table = figures_table()
    figures = table[table.table.eq("home_energy_share")].set_index("origin")
    factor = world.provenance["energy_use_factor"]
    energy = ((1.0 + world.tariff) * world.trade_flow)[:, :, 0]
    lines = []
    for code in figures.index:
        at = world.economy_index(code)
        share = energy[at, at] / energy[:, at].sum()
        row = figures.loc[code]
        around = f"{digits3(row.lo)} to {digits3(row.hi)}" if row.lo == row.lo else ""
        lines.append(f"| {code} | {digits3(row.value)} | {around} | {digits3(share)} | {factor.get(code, 1.0):.2f} |")
    text = (
        "Goods, services and households use more energy than the input shares say, by the factor, where the home share "
        "would otherwise lie below its figure."
    )
    columns = ("economy", "least home share", "range", "in the world", "factor on energy use")
    return _table("Home energy", text, columns, lines)


def _matrix(world: World, cells: list[dict[str, Any]]) -> str:
    moved = {move["cell"]: move["move_pct"] for move in cells}
    lines = []
    for o in world.economies:
        row = [f"{moved[f'{o}/{d}']:+.0f}" if f"{o}/{d}" in moved else "" for d in world.economies]
        lines.append(f"| {o} | " + " | ".join(row) + " |")
    return _table(
        "Move of every goods cell, percent",
        "Rows export, columns import; empty: no figure, or not moved.",
        ("", *world.economies),
        lines,
    )


def _table(title: str, text: str, columns: Iterable[str], lines: list[str]) -> str:
    columns = list(columns)
    head = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    return "\n".join([f"## {title}", "", *([text, ""] if text else []), *head, *lines])
