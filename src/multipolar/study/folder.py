"""A folder that holds either one whole result or the previous one, however a run ends.

The result is written into a sibling and renamed. Finished chunks of draws wait in ``.checkpoint`` inside the folder
until then, named by a hash of everything that decides their numbers.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import OutputError

__all__ = ["MARKER", "ResultFolder"]

MARKER = ".multipolar.json"
"""File in a result folder that lists what was written, so that nothing else is ever deleted."""

CHECKPOINT = ".checkpoint"


class ResultFolder:
    """Place of one result on disk.

    Parameters
    ----------
    path
        The folder; made if it is absent.

    Raises
    ------
    OutputError
        If it cannot be written, is in use by another run, or holds files that this package did not write.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(os.path.realpath(Path(path).expanduser()))
        if not self.path.name:
            raise OutputError(f"'{path}' cannot hold a result; name a folder of its own with --out")
        self._part = self.path.with_name(f".{self.path.name}.part")
        self._old = self.path.with_name(f".{self.path.name}.old")
        self._lock: int | None = None
        self._made: list[Path] = []
        self._ours = False

    def __enter__(self) -> ResultFolder:
        try:
            if self._old.is_dir() and not self.path.exists():
                os.replace(self._old, self.path)  # a run was killed between its two renames
            _refuse_foreign(self.path)
            self._made = [p for p in (self.path, *self.path.parents) if not p.exists()]
            self._ours = bool(self._made) or (self.path / MARKER).exists()
            self.path.mkdir(parents=True, exist_ok=True)
            self._write_marker_if_new()
            self._lock = _take_lock(self.path)
            for leftover in (self._part, self._old):
                if leftover.exists():
                    shutil.rmtree(leftover)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError):
            if not any(p for p in self.path.rglob("*") if p.is_file() and p.name != MARKER):  # nothing came of it
                self._leave_no_trace()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def _leave_no_trace(self) -> None:
        """Remove an empty result that is ours, and the folders above it that were made for it and hold nothing else."""
        if (self.path / CHECKPOINT).is_dir():
            shutil.rmtree(self.path / CHECKPOINT)
        (self.path / MARKER).unlink(missing_ok=True)
        if self._ours:
            self.path.rmdir()
        for folder in self._made[1:]:
            folder.rmdir()  # fails on the first that is not empty

    def checkpoint(self, key: str, resume: bool = True) -> ChunkStore:
        """Return the chunks of the run with this content hash; chunks of other runs are dropped."""
        home = self.path / CHECKPOINT
        try:
            if home.exists():
                for other in home.iterdir():
                    if other.name != key or not resume:
                        shutil.rmtree(other)
            return ChunkStore(home / key)
        except OSError as error:
            raise _cannot_write(self.path, error) from error

    @contextmanager
    def replacing(self) -> Iterator[Path]:
        """Give an empty sibling to write into; when the block ends well it takes the place of the folder."""
        try:
            self._part.mkdir()
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        try:
            yield self._part
            _write_marker(self._part)
            os.replace(self.path, self._old)
            os.replace(self._part, self.path)
        except OSError as error:
            raise _cannot_write(self.path, error) from error
        finally:
            if self._old.is_dir() and not self.path.exists():
                os.replace(self._old, self.path)  # stopped between the two renames: what was there stays
            shutil.rmtree(self._part, ignore_errors=True)
        shutil.rmtree(self._old, ignore_errors=True)

    def _write_marker_if_new(self) -> None:
        if not (self.path / MARKER).exists():
            _write_marker(self.path)


def _cannot_write(path: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot write to '{path}': {error.strerror or error}; choose another folder with --out")


def _write_marker(folder: Path) -> None:
    files = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    (folder / MARKER).write_text(json.dumps({"multipolar_result": 1, "files": files}, indent=1) + "\n")


def _refuse_foreign(path: Path) -> None:
    """Refuse a folder with anything in it that the marker does not list: replacing it would delete that."""
    if not path.exists():
        return
    if not path.is_dir():
        raise OutputError(f"'{path}' is a file; name a folder with --out")
    inside = [p for p in path.rglob("*") if p.is_file() and CHECKPOINT not in p.relative_to(path).parts[:1]]
    if not inside:
        return
    try:
        listed = set(json.loads((path / MARKER).read_text(encoding="utf-8"))["files"]) | {MARKER}
    except (OSError, ValueError, KeyError, TypeError):
        raise OutputError(
            f"'{path}' holds files and is not a multipolar result; choose another folder with --out"
        ) from None
    foreign = sorted(p.relative_to(path).as_posix() for p in inside if p.relative_to(path).as_posix() not in listed)
    if foreign:
        raise OutputError(
            f"'{path}' holds '{foreign[0]}', which this program did not write; move it away or choose another "
            "folder with --out"
        )


def _take_lock(path: Path) -> int | None:
    """Hold the folder for this process; the system lets go when the process ends, however it ends."""
    with contextlib.suppress(ImportError):
        import fcntl

        handle = os.open(path, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            raise OutputError(
                f"another run is writing to '{path}'; wait for it or choose another folder with --out"
            ) from None
        return handle
    return None
