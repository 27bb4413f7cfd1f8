"""World input-output tables in the layouts that their publishers use: what is read, and what is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest

import published as pub
from multipolar.data import read
from multipolar.errors import DataError

BETWEEN, FINAL = pub.io_numbers(3, 3)


@pytest.mark.parametrize("kind", ["2013", "2016", "adb"])
def test_workbooks(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "WIOT.xlsx"
    pub.workbook(path, kind)
    made = read("adb-mrio" if kind == "adb" else "wiod-xlsx", path, year=2009)
    assert made.economies == ("DEU", "RUS", "ROW") and made.year == 2009
    assert made.industries == (("A01", "C10-C12", "C31_C32") if kind == "2016" else ("c1", "c2", "c3"))
    assert made.categories == {"2013": ("c37", "c41"), "2016": ("c57", "c61"), "adb": ("f1", "f5")}[kind]
    np.testing.assert_allclose(made.intermediate.reshape(9, 9), BETWEEN)
    np.testing.assert_allclose(made.final.reshape(9, 6), FINAL)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(DataError, match="no readable workbook"):
        read("wiod-xlsx", path)


def test_codes_of_the_adb(tmp_path: Path) -> None:
    path = tmp_path / "ADB-MRIO-2024.xlsx"
    pub.workbook(path, "adb", ("PRC", "GER", "XYZ"))
    with pytest.raises(DataError, match="economy 'XYZ' is unknown to the atlas; name it under 'aliases'"):
        read("adb-mrio", path)
    assert read("adb-mrio", path, aliases={"XYZ": "ROW"}).economies == ("CHN", "DEU", "ROW")
    both = read("adb-mrio", path, aliases={"XYZ": "ROW", "GER": "ROW"})
    assert both.economies == ("CHN", "ROW")
    assert both.intermediate[1, 0, 1, 0] == pytest.approx(BETWEEN[np.ix_([3, 6], [3, 6])].sum())


def test_a_workbook_whose_cells_moved(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "WIOT.xlsx"
    for change, message in (
        (lambda sheet: sheet.cell(7, 6, 9999.0), "adds up to .* not to its total of"),
        (lambda sheet: sheet.cell(7, 6, "n.a."), "holds 'n.a.', which is no number"),
        (lambda sheet: sheet.delete_rows(9), "rows and columns of the industries differ"),
        (lambda sheet: sheet.delete_cols(5), "rows and columns of the industries differ"),
        (lambda sheet: sheet.delete_rows(6), "no economies over codes c1, c2"),
        (lambda sheet: sheet.delete_rows(7, 20), "no rows of industries"),
    ):
        pub.workbook(path, "2013")
        book = openpyxl.load_workbook(path)
        change(book.worksheets[0])
        book.save(path)
        with pytest.raises(DataError, match=message):
            read("wiod-xlsx", path)


@pytest.mark.parametrize("form", ["csv", "r", "dta", "zip", "xlsx"])
def test_wiod_2016_in_each_form(form: str, tmp_path: Path) -> None:
    path = tmp_path / "WIOT2014_October16_ROW.csv"
    options: dict[str, str] = {}
    if form == "csv":
        path.write_text(pub.wiod_2016())
    elif form == "r":  # write.csv puts row numbers first, under no name
        lines = pub.wiod_2016("v").splitlines()
        numbered = [f'"{i}",{line}' for i, line in enumerate(lines[1:], 1)]
        path.write_text("\n".join([f'"",{lines[0]}', *numbered]) + "\n")
    elif form == "xlsx":
        path = path.with_suffix(".xlsx")
        pub.workbook(path, "2016")
    else:
        path = path.with_suffix(".dta")
        pub.wiod_2016_stata(path)
        if form == "zip":
            archive = tmp_path / "WIOTS_in_STATA.zip"
            with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
                out.write(path, path.name)
                out.writestr("WIOT2013_October16_ROW.dta", b"")
            options, path = {"member": path.name}, archive
    made = read("wiod-2016", path, year=2014, **options)
    assert made.economies == ("DEU", "RUS", "ROW") and made.year == 2014
    assert made.industries == ("A01", "C10-C12", "C31_C32") and made.categories == ("c57", "c61")
    np.testing.assert_allclose(made.intermediate.reshape(9, 9), BETWEEN)
    np.testing.assert_allclose(made.final.reshape(9, 6), FINAL)


def test_wiod_2016_columns_in_another_order(tmp_path: Path) -> None:
    header, rows = pub.wiod_2016_rows()
    order = np.random.default_rng(0).permutation(len(header))
    path = tmp_path / "wiot.csv"
    path.write_text(pub.table([header[i] for i in order], *[[row[i] for i in order] for row in rows]))
    made = read("wiod-2016", path)
    np.testing.assert_allclose(made.intermediate.reshape(9, 9), BETWEEN)
    np.testing.assert_allclose(np.sort(made.final.reshape(9, 6)), np.sort(FINAL))


@pytest.mark.parametrize(
    ("change", "row", "message"),
    [
        (('A01,"Making, and more",RUS,1,2014', 'A01,"Making, and more",RUS,1,2013'), None, "mixes the years 2013 to"),
        (("24.0", "many"), 2, "column 'DEU2' holds 'many', which is no number"),
        (("22.0", "99999.0"), None, "row 'DEU_A01' adds up to .* not to its total"),
        (("DEU57", "Germany"), 1, "column 'Germany' is no economy with a number"),
        (("RNr", "Number"), 1, "has no column 'RNr'"),
        (("DEU1,", ","), None, "rows and columns of the industries differ"),
        ((",RUS,2,", ",RUS,two,"), 6, "column 'RNr' holds 'two'"),
    ],
)
def test_wiod_2016_complaints(change: tuple[str, str], row: int | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "wiot.csv"
    text = pub.wiod_2016()
    assert change[0] in text
    path.write_text(text.replace(*change, 1))
    with pytest.raises(DataError, match=message) as caught:
        read("wiod-2016", path)
    assert caught.value.row == row


def test_wiod_2016_of_another_year_or_of_r(tmp_path: Path) -> None:
    path = tmp_path / "wiot.csv"
    path.write_text(pub.wiod_2016())
    with pytest.raises(DataError, match="is of the year 2014, 2011 was asked for"):
        read("wiod-2016", path, year=2011)
    path = tmp_path / "WIOT2014_October16_ROW.RData"
    path.write_bytes(b"RDX3\nX\n" + bytes(100))
    with pytest.raises(DataError, match=r"write\.csv\(wiot"):
        read("wiod-2016", path)


def test_eora26_in_thousand_dollars_without_its_discrepancy(tmp_path: Path) -> None:
    path = tmp_path / "Eora26_2015_bp.zip"
    pub.eora26(path)
    made = read("eora26", path)
    assert made.economies == ("DEU", "RUS", "USA") and made.year == 2015
    assert made.industries == ("Agriculture", "Fishing", "Transport")
    assert made.categories[1] == "Changes in inventories P.52"
    np.testing.assert_allclose(made.intermediate.reshape(9, 9), BETWEEN)
    np.testing.assert_allclose(made.final.reshape(9, 6), FINAL)
    lost = 7 * 1e-3 * (10 + 9 + 7 + 9)
    assert f"the discrepancy ROW of {lost:,.3g} USD million is left out" in made.notes.remarks


def test_eora26_with_labels_in_their_own_archive(tmp_path: Path) -> None:
    path, indices = tmp_path / "Eora26_2015_bp.zip", tmp_path / "indices.zip"
    pub.eora26(path)
    with zipfile.ZipFile(path) as archive:
        labels = {n: archive.read(n).decode() for n in ("labels_T.txt", "labels_FD.txt")}
    pub.zipped(indices, **labels)
    pub.eora26(path, **{"labels_T.txt": "-", "labels_FD.txt": "-"})
    with pytest.raises(DataError, match=r"no part 'labels_T\.txt'; name the archive of indices"):
        read("eora26", path)
    np.testing.assert_allclose(read("eora26", path, labels=indices).intermediate.reshape(9, 9), BETWEEN)


@pytest.mark.parametrize(
    ("part", "text", "message"),
    [
        ("Eora26_2015_bp_T.txt", "1\t2\t3\n", r"_T.txt: is 1 x 3 where the labels are 10 x 10; it is cut"),
        ("Eora26_2015_bp_FD.txt", "1\tx\n", r"_FD.txt:1: column '2' holds 'x'"),
        ("Eora26_2015_bp_FD.txt", "1\t2\n3\n", r"_FD.txt:2: 1 cells where the first row has 2"),
        ("labels_T.txt", "Germany\tDEU\n", r"labels_T.txt:1: has fewer than four cells"),
        ("labels_FD.txt", "\n", "labels_FD.txt: is empty"),
        ("Eora26_2015_pp_T.txt", "1\n", "holds 2 parts named Eora26_YEAR_bp_T.txt"),
    ],
)
def test_eora26_complaints(part: str, text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "Eora26_2015_bp.zip"
    pub.eora26(path, **{part: text})
    with pytest.raises(DataError, match=message):
        read("eora26", path)


def test_a_system_of_pymrio_whose_axes_differ() -> None:
    import pandas as pd

    from multipolar.data.readers.tables_io import from_pymrio

    class Parsed:
        rows = pd.MultiIndex.from_product([["DEU", "RUS", "ROW"], ["a", "b", "c"]], names=["region", "sector"])
        columns = pd.MultiIndex.from_product([["DEU", "RUS", "ROW"], ["x", "y"]], names=["region", "category"])
        Z = pd.DataFrame(BETWEEN, index=rows, columns=rows)
        Y = pd.DataFrame(FINAL, index=rows, columns=columns)

    shuffled = np.random.default_rng(1).permutation(9)
    whole = from_pymrio(Parsed())
    Parsed.Z, Parsed.Y = Parsed.Z.iloc[:, shuffled], Parsed.Y.iloc[shuffled]
    other = from_pymrio(Parsed())
    np.testing.assert_array_equal(whole.intermediate, other.intermediate)
    np.testing.assert_array_equal(whole.final, other.final)
    Parsed.Z = Parsed.Z.iloc[:, :8]
    with pytest.raises(DataError, match="Z is no square"):
        from_pymrio(Parsed())


def test_unknown_economies_are_all_named(tmp_path: Path) -> None:
    path = tmp_path / "icio.csv"
    path.write_text(pub.icio().replace("DEU_", "QQQ_").replace("RUS_", "ZZZ_"))
    with pytest.raises(DataError, match="economies 'QQQ', 'ZZZ' are unknown to the atlas; name them under 'aliases'"):
        read("icio", path)
    assert read("icio", path, aliases={"QQQ": "DEU", "ZZZ": "ROW"}).economies == ("DEU", "ROW")


def test_output_below_zero_is_no_table(tmp_path: Path) -> None:
    from multipolar.data.readers.tables_io import from_labels

    final = FINAL.copy()
    final[4] -= 900
    rows = [f"{c}_{k}" for c in ("DEU", "RUS", "ROW") for k in "abc"]
    ends = [f"{c}_{f}" for c in ("DEU", "RUS", "ROW") for f in ("x", "y")]
    with pytest.raises(DataError, match="output of RUS, b is below zero"):
        from_labels(BETWEEN, final, rows, ends, year=2009, file="toy")
