"""Take economies out of the rest of the world of an input-output table, with bilateral trade and national accounts.

The rest of the world (R) of the table stands for every economy of the trade data that the table lacks; c is one to be
taken out, d an economy of the table. What is not known of c is taken to be as in R.

1. Goods trade between all economies (mirror-filled) is split into energy and other goods, so that exporters' and
   importers' energy shares hold. Exports of c to d in an industry are R's times c's share in the trade of R's economies
   with d, in energy or other goods by the industry; imports likewise. Services: R's times c's share in their total.
2. Trade of c with other economies of R: its recorded value by energy and other goods, brought to the table's level by
   the ratio of the table's exports of R to recorded ones, with R's mix of industries.
3. Output of c in an industry is R's times c's share: in value added for agriculture, manufacturing and services, in
   exports for energy. Home sales are output less exports, at least 5% of use.
4. Inputs of c: R's input coefficients. What is left of R is R less what was taken out, so that both together are R.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from multipolar.data.readers.tables_io import REST
from multipolar.errors import WorldError
from multipolar.types import Array, Float64
from multipolar.world.building.assemble import Report, left_out, refuse_wrong_units
from multipolar.world.building.mirror import choose_report, fill
from multipolar.world.building.pool import Pool, listed
from multipolar.world.bundled.closing import split_energy

__all__ = ["Pooled", "split_rest"]

HOME_FLOOR = 0.05
"""Least share of home sales in the use of a sector (fraction)."""
SPLIT_ROUNDS = 400
ENERGY, GOODS = 0, 1


@dataclass(frozen=True)
class Pooled:
    """A table whose users do not tell origins apart, as a `World` has it.

    Attributes
    ----------
    economies, industries
        Codes in axis order.
    flow
        Sales to every economy, home included (USD million) [o d k].
    use
        Inputs by user and supplying industry, of any origin, net of duty (USD million) [d s k].
    """

    economies: tuple[str, ...]
    industries: tuple[str, ...]
    flow: Float64[Array, "o d k"]
    use: Float64[Array, "d s k"]


def split_rest(table: Pooled, pool: Pool, report: Report, broad: Mapping[str, str]) -> Pooled:
    """Take ``recipe.split_rest`` out of the rest of the world; needs ``sources.reports`` and national accounts.

    Raises
    ------
    WorldError
        If the table has no rest of the world, an economy is in the table already or not in the trade data, or a file
        is missing.
    """
    taken = tuple(pool.recipe.split_rest)
    if REST not in table.economies:
        raise WorldError(f"recipe '{pool.recipe.id}': split_rest needs a table with a rest of the world ({REST})")
    if inside := [code for code in taken if code in table.economies]:
        raise WorldError(f"recipe '{pool.recipe.id}': split_rest: '{inside[0]}' is in the table already; leave it out")
    data = _Trade.read(pool, table, taken, report)
    kinds = np.array([{"energy": 0, "goods": 1}.get(broad[name], 2) for name in table.industries])
    flow = _flows(table, data, taken, kinds, report)
    at_rest = table.economies.index(REST)
    wanted = _output(table, data, pool, taken, kinds, at_rest)
    flow = _home(table, flow, wanted, taken, at_rest, report)
    coefficient = np.divide(
        table.use[at_rest], table.flow[at_rest].sum(axis=0)[:, None], out=np.zeros_like(table.use[at_rest]),
        where=table.flow[at_rest].sum(axis=0)[:, None] > 0,
    )  # fmt: skip
    output = flow.sum(axis=1)
    n = len(table.economies)
    use = np.concatenate([table.use, coefficient[None] * output[n:, :, None]])
    use[at_rest] = coefficient * output[at_rest][:, None]
    report.steps.append(
        f"{', '.join(taken)} taken out of the rest of the world with bilateral trade and national accounts."
    )
    return Pooled((*table.economies, *taken), table.industries, flow, use)


@dataclass(frozen=True)
class _Trade:
    """What the trade data and national accounts say of the economies that the table merges (R) and of the others."""

    codes: tuple[str, ...]
    rest: np.ndarray
    goods: np.ndarray  # [o d b], energy and other goods
    gdp: np.ndarray
    services: dict[str, np.ndarray]

    @staticmethod
    def read(pool: Pool, table: Pooled, taken: Sequence[str], report: Report) -> _Trade:
        pairs = choose_report(pool.table("reports").frame, pool.recipe.cif.value, pool.recipe.smaller_report)
        known = pool.figures("gdp_usd_mn")
        trading = left_out(pool, tuple(sorted({*pairs.o, *pairs.d})), report)
        if missing := [code for code in taken if code not in trading or code not in known]:
            raise WorldError(f"split_rest: '{missing[0]}' has no recorded trade or no GDP")
        if missing := [code for code in trading if code not in known]:
            raise WorldError(
                f"{pool.recipe.place('sources', 'indicators')}{listed(missing)}: trade is recorded and no file gives "
                "'gdp_usd_mn'; add it, or name the economy under 'leave_out' of the recipe"
            )
        codes = trading
        trade = fill(pairs, codes).trade
        shares = {}
        for side, axis in (("exports", 1), ("imports", 0)):
            weight = trade.sum(axis=axis)
            parts = [pool.vector(f"{what}_{side}_pct", codes, weight) for what in ("fuel", "ore")]
            shares[side] = np.clip(sum(parts) / 100, 0.0, 0.995)
        energy, _ = split_energy(trade, shares["exports"], shares["imports"], limit=SPLIT_ROUNDS, strict=False)
        gdp = np.array([known[code].value for code in codes])
        refuse_wrong_units(pool, codes, trade, gdp, report)
        services = {}
        for side in ("exports", "imports"):
            name = f"services_{side}_usd_mn"
            found = pool.figures(name)
            if silent := [c for c in codes if c not in found]:
                pool.rule(name, ("world-mean",), silent)
                pool.stood_in[name] = silent
            mean = sum(f.value for c, f in found.items() if c in codes) / max(
                gdp[[c in found for c in codes]].sum(), 1.0
            )
            services[side] = np.array(
                [found[c].value if c in found else mean * g for c, g in zip(codes, gdp, strict=True)]
            )
        rest = np.array([code not in table.economies for code in codes])
        report.numbers["economies_in_the_rest_of_the_world"] = float(rest.sum())
        return _Trade(codes, rest, np.stack([energy, np.maximum(trade - energy, 0.0)], axis=2), gdp, services)

    def at(self, code: str) -> int:
        return self.codes.index(code)


def _flows(
    table: Pooled, data: _Trade, taken: Sequence[str], kinds: np.ndarray, report: Report
) -> Float64[Array, "o d k"]:
    """Flows between all economies, those of the taken ones out of the rest's; nothing yet on their diagonal."""
    n, r = len(table.economies), table.economies.index(REST)
    flow = np.zeros((n + len(taken), n + len(taken), len(table.industries)))
    flow[:n, :n] = table.flow
    inside = _inside(table, data, taken, kinds, r)
    for i, code in enumerate(taken):
        c = data.at(code)
        for d, other in enumerate(table.economies):
            if d == r:
                continue
            share = _share(data, c, other, kinds, export=True)
            flow[n + i, d] = share * table.flow[r, d]
            share = _share(data, c, other, kinds, export=False)
            flow[d, n + i] = share * table.flow[d, r]
    flow[r, :n] -= flow[n:, :n].sum(axis=0)
    flow[:n, r] -= flow[:n, n:].sum(axis=1)
    flow[n:, n:] = inside["between"]
    flow[n:, r] = inside["to_rest"]
    flow[r, n:] = inside["from_rest"]
    flow[r, r] = table.flow[r, r] - sum(
        inside[name].sum(axis=axis) for name, axis in (("to_rest", 0), ("from_rest", 0))
    )
    flow[r, r] -= inside["between"].sum(axis=(0, 1))
    report.numbers["trade_inside_the_rest_usd_bn"] = sum(values.sum() for values in inside.values()) / 1e3
    if (flow < -1e-6 * table.flow.sum()).any():
        raise WorldError(
            "split_rest: more trade is taken out of the rest of the world than it has; check the trade data"
        )
    return np.maximum(flow, 0.0)


