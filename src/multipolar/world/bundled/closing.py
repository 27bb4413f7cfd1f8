"""From shipped figures to a balanced world: trade fitted to national totals, everything else closed around it.

The order is: raise goods trade to exporters' and importers' national totals, split it into energy and other goods,
spread services trade, then find the output of each sector from input shares, gross domestic product and what is left
over.
Nothing here is random and nothing is searched for: the same figures give the same world to the last bit.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from multipolar.errors import WorldError
from multipolar.types import Array, Float64

__all__ = [
    "CannotCloseError",
    "Closed",
    "WorldFigures",
    "close_around",
    "close_figures",
    "fit_biproportional",
    "raise_to_totals",
    "split_energy",
]

ENERGY, GOODS, SERVICES = range(3)
_SECTORS = ("energy", "goods", "services")
_UNIT = np.eye(3)
HOME_FLOOR = 0.05
"""Least share of home supply in an economy's use of a sector that has no figure of its own (pure number)."""
FINAL_FLOOR = 0.01
"""Least share of a sector's supply that goes to final demand (pure number)."""
MOST_ROUNDS = 200
"""Most rounds in which energy inputs are scaled to what is left for them."""
MOST_CUTS = 20
"""Most times that inputs from a sector that falls short are cut by a tenth."""
DOUBT_FLOOR = 0.02
"""Least doubt about a cell whose two reports agree (fraction)."""


class CannotCloseError(WorldError):
    """Figures that cannot be reconciled.

    Attributes
    ----------
    places
        Economy and sector positions whose trade exceeds what the economy's figures can carry.
    """

    def __init__(self, message: str, places: tuple[tuple[int, int], ...]) -> None:
        self.places = places
        super().__init__(message)


@dataclass(frozen=True)
class WorldFigures:
    """What closing starts from; one array per shipped table.

    Attributes
    ----------
    goods_trade
        Goods trade between different economies, free on board, energy included (USD million) [o d].
    report_agreement
        How far exporter's and importer's reports of a cell agree (fraction) [o d].
    goods_exports, goods_imports
        National totals of goods trade with other economies, free on board (USD million) [o], [d].
    energy_share_exports, energy_share_imports
        Energy and ores in goods exports and imports (fraction) [o], [d].
    services_trade
        First guess of bilateral services trade (USD million) [o d].
    services_exports, services_imports
        Services trade of the balance of payments (USD million) [o], [d].
    gdp
        Gross domestic product at market prices (USD million) [o].
    goods_value_added_share
        Value added in goods over gross domestic product (fraction) [o].
    energy_final_share
        Energy in final demand (fraction) [o].
    home_energy_share
        Least share of home supply in the use of energy (fraction) [o].
    input_share
        Purchases of user `s` from supplier `k` over gross output (fraction) [o s k].
    external_tariff
        Applied rate on origins without a preference (fraction) [d s].
    preference
        Share of the external rate that `d` waives on `o` (fraction) [o d s].
    trade_elasticity
        Elasticity of trade to its cost (pure number) [s].
    """

    goods_trade: Float64[Array, "o d"]
    report_agreement: Float64[Array, "o d"]
    goods_exports: Float64[Array, " o"]
    goods_imports: Float64[Array, " d"]
    energy_share_exports: Float64[Array, " o"]
    energy_share_imports: Float64[Array, " d"]
    services_trade: Float64[Array, "o d"]
    services_exports: Float64[Array, " o"]
    services_imports: Float64[Array, " d"]
    gdp: Float64[Array, " o"]
    goods_value_added_share: Float64[Array, " o"]
    energy_final_share: Float64[Array, " o"]
    home_energy_share: Float64[Array, " o"]
    input_share: Float64[Array, "o s k"]
    external_tariff: Float64[Array, "d s"]
    preference: Float64[Array, "o d s"]
    trade_elasticity: Float64[Array, " s"]

    def __post_init__(self) -> None:
        for item in fields(self):
            values = getattr(self, item.name)
            if not np.isfinite(values).all():
                raise WorldError(f"shipped table '{item.name}' has an empty figure; every figure needs a source")


