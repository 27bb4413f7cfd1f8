"""Influence from trade flows alone, for years that no full world describes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["import_leverage", "reported"]


def import_leverage(year: pd.DataFrame, poles: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return -ln(1 - share of the pole in an economy's imports), in percent; index economy, columns pole.

    Parameters
    ----------
    year
        Flows of one year as importers report them: ``exporter, importer, trade``.
    poles
        Name -> economies; NaN for a pole's own members.
    """
    import pandas as pd

    total = year.groupby("importer").trade.sum()
    total = total[total > 0]
    table = pd.DataFrame(index=total.index)
    for name, codes in poles.items():
        bought = year[year.exporter.isin(codes)].groupby("importer").trade.sum().reindex(total.index).fillna(0.0)
        share = (bought / total).clip(upper=1 - 1e-9)
        lost = -100.0 * np.log1p(-share.to_numpy(float))
        table[name] = np.where(table.index.isin(codes), np.nan, lost)
    return table


def reported(
    panel: pd.DataFrame, years: Sequence[int], suppliers: Sequence[str], among: Sequence[str] | None = None
) -> tuple[str, ...]:
    """Return the importers for which the panel has a row from every supplier in every year.

    A pair without a row is unreported, not nil: Russia's trade with Ukraine has none before 2004. A supplier itself,
    which has no row of its own, is let through.
    """
    found = sorted(set(panel.importer) if among is None else set(among) & set(panel.importer))
    for year in years:
        rows = panel[panel.year == year]
        for supplier in suppliers:
            known = set(rows.importer[rows.exporter == supplier]) | {supplier}
            found = [code for code in found if code in known]
    return tuple(found)