def _share(data: _Trade, c: int, other: str, kinds: np.ndarray, *, export: bool) -> Float64[Array, " k"]:
    """Share of an economy in the trade of all that the table merges with one of the table, by industry [k]."""
    side = "exports" if export else "imports"
    services = data.services[side][c] / data.services[side][data.rest].sum()
    if other in data.codes:
        d = data.at(other)
        pairs = data.goods[:, d] if export else data.goods[d]
    else:
        pairs = data.goods[:, ~data.rest].sum(axis=1) if export else data.goods[~data.rest].sum(axis=0)
    total = pairs[data.rest].sum(axis=0)
    goods = np.divide(pairs[c], total, out=np.zeros(2), where=total > 0)
    return np.append(goods, services)[kinds]


def _inside(table: Pooled, data: _Trade, taken: Sequence[str], kinds: np.ndarray, r: int) -> dict[str, np.ndarray]:
    """Trade of the taken economies with each other [c c k] and with what is left of the rest [c k], both ways."""
    at = np.array([data.at(code) for code in taken])
    others = np.setdiff1d(np.flatnonzero(data.rest), at)
    exports = table.flow[r].sum(axis=0) - table.flow[r, r]
    mix = np.zeros_like(exports)
    level = np.ones(2)
    for b in (ENERGY, GOODS):
        of_kind = kinds == b
        recorded = data.goods[np.ix_(data.rest, ~data.rest)][:, :, b].sum()
        level[b] = exports[of_kind].sum() / recorded if recorded > 0 else 1.0
        mix[of_kind] = exports[of_kind] / max(exports[of_kind].sum(), 1e-12)
    goods = data.goods * level

    def spread(values: np.ndarray) -> np.ndarray:
        """Energy and other goods [... b] to industries [... k]."""
        return np.where(kinds < 2, np.take(values, np.minimum(kinds, 1), axis=-1) * mix, 0.0)

    between = goods[np.ix_(at, at)]
    return {
        "between": spread(between) * ~np.eye(len(at), dtype=bool)[:, :, None],
        "to_rest": spread(goods[np.ix_(at, others)].sum(axis=1)),
        "from_rest": spread(goods[np.ix_(others, at)].sum(axis=0)),
    }


