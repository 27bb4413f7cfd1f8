"""Steps that several methods share: inputs cut to what can be supplied, and the arrays made into a `World`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from multipolar.atlas import economy
from multipolar.errors import InputError, WorldError
from multipolar.types import Array, Float64
from multipolar.world.building.pool import Pool, listed
from multipolar.world.building.recipe import Recipe
from multipolar.world.model import World

__all__ = ["Report", "cut_inputs", "elasticities", "left_out", "make_world", "name_of", "refuse_wrong_units"]

LEAST_TRADE, MOST_TRADE = 1e-3, 3.0
"""World trade over world GDP outside which the units of the two must differ (pure numbers)."""
WHOLE = 100
"""Sums of money (USD million) from which a message leaves out decimals."""
MOST_IN_MONEY = 10
"""Largest moves in money that a report lists beside the largest in percent."""
MOST_LISTED = 40
"""Economies and cells that a report lists; beyond it, it counts."""


@dataclass
class Report:
    """What building a world did, JSON-able by `to_json`.

    Attributes
    ----------
    steps
        Sentences in the order of the work.
    moves
        What balancing moved, the largest first: ``what, where, from, to, move_pct``.
    flags
        Places that a user should know before quoting a result: ``what, where``.
    numbers
        Named totals and measures.
    """

    steps: list[str] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)
    flags: list[dict[str, Any]] = field(default_factory=list)
    numbers: dict[str, float] = field(default_factory=dict)

    def move(self, what: str, where: str, before: float, after: float) -> None:
        """Note that balancing moved a figure, unless by rounding alone."""
        if before > 0 and abs(after / before - 1.0) > 1e-6:
            percent = 100.0 * (after / before - 1.0)
            self.moves.append({"what": what, "where": where, "from": before, "to": after, "move_pct": percent})

    def flag(self, what: str, where: Sequence[str]) -> None:
        """Note places under one heading, if there are any."""
        if where:
            self.flags.append({"what": what, "count": len(where), "where": list(where[:MOST_LISTED])})

    @property
    def largest_move_pct(self) -> float:
        """The largest move (percent)."""
        return max((abs(move["move_pct"]) for move in self.moves), default=0.0)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-able record."""
        moves = sorted(self.moves, key=lambda m: (-round(abs(m["move_pct"]), 6), m["what"], m["where"]))
        return {
            "steps": list(self.steps),
            "numbers": {k: float(v) for k, v in self.numbers.items()},
            "moves_count": len(moves),
            "largest_move_pct": self.largest_move_pct,
            "moves": moves[:MOST_LISTED],
            "moves_in_money": sorted(
                (m for m in moves if max(m["from"], m["to"]) > 1.0), key=lambda m: -abs(m["to"] - m["from"])
            )[:MOST_IN_MONEY],
            "flags": list(self.flags),
        }


def cut_inputs(
    use: Float64[Array, "d s k"], supply: Float64[Array, "d k"], output: Float64[Array, "d s"], floor: float
) -> tuple[Float64[Array, "d s k"], Float64[Array, "d k"]]:
    """Cut inputs so that final demand and value added are at least a floor; returns them and the factors on suppliers.

    Parameters
    ----------
    use
        Inputs by user and supplying sector, duty included (USD million) [d s k].
    supply
        Absorption, duty included (USD million) [d k].
    output
        Gross output of the users (USD million) [d s].
    floor
        Least share of a sector's supply that goes to final demand, and of output that is value added (fraction).
    """
    wanted = use.sum(axis=1)
    most = (1.0 - floor) * supply
    factor = np.divide(most, wanted, out=np.ones_like(wanted), where=wanted > most)
    cut = use * np.minimum(factor, 1.0)[:, None, :]
    bought = cut.sum(axis=2)
    room = (1.0 - floor) * output
    cut = cut * np.divide(room, bought, out=np.ones_like(bought), where=bought > room)[:, :, None]
    return cut, np.minimum(factor, 1.0)


