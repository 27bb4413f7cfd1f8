"""Whose orbit is an economy in? Poles, spheres, leverage, blocs of trade, votes and changes of sides, as one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar import atlas
from multipolar.coalition.assumptions import STATED
from multipolar.errors import InputError, UnknownNameError
from multipolar.influence import (
    communities,
    effective_number,
    import_leverage,
    leverage,
    outside_poles,
    pole_table,
    share_leverage,
    spheres,
    weights_of_poles,
)
from multipolar.influence.poles import CONTESTED
from multipolar.study.orbit_history import (
    SIDES,
    History,
    Poles,
    alignment,
    centre,
    changes_of_sides,
    known_importers,
    over_time,
    with_known_codes,
)
from multipolar.world import World
from multipolar.world.bundled import load_world

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["POLES", "SIDES", "History", "whose_orbit"]

POLES = ("RUS", "EUN", "CHN", "USA")
"""Poles unless others are named; leverage is shown for the first two."""

MAX_POLES = 12
SHOWN = 8
"""Economies whose leverage is shown unless some are named."""

Progress = Callable[[str, int, int], None]
PULLS = {
    "equilibrium": "real income lost without trade with the pole, percent",
    "import_shares": "-100 ln(1 - share of the pole in imports of goods)",
}
"""Method -> what the pull of a pole on an economy is."""


def whose_orbit(
    world: World | str = "world-2009",
    poles: Sequence[str] = POLES,
    *,
    over: Sequence[str] = (),
    year: int | None = None,
    history: History | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Ask whose orbit each economy is in.

    Parameters
    ----------
    world
        A world, its name or its file.
    poles
        Codes of the world, or of groups of the atlas whose members the world holds one by one; two to twelve.
    over
        Economies over which the leverage of the first two poles is shown; by default those that both could hurt most.
    year
        The world's own, in which equilibria are solved, or a year of `history.flows`, in which import shares stand
        in for them.
    history
        Flows, GDP and votes by year.
    progress
        Called as ``progress(stage, done, total)``.

    Returns
    -------
    dict
        As the command prints it with ``--json``.

    Raises
    ------
    InputError
        If a pole, an economy or the year cannot be used.
    """
    base = world if isinstance(world, World) else load_world(world)
    past = history or History()
    if past.flows is not None:
        past = replace(past, flows=with_known_codes(past.flows))
    groups = _poles(base, poles)
    when = base.year if year is None else year
    if when == base.year:
        content = _solved(base, groups, _names(over, base.economies, base), progress)
    else:
        content = _from_flows(base, groups, over, when, past)
    iso = {name: _iso3(base, codes) for name, codes in groups.items()}
    content["alignment"] = alignment(base, when, content, iso, past)
    content["switches"] = changes_of_sides([row["economy"] for row in content["spheres"]], when)
    content["centre_of_gravity"] = centre(base, when, past)
    content["over_time"] = over_time(iso, past)
    return content


# -- names ----------------------------------------------------------------------------------------------------------


