"""Cooperative games with transferable payoffs: Shapley value, core, least core, nucleolus.

A coalition is a bit mask: bit `i` set means that player `i` belongs. A game is the worth of every mask.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from multipolar.errors import InputError, NotSolvedError
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Belief", "CooperativeGame", "LeastCore", "game_from_blocs", "least_core", "nucleolus", "shapley_value"]

Belief = Literal["gamma", "delta"]
"""What a coalition expects of the others: ``gamma``, they stand alone; ``delta``, they unite."""

MAX_PLAYERS = 16
"""Largest game accepted: 65,536 coalitions, each a row of the linear programs."""

FEW_PLAYERS = 3
"""Largest game whose nucleolus is found by looking at every vertex."""

TIGHT = 1e-9
"""Slack below which a constraint counts as binding, relative to the spread of the game's worths."""


@dataclass(frozen=True)
class CooperativeGame:
    """A game in characteristic-function form.

    Parameters
    ----------
    players
        Names, in the order of the bits.
    worth
        What each coalition can secure together, in one unit (USD billion a year in this package); the empty
        coalition's is 0 [2^n].
    """

    players: tuple[str, ...]
    worth: Float64[Array, " coalition"]

    def __post_init__(self) -> None:
        n = len(self.players)
        if not 1 <= n <= MAX_PLAYERS:
            raise InputError(f"a game has 1 to {MAX_PLAYERS} players, not {n}; screen the players first")
        if len(set(self.players)) != n:
            raise InputError("a game names the same player twice")
        worth = np.asarray(self.worth, dtype=float)
        if worth.shape != (1 << n,):
            raise InputError(f"a game of {n} players needs the worth of {1 << n} coalitions, not {worth.shape}")
        if not np.isfinite(worth).all():
            raise InputError(f"the worth of coalition {self.names(int(np.argmin(np.isfinite(worth))))} is not a number")
        if worth[0] != 0.0:
            raise InputError("the empty coalition must be worth 0")
        object.__setattr__(self, "worth", worth)

    def names(self, mask: int) -> tuple[str, ...]:
        """Return the players of a coalition given as bit mask."""
        return tuple(p for i, p in enumerate(self.players) if mask >> i & 1)

    @property
    def grand(self) -> int:
        """Mask of the grand coalition."""
        return (1 << len(self.players)) - 1

    @property
    def spread(self) -> float:
        """Largest absolute worth: the scale against which tolerances are read."""
        return float(np.abs(self.worth).max()) or 1.0


def game_from_blocs(
    players: Sequence[str], payoff: Float64[Array, "bloc player"], *, belief: Belief, united: Array | None = None
) -> CooperativeGame:
    """Return the game in which a coalition is worth what its members gain together.

    Parameters
    ----------
    players
        Names in the order of the bits.
    payoff
        Payoff of every player when the bloc `mask` has formed and everybody else stands alone (USD billion a year,
        change from the status quo) [2^n n].
    belief
        ``gamma`` reads the coalition's row of `payoff`: the others stand alone. ``delta``: the others unite as well,
        and `united` holds the payoffs then.
    united
        Payoff of every player when the bloc `mask` and, beside it, the bloc of everybody else have formed; needed for
        ``delta`` [2^n n].

    Raises
    ------
    InputError
        If ``delta`` is asked for without `united`, or shapes do not fit.
    """
    n = len(players)
    table = payoff if belief == "gamma" else united
    if table is None:
        raise InputError("belief 'delta' needs the payoffs when the others unite too; give `united` or use 'gamma'")
    table = np.asarray(table, dtype=float)
    if table.shape != (1 << n, n):
        raise InputError(f"payoffs of {n} players need shape {(1 << n, n)}, not {table.shape}")
    worth = (membership(n) * table).sum(axis=1)
    return CooperativeGame(tuple(players), worth)


