"""A world of single economies in three sectors, closed as the shipped one is.

Needs two reports of bilateral goods trade and these indicators (units in their names): ``gdp_usd_mn``,
``agriculture_pct`` and ``manufacturing_pct`` of GDP, ``merchandise_exports_usd_mn``, ``merchandise_imports_usd_mn``
(c.i.f.), ``fuel_exports_pct``,
``ore_exports_pct``, ``fuel_imports_pct``, ``ore_imports_pct`` of merchandise, ``services_exports_usd_mn``,
``services_imports_usd_mn``, and ``tariff_mean_pct`` or ``sources.tariffs`` (rates for ``energy``, ``goods``, or
both). Linkages come from a world input-output table where it has the
economy, else from the economy's group in the shipped world.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from multipolar.atlas import group_of
from multipolar.data.readers.tables_io import InputOutput
from multipolar.errors import InputError, WorldError
from multipolar.types import Array, Float64
from multipolar.world.building.assemble import Report, elasticities, left_out, make_world, refuse_wrong_units
from multipolar.world.building.duties import free_trade, outsider_rates
from multipolar.world.building.mirror import Mirrored, choose_report, fill
from multipolar.world.building.pool import Pool, stand_ins
from multipolar.world.building.rates import no_rates, table_rates, waived
from multipolar.world.bundled import DEFAULT_WORLD, load_world
from multipolar.world.bundled.closing import (
    HOME_FLOOR,
    CannotCloseError,
    Closed,
    WorldFigures,
    close_around,
    fit_biproportional,
    raise_to_totals,
    split_energy,
)
from multipolar.world.bundled.layout import SECTOR_NAMES, SECTORS
from multipolar.world.bundled.tables import values_by_id
from multipolar.world.model import World

__all__ = ["ThreeSectors", "build", "three_sectors"]

ENERGY, GOODS, SERVICES = range(3)
RELIEF = 0.8
"""Factor on the trade of an economy whose accounts cannot carry it, applied until they can."""
MOST_RELIEF = 40
SPLIT_ROUNDS = 400
IMPUTED = 3
LEAST_KEPT = 0.2
"""Least share of an entrepot's recorded imports that stays when what passes through is taken out (fraction)."""
SOURCED_AGREEMENT = 0.98
"""Agreement of a cell that a published partner share confirms (fraction)."""


def build(pool: Pool, report: Report) -> World:
    """Build the world.

    Raises
    ------
    WorldError
        If a file or indicator is missing, or the figures cannot be closed.
    """
    mirrored, economies = _trade(pool, report)
    gdp = _gdp(pool, economies, mirrored, report)
    refuse_wrong_units(pool, economies, mirrored.trade, gdp, report)
    goods = _raised(pool, mirrored, economies, report)
    figures = _figures(pool, economies, gdp, goods, mirrored, report)
    abroad, factors = _split(figures, goods.trade, report)
    closed, relieved = _close(figures, abroad, economies, factors, goods.import_factor)
    report.flag(
        "trade cut until the accounts close: goods that pass through, or output that is not recorded",
        [f"{economies[i]} x {RELIEF**n:.2g}" for i, n in sorted(relieved.items(), key=lambda item: -item[1])],
    )
    _note_moves(report, economies, mirrored, figures, closed)
    status = np.repeat(mirrored.status[:, :, None], 3, axis=2)
    status[:, :, SERVICES] = IMPUTED
    status[np.arange(len(economies)), np.arange(len(economies))] = IMPUTED
    return make_world(
        pool.recipe,
        economies,
        SECTORS,
        {
            "trade_flow": closed.trade_flow,
            "tariff": closed.tariff,
            "external_tariff": closed.external_tariff,
            "intermediate_use": closed.intermediate_use,
            "value_added": closed.value_added,
            "final_demand": closed.final_demand,
            "trade_elasticity": elasticities(pool.recipe, SECTORS),
            "flow_status": np.where(closed.trade_flow > 0, status, 0).astype(np.int8),
        },
        sector_names=SECTOR_NAMES,
        attributes=_attributes(pool, economies, gdp),
    )


