"""The atlas against two data sets that know nothing of it: DESTA (trade agreements) and ATOP (alliances).

Each disagreement must stand in ``disagreements.csv`` with an explanation, and each line of that file must
still be a disagreement. Membership is compared at year ends, because DESTA and ATOP know years only.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd
import pytest

from multipolar import atlas
from multipolar.errors import UnknownNameError

COUNTED = ("full",)
DESTA_LAST, ATOP_LAST = 2019, 2018

# Club to the DESTA numbers of its successive base treaties.
DESTA_TREATIES = {
    "EU": ("293", "327", "335", "324"),
    "EFTA": ("375",),
    "NAFTA": ("636",),
    "MERCOSUR": ("604",),
    "ASEAN": ("64",),
    "GCC": ("473", "474"),
    "CISFTA": ("244", "811"),
    "EURASEC": ("434",),
    "EACU": ("104", "1040"),
}
# Club to hub, kind of obligation towards the hub, and the region beyond which it is another alliance.
ATOP_CLUBS = {
    "CSTO": ("RUS", "atop_defense", "ARM AZE BLR EST GEO KAZ KGZ LTU LVA MDA RUS TJK TKM UKR UZB"),
    "NATO": ("USA", "atop_defense", ""),
    "SCO": ("CHN", "atop_consul", "ARM AZE BLR CHN IND IRN KAZ KGZ MNG PAK RUS TJK TKM UZB"),
    "GCC": ("SAU", "atop_defense", "ARE BHR KWT OMN QAT SAU"),
}


def members_by_year(club: str, first: int, last: int) -> dict[int, set[str]]:
    """Full members of the atlas at each year end."""
    return {year: set(atlas.members(club, dt.date(year, 12, 31), COUNTED)) for year in range(first, last + 1)}


def desta_by_year(rows: pd.DataFrame, treaties: tuple[str, ...], last: int) -> dict[int, set[str]]:
    """Members at each year end by DESTA: base treaty, then accessions and withdrawals as dated there."""
    entries: list[tuple[int, str, str, set[str]]] = []
    for _, entry in rows[rows["base_treaty"].isin(treaties)].groupby("number", sort=False):
        in_force = entry["entryforceyear"].iloc[0]
        year = int(entry["year"].iloc[0] if pd.isna(in_force) else in_force)
        listed = set(entry["iso3"].dropna())
        entries.append((year, entry["entry_type"].iloc[0], entry["name"].iloc[0], listed))
    entries.sort(key=lambda item: item[0])
    present: set[str] = set()
    left: set[str] = set()
    answer: dict[int, set[str]] = {}
    for year in range(entries[0][0], last + 1):
        for when, kind, name, listed in entries:
            if when != year:
                continue
            if kind in ("base_treaty", "accession"):
                # An accession lists the parties it joins as well; one that has left stays out.
                present |= listed - left
            elif kind == "withdrawal":
                left |= named_in(name, listed)
                present -= left
        answer[year] = set(present)
    return answer


def named_in(title: str, listed: set[str]) -> set[str]:
    """The economies of `listed` that the title of a withdrawal names."""
    words = title.split("withdrawal")[1]
    found = set()
    for iso3 in listed:
        economy = atlas.economy(iso3)
        names = (economy.name, *economy.aliases)
        if any(re.search(rf"\b{re.escape(name)}\b", words) for name in names):
            found.add(iso3)
    assert found, title
    return found


def atop_by_year(rows: pd.DataFrame, club: str, last: int) -> dict[int, set[str]]:
    """Economies tied to the hub of a club by ATOP, with the hub itself, at each year."""
    hub, obligation, region = ATOP_CLUBS[club]
    by_cow = {found.cow: found.iso3 for found in atlas.economies() if found.cow is not None}
    by_cow[260] = "DEU"  # Federal Republic before 1990
    number = atlas.economy(hub).cow
    ties = rows[(rows["ccode1"] == number) & (rows[obligation] == 1)]
    allowed = set(region.split()) or NATO_REGION
    answer: dict[int, set[str]] = {}
    for year in range(atlas.club(club).founded.year, last + 1):
        partners = {by_cow.get(int(cow)) for cow in ties.loc[ties["year"] == year, "ccode2"]}
        answer[year] = {str(iso3) for iso3 in partners if iso3 in allowed} | {hub}
    return answer


# The United States' other alliances (Rio Pact, Japan, Korea, Philippines, Anzus) are not this one.
NATO_REGION = {
    member for group in ("EUN", "EFT", "WBK", "TUR", "CAN", "USA", "UKR", "GEO") for member in atlas.groups()[group]
}


def span(years: set[int]) -> str:
    """Write a set of years as '1995-1998 2003', or 'never'."""
    runs: list[list[int]] = []
    for year in sorted(years):
        if runs and year == runs[-1][1] + 1:
            runs[-1][1] = year
        else:
            runs.append([year, year])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs) or "never"


def compare(
    source: str, club: str, theirs: dict[int, set[str]], ours: dict[int, set[str]]
) -> set[tuple[str, str, str, str, str]]:
    """Every economy on which the two disagree in a year that both cover, with both versions."""
    years = sorted(set(theirs) & set(ours))
    found = set()
    for economy in set().union(*theirs.values(), *ours.values()):
        there = {year for year in years if economy in theirs[year]}
        here = {year for year in years if economy in ours[year]}
        if there != here:
            found.add((source, club, economy, span(there), span(here)))
    return found


def listed() -> dict[tuple[str, str, str, str, str], str]:
    """The disagreements that are known, with their explanations."""
    text = (resources.files("multipolar.atlas") / "disagreements.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {(r["source"], r["club"], r["economy"], r["theirs"], r["ours"]): r["explanation"] for r in rows}


def report(actual: set[tuple[str, str, str, str, str]], known: set[tuple[str, str, str, str, str]]) -> None:
    new = sorted(actual - known)
    gone = sorted(known - actual)
    assert not new, "not explained in disagreements.csv:\n" + "\n".join(map(str, new))
    assert not gone, "listed in disagreements.csv but no longer so:\n" + "\n".join(map(str, gone))


@cache
def read_desta(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"number": str, "base_treaty": str})


@cache
def read_atop(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path)


@pytest.fixture
def desta(shared_data: Path) -> pd.DataFrame:
    return read_desta(shared_data / "desta" / "desta_members_long.csv")


@pytest.fixture
def atop(shared_data: Path) -> pd.DataFrame:
    return read_atop(shared_data / "cow" / "atop_alliance.parquet")


@pytest.mark.parametrize("club", DESTA_TREATIES)
def test_desta(club: str, desta: pd.DataFrame) -> None:
    theirs = desta_by_year(desta, DESTA_TREATIES[club], DESTA_LAST)
    assert any(theirs.values())
    first = min(min(theirs), atlas.club(club).founded.year)
    theirs = {year: theirs.get(year, set()) for year in range(first, DESTA_LAST + 1)}
    ours = members_by_year(club, first, DESTA_LAST)
    known = {key for key in listed() if key[:2] == ("desta", club)}
    report(compare("desta", club, theirs, ours), known)


@pytest.mark.parametrize("club", ATOP_CLUBS)
def test_atop(club: str, atop: pd.DataFrame) -> None:
    theirs = atop_by_year(atop, club, ATOP_LAST)
    assert sum(map(len, theirs.values())) > len(theirs), "no partner of the hub was found"
    ours = members_by_year(club, min(theirs), ATOP_LAST)
    known = {key for key in listed() if key[:2] == ("atop", club)}
    report(compare("atop", club, theirs, ours), known)


def test_every_listed_disagreement_is_tested_and_explained() -> None:
    for key, explanation in listed().items():
        source, club, economy, theirs, ours = key
        assert club in {"desta": DESTA_TREATIES, "atop": ATOP_CLUBS}[source]
        assert theirs != ours
        assert len(explanation.split()) > 4, key
        try:
            atlas.economy(economy)
        except UnknownNameError:
            pytest.fail(f"{economy} is no economy")


def test_compare_sees_a_planted_error() -> None:
    truth = {2008: {"RUS", "UZB"}, 2009: {"RUS"}}
    wrong = {2008: {"RUS", "UZB"}, 2009: {"RUS", "UZB"}}
    assert compare("x", "C", truth, truth) == set()
    assert compare("x", "C", wrong, truth) == {("x", "C", "UZB", "2008-2009", "2008")}


def test_numbers_and_names_fit_the_state_list(shared_data: Path) -> None:
    """Each COW number is a state that existed in 2009, and every such state has an economy."""
    states = pd.read_csv(shared_data / "cow" / "cow_states.csv")
    alive = states[(states["styear"] <= 2009) & (states["endyear"] >= 2009)]
    numbers = {int(code) for code in alive["ccode"]}
    ours = {found.cow for found in atlas.economies() if found.cow is not None}
    assert numbers - ours == set()
    # South Sudan became a state in 2011 and is kept for the map.
    assert ours - numbers == {626}


def test_iso_numbers_fit_desta(desta: pd.DataFrame) -> None:
    pairs = desta[["iso3", "isonum"]].dropna().drop_duplicates()
    for iso3, number in pairs.itertuples(index=False):
        assert atlas.economy(str(int(number))).iso3 == iso3


def test_every_reporter_of_2009_is_an_economy(shared_data: Path) -> None:
    trade = pd.read_csv(shared_data / "wits2009" / "trade2009_long.csv", usecols=["exporter"])
    known = {found.iso3 for found in atlas.economies()}
    # OAS is 'other Asia, not elsewhere specified', a residual of the source.
    assert set(trade["exporter"]) - known == {"OAS"}


def test_hub_outweighs_the_other_members(shared_data: Path) -> None:
    """A hub has over three fifths of its members' GDP, or in a security club of their military spending."""
    gdp = pd.read_csv(shared_data / "wdi" / "gdp_usd.csv")
    output = gdp[gdp["year"] == 2009].set_index("iso3")["gdp_usd"].dropna()
    burden = pd.read_csv(shared_data / "macro" / "military_expenditure_percent_of_gdp.csv")
    spending = military_spending(burden, output)
    for club in atlas.clubs().values():
        day = dt.date(2010, 1, 1) if club.id == "EACU" else dt.date(2009, 6, 15)
        weights = spending if club.kind == "security" else output
        sizes = weights.reindex(list(atlas.members(club.id, day))).dropna()
        if club.kind in ("wto", "association") or len(sizes) < 2:
            # Associations list partners only: the other party, the European Union, is no economy.
            assert club.hub is None
            continue
        largest = str(sizes.idxmax())
        dominant = sizes.max() > 0.6 * sizes.sum()
        assert club.hub == (largest if dominant else None), (club.id, sizes / sizes.sum())


def military_spending(burden: pd.DataFrame, output: pd.Series) -> pd.Series:
    """Military spending in 2009 (USD) by ISO3."""
    rows = burden[burden["time"] == 2009]
    share = rows["military_expenditure_percent_of_gdp"].to_numpy() / 100
    return (pd.Series(share, index=rows["geo"].str.upper()) * output).dropna()
