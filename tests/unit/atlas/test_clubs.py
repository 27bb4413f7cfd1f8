"""Clubs and dated memberships: the state on the eve of the union, boundaries, and the loader's complaints."""

from __future__ import annotations

import datetime as dt
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar import atlas
from multipolar.atlas.clubs import parse_clubs, parse_memberships
from multipolar.errors import AtlasError, UnknownNameError

EVE = dt.date(2009, 6, 15)
CLUB_HEADER = (
    "id,name,kind,founded,dissolved,hub,consent,excludes,internal_tariff,external_tariff,security,source,note\n"
)
HEADER = "club,economy,status,start,end,precision,event,source,note\n"
ECONOMIES = {"RUS": None, "KAZ": None}
SOURCES = {"book": None}

# Everything the twelve and their neighbours held on the eve of the union, and nothing else.
STATE = {
    "RUS": {
        "WTO": "applicant",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "full",
        "EACU": "signatory",
        "CSTO": "full",
        "SCO": "full",
        "G8": "full",
    },
    "KAZ": {
        "WTO": "applicant",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "full",
        "EACU": "signatory",
        "CSTO": "full",
        "SCO": "full",
    },
    "BLR": {
        "WTO": "applicant",
        "EAP": "full",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "full",
        "EACU": "signatory",
        "CSTO": "full",
    },
    "UKR": {
        "WTO": "full",
        "EAP": "full",
        "CISFTA": "full",
        "CIS": "partial",
        "EURASEC": "observer",
        "GUAM": "full",
    },
    "MDA": {
        "WTO": "full",
        "EAP": "full",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "observer",
        "GUAM": "full",
    },
    "GEO": {"WTO": "full", "EAP": "full", "CISFTA": "full", "CIS": "full", "GUAM": "full"},
    "ARM": {
        "WTO": "full",
        "EAP": "full",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "observer",
        "CSTO": "full",
    },
    "AZE": {"WTO": "applicant", "EAP": "full", "CISFTA": "full", "CIS": "full", "GUAM": "full"},
    "KGZ": {
        "WTO": "full",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "full",
        "CSTO": "full",
        "SCO": "full",
    },
    "TJK": {
        "WTO": "applicant",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "full",
        "CSTO": "full",
        "SCO": "full",
    },
    "TKM": {"CISFTA": "partial", "CIS": "partial"},
    "UZB": {
        "WTO": "applicant",
        "CISFTA": "full",
        "CIS": "full",
        "EURASEC": "suspended",
        "CSTO": "full",
        "SCO": "full",
    },
    "TUR": {"WTO": "full", "EU": "candidate", "EUAA": "full", "EUCU": "full", "NATO": "full"},
    "IRN": {"WTO": "applicant", "SCO": "observer"},
    "CHN": {"WTO": "full", "SCO": "full"},
    "MNG": {"WTO": "full", "SCO": "observer"},
    "USA": {"WTO": "full", "NATO": "full", "NAFTA": "full", "G8": "full"},
}
SIZES = {
    "WTO": 152,  # 153 with the European Communities
    "EU": 27,
    "EAP": 6,
    "EUAA": 18,
    "EUCU": 1,
    "CISFTA": 11,
    "CIS": 10,
    "EURASEC": 5,
    "EACU": 0,
    "CSTO": 7,
    "NATO": 28,
    "SCO": 6,
    "GUAM": 4,
    "GCC": 6,
    "MERCOSUR": 4,
    "ASEAN": 10,
    "NAFTA": 3,
    "EFTA": 4,
    "G8": 8,
}


@pytest.mark.parametrize("economy", STATE)
def test_state_on_the_eve(economy: str) -> None:
    assert atlas.clubs_of(economy, EVE) == STATE[economy]


@pytest.mark.parametrize("club", SIZES)
def test_number_of_full_members_on_the_eve(club: str) -> None:
    assert len(atlas.members(club, EVE)) == SIZES[club]


def test_every_club_has_a_size_on_the_eve() -> None:
    assert set(SIZES) == set(atlas.clubs())


