"""Estimates side by side."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from multipolar.errors import GravityError
from multipolar.gravity.result import Estimate

__all__ = ["compare"]


def compare(estimates: Mapping[str, Estimate]) -> pd.DataFrame:
    """Put estimates side by side.

    Parameters
    ----------
    estimates
        Heading of the column -> estimate.

    Returns
    -------
    pandas.DataFrame
        Rows ``(regressor, "estimate")`` and ``(regressor, "std_error")``, then rows ``("", ...)`` with the number of
        rows, clusters, separated rows and the pseudo R squared; one column per estimate, NaN where a regressor is not
        in it.
    """
    if not estimates:
        raise GravityError("there is nothing to compare; give at least one estimate")
    labels = list(dict.fromkeys(label for found in estimates.values() for label in found.labels))
    index = [(label, part) for label in labels for part in ("estimate", "std_error")]
    index += [("", name) for name in ("rows", "clusters", "rows_left_out", "pseudo_r2")]
    columns = {}
    for title, found in estimates.items():
        values = dict.fromkeys(index, np.nan)
        for label, b, se in zip(found.labels, found.coefficient, found.std_error, strict=True):
            values[label, "estimate"], values[label, "std_error"] = float(b), float(se)
        values["", "rows"], values["", "clusters"] = float(found.rows), float(found.clusters)
        values["", "rows_left_out"] = float(sum(found.dropped.values()))
        values["", "pseudo_r2"] = found.pseudo_r2
        columns[title] = [values[key] for key in index]
    return pd.DataFrame(columns, index=pd.MultiIndex.from_tuples(index, names=["regressor", "figure"]))
