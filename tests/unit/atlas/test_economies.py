"""Economies: codes, names, groups and the loader's complaints."""

from __future__ import annotations

import subprocess
import sys

import pytest

from multipolar import atlas
from multipolar.atlas._tables import bundled
from multipolar.atlas.economies import parse_economies, parse_groups
from multipolar.atlas.sources import parse_sources
from multipolar.errors import AtlasError, UnknownNameError

WORLD_CODES = """
    RUS KAZ BLR UKR MDA GEO ARM AZE KGZ TJK TKM UZB EUN EFT WBK TUR USA CAN MEX CHN JPN KOR IND
    SAS ASE ANZ IRN GCC MNA MNG MER LAC SSA ROW
"""
HEADER = "iso3,iso_numeric,name,aliases,cow,capital,capital_lat,capital_lon,source\n"
GROUP_HEADER = "group,name,member\n"
SOURCES = {"somewhere": None}


def test_table_is_large_enough_and_holds_the_hard_cases() -> None:
    codes = {found.iso3 for found in atlas.economies()}
    assert len(codes) >= 215
    assert {"XKX", "TWN", "HKG", "MAC", "PSE", "TKM", "ANT"} <= codes


@pytest.mark.parametrize(
    ("code", "iso3"),
    [
        ("KAZ", "KAZ"),
        ("kaz", "KAZ"),
        ("398", "KAZ"),
        ("51", "ARM"),
        ("051", "ARM"),
        ("Kazakhstan", "KAZ"),
        ("  united   states ", "USA"),
        ("Türkiye", "TUR"),
        ("turkey", "TUR"),
        ("cote d'ivoire", "CIV"),
        ("cote d\u2019ivoire", "CIV"),
        ("CURACAO", "CUW"),
        ("Czechia", "CZE"),
        ("UK", "GBR"),
        ("Kosovo", "XKX"),
    ],
)
def test_economy_by_any_name(code: str, iso3: str) -> None:
    assert atlas.economy(code).iso3 == iso3


def test_every_code_and_name_finds_its_own_economy() -> None:
    for found in atlas.economies():
        for name in (found.iso3, found.name, *found.aliases):
            assert atlas.economy(name) is found
        if found.iso_numeric:
            assert atlas.economy(found.iso_numeric) is found


def test_unknown_economy_suggests_the_nearest() -> None:
    with pytest.raises(UnknownNameError) as caught:
        atlas.economy("Kazakstan")
    assert caught.value.nearest[0] == "Kazakhstan"
    assert "Kazakhstan" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("code", ["", "   ", "999", "0", "EUN", "x" * 5000])
def test_nonsense_is_refused(code: str) -> None:
    with pytest.raises(UnknownNameError):
        atlas.economy(code)


def test_moscow_is_where_it_is() -> None:
    moscow = atlas.economy("RUS")
    assert moscow.capital == "Moscow"
    assert moscow.latitude == pytest.approx(55.75, abs=0.05)
    assert moscow.longitude == pytest.approx(37.62, abs=0.05)
    assert moscow.cow == 365
    # The capital is that of 2009; a widespread list has Brasilia 700 km away, in the middle of the country.
    assert atlas.economy("BRA").latitude == pytest.approx(-15.78, abs=0.05)
    assert atlas.economy("BDI").capital == "Bujumbura"
    assert atlas.economy("KAZ").capital == "Astana"


def test_only_places_without_a_capital_lack_coordinates() -> None:
    lacking = {found.iso3 for found in atlas.economies() if found.latitude is None}
    assert lacking == {"BES", "TKL"}
    assert all(found.capital == "" for found in atlas.economies() if found.latitude is None)


def test_numeric_codes_are_three_digits_and_unique() -> None:
    joined = atlas.join_numeric()
    assert all(len(number) == 3 and number.isdecimal() for number in joined)
    assert len(joined) == len(atlas.economies()) - 1
    assert {found.iso3 for found in atlas.economies()} - set(joined.values()) == {"XKX"}
    assert joined["643"] == "RUS"
    assert joined["051"] == "ARM"


def test_the_shipped_world_is_a_partition() -> None:
    groups = atlas.groups()
    assert list(groups) == WORLD_CODES.split()
    members = [member for group in groups.values() for member in group]
    assert len(members) == len(set(members))
    assert set(members) == {found.iso3 for found in atlas.economies()}


def test_group_membership() -> None:
    groups = atlas.groups()
    assert len(groups["EUN"]) == 27
    assert {"GBR", "BGR", "ROU"} <= set(groups["EUN"])
    assert "HRV" not in groups["EUN"]
    assert set(groups["CHN"]) == {"CHN", "HKG", "MAC"}
    assert set(groups["EFT"]) == {"CHE", "NOR", "ISL", "LIE"}
    assert groups["KAZ"] == ("KAZ",)
    assert len(groups["ASE"]) == 10
    assert atlas.group_of("HRV") == "WBK"
    assert atlas.group_of("Germany") == "EUN"
    assert atlas.group_name("WBK") == "Western Balkans"
    with pytest.raises(UnknownNameError):
        atlas.group_name("EUR")


