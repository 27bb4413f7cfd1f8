"""Baseline, model and scenarios of Ignatenko et al. (2025), in the letters of the paper where it has any."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from multipolar.equilibrium import Equilibrium, Model, solve
from multipolar.errors import NotSolvedError
from multipolar.replicate.one_sector import one_sector_world
from multipolar.scenario.policy import status_quo
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = [
    "DIFFERENCES",
    "EU",
    "SCENARIOS",
    "US",
    "Baseline",
    "best_rate",
    "common_answer",
    "common_us_rate",
    "local_costs",
    "set_up",
    "solved",
]

US = "USA"
YEAR = 2023
ELASTICITY = 4.0
LABOUR = 0.5
NESTED = 0.67
"""Trade elasticity between countries over that between firms of one country; the latter is the Pareto shape."""

SHAPE = ELASTICITY / NESTED
VALUE_ADDED = 0.49
"""Share of value added in production, in the variants with inputs."""

LOWEST_RATE = 0.10
FIXED_COSTS = (0.12, 0.26)
"""Fixed costs of marketing over sales, of firms elsewhere and in the US, to which the local costs are calibrated."""

# The authors' list of the EU: Czechia and Slovakia are not in it.
EU = (
    *("AUT", "BEL", "BGR", "CYP", "DEU", "DNK", "ESP", "EST", "FIN", "FRA", "GRC", "HRV", "HUN", "IRL", "ITA", "LTU"),
    *("LUX", "LVA", "MLT", "NLD", "POL", "PRT", "ROU", "SVN", "SWE"),
)


@dataclass(frozen=True, eq=False)
class Baseline:
    """The authors' data, set up for the model.

    Parameters
    ----------
    world
        One sector, home sales included.
    local_cost
        Share of sales paid to labour of the market (fraction) [d].
    gdp
        As in the data (USD million) [d]; weights of averages in the variants with inputs.
    listed
        US tariff on each origin as listed (fraction) [o].
    """

    world: World
    local_cost: Float64[Array, " d"]
    gdp: Float64[Array, " d"]
    listed: Float64[Array, " o"]

    @property
    def us(self) -> int:
        """Position of the US."""
        return self.world.economies.index(US)

    @property
    def expenditure(self) -> Float64[Array, " d"]:
        """Expenditure (USD million) [d]."""
        return self.world.expenditure[:, 0]

    @property
    def model(self) -> Model:
        """The paper's model: Melitz selection, scale economies, elastic labour, duties that replace an income tax."""
        model = Model(deficits="world", labour=LABOUR, scale=1 / SHAPE, revenue="income-tax")
        return model.with_selection(self.local_cost, SHAPE)

    def positions(self, codes: Sequence[str]) -> list[int]:
        """Positions of those of the codes that are in the data."""
        return [i for i, code in enumerate(self.world.economies) if code in codes]


def set_up(
    codes: Sequence[str],
    trade: Float64[Array, "o d"],
    gdp: Float64[Array, " d"],
    listed: Float64[Array, " o"],
) -> Baseline:
    """Return the baseline: expenditure is income plus transfers, home sales are what imports leave of it.

    Parameters
    ----------
    trade
        Trade between economies (USD million) [o d].
    gdp
        Income (USD million) [d].
    listed
        US tariff on each origin (fraction) [o].

    Notes
    -----
    Home sales of economies that import more than they spend are cut to zero, and income and transfers follow.
    """
    us = list(codes).index(US)
    cost = np.full(len(codes), local_costs(trade, gdp, us)[0])
    cost[us] = local_costs(trade, gdp, us)[1]
    expenditure = gdp + (1 - cost) * (trade.sum(axis=0) - (trade * (1 - cost)).sum(axis=1))
    flow = trade.copy()
    np.fill_diagonal(flow, np.maximum(expenditure - trade.sum(axis=0), 0.0))
    return Baseline(one_sector_world("ignatenko-2025", YEAR, codes, flow, ELASTICITY), cost, gdp, listed)


def local_costs(trade: Float64[Array, "o d"], gdp: Float64[Array, " d"], us: int) -> Float64[Array, " p"]:
    """Local costs elsewhere and in the US at which firms' fixed costs are `FIXED_COSTS` of their sales (fraction) [p].

    Raises
    ------
    NotSolvedError
        If no local costs give those shares.
    """
    from scipy.optimize import root

    abroad = np.arange(len(gdp)) != us
    sides = np.stack([abroad, ~abroad]).astype(float)
    flow, income = sides @ trade @ sides.T, sides @ gdp

    def miss(cost: np.ndarray) -> np.ndarray:
        spent = income + (1 - cost) * (flow.sum(axis=0) - (flow * (1 - cost)).sum(axis=1))
        home = spent - np.array([flow[1, 0], flow[0, 1]])
        at_home = home / (home + np.array([flow[0, 1], flow[1, 0]]))
        return at_home * cost + (1 - at_home) * cost[::-1] - np.array(FIXED_COSTS)

    found = root(miss, [0.1, 0.24], tol=1e-13)
    residual = float(np.abs(miss(found.x)).max())
    if not residual < 1e-9:
        raise NotSolvedError("no local costs give the fixed costs of the paper with these data", residual=residual)
    return np.maximum(found.x, 0.0)


