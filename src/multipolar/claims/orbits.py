"""Orbits: zones beyond gravity, whose pull is strongest, and where the weight of the world moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar import atlas
from multipolar.claims.context import EX_SOVIET, Context
from multipolar.claims.model import Finding, Numbers
from multipolar.errors import DataError
from multipolar.influence import capitals, centre_of_gravity, effective_number, import_leverage, reported
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.claims.data import Data
    from multipolar.world import World

__all__ = ["agree_and_compete", "centres_with_zones", "eastward", "hubs_pull", "other_groups"]

FIRST, LAST = 1996, 2008
CHINA = ("CHN", "HKG", "MAC")
EASTERN = ("UKR", "MDA", "GEO", "ARM", "AZE")
"""Eastern Europe: partners of the Eastern Partnership, Belarus left out."""

RIVALS = ("EUN", "USA", "CHN", "JPN", "RUS")
"""Poles that may pull Eastern Europe or Southeast Asia."""

CENTRAL = ("KAZ", "KGZ", "TJK", "TKM", "UZB")
ASIA_EAST_SOUTH = (
    *CHINA, "TWN", "JPN", "KOR", "PRK", "MNG", "IND", "PAK", "BGD", "LKA", "NPL", "BTN", "MDV", "AFG",
    "BRN", "KHM", "IDN", "LAO", "MYS", "MMR", "PHL", "SGP", "THA", "VNM", "TLS",
)  # fmt: skip
"""East, South and Southeast Asia."""


def zones() -> dict[str, tuple[str, ...]]:
    """Return six zones with the members of mid-2008; the CIS zone is the ex-Soviet states without the Baltics."""
    found = {club: atlas.members(club, "2008-07-01") for club in ("EU", "NAFTA", "MERCOSUR", "ASEAN", "GCC")}
    return {**found, "CIS": ("RUS", *EX_SOVIET)}


# -- claims 2 and 4: gravity ----------------------------------------------------------------------------------------


def without_unreported(panel: pd.DataFrame) -> pd.DataFrame:
    """Leave out trade of Russia with Belarus, both ways: it is unreported in 2008, which the file writes as 0."""
    pair = {"RUS", "BLR"}
    return panel[~(panel.exporter.isin(pair) & panel.importer.isin(pair))]


def inside_columns(panel: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> dict[str, np.ndarray]:
    """Return for each zone 1 on flows between two of its members, 0 on others [row]."""
    return {
        f"in_{name}": (panel.exporter.isin(codes) & panel.importer.isin(codes)).to_numpy(float)
        for name, codes in groups.items()
    }


def rise_inside(panel: pd.DataFrame, groups: Mapping[str, Sequence[str]], count: int, seed: int) -> Any:
    """Return the rise of trade inside each zone, 1996 to 2008, by Poisson gravity: row 0 estimates, then draws.

    Returns
    -------
    DataFrame
        Log points relative to flows with outsiders; columns zone. A zone whose coefficient is not identified is absent.
    """
    import pandas as pd

    from multipolar.gravity.estimate import estimate
    from multipolar.gravity.panel import make_panel

    rows = panel[panel.year.isin([FIRST, LAST])].reset_index(drop=True)
    base = make_panel(rows, name="trade", unknown_trade="drop").international()
    frame = base.frame
    late = (frame["year"] == LAST).to_numpy(float)
    plain = frame.astype({"exporter": str, "importer": str})
    columns = {name: inside * late for name, inside in inside_columns(plain, groups).items()}
    formula = "trade ~ " + " + ".join(columns) + " | exporter_time + importer_time + symmetric_pair"
    found = estimate(base.with_columns(**columns), formula, collinear="drop")
    wanted = [f"in_{name}" for name in groups if f"in_{name}" in found.labels]
    first = pd.DataFrame([found.coefficient], columns=list(found.labels))
    table = pd.concat([first, found.draws(count, seed)], ignore_index=True)[wanted]
    return table.rename(columns=lambda label: label.removeprefix("in_"))


def centres_with_zones(context: Context) -> Finding:
    """Claim 2: trade inside zones beyond gravity, and the effective number of poles."""
    if lack := context.data.lack(("trade_panel",)):
        return Finding({"gravity": lack})
    panel = without_unreported(context.data.trade_panel)
    rises = rise_inside(panel, zones(), context.draws, context.seed)
    singles = [name for name in poles_of_2008() if name != "EUN"]
    targets = reported(panel, (FIRST, LAST), singles)
    poles = {year: effective_poles(panel[panel.year == year], targets) for year in (FIRST, LAST)}
    absent = sorted(set(zones()) - set(rises.columns))
    note = (
        "Rise inside, log points: "
        + ", ".join(f"{name} {value:+.2f}" for name, value in rises.iloc[0].items())
        + (f" (none of {', '.join(absent)}: no pair inside is reported in both years)" if absent else "")
        + f". Effective number of poles {poles[FIRST]:.2f} in {FIRST}, {poles[LAST]:.2f} in {LAST}, over "
        f"{len(targets)} importers for which every pole is reported. Pairs enter that are reported in both years, so "
        "Russia's trade with Kazakhstan and Ukraine does not."
    )
    parts = {"inside": Numbers.of(rises.mean(axis=1).to_numpy()), "poles": Numbers(poles[LAST] - poles[FIRST])}
    return Finding({"gravity": parts}, notes=(note,))


POLES: Mapping[str, tuple[str, ...]] = {
    "CHN": CHINA,
    **{code: (code,) for code in ("USA", "JPN", "RUS", "IND", "BRA")},
}
"""Poles beside the European Union, whose members are those of 2008."""


def poles_of_2008() -> dict[str, tuple[str, ...]]:
    """Return the poles with the economies that act as one."""
    return {"EUN": atlas.members("EU", "2008-07-01"), **POLES}


def effective_poles(year: pd.DataFrame, targets: Sequence[str]) -> float:
    """Return the effective number of poles: leverage over targets weighted by their imports, inverse Herfindahl."""
    table = import_leverage(year, poles_of_2008())
    table = table.loc[[code for code in targets if code in table.index]]
    weight = year.groupby("importer").trade.sum().reindex(table.index)
    return effective_number((table.mul(weight, axis=0)).sum())


def above_gravity(
    year: pd.DataFrame, distances: pd.DataFrame, groups: Mapping[str, Sequence[str]], count: int, seed: int
) -> Any:
    """Return trade inside groups above what distance, contiguity and language explain: row 0 estimates, then draws."""
    import pandas as pd

    from multipolar.gravity.estimate import estimate
    from multipolar.gravity.panel import make_panel

    near = distances.dropna(subset=["distance_weighted_km"])
    near = near.rename(columns={"origin": "exporter", "destination": "importer"})
    columns = ["exporter", "importer", "distance_weighted_km", "contiguity", "language"]
    rows = year.merge(near[columns], on=["exporter", "importer"])
    rows = rows[rows.distance_weighted_km > 0].assign(distance=lambda f: f.distance_weighted_km)
    rows = rows.assign(**inside_columns(rows, groups)).reset_index(drop=True)
    labels = [f"in_{name}" for name in groups]
    formula = f"trade ~ {' + '.join(labels)} + log(distance) + contiguity + language | exporter + importer"
    found = estimate(make_panel(rows, name="trade of the year", unknown_trade="drop").international(), formula)
    first = pd.DataFrame([found.coefficient], columns=list(found.labels))
    return pd.concat([first, found.draws(count, seed)], ignore_index=True)[labels]


def other_groups(context: Context) -> Finding:
    """Claim 4: MERCOSUR and the GCC above gravity, and what a member would lose by leaving."""
    groups = {name: zones()[name] for name in ("MERCOSUR", "GCC")}
    lack = context.data.lack(("trade_panel", "distances"))
    readings: dict[str, dict[str, Numbers] | str] = {"gravity": lack or "", "slack": ""}
    notes = []
    if lack is None:
        panel = context.data.trade_panel
        found = above_gravity(panel[panel.year == LAST], context.data.distances, groups, context.draws, context.seed)
        readings["gravity"] = {name.lower(): Numbers.of(found[f"in_{name}"].to_numpy()) for name in ("MERCOSUR", "GCC")}
    lack = context.data.lack(("trade_2009", "distances", "gdp", "tariffs"))
    if lack is None:
        world = world_of_members(context.data)
        losses = {name: leaving_loss(world, codes) for name, codes in groups.items()}
        readings["slack"] = {name.lower(): Numbers(min(loss.values())) for name, loss in losses.items()}
        for name, loss in losses.items():
            notes.append(
                f"Leaving {name} costs, % of income: " + ", ".join(f"{c} {v:.2f}" for c, v in loss.items()) + "."
            )
    else:
        readings["slack"] = lack
    return Finding(readings, notes=tuple(notes))


def world_of_members(data: Data) -> World:
    """Build the world of 2009 in one sector from bilateral trade, GDP and mean tariffs, every economy apart."""
    from multipolar.world.building import Recipe, build_world

    recipe = Recipe.model_validate(RECIPE)
    if data.folder is None:
        raise DataError("the world of 2009 does not ship with members apart; name the folder of its files with --data")
    return build_world(recipe, [data.folder]).world


RECIPE: Mapping[str, Any] = {
    "schema": 1,
    "kind": "world",
    "id": "world-2009-one-sector",
    "title": "All economies apart in one sector, 2009",
    "description": "Goods trade of WITS, GDP and mean tariffs, to see what leaving a customs union costs.",
    "year": 2009,
    "on": "2009-06-14",
    "method": "single-sector",
    "value_added_share": {"value": 0.5, "source": "A choice near the world's value added over gross output in 2009"},
    "elasticity": {"value": 4.5, "source": "As goods in the shipped world"},
    "preferences": True,
    "leave_out": ["COK", "ESH", "MSR", "MYT", "PRK", "TWN"],  # the file of GDP has none of them
    "trade_above_gdp": ["LBR"],  # its register of ships
    "fill": {"tariff_mean_pct": "group-mean"},
    "sources": {
        "trade": {"reader": "wits-trade", "file": "wits2009/trade2009_long.csv"},
        "indicators": [
            {
                "reader": "wdi-long",
                "file": "wdi/gdp_usd.csv",
                "column": "gdp_usd",
                "names": {"gdp_usd": "gdp_usd_mn"},
                "scale": 1e-6,
            },
            {
                "reader": "wdi-long",
                "file": "wdi/tariff_applied_weighted_pct.csv",
                "column": "tariff_applied_weighted_pct",
                "names": {"tariff_applied_weighted_pct": "tariff_mean_pct"},
                "within": 4,
            },
        ],
    },
}
"""How `world_of_members` is built."""


def leaving_loss(world: World, members: Sequence[str]) -> dict[str, float]:
    """Return what each member of a free-trade group loses when it alone leaves it (percent of real income).

    Duties between it and the others become those on outsiders, in both directions; the others stay together.
    """
    from dataclasses import replace

    from multipolar.equilibrium import Case, solve_batch
    from multipolar.scenario.policy import status_quo

    inside = [code for code in members if code in world.economies]
    cases = []
    for leaver in inside:
        base = status_quo(world, f"{leaver} leaves")
        tariff = np.array(base.tariff)
        i = world.economy_index(leaver)
        for code in inside:
            if code != leaver:
                j = world.economy_index(code)
                tariff[i, j] = world.external_tariff[j]
                tariff[j, i] = world.external_tariff[i]
        cases.append(Case(world, replace(base, tariff=tariff)))
    batch = solve_batch(cases).require_all()
    rows = [world.economy_index(code) for code in inside]
    return {
        code: float(100.0 * (1.0 - batch.real_income_hat[k, i]))
        for k, (code, i) in enumerate(zip(inside, rows, strict=True))
    }


# -- claims 3 and 25: leverage by shares ----------------------------------------------------------------------------


def mean_leverage(
    panel: pd.DataFrame, year: int, targets: Sequence[str], poles: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """Return each pole's leverage, mean over some economies (percent)."""
    table = import_leverage(panel[panel.year == year], poles)
    known = table.loc[[code for code in targets if code in table.index]]
    return {str(name): float(value) for name, value in known.mean().items()}


