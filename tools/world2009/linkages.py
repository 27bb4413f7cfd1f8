"""Input shares from the World Input-Output Database of 2009, and the countries that stand in where it is silent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from rows import SECTORS, Row, Sources

from multipolar.data import read
from multipolar.world.building.three_sector import three_sectors

ENERGY_INDUSTRIES = ("Mining", "Petroleum")
GOODS_INDUSTRIES = (
    "Agriculture",
    "Food",
    "Textiles",
    "Leather",
    "Wood",
    "Paper",
    "Chemicals",
    "Rubber_Plastics",
    "NonMetallicMinerals",
    "Metals",
    "Machinery",
    "Electrical_Optical",
    "TransportEq",
    "OtherManuf",
)
OWN_SHARE = 0.7
"""Least share of an economy's GDP in WIOD for its linkages to count as observed."""

PROXIES: dict[str, tuple[tuple[str, ...], str]] = {
    "KAZ": (("RUS", "MEX", "IDN"), "middle-income exporters of fuels and ores"),
    "AZE": (("RUS", "MEX", "IDN"), "middle-income exporters of fuels and ores"),
    "TKM": (("RUS", "MEX", "IDN"), "middle-income exporters of fuels and ores"),
    "UZB": (("RUS", "MEX", "IDN"), "middle-income exporters of fuels and ores"),
    "IRN": (("RUS", "MEX", "IDN"), "middle-income exporters of fuels and ores"),
    "GCC": (("RUS", "MEX", "IDN"), "middle-income exporters of fuels and ores"),
    "MNA": (("RUS", "MEX", "IDN", "TUR"), "middle-income exporters of fuels and ores, and Turkey"),
    "MNG": (("RUS", "IDN", "AUS"), "exporters of ores and coal"),
    "BLR": (("LTU", "POL", "ROU", "BGR"), "post-socialist neighbours that refine imported oil"),
    "UKR": (("POL", "ROU", "BGR", "RUS"), "post-socialist neighbours"),
    "MDA": (("ROU", "BGR", "TUR"), "neighbours without much energy"),
    "GEO": (("ROU", "BGR", "TUR"), "neighbours without much energy"),
    "ARM": (("ROU", "BGR", "TUR"), "neighbours without much energy"),
    "KGZ": (("ROU", "IND", "IDN"), "low-income or agrarian economies"),
    "TJK": (("ROU", "IND", "IDN"), "low-income or agrarian economies"),
    "WBK": (("BGR", "ROU", "HUN", "SVN"), "neighbours"),
    "EFT": (("AUT", "DNK", "GBR", "SWE"), "rich neighbours, two of them with North Sea oil"),
    "SAS": (("IND", "IDN"), "Asian neighbours"),
    "ASE": (("IDN", "KOR", "TWN", "IND"), "Indonesia and Asian neighbours"),
    "LAC": (("BRA", "MEX"), "Latin American neighbours"),
    "SSA": (("IDN", "IND", "BRA", "MEX"), "low- and middle-income economies"),
}
"""Economy to the countries whose mean stands in for it, and why these."""
ENERGY_PROXIES: dict[str, tuple[tuple[str, ...], str]] = {
    "BLR": (("LTU", "BEL", "KOR"), "they refine imported oil for themselves and for export and mine next to nothing"),
}
"""The same for what the energy sector buys, where the countries above mine more or refine less."""


@dataclass(frozen=True)
class Wiod:
    """WIOD 2009 in three sectors (USD million, basic prices).

    Attributes
    ----------
    codes
        ISO3 of the countries; the rest of the world is left out.
    use
        Purchases of user `s` in country `o` from supplier `k`, of any origin [o s k].
    output
        Gross output [o s].
    final
        Final demand by supplying sector [o k].
    home_sales
        Sales of a country's sector to its own users and final demand [o s].
    """

    codes: tuple[str, ...]
    use: np.ndarray
    output: np.ndarray
    final: np.ndarray
    home_sales: np.ndarray

    @cached_property
    def value_added(self) -> np.ndarray:
        """Output less inputs: value added, net taxes and transport margins [o s]."""
        return self.output - self.use.sum(axis=2)

    def home_share(self, countries: tuple[str, ...], sector: int) -> np.ndarray:
        """Home sales of a sector over all that each country uses of it (fraction) [o]."""
        at = [self.position(c) for c in countries]
        return self.home_sales[at, sector] / (self.use[at, :, sector].sum(axis=1) + self.final[at, sector])

    def position(self, code: str) -> int:
        return self.codes.index(code)

    def members(self, members: tuple[str, ...]) -> list[int]:
        """Positions of the members that WIOD has."""
        return [self.codes.index(m) for m in members if m in self.codes]


