"""Files of strangers: read where they can be, refused in one line where not, within bounds."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from gravity_toys import made_frame
from multipolar.errors import GravityError
from multipolar.gravity import files, parse_formula
from multipolar.gravity.files import columns_needed, read_panel


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz", "t.parquet"])
def test_all_formats_give_the_same_panel(tmp_path: Path, name: str) -> None:
    frame = made_frame(4, 2).rename(columns={"exporter": "from"}).assign(kind="a", junk="x")
    frame = pd.concat([frame, frame.assign(kind="b")])
    path = tmp_path / name
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
    panel = read_panel(path, columns={"exporter": "from"}, extra=["rta"], where={"kind": "b"})
    assert len(panel) == 24 and set(panel.frame) == {"exporter", "importer", "year", "trade", "rta", "kind"}
    assert panel.frame["trade"].sum() == pytest.approx(made_frame(4, 2)["trade"].sum())


def test_namibia_is_no_gap_in_the_data(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("exporter,importer,year,trade\nNAM,ZAF,2000,1\nZAF,NAM,2000,\n")
    with pytest.raises(GravityError, match=r"trade is empty in 1 rows, first in row 2 \(ZAF, NAM, 2000\)"):
        read_panel(path)
    assert len(read_panel(path, unknown_trade="drop")) == 1


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("t.csv", b"", "damaged or no CSV"),
        ("t.csv", b"exporter,importer,year\nA,B,2000\n", "no column 'trade'"),
        ("t.csv", b"exporter,importer,year,trade\nA,B,2000\n\xff\xfe,B,1,2\n", "not UTF-8"),
        ("t.csv", b'exporter,importer,year,trade\n"A,B,2000,1\n', "damaged or no CSV"),
        ("t.csv", b"exporter,importer,year,trade\nA,B,2000,1,2,3\n", "damaged or no CSV"),
        ("t.csv.gz", b"exporter,importer,year,trade\n", "damaged"),
        ("t.csv.gz", gzip.compress(b"exporter,importer,year,trade\nA,B,2000,1\n", mtime=0)[:-9], "damaged"),
        ("t.parquet", b"PAR1", "damaged or no Parquet"),
        ("t.xlsx", b"", "neither .csv"),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(GravityError, match=words) as caught:
        read_panel(tmp_path / name)
    assert "\n" not in str(caught.value) and name in str(caught.value)


def test_missing_files_and_empty_choices(tmp_path: Path) -> None:
    with pytest.raises(GravityError, match="there is no file"):
        read_panel(tmp_path / "none.csv")
    made_frame(3, 2).assign(kind="a").to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(GravityError, match="no row with kind = 'b'"):
        read_panel(tmp_path / "t.csv", where={"kind": "b"})


def test_a_bomb_is_refused_before_it_unfolds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MOST_BYTES", 1_000_000)
    monkeypatch.setattr(files, "MOST_ROWS", 1000)
    bomb = tmp_path / "t.csv.gz"
    bomb.write_bytes(gzip.compress(b"exporter,importer,year,trade\n" + b"A,B,2000,1\n" * 2_000_000))
    with pytest.raises(GravityError, match="unfolds to more than"):
        read_panel(bomb)
    long = tmp_path / "t.csv"
    long.write_bytes(b"exporter,importer,year,trade\n" + b"A,B,2000,1\n" * 2000)
    with pytest.raises(GravityError, match="more than 1,000 rows"):
        read_panel(long)
    made_frame(40, 1).to_parquet(tmp_path / "t.parquet")
    with pytest.raises(GravityError, match="1,560 rows"):
        read_panel(tmp_path / "t.parquet")


def test_only_the_columns_that_equations_name_are_needed() -> None:
    formula = parse_formula("trade ~ lag(rta, 4):cis + border + border_time | exporter_time + pair^product")
    assert columns_needed([formula], "region+pair") == ["rta", "cis", "product", "region"]
