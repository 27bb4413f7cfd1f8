"""`Equilibrium`: a solved counterfactual, as levels beside its world."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np

from multipolar.scenario.policy import Policy
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Equilibrium"]


@dataclass(frozen=True, eq=False)
class Equilibrium:
    """A solved counterfactual. Levels are in the numeraire: world value added keeps its baseline level.

    Parameters
    ----------
    world, policy
        What was solved. With purged deficits, `world` is the baseline without deficits.
    deficits
        Closure: ``fixed``, ``scaled`` or ``purged``.
    wage_hat
        Change factor of the wage (pure number) [o].
    price_hat
        Change factor of the price index of `s` in `d`, duty included (pure number) [d s].
    unit_cost_hat
        Change factor of the producer's unit cost, productivity included (pure number) [o s].
    trade_flow
        Sales net of duty (USD million) [o d s].
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

    def __post_init__(self) -> None:
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
        return ((1.0 + self.policy.tariff) * self.trade_flow).sum(axis=0)

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
        """
        world = self.world
        output = self.output
        share = np.divide(
            world.intermediate_use,
            world.output[:, :, None],
            out=np.zeros_like(world.intermediate_use),
            where=world.output[:, :, None] > 0,
        )
        inputs = share * output[:, :, None]
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
