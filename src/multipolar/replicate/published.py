"""Published values that were read in the publications themselves; each row of ``published.csv`` carries its source."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

__all__ = ["Printed", "printed", "printed_values"]


@dataclass(frozen=True)
class Printed:
    """A value in print.

    Parameters
    ----------
    paper, variant, economy, measure
        What it is the value of.
    value
        As printed, in the unit of the measure.
    digits
        Decimals printed: a computed value matches where it rounds to `value`.
    source
        Public citation, with the place in it.
    """

    paper: str
    variant: str
    economy: str
    measure: str
    value: float
    digits: int
    source: str

    def matches(self, computed: float) -> bool:
        """Whether `computed` rounds to the printed value."""
        return math.isclose(round(computed, self.digits), self.value, abs_tol=10.0 ** -(self.digits + 6))


@cache
def printed() -> tuple[Printed, ...]:
    """Return every printed value that ships with the package."""
    text = files("multipolar.replicate").joinpath("published.csv").read_text(encoding="utf-8")
    return tuple(
        Printed(
            paper=row["paper"],
            variant=row["variant"],
            economy=row["economy"],
            measure=row["measure"],
            value=float(row["value"]),
            digits=int(row["digits"]),
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    )


def printed_values(paper: str) -> Mapping[tuple[str, str, str], float]:
    """Return the printed values of one paper by variant, economy and measure."""
    return {(row.variant, row.economy, row.measure): row.value for row in printed() if row.paper == paper}
