"""Compiling the shipped tables from the downloaded data gives the tables that ship, to the last character."""

from __future__ import annotations

import subprocess
import sys
from importlib import resources
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SHIPPED = resources.files("multipolar.world.bundled").joinpath("world-2009")


def test_tables_are_reproduced(shared_data: Path, tmp_path: Path):
    command = [sys.executable, str(ROOT / "tools" / "world2009" / "compile.py")]
    options = ["--data", str(shared_data), "--out", str(tmp_path)]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    written = sorted(path.name for path in tmp_path.iterdir())
    assert written == sorted(entry.name for entry in SHIPPED.iterdir() if entry.name.endswith(".csv"))
    for name in written:
        assert (tmp_path / name).read_text() == SHIPPED.joinpath(name).read_text(), name


def test_report_on_balancing_is_current(tmp_path: Path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from balancing import write_report; "
        "write_report(Path(sys.argv[2]))"
    )
    target = tmp_path / "report.md"
    arguments = [str(ROOT / "tools" / "world2009"), str(target)]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True, timeout=120)
    assert target.read_text() == (ROOT / "docs" / "world-2009-balancing.md").read_text()


def test_a_missing_figure_stops_the_build_and_is_named(shared_data: Path, tmp_path: Path):
    """Without the elasticities the compile step ends with a message that names the figure."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import gaps, compile; from pathlib import Path; "
        "gaps.ELASTICITIES['goods'] = (4.5, 3.5, 7.0, ('nobody',), ''); compile.compile_tables(Path(sys.argv[2]))"
    )
    arguments = [str(ROOT / "tools" / "world2009"), str(shared_data)]
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=300)
    assert done.returncode != 0
    assert "no source for figure 'trade_elasticity/goods'" in done.stderr