def _trade(pool: Pool, report: Report) -> tuple[Mirrored, tuple[str, ...]]:
    recipe = pool.recipe
    pairs = choose_report(pool.table("reports").frame, recipe.cif.value, recipe.smaller_report)
    economies = left_out(pool, tuple(recipe.economies) or tuple(sorted({*pairs.o, *pairs.d})), report)
    mirrored = fill(pairs, economies)
    silent = [c for i, c in enumerate(economies) if mirrored.trade[i].sum() + mirrored.trade[:, i].sum() <= 0]
    if silent:
        raise WorldError(f"recipe '{recipe.id}': economy '{silent[0]}' has no recorded trade; leave it out")
    report.steps.append(
        f"Bilateral goods trade: importer's report over {recipe.cif.value:g}, else the exporter's "
        f"({int((mirrored.status == 1).sum())} and {int((mirrored.status == 2).sum())} pairs)."
    )
    report.numbers["recorded_trade_usd_bn"] = mirrored.trade.sum() / 1e3
    mirrored = _with_partner_shares(pool, mirrored, economies, report)
    report.numbers["reports_that_differ_twofold_pct"] = 100 * mirrored.differ_twofold
    return mirrored, economies


def _with_partner_shares(pool: Pool, mirrored: Mirrored, economies: tuple[str, ...], report: Report) -> Mirrored:
    """Lift cells that a published partner share of a national total puts higher, and trust the cells it names.

    Indicators: ``partner_share_exports_PARTNER`` and ``partner_share_imports_PARTNER`` (percent of merchandise), with
    ``merchandise_exports_usd_mn`` and ``merchandise_imports_usd_mn`` (c.i.f.).
    """
    trade, agreement, status = mirrored.trade.copy(), mirrored.agreement.copy(), mirrored.status.copy()
    at = {code: i for i, code in enumerate(economies)}
    lifted = []
    for partner in economies:
        for side, freight in (("exports", 1.0), ("imports", pool.recipe.cif.value)):
            totals = pool.figures(f"merchandise_{side}_usd_mn")
            for code, share in pool.figures(f"partner_share_{side}_{partner}").items():
                if code not in at or code not in totals:
                    continue
                value = totals[code].value * share.value / 100 / freight
                o, d = (at[code], at[partner]) if side == "exports" else (at[partner], at[code])
                agreement[o, d] = max(agreement[o, d], SOURCED_AGREEMENT)
                if value > trade[o, d]:
                    trade[o, d], status[o, d] = value, IMPUTED
                    lifted.append(f"{economies[o]} to {economies[d]}")
    report.flag("a published partner share is above recorded trade: it stands", lifted)
    return replace(mirrored, trade=trade, agreement=agreement, status=status)


def _gdp(pool: Pool, economies: tuple[str, ...], mirrored: Mirrored, report: Report) -> np.ndarray:
    """GDP [o]; where no file has it and the recipe says so, imports over the import share of the economy's group."""
    known = pool.figures("gdp_usd_mn")
    imports = mirrored.trade.sum(axis=0)
    at = {c: i for i, c in enumerate(economies)}
    missing = [c for c in economies if c not in known]
    values = np.array([known[c].value if c in known else 0.0 for c in economies])
    if not values.any():
        raise pool.absent("gdp_usd_mn")
    if missing:
        pool.rule("gdp_usd_mn", ("import-share",), missing)
    for code in missing:
        peers = [at[c] for c in economies if c in known and _group(c) == _group(code)]
        peers = peers or [at[c] for c in economies if c in known]
        values[at[code]] = imports[at[code]] * float(np.median(values[peers] / np.maximum(imports[peers], 1e-6)))
    report.flag("GDP imputed from recorded imports and the median import share of the group", missing)
    if (values <= 0).any():
        raise WorldError(f"economy '{economies[int(np.argmin(values))]}' has no GDP and no imports; leave it out")
    report.numbers["gdp_usd_bn"] = values.sum() / 1e3
    return values