def membership(n: int) -> np.ndarray:
    """Return which player belongs to which coalition, as 0 and 1 [2^n n]."""
    return (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(float)


def shapley_value(game: CooperativeGame) -> pd.Series:
    """Return each player's average marginal contribution over all orders of arrival (Shapley 1953).

    Returns
    -------
    Series
        Index player; unit of the game's worth; sums to the worth of the grand coalition.
    """
    import pandas as pd

    return pd.Series(shapley_division(game), index=pd.Index(game.players, name="player"), name="shapley")


def shapley_division(game: CooperativeGame) -> Float64[Array, " player"]:
    """Return what `shapley_value` does without labels, for callers that need no pandas."""
    n = len(game.players)
    order = [math.factorial(s) * math.factorial(n - s - 1) / math.factorial(n) for s in range(n)]
    masks = np.arange(1 << n)
    size = np.bitwise_count(masks).astype(int)
    value = np.empty(n)
    for i in range(n):
        without = masks[(masks >> i & 1) == 0]
        weight = np.array(order)[size[without]]
        value[i] = weight @ (game.worth[without | 1 << i] - game.worth[without])
    return value


@dataclass(frozen=True)
class LeastCore:
    """The division that leaves the worst-off coalition least dissatisfied.

    Parameters
    ----------
    excess
        What the worst-off coalition could add by leaving (unit of the worth); the core is empty iff it is above 0.
    division
        One division that reaches it, by player.
    lowest, highest
        What each player gets at least and at most in the core (NaN where the core is empty), by player.
    """

    excess: float
    division: pd.Series
    lowest: pd.Series
    highest: pd.Series

    @property
    def core_is_empty(self) -> bool:
        """Whether no division satisfies every coalition."""
        return bool(np.isnan(self.lowest).any())


def least_core(game: CooperativeGame) -> LeastCore:
    """Return the least core (Maschler, Peleg & Shapley 1979) and, where the core is not empty, its range by player.

    Raises
    ------
    NotSolvedError
        If a linear program fails.
    """
    import pandas as pd

    index = pd.Index(game.players, name="player")
    n = len(game.players)
    if n == 1:
        only = pd.Series([game.worth[1]], index=index)
        return LeastCore(0.0, only, only, only)
    proper = np.arange(1, game.grand)
    rows = membership(n)[proper]
    wanted = game.worth[proper]
    x, excess, _ = _least_excess(rows, wanted, np.ones((1, n)), game.worth[[game.grand]], np.zeros(0))
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    if excess <= TIGHT * game.spread:
        # With the excess as slack, so that a core of a single point is not lost to rounding.
        bound = -(wanted - max(excess, 0.0))
        for i in range(n):
            unit = np.eye(n)[i]
            low[i] = _program(unit, -rows, bound, np.ones((1, n)), game.worth[[game.grand]], n).fun
            high[i] = -_program(-unit, -rows, bound, np.ones((1, n)), game.worth[[game.grand]], n).fun
    return LeastCore(
        float(excess), pd.Series(x, index=index), pd.Series(low, index=index), pd.Series(high, index=index)
    )


def core_excess(game: CooperativeGame) -> float:
    """Return what the worst-off coalition could add by leaving, as `least_core` does, without the range by player.

    For three players without a linear program: the excess is the largest over the minimal balanced collections
    (Bondareva 1963, Shapley 1967) of what they are worth beyond the grand coalition, per unit of weight.

    Raises
    ------
    NotSolvedError
        If the linear program fails.
    """
    n = len(game.players)
    if n == 1:
        return 0.0
    if n == 3:
        return _excess_of_three(game.worth)
    proper = np.arange(1, game.grand)
    grand = game.worth[[game.grand]]
    return float(_least_excess(membership(n)[proper], game.worth[proper], np.ones((1, n)), grand, np.zeros(0))[1])


def _excess_of_three(worth: Float64[Array, " mask"]) -> float:
    a, b, c, grand = worth[0b001], worth[0b010], worth[0b100], worth[0b111]
    ab, ac, bc = worth[0b011], worth[0b101], worth[0b110]
    split = (a + bc, b + ac, c + ab)
    return float(max((a + b + c - grand) / 3, (ab + ac + bc - 2 * grand) / 3, *((s - grand) / 2 for s in split)))


def nucleolus(game: CooperativeGame, *, individually_rational: bool = True) -> pd.Series:
    """Return the nucleolus (Schmeidler 1969): the division whose sorted dissatisfactions are lexicographically least.

    Parameters
    ----------
    game
        The game.
    individually_rational
        Search among divisions that give nobody less than alone. False gives the prenucleolus.

    Raises
    ------
    InputError
        If no individually rational division exists.
    NotSolvedError
        If a linear program fails.

    Notes
    -----
    A chain of linear programs (up to three players by looking at all vertices): each minimises the largest excess not
    yet settled; coalitions with a positive shadow price hold with equality in every solution and are settled, as are
    those that settled ones determine. At most n programs, since each settles a direction.
    """
    import pandas as pd

    division = nucleolus_division(game, individually_rational=individually_rational)
    return pd.Series(division, index=pd.Index(game.players, name="player"), name="nucleolus")


def nucleolus_division(game: CooperativeGame, *, individually_rational: bool = True) -> Float64[Array, " player"]:
    """Return what `nucleolus` does without labels, for callers that need no pandas."""
    n = len(game.players)
    alone = game.worth[1 << np.arange(n)]
    if individually_rational and alone.sum() > game.worth[game.grand] + TIGHT * game.spread:
        raise InputError(
            "together the players get less than alone: no individually rational division exists; "
            "use individually_rational=False"
        )
    masks = np.arange(1, game.grand) if n > 1 else np.zeros(0, dtype=int)
    rows, wanted = membership(n)[masks], game.worth[masks]
    settled_rows, settled_worth = np.ones((1, n)), game.worth[[game.grand]]
    floor = alone if individually_rational else np.zeros(0)
    for _ in range(n):
        if np.linalg.matrix_rank(settled_rows) == n:
            break
        if n <= FEW_PLAYERS:
            excess, tight = _excess_by_vertices(rows, wanted, settled_rows, settled_worth, floor, TIGHT * game.spread)
        else:
            _, excess, price = _least_excess(rows, wanted, settled_rows, settled_worth, floor)
            tight = price > TIGHT
        if not tight.any():
            raise NotSolvedError("a linear program of the nucleolus gave no shadow prices")
        settled_rows = np.vstack([settled_rows, rows[tight]])
        settled_worth = np.concatenate([settled_worth, wanted[tight] - excess])
        settled_rows, settled_worth = _basis(settled_rows, settled_worth)
        free = ~_spanned(rows, settled_rows)
        rows, wanted = rows[free], wanted[free]
    return np.linalg.lstsq(settled_rows, settled_worth, rcond=None)[0]


def _excess_by_vertices(
    rows: np.ndarray, wanted: np.ndarray, equal_rows: np.ndarray, equal: np.ndarray, floor: np.ndarray, margin: float
) -> tuple[float, np.ndarray]:
    """Return the least e of `_least_excess`, and which of its rows hold with equality in every solution.

    Every vertex is looked at, which for up to three players are at most 84, so that no linear program has to be loaded.
    The divisions that reach the least e are bounded (no player gets less than its own worth less e, or its share is
    settled, and the sum is fixed), so they are what lies between vertices: what binds at all of these binds everywhere.
    """
    n = equal_rows.shape[1]
    above = np.vstack([np.hstack([rows, np.ones((len(rows), 1))]), np.eye(len(floor), n + 1)])
    least = np.concatenate([wanted, floor])
    fixed = np.hstack([equal_rows, np.zeros((len(equal_rows), 1))])
    picks = np.array(list(combinations(range(len(above)), n + 1 - len(fixed))))
    systems = np.concatenate([np.broadcast_to(fixed, (len(picks), *fixed.shape)), above[picks]], axis=1)
    values = np.concatenate([np.broadcast_to(equal, (len(picks), len(equal))), least[picks]], axis=1)
    regular = np.abs(np.linalg.det(systems)) > 0.5  # all entries are 0 or 1, so determinants are whole numbers
    found = np.linalg.solve(systems[regular], values[regular][..., None])[..., 0]
    over = found @ above.T - least
    vertices = (over >= -margin).all(axis=1)
    if not vertices.any():
        raise NotSolvedError("no division satisfies every coalition to the same extent")
    excess = found[vertices, n].min()
    best = vertices & (found[:, n] <= excess + margin)
    binding = np.asarray((over[best, : len(rows)] <= margin).all(axis=0))
    return float(excess), binding


def _least_excess(
    rows: np.ndarray, wanted: np.ndarray, equal_rows: np.ndarray, equal: np.ndarray, floor: np.ndarray
) -> tuple[np.ndarray, float, np.ndarray]:
    """Minimise e over (x, e) with rows x + e >= wanted, equal_rows x = equal and x >= floor; with shadow prices."""
    n = equal_rows.shape[1]
    upper = np.hstack([-rows, -np.ones((len(rows), 1))])
    fixed = np.hstack([equal_rows, np.zeros((len(equal_rows), 1))])
    cost = np.append(np.zeros(n), 1.0)
    bounds = [(low, None) for low in floor] + [(None, None)] * (n + 1 - len(floor))
    found = _program(cost, upper, -wanted, fixed, equal, n + 1, bounds)
    return found.x[:n], float(found.x[n]), -np.asarray(found.ineqlin.marginals)


def _program(
    cost: np.ndarray,
    upper: np.ndarray,
    bound: np.ndarray,
    fixed: np.ndarray,
    equal: np.ndarray,
    size: int,
    bounds: list[tuple[float | None, float | None]] | None = None,
):  # SciPy ships no type for its result
    from scipy.optimize import linprog

    found = linprog(
        cost, A_ub=upper, b_ub=bound, A_eq=fixed, b_eq=equal, bounds=bounds or [(None, None)] * size, method="highs"
    )
    if found.status != 0:
        raise NotSolvedError(f"a linear program over coalitions failed: {found.message}")
    return found


def _basis(rows: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Keep independent rows only: redundant equalities that differ by rounding would make a program infeasible."""
    kept: list[int] = []
    for i in range(len(rows)):
        if np.linalg.matrix_rank(rows[[*kept, i]]) > len(kept):
            kept.append(i)
    return rows[kept], values[kept]


def _spanned(rows: np.ndarray, basis: np.ndarray) -> np.ndarray:
    """Whether each row is a combination of the basis: its excess is then the same in every solution left."""
    if len(rows) == 0:
        return np.zeros(0, dtype=bool)
    projector = np.linalg.pinv(basis) @ basis
    return np.abs(rows @ projector - rows).max(axis=1) < 1e-8
