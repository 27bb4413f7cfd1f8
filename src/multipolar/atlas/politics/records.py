"""Offers, threats, hazards and dated events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist

from multipolar.atlas._tables import Row, bundled, read_rows
from multipolar.atlas.clubs import PRECISIONS
from multipolar.atlas.economies import economies
from multipolar.atlas.politics.figures import read_range
from multipolar.atlas.politics.references import load_political_sources, optional_sources
from multipolar.atlas.sources import check_sources
from multipolar.errors import UnknownNameError
from multipolar.triangular import triangular_quantile

__all__ = [
    "EVENT_KINDS",
    "OFFERS",
    "THREAT_KINDS",
    "Event",
    "Hazard",
    "Offer",
    "Threat",
    "load_events",
    "load_hazards",
    "load_offers",
    "load_threats",
    "parse_events",
    "parse_hazards",
    "parse_offers",
    "parse_threats",
]

OFFERS = ("eastern_partnership", "eu_association", "wto_accession")
THREAT_KINDS = ("state", "hub", "prior", "conflict")
"""A neighbouring state; the hub, kept apart; a stated prior (NATO); a war next door that may spill over."""

EVENT_KINDS = (
    "accession",
    "agreement",
    "boycott",
    "cut_off",
    "deployment",
    "joint_bid",
    "notification",
    "offer",
    "payment_withheld",
    "refusal",
    "talks_blocked",
    "threat",
    "trade_ban",
    "trade_ban_lifted",
    "transit_threat",
    "union",
)
EXCESS = ("ring_1", "ring_2")
"""Rules of a hazard that is the difference of two rates: the excess near a war over far from one."""

ENDS = 0.001
"""Probability at either end of a difference of rates that is not drawn."""

ARGUMENT = dt.date(2009, 6, 15)
"""First day on which what happens is an outcome."""

_OFFERS = "politics/offers.csv"
_OFFER_COLUMNS = (
    "id",
    "economy",
    "offer",
    "party",
    "since",
    "available",
    "probability",
    "lo",
    "hi",
    "status",
    "source",
    "note",
)
_THREATS = "politics/threats.csv"
_THREAT_COLUMNS = ("id", "kind", "place", "governments", "note")
_HAZARDS = "politics/hazards.csv"
_HAZARD_COLUMNS = ("state", "threat", "rule", "value", "lo", "hi", "status", "source", "note")
_EVENTS = "politics/events.csv"
_EVENT_COLUMNS = ("date", "precision", "kind", "economies", "event", "clock", "source", "claims", "note")


@dataclass(frozen=True, slots=True)
class Offer:
    """What an economy could join instead, as it stood in mid-June 2009.

    Attributes
    ----------
    economy, offer, party
        Who could join what (one of `OFFERS`), offered by whom.
    since
        Day on which it became available, or on which talks began; None where neither, or where the atlas dates it.
    available
        Whether it was on the table.
    probability, lo, hi
        That it can be had within the horizon of the note; a range unless it is a fact.
    status
        ``observed`` or ``range``.
    sources, note
        Keys into `load_political_sources`, and the reason of a range.
    """

    economy: str
    offer: str
    party: str
    since: dt.date | None
    available: bool
    probability: float
    lo: float | None
    hi: float | None
    status: str
    sources: tuple[str, ...]
    note: str

    def at(self, u: float | None = None) -> float:
        """Return the probability, or the `u`-quantile of its range."""
        if u is None or self.lo is None or self.hi is None:
            return self.probability
        return triangular_quantile(self.lo, self.probability, self.hi, u)


@dataclass(frozen=True, slots=True)
class Threat:
    """Something that may attack or spill over.

    Attributes
    ----------
    id
        ISO3 code of a state, or the short name of a conflict or alliance.
    kind
        One of `THREAT_KINDS`.
    place
        ISO3 code of the economy in whose capital it is placed; empty for the nearest capital of its members.
    governments
        For a conflict: the governments that fight it.
    note
        What the columns cannot say.
    """

    id: str
    kind: str
    place: str
    governments: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Hazard:
    """Yearly probability that a threat strikes a state: an onset rate of its class, smoothed and rounded.

    Attributes
    ----------
    state, threat
        ISO3 code and id of a `Threat`.
    rule
        Class whose rate it is.
    value, lo, hi
        Probability a year. Of a difference of rates (`EXCESS`) lo and hi are its 5% and 95% quantiles, and lo may be
        below zero: that there is no excess at all is then within the band.
    status, sources, note
        As for figures.
    """

    state: str
    threat: str
    rule: str
    value: float
    lo: float
    hi: float
    status: str
    sources: tuple[str, ...]
    note: str

    def at(self, u: float | None = None) -> float:
        """Return the hazard, or the `u`-quantile of its range.

        Triangular as for figures; normal for a difference of rates, where the quantile may be below zero. Cut it there
        when it is used as a probability, not before: cut at zero and then drawn, an excess that may be none would be
        drawn as several times the estimate.
        """
        if u is None:
            return self.value
        if self.rule not in EXCESS:
            return triangular_quantile(self.lo, self.value, self.hi, u)
        normal = NormalDist((self.lo + self.hi) / 2, (self.hi - self.lo) / (2 * NormalDist().inv_cdf(0.95)))
        return normal.inv_cdf(min(max(u, ENDS), 1 - ENDS))


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day.

    Attributes
    ----------
    date, precision
        Day, and how closely the source dates it; for a month the first day of it.
    kind
        One of `EVENT_KINDS`.
    economies
        Who acted first, then who was concerned (ISO3 codes).
    text
        What happened.
    clock
        ``measure`` before 15 June 2009, ``outcome`` after.
    sources
        Keys into `load_political_sources`.
    claims
        Numbers of the propositions that it bears on.
    note
        What the columns cannot say.
    """

    date: dt.date
    precision: str
    kind: str
    economies: tuple[str, ...]
    text: str
    clock: str
    sources: tuple[str, ...]
    claims: tuple[int, ...]
    note: str


