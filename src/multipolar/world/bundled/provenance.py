"""The record a shipped world carries: where its figures come from, and what closing moved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from multipolar.world.bundled.closing import Closed, WorldFigures
from multipolar.world.bundled.layout import SECTORS
from multipolar.world.bundled.tables import Figure, figure_id, read_sources

__all__ = ["balancing_moves", "build_provenance"]

UNITS: Mapping[str, str] = {
    "money": "current USD million",
    "tariff": "fraction",
    "trade_elasticity": "pure number",
}


def build_provenance(
    name: str, figures: Mapping[str, Figure], start: WorldFigures, closed: Closed, codes: tuple[str, ...]
) -> dict[str, Any]:
    """Return a JSON-able record.

    Keys: ``sources`` (key to citation, url, licence), ``cells`` (shipped figures by status), ``balancing`` (one record
    for each figure that closing moved: table, cell, status, from, to, move_pct), ``largest_move_pct`` and
    ``median_move_pct`` (over observed figures that moved), ``import_factor`` (by sector), ``goods_import_factor``,
    ``energy_use_factor`` (of economies where it is not one), ``floors``, ``alternatives`` (figures kept beside those
    used), ``units``.
    """
    moves = balancing_moves(figures, start, closed, codes)
    observed = [abs(move["move_pct"]) for move in moves if move["status"] == "observed"]
    used = [f for f in figures.values() if f.value == f.value]
    return {
        "sources": {key: dict(row) for key, row in read_sources(name).items()},
        "cells": {status: sum(f.status == status for f in used) for status in ("observed", "mirrored", "imputed")},
        "balancing": moves,
        "largest_move_pct": max(observed, default=0.0),
        "median_move_pct": float(np.median(observed)) if observed else 0.0,
        "import_factor": dict(zip(SECTORS, closed.import_factor.tolist(), strict=True)),
        "goods_import_factor": closed.goods_import_factor,
        "energy_use_factor": {
            code: float(factor) for code, factor in zip(codes, closed.energy_use_factor, strict=True) if factor != 1.0
        },
        "floors": [{"economy": codes[o], "sector": SECTORS[s], "floor": floor} for o, s, floor in closed.floors],
        "alternatives": {f.id: f.value for f in used if f.table.startswith("alternative_")},
        "units": dict(UNITS) | {f.table.removeprefix("attribute_"): f.unit for f in used if "attribute_" in f.table},
    }


def balancing_moves(
    figures: Mapping[str, Figure], start: WorldFigures, closed: Closed, codes: tuple[str, ...]
) -> list[dict[str, Any]]:
    """How far closing moved each figure, the largest first."""
    moves = []
    for table, origin, destination, after in _closed_values(start, closed, codes):
        figure = figures.get(figure_id(table, origin, destination))
        if figure is None or not figure.value > 0:
            continue
        percent = 100.0 * (after / figure.value - 1.0)
        if abs(percent) > 1e-6:
            moves.append(
                {
                    "table": table,
                    "cell": "/".join(part for part in (origin, destination) if part),
                    "status": figure.status,
                    "from": figure.value,
                    "to": float(after),
                    "move_pct": float(percent),
                }
            )
    # Rounded, so that moves that differ by rounding error alone keep one order on every machine.
    return sorted(moves, key=lambda move: (-round(abs(move["move_pct"]), 6), move["table"], move["cell"]))


def _closed_values(start: WorldFigures, closed: Closed, codes: tuple[str, ...]):
    """Table, origin, destination and value in the closed world, for every figure that closing may move."""
    abroad = closed.trade_flow * ~np.eye(len(codes), dtype=bool)[:, :, None]
    goods = abroad[:, :, :2].sum(axis=2)
    for i, o in enumerate(codes):
        for j, d in enumerate(codes):
            yield "goods_trade", o, d, goods[i, j]
        yield "goods_exports", o, "", goods[i].sum()
        yield "goods_imports", "", o, goods[:, i].sum()
        yield "services_imports", "", o, abroad[:, i, 2].sum()
        yield "energy_share_exports", o, "", abroad[i, :, 0].sum() / goods[i].sum()
        yield "energy_share_imports", "", o, abroad[:, i, 0].sum() / goods[:, i].sum()
        yield (
            "gdp",
            o,
            "",
            closed.value_added[i].sum() + (closed.tariff[:, i] * closed.trade_flow[:, i]).sum(),
        )
        yield "goods_value_added_share", o, "", closed.goods_value_added_share[i]
        yield "energy_final_share", o, "", closed.final_demand[i, 0] / closed.final_demand[i].sum()
