"""The command line as a user meets it: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from typer.testing import CliRunner

from multipolar.cli import app
from multipolar.report.schema import summary_schema
from multipolar.world import load_world, write_world
from own_tables import RECIPE, TABLES
from toy_study import TEXT, study_world
from toys import toy_world

COMMANDS = (
    "run",
    "bloc",
    "solve",
    "check",
    "replicate",
    "schema",
    "worlds",
    "studies",
    "scenarios",
    "economies",
    "clubs",
    "world show",
    "world check",
    "world figures",
)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a made-up world, a study and a scenario."""
    folder = tmp_path_factory.mktemp("cli")
    write_world(study_world(), folder / "toy.world.npz")
    (folder / "study.yaml").write_text(TEXT)
    (folder / "scenario.yaml").write_text(
        "schema: 1\nkind: scenario\nid: alone\ntitle: Kazakhstan alone\n"
        "shocks:\n  - {kind: tariff, importers: KAZ, like: CHN}\n"
    )
    return folder


def _cli(*args: str) -> Any:
    return CliRunner().invoke(app, list(args))


def _process(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "multipolar", *args], capture_output=True, text=True, timeout=120, cwd=cwd, check=False
    )


def _one_error_line(text: str) -> str:
    lines = text.strip().splitlines()
    assert len(lines) == 1, text
    assert lines[0].startswith("error: ")
    assert "Traceback" not in text
    return lines[0]


# -- start-up -----------------------------------------------------------------------------------------------------


