"""Two reports of one flow to one value: the importer's where there is one, the exporter's as its mirror image."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from multipolar.types import Array, Float64, Int8

__all__ = ["REPORT_CEILING", "Mirrored", "choose_report", "fill", "square"]

REPORT_CEILING = 0.8
"""Most that the agreement of two reports counts for: both can leave out the same goods (fraction)."""
ONE_REPORT = 0.5
"""Agreement of a flow that one side reports (fraction)."""
OBSERVED, MIRRORED = 1, 2


@dataclass(frozen=True)
class Mirrored:
    """Bilateral trade from two reports.

    Attributes
    ----------
    trade
        Value, free on board, zero where neither side reports and on the diagonal (USD million) [o d].
    agreement
        Smaller over larger report, at most `REPORT_CEILING`; a half where one side is silent (fraction) [o d].
    status
        Codes of `multipolar.world.CELL_STATUS` [o d].
    differ_twofold
        Share of flows above 10 USD million with two reports that differ more than twofold (fraction).
    """

    trade: Float64[Array, "o d"]
    agreement: Float64[Array, "o d"]
    status: Int8[Array, "o d"]
    differ_twofold: float


def choose_report(reports: pd.DataFrame, cif: float, smaller: Iterable[Sequence[str]] = ()) -> pd.DataFrame:
    """Return one row a pair: ``o, d, exporter, importer`` (USD million f.o.b., NaN where silent), ``observed, value``.

    Parameters
    ----------
    reports
        Rows of a reader of kind ``reports``.
    cif
        Importers' value over exporters' value of one flow (pure number).
    smaller
        Pairs (exporter, importer) of which the smaller report stands.
    """
    value = np.where(reports.side == "importer", reports.value / cif, reports.value)
    sides = reports.assign(v=value).pivot_table(
        index=["origin", "destination"], columns="side", values="v", aggfunc="sum"
    )
    sides = sides.reindex(columns=["exporter", "importer"])
    sides.columns.name = None
    pairs = sides.reset_index().rename(columns={"origin": "o", "destination": "d"})
    pairs["observed"] = pairs.importer.notna()
    pairs["value"] = pairs.importer.fillna(pairs.exporter)
    for o, d in smaller:
        here = pairs.o.eq(o) & pairs.d.eq(d)
        pairs.loc[here, "value"] = pairs.loc[here, ["importer", "exporter"]].min(axis=1)
    return pairs[pairs.o != pairs.d].sort_values(["o", "d"], ignore_index=True)


def fill(pairs: pd.DataFrame, economies: Sequence[str]) -> Mirrored:
    """Lay chosen reports out as matrices; pairs of economies that are not listed are left out."""
    both = pairs[["importer", "exporter"]]
    larger, smaller = both.max(axis=1), both.min(axis=1)
    two = both.notna().all(axis=1) & (larger > 0)
    agreement = (smaller / larger.where(larger > 0, 1.0)).where(two, ONE_REPORT).clip(upper=REPORT_CEILING)
    big = two & (larger > 10)
    status = np.where(pairs.observed, OBSERVED, MIRRORED)
    trade = square(pairs, pairs.value, economies)
    return Mirrored(
        trade=trade,
        agreement=square(pairs, agreement, economies),
        status=np.where(trade > 0, square(pairs, pd.Series(status, index=pairs.index), economies), 0).astype(np.int8),
        differ_twofold=float((larger[big] > 2 * smaller[big]).mean()) if big.any() else 0.0,
    )


def square(pairs: pd.DataFrame, values: pd.Series, economies: Sequence[str], o: str = "o", d: str = "d") -> np.ndarray:
    """Lay one value a pair out as a matrix [o d]; zero where there is none."""
    at = {code: i for i, code in enumerate(economies)}
    rows, columns = pairs[o].map(at), pairs[d].map(at)
    known = (rows.notna() & columns.notna()).to_numpy()
    out = np.zeros((len(economies), len(economies)))
    np.add.at(
        out, (rows[known].astype(int).to_numpy(), columns[known].astype(int).to_numpy()), values[known].to_numpy(float)
    )
    return out
