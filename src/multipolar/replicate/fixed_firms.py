"""Monopolistic competition with a fixed number of firms: the model of Ossa (2014) in exact hat algebra.

Labour is the only factor and moves between sectors; each sector has the firms it had, which sell at a constant markup,
so that the share ``1 / sigma`` of sales is profit and stays at home. The general model of `multipolar.equilibrium` has
no such profits (there, labour's share of sales is also its weight in unit costs), which is why this one stands by
itself. It is small: one wage and one expenditure an economy, solved by Newton's method on log gaps.

- share     A_ods = pi_ods ((1+t') / (1+t))^(1-sigma_s) w_o^(1-sigma_s),  Phi_ds = sum_o A_ods
- flow      x_ods = A_ods / Phi_ds * mu_ds X_d / (1+t')         (what the seller receives)
- labour    w_o L_o = sum_ds (1 - 1/sigma_s) x_ods
- income    X_d = w_d L_d + sum_os x_dos / sigma_s + sum_os t' x_ods + transfer_d
- numeraire sum_o w_o L_o = sum_o L_o
- welfare   ln X_d - sum_s mu_ds ln P_ds,  ln P_ds = -ln Phi_ds / (sigma_s - 1)
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from multipolar.equilibrium.runtime import configure
from multipolar.errors import NotSolvedError
from multipolar.types import Array, Float64

__all__ = [
    "Firms",
    "Outcome",
    "best_responses",
    "calibrate",
    "largest_gain",
    "solve_firms",
    "tariff_war",
    "without_deficits",
]

TOLERANCE = 1e-10
"""Largest log gap that is accepted, as in the general model."""

SETTLED = 1e-9
"""Largest first-order gain per dollar of duty base at which a best response has been found (pure number)."""

HIGHEST = 10.0
"""Highest rate of a search (fraction); the lowest is 0. Both are those of Ossa's program."""

ROUNDS = 400


class Firms(NamedTuple):
    """Baseline of the model.

    Attributes
    ----------
    flow
        Sales net of duty (USD million) [o d s].
    tariff
        Rates at which `flow` was observed (fraction) [o d s].
    trade_share
        Share of `o` in the expenditure of `d` on `s`, duty included [o d s].
    spending_share
        Share of `s` in the expenditure of `d` [d s].
    expenditure
        Duty included (USD million) [d].
    labour_income
        Sales less profits (USD million) [o].
    deficit
        Imports less exports (USD million) [d].
    sigma
        Elasticity of substitution between firms; above 1 [s].
    """

    flow: Float64[Array, "o d s"]
    tariff: Float64[Array, "o d s"]
    trade_share: Float64[Array, "o d s"]
    spending_share: Float64[Array, "d s"]
    expenditure: Float64[Array, " d"]
    labour_income: Float64[Array, " o"]
    deficit: Float64[Array, " d"]
    sigma: Float64[Array, " s"]


class Outcome(NamedTuple):
    """An equilibrium.

    Attributes
    ----------
    state
        ``ln wage_hat [o]`` and ``ln expenditure_hat [d]`` in one vector.
    welfare_hat
        Expenditure over the price index, change factor [d].
    flow
        Sales net of duty (USD million) [o d s].
    residual
        Largest log gap (pure number).
    """

    state: Float64[Array, " n"]
    welfare_hat: Float64[Array, " d"]
    flow: Float64[Array, "o d s"]
    residual: float


def calibrate(flow: Float64[Array, "o d s"], tariff: Float64[Array, "o d s"], sigma: Float64[Array, " s"]) -> Firms:
    """Turn flows net of duty (USD million), rates (fraction) and elasticities into shares."""
    spending = (1.0 + tariff) * flow
    by_sector = spending.sum(axis=0)
    total = by_sector.sum(axis=1)
    return Firms(
        flow=flow,
        tariff=tariff,
        trade_share=np.divide(spending, by_sector, out=np.zeros_like(spending), where=by_sector > 0),
        spending_share=by_sector / total[:, None],
        expenditure=total,
        labour_income=((1.0 - 1.0 / sigma) * flow.sum(axis=1)).sum(axis=1),
        deficit=flow.sum(axis=(0, 2)) - flow.sum(axis=(1, 2)),
        sigma=sigma,
    )


