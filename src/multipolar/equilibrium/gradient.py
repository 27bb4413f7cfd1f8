"""Value and gradient of an objective with respect to every tariff, trade cost and productivity: one adjoint solve.

In equilibrium ``gap(x, p) = 0``. For an objective ``f(x, p)`` the implicit function theorem gives
``df/dp = f_p + lambda' gap_p`` with ``gap_x' lambda = -f_x``: one linear system, whatever the number of
parameters. It is solved by GMRES on transposed products, scaled by the Jacobi weights of the fixed point; where that
misses its residual and the size allows it, by a dense factorisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np

from multipolar.equilibrium.calibration import Calibration, Shock, calibrate, derive_shock
from multipolar.equilibrium.result import Equilibrium
from multipolar.equilibrium.runtime import configure
from multipolar.errors import InputError, NotSolvedError
from multipolar.types import Array, Float64
from multipolar.world import World

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "DENSE_LIMIT",
    "Gradient",
    "Objective",
    "RealIncome",
    "differentiate",
    "real_income",
]

DENSE_LIMIT = 3000
"""Largest number of unknowns ``N + 2 N S`` for which a dense Jacobian is formed (72 MB, its factors as much)."""

ADJOINT_TOLERANCE = 1e-10
"""Largest relative residual of the adjoint system that is accepted (pure number)."""


class Objective(Protocol):
    """What is maximised: a number that depends on an equilibrium through real incomes alone."""

    def value(self, eq: Equilibrium) -> float:
        """Return the objective at `eq`."""
        ...

    def seed(self, eq: Equilibrium) -> Float64[Array, " d"]:
        """Return its derivative with respect to the log of each economy's real income [d]."""
        ...


@dataclass(frozen=True, eq=False)
class RealIncome:
    """Weighted real income.

    Parameters
    ----------
    weights
        Weight of each economy (pure number) [d].
    unit
        ``log``: sum of weight times log real income. ``usd``: sum of weight times equivalent variation (USD million).
    label
        Whose income, with what weights, in words.
    """

    weights: Float64[Array, " d"]
    unit: Literal["log", "usd"]
    label: str

    def value(self, eq: Equilibrium) -> float:
        """Return the objective at `eq`: log points / 100 or USD million."""
        hat = eq.real_income_hat
        if self.unit == "log":
            return float(self.weights @ np.log(hat))
        return float(self.weights @ (eq.world.final_demand.sum(axis=1) * (hat - 1.0)))

    def seed(self, eq: Equilibrium) -> Float64[Array, " d"]:
        """Return the derivative with respect to log real incomes [d]."""
        if self.unit == "log":
            return self.weights
        return self.weights * eq.world.final_demand.sum(axis=1) * eq.real_income_hat


def real_income(
    world: World, who: str | Sequence[str] | Mapping[str, float], unit: Literal["log", "usd"] = "log"
) -> RealIncome:
    """Return the real income of an economy, a bloc, or with weights of one's own, as an objective.

    Parameters
    ----------
    world
        Gives the axis and, for a bloc in logs, the weights.
    who
        A code; several codes: a bloc, weighted by baseline income in logs (to first order its total income) and
        dollar for dollar in USD; or a mapping from code to weight.
    unit
        ``log`` or ``usd``.

    Raises
    ------
    UnknownNameError
        If an economy is not in the world.
    InputError
        If nobody has a weight, or a weight or the unit is not usable.
    """
    if unit not in ("log", "usd"):
        raise InputError(f"unknown unit '{unit}' of an objective; choose log or usd")
    income = world.final_demand.sum(axis=1)
    weights = np.zeros(len(world.economies))
    if isinstance(who, Mapping):
        for code, weight in who.items():
            weights[world.economy_index(code)] = weight
        label = ", ".join(f"{weight:g} x {code}" for code, weight in who.items())
    else:
        codes = (who,) if isinstance(who, str) else tuple(who)
        at = [world.economy_index(code) for code in codes]
        weights[at] = income[at] / income[at].sum() if unit == "log" else 1.0
        label = "+".join(codes) + (" (weighted by baseline income)" if len(codes) > 1 and unit == "log" else "")
    if not np.isfinite(weights).all() or not weights.any():
        raise InputError("an objective needs at least one economy with a finite weight other than zero")
    weights.setflags(write=False)
    return RealIncome(weights, unit, f"{'log real income' if unit == 'log' else 'equivalent variation'} of {label}")


