"""Trade elasticities from the tariffs of 1993, beside those of Caliendo & Parro (2015): the table of docs/gravity.md.

Usage: ``MULTIPOLAR_SHARED=... python -m tools.gravity.elasticities``. Prints and writes nothing.

Caliendo & Parro take logarithms of ratios of flows around triples of countries, in which exporter, importer and
symmetric pair costs cancel. Least squares in logarithms with exporter, importer and symmetric pair effects rests on the
same variation; Poisson keeps zeros and weights large flows more. The sample here is all 31 regions of their model
(their files hold no other), theirs 16 countries. As in their table, theta is minus the coefficient of the tariff.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from multipolar.gravity import estimate, make_panel
from multipolar.gravity.costs import trade_elasticity

REGIONS, TRADED = 31, 20
RIGHT = "log1p(tariff) | exporter + importer + symmetric_pair"


def sector_frame(trade: np.ndarray, tariff: np.ndarray) -> pd.DataFrame:
    """One sector's imports [importer exporter] and tariffs (percent) as rows, home sales left out."""
    importer, exporter = np.nonzero(~np.eye(REGIONS, dtype=bool))
    code = np.array([f"R{k:02d}" for k in range(REGIONS)])
    return pd.DataFrame(
        {
            "exporter": code[exporter],
            "importer": code[importer],
            "year": 1993,
            "trade": trade[importer, exporter],
            "tariff": tariff[importer, exporter] / 100,
        }
    )


def main() -> None:
    """Estimate by sector and print."""
    shared = os.environ.get("MULTIPOLAR_SHARED")
    if not shared:
        sys.exit("set MULTIPOLAR_SHARED to the folder that holds data/")
    folder = Path(shared) / "data" / "caliendo_parro_1993_2005"
    trade = np.loadtxt(folder / "xbilat1993.txt").reshape(TRADED, REGIONS, REGIONS)
    tariff = np.loadtxt(folder / "tariffs1993.txt").reshape(TRADED, REGIONS, REGIONS)
    theirs = pd.read_csv(folder / "cp2015_theta.csv")
    heads = ("least squares", "s.e.", "Poisson", "s.e.", "Caliendo & Parro")
    print(f"{'sector':<18}" + "".join(f"{head:>17}" for head in heads))
    parts = [sector_frame(trade[k], tariff[k]).assign(sector=k) for k in range(TRADED)]
    for k, part in enumerate(parts):
        print(line(str(theirs["sector"].iloc[k]), part, float(theirs["value"].iloc[k])))
    # One panel of all sectors: economies are told apart by sector, so that every effect is by sector.
    stacked = pd.concat(parts, ignore_index=True)
    regions = stacked[["exporter", "importer"]].to_numpy().astype(str)
    stacked["regions"] = ["-".join(sorted(pair)) for pair in regions]
    for side in ("exporter", "importer"):
        stacked[side] = stacked[side] + "-" + stacked["sector"].astype(str)
    print(line("one for all", stacked, None, cluster="regions"))


def line(name: str, frame: pd.DataFrame, published: float | None, cluster: str = "symmetric_pair") -> str:
    """One line of the table."""
    panel = make_panel(frame, name=name)
    cells = []
    for estimator, left in (("ols", "log_trade"), ("ppml", "trade")):
        found = estimate(panel, f"{left} ~ {RIGHT}", estimator=estimator, cluster=cluster)
        theta, error = trade_elasticity(found, "log1p(tariff)", duty_included=True)
        cells += [f"{theta:>17.2f}", f"{error:>17.2f}"]
    return f"{name:<18}" + "".join(cells) + ("" if published is None else f"{published:>17.2f}")


if __name__ == "__main__":
    main()
