"""Leverage: what an economy loses when a pole cuts off trade with it, against what that costs the pole."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.equilibrium import Case, Deficits, solve_batch
from multipolar.errors import InputError
from multipolar.scenario.policy import Policy, status_quo
from multipolar.types import Array, Float64
from multipolar.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Leverage", "cut_off", "leverage"]


@dataclass(frozen=True, eq=False)
class Leverage:
    """Losses when each pole cuts trade with each economy, one at a time.

    Parameters
    ----------
    poles
        Name -> the economies that act as one.
    loss_pct
        Real income lost by the economy that is cut off (percent); NaN for a pole's own members and where unsolved;
        index economy, columns pole.
    own_loss_pct
        Real income lost by the pole's members together when it cuts off the economy (percent of theirs).
    loss_usd_bn, own_loss_usd_bn
        The same in USD billion a year.
    reasons
        (economy, pole) -> why the equilibrium was not solved.
    """

    poles: Mapping[str, tuple[str, ...]]
    loss_pct: pd.DataFrame
    own_loss_pct: pd.DataFrame
    loss_usd_bn: pd.DataFrame
    own_loss_usd_bn: pd.DataFrame
    reasons: Mapping[tuple[str, str], str]

    def ratio(self) -> pd.DataFrame:
        """Return the loss inflicted per dollar lost by the pole itself (pure number); NaN where the pole gains."""
        own = self.own_loss_usd_bn
        return self.loss_usd_bn / own.where(own > 0)


def cut_off(world: World, ones: Sequence[str], others: Sequence[str], sectors: Sequence[str] | None = None) -> Policy:
    """Return the policy in which two groups of economies stop trading with each other, in both directions.

    Parameters
    ----------
    world
        Baseline.
    ones, others
        Codes; must not overlap.
    sectors
        Sectors that stop; all by default.

    Raises
    ------
    InputError
        If an economy stands on both sides.
    UnknownNameError
        If the world does not know a code.
    """
    both = set(ones) & set(others)
    if both:
        raise InputError(f"economy '{sorted(both)[0]}' cannot be cut off from itself; name it on one side")
    a, b = [world.economy_index(c) for c in ones], [world.economy_index(c) for c in others]
    s = [world.sector_index(c) for c in (world.sectors if sectors is None else sectors)]
    base = status_quo(world, f"{'+'.join(ones)} cuts off {'+'.join(others)}")
    cost = np.array(base.cost_hat)
    cost[np.ix_(a, b, s)] = np.inf
    cost[np.ix_(b, a, s)] = np.inf
    return replace(base, cost_hat=cost)


def leverage(
    world: World,
    poles: Sequence[str] | Mapping[str, Sequence[str]],
    *,
    targets: Sequence[str] | None = None,
    sectors: Sequence[str] | None = None,
    elasticity: Float64[Array, " s"] | None = None,
    deficits: Deficits = "scaled",
    progress: Callable[[int, int], None] | None = None,
) -> Leverage:
    """Solve the general equilibrium for every pair of pole and economy with trade between them stopped.

    Parameters
    ----------
    world
        Baseline.
    poles
        Codes, or name -> codes that act as one bloc.
    targets
        Economies to cut off; all by default.
    sectors
        Sectors that stop; all by default.
    elasticity
        Trade elasticities in place of the world's (pure number) [s]: lower ones for the short run.
    deficits
        Closure. Scaled by default: an economy that loses its markets cannot go on financing the same deficit.
    progress
        Called as ``progress(done, total)``.

    Raises
    ------
    InputError
        If there is no pole, or an unknown code.
    """
    groups = (
        {name: tuple(codes) for name, codes in poles.items()}
        if isinstance(poles, Mapping)
        else {code: (code,) for code in poles}
    )
    if not groups:
        raise InputError("leverage needs at least one pole; name economies, for example RUS, CHN, EUN, USA")
    names = list(world.economies) if targets is None else list(targets)
    pairs = [(target, pole) for pole, group in groups.items() for target in names if target not in group]
    if elasticity is not None:
        world = replace(world, trade_elasticity=np.asarray(elasticity, dtype=float))
    cases = [Case(world, cut_off(world, groups[pole], [target], sectors)) for target, pole in pairs]
    batch = solve_batch(cases, deficits=deficits, progress=progress)
    return _collect(world, groups, names, pairs, batch)


def _collect(
    world: World, groups: dict[str, tuple[str, ...]], names: list[str], pairs: list[tuple[str, str]], batch: Any
) -> Leverage:
    import pandas as pd

    index, columns = pd.Index(names, name="economy"), pd.Index(list(groups), name="pole")
    tables = {
        key: pd.DataFrame(np.nan, index=index, columns=columns)
        for key in ("loss_pct", "own_loss_pct", "loss_usd_bn", "own_loss_usd_bn")
    }
    income = world.final_demand.sum(axis=1)
    reasons: dict[tuple[str, str], str] = {}
    for row, (target, pole) in enumerate(pairs):
        if not batch.solved[row]:
            reasons[target, pole] = str(batch.reasons[row])
            continue
        lost = income * (1.0 - batch.real_income_hat[row]) / 1e3
        i = world.economy_index(target)
        inside = [world.economy_index(c) for c in groups[pole]]
        tables["loss_pct"].loc[target, pole] = 1e5 * lost[i] / income[i]
        tables["loss_usd_bn"].loc[target, pole] = lost[i]
        tables["own_loss_pct"].loc[target, pole] = 1e5 * lost[inside].sum() / income[inside].sum()
        tables["own_loss_usd_bn"].loc[target, pole] = lost[inside].sum()
    return Leverage(poles=groups, reasons=reasons, **tables)
