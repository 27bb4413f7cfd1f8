"""Finished chunks of a long batch on disk: whole or absent, never half, however the process ends."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.errors import OutputError

__all__ = ["ChunkStore", "digest"]


def digest(*parts: Any) -> str:
    """Return a hash of arrays and of anything JSON can write; equal input, equal hash, on every machine."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        if isinstance(part, np.ndarray):
            state.update(f"{part.dtype.str}{part.shape}".encode())
            state.update(np.ascontiguousarray(part).tobytes())
        else:
            state.update(json.dumps(part, sort_keys=True).encode())
        state.update(b"\0")
    return state.hexdigest()


class ChunkStore:
    """Chunks in a folder, each under the hash of everything that decides its numbers.

    A damaged or foreign file counts as not computed. Nothing is ever deleted: the folder is the caller's.

    Parameters
    ----------
    folder
        Where the chunks lie; made if absent. None keeps nothing.

    Raises
    ------
    OutputError
        If the folder cannot be written.
    """

    def __init__(self, folder: str | Path | None) -> None:
        self.folder = None if folder is None else Path(folder).expanduser()
        if self.folder is not None:
            try:
                self.folder.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise _cannot_write(self.folder, error) from error

    def load(self, name: str) -> tuple[dict[str, np.ndarray], Any] | None:
        """Return arrays and record of a chunk, or None if it must be computed."""
        if self.folder is None:
            return None
        try:
            # Opened here, not by NumPy, which leaves a damaged file open.
            with (self.folder / f"{name}.npz").open("rb") as handle, np.load(handle, allow_pickle=False) as archive:
                arrays = {key: archive[key] for key in archive.files}
            return arrays, json.loads(arrays.pop("record").tobytes().decode())
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None

    def save(self, name: str, arrays: Mapping[str, np.ndarray], record: Any) -> None:
        """Keep a chunk; written beside and renamed."""
        if self.folder is None:
            return
        part = self.folder / f"{name}.{os.getpid()}.part"
        content: dict[str, Any] = {**arrays, "record": np.frombuffer(json.dumps(record).encode(), np.uint8)}
        try:
            with part.open("wb") as handle:
                np.savez(handle, **content)
            os.replace(part, self.folder / f"{name}.npz")
        except OSError as error:
            part.unlink(missing_ok=True)
            raise _cannot_write(self.folder, error) from error


def _cannot_write(folder: Path, error: OSError) -> OutputError:
    return OutputError(f"cannot keep chunks in '{folder}': {error.strerror or error}; choose another folder")
