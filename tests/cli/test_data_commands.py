"""The commands on data and on building worlds, as a user types them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import published as pub


def run(*arguments: str, cwd: Path | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "multipolar", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        cwd=cwd,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("command", [("data", "list"), ("data", "readers"), ("world", "recipes")])
def test_lists_in_both_forms(command: tuple[str, str]) -> None:
    plain = run(*command)
    assert plain.returncode == 0 and len(plain.stdout.splitlines()) > 6
    found = json.loads(run(*command, "--json").stdout)
    assert len(next(iter(found.values()))) >= 5


def test_cite() -> None:
    done = run("data", "cite", "baci-hs92", "--json")
    assert "Gaulier" in json.loads(done.stdout)["citation"]
    done = run("data", "cite", "baci-hs29")
    assert done.returncode == 2 and "did you mean baci-hs92" in done.stderr
    for asked, meant in (("worldbank", "wdi"), ("TRAINS", "wits-tariffs"), ("Desta", "desta")):
        done = run("data", "cite", asked)
        assert done.returncode == 2 and meant in done.stderr and "`multipolar data list`" in done.stderr


def test_offline_and_by_hand(tmp_path: Path) -> None:
    done = run("data", "fetch", "wdi", "--offline", MULTIPOLAR_DATA=str(tmp_path))
    assert done.returncode == 2 and "network is switched off" in done.stderr
    done = run("data", "fetch", "icio", MULTIPOLAR_DATA=str(tmp_path))
    assert done.returncode == 2 and "oecd.org" in done.stderr and "Traceback" not in done.stderr
    done = run("data", "verify", "wdi", "--dir", str(tmp_path), "--json")
    assert done.returncode == 2 and json.loads(done.stdout)["error"]["type"] == "FetchError"


def test_verify_says_what_a_file_was_held_against(tmp_path: Path) -> None:
    (tmp_path / "WDI_CSV.zip").write_bytes(b"by hand")
    first = run("data", "verify", "wdi", "--dir", str(tmp_path))
    assert first.returncode == 0, first.stderr
    assert "no published checksum on record; recorded the sha256 of what was fetched in" in first.stdout
    assert "fetched.json', compared from then on" in first.stdout
    again = json.loads(run("data", "fetch", "wdi", "--dir", str(tmp_path), "--offline", "--json").stdout)
    assert again["checked_against"] == "record" and again["record"] == str(tmp_path / "fetched.json")
    (tmp_path / "WDI_CSV.zip").write_bytes(b"changed")
    done = run("data", "verify", "wdi", "--dir", str(tmp_path))
    assert done.returncode == 2 and "take 'WDI_CSV.zip' out of" in done.stderr


def test_verify_takes_a_folder_or_nothing(tmp_path: Path) -> None:
    nothing = run("data", "verify", MULTIPOLAR_DATA=str(tmp_path))
    assert nothing.returncode == 2 and "holds no file of the catalog" in nothing.stderr
    assert len(nothing.stderr.splitlines()) == 1
    (tmp_path / "WDI_CSV.zip").write_bytes(b"by hand")
    (tmp_path / "mine.csv").write_bytes(b"mine")
    named = run("data", "verify", str(tmp_path))
    assert named.returncode == 0 and named.stdout.startswith("wdi: no published checksum on record; recorded")
    assert "not of the catalog, so there is nothing to hold them against: mine.csv" in named.stdout
    cache = json.loads(run("data", "verify", "--json", MULTIPOLAR_DATA=str(tmp_path)).stdout)
    assert [(row["id"], row["checked_against"]) for row in cache["verified"]] == [("wdi", "record")]
    assert cache["others"] == ["mine.csv"]
    missing = run("data", "verify", str(tmp_path / "none") + "/")
    assert missing.returncode == 2 and "no folder" in missing.stderr


RECIPE = """schema: 1
kind: world
id: mine
title: Five economies of my own
year: 2020
method: single-sector
elasticity: {value: 5, source: my choice}
value_added_share: {value: 0.5, source: my choice}
preferences: false
sources:
  trade: {reader: trade-csv, file: trade.csv}
  tariffs: {reader: tariffs-csv, file: tariffs.csv}
  indicators: {reader: economies-csv, file: economies.csv}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for reader, name in (("trade-csv", "trade"), ("economies-csv", "economies"), ("tariffs-csv", "tariffs")):
        (tmp_path / f"{name}.csv").write_text(str(pub.sample(reader)[0]))
    (tmp_path / "mine.yaml").write_text(RECIPE)
    return tmp_path


