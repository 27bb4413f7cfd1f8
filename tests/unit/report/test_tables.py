"""The tidy table of effects, in memory and on disk."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from multipolar.report import effects_table
from multipolar.report.tables import write_tables
from toy_study import toy_summary


@pytest.mark.parametrize("draws", [0, 6])
def test_the_files_hold_the_table_to_the_last_bit(tmp_path: Path, draws: int) -> None:
    table = effects_table(toy_summary(draws))
    assert len(table) > 50
    write_tables(toy_summary(draws), tmp_path)
    assert (tmp_path / "effects.csv").read_text(encoding="utf-8") == table.to_csv(index=False, lineterminator="\n")
    read = pd.read_csv(tmp_path / "effects.csv").astype({"lo": float, "hi": float})
    pd.testing.assert_frame_equal(read, table, check_exact=True)
    pytest.importorskip("pyarrow")
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "effects.parquet"), table, check_exact=True)


def test_a_table_without_rows_is_a_table(tmp_path: Path) -> None:
    summary = toy_summary(0) | {"scenarios": []}
    write_tables(summary, tmp_path)
    assert (tmp_path / "effects.csv").read_text() == "scenario,economy,measure,value,lo,hi\n"
    pytest.importorskip("pyarrow")
    assert pd.read_parquet(tmp_path / "effects.parquet").empty


def test_a_result_is_written_without_loading_pandas(tmp_path: Path) -> None:
    (tmp_path / "summary.json").write_text(json.dumps(toy_summary(0)), encoding="utf-8")
    (tmp_path / "out").mkdir()
    code = (
        "import json, pathlib, sys; from multipolar.report import write_result;"
        "folder = pathlib.Path(sys.argv[1]);"
        "write_result(json.loads((folder / 'summary.json').read_text(encoding='utf-8')), folder / 'out');"
        "sys.exit('pandas' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    assert (tmp_path / "out" / "report.html").exists()