@dataclass(frozen=True, eq=False)
class Gradient:
    """Value of an objective and its derivatives at an equilibrium.

    Parameters
    ----------
    value
        The objective, in its unit.
    tariff
        Derivative with respect to each applied rate, per unit of the rate (1 = 100 percentage points) [o d s].
    log_cost
        With respect to the log of each iceberg trade cost [o d s].
    log_productivity
        With respect to the log of each total factor productivity [o s].
    economies, sectors
        Codes of the axes.
    residual
        Relative residual of the adjoint system (pure number).
    method
        ``gmres`` or ``dense``.
    """

    value: float
    tariff: Float64[Array, "o d s"]
    log_cost: Float64[Array, "o d s"]
    log_productivity: Float64[Array, "o s"]
    economies: tuple[str, ...]
    sectors: tuple[str, ...]
    residual: float
    method: str

    def to_xarray(self) -> xr.Dataset:
        """Return the derivatives with labels."""
        import xarray as xr

        cell = ("origin", "destination", "sector")
        return xr.Dataset(
            {
                "tariff": (cell, self.tariff),
                "log_cost": (cell, self.log_cost),
                "log_productivity": (("origin", "sector"), self.log_productivity),
            },
            coords={
                "origin": list(self.economies),
                "destination": list(self.economies),
                "sector": list(self.sectors),
            },
            attrs={"value": self.value},
        )


def differentiate(
    eq: Equilibrium, objective: Objective, *, method: Literal["auto", "gmres", "dense"] = "auto"
) -> Gradient:
    """Differentiate an objective with respect to all tariffs, trade costs and productivities at an equilibrium.

    Parameters
    ----------
    eq
        A solved equilibrium; its closure of deficits and its elasticities are kept.
    objective
        See `real_income`.
    method
        ``auto``: GMRES, and a dense factorisation where that falls short.

    Notes
    -----
    Exact up to the residuals of the two solves. Pooled duties follow the policy's shares. A cell that is empty or
    banned has derivative zero: it stays empty under any finite change.

    Raises
    ------
    NotSolvedError
        If the adjoint system misses `ADJOINT_TOLERANCE`.
    """
    if method not in ("auto", "gmres", "dense"):
        raise InputError(f"unknown method '{method}' for a gradient; choose auto, gmres or dense")
    point = linearise(eq)
    seed = np.stack([np.asarray(objective.seed(eq), dtype=float), np.zeros(len(eq.world.economies))])
    used, solved = method, None
    if method != "dense":
        used, solved = "gmres", programs().adjoint(*point.state, seed, point.scale)
        if method == "auto" and not float(solved[0]) <= ADJOINT_TOLERANCE and point.size <= DENSE_LIMIT:
            solved = None
    if solved is None:
        used, multiplier, residual = "dense", *dense_multipliers(point, seed[None])
        solved = (residual, *programs().pull(*point.state, seed, multiplier[0], point.scale))
    residual = float(solved[0])
    check_residual(residual, eq)
    tariff, cost, productivity = chain(point, eq, np.asarray(solved[1]), np.asarray(solved[2]))
    return Gradient(
        objective.value(eq), tariff, cost, productivity, eq.world.economies, eq.world.sectors, residual, used
    )


class Point(NamedTuple):
    """An equilibrium as the arguments of the model's equations."""

    x: np.ndarray
    base: Calibration
    shock: Shock
    scale: bool

    @property
    def state(self) -> tuple[np.ndarray, Calibration, Shock]:
        """State vector, calibration and shock."""
        return self.x, self.base, self.shock

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return self.x.size


def linearise(eq: Equilibrium) -> Point:
    """Return the state vector of an equilibrium and what its equations need.

    Raises
    ------
    InputError
        If it was solved with options of the model whose derivatives are not here.
    """
    if not eq.model.is_plain:
        raise InputError(f"derivatives are known for the model without options, not for {eq.model!r}; solve without")
    configure()
    base = calibrate(eq.world)
    active = base.expenditure > 0
    spending = np.divide(eq.expenditure, base.expenditure, out=np.ones_like(base.expenditure), where=active)
    x = np.concatenate([np.log(eq.wage_hat), np.log(eq.price_hat).ravel(), np.log(spending).ravel()])
    return Point(x, base, derive_shock(eq.world, base, eq.policy), eq.deficits == "scaled")