def test_build_check_and_solve_ones_own_world(folder: Path) -> None:
    done = run("world", "build", "mine.yaml", "--data", ".", "--report", "report.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    assert "mine: 5 economies, 1 sector," in done.stdout and (folder / "mine.world.npz").is_file()
    report = json.loads((folder / "report.json").read_text())
    assert report["files"][0]["file"] == "trade.csv" and report["choices"]["elasticity/all"]["source"] == "my choice"
    checked = run("world", "check", "mine.world.npz", "--json", cwd=folder)
    assert json.loads(checked.stdout)["economies"] == 5
    (folder / "free.yaml").write_text(
        "schema: 1\nkind: scenario\nid: free\ntitle: Free trade between two\n"
        "shocks:\n  - {kind: free_trade_area, members: [RUS, CHN]}\n"
    )
    solved = run("solve", "free.yaml", "--world", "mine.world.npz", "--json", cwd=folder)
    assert solved.returncode == 0, solved.stderr
    assert json.loads(solved.stdout)["economies"]["RUS"]["real_income_pct"] != 0


def test_mistakes_are_one_line(folder: Path) -> None:
    (folder / "trade.csv").write_text("origin,destination,value_usd_mn\nRUS,XYZ,5\n")
    done = run("world", "build", "mine.yaml", "--data", ".", cwd=folder)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1
    assert "trade.csv:2: column 'destination' holds unknown economies: XYZ" in done.stderr
    assert not (folder / "mine.world.npz").exists()
    done = run("world", "build", "mine.yaml", cwd=folder)
    assert done.returncode == 2 and "--data" in done.stderr
    done = run("world", "build", "mine.yaml", "--data", ".", "--out", "x.csv", cwd=folder)
    assert done.returncode == 2 and "must end in .npz" in done.stderr


@pytest.mark.parametrize(
    "command",
    [
        ("world", "build", ".", "--data", "."),
        ("world", "check", "."),
        ("world", "build", "mine.yaml", "--data", "mine.yaml"),
        ("world", "build", "mine.yaml", "--data", ".", "--report", "."),
        ("gravity", "estimate", ".", "--formula", "trade ~ x | pair"),
        ("gravity", "score", "trade-after-2008", ".", "--year", "2009"),
        ("gravity", "score", ".", "trade.csv", "--year", "2009"),
        ("solve", "."),
    ],
)
def test_a_folder_where_a_file_belongs_is_one_line(command: tuple[str, ...], folder: Path) -> None:
    done = run(*command, cwd=folder)
    assert done.returncode == 2 and len(done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr and "fault of this program" not in done.stderr


def test_a_folder_named_as_a_source_and_a_column_that_is_not_there(folder: Path) -> None:
    text = (folder / "mine.yaml").read_text()
    (folder / "inner").mkdir()
    (folder / "mine.yaml").write_text(text.replace("file: trade.csv", "file: inner"))
    done = run("world", "build", "mine.yaml", "--data", ".", cwd=folder)
    assert done.returncode == 2 and "'inner' is a folder in '.'; name the file in it" in done.stderr
    (folder / "mine.yaml").write_text(text)
    (folder / "trade.csv").write_text("from,to,value\nRUS,KAZ,5\n")
    done = run("world", "build", "mine.yaml", "--data", ".", cwd=folder)
    assert done.returncode == 2 and "trade.csv:1: has no column 'origin'" in done.stderr
    assert "the file has from, to, value" in done.stderr


def test_the_terminal_shows_a_screenful_and_the_report_all(folder: Path) -> None:
    older = "".join(f"RUS,KAZ,goods,{year},{year}\n" for year in range(1990, 2020))
    with open(folder / "trade.csv", "a") as out:
        out.write(older)
    done = run("world", "build", "mine.yaml", "--data", ".", "--report", "report.json", cwd=folder)
    assert done.returncode == 0, done.stderr
    flat = " ".join(done.stdout.split())
    assert "- trade.csv: 30 rows left out: 30 not of 2020" in flat and "--report FILE or --json has everything" in flat
    report = json.loads((folder / "report.json").read_text())
    assert report["files"][0]["dropped"] == {"not of 2020": 30} and report["files"][0]["rows_read"] == 50


def test_world_check_names_the_largest_moves(folder: Path) -> None:
    shipped = run("world", "check")
    flat = " ".join(shipped.stdout.split())
    assert "furthest in percent: goods trade UZB to GEO, 1.36 to 4.5 USD million (+230.8%)" in flat
    assert "furthest in money: goods imports USA" in flat and "of world trade)" in flat
    found = json.loads(run("world", "check", "--json").stdout)["largest_moves"]
    assert found["percent"]["unit"] == "USD million" and found["percent"]["where"] == "UZB to GEO"
    assert found["money"]["change_over_trade"] == pytest.approx(0.0063, abs=5e-4)
    text = (folder / "economies.csv").read_text().replace("KAZ,500000.0", "KAZ,1500")
    (folder / "economies.csv").write_text(text)
    (folder / "mine.yaml").write_text((folder / "mine.yaml").read_text() + "trade_above_gdp: [KAZ]\n")
    assert run("world", "build", "mine.yaml", "--data", ".", cwd=folder).returncode == 0
    moved = json.loads(run("world", "check", "mine.world.npz", "--json", cwd=folder).stdout)["largest_moves"]
    assert moved["percent"]["what"] == "GDP" and moved["percent"]["where"] == "KAZ" and moved["percent"]["from"] == 1500
    assert moved["money"] is not None and moved["money"]["to"] > 1500


def test_a_recipe_where_a_world_or_scenario_belongs(folder: Path) -> None:
    with open(folder / "mine.yaml", "a") as out:
        out.write("fill: {tariffs: free}\n")
    checked = run("check", "mine.yaml", cwd=folder)
    assert checked.returncode == 0 and "recipe 'mine' reads well" in checked.stdout
    assert "where tariffs is missing: free" in checked.stdout
    record = json.loads(run("check", "mine.yaml", "--json", cwd=folder).stdout)
    assert record["kind"] == "world" and record["files"]["trade"] == ["trade.csv"]
    for command in ("solve", "run"):
        done = run(command, "mine.yaml", cwd=folder)
        assert done.returncode == 2 and "type: multipolar world build mine.yaml --data DIR" in done.stderr
    done = run("world", "check", "mine.yaml", cwd=folder)
    assert done.returncode == 2 and "a recipe becomes one by `multipolar world build`" in done.stderr
    (folder / "mine.yaml").write_text(RECIPE.replace("method: single-sector", "method: single"))
    done = run("check", "mine.yaml", cwd=folder)
    assert done.returncode == 2 and "mine.yaml:6: 'method'" in done.stderr
