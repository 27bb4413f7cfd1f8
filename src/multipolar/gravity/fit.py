"""What lies above and what below gravity: observed beside expected trade, pair by pair."""

from __future__ import annotations

import numpy as np
import pandas as pd

from multipolar.errors import GravityError
from multipolar.gravity.panel import Panel
from multipolar.gravity.result import Estimate

__all__ = ["gaps"]

BASIS = 0.1
"""A pair is called above or below gravity where observed and expected differ by more than this in logarithms."""


def gaps(panel: Panel, found: Estimate, status: str | None = None) -> pd.DataFrame:
    """Compare observed with expected trade.

    Parameters
    ----------
    panel, found
        The panel that `found` was estimated from, by PPML.
    status
        Column that says how a value was obtained; it is carried along, so that a gap in an imputed cell is not taken
        for a finding.

    Returns
    -------
    pandas.DataFrame
        One row per row used, by size of expected trade: ``exporter``, ``importer``, ``year``, ``observed``,
        ``expected`` (the panel's unit), ``gap_log`` (logarithm of their ratio, NaN where nothing is observed),
        ``gap_pct``, ``verdict`` (``above``, ``below``, ``near`` within 0.1, ``no_trade``) and, if given, ``status``.
    """
    if found.estimator != "ppml":
        raise GravityError("gaps compare trade with its expectation, so estimate by ppml")
    if found.panel != panel.name or (found.used.size and int(found.used.max()) >= len(panel)):
        raise GravityError(f"the estimate is of panel '{found.panel}', not of '{panel.name}'")
    frame = panel.frame.iloc[found.used]
    observed = frame["trade"].to_numpy()
    ratio = observed / found.fitted
    with np.errstate(divide="ignore"):
        log = np.where(observed > 0, np.log(np.where(observed > 0, ratio, 1.0)), np.nan)
    verdict = np.select([observed == 0, log > BASIS, log < -BASIS], ["no_trade", "above", "below"], "near")
    table = pd.DataFrame(
        {
            "exporter": frame["exporter"].astype(str).to_numpy(),
            "importer": frame["importer"].astype(str).to_numpy(),
            "year": frame["year"].to_numpy(),
            "observed": observed,
            "expected": found.fitted,
            "gap_log": log,
            "gap_pct": 100 * (ratio - 1),
            "verdict": verdict,
        }
    )
    if status is not None:
        if status not in frame.columns:
            raise GravityError(f"panel '{panel.name}' has no column '{status}' for the status")
        table["status"] = frame[status].astype(str).to_numpy()
    return table.sort_values("expected", ascending=False, kind="stable", ignore_index=True)