def _poles(world: World, given: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return name -> economies of the world that act as one."""
    found: dict[str, tuple[str, ...]] = {}
    for code in given:
        if code in found:
            raise InputError(f"pole '{code}' is named twice; name each once")
        inside = tuple(c for c in atlas.groups().get(code, ()) if c in world.economies)
        if code in world.economies:
            found[code] = (code,)
        elif inside:
            found[code] = inside
        else:
            try:
                world.economy_index(code)
            except UnknownNameError as error:
                raise UnknownNameError("pole", code, world.economies, error.nearest) from None
    if not 2 <= len(found) <= MAX_POLES:
        raise InputError(f"orbits need 2 to {MAX_POLES} poles, not {len(found)}; name them like {','.join(POLES)}")
    owner: dict[str, str] = {}
    for name, codes in found.items():
        for code in codes:
            if code in owner:
                raise InputError(
                    f"economy '{code}' belongs to the poles '{owner[code]}' and '{name}'; drop one of them"
                )
            owner[code] = name
    return found


def _names(over: Sequence[str], known: Sequence[str], world: World | None = None) -> tuple[str, ...]:
    for code in over:
        if world is not None:
            world.economy_index(code)
        elif code not in known:
            raise UnknownNameError("economy", code, known, atlas.codes_named(code))
    return tuple(dict.fromkeys(over))


def _iso3(world: World, codes: Sequence[str]) -> tuple[str, ...]:
    """Return the countries that economies of a world stand for."""
    held = dict(zip(world.economies, world.members, strict=True))
    return tuple(country for code in codes for country in (held[code] or (code,)))


# -- a world, solved ------------------------------------------------------------------------------------------------


def _solved(world: World, groups: Poles, over: tuple[str, ...], progress: Progress | None) -> dict[str, Any]:
    told = None if progress is None else lambda done, total: progress("cut-offs", done, total)
    found = leverage(world, groups, progress=told)
    group = communities(world)
    outside = outside_poles([str(code) for code in found.loss_usd_bn.index], groups)
    weights = pole_table(found.loss_usd_bn.loc[outside], found.loss_pct.loc[outside], found.own_loss_pct)
    names = dict(zip(world.economies, world.economy_names, strict=True))
    rows = _spheres(found.loss_pct, groups)
    for row in rows:
        row |= {"name": names[row["economy"]], "community": int(group[row["economy"]])}
        unsolved = [pole for pole in groups if (row["economy"], pole) in found.reasons]
        if unsolved:
            row["reason"] = f"not solved without {', '.join(unsolved)}"
    return {
        "schema": 1,
        "world": world.name,
        "year": int(world.year),
        "method": "equilibrium",
        "pull": PULLS["equilibrium"],
        "contested_below": CONTESTED,
        "poles": [
            {
                "pole": str(name),
                "economies": list(groups[str(name)]),
                "exerted_usd_bn": _number(row["exerted_usd_bn"]),
                "share": _number(row["share"]),
                "exerted_mean_pct": _number(row["exerted_mean_pct"]),
                "suffered_max_pct": _number(row["suffered_max_pct"]),
            }
            for name, row in weights.iterrows()
        ],
        "effective_number_of_poles": effective_number(weights["exerted_usd_bn"]),
        "spheres": rows,
        "unreported": [],
        "leverage": _leverage(world, groups, over, found),
        "communities": _communities(group, groups, rows),
    }


def _spheres(pull: pd.DataFrame, groups: Poles) -> list[dict[str, Any]]:
    """Return a row for each economy outside the poles."""
    own = {code for codes in groups.values() for code in codes}
    table = spheres(pull.loc[[code for code in pull.index if code not in own]])
    rows = []
    for code, row in table.iterrows():
        led = isinstance(row["pole"], str)
        rows.append(
            {
                "economy": str(code),
                "pole": row["pole"] if led else None,
                "pull": _number(row["loss_pct"]),
                "second": row["second"] if isinstance(row["second"], str) else None,
                "second_pull": _number(row["second_loss_pct"]),
                "margin": _number(row["margin"]),
                "contested": bool(row["contested"]),
                "community": None,
                "reason": None if led else "it would lose nothing without any pole",
            }
        )
    return rows


def _leverage(world: World, groups: Poles, over: tuple[str, ...], found: Any) -> dict[str, Any]:
    """Leverage of the first two poles, both ways, beside what import shares alone say."""
    pair = list(groups)[:2]
    own = {code for codes in groups.values() for code in codes}
    both = found.loss_pct[pair].min(axis=1).drop(index=list(own))
    chosen = over or tuple(both.dropna().sort_values(ascending=False, kind="stable").index[:SHOWN])
    ratio, simple = found.ratio(), share_leverage(world)
    brief = STATED["short_run_ratio"].value
    short = leverage(
        world,
        {pole: groups[pole] for pole in pair},
        targets=chosen,
        elasticity=brief * np.asarray(world.trade_elasticity),
    ).loss_pct
    rows = []
    for code in chosen:
        for pole in pair:
            inside = groups[pole]
            reason = found.reasons.get((code, pole), f"it is {pole} itself" if code in inside else None)
            row: dict[str, Any] = {"economy": code, "pole": pole}
            for key in ("loss_pct", "loss_usd_bn", "own_loss_pct", "own_loss_usd_bn"):
                row[key] = _number(getattr(found, key).loc[code, pole])
            row["loss_short_run_pct"] = _number(short.loc[code, pole])
            row["loss_per_own_loss"] = _number(ratio.loc[code, pole])
            # For a pole of several economies the first-order losses would have to be joined inside the logarithm.
            row["import_share_loss_pct"] = _number(simple.loc[code, inside[0]]) if len(inside) == 1 else None
            if reason is None and row["loss_per_own_loss"] is None:
                reason = "the pole itself would lose nothing"
            rows.append({**row, "reason": reason})
    return {"poles": pair, "short_run_ratio": brief, "rows": rows, "reason": None}


def _communities(group: pd.Series, groups: Poles, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Communities with the poles in them, and how often an economy shares that of the pole that leads it."""
    home = {pole: {int(group[code]) for code in codes} for pole, codes in groups.items()}
    led = [row for row in rows if row["pole"] is not None]
    agree = [row["community"] in home[row["pole"]] for row in led]
    return {
        "groups": [
            {
                "community": number,
                "economies": [str(code) for code in group.index[group == number]],
                "poles": [pole for pole in groups if number in home[pole]],
            }
            for number in sorted(int(n) for n in group.unique())
        ],
        "agree_with_spheres": float(np.mean(agree)) if agree else None,
        "reason": None if agree else "no economy is led by a pole",
    }


# -- a year of flows ------------------------------------------------------------------------------------------------


def _from_flows(world: World, groups: Poles, over: Sequence[str], year: int, past: History) -> dict[str, Any]:
    if past.flows is None:
        raise InputError(
            f"world '{world.name}' is of {world.year}; for {year} flows by year are needed: {past.why_not('flows')}"
        )
    years = sorted({int(y) for y in past.flows.year})
    if year not in years:
        raise InputError(f"no flows of {year}; there are flows of {', '.join(map(str, years))}")
    flows = past.flows[past.flows.year == year]
    iso = {name: _iso3(world, codes) for name, codes in groups.items()}
    known = known_importers(past.flows, (year,), iso)
    importers = sorted(set(flows.importer))
    own = {code for codes in iso.values() for code in codes}
    table = import_leverage(flows, iso).loc[list(known)]
    if all(code in own for code in known):
        raise InputError(
            f"in {year} no economy has reported imports from every pole; leave out a pole or take a later year"
        )
    wanted = _names(over, importers)
    weights = weights_of_poles(flows, table.loc[outside_poles(known, iso)])
    share = weights / weights.sum()
    rows = _spheres(table, iso)
    for row in rows:
        row["name"] = _country(row["economy"])
    return {
        "schema": 1,
        "world": world.name,
        "year": year,
        "method": "import_shares",
        "pull": PULLS["import_shares"],
        "contested_below": CONTESTED,
        "poles": [
            {
                "pole": name,
                "economies": list(iso[name]),
                **dict.fromkeys(("exerted_usd_bn", "exerted_mean_pct", "suffered_max_pct")),
                "share": float(share[name]),
                "reason": "losses are solved in the year of the world alone",
            }
            for name in weights.sort_values(ascending=False, kind="stable").index
        ],
        "effective_number_of_poles": effective_number(weights),
        "spheres": rows,
        "unreported": [code for code in importers if code not in known and code not in own],
        "leverage": _pulls(table, list(groups)[:2], wanted, own),
        "communities": {
            "groups": [],
            "agree_with_spheres": None,
            "reason": "communities are looked for in the year of the world alone",
        },
    }


def _pulls(table: pd.DataFrame, pair: list[str], over: Sequence[str], own: set[str]) -> dict[str, Any]:
    both = table[pair].min(axis=1).drop(index=[code for code in table.index if code in own])
    chosen = over or tuple(both.sort_values(ascending=False, kind="stable").index[:SHOWN])
    rows = []
    for code in chosen:
        for pole in pair:
            value = _number(table.loc[code, pole]) if code in table.index else None
            why = "flows with some pole are unreported" if code not in table.index else f"it is part of {pole}"
            rows.append({"economy": code, "pole": pole, "pull": value, "reason": None if value is not None else why})
    return {
        "poles": pair,
        "short_run_ratio": None,
        "rows": rows,
        "reason": "import shares; losses are solved in the year of the world alone",
    }


def _country(code: str) -> str:
    known = {economy.iso3: economy.name for economy in atlas.economies()}
    return known.get(code, code)


def _number(value: Any) -> float | None:
    found = float(value)
    return found if np.isfinite(found) else None