def test_groups_of_the_shipped_world() -> None:
    eun = atlas.clubs_of("EUN", EVE)
    assert eun == {"WTO": "full", "EU": "full", "NATO": atlas.MIXED, "G8": atlas.MIXED}
    assert atlas.clubs_of("EFT", EVE)["EFTA"] == "full"
    assert atlas.clubs_of("GCC", EVE) == {"WTO": "full", "GCC": "full"}
    assert atlas.clubs_of("MER", EVE) == {"WTO": "full", "MERCOSUR": "full"}
    assert atlas.clubs_of("ASE", EVE) == {"WTO": atlas.MIXED, "ASEAN": "full"}
    assert atlas.clubs_of("WBK", EVE)["NATO"] == atlas.MIXED
    assert atlas.status_by_member("WBK", "NATO", EVE) == {
        "ALB": "full",
        "BIH": None,
        "HRV": "full",
        "MKD": None,
        "MNE": None,
        "SRB": None,
        "XKX": None,
    }


@pytest.mark.parametrize(
    ("club", "economy", "last_without", "first_with"),
    [
        ("EACU", "KAZ", "2009-12-31", "2010-01-01"),
        ("EACU", "ARM", "2015-01-01", "2015-01-02"),
        ("NATO", "HRV", "2009-03-31", "2009-04-01"),
        ("EAP", "BLR", "2009-05-06", "2009-05-07"),
        ("WTO", "UKR", "2008-05-15", "2008-05-16"),
        ("WTO", "RUS", "2012-08-21", "2012-08-22"),
        ("CSTO", "UZB", "2006-08-15", "2006-08-16"),
        ("EU", "BGR", "2006-12-31", "2007-01-01"),
    ],
)
def test_first_day(club: str, economy: str, last_without: str, first_with: str) -> None:
    assert economy not in atlas.members(club, last_without)
    assert economy in atlas.members(club, first_with)


@pytest.mark.parametrize(
    ("club", "economy", "last_with", "first_without"),
    [
        ("CIS", "GEO", "2009-08-17", "2009-08-18"),
        ("EU", "GBR", "2020-01-31", "2020-02-01"),
        ("EURASEC", "UZB", "2008-10-15", "2008-10-16"),
        ("CSTO", "UZB", "2012-12-18", "2012-12-19"),
        ("CSTO", "AZE", "1999-04-01", "1999-04-02"),
        ("CSTO", "GEO", "1999-04-01", "1999-04-02"),
        ("GUAM", "UZB", "2005-05-02", "2005-05-03"),
        ("G8", "RUS", "2014-03-23", "2014-03-24"),
        ("EFTA", "AUT", "1994-12-31", "1995-01-01"),
        ("EURASEC", "RUS", "2014-12-31", "2015-01-01"),
    ],
)
def test_last_day(club: str, economy: str, last_with: str, first_without: str) -> None:
    assert economy in atlas.members(club, last_with)
    assert economy not in atlas.members(club, first_without)


def test_uzbekistan_turns() -> None:
    years = {year: atlas.clubs_of("UZB", dt.date(year, 12, 31)) for year in range(1995, 2014)}
    assert [year for year, held in years.items() if held.get("CSTO") == "full"] == [
        *range(1995, 1999),
        *range(2006, 2012),
    ]
    assert [year for year, held in years.items() if held.get("GUAM") == "full"] == list(range(1999, 2005))
    assert [year for year, held in years.items() if held.get("EURASEC") == "full"] == [2006, 2007]
    assert years[2012]["CSTO"] == "suspended"


def test_statuses_other_than_full() -> None:
    assert atlas.members("SCO", EVE, ("observer",)) == ("IND", "IRN", "MNG", "PAK")
    assert atlas.members("EACU", EVE, "signatory") == ("BLR", "KAZ", "RUS")
    assert atlas.members("CIS", EVE, ("partial",)) == ("TKM", "UKR")
    assert atlas.members("EU", EVE, ("candidate",)) == ("HRV", "MKD", "TUR")
    assert atlas.members("EU", EVE, ("applicant",)) == ("ALB", "MNE")
    with pytest.raises(AtlasError, match="is no status"):
        atlas.members("EU", EVE, ("ful",))


def test_filters() -> None:
    spells = atlas.memberships(club="csto", economy="uzbekistan")
    assert [spell.status for spell in spells] == ["signatory", "full", "full", "suspended"]
    assert atlas.memberships(club="CSTO", economy="UZB", on=EVE) == (spells[2],)
    assert atlas.memberships(club="CSTO", on="1990-01-01") == ()
    assert len(atlas.memberships()) > 400
    with pytest.raises(AtlasError, match="YYYY-MM-DD"):
        atlas.memberships(on="June 2009")
    assert atlas.memberships(on=dt.datetime(2009, 6, 15, 23, 59)) == atlas.memberships(on=EVE)