@dataclass(frozen=True)
class Closed:
    """A balanced set of accounts, and what had to move.

    Attributes
    ----------
    trade_flow, tariff, external_tariff, intermediate_use, value_added, final_demand
        As in `multipolar.world.World`.
    goods_value_added_share
        Value added in goods over gross domestic product after closing (fraction) [o].
    import_factor
        Factor on importers' energy and services that makes the world's imports equal its exports, by sector [s].
    goods_import_factor
        Factor on importers' national totals of goods trade, likewise (pure number).
    energy_use_factor
        Factor on the energy that goods, services and households buy, above one where home energy sales stand on their
        floor (pure number) [o].
    floors
        Economy and sector positions that stood on a floor, with its name: ``home sales``, ``final demand``, or
        ``inputs cut`` where inputs bought from the sector were cut.
    """

    trade_flow: Float64[Array, "o d s"]
    tariff: Float64[Array, "o d s"]
    external_tariff: Float64[Array, "d s"]
    intermediate_use: Float64[Array, "o s k"]
    value_added: Float64[Array, "o s"]
    final_demand: Float64[Array, "d s"]
    goods_value_added_share: Float64[Array, " o"]
    import_factor: Float64[Array, " s"]
    goods_import_factor: float
    energy_use_factor: Float64[Array, " o"]
    floors: tuple[tuple[int, int, str], ...]


def close_figures(figures: WorldFigures, economies: tuple[str, ...]) -> Closed:
    """Balance a set of figures.

    Parameters
    ----------
    figures
        The shipped figures, or a draw of them.
    economies
        Codes, for messages.

    Raises
    ------
    WorldError
        If the figures cannot be reconciled; names the economy and the sector.
    """
    abroad, import_factor, goods_factor = _trade_between_economies(figures)
    return close_around(figures, abroad, economies, import_factor, goods_factor)


def close_around(
    figures: WorldFigures,
    abroad: Float64[Array, "o d s"],
    economies: tuple[str, ...],
    import_factor: Float64[Array, " s"] | None = None,
    goods_import_factor: float = 1.0,
) -> Closed:
    """Balance a set of figures around given trade between economies, which stays as it is.

    Parameters
    ----------
    abroad
        Trade by sector, free on board, with an empty diagonal (USD million) [o d s].
    import_factor, goods_import_factor
        Factors on importers' figures behind that trade, kept in the result; ones if not given.

    Raises
    ------
    CannotCloseError
        If the figures cannot be reconciled; names the economy and the sector.
    """
    import_factor = np.ones(len(_SECTORS)) if import_factor is None else import_factor
    tariff = figures.external_tariff[None] * (1.0 - figures.preference)
    np.einsum("iis->is", tariff)[...] = 0.0
    output, shares, energy_factor, floors = _gross_output(figures, abroad, tariff, economies)
    trade_flow = abroad.copy()
    np.einsum("iis->is", trade_flow)[...] = output - abroad.sum(axis=1)
    output = trade_flow.sum(axis=1)
    use = shares * output[:, :, None]
    value_added = output - use.sum(axis=2)
    final_demand = ((1.0 + tariff) * trade_flow).sum(axis=0) - use.sum(axis=1)
    return Closed(
        trade_flow=trade_flow,
        tariff=tariff,
        external_tariff=figures.external_tariff,
        intermediate_use=use,
        value_added=value_added,
        final_demand=final_demand,
        goods_value_added_share=value_added[:, GOODS] / figures.gdp,
        import_factor=import_factor,
        goods_import_factor=goods_import_factor,
        energy_use_factor=energy_factor,
        floors=floors,
    )


def fit_biproportional(
    guess: Float64[Array, "o d"],
    rows: Float64[Array, " o"],
    columns: Float64[Array, " d"],
    *,
    tolerance: float = 1e-9,
    limit: int = 2000,
) -> Float64[Array, "o d"]:
    """Scale rows and columns of a non-negative matrix until it has the given totals (iterative proportional fitting).

    Zeros stay zeros. The two vectors of totals must have the same sum. Rows are exact on return, columns to
    `tolerance`.

    Raises
    ------
    WorldError
        If a row or column without entries has a total, if a row has entries only in columns without one, or if the
        totals are not reached within `limit` rounds.
    """
    fitted = guess.copy()
    for total, have in ((rows, fitted.sum(axis=1)), (columns, fitted.sum(axis=0))):
        if ((total > 0) & (have <= 0)).any():
            raise WorldError("a national total has no partner to be spread over; add a bilateral figure for it")
    for _ in range(limit):
        have = fitted.sum(axis=0)
        fitted *= np.divide(columns, have, out=np.zeros_like(have), where=have > 0)
        have = fitted.sum(axis=1)
        if ((rows > 0) & (have <= 0)).any():
            raise WorldError("a national total has no partner with room for it; check the totals of its partners")
        factor = np.divide(rows, have, out=np.zeros_like(have), where=have > 0)
        fitted *= factor[:, None]
        if np.abs(factor[have > 0] - 1.0).max() <= tolerance:
            return fitted
    raise WorldError(f"bilateral trade cannot be fitted to the national totals within {limit} rounds")


