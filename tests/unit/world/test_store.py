"""World files that nobody has vetted: what cannot be read is refused in one line, whatever it is."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multipolar.errors import UnknownNameError, WorldError
from multipolar.world import read_world, write_world
from multipolar.world.bundled import load_world
from toys import toy_world


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write_world(toy_world(), tmp_path / "toy.world.npz")


def rewritten(path: Path, **changes: Any) -> Path:
    """Write the file again with other entries; one that is None is left out."""
    with np.load(path) as archive:
        content = {name: archive[name] for name in archive.files} | changes
    np.savez(path, **{name: values for name, values in content.items() if values is not None})
    return path


def record(path: Path, **changes: Any) -> np.ndarray:
    with np.load(path) as archive:
        old = json.loads(archive["record"].tobytes().decode())
    return np.frombuffer(json.dumps(old | changes).encode(), np.uint8)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a\x1b[31mb"},
        {"name": 3},
        {"year": "2009"},
        {"economies": 3},
        {"economies": [1, 2, 3, 4, 5, 6]},
        {"sector_names": ["a", "b", "c\u202e"]},
        {"members": "RUS"},
        {"members": [[1]] * 6},
        {"provenance": []},
        {"format": 2},
        {"more": 1},
    ],
)
def test_labels_of_another_kind(path: Path, changes: dict[str, Any]) -> None:
    rewritten(path, record=record(path, **changes))
    with pytest.raises(WorldError) as caught:
        read_world(path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "changes",
    [
        {"record": None},
        {"record": np.frombuffer(b"[" * 100_000, np.uint8)},
        {"record": np.frombuffer(b"\xff\xfe", np.uint8)},
        {"tariff": None},
        {"tariff": np.zeros((2, 2))},
        {"tariff": np.array(["x"] * 3)},
        {"tarif": np.zeros(3)},
        {"attribute:x\x1b[31m": np.zeros(6)},
        {"trade_flow": np.zeros((6, 6, 3), dtype=complex)},
    ],
)
def test_entries_of_another_kind(path: Path, changes: dict[str, Any]) -> None:
    rewritten(path, **changes)
    with pytest.raises(WorldError):
        read_world(path)


def _claims(shape: tuple[int, ...]) -> bytes:
    """An array file whose header claims a shape that its few bytes do not hold."""
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": "<f8", "fortran_order": False, "shape": shape})
    return stream.getvalue() + b"\0" * 8


@pytest.mark.parametrize("shape", [(10**18,), (10**12,), (-1,), (2**63,), (2**31, 2**31, 2**31)])
def test_an_array_that_claims_to_be_huge(path: Path, shape: tuple[int, ...]) -> None:
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("attribute:x.npy", _claims(shape))
    with pytest.raises(WorldError):
        read_world(path)


def test_damage_anywhere_is_refused_or_harmless(path: Path) -> None:
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(len(whole), size=rng.integers(1, 6)):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged[: len(whole) if rng.random() < 0.7 else rng.integers(len(whole))])
        try:
            read_world(path)
        except WorldError as error:
            assert "\n" not in str(error)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("missing.npz", "no world file at 'missing.npz'"),
        ("a\0b.npz", "no world file at"),
        ("\x1b[31m.npz", r"no world file at '\\x1b"),
        ("my.world", "the name of a world file ends in .npz"),
        ("some/where", "the name of a world file ends in .npz"),
        ("", "unknown world ''"),
        ("world-209", "did you mean world-2009"),
    ],
)
def test_names_of_no_world(name: str, words: str) -> None:
    with pytest.raises((WorldError, UnknownNameError), match=words):
        load_world(name)
