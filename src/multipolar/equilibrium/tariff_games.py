"""Tariffs that somebody would choose: unilateral, common to a union, in a tariff war (Nash), and in cooperation.

Real income is climbed with exact gradients (`multipolar.equilibrium.climb`). A result is returned only if it passes the
conditions of a local maximum: no rate can improve the objective to first order, and the objective does not curve up in
any direction that is free. A local maximum is not proved to be the global one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from multipolar.equilibrium.climb import Hill, Summit, climb, measure, require, stands, summit
from multipolar.equilibrium.gradient import Objective, RealIncome, real_income
from multipolar.equilibrium.instruments import By, Instruments, tariff_instruments
from multipolar.equilibrium.result import Equilibrium
from multipolar.equilibrium.solver import Deficits, purge_deficits, solve
from multipolar.errors import InputError, NotSolvedError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.types import Array, Float64
from multipolar.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "CooperativeTariffs",
    "NashTariffs",
    "OptimalTariffs",
    "TariffChoice",
    "cooperative_tariffs",
    "nash_tariffs",
    "optimal_tariffs",
]

Player = str | Sequence[str]

FLOOR = 1e-4
"""Gain in log real income below which a bargain still looks for gains that all share."""


@dataclass(frozen=True, eq=False)
class TariffChoice:
    """Rates that pass the conditions of a local maximum.

    Parameters
    ----------
    instruments
        What each rate falls on.
    rates, current
        Chosen rates, and the import-weighted mean today (fraction) [m].
    lower, upper
        Bounds, bindings included (fraction) [m].
    first_order
        Largest first-order gain left at the rates, in the scale of `FIRST_ORDER` (pure number).
    second_order
        Largest curvature in a free direction (pure number); None where every rate stands at a bound.
    gain_pct
        Real income of every economy against the starting policy (percent) [d].
    equilibrium
        The world under these rates.
    solves
        Equilibria solved on the way.
    """

    instruments: Instruments
    rates: Float64[Array, " m"]
    current: Float64[Array, " m"]
    lower: Float64[Array, " m"]
    upper: Float64[Array, " m"]
    first_order: float
    second_order: float | None
    gain_pct: Float64[Array, " d"]
    equilibrium: Equilibrium
    solves: int

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    def table(self) -> pd.DataFrame:
        """Return the rates beside today's (percent), with the bound at which one stands, if any."""
        import pandas as pd

        low, high = stands(self.rates, self.lower, self.upper)
        return pd.DataFrame(
            {
                "rate_pct": 100 * self.rates,
                "current_pct": 100 * self.current,
                "at_bound": np.where(low, "lower", np.where(high, "upper", "")),
            },
            index=pd.Index(self.instruments.labels, name="rate"),
        )

    def gains(self) -> pd.Series:
        """Return the change of real income of every economy (percent)."""
        import pandas as pd

        return pd.Series(self.gain_pct, pd.Index(self.equilibrium.world.economies, name="economy"), name="gain_pct")


@dataclass(frozen=True, eq=False)
class OptimalTariffs(TariffChoice):
    """What one setter would choose, everybody else passive; `objective` says in words what it maximises."""

    setter: str
    objective: str


@dataclass(frozen=True, eq=False)
class NashTariffs(TariffChoice):
    """A tariff war: each player's rates are a best response to all others'.

    `rounds` of best responses were played, and no rate moved by more than `last_change` (fraction) in the last one.
    """

    players: tuple[str, ...]
    rounds: int
    last_change: float


@dataclass(frozen=True, eq=False)
class CooperativeTariffs(TariffChoice):
    """Rates that players set together under a `rule` in words, with `weights` that sum to 1 [player].

    `player_gain` is the change of each player's log real income against the threat [player].
    """

    players: tuple[str, ...]
    rule: str
    weights: Float64[Array, " player"]
    player_gain: Float64[Array, " player"]


def optimal_tariffs(
    world: World,
    setter: Player,
    *,
    objective: Objective | None = None,
    policy: Policy | None = None,
    by: By = "sector",
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    bindings: Mapping[str, float] | None = None,
    keep_preferences: bool = True,
    deficits: Deficits = "purged",
) -> OptimalTariffs:
    """Return the tariffs that an economy, or a union with one external tariff, would choose with others passive.

    Parameters
    ----------
    world
        Baseline.
    setter
        A code, or the codes of a union; what members trade among themselves is left alone.
    objective
        What is maximised; by default the setter's real income, members weighted by baseline income.
    policy
        Where the search starts and what holds elsewhere; by default the status quo.
    by, sectors, keep_preferences
        As in `tariff_instruments`.
    bounds
        Lowest and highest rate (fraction); below 0 is an import subsidy.
    bindings
        Highest rate by sector, such as a commitment to the WTO (fraction). A rate on several sectors keeps to the
        strictest of theirs.
    deficits
        As in `solve`; with ``fixed`` a tariff also changes what the transfer behind a deficit buys.

    Raises
    ------
    NotSolvedError
        If no point that passes the conditions of a maximum is found, or an equilibrium on the way is not.
    InputError
        If bounds or bindings leave no room, or the setter has no imports.
    """
    table = _Table.lay(world, [setter], policy, by, sectors, keep_preferences, deficits)
    name, codes = next(iter(table.sides.items()))
    hill = table.hill(bounds, {name: bindings or {}}, objective or _own_income(table.world, codes))
    top = summit(hill, _starts(table.world, hill.instruments, table.current))
    label = getattr(hill.objective, "label", type(hill.objective).__name__)
    return OptimalTariffs(**_common(hill, top), setter=name, objective=label)


