"""What a counterfactual means: labelled tables of gains, their parts, and who trades with whom.

Percent here and nowhere below; money in USD billion a year at the numeraire (world value added unchanged).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multipolar.equilibrium.labour import market_gain
from multipolar.equilibrium.result import Equilibrium
from multipolar.errors import InputError
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "EFFECTS",
    "WELFARE_PARTS",
    "balance_gap_arrays",
    "bloc_trade",
    "creation_diversion",
    "creation_diversion_arrays",
    "decomposition",
    "decomposition_arrays",
    "effect_arrays",
    "effects",
    "partner_trade",
    "real_wage_decomposition",
    "sector_output",
    "split_inside",
    "welfare_decomposition",
    "welfare_decomposition_arrays",
]

EFFECTS: dict[str, str] = {
    "real_income_pct": "real income: final expenditure at constant prices, duties and transfers included (percent)",
    "real_income_usd_bn": "equivalent variation of real income (USD billion a year)",
    "real_wage_pct": "wage over the consumer price index (percent)",
    "terms_of_trade_pct": "first-order terms-of-trade effect at baseline weights (percent of income)",
    "volume_of_trade_pct": "first-order volume-of-trade effect at baseline tariffs (percent of income)",
    "welfare_first_order_pct": "terms plus volume of trade; leaves out what changed trade costs save (percent)",
    "tariff_revenue_usd_bn": "change of duties received (USD billion a year)",
    "tariff_revenue_pct": "duties received (percent)",
    "exports_pct": "value of exports, net of duty (percent)",
    "imports_pct": "value of imports, net of duty (percent)",
}
"""Measures of `effects`, in column order, with their meaning and unit."""

WELFARE_PARTS: dict[str, str] = {
    "terms_of_trade": "own prices abroad less prices of imports, both against consumer prices",
    "volume_of_trade": "change of the volume of dutiable imports, at tariffs between those before and after",
    "cost_savings": "lower iceberg and non-tariff costs of what is bought",
    "productivity": "higher productivity of what is made",
    "transfers_and_deficit": "money received from abroad: transfers, pooled duties, deficit, at constant prices",
    "remainder": "what is left to the exact change of real income: third order in the size of the shock",
}
"""Parts of `welfare_decomposition`, in column order, with their meaning (percent of baseline income)."""


def effect_arrays(eq: Equilibrium) -> dict[str, Float64[Array, " d"]]:
    """Return every measure of `EFFECTS` by name, in its unit [d]: `effects` without the labels, for many draws."""
    world = eq.world
    base_income = world.final_demand.sum(axis=1)
    gain = eq.real_income_hat - 1.0
    terms, volume = _first_order(eq)
    before, after = _foreign(world.trade_flow), _foreign(eq.trade_flow)
    return {
        "real_income_pct": 100 * gain,
        "real_income_usd_bn": base_income * gain / 1e3,
        "real_wage_pct": 100 * (eq.wage_hat / eq.consumer_price_hat - 1.0),
        "terms_of_trade_pct": 100 * terms,
        "volume_of_trade_pct": 100 * volume,
        "welfare_first_order_pct": 100 * (terms + volume),
        "tariff_revenue_usd_bn": (eq.tariff_revenue - world.tariff_revenue) / 1e3,
        "tariff_revenue_pct": _growth(world.tariff_revenue, eq.tariff_revenue),
        "exports_pct": _growth(before.sum(axis=(1, 2)), after.sum(axis=(1, 2))),
        "imports_pct": _growth(before.sum(axis=(0, 2)), after.sum(axis=(0, 2))),
    }


def effects(eq: Equilibrium) -> pd.DataFrame:
    """Return every measure of `EFFECTS` by economy.

    Notes
    -----
    Terms and volume of trade follow Caliendo & Parro (2015, Review of Economic Studies 82), equation 15: with M the
    imports and E the exports at baseline, net of duty, c the producer's unit cost and t the baseline tariff,
    ``sum (E dc_own - M dc_source) / I`` and ``sum t M (dM - dc_source) / I`` with relative changes ``d = hat - 1``, as
    in their published tables. Their sum is a first-order measure; `real_income_pct` is exact. Both are reported because
    they can differ by more than either. The sum holds for small tariff changes alone: it leaves out what a change of
    trade costs or productivity saves, and takes tariffs at their baseline.
    """
    import pandas as pd

    return pd.DataFrame(effect_arrays(eq), index=pd.Index(eq.world.economies, name="economy"))[list(EFFECTS)]


def decomposition(eq: Equilibrium) -> pd.DataFrame:
    """Split the change of real income by source of income; the parts add up to it exactly.

    Returns
    -------
    DataFrame
        Index economy; columns ``labour_income``, ``tariff_revenue``, ``transfers_and_deficit``, ``export_taxes`` where
        the policy has any, ``total`` (percent of baseline income): each source deflated by the consumer price index,
        less its baseline.
    """
    import pandas as pd

    return pd.DataFrame(decomposition_arrays(eq), index=pd.Index(eq.world.economies, name="economy"))


def decomposition_arrays(eq: Equilibrium) -> dict[str, Float64[Array, " d"]]:
    """Return the columns of `decomposition` by name (percent of baseline income) [d]."""
    world = eq.world
    income = world.final_demand.sum(axis=1)
    price = eq.consumer_price_hat
    parts = {
        "labour_income": eq.labour_income / price - eq.before.payroll.sum(axis=1),
        "tariff_revenue": eq.tariff_revenue / price - world.tariff_revenue,
        "transfers_and_deficit": eq.deficit / price - eq.before.deficit,
    }
    if eq.policy.taxes_exports:
        parts["export_taxes"] = eq.export_revenue / price
    shares = {name: 100 * part / income for name, part in parts.items()}
    return {**shares, "total": np.sum([*shares.values()], axis=0)}


def balance_gap_arrays(eq: Equilibrium) -> dict[str, Float64[Array, " d"]]:
    """Return by how much trade balances part real income from the real wage, and what they are at baseline [d].

    Returns
    -------
    dict
        ``gap``: change of real income less that of the real wage (percentage points). ``from_balance``: the part of it
        that would not be there if the deficit, transfers of the scenario left out, had moved with the wage (percentage
        points). ``deficit``: the trade deficit at baseline, negative for a surplus (USD million).
    """
    income, price = eq.world.final_demand.sum(axis=1), eq.consumer_price_hat
    real_wage = eq.wage_hat / price
    kept = (eq.deficit - eq.policy.transfer) / price - eq.before.deficit * real_wage
    return {
        "gap": 100 * (eq.real_income_hat - real_wage),
        "from_balance": 100 * kept / income,
        "deficit": eq.before.deficit,
    }


def welfare_decomposition(eq: Equilibrium) -> pd.DataFrame:
    """Split the change of real income by cause; the parts add up to it exactly, the remainder among them.

    Returns
    -------
    DataFrame
        Index economy; the columns of `WELFARE_PARTS` and ``total`` (percent of baseline income).

    Notes
    -----
    Along a path of equilibria, with flows x net of duty, tariffs t, iceberg costs tau, unit costs c, gross output Y,
    productivity A, consumer prices P and money from abroad N (imports less exports), the envelope theorem gives

    ``d(I/P) P = sum_exports x dln(c_own/P) - sum_imports x dln(c_source/P) + sum t x (dln x - dln c - dln tau)
    - sum x dln tau + sum Y dln A + P d(N/P)``

    which is Caliendo & Parro's equation 15 with trade imbalances, costs and productivity left in, and numeraire-free.
    Each term is integrated between the two ends as if flows at constant consumer prices, prices and costs changed at
    a constant rate and tariffs by a constant amount: flows weigh with their logarithmic mean. The error is of third
    order in the shock: `remainder`. `effect_arrays` keeps the published equation, with baseline weights.

    A ban enters with the limit of a cost that rises without bound: ``x / theta`` of cost, ``t x (1 + 1/theta)`` of
    volume.

    Raises
    ------
    InputError
        If the model has options beyond the closure of deficits, or exports are taxed: their causes are not among these.
    """
    import pandas as pd

    return pd.DataFrame(welfare_decomposition_arrays(eq), index=pd.Index(eq.world.economies, name="economy"))


def welfare_decomposition_arrays(eq: Equilibrium) -> dict[str, Float64[Array, " d"]]:
    """Return the columns of `welfare_decomposition` by name (percent of baseline income) [d]; raises as it does."""
    if not eq.model.has_plain_terms or eq.policy.taxes_exports:
        raise InputError(
            f"scenario '{eq.policy.name}' was solved with options or export taxes, for which causes are not split; "
            "use 'decomposition' for the sources of its real income"
        )

    income = eq.world.final_demand.sum(axis=1)
    parts = {name: 100 * part / income for name, part in _welfare_parts(eq).items()}
    total = 100 * (eq.real_income_hat - 1.0)
    parts["remainder"] = total - np.sum([*parts.values()], axis=0)
    return {name: parts[name] for name in WELFARE_PARTS} | {"total": total}


def _welfare_parts(eq: Equilibrium) -> dict[str, Float64[Array, " d"]]:
    """Parts of `welfare_decomposition` but the remainder, in USD million at constant consumer prices [d]."""
    world, policy = eq.world, eq.policy
    price = eq.consumer_price_hat
    ln_cost, ln_cpi = np.log(eq.unit_cost_hat), np.log(price)
    # What a flow is worth: in the accounts of the buyer, deflated by the buyer's prices, and in those of the seller.
    bought = _log_mean(world.trade_flow, eq.trade_flow / price[None, :, None])
    sold = _log_mean(world.trade_flow, eq.trade_flow / price[:, None, None])
    exports = (_foreign(sold).sum(axis=1) * (ln_cost - ln_cpi[:, None])).sum(axis=1)
    imports = (_foreign(bought) * (ln_cost[:, None, :] - ln_cpi[None, :, None])).sum(axis=(0, 2))
    banned = np.isinf(policy.cost_hat)
    ln_tau = np.where(banned, 0.0, np.log(np.where(banned, 1.0, policy.cost_hat)))
    open_cells = (world.trade_flow > 0) & (eq.trade_flow > 0)
    growth = np.log(np.divide(eq.trade_flow, world.trade_flow, out=np.ones_like(ln_tau), where=open_cells))
    late = _late_mean(world.trade_flow, eq.trade_flow / price[None, :, None])
    dutiable = world.tariff * bought + (policy.tariff - world.tariff) * late
    lost = np.where(banned, world.trade_flow, 0.0) / world.trade_elasticity
    volume = dutiable * (growth - ln_cost[:, None, :] - ln_tau) - world.tariff * lost * (1.0 + world.trade_elasticity)
    made = _log_mean(world.output, eq.output / price[:, None])
    abroad_before = (_foreign(world.trade_flow).sum(axis=0) - _foreign(world.trade_flow).sum(axis=1)).sum(axis=1)
    abroad_after = (_foreign(eq.trade_flow).sum(axis=0) - _foreign(eq.trade_flow).sum(axis=1)).sum(axis=1)
    return {
        "terms_of_trade": exports - imports,
        "volume_of_trade": volume.sum(axis=(0, 2)),
        "cost_savings": 0.0 - (bought * ln_tau + lost).sum(axis=(0, 2)),
        "productivity": (made * np.log(policy.productivity_hat)).sum(axis=1),
        "transfers_and_deficit": abroad_after / price - abroad_before,
    }


def _log_mean(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Logarithmic mean ``(b - a) / ln(b / a)``, the mean of ``a (b/a)^z`` over z in [0, 1]; zero where either is."""
    rate, both = _rate(before, after)
    near = np.abs(rate) < 1e-3
    safe = np.where(near, 1.0, rate)
    # Beside 1 the quotient loses digits: there its series is exact to rounding.
    mean = np.where(near, 1.0 + rate / 2 + rate**2 / 6 + rate**3 / 24 + rate**4 / 120, np.expm1(rate) / safe)
    return np.where(both, before * mean, 0.0)


