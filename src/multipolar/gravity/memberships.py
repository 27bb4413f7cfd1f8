"""Regressors from who is a member of what: both sides in one club, or under one agreement, in the year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import numpy as np
import pandas as pd

from multipolar.atlas import memberships
from multipolar.errors import GravityError
from multipolar.gravity.panel import Panel

__all__ = ["club_spells", "in_common", "with_clubs"]

SPELL_COLUMNS = ("agreement", "economy", "start", "end")


def club_spells(clubs: Iterable[str], statuses: Iterable[str] = ("full",)) -> pd.DataFrame:
    """Return the spells of membership of some clubs of the atlas.

    Parameters
    ----------
    clubs
        Club ids; an unknown one raises `UnknownNameError`.
    statuses
        Standings that count.

    Returns
    -------
    pandas.DataFrame
        Columns ``agreement``, ``economy`` (ISO3), ``start``, ``end`` (years with a fraction, end exclusive, infinite
        while it lasts).
    """
    wanted = set(statuses)
    rows = [
        (spell.club, spell.economy, _year(spell.start), np.inf if spell.end is None else _year(spell.end))
        for club in clubs
        for spell in memberships(club=club)
        if spell.status in wanted
    ]
    return pd.DataFrame(rows, columns=list(SPELL_COLUMNS))


def in_common(panel: Panel, spells: pd.DataFrame, within_year: float = 0.5) -> np.ndarray:
    """Return 1 where exporter and importer are under one agreement, 0 elsewhere and at home [row].

    Parameters
    ----------
    panel
        The rows.
    spells
        Columns ``agreement``, ``economy``, ``start``, ``end``, as of `club_spells`; an economy may have several.
    within_year
        Moment of the year that counts, as a fraction: 0.5 is the middle.
    """
    if absent := [column for column in SPELL_COLUMNS if column not in spells.columns]:
        raise GravityError(f"spells of membership need a column '{absent[0]}'; they have {', '.join(SPELL_COLUMNS)}")
    economies = {code: at for at, code in enumerate(panel.economies)}
    years = {year: at for at, year in enumerate(panel.years)}
    both = np.zeros((len(economies), len(economies), len(years)), dtype=bool)
    for _, group in spells.groupby("agreement", sort=False):
        member = np.zeros((len(economies), len(years)), dtype=bool)
        for economy, start, end in group[["economy", "start", "end"]].itertuples(index=False):
            if economy in economies:
                for year, at in years.items():
                    member[economies[economy], at] |= bool(start <= year + within_year < end)
        for at in range(len(years)):
            inside = np.flatnonzero(member[:, at])
            both[inside[:, None], inside[None, :], at] = True
    frame = panel.frame
    origin = np.array([economies[code] for code in frame["exporter"].cat.categories])[frame["exporter"].cat.codes]
    target = np.array([economies[code] for code in frame["importer"].cat.categories])[frame["importer"].cat.codes]
    at = np.searchsorted(np.array(panel.years), frame["year"].to_numpy())
    return np.where(origin == target, 0.0, both[origin, target, at].astype(float))


def with_clubs(panel: Panel, **columns: Iterable[str] | str) -> Panel:
    """Return the panel with one regressor for each keyword: 1 where both sides are full members of one of its clubs.

    For example ``with_clubs(panel, cis=["CIS"], union=["EU", "EACU", "GCC", "MERCOSUR"])``.
    """
    made = {
        name: in_common(panel, club_spells([clubs] if isinstance(clubs, str) else clubs))
        for name, clubs in columns.items()
    }
    return panel.with_columns(**made)


def _year(day: dt.date) -> float:
    return day.year + (day.timetuple().tm_yday - 1) / 366.0
