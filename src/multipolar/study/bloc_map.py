"""Which members of a bloc stay, over two parameters at once: a map of its stability at the most likely values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

import numpy as np

from multipolar.atlas import politics
from multipolar.coalition.assumptions import STATED
from multipolar.coalition.bargaining import slack
from multipolar.coalition.holding import MARGIN
from multipolar.coalition.payoff import COMPONENTS, payoff_table
from multipolar.coalition.states import EXITS, Bloc, State
from multipolar.coalition.terms import Terms
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import InputError, UnknownNameError
from multipolar.study.bloc_draws import offer_gains
from multipolar.study.bloc_payoffs import FIRST_YEAR, LAST_YEAR, PayoffDraws, payoff_draws
from multipolar.study.bloc_record import Options
from multipolar.types import Array, Bool, Float64
from multipolar.world import World

__all__ = ["MAPS", "Axis", "StabilityMap", "map_of", "maps_of", "stability_map"]

Parameter = Literal["credibility", "eu_offer", "energy_rent"]
MAPS: tuple[tuple[Parameter, Parameter], ...] = (("credibility", "eu_offer"), ("credibility", "energy_rent"))
"""Pairs of parameters that `multipolar bloc` maps, across and up."""

POINTS = 15
OFFER_CUTS = (0.0, 0.1)
"""Fall of costs of trade with the European Union from one end of its axis to the other (fraction)."""

RENT_SCALES = (0.0, 2.5)
"""Energy rent over that of the year asked for, from end to end: 2008's rent of Belarus was 2.2 times that of 2009."""

_ABOUT = {
    "credibility": ("credibility of the hub", "probability"),
    "eu_offer": ("fall of border costs that the European Union offers to whoever leaves", "fraction"),
    "energy_rent": ("energy rents, all members", "USD billion a year"),
}


@dataclass(frozen=True, eq=False)
class Axis:
    """One side of a map.

    Parameters
    ----------
    parameter
        ``credibility``, ``eu_offer`` or ``energy_rent``.
    label, unit
        For the reader.
    values
        Where it was computed, rising.
    at
        Its most likely value; None where nothing is on offer at the most likely values.
    marks
        Values of other years, by year: what prices of oil and gas then came to.
    """

    parameter: Parameter
    label: str
    unit: str
    values: Float64[Array, " point"]
    at: float | None
    marks: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class StabilityMap:
    """Slack of every member over two parameters.

    Parameters
    ----------
    members, hub
        Codes.
    x, y
        Axes.
    slack
        What each member would lose by taking its best exit (USD billion a year) [y x member].
    exits
        Best exit of each member, as its position in `multipolar.coalition.EXITS` [y x member].
    """

    members: tuple[str, ...]
    hub: str
    x: Axis
    y: Axis
    slack: Float64[Array, "y x member"]
    exits: Array

    @property
    def stays(self) -> Bool[Array, "y x member"]:
        """Whether each member is at least as well off in the union of all as at its best exit."""
        return self.slack >= -MARGIN

    def content(self) -> dict[str, Any]:
        """Return the map as ``bloc.json`` holds it."""
        axes = {
            name: {
                "parameter": axis.parameter,
                "label": axis.label,
                "unit": axis.unit,
                "values": axis.values.tolist(),
                "most_likely": axis.at,
                "marks": [{"year": year, "value": value} for year, value in axis.marks.items()],
            }
            for name, axis in (("x", self.x), ("y", self.y))
        }
        return {
            "members": list(self.members),
            "hub": self.hub,
            **axes,
            "stays": self.stays.tolist(),
            "slack_usd_bn": np.round(self.slack, 6).tolist(),
            "best_exit": [[[EXITS[e] for e in cell] for cell in row] for row in self.exits],
        }


def stability_map(
    members: Sequence[str],
    world: World | str = "world-2009",
    options: Options | None = None,
    *,
    x: Parameter = "credibility",
    y: Parameter = "eu_offer",
    points: int = POINTS,
    cache: ChunkStore | None = None,
) -> StabilityMap:
    """Map who stays in a bloc over two parameters, at the most likely values of everything else.

    Parameters
    ----------
    members, world, options
        As `multipolar.study.bloc.will_it_hold` takes them; draws are not used.
    x, y
        ``credibility`` of the hub from 0 to 1; ``eu_offer``, the fall of border costs that the European Union offers
        every member whose association the table of offers does not rule out, from 0 to 10 percent; ``energy_rent``, all
        rents from none to two and a half times those of the year. An axis `eu_offer` opens the offer; without it, it
        is open as at the most likely values.
    points
        On either axis, 2 to 101.
    cache
        Where trade payoffs are kept; the user's cache folder by default.

    Raises
    ------
    UnknownNameError
        For a parameter that is none of these.
    InputError
        For the same parameter twice, or one on which nothing in this bloc hangs.
    """
    chosen = replace(options or Options(), draws=0)
    found = payoff_draws(members, world, chosen, cache=cache)
    return map_of(found, chosen, x=x, y=y, points=points, cache=cache)


def maps_of(found: PayoffDraws, options: Options, *, cache: ChunkStore | None = None) -> list[StabilityMap]:
    """Return the maps of `MAPS` that mean something for a bloc: both of their parameters move a member's slack."""
    able = [pair for pair in MAPS if all(_moves(name, found, _counted(options)) is None for name in pair)]
    return [map_of(found, options, x=x, y=y, cache=cache) for x, y in able]


