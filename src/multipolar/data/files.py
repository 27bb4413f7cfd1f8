"""Open files nobody has vetted: plain or compressed, bounded in size, never unpacked to a path of their choosing."""

from __future__ import annotations

import gzip
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from multipolar.errors import DataError, printable

__all__ = ["LARGE", "SMALL", "columns_found", "find_file", "open_bytes", "plain_copy", "read_bytes", "read_text"]

SMALL = 256 * 2**20
"""Most bytes that a file read into memory may unpack to."""
LARGE = 16 * 2**30
"""Most bytes that a file read as a stream may unpack to."""
MOST_RATIO = 500
"""Largest ratio of unpacked to packed size that is believed; a table of numbers packs 3 to 30 times."""
MOST_COLUMNS_SHOWN = 12
"""Columns of a file that a message names."""
_CHUNK = 1 << 20
_LEAST_PACKED = 1 << 16
_BROKEN = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError)


def find_file(name: str, folders: tuple[Path, ...]) -> Path:
    """Return the first file of that name, which may not leave the folders.

    Raises
    ------
    DataError
        If the name is absolute, points outside a folder, or no folder has it.
    """
    if not name or "\0" in name or Path(name).is_absolute():
        raise DataError(f"file name '{name[:80]}' must be a path inside the data folder")
    for folder in folders:
        root = folder.resolve()
        path = (root / name).resolve()
        if not path.is_relative_to(root):
            raise DataError(f"file name '{name[:80]}' leaves the data folder; name a file inside it")
        if path.is_file():
            return path
        if path.is_dir():
            raise DataError(f"'{name}' is a folder in '{folder}'; name the file in it")
    places = ", ".join(f"'{folder}'" for folder in folders)
    raise DataError(f"no file '{name}' in {places}; fetch or copy it there, or name its folder with --data")


def columns_found(names: Sequence[str]) -> str:
    """Return what a file has in place of a column that it lacks, for the end of a message."""
    shown = ", ".join(printable(str(name))[:30] for name in names[:MOST_COLUMNS_SHOWN] if str(name).strip())
    more = f" and {len(names) - MOST_COLUMNS_SHOWN} more" if len(names) > MOST_COLUMNS_SHOWN else ""
    return f"the file has {shown}{more}" if shown else "the file has no named columns"


@contextmanager
def open_bytes(path: str | Path, *, member: str | None = None, limit: int = SMALL) -> Iterator[IO[bytes]]:
    """Open a plain, gzip or zip file for reading its content.

    Parameters
    ----------
    path
        A file; compression is told from its content, not its name.
    member
        Name, or end of the name, of the part of a zip to read; without it the zip must hold one file.
    limit
        Most bytes of content; reading on raises.

    Raises
    ------
    DataError
        If there is no such file or part, it is damaged, or its content exceeds the limit.
    """
    path = Path(path)
    try:
        with open(path, "rb") as raw:
            head = raw.read(4)
    except IsADirectoryError:
        raise DataError("is a folder; name the file in it", str(path)) from None
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}; check the path", str(path)) from error
    try:
        if head.startswith(b"\x1f\x8b"):
            _refuse_swollen(path, limit)
            with gzip.open(path, "rb") as stream:
                yield _Bounded(stream, path, limit)  # type: ignore[misc]
        elif head.startswith(b"PK\x03\x04"):
            with zipfile.ZipFile(path) as archive, archive.open(_member(archive, path, member, limit)) as stream:
                yield _Bounded(stream, path, limit)  # type: ignore[misc]
        else:
            with open(path, "rb") as stream:
                yield _Bounded(stream, path, limit)  # type: ignore[misc]
    except DataError:
        raise
    except _BROKEN as error:
        text = " ".join(str(error).split())[:120] or type(error).__name__
        raise DataError(f"the file is damaged or cut ({text}); fetch it again", path.name) from error