# --- tariffs [o d] ---


def ustr(found: Baseline) -> Float64[Array, "o d"]:
    """Listed US rates, 10% at least."""
    rate = np.zeros((len(found.listed),) * 2)
    rate[:, found.us] = np.maximum(found.listed, LOWEST_RATE)
    rate[found.us, found.us] = 0.0
    return rate


def common(found: Baseline, rate: float) -> Float64[Array, "o d"]:
    """One US rate on everybody."""
    tariff = np.zeros((len(found.listed),) * 2)
    tariff[:, found.us] = rate
    tariff[found.us, found.us] = 0.0
    return tariff


def answered(found: Baseline, rate: Float64[Array, "o d"], answer: float | np.ndarray) -> Float64[Array, "o d"]:
    """Set the rate of everybody else on the US."""
    rate = rate.copy()
    rate[found.us] = answer
    rate[found.us, found.us] = 0.0
    return rate


def reciprocal(found: Baseline) -> Float64[Array, "o d"]:
    """Each answers at the rate it meets."""
    return answered(found, ustr(found), ustr(found)[:, found.us])


def optimal(found: Baseline, spending: Float64[Array, " d"] | None = None) -> Float64[Array, "o d"]:
    """Optimal US rate by the paper's formula, ``1 / ((1 + delta elasticity) phi - 1)``.

    `delta` is what exports earn where they are sold, weighed by the room they leave there, over foreign spending.
    """
    us, flow = found.us, found.world.trade_flow[:, :, 0]
    spending = found.expenditure if spending is None else spending
    share = flow / flow.sum(axis=0)
    earned = flow[us] * (1 - found.local_cost) * (1 - share[us])
    delta = np.delete(earned, us).sum() / ((1 - found.local_cost[us]) * (spending[us] - flow[us, us]))
    return common(found, 1 / ((1 + delta * ELASTICITY) * exponent(found, us) - 1))


def optimal_answer(found: Baseline) -> float:
    """Optimal rate of everybody else on the US, as one economy, by the same formula with income for spending."""
    us, flow = found.us, found.world.trade_flow[:, :, 0]
    abroad = np.arange(len(flow)) != us
    other = int(np.flatnonzero(abroad)[0])
    inside, sold = flow[np.ix_(abroad, abroad)].sum(), flow[abroad, us].sum()
    earned = sold * (1 - found.local_cost[us]) * (1 - sold / (sold + flow[us, us]))
    income = payroll(found)[abroad].sum()
    delta = earned / ((1 - found.local_cost[other]) * (income - inside))
    return 1 / ((1 + delta * ELASTICITY) * exponent(found, other) - 1)


def payroll(found: Baseline) -> Float64[Array, " d"]:
    """Labour income (USD million) [d]."""
    flow, cost = found.world.trade_flow[:, :, 0], found.local_cost
    return flow @ (1 - cost) + cost * flow.sum(axis=0)


def exponent(found: Baseline, d: int) -> float:
    """Exponent of ``1 + tariff`` in prices of one economy (pure number)."""
    return float(np.asarray(found.model.pass_through)[d])


def war(found: Baseline, codes: Sequence[str], rate: float | None = None) -> Float64[Array, "o d"]:
    """10% between the US and everybody, and the USTR rate, or `rate`, between the US and some."""
    us, at = found.us, found.positions(codes)
    tariff = np.zeros((len(found.listed),) * 2)
    tariff[us], tariff[:, us] = LOWEST_RATE, LOWEST_RATE
    tariff[at, us] = ustr(found)[at, us] if rate is None else rate
    tariff[us, at] = tariff[at, us]
    tariff[us, us] = 0.0
    return tariff


# --- models and worlds ---


def free_exporting(found: Baseline) -> Model:
    """Eaton & Kortum with scale economies: no fixed costs, so no local costs and full pass-through."""
    return Model(deficits="world", labour=LABOUR, scale=1 / SHAPE, revenue="income-tax")


def quarter_pass_through(found: Baseline) -> Model:
    """A quarter of the duty reaches the price of a firm that goes on selling."""
    return found.model.with_selection(found.local_cost, SHAPE, firm_pass_through=0.25)


def with_inputs(found: Baseline) -> World:
    """The world with inputs: home sales grow by what they are made of."""
    flow = found.world.trade_flow.copy()
    home = np.arange(len(flow))
    flow[home, home] /= VALUE_ADDED
    inputs = (1 - VALUE_ADDED) * flow[:, :, 0] @ (1 - found.local_cost)
    spent = flow.sum(axis=0)
    return replace(
        found.world,
        name=f"{found.world.name} with inputs",
        trade_flow=flow,
        intermediate_use=inputs[:, None, None],
        value_added=flow.sum(axis=1) - inputs[:, None],
        final_demand=spent - inputs[:, None],
    )


