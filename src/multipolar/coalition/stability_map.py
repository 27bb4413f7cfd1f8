"""Which members would stay in the union of all, over a grid of two assumptions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from multipolar.coalition.bargaining import slack
from multipolar.coalition.holding import MARGIN
from multipolar.coalition.payoff import PayoffTable, Terms, payoff_table
from multipolar.coalition.states import EXITS, State
from multipolar.errors import InputError, UnknownNameError
from multipolar.types import Array, Float64

__all__ = ["ASSUMPTIONS", "StabilityMap", "stability_map"]

ASSUMPTIONS: Mapping[str, str] = {
    "credibility": "credibility of the hub",
    "eu_offer": "gain from associating with the European Union",
    "energy_rent": "energy rents, all members",
}
"""What an axis can be, as the reader sees it: a probability, or a multiple of the stated figure.

An offer on an axis is open to every member whose association the table of offers does not rule out.
"""


@dataclass(frozen=True, eq=False)
class StabilityMap:
    """Slack of every member over two assumptions.

    Parameters
    ----------
    members
        Codes.
    across, up
        Names of the axes, of `ASSUMPTIONS`.
    x, y
        Values along them.
    slack
        What each gains by staying over its best exit (USD billion a year) [y x member].
    """

    members: tuple[str, ...]
    across: str
    up: str
    x: Float64[Array, " x"]
    y: Float64[Array, " y"]
    slack: Float64[Array, "y x member"]

    @property
    def stays(self) -> np.ndarray:
        """Whether each member would stay [y x member]."""
        return self.slack >= -MARGIN


def stability_map(
    table: PayoffTable,
    terms: Terms,
    across: tuple[str, Sequence[float] | np.ndarray],
    up: tuple[str, Sequence[float] | np.ndarray],
    components: Sequence[str] | None = None,
) -> StabilityMap:
    """Compute payoffs anew in every cell of a grid, at the most likely values of everything else.

    Nothing is solved: income from trade is that of the table, and the gain from an offer is scaled between standing
    alone and the associated state. An exit that is not on an axis is open where it is in draw 0 of the table.

    Parameters
    ----------
    table
        Payoffs, of which draw 0 is used.
    terms
        Political terms of that draw.
    across, up
        Name of an assumption and its values: credibility in [0, 1], the others at least 0.
    components
        Those that count; all by default.

    Raises
    ------
    UnknownNameError
        If an axis is none of `ASSUMPTIONS`.
    InputError
        If both axes are the same, or a value is out of range.
    """
    for name, values in (across, up):
        _check(name, values)
    if across[0] == up[0]:
        raise InputError(f"both axes are '{up[0]}'; choose two different ones of {', '.join(ASSUMPTIONS)}")
    cells = [{across[0]: float(x), up[0]: float(y)} for y in up[1] for x in across[1]]
    count = len(cells)
    made = payoff_table(
        table.bloc,
        np.repeat(table.values[:1, :, :, 0], count, axis=0),
        np.repeat(table.income[:1], count, axis=0),
        [_changed(terms, cell) for cell in cells],
        np.repeat(table.available[:1], count, axis=0),
    )
    total, available = made.total(components), made.available.copy()
    if "eu_offer" in (across[0], up[0]):
        _scale_offers(made, total, available, np.array([cell["eu_offer"] for cell in cells]))
    union, _ = made.union(total, available=available)
    shape = (len(up[1]), len(across[1]), len(table.bloc.members))
    return StabilityMap(
        table.bloc.members,
        across[0],
        up[0],
        np.asarray(across[1], dtype=float),
        np.asarray(up[1], dtype=float),
        slack(union).reshape(shape),
    )


def _check(name: str, values: Sequence[float] | np.ndarray) -> None:
    if name not in ASSUMPTIONS:
        raise UnknownNameError("assumption", name, ASSUMPTIONS)
    most = 1.0 if name == "credibility" else np.inf
    if not len(values) or not all(0.0 <= value <= most and np.isfinite(value) for value in values):
        ends = "between 0 and 1" if name == "credibility" else "0 or more"
        raise InputError(f"values of {name} must be {ends}, and at least one")


def _changed(terms: Terms, cell: Mapping[str, float]) -> Terms:
    if "credibility" in cell:
        terms = replace(terms, credibility=cell["credibility"])
    return replace(terms, rent=terms.rent * cell["energy_rent"]) if "energy_rent" in cell else terms


def _scale_offers(table: PayoffTable, total: np.ndarray, available: np.ndarray, size: np.ndarray) -> None:
    """Scale what association adds to standing alone, in place, and open it to every member that has the state."""
    for i in range(len(table.bloc.members)):
        state = State(table.bloc.left_by(i), i, "eu")
        if state not in table.states:
            continue
        place, alone = table.place(state), table.place(State(table.bloc.left_by(i)))
        solved = np.isfinite(total[:, place, i])
        total[:, place, i] = total[:, alone, i] + size * (total[:, place, i] - total[:, alone, i])
        available[:, i, EXITS.index("eu")] = solved