def _group(code: str) -> str:
    try:
        return group_of(code)
    except InputError:
        return ""


class Goods(NamedTuple):
    """Goods trade raised to national totals (USD million, free on board).

    Attributes
    ----------
    trade
        Trade between different economies [o d].
    exports, imports
        National totals; recorded trade where none is known [o], [d].
    import_factor
        Factor on all import totals that makes room for what exporters' totals hold beyond the record (pure number).
    """

    trade: Float64[Array, "o d"]
    exports: Float64[Array, " o"]
    imports: Float64[Array, " d"]
    import_factor: float


def _raised(pool: Pool, mirrored: Mirrored, economies: tuple[str, ...], report: Report) -> Goods:
    """Goods trade raised to exporters' national totals where importers' totals leave room."""
    exports, imports, coverage = _national_totals(pool, mirrored, economies, report)
    silent = (mirrored.trade.sum(axis=1) <= 0) & (exports > 0)
    report.flag("no recorded exports to raise to the national total", [economies[i] for i in np.flatnonzero(silent)])
    exports = np.where(silent, 0.0, exports)
    try:
        trade, factor = raise_to_totals(mirrored.trade, mirrored.agreement, exports, imports)
    except WorldError as error:
        raise WorldError(f"recipe '{pool.recipe.id}', goods trade and its national totals: {error}") from error
    report.steps.append(
        "Exporters below their national totals are raised to them, doubtful cells first, where importers' totals leave "
        "room; more than the total stands."
    )
    report.numbers["national_totals_over_recorded"] = coverage
    report.numbers["factor_on_goods_imports"] = factor
    report.numbers["trade_after_scaling_usd_bn"] = trade.sum() / 1e3
    return Goods(trade, exports, imports, factor)


def _national_totals(
    pool: Pool, mirrored: Mirrored, economies: tuple[str, ...], report: Report
) -> tuple[np.ndarray, np.ndarray, float]:
    """National totals of goods exports [o] and imports [d], free on board, and the official over the recorded.

    Official totals of entrepots count what only passes through: their exports are those recorded, raised as others are
    on average, and their imports fall by as much, to no less than a fifth of those recorded.
    """
    official = {}
    for side, freight in (("exports", 1.0), ("imports", pool.recipe.cif.value)):
        known = pool.figures(f"merchandise_{side}_usd_mn")
        official[side] = np.array([known[c].value / freight if c in known else np.nan for c in economies])
        silent = [c for c in economies if c not in known]
        if silent:
            pool.rule(f"merchandise_{side}_usd_mn", ("recorded-trade",), silent)
        report.flag(f"no national total of {side}: recorded trade stands", silent)
    sold, bought = mirrored.trade.sum(axis=1), mirrored.trade.sum(axis=0)
    exports = np.where(np.isnan(official["exports"]), sold, official["exports"])
    imports = np.where(np.isnan(official["imports"]), bought, official["imports"])
    passing = np.isin(economies, pool.recipe.entrepots)
    both = ~np.isnan(official["exports"]) & ~passing & (sold > 0)
    coverage = float(exports[both].sum() / sold[both].sum()) if both.any() else 1.0
    own = np.where(passing, np.minimum(sold * coverage, exports), exports)
    imports = np.where(passing, np.maximum(imports - (exports - own), LEAST_KEPT * bought), imports)
    return own, imports, coverage