def chain(
    point: Point, eq: Equilibrium, by_attraction: np.ndarray, by_net: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """From derivatives by the attraction matrices [... o d s] to those by tariff, log cost and log productivity."""
    net = by_net * point.shock.net_attraction
    cost = -point.base.theta * (by_attraction * point.shock.attraction + net)
    tariff = (cost - net) / (1.0 + eq.policy.tariff)
    return tariff, cost, -cost.sum(axis=-2)


def check_residual(residual: float, eq: Equilibrium) -> None:
    """Refuse derivatives whose linear system was not solved; NaN is refused too."""
    if not residual <= ADJOINT_TOLERANCE:
        raise NotSolvedError(
            f"derivatives at scenario '{eq.policy.name}': the adjoint system reached a relative residual of "
            f"{residual:.1e} against {ADJOINT_TOLERANCE:.0e}; try a smaller shock or purged deficits",
            residual=residual,
        )


def dense_multipliers(point: Point, seeds: np.ndarray) -> tuple[np.ndarray, float]:
    """Solve the adjoint system for seeds [k 2 d] at once; returns multipliers [k n] and the largest relative residual.

    Raises
    ------
    InputError
        If the Jacobian would have more than `DENSE_LIMIT` rows.
    """
    from scipy.linalg import lu_factor, lu_solve

    if point.size > DENSE_LIMIT:
        raise InputError(f"a dense Jacobian of {point.size} unknowns exceeds the limit of {DENSE_LIMIT}; use gmres")
    jacobian, right = (np.asarray(a) for a in programs().dense(*point.state, seeds, point.scale))
    factors = lu_factor(jacobian.T, check_finite=False)
    solution = lu_solve(factors, right.T, check_finite=False)
    missed = np.linalg.norm(jacobian.T @ solution - right.T, axis=0)
    size = np.linalg.norm(right, axis=1)
    return solution.T, float((missed / np.where(size > 0, size, 1.0)).max())


class Programs(NamedTuple):
    """Compiled functions, made when first used so that importing this module does not load JAX."""

    adjoint: Any
    pull: Any
    dense: Any
    many: Any


@cache
def programs() -> Programs:
    import jax
    import jax.numpy as jnp
    from jax import lax
    from jax.scipy.sparse.linalg import gmres

    from multipolar.equilibrium.equations import evaluate, gap, unpack

    def outputs(x: Any, base: Calibration, shock: Shock, scale: bool) -> Any:
        """Log real income and log wage [2 d]."""
        ln_w, ln_p, _ = unpack(x, base.expenditure.shape)
        income = evaluate(x, base, shock, scale).income
        return jnp.stack([jnp.log(income / base.income) - (base.final_share * ln_p).sum(axis=1), ln_w])

    def right_hand_side(x: Any, base: Calibration, shock: Shock, seed: Any, scale: bool) -> Any:
        _, back = jax.vjp(lambda y: outputs(y, base, shock, scale), x)
        return -back(seed)[0]

    def pull(x: Any, base: Calibration, shock: Shock, seed: Any, multiplier: Any, scale: bool) -> Any:
        """Derivatives of ``seed . outputs + multiplier . gap`` by the two attraction matrices [o d s]."""

        def lagrangian(attraction: Any, net_attraction: Any) -> Any:
            moved = shock._replace(attraction=attraction, net_attraction=net_attraction)
            return jnp.vdot(seed, outputs(x, base, moved, scale)) + multiplier @ gap(x, base, moved, scale)

        return jax.grad(lagrangian, argnums=(0, 1))(shock.attraction, shock.net_attraction)

    def multiplier(x: Any, base: Calibration, shock: Shock, seed: Any, scale: bool) -> tuple[Any, Any]:
        right = right_hand_side(x, base, shock, seed, scale)
        _, back = jax.vjp(lambda y: gap(y, base, shock, scale), x)
        # The weights of the fixed point bring the operator near the identity: 20 products, 50 with inputs.
        weights = jnp.concatenate([base.wage_step, jnp.ones(x.size - base.wage_step.size)])
        found, _ = gmres(
            lambda m: back(weights * m)[0], right, tol=1e-12, restart=40, maxiter=10, solve_method="incremental"
        )
        solution = weights * found
        size = jnp.linalg.norm(right)
        missed = jnp.linalg.norm(back(solution)[0] - right) / jnp.where(size > 0, size, 1.0)
        return solution, missed

    def adjoint(x: Any, base: Calibration, shock: Shock, seed: Any, scale: bool) -> tuple[Any, Any, Any]:
        solution, missed = multiplier(x, base, shock, seed, scale)
        return missed, *pull(x, base, shock, seed, solution, scale)

    def dense(x: Any, base: Calibration, shock: Shock, seeds: Any, scale: bool) -> tuple[Any, Any]:
        jacobian = jax.jacfwd(gap)(x, base, shock, scale)
        return jacobian, jax.vmap(lambda seed: right_hand_side(x, base, shock, seed, scale))(seeds)

    # lax.map, not vmap: on a CPU a batched loop is slower, and its memory would grow with the number of seeds.
    def many(x: Any, base: Calibration, shock: Shock, seeds: Any, scale: bool) -> tuple[Any, Any]:
        return lax.map(lambda seed: multiplier(x, base, shock, seed, scale), seeds)

    compiled = [jax.jit(f, static_argnames="scale") for f in (adjoint, pull, dense, many)]
    return Programs(*compiled)
