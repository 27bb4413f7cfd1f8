"""Military capability by several indices, because rankings depend on the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COMPONENTS", "INDICES", "capability", "rank_table"]

COMPONENTS = ("milex", "milper", "irst", "pec", "tpop", "upop")
"""Components of the composite index: military spending, personnel, iron and steel, energy, population, urban part."""

INDICES: dict[str, str] = {
    "composite": "mean of the world shares of the six components (Singer, Bremer & Stuckey 1972)",
    "spending": "world share of military spending",
    "personnel": "world share of military personnel",
    "spending_per_soldier": "geometric mean of spending and spending per soldier, as a world share: mass and quality",
    "economy": "GDP times GDP per head, as a world share: size net of what a population costs (Beckley 2018)",
}
"""Indices of `capability` and their meaning."""


def capability(components: pd.DataFrame) -> pd.DataFrame:
    """Return every index that the components allow, as shares of the states given.

    Parameters
    ----------
    components
        Index state; columns among `COMPONENTS` and ``gdp``, each in one unit (missing: NaN). Give all states of the
        world: the indices are shares of their sums.

    Returns
    -------
    DataFrame
        Index state, columns `INDICES`; NaN where a component is missing. The composite index is the mean over the
        components that are known: a missing one lifts or lowers it, and ``composite_of`` says how many entered.

    Raises
    ------
    InputError
        If a component is negative, or none is known.
    """
    import pandas as pd

    known = [c for c in (*COMPONENTS, "gdp") if c in components.columns]
    if not known:
        raise InputError(f"capability needs at least one of {', '.join(COMPONENTS)} or gdp")
    values = components[known].astype(float)
    if bool((values < 0).to_numpy().any()):
        state, column = values.stack()[lambda s: s < 0].index[0]
        raise InputError(f"'{column}' of {state} is negative; mark unknown figures as missing")
    share = values / values.sum()
    table = pd.DataFrame(index=components.index)
    six = share[[c for c in known if c in COMPONENTS]]
    table["composite"] = six.mean(axis=1) if len(six.columns) else np.nan
    table["composite_of"] = six.notna().sum(axis=1)
    table["spending"] = share["milex"] if "milex" in known else np.nan
    table["personnel"] = share["milper"] if "milper" in known else np.nan
    if {"milex", "milper"} <= set(known):
        each = values["milex"] / values["milper"].where(values["milper"] > 0)
        table["spending_per_soldier"] = _share((values["milex"] * each) ** 0.5)
    else:
        table["spending_per_soldier"] = np.nan
    if {"gdp", "tpop"} <= set(known):
        table["economy"] = _share(values["gdp"] ** 2 / values["tpop"].where(values["tpop"] > 0))
    else:
        table["economy"] = np.nan
    return table[[*INDICES, "composite_of"]]


def rank_table(table: pd.DataFrame, states: list[str]) -> pd.DataFrame:
    """Return the rank of some states among themselves, index by index (1 is the strongest; NaN where unknown)."""
    chosen = table.loc[states, [c for c in table.columns if c in INDICES]]
    return chosen.rank(ascending=False, method="min")


def _share(values: pd.Series) -> pd.Series:
    return values / values.sum()
