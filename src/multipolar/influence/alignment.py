"""Alignment: distances between ideal points, similarity of profiles, and how often a state changes sides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.errors import InputError
from multipolar.types import Array, Float64

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["ideal_point_distance", "s_score", "similarity", "switches", "volatility"]


def ideal_point_distance(points: pd.Series) -> pd.DataFrame:
    """Return the distance of every two states on the line of ideal points (its unit); index and columns state."""
    import pandas as pd

    values = points.to_numpy(dtype=float)
    return pd.DataFrame(np.abs(values[:, None] - values[None, :]), index=points.index, columns=points.index)


def s_score(
    one: Float64[Array, " k"], other: Float64[Array, " k"], *, largest: float, weight: Array | None = None
) -> float:
    """Return the similarity S of two profiles (Signorino & Ritter 1999, International Studies Quarterly 43).

    Parameters
    ----------
    one, other
        Profiles over the same `k` items, e.g. votes or alliance levels; items missing in either are left out.
    largest
        Largest possible difference of one item.
    weight
        Weight of each item; equal by default [k].

    Returns
    -------
    float
        ``1 - 2 sum w |a - b| / (largest sum w)``: 1 for equal, -1 for opposite profiles.

    Raises
    ------
    InputError
        If shapes differ, a difference exceeds `largest`, or no item is common.
    """
    a, b = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    w = np.ones_like(a) if weight is None else np.asarray(weight, dtype=float)
    if a.shape != b.shape or w.shape != a.shape:
        raise InputError(f"profiles and weights must have one length, not {a.shape}, {b.shape} and {w.shape}")
    both = np.isfinite(a) & np.isfinite(b) & (w > 0)
    if not both.any():
        raise InputError("two profiles without a common item have no similarity")
    apart = np.abs(a - b)[both]
    if (apart > largest * (1 + 1e-12)).any():
        raise InputError(f"profiles differ by {apart.max():g} in one item, more than the largest possible, {largest:g}")
    return float(1.0 - 2.0 * (w[both] @ apart) / (largest * w[both].sum()))


def similarity(profiles: pd.DataFrame, *, largest: float, weight: Array | None = None) -> pd.DataFrame:
    """Return `s_score` of every two rows; NaN where they share no item. Index and columns as the rows'."""
    import pandas as pd

    table = profiles.to_numpy(dtype=float)
    n = len(table)
    found = np.full((n, n), np.nan)
    for i in range(n):
        for j in range(i, n):
            both = np.isfinite(table[i]) & np.isfinite(table[j])
            if both.any():
                found[i, j] = found[j, i] = s_score(table[i], table[j], largest=largest, weight=weight)
    return pd.DataFrame(found, index=profiles.index, columns=profiles.index)


def switches(codes: Sequence[str], clubs: Sequence[str], *, until: dt.date) -> pd.DataFrame:
    """Count the times that states changed sides among clubs, from the dated memberships of the atlas.

    A change of sides is an exit from a club (its full or partial membership ends or is suspended while the club goes
    on) or an entry into one after the founding of the state's first membership among `clubs`.

    Parameters
    ----------
    codes
        ISO3 codes.
    clubs
        Club ids of the atlas.
    until
        Last day that counts.

    Returns
    -------
    DataFrame
        Index economy: ``entries`` after the first, ``exits``, ``switches`` (their sum), ``events`` (in words).
    """
    import pandas as pd

    from multipolar.atlas import club

    lasting = {c: club(c) for c in clubs}
    rows: dict[str, dict[str, Any]] = {}
    for code in codes:
        entered, left = _turns(code, lasting, until)
        later = sorted(entered)[1:]
        events = sorted(
            [(day, f"{day} into {name}") for day, name in later] + [(day, f"{day} out of {name}") for day, name in left]
        )
        rows[code] = {
            "entries": len(later),
            "exits": len(left),
            "switches": len(later) + len(left),
            "events": "; ".join(text for _, text in events),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = "economy"
    return table


def _turns(code: str, clubs: Any, until: dt.date) -> tuple[list[tuple[dt.date, str]], list[tuple[dt.date, str]]]:
    """Days on which a state's spells inside clubs begin and end; adjoining spells are one."""
    from multipolar.atlas import memberships

    entered: list[tuple[dt.date, str]] = []
    left: list[tuple[dt.date, str]] = []
    for name, record in clubs.items():
        spells = sorted(
            (m.start, m.end)
            for m in memberships()
            if m.club == name and m.economy == code and m.status in ("full", "partial") and m.start <= until
        )
        previous: dt.date | None = None
        for start, end in spells:
            if previous is None or start > previous:
                if previous is not None:
                    left.append((previous, name))
                entered.append((start, name))
            previous = end or dt.date.max
        # The end of the club itself is nobody's change of sides.
        closed = record.dissolved or dt.date.max
        if previous is not None and previous <= until and previous < closed:
            left.append((previous, name))
    return entered, left


def volatility(series: pd.DataFrame) -> pd.DataFrame:
    """Return how much each state's position moved: index state (the columns of `series`, rows are periods in order).

    Returns
    -------
    DataFrame
        ``variance`` over the periods, ``range``, ``largest_step`` between neighbouring periods and the period
        ``step_at`` in which it ended; states with fewer than two observations are left out.
    """
    import pandas as pd

    rows: dict[Any, dict[str, Any]] = {}
    for state in series.columns:
        known = series[state].dropna()
        if len(known) < 2:
            continue
        steps = known.diff().abs()
        rows[state] = {
            "variance": float(known.var()),
            "range": float(known.max() - known.min()),
            "largest_step": float(steps.max()),
            "step_at": steps.idxmax(),
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = series.columns.name or "state"
    return table
