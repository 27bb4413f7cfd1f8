"""A `World` in one file and back, bit for bit: an npz archive with a JSON label record, never a pickle."""

from __future__ import annotations

import json
import os
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.errors import OutputError, WorldError, printable
from multipolar.world.model import World

__all__ = ["read_world", "write_world"]

FORMAT = 1
MAX_BYTES = 8 * 2**30
_ARRAYS = (
    "trade_flow",
    "tariff",
    "external_tariff",
    "intermediate_use",
    "value_added",
    "final_demand",
    "trade_elasticity",
    "flow_status",
)
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    ValueError,
    LookupError,
    TypeError,
    OSError,
    EOFError,
    MemoryError,
    RuntimeError,  # encrypted, compressed in a way nobody reads, or nested too deep
    struct.error,
    OverflowError,
)
_LABELS = ("name", "year", "economies", "sectors", "economy_names", "sector_names", "members")


def write_world(world: World, path: str | Path) -> Path:
    """Write a world to one ``.world.npz`` file; an interrupted write leaves no half file behind.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    path = Path(path)
    record = {"format": FORMAT, **{name: getattr(world, name) for name in _LABELS}}
    record["provenance"] = dict(world.provenance)
    arrays = {name: getattr(world, name) for name in _ARRAYS}
    arrays |= {f"attribute:{name}": values for name, values in world.attributes.items()}
    text = json.dumps(record, ensure_ascii=False, allow_nan=False)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(temporary, "wb") as handle:
            np.savez_compressed(handle, record=np.frombuffer(text.encode(), np.uint8), **arrays)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputError(f"cannot write world to '{path}': {error.strerror}; choose a writable folder") from error
    except BaseException:  # an interrupt above all
        temporary.unlink(missing_ok=True)
        raise
    return path


def read_world(path: str | Path) -> World:
    """Read a world written by `write_world`.

    Raises
    ------
    WorldError
        If the file is missing, is not a world, is damaged, or would unpack beyond 8 GiB.
    """
    path = Path(path)
    shown = printable(str(path))
    if "\0" in str(path) or not path.is_file():
        raise WorldError(f"no world file at '{shown}'; write one with `write_world` or name a shipped world")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MAX_BYTES:
            raise WorldError(f"world file '{shown}' would unpack to {size / 2**30:.0f} GiB; the limit is 8 GiB")
        with np.load(path, allow_pickle=False) as archive:
            content: dict[str, Any] = {name: archive[name] for name in archive.files}
        record = _plain_record(json.loads(content.pop("record").tobytes().decode()))
        if record.pop("format") != FORMAT:
            raise WorldError(f"world file '{shown}' has another format; write it again with this version")
        _refuse_odd_arrays(content)
        attributes = {n.split(":", 1)[1]: content.pop(n) for n in list(content) if n.startswith("attribute:")}
        return World(**record, **content, attributes=attributes)
    except _DAMAGE as error:
        raise WorldError(
            f"'{shown}' is not a readable world file ({type(error).__name__}); it may be damaged"
        ) from error


def _refuse_odd_arrays(content: dict[str, Any]) -> None:
    for name, values in content.items():
        if not name.isprintable() or values.dtype.kind not in "fiub":
            raise ValueError("an array has another name or type")


def _plain_record(record: Any) -> dict[str, Any]:
    """Refuse labels of another type than `World` expects, and text that a terminal would obey; lists become tuples."""
    if not isinstance(record, dict) or set(record) != {"format", "provenance", *_LABELS}:
        raise ValueError("the record has other entries")
    members = record["members"]
    if type(record["year"]) is not int or not isinstance(record["provenance"], dict) or not isinstance(members, list):
        raise TypeError("the record has entries of another type")
    texts: list[Any] = [record["name"]]
    for name in ("economies", "sectors", "economy_names", "sector_names"):
        record[name] = tuple(record[name])
        texts += record[name]
    record["members"] = tuple(tuple(group) for group in members)
    texts += [code for group in record["members"] for code in group]
    if not all(isinstance(text, str) and text.isprintable() for text in texts):
        raise ValueError("a label is no printable text")
    return record