def test_unknown_names_are_suggested() -> None:
    with pytest.raises(UnknownNameError, match="CSTO"):
        atlas.club("CTSO")
    with pytest.raises(UnknownNameError, match="Uzbekistan"):
        atlas.memberships(economy="Uzbekstan")
    with pytest.raises(UnknownNameError, match="EUN"):
        atlas.clubs_of("EUNN", EVE)


def test_nobody_is_in_two_clubs_that_exclude_each_other() -> None:
    clubs = atlas.clubs().values()
    pairs = [(a, b) for a, b in combinations(clubs, 2) if b.id in a.excludes]
    assert len(pairs) >= 11
    for a, b in pairs:
        for first in atlas.memberships(club=a.id):
            for second in atlas.memberships(club=b.id, economy=first.economy):
                if first.status == second.status == "full":
                    ends = [spell.end or dt.date.max for spell in (first, second)]
                    assert min(ends) <= max(first.start, second.start), (first, second)


def test_customs_unions_exclude_each_other_and_set_one_tariff() -> None:
    unions = [found for found in atlas.clubs().values() if found.kind == "customs_union"]
    assert {found.id for found in unions} == {"EUCU", "EACU", "GCC", "MERCOSUR"}
    for one in unions:
        assert one.common_external_tariff
        assert one.zero_internal_tariff
        assert {other.id for other in unions} - {one.id} <= set(one.excludes)
    assert not atlas.club("EFTA").common_external_tariff
    assert atlas.club("EU").common_external_tariff


def test_clubs_on_the_eve() -> None:
    assert not atlas.club("EACU").in_force(EVE)
    assert atlas.club("EURASEC").in_force(EVE)
    assert not atlas.club("EURASEC").in_force(dt.date(2015, 1, 1))
    assert {found.id for found in atlas.clubs().values() if found.security} == {"CSTO", "NATO", "SCO", "GCC"}
    assert atlas.club("CSTO").hub == "RUS"
    assert atlas.club("EU").hub is None


def test_every_row_has_a_source_and_an_event() -> None:
    known = set(atlas.sources())
    for spell in atlas.memberships():
        assert spell.sources
        assert set(spell.sources) <= known
        assert spell.event
    for found in atlas.clubs().values():
        assert found.sources
        assert set(found.sources) <= known


def test_imprecise_dates_stand_on_a_first_day() -> None:
    for spell in atlas.memberships():
        if spell.precision == "year":
            assert (spell.start.month, spell.start.day) == (1, 1)
        if spell.precision == "month":
            assert spell.start.day == 1


def test_imprecise_dates_do_not_decide_the_eve() -> None:
    """Nothing that is known only to the year or month begins in the year before the eve."""
    for spell in atlas.memberships():
        if spell.precision != "day" and dt.date(2008, 12, 31) < spell.start <= EVE:
            pytest.fail(f"{spell}")


def test_spells_of_one_economy_in_one_club_do_not_overlap() -> None:
    by_pair: dict[tuple[str, str], list[atlas.Membership]] = {}
    for spell in atlas.memberships():
        by_pair.setdefault((spell.club, spell.economy), []).append(spell)
    for spells in by_pair.values():
        ordered = sorted(spells, key=lambda spell: spell.start)
        for earlier, later in pairwise(ordered):
            assert earlier.end is not None
            assert earlier.end <= later.start


@given(day=st.dates(dt.date(1945, 1, 1), dt.date(2030, 12, 31)))
def test_two_ways_of_asking_agree(day: dt.date) -> None:
    for economy in ("RUS", "UZB", "GEO", "GBR", "PRY", "SRB"):
        held = atlas.clubs_of(economy, day)
        for club in atlas.clubs():
            status = held.get(club)
            for other in atlas.STATUSES:
                assert (economy in atlas.members(club, day, (other,))) == (other == status)


GOOD_CLUB = "ABC,Alphabet,security,2000-01-01,2010-01-01,RUS,unanimity,,,,yes,book,\n"