def nash_tariffs(
    world: World,
    players: Sequence[Player],
    *,
    policy: Policy | None = None,
    by: By = "sector",
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    bindings: Mapping[str, Mapping[str, float]] | None = None,
    keep_preferences: bool = True,
    deficits: Deficits = "purged",
    tolerance: float = 1e-6,
    max_rounds: int = 50,
) -> NashTariffs:
    """Return tariffs from which no player gains by changing its own: sequential best responses from today's.

    Parameters
    ----------
    players
        Codes; a union with one external tariff is a sequence of codes and is named by them, joined with ``+``.
    bindings
        For each player's name, its highest rates by sector (fraction).
    tolerance
        Largest move of any rate over a whole round at which play has settled (fraction).
    max_rounds
        Rounds before giving up.

    Notes
    -----
    Other arguments as in `optimal_tariffs`. The conditions of a maximum are checked for every player at the final
    rates, all at once. There may be other equilibria; this is the one reached from today's rates.

    Raises
    ------
    NotSolvedError
        If play does not settle, or the final rates fail a player's conditions.
    """
    table = _Table.lay(world, players, policy, by, sectors, keep_preferences, deficits)
    everyone = _own_income(table.world, table.world.economies)
    whole = table.hill(bounds, bindings or {}, everyone)
    rates, rounds, change = _play(table, whole, tolerance, max_rounds)
    tops = []
    for name in table.sides:
        hill, at = table.seat(whole, name, rates)
        tops.append(require(hill, measure(hill, rates[at])))
        whole.solves += hill.solves
    curvatures = [top.second_order for top in tops if top.second_order is not None]
    curvature, left = max(curvatures, default=None), max(top.first_order for top in tops)
    top = tops[0]._replace(rates=rates, eq=whole.equilibrium(rates), first_order=left, second_order=curvature)
    return NashTariffs(**_common(whole, top), players=tuple(table.sides), rounds=rounds, last_change=change)


def cooperative_tariffs(
    world: World,
    players: Sequence[Player],
    *,
    rule: Literal["weighted", "bargaining"] = "weighted",
    weights: Mapping[str, float] | None = None,
    threat: TariffChoice | None = None,
    policy: Policy | None = None,
    by: By = "sector",
    sectors: Sequence[str] | None = None,
    bounds: tuple[float, float] = (0.0, 1.0),
    bindings: Mapping[str, Mapping[str, float]] | None = None,
    keep_preferences: bool = True,
    deficits: Deficits = "purged",
) -> CooperativeTariffs:
    """Return the tariffs that players would set together, without other transfers.

    Parameters
    ----------
    rule
        ``weighted``: the weighted sum of log real incomes. ``bargaining``: the Nash product, the weighted sum of the
        logs of each player's gain in log real income over the threat.
    weights
        By player's name. By default baseline income for the weighted sum (to first order the sum of real incomes),
        equal for bargaining; scaled to sum to 1.
    threat
        What happens without agreement, such as the result of `nash_tariffs` with the same closure; by default the
        starting policy.

    Notes
    -----
    Other arguments as in `nash_tariffs`. A player that is a union counts its members by baseline income.

    Raises
    ------
    NotSolvedError
        If no tariffs are found that pass the conditions of a maximum or, in bargaining, that every player gains by.
    """
    if rule not in ("weighted", "bargaining"):
        raise InputError(f"unknown rule '{rule}' of cooperation; choose weighted or bargaining")
    table = _Table.lay(world, players, policy, by, sectors, keep_preferences, deficits)
    world = table.world
    share = np.stack([_own_income(world, codes).weights for codes in table.sides.values()])
    size = share.astype(bool) @ world.final_demand.sum(axis=1)
    weight = _player_weights(table.sides, weights, size if rule == "weighted" else np.ones_like(size))
    hill = table.hill(bounds, bindings or {}, _WeightedSum(weight, share))
    starts = _starts(world, hill.instruments, table.current)
    outside = share @ np.log(_disagreement(table, threat).real_income_hat)
    if rule == "bargaining":
        starts = [climb(hill, starts[0]), *starts]
        if threat and threat.instruments.labels == hill.instruments.labels:
            # At an equilibrium of the war nobody loses to first order by its own cut and all gain by the others'.
            starts = [0.95 * threat.rates, 0.5 * threat.rates, *starts]
        hill.objective = _NashProduct(weight, share, outside, FLOOR)
        starts, least = _shared_gain(hill, hill.objective, starts)
        hill.objective = _NashProduct(weight, share, outside, 1e-3 * least)
    top = summit(hill, starts)
    gain = share @ np.log(top.eq.real_income_hat) - outside
    if rule == "bargaining" and not gain.min() > 0:
        raise NotSolvedError("bargaining ended with a player below its threat; raise the bounds or change the threat")
    words = "sum of log real incomes" if rule == "weighted" else "Nash product of gains in log real income"
    return CooperativeTariffs(
        **_common(hill, top), players=tuple(table.sides), rule=words, weights=weight, player_gain=gain
    )


