"""Stated ranges that the payoff of a bloc needs and no table of the atlas gives, and figures drawn once per draw."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from multipolar.atlas import politics
from multipolar.errors import InputError
from multipolar.triangular import triangular_quantile

__all__ = ["STATED", "Drawn", "Stated"]

Uniform = Callable[[str], float]


@dataclass(frozen=True, slots=True)
class Stated:
    """A range of ours, with its reason.

    Attributes
    ----------
    lo, value, hi
        Ends and most likely value (`unit`).
    unit, reason
        What it is measured in, and why this range.
    """

    lo: float
    value: float
    hi: float
    unit: str
    reason: str


STATED: Mapping[str, Stated] = MappingProxyType(
    {
        "union_cost_cut": Stated(
            0.02,
            0.05,
            0.10,
            "fraction",
            "fall of non-tariff costs of trade in goods inside: from formalities alone (2.8 to 4.2 percent of trade "
            "costs) to the removal of all customs posts; the choice of the shipped unions, with a wider upper end",
        ),
        "association_cost_cut": Stated(
            0.02,
            0.05,
            0.08,
            "fraction",
            "fall of non-tariff costs of trade in goods with the European Union; as in the shipped associations",
        ),
        "own_wto_factor": Stated(
            0.446,
            0.7,
            1.0,
            "ratio",
            "external tariff after own WTO entry over that before: 0.446 is what Russia's commitments came to (5.8 "
            "over 13.0 percent, trade-weighted), 1 is a binding at the applied rate; no terms were known in 2009",
        ),
        "security_link": Stated(
            0.0,
            0.5,
            1.0,
            "fraction",
            "share of the common defence that goes with the customs union: the treaties are separate (0), the partner "
            "is the same (1)",
        ),
        "short_run_ratio": Stated(
            0.25,
            0.38,
            0.5,
            "ratio",
            "short-run over long-run trade elasticity: 0.76 over about 2 (Boehm, Levchenko & Pandalai-Nayar 2023, "
            "American Economic Review 113(4), read as an abstract); the ends are ours, no source states them",
        ),
    }
)
"""By name."""


class Drawn:
    """Figures and stated ranges of one draw, each by its name, with a record of those that vary.

    Parameters
    ----------
    uniform
        From a name to a number in [0, 1]; None for the most likely values.
    """

    def __init__(self, uniform: Uniform | None = None) -> None:
        self._uniform = uniform
        self.record: dict[str, float] = {}

    @property
    def uniform(self) -> Uniform | None:
        """The quantiles as a function that records them under the name asked for; None at the most likely values."""
        if self._uniform is None:
            return None
        return self._quantile

    def _quantile(self, name: str) -> float:
        assert self._uniform is not None
        found = float(self._uniform(name))
        self.record.setdefault(name, found)
        return found

    def figure(self, found: politics.Figure) -> float:
        """Return a political figure; raises `InputError` where none is known."""
        if self._uniform is None or not found.drawn:
            return found.at()
        value = found.at(float(self._uniform(found.id)))
        self.record[found.id] = value
        return value

    def offer(self, found: politics.Offer) -> bool:
        """Return whether an offer can be had: with its probability in a draw, if that is at least one half without."""
        if self._uniform is None:
            return found.probability >= 0.5
        chance = found.at(float(self._uniform(f"offer/{found.offer}/{found.economy}")))
        have = float(self._uniform(f"available/{found.offer}/{found.economy}")) < chance
        if 0 < chance < 1:
            self.record[f"available/{found.offer}/{found.economy}"] = float(have)
        return have

    def stated(self, name: str, override: Stated | None = None) -> float:
        """Return a number of `STATED`, or of the range given in its place."""
        about = STATED[name] if override is None else override
        if not about.lo <= about.value <= about.hi:
            raise InputError(f"the range of {name} needs lo <= value <= hi")
        if self._uniform is None or about.hi == about.lo:
            return about.value
        value = triangular_quantile(about.lo, about.value, about.hi, float(self._uniform(f"stated/{name}")))
        self.record[name] = value
        return value