def _output(
    table: Pooled, data: _Trade, pool: Pool, taken: Sequence[str], kinds: np.ndarray, r: int
) -> Float64[Array, "c k"]:
    """Gross output that each economy should have [c k]: the rest's times its share in value added or energy exports."""
    farm = pool.vector("agriculture_pct", data.codes, data.gdp) / 100 * data.gdp
    factory = pool.vector("manufacturing_pct", data.codes, data.gdp) / 100 * data.gdp
    energy = data.goods[:, :, ENERGY].sum(axis=1)
    # What is in none of the three is services; mining is in the accounts of none of the files, so it stays in there.
    services = np.maximum(data.gdp - farm - factory, 0.05 * data.gdp)
    shares = {"farm": farm, "energy": energy, "factory": factory, "services": services}
    made = table.flow[r].sum(axis=0)
    out = np.zeros((len(taken), len(table.industries)))
    for i, code in enumerate(taken):
        part = {name: values[data.at(code)] / values[data.rest].sum() for name, values in shares.items()}
        for k, industry in enumerate(table.industries):
            name = "farm" if industry.startswith("Agri") else ("energy", "factory", "services")[kinds[k]]
            out[i, k] = part[name] * made[k]
    return out


def _home(
    table: Pooled, flow: np.ndarray, wanted: np.ndarray, taken: Sequence[str], r: int, report: Report
) -> Float64[Array, "o d k"]:
    """Put home sales on the diagonal of the taken economies, out of the rest's home sales."""
    n = len(table.economies)
    flow = flow.copy()
    for i, code in enumerate(taken):
        exports, imports = flow[n + i].sum(axis=0), flow[:, n + i].sum(axis=0)
        least = HOME_FLOOR / (1 - HOME_FLOOR) * imports
        home = np.maximum(wanted[i] - exports, least)
        low = (wanted[i] - exports < least) & (imports > 0)
        report.flag(
            f"{code}: home sales on their floor, output above its share",
            [table.industries[k] for k in np.flatnonzero(low)],
        )
        flow[n + i, n + i] = home
        flow[r, r] -= home
    if (flow[r, r] < 0).any():
        name = table.industries[int(np.argmin(flow[r, r]))]
        raise WorldError(f"split_rest: more of '{name}' is taken out of the rest of the world than it makes")
    return flow
