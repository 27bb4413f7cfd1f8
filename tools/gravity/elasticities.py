"""Trade elasticities from the tariffs of 1993, beside those of Caliendo & Parro (2015): the table of docs/gravity.md.

Usage: ``MULTIPOLAR_SHARED=... python -m tools.gravity.elasticities``. Prints and writes nothing.

Caliendo & Parro take logarithms of ratios of flows around triples of countries, in which exporter, importer and symmetric
pair costs cancel. Poisson with exporter, importer and symmetric pair effects rests on the same variation, keeps zeros and
weights large flows more; the sample here is all 31 regions of their model, theirs 16 countries.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from multipolar.errors import MultipolarError
from multipolar.gravity import estimate, make_panel
from multipolar.gravity.costs import trade_elasticity

REGIONS, TRADED = 31, 20
FORMULA = "trade ~ log1p(tariff) | exporter + importer + symmetric_pair"


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
    print(f"{'sector':<18}{'theta':>9}{'s.e.':>8}{'Caliendo & Parro':>18}{'rows':>7}")
    for k in range(TRADED):
        name, published = str(theirs["sector"].iloc[k]), float(theirs["value"].iloc[k])
        try:
            found = estimate(make_panel(sector_frame(trade[k], tariff[k]), name=name), FORMULA)
            theta, error = trade_elasticity(found, "log1p(tariff)", duty_included=False)
            print(f"{name:<18}{theta:>9.2f}{error:>8.2f}{published:>18.2f}{found.rows:>7}")
        except MultipolarError as error:
            print(f"{name:<18}  {error}")
    both = []
    for k in range(TRADED):
        both.append(sector_frame(trade[k], tariff[k]).assign(sector=k))
    stacked = pd.concat(both, ignore_index=True)
    # One panel of all sectors: economies are told apart by sector, so that every effect is by sector.
    for side in ("exporter", "importer"):
        stacked[side] = stacked[side] + "-" + stacked["sector"].astype(str)
    stacked["pair_of_regions"] = [
        "-".join(sorted((a.split("-")[0], b.split("-")[0])))
        for a, b in zip(stacked["exporter"], stacked["importer"], strict=True)
    ]
    found = estimate(make_panel(stacked, name="all sectors"), FORMULA, cluster="pair_of_regions")
    theta, error = trade_elasticity(found, "log1p(tariff)", duty_included=False)
    print(f"{'one for all':<18}{theta:>9.2f}{error:>8.2f}{'':>18}{found.rows:>7}")


if __name__ == "__main__":
    main()
