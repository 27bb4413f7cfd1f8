"""A world of single economies in three sectors, closed as the shipped one is.

Needs two reports of bilateral goods trade and these indicators (units in their names): ``gdp_usd_mn``,
``agriculture_pct`` and ``manufacturing_pct`` of GDP, ``merchandise_exports_usd_mn``, ``fuel_exports_pct``,
``ore_exports_pct``, ``fuel_imports_pct``, ``ore_imports_pct`` of merchandise, ``services_exports_usd_mn``,
``services_imports_usd_mn``, ``tariff_mean_pct``. Linkages come from a world input-output table where it has the
economy, else from the economy's group in the shipped world.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multipolar.atlas import group_of
from multipolar.data.readers.tables_io import InputOutput
from multipolar.errors import InputError, WorldError
from multipolar.world.building.assemble import Report, elasticities, make_world, refuse_wrong_units
from multipolar.world.building.duties import free_trade, outsider_rates
from multipolar.world.building.mirror import Mirrored, choose_report, fill
from multipolar.world.building.pool import Pool, stand_ins
from multipolar.world.bundled import load_world
from multipolar.world.bundled.closing import (
    CannotCloseError,
    Closed,
    WorldFigures,
    close_around,
    fit_biproportional,
    scale_to_totals,
    split_energy,
)
from multipolar.world.bundled.layout import SECTOR_NAMES, SECTORS
from multipolar.world.model import World

__all__ = ["build"]

ENERGY, GOODS, SERVICES = range(3)
RELIEF = 0.8
"""Factor on the trade of an economy whose accounts cannot carry it, applied until they can."""
MOST_RELIEF = 40
SPLIT_ROUNDS = 400
IMPUTED = 3
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
    refuse_wrong_units(pool.recipe, float(mirrored.trade.sum()), float(gdp.sum()))
    goods = _scaled(pool, mirrored, economies, report)
    figures = _figures(pool, economies, gdp, goods, mirrored, report)
    abroad, factors = _split(figures, goods, report)
    closed, abroad, relieved = _close(figures, abroad, economies)
    report.flag(
        "trade cut until the accounts close: goods that pass through, or output that is not recorded",
        [f"{economies[i]} x {RELIEF**n:.2g}" for i, n in sorted(relieved.items(), key=lambda item: -item[1])],
    )
    _note_moves(report, economies, mirrored, figures, closed, factors)
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
    economies = tuple(recipe.economies) or tuple(sorted({*pairs.o, *pairs.d}))
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
    """GDP [o]; where no file has it, recorded imports over the import share of the economy's group, flagged."""
    known = pool.figures("gdp_usd_mn")
    imports = mirrored.trade.sum(axis=0)
    at = {c: i for i, c in enumerate(economies)}
    missing = [c for c in economies if c not in known]
    values = np.array([known[c].value if c in known else 0.0 for c in economies])
    if not values.any():
        raise WorldError(f"recipe '{pool.recipe.id}': no file gives indicator 'gdp_usd_mn'; add it to sources")
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


def _scaled(pool: Pool, mirrored: Mirrored, economies: tuple[str, ...], report: Report) -> np.ndarray:
    """Goods trade raised to exporters' national totals, entrepots as other countries on average [o d]."""
    recorded = mirrored.trade.sum(axis=1)
    known = pool.figures("merchandise_exports_usd_mn")
    totals = np.array([known[c].value if c in known else np.nan for c in economies])
    passing = np.isin(economies, pool.recipe.entrepots)
    both = ~np.isnan(totals) & ~passing & (recorded > 0)
    coverage = float(totals[both].sum() / recorded[both].sum()) if both.any() else 1.0
    totals = np.where(passing, np.minimum(recorded * coverage, np.nan_to_num(totals, nan=np.inf)), totals)
    totals = np.where(np.isnan(totals), recorded, totals)
    scaled = scale_to_totals(mirrored.trade, mirrored.agreement, totals)
    report.steps.append(
        "Exporters below their national totals are raised to them, doubtful cells first; more than the total stands."
    )
    report.numbers["national_totals_over_recorded"] = coverage
    report.numbers["trade_after_scaling_usd_bn"] = scaled.sum() / 1e3
    report.flag("no national total of exports: recorded trade stands", [c for c in economies if c not in known])
    return scaled


