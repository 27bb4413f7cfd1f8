"""Agreements, capabilities, alliances, votes and conflicts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from multipolar.data.codes import Codes
from multipolar.data.tables import Column, Table, read_delimited, read_parquet

__all__ = ["alliances", "capabilities", "conflicts", "desta", "ideal_points"]

_COW = Codes(scheme="cow")
_YEAR = Column("year", ("year",), "year", low=1500, high=2200)


def _read(path: Path, columns: Sequence[Column], key: Sequence[str], layout: str) -> Table:
    """Read a csv or a Parquet file; states that no longer exist are unknown to the atlas and left out, counted."""
    try:
        with open(path, "rb") as handle:
            parquet = handle.read(4) == b"PAR1"
    except OSError:
        parquet = False
    if parquet:
        return read_parquet(path, columns, codes=_COW, key=key, layout=layout, unknown="drop")
    return read_delimited(path, columns, codes=_COW, key=key, layout=layout, unknown="drop")


def desta(path: Path) -> Table:
    """Read DESTA's members: one row an agreement and member, with accessions and withdrawals.

    Columns: ``agreement`` (number of the base treaty), ``name``, ``iso3``, ``entry`` (base_treaty, accession,
    consolidated, withdrawal ...), ``year`` (in force; the year of signature stands in `signed`), ``notified`` (1 if the
    WTO lists it).
    """
    columns = (
        Column("agreement", ("base_treaty",), "number", low=0, high=1e6),
        Column("name", ("name",)),
        Column("entry", ("entry_type",)),
        Column("signed", ("year",), "number", low=1900, high=2200, blank="keep"),
        Column("year", ("entryforceyear",), "number", low=1900, high=2200, blank="keep"),
        Column("notified", ("wto_listed",), "number", low=0, high=1, blank="keep"),
        Column("iso3", ("iso3",), "code", blank="drop"),
    )
    return read_delimited(path, columns, codes=Codes(), layout="DESTA", unknown="drop")


def capabilities(path: Path) -> Table:
    """Read national capabilities: military spending (thousand USD), personnel and population (thousand), CINC."""
    numbers = {"military_spending": "milex", "military_personnel": "milper", "iron_and_steel": "irst",
               "energy_use": "pec", "population": "tpop", "urban_population": "upop", "cinc": "cinc"}  # fmt: skip
    columns = (
        Column("iso3", ("ccode",), "code"),
        _YEAR,
        *(Column(n, (r,), "number", low=-9, high=1e12, blank="keep") for n, r in numbers.items()),
    )
    table = _read(path, columns, ("iso3", "year"), "COW National Material Capabilities")
    frame = table.frame
    for name in numbers:  # -9 is the project's mark for a missing value
        frame = frame.assign(**{name: frame[name].where(frame[name] >= 0)})
    return Table(frame, table.notes, table.source)


def alliances(path: Path) -> Table:
    """Read ATOP dyad-years: pledges of defence, offence, neutrality, non-aggression, consultation (0 or 1)."""
    pledges = {"defence": "atop_defense", "offence": "atop_offense", "neutrality": "atop_neutral",
               "non_aggression": "atop_nonagg", "consultation": "atop_consul"}  # fmt: skip
    columns = (
        Column("iso3_a", ("ccode1",), "code"),
        Column("iso3_b", ("ccode2",), "code"),
        _YEAR,
        *(Column(n, (r,), "number", low=0, high=1) for n, r in pledges.items()),
    )
    return _read(path, columns, ("iso3_a", "iso3_b", "year"), "ATOP dyad-years")


def ideal_points(path: Path) -> Table:
    """Read UN ideal points with their 5 to 95% interval; ``year`` is the year in which the session opened."""
    columns = (
        Column("iso3", ("ccode",), "code"),
        Column("session", ("session",), "number", low=1, high=500),
        Column("ideal_point", ("IdealPoint",), "number", low=-20, high=20),
        Column("lo", ("Q5%",), "number", low=-20, high=20, blank="keep"),
        Column("hi", ("Q95%",), "number", low=-20, high=20, blank="keep"),
    )
    table = _read(path, columns, ("iso3", "session"), "UN ideal points")
    session = table.frame.session.astype(int)
    return Table(table.frame.assign(session=session, year=1945 + session), table.notes, table.source)


def conflicts(path: Path) -> Table:
    """Read UCDP/PRIO armed conflicts: ``iso3`` is the state on side A, ``intensity`` 1 (minor) or 2 (war).

    The file has a row for every opponent or ally; those that differ in nothing read here are one.
    """
    columns = (
        Column("iso3", ("gwno_a",), "code"),
        _YEAR,
        Column("conflict", ("conflict_id",), "number", low=0, high=1e9),
        Column("intensity", ("intensity_level",), "number", low=1, high=2),
        Column("type", ("type_of_conflict",)),
    )
    table = _read(path, columns, (), "UCDP/PRIO Armed Conflict Dataset")
    tidy = table.frame.drop_duplicates(["iso3", "year", "conflict", "intensity", "type"], ignore_index=True)
    table.notes.drop("the same conflict and year with another opponent", len(table.frame) - len(tidy))
    return Table(tidy, table.notes, table.source)