def parse_offers(text: str, known_sources: Mapping[str, object], file: str = _OFFERS) -> tuple[Offer, ...]:
    """Read a table of offers from its text; raises `AtlasError` naming file and line."""
    found: dict[str, Offer] = {}
    for row in read_rows(file, _OFFER_COLUMNS, text):
        value, lo, hi = read_range(row, "probability", (0, 1))
        status = row.one_of("status", ("observed", "range"))
        if value is None:
            raise row.error("column 'probability' is blank; fill it or remove the row")
        if (status == "range") != (lo is not None):
            raise row.error("an observed offer has no lo and hi, a range has both")
        made = Offer(
            economy=_known(row, row.text("economy")),
            offer=row.one_of("offer", OFFERS),
            party=row.text("party"),
            since=row.optional_date("since"),
            available=row.flag("available"),
            probability=value,
            lo=lo,
            hi=hi,
            status=status,
            sources=optional_sources(row, known_sources),
            note=row.text("note"),
        )
        if status == "observed" and not made.sources:
            raise row.error("an observed offer needs a source")
        key = f"{made.offer}/{made.economy}"
        if row.text("id") != key or key in found:
            raise row.error(f"id must be {key}, once")
        found[key] = made
    return tuple(found.values())


def parse_threats(text: str, file: str = _THREATS) -> dict[str, Threat]:
    """Read a table of threats from its text; raises `AtlasError` naming file and line."""
    found: dict[str, Threat] = {}
    for row in read_rows(file, _THREAT_COLUMNS, text):
        place, kind = row.cells["place"], row.one_of("kind", THREAT_KINDS)
        if kind != "prior":
            _known(row, row.text("place"))
        governments = tuple(row.cells["governments"].split())
        for code in governments:
            _known(row, code)
        if bool(governments) != (kind == "conflict"):
            raise row.error("a conflict names the governments that fight it, nothing else does")
        if row.text("id") in found:
            raise row.error(f"threat '{row.text('id')}' stands twice; remove one")
        found[row.text("id")] = Threat(row.text("id"), kind, place, governments, row.cells["note"])
    return found