def refuse_wrong_units(
    pool: Pool, economies: Sequence[str], trade: Float64[Array, "o d"], gdp: Float64[Array, " o"], report: Report
) -> None:
    """Refuse trade that cannot be in the unit of GDP, of all economies together or of one; flag what is doubtful.

    Parameters
    ----------
    trade
        Goods trade between different economies (USD million) [o d].
    gdp
        Gross domestic product (USD million) [o].

    Raises
    ------
    WorldError
        If trade is more than thrice GDP, or of all together less than a thousandth of it; a single economy may be named
        in ``trade_above_gdp``.
    """
    recipe = pool.recipe
    sides = {"exports": trade.sum(axis=1), "imports": trade.sum(axis=0)}
    known = pool.figures("gdp_usd_mn")
    if not LEAST_TRADE * gdp.sum() <= trade.sum() <= MOST_TRADE * gdp.sum():
        raise _other_unit(pool, economies, trade, gdp)
    for i, code in enumerate(economies):
        side = max(sides, key=lambda name: sides[name][i])
        value = sides[side][i]
        if value > MOST_TRADE * gdp[i] and code not in recipe.trade_above_gdp:
            where = f"{known[code].place}: " if code in known else ""
            raise WorldError(
                f"{where}GDP of {code} is {_money(gdp[i])} USD million, its {side} are {_money(value)}, "
                f"{value / gdp[i]:,.0f} times as much: another unit? Mend the figure or 'scale', or let "
                f"the recipe say that goods only pass through, 'trade_above_gdp: [{code}]'"
            )
    small = [c for i, c in enumerate(economies) if max(v[i] for v in sides.values()) < LEAST_TRADE * gdp[i]]
    report.flag("trade is less than a thousandth of GDP: another unit, or partners that are not in the file", small)


def _other_unit(
    pool: Pool, economies: Sequence[str], trade: Float64[Array, "o d"], gdp: Float64[Array, " o"]
) -> WorldError:
    """Return the complaint that all trade and all GDP cannot be in one unit, with the economy that shows it most."""
    recipe, known = pool.recipe, pool.figures("gdp_usd_mn")
    flows = listed([source.file for role in ("trade", "reports") for source in recipe.all_sources(role)])
    ratio = (trade.sum(axis=0) + trade.sum(axis=1)) / gdp
    at = int(ratio.argmax() if trade.sum() > gdp.sum() else ratio.argmin())
    code, figure = economies[at], known.get(economies[at])
    where = f"{figure.place}: " if figure else recipe.place("sources", "indicators")
    most = "most" if trade.sum() > gdp.sum() else "least"
    return WorldError(
        f"{where}'gdp_usd_mn' adds up to {_money(gdp.sum())} USD million and trade in {flows} to "
        f"{_money(trade.sum())}; one of them is in another unit (thousand USD? USD?). "
        f"{code} trades {most} for its GDP of {_money(gdp[at])}, "
        f"exports and imports together {ratio[at]:,.3g} times as much; mend the file or its 'scale'"
    )


def _money(value: float) -> str:
    return f"{value:,.0f}" if value >= WHOLE else f"{value:.3g}"


def left_out(pool: Pool, listed: Sequence[str], report: Report) -> tuple[str, ...]:
    """Return the economies that the recipe does not leave out, and note the others."""
    gone = [code for code in listed if code in pool.recipe.leave_out]
    report.flag("left out, as the recipe says", gone)
    report.flag("named under 'leave_out' and not in the files", sorted({*pool.recipe.leave_out} - {*listed}))
    return tuple(code for code in listed if code not in gone)


def elasticities(recipe: Recipe, sectors: Sequence[str], broad: Mapping[str, str] | None = None) -> np.ndarray:
    """Return trade elasticities in axis order [s]; a sector without its own takes that of its broad sector.

    Raises
    ------
    WorldError
        If a sector has none.
    """
    if not isinstance(recipe.elasticity, dict):
        return np.full(len(sectors), recipe.elasticity.value)
    values = []
    for sector in sectors:
        found = recipe.elasticity.get(sector) or recipe.elasticity.get((broad or {}).get(sector, ""))
        if found is None:
            raise WorldError(f"recipe '{recipe.id}': elasticity has no entry for sector '{sector}'; add one")
        values.append(found.value)
    return np.array(values)


def name_of(code: str) -> str:
    """Return the English name of an economy, or the code where the atlas has none."""
    try:
        return economy(code).name
    except InputError:
        return "Rest of the world" if code == "ROW" else code


def make_world(
    recipe: Recipe,
    economies: Sequence[str],
    sectors: Sequence[str],
    arrays: Mapping[str, np.ndarray],
    *,
    sector_names: Sequence[str] | None = None,
    attributes: Mapping[str, np.ndarray] | None = None,
    provenance: Mapping[str, Any] | None = None,
    members: Sequence[Sequence[str]] | None = None,
) -> World:
    """Put arrays and labels together into a `World`."""
    return World(
        name=recipe.id,
        year=recipe.year,
        economies=tuple(economies),
        sectors=tuple(sectors),
        economy_names=tuple(name_of(code) for code in economies),
        sector_names=tuple(sector_names or sectors),
        members=tuple(tuple(m) for m in members) if members else tuple((code,) for code in economies),
        attributes=dict(attributes or {}),
        provenance=dict(provenance or {}),
        **arrays,  # type: ignore[arg-type]
    )