class _Table(NamedTuple):
    """Who plays what, from where, under which closure."""

    world: World
    deficits: Deficits
    policy: Policy
    sides: dict[str, tuple[str, ...]]
    instruments: Instruments

    @classmethod
    def lay(
        cls,
        world: World,
        players: Sequence[Player],
        policy: Policy | None,
        by: By,
        sectors: Sequence[str] | None,
        keep_preferences: bool,
        deficits: Deficits,
    ) -> _Table:
        """Purge deficits once, not at every solve, and lay out the rates."""
        if deficits == "purged":
            world, deficits = purge_deficits(world), "fixed"
        start = policy or status_quo(world)
        groups = [(player,) if isinstance(player, str) else tuple(player) for player in players]
        sides = {"+".join(codes): codes for codes in groups}
        rates = tariff_instruments(world, start, sides, by, sectors, keep_preferences)
        return cls(world, deficits, start, sides, rates)

    @property
    def current(self) -> np.ndarray:
        """Today's rates (fraction) [m]."""
        return self.instruments.rates(self.world, self.policy)

    def hill(
        self, bounds: tuple[float, float], bindings: Mapping[str, Mapping[str, float]], objective: Objective
    ) -> Hill:
        """All rates together."""
        lower, upper = _limits(self.instruments, bounds, bindings)
        return Hill(self.world, self.policy, self.deficits, self.instruments, objective, lower, upper)

    def seat(self, whole: Hill, name: str, rates: np.ndarray) -> tuple[Hill, np.ndarray]:
        """One player's rates with all others at `rates`, and their numbers among all."""
        mine, at = self.instruments.of(name)
        policy = self.instruments.apply(self.policy, rates, "tariff war")
        goal = _own_income(self.world, self.sides[name])
        return Hill(self.world, policy, self.deficits, mine, goal, whole.lower[at], whole.upper[at]), at


@dataclass(frozen=True, eq=False)
class _WeightedSum:
    """Weighted sum of players' log real incomes; a player's is the share-weighted mean of its members'."""

    weight: np.ndarray
    share: np.ndarray

    def value(self, eq: Equilibrium) -> float:
        return float(self.weight @ self.share @ np.log(eq.real_income_hat))

    def seed(self, eq: Equilibrium) -> np.ndarray:
        return self.weight @ self.share


@dataclass(frozen=True, eq=False)
class _NashProduct:
    """Weighted sum of log gains; below `floor` the logarithm goes on as a parabola, so a search may stray there."""

    weight: np.ndarray
    share: np.ndarray
    outside: np.ndarray
    floor: float

    def value(self, eq: Equilibrium) -> float:
        gain = self.gain(eq)
        short = (np.minimum(gain, self.floor) - self.floor) / self.floor
        return float(self.weight @ (np.log(np.maximum(gain, self.floor)) + short - short**2 / 2))

    def seed(self, eq: Equilibrium) -> np.ndarray:
        gain = self.gain(eq)
        short = (np.minimum(gain, self.floor) - self.floor) / self.floor
        return (self.weight * (1 - short) / np.maximum(gain, self.floor)) @ self.share

    def gain(self, eq: Equilibrium) -> np.ndarray:
        return self.share @ np.log(eq.real_income_hat) - self.outside