def balancing(found: Baseline) -> Float64[Array, " d"]:
    """Transfers that balance everybody's trade with the US (USD million) [d].

    What the US and a partner pay each other is trade less local costs, which stay in the market. Summed with those, the
    transfers of the world are nil, as they must be.
    """
    us, flow, cost = found.us, found.world.trade_flow[:, :, 0], found.local_cost
    paid = flow[us] * (1 - cost) - flow[:, us] * (1 - cost[us])
    transfer = -paid
    transfer[us] = 0.0
    transfer[us] = -transfer.sum()
    return transfer


@dataclass(frozen=True)
class Scenario:
    """What is solved: tariffs, and where they differ from the paper's own, model, world, elasticity, transfers."""

    tariff: Callable[[Baseline], Float64[Array, "o d"]]
    model: Callable[[Baseline], Model] = lambda found: found.model
    world: Callable[[Baseline], World] = lambda found: found.world
    elasticity: float = ELASTICITY
    transfer: Callable[[Baseline], Float64[Array, " d"]] | None = None


def _none(found: Baseline) -> Float64[Array, "o d"]:
    return np.zeros((len(found.listed),) * 2)


SCENARIOS: Mapping[str, Scenario] = {
    "ustr": Scenario(ustr),
    "ustr-lump-sum": Scenario(ustr, model=lambda found: replace(found.model, revenue="lump-sum")),
    "optimal": Scenario(optimal),
    "reciprocal": Scenario(reciprocal),
    "optimal-retaliation": Scenario(lambda found: answered(found, ustr(found), optimal_answer(found))),
    "optimal-both": Scenario(lambda found: answered(found, optimal(found, payroll(found)), optimal_answer(found))),
    "war-eu-china": Scenario(lambda found: war(found, ("CHN", *EU))),
    "war-china": Scenario(lambda found: war(found, ("CHN",))),
    "war-china-108": Scenario(lambda found: war(found, ("CHN",), 1.08)),
    "low-pass-through": Scenario(ustr, model=quarter_pass_through),
    "elasticity-8": Scenario(ustr, elasticity=2 * ELASTICITY),
    "eaton-kortum": Scenario(ustr, model=free_exporting),
    "eaton-kortum-retaliation": Scenario(
        lambda found: answered(found, ustr(found), 1 / ELASTICITY), model=free_exporting
    ),
    "inputs": Scenario(ustr, world=with_inputs),
    "inputs-reciprocal": Scenario(reciprocal, world=with_inputs),
    "no-tariffs-balanced": Scenario(_none, transfer=balancing),
    "ustr-balanced": Scenario(ustr, transfer=balancing),
    "retaliation-balanced": Scenario(
        lambda found: answered(found, ustr(found), 1 / ((1 + ELASTICITY) * exponent(found, found.us) - 1)),
        transfer=balancing,
    ),
}

DIFFERENCES: Mapping[str, tuple[str, str]] = {
    "balanced": ("no-tariffs-balanced", "ustr-balanced"),
    "balanced-retaliation": ("no-tariffs-balanced", "retaliation-balanced"),
}
"""Variants that the paper states as the difference of two solutions, both compared with the data."""


def solved(found: Baseline, name: str) -> Equilibrium:
    """Solve one of `SCENARIOS`."""
    return _solve(found, name, SCENARIOS[name])


def _solve(found: Baseline, name: str, scenario: Scenario) -> Equilibrium:
    world = scenario.world(found)
    policy = replace(status_quo(world, name), tariff=scenario.tariff(found)[:, :, None])
    if scenario.transfer is not None:
        policy = replace(policy, transfer=scenario.transfer(found))
    return solve(world, policy, model=scenario.model(found), elasticity=np.array([scenario.elasticity]))


def common_us_rate(found: Baseline, rate: float) -> Equilibrium:
    """Solve with inputs and one US rate on everybody (fraction)."""
    scenario = Scenario(lambda found: common(found, rate), world=with_inputs)
    return _solve(found, "common US rate", scenario)


def common_answer(found: Baseline, rate: float) -> Equilibrium:
    """Solve with inputs, USTR tariffs and one rate of everybody on the US (fraction)."""
    return _solve(found, "common answer", Scenario(lambda found: answered(found, ustr(found), rate), world=with_inputs))


def best_rate(gain: Callable[[float], float], highest: float) -> float:
    """Rate between 0 and `highest` at which a gain with one peak is largest (fraction)."""
    from scipy.optimize import minimize_scalar

    options = {"xatol": 1e-7}
    found = cast(Any, minimize_scalar(lambda rate: -gain(rate), bounds=(0, highest), method="bounded", options=options))
    return float(found.x)
