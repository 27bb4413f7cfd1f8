"""Recipes and their files, damaged at random: a world that is right, or one line that says what is wrong.

Right means here: balanced, of the economies asked for, with the trade, GDP and rates that the files state; so a figure
that was lost on the way and quietly replaced is found.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import published as pub
from multipolar.errors import InputError
from multipolar.world import World
from multipolar.world.building import build_world

CODES = pub.CODES
TINY = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CHOICE = {"value": 5, "source": "a test"}
BASE: dict[str, Any] = {
    "schema": 1,
    "kind": "world",
    "id": "toy",
    "title": "A toy",
    "year": 2020,
    "method": "single-sector",
    "elasticity": CHOICE,
    "value_added_share": {"value": 0.5, "source": "a test"},
    "preferences": False,
    "sources": {
        "trade": {"reader": "trade-csv", "file": "trade.csv"},
        "tariffs": {"reader": "tariffs-csv", "file": "tariffs.csv"},
        "indicators": {"reader": "economies-csv", "file": "economies.csv"},
    },
}

cells = st.one_of(
    st.sampled_from(
        ["", "0", "-1", "-0", "nan", "inf", "1e400", "12,5", "1 000", "abc", "RUS", "ROW", "WLD", "٣", '"']
    ),
    st.floats(min_value=0, max_value=1e9, allow_subnormal=False).map(lambda x: f"{x:.6g}"),
    st.sampled_from(["5", "500", "5e5", "5e8", "2e12"]),
)


def rows_of(name: str) -> list[list[str]]:
    """Header and rows of a file of one's own, all figures plausible."""
    if name == "trade.csv":
        body = [[o, d, "2020", f"{pub.size(o, d):g}"] for o, d in pub.PAIRS]
        return [["origin", "destination", "year", "value_usd_mn"], *body]
    if name == "economies.csv":
        return [["economy", "gdp_usd_mn"], *[[code, "500000"] for code in CODES]]
    own = [["KAZ", "RUS", "0"], ["CHN", "USA", "25"]]
    return [["importer", "exporter", "rate_pct"], *[[code, "", "5"] for code in CODES], *own]


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    """The three files with up to three wounds: a cell changed, a row lost, doubled or cut, a column renamed."""
    files = {name: rows_of(name) for name in ("trade.csv", "economies.csv", "tariffs.csv")}
    for _ in range(draw(st.integers(0, 3))):
        rows = files[draw(st.sampled_from(sorted(files)))]
        at = draw(st.integers(0, len(rows) - 1))
        wound = draw(st.sampled_from(["cell", "cell", "cell", "lost", "twice", "cut", "head"]))
        if wound == "cell" and at:
            rows[at][draw(st.integers(0, len(rows[at]) - 1))] = draw(cells)
        elif wound == "lost" and at:
            del rows[at]
        elif wound == "twice":
            rows.insert(at, list(rows[at]))
        elif wound == "cut":
            del rows[at][-1]
        elif wound == "head":
            rows[0][draw(st.integers(0, len(rows[0]) - 1))] = draw(st.sampled_from(["value", "gdp", "", "year"]))
        if len(rows) < 2 or not all(rows):
            break
    return files


def build(folder: Path, files: dict[str, list[list[str]]], recipe: dict[str, Any]) -> World | str:
    """Build from files; returns the world, or the one line that refuses it."""
    for name, rows in files.items():
        (folder / name).write_text("\n".join(",".join(row) for row in rows) + "\n", encoding="utf-8")
    path = folder / "toy.yaml"
    path.write_text(json.dumps(recipe), encoding="utf-8")
    try:
        return build_world(path, [folder]).world
    except InputError as error:
        message = str(error)
        assert "\n" not in message and message.isprintable() and 10 < len(message) < 900, message
        return message


def number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def code(text: str) -> str:
    """ISO3 code of what stands in a cell of one's own tables."""
    plain = text.strip()
    return "KAZ" if plain == "Kazakhstan" else plain.upper()