def raise_to_totals(
    trade: Float64[Array, "o d"],
    agreement: Float64[Array, "o d"],
    exports: Float64[Array, " o"],
    imports: Float64[Array, " d"],
) -> tuple[Float64[Array, "o d"], float]:
    """Spread what exporters' national totals hold beyond recorded trade over cells whose importer has room for it.

    A cell takes part in proportion to its value times the disagreement of its two reports: where importer and exporter
    say the same, little is missing. Room is what an importer's national total, times one factor for all, holds beyond
    its recorded trade; the factor, which is returned as well, makes the world's room equal what is missing. Recorded
    trade above a national total stands as it is.

    Raises
    ------
    WorldError
        If an exporter's missing trade has no partner with room for it.
    """
    weight = trade * np.clip(1.0 - agreement, DOUBT_FLOOR, 1.0)
    missing = np.maximum(exports - trade.sum(axis=1), 0.0)
    recorded = trade.sum(axis=0)
    if not missing.any():
        return trade.copy(), 1.0
    # A falling set of importers has room as the factor falls, so the loop ends after at most one round for each.
    open_ = recorded >= 0
    factor = 1.0
    for _ in range(len(imports) + 1):
        factor = (missing.sum() + recorded[open_].sum()) / imports[open_].sum()
        still = open_ & (factor * imports > recorded)
        if (still == open_).all():
            break
        open_ = still
    room = np.where(open_, factor * imports - recorded, 0.0)
    return trade + fit_biproportional(weight, missing, room), float(factor)


def split_energy(
    trade: Float64[Array, "o d"],
    share_exports: Float64[Array, " o"],
    share_imports: Float64[Array, " d"],
    *,
    tolerance: float = 1e-9,
    limit: int = 3000,
    strict: bool = True,
) -> tuple[Float64[Array, "o d"], float]:
    """Energy in each cell such that exporters' and importers' energy shares and the cells' totals all hold.

    A uniform share per exporter would book fuels where nobody buys them. Importers' energy is first brought to the
    world's energy exports by one factor on all of them, which is returned as well. Starts from odds: those of exporter
    and importer multiplied, over those of the world.

    Parameters
    ----------
    strict
        Whether shares that cannot be met are an error. Otherwise the last round stands: cells' totals hold, the shares
        are as near as they come.

    Raises
    ------
    WorldError
        If the shares cannot be met within `limit` rounds.
    """
    sold, bought = trade.sum(axis=1), trade.sum(axis=0)
    rows, columns = sold * share_exports, bought * share_imports
    factor = rows.sum() / columns.sum()
    columns = columns * factor
    world = rows.sum() / sold.sum()
    yes = share_exports[:, None] * share_imports[None, :] * (1.0 - world)
    no = (1.0 - share_exports[:, None]) * (1.0 - share_imports[None, :]) * world
    energy = trade * _ratio(yes, yes + no)
    other = trade - energy
    for _ in range(limit):
        energy *= _ratio(columns, energy.sum(axis=0))
        other *= _ratio(bought - columns, other.sum(axis=0))
        row_factor = _ratio(rows, energy.sum(axis=1))
        energy *= row_factor[:, None]
        other *= _ratio(sold - rows, other.sum(axis=1))[:, None]
        total = energy + other
        energy *= _ratio(trade, total)
        other *= _ratio(trade, total)
        if np.abs(energy.sum(axis=1) - rows).max() <= tolerance * rows.max():
            return energy, float(factor)
    if not strict:
        return energy, float(factor)
    raise WorldError(f"goods trade cannot be split into energy and other goods within {limit} rounds")


def _ratio(wanted: np.ndarray, have: np.ndarray) -> np.ndarray:
    return np.divide(wanted, have, out=np.zeros_like(have), where=have > 0)


def _trade_between_economies(figures: WorldFigures) -> tuple[np.ndarray, np.ndarray, float]:
    """Trade by sector [o d s] with an empty diagonal, and the factors on energy and services [s] and goods imports."""
    goods, goods_factor = raise_to_totals(
        figures.goods_trade, figures.report_agreement, figures.goods_exports, figures.goods_imports
    )
    energy, energy_factor = split_energy(goods, figures.energy_share_exports, figures.energy_share_imports)
    services_factor = figures.services_exports.sum() / figures.services_imports.sum()
    services = fit_biproportional(
        figures.services_trade, figures.services_exports, figures.services_imports * services_factor
    )
    trade = np.stack([energy, goods - energy, services], axis=2)
    return trade, np.array([energy_factor, 1.0, services_factor]), goods_factor