def _figures(
    pool: Pool, economies: tuple[str, ...], gdp: np.ndarray, goods: Goods, mirrored: Mirrored, report: Report
) -> WorldFigures:
    shares = {side: _energy_share(pool, side, economies, goods.trade) for side in ("exports", "imports")}
    external, preference = _duties(pool, economies, goods.trade, shares["imports"], report)
    services = {side: _services(pool, side, economies, gdp) for side in ("exports", "imports")}
    own = three_sectors(pool.table("linkages"), pool.recipe.industries) if pool.has("linkages") else None
    at = {} if own is None else {c: i for i, c in enumerate(pool.table("linkages").economies)}
    inputs, energy_final = _linkages(own, at, economies, report)
    home = _home_energy(own, at, economies, goods.imports * shares["imports"], report)
    farm = pool.vector("agriculture_pct", economies, gdp) / 100
    factory = pool.vector("manufacturing_pct", economies, gdp) / 100
    return WorldFigures(
        goods_trade=goods.trade,
        report_agreement=mirrored.agreement,
        goods_exports=goods.exports,
        goods_imports=goods.imports,
        energy_share_exports=shares["exports"],
        energy_share_imports=shares["imports"],
        services_trade=_services_guess(goods.trade, services["exports"], services["imports"]),
        services_exports=services["exports"],
        services_imports=services["imports"],
        gdp=gdp,
        goods_value_added_share=np.clip(farm + factory, 0.02, 0.9),
        energy_final_share=energy_final,
        home_energy_share=home,
        input_share=inputs,
        external_tariff=external,
        preference=preference,
        trade_elasticity=elasticities(pool.recipe, SECTORS),
    )


def _energy_share(pool: Pool, side: str, economies: tuple[str, ...], goods: np.ndarray) -> np.ndarray:
    """Fuels, ores and metals over goods exports or imports [o]."""
    weight = goods.sum(axis=1 if side == "exports" else 0)
    parts = [pool.vector(f"{what}_{side}_pct", economies, weight) for what in ("fuel", "ore")]
    return np.clip(sum(parts) / 100, 0.0, 0.995)


def _services(pool: Pool, side: str, economies: tuple[str, ...], gdp: np.ndarray) -> np.ndarray:
    """Services trade (USD million) [o]; where unknown, GDP times the mean ratio of the group."""
    name = f"services_{side}_usd_mn"
    known = pool.figures(name)
    ratio = np.array([known[c].value / g if c in known else np.nan for c, g in zip(economies, gdp, strict=True)])
    missing = np.isnan(ratio)
    if missing.all():
        raise pool.absent(name)
    if missing.any():
        pool.rule(name, ("group-mean",), [c for c, gone in zip(economies, missing, strict=True) if gone])
        ratio = np.where(missing, stand_ins(ratio, gdp, economies), ratio)
        pool.stood_in[name] = [c for c, gone in zip(economies, missing, strict=True) if gone]
    return ratio * gdp


def _services_guess(goods: np.ndarray, exports: np.ndarray, imports: np.ndarray) -> np.ndarray:
    """Geometric mean of two spreads of the totals: in proportion to partners' totals, and as goods trade goes [o d]."""
    even = np.outer(exports, imports)
    np.fill_diagonal(even, 0.0)
    like_goods = np.maximum(goods, 1e-4 * even / imports.sum())
    np.fill_diagonal(like_goods, 0.0)
    target = imports * exports.sum() / imports.sum()
    spreads = [fit_biproportional(guess, exports, target, tolerance=1e-7) for guess in (even, like_goods)]
    return np.sqrt(spreads[0] * spreads[1])


def _duties(
    pool: Pool, economies: tuple[str, ...], goods: np.ndarray, energy: np.ndarray, report: Report
) -> tuple[np.ndarray, np.ndarray]:
    """External rates [d s] and preferences [o d s].

    By tables of rates; or by published means, where energy pays half of what other goods pay; services pay nothing.
    """
    if not pool.has("tariffs") and not pool.figures("tariff_mean_pct"):
        no_rates(pool, report)
        return np.zeros((len(economies), 3)), np.zeros((len(economies), len(economies), 3))
    free = free_trade(pool, economies, report)
    if pool.has("tariffs"):
        applied, external = table_rates(
            pool, economies, {name: name for name in SECTORS}, goods.sum(axis=0), free, report
        )
        return external, waived(applied, external, economies, SECTORS)
    rate = outsider_rates(pool, economies, goods, free, report)
    other_goods = rate / (1.0 - 0.5 * energy)
    external = np.stack([other_goods / 2, other_goods, np.zeros_like(rate)], axis=1)
    preference = np.repeat(free[:, :, None], 3, axis=2)
    preference[:, :, SERVICES] = 0.0
    return external, preference


