"""Measure what the claims take from files that do not ship, and write ``claims/measured.csv``.

Usage: ``python tools/claims/measured.py DATA_FOLDER``; the folder is laid out as ``docs/claims.md`` says. What is
written are aggregates over regions, zones, continents or the world, and statistics of our own, by the functions that
``multipolar claims --data`` runs: three significant digits, standard errors two. No row or column of the data is in it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from multipolar.claims.data import Data
from multipolar.claims.measured import write_measures
from multipolar.claims.run import MEASURED

TABLE = Path(__file__).resolve().parents[2] / "src" / "multipolar" / "claims" / "measured.csv"

if __name__ == "__main__":
    TABLE.write_text(write_measures(MEASURED, Data(Path(sys.argv[1]))), encoding="utf-8")
