"""From a `World` to the shares that exact hat algebra needs, and from a policy to the two matrices it changes."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from multipolar.errors import InputError, NotSolvedError
from multipolar.scenario.policy import Policy
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Calibration", "Shock", "calibrate", "derive_shock", "trade"]

SPARSE = 20_000
"""Cells of trade from which on a policy is told apart from the baseline before anything is computed of it."""


class Calibration(NamedTuple):
    """Baseline shares and levels (USD million); a NamedTuple so that JAX takes it as a pytree.

    Attributes
    ----------
    trade_share
        Share of origin `o` in the expenditure of `d` on `s`, duty included; sums to 1 over `o` [o d s].
    input_share
        Spending of user `s` on supplier `k` over gross output [o s k].
    labour_share
        Value added over gross output [o s]; rows of `input_share` plus this sum to 1.
    final_share
        Share of `s` in final demand; sums to 1 over `s` [d s].
    labour_income
        Value added (USD million) [o].
    expenditure
        Absorption, duty included (USD million) [d s].
    deficit
        Imports less exports (USD million) [d].
    income
        Final demand (USD million) [d].
    theta
        Trade elasticity [s].
    wage_step
        Inverse of each economy's own-wage elasticity of excess labour demand, for the Jacobi step [o].
    """

    trade_share: Float64[Array, "o d s"]
    input_share: Float64[Array, "o s k"]
    labour_share: Float64[Array, "o s"]
    final_share: Float64[Array, "d s"]
    labour_income: Float64[Array, " o"]
    expenditure: Float64[Array, "d s"]
    deficit: Float64[Array, " d"]
    income: Float64[Array, " d"]
    theta: Float64[Array, " s"]
    wage_step: Float64[Array, " o"]


class Shock(NamedTuple):
    """What a policy changes.

    Attributes
    ----------
    attraction
        ``trade_share * ((1+t')/(1+t) * cost_hat / productivity_hat) ** -theta`` [o d s].
    net_attraction
        `attraction` over ``1 + t'``: the part that reaches the seller [o d s].
    transfer
        Lump sum received (USD million) [d].
    revenue_share
        Share of duties collected by `c` that `d` receives [d c].
    """

    attraction: Float64[Array, "o d s"]
    net_attraction: Float64[Array, "o d s"]
    transfer: Float64[Array, " d"]
    revenue_share: Float64[Array, "d c"]


def calibrate(world: World) -> Calibration:
    """Turn the flows of a world into shares. Empty cells stay exactly zero."""
    spending = (1.0 + world.tariff) * world.trade_flow
    expenditure = spending.sum(axis=0)
    trade_share = _divide(spending, expenditure[None])
    output = world.output
    input_share = _divide(world.intermediate_use, output[:, :, None])
    # The complement, not value added over output: rows then sum to 1 to the last bit, so the labour residual can
    # reach 1e-10 even where a published table misses the cost identity in its seventh digit.
    labour_share = 1.0 - input_share.sum(axis=2)
    labour_income = (labour_share * output).sum(axis=1)
    final_demand = world.final_demand
    income = final_demand.sum(axis=1)
    return Calibration(
        trade_share=trade_share,
        input_share=input_share,
        labour_share=labour_share,
        final_share=_divide(final_demand, income[:, None]),
        labour_income=labour_income,
        expenditure=expenditure,
        deficit=np.asarray(world.deficit),
        income=income,
        theta=np.asarray(world.trade_elasticity),
        wage_step=_wage_step(world, trade_share, labour_share, labour_income),
    )


def derive_shock(
    world: World,
    calibration: Calibration,
    policy: Policy,
    *,
    extra_cost: Float64[Array, "o d s"] | None = None,
    net_share: Float64[Array, "o d s"] | None = None,
) -> Shock:
    """Translate a policy into attraction matrices, in the memory order of the trade shares.

    Parameters
    ----------
    extra_cost
        Further change factor of costs, from options of the model; whoever gives it accounts for export taxes (pure
        number) [o d s].
    net_share
        Trade shares net of the baseline duty, where they are known already [o d s].

    Raises
    ------
    InputError
        If the policy taxes exports and no `extra_cost` is given: the plain model knows no such tax.
    NotSolvedError
        If bans leave an economy with no supplier of a sector it buys, or a cost change is too large to represent.
    """
    if extra_cost is None and policy.taxes_exports:
        raise InputError(f"scenario '{policy.name}' taxes exports, which only `solve` takes into account; use it here")
    share = calibration.trade_share
    # Of a large table only the cells that change: a power is dear, and so is every further pass through memory.
    whole = share.size < SPARSE or extra_cost is not None
    at = ... if whole else np.unravel_index(np.flatnonzero(_moved(world, policy)), share.shape)
    productivity = np.broadcast_to(policy.productivity_hat[:, None, :], share.shape)[at]
    kappa = (1.0 + policy.tariff[at]) / (1.0 + world.tariff[at]) * policy.cost_hat[at] / productivity
    if extra_cost is not None:
        kappa = kappa * extra_cost
    attraction = share.copy(order="K")
    with np.errstate(over="ignore", under="ignore"):
        attraction[at] *= kappa ** np.broadcast_to(-calibration.theta, share.shape)[at]
    supplied = attraction.sum(axis=0)
    bad = (calibration.expenditure > 0) & ~((supplied > 0) & np.isfinite(supplied))
    if bad.any():
        d, s = np.argwhere(bad)[0]
        raise NotSolvedError(
            f"scenario '{policy.name}' leaves economy '{world.economies[d]}' without any supplier of sector "
            f"'{world.sectors[s]}' (or changes its costs beyond what can be represented); ban fewer partners"
        )
    if net_share is None or whole:
        net = attraction / (1.0 + policy.tariff)
    else:
        net = net_share.copy(order="K")
        net[at] = attraction[at] / (1.0 + policy.tariff[at])
    return Shock(
        attraction=attraction,
        net_attraction=net,
        transfer=np.asarray(policy.transfer),
        revenue_share=np.asarray(policy.revenue_share),
    )


def trade(
    shock: Shock, offers: np.ndarray, phi: np.ndarray, per_price: np.ndarray
) -> tuple[Float64[Array, "o d s"], Float64[Array, "o d s"]]:
    """Return shares in expenditure, and what reaches the sellers (USD million), of a solution.

    Parameters
    ----------
    shock
        The attraction matrices.
    offers, phi, per_price
        ``c^-theta`` [o s]; its sum weighted by attraction, 1 where nothing is bought [d s]; expenditure over that
        [d s].
    """
    if not shock.attraction.flags.c_contiguous:
        # Sector by sector in memory: with factors in another order NumPy would jump through both.
        offers, phi, per_price = (np.asfortranarray(array) for array in (offers, phi, per_price))
    share = shock.attraction * offers[:, None, :]
    share /= phi
    flow = shock.net_attraction * offers[:, None, :]
    flow *= per_price
    return share, flow


def _moved(world: World, policy: Policy) -> np.ndarray:
    """Which cells of trade a policy changes (boolean) [o d s]."""
    moved = policy.tariff != world.tariff
    moved |= policy.cost_hat != 1.0
    productivity = policy.productivity_hat != 1.0
    if productivity.any():
        moved |= productivity[:, None, :]
    return moved


def _wage_step(
    world: World, trade_share: np.ndarray, labour_share: np.ndarray, labour_income: np.ndarray
) -> Float64[Array, " o"]:
    """Inverse of ``1 + sum_s weight * theta * (1 - own share)``, the diagonal of the wage Jacobian."""
    competition = _divide((world.trade_flow * (1.0 - trade_share)).sum(axis=1), world.output)
    weight = _divide(labour_share * world.output, labour_income[:, None])
    return 1.0 / (1.0 + (weight * labour_share * competition * world.trade_elasticity).sum(axis=1))


def _divide(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
