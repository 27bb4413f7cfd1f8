"""A world from a world input-output table: negatives taken out, inputs pooled over origins, tariffs laid on top.

Needs ``sources.table``; takes ``sources.tariffs`` (rates by industry or by its group) or the indicator
``tariff_mean_pct``, and ``sources.agreements``. With ``split_rest``, some
economies are first taken out of the rest of the world (`split`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from multipolar.data.readers.tables_io import REST, InputOutput
from multipolar.errors import WorldError
from multipolar.types import Array, Float64
from multipolar.world.building.assemble import Report, cut_inputs, elasticities, make_world
from multipolar.world.building.duties import free_trade, outsider_rates
from multipolar.world.building.pool import Pool
from multipolar.world.building.rates import no_rates, nothing_pays, table_rates
from multipolar.world.building.split import Pooled, split_rest
from multipolar.world.model import World

__all__ = ["build", "without_negatives"]

FLOOR = 0.001
"""Least share of a sector's supply that goes to final demand, and of output that is value added (fraction)."""
OBSERVED, IMPUTED = 1, 3


def build(pool: Pool, report: Report) -> World:
    """Build the world.

    Raises
    ------
    WorldError
        If the recipe names no table, or the table cannot be made free of negatives.
    """
    raw: InputOutput = pool.table("table")
    for name in ("economies", "leave_out"):
        if getattr(pool.recipe, name) and not (name == "leave_out" and pool.recipe.split_rest):
            raise WorldError(
                f"{pool.recipe.place(name)}a table keeps all of its economies; merge them in the world instead"
            )
    table = without_negatives(raw, report)
    broad = {name: sector for sector, listed in pool.recipe.industries.items() for name in listed}
    if unknown := sorted(set(broad) - set(table.industries)):
        raise WorldError(f"industry '{unknown[0]}' is not in '{table.source}'; mend 'industries' of the recipe")
    broad |= {name: "services" for name in table.industries if name not in broad}
    pooled = Pooled(
        table.economies,
        table.industries,
        np.moveaxis(table.intermediate.sum(axis=3) + table.final.sum(axis=3), 1, 2),
        table.intermediate.sum(axis=0).transpose(1, 2, 0),
    )
    if pool.recipe.split_rest:
        pooled = split_rest(pooled, pool, report, broad)
    flow = pooled.flow
    tariff, external = _tariffs(pool, pooled, flow, broad, report)
    absorbed = flow.sum(axis=0)
    supply = ((1 + tariff) * flow).sum(axis=0)
    # Duty falls on every user of a good alike, since a world does not tell who buys from whom.
    markup = np.divide(supply, absorbed, out=np.ones_like(supply), where=absorbed > 0)
    use = pooled.use * markup[:, None, :]
    output = flow.sum(axis=1)
    cut, factor = cut_inputs(use, supply, output, FLOOR)
    _note_cuts(report, pooled, use, cut, factor)
    value_added = output - cut.sum(axis=2)
    _note_value_added(pool, report, pooled, raw, value_added, tariff, flow)
    status = np.where(flow > 0, OBSERVED, 0).astype(np.int8)
    imputed = np.isin(pooled.economies, (REST, *pool.recipe.split_rest)) & bool(pool.recipe.split_rest)
    status[(imputed[:, None] | imputed[None, :])[:, :, None] & (flow > 0)] = IMPUTED
    return make_world(
        pool.recipe,
        pooled.economies,
        pooled.industries,
        {
            "trade_flow": flow,
            "tariff": tariff,
            "external_tariff": external,
            "intermediate_use": cut,
            "value_added": value_added,
            "final_demand": supply - cut.sum(axis=1),
            "trade_elasticity": elasticities(pool.recipe, pooled.industries, broad),
            "flow_status": status,
        },
        attributes={"gdp_usd_mn": value_added.sum(axis=1) + (tariff * flow).sum(axis=(0, 2))},
    )


