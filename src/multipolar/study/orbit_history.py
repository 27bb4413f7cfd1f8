"""What surrounds the orbits of one year: votes, changes of sides, the centre of gravity, and other years."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar import atlas
from multipolar.data.codes import Codes
from multipolar.errors import MultipolarError
from multipolar.influence import (
    capitals,
    centre_of_gravity,
    effective_number,
    ideal_point_distance,
    import_leverage,
    outside_poles,
    reported,
    spheres,
    switches,
    weights_of_poles,
)
from multipolar.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "SIDES",
    "History",
    "Poles",
    "alignment",
    "centre",
    "changes_of_sides",
    "known_importers",
    "over_time",
    "with_known_codes",
]

SIDES = ("CSTO", "GUAM", "EURASEC", "SCO")
"""Clubs among which a change of sides counts."""

SERIES_FROM = 1992
"""First year of a series: the Soviet Union, which the lists of economies do not hold, is gone."""

Poles = Mapping[str, tuple[str, ...]]
"""Name -> economies, or countries, that act as one."""


@dataclass(frozen=True, eq=False)
class History:
    """Figures by year that no world holds; each may be absent.

    Parameters
    ----------
    flows
        ``exporter, importer, year, trade`` of goods as importers report them (any unit).
    gdp
        GDP at market prices (any unit): index year, columns economy; columns that are no economy are not read.
    ideal_points
        ``iso3, year, ideal_point``.
    lacking
        What is absent -> why, for the record.
    """

    flows: pd.DataFrame | None = None
    gdp: pd.DataFrame | None = None
    ideal_points: pd.DataFrame | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)

    def why_not(self, name: str) -> str:
        """Return why something is absent."""
        return self.lacking.get(name, f"no {name.replace('_', ' ')} by year were given")


def with_known_codes(flows: pd.DataFrame) -> pd.DataFrame:
    """Return flows under the codes of the atlas.

    Old codes become those in use, Belgium-Luxembourg stands under Belgium. Importers that the atlas does not know, such
    as "unspecified", are left out; what others buy from such exporters still counts among their imports.
    """
    codes = Codes(aliases={"BLX": "BEL"})
    named: dict[str, str] = {}
    for code in {*flows.exporter, *flows.importer}:
        found = codes.find(str(code))
        if found is not None and found != Codes.AGGREGATE:
            named[code] = found
    kept = flows[flows.importer.isin(list(named))].reset_index(drop=True)
    exporter = kept.exporter.map(named).fillna(kept.exporter)
    return kept.assign(importer=kept.importer.map(named), exporter=exporter)


def known_importers(flows: pd.DataFrame, years: Sequence[int], iso: Poles) -> tuple[str, ...]:
    """Importers for which every pole is reported; of a pole of several countries some always are."""
    return reported(flows, years, [codes[0] for codes in iso.values() if len(codes) == 1])


def alignment(world: World, year: int, content: Mapping[str, Any], iso: Poles, past: History) -> dict[str, Any]:
    """Return for each economy the pole whose votes in the General Assembly are nearest."""
    points, source = _points(world, year, past)
    poles = _pole_points(points, list(iso), iso)
    if len(poles) < 2:
        return {"source": source, "rows": [], "nearest_is_leader": None, "reason": f"no ideal points of {year}"}
    import pandas as pd

    targets = [row["economy"] for row in content["spheres"] if row["economy"] in points.index]
    joined = pd.concat([points[[code for code in targets if code not in poles]], pd.Series(poles)])
    gaps = ideal_point_distance(joined).to_dict()
    leader = {row["economy"]: row["pole"] for row in content["spheres"]}
    rows = []
    for code in targets:
        apart = {pole: float(gaps[pole][code]) for pole in poles}
        rows.append({"economy": code, "nearest": min(apart, key=lambda pole: apart[pole]), "gaps": apart})
    same = [row["nearest"] == leader[row["economy"]] for row in rows if leader[row["economy"]] is not None]
    return {
        "source": source,
        "rows": rows,
        "nearest_is_leader": float(np.mean(same)) if same else None,
        "reason": None if same else "no economy has both a leader and an ideal point",
    }


def _points(world: World, year: int, past: History) -> tuple[pd.Series, str]:
    """Ideal points of a year: by country where they are given, else those that the world carries for its own year."""
    import pandas as pd

    carried = world.attributes.get("ideal_point")
    if year == world.year and carried is not None:
        return pd.Series(np.asarray(carried, dtype=float), index=list(world.economies)).dropna(), "world"
    if past.ideal_points is None:
        return pd.Series(dtype=float), past.why_not("ideal_points")
    rows = past.ideal_points[past.ideal_points.year == year].drop_duplicates("iso3")
    return rows.set_index("iso3")["ideal_point"].astype(float).dropna(), "ideal_points"


def _pole_points(points: pd.Series, names: Sequence[str], iso: Poles) -> dict[str, float]:
    """Point of each pole: its own, else the mean of its countries."""
    found: dict[str, float] = {}
    for name in names:
        known = [code for code in iso[name] if code in points.index]
        if name in points.index:
            found[name] = float(points[name])
        elif known:
            found[name] = float(points[known].mean())
    return found


def changes_of_sides(codes: Sequence[str], year: int) -> dict[str, Any]:
    """Changes of sides by the end of a year; those who never did are left out."""
    states = {economy.iso3 for economy in atlas.economies()}
    known = [code for code in codes if code in states]
    rows = []
    if known:
        table = switches(known, SIDES, until=dt.date(year, 12, 31))
        moved = table[table["switches"] > 0].sort_values("switches", ascending=False, kind="stable")
        rows = [
            {"economy": str(code), "switches": int(row["switches"]), "events": row["events"].split("; ")}
            for code, row in moved.iterrows()
        ]
    return {"clubs": list(SIDES), "until": f"{year}-12-31", "rows": rows}


def centre(world: World, year: int, past: History) -> dict[str, Any]:
    """Centre of gravity of GDP: of the world where it is its year, and as a series of the same economies by year."""
    found: dict[str, Any] = {"year": int(world.year), **dict.fromkeys(("lat", "lon", "depth", "covered"))}
    found["reason"] = None
    lat, lon = world.attributes.get("capital_lat"), world.attributes.get("capital_lon")
    import pandas as pd

    places = capitals()
    if lat is not None and lon is not None:
        places = pd.DataFrame({"lat": lat, "lon": lon}, index=list(world.economies)).dropna()
    weight = {code: float(g) for code, g in zip(world.economies, world.gdp, strict=True) if code in places.index}
    try:
        found |= _place(centre_of_gravity(weight, places).iloc[0])
    except MultipolarError as error:
        found["reason"] = str(error)
    series: list[dict[str, Any]] = []
    if past.gdp is not None:
        table = past.gdp[(past.gdp.index >= SERIES_FROM) & (past.gdp.index <= max(year, world.year))]
        states = capitals().index
        table = table[[code for code in table.columns if code in states]].dropna(axis=1)
        if len(table) and table.shape[1]:
            moved = centre_of_gravity(table, capitals())
            series = [{"year": int(str(at)), **_place(row)} for at, row in moved.iterrows()]
    found["series"] = series
    found["series_reason"] = None if series else past.why_not("gdp")
    return found


def _place(row: pd.Series) -> dict[str, Any]:
    return {**{key: float(row[key]) for key in ("lat", "lon", "depth")}, "covered": int(row["covered"])}


def over_time(iso: Poles, past: History) -> dict[str, Any]:
    """Effective number of poles by year of the flows, and who changed leader, over economies reported throughout."""
    empty: dict[str, Any] = {"years": [], "economies": [], "moved": []}
    if past.flows is None:
        return {**empty, "reason": past.why_not("flows")}
    every = [int(year) for year in sorted(set(past.flows.year)) if year >= SERIES_FROM]
    singles = [codes[0] for codes in iso.values() if len(codes) == 1]
    exporting = past.flows.groupby("year").exporter.agg(set)
    years = [year for year in every if all(code in exporting[year] for code in singles)]
    known = outside_poles(known_importers(past.flows, years, iso), iso)
    if len(years) < 2 or not known:
        return {**empty, "reason": "no two years with flows of every pole to the same economies"}
    rows, leaders = [], {}
    for year in years:
        flows = past.flows[past.flows.year == year]
        table = import_leverage(flows, iso).reindex(known)
        weights = weights_of_poles(flows, table)
        share = {pole: float(value) for pole, value in (weights / weights.sum()).items()}
        rows.append({"year": year, "effective_number_of_poles": effective_number(weights), "share": share})
        leaders[year] = {str(code): leader for code, leader in spheres(table)["pole"].items()}
    first, last = leaders[years[0]], leaders[years[-1]]
    moved = [{"economy": code, "from": first[code], "to": last[code]} for code in known if first[code] != last[code]]
    return {"years": rows, "economies": known, "moved": moved, "reason": None}