def _linkages(
    own: ThreeSectors | None, at: Mapping[str, int], economies: tuple[str, ...], report: Report
) -> tuple[np.ndarray, np.ndarray]:
    """Input shares [o s k] and energy in final demand [o]: own table, else the group's in the shipped world."""
    shipped = load_world()
    group = {member: i for i, members in enumerate(shipped.members) for member in members}
    share = np.divide(shipped.intermediate_use, shipped.output[:, :, None])
    energy = shipped.final_demand[:, ENERGY] / shipped.final_demand.sum(axis=1)
    inputs = np.stack([share[group[c]] if c in group else share.mean(axis=0) for c in economies])
    final = np.array([energy[group[c]] if c in group else energy.mean() for c in economies])
    held = [c for c in economies if c in at]
    if own is not None:
        for code in held:
            o, i = economies.index(code), at[code]
            inputs[o] = own.use[i] / own.output[i][:, None]
            final[o] = own.final[i, ENERGY] / own.final[i].sum()
    report.steps.append(
        f"Input shares: {len(held)} economies from their own table, {len(economies) - len(held)} from their group in "
        f"{shipped.name}."
    )
    total = inputs.sum(axis=2, keepdims=True)
    return inputs * np.minimum(1.0, 0.95 / total), final


def _home_energy(
    own: ThreeSectors | None, at: Mapping[str, int], economies: tuple[str, ...], imports: np.ndarray, report: Report
) -> np.ndarray:
    """Least home share of energy use, in value [o], found as the shipped world's is.

    Home sales of an economy's own table over these and the energy imports of the trade statistics [d]; else the
    shipped world's figure where it holds the economy alone; else the floor of all sectors.
    """
    shipped = values_by_id(DEFAULT_WORLD)
    found = np.full(len(economies), HOME_FLOOR)
    count = {"table": 0, "shipped": 0}
    for o, code in enumerate(economies):
        if own is not None and code in at:
            home = float(own.home_sales[at[code], ENERGY])
            found[o] = home / (home + imports[o])
            count["table"] += 1
        elif (figure := shipped.get(f"home_energy_share/{code}")) is not None:
            found[o] = figure
            count["shipped"] += 1
    report.steps.append(
        f"Home supply of energy is at least that of the own table for {count['table']} economies, the shipped world's "
        f"figure for {count['shipped']}, and {100 * HOME_FLOOR:g}% of use for the others."
    )
    return found


class ThreeSectors(NamedTuple):
    """A world input-output table added up to three sectors (USD million).

    Attributes
    ----------
    use
        Purchases of user `s` in economy `o` from supplier `k`, of any origin [o s k].
    output
        Gross output [o s].
    final
        Final demand by supplying sector, of any origin [o k].
    home_sales
        Sales of an economy's sector to its own users and final demand [o s].
    """

    use: Float64[Array, "o s k"]
    output: Float64[Array, "o s"]
    final: Float64[Array, "o k"]
    home_sales: Float64[Array, "o s"]


def three_sectors(table: InputOutput, industries: dict[str, list[str]]) -> ThreeSectors:
    """Add a table up to energy, goods and services, which are the industries that are not listed.

    Raises
    ------
    WorldError
        If an industry of the recipe is not in the table.
    """
    sector = np.full(len(table.industries), SERVICES)
    for name, listed in industries.items():
        if unknown := sorted(set(listed) - set(table.industries)):
            raise WorldError(f"industry '{unknown[0]}' is not in '{table.source}'; mend 'industries' of the recipe")
        sector[[table.industries.index(item) for item in listed]] = SECTORS.index(name)
    merge = np.eye(3)[sector].T
    home = np.einsum("iais->ia", table.intermediate) + np.einsum("iaif->ia", table.final)
    return ThreeSectors(
        use=np.einsum("ua,oads,vs->dvu", merge, table.intermediate, merge, optimize=True),
        output=table.output @ merge.T,
        final=np.einsum("ua,oadf->du", merge, table.final),
        home_sales=home @ merge.T,
    )