def holds(world: World, files: dict[str, list[list[str]]], recipe: dict[str, Any]) -> None:
    """Hold a world against the text of its files, read here a second time and in another way."""
    assert world.check().max_residual < 1e-10
    table = {name: [dict(zip(rows[0], row, strict=False)) for row in rows[1:]] for name, rows in files.items()}
    gdp = {code(row["economy"]): number(row["gdp_usd_mn"]) for row in table["economies.csv"]}
    trade = [
        (code(r["origin"]), code(r["destination"]), number(r["value_usd_mn"]))
        for r in table["trade.csv"]
        if number(r.get("year", "2020")) == 2020 and "WLD" not in (r["origin"], r["destination"])
    ]
    out = set(recipe.get("leave_out", ()))
    assert set(world.economies) == {one for o, d, _ in trade for one in (o, d)} - out
    rates = [(code(r.get("exporter", "")), code(r["importer"]), number(r["rate_pct"])) for r in table["tariffs.csv"]]
    general = {d: rate for o, d, rate in rates if not o or o == "NAN"}
    own = {(o, d): rate for o, d, rate in rates if o}
    at = {code: i for i, code in enumerate(world.economies)}
    flow = np.zeros((len(at), len(at)))
    for o, d, value in trade:
        if o in at and d in at and o != d:
            flow[at[o], at[d]] += value
    abroad = world.trade_flow[:, :, 0] * ~np.eye(len(at), dtype=bool)
    np.testing.assert_allclose(abroad, flow, rtol=1e-9)
    for one, i in at.items():
        if max(flow[i].sum(), flow[:, i].sum()) < 0.4 * gdp[one]:  # beyond it GDP is raised, and that is flagged
            assert world.gdp[i] == pytest.approx(gdp[one], rel=1e-6)
        assert one in general or recipe["fill"]["tariffs"] == "free"
        for partner, j in at.items():
            if partner != one:
                rate = own.get((partner, one), general.get(one, 0.0)) / 100
                assert world.tariff[j, i, 0] == pytest.approx(rate, abs=1e-12)


def test_files_without_damage_become_the_world_they_state(tmp_path: Path) -> None:
    files = {name: rows_of(name) for name in ("trade.csv", "economies.csv", "tariffs.csv")}
    made = build(tmp_path, files, {**BASE, "fill": {}})
    assert isinstance(made, World), made
    holds(made, files, BASE)


@TINY
@given(files=damaged(), stated=st.booleans())
@example(files={name: rows_of(name) for name in ("trade.csv", "economies.csv", "tariffs.csv")}, stated=False)
def test_damaged_files_give_the_world_they_state_or_one_line(
    files: dict[str, list[list[str]]], stated: bool, tmp_path: Path
) -> None:
    recipe = {**BASE, "fill": {"tariffs": "free"}, "leave_out": ["USA"]} if stated else {**BASE, "fill": {}}
    made = build(tmp_path, files, recipe)
    if isinstance(made, World):
        holds(made, files, recipe)


JUNK = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-(10**6), 10**6), st.floats(), st.text(max_size=12),
        st.sampled_from([*CODES, "free", "group-mean", "trade.csv", "trade-csv", "../x", "three-sector"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from([*BASE, "reader", "file", "fill"]), inner, max_size=3),
    ),
    max_leaves=6,
)  # fmt: skip
FIELDS = st.sampled_from(
    [*BASE, "fill", "leave_out", "aliases", "economies", "cif", "industries", "no_preference", "smaller_report",
     "entrepots", "split_rest", "trade_above_gdp", "on", "description", "surprise"]
)  # fmt: skip


@TINY
@given(changes=st.dictionaries(FIELDS, JUNK, min_size=1, max_size=2), lost=st.sets(FIELDS, max_size=1))
@example(changes={"sources": {"trade": {"reader": "trade-csv", "file": "economies.csv"}}}, lost=set())
@example(changes={"method": "input-output"}, lost=set())
@example(changes={"aliases": {"RUS": "KAZ"}}, lost=set())
def test_any_recipe_is_built_or_refused_in_one_line(changes: dict[str, Any], lost: set[str], tmp_path: Path) -> None:
    files = {name: rows_of(name) for name in ("trade.csv", "economies.csv", "tariffs.csv")}
    recipe = {key: value for key, value in {**BASE, **changes}.items() if key not in lost}
    made = build(tmp_path, files, recipe)
    if isinstance(made, World):
        assert made.check().max_residual < 1e-10


@TINY
@given(
    role=st.sampled_from(["trade", "reports", "tariffs", "indicators", "agreements", "linkages", "table", "folder"]),
    reader=st.sampled_from(["trade-csv", "tariffs-csv", "economies-csv", "figures-csv", "wits-reports", "icio", "desta",
                            "gtap-csv", "gtap-tables", "gtap-tariffs", "trains", "wdi-long"]),
    file=st.sampled_from(["trade.csv", "economies.csv", "tariffs.csv", "none.csv", "."]),
    option=st.tuples(
        st.sampled_from(["year", "duty", "sectors", "aliases", "extra", "header", "column", "within", "scale", "names",
                         "subsidies", "mean"]), JUNK),
    method=st.sampled_from(["single-sector", "three-sector", "input-output", "caliendo-parro"]),
)  # fmt: skip
def test_any_source_is_read_or_refused_in_one_line(
    role: str, reader: str, file: str, option: tuple[str, Any], method: str, tmp_path: Path
) -> None:
    files = {name: rows_of(name) for name in ("trade.csv", "economies.csv", "tariffs.csv")}
    sources = {**BASE["sources"], role: {"reader": reader, "file": file, option[0]: option[1]}}
    made = build(tmp_path, files, {**BASE, "method": method, "sources": sources})
    if isinstance(made, World):
        assert made.check().max_residual < 1e-10
