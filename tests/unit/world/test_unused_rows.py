"""People's own tables: every row that a world has no use for is counted by file and reason, or flagged, or refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from multipolar.errors import WorldError
from multipolar.world.building import Built, build_world
from own_tables import RECIPE, TABLES


def build(folder: Path, recipe: str = RECIPE, **more: str) -> Built:
    """Build from the three tables, with rows added to some."""
    for name, text in TABLES.items():
        (folder / name).write_text(text + more.get(name.removesuffix(".csv"), ""))
    (folder / "mine.yaml").write_text(recipe)
    return build_world(folder / "mine.yaml", [folder])


def dropped(built: Built, role: str) -> dict[str, int]:
    return next(file["dropped"] for file in built.report["files"] if file["role"] == role)


def flag(built: Built, words: str) -> dict[str, Any]:
    return next((found for found in built.report["flags"] if words in found["what"]), {})


def test_nothing_is_said_where_every_row_is_used(tmp_path: Path) -> None:
    built = build(tmp_path)
    assert [file["dropped"] for file in built.report["files"]] == [{}, {}, {}]
    assert not built.report["flags"]


def test_an_economy_without_trade_is_counted_and_named(tmp_path: Path) -> None:
    built = build(tmp_path, economies="UKR,120000\n")
    assert "UKR" not in built.world.economies
    assert dropped(built, "indicators") == {"of economies outside the world (UKR)": 1}
    assert flag(built, "listed in economies.csv and not in the world")["where"] == ["UKR"]


def test_a_row_of_an_economy_with_itself_is_counted(tmp_path: Path) -> None:
    built = build(tmp_path, trade="KAZ,KAZ,77777\n", tariffs="KAZ,KAZ,3\n")
    assert dropped(built, "trade") == {"of an economy with itself": 1}
    assert dropped(built, "tariffs") == {"of an economy with itself": 1}
    assert (built.world.trade_flow == build(tmp_path).world.trade_flow).all()


@pytest.mark.parametrize("row", ["UKR,,5\n", "RUS,UKR,0\n", "UKR,RUS,0\n"])
def test_a_rate_of_an_economy_outside_the_world_is_counted(row: str, tmp_path: Path) -> None:
    assert dropped(build(tmp_path, tariffs=row), "tariffs") == {"of economies outside the world (UKR)": 1}


def test_rows_of_trade_with_an_economy_left_out_are_counted(tmp_path: Path) -> None:
    built = build(tmp_path, RECIPE + "leave_out: [UKR]\n", trade="UKR,RUS,5\nKAZ,UKR,6\n", economies="UKR,120000\n")
    assert dropped(built, "trade") == {"of economies outside the world (UKR)": 2}
    assert flag(built, "left out, as the recipe says")["where"] == ["UKR"]
    assert not flag(built, "not in the world")  # it is said once


def test_a_pair_without_a_row_is_flagged_and_a_zero_is_not(tmp_path: Path) -> None:
    built = build(tmp_path)
    (tmp_path / "trade.csv").write_text(TABLES["trade.csv"].replace("KAZ,CHN,5800\n", ""))
    built = build_world(tmp_path / "mine.yaml", [tmp_path])
    found = flag(built, "not recorded in trade.csv, taken as no trade")
    assert found["where"] == ["KAZ to CHN"] and found["count"] == 1
    (tmp_path / "trade.csv").write_text(TABLES["trade.csv"].replace("KAZ,CHN,5800\n", "KAZ,CHN,0\n"))
    assert not flag(build_world(tmp_path / "mine.yaml", [tmp_path]), "taken as no trade")


def test_figures_that_the_method_does_not_use_are_counted(tmp_path: Path) -> None:
    (tmp_path / "more.csv").write_text("indicator,iso3,value\npopulation_thousand,KAZ,16000\n")
    more = "  indicators:\n    - {reader: economies-csv, file: economies.csv}\n"
    more += "    - {reader: figures-csv, file: more.csv, year: 2009}\n"
    recipe = "\n".join(line for line in RECIPE.splitlines() if "indicators" not in line) + "\n" + more
    built = build(tmp_path, recipe)
    found = next(file["dropped"] for file in built.report["files"] if file["file"] == "more.csv")
    assert found == {"of figures that the method does not use (population_thousand)": 1}


def test_an_economy_whose_only_trade_is_nil_is_refused_with_the_field_that_takes_it_out(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"trade.csv:8: UKR: no trade with any other.*under 'leave_out'"):
        build(tmp_path, trade="UKR,RUS,0\n", economies="UKR,120000\n", tariffs="UKR,,5\n")
    asked = RECIPE + "economies: [RUS, KAZ, CHN, UKR]\n"
    with pytest.raises(WorldError, match="take it out of 'economies'"):
        build(tmp_path, asked, trade="UKR,RUS,0\n", economies="UKR,120000\n", tariffs="UKR,,5\n")