def _play(table: _Table, whole: Hill, tolerance: float, max_rounds: int) -> tuple[np.ndarray, int, float]:
    """Best responses in turn until a round moves no rate; returns rates, rounds and the last move."""
    rates, memory, change = whole.inside(table.current), dict[str, np.ndarray](), np.inf
    for turn in range(1, max_rounds + 1):
        before = rates.copy()
        for name in table.sides:
            hill, at = table.seat(whole, name, rates)
            others = _starts(table.world, hill.instruments, rates[at])
            top = summit(hill, others, memory.get(name))
            rates[at], memory[name] = top.rates, top.hessian
            whole.solves += hill.solves
        change = float(np.abs(rates - before).max())
        if change <= tolerance:
            return rates, turn, change
    raise NotSolvedError(
        f"the tariff war of {', '.join(table.sides)} did not settle in {max_rounds} rounds: rates still moved by "
        f"{change:.1e}; allow more rounds or fewer rates",
        residual=change,
        iterations=max_rounds,
    )


def _own_income(world: World, codes: Sequence[str]) -> RealIncome:
    return real_income(world, codes[0] if len(codes) == 1 else codes)


def _starts(world: World, instruments: Instruments, current: np.ndarray) -> list[np.ndarray]:
    """Today's rates; the rates that a small economy would choose, 1/theta; zero."""
    theta = dict(zip(world.sectors, world.trade_elasticity, strict=True))
    small = np.array([1.0 / max(theta[s] for s in covered) for covered in instruments.sectors])
    return [current, small, np.zeros_like(current)]


def _limits(
    instruments: Instruments, bounds: tuple[float, float], bindings: Mapping[str, Mapping[str, float]]
) -> tuple[np.ndarray, np.ndarray]:
    """Bounds of each rate, the strictest binding of the sectors it covers included."""
    unknown = sorted(set(bindings) - set(instruments.setters))
    if unknown:
        raise InputError(f"bindings are given for '{unknown[0]}', who sets no tariff here")
    lower = np.full(len(instruments.labels), float(bounds[0]))
    upper = np.full(len(instruments.labels), float(bounds[1]))
    for i, (setter, covered) in enumerate(zip(instruments.setters, instruments.sectors, strict=True)):
        bound = bindings.get(setter, {})
        upper[i] = min([upper[i], *(bound[s] for s in covered if s in bound)])
        if not -1 < lower[i] < upper[i]:
            raise InputError(f"rate '{instruments.labels[i]}' has no room between {lower[i]:g} and {upper[i]:g}")
    return lower, upper


def _player_weights(
    sides: Mapping[str, tuple[str, ...]], weights: Mapping[str, float] | None, default: np.ndarray
) -> np.ndarray:
    chosen = default if weights is None else np.array([weights.get(name, np.nan) for name in sides], dtype=float)
    if not (np.isfinite(chosen) & (chosen > 0)).all() or set(weights or sides) != set(sides):
        raise InputError(f"weights need one number above 0 for each of {', '.join(sides)}")
    return chosen / chosen.sum()


def _disagreement(table: _Table, threat: TariffChoice | None) -> Equilibrium:
    """Return what happens without agreement; gains over it need the same accounts in the same closure."""
    if threat is None:
        return solve(table.world, table.policy, deficits=table.deficits)
    one, other = table.world, threat.equilibrium.world
    same = (one.economies, one.sectors) == (other.economies, other.sectors)
    if not same or not np.allclose(one.final_demand, other.final_demand, rtol=1e-8):
        raise InputError("the threat was solved for another world or another closure of deficits")
    return threat.equilibrium


def _shared_gain(hill: Hill, product: _NashProduct, starts: Sequence[np.ndarray]) -> tuple[list[np.ndarray], float]:
    """Return the start from which the worst-off player gains most over its threat, and that gain.

    Where all leave somebody below, the product is climbed from the best: its parabola draws towards shared gains.
    """
    starts = [hill.inside(start) for start in starts]
    least = [float(product.gain(hill.equilibrium(start)).min()) for start in starts]
    if not max(least) > 0:
        starts.append(climb(hill, starts[int(np.argmax(least))]))
        least.append(float(product.gain(hill.equilibrium(starts[-1])).min()))
    best = int(np.argmax(least))
    if not least[best] > 0:
        raise NotSolvedError(
            f"no tariffs were found from which every player gains over its threat (worst off: {least[best]:.1e} in "
            "logs); without transfers there may be none",
            residual=-least[best],
        )
    return [starts[best]], least[best]


def _common(hill: Hill, top: Summit) -> dict[str, Any]:
    """Fields of `TariffChoice`."""
    before = solve(hill.world, hill.policy, deficits=hill.deficits)
    return {
        "instruments": hill.instruments,
        "rates": top.rates,
        "current": hill.instruments.rates(hill.world, hill.policy),
        "lower": hill.lower,
        "upper": hill.upper,
        "first_order": top.first_order,
        "second_order": top.second_order,
        "gain_pct": 100 * (top.eq.real_income_hat / before.real_income_hat - 1.0),
        "equilibrium": top.eq,
        "solves": hill.solves,
    }
