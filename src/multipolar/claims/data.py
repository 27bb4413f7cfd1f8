"""Files that do not ship: where a claim that needs one looks for it, and what it gets."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from multipolar.data.files import find_file
from multipolar.errors import DataError, InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FILES", "Data"]

FILES: dict[str, tuple[str, ...]] = {
    "trade_panel": ("trade_panel/trade_1964_2008_4yearly.parquet",),
    "distances": ("wits2009/dist_cepii.csv.gz",),
    "trade_2009": ("wits2009/trade2009_long.csv",),
    "gdp": ("wdi/gdp_usd.csv",),
    "tariffs": ("wdi/tariff_applied_weighted_pct.csv",),
    "capabilities": ("cow/cow_nmc.parquet",),
    "conflicts": ("cow/ucdp_acd.parquet",),
    "contiguity": ("cow/cow_contdir.parquet", "cow/cow_states.csv"),
    "regimes": ("cow/cw_democracy_1990on.parquet",),
    "ideal_points": ("unga/ideal_points_utf8.csv",),
    "brent": ("oil/brent_year.csv",),
}
"""Role -> files, by their path in the folder given with ``--data``."""

LAST_YEAR = 2009
"""Rows of later years are dropped on reading, so that no outcome can reach a verdict of a claim."""


@dataclass(frozen=True)
class Data:
    """A folder of files, read when first asked for; rows after the last year never leave it.

    Parameters
    ----------
    folder
        None for the shipped figures alone.
    last
        Last year that is read; the claims keep 2009.
    """

    folder: Path | None = None
    last: int = LAST_YEAR

    def __post_init__(self) -> None:
        if self.folder is not None and not self.folder.is_dir():
            raise InputError(f"'{self.folder}' is no folder; name the one that holds the files with --data")

    def lack(self, needs: tuple[str, ...]) -> str | None:
        """Return what is missing for some roles and the remedy, None if all is there."""
        absent = [name for role in needs for name in FILES[role] if not self._has(name)]
        if not absent:
            return None
        where = "" if self.folder is None else f" (not in {self.folder.name}/)"
        return f"needs {', '.join(absent)}{where}; --data DIR names the folder that holds them"

    def present(self) -> list[str]:
        """Return the files of the table that the folder has."""
        return sorted({name for names in FILES.values() for name in names if self._has(name)})

    def _has(self, name: str) -> bool:
        return self.folder is not None and (self.folder / name).is_file()

    def _path(self, role: str, place: int = 0) -> Path:
        if self.folder is None:
            raise DataError(f"'{FILES[role][place]}' does not ship; name its folder with --data")
        return find_file(FILES[role][place], (self.folder,))

    def _until(self, frame: pd.DataFrame) -> pd.DataFrame:
        return frame[frame["year"] <= self.last].reset_index(drop=True)

    @cached_property
    def trade_panel(self) -> pd.DataFrame:
        """``exporter, importer, year, trade`` (USD million) of goods, every four years; only reported pairs.

        Under the codes of the atlas: the file has Romania under an old one, Belgium with Luxembourg under its own.
        """
        import pandas as pd

        from multipolar.study.orbit_history import with_known_codes

        frame = _parquet(self._path("trade_panel"), ("exporter", "importer", "year", "trade_usd"))
        made = frame.rename(columns={"trade_usd": "trade"})
        made = made.assign(trade=pd.to_numeric(made["trade"]) / 1e6, year=made["year"].astype(int))
        return self._until(with_known_codes(made))

    @cached_property
    def distances(self) -> pd.DataFrame:
        """``origin, destination, contiguity, language, colony, distance_weighted_km``."""
        return _tidy("geodist", self._path("distances"))

    @cached_property
    def trade_2009(self) -> pd.DataFrame:
        """``origin, destination, year, value`` (USD million)."""
        return self._until(_tidy("wits-trade", self._path("trade_2009")))

    @cached_property
    def gdp(self) -> pd.DataFrame:
        """GDP (current USD): index year, columns economy."""
        table = self._until(_tidy("wdi-long", self._path("gdp"), column="gdp_usd"))
        return table.pivot(index="year", columns="iso3", values="value")

    @cached_property
    def tariffs(self) -> pd.DataFrame:
        """Applied tariff, import-weighted mean (fraction): index year, columns economy."""
        name = "tariff_applied_weighted_pct"
        table = self._until(_tidy("wdi-long", self._path("tariffs"), column=name))
        return table.pivot(index="year", columns="iso3", values="value") / 100.0

    @cached_property
    def capabilities(self) -> pd.DataFrame:
        """National capabilities by ``iso3, year``."""
        return self._until(_tidy("cow-nmc", self._path("capabilities")))

    @cached_property
    def conflicts(self) -> pd.DataFrame:
        """Conflict-years by government party: ``iso3, year, conflict, type``."""
        return self._until(_tidy("ucdp-acd", self._path("conflicts")))

    @cached_property
    def ideal_points(self) -> pd.DataFrame:
        """Ideal points with their 5 to 95% interval: ``iso3, year, ideal_point, lo, hi``."""
        return self._until(_tidy("ideal-points", self._path("ideal_points")))

    @cached_property
    def borders(self) -> dict[str, frozenset[str]]:
        """Neighbours by land in mid-2000, for states then alive."""
        rows = _parquet(self._path("contiguity"), ("ccode1", "ccode2", "conttype", "stdate", "enddate"))
        rows = rows[(rows.conttype == 1) & (rows.stdate.astype(str) <= "2000-07-01")]
        rows = rows[rows.enddate.astype(str) >= "2000-07-01"]
        found: dict[str, set[str]] = {}
        for a, b in zip(_iso3(rows.ccode1), _iso3(rows.ccode2), strict=True):
            if a and b:
                found.setdefault(a, set()).add(b)
                found.setdefault(b, set()).add(a)
        return {state: frozenset(others) for state, others in found.items()}

    @cached_property
    def states(self) -> tuple[str, ...]:
        """States of the system in mid-2000."""
        from multipolar.data.tables import read_raw

        raw = read_raw(self._path("contiguity", 1))
        columns = [raw.find((name,)) for name in ("ccode", "styear", "endyear")]
        if None in columns:
            raise DataError("needs the columns ccode, styear, endyear", FILES["contiguity"][1])
        codes, starts, ends = (column or [] for column in columns)
        alive = [
            code
            for code, start, end in zip(codes, starts, ends, strict=True)
            if float(start) <= 2000 and float(end) >= 2000
        ]
        return tuple(dict.fromkeys(code for code in _iso3(alive) if code))

    @cached_property
    def regimes(self) -> pd.DataFrame:
        """Polyarchy by state and year: ``iso3, year, polyarchy``."""
        frame = _parquet(self._path("regimes"), ("ccode", "year", "v2x_polyarchy")).dropna()
        made = frame.assign(iso3=_iso3(frame.ccode), polyarchy=frame.v2x_polyarchy, year=frame.year.astype(int))
        made = made[made.iso3 != ""].drop_duplicates(["iso3", "year"])
        return self._until(made[["iso3", "year", "polyarchy"]])

    @cached_property
    def brent(self) -> pd.Series:
        """Brent, yearly mean (USD a barrel); index year."""
        import pandas as pd

        from multipolar.data.tables import read_raw

        raw = read_raw(self._path("brent"))
        try:
            years = [int(cell[:4]) for cell in raw.columns[0]]
            values = [float(cell) for cell in raw.columns[1]]
        except (ValueError, IndexError):
            raise DataError("needs two columns, a date and a price", raw.file) from None
        series = pd.Series(values, index=years)
        return series[series.index <= self.last]


def _tidy(name: str, path: Path, **options: object) -> pd.DataFrame:
    from multipolar.data.readers import read

    return read(name, path, **options).frame


def _parquet(path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """Read named columns of a Parquet file; those of the claims have no reader of their own."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise DataError(
            "Parquet needs the extra 'data': pip install 'multipolar[data]', in a clone pip install -e '.[data]'",
            path.name,
        ) from None
    try:
        return pq.read_table(path, columns=list(columns)).to_pandas()
    except (OSError, KeyError, ValueError, pa.ArrowException) as error:
        text = " ".join(str(error).split())[:120]
        raise DataError(f"cannot be read ({text}); it needs the columns {', '.join(columns)}", path.name) from None


def _iso3(codes: object) -> list[str]:
    """Map Correlates of War numbers to ISO3, the empty text for a state unknown to the atlas."""
    from multipolar.data.codes import Codes

    cow = Codes(scheme="cow")
    return [cow.find(str(code)) or "" for code in codes]  # type: ignore[attr-defined]