def solve_firms(
    firms: Firms,
    tariff: Float64[Array, "o d s"],
    *,
    deficit: Float64[Array, " d"] | None = None,
    start: Float64[Array, " n"] | None = None,
) -> Outcome:
    """Solve the equilibrium under `tariff` (fraction) with trade deficits `deficit` (USD million), by default today's.

    Raises
    ------
    NotSolvedError
        If Newton's method does not reach the residual.
    """
    configure()
    transfer = firms.deficit if deficit is None else deficit
    first = np.zeros(2 * len(firms.expenditure)) if start is None else start
    state, residual, welfare, flow = (np.asarray(a) for a in _programs().solve(first, tariff, transfer, firms))
    if not residual <= TOLERANCE:
        raise NotSolvedError(
            f"the model with a fixed number of firms did not reach its residual: {float(residual):.1e} against "
            f"{TOLERANCE:.0e}; try smaller changes of tariffs",
            residual=float(residual),
        )
    return Outcome(state, np.exp(welfare), flow, float(residual))


def without_deficits(firms: Firms) -> Firms:
    """Return the baseline that today's tariffs would give with every trade deficit at zero."""
    return calibrate(solve_firms(firms, firms.tariff, deficit=0.0 * firms.deficit).flow, firms.tariff, firms.sigma)


def tariff_war(
    firms: Firms, *, most_favoured: bool = False, start: Float64[Array, "o d s"] | None = None
) -> Float64[Array, "o d s"]:
    """Return tariffs from which no economy gains by changing its own (fraction) [o d s].

    Parameters
    ----------
    most_favoured
        One rate for all origins, sector by sector.
    start
        First rates (fraction) [o d s]; by default ``1 / (sigma - 1)``, those of a small economy.

    Raises
    ------
    NotSolvedError
        If play does not settle.
    """
    return _search(firms, _small(firms) if start is None else start, range(len(firms.expenditure)), most_favoured)


def best_responses(
    firms: Firms, tariff: Float64[Array, "o d s"], *, most_favoured: bool = False
) -> Float64[Array, "o d s"]:
    """Return, column by column, each economy's best tariffs (fraction) where all others keep `tariff` [o d s].

    Raises
    ------
    NotSolvedError
        If a search does not settle.
    """
    found = np.array(tariff)
    for setter in range(len(firms.expenditure)):
        first = np.array(tariff)
        first[:, setter] = _small(firms)[:, setter]
        found[:, setter] = _search(firms, first, [setter], most_favoured)[:, setter]
    return found


def largest_gain(firms: Firms, tariff: Float64[Array, "o d s"], setter: int) -> float:
    """Return the largest first-order gain per dollar of duty base that any rate of `setter` leaves (pure number)."""
    state = solve_firms(firms, tariff).state
    return float(np.abs(_gain(firms, tariff, setter, state, False)[0]).max())


def _small(firms: Firms) -> np.ndarray:
    """Rates of an economy too small to move wages abroad (fraction) [o d s]."""
    return (1.0 / (firms.sigma - 1.0)) * _abroad(firms)[:, :, None]


def _abroad(firms: Firms) -> np.ndarray:
    return 1.0 - np.eye(len(firms.expenditure))


def _search(firms: Firms, tariff: np.ndarray, setters: Any, most_favoured: bool) -> np.ndarray:
    """Move each rate by its gain over its own curvature, all setters at once, until nothing is left to gain.

    In the scale of the duty base the curvature of welfare in a rate is close to ``-sigma / (1 + t)``, whatever the
    size of the flow, so that tiny flows settle with large ones, where a search on the objective would not see them.
    """
    tariff, state, left = np.array(tariff), None, np.inf
    for _ in range(ROUNDS):
        moved, left = tariff.copy(), 0.0
        for setter in setters:
            gain, state = _gain(firms, tariff, setter, state, most_favoured)
            rates = tariff[:, setter] + gain * (1.0 + tariff[:, setter]) / firms.sigma
            moved[:, setter] = np.clip(rates, 0.0, HIGHEST) * _abroad(firms)[:, setter, None]
            left = max(left, float(np.abs(moved[:, setter] - tariff[:, setter]).max()))
        tariff = moved
        if left <= SETTLED:
            return tariff
    raise NotSolvedError(
        f"tariffs did not settle in {ROUNDS} rounds: the last moved a rate by {left:.1e}", residual=left
    )