@dataclass(frozen=True, eq=False)
class _Accounts:
    """What the conditions on an economy's output start from and rounds of scaling leave alone; a row per economy.

    Attributes
    ----------
    exports, spent
        Exports; spending on imports, duty included (USD million) [o s].
    target
        Right-hand sides of the three conditions (USD million) [o 3].
    least
        Least share of home supply in the use of a sector (fraction) [o s].
    final_demand
        Gross domestic product and the trade deficit (USD million) [o].
    energy_final_share
        Energy in final demand at unscaled shares (fraction) [o].
    """

    exports: Float64[Array, "o s"]
    spent: Float64[Array, "o s"]
    target: Float64[Array, "o 3"]
    least: Float64[Array, "o s"]
    final_demand: Float64[Array, " o"]
    energy_final_share: Float64[Array, " o"]

    @classmethod
    def of(cls, figures: WorldFigures, abroad: np.ndarray, tariff: np.ndarray) -> _Accounts:
        """Sum trade with other economies up, once."""
        exports = abroad.sum(axis=1)
        spent = ((1.0 + tariff) * abroad).sum(axis=0)
        final_demand = figures.gdp + abroad.sum(axis=(0, 2)) - abroad.sum(axis=(1, 2))
        target = np.stack(
            [
                figures.energy_final_share * final_demand + exports[:, ENERGY] - spent[:, ENERGY],
                figures.goods_value_added_share * figures.gdp,
                figures.gdp - (tariff * abroad).sum(axis=(0, 2)),
            ],
            axis=1,
        )
        least = np.full_like(exports, HOME_FLOOR)
        least[:, ENERGY] = figures.home_energy_share
        return cls(exports, spent, target, least, final_demand, figures.energy_final_share)

    def of_economies(self, rows: np.ndarray) -> _Accounts:
        """Return the rows of some economies."""
        return _Accounts(*(getattr(self, item.name)[rows] for item in fields(self)))


def _gross_output(
    figures: WorldFigures, abroad: np.ndarray, tariff: np.ndarray, economies: tuple[str, ...]
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[tuple[int, int, str], ...]]:
    """Gross output [o s], input shares [o s k], the factor on energy use [o], and the floors that bind.

    Where even a floor leaves a sector short, the inputs bought from it are cut by a tenth, again and again: their
    shares are the least certain figures. The shipped figures never need it, extreme draws may.

    Raises
    ------
    WorldError
        If that does not help either; names the economy and the sector.
    """
    accounts = _Accounts.of(figures, abroad, tariff)
    shares = figures.input_share
    cut: dict[tuple[int, int], str] = {}
    short: list[tuple[int, int]] = []
    for _ in range(MOST_CUTS):
        output, scaled, factor, floors, short = _scaled_energy(accounts, shares)
        if not short:
            return output, scaled, factor, tuple((o, s, floor) for (o, s), floor in sorted((floors | cut).items()))
        shares = shares.copy()
        for o, s in short:
            shares[o, :, s] *= 0.9
            cut[o, s] = "inputs cut"
    o, s = short[0]
    raise CannotCloseError(
        f"the figures of economy '{economies[o]}' cannot be closed: its trade in {_SECTORS[s]} exceeds what its GDP "
        "and input shares can carry",
        tuple(short),
    )


def _scaled_energy(
    accounts: _Accounts, shares: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[tuple[int, int], str], list[tuple[int, int]]]:
    """Solve for output; where home energy sales stand on their floor, more energy is used than the shares say.

    Imports and home sales then fix its use. What the energy sector does not use itself goes to goods, services and
    households in the proportions of their shares, households having at least their floor: one factor on all of them,
    found by repeated substitution. Returns gross output, the scaled shares, the factors, the floors, and the sectors
    that fall short all the same.
    """
    output, floors, short = _solve_output(accounts, shares, held=False)
    scaled, factor = shares.copy(), np.ones(len(shares))
    # Economies do not meet here, so one that is off its floor stays there and is solved once.
    at = sorted({o for (o, s), floor in floors.items() if s == ENERGY and floor == "home sales"})
    rows = np.array(at, dtype=np.intp)
    own = accounts.of_economies(rows)
    unsettled: list[int] = []
    for rounds in range(1, MOST_ROUNDS + 1):
        step = _energy_step(own, scaled[rows], output[rows], factor[rows])
        unsettled = [o for o, change in zip(at, step.tolist(), strict=True) if abs(change - 1.0) > 1e-12]
        # Before it has settled the factor may leave households too little energy; afterwards that counts.
        certain = {o for o, s in short if s != ENERGY or o not in at}
        if not unsettled:
            return output, scaled, factor, floors, short
        if certain:
            return output, scaled, factor, floors, [(o, s) for o, s in short if o in certain]
        if rounds < MOST_ROUNDS:
            factor[rows] *= step
            scaled[rows, 1:, ENERGY] = shares[rows, 1:, ENERGY] * factor[rows, None]
            output[rows], found, lacking = _solve_output(own, scaled[rows], held=True)
            floors = {place: floor for place, floor in floors.items() if place[0] not in at}
            floors |= {(at[o], s): floor for (o, s), floor in found.items()}
            short = [(at[o], s) for o, s in lacking]
    return output, scaled, factor, floors, [(o, ENERGY) for o in unsettled]