def read_wiod(folder: Path, sources: Sources) -> Wiod:
    """Aggregate WIOD's 35 industries to three sectors."""
    sources.add(
        "wiod_2013",
        "Timmer, Dietzenbacher, Los, Stehrer & de Vries, 'An Illustrated User Guide to the World Input-Output "
        "Database: the Case of Global Automotive Production', Review of International Economics 23(3), 2015; "
        "World Input-Output Tables, release 2013, year 2009, aggregated and rounded",
        "https://www.rug.nl/ggdc/valuechain/wiod/wiod-2013-release",
        "CC BY 4.0",
    )
    table = read("wiod-npz", folder / "wiod2009" / "wiot_2009.npz", year=2009)
    merged = three_sectors(table, {"energy": [*ENERGY_INDUSTRIES], "goods": [*GOODS_INDUSTRIES]})
    keep = len(table.economies) - 1
    return Wiod(
        codes=table.economies[:keep],
        use=merged.use[:keep],
        output=merged.output[:keep],
        final=merged.final[:keep],
        home_sales=merged.home_sales[:keep],
    )


def linkage_rows(wiod: Wiod, groups: dict[str, tuple[str, ...]], gdp: dict[str, float]) -> list[Row]:
    """Input shares and the energy share of final demand, for every economy."""
    rows: list[Row] = []
    for code, members in groups.items():
        own = wiod.members(members)
        total = sum(gdp.get(m, 0.0) for m in members)
        covered = sum(gdp.get(wiod.codes[i], 0.0) for i in own)
        if own and covered >= OWN_SHARE * total:
            note = "" if covered > 0.99 * total else f"WIOD covers {covered / total:.0%} of GDP"
            rows += _rows(code, [_shares(wiod, own)], "observed", note)
        else:
            stand_ins, why = PROXIES[code]
            shares = [_shares(wiod, [wiod.position(c)]) for c in stand_ins]
            found = _rows(code, shares, "imputed", f"mean and range of {', '.join(stand_ins)}: {why}")
            rows += [_energy_user(row, wiod) if row.sector == "energy" else row for row in found]
    return rows


def _energy_user(row: Row, wiod: Wiod) -> Row:
    """What the energy sector buys, from its own stand-ins where it has some."""
    if row.origin not in ENERGY_PROXIES:
        return row
    stand_ins, why = ENERGY_PROXIES[row.origin]
    supplier = SECTORS.index(row.table.removeprefix("input_share_"))
    values = [float(_shares(wiod, [wiod.position(c)])[0, supplier]) for c in stand_ins]
    note = f"mean and range of {', '.join(stand_ins)}: {why}"
    return replace(row, value=sum(values) / len(values), lo=min(values), hi=max(values), note=note)


def _shares(wiod: Wiod, positions: list[int]) -> np.ndarray:
    """Input shares [s k] with the final-demand shares as a fourth row, of some countries together."""
    inputs = wiod.use[positions].sum(axis=0) / wiod.output[positions].sum(axis=0)[:, None]
    final = wiod.final[positions].sum(axis=0)
    return np.vstack([inputs, final / final.sum()])


def _rows(code: str, shares: list[np.ndarray], status: str, note: str) -> list[Row]:
    """Means and ranges; in a draw all shares of an economy run from low to high together."""
    stacked = np.stack(shares)
    value, lo, hi = stacked.mean(axis=0), stacked.min(axis=0), stacked.max(axis=0)

    def row(table: str, at: tuple[int, int], sector: str = "") -> Row:
        return Row(
            table, float(value[at]), "fraction", status, "wiod_2013", code, "", sector, 2009,
            float(lo[at]), float(hi[at]), note, f"linkages/{code}",
        )  # fmt: skip

    found = [
        row(f"input_share_{supplier}", (s, k), user)
        for s, user in enumerate(SECTORS)
        for k, supplier in enumerate(SECTORS)
    ]
    return [*found, row("energy_final_share", (3, 0))]
