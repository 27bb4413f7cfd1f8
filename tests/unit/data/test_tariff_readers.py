"""Tariffs as WITS gives them out, GTAP's bilateral trade, and what both refuse."""

from __future__ import annotations

from pathlib import Path

import pytest

import published as pub
from multipolar.atlas import members
from multipolar.data import read
from multipolar.errors import DataError

pytest.importorskip("duckdb")
QUERY = pub.trains_query()


def _write(folder: Path, text: str) -> Path:
    path = folder / "tariffs.csv"
    path.write_text(text)
    return path


def test_a_query_by_kind_of_duty(tmp_path: Path) -> None:
    path = _write(tmp_path, QUERY)
    with pytest.raises(DataError, match="holds several values of duty: MFN, PRF; say which"):
        read("trains", path)
    most = read("trains", path, duty="MFN").frame
    assert set(most.destination) == set(pub.CODES) and set(most.origin) == {""} and set(most.sector) == {""}
    assert most.rate.tolist() == pytest.approx([0.07] * 5)
    preferred = read("trains", path, duty="PRF").frame
    assert preferred[["origin", "destination", "rate"]].to_numpy().tolist() == [["RUS", "KAZ", 0.0]]
    heavy = read("trains", path, duty="MFN", mean="weighted").frame
    assert heavy.rate.tolist() == pytest.approx([0.14] * 5)
    with pytest.raises(DataError, match="has no row of duty BND; it has MFN, PRF"):
        read("trains", path, duty="BND")


def test_sectors_by_product(tmp_path: Path) -> None:
    frame = read("trains", _write(tmp_path, QUERY), duty="MFN", sectors={"food": ["01"]}, rest="goods").frame
    rates = frame.set_index(["destination", "sector"]).rate
    assert rates["RUS", "food"] == pytest.approx(0.04) and rates["RUS", "goods"] == pytest.approx(0.10)


def test_a_bulk_file_of_the_union_is_that_of_its_members(tmp_path: Path) -> None:
    import datetime as dt

    table = read("trains", _write(tmp_path, pub.trains_bulk()), year=2009)
    assert set(table.frame.destination) == set(members("EU", dt.date(2009, 6, 15)))
    assert set(table.frame.rate) == {0.025} and table.notes.dropped == {"no ad valorem rate": 1}
    with pytest.raises(DataError, match="does not say the kind of duty"):
        read("trains", tmp_path / "tariffs.csv", duty="MFN")
    with pytest.raises(DataError, match="has no weighted averages"):
        read("trains", tmp_path / "tariffs.csv", mean="weighted")


def test_groups_of_beneficiaries(tmp_path: Path) -> None:
    path = _write(tmp_path, pub.trains_bulk(partner=True))
    table = read("trains", path)
    assert len(table.frame) == 28 and "KAZ" in set(table.frame.origin)
    assert table.notes.dropped == {"exporter unknown to the atlas (N37)": 1}
    more = read("trains", path, aliases={"N37": "MERCOSUR"}).frame
    assert {"ARG", "BRA"} <= set(more.origin) and set(more.destination) == {"RUS"}
    with pytest.raises(DataError, match="importer RUS, exporter 'KAZ' has two rates"):
        read("trains", path, aliases={"N37": "KAZ"})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("10121,x,000,World,2009", "10121,x,000,World,2008"), "holds several values of year: 2008, 2009"),
        ((",4.0,", ",-4.0,"), "importer '156', partner '000' of 2009 has a rate below zero"),
        ((",4.0,", ",40000,"), "rate above 5,000 percent; check the unit"),
        ((",4.0,", ",free,"), r"tariffs.csv:2: column 'Simple Average' is no number"),
        (("10121,x,000", "870323,x,000"), "importer '156', partner '000' of 2009 has a product more than once"),
        (("10121,x,000", "01,x,000"), "mixes products of several levels"),
        (("10121,x,000", "Total,x,000"), "mixes products of several levels"),
        (("10121,x,000", ",x,000"), "has rows without a product"),
        ((",2009,2009,", ",20090,2009,"), "holds several values of year"),
        (("Simple Average", "Average"), "has no column 'Simple Average'; add it to the query"),
        (("Reporter,", "Country,"), "has neither the columns 'Reporter, Product' of a query nor"),
        (("156,CHN,10121", ",CHN,10121"), "column 'Reporter' is blank in 1 rows"),
    ],
)
def test_complaints(change: tuple[str, str], message: str, tmp_path: Path) -> None:
    assert change[0] in QUERY
    path = _write(tmp_path, QUERY.replace(*change, 1))
    with pytest.raises(DataError, match=message):
        read("trains", path, duty="MFN")


def test_a_year_that_is_none(tmp_path: Path) -> None:
    path = _write(tmp_path, pub.trains_bulk().replace("2009", "20090"))
    with pytest.raises(DataError, match="importer '918' of 20090 is no year"):
        read("trains", path)


def test_unknown_importers_are_counted(tmp_path: Path) -> None:
    table = read("trains", _write(tmp_path, QUERY.replace("H3,H3,156,", "H3,H3,999,")), duty="MFN")
    assert table.notes.dropped == {"importer unknown to the atlas (999)": 2, "not of duty MFN": 2}
    with pytest.raises(DataError, match="no rate is left"):
        read("trains", _write(tmp_path, pub.trains_bulk().replace("918", "999")))


def test_trade_of_gtap(tmp_path: Path) -> None:
    path = tmp_path / "gtap.csv"
    path.write_text(pub.gtap())
    with pytest.raises(DataError, match="holds several arrays: VCIF, VXSB; say which"):
        read("gtap-csv", path, year=2017)
    with pytest.raises(DataError, match=r"unknown economies: xsu .*; use ISO3 codes, or name them under 'aliases'"):
        read("gtap-csv", path, year=2017, header="VXSB")
    table = read("gtap-csv", path, year=2017, header="vxsb", aliases={"xsu": "ROW"}, extra=["ROW"])
    flows = table.frame.set_index(["origin", "destination", "sector"]).value
    assert flows["RUS", "KAZ", "oil"] == pytest.approx(pub.size("RUS", "KAZ"))
    assert flows["ROW", "CHN", "pdr"] == 50.0
    assert table.notes.dropped == {"trade inside a region": 1}
    with pytest.raises(DataError, match="'VDFB' is no array of bilateral trade"):
        read("gtap-csv", path, year=2017, header="VDFB")
    with pytest.raises(DataError, match="has no array 'VIWS'"):
        read("gtap-csv", path, year=2017, header="VIWS")


def test_one_array_of_gtap_as_gdxdump_writes_it(tmp_path: Path) -> None:
    path = tmp_path / "VXSB.csv"
    path.write_text('COMM,REG_SOU,REG_TAR,VALUE\n"pdr","rus","kaz",5.5\n"oil","kaz","rus",2\n"oil","rus","rus",1\n')
    frame = read("gtap-csv", path, year=2017).frame
    assert frame.value.tolist() == [2.0, 5.5] and frame.sector.tolist() == ["oil", "pdr"]
    path.write_text("COMM,REG_SOU,REG_TAR,VALUE\npdr,rus,kaz,5.5\npdr,rus,kaz,1\n")
    with pytest.raises(DataError, match="stands more than once"):
        read("gtap-csv", path, year=2017)
