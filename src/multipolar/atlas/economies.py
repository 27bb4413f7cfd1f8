"""Economies, their codes and capitals, and the groups into which the shipped world puts them."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from multipolar.atlas._tables import bundled, read_rows
from multipolar.atlas.sources import check_sources, sources
from multipolar.errors import AtlasError, UnknownNameError

__all__ = [
    "Economy",
    "economies",
    "economy",
    "group_name",
    "group_of",
    "groups",
    "join_numeric",
    "parse_economies",
    "parse_groups",
]

_ECONOMIES = "economies.csv"
_ECONOMY_COLUMNS = (
    "iso3",
    "iso_numeric",
    "name",
    "aliases",
    "cow",
    "capital",
    "capital_lat",
    "capital_lon",
    "source",
)
_GROUPS = "groups.csv"
_GROUP_COLUMNS = ("group", "name", "member")


@dataclass(frozen=True, slots=True)
class Economy:
    """A country or territory that trade data tell apart.

    Attributes
    ----------
    iso3
        ISO 3166-1 alpha-3 code; ``XKX`` (user-assigned) for Kosovo and the withdrawn ``ANT``.
    iso_numeric
        Three-digit ISO numeric code as text; empty where there is none (Kosovo).
    name
        English short name.
    cow
        Correlates of War country number, None for territories that are not states in that system.
    capital
        Seat of government on 15 June 2009, as the source names it; empty where there is none.
    latitude, longitude
        Place of the capital (degrees north, degrees east), None where there is no capital.
    aliases
        Other names that `economy` accepts.
    sources
        Keys into `multipolar.atlas.sources`.
    """

    iso3: str
    iso_numeric: str
    name: str
    cow: int | None
    capital: str
    latitude: float | None
    longitude: float | None
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()


def parse_economies(text: str, known_sources: Mapping[str, object], file: str = _ECONOMIES) -> dict[str, Economy]:
    """Read a table of economies from its text.

    Parameters
    ----------
    text
        Content of the table.
    known_sources
        Keys that the source column may use.
    file
        Name used in messages.

    Raises
    ------
    AtlasError
        Naming file and line, for a malformed or repeated code or name or an impossible place.
    """
    found: dict[str, Economy] = {}
    taken: set[str] = set()
    for row in read_rows(file, _ECONOMY_COLUMNS, text):
        iso3, numeric, cow = row.text("iso3"), row.cells["iso_numeric"], row.cells["cow"]
        if len(iso3) != 3 or not iso3.isascii() or not iso3.isupper():
            raise row.error(f"iso3 '{iso3}' is not three capital letters")
        if numeric and (len(numeric) != 3 or not numeric.isdecimal()):
            raise row.error(f"iso_numeric '{numeric}' of {iso3} is not three digits; keep leading zeros")
        if cow and not cow.isdecimal():
            raise row.error(f"cow '{cow}' of {iso3} is not a whole number")
        latitude, longitude = row.number("capital_lat", -90, 90), row.number("capital_lon", -180, 180)
        if (latitude is None) != (longitude is None):
            raise row.error(f"{iso3} has only one of capital_lat and capital_lon; give both or none")
        aliases = tuple(alias for alias in row.cells["aliases"].split("|") if alias)
        keys = {_plain(name) for name in (iso3, numeric, row.text("name"), *aliases) if name}
        if clash := keys & taken:
            raise row.error(f"'{min(clash)}' of {iso3} already names another economy")
        taken |= keys
        found[iso3] = Economy(
            iso3=iso3,
            iso_numeric=numeric,
            name=row.text("name"),
            cow=int(cow) if cow else None,
            capital=row.cells["capital"],
            latitude=latitude,
            longitude=longitude,
            aliases=aliases,
            sources=check_sources(row, known_sources),
        )
    return found


def parse_groups(
    text: str, known_economies: Mapping[str, object], file: str = _GROUPS
) -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    """Read a partition of the economies from its text.

    Parameters
    ----------
    text
        Content of the table, one line per member.
    known_economies
        Codes that must each occur exactly once.
    file
        Name used in messages.

    Returns
    -------
    members, names
        Group code to its members, and group code to its name, in the order of the table.

    Raises
    ------
    AtlasError
        When an economy is unknown, stands twice or is missing, or a group has two names.
    """
    members: dict[str, list[str]] = {}
    names: dict[str, str] = {}
    home: dict[str, str] = {}
    for row in read_rows(file, _GROUP_COLUMNS, text):
        code, name, member = row.text("group"), row.text("name"), row.text("member")
        if member not in known_economies:
            raise row.error(f"economy '{member}' is not in {_ECONOMIES}; add it there")
        if member in home:
            raise row.error(f"{member} is already in group {home[member]}; an economy has one group")
        if names.setdefault(code, name) != name:
            raise row.error(f"group {code} is called '{name}' and '{names[code]}'; choose one name")
        home[member] = code
        members.setdefault(code, []).append(member)
    if missing := sorted(set(known_economies) - set(home)):
        raise AtlasError(f"{file}: no group for {', '.join(missing)}; add a line for each")
    return {code: tuple(group) for code, group in members.items()}, names


@cache
def _economies() -> dict[str, Economy]:
    return parse_economies(bundled(_ECONOMIES), sources())


@cache
def _groups() -> tuple[dict[str, tuple[str, ...]], dict[str, str]]:
    return parse_groups(bundled(_GROUPS), _economies())


@cache
def _by_any_name() -> dict[str, Economy]:
    return {
        _plain(name): found
        for found in _economies().values()
        for name in (found.iso3, found.iso_numeric, found.name, *found.aliases)
        if name
    }


@cache
def _home() -> dict[str, str]:
    return {member: code for code, group in _groups()[0].items() for member in group}


def _plain(name: str) -> str:
    """Fold case, accents and spacing, so that 'cote d'ivoire' finds Côte d'Ivoire."""
    folded = unicodedata.normalize("NFKD", name.casefold().replace("\u2019", "'"))
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).split())


def economies() -> tuple[Economy, ...]:
    """Return every economy, in the order of the ISO code."""
    return tuple(_economies().values())


def economy(code: str) -> Economy:
    """Find an economy by ISO alpha-3 code, ISO numeric code or English name.

    Parameters
    ----------
    code
        For example ``"KAZ"``, ``"398"`` or ``"kazakhstan"``; case and accents do not matter.

    Raises
    ------
    UnknownNameError
        With the nearest known names.
    """
    key = _plain(str(code))
    if key.isdecimal():
        key = key.zfill(3)
    try:
        return _by_any_name()[key]
    except KeyError:
        known = [name for found in economies() for name in (found.iso3, found.name, *found.aliases)]
        raise UnknownNameError("economy", str(code), known) from None


def groups() -> Mapping[str, tuple[str, ...]]:
    """Return the economies of the shipped world: code to the ISO3 codes of its members.

    The groups are a partition of `economies`; single countries are groups of one.
    """
    return MappingProxyType(_groups()[0])


def group_name(code: str) -> str:
    """Return the English name of a group of the shipped world; raises `UnknownNameError`."""
    try:
        return _groups()[1][code]
    except KeyError:
        raise UnknownNameError("economy group", code, _groups()[1]) from None


def group_of(code: str) -> str:
    """Return the group of the shipped world to which an economy belongs.

    Parameters
    ----------
    code
        Anything that `economy` accepts.
    """
    return _home()[economy(code).iso3]


def codes_named(name: str) -> tuple[str, ...]:
    """Return the codes that a full name stands for: of an economy, or of a group of the shipped world; maybe none.

    The first words of a group's name are enough.

    Examples
    --------
    >>> codes_named("kazakhstan"), codes_named("European Union"), codes_named("Atlantis")
    (('KAZ',), ('EUN',), ())
    """
    key = _plain(str(name)[:200])
    found = [code for code, group in _groups()[1].items() if f"{_plain(group)} ".startswith(f"{key} ")]
    if key in _by_any_name():
        found.append(_by_any_name()[key].iso3)
    return tuple(dict.fromkeys(found))


def join_numeric() -> Mapping[str, str]:
    """Return ISO numeric code (three digits, text) to ISO3, for joining to map geometry.

    Kosovo has no numeric code and is absent: geometry names it by ``XKX`` or by name.
    """
    return MappingProxyType({found.iso_numeric: found.iso3 for found in economies() if found.iso_numeric})
