"""Every reader on a small file in the published layout, and what each complaint says."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import published as pub
from multipolar.data import READERS, read
from multipolar.data.readers import KINDS
from multipolar.data.readers.tables_io import InputOutput, from_pymrio
from multipolar.errors import DataError, UnknownNameError

pytest.importorskip("duckdb")
TEXT = [name for name in READERS if pub.sample(name)[0] is not None]


@pytest.mark.parametrize("name", [*TEXT, "wiod-npz", *pub.BINARY])
def test_a_published_file_becomes_a_table(name: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, name)
    made = read(name, path, **options)
    if isinstance(made, InputOutput):
        assert made.economies == ("DEU", "RUS", "USA" if name == "eora26" else "ROW")
        assert made.intermediate.shape == (3, 3, 3, 3) and made.final.shape == (3, 3, 3, 2)
        assert "1 negative cells of final demand" in made.notes.remarks[0]
        return
    assert set(KINDS[READERS[name].kind]) <= set(made.frame.columns)
    assert len(made.frame) > 0 and made.notes.rows_read >= len(made.frame) / 20
    for column in ("origin", "destination", "iso3"):
        if column in made.frame:
            assert set(made.frame[column]) <= {*pub.CODES, ""}


def test_every_reader_has_a_sample_or_a_reason() -> None:
    others = set(READERS) - set(TEXT)
    assert others == {"wiod-npz", "caliendo-parro", "gtap-tables", "gtap-tariffs", *pub.BINARY}  # GTAP: gtap_toys


def test_values_units_and_codes(tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, "wits-reports")
    frame = read("wits-reports", path, **options).frame.set_index(["origin", "destination", "side"]).value
    assert frame["RUS", "KAZ", "exporter"] == pytest.approx(pub.size("RUS", "KAZ"))
    assert frame["RUS", "USA", "importer"] == pytest.approx(1.06 * pub.size("RUS", "USA"))
    assert ("RUS", "KAZ", "importer") not in frame.index
    path, options = pub.write_sample(tmp_path, "baci")
    table = read("baci", path, **options)
    flows = table.frame.set_index(["origin", "destination", "sector"]).value
    assert flows["RUS", "KAZ", "energy"] == pytest.approx(4e4 + pub.size("RUS", "KAZ"))
    assert flows["RUS", "KAZ", "goods"] == pytest.approx(2 * (4e4 + pub.size("RUS", "KAZ")))
    assert table.notes.rows_read == 60
    path, options = pub.write_sample(tmp_path, "tariffs-csv")
    rates = read("tariffs-csv", path, **options).frame.set_index(["origin", "destination"]).rate
    assert rates["", "KAZ"] == pytest.approx(0.05) and rates["RUS", "KAZ"] == 0
    path, options = pub.write_sample(tmp_path, "cow-nmc")
    assert read("cow-nmc", path).frame.military_spending.isna().all()


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, "wits-reports")
    assert read("wits-reports", path, **options).notes.dropped == {"partner is an aggregate (WLD)": 1}
    path, options = pub.write_sample(tmp_path, "cow-nmc")
    assert read("cow-nmc", path).notes.dropped == {"iso3 unknown to the atlas (265)": 1}
    path, options = pub.write_sample(tmp_path, "ucdp-acd")
    assert read("ucdp-acd", path).notes.dropped == {"the same conflict and year with another opponent": 1}


def test_order_of_columns_and_old_codes_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("trade_kusd,importer,exporter\n5,USA,ROM\n7,RUS,ZAR\n")
    frame = read("wits-trade", path, year=2009).frame
    assert list(frame.origin) == ["ROU", "COD"] and list(frame.value) == [0.005, 0.007]


HEAD = "origin,destination,value_usd_mn\n"


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        (HEAD + "RUS,KAZ,5\nRUS,XYZ,6\n", 3, "unknown economies: XYZ"),
        (HEAD + "RUS,KAZ,5\nKAZ,RUS,1\nRUS,KAZ,5\n", 4, r"RUS, KAZ stands more than once \(rows 2, 4\)"),
        (HEAD + "RUS,KAZ,-5\n", 2, "must not be negative|must lie between 0"),
        (HEAD + "RUS,KAZ,5e12\n", 2, "check value and unit"),
        (HEAD + "RUS,KAZ,lots\n", 2, "holds 'lots'"),
        (HEAD + "RUS,KAZ,nan\n", 2, "holds 'nan', which is no number"),
        (HEAD + "RUS,KAZ,inf\n", 2, "must lie"),
        (HEAD + "RUS,KAZ,\n", 2, "blank"),
        (HEAD + "RUS,KAZ\n", 2, "2 cells where the header has 3"),
        (HEAD + 'RUS,KAZ,"5\n', 2, "unexpected end of data"),
        (HEAD, None, "no rows"),
        ("", None, "empty"),
        ("exporter,importer,value\nRUS,KAZ,5\n", 1, "no column 'origin'"),
        ("origin,destination,year,value_usd_mn\nRUS,KAZ,2008,5\nRUS,KAZ,2009,6\n", 3, "mixes the years 2008 to 2009"),
        ("origin,destination,year,value_usd_mn\nRUS,KAZ,2008.5,5\n", 2, "year"),
    ],
)
def test_complaints_name_the_row(text: str, row: int | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=message) as caught:
        read("trade-csv", path)
    assert caught.value.row == row and "\n" not in str(caught.value) and "mine.csv" in str(caught.value)


def test_a_year_that_is_not_there(tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, "itpd-e")
    with pytest.raises(DataError, match="no row of 1999"):
        read("itpd-e", path, year=1999)
    path, options = pub.write_sample(tmp_path, "wdi-long")
    with pytest.raises(DataError, match="only 2009 to 2009"):
        read("wdi-long", path, **options, year=1999)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("2023,156,276,010121", "2022,156,276,010121"), "mixes or misses the year"),
        (("2023,156,276,270900", "2023,156,276,010121"), "product 010121 from 156 to 276 stands 2 times"),
        (("010121,", "010121,-"), "flows are not negative"),
        (("e7", "e3"), "nothing"),
    ],
)
def test_baci_complaints(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, "baci")
    text = path.read_text()
    if message == "nothing":  # a thousandth of the values: the unit must be wrong
        rows = [line.split(",") for line in text.split()]
        text = "\n".join(",".join([*r[:4], r[4] if r[4] == "v" else str(float(r[4]) / 1e3), r[5]]) for r in rows) + "\n"
        message = "the unit must be wrong"
    else:
        assert change[0] in text
        text = text.replace(*change, 1)
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        read("baci", path, **options)


def test_baci_reads_the_year_out_of_the_archive(tmp_path: Path) -> None:
    _, options = pub.write_sample(tmp_path, "baci")
    archive = pub.zipped(
        tmp_path / "all.zip", **{"BACI_HS92_Y2023_V1.csv": pub.baci(), "BACI_HS92_Y2022_V1.csv": "x", "Readme.txt": "y"}
    )
    assert len(read("baci", archive, **options).frame) == 40
    with pytest.raises(DataError, match="0 files of the year"):
        read("baci", archive, **{**options, "year": 1990})


def test_baci_sectors_are_checked(tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, "baci")
    made = read("baci", path, **options, sectors={"cars": ["87"], "live": ["01"]}, rest="other")
    assert set(made.frame.sector) == {"cars", "live", "other"}
    with pytest.raises(DataError, match="must be letters"):
        read("baci", path, **options, sectors={"x' or 1=1 --": ["87"]})
    with pytest.raises(DataError, match="up to 6 digits"):
        read("baci", path, **options, sectors={"cars": ["8'7"]})


def test_unknown_readers_and_options(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="wits-trade"):
        read("wits-trades", tmp_path)
    with pytest.raises(DataError, match="has no option 'decade'"):
        read("wits-trade", tmp_path / "x", decade=1)
    with pytest.raises(DataError, match="cannot be read"):
        read("wits-trade", tmp_path / "nothing.csv", year=2009)
    for name in pub.BINARY:
        with pytest.raises(DataError, match="cannot be read: no such file"):
            read(name, tmp_path / "nothing.xlsx")


def test_compressed_files_read_alike(tmp_path: Path) -> None:
    path, options = pub.write_sample(tmp_path, "wdi-long")
    packed = tmp_path / "file.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    archive = pub.zipped(tmp_path / "file.zip", **{"a.csv": path.read_text()})
    plain = read("wdi-long", path, **options).frame
    for other in (packed, archive):
        pd.testing.assert_frame_equal(plain, read("wdi-long", other, **options).frame)


@pytest.mark.parametrize("end", [b"", b"\xff\xff\xff\x7f"])
def test_a_compressed_file_that_was_cut_is_called_so(tmp_path: Path, end: bytes) -> None:
    path, options = pub.write_sample(tmp_path, "wdi-long")
    packed = tmp_path / "file.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes())[:60] + end)
    with pytest.raises(DataError, match=r"cut.*fetch it again"):
        read("wdi-long", packed, **options)


class Parsed:
    """What pymrio hands out: Z and Y with regions and sectors."""

    def __init__(self) -> None:
        between, final = pub.io_numbers(3, 3)
        rows = pd.MultiIndex.from_product([["DEU", "RUS", "WWA"], list(pub.INDUSTRIES)], names=["region", "sector"])
        columns = pd.MultiIndex.from_product([["DEU", "RUS", "WWA"], ["cons", "inv"]], names=["region", "category"])
        self.Z = pd.DataFrame(between, index=rows, columns=rows)
        self.Y = pd.DataFrame(final, index=rows, columns=columns)


def test_a_system_of_pymrio() -> None:
    made = from_pymrio(Parsed(), unit_usd_mn=0.001, aliases={"WWA": "ROW"}, year=2009)
    between, final = pub.io_numbers(3, 3)
    assert made.economies == ("DEU", "RUS", "ROW") and made.categories == ("cons", "inv")
    np.testing.assert_allclose(made.output.ravel(), 0.001 * (between.sum(1) + final.sum(1)))
    with pytest.raises(DataError, match="'WWA' is unknown"):
        from_pymrio(Parsed())
    with pytest.raises(DataError, match="no Z and Y"):
        from_pymrio(object())


def test_parts_of_china_are_added_up(tmp_path: Path) -> None:
    path = tmp_path / "icio.csv"
    path.write_text(pub.icio().replace("DEU_", "CN1_").replace("RUS_", "CN2_"))
    made = read("icio", path)
    assert made.economies == ("CHN", "ROW")
    between, _ = pub.io_numbers(3, 3)
    assert made.intermediate[0, 0, 0, 0] == pytest.approx(between[0, 0] + between[0, 3] + between[3, 0] + between[3, 3])


def test_an_unbalanced_table_is_refused(tmp_path: Path) -> None:
    between, final = pub.io_numbers(3, 3)
    output = between.sum(axis=1) + final.sum(axis=1)
    output[4] *= 1.5
    names = {"countries": np.array(["DEU", "RUS", "RoW"]), "sectors": np.array(pub.INDUSTRIES)}
    np.savez(tmp_path / "w.npz", Z=between, F=final, x=output, **names)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="uses and output of RUS, 05T06 differ"):
        read("wiod-npz", tmp_path / "w.npz")


@pytest.mark.parametrize(
    ("name", "options", "dropped"),
    [
        ("itpd-e", {"year": 2019}, {"not of 2019": 50}),
        ("gravity", {"year": 2009}, {"not of 2009": 20, "an economy of the pair did not exist in 2009": 1}),
        ("trains", {"duty": "MFN", "year": 2009}, {"not of duty MFN": 2}),
        ("figures-csv", {"year": 2020}, {"more than 0 years from 2020": 5}),
    ],
)
def test_rows_of_other_years_and_duties_are_counted(
    name: str, options: dict[str, Any], dropped: dict[str, int], tmp_path: Path
) -> None:
    path, _ = pub.write_sample(tmp_path, name)
    if name == "figures-csv":
        with open(path, "a") as out:
            out.write("fuel,KAZ,2020,7,%,s\n")
    table = read(name, path, **options)
    assert dropped.items() <= table.notes.dropped.items()
    assert table.notes.rows_read >= sum(dropped.values())
