"""A result folder is whole or as it was before, and nothing of anybody else's is deleted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import OutputError
from multipolar.study.folder import MARKER, ResultFolder


def _write(path: Path, text: str) -> None:
    with ResultFolder(path) as folder, folder.replacing() as part:
        (part / "summary.json").write_text(text)
        (part / "figures").mkdir()
        (part / "figures" / "a.svg").write_text(text)


def _siblings(path: Path) -> list[str]:
    return sorted(p.name for p in path.parent.iterdir())


def test_a_result_replaces_the_one_before(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    _write(out, "one")
    _write(out, "two")
    assert (out / "summary.json").read_text() == "two"
    assert _siblings(out) == ["out"]


def test_a_failure_while_writing_keeps_the_result_before(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _write(out, "one")
    with pytest.raises(RuntimeError), ResultFolder(out) as folder, folder.replacing() as part:
        (part / "summary.json").write_text("half")
        raise RuntimeError
    assert (out / "summary.json").read_text() == "one"
    assert _siblings(out) == ["out"]


def test_a_failure_before_anything_leaves_no_trace(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError), ResultFolder(tmp_path / "out"):
        raise RuntimeError
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("existing", [None, MARKER])
def test_files_of_others_are_never_deleted(tmp_path: Path, existing: str | None) -> None:
    out = tmp_path / "out"
    if existing:
        _write(out, "one")
    else:
        out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="choose another folder with --out"), ResultFolder(out):
        pass
    assert (out / "thesis.tex").read_text() == "years of work"


def test_a_hostile_marker_does_not_help(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "thesis.tex").write_text("years of work")
    (out / MARKER).write_text('{"files": 3}')
    with pytest.raises(OutputError), ResultFolder(out):
        pass
    assert (out / "thesis.tex").exists()


def test_a_run_killed_between_the_renames_is_mended(tmp_path: Path) -> None:
    out = tmp_path / "out"
    _write(out, "one")
    out.rename(tmp_path / ".out.old")
    (tmp_path / ".out.part").mkdir()
    with ResultFolder(out):
        assert (out / "summary.json").read_text() == "one"
    assert _siblings(out) == ["out"]


def test_two_runs_cannot_share_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with ResultFolder(tmp_path / "out"):
        with pytest.raises(OutputError, match="another run"), ResultFolder(tmp_path / "out"):
            pass
        assert (tmp_path / "out").exists()


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    for path in (tmp_path / "out", tmp_path / "out" / "below"):
        with pytest.raises(OutputError, match="--out"), ResultFolder(path):
            pass
    assert (tmp_path / "out").read_text() == "a file"


def test_the_root_folder_is_refused() -> None:
    with pytest.raises(OutputError, match="--out"):
        ResultFolder("/")


def test_checkpoint_keeps_chunks_and_forgets_other_runs(tmp_path: Path) -> None:
    values, failures = np.array([[1.0, np.nan]]), [{"draw": 0, "scenario": None, "reason": "x"}]
    with ResultFolder(tmp_path / "out") as folder:
        folder.checkpoint("aaa").save("draws", {"values": values}, failures)
        kept = folder.checkpoint("aaa").load("draws")
        assert kept is not None
        np.testing.assert_array_equal(kept[0]["values"], values)
        assert kept[1] == failures
        assert folder.checkpoint("bbb").load("draws") is None
        assert folder.checkpoint("aaa").load("draws") is None


def test_a_damaged_chunk_counts_as_missing(tmp_path: Path) -> None:
    checkpoint = ChunkStore(tmp_path)
    checkpoint.save("draws", {"values": np.ones(3)}, [])
    path = tmp_path / "draws.npz"
    path.write_bytes(path.read_bytes()[:40])
    assert checkpoint.load("draws") is None
    path.write_bytes(b"")
    assert checkpoint.load("draws") is None