def map_of(
    found: PayoffDraws,
    options: Options,
    *,
    x: Parameter = "credibility",
    y: Parameter = "eu_offer",
    points: int = POINTS,
    cache: ChunkStore | None = None,
) -> StabilityMap:
    """Map who stays from payoffs that are there already; parameters and errors as `stability_map`."""
    for name in (x, y):
        if name not in get_args(Parameter):
            raise UnknownNameError("parameter", name, get_args(Parameter))
    if x == y:
        raise InputError(f"a map needs two parameters; '{x}' is named twice")
    if not 2 <= points <= 101:
        raise InputError(f"a map has 2 to 101 points on a side, not {points}")
    table, terms = found.table, found.rows[0].terms
    counted = _counted(options)
    axes = {name: _axis(name, found, counted, points) for name in (x, y)}
    grid = dict(zip((y, x), np.meshgrid(axes[y].values, axes[x].values, indexing="ij"), strict=True))
    rows = points * points
    every = [_terms(terms, {name: float(values.flat[at]) for name, values in grid.items()}) for at in range(rows)]
    trade = np.repeat(table.values[:1, :, :, 0], rows, axis=0)
    available = np.repeat(table.available[:1], rows, axis=0)
    if "eu_offer" in grid:
        _open(table.bloc, found.world, found.shipped, axes["eu_offer"], grid["eu_offer"], trade, available, cache)
    income = np.repeat(table.income[:1], rows, axis=0)
    made = payoff_table(table.bloc, trade, income, every, available)
    union, exits = made.union(made.total(counted))
    shape = (points, points, len(table.bloc.members))
    return StabilityMap(
        table.bloc.members, table.bloc.hub, axes[x], axes[y], slack(union).reshape(shape), exits.reshape(shape)
    )


def _counted(options: Options) -> list[str]:
    return [name for name in COMPONENTS if name not in options.off]


def _moves(name: Parameter, found: PayoffDraws, counted: Sequence[str]) -> str | None:
    """Return why a parameter moves nothing in a bloc; None where it does."""
    terms, bloc = found.rows[0].terms, found.table.bloc
    if name == "credibility":
        hangs = {"energy": terms.rent, "transfer": terms.transfer, "coercion": terms.loss}
        moved = any(values.any() for part, values in hangs.items() if part in counted)
        return None if moved else f"nothing in this bloc hangs on the credibility of {bloc.hub}"
    if name == "eu_offer":
        none = "the table of offers has no association with the European Union for any member"
        return None if _invited(bloc) else none
    return None if terms.rent.any() and "energy" in counted else "no energy rent counts in this bloc"


def _axis(name: Parameter, found: PayoffDraws, counted: Sequence[str], points: int) -> Axis:
    why = _moves(name, found, counted)
    if why is not None:
        raise InputError(f"{why}; take another parameter than '{name}'")
    terms, marks = found.rows[0].terms, {}
    if name == "credibility":
        values, at = np.linspace(0.0, 1.0, points), terms.credibility
    elif name == "eu_offer":
        open_now = found.table.available[0, :, EXITS.index("eu")].any()
        values, at = np.linspace(*OFFER_CUTS, points), STATED["association_cost_cut"].value if open_now else None
    else:
        total = float(terms.rent.sum())
        values, at = np.linspace(RENT_SCALES[0] * total, RENT_SCALES[1] * total, points), total
        marks = _rents_by_year(found.table.bloc)
    return Axis(name, *_ABOUT[name], values, at, marks)


def _rents_by_year(bloc: Bloc) -> dict[int, float]:
    """Return what all rents came to in the years before the union (USD billion); a year that lacks one is left out."""
    known = politics.load_figures("energy_rent").values()
    figures = [item for item in known if item.partner == bloc.hub and item.economy in bloc.members and item.value]
    payers = {item.economy for item in figures}
    sums = {
        year: {item.economy: float(item.value or 0.0) for item in figures if item.year == year}
        for year in range(FIRST_YEAR, LAST_YEAR + 1)
    }
    return {year: sum(found.values()) for year, found in sums.items() if payers and set(found) == payers}


def _invited(bloc: Bloc) -> list[int]:
    return [i for i, code in enumerate(bloc.members) if "eu" in (bloc.offers or {}).get(code, ())]


def _terms(base: Terms, values: dict[str, float]) -> Terms:
    """Return the terms at one point of the grid."""
    made = base
    if "credibility" in values:
        made = replace(made, credibility=values["credibility"])
    if "energy_rent" in values:
        made = replace(made, rent=base.rent * (values["energy_rent"] / float(base.rent.sum())))
    return made


def _open(
    bloc: Bloc,
    world: World,
    shipped: str | None,
    axis: Axis,
    cuts: Float64[Array, "y x"],
    trade: Float64[Array, "row state member"],
    available: Bool[Array, "row member exit"],
    cache: ChunkStore | None,
) -> None:
    """Put what each cut of border costs brings into the states of association, and open them; both are changed."""
    gains = offer_gains(bloc, world, shipped, axis.values, cache=cache)
    place = np.searchsorted(axis.values, cuts.ravel())
    states = bloc.states()
    for i in _invited(bloc):
        state = State(bloc.left_by(i), i, "eu")
        trade[:, states.index(state)] = gains[place, _invited(bloc).index(i)]
        available[:, i, EXITS.index("eu")] = True
