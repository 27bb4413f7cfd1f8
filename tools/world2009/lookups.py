"""The looked-up figures in `inputs/`, and in the package, where recipes read them too: each row with its source."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from rows import Sources

INPUTS = Path(__file__).parent / "inputs"
SHIPPED = Path(__file__).parents[2] / "src" / "multipolar" / "world" / "building" / "figures"
KEYS = ["indicator", "iso3", "year", "value", "unit", "status", "lo", "hi", "source", "note"]


@dataclass(frozen=True)
class Lookup:
    """A looked-up figure."""

    value: float
    year: int
    observed: bool
    lo: float | None
    hi: float | None
    source: str
    note: str


class Lookups:
    """All looked-up figures by indicator and economy."""

    def __init__(self, sources: Sources, folder: Path = INPUTS) -> None:
        self._found: dict[tuple[str, str], Lookup] = {}
        self._cited = read_citations()
        for path in sorted([*folder.glob("*.csv"), *SHIPPED.glob("*.csv")], key=lambda path: path.name):
            frame = pd.read_csv(path, keep_default_na=False, dtype=str)
            if not set(KEYS) <= set(frame.columns):
                continue
            for record in frame.to_dict("records"):
                row = {str(name): str(text) for name, text in record.items()}
                if row["value"]:
                    self._add(row, sources)

    def _add(self, row: dict[str, str], sources: Sources) -> None:
        key = (row["indicator"], row["iso3"])
        found = Lookup(
            value=float(row["value"]),
            year=int(float(row["year"])) if row["year"] else 2009,
            observed=row["status"] == "observed",
            lo=float(row["lo"]) if row["lo"] else None,
            hi=float(row["hi"]) if row["hi"] else None,
            source=sources.add_citation(*self._cited[row["source"]]),
            note=row["note"],
        )
        # Where a table gives a figure more than once, the year nearest to 2009 stands, the first one of equals.
        if key not in self._found or abs(found.year - 2009) < abs(self._found[key].year - 2009):
            self._found[key] = found

    def get(self, indicator: str, iso3: str) -> Lookup | None:
        """Return a figure, None where there is none."""
        return self._found.get((indicator, iso3))


def read_citations(folder: Path = SHIPPED) -> dict[str, tuple[str, str]]:
    """Return the citation and the address behind each key of the `source` columns."""
    frame = pd.read_csv(folder / "sources.csv", keep_default_na=False, dtype=str)
    return {row.key: (row.citation, row.url) for row in frame.itertuples(index=False)}  # type: ignore[union-attr]