def lead_and_rise(
    panel: pd.DataFrame, base: int, targets: Sequence[str], poles: Mapping[str, Sequence[str]], hub: str
) -> tuple[float, float]:
    """Return the hub's lead over its best rival in 2008, and its rise since the base year (percent)."""
    then, now = (mean_leverage(panel, year, targets, poles) for year in (base, LAST))
    best = max(value for name, value in now.items() if name != hub)
    return now[hub] - best, now[hub] - then[hub]


def hubs_pull(context: Context) -> Finding:
    """Claim 3: the pull of the EU on Eastern Europe, of China on Southeast Asia."""
    names = ("since_1996", "since_2000")
    if lack := context.data.lack(("trade_panel",)):
        return Finding(dict.fromkeys(names, lack))
    panel = context.data.trade_panel
    poles = {name: codes for name, codes in poles_of_2008().items() if name in RIVALS}
    asean = atlas.members("ASEAN", "2008-07-01")
    readings = {}
    singles = [name for name in RIVALS if name != "EUN"]
    counted = []
    for name in names:
        base = int(name[-4:])
        sides = [reported(panel, (base, LAST), singles, region) for region in (EASTERN, asean)]
        east = lead_and_rise(panel, base, sides[0], poles, "EUN")
        south = lead_and_rise(panel, base, sides[1], poles, "CHN")
        counted.append(f"since {base} {', '.join(sides[0])} and {', '.join(sides[1])}")
        values = dict(zip(("east_lead", "east_rise", "south_lead", "south_rise"), (*east, *south), strict=True))
        readings[name] = {part: Numbers(value) for part, value in values.items()}
    notes = []
    for words, targets in (("Eastern Europe", EASTERN), ("Southeast Asia", asean)):
        now = mean_leverage(panel, LAST, reported(panel, (LAST,), singles, targets), poles)
        ranked = sorted(now, key=lambda pole: -now[pole])[:3]
        notes.append(f"{words} {LAST}: " + ", ".join(f"{pole} {now[pole]:.1f}%" for pole in ranked))
    notes.append(f"economies for which every rival is reported: {'; '.join(counted)}")
    return Finding(readings, notes=("; ".join(notes) + ".",))