def without_negatives(table: InputOutput, report: Report) -> InputOutput:
    """Set negative cells to nothing, and find the output that what is left of final demand asks for.

    A negative cell of final demand is a draw on inventories: goods made in another year. Taken out, it leaves demand
    that this year's output must meet, with the table's own input coefficients: ``x = (I - A)^-1 f``.

    Raises
    ------
    WorldError
        If the table uses more inputs than it makes output.
    """
    n, m = table.output.shape
    size = n * m
    removed = np.minimum(table.final, 0.0)
    between = np.maximum(table.intermediate, 0.0).reshape(size, size)
    if (table.intermediate < 0).any():
        report.flag("negative cells of intermediate use set to zero", [f"{int((table.intermediate < 0).sum())} cells"])
    wanted = np.maximum(table.final, 0.0).reshape(size, -1).sum(axis=1)
    made = table.output.reshape(size)
    coefficient = np.divide(between, made[None, :], out=np.zeros_like(between), where=made[None, :] > 0)
    try:
        output = np.linalg.solve(np.eye(size) - coefficient, wanted)
    except np.linalg.LinAlgError:
        raise WorldError(
            f"'{table.source}': inputs use up all output, no solution exists; the table is damaged"
        ) from None
    if not np.isfinite(output).all() or (output < -1e-6 * output.sum()).any():
        raise WorldError(f"'{table.source}': inputs use up more than the output; the table is damaged")
    output = np.maximum(output, 0.0)
    report.steps.append(
        f"{int((removed < 0).sum())} negative cells of final demand ({removed.sum() / 1e3:,.0f} USD billion, draws on "
        "inventories) set to zero; output recomputed with the table's input coefficients."
    )
    report.numbers["output_before_usd_bn"] = made.sum() / 1e3
    report.numbers["output_after_usd_bn"] = output.sum() / 1e3
    return replace(
        table,
        intermediate=(coefficient * output[None, :]).reshape(n, m, n, m),
        final=np.maximum(table.final, 0.0),
        output=output.reshape(n, m),
    )


def _tariffs(
    pool: Pool, table: Pooled, flow: Float64[Array, "o d s"], broad: dict[str, str], report: Report
) -> tuple[np.ndarray, np.ndarray]:
    """Applied [o d s] and external [d s] tariffs: a table's; or published means on goods, half of them on energy."""
    n, m = flow.shape[1:]
    if not pool.has("tariffs") and not pool.figures("tariff_mean_pct"):
        no_rates(pool, report)
        return np.zeros((n, n, m)), np.zeros((n, m))
    free = free_trade(pool, table.economies, report)
    np.fill_diagonal(free, 1.0)
    if pool.has("tariffs"):
        imports = flow.sum(axis=(0, 2)) - np.einsum("iik->i", flow)
        groups = {name: broad[name] for name in table.industries}
        return table_rates(pool, table.economies, groups, imports, free, report)
    if set(broad.values()) == {"services"}:
        raise nothing_pays(pool, "a mean tariff is on goods")
    weight = np.array([{"goods": 1.0, "energy": 0.5}.get(broad[name], 0.0) for name in table.industries])
    abroad = flow * ~np.eye(n, dtype=bool)[:, :, None]
    goods = abroad[:, :, weight > 0].sum(axis=2)
    energy = np.divide(
        abroad[:, :, weight == 0.5].sum(axis=(0, 2)), goods.sum(axis=0), out=np.zeros(n), where=goods.sum(axis=0) > 0
    )
    other_goods = outsider_rates(pool, table.economies, goods, free, report) / (1.0 - 0.5 * energy)
    external = other_goods[:, None] * weight[None, :]
    return external[None] * (1 - free)[:, :, None], external


def _note_cuts(report: Report, table: Pooled, use: np.ndarray, cut: np.ndarray, factor: np.ndarray) -> None:
    places = [
        f"{table.economies[d]} {table.industries[k]} x {factor[d, k]:.3f}" for d, k in np.argwhere(factor < 1 - 1e-9)
    ]
    report.flag(f"inputs cut so that final demand is at least {FLOOR:.1%} of supply", places)
    short = np.argwhere(cut.sum(axis=2) < (use * factor[:, None, :]).sum(axis=2) * (1 - 1e-9))
    report.flag(
        f"inputs cut so that value added is at least {FLOOR:.1%} of output",
        [f"{table.economies[d]} {table.industries[s]}" for d, s in short],
    )


def _note_value_added(
    pool: Pool,
    report: Report,
    pooled: Pooled,
    raw: InputOutput,
    value_added: np.ndarray,
    tariff: np.ndarray,
    flow: np.ndarray,
) -> None:
    """Note GDP in the file and in the world; of economies taken out of the rest, beside their national accounts."""
    before = (raw.output - raw.intermediate.sum(axis=(0, 1))).sum(axis=1)
    known = dict(zip(raw.economies, before.tolist(), strict=True))
    for code in pool.recipe.split_rest:
        known.pop(REST, None)
        known[code] = pool.figures("gdp_usd_mn")[code].value
    for j, code in enumerate(pooled.economies):
        if code in known:
            report.move("GDP", code, known[code], float(value_added[j].sum() + (tariff[:, j] * flow[:, j]).sum()))
