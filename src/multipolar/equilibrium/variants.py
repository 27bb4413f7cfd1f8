"""Solve the model with its options: calibrate what they need, iterate, and put the levels together."""

from __future__ import annotations

import numpy as np

from multipolar.equilibrium.attempts import TARGET, Attempt, anderson_settings, first_solved, newton_start
from multipolar.equilibrium.calibration import Calibration, Shock, calibrate, derive_shock, trade
from multipolar.equilibrium.model import Model
from multipolar.equilibrium.result import Equilibrium, labour_accounts, refuse_negative_income
from multipolar.equilibrium.runtime import configure
from multipolar.errors import NotSolvedError
from multipolar.scenario.policy import Policy
from multipolar.world import World

__all__ = ["solve_variant"]


def solve_variant(world: World, policy: Policy, model: Model, tolerance: float) -> Equilibrium:
    """Solve a world, deficits purged already if they are to be, under a policy and any options.

    Raises
    ------
    NotSolvedError
        If no method reaches the tolerance, or somebody would spend less than nothing.
    """
    from multipolar.equilibrium.extended import Rules, Terms

    configure()
    model = model.fitted(world)
    base = _calibrate(world, model)
    shock, border = _shock(world, base, policy, model)
    untaxed = np.zeros(len(world.economies))
    terms = Terms(
        labour=np.asarray(model.labour),
        scale=np.asarray(model.scale),
        market_size=np.asarray(model.market_size),
        local_cost=np.asarray(model.local_cost),
        income_tax=untaxed if model.income_tax is None else np.asarray(model.income_tax),
        payroll=labour_accounts(world, model).payroll,
        duties=np.asarray(world.tariff_revenue),
        border_attraction=border,
    )
    whole = model.revenue == "income-tax" and model.income_tax is None
    rules = Rules(model.deficits, "whole-tax" if whole else model.revenue)
    try:
        attempt = first_solved(_methods(base, shock, terms, rules), world, policy, tolerance)
    except NotSolvedError as error:
        if not np.any(model.scale):
            raise
        raise NotSolvedError(
            f"{error}; with economies of scale a sector can die out, and then there is no solution with all of them",
            residual=error.residual,
            iterations=error.iterations,
        ) from error
    eq = _assemble(world, policy, model, base, shock, terms, rules, attempt)
    refuse_negative_income(eq)
    return eq


def _calibrate(world: World, model: Model) -> Calibration:
    """`calibrate`, with labour income, inputs and deficits as local costs make them."""
    base = calibrate(world)
    accounts = labour_accounts(world, model)
    produced = accounts.production
    share = np.divide(
        world.intermediate_use,
        produced[:, :, None],
        out=np.zeros_like(world.intermediate_use),
        where=produced[:, :, None] > 0,
    )
    return base._replace(
        input_share=share,
        labour_share=1.0 - share.sum(axis=2),
        labour_income=accounts.payroll.sum(axis=1),
        deficit=np.asarray(accounts.deficit),
    )


def _shock(world: World, base: Calibration, policy: Policy, model: Model) -> tuple[Shock, np.ndarray]:
    """The two attraction matrices with pass-through and export taxes, and that over ``1 + t'`` [o d s]."""
    taxed = 1.0 + (policy.export_tax if policy.export_tax is not None else np.zeros_like(policy.tariff))
    wedge = (1.0 + policy.tariff) / (1.0 + world.tariff) * taxed
    # The base shock carries the whole wedge in prices; the rest of the exponent is added here.
    shock = derive_shock(world, base, policy, extra_cost=taxed * wedge ** (np.asarray(model.pass_through) - 1.0))
    border = shock.attraction / (1.0 + policy.tariff)
    return shock._replace(net_attraction=border / taxed), border


def _methods(base: Calibration, shock: Shock, terms, rules) -> list:
    """Anderson, Anderson in small steps, Newton; each takes the attempts before it."""
    from multipolar.equilibrium.extended import solve_anderson, solve_newton

    n, cells = base.labour_income.size, base.expenditure.size
    size = 2 * n + 3 * cells

    def by_anderson(careful: bool) -> Attempt:
        step, limit, name = anderson_settings(careful)
        return Attempt.of(solve_anderson(np.zeros(size), base, shock, terms, TARGET, step, rules, limit), name)

    def by_newton(tried: list[Attempt]) -> Attempt | None:
        start = newton_start(tried, size)
        return None if start is None else Attempt.of(solve_newton(start, base, shock, terms, rules), "newton")

    return [lambda _: by_anderson(False), lambda _: by_anderson(True), by_newton]


def _assemble(
    world: World, policy: Policy, model: Model, base: Calibration, shock: Shock, terms, rules, attempt: Attempt
) -> Equilibrium:
    """Turn the state into levels, in NumPy: the result must not keep device buffers alive."""
    import jax

    from multipolar.equilibrium.extended import outcome, unpack

    x = jax.numpy.asarray(attempt.x)
    ln_w, ln_p, _, ln_l, ln_n = (np.asarray(part) for part in unpack(x, base.expenditure.shape))
    out = jax.tree.map(np.asarray, outcome(x, base, shock, terms, rules))
    share, flow = trade(shock, out.offers, out.phi, out.per_price)
    return Equilibrium(
        world=world,
        policy=policy,
        deficits=model.deficits,
        wage_hat=np.exp(ln_w),
        price_hat=np.exp(ln_p),
        unit_cost_hat=np.exp(out.log_bundle - terms.scale * ln_n) / policy.productivity_hat,
        trade_flow=flow,
        trade_share=share,
        income=out.income,
        tariff_revenue=out.duties,
        deficit=out.deficit,
        residual=attempt.residual,
        iterations=attempt.iterations,
        method=attempt.method,
        model=model,
        employment_hat=np.exp(ln_l),
        scale_hat=np.exp(terms.scale * ln_n),
        export_revenue=out.export_revenue,
    )
