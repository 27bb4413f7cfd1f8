"""A `World` in one file and back, bit for bit: an npz archive with a JSON label record, never a pickle."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.errors import OutputError, WorldError
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
    return path


def read_world(path: str | Path) -> World:
    """Read a world written by `write_world`.

    Raises
    ------
    WorldError
        If the file is missing, is not a world, is damaged, or would unpack beyond 8 GiB.
    """
    path = Path(path)
    if not path.is_file():
        raise WorldError(f"no world file at '{path}'; write one with `write_world` or name a shipped world")
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(item.file_size for item in archive.infolist())
        if size > MAX_BYTES:
            raise WorldError(f"world file '{path}' would unpack to {size / 2**30:.0f} GiB; the limit is 8 GiB")
        with np.load(path, allow_pickle=False) as archive:
            content: dict[str, Any] = {name: archive[name] for name in archive.files}
        record = json.loads(content.pop("record").tobytes().decode())
        if record.pop("format") != FORMAT:
            raise WorldError(f"world file '{path}' has another format; write it again with this version")
        attributes = {n.split(":", 1)[1]: content.pop(n) for n in list(content) if n.startswith("attribute:")}
        for name in ("economies", "sectors", "economy_names", "sector_names", "members"):
            record[name] = tuple(record[name])
        return World(**record, **content, attributes=attributes)
    except (zipfile.BadZipFile, ValueError, KeyError, TypeError, OSError, EOFError) as error:
        raise WorldError(
            f"'{path}' is not a readable world file ({type(error).__name__}); it may be damaged"
        ) from error
