"""The documents name every key, and what they show works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from multipolar.cli import app
from multipolar.report.schema import summary_schema

DOCS = Path(__file__).resolve().parents[2] / "docs"


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for part in schema.values():
            yield from _keys(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _keys(part)


def test_every_key_of_the_summary_is_documented() -> None:
    words = set(re.findall(r"\w+", (DOCS / "json-contracts.md").read_text()))
    assert set(_keys(summary_schema())) <= words


def test_every_command_is_documented() -> None:
    text = (DOCS / "json-contracts.md").read_text()
    listed = re.findall(r"^  (\w+)  ", CliRunner().invoke(app, ["--help"]).stdout, re.MULTILINE)
    assert len(listed) >= 10
    for name in listed:
        assert f"`{name}" in text or f"`multipolar {name}" in text, name


@pytest.mark.parametrize("position", [0, 1])
def test_files_of_the_tutorial_are_fine(position: int, tmp_path: Path) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", (DOCS / "tutorial.md").read_text(), re.MULTILINE | re.DOTALL)
    assert len(blocks) == 2
    path = tmp_path / "file.yaml"
    path.write_text(blocks[position])
    done = CliRunner().invoke(app, ["check", str(path)])
    assert done.exit_code == 0, done.stderr


def test_commands_of_the_tutorial_exist() -> None:
    commands = re.findall(r"^multipolar (.*)$", (DOCS / "tutorial.md").read_text(), re.MULTILINE)
    assert len(commands) >= 8
    quick = [c for c in commands if c.split()[0] not in ("run", "solve")]
    for command in quick:
        assert CliRunner().invoke(app, command.split()).exit_code == 0, command


def test_the_walk_through_with_ones_own_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The three tables, the recipe and the commands of docs/data.md, as a reader would type them."""
    text = (DOCS / "data.md").read_text()
    start = text.index("## A world from your own tables")
    part = text[start : text.index("or in Python:", start)]
    blocks = re.findall(r"^```(?:yaml)?\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    names = ["trade.csv", "economies.csv", "tariffs.csv", "mine.yaml"]
    assert len(blocks) == len(names) and all(f"`{name}`" in part for name in names)
    for name, block in zip(names, blocks, strict=True):
        (tmp_path / name).write_text(block)
    monkeypatch.chdir(tmp_path)
    commands = re.findall(r"^    multipolar (.*)$", part, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["world", "world", "solve"]
    for command in commands:
        done = CliRunner().invoke(app, command.split())
        assert done.exit_code == 0, (command, done.stderr)
    assert (tmp_path / "mine.world.npz").is_file()
    (tmp_path / "trade.csv").write_text(blocks[0].replace("KAZ,CHN,5800", "XYZ,CHN,5800"))
    done = CliRunner().invoke(app, commands[0].split())
    assert done.exit_code == 2 and "XYZ; use ISO3 codes, or name them under 'aliases'" in done.stderr


def test_the_question_to_the_world_of_2023(shared_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and the commands of docs/data.md, and the remedies of what does not work on that world."""
    import json

    text = (DOCS / "data.md").read_text()
    part = text[text.index("### A question to the world of 2023") : text.index("From start to end")]
    (scenario,) = re.findall(r"^```yaml\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    Path("silk-road-2023.yaml").write_text(scenario)
    commands = re.findall(r"^    multipolar (.*)$", part, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["world", "solve"]
    done = CliRunner().invoke(app, [word.replace("DIR", str(shared_data)) for word in commands[0].split()])
    assert done.exit_code == 0 and "and 20 more" in " ".join(done.stdout.split()), done.stderr
    done = CliRunner().invoke(app, [*commands[1].split(), "--json"])
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)["economies"]
    gains = {code: row["real_income_pct"] for code, row in found.items()}
    assert gains["KAZ"] > 0.05 and gains["VNM"] < -0.05
    world = ["--world", "2023.world.npz"]
    for asked, remedy in (
        (["solve", "union-with-5pct-lower-costs"], "name the sectors concerned, 'sectors: [all]'"),
        (["solve", "silk-road-transport"], "unknown sector 'goods'; the only one is 'all'"),
        (["bloc", "RUS,KAZ,BLR", "--draws", "0"], "has no tariffs, so a customs union has none to make common"),
    ):
        done = CliRunner().invoke(app, [*asked, *world])
        assert done.exit_code == 2 and remedy in done.stderr, done.stderr
    union = "{kind: customs_union, members: [RUS, KAZ, BLR], leader: RUS, external_tariff: {rule: leader}, "
    union += "non_tariff_cost: -0.05, sectors: [all]}"
    for costs, code in (("", 2), (", cost_sectors: [all]", 0)):
        Path("union.yaml").write_text(
            f"schema: 1\nkind: scenario\nid: union\ntitle: A union\nshocks:\n  - {union[:-1]}{costs}}}\n"
        )
        done = CliRunner().invoke(app, ["solve", "union.yaml", *world, "--json"])
        assert done.exit_code == code and ("'cost_sectors: [all]'" in done.stderr) == (code == 2), done.stderr


def test_the_commands_of_the_page_on_gravity(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first example of docs/gravity.md writes the file that the commands below it read, as they stand."""
    import shlex

    pytest.importorskip("pyfixest")
    text = (DOCS / "gravity.md").read_text()
    part = text[: text.index("## Panels")]
    example = re.search(r"^```python\n(.*?)^```", part, re.MULTILINE | re.DOTALL)
    assert example is not None
    monkeypatch.chdir(tmp_path)
    exec(compile(example[1], "gravity.md", "exec"), {})
    commands = re.findall(r"^    multipolar (.*)$", part, re.MULTILINE)
    assert [c.split()[1] for c in commands] == ["estimate", "correct", "compare", "fit", "forecast", "score"]
    for command in commands:
        done = CliRunner().invoke(app, shlex.split(command))
        assert done.exit_code == 0, (command, done.stderr)


def test_what_the_page_on_gravity_says_of_the_shipped_world() -> None:
    from multipolar.study.baseline import fit_world
    from multipolar.world import load_world

    text = " ".join((DOCS / "gravity.md").read_text().split())
    part = text[text.index("For the shipped world (goods") : text.index("A group's capital stands")]
    made = fit_world(load_world())
    beta, error = made.estimate.coefficient, made.estimate.std_error
    assert f"distance {beta[0]:.3f} ({error[0]:.3f}), preference {beta[1]:.3f} ({error[1]:.3f})" in part
    gap = made.pairs.set_index(["exporter", "importer"]).gap_pct
    pairs = [("KAZ", "EUN"), ("RUS", "EUN"), ("KAZ", "RUS"), ("RUS", "USA"), ("RUS", "CHN"), ("RUS", "UKR")]
    said = [f"({gap[o, d]:+.0f}%)" for o, d in [*pairs, ("RUS", "TUR"), ("RUS", "KAZ")]]
    assert re.findall(r"\([+-]\d+%\)", part) == said


def test_every_reader_and_recipe_is_documented() -> None:
    from multipolar.data import READERS
    from multipolar.world.building import shipped_recipes

    text = (DOCS / "data.md").read_text()
    for name in (*READERS, *shipped_recipes()):
        assert f"`{name}`" in text, name
