"""Bilateral goods trade of 2009, both reports, aggregated; national totals; fuel and ore shares."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from lookups import Lookup, Lookups
from rows import MissingFigureError, Row, Sources

from multipolar.data import read
from multipolar.world.building.mirror import REPORT_CEILING, choose_report

CIF = 1.06
"""Cost, insurance and freight over the free-on-board value: the customary world average the design asks for."""
ENTREPOTS = ("HKG", "SGP", "ARE", "PAN")
"""Countries whose official totals are swollen by goods that only pass through."""
REEXPORTS = (("CHN", "KGZ"),)
"""Pairs whose importer's and exporter's reports differ because goods pass through; the smaller report stands."""


@dataclass(frozen=True)
class Goods:
    """Country-level goods trade, free on board, and where each country belongs.

    Attributes
    ----------
    pairs
        Columns o, d (ISO3), exporter, importer (both reports, USD million, NaN where silent), value, observed, O, D.
    codes
        Economies of the shipped world.
    home
        ISO3 to economy.
    """

    pairs: pd.DataFrame
    codes: tuple[str, ...]
    home: dict[str, str]

    def cells(self, column: str = "value") -> dict[tuple[str, str], float]:
        """Sum a column over the economies of the shipped world, by origin and destination (USD million)."""
        summed = self.pairs.groupby(["O", "D"])[column].sum()
        return {(str(o), str(d)): float(v) for (o, d), v in zip(summed.index, summed.to_numpy(), strict=True)}

    def by_country(self, axis: str) -> dict[str, float]:
        """Recorded trade by country, free on board: axis o for exports, d for imports (USD million)."""
        summed = self.pairs.groupby(axis).value.sum()
        return {str(c): float(v) for c, v in zip(summed.index, summed.to_numpy(), strict=True)}


def read_goods(folder: Path, groups: dict[str, tuple[str, ...]]) -> Goods:
    """Read both reports and choose one for each pair of countries."""
    table = read("wits-reports", folder / "wits2009" / "reporter_mirror_2009.csv.gz")
    pairs = choose_report(table.frame, CIF, REEXPORTS)
    home = {member: code for code, members in groups.items() for member in members}
    pairs["O"], pairs["D"] = pairs.o.map(home), pairs.d.map(home)
    if (lost := pairs[pairs.O.isna() | pairs.D.isna()]).size:
        raise MissingFigureError(f"goods_trade/{lost.o.iloc[0]}/{lost.d.iloc[0]}", "the code is in no economy")
    return Goods(pairs, tuple(groups), home)


def goods_rows(goods: Goods, lookups: Lookups) -> list[Row]:
    """The cells of bilateral goods trade, the two reports behind each, and how far these agree."""
    rows = []
    cells, agreement = goods.cells(), report_agreement(goods)
    reports = {f"goods_report_{name}": goods.cells(name) for name in ("importer", "exporter")}
    observed = goods.pairs.assign(value=goods.pairs.value.where(goods.pairs.observed, 0.0))
    seen = Goods(observed, goods.codes, goods.home).cells()
    sourced = partner_cells(lookups, goods.home)
    for o in goods.codes:
        for d in goods.codes:
            value = cells.get((o, d), 0.0)
            if o == d or value <= 0:
                continue
            agrees = agreement[o, d]
            cell = sourced.get((o, d))
            if cell is not None and not cell[2]:
                agrees = max(agrees, SOURCED_AGREEMENT)
            if cell is not None and cell[0] > value:
                rows.append(_partner_row(o, d, value, cell))
            else:
                status = "observed" if seen[o, d] >= 0.5 * value else "mirrored"
                note = ""
                if (o, d) == ("CHN", "KGZ"):
                    note = "Kyrgyzstan's own report; China's is nine times as large, goods that pass through"
                rows.append(Row("goods_trade", value, "USD million", status, "wits_2009", o, d, note=note))
            rows.append(Row("report_agreement", agrees, "fraction", "observed", "wits_2009", o, d))
            for table, report in reports.items():
                if report[o, d] > 0:
                    status = "observed" if table.endswith("importer") else "mirrored"
                    rows.append(Row(table, report[o, d], "USD million", status, "wits_2009", o, d))
    return rows


CONFIDENTIAL = ("RUS", "KAZ", "BLR", "AZE", "KGZ", "TJK", "UZB")
"""Exporters that hide partners, or whose partners do not report: published shares of their exports lift cells that lie
below them."""
NEIGHBOURS = ("KAZ", "BLR", "UKR", "MDA", "ARM", "AZE", "KGZ", "TJK", "UZB", "MNG")
"""Importers whose published share of imports from Russia does the same for Russia's cells."""
SOURCED_AGREEMENT = 0.98
"""Agreement of a cell that a published partner share confirms (fraction)."""