def contested(panel: pd.DataFrame, year: int, targets: Sequence[str]) -> float:
    """Return the smaller of Russia's and China's leverage, mean over some economies (percent)."""
    table = import_leverage(panel[panel.year == year], {"RUS": ("RUS",), "CHN": CHINA})
    known = table.loc[[code for code in targets if code in table.index]]
    return float(known.min(axis=1).mean())


def share_closer(
    points: pd.DataFrame, one: str, other: str, count: int, rng: np.random.Generator
) -> Float64[Array, " row"]:
    """Return the share of pairs of states that are closer than two of them (percent): row 0, then draws.

    Parameters
    ----------
    points
        ``ideal_point, lo, hi`` of a year; index state. The interval is read as 5 to 95% of a normal distribution.
    """
    known = points.dropna()
    centre = known["ideal_point"].to_numpy(float)
    spread = (known["hi"] - known["lo"]).to_numpy(float) / (2 * 1.6449)
    i, j = known.index.get_loc(one), known.index.get_loc(other)
    upper = np.triu_indices(len(known), 1)
    found = []
    for row in range(count + 1):
        values = centre if row == 0 else rng.normal(centre, spread)
        gaps = np.abs(values[:, None] - values[None, :])[upper]
        found.append(100.0 * float((gaps < abs(values[i] - values[j])).mean()))
    return np.array(found)