def _energy_step(
    accounts: _Accounts, scaled: np.ndarray, output: np.ndarray, factor: np.ndarray
) -> Float64[Array, " o"]:
    """Energy that is left for goods, services and households over what they buy (pure number) [o]."""
    supply = accounts.spent[:, ENERGY] + output[:, ENERGY] - accounts.exports[:, ENERGY]
    left = supply - scaled[:, ENERGY, ENERGY] * output[:, ENERGY]
    inputs = (scaled[:, 1:, ENERGY] * output[:, 1:]).sum(axis=1)
    households = accounts.energy_final_share * factor * accounts.final_demand
    least = FINAL_FLOOR * (1.0 + 1e-9) * supply
    return np.minimum(left / (inputs + households), (left - least) / inputs)


def _solve_output(
    accounts: _Accounts, shares: np.ndarray, held: bool
) -> tuple[np.ndarray, dict[tuple[int, int], str], list[tuple[int, int]]]:
    """Solve three linear conditions per economy; where a floor binds, it replaces its sector's condition.

    Energy: home sales are use less imports, or on their floor if all economies are `held` there. Goods: value added is
    its share of GDP. Services: value added is GDP less duties and the rest. Returns gross output, the floors, and the
    sectors that fall short all the same.
    """
    exports, spent, least = accounts.exports, accounts.spent, accounts.least
    value_share = 1.0 - shares.sum(axis=2)
    supply = _UNIT - np.swapaxes(shares, 1, 2)  # row k: supply of k less its use as input
    condition = np.stack([supply[:, ENERGY], np.zeros_like(value_share), value_share], axis=1)
    condition[:, GOODS, GOODS] = value_share[:, GOODS]
    target = accounts.target.copy()
    floors: dict[tuple[int, int], str] = {}
    if held:
        floors = {(o, ENERGY): "home sales" for o in range(len(shares))}
        condition[:, ENERGY], target[:, ENERGY] = _at_home(ENERGY, exports, spent, least)
    while True:
        output = np.linalg.solve(condition, target[:, :, None])[:, :, 0]
        broken = _broken_floors(output, exports, spent, supply, least)
        # Services take what is left of GDP, so they have no floor of their own.
        short = [(o, s) for o, s, _ in broken if s == SERVICES or (o, s) in floors]
        if short or not broken:
            return output, floors, short
        for o, s, floor in broken:
            floors[o, s] = floor
            if floor == "home sales":
                condition[o, s], target[o, s] = _at_home(s, exports[o], spent[o], least[o])
            else:
                condition[o, s] = supply[o, s] - FINAL_FLOOR * _UNIT[s]
                target[o, s] = (1.0 - FINAL_FLOOR) * (exports[o, s] - spent[o, s])


def _broken_floors(
    output: np.ndarray, exports: np.ndarray, spent: np.ndarray, supply: np.ndarray, least: np.ndarray
) -> list[tuple[int, int, str]]:
    """Economies and sectors whose home sales or final demand lie below their floor."""
    home = output - exports
    final = spent - exports + np.einsum("oks,os->ok", supply, output)
    low_home = home < least * (home + spent) * (1.0 - 1e-9)
    low_final = final < FINAL_FLOOR * (home + spent) * (1.0 - 1e-9)
    found = [(int(o), int(s), "home sales") for o, s in np.argwhere(low_home)]
    found += [(int(o), int(s), "final demand") for o, s in np.argwhere(low_final & ~low_home)]
    return found


def _at_home(s: int, exports: np.ndarray, spent: np.ndarray, least: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The linear condition that puts home sales of a sector on their floor: coefficients on output [3], constant [...].

    Other arguments by economy, if there are several, and sector [... s].
    """
    share = least[..., s]
    return _UNIT[s], exports[..., s] + share / (1.0 - share) * spent[..., s]
