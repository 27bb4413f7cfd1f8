"""Orbits: zones beyond gravity, whose pull is strongest, and where the weight of the world moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar import atlas
from multipolar.claims.context import EX_SOVIET, Context
from multipolar.claims.measured import Group, Measure, draw, draw_pair
from multipolar.claims.model import Finding, Numbers
from multipolar.errors import DataError
from multipolar.influence import (
    capitals,
    centre_of_gravity,
    effective_number,
    import_leverage,
    outside_poles,
    reported,
    weights_of_poles,
)
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

    from multipolar.claims.data import Data
    from multipolar.gravity.result import Estimate
    from multipolar.world import World

__all__ = [
    "EAST",
    "GROUPS",
    "LEAVING",
    "PULL",
    "RIVALRY",
    "ZONES",
    "agree_and_compete",
    "centres_with_zones",
    "eastward",
    "hubs_pull",
    "other_groups",
]

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


UNREPORTED = ("CIS",)
"""Zones of which the main pairs are unreported in one of the years: Russia with Belarus, Kazakhstan and Ukraine."""


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


def rise_inside(panel: pd.DataFrame, groups: Mapping[str, Sequence[str]]) -> tuple[pd.Series, Float64[Array, "z z"]]:
    """Return the rise of trade inside each zone, 1996 to 2008, by Poisson gravity, and the covariance of the estimates.

    Returns
    -------
    Series, ndarray
        Log points relative to flows with outsiders; index zone. A zone whose coefficient is not identified is absent.
    """
    from multipolar.gravity.estimate import estimate
    from multipolar.gravity.panel import make_panel

    rows = panel[panel.year.isin([FIRST, LAST])].reset_index(drop=True)
    base = make_panel(rows, name="trade", unknown_trade="drop").international()
    frame = base.frame
    late = (frame["year"] == LAST).to_numpy(float)
    plain = frame.astype({"exporter": str, "importer": str})
    columns = {name: inside * late for name, inside in inside_columns(plain, groups).items()}
    formula = "trade ~ " + " + ".join(columns) + " | exporter_time + importer_time + symmetric_pair"
    return _inside_of(estimate(base.with_columns(**columns), formula, collinear="drop"))


def _inside_of(found: Estimate) -> tuple[pd.Series, Float64[Array, "z z"]]:
    """Coefficients of trade inside zones that were identified, by zone, and their covariance."""
    import pandas as pd

    at = [k for k, label in enumerate(found.labels) if label.startswith("in_")]
    names = [found.labels[k].removeprefix("in_") for k in at]
    return pd.Series(found.coefficient[at], index=names), found.covariance[np.ix_(at, at)]


def measure_zones(data: Data) -> dict[str, Measure]:
    """Measure the rise of trade inside zones and the effective number of poles, 1996 and 2008."""
    panel = without_unreported(data.trade_panel)
    rise, covariance = rise_inside(panel, zones())
    singles = [name for name in poles_of_2008() if name != "EUN"]
    targets = outside_poles(reported(panel, (FIRST, LAST), singles), poles_of_2008())
    absent = sorted(set(zones()) - set(rise.index))
    note = f"none of {', '.join(absent)}: no pair inside is reported in both years" if absent else ""
    weight = np.array([name not in UNREPORTED for name in rise.index], dtype=float)
    weight /= weight.sum()
    mean = Measure(float(weight @ rise), "log points", float(np.sqrt(weight @ covariance @ weight)), note)
    found = {"rise/reported": mean}
    for k, name in enumerate(rise.index):
        found[f"rise/{name}"] = Measure(float(rise.iloc[k]), "log points", float(np.sqrt(covariance[k, k])))
    for year in (FIRST, LAST):
        found[f"poles/{year}"] = Measure(effective_poles(panel[panel.year == year], targets), "poles")
    return found | {"importers": Measure(float(len(targets)), "economies")}


ZONES = Group("zones", 2, ("trade_panel",), measure_zones)


def centres_with_zones(context: Context) -> Finding:
    """Claim 2: trade inside zones beyond gravity, and the effective number of poles."""
    found = context.measures(ZONES)
    rise, poles = found["rise/reported"], [found[f"poles/{year}"].value for year in (FIRST, LAST)]
    by_zone = {name: found[f"rise/{name}"].value for name in zones() if f"rise/{name}" in found}
    note = (
        "Rise inside, log points: "
        + ", ".join(f"{name} {value:+.2f}" for name, value in by_zone.items())
        + (f" ({rise.note})" if rise.note else "")
        + f". Effective number of poles {poles[0]:.2f} in {FIRST}, {poles[1]:.2f} in {LAST}, over "
        f"{found['importers'].value:.0f} importers outside the poles for which every pole is reported. Pairs enter "
        "that are reported in both years, so of the CIS Russia's trade with Belarus, Kazakhstan and Ukraine does not."
    )
    more = Numbers(poles[1] - poles[0])
    readings = {}
    for place, (name, item) in enumerate((("reported", rise), ("cis", found["rise/CIS"]))):
        rng = np.random.default_rng([context.seed, 2, place])
        readings[name] = {"inside": draw(item, context.draws, rng), "poles": more}
    return Finding(readings, notes=(note,))


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
    return effective_number(weights_of_poles(year, table.loc[[code for code in targets if code in table.index]]))


def above_gravity(
    year: pd.DataFrame, distances: pd.DataFrame, groups: Mapping[str, Sequence[str]]
) -> tuple[pd.Series, Float64[Array, "z z"]]:
    """Return trade inside groups above what distance, contiguity and language explain, and the covariance."""
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
    panel = make_panel(rows, name="trade of the year", unknown_trade="drop").international()
    return _inside_of(estimate(panel, formula))


PAIR = ("MERCOSUR", "GCC")
"""Groups of claim 4."""


def measure_groups(data: Data) -> dict[str, Measure]:
    """Measure trade inside MERCOSUR and the GCC above gravity, 2008."""
    groups = {name: zones()[name] for name in PAIR}
    panel = data.trade_panel
    above, covariance = above_gravity(panel[panel.year == LAST], data.distances, groups)
    one, other = (list(above.index).index(name) for name in PAIR)
    spread = np.sqrt(np.diag(covariance))
    found = {
        name: Measure(float(above[name]), "log points", float(spread[k]))
        for name, k in zip(PAIR, (one, other), strict=True)
    }
    correlation = covariance[one, other] / (spread[one] * spread[other])
    return found | {"correlation": Measure(float(correlation), "pure number")}


def measure_leaving(data: Data) -> dict[str, Measure]:
    """Measure what each member of MERCOSUR and the GCC would lose by leaving it."""
    world = world_of_members(data)
    return {
        f"{name}/{code}": Measure(value, "% of income")
        for name in PAIR
        for code, value in leaving_loss(world, zones()[name]).items()
    }


GROUPS = Group("groups", 4, ("trade_panel", "distances"), measure_groups)
LEAVING = Group("leaving", 4, ("trade_2009", "distances", "gdp", "tariffs"), measure_leaving)


def other_groups(context: Context) -> Finding:
    """Claim 4: MERCOSUR and the GCC above gravity, and what a member would lose by leaving."""
    found, leaving = context.measures(GROUPS), context.measures(LEAVING)
    rng = np.random.default_rng([context.seed, 4])
    pair = draw_pair(found["MERCOSUR"], found["GCC"], found["correlation"].value, context.draws, rng)
    slack, notes = {}, []
    for name in PAIR:
        losses = {key.split("/")[1]: item.value for key, item in leaving.items() if key.startswith(f"{name}/")}
        slack[name.lower()] = Numbers(min(losses.values()))
        notes.append(f"Leaving {name} costs, % of income: {', '.join(f'{c} {v:.2f}' for c, v in losses.items())}.")
    gravity = {name.lower(): numbers for name, numbers in zip(PAIR, pair, strict=True)}
    return Finding({"gravity": gravity, "slack": slack}, notes=tuple(notes))


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
"""How `world_of_members` is built; left out is who trades and has no GDP in the file. Liberia's imports exceed its GDP
because it lends ships its flag; nine economies without a mean tariff, none in the two groups, take a mean."""


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


def regions() -> dict[str, tuple[str, str, tuple[str, ...]]]:
    """Return by region of claim 3 its words, the hub, and its economies."""
    return {
        "east": ("Eastern Europe", "EUN", EASTERN),
        "south": ("Southeast Asia", "CHN", atlas.members("ASEAN", "2008-07-01")),
    }


def measure_pull(data: Data) -> dict[str, Measure]:
    """Measure leverage over both regions: hub then and now, best rival, the three strongest of 2008."""
    panel = data.trade_panel
    poles = {name: codes for name, codes in poles_of_2008().items() if name in RIVALS}
    singles = [name for name in RIVALS if name != "EUN"]
    found = {}
    for region, (_, hub, codes) in regions().items():
        for base in BASES:
            targets = reported(panel, (base, LAST), singles, codes)
            then, now = (mean_leverage(panel, year, targets, poles) for year in (base, LAST))
            rival = max((name for name in now if name != hub), key=lambda name: now[name])
            key = f"{region}/since_{base}"
            found[f"{key}/then"] = Measure(then[hub], "%", note=", ".join(targets))
            found[f"{key}/now"] = Measure(now[hub], "%")
            found[f"{key}/rival"] = Measure(now[rival], "%", note=rival)
        year = mean_leverage(panel, LAST, reported(panel, (LAST,), singles, codes), poles)
        for name in sorted(year, key=lambda name: -year[name])[:3]:
            found[f"{region}/{LAST}/{name}"] = Measure(year[name], "%")
    return found


BASES = (1996, 2000)
"""Years from which claim 3 measures a rise."""

PULL = Group("pull", 3, ("trade_panel",), measure_pull)


def hubs_pull(context: Context) -> Finding:
    """Claim 3: the pull of the EU on Eastern Europe, of China on Southeast Asia."""
    found = context.measures(PULL)
    readings: dict[str, dict[str, Numbers]] = {f"since_{base}": {} for base in BASES}
    for name, parts in readings.items():
        for region in regions():
            then, now, rival = (found[f"{region}/{name}/{key}"].value for key in ("then", "now", "rival"))
            parts |= {f"{region}_lead": Numbers(now - rival), f"{region}_rise": Numbers(now - then)}
    notes = []
    for region, (words, _, _) in regions().items():
        start = f"{region}/{LAST}/"
        strongest = {key.removeprefix(start): item.value for key, item in found.items() if key.startswith(start)}
        notes.append(f"{words} {LAST}: " + ", ".join(f"{pole} {value:.1f}%" for pole, value in strongest.items()))
    counted = [
        f"since {base} " + " and ".join(found[f"{region}/since_{base}/then"].note for region in regions())
        for base in BASES
    ]
    notes.append(f"economies for which every rival is reported: {'; '.join(counted)}")
    return Finding(dict(readings), notes=("; ".join(notes) + ".",))


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


def measure_rivalry(data: Data) -> dict[str, Measure]:
    """Measure how close China and Russia are in votes of 2008, and their contest over Central Asia."""
    points = data.ideal_points
    year = points[points.year == LAST].set_index("iso3")[["ideal_point", "lo", "hi"]]
    closer = share_closer(year, "CHN", "RUS", RESAMPLES, np.random.default_rng(25))
    panel = data.trade_panel
    targets = reported(panel, (FIRST, LAST), ("RUS", "CHN"), CENTRAL)
    gap = abs(float(year.ideal_point["CHN"]) - float(year.ideal_point["RUS"]))
    return {
        "closer": Measure(float(closer[0]), "%", note="at the most likely positions"),
        "closer/drawn": Measure(
            float(closer[1:].mean()), "%", float(closer[1:].std(ddof=1)), "mean and deviation over drawn positions"
        ),
        "gap": Measure(gap, "ideal points"),
        **{
            f"contested/{y}": Measure(contested(panel, y, targets), "%", note=", ".join(targets)) for y in (FIRST, LAST)
        },
    }


RESAMPLES = 2000
"""Draws of all positions behind a deviation that is measured."""

RIVALRY = Group("rivalry", 25, ("ideal_points", "trade_panel"), measure_rivalry)


def agree_and_compete(context: Context) -> Finding:
    """Claim 25: China and Russia, close in votes, rivals in Central Asia."""
    found = context.measures(RIVALRY)
    drawn = draw(found["closer/drawn"], context.draws, np.random.default_rng([context.seed, 25])).draws
    then, now = (found[f"contested/{year}"] for year in (FIRST, LAST))
    note = (
        f"Gap {found['gap'].value:.2f}; contested leverage {then.value:.1f}% in {FIRST}, {now.value:.1f}% in {LAST}, "
        f"over {then.note}: the others' imports from Russia are unreported in {FIRST}."
    )
    closer = Numbers(found["closer"].value, np.clip(drawn, 0.0, 100.0))
    parts = {"closer": closer, "rivalry": Numbers(now.value - then.value)}
    return Finding({"global_and_regional": parts}, notes=(note,))


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


def measure_east(data: Data) -> dict[str, Measure]:
    """Measure the drift of the centre of GDP and the rise of Asia's shares."""
    gdp = data.gdp
    power = data.capabilities.pivot_table(index="year", columns="iso3", values="cinc")
    without = [code for code in ASIA_EAST_SOUTH if code != "JPN"]
    found = {}
    for base in (1992, 2000):
        key, points = f"since_{base}", "percentage points"
        found[f"{key}/drift"] = Measure(drift(gdp, base, LAST), "degrees")
        found[f"{key}/gdp_share"] = Measure(rise_of_share(gdp, ASIA_EAST_SOUTH, base, LAST), points)
        found[f"{key}/capability_share"] = Measure(
            rise_of_share(power, ASIA_EAST_SOUTH, base, 2007), points, note="2007"
        )
        found[f"{key}/without_japan"] = Measure(rise_of_share(gdp, without, base, LAST), points, note="of GDP")
    return found


EAST = Group("east", 9, ("gdp", "capabilities"), measure_east)


def eastward(context: Context) -> Finding:
    """Claim 9: the centre of GDP drifts east, Asia's shares rise."""
    found = context.measures(EAST)
    readings = {
        name: {part: Numbers(found[f"{name}/{part}"].value) for part in ("drift", "gdp_share", "capability_share")}
        for name in ("since_1992", "since_2000")
    }
    note = (
        f"At market prices. Without Japan, Asia's share rises by {found['since_1992/without_japan'].value:.1f} "
        f"percentage points since 1992 and {found['since_2000/without_japan'].value:.1f} since 2000: it is Japan that "
        "falls."
    )
    return Finding(dict(readings), notes=(note,))