def test_a_good_table_is_read() -> None:
    clubs = parse_clubs(CLUB_HEADER + GOOD_CLUB, ECONOMIES, SOURCES)
    text = HEADER + "ABC,RUS,full,2000-01-01,2005-01-01,day,entry,book,\n"
    text += "ABC,RUS,suspended,2005-01-01,2010-01-01,day,quarrel,book,\n"
    first, second = parse_memberships(text, clubs, ECONOMIES, SOURCES)
    assert first.holds(dt.date(2004, 12, 31))
    assert not first.holds(dt.date(2005, 1, 1))
    assert second.holds(dt.date(2005, 1, 1))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ABD,RUS,full,2001-01-01,2005-01-01,day,entry,book,", "club 'ABD' is not in"),
        ("ABC,RUX,full,2001-01-01,2005-01-01,day,entry,book,", "economy 'RUX' is not in"),
        ("ABC,RUS,member,2001-01-01,2005-01-01,day,entry,book,", "'status' holds 'member'"),
        ("ABC,RUS,full,2001,2005-01-01,day,entry,book,", "'start' holds '2001'; write a date"),
        ("ABC,RUS,full,2001-02-30,2005-01-01,day,entry,book,", "'start' holds '2001-02-30'"),
        ("ABC,RUS,full,2005-01-01,2005-01-01,day,entry,book,", "is not after start"),
        ("ABC,RUS,full,2005-01-01,2001-01-01,day,entry,book,", "is not after start"),
        ("ABC,RUS,full,2001-01-01,2005-01-01,week,entry,book,", "'precision' holds 'week'"),
        ("ABC,RUS,full,2001-01-01,2005-01-01,day,,book,", "'event' is blank"),
        ("ABC,RUS,full,2001-01-01,2005-01-01,day,entry,,", "'source' is blank"),
        ("ABC,RUS,full,2001-01-01,2005-01-01,day,entry,hearsay,", "'hearsay' is not in sources.csv"),
        ("ABC,RUS,full,1999-01-01,2005-01-01,day,entry,book,", "before its founding"),
        ("ABC,RUS,full,2001-01-01,,day,entry,book,", "outlives ABC"),
        ("ABC,RUS,full,2001-01-01,2011-01-01,day,entry,book,", "outlives ABC"),
        ("ABC,KAZ,partial,2002-12-31,2004-01-01,day,entry,book,", "overlaps line 2"),
        ("ABC,RUS,full,2001-01-01,2005-01-01,day,entry,book", "8 cells"),
    ],
)
def test_a_malformed_membership_names_file_and_line(line: str, complaint: str) -> None:
    clubs = parse_clubs(CLUB_HEADER + GOOD_CLUB, ECONOMIES, SOURCES)
    text = HEADER + "ABC,KAZ,full,2001-01-01,2003-01-01,day,entry,book,\n" + line + "\n"
    with pytest.raises(AtlasError, match=complaint) as caught:
        parse_memberships(text, clubs, ECONOMIES, SOURCES)
    assert str(caught.value).startswith("memberships.csv:3: ")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("ABC,Again,security,2000-01-01,,,unanimity,,,,yes,book,", "stands twice"),
        ("DEF,Other,bloc,2000-01-01,,,unanimity,,,,yes,book,", "'kind' holds 'bloc'"),
        ("DEF,Other,security,2000-01-01,,USA,unanimity,,,,yes,book,", "hub 'USA'"),
        ("DEF,Other,security,2000-01-01,1999-01-01,,unanimity,,,,yes,book,", "is not after founded"),
        ("DEF,Other,security,2000-01-01,,,anyone,,,,yes,book,", "'consent' holds 'anyone'"),
        ("DEF,Other,security,2000-01-01,,,unanimity,XYZ,,,yes,book,", "excludes 'XYZ'"),
        ("DEF,Other,security,2000-01-01,,,unanimity,,0.0,,yes,book,", "write 'zero'"),
        ("DEF,Other,security,2000-01-01,,,unanimity,,,own,yes,book,", "write 'common'"),
        ("DEF,Other,security,2000-01-01,,,unanimity,,,,true,book,", "write one of yes, no"),
    ],
)
def test_a_malformed_club_names_file_and_line(line: str, complaint: str) -> None:
    with pytest.raises(AtlasError, match=complaint) as caught:
        parse_clubs(CLUB_HEADER + GOOD_CLUB + line + "\n", ECONOMIES, SOURCES)
    assert str(caught.value).startswith("clubs.csv:3: ")


def test_exclusion_must_be_mutual() -> None:
    line = "DEF,Other,security,2000-01-01,,,unanimity,ABC,,,yes,book,\n"
    with pytest.raises(AtlasError, match=r"clubs\.csv:2: DEF excludes ABC; ABC must exclude DEF"):
        parse_clubs(CLUB_HEADER + GOOD_CLUB + line, ECONOMIES, SOURCES)