def test_help_is_quick_and_imports_nothing_heavy() -> None:
    code = (
        "import sys\n"
        "from multipolar.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit as leave:\n    assert leave.code == 0\n"
        "heavy = {'jax', 'numpy', 'pandas', 'matplotlib', 'xarray', 'pydantic', 'yaml', 'scipy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    times = []
    for _ in range(3):
        began = time.perf_counter()
        _process("--help")
        times.append(time.perf_counter() - began)
    assert min(times) < 1.0  # 0.1 s on a quiet machine; a loaded one must not fail the test


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself_with_an_example(command: str) -> None:
    done = _cli(*command.split(), "--help")
    assert done.exit_code == 0
    assert f"multipolar {command}" in done.stdout.split("Example", 1)[1]
    assert "--json" in done.stdout


def test_without_a_command_the_help_is_shown() -> None:
    for args in ((), ("world",)):
        done = _cli(*args)
        assert done.exit_code == 0
        assert "Commands:" in done.stdout


def test_version() -> None:
    import multipolar

    assert _cli("--version").stdout.strip() == multipolar.__version__


# -- run ----------------------------------------------------------------------------------------------------------


def test_run_prints_and_writes(place: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = _cli(
        "run", str(place / "study.yaml"), "--world", str(place / "toy.world.npz"), "--draws", "3", "--out", str(out)
    )
    assert done.exit_code == 0, done.stderr
    text = " ".join(done.stdout.split())
    for part in ("A toy union", "In short", "report.html", "3 draws", "A union with lower costs"):
        assert part in text
    assert {p.name for p in out.iterdir()} >= {"summary.json", "effects.csv", "report.html", "figures"}
    jsonschema.validate(json.loads((out / "summary.json").read_text()), summary_schema())


def test_run_json_is_alone_on_stdout_and_out_has_a_default(place: Path, tmp_path: Path) -> None:
    args = ("run", str(place / "study.yaml"), "--world", str(place / "toy.world.npz"), "--draws", "2", "--json")
    done = _process(*args, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    summary = json.loads(done.stdout)
    assert summary == json.loads((tmp_path / "out" / "toy-union" / "summary.json").read_text())


def test_run_twice_gives_the_same_bytes(place: Path, tmp_path: Path) -> None:
    for name, workers in (("a", "1"), ("b", "3")):
        args = ("run", str(place / "study.yaml"), "--world", str(place / "toy.world.npz"), "--draws", "3")
        assert _cli(*args, "--out", str(tmp_path / name), "--workers", workers).exit_code == 0
    for file in ("summary.json", "effects.csv", "report.html", "figures/real-income.svg"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes(), file


def _start(place: Path, out: Path, draws: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "multipolar", "run", str(place / "study.yaml"), "--draws", str(draws)),
            *("--world", str(place / "toy.world.npz"), "--out", str(out), "--json"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _wait_for_a_chunk(out: Path, process: subprocess.Popen[str]) -> None:
    for _ in range(600):
        if list(out.glob(".checkpoint/*/*.npz")):
            return
        assert process.poll() is None, process.stderr.read() if process.stderr else ""
        time.sleep(0.1)
    raise AssertionError("no chunk of draws was kept within a minute")


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_run_leaves_no_half_result_and_can_go_on(place: Path, tmp_path: Path, how: signal.Signals) -> None:
    out = tmp_path / "out"
    process = _start(place, out, 5000)
    _wait_for_a_chunk(out, process)
    process.send_signal(how)
    stdout, stderr = process.communicate(timeout=60)
    if how != signal.SIGKILL:
        assert process.returncode == 130
        assert "interrupted" in _one_error_line(stderr)
        assert json.loads(stdout)["error"]["exit_code"] == 130
    assert {p.name for p in out.iterdir()} <= {".checkpoint", ".multipolar.json"}
    args = ("run", str(place / "study.yaml"), "--world", str(place / "toy.world.npz"), "--draws", "25")
    assert _cli(*args, "--out", str(out)).exit_code == 0
    assert _cli(*args, "--out", str(tmp_path / "other")).exit_code == 0
    assert (out / "summary.json").read_bytes() == (tmp_path / "other" / "summary.json").read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["other", "out"]


def test_an_interrupt_while_other_processes_draw_is_one_line(tmp_path: Path) -> None:
    words = ["run", "customs-union-2009", "--draws", "400", "--workers", "2", "--out", str(tmp_path / "out"), "--json"]
    process = subprocess.Popen(
        [sys.executable, "-m", "multipolar", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    _wait_for_a_chunk(tmp_path / "out", process)
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted" in _one_error_line(stderr)


def test_a_world_that_does_not_balance_is_not_solved(tmp_path: Path) -> None:
    world = load_world()
    flow = np.array(world.trade_flow)
    flow[0, 1, 1] *= 3
    write_world(replace(world, trade_flow=flow), tmp_path / "odd.world.npz")
    done = _cli("solve", "union-leader-tariff", "--world", str(tmp_path / "odd.world.npz"))
    assert done.exit_code == 2
    assert "breaks the cost identity" in _one_error_line(done.stderr)


def test_an_unsolved_scenario_ends_with_3_and_still_writes(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from multipolar.errors import NotSolvedError
    from multipolar.study import contrast

    real = contrast.solve

    def fail(world: Any, policy: Any, **options: Any) -> Any:
        if policy.name == "union":
            raise NotSolvedError("made to fail")
        return real(world, policy, **options)

    monkeypatch.setattr(contrast, "solve", fail)
    args = ("run", str(place / "study.yaml"), "--world", str(place / "toy.world.npz"), "--out", str(tmp_path / "out"))
    done = _cli(*args)
    assert done.exit_code == 3
    assert "scenario 'union' was not solved: made to fail" in _one_error_line(done.stderr)
    assert (tmp_path / "out" / "report.html").exists()


# -- what is refused, and how ---------------------------------------------------------------------------------------


def test_folders_that_cannot_be_used(place: Path, tmp_path: Path) -> None:
    args = ("run", str(place / "study.yaml"), "--world", str(place / "toy.world.npz"), "--out")
    (tmp_path / "file").write_text("x")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    for out in ("file", "file/below", "mine"):
        done = _cli(*args, str(tmp_path / out))
        assert done.exit_code == 2
        assert "--out" in _one_error_line(done.stderr)
    assert (tmp_path / "mine" / "thesis.tex").exists()


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("run", "no-such-study"), "unknown study 'no-such-study'"),
        (("run", "customs-union-2008"), "did you mean customs-union-2009"),
        (("run", "customs-union-2009", "--draws", "-1"), "--draws"),
        (("run", "customs-union-2009", "--draws", "many"), "--draws"),
        (("run", "customs-union-2009", "--draws", "1000001"), "less than or equal to 1000000"),
        (("run", "russia-wto-alone"), "is a scenario, not a study; type: multipolar solve russia-wto-alone"),
        (("run", "world-2009"), "is a world, not a study; type: multipolar world show world-2009"),
        (("solve", "customs-union-2009"), "is a study, not a scenario; type: multipolar run customs-union-2009"),
        (("solve", "multipolar-2009"), "is a study, not a scenario; type: multipolar run multipolar-2009"),
        (("check", "multipolar-2009"), "type: multipolar run multipolar-2009"),
        (("run", "multipolar-2010"), "did you mean multipolar-2009"),
        (("run", "multipolar-2009", "--workers", "2"), "--workers does not apply"),
        (("run", "multipolar-2009", "--fresh"), "--fresh does not apply"),
        (("run", "customs-union-2009", "--data", "."), "leave out --data"),
        (("run", "customs-union-2009", "--world", "world-1809"), "unknown world"),
        (("run",), "Missing argument"),
        (("run", "missing.yaml"), "missing.yaml"),
        (("solve", "no-such-scenario"), "unknown scenario"),
        (("solve", "russia-wto-alone", "--deficits", "none"), "choose fixed, scaled or purged"),
        (("clubs", "RUSS"), "did you mean RUS"),
        (("clubs", "RUS", "--on", "yesterday"), "YYYY-MM-DD"),
        (("world", "check", "missing.npz"), "missing.npz"),
        (("schema", "poem"), "unknown schema"),
        (("check", "nothing-like-it"), "unknown scenario, study or world"),
        (("bogus",), "bogus"),
        (("--bogus",), "--bogus"),
    ],
)
def test_bad_input_ends_with_2_and_one_line(args: tuple[str, ...], words: str, tmp_path: Path) -> None:
    done = _process(*args, cwd=tmp_path)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert words in _one_error_line(done.stderr)
    assert not list(tmp_path.iterdir())


def test_with_json_an_error_is_an_object_too(tmp_path: Path) -> None:
    done = _process("run", "no-such-study", "--json", cwd=tmp_path)
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["type"] == "UnknownNameError"
    assert error["exit_code"] == 2
    assert _one_error_line(done.stderr) == f"error: {error['message']}"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"- a\n- list\n",
        b"kind: study\n",
        b"schema: 1\nkind: study\nid: x\ntitle: t\nscenarios: []\n",
        b"{" * 5000,
        b"a: &a [x, x]\nb: [*a, *a]\n",
        b"x: " + b"y" * 2_000_000,
        b"\x00\x01\x02",
        b"\xff\xfe\xff",
        b"!!python/object/apply:os.system ['true']\n",
        b"schema: 1\nkind: scenario\nid: x\ntitle: t\nshocks:\n  - {kind: tariff, importers: KAZ, rate: .nan}\n",
    ],
)
def test_hostile_files_end_with_2_and_one_line(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_bytes(content)
    for command in ("run", "check"):
        done = _cli(command, str(path))
        assert done.exit_code == 2, done.output
        assert "study.yaml" in _one_error_line(done.stderr)


def test_a_fault_of_the_program_is_one_line_unless_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    from multipolar.cli import look

    def broken(as_json: bool) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(look, "list_worlds", broken)
    done = _cli("worlds")
    assert done.exit_code == 1
    assert "ZeroDivisionError: division by zero; --debug" in _one_error_line(done.stderr)
    assert isinstance(_cli("--debug", "worlds").exception, ZeroDivisionError)


def test_a_file_of_the_other_kind_is_answered_with_what_to_type(place: Path) -> None:
    study, scenario = str(place / "study.yaml"), str(place / "scenario.yaml")
    for args, words in (
        (("solve", study), f"is a study, not a scenario; type: multipolar run {study}"),
        (("run", scenario), f"is a scenario, not a study; type: multipolar solve {scenario}"),
        (("solve", str(place / "toy.world.npz")), "is a world, not a scenario; type: multipolar world show"),
    ):
        done = _cli(*args)
        assert done.exit_code == 2
        assert words in _one_error_line(done.stderr)


def test_the_most_draws_are_those_of_a_study_file() -> None:
    from multipolar.cli.app import MOST_DRAWS
    from multipolar.scenario import Study

    bounds = [m.le for m in Study.model_fields["draws"].metadata if hasattr(m, "le")]
    assert bounds == [MOST_DRAWS]


def test_a_run_that_fails_leaves_no_folder_that_it_made(place: Path, tmp_path: Path) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(TEXT.replace("importers: KAZ", "importers: USA"))  # not an economy of the made-up world
    (tmp_path / "mine").mkdir()
    args = ("run", str(study), "--world", str(place / "toy.world.npz"), "--out")
    for out in ("new", "new/below/it", "mine", "mine/below"):
        done = _cli(*args, str(tmp_path / out))
        assert done.exit_code == 2, done.output
        assert sorted(p.name for p in tmp_path.iterdir()) == ["mine", "study.yaml"]
        assert not list((tmp_path / "mine").iterdir())


# -- on a terminal of any width -------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [40, 80, 120, 200])
def test_every_economy_in_focus_is_printed(width: int) -> None:
    import io

    from rich.console import Console

    from multipolar.cli.render import print_study
    from toy_study import toy_summary

    summary = toy_summary(6)
    summary["focus"] = [e["code"] for e in summary["economies"]]
    out = Console(file=io.StringIO(), width=width)
    print_study(out, summary)
    text = out.file.getvalue()  # type: ignore[attr-defined]
    assert text.index("In short") < text.index("real income, %")  # the answer stands above the tables
    after = text[text.index("real income, %") :]
    table = " ".join(after[: after.index("Where signs turn")].split())
    for economy in summary["economies"]:
        assert economy["name"] in table, economy["name"]
    assert max(len(line) for line in text.splitlines()) <= width


@pytest.mark.parametrize("width", ["80", "120"])
def test_wide_tables_keep_every_word_whole(width: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    figures = _cli("world", "figures", "--find", "KAZ").stdout
    assert "attribute_gdp_usd_mn/KAZ" in figures
    assert "square kilometres" in figures
    listed = _cli("replicate").stdout
    assert "multiplicative-deficits" in listed
    assert max(len(line) for line in (figures + listed).splitlines()) <= int(width)


def test_solve_says_which_columns_a_narrow_terminal_leaves_out(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    args = ("solve", str(place / "scenario.yaml"), "--world", str(place / "toy.world.npz"))
    monkeypatch.setenv("COLUMNS", "80")
    assert "not shown in 80 columns: first-order terms of trade, exports, imports; --json has them" in " ".join(
        _cli(*args).stdout.split()
    )
    monkeypatch.setenv("COLUMNS", "120")
    assert "not shown" not in _cli(*args).stdout


def test_control_characters_do_not_reach_the_terminal(place: Path, tmp_path: Path) -> None:
    from dataclasses import replace

    world = study_world()
    names = [f"{name}\x1b[31m\x9b\u202e" for name in world.economy_names]
    write_world(replace(world, economy_names=tuple(names)), tmp_path / "toy.world.npz")
    for args in (("world", "show"), ("economies",), ("solve", str(place / "scenario.yaml"), "--world")):
        for extra in ((), ("--json",)):
            # Refused where it is read; what is printed about it is clean as well.
            done = _cli(*args, str(tmp_path / "toy.world.npz"), *extra)
            assert done.exit_code == 2, done.output
            assert "toy.world.npz" in done.stderr
            assert not {"\x1b", "\x9b", "\u202e"} & set(done.output)


# -- looking ------------------------------------------------------------------------------------------------------


def _json(*args: str) -> Any:
    done = _cli(*args, "--json")
    assert done.exit_code == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_world_check(place: Path) -> None:
    record = _json("world", "check", str(place / "toy.world.npz"))
    assert set(record) == {
        *("world", "economies", "sectors", "max_residual", "residuals", "cells", "largest_move_pct", "median_move_pct"),
        "largest_moves",
    }
    largest = record.pop("largest_moves")
    assert largest == {"percent": None, "money": None}
    jsonschema.validate(record, summary_schema()["$defs"]["world_check"])
    assert record["max_residual"] == max(record["residuals"].values()) <= 1e-10
    assert "identity" in _cli("world", "check", str(place / "toy.world.npz")).stdout


def test_a_world_that_does_not_add_up_is_refused(tmp_path: Path) -> None:
    from dataclasses import replace

    world = study_world()
    write_world(replace(world, final_demand=world.final_demand * 1.01), tmp_path / "bad.npz")
    done = _cli("world", "check", str(tmp_path / "bad.npz"))
    assert done.exit_code == 2
    assert "identity" in _one_error_line(done.stderr)


def test_world_show(place: Path) -> None:
    world = study_world()
    record = _json("world", "show", str(place / "toy.world.npz"))
    by_code = {row["code"]: row for row in record["economies"]}
    foreign = world.trade_flow[0].sum() - world.trade_flow[0, 0].sum()
    assert by_code["RUS"]["exports_usd_bn"] == pytest.approx(foreign / 1e3)
    assert record["elasticities"]["energy"] == 15
    assert "Economy RUS" in _cli("world", "show", str(place / "toy.world.npz")).stdout


def test_shipped_world_from_the_command_line() -> None:
    assert _json("world", "check")["economies"] == 34
    figures = _json("world", "figures", "--find", "KAZ")["figures"]
    assert figures
    assert all("KAZ" in json.dumps(row).upper() for row in figures)


def test_lists() -> None:
    assert _json("worlds")["worlds"][0]["world"] == "world-2009"
    assert "customs-union-2009" in [row["study"] for row in _json("studies")["studies"]]
    assert "russia-wto-alone" in [row["scenario"] for row in _json("scenarios")["scenarios"]]
    codes = {row["code"]: row for row in _json("economies")["economies"]}
    assert "DEU" in codes["EUN"]["members"]
    for command in ("worlds", "studies", "scenarios", "economies"):
        done = _cli(command)
        assert done.exit_code == 0
        assert done.stdout.strip()


def test_clubs() -> None:
    found = {row["club"]: row["status"] for row in _json("clubs", "RUS", "--on", "2009-06-15")["clubs"]}
    assert found["CSTO"] == "full"
    assert found["WTO"] == "applicant"
    assert "CSTO" in _cli("clubs", "RUS").stdout


def test_schemas() -> None:
    for kind in ("scenario", "study", "summary"):
        jsonschema.Draft202012Validator.check_schema(json.loads(_cli("schema", kind).stdout))


def test_solve(place: Path) -> None:
    args = ("solve", str(place / "scenario.yaml"), "--world", str(place / "toy.world.npz"))
    record = _json(*args)
    assert record["residual"] <= 1e-10
    assert set(record["economies"]) == set(study_world().economies)
    assert record["economies"]["KAZ"]["real_income_pct"] != 0
    done = _cli(*args, "--all")
    assert "Economy ROW" in done.stdout
    assert "residual" in done.stdout


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A made-up world of thirty economies, and a question that names five of them and a group."""
    folder = tmp_path_factory.mktemp("many")
    group = ("DEU", "FRA", "ITA", "ESP", "NLD", "POL", "AUT", "BEL", "SWE", "DNK", "FIN", "GRC")
    others = ("USA", "CHN", "KAZ", "UZB", "RUS", "BLR", "UKR", "TUR", "IRN", "IND", "JPN", "KOR", "BRA", "MEX", "CAN")
    base = toy_world((*others, *group, "GUY", "VNM", "ZAF"))
    write_world(base, folder / "many.world.npz")
    (folder / "q.yaml").write_text(
        "schema: 1\nkind: scenario\nid: q\ntitle: A question\nshocks:\n"
        "  - {kind: non_tariff_cost, origins: CHN, destinations: [KAZ, UZB], sectors: [goods], change: -0.001}\n"
        "  - {kind: tariff, importers: USA, origins: [CHN, EUN], sectors: [goods], rate: 0.1}\n"
    )
    return folder


def _economies_shown(text: str) -> list[str]:
    return [found[0] for line in text.splitlines() if (found := re.findall(r"Economy [A-Z]{3}", line))]


def test_solve_shows_first_what_the_question_names(many: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "140")
    args = ("solve", str(many / "q.yaml"), "--world", str(many / "many.world.npz"))
    done, effects = _cli(*args), _json(*args)["economies"]
    shown = [name[-3:] for name in _economies_shown(done.stdout)]
    assert shown[:4] == ["CHN", "KAZ", "UZB", "USA"]
    group = {"DEU", "FRA", "ITA", "ESP", "NLD", "POL", "AUT", "BEL", "SWE", "DNK", "FIN", "GRC"}
    assert set(shown[4:16]) == group
    rest = [code for code in effects if code not in shown[:16]]
    by_percent = sorted(rest, key=lambda code: -abs(effects[code]["real_income_pct"]))[:12]
    assert shown[16:28] == by_percent
    by_money = sorted(rest, key=lambda code: -abs(effects[code]["real_income_usd_bn"]))[:3]
    assert set(shown[28:]) == set(by_money) - set(by_percent)
    assert "the 12 that move most in percent and the 3 in USD; " in done.stdout
    assert f"{len(effects) - len(shown)} econom" in done.stdout
    every = [name[-3:] for name in _economies_shown(_cli(*args, "--all").stdout)]
    assert every[:16] == shown[:16]
    assert sorted(every) == sorted(effects)


def test_solve_says_where_a_trade_balance_parts_income_from_wages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    monkeypatch.chdir(tmp_path)
    for name, text in TABLES.items():
        (tmp_path / name).write_text(text.replace("115000", "20000").replace("KAZ,CHN,5800", "KAZ,CHN,580"))
    (tmp_path / "mine.yaml").write_text(RECIPE)
    assert _cli("world", "build", "mine.yaml", "--data", ".").exit_code == 0
    (tmp_path / "q.yaml").write_text(
        "schema: 1\nkind: scenario\nid: q\ntitle: A question\nshocks:\n"
        "  - {kind: non_tariff_cost, origins: CHN, destinations: KAZ, sectors: [all], change: -0.2}\n"
    )
    args = ("solve", "q.yaml", "--world", "mine.world.npz")
    effects = _json(*args)["economies"]["KAZ"]
    gap = effects["real_income_pct"] - effects["real_wage_pct"]
    found = re.search(
        r"^Where real income parts from the real wage, a trade deficit or surplus, held fixed in money while prices "
        r"and wages move, accounts for ([−+])([\d.]+) points in Kazakhstan \(deficit\)\.$",
        _cli(*args).stdout,
        re.MULTILINE,
    )
    assert found, _cli(*args).stdout
    told = float(found[2]) * (1 if found[1] == "+" else -1)
    assert 0.5 < told / gap < 1.5
    assert abs(gap) > 0.1
    assert "parts from" not in _cli(*args, "--deficits", "purged").stdout


def test_check_says_what_a_file_would_do(place: Path) -> None:
    study = _json("check", str(place / "study.yaml"), "--world", str(place / "toy.world.npz"))
    assert study["kind"] == "study"
    assert study["scenarios"][1]["members"] == ["RUS", "KAZ", "BLR"]
    scenario = _json("check", str(place / "scenario.yaml"), "--world", str(place / "toy.world.npz"))
    assert scenario["tariffs_change"] == ["KAZ"]
    text = _cli("check", str(place / "study.yaml"), "--world", str(place / "toy.world.npz")).stdout
    assert "is fine" in text
    assert _json("check", str(place / "toy.world.npz"))["economies"] == 6


def test_texts_of_a_file_are_no_markup(tmp_path: Path, place: Path) -> None:
    path = tmp_path / "s.yaml"
    path.write_text((place / "scenario.yaml").read_text().replace("Kazakhstan alone", "'[red]x[/red] [/] \\x1b'"))
    done = _cli("check", str(path), "--world", str(place / "toy.world.npz"))
    assert done.exit_code == 0, done.output
    assert "[red]x[/red] [/]" in done.stdout


def test_replicate_lists_papers_and_asks_for_their_files(tmp_path: Path) -> None:
    listed = _cli("replicate", "--json")
    assert {paper["id"] for paper in json.loads(listed.stdout)} >= {"caliendo-parro-2015", "eu-enlargement"}
    for args, words in (
        (["replicate", "caliendo-parro-2016"], "did you mean caliendo-parro-2015"),
        (["replicate", "eu-enlargement"], "--data DIR"),
        (["replicate", "eu-enlargement", "--data", str(tmp_path)], "eu-enlargement"),
    ):
        result = _process(*args)
        assert result.returncode == 2
        assert words in _one_error_line(result.stderr)


def test_replicate_prints_computed_beside_published(shared_data: Path) -> None:
    result = _process("replicate", "caliendo-parro-2015", "--data", str(shared_data), "--json")
    rows = json.loads(result.stdout)["rows"]
    mexico = next(r for r in rows if r["economy"] == "MEX" and r["published"] == 1.31)
    assert round(mexico["computed"], 2) == 1.31
