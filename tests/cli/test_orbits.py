"""``multipolar orbits`` as a user meets it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from multipolar.cli import app
from multipolar.world import write_world
from toy_study import study_world


def _cli(*args: str, width: str = "80"):
    return CliRunner().invoke(app, list(args), env={"COLUMNS": width})


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the shipped world gives on the terminal, and the folder written."""
    folder = tmp_path_factory.mktemp("orbits") / "new"
    done = _cli("orbits", "--poles", "rus,eun", "--over", "BLR,UKR", "--out", str(folder))
    assert done.exit_code == 0, done.stderr
    return done.stdout, folder


def test_the_screen_fits_eighty_columns_and_follows_the_record(shipped: tuple[str, Path]) -> None:
    text, folder = shipped
    assert max(len(line.rstrip()) for line in text.splitlines() if "written to" not in line) <= 80
    content = json.loads((folder / "orbits.json").read_text())
    rows = {(row["economy"], row["pole"]): row for row in content["leverage"]["rows"]}
    assert set(rows) == {(code, pole) for code in ("BLR", "UKR") for pole in ("RUS", "EUN")}
    line = next(line for line in text.splitlines() if line.split()[:1] == ["BLR"])
    assert f"{rows['BLR', 'RUS']['loss_pct']:.1f}" in line and f"{rows['BLR', 'EUN']['loss_short_run_pct']:.1f}" in line
    said = (folder / "orbits.txt").read_text()
    assert f"the effective number is {content['effective_number_of_poles']:.1f}" in said
    assert " ".join(said.split()) in " ".join(text.split())


def test_columns_and_codes_of_groups_are_explained_below_the_tables(shipped: tuple[str, Path]) -> None:
    text, folder = shipped
    told = " ".join(text.split())
    for head in (
        "others lose",
        "share of pull",
        "mean",
        "worst for itself",
        "loss",
        "short run",
        "own loss",
        "per own",
    ):
        assert re.search(rf"\b{head}: ", told, re.IGNORECASE), head
    ratio = json.loads((folder / "orbits.json").read_text())["leverage"]["short_run_ratio"]
    assert f"elasticities of trade times {ratio:g};" in told
    named = told[told.index("Groups of countries: ") :].partition(".")[0]
    assert "EUN European Union of 27" in named and "EFT European Free Trade Association" in named
    assert all(f"{code} " in named for code in ("MNA", "SAS", "ROW", "WBK", "ANZ")) and "MDA" not in named


def test_json_is_alone_on_stdout(tmp_path: Path) -> None:
    write_world(study_world(), tmp_path / "toy.world.npz")
    done = _cli("orbits", str(tmp_path / "toy.world.npz"), "--poles", "RUS,CHN", "--json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["method"] == "equilibrium"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--poles", "RUS,USX"), "unknown pole 'USX'; did you mean USA"),
        (("--poles", "RUS"), "need 2 to 12 poles"),
        (("--over", "Belarus"), "did you mean BLR"),
        (("--over", "FRA"), "part of 'EUN'"),
        (("nowhere",), "unknown world"),
        (("no/such.world.npz",), "no/such.world.npz"),
        (("--year", "2000"), "trade_1964_2008_4yearly.parquet"),
        (("--data", "no/such/folder"), "is no folder"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(args: tuple[str, ...], message: str) -> None:
    done = _cli("orbits", *args)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
