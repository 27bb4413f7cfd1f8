"""`Equilibrium`: a solved counterfactual, as levels beside its world."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from multipolar.equilibrium.model import Model
from multipolar.errors import InputError, NotSolvedError
from multipolar.scenario.policy import Policy
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Equilibrium", "LabourAccounts", "labour_accounts", "refuse_negative_income"]


_PLAIN = Model()


class LabourAccounts(NamedTuple):
    """Baseline accounts that depend on the model: what local costs move from the seller to the market.

    Attributes
    ----------
    production
        Receipts left for production after local costs (USD million) [o s].
    payroll
        Labour income by sector, services to foreign sellers of that sector included (USD million) [o s].
    deficit
        Final expenditure less labour income and duties (USD million) [d]; without local costs the trade deficit.
    """

    production: Float64[Array, "o s"]
    payroll: Float64[Array, "o s"]
    deficit: Float64[Array, " d"]


def labour_accounts(world: World, model: Model) -> LabourAccounts:
    """Return the baseline accounts of a world under a model.

    Raises
    ------
    InputError
        If local costs leave a sector less than it spends on inputs.
    """
    production = _production(world.trade_flow, model)
    if not np.any(model.local_cost):
        return LabourAccounts(production, production - world.intermediate_use.sum(axis=2), world.deficit)
    made = production - world.intermediate_use.sum(axis=2)
    if (made < 0).any():
        o, s = np.argwhere(made < 0)[0]
        raise InputError(
            f"local costs leave sector '{world.sectors[s]}' of '{world.economies[o]}' less than it spends on inputs; "
            "lower 'local_cost' of the model"
        )
    payroll = made + _by_market(model) * world.trade_flow.sum(axis=0)
    income = world.final_demand.sum(axis=1)
    return LabourAccounts(production, payroll, income - payroll.sum(axis=1) - world.tariff_revenue)


def _production(flow: np.ndarray, model: Model) -> Float64[Array, "o s"]:
    """Receipts less local costs (USD million) [o s]."""
    return flow.sum(axis=1) if not np.any(model.local_cost) else (flow * (1.0 - _by_market(model))).sum(axis=1)


def _by_market(model: Model) -> np.ndarray:
    """Local cost on axes d s, where one number an economy or one for all is enough to multiply with."""
    cost = np.asarray(model.local_cost)
    return cost[:, None] if cost.ndim == 1 else cost


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A solved counterfactual. Levels are in the numeraire: world value added keeps its baseline level.

    Parameters
    ----------
    world, policy
        What was solved. With purged deficits, `world` is the baseline without deficits.
    deficits
        Closure, as in `Model`.
    wage_hat
        Change factor of the wage (pure number) [o].
    price_hat
        Change factor of the price index of `s` in `d`, duty included (pure number) [d s].
    unit_cost_hat
        Change factor of the producer's unit cost, productivity included (pure number) [o s].
    trade_flow
        What the seller receives: sales net of duty and of export taxes (USD million) [o d s].
    trade_share
        Share of `o` in the expenditure of `d` on `s`, duty included [o d s].
    income
        Final expenditure (USD million) [d].
    tariff_revenue
        Duties received after pooling (USD million) [d].
    deficit
        Trade deficit, transfers received included (USD million) [d].
    residual
        Largest log gap of any equation (pure number).
    iterations, method
        How it was found.
    model
        Options it was solved with.
    employment_hat
        Change factor of employment (pure number) [o]; None stands for ones.
    scale_hat
        Change factor of productivity from scale economies (pure number) [o s]; None stands for ones.
    export_revenue
        Export taxes received, less subsidies paid (USD million) [o]; None stands for zeros.
    """

    world: World
    policy: Policy
    deficits: str
    wage_hat: Float64[Array, " o"]
    price_hat: Float64[Array, "d s"]
    unit_cost_hat: Float64[Array, "o s"]
    trade_flow: Float64[Array, "o d s"]
    trade_share: Float64[Array, "o d s"]
    income: Float64[Array, " d"]
    tariff_revenue: Float64[Array, " d"]
    deficit: Float64[Array, " d"]
    residual: float
    iterations: int
    method: str
    model: Model = _PLAIN
    employment_hat: Float64[Array, " o"] = None  # type: ignore[assignment]
    scale_hat: Float64[Array, "o s"] = None  # type: ignore[assignment]
    export_revenue: Float64[Array, " o"] = None  # type: ignore[assignment]

    def __post_init__(self) -> None:
        for name, neutral in (
            ("employment_hat", np.ones_like(self.wage_hat)),
            ("scale_hat", np.ones_like(self.unit_cost_hat)),
            ("export_revenue", np.zeros_like(self.wage_hat)),
        ):
            if getattr(self, name) is None:
                object.__setattr__(self, name, neutral)
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @cached_property
    def output(self) -> Float64[Array, "o s"]:
        """Gross output (USD million) [o s]."""
        return self.trade_flow.sum(axis=1)

    @cached_property
    def expenditure(self) -> Float64[Array, "d s"]:
        """Absorption, duty included (USD million) [d s]."""
        wedge = 1.0 + self.policy.tariff
        if self.policy.export_tax is not None:
            wedge = wedge * (1.0 + self.policy.export_tax)
        return (wedge * self.trade_flow).sum(axis=0)

    @cached_property
    def before(self) -> LabourAccounts:
        """Labour income and deficits of the baseline, local costs taken into account."""
        return labour_accounts(self.world, self.model)

    @cached_property
    def labour_income(self) -> Float64[Array, " o"]:
        """Labour income, work in foreign services for one's market included (USD million) [o]."""
        return self.wage_hat * self.employment_hat * self.before.payroll.sum(axis=1)

    @cached_property
    def consumer_price_hat(self) -> Float64[Array, " d"]:
        """Change factor of the consumer price index, final expenditure shares as weights (pure number) [d]."""
        demand = self.world.final_demand
        share = demand / demand.sum(axis=1, keepdims=True)
        return np.exp((share * np.log(self.price_hat)).sum(axis=1))

    @cached_property
    def real_income_hat(self) -> Float64[Array, " d"]:
        """Change factor of real income, duties and deficit included (pure number) [d]."""
        return self.income / self.world.final_demand.sum(axis=1) / self.consumer_price_hat

    def as_world(self, name: str) -> World:
        """Return the counterfactual as a world of its own, to build further scenarios on.

        Duties that were pooled stay where they were collected in the new accounts; the sums paid between economies
        for them are part of the deficits.

        Raises
        ------
        InputError
            If exports are taxed: the accounts of a world have no place for that.
        """
        if self.policy.taxes_exports:
            raise InputError(
                f"scenario '{self.policy.name}' taxes exports; its result cannot become a world of its own"
            )
        world = self.world
        output = self.output
        produced, made = self.before.production, _production(self.trade_flow, self.model)
        share = np.divide(
            world.intermediate_use,
            produced[:, :, None],
            out=np.zeros_like(world.intermediate_use),
            where=produced[:, :, None] > 0,
        )
        inputs = share * made[:, :, None]
        return replace(
            world,
            name=name,
            trade_flow=self.trade_flow,
            tariff=self.policy.tariff,
            external_tariff=self.policy.external_tariff,
            intermediate_use=inputs,
            value_added=output - inputs.sum(axis=2),
            final_demand=np.maximum(self.expenditure - inputs.sum(axis=1), 0.0),
            provenance={**world.provenance, "derived_from": world.name, "scenario": self.policy.name},
        )

    def __repr__(self) -> str:
        return (
            f"Equilibrium({self.policy.name!r} in {self.world.name!r}, residual {self.residual:.0e}, "
            f"{self.iterations} iterations, {self.method})"
        )

    def _repr_html_(self) -> str:
        from multipolar.equilibrium.welfare import effects

        head = f"<b>{self.policy.name}</b> in {self.world.name}; residual {self.residual:.0e} ({self.method})"
        return head + effects(self).round(3).to_html()


def refuse_negative_income(eq: Equilibrium) -> None:
    """Refuse a solution in which somebody spends less than nothing: the equations can be met, yet it is no equilibrium.

    Raises
    ------
    NotSolvedError
        Naming the economy.
    """
    if (eq.income >= 0).all():
        return
    poor = eq.world.economies[int(np.argmin(eq.income))]
    raise NotSolvedError(
        f"scenario '{eq.policy.name}' in world '{eq.world.name}' leaves economy '{poor}' with less than no income "
        "after its surplus and transfers; try smaller transfers, or purged or scaled deficits",
        residual=eq.residual,
        iterations=eq.iterations,
    )
