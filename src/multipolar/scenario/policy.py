"""`Policy`: what a scenario means for a given world, as arrays. The equilibrium reads nothing else."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from multipolar.errors import ScenarioError
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["Policy", "status_quo"]


@dataclass(frozen=True, eq=False)
class Policy:
    """Counterfactual policy of one scenario in one world.

    Parameters
    ----------
    name
        Scenario id.
    tariff
        Applied rate of `d` on goods from `o` in the counterfactual (fraction) [o d s].
    external_tariff
        Counterfactual rate on origins without a preference (fraction) [d s]; later shocks of a scenario build on it.
    cost_hat
        Change factor of iceberg trade costs; ``inf`` is a ban (pure number) [o d s].
    productivity_hat
        Change factor of total factor productivity (pure number) [o s].
    transfer
        Lump sum received from other economies, negative where paid; sums to zero (USD million a year) [d].
    revenue_share
        Share of the duties collected by economy `c` that economy `d` receives; columns sum to 1 [d c].
    insiders
        Economies that the scenario ties together, for trade creation and diversion (boolean) [o].
    notes
        What the rules of the clubs did, in sentences: rates derived, conflicts resolved and how.
    export_tax
        Tax of `o` on sales to `d`, on the producer's price; negative for a subsidy; the diagonal is zero (fraction)
        [o d s]. None for none. It is paid before the importer's duty, which is levied on the price it raises.
    """

    name: str
    tariff: Float64[Array, "o d s"]
    external_tariff: Float64[Array, "d s"]
    cost_hat: Float64[Array, "o d s"]
    productivity_hat: Float64[Array, "o s"]
    transfer: Float64[Array, " d"]
    revenue_share: Float64[Array, "d c"]
    insiders: np.ndarray
    notes: tuple[str, ...] = ()
    export_tax: Float64[Array, "o d s"] | None = None

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, np.ndarray):
                array = np.array(value, dtype=bool if item.name == "insiders" else np.float64)
                array.setflags(write=False)
                object.__setattr__(self, item.name, array)
        _check(self)

    @property
    def taxes_exports(self) -> bool:
        """Whether any export tax or subsidy is not zero."""
        return self.export_tax is not None and bool(self.export_tax.any())

    def with_notes(self, *notes: str) -> Policy:
        """Return the same policy with further notes."""
        return replace(self, notes=self.notes + notes)


def status_quo(world: World, name: str = "status-quo") -> Policy:
    """Return the policy that changes nothing."""
    count = len(world.economies)
    return Policy(
        name=name,
        tariff=world.tariff,
        external_tariff=world.external_tariff,
        cost_hat=np.ones_like(world.tariff),
        productivity_hat=np.ones_like(world.value_added),
        transfer=np.zeros(count),
        revenue_share=np.eye(count),
        insiders=np.zeros(count, dtype=bool),
    )


def _check(policy: Policy) -> None:
    """Refuse arrays that no scenario can mean; the message names the array and the rule."""
    where = f"scenario '{policy.name}'"
    if not (np.isfinite(policy.tariff).all() and (policy.tariff > -1).all()):
        raise ScenarioError(f"{where}: every tariff must be a finite fraction above -1")
    tax = policy.export_tax
    if tax is not None:
        if tax.shape != policy.tariff.shape or not (np.isfinite(tax).all() and (tax > -1).all()):
            raise ScenarioError(f"{where}: every export tax must be a finite fraction above -1, one per cell of trade")
        if np.einsum("iis->is", tax).any():
            raise ScenarioError(f"{where}: an economy cannot tax exports to itself")
    if np.isnan(policy.cost_hat).any() or (policy.cost_hat <= 0).any():
        raise ScenarioError(f"{where}: every trade cost factor must be above 0 (inf for a ban)")
    if not np.isfinite(np.einsum("iis->is", policy.cost_hat)).all():
        raise ScenarioError(f"{where}: an economy cannot ban its own home sales")
    if not (np.isfinite(policy.productivity_hat).all() and (policy.productivity_hat > 0).all()):
        raise ScenarioError(f"{where}: every productivity factor must be finite and above 0")
    if not np.isfinite(policy.transfer).all() or abs(policy.transfer.sum()) > 1e-6 * max(
        1.0, np.abs(policy.transfer).max()
    ):
        raise ScenarioError(f"{where}: transfers must sum to zero over the world; name who pays")
    if (policy.revenue_share < 0).any() or not np.allclose(policy.revenue_share.sum(axis=0), 1.0, atol=1e-9):
        raise ScenarioError(f"{where}: shares of pooled duties must be non-negative and sum to 1")
