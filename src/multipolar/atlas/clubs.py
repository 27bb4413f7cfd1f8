"""Clubs of economies and their dated memberships."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from multipolar.atlas._tables import Row, bundled, read_rows
from multipolar.atlas.economies import economies, economy, groups
from multipolar.atlas.sources import check_sources, sources
from multipolar.errors import AtlasError, UnknownNameError

__all__ = [
    "CONSENTS",
    "KINDS",
    "MIXED",
    "PRECISIONS",
    "STATUSES",
    "Club",
    "Membership",
    "club",
    "clubs",
    "clubs_of",
    "members",
    "memberships",
    "parse_clubs",
    "parse_memberships",
    "status_by_member",
]

KINDS = ("wto", "customs_union", "free_trade_area", "association", "union", "security", "political")
CONSENTS = ("unanimity", "hub_veto", "leader", "majority")
STATUSES = ("full", "partial", "observer", "suspended", "candidate", "applicant", "signatory")
PRECISIONS = ("day", "month", "year")
MIXED = "mixed"
"""Status of a group of economies whose members do not all hold the same status."""

_CLUBS = "clubs.csv"
_CLUB_COLUMNS = (
    "id",
    "name",
    "kind",
    "founded",
    "dissolved",
    "hub",
    "consent",
    "excludes",
    "internal_tariff",
    "external_tariff",
    "security",
    "source",
    "note",
)
_MEMBERSHIPS = "memberships.csv"
_MEMBERSHIP_COLUMNS = ("club", "economy", "status", "start", "end", "precision", "event", "source", "note")


@dataclass(frozen=True, slots=True)
class Club:
    """An organisation or treaty that economies join.

    Attributes
    ----------
    id, name
        Short code and English name.
    kind
        One of `KINDS`.
    founded, dissolved
        First day in force, and first day on which it no longer is (None while it lasts).
    hub
        ISO3 of the member with over three fifths of the full members' GDP (in a security club: of their
        military spending) in 2009, None where no single one has.
    consent
        Who must agree before a new member enters; one of `CONSENTS`.
    excludes
        Clubs of which a full member of this one cannot also be a full member.
    zero_internal_tariff
        Whether the rules free trade in goods among full members of duty (with the exceptions in `note`).
    common_external_tariff
        Whether full members set one tariff on outsiders.
    security
        Whether members promise each other defence, or security is the club's main purpose.
    sources
        Keys into `multipolar.atlas.sources`.
    note
        What the columns cannot say.
    """

    id: str
    name: str
    kind: str
    founded: dt.date
    dissolved: dt.date | None
    hub: str | None
    consent: str
    excludes: tuple[str, ...]
    zero_internal_tariff: bool
    common_external_tariff: bool
    security: bool
    sources: tuple[str, ...]
    note: str

    def in_force(self, on: dt.date) -> bool:
        """Return whether the club exists on a day."""
        return self.founded <= on and (self.dissolved is None or on < self.dissolved)


@dataclass(frozen=True, slots=True)
class Membership:
    """One economy's standing in one club over one spell of time.

    Attributes
    ----------
    club, economy
        Club id and ISO3 code.
    status
        One of `STATUSES`.
    start, end
        First day of the standing, and first day on which it no longer holds (None: still in force).
    precision
        How closely the source dates `start`; where it names a month or a year only, `start` is its first day.
    event
        What began the spell.
    sources
        Keys into `multipolar.atlas.sources`.
    note
        Reservations, and what the other columns cannot say.
    """

    club: str
    economy: str
    status: str
    start: dt.date
    end: dt.date | None
    precision: str
    event: str
    sources: tuple[str, ...]
    note: str

    def holds(self, on: dt.date) -> bool:
        """Return whether the standing holds on a day: from `start`, up to but without `end`."""
        return self.start <= on and (self.end is None or on < self.end)


def parse_clubs(
    text: str,
    known_economies: Mapping[str, object],
    known_sources: Mapping[str, object],
    file: str = _CLUBS,
) -> dict[str, Club]:
    """Read a table of clubs from its text; raises `AtlasError` naming file and line."""
    found: dict[str, Club] = {}
    rows: dict[str, Row] = {}
    for row in read_rows(file, _CLUB_COLUMNS, text):
        made = _club_from(row, known_economies, known_sources)
        if made.id in found:
            raise row.error(f"club '{made.id}' stands twice; remove one")
        found[made.id], rows[made.id] = made, row
    for made in found.values():
        for other in made.excludes:
            if other not in found:
                raise rows[made.id].error(f"{made.id} excludes '{other}', which is no club of this table")
            if made.id not in found[other].excludes:
                raise rows[other].error(f"{made.id} excludes {other}; {other} must exclude {made.id}")
    return found


def _club_from(row: Row, known_economies: Mapping[str, object], known_sources: Mapping[str, object]) -> Club:
    hub = row.optional("hub")
    if hub is not None and hub not in known_economies:
        raise row.error(f"hub '{hub}' is not an economy of economies.csv")
    founded, dissolved = row.date("founded"), row.optional_date("dissolved")
    _check_order(row, "founded", founded, "dissolved", dissolved)
    return Club(
        id=row.text("id"),
        name=row.text("name"),
        kind=row.one_of("kind", KINDS),
        founded=founded,
        dissolved=dissolved,
        hub=hub,
        consent=row.one_of("consent", CONSENTS),
        excludes=tuple(row.cells["excludes"].split()),
        zero_internal_tariff=_word(row, "internal_tariff", "zero"),
        common_external_tariff=_word(row, "external_tariff", "common"),
        security=row.flag("security"),
        sources=check_sources(row, known_sources),
        note=row.cells["note"],
    )


def _word(row: Row, column: str, word: str) -> bool:
    value = row.cells[column]
    if value not in ("", word):
        raise row.error(f"column '{column}' holds '{value}'; write '{word}' or leave it blank")
    return value == word


def _check_order(row: Row, first: str, start: dt.date, second: str, end: dt.date | None) -> None:
    if end is not None and end <= start:
        raise row.error(f"{second} {end} is not after {first} {start}; {second} is the first day without")


def parse_memberships(
    text: str,
    known_clubs: Mapping[str, Club],
    known_economies: Mapping[str, object],
    known_sources: Mapping[str, object],
    file: str = _MEMBERSHIPS,
) -> tuple[Membership, ...]:
    """Read a table of memberships from its text.

    Parameters
    ----------
    text
        Content of the table.
    known_clubs, known_economies, known_sources
        What the rows may refer to.
    file
        Name used in messages.

    Raises
    ------
    AtlasError
        Naming file and line: an unknown club, economy, status or source; dates out of order or outside the
        life of the club; two rows of one economy in one club that overlap.
    """
    found: list[Membership] = []
    spells: dict[tuple[str, str], list[tuple[Membership, Row]]] = {}
    for row in read_rows(file, _MEMBERSHIP_COLUMNS, text):
        made = _membership_from(row, known_clubs, known_economies, known_sources)
        _check_life(row, made, known_clubs[made.club])
        for earlier, at in spells.get((made.club, made.economy), []):
            if _overlap(made, earlier):
                raise row.error(
                    f"{made.economy} in {made.club} overlaps line {at.line}; end one spell before the other"
                )
        spells.setdefault((made.club, made.economy), []).append((made, row))
        found.append(made)
    return tuple(found)


def _membership_from(
    row: Row,
    known_clubs: Mapping[str, Club],
    known_economies: Mapping[str, object],
    known_sources: Mapping[str, object],
) -> Membership:
    club_id, member = row.text("club"), row.text("economy")
    if club_id not in known_clubs:
        raise row.error(f"club '{club_id}' is not in {_CLUBS}; add it there")
    if member not in known_economies:
        raise row.error(f"economy '{member}' is not in economies.csv; use an ISO3 code of that table")
    start, end = row.date("start"), row.optional_date("end")
    _check_order(row, "start", start, "end", end)
    return Membership(
        club=club_id,
        economy=member,
        status=row.one_of("status", STATUSES),
        start=start,
        end=end,
        precision=row.one_of("precision", PRECISIONS),
        event=row.text("event"),
        sources=check_sources(row, known_sources),
        note=row.cells["note"],
    )


def _check_life(row: Row, made: Membership, of: Club) -> None:
    if made.start < of.founded and made.status in ("full", "suspended"):
        raise row.error(f"{made.economy} is {made.status} in {of.id} before its founding on {of.founded}")
    if of.dissolved is not None and (made.end is None or made.end > of.dissolved):
        raise row.error(f"{made.economy} outlives {of.id}, dissolved {of.dissolved}; end the spell then")


def _overlap(one: Membership, other: Membership) -> bool:
    first, second = sorted((one, other), key=lambda spell: spell.start)
    return first.end is None or second.start < first.end


@cache
def _clubs() -> dict[str, Club]:
    known = {found.iso3: found for found in economies()}
    return parse_clubs(bundled(_CLUBS), known, sources())


@cache
def _memberships() -> tuple[Membership, ...]:
    known = {found.iso3: found for found in economies()}
    return parse_memberships(bundled(_MEMBERSHIPS), _clubs(), known, sources())


def clubs() -> Mapping[str, Club]:
    """Return every club by id, in the order of the table."""
    return MappingProxyType(_clubs())


def club(club_id: str) -> Club:
    """Return one club.

    Parameters
    ----------
    club_id
        For example ``"CSTO"``; case does not matter.

    Raises
    ------
    UnknownNameError
        With the nearest known ids.
    """
    by_fold = {known.casefold(): found for known, found in _clubs().items()}
    try:
        return by_fold[str(club_id).casefold()]
    except KeyError:
        named = [known for known, found in _clubs().items() if found.name.casefold() == str(club_id).casefold()]
        raise UnknownNameError("club", str(club_id), _clubs(), named) from None


def _day(on: dt.date | str) -> dt.date:
    """Accept a date or ISO text."""
    if isinstance(on, dt.datetime):
        return on.date()
    if isinstance(on, dt.date):
        return on
    try:
        return dt.date.fromisoformat(on)
    except ValueError:
        raise AtlasError(f"'{on}' is not a date; write it as YYYY-MM-DD") from None


def memberships(
    club: str | None = None, economy: str | None = None, on: dt.date | str | None = None
) -> tuple[Membership, ...]:
    """Return the memberships that fit every given filter, in the order of the table.

    Parameters
    ----------
    club
        Club id, or None for all.
    economy
        Anything that `multipolar.atlas.economy` accepts, or None for all.
    on
        A day on which the standing must hold, or None for the whole history.
    """
    club_id = None if club is None else _club_id(club)
    iso3 = None if economy is None else _iso3(economy)
    day = None if on is None else _day(on)
    return tuple(
        found
        for found in _memberships()
        if (club_id is None or found.club == club_id)
        and (iso3 is None or found.economy == iso3)
        and (day is None or found.holds(day))
    )


def _club_id(name: str) -> str:
    return club(name).id


def _iso3(name: str) -> str:
    return economy(name).iso3


def members(club: str, on: dt.date | str, statuses: Iterable[str] = ("full",)) -> tuple[str, ...]:
    """Return the ISO3 codes of the economies that hold one of `statuses` in a club on a day, sorted.

    Raises
    ------
    AtlasError
        For a status that does not exist.
    """
    wanted = (statuses,) if isinstance(statuses, str) else tuple(statuses)
    for status in wanted:
        if status not in STATUSES:
            raise AtlasError(f"'{status}' is no status; use {', '.join(STATUSES)}")
    return tuple(sorted(found.economy for found in memberships(club=club, on=on) if found.status in wanted))


def status_by_member(group: str, club: str, on: dt.date | str) -> dict[str, str | None]:
    """Return each member's status in a club on a day, None for a member with none.

    Parameters
    ----------
    group
        Code of a group of the shipped world, or an economy (which then stands alone).
    club, on
        Club id and day.
    """
    held = {found.economy: found.status for found in memberships(club=club, on=on)}
    return {member: held.get(member) for member in _members_of(group)}


def clubs_of(economy: str, on: dt.date | str) -> dict[str, str]:
    """Return the clubs in which an economy or a group of the shipped world has a standing on a day.

    Parameters
    ----------
    economy
        An economy, or the code of a group such as ``EUN``. A code that is both, such as ``CHN``, means the
        economy; ask `status_by_member` about Hong Kong and Macao.
    on
        The day.

    Returns
    -------
    dict
        Club id to status. A group has a status when all its members share it, and is ``"mixed"`` when
        only some have a standing or their standings differ.
    """
    held: dict[str, dict[str, str]] = {}
    for found in memberships(on=on):
        held.setdefault(found.club, {})[found.economy] = found.status
    answer: dict[str, str] = {}
    for club_id in _clubs():
        statuses = [held.get(club_id, {}).get(member) for member in _members_of(economy)]
        present = {status for status in statuses if status is not None}
        if present:
            alone = len(present) == 1 and None not in statuses
            answer[club_id] = present.pop() if alone else MIXED
    return answer


def _members_of(code: str) -> tuple[str, ...]:
    """Return the economies behind a code: an economy first, else a group."""
    folded = str(code).upper()
    if folded in groups() and folded not in {found.iso3 for found in economies()}:
        return groups()[folded]
    try:
        return (economy(code).iso3,)
    except UnknownNameError:
        known = [*groups(), *(name for found in economies() for name in (found.iso3, found.name))]
        raise UnknownNameError("economy", str(code), known) from None
