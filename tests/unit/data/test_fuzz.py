"""Files that are cut, shuffled, wrongly encoded, swollen or garbage: one clear `DataError`, never anything else."""

from __future__ import annotations

import csv
import io
import random
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import published as pub
from multipolar.data import READERS, read
from multipolar.data.files import find_file, read_bytes
from multipolar.errors import DataError

pytest.importorskip("duckdb")
NAMES = [name for name in READERS if pub.sample(name)[0] is not None]
TABULAR = [name for name in NAMES if name not in ("wdi-api", "icio", "wiod-2016", "baci-matrix")]
BOMB_MB = 40


def survives(name: str, path: Path, options: dict[str, Any]) -> str:
    """Read a file that may be broken; returns the complaint, empty where it reads."""
    try:
        read(name, path, **options)
    except DataError as error:
        message = str(error)
        assert "\n" not in message and len(message) < 500, message
        return message
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_cut_anywhere(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    whole = path.read_bytes()
    chance = random.Random(1)
    for at in [0, 1, *sorted(chance.sample(range(2, len(whole)), 12))]:
        path.write_bytes(whole[:at])
        said = survives(name, path, options)
        if at < 2:
            assert said


@pytest.mark.parametrize("name", NAMES)
def test_bytes_changed_at_random(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    whole = bytearray(path.read_bytes())
    chance = random.Random(2)
    for _ in range(12):
        broken = bytearray(whole)
        for at in chance.sample(range(len(whole)), 5):
            broken[at] = chance.randrange(256)
        path.write_bytes(bytes(broken))
        survives(name, path, options)


@pytest.mark.parametrize("name", NAMES)
def test_garbage_and_other_encodings(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    text = path.read_text()
    for broken in (
        random.Random(3).randbytes(5000),
        b"\x00" * 1000,
        text.encode("utf-16"),
        text.encode("utf-8") + b"\xff\xfe\xe9",
        b"PK\x03\x04" + b"\x00" * 100,
        b"\x1f\x8b" + b"\x00" * 100,
        b"PAR1" + b"\x00" * 100,
    ):
        path.write_bytes(broken)
        assert survives(name, path, options), broken[:20]


@pytest.mark.parametrize("name", TABULAR)
def test_columns_in_another_order_read_the_same(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    before = read(name, path, **options).frame
    delimiter = ";" if ";" in path.read_text().split("\n")[0] else ","
    rows = list(csv.reader(io.StringIO(path.read_text()), delimiter=delimiter))
    order = list(range(len(rows[0])))
    random.Random(4).shuffle(order)
    path.write_text(pub.table(*[[row[i] for i in order] for row in rows], delimiter=delimiter))
    after = read(name, path, **options).frame
    columns = sorted(set(before.columns) - {"row"})
    left, right = (f[columns].sort_values(columns, ignore_index=True) for f in (before, after))
    assert left.equals(right)


@pytest.mark.parametrize("name", NAMES)
def test_a_huge_field(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    text = path.read_text()
    head, _, rest = text.partition("\n")
    path.write_text(f"{head}\n{'x' * 3_000_000}{rest}" if name != "wdi-api" else text.replace("CHN", "C" * 3_000_000))
    tracemalloc.start()
    said = survives(name, path, options)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert said or name == "wdi-api"
    assert peak < 100e6


@pytest.fixture(scope="module")
def bombs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("bombs")
    packed = pub.bomb(folder / "bomb.csv.gz", "a,b,c", BOMB_MB)
    archive = folder / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("BACI_Y2023_V1.csv", b"0" * (BOMB_MB << 20))
    return packed, archive


@pytest.mark.parametrize("name", NAMES)
def test_a_bomb_is_defused(name: str, tmp_path: Path, bombs: tuple[Path, Path]) -> None:
    _, options = pub.write_sample(tmp_path, name)
    for made in bombs:
        bomb = tmp_path / made.name  # beside the labels that some readers look for
        bomb.write_bytes(made.read_bytes())
        tracemalloc.start()
        said = survives(name, bomb, options)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "unpacks to more than" in said
        assert peak < 150e6


@pytest.mark.parametrize("name", pub.BINARY)
def test_archives_and_workbooks_cut_changed_or_replaced(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    whole = path.read_bytes()
    chance = random.Random(5)
    for at in [0, 1, *chance.sample(range(2, len(whole) - 25), 8)]:
        path.write_bytes(whole[:at])
        assert survives(name, path, options)
    for _ in range(12):
        broken = bytearray(whole)
        for at in chance.sample(range(len(whole)), 5):
            broken[at] = chance.randrange(256)
        path.write_bytes(bytes(broken))
        survives(name, path, options)
    for junk in (chance.randbytes(5000), b"PK\x03\x04" + b"\x00" * 100, "text".encode("utf-16")):
        path.write_bytes(junk)
        assert survives(name, path, options)


@pytest.mark.parametrize("name", pub.BINARY)
def test_archives_and_workbooks_that_swell(name: str, tmp_path: Path, bombs: tuple[Path, Path]) -> None:
    path, options = pub.write_sample(tmp_path, name)
    inner = "xl/worksheets/sheet1.xml" if path.suffix == ".xlsx" else "Eora26_2015_bp_T.txt"
    with zipfile.ZipFile(path) as archive:
        parts = {item.filename: archive.read(item) for item in archive.infolist() if item.filename != inner}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
        archive.writestr(inner, b"0" * (BOMB_MB << 20))
    for made in (path, bombs[1]):
        tracemalloc.start()
        said = survives(name, made, options)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert "unpacks to more than" in said
        assert peak < 150e6


@pytest.mark.parametrize("name", ["wiod-xlsx", "adb-mrio"])
def test_a_workbook_of_entities_or_of_endless_text(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    with zipfile.ZipFile(path) as archive:
        parts = {item.filename: archive.read(item) for item in archive.infolist()}
    sheet = max((part for part in parts if part.startswith("xl/worksheets/")), key=lambda part: len(parts[part]))
    text = parts[sheet].decode()
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    start = text.index("<worksheet")
    for changed in (
        f'<!DOCTYPE x [<!ENTITY l0 "lol">{laughs}]>{text[start:]}'.replace("<v>22", "<v>&l11;22", 1),
        text.replace("<v>22", f"<v>{random.Random(6).randbytes(3_000_000).hex()}", 1),
    ):
        assert changed != text
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, content in parts.items():
                archive.writestr(part, changed if part == sheet else content)
        tracemalloc.start()
        said = survives(name, path, options)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert said and peak < 150e6


def test_a_stata_file_cut_or_changed(tmp_path: Path) -> None:
    path = tmp_path / "WIOT2014_October16_ROW.dta"
    pub.wiod_2016_stata(path)
    whole = path.read_bytes()
    chance = random.Random(7)
    for at in [0, 20, *chance.sample(range(21, len(whole) - 400), 8)]:
        path.write_bytes(whole[:at])
        assert survives("wiod-2016", path, {})
    for _ in range(25):
        broken = bytearray(whole)
        for at in chance.sample(range(len(whole)), 5):
            broken[at] = chance.randrange(256)
        path.write_bytes(bytes(broken))
        survives("wiod-2016", path, {})


@pytest.mark.parametrize("partner", [False, True])
def test_bulk_tariffs_cut_and_shuffled(partner: bool, tmp_path: Path) -> None:
    path = tmp_path / "AVEMFN_H3_EUN_2009_U2.csv"
    text = pub.trains_bulk(partner)
    chance = random.Random(8)
    for at in [0, 1, *chance.sample(range(2, len(text)), 10)]:
        path.write_text(text[:at])
        survives("trains", path, {})
    rows = list(csv.reader(io.StringIO(text)))
    order = list(range(len(rows[0])))
    chance.shuffle(order)
    path.write_text(text)
    before = read("trains", path).frame
    path.write_text(pub.table(*[[row[i] for i in order] for row in rows]))
    assert before.equals(read("trains", path).frame)


def test_npz_bombs_pickles_and_cuts(tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, "wiod-npz")
    whole = path.read_bytes()
    for at in (0, 10, len(whole) // 2, len(whole) - 5):
        path.write_bytes(whole[:at])
        assert survives("wiod-npz", path, options)
    np.savez(path, Z=np.array([{}], dtype=object), F=np.zeros(1), x=np.zeros(1), countries=["DEU"], sectors=["a"])
    assert "ValueError" in survives("wiod-npz", path, options)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out, out.open("Z.npy", "w", force_zip64=True) as member:
        for _ in range(1100):
            member.write(b"0" * (1 << 20))
    assert "1 GiB" in survives("wiod-npz", path, options)


def test_parquet_is_checked_like_text(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    path = tmp_path / "nmc.parquet"
    text, _ = pub.sample("cow-nmc")
    frame = pandas.read_csv(io.StringIO(text))
    frame.to_parquet(path)
    assert len(read("cow-nmc", path).frame) == 5
    frame.assign(year=2009.5).to_parquet(path)
    assert "year" in survives("cow-nmc", path, {})
    path.write_bytes(path.read_bytes()[:300])
    assert "Parquet" in survives("cow-nmc", path, {})


def test_names_may_not_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "secret.csv").write_text("x")
    (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "secret.csv")
    for name in ("../secret.csv", "/etc/passwd", "link.csv", "a\0b", ""):
        with pytest.raises(DataError, match="folder"):
            find_file(name, (tmp_path / "in",))


def test_the_limit_is_that_of_the_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" * 1000)
    assert len(read_bytes(path, limit=1000)) == 1000
    with pytest.raises(DataError, match="unpacks"):
        read_bytes(path, limit=999)