def read_bytes(path: str | Path, *, member: str | None = None, limit: int = SMALL) -> bytes:
    """Return the content of a plain, gzip or zip file; see `open_bytes`."""
    with open_bytes(path, member=member, limit=limit) as stream:
        return stream.read()


def read_text(path: str | Path, *, member: str | None = None, limit: int = SMALL, encoding: str = "utf-8-sig") -> str:
    """Return the content as text.

    Raises
    ------
    DataError
        As `open_bytes`, and naming the row of the first byte that is not in the encoding, or of a NUL.
    """
    raw = read_bytes(path, member=member, limit=limit)
    name = Path(path).name
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        row = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"not {encoding.removesuffix('-sig').upper()} text; save it in that encoding", name, row
        ) from None
    if "\0" in text:
        row = text[: text.index("\0")].count("\n") + 1
        raise DataError("holds a NUL byte, so it is no text table; fetch or save it again", name, row)
    return text


@contextmanager
def plain_copy(path: str | Path, *, member: str | None = None, limit: int = LARGE) -> Iterator[Path]:
    """Give the path of the content as a plain file: the file itself, or a temporary copy of a compressed one."""
    path = Path(path)
    with open_bytes(path, member=member, limit=limit) as stream:
        if not stream.compressed:  # type: ignore[attr-defined]
            yield path
            return
        with tempfile.TemporaryDirectory(prefix="multipolar-") as folder:
            target = Path(folder) / "content"
            with open(target, "wb") as out:
                while block := stream.read(_CHUNK):
                    out.write(block)
            yield target


def _member(archive: zipfile.ZipFile, path: Path, member: str | None, limit: int) -> zipfile.ZipInfo:
    files = [item for item in archive.infolist() if not item.is_dir()]
    if member is not None:
        files = [item for item in files if item.filename.endswith(member)]
    if len(files) != 1:
        names = ", ".join(item.filename[:60] for item in files[:5]) or "none"
        wanted = "one file" if member is None else f"one file that ends in '{member}'"
        raise DataError(f"the archive must hold {wanted}; it holds {names}", path.name)
    if files[0].file_size > limit or files[0].file_size > MOST_RATIO * max(files[0].compress_size, 1024):
        raise _too_big(path, limit)
    return files[0]


def _refuse_swollen(path: Path, limit: int) -> None:
    """Refuse a gzip file that says at its end that it is a bomb; one that lies is caught on the way."""
    packed = path.stat().st_size
    with open(path, "rb") as raw:
        raw.seek(max(packed - 4, 0))
        said = int.from_bytes(raw.read(4), "little")
    if said > min(limit, MOST_RATIO * max(packed, _LEAST_PACKED)) and packed > 18:
        # Of a file that was cut the last bytes are anything.
        raise DataError(
            f"unpacks to more than {limit / 2**20:,.0f} MiB or {MOST_RATIO} times its size, or was cut short; fetch it "
            "again",
            path.name,
        )


def _too_big(path: Path, limit: int) -> DataError:
    return DataError(
        f"unpacks to more than {limit / 2**20:,.0f} MiB or {MOST_RATIO} times its size; it is another file or a trap",
        path.name,
    )


class _Bounded:
    """A binary stream that refuses to give more than `limit` bytes, or an absurd multiple of the packed size."""

    def __init__(self, stream: IO[bytes], path: Path, limit: int) -> None:
        self._stream = stream
        self._path = path
        self.compressed = not hasattr(stream, "fileno") or isinstance(stream, gzip.GzipFile | zipfile.ZipExtFile)
        packed = path.stat().st_size
        self._limit = min(limit, MOST_RATIO * max(packed, _LEAST_PACKED)) if self.compressed else limit
        self._given = 0

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            parts = []
            while block := self.read(_CHUNK):
                parts.append(block)
            return b"".join(parts)
        block = self._stream.read(size)
        self._given += len(block)
        if self._given > self._limit:
            raise _too_big(self._path, self._limit)
        return block