def partner_cells(lookups: Lookups, home: dict[str, str]) -> dict[tuple[str, str], tuple[float, str, bool]]:
    """Trade by published partner shares times national totals.

    Returns
    -------
    dict
        Origin and destination to value (USD million, free on board), sources, and whether the shares are only of some
        members of the partner.
    """
    found: dict[tuple[str, str], tuple[float, str, bool]] = {}
    for code in CONFIDENTIAL:
        for iso3, economy in home.items():
            cell = _partner_value(lookups, "exports", code, iso3)
            if cell is not None and economy != code:
                value, source, _ = found.get((code, economy), (0.0, "", False))
                keys = " ".join(sorted({*source.split(), *cell[1].split()}))
                found[code, economy] = (value + cell[0], keys, economy != iso3)
    for code in NEIGHBOURS:
        cell = _partner_value(lookups, "imports", code, "RUS")
        if cell is None:
            raise MissingFigureError(f"goods_trade/RUS/{code}", "look up the share of imports from Russia in inputs/")
        other = found.get(("RUS", code), (0.0, "", False))
        found["RUS", code] = max((cell[0] / CIF, cell[1], False), other)
    return found


def _partner_value(lookups: Lookups, side: str, code: str, partner: str) -> tuple[float, str] | None:
    total = lookups.get(f"merchandise_{side}_total", code)
    share = lookups.get(f"partner_share_{side}_{partner}", code)
    if total is None or share is None:
        return None
    return total.value * share.value / 100, " ".join(sorted({total.source, share.source}))


def _partner_row(o: str, d: str, recorded: float, sourced: tuple[float, str, bool]) -> Row:
    value, source, partial = sourced
    note = f"national total times partner's share; recorded {recorded:.3g}"
    if partial:
        note += "; shares of some members only, so a lower bound"
    return Row("goods_trade", value, "USD million", "imputed", " ".join(sorted({*source.split(), "wits_2009"})), o, d,
               lo=max(recorded, 0.85 * value), hi=1.15 * value, note=note)  # fmt: skip


def report_agreement(goods: Goods) -> dict[tuple[str, str], float]:
    """How far the two reports of a cell agree: smaller over larger, summed over country pairs (fraction) [o d].

    A pair with one report counts half, neither confirmed nor contradicted. Two reports can leave out the same goods, so
    agreement alone never counts for more than `REPORT_CEILING`.
    """
    both = goods.pairs[["importer", "exporter"]]
    larger = both.max(axis=1)
    smaller = both.min(axis=1).where(both.notna().all(axis=1), 0.5 * larger)
    pairs = goods.pairs.assign(larger=larger, smaller=smaller)
    table = Goods(pairs, goods.codes, goods.home)
    most = table.cells("larger")
    least = table.cells("smaller")
    return {cell: min(least[cell] / value, REPORT_CEILING) if value > 0 else 0.5 for cell, value in most.items()}


def weighted_share(
    lookups: Lookups, indicators: tuple[str, ...], weights: dict[str, float]
) -> tuple[float, float, float, bool, str]:
    """Mean of summed indicators (percent) over countries, as a fraction: value, lo, hi, observed, sources.

    The range lets the countries without a figure have any share from nothing to everything, and widens by the ranges
    of the estimates.
    """
    total = covered = value = low = high = estimated = 0.0
    used: set[str] = set()
    for iso3, weight in weights.items():
        total += weight
        parts = [lookups.get(indicator, iso3) or stand_in(lookups, indicator, iso3) for indicator in indicators]
        if weight <= 0 or any(part is None for part in parts):
            continue
        found = [part for part in parts if part is not None]
        covered += weight
        value += weight * sum(part.value for part in found) / 100
        low += weight * sum(_end(part, part.lo) for part in found) / 100
        high += weight * sum(_end(part, part.hi) for part in found) / 100
        estimated += weight * (not all(part.observed for part in found))
        used |= {key for part in found for key in part.source.split()}
    if covered <= 0:
        raise MissingFigureError("/".join(indicators) + " of " + ", ".join(weights), "look it up in inputs/")
    missing = total - covered
    observed = missing + estimated <= 0.1 * total
    lo, hi = min(low, value) / total, min((max(high, value) + missing) / total, 1.0)
    return (
        value / covered,
        min(lo, value / covered),
        max(hi, value / covered),
        observed,
        " ".join(sorted(used)),
    )