def parse_hazards(
    text: str, known_threats: Mapping[str, Threat], known_sources: Mapping[str, object], file: str = _HAZARDS
) -> dict[tuple[str, str], Hazard]:
    """Read a table of hazards from its text; raises `AtlasError` naming file and line."""
    found: dict[tuple[str, str], Hazard] = {}
    for row in read_rows(file, _HAZARD_COLUMNS, text):
        excess = row.text("rule") in EXCESS
        value, lo, hi = read_range(row, "value", (-1 if excess else 0, 1))
        if value is None or lo is None or hi is None:
            raise row.error("a hazard needs value, lo and hi")
        if value < 0:
            raise row.error(f"value {value:g} is a probability; write 0 where a rate has no excess")
        if excess and lo == hi:
            raise row.error("a difference of rates needs lo below hi")
        threat, state = row.text("threat"), _known(row, row.text("state"))
        if threat not in known_threats:
            raise row.error(f"threat '{threat}' is not in {_THREATS}; add it there")
        if (state, threat) in found or state == threat:
            raise row.error(f"{state} and {threat} stand twice, or a state threatens itself; remove the row")
        status = row.one_of("status", ("estimated", "range"))
        made = Hazard(
            state=state,
            threat=threat,
            rule=row.text("rule"),
            value=value,
            lo=lo,
            hi=hi,
            status=status,
            sources=optional_sources(row, known_sources),
            note=row.text("note"),
        )
        if (status == "estimated") != bool(made.sources):
            raise row.error("an estimated hazard needs a source, a stated range has none")
        found[state, threat] = made
    return found


def parse_events(text: str, known_sources: Mapping[str, object], file: str = _EVENTS) -> tuple[Event, ...]:
    """Read a calendar from its text; raises `AtlasError` naming file and line, also where dates are out of order."""
    found: list[Event] = []
    for row in read_rows(file, _EVENT_COLUMNS, text):
        claims = tuple(row.text("claims").split())
        if not all(claim.isdecimal() and 1 <= int(claim) <= 28 for claim in claims):
            raise row.error(f"claims '{row.text('claims')}' must be numbers from 1 to 28")
        made = Event(
            date=row.date("date"),
            precision=row.one_of("precision", PRECISIONS),
            kind=row.one_of("kind", EVENT_KINDS),
            economies=tuple(_known(row, code) for code in row.text("economies").split()),
            text=row.text("event"),
            clock=row.one_of("clock", ("measure", "outcome")),
            sources=check_sources(row, known_sources),
            claims=tuple(int(claim) for claim in claims),
            note=row.cells["note"],
        )
        if found and made.date < found[-1].date:
            raise row.error(f"{made.date} stands after {found[-1].date}; order the events by date")
        if (made.date < ARGUMENT) != (made.clock == "measure"):
            raise row.error(f"an event of {made.date} is {'a measure' if made.date < ARGUMENT else 'an outcome'}")
        found.append(made)
    return tuple(found)


def _known(row: Row, code: str) -> str:
    if code not in _codes():
        raise row.error(f"'{code}' is no economy of the atlas; use an ISO3 code")
    return code


@cache
def _codes() -> frozenset[str]:
    return frozenset(found.iso3 for found in economies())


@cache
def load_offers() -> tuple[Offer, ...]:
    """Return every offer, in the order of the table."""
    return parse_offers(bundled(_OFFERS), load_political_sources())


@cache
def _threats() -> dict[str, Threat]:
    return parse_threats(bundled(_THREATS))


def load_threats(kinds: tuple[str, ...] = THREAT_KINDS) -> Mapping[str, Threat]:
    """Return the threats of some kinds by id, in the order of the table; raises `UnknownNameError` for a kind."""
    for kind in kinds:
        if kind not in THREAT_KINDS:
            raise UnknownNameError("kind of threat", kind, THREAT_KINDS)
    return {key: found for key, found in _threats().items() if found.kind in kinds}


@cache
def _hazards() -> dict[tuple[str, str], Hazard]:
    return parse_hazards(bundled(_HAZARDS), _threats(), load_political_sources())


def load_hazards() -> Mapping[tuple[str, str], Hazard]:
    """Return the hazards by (state, threat); a pair that is absent has none."""
    return dict(_hazards())


@cache
def load_events() -> tuple[Event, ...]:
    """Return the calendar, in the order of the dates."""
    return parse_events(bundled(_EVENTS), load_political_sources())