def test_answers_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        atlas.groups()["EUN"] = ()  # type: ignore[index]
    with pytest.raises(AttributeError):
        atlas.economy("RUS").name = "x"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ru,643,Russia,,365,Moscow,55,37,somewhere", "three capital letters"),
        ("RUS,43,Russia,,365,Moscow,55,37,somewhere", "three digits"),
        ("RUS,643,Russia,,x,Moscow,55,37,somewhere", "whole number"),
        ("RUS,643,Russia,,365,Moscow,95,37,somewhere", "between -90 and 90"),
        ("RUS,643,Russia,,365,Moscow,55,,somewhere", "only one of"),
        ("RUS,643,Russia,,365,Moscow,north,37,somewhere", "write a number"),
        ("RUS,643,,,365,Moscow,55,37,somewhere", "'name' is blank"),
        ("RUS,643,Russia,,365,Moscow,55,37,", "'source' is blank"),
        ("RUS,643,Russia,,365,Moscow,55,37,hearsay", "'hearsay' is not in sources.csv"),
        ("RUS,643,Russia,,365,Moscow,55,37", "8 cells"),
        ('RUS,643,"Russia"x,,365,Moscow,55,37,somewhere', "check the quotes"),
    ],
)
def test_a_malformed_economy_names_file_and_line(line: str, complaint: str) -> None:
    text = HEADER + "KAZ,398,Kazakhstan,,705,Astana,51,71,somewhere\n" + line + "\n"
    with pytest.raises(AtlasError, match=complaint) as caught:
        parse_economies(text, SOURCES)
    assert str(caught.value).startswith("economies.csv:3: ")


@pytest.mark.parametrize("name", ["KAZ", "398", "kazakhstan"])
def test_two_economies_cannot_share_a_name(name: str) -> None:
    text = HEADER + "KAZ,398,Kazakhstan,,,,,,somewhere\n" + f"RUS,643,Russia,{name},,,,,somewhere\n"
    with pytest.raises(AtlasError, match=r"economies\.csv:3: .*already names another economy"):
        parse_economies(text, SOURCES)


def test_a_wrong_header_is_refused() -> None:
    with pytest.raises(AtlasError, match=r"economies\.csv:1: header"):
        parse_economies("iso3,name\n", SOURCES)
    with pytest.raises(AtlasError, match=r"economies\.csv:1: header"):
        parse_economies("", SOURCES)


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ("A,First,RUS\nA,First,XXX", r"groups.csv:3: economy 'XXX'"),
        ("A,First,RUS\nB,Second,RUS", r"groups.csv:3: RUS is already in group A"),
        ("A,First,RUS\nA,Second,KAZ", r"groups.csv:3: group A is called"),
        ("A,First,RUS", r"groups.csv: no group for KAZ"),
    ],
)
def test_a_partition_that_is_none(lines: str, complaint: str) -> None:
    with pytest.raises(AtlasError, match=complaint):
        parse_groups(GROUP_HEADER + lines + "\n", {"RUS": None, "KAZ": None})


def test_every_source_is_public_and_used() -> None:
    keys = set(atlas.sources())
    used = {key for found in atlas.economies() for key in found.sources}
    used |= {key for found in atlas.clubs().values() for key in found.sources}
    used |= {key for found in atlas.memberships() for key in found.sources}
    assert used == keys
    for found in atlas.sources().values():
        assert len(found.citation) > 15
        assert " " not in found.url
        assert "localhost" not in found.url
    with pytest.raises(UnknownNameError):
        atlas.source("wp_natto")


def test_a_malformed_source_is_refused() -> None:
    header = "id,citation,url,licence\n"
    with pytest.raises(AtlasError, match=r"sources\.csv:2: url"):
        parse_sources(header + "a,Somebody's book of 1999,/home/me/book.pdf,\n")
    with pytest.raises(AtlasError, match=r"sources\.csv:3: source 'a' stands twice"):
        parse_sources(header + "a,Book,https://x.org,\na,Book,https://x.org,\n")


def test_tables_end_with_a_newline_and_have_no_stray_blanks() -> None:
    for file in ("economies", "groups", "clubs", "memberships", "sources", "disagreements"):
        text = bundled(f"{file}.csv")
        assert text.endswith("\n")
        assert "\r" not in text
        assert not any(line != line.rstrip() for line in text.splitlines())


def test_import_stays_light() -> None:
    code = (
        "import sys; from multipolar import atlas; atlas.clubs_of('EUN', '2009-06-15'); "
        "sys.exit(any(m in sys.modules for m in ('pandas', 'numpy', 'jax', 'matplotlib')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
