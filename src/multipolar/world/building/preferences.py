"""Who pays no duty to whom: clubs of the atlas that free trade inside, and agreements of DESTA."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from multipolar.atlas import clubs, members
from multipolar.types import Array, Float64

__all__ = ["PARTIAL", "agreement_pairs", "club_pairs", "preference_matrix"]

PARTIAL = (
    "Global System of Trade Preferences",
    "Protocol on Trade Negotiations",
    "Bangkok Agreement",
    "Asia Pacific Trade Agreement",
    "Economic Cooperation Organization",
    "Preferential Trade",
    "Partial Scope",
    "Latin American Integration",
    "Lome",
    "Yaounde",
    "Arusha",
    "Cotonou",
    "Overseas Countries",
    "South Asian Association for Regional Cooperation",
    "Trade Negotiations Among",
    "Economic Complementation",
    "Melanesian",
    "D-8",
    "Organization of the Islamic",
    "Services",
)
"""Words in the names of agreements that lower some duties but free no trade, or are about services."""
UNION_CORE = frozenset({"DEU", "FRA", "ITA"})
"""An agreement to which all of these are parties is the European Union's, and binds every member. Any other agreement
of one member with an outsider ended with the member's accession."""
ENTRIES = ("base_treaty", "accession", "consolidated")


def club_pairs(on: dt.date) -> set[frozenset[str]]:
    """Return pairs of economies that are full members of one club that frees trade inside."""
    found: set[frozenset[str]] = set()
    for club in clubs().values():
        if club.zero_internal_tariff and club.in_force(on):
            inside = members(club.id, on)
            found |= {frozenset({a, b}) for a in inside for b in inside if a < b}
    return found


def agreement_pairs(agreements: pd.DataFrame, year: int, union: Iterable[str]) -> set[frozenset[str]]:
    """Return pairs of economies with free trade in goods under agreements in force by the middle of a year.

    Parameters
    ----------
    agreements
        Rows of the reader ``desta``. Only agreements that the WTO lists count; in the year itself only rows so marked.
    year
        Year of the world.
    union
        Members of the European Union, whose agreements bind them all.
    """
    frame = agreements[agreements.year.le(year - 1) | (agreements.year.eq(year) & agreements.notified.eq(1))]
    listed = set(frame[frame.notified.eq(1)].agreement)
    left = frame[frame.entry.eq("withdrawal")].groupby("agreement").iso3.agg(set).to_dict()
    entered = frame[frame.entry.isin(ENTRIES) & frame.agreement.isin(listed)]
    entered = entered[~entered.name.map(lambda name: any(word in str(name) for word in PARTIAL))]
    europe = set(union)
    pairs: set[frozenset[str]] = set()
    for treaty, rows in entered.groupby("agreement"):
        parties = set(rows.iso3) - left.get(treaty, set())
        whole = parties >= UNION_CORE
        parties = parties | europe if whole else parties
        pairs |= {frozenset({a, b}) for a in parties for b in parties if a < b and (len({a, b} & europe) != 1 or whole)}
    return pairs


def preference_matrix(pairs: set[frozenset[str]], economies: Sequence[str]) -> Float64[Array, "o d"]:
    """Return the share of the external tariff that `d` waives on `o`: one for a pair, zero otherwise [o d]."""
    at = {code: i for i, code in enumerate(economies)}
    out = np.zeros((len(economies), len(economies)))
    for pair in pairs:
        if len(pair) == 2 and all(code in at for code in pair):
            i, j = (at[code] for code in pair)
            out[i, j] = out[j, i] = 1.0
    return out
