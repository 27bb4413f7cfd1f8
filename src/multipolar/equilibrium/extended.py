"""The model with its options: the equations of `equations`, and what `Model` adds to them. In the same letters.

State: ``x = (ln w [o], ln P [d s], ln X_hat [d s], ln L_hat [o], ln N_hat [o s])`` flattened, with L employment and N
the size of sectors. ``V`` is the labour income of the baseline, ``nu`` the local cost, ``e`` the export tax:

- unit cost   ln c_os = ln b_os - psi_s ln N_os,  ln b_os = gamma_os ln w_o + sum_k gamma_osk ln P_ok
- price       P_ds = Phi_ds^(-1/theta_s) (w_d / X_ds)^(m_ds),  Phi_ds = sum_o A_ods u_os,  u = c^(-theta)
- receipts    F_ods = pi'_ods X_ds / ((1 + t') (1 + e'))
- production  Y_os = sum_d (1 - nu_ds) F_ods,  inputs are shares of it
- payroll     W_os = gamma_os Y_os + nu_os sum_o' F_o'os
- labour      w_o L_o V_o = sum_s W_os
- supply      ln L_o = kappa_o (ln w_o + ln r_o - sum_s alpha_os ln P_os),  r the change of what a tax leaves of a wage
- size        N_os = W_hat_os / b_os,  firms per sector, entry paid with the sector's own bundle of inputs
- income      I_d = w_d L_d V_d + duties + export taxes + D_d

Every neutral option makes its term vanish: what is left are the equations of `equations`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from multipolar.equilibrium.anderson import iterate
from multipolar.equilibrium.calibration import Calibration, Shock
from multipolar.equilibrium.newton import search

__all__ = ["Outcome", "Rules", "Terms", "evaluate", "gap", "outcome", "solve_anderson", "solve_newton", "unpack"]


class Terms(NamedTuple):
    """Numbers of the options on the axes of the world; a NamedTuple so that JAX takes it as a pytree.

    Attributes
    ----------
    labour, scale, market_size, local_cost
        As in `Model` [o], [s], [d s], [d s].
    income_tax
        Baseline tax on labour income (fraction) [o]; zero where the rule does not read it.
    payroll
        Labour income of the baseline by sector, local services for that sector included (USD million) [o s].
    duties
        Duties of the baseline (USD million) [d].
    border_attraction
        Attraction over ``1 + t'``; the shock's `net_attraction` is this over one plus the export tax [o d s].
    """

    labour: np.ndarray
    scale: np.ndarray
    market_size: np.ndarray
    local_cost: np.ndarray
    income_tax: np.ndarray
    payroll: np.ndarray
    duties: np.ndarray
    border_attraction: np.ndarray


class Rules(NamedTuple):
    """Names of the rules that are chosen before compiling."""

    deficits: str
    revenue: str


class Outcome(NamedTuple):
    """Everything the equations imply at a state: hats in logs, levels in USD million.

    `offers` is u, `phi` is Phi with ones where nothing is bought, `per_price` is X over Phi.
    """

    offers: Array
    phi: Array
    per_price: Array
    log_price: Array
    expenditure: Array
    income: Array
    duties: Array
    export_revenue: Array
    deficit: Array
    payroll: Array
    log_bundle: Array
    log_employment: Array


def unpack(x: Array, shape: tuple[int, int]) -> tuple[Array, Array, Array, Array, Array]:
    """Split a state into ln w [o], ln P [d s], ln X_hat [d s], ln L_hat [o] and ln N_hat [o s]."""
    n, s = shape
    cell = n * s
    return (
        x[:n],
        x[n : n + cell].reshape(n, s),
        x[n + cell : n + 2 * cell].reshape(n, s),
        x[n + 2 * cell : 2 * n + 2 * cell],
        x[2 * n + 2 * cell :].reshape(n, s),
    )


def evaluate(x: Array, base: Calibration, shock: Shock, terms: Terms, rules: Rules) -> Outcome:
    """Evaluate the right-hand sides at state `x`."""
    ln_w, ln_p, ln_x, ln_l, ln_n = unpack(x, base.expenditure.shape)
    active = base.expenditure > 0
    ln_b = jnp.asarray(base.labour_share) * ln_w[:, None] + jnp.einsum("osk,ok->os", base.input_share, ln_p)
    u = jnp.exp(-base.theta * (ln_b - terms.scale * ln_n))
    phi = jnp.where(active, jnp.einsum("ods,os->ds", shock.attraction, u), 1.0)
    per_price = jnp.where(active, jnp.asarray(base.expenditure) * jnp.exp(ln_x), 0.0) / phi
    bill = jnp.exp(ln_w + ln_l) * base.labour_income
    duties, export_revenue = _revenue(u, phi, per_price, shock, terms)
    production, payroll = _receipts(u, per_price, base, shock, terms)
    earned = bill + duties + export_revenue
    deficit = CLOSURES[rules.deficits](bill, earned, base, terms) + shock.transfer
    inputs = jnp.einsum("dsk,ds->dk", base.input_share, production)
    real_wage = ln_w - (jnp.asarray(base.final_share) * ln_p).sum(axis=1)
    # Duties over payroll rather than their level: the tax rate that they replace.
    gained = (duties + export_revenue) / bill - terms.duties / base.labour_income
    return Outcome(
        offers=u,
        phi=phi,
        per_price=per_price,
        log_price=-jnp.log(phi) / base.theta - terms.market_size * (ln_x - ln_w[:, None]),
        expenditure=jnp.asarray(base.final_share) * (earned + deficit)[:, None] + inputs,
        income=earned + deficit,
        duties=duties,
        export_revenue=export_revenue,
        deficit=deficit,
        payroll=payroll,
        log_bundle=ln_b,
        log_employment=jnp.asarray(terms.labour) * (real_wage + RELIEF[rules.revenue](gained, terms.income_tax)),
    )


def gap(x: Array, base: Calibration, shock: Shock, terms: Terms, rules: Rules) -> Array:
    """Log gap of every equation at `x` [n], in the order of the state; zero in equilibrium.

    The numeraire, world labour income, is added to each labour gap as in `equations.gap`.
    """
    ln_w, ln_p, ln_x, ln_l, ln_n = unpack(x, base.expenditure.shape)
    out = evaluate(x, base, shock, terms, rules)
    bill = jnp.exp(ln_w + ln_l) * base.labour_income
    numeraire = jnp.log(bill.sum() / base.labour_income.sum())
    size = _log_ratio(out.payroll, terms.payroll) - out.log_bundle
    scaled = (terms.payroll > 0) & (terms.scale > 0)
    active = base.expenditure > 0
    return jnp.concatenate(
        [
            jnp.log(out.payroll.sum(axis=1) / bill) - numeraire,
            jnp.where(active, out.log_price - ln_p, 0.0).ravel(),
            jnp.where(active, _log_ratio(out.expenditure, base.expenditure) - ln_x, 0.0).ravel(),
            out.log_employment - ln_l,
            # Without scale economies the size of a sector is asked by nobody and stays where it is.
            jnp.where(scaled, size - ln_n, 0.0).ravel(),
        ]
    )


def _revenue(u: Array, phi: Array, per_price: Array, shock: Shock, terms: Terms) -> tuple[Array, Array]:
    """Duties received after pooling [d] and export taxes [o], which stay with who levies them."""
    border = jnp.einsum("ods,os->ds", terms.border_attraction, u)
    duties = jnp.asarray(shock.revenue_share) @ (per_price * (phi - border)).sum(axis=1)
    taxed = jnp.asarray(terms.border_attraction) - shock.net_attraction
    return duties, (u * jnp.einsum("ods,ds->os", taxed, per_price)).sum(axis=1)


def _receipts(u: Array, per_price: Array, base: Calibration, shock: Shock, terms: Terms) -> tuple[Array, Array]:
    """Receipts left for production [o s], and payroll by sector with local services for it [o s]."""
    kept = per_price * (1.0 - terms.local_cost)
    production = u * jnp.einsum("ods,ds->os", shock.net_attraction, kept)
    served = per_price * jnp.asarray(terms.local_cost) * jnp.einsum("ods,os->ds", shock.net_attraction, u)
    return production, jnp.asarray(base.labour_share) * production + served


def _log_ratio(after: Array, before: np.ndarray) -> Array:
    """ln(after / before), 0 where there was nothing; the inner guard keeps empty cells out of gradients."""
    there = before > 0
    return jnp.log(jnp.where(there, after / jnp.where(there, before, 1.0), 1.0))


def _constant(bill: Array, earned: Array, base: Calibration, terms: Terms) -> Array:
    """Constant in the numeraire, which is world labour income."""
    return jnp.asarray(base.deficit)


def _with_own_income(bill: Array, earned: Array, base: Calibration, terms: Terms) -> Array:
    """In proportion to own labour income; what the world does not sum to is shared by labour income."""
    scaled = base.deficit * bill / base.labour_income
    return scaled - bill / bill.sum() * scaled.sum()


def _multiplicative(bill: Array, earned: Array, base: Calibration, terms: Terms) -> Array:
    """Income a constant multiple of labour income and duties, up to one factor for the world."""
    wanted = earned * base.income / (base.labour_income + terms.duties)
    return wanted * earned.sum() / wanted.sum() - earned


CLOSURES: Mapping[str, Callable[[Array, Array, Calibration, Terms], Array]] = {
    "fixed": _constant,
    "world": _constant,
    "purged": _constant,
    "scaled": _with_own_income,
    "multiplicative": _multiplicative,
}
"""Deficits (USD million) [d], transfers of the policy not included."""

RELIEF: Mapping[str, Callable[[Array, np.ndarray], Array]] = {
    "lump-sum": lambda gained, tax: jnp.zeros_like(gained),
    "income-tax": lambda gained, tax: jnp.log((1.0 - tax + gained) / (1.0 - tax)),
    "whole-tax": lambda gained, tax: -jnp.log(1.0 - gained),
}
"""Log change of what the tax leaves of a wage [o], from the duties gained (share of labour income) and the tax."""


@partial(jax.jit, static_argnames=("rules", "max_iterations"))
def solve_anderson(
    start: Array,
    base: Calibration,
    shock: Shock,
    terms: Terms,
    target: float,
    first_step: float,
    rules: Rules,
    max_iterations: int,
) -> tuple[Array, Array, Array]:
    """As `anderson.anderson`, for the model with options."""
    weights = jnp.concatenate([base.wage_step, jnp.ones(start.shape[0] - base.wage_step.shape[0])])
    return iterate(lambda x: gap(x, base, shock, terms, rules), start, weights, target, first_step, max_iterations)


@partial(jax.jit, static_argnames=("rules",))
def outcome(x: Array, base: Calibration, shock: Shock, terms: Terms, rules: Rules) -> Outcome:
    """As `evaluate`, compiled."""
    return evaluate(x, base, shock, terms, rules)


@partial(jax.jit, static_argnames=("rules",))
def solve_newton(
    start: Array, base: Calibration, shock: Shock, terms: Terms, rules: Rules
) -> tuple[Array, Array, Array]:
    """As `newton.newton`, for the model with options."""
    return search(lambda x: gap(x, base, shock, terms, rules), start)