def _late_mean(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Mean of ``z a (b/a)^z`` over z in [0, 1]: half of either where they are equal; zero where either is."""
    rate, both = _rate(before, after)
    near = np.abs(rate) < 1e-2
    safe = np.where(near, 1.0, rate)
    series = 1 / 2 + rate / 3 + rate**2 / 8 + rate**3 / 30 + rate**4 / 144 + rate**5 / 840
    mean = np.where(near, series, (np.exp(rate) - np.expm1(rate) / safe) / safe)
    return np.where(both, before * mean, 0.0)


def _rate(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """``ln(after / before)``, and where both are above zero."""
    both = (before > 0) & (after > 0)
    return np.log(np.divide(after, before, out=np.ones_like(before), where=both)), both


def real_wage_decomposition(eq: Equilibrium) -> pd.DataFrame:
    """Split the log change of the real wage into openness, input costs and productivity; the parts add up exactly.

    Returns
    -------
    DataFrame
        Index (economy, sector); columns ``trade_share`` (``-alpha/theta ln pi_hat`` of the home share),
        ``input_costs`` (``-alpha sum_k gamma_k ln(P_k/w)``), ``productivity``, with those options ``scale`` and
        ``market_size``, and ``total`` (log points x 100). The sum over sectors is ``100 ln(real wage hat)``.

    Notes
    -----
    Arkolakis, Costinot & Rodriguez-Clare (2012, American Economic Review 102), extended to inputs by Caliendo &
    Parro (2015), equation 16.
    """
    import pandas as pd

    world = eq.world
    demand = world.final_demand
    alpha = demand / demand.sum(axis=1, keepdims=True)
    ln_w = np.log(eq.wage_hat)[:, None]
    ln_made = np.log(eq.unit_cost_hat)
    productivity = alpha * np.log(eq.policy.productivity_hat)
    # Home price over home cost is the home share to the power 1/theta; written as prices it also holds where an
    # economy buys nothing from itself.
    market = alpha * market_gain(eq)
    scale = alpha * np.log(eq.scale_hat)
    openness = -alpha * (np.log(eq.price_hat) - ln_made) - market
    inputs = -alpha * (ln_made - ln_w) - productivity - scale
    index = pd.MultiIndex.from_product([world.economies, world.sectors], names=["economy", "sector"])
    parts = {"trade_share": openness, "input_costs": inputs, "productivity": productivity}
    if np.any(eq.model.scale):
        parts["scale"] = scale
    if np.any(eq.model.market_size):
        parts["market_size"] = market
    table = pd.DataFrame({name: 100 * part.ravel() for name, part in parts.items()}, index=index)
    return table.assign(total=table.sum(axis=1))


def partner_trade(eq: Equilibrium) -> pd.DataFrame:
    """Return imports by partner before and after, all sectors, net of duty (USD billion)."""
    import pandas as pd

    world = eq.world
    before = _foreign(world.trade_flow).sum(axis=2) / 1e3
    after = _foreign(eq.trade_flow).sum(axis=2) / 1e3
    index = pd.MultiIndex.from_product([world.economies, world.economies], names=["importer", "partner"])
    table = pd.DataFrame({"before_usd_bn": before.T.ravel(), "after_usd_bn": after.T.ravel()}, index=index)
    table = table.assign(change_usd_bn=table["after_usd_bn"] - table["before_usd_bn"])
    return table[index.get_level_values(0) != index.get_level_values(1)]


def creation_diversion_arrays(eq: Equilibrium) -> dict[str, Float64[Array, " d"]]:
    """Return the columns of `creation_diversion` for every economy (USD billion) [d]; NaN for outsiders."""
    inside = eq.policy.insiders
    change = (_foreign(eq.trade_flow) - _foreign(eq.world.trade_flow)).sum(axis=2) / 1e3
    within, outside = change[inside].sum(axis=0), change[~inside].sum(axis=0)
    creation, diversion = split_inside(within, outside)
    columns = {
        "inside_change": within,
        "outside_change": outside,
        # An economy that buys less from inside has neither; for a bloc the loss is kept, so that its parts add up.
        "creation": np.clip(creation, 0.0, None),
        "diversion": diversion,
    }
    return {name: np.where(inside, values, np.nan) for name, values in columns.items()}


def split_inside(within: np.ndarray, outside: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split the change of imports from inside into creation and diversion, which add up to it exactly.

    Parameters
    ----------
    within, outside
        Change of imports from inside and from outside, of one economy or of a bloc (any unit of money).

    Returns
    -------
    creation, diversion
        Diversion is the fall of imports from outside as far as imports from inside rose, never below zero; creation
        is the rest, below zero where imports from inside fall.
    """
    diversion = np.clip(np.minimum(within, -np.asarray(outside)), 0.0, None)
    return within - diversion, diversion


def bloc_trade(eq: Equilibrium) -> dict[str, float] | None:
    """Return creation and diversion of the bloc that a scenario ties together, on its summed flows (USD billion).

    Returns
    -------
    dict or None
        ``inside_change`` and ``outside_change`` of the members' imports together, ``creation`` and ``diversion``,
        which add up to the first; None where nothing is tied together. One member's diversion can be another's gain of
        outside imports, so these are not the sums of `creation_diversion`.
    """
    if not eq.policy.insiders.any():
        return None
    members = creation_diversion_arrays(eq)
    within, outside = (float(np.nansum(members[name])) for name in ("inside_change", "outside_change"))
    creation, diversion = split_inside(np.asarray(within), np.asarray(outside))
    return {
        "inside_change": within,
        "outside_change": outside,
        "creation": float(creation),
        "diversion": float(diversion),
    }


def creation_diversion(eq: Equilibrium) -> pd.DataFrame:
    """Return Viner's trade creation and diversion for the economies that the scenario ties together.

    Returns
    -------
    DataFrame
        Index economy (insiders only); ``inside_change`` and ``outside_change`` of imports, ``diversion`` = the fall of
        imports from outsiders as far as imports from insiders rose, ``creation`` = the rise of imports from insiders
        beyond that (USD billion). Empty where a scenario ties no economies together.
    """
    import pandas as pd

    table = pd.DataFrame(creation_diversion_arrays(eq), index=pd.Index(eq.world.economies, name="economy"))
    return table[eq.policy.insiders]


def sector_output(eq: Equilibrium) -> pd.DataFrame:
    """Return gross output by economy and sector before and after (USD billion), with the change in percent."""
    import pandas as pd

    world = eq.world
    index = pd.MultiIndex.from_product([world.economies, world.sectors], names=["economy", "sector"])
    before, after = world.output.ravel() / 1e3, eq.output.ravel() / 1e3
    return pd.DataFrame(
        {"before_usd_bn": before, "after_usd_bn": after, "change_pct": _growth(before, after)}, index=index
    )


def _first_order(eq: Equilibrium) -> tuple[Float64[Array, " d"], Float64[Array, " d"]]:
    """First-order terms-of-trade and volume-of-trade effects (fraction of income) [d]."""
    world = eq.world
    income = world.final_demand.sum(axis=1)
    flow, flow_after = _foreign(world.trade_flow), _foreign(eq.trade_flow)
    cost = eq.unit_cost_hat - 1.0
    exports = (flow.sum(axis=1) * cost).sum(axis=1)
    imports = (flow * cost[:, None, :]).sum(axis=(0, 2))
    growth = np.divide(flow_after, flow, out=np.ones_like(flow), where=flow > 0) - 1.0
    volume = (world.tariff * flow * (growth - cost[:, None, :])).sum(axis=(0, 2))
    return (exports - imports) / income, volume / income


def _foreign(flow: np.ndarray) -> np.ndarray:
    """Flows between different economies: home sales set to zero."""
    foreign = flow.copy()
    home = np.arange(flow.shape[0])
    foreign[home, home, :] = 0.0
    return foreign


def _growth(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Percent change; NaN where there was nothing before."""
    return 100 * np.divide(after - before, before, out=np.full_like(before, np.nan), where=before > 0)
