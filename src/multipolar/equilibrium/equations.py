"""The model: Caliendo & Parro (2015, Review of Economic Studies 82) in exact hat algebra, in their letters.

State: ``x = (ln w_hat [o], ln P_hat [d s], ln X_hat [d s])`` flattened. One evaluation of the equations costs three
products with the attraction matrices and no matrix powers:

- unit cost   ln c_os = gamma_os ln w_o + sum_k gamma_osk ln P_ok
- price       P_ds^(-theta_s) = Phi_ds = sum_o A_ods u_os,  u = c^(-theta),  A = pi (kappa_hat)^(-theta)
- sales       Y_os = u_os sum_d B_ods X_ds / Phi_ds,        B = A / (1 + t')
- duties      T_d = sum_s X_ds (1 - Psi_ds / Phi_ds),       Psi_ds = sum_o B_ods u_os
- income      I_d = w_d V_d + sum_c share_dc T_c + D_d
- expenditure X_ds = alpha_ds I_d + sum_j gamma_djs Y_dj    (user j, supplier s)
- labour      w_o V_o = sum_s gamma_os Y_os
- numeraire   sum_o w_o V_o = sum_o V_o
"""

from __future__ import annotations

from types import ModuleType
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from multipolar.equilibrium.calibration import Calibration, Shock

__all__ = ["BySector", "Outcome", "by_sector", "evaluate", "gap", "pack", "unpack"]


class BySector(NamedTuple):
    """The matrices of a shock as the three products read them, sector first and what is summed over last."""

    attraction: Array  # [s d o]
    net_attraction: Array  # [s d o]
    net_to_buyers: Array  # [s o d]


def by_sector(shock: Shock, xp: ModuleType = jnp) -> BySector:
    """Lay the matrices of a shock out once, before a loop that multiplies with them many times."""
    attraction, net = xp.asarray(shock.attraction), xp.asarray(shock.net_attraction)
    laid = BySector(attraction.transpose(2, 1, 0), net.transpose(2, 1, 0), net.transpose(2, 0, 1))
    # Without the barrier the compiler moves the transposes back into the loop, which is then a third slower.
    return lax.optimization_barrier(laid) if xp is jnp else laid


class Outcome(NamedTuple):
    """Everything the equations imply at a state; the hats of `unpack` plus levels in USD million.

    `offers` is u, `phi` is Phi with ones where nothing is bought, `per_price` is X over Phi.
    """

    log_cost: Array
    offers: Array
    phi: Array
    per_price: Array
    log_price: Array
    sales: Array
    expenditure: Array
    income: Array
    duties: Array
    deficit: Array
    labour_demand: Array


def pack(log_wage: Array, log_price: Array, log_spending: Array) -> Array:
    """Flatten a state to one vector [n], ``n = N + 2 N S``."""
    return jnp.concatenate([log_wage, log_price.ravel(), log_spending.ravel()])


def unpack(x: Array, shape: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Split a state vector into ln w [o], ln P [d s] and ln X_hat [d s]."""
    n, s = shape
    return x[:n], x[n : n + n * s].reshape(n, s), x[n + n * s :].reshape(n, s)


def evaluate(
    x: Array,
    base: Calibration,
    shock: Shock,
    scale_deficits: bool,
    laid: BySector | None = None,
    xp: ModuleType = jnp,
) -> Outcome:
    """Evaluate the right-hand sides at state `x`, in JAX or, with `xp` as ``numpy``, in NumPy.

    `laid` is `by_sector` of the shock, where that was done before.
    """
    laid = by_sector(shock, xp) if laid is None else laid
    ln_w, ln_p, ln_x = unpack(x, base.expenditure.shape)
    theta = base.theta
    ln_c = base.labour_share * ln_w[:, None] + xp.einsum("osk,ok->os", base.input_share, ln_p)
    u = xp.exp(-theta * ln_c)
    phi = xp.einsum("sdo,os->ds", laid.attraction, u)
    active = base.expenditure > 0
    phi = xp.where(active, phi, 1.0)
    spending = xp.where(active, xp.asarray(base.expenditure) * xp.exp(ln_x), 0.0)
    per_price = spending / phi
    sales = u * xp.einsum("sod,ds->os", laid.net_to_buyers, per_price)
    psi = xp.einsum("sdo,os->ds", laid.net_attraction, u)
    # The difference first: duties are exactly zero where nothing is taxed.
    duties = xp.asarray(shock.revenue_share) @ (per_price * xp.where(active, phi - psi, 0.0)).sum(axis=1)
    labour_income = xp.exp(ln_w) * base.labour_income
    deficit = _deficits(ln_w, base, scale_deficits, xp) + shock.transfer
    income = labour_income + duties + deficit
    inputs = xp.einsum("dsk,ds->dk", base.input_share, sales)
    expenditure = xp.asarray(base.final_share) * income[:, None] + inputs
    return Outcome(
        log_cost=ln_c,
        offers=u,
        phi=phi,
        per_price=per_price,
        log_price=-xp.log(phi) / theta,
        sales=sales,
        expenditure=expenditure,
        income=income,
        duties=duties,
        deficit=deficit,
        labour_demand=(base.labour_share * sales).sum(axis=1),
    )


def gap(x: Array, base: Calibration, shock: Shock, scale_deficits: bool, laid: BySector | None = None) -> Array:
    """Log gap of every equation at `x` [n]: labour markets, prices, expenditures; zero in equilibrium.

    The numeraire is added to each labour gap, which makes the system square and regular: Walras' law makes one labour
    market redundant, and only the weighted sum of gaps moves with the numeraire.
    """
    ln_w, ln_p, ln_x = unpack(x, base.expenditure.shape)
    out = evaluate(x, base, shock, scale_deficits, laid)
    active = base.expenditure > 0
    bill = jnp.exp(ln_w) * base.labour_income
    numeraire = jnp.log(bill.sum() / base.labour_income.sum())
    labour = jnp.log(out.labour_demand / bill) - numeraire
    price = out.log_price - ln_p
    # jnp.where twice: the inner guard keeps the logarithm of an empty cell out of gradients.
    ratio = jnp.where(active, out.expenditure / jnp.where(active, base.expenditure, 1.0), 1.0)
    return pack(labour, price, jnp.where(active, jnp.log(ratio) - ln_x, 0.0))


def _deficits(ln_w: Array, base: Calibration, scale: bool, xp: ModuleType) -> Array:
    """Deficits in the numeraire (fixed), or growing with own value added and summing to zero (scaled)."""
    if not scale:
        return xp.asarray(base.deficit)
    bill = xp.exp(ln_w) * base.labour_income
    scaled = base.deficit * xp.exp(ln_w)
    return scaled - bill / bill.sum() * scaled.sum()
