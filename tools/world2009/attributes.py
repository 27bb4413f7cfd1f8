"""Attributes of the economies that politics needs: people, land, place, capability, alignment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from economy import Macro
from lookups import Lookups
from rows import Row, Sources

from multipolar import atlas

IDEAL_SESSION = 64
"""Session of the General Assembly that sat from September 2009."""


def attribute_rows(
    folder: Path, lookups: Lookups, macro: Macro, groups: dict[str, tuple[str, ...]], sources: Sources
) -> list[Row]:
    """All attributes of all economies; what has no source is an empty row with a reason."""
    return [
        *_gdp(macro, groups),
        *_people_and_land(folder, lookups, macro, groups, sources),
        *_places(macro, groups, sources),
        *_capability(folder, groups, sources),
        *_military(macro, groups),
        *_ideal_points(folder, macro, groups, sources),
    ]


def _gdp(macro: Macro, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    rows = []
    for code, members in groups.items():
        known = [macro.gdp[m] for m in members if m in macro.gdp]
        source = " ".join(sorted({s for _, s in known}))
        rows.append(Row("attribute_gdp_usd_mn", sum(v for v, _ in known), "USD million", "observed", source, code))
    return rows


def _people_and_land(
    folder: Path, lookups: Lookups, macro: Macro, groups: dict[str, tuple[str, ...]], sources: Sources
) -> list[Row]:
    size_source = sources.add(
        "unep_2009",
        "United Nations Environment Programme, GEO Data Portal: area and population of countries, 2009, aggregated",
        "https://www.unep.org/data-resources",
    )
    size = pd.read_csv(folder / "wits2009" / "size2009_unep.csv", sep=";").set_index("iso")
    size.index = size.index.to_series().replace({"ROM": "ROU", "SER": "SRB", "MNT": "MNE", "TMP": "TLS", "ZAR": "COD"})
    codes = [str(code) for code in size.index]
    lands = {m: (float(v), size_source) for m, v in zip(codes, size["sup"], strict=True) if v == v}
    people = {m: (float(v), size_source) for m, v in zip(codes, size["pop"], strict=True) if v == v}
    for m in (member for members in groups.values() for member in members):
        if (found := lookups.get("population", m)) is not None:
            people[m] = (found.value / 1e3, found.source)
    return [
        *_sums("attribute_population_thousand", "thousand persons", people, macro, groups),
        *_sums("attribute_area_km2", "square kilometres", lands, macro, groups),
    ]


def _sums(
    table: str,
    unit: str,
    values: dict[str, tuple[float, str]],
    macro: Macro,
    groups: dict[str, tuple[str, ...]],
) -> list[Row]:
    """Sums over members; empty where members with more than a tenth of GDP are missing."""
    rows = []
    for code, members in groups.items():
        known = [m for m in members if m in values]
        gdp = {m: macro.gdp[m][0] for m in members if m in macro.gdp}
        missing = [m for m in members if m not in values and m in gdp]
        gap = sum(gdp[m] for m in missing) / sum(gdp.values())
        if not known or gap > 0.1:
            rows.append(Row(table, None, unit, "imputed", "", code, note=f"no figure for {', '.join(missing)}"))
            continue
        source = " ".join(sorted({values[m][1] for m in known}))
        note = f"without {', '.join(missing)}" if missing else ""
        rows.append(Row(table, sum(values[m][0] for m in known), unit, "observed", source, code, note=note))
    return rows


def _places(macro: Macro, groups: dict[str, tuple[str, ...]], sources: Sources) -> list[Row]:
    rows = []
    for code, members in groups.items():
        largest = max(members, key=lambda m: macro.gdp.get(m, (0.0, ""))[0])
        place = atlas.economy(largest)
        for key in place.sources:
            cited = atlas.source(key)
            sources.add(key, cited.citation, cited.url, cited.licence)
        note = f"{place.capital}" + (", capital of the largest member" if len(members) > 1 else "")
        for name, value, unit in (
            ("lat", place.latitude, "degrees north"),
            ("lon", place.longitude, "degrees east"),
        ):
            source = " ".join(place.sources) if value is not None else ""
            rows.append(Row(f"attribute_capital_{name}", value, unit, "observed", source, code,
                            note=note if value is not None else f"{largest} has no place in the atlas"))  # fmt: skip
    return rows


def _capability(folder: Path, groups: dict[str, tuple[str, ...]], sources: Sources) -> list[Row]:
    source = sources.add(
        "cow_nmc",
        "Singer, Bremer & Stuckey, 'Capability Distribution, Uncertainty, and Major Power War, 1820-1965', in Russett "
        "(ed.), Peace, War, and Numbers, Sage, 1972; Correlates of War Project, National Material Capabilities, 2007",
        "https://correlatesofwar.org/data-sets/national-material-capabilities/",
        "free for research with citation",
    )
    frame = pd.read_parquet(folder / "cow" / "cow_nmc.parquet")
    frame = frame[frame.year.eq(2007)].set_index("ccode").cinc
    rows = []
    for code, members in groups.items():
        numbers = [n for m in members if (n := atlas.economy(m).cow) is not None and n in frame.index]
        value = float(frame[numbers].sum()) if numbers else None
        note = "" if numbers else "not in the data"
        used = source if numbers else ""
        rows.append(Row("attribute_cinc", value, "share of the world", "observed", used, code, year=2007, note=note))
    return rows


def _military(macro: Macro, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    spending = {
        m: (share / 100 * macro.gdp[m][0], f"wdi_shares {macro.gdp[m][1]}")
        for m, (share, _) in macro.shares["military_expenditure"].items()
        if m in macro.gdp
    }
    rows = []
    for row in _sums("attribute_military_spending_usd_mn", "USD million", spending, macro, groups):
        source = " ".join(sorted(set(row.source.split())))
        rows.append(Row(row.table, row.value, row.unit, row.status, source, row.origin, note=row.note))
    return rows


def _ideal_points(folder: Path, macro: Macro, groups: dict[str, tuple[str, ...]], sources: Sources) -> list[Row]:
    source = sources.add(
        "ideal_points",
        "Bailey, Strezhnev & Voeten, 'Estimating Dynamic State Preferences from United Nations Voting Data', Journal "
        "of Conflict Resolution 61(2), 2017; ideal points, session 64 (2009)",
        "https://doi.org/10.7910/DVN/LEJUQZ",
        "free for research with citation",
    )
    frame = pd.read_csv(folder / "unga" / "ideal_points_utf8.csv")
    points = frame[frame.session.eq(IDEAL_SESSION)].set_index("iso3c").IdealPoint
    rows = []
    for code, members in groups.items():
        known = [m for m in members if m in points.index and m in macro.gdp]
        table = "attribute_ideal_point"
        if not known:
            rows.append(Row(table, None, "pure number", "imputed", "", code, note="did not vote"))
            continue
        weight = np.array([macro.gdp[m][0] for m in known])
        values = np.array([float(points[m]) for m in known])
        value = float(weight @ values / weight.sum())
        note = (
            ""
            if len(members) == 1
            else f"mean of members weighted by GDP; they range from {values.min():.2f} to {values.max():.2f}"
        )
        rows.append(Row(table, value, "pure number", "observed", source, code, note=note))
    return rows