STAND_INS = {
    ("ore_metal_imports", "UZB"): ("KAZ", "KGZ", "TKM"),
    ("manufacturing_value_added", "TKM"): ("AZE", "KAZ", "UZB"),
}
"""Indicator and country without a figure to the neighbours whose mean and range stand in."""


def stand_in(lookups: Lookups, indicator: str, iso3: str) -> Lookup | None:
    """Mean of the neighbours' figures, with their range."""
    found = [lookups.get(indicator, neighbour) for neighbour in STAND_INS.get((indicator, iso3), ())]
    known = [part for part in found if part is not None]
    if not known:
        return None
    values = [part.value for part in known]
    return Lookup(
        value=sum(values) / len(values),
        year=known[0].year,
        observed=False,
        lo=min(values),
        hi=max(values),
        source=" ".join(sorted({part.source for part in known})),
        note=f"{indicator}: mean and range of {', '.join(STAND_INS[indicator, iso3])}",
    )


def _end(part: Lookup, end: float | None) -> float:
    return part.value if end is None else end


def national_totals(lookups: Lookups, goods: Goods, side: str) -> dict[str, tuple[float, str]]:
    """National total of goods trade by country (USD million, imports c.i.f.) with its sources.

    Recorded trade stands in where there is no total. The totals of entrepots count what only passes through: their
    exports are those that partners record as theirs, raised as the others' are, and their imports fall by as much.
    """
    official = _official_totals(lookups, goods, side)
    exports = official if side == "exports" else _official_totals(lookups, goods, "exports")
    recorded, bought = goods.by_country("o"), goods.by_country("d")
    raised = coverage(lookups, goods)
    for iso3 in ENTREPOTS:
        total, source = official[iso3]
        own = min(recorded[iso3] * raised, exports[iso3][0])
        passing = exports[iso3][0] - own
        value = own if side == "exports" else max(total - passing * CIF, 0.2 * bought[iso3] * CIF)
        official[iso3] = (value, f"{source} wits_2009")
    return official


def _official_totals(lookups: Lookups, goods: Goods, side: str) -> dict[str, tuple[float, str]]:
    recorded = goods.by_country("o" if side == "exports" else "d")
    valued = 1.0 if side == "exports" else CIF
    found = {}
    for iso3 in goods.home:
        lookup = lookups.get(f"merchandise_{side}_total", iso3) or lookups.get(f"goods_{side}", iso3)
        if lookup is not None:
            found[iso3] = (lookup.value, lookup.source)
        elif recorded.get(iso3, 0.0) > 0:
            found[iso3] = (recorded[iso3] * valued, "wits_2009")
    return found


def coverage(lookups: Lookups, goods: Goods) -> float:
    """Official over recorded exports of the countries that are no entrepots and have both (pure number)."""
    recorded = goods.by_country("o")
    official = {m: f.value for m in goods.home if (f := lookups.get("merchandise_exports_total", m)) is not None}
    both = [m for m in official if m not in ENTREPOTS and recorded.get(m, 0.0) > 0]
    return sum(official[m] for m in both) / sum(recorded[m] for m in both)


def register_sources(sources: Sources) -> None:
    """Citations of the trade tables."""
    sources.add(
        "wits_2009",
        "World Bank, World Integrated Trade Solution (WITS), from UN Comtrade of the United Nations Statistics "
        "Division: bilateral goods trade of 2009 as reported by importers and by exporters, aggregated and rounded",
        "https://wits.worldbank.org/",
        "terms of the United Nations Statistics Division",
    )