def _split(figures: WorldFigures, goods: np.ndarray, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Trade by sector with an empty diagonal [o d s], and the factors on energy and services imports [s]."""
    energy, energy_factor = split_energy(
        goods, figures.energy_share_exports, figures.energy_share_imports, limit=SPLIT_ROUNDS, strict=False
    )
    factor = figures.services_exports.sum() / figures.services_imports.sum()
    services = fit_biproportional(
        figures.services_trade, figures.services_exports, figures.services_imports * factor, tolerance=1e-7
    )
    sold = goods.sum(axis=1)
    gap = np.abs(energy.sum(axis=1) - sold * figures.energy_share_exports).sum() / energy.sum()
    report.steps.append(
        "Goods trade is split into energy and other goods so that exporters' and importers' energy shares both hold."
    )
    report.numbers["energy_shares_not_met_pct"] = 100 * float(gap)
    report.numbers["factor_on_energy_imports"] = energy_factor
    report.numbers["factor_on_services_imports"] = float(factor)
    return np.stack([energy, np.maximum(goods - energy, 0.0), services], axis=2), np.array([energy_factor, 1.0, factor])


def _close(
    figures: WorldFigures, abroad: np.ndarray, economies: tuple[str, ...], factors: np.ndarray, goods_factor: float
) -> tuple[Closed, dict[int, int]]:
    """Close the accounts; trade of an economy that its GDP cannot carry is cut until it can."""
    relieved: dict[int, int] = {}
    while True:
        try:
            return close_around(figures, abroad, economies, factors, goods_factor), relieved
        except CannotCloseError as error:
            short = sorted({o for o, _ in error.places})
            for o in short:
                relieved[o] = relieved.get(o, 0) + 1
                if relieved[o] > MOST_RELIEF:
                    raise
            abroad = abroad.copy()
            abroad[short] *= RELIEF
            abroad[:, short] *= RELIEF


def _note_moves(
    report: Report,
    economies: tuple[str, ...],
    mirrored: Mirrored,
    figures: WorldFigures,
    closed: Closed,
) -> None:
    abroad = closed.trade_flow * ~np.eye(len(economies), dtype=bool)[:, :, None]
    goods = abroad[:, :, :SERVICES].sum(axis=2)
    for i, code in enumerate(economies):
        report.move("goods exports", code, float(mirrored.trade[i].sum()), float(goods[i].sum()))
        gdp = closed.value_added[i].sum() + (closed.tariff[:, i] * closed.trade_flow[:, i]).sum()
        report.move("GDP", code, float(figures.gdp[i]), float(gdp))
        share = float(closed.goods_value_added_share[i])
        report.move("goods in GDP", code, float(figures.goods_value_added_share[i]), share)
    floors = [f"{economies[o]} {SECTORS[s]}: {what}" for o, s, what in closed.floors]
    report.flag(
        "a floor binds (home sales of energy at least their figure, of the rest 5% of use, final demand at least 1% of "
        "supply), or inputs were cut",
        floors,
    )
    factor = closed.energy_use_factor
    report.flag(
        "energy imports and the home share fix the use of energy, above what input shares say by this factor",
        [f"{economies[i]} x {factor[i]:.2f}" for i in np.argsort(-factor) if factor[i] != 1.0],
    )


def _attributes(pool: Pool, economies: tuple[str, ...], gdp: np.ndarray) -> dict[str, np.ndarray]:
    found = {"gdp_usd_mn": gdp}
    for name in ("population_thousand", "area_km2"):
        known = pool.figures(name)
        if known:
            found[name] = np.array([known[c].value if c in known else np.nan for c in economies])
    return found
