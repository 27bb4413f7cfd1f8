"""A world of one sector from bilateral trade and gross domestic product alone.

Gross output is value added over its share in output; home sales are output less exports. Needs ``sources.trade`` (or
``sources.reports``, mirror-filled) and the indicator ``gdp_usd_mn``, or ``output_usd_mn`` where it is known; takes
``sources.tariffs`` or the indicator ``tariff_mean_pct``, and ``sources.agreements``, where the recipe names them. What
is missing is an error, unless the recipe leaves the economy out or says what stands in.
"""

from __future__ import annotations

import numpy as np

from multipolar.atlas import clubs
from multipolar.atlas import members as club_members
from multipolar.errors import WorldError
from multipolar.world.building.assemble import Report, elasticities, left_out, make_world, refuse_wrong_units
from multipolar.world.building.duties import free_trade, outsider_rates
from multipolar.world.building.mirror import choose_report, fill, square
from multipolar.world.building.pool import Pool, listed
from multipolar.world.building.rates import no_rates, table_rates
from multipolar.world.model import World

__all__ = ["build", "rates"]

HOME_FLOOR = 0.05
"""Least share of home sales in an economy's use (fraction)."""
SECTOR = "all"
IMPUTED = 3


def build(pool: Pool, report: Report) -> World:
    """Build the world.

    Raises
    ------
    WorldError
        If a file or indicator is missing.
    """
    share = pool.recipe.value_added_share
    if share is None:
        raise WorldError(f"{pool.recipe.place('method')}method single-sector needs value_added_share")
    economies, trade, status = _trade(pool, report)
    gdp = _gdp(pool, economies, report)
    refuse_wrong_units(pool, economies, trade, gdp, report)
    tariff, external = rates(pool, economies, trade, report)
    duty = (tariff * trade).sum(axis=0)
    known = pool.figures("output_usd_mn")
    output = np.array([known[c].value if c in known else np.nan for c in economies])
    output = np.where(np.isnan(output), (gdp - duty) / share.value, output)
    home = _home_sales(output, trade, economies, report)
    flow = trade + np.diag(home)
    made = flow.sum(axis=1)
    value_added = np.where(made > output * (1 + 1e-12), share.value * made, np.minimum(gdp - duty, 0.99 * made))
    for i, code in enumerate(economies):
        report.move("GDP", code, float(gdp[i]), float(value_added[i] + duty[i]))
    inputs = made - value_added
    final = ((1 + tariff) * flow).sum(axis=0) - inputs
    _refuse_negative(final, economies)
    report.steps.append(f"Gross output: value added over {share.value:g}; home sales: output less exports.")
    code = np.where(np.eye(len(economies), dtype=bool), IMPUTED, np.where(flow > 0, status, 0))
    return make_world(
        pool.recipe,
        economies,
        (SECTOR,),
        {
            "trade_flow": flow[:, :, None],
            "tariff": tariff[:, :, None],
            "external_tariff": external[:, None],
            "intermediate_use": inputs[:, None, None],
            "value_added": value_added[:, None],
            "final_demand": final[:, None],
            "trade_elasticity": elasticities(pool.recipe, (SECTOR,)),
            "flow_status": code[:, :, None].astype(np.int8),
        },
        sector_names=("All trade",),
        attributes={"gdp_usd_mn": gdp},
    )


def _trade(pool: Pool, report: Report) -> tuple[tuple[str, ...], np.ndarray, np.ndarray]:
    """Economies with trade and GDP, bilateral trade [o d] and its status [o d]."""
    recipe = pool.recipe
    if pool.has("reports"):
        table = pool.table("reports")
        pairs = choose_report(table.frame, recipe.cif.value, recipe.smaller_report)
        economies = _economies(pool, {*pairs.o, *pairs.d}, report)
        mirrored = fill(pairs, economies)
        trade, status = mirrored.trade, mirrored.status
        recorded = square(pairs, pairs.value * 0 + 1, economies) > 0
        report.steps.append(f"Bilateral trade: importer's report over {recipe.cif.value:g}, else the exporter's.")
    else:
        table = pool.table("trade")
        frame = table.frame
        economies = _economies(pool, {*frame.origin, *frame.destination}, report)
        trade = square(frame, frame.value, economies, "origin", "destination")
        np.fill_diagonal(trade, 0.0)
        status = np.ones_like(trade, dtype=np.int8)
        recorded = square(frame, frame.value * 0 + 1, economies, "origin", "destination") > 0
    pool.count_outsiders(table, ("origin", "destination"), economies)
    pool.count_itself(table, economies)
    _refuse_silent(pool, economies, trade)
    _flag_unrecorded(pool, economies, recorded, report)
    if not pool.has("reports"):
        _flag_gaps(pool, economies, trade, report)
        report.numbers["recorded_trade_usd_bn"] = trade.sum() / 1e3
    return economies, trade, status


def _refuse_silent(pool: Pool, economies: tuple[str, ...], trade: np.ndarray) -> None:
    """Refuse economies that trade with no other economy of the world: nothing abroad could reach them."""
    recipe = pool.recipe
    silent = [c for i, c in enumerate(economies) if trade[i].sum() <= 0 and trade[:, i].sum() <= 0]
    if silent:
        role = "trade" if pool.has("trade") else "reports"
        remedy = "take it out of 'economies'" if recipe.economies else "name it under 'leave_out' of the recipe"
        raise WorldError(
            f"{_first_row(pool, role, silent[0])}{listed(silent)}: no trade with any other economy of the world; "
            f"{remedy}, or add its trade"
        )


