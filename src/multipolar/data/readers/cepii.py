"""Distances, contiguity, language and the rest of what gravity needs, from CEPII."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from multipolar.data.bulk import open_bulk
from multipolar.data.codes import Codes
from multipolar.data.tables import Column, Notes, Table, read_delimited
from multipolar.errors import DataError

__all__ = ["geodist", "gravity"]

_FLAGS = {"contiguity": "contig", "language": "comlang_off", "colony": "colony"}
_LENGTHS = {"distance_km": "dist", "distance_weighted_km": "distw"}


def geodist(path: Path, *, aliases: Mapping[str, str] | None = None) -> Table:
    """Read ``dist_cepii``: distance (km; between the largest cities, and weighted by population) and shared traits."""
    columns = (
        Column("origin", ("iso_o",), "code"),
        Column("destination", ("iso_d",), "code"),
        *(Column(n, (r,), "number", low=0, high=1) for n, r in _FLAGS.items()),
        *(Column(n, (r,), "number", low=0, high=25_000, blank="keep") for n, r in _LENGTHS.items()),
    )
    return read_delimited(path, columns, codes=Codes(aliases=aliases or {}), key=("origin", "destination"),
                          layout="CEPII GeoDist", unknown="drop")  # fmt: skip


def gravity(path: Path, *, year: int, member: str | None = None, aliases: Mapping[str, str] | None = None) -> Table:
    """Read one year of the Gravity database as a stream: pairs of economies that both exist in that year.

    Parameters
    ----------
    member
        Part of the archive, such as ``Gravity_V202211.csv``.
    """
    wanted = {"year": "INTEGER", "iso3_o": "VARCHAR", "iso3_d": "VARCHAR", "country_exists_o": "INTEGER",
              "country_exists_d": "INTEGER", "dist": "DOUBLE", "contig": "INTEGER", "comlang_off": "INTEGER",
              "fta_wto": "INTEGER"}  # fmt: skip
    with open_bulk(path, wanted, layout="CEPII Gravity", member=member) as bulk:
        found = bulk.query(
            f"select iso3_o, iso3_d, year, dist, contig, comlang_off, fta_wto from raw where year = {int(year)} "
            "and country_exists_o = 1 and country_exists_d = 1 order by all"
        )
        bulk.refuse_rejected()
        other = f"count(*) filter (where year is distinct from {int(year)})"
        rows, others = map(int, bulk.query(f"select count(*), {other} from raw").iloc[0])
        if found.empty:
            raise DataError(f"has no pair of economies in {year}", path.name)
    codes = Codes(aliases=aliases or {})
    iso3 = {code: codes.find(code) for code in {*found.iso3_o, *found.iso3_d}}
    notes = Notes(rows_read=rows)
    notes.drop(f"not of {year}", others)
    notes.drop(f"an economy of the pair did not exist in {year}", rows - others - len(found))
    lost = sorted(code for code, known in iso3.items() if known in (None, codes.AGGREGATE))
    frame = found.assign(origin=found.iso3_o.map(iso3), destination=found.iso3_d.map(iso3))
    good = ~frame.iso3_o.isin(lost) & ~frame.iso3_d.isin(lost)
    notes.drop(f"unknown to the atlas ({', '.join(lost[:8])})", int((~good).sum()))
    frame = frame[good]
    if (frame.dist < 0).any():
        raise DataError("a distance is negative", path.name)
    twice = frame.duplicated(["origin", "destination"])
    if twice.any():
        bad = frame[twice].iloc[0]
        raise DataError(f"{bad.origin}, {bad.destination} stands more than once in {year}", path.name)
    names = {"dist": "distance_km", "contig": "contiguity", "comlang_off": "language", "fta_wto": "agreement"}
    frame = frame.rename(columns=names).drop(columns=["iso3_o", "iso3_d"])
    return Table(frame.reset_index(drop=True), notes, path.name)