def _figures(
    pool: Pool, economies: tuple[str, ...], gdp: np.ndarray, goods: np.ndarray, mirrored: Mirrored, report: Report
) -> WorldFigures:
    shares = {side: _energy_share(pool, side, economies, goods) for side in ("exports", "imports")}
    external, preference = _duties(pool, economies, goods, shares["imports"], report)
    services = {side: _services(pool, side, economies, gdp) for side in ("exports", "imports")}
    inputs, energy_final = _linkages(pool, economies, report)
    farm = pool.vector("agriculture_pct", economies, gdp) / 100
    factory = pool.vector("manufacturing_pct", economies, gdp) / 100
    return WorldFigures(
        goods_trade=goods,
        report_agreement=mirrored.agreement,
        goods_exports=goods.sum(axis=1),
        energy_share_exports=shares["exports"],
        energy_share_imports=shares["imports"],
        services_trade=_services_guess(goods, services["exports"], services["imports"]),
        services_exports=services["exports"],
        services_imports=services["imports"],
        gdp=gdp,
        goods_value_added_share=np.clip(farm + factory, 0.02, 0.9),
        energy_final_share=energy_final,
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
        raise WorldError(f"recipe '{pool.recipe.id}': no file gives indicator '{name}'; add it to sources")
    if missing.any():
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
    """External rates [d s] and preferences [o d s]: energy pays half of what other goods pay, services nothing."""
    free = free_trade(pool, economies, report)
    rate = outsider_rates(pool, economies, goods, free, report)
    other_goods = rate / (1.0 - 0.5 * energy)
    external = np.stack([other_goods / 2, other_goods, np.zeros_like(rate)], axis=1)
    preference = np.repeat(free[:, :, None], 3, axis=2)
    preference[:, :, SERVICES] = 0.0
    return external, preference


def _linkages(pool: Pool, economies: tuple[str, ...], report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Input shares [o s k] and energy in final demand [o]: own table, else the group's in the shipped world."""
    shipped = load_world()
    at = {member: i for i, group in enumerate(shipped.members) for member in group}
    share = np.divide(shipped.intermediate_use, shipped.output[:, :, None])
    energy = shipped.final_demand[:, ENERGY] / shipped.final_demand.sum(axis=1)
    inputs = np.stack([share[at[c]] if c in at else share.mean(axis=0) for c in economies])
    final = np.array([energy[at[c]] if c in at else energy.mean() for c in economies])
    own: list[str] = []
    if pool.has("linkages"):
        table: InputOutput = pool.table("linkages")
        used, output, demand = three_sectors(table, pool.recipe.industries)
        for i, code in enumerate(table.economies):
            if code in economies:
                o = economies.index(code)
                inputs[o] = used[i] / output[i][:, None]
                final[o] = demand[i, ENERGY] / demand[i].sum()
                own.append(code)
    report.steps.append(
        f"Input shares: {len(own)} economies from their own table, {len(economies) - len(own)} from their group in "
        f"{shipped.name}."
    )
    total = inputs.sum(axis=2, keepdims=True)
    return inputs * np.minimum(1.0, 0.95 / total), final


def three_sectors(table: InputOutput, industries: dict[str, list[str]]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Add a table up to three sectors: inputs of any origin [o s k], output [o s], final demand [o k].

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
    used = np.einsum("ua,oads,vs->dvu", merge, table.intermediate, merge, optimize=True)
    demand = np.einsum("ua,oadf->du", merge, table.final)
    return used, table.output @ merge.T, demand


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
    figures: WorldFigures, abroad: np.ndarray, economies: tuple[str, ...]
) -> tuple[Closed, np.ndarray, dict[int, int]]:
    """Close the accounts; trade of an economy that its GDP cannot carry is cut until it can."""
    relieved: dict[int, int] = {}
    while True:
        try:
            return close_around(figures, abroad, economies), abroad, relieved
        except CannotCloseError as error:
            short = sorted({o for o, _ in error.places})
            for o in short:
                relieved[o] = relieved.get(o, 0) + 1
                if relieved[o] > MOST_RELIEF:
                    raise
            abroad = abroad.copy()
            abroad[short] *= RELIEF
            abroad[:, short] *= RELIEF
            figures = replace(figures, goods_trade=abroad[:, :, :SERVICES].sum(axis=2))


def _note_moves(
    report: Report,
    economies: tuple[str, ...],
    mirrored: Mirrored,
    figures: WorldFigures,
    closed: Closed,
    factors: np.ndarray,
) -> None:
    report.numbers["factor_on_energy_imports"] = float(factors[ENERGY])
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
        "a floor binds (home sales at least 5% of use, final demand at least 1% of supply), or inputs were cut", floors
    )


def _attributes(pool: Pool, economies: tuple[str, ...], gdp: np.ndarray) -> dict[str, np.ndarray]:
    found = {"gdp_usd_mn": gdp}
    for name in ("population_thousand", "area_km2"):
        known = pool.figures(name)
        if known:
            found[name] = np.array([known[c].value if c in known else np.nan for c in economies])
    return found
