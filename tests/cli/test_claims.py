"""``multipolar claims`` as a user meets it."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from multipolar.cli import app
from multipolar.cli.app import claims


def _cli(*args: str, width: str = "80"):
    return CliRunner().invoke(app, list(args), env={"COLUMNS": width})


def test_the_table_fits_eighty_columns_and_says_the_rest(tmp_path: Path) -> None:
    out = tmp_path / "claims"
    done = _cli("claims", "--draws", "3", "--out", str(out))
    assert done.exit_code == 0, done.stderr
    assert max(len(line.rstrip()) for line in done.stdout.splitlines() if "written to" not in line) <= 80
    text = " ".join(done.stdout.split())
    for part in ("Belarus is the weak link", "Against the author", "What it depends on", "Without a verdict", "coin"):
        assert part in text
    content = json.loads((out / "summary.json").read_text())
    assert len(content["claims"]) == 28 and len(content["scorecard"]) == 16
    page = (out / "report.html").read_text()
    assert all(f'id="claim-{number}"' in page for number in range(1, 29))


def test_some_claims_as_json_alone_on_stdout() -> None:
    done = _cli("claims", "--only", "14,7", "--draws", "3", "--json")
    content = json.loads(done.stdout)
    assert [claim["id"] for claim in content["claims"]] == [7, 14]
    assert not re.search("NaN|Infinity", done.stdout)


def test_a_folder_of_something_else_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    done = _cli("claims", "--only", "7", "--draws", "0", "--out", str(tmp_path))
    assert done.exit_code == 2
    assert (tmp_path / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--only", "seventeen"), "--only 17,18"),
        (("--only", "99"), "no claim 99"),
        (("--data", "nowhere-at-all"), "is no folder"),
        (("--draws", "-1"), "draws"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_two(args: tuple[str, ...], message: str) -> None:
    done = _cli("claims", *args)
    assert done.exit_code == 2
    assert message in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1 or "--draws" in args


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    for name in ("unga/ideal_points_utf8.csv", "oil/brent_year.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("nothing,useful\n1,2\n")
    done = _cli("claims", "--only", "8", "--draws", "0", "--data", str(tmp_path))
    assert done.exit_code == 2
    assert "ideal_points_utf8.csv" in done.stderr


def test_run_gives_what_claims_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    # A cache of its own: one given from outside may be written meanwhile by other code of the same version.
    monkeypatch.setenv("MULTIPOLAR_CACHE", str(tmp_path / "cache"))
    asked = _cli("claims", "--draws", "2", "--seed", "7", "--out", "mine", "--json")
    assert asked.exit_code == 0, asked.stderr
    run = _cli("run", "multipolar-2009", "--draws", "2", "--seed", "7", "--json")
    assert asked.exit_code == 0, asked.stderr
    assert run.exit_code == 0, run.stderr
    assert json.loads(run.stdout) == json.loads(asked.stdout)
    for name in ("summary.json", "report.html"):
        assert Path("out", "multipolar-2009", name).read_bytes() == Path("mine", name).read_bytes()
    assert _cli("run", "multipolar-2009", "--data", "nowhere-at-all").exit_code == 2


def test_each_number_of_the_table_has_a_name_and_one_that_decides_nothing_has_no_threshold() -> None:
    done = _cli("claims", "--only", "6,15,18", "--draws", "0", width="150")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    (status,) = (at for at, line in enumerate(lines) if line.startswith("6 Equal status"))
    named = "(value of equal status above which no bargain on the WTO is left)"
    assert any(named in line for line in lines[status : status + 3])
    assert not any("below 0" in line or "above 0" in line for line in lines[status : status + 2])
    text = " ".join(" ".join(lines).split())
    assert "(what inconsistency costs in slack, less what strength does, Kazakhstan)" in text
    assert text.count("(Belarus in the union less its best way out, association certain)") == 1
    assert "at least 90% of the draws in every reading" in text and "claim 17" not in text


def test_a_rule_of_its_own_is_said() -> None:
    text = " ".join(_cli("claims", "--only", "14,16,17", "--draws", "3").stdout.split())
    assert "in at most 10% in every one; else it depends. For claim 17 the lines are 67% and 33%." in text


def test_the_argument_is_listed_among_the_studies() -> None:
    rows = {row["study"]: row for row in json.loads(_cli("studies", "--json").stdout)["studies"]}
    assert rows["multipolar-2009"]["kind"] == "claims" and rows["multipolar-2009"]["claims"] == 28
    assert rows["customs-union-2009"]["kind"] == "study" and rows["customs-union-2009"]["claims"] == 0
    assert rows["multipolar-2009"]["draws"] == inspect.signature(claims).parameters["draws"].default


def test_an_unknown_claim_is_refused_before_the_engine_is_imported() -> None:
    code = (
        "import sys\n"
        "from multipolar.cli.claims import show_claims\n"
        "try:\n"
        "    show_claims(None, 3, 1, '99', None, False)\n"
        "except Exception as error:\n"
        "    print(error, [name for name in ('jax', 'pandas', 'scipy', 'yaml') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "no claim 99; claims are numbered 1 to 28; did you mean 9? []"


def test_a_folder_without_any_of_the_files_is_refused(tmp_path: Path) -> None:
    done = _cli("claims", "--only", "9", "--draws", "0", "--data", str(tmp_path))
    assert done.exit_code == 2
    assert "holds none of the files" in done.stderr


def test_readings_that_part_stand_on_rows_of_their_own() -> None:
    done = _cli("claims", "--only", "3,24", "--draws", "0", width="120")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert any(line.startswith("· since 2000 (rise of the EU") and "refuted −6.50 log" in line for line in lines)
    assert any(line.startswith("· clubs (switches of Uzbekistan") and "5.00 switches" in line for line in lines)


def test_readings_that_part_stand_beside_their_line() -> None:
    done = _cli("claims", "--only", "17,24", "--draws", "20")
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert max(map(len, lines)) <= 80
    shares = [line for line in lines if "holds in " in line and "line" in line]
    assert len(shares) == 4 and all(re.search(r"holds in \d+%, lines? (67%|33%)", line) for line in shares)
    assert "in which share of the draws each holds" in " ".join(lines)


def test_what_explains_a_refutation_is_printed_beside_it() -> None:
    text = " ".join(_cli("claims", "--only", "9", "--draws", "0").stdout.split())
    against = text[text.index("Against the author") :]
    assert "Without Japan, Asia's share rises by 7.4 percentage points since 1992" in against