def _gain(
    firms: Firms, tariff: np.ndarray, setter: int, start: np.ndarray | None, most_favoured: bool
) -> tuple[np.ndarray, np.ndarray]:
    """First-order gain in log welfare per unit of a rate, over the base of the duty as a share of income [o s]."""
    configure()
    first = np.zeros(2 * len(firms.expenditure)) if start is None else start
    state, residual, slope, base = _programs().slope(first, tariff, firms.deficit, firms, setter)
    if not float(residual) <= TOLERANCE:
        raise NotSolvedError(f"an equilibrium on the way missed its residual: {float(residual):.1e}")
    slope, base = np.asarray(slope), np.asarray(base)
    if most_favoured:
        away = _abroad(firms)[:, setter, None]
        slope, base = (np.broadcast_to((a * away).sum(axis=0), a.shape) for a in (slope, base))
    gain = np.divide(slope, base, out=np.zeros_like(slope), where=base > 0)
    return gain * _abroad(firms)[:, setter, None], np.asarray(state)


class _Programs(NamedTuple):
    solve: Any
    slope: Any


@cache
def _programs() -> _Programs:
    """Compiled functions, made when first used so that importing this module does not load JAX."""
    import jax
    import jax.numpy as jnp
    from jax import lax

    def levels(x: Any, tariff: Any, firms: Firms) -> tuple[Any, Any, Any]:
        """Flows net of duty [o d s], log welfare [d] and duties [d] at a state."""
        n = firms.expenditure.shape[0]
        power = 1.0 - jnp.asarray(firms.sigma)
        spending = jnp.asarray(firms.spending_share) * (firms.expenditure * jnp.exp(x[n:]))[:, None]
        offer = firms.trade_share * ((1 + tariff) / (1 + jnp.asarray(firms.tariff))) ** power
        offer = offer * jnp.exp(power * x[:n, None])[:, None, :]
        phi = offer.sum(axis=0)
        phi = jnp.where(phi > 0, phi, 1.0)
        flow = offer / phi * spending / (1 + tariff)
        welfare = x[n:] - (firms.spending_share * jnp.log(phi) / power).sum(axis=1)
        return flow, welfare, (tariff * flow).sum(axis=(0, 2))

    def gap(x: Any, tariff: Any, deficit: Any, firms: Firms) -> Any:
        """Log gaps of labour markets (numeraire added, as in the general model) and of incomes [n]."""
        n = firms.expenditure.shape[0]
        flow, _, duties = levels(x, tariff, firms)
        sales, bill = flow.sum(axis=1), jnp.exp(x[:n]) * firms.labour_income
        profit = (sales / firms.sigma).sum(axis=1)
        labour = jnp.log((sales.sum(axis=1) - profit) / bill) - jnp.log(bill.sum() / firms.labour_income.sum())
        return jnp.concatenate([labour, jnp.log((bill + profit + duties + deficit) / firms.expenditure) - x[n:]])

    def root(x: Any, tariff: Any, deficit: Any, firms: Firms) -> tuple[Any, Any]:
        def size(y: Any) -> Any:
            return jnp.max(jnp.abs(gap(y, tariff, deficit, firms)))

        def newton(it: tuple[Any, Any]) -> tuple[Any, Any]:
            y, spent = it
            step = -jnp.linalg.solve(jax.jacfwd(gap)(y, tariff, deficit, firms), gap(y, tariff, deficit, firms))
            return y + step * jnp.minimum(1.0, 0.5 / jnp.max(jnp.abs(step))), spent + 1

        y, _ = lax.while_loop(lambda it: (size(it[0]) > 1e-13) & (it[1] < 40), newton, (x, 0))
        return y, size(y)

    def solve(x: Any, tariff: Any, deficit: Any, firms: Firms) -> tuple[Any, ...]:
        y, residual = root(x, tariff, deficit, firms)
        flow, welfare, _ = levels(y, tariff, firms)
        return y, residual, welfare, flow

    def slope(x: Any, tariff: Any, deficit: Any, firms: Firms, setter: Any) -> tuple[Any, ...]:
        """Derivative of the setter's log welfare by its own rates [o s], and the base of each duty over its income."""
        y, residual = root(x, tariff, deficit, firms)

        def welfare(state: Any, rates: Any) -> Any:
            return levels(state, rates, firms)[1][setter]

        by_state, by_rate = jax.grad(welfare, argnums=(0, 1))(y, tariff)
        multiplier = jnp.linalg.solve(jax.jacfwd(gap)(y, tariff, deficit, firms).T, -by_state)
        _, back = jax.vjp(lambda rates: gap(y, rates, deficit, firms), tariff)
        income = firms.expenditure[setter] * jnp.exp(y[firms.expenditure.shape[0] + setter])
        base = levels(y, tariff, firms)[0][:, setter] / income
        return y, residual, (by_rate + back(multiplier)[0])[:, setter], base

    return _Programs(jax.jit(solve), jax.jit(slope))