def _flag_unrecorded(pool: Pool, economies: tuple[str, ...], recorded: np.ndarray, report: Report) -> None:
    """Flag the pairs that no row of the trade data names: nothing tells no trade from a row that is missing."""
    file = pool.recipe.all_sources("trade" if pool.has("trade") else "reports")[0].file
    lost = np.argwhere(~recorded & ~np.eye(len(economies), dtype=bool))
    report.flag(f"not recorded in {file}, taken as no trade", [f"{economies[o]} to {economies[d]}" for o, d in lost])


def _economies(pool: Pool, trading: set[str], report: Report) -> tuple[str, ...]:
    """Economies of the world: those asked for or, without a word, all that trade; each must have GDP or output."""
    recipe = pool.recipe
    economies = left_out(pool, tuple(recipe.economies) or tuple(sorted(trading)), report)
    role = "trade" if pool.has("trade") else "reports"
    if silent := [code for code in economies if code not in trading]:
        raise WorldError(
            f"{recipe.place('economies')}{listed(silent)}: in no row of {recipe.all_sources(role)[0].file}; take it "
            "out of 'economies'"
        )
    known = {**pool.figures("gdp_usd_mn"), **pool.figures("output_usd_mn")}
    if not known:
        raise pool.absent("gdp_usd_mn")
    missing = [code for code in economies if code not in known]
    if missing:
        if blank := pool.blank_at("gdp_usd_mn", missing[0]):
            first = _first_row(pool, role, missing[0]).removesuffix(": ")
            raise WorldError(
                f"{blank}: 'gdp_usd_mn' of {missing[0]} is blank and its trade is recorded ({first}); fill it, or name "
                "the economy under 'leave_out' of the recipe"
            )
        files = listed([source.file for source in recipe.all_sources("indicators")])
        raise WorldError(
            f"{_first_row(pool, role, missing[0])}{listed(missing)}: trade is recorded and no GDP is in {files}; add "
            f"'gdp_usd_mn' there, or name the economy under 'leave_out' of the recipe"
        )
    if len(economies) < 2:
        raise WorldError(f"recipe '{recipe.id}': fewer than two economies have trade and 'gdp_usd_mn'")
    return economies


def _first_row(pool: Pool, role: str, code: str) -> str:
    """File and row in which an economy is first named, for the front of a message."""
    table = pool.table(role)
    frame = table.frame
    if "row" not in frame:
        return f"{table.source}: "
    rows = frame.row[frame.origin.eq(code) | frame.destination.eq(code)]
    return f"{table.source}:{int(rows.min())}: " if len(rows) else f"{table.source}: "


def _gdp(pool: Pool, economies: tuple[str, ...], report: Report) -> np.ndarray:
    known = pool.figures("gdp_usd_mn")
    output, share = pool.figures("output_usd_mn"), pool.recipe.value_added_share
    assert share is not None
    values = [known[c].value if c in known else output[c].value * share.value for c in economies]
    report.numbers["gdp_usd_bn"] = sum(values) / 1e3
    return np.array(values)


def _flag_gaps(pool: Pool, economies: tuple[str, ...], trade: np.ndarray, report: Report) -> None:
    """Flag pairs that free trade between them and yet have none on record: not reported, or, as where a border is
    closed (Armenia and Azerbaijan), nil; the file does not say which.
    """
    gaps = []
    for club in clubs().values():
        if club.zero_internal_tariff and club.in_force(pool.recipe.day):
            inside = [c for c in club_members(club.id, pool.recipe.day) if c in economies]
            gaps += [
                f"{o} to {d} ({club.id})"
                for o in inside
                for d in inside
                if o != d and trade[economies.index(o), economies.index(d)] <= 0
            ]
    report.flag("no trade on record between members of a club that trades freely: unreported or nil", gaps)


def rates(pool: Pool, economies: tuple[str, ...], trade: np.ndarray, report: Report) -> tuple[np.ndarray, np.ndarray]:
    """Applied tariffs [o d] and external ones [d] (fraction): a table's, else means over imports, else none.

    A rate without an exporter holds for everyone who has no own row and no preference.
    """
    if not pool.has("tariffs") and not pool.figures("tariff_mean_pct"):
        no_rates(pool, report)
        return np.zeros((len(economies), len(economies))), np.zeros(len(economies))
    free = free_trade(pool, economies, report)
    if pool.has("tariffs"):
        tariff, external = table_rates(pool, economies, {SECTOR: "goods"}, trade.sum(axis=0), free, report)
        return tariff[:, :, 0], external[:, 0]
    external = outsider_rates(pool, economies, trade, free, report)
    tariff = external[None, :] * (1 - free)
    np.fill_diagonal(tariff, 0.0)
    return tariff, external


def _home_sales(output: np.ndarray, trade: np.ndarray, economies: tuple[str, ...], report: Report) -> np.ndarray:
    """Output less exports, at least a floor: exporters of more than they make pass goods through."""
    home = output - trade.sum(axis=1)
    least = HOME_FLOOR / (1 - HOME_FLOOR) * trade.sum(axis=0)
    low = home < least
    report.flag(
        "exports above output: home sales on their floor, GDP raised",
        [c for c, b in zip(economies, low, strict=True) if b],
    )
    return np.where(low, least, home)


def _refuse_negative(final: np.ndarray, economies: tuple[str, ...]) -> None:
    if (final <= 0).any():
        code = economies[int(np.argmin(final))]
        raise WorldError(
            f"economy '{code}' would have no final demand: its exports are too large for its GDP; leave it out"
        )
