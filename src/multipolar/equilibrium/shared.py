"""Many counterfactuals of one world at once: the baseline is shared, each scenario adds a small patch.

For a block of scenarios the products with the baseline are one matrix product each, and the changed cells are a
correction for a few rows and columns. Steps come from one inverse Jacobian, that of the baseline, shared by every
scenario of the world, and are corrected by Anderson acceleration for each. Equations and gaps are those of
`multipolar.equilibrium.equations`; where no sector uses inputs, prices and expenditure follow from wages exactly, and
wages alone are iterated.

Inside this file the sector comes first and the scenario second: ``[s b o]``.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from multipolar.equilibrium.calibration import Calibration, calibrate
from multipolar.equilibrium.patches import Patch
from multipolar.equilibrium.runtime import configure
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Baseline", "Found", "iterate", "share_baseline"]

DEPTH = 5
RIDGE = 1e-12
LIMIT = 40
"""Iterations after which a scenario is left to the single solver; one that does well needs five to ten."""

MAX_MOVE = 1.0
"""Largest move of a log variable in one step, as in the single solver."""

CHORD_LIMIT = 3000
"""Most unknowns for which the inverse Jacobian is formed (72 MB); above it, steps are scaled by the diagonal."""

UNROLLED = 6
"""Most sectors for which sums over inputs are written out, which compiles to one pass without temporaries."""


class Tables(NamedTuple):
    """Arrays of a baseline on the device, sector first.

    `both` holds trade shares and, beside them, the same over ``1 + t`` [s o 2d], `net_back` the latter transposed
    [s d o]; `chord` is minus the inverse Jacobian of the gaps, transposed [n n].
    """

    both: jax.Array
    net_back: jax.Array
    idle: jax.Array
    theta: jax.Array
    labour_share: jax.Array
    input_share: jax.Array
    final_share: jax.Array
    expenditure: jax.Array
    labour_income: jax.Array
    deficit: jax.Array
    income: jax.Array
    step: jax.Array
    chord: jax.Array | None


class Cells(NamedTuple):
    """A `Patch` on the device."""

    rows: jax.Array | None
    columns: jax.Array | None
    attraction: jax.Array
    net: jax.Array
    transfer: jax.Array | None
    pooled: jax.Array | None
    pool_share: jax.Array | None


class Baseline(NamedTuple):
    """What every scenario of one world shares.

    Attributes
    ----------
    base
        Shares and levels.
    tables
        The same on the device, sector first.
    linked
        Whether any sector uses inputs; then prices and expenditure are unknowns as well as wages.
    scale_deficits
        Closure, as in `equations.evaluate`.
    """

    base: Calibration
    tables: Tables
    linked: bool
    scale_deficits: bool


class Found(NamedTuple):
    """Where the iteration left each scenario of a block; the caller checks the residual.

    Attributes
    ----------
    wage_hat, price_hat, real_income_hat
        Change factors (pure number) [b o], [b d s], [b d].
    expenditure, income, tariff_revenue
        Levels (USD million) [b d s], [b d], [b d].
    residual
        Largest absolute log gap of any equation at exactly that state; may be NaN [b].
    iterations
        Evaluations spent [b].
    """

    wage_hat: Float64[Array, "b o"]
    price_hat: Float64[Array, "b d s"]
    real_income_hat: Float64[Array, "b d"]
    expenditure: Float64[Array, "b d s"]
    income: Float64[Array, "b d"]
    tariff_revenue: Float64[Array, "b d"]
    residual: Float64[Array, " b"]
    iterations: np.ndarray


class _Levels(NamedTuple):
    """By-products of one evaluation."""

    log_wage: jax.Array
    phi: jax.Array
    spending: jax.Array
    income: jax.Array
    duties: jax.Array


def share_baseline(world: World, scale_deficits: bool = False) -> Baseline:
    """Prepare what the scenarios of `world` share."""
    configure()
    base = calibrate(world)
    net = (base.trade_share / (1.0 + world.tariff)).transpose(2, 0, 1)
    linked = bool((base.input_share != 0).any())
    n, s = base.expenditure.shape
    step = np.concatenate([base.wage_step, np.ones(2 * n * s if linked else 0)])
    tables = Tables(
        both=_device(np.concatenate([base.trade_share.transpose(2, 0, 1), net], axis=2)),
        net_back=_device(net.transpose(0, 2, 1)),
        idle=_device((base.expenditure.T <= 0).astype(float)),
        theta=_device(base.theta),
        labour_share=_device(base.labour_share.T),
        input_share=_device(base.input_share),
        final_share=_device(base.final_share.T),
        expenditure=_device(base.expenditure.T),
        labour_income=_device(base.labour_income),
        deficit=_device(base.deficit),
        income=_device(base.income),
        step=_device(step),
        chord=None,
    )
    tables = tables._replace(chord=_chord(tables, linked, scale_deficits))
    return Baseline(base, tables, linked, scale_deficits)


def iterate(shared: Baseline, patch: Patch, target: float) -> Found:
    """Iterate a block of scenarios until the largest log gap of each is at most `target`.

    Reports, and does not judge: a scenario that wanders off or takes too long is left where it is, and its residual
    says so.
    """
    solved = _solve(shared.tables, _cells(patch), target, shared.linked, shared.scale_deficits)
    return Found(*(np.asarray(array) for array in solved))


def _cells(patch: Patch) -> Cells:
    # NumPy arrays go straight into the compiled function, which moves them faster than a call for each would.
    return cast(Cells, patch)


def _device(array: np.ndarray) -> jax.Array:
    return jnp.asarray(np.ascontiguousarray(array))


def _chord(tables: Tables, linked: bool, scale_deficits: bool) -> jax.Array | None:
    """Minus the inverse Jacobian at the baseline, transposed, by central differences of the gaps themselves.

    It only shapes the steps: its error slows the iteration and cannot move the solution.
    """
    size, width, h = tables.step.shape[0], 128, 1e-6
    if size > CHORD_LIMIT:
        return None
    place, nothing = np.zeros((width, 1), dtype=np.intp), np.zeros((tables.theta.shape[0], width, 1, 1))
    patch = _cells(Patch(place, place, nothing, nothing))
    jacobian = np.empty((size, size))
    for start in range(0, size, width):
        stop = min(start + width, size)
        nudge = np.zeros((width, size))
        nudge[np.arange(stop - start), np.arange(start, stop)] = h
        ahead, behind = (_gap_jit(tables, patch, x, linked, scale_deficits) for x in (nudge, -nudge))
        jacobian[start:stop] = np.asarray((ahead - behind) / (2 * h))[: stop - start]
    try:
        inverse = -np.linalg.inv(jacobian)
    except np.linalg.LinAlgError:
        return None
    return _device(inverse) if np.isfinite(inverse).all() else None


def _dots(left: jax.Array, right: jax.Array) -> jax.Array:
    """Multiply [s b m] by [s m n], one product a sector: a batched product is far slower on a CPU."""
    return jnp.stack([left[s] @ right[s] for s in range(left.shape[0])])


def _forward(u: jax.Array, tables: Tables, patch: Cells) -> tuple[jax.Array, jax.Array]:
    """Return ``sum_o u_o A_od`` and the same with ``A / (1 + t')`` for every scenario [s b d]."""
    n = u.shape[2]
    total = _dots(u, tables.both)
    scenario = np.arange(u.shape[1])[:, None]
    here = u if patch.rows is None else u[:, scenario, patch.rows]

    def changed(before: jax.Array, change: jax.Array) -> jax.Array:
        part = jnp.einsum("sbqp,sbp->sbq", change, here)
        return before + part if patch.columns is None else before.at[:, scenario, patch.columns].add(part)

    return changed(total[..., :n], patch.attraction) + tables.idle[:, None, :], changed(total[..., n:], patch.net)


def _backward(v: jax.Array, tables: Tables, patch: Cells) -> jax.Array:
    """Return ``sum_d v_d (net + change)_od`` for every scenario [s b o]."""
    total = _dots(v, tables.net_back)
    scenario = np.arange(v.shape[1])[:, None]
    here = v if patch.columns is None else v[:, scenario, patch.columns]
    part = jnp.einsum("sbqp,sbq->sbp", patch.net, here)
    return total + part if patch.rows is None else total.at[:, scenario, patch.rows].add(part)


def _deficits(bill: jax.Array, wage: jax.Array, tables: Tables, patch: Cells, scale: bool) -> jax.Array:
    """Deficits and transfers of every scenario (USD million) [b d]."""
    deficit = jnp.broadcast_to(tables.deficit, bill.shape)
    if scale:
        scaled = deficit * wage
        deficit = scaled - bill / bill.sum(axis=1, keepdims=True) * scaled.sum(axis=1, keepdims=True)
    return deficit if patch.transfer is None else deficit + patch.transfer


def _labour_gap(demand: jax.Array, bill: jax.Array, tables: Tables) -> jax.Array:
    numeraire = jnp.log(bill.sum(axis=1, keepdims=True) / tables.labour_income.sum())
    return jnp.log(demand / bill) - numeraire


def _evaluate(
    tables: Tables, patch: Cells, x: jax.Array, linked: bool, scale_deficits: bool
) -> tuple[jax.Array, _Levels]:
    """Return the log gaps of the equations at a state [b n], and the levels there."""
    return (_linked if linked else _unlinked)(tables, patch, x, scale_deficits)


def _unlinked(tables: Tables, patch: Cells, x: jax.Array, scale_deficits: bool) -> tuple[jax.Array, _Levels]:
    """Gaps of the labour markets [b o] where costs are wages: prices and expenditure follow from wages exactly."""
    u = jnp.exp(-tables.theta[:, None, None] * x)
    phi, psi = _forward(u, tables, patch)
    share = tables.final_share[:, None, :]
    rate = (share * (1.0 - psi / phi)).sum(axis=0)
    wage = jnp.exp(x)
    bill = wage * tables.labour_income
    earned = bill + _deficits(bill, wage, tables, patch, scale_deficits)
    income = _income(earned, rate, patch)
    spending = share * income
    demand = (u * _backward(spending / phi, tables, patch)).sum(axis=0)
    return _labour_gap(demand, bill, tables), _Levels(x, phi, spending, income, income - earned)


def _income(earned: jax.Array, rate: jax.Array, patch: Cells) -> jax.Array:
    """Solve ``I = earned + duties received`` where the duties collected are ``rate * I`` [b d]."""
    if patch.pooled is None or patch.pool_share is None:
        return earned / (1.0 - rate)
    # A member's income is what it earns, its share of the pool T and nothing of its own duties; so T, the duties of
    # all members, solves one linear equation a scenario. An outsider may receive a share as well.
    own = 1.0 / (1.0 - (1.0 - patch.pooled) * rate)
    inside = patch.pooled * rate
    pool = (inside * earned).sum(axis=1) / (1.0 - (inside * patch.pool_share).sum(axis=1))
    return own * (earned + patch.pool_share * pool[:, None])


def _linked(tables: Tables, patch: Cells, x: jax.Array, scale_deficits: bool) -> tuple[jax.Array, _Levels]:
    """Gaps of labour markets, prices and expenditure [b n]; state and gaps are ordered (o, s d, s d)."""
    n, s, _ = tables.input_share.shape
    b = x.shape[0]
    ln_w = x[:, :n]
    ln_p = x[:, n : n + s * n].reshape(b, s, n).transpose(1, 0, 2)
    ln_x = x[:, n + s * n :].reshape(b, s, n).transpose(1, 0, 2)
    theta = tables.theta[:, None, None]
    ln_c = tables.labour_share[:, None, :] * ln_w + _over_suppliers(tables.input_share, ln_p)
    u = jnp.exp(-theta * ln_c)
    phi, psi = _forward(u, tables, patch)
    spending = tables.expenditure[:, None, :] * jnp.exp(ln_x)
    per_price = spending / phi
    sales = u * _backward(per_price, tables, patch)
    duties = (spending - per_price * psi).sum(axis=0)
    if patch.pooled is not None and patch.pool_share is not None:
        pool = (patch.pooled * duties).sum(axis=1, keepdims=True)
        duties = (1.0 - patch.pooled) * duties + patch.pool_share * pool
    wage = jnp.exp(ln_w)
    bill = wage * tables.labour_income
    income = bill + duties + _deficits(bill, wage, tables, patch, scale_deficits)
    wanted = tables.final_share[:, None, :] * income + _over_users(tables.input_share, sales)
    demand = (tables.labour_share[:, None, :] * sales).sum(axis=0)
    idle = tables.idle[:, None, :] > 0
    ratio = jnp.where(idle, 1.0, wanted) / jnp.where(idle, 1.0, tables.expenditure[:, None, :])
    gaps = (
        _labour_gap(demand, bill, tables),
        (-jnp.log(phi) / theta - ln_p).transpose(1, 0, 2).reshape(b, s * n),
        jnp.where(idle, 0.0, jnp.log(ratio) - ln_x).transpose(1, 0, 2).reshape(b, s * n),
    )
    return jnp.concatenate(gaps, axis=1), _Levels(ln_w, phi, spending, income, duties)


def _over_suppliers(input_share: jax.Array, values: jax.Array) -> jax.Array:
    """Return ``sum_k input_share_osk values_kbo`` [s b o]."""
    sectors = values.shape[0]
    if sectors > UNROLLED:
        return jnp.einsum("osk,kbo->sbo", input_share, values)
    return jnp.stack([sum(input_share[:, s, k] * values[k] for k in range(sectors)) for s in range(sectors)])


def _over_users(input_share: jax.Array, values: jax.Array) -> jax.Array:
    """Return ``sum_s input_share_osk values_sbo`` [k b o]."""
    return _over_suppliers(input_share.transpose(0, 2, 1), values)


class _State(NamedTuple):
    """Where a block stands: scenarios that are done keep their `x`, so that `levels` and `residual` stay theirs."""

    x: jax.Array
    levels: _Levels
    residual: jax.Array
    last_x: jax.Array
    last_step: jax.Array
    changes: jax.Array
    moves: jax.Array
    gram: jax.Array
    best: jax.Array
    going: jax.Array
    iterations: jax.Array
    spent: jax.Array


@partial(jax.jit, static_argnames=("linked", "scale_deficits"))
def _gap_jit(tables: Tables, patch: Cells, x: jax.Array, linked: bool, scale_deficits: bool) -> jax.Array:
    return _evaluate(tables, patch, x, linked, scale_deficits)[0]


@partial(jax.jit, static_argnames=("linked", "scale_deficits"))
def _solve(tables: Tables, patch: Cells, target: float, linked: bool, scale_deficits: bool) -> tuple[jax.Array, ...]:
    """Return the fields of `Found`."""
    count, size = patch.attraction.shape[1], tables.step.shape[0]
    zero = jnp.zeros((count, size))
    n, s, _ = tables.input_share.shape
    flat, cube = jnp.zeros((count, n)), jnp.zeros((s, count, n))
    first = _State(
        x=zero,
        levels=_Levels(flat, cube, cube, flat, flat),
        residual=jnp.full(count, jnp.nan),
        last_x=zero,
        last_step=zero,
        changes=jnp.zeros((count, DEPTH, size)),
        moves=jnp.zeros((count, DEPTH, size)),
        gram=jnp.zeros((count, DEPTH, DEPTH)),
        best=jnp.full(count, 1e300),
        going=jnp.ones(count, dtype=bool),
        iterations=jnp.zeros(count, dtype=jnp.int32),
        spent=jnp.asarray(0),
    )

    def body(it: _State) -> _State:
        gap, levels = _evaluate(tables, patch, it.x, linked, scale_deficits)
        step = gap * tables.step if tables.chord is None else gap @ tables.chord
        return _advance(it, levels, _largest(gap), step, target)

    last = lax.while_loop(lambda it: it.going.any() & (it.spent < LIMIT), body, first)
    log_price = -jnp.log(last.levels.phi) / tables.theta[:, None, None]
    consumer_price = jnp.exp((tables.final_share[:, None, :] * log_price).sum(axis=0))
    return (
        jnp.exp(last.levels.log_wage),
        jnp.exp(log_price).transpose(1, 2, 0),
        last.levels.income / tables.income / consumer_price,
        last.levels.spending.transpose(1, 2, 0),
        last.levels.income,
        last.levels.duties,
        last.residual,
        last.iterations,
    )


def _largest(gap: jax.Array) -> jax.Array:
    """Largest absolute gap of each scenario [b]; NaN where any gap is not finite.

    Asked for outright: on a CPU the compiled maximum along an axis drops NaN, and is -inf where all are NaN.
    """
    return jnp.where(jnp.isfinite(gap).all(axis=1), jnp.abs(gap).max(axis=1), jnp.nan)


def _advance(it: _State, levels: _Levels, residual: jax.Array, step: jax.Array, target: float) -> _State:
    best = jnp.minimum(it.best, residual)
    # NaN fails the comparison: a scenario that is lost stops and is found out by its residual.
    going = it.going & (residual > target) & (residual < 1e3 * best)
    changes, moves, gram = lax.cond(it.spent > 0, lambda: _remember(it, step), lambda: (it.changes, it.moves, it.gram))
    weights = _least_squares(gram, jnp.einsum("bmn,bn->bm", changes, step))
    move = step - jnp.einsum("bm,bmn->bn", weights, moves)
    move = move * jnp.minimum(1.0, MAX_MOVE / (jnp.abs(move).max(axis=1, keepdims=True) + 1e-300))
    return _State(
        x=jnp.where(going[:, None], it.x + move, it.x),
        levels=levels,
        residual=residual,
        last_x=it.x,
        last_step=step,
        changes=changes,
        moves=moves,
        gram=gram,
        best=best,
        going=going,
        iterations=it.iterations + it.going,
        spent=it.spent + 1,
    )


def _remember(it: _State, step: jax.Array) -> tuple[jax.Array, jax.Array, jax.Array]:
    """Put the last move, and what it did to the step, into the memory; unit rows, so that scales do not mix."""
    slot = jnp.mod(it.spent - 1, DEPTH)
    changed = step - it.last_step
    norm = jnp.sqrt((changed * changed).sum(axis=1, keepdims=True))
    scale = jnp.where(norm > 0, 1.0 / jnp.where(norm > 0, norm, 1.0), 0.0)
    unit = changed * scale
    changes = it.changes.at[:, slot].set(unit)
    row = jnp.einsum("bmn,bn->bm", changes, unit)
    gram = it.gram.at[:, slot, :].set(row).at[:, :, slot].set(row)
    return changes, it.moves.at[:, slot].set((it.x - it.last_x + changed) * scale), gram


def _least_squares(gram: jax.Array, right: jax.Array) -> jax.Array:
    """Solve small positive definite systems [b m m], written out: a call to LAPACK for each would cost more."""
    depth = range(DEPTH)
    a = [[gram[:, i, j] + (RIDGE if i == j else 0.0) for j in depth] for i in depth]
    y = [right[:, i] for i in depth]
    for i in depth:
        for j in range(i + 1, DEPTH):
            factor = a[j][i] / a[i][i]
            for k in range(i, DEPTH):
                a[j][k] = a[j][k] - factor * a[i][k]
            y[j] = y[j] - factor * y[i]
    solution: list[jax.Array] = [y[0]] * DEPTH
    for i in reversed(depth):
        rest = y[i]
        for k in range(i + 1, DEPTH):
            rest = rest - a[i][k] * solution[k]
        solution[i] = rest / a[i][i]
    return jnp.stack(solution, axis=1)