def agree_and_compete(context: Context) -> Finding:
    """Claim 25: China and Russia, close in votes, rivals in Central Asia."""
    if lack := context.data.lack(("ideal_points", "trade_panel")):
        return Finding({"global_and_regional": lack})
    points = context.data.ideal_points
    year = points[points.year == LAST].set_index("iso3")[["ideal_point", "lo", "hi"]]
    closer = share_closer(year, "CHN", "RUS", context.draws, np.random.default_rng([context.seed, 25]))
    panel = context.data.trade_panel
    targets = reported(panel, (FIRST, LAST), ("RUS", "CHN"), CENTRAL)
    then, now = (contested(panel, at, targets) for at in (FIRST, LAST))
    note = (
        f"Gap {abs(year.ideal_point['CHN'] - year.ideal_point['RUS']):.2f}; contested leverage {then:.1f}% in {FIRST}, "
    )
    note += (
        f"{now:.1f}% in {LAST}, over {', '.join(targets)}: the others' imports from Russia are unreported in {FIRST}."
    )
    return Finding(
        {"global_and_regional": {"closer": Numbers.of(closer), "rivalry": Numbers(now - then)}}, notes=(note,)
    )


# -- claim 9 --------------------------------------------------------------------------------------------------------


def drift(gdp: pd.DataFrame, base: int, last: int) -> float:
    """Return by how many degrees of longitude the centre of GDP moved east between two years, same economies."""
    places = capitals()
    both = [code for code in gdp.columns if code in places.index and gdp.loc[[base, last], code].notna().all()]
    found = centre_of_gravity(gdp.loc[[base, last], both], places)["lon"]
    return float((found[last] - found[base] + 180.0) % 360.0 - 180.0)


def rise_of_share(table: pd.DataFrame, codes: Sequence[str], base: int, last: int) -> float:
    """Return the rise of a group's share between two years (percentage points); index year, columns economy."""
    both = table.loc[[base, last]].dropna(axis=1)
    share = 100.0 * both[[code for code in codes if code in both]].sum(axis=1) / both.sum(axis=1)
    return float(share[last] - share[base])


def eastward(context: Context) -> Finding:
    """Claim 9: the centre of GDP drifts east, Asia's shares rise."""
    names = ("since_1992", "since_2000")
    if lack := context.data.lack(("gdp", "capabilities")):
        return Finding(dict.fromkeys(names, lack))
    gdp = context.data.gdp
    power = context.data.capabilities.pivot_table(index="year", columns="iso3", values="cinc")
    readings = {}
    for name in names:
        base = int(name[-4:])
        values = {
            "drift": drift(gdp, base, 2008),
            "gdp_share": rise_of_share(gdp, ASIA_EAST_SOUTH, base, 2008),
            "capability_share": rise_of_share(power, ASIA_EAST_SOUTH, base, 2007),
        }
        readings[name] = {part: Numbers(value) for part, value in values.items()}
    without = [code for code in ASIA_EAST_SOUTH if code != "JPN"]
    notes = (
        f"At market prices. Without Japan, Asia's share rises by {rise_of_share(gdp, without, 1992, 2008):.1f} "
        f"percentage points since 1992 and {rise_of_share(gdp, without, 2000, 2008):.1f} since 2000: it is Japan that "
        "falls.",
    )
    return Finding(readings, notes=notes)
