"""Tariffs: who grants whom a preference, the rate on everyone else, and what the WTO binds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
from lookups import Lookups
from rows import MissingFigureError, Row, Sources
from trade import Goods, national_totals

from multipolar import atlas
from multipolar.data import read
from multipolar.world.building.preferences import agreement_pairs

CIS = ("RUS", "KAZ", "BLR", "UKR", "MDA", "GEO", "ARM", "AZE", "KGZ", "TJK", "TKM", "UZB")
NO_FREE_TRADE = frozenset({frozenset({"ARM", "AZE"})})
"""Pairs of the CIS free-trade area that do not apply it to each other."""
IN_FORCE = 2009
PREFERENCE_LIMIT = 1.6
"""Largest ratio of the rate on outsiders, as the mean and the preferential share imply it, to the published
most-favoured-nation mean. Beyond it agreements do not free all the trade they cover."""


def free_trade_pairs(folder: Path, groups: dict[str, tuple[str, ...]], sources: Sources) -> set[frozenset[str]]:
    """Pairs of countries with free trade in goods in mid-2009: DESTA's agreements, and the CIS area."""
    sources.add(
        "desta",
        "Dür, Baccini & Elsig, 'The Design of International Trade Agreements: Introducing a New Dataset', Review of "
        "International Organizations 9(3), 2014; DESTA, agreements and accessions to 2020",
        "https://www.designoftradeagreements.org/",
        "free for research with citation",
    )
    table = read("desta", folder / "desta" / "desta_members_long.csv")
    pairs = agreement_pairs(table.frame, IN_FORCE, groups["EUN"])
    pairs |= {frozenset({a, b}) for a in CIS for b in CIS if a != b}
    return pairs - NO_FREE_TRADE


def preference_rows(goods: Goods, pairs: set[frozenset[str]]) -> list[Row]:
    """Share of imports from each economy that enters free of duty, because of an agreement."""
    table = goods.pairs[goods.pairs.O != goods.pairs.D]
    free = np.array([frozenset({o, d}) in pairs for o, d in zip(table.o, table.d, strict=True)])
    table = table.assign(free=table.value.where(free, 0.0))
    trade = Goods(table, goods.codes, goods.home)
    everything, duty_free = trade.cells("value"), trade.cells("free")
    rows = []
    for o in goods.codes:
        for d in goods.codes:
            if o == d:
                continue
            share, note = 0.0, ""
            if everything.get((o, d), 0.0) > 0:
                share = duty_free[o, d] / everything[o, d]
            elif o in CIS and d in CIS and frozenset({o, d}) in pairs:
                share, note = 1.0, "no trade recorded"
            if share < 0.005:
                continue
            source = "cis_fta desta" if o in CIS and d in CIS else "desta wits_2009"
            for sector in ("energy", "goods"):
                rows.append(Row("preference", min(share, 1.0), "fraction of the external tariff waived", "observed",
                                source, o, d, sector, note=note))  # fmt: skip
    return rows


class ExternalRates:
    """Rates on outsiders from mean rates over all imports."""

    def __init__(self, folder: Path, lookups: Lookups, goods: Goods, sources: Sources) -> None:
        self.lookups, self.goods = lookups, goods
        sources.add(
            "wdi_tariff",
            "World Bank, World Development Indicators, Tariff rate, applied, weighted mean, all products (%), "
            "TM.TAX.MRCH.WM.AR.ZS",
            "https://data.worldbank.org/indicator/TM.TAX.MRCH.WM.AR.ZS",
            "CC BY 4.0",
        )
        frame = pd.read_csv(folder / "wdi" / "tariff_applied_weighted_pct.csv").dropna()
        frame = frame.assign(gap=frame.year.sub(2009).abs()).query("gap <= 4")
        frame = frame.sort_values(["iso3", "gap", "year"]).drop_duplicates("iso3")
        self.mean = {
            iso3: (value / 100, int(year))
            for iso3, value, year in zip(frame.iso3, frame.tariff_applied_weighted_pct, frame.year, strict=True)
        }
        self.imports = national_totals(lookups, goods, "imports")

    def mean_rate(self, members: tuple[str, ...]) -> tuple[float, float, int, str]:
        """Import-weighted mean rate of a group over all imports: rate, share of imports covered, year, sources."""
        weight = {m: self.imports[m][0] for m in members if m in self.imports}
        rate = covered = 0.0
        years: list[int] = []
        used: set[str] = set()
        for m, w in weight.items():
            if m in self.mean:
                value, year, source = *self.mean[m], "wdi_tariff"
            elif len(members) > 1 and (found := self.lookups.get("mfn_weighted_all", m)) is not None:
                value, year, source = found.value / 100, found.year, found.source
            else:
                continue
            rate, covered = rate + w * value, covered + w
            years.append(year)
            used.add(source)
        if covered <= 0:
            return float("nan"), 0.0, 2009, ""
        year = years[0] if len(members) == 1 else 2009
        return rate / covered, covered / sum(weight.values()), year, " ".join(sorted(used))

    def outsider_rate(self, members: tuple[str, ...]) -> tuple[float, str, int]:
        """Most-favoured-nation rate weighted by imports, its sources and year; NaN where nobody has one."""
        rate = covered = 0.0
        used: set[str] = set()
        year = 2009
        for m in members:
            found = self.lookups.get("mfn_weighted_all", m)
            if found is not None and m in self.imports:
                rate, covered = rate + self.imports[m][0] * found.value / 100, covered + self.imports[m][0]
                used.add(found.source)
                year = found.year if len(members) == 1 else 2009
        return (rate / covered if covered > 0 else float("nan")), " ".join(sorted(used)), year

    def primary_rate(self, members: tuple[str, ...]) -> tuple[float, str]:
        """Import-weighted mean rate on primary products, applied; NaN where nobody has one."""
        rate = covered = 0.0
        used: set[str] = set()
        for m in members:
            found = self.lookups.get("applied_weighted_primary", m)
            if found is not None and m in self.imports:
                rate, covered = rate + self.imports[m][0] * found.value / 100, covered + self.imports[m][0]
                used.add(found.source)
        return (rate / covered, " ".join(sorted(used))) if covered > 0 else (float("nan"), "")


def external_rows(
    rates: ExternalRates, preferences: list[Row], shares: list[Row], groups: dict[str, tuple[str, ...]]
) -> list[Row]:
    """Mean rate on outsiders, the rate on their energy, and its share in what they sell; goods pay what follows.

    Only the mean is measured, so only one of the two rates is free: loading derives the rate on goods in every draw.
    """
    goods = rates.goods
    cells = goods.cells()
    free = {(r.origin, r.destination): float(r.value or 0.0) for r in preferences if r.sector == "goods"}
    of_exports = {r.origin: float(r.value or 0.0) for r in shares if r.table == "energy_share_exports"}
    of_imports = {r.destination: float(r.value or 0.0) for r in shares if r.table == "energy_share_imports"}
    abroad = {cell: value for cell, value in cells.items() if cell[0] != cell[1]}
    world = sum(value * of_exports[o] for (o, _), value in abroad.items()) / sum(abroad.values())
    rows = []
    for code, members in groups.items():
        bought = {o: value for (o, d), value in abroad.items() if d == code}
        outside = {o: value * (1.0 - free.get((o, code), 0.0)) for o, value in bought.items()}
        total = sum(outside.values())
        share_outside = min(total / sum(bought.values()), 1.0) if total > 0 else 1.0
        energy = sum(v * _odds(of_exports[o], of_imports[code], world) for o, v in outside.items())
        rows += _external(rates, code, members, share_outside)
        source = next(r.source for r in shares if r.table == "energy_share_imports" and r.destination == code)
        rows.append(Row("outsider_energy_share", energy / total if total > 0 else 0.0, "fraction", "imputed",
                        " ".join(sorted({*source.split(), "wits_2009"})), "", code,
                        note="odds of exporters' and importer's energy shares, over the world's"))  # fmt: skip
    return [*rows, *schedule_rows(rates.lookups, groups)]


def schedule_rows(lookups: Lookups, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """Economies that apply the tariff of another, in whole or in part."""
    rows = []
    for origin in groups:
        for code in groups:
            if (found := lookups.get(f"schedule_of_{origin}", code)) is not None:
                rows.append(Row("tariff_schedule", found.value / 100, "fraction of the external tariff", "imputed",
                                found.source, origin, code, year=found.year, note=found.note))  # fmt: skip
    return rows


def _odds(exporter: float, importer: float, world: float) -> float:
    """Energy share of a cell: the odds of exporter and importer multiply, over those of the world (as in closing)."""
    yes = exporter * importer * (1.0 - world)
    no = (1.0 - exporter) * (1.0 - importer) * world
    return yes / (yes + no)


def _external(rates: ExternalRates, code: str, members: tuple[str, ...], share_outside: float) -> list[Row]:
    mean, covered, year, source = rates.mean_rate(members)
    outsider, outsider_source, outsider_year = rates.outsider_rate(members)
    if covered < 0.5 and outsider != outsider:
        raise MissingFigureError(f"external_tariff/{code}/goods", "look up an applied or most-favoured rate in inputs/")
    note = f"mean over all imports {mean:.2%}, of which {1 - share_outside:.0%} preferential"
    if covered < 0.5:
        mean, share_outside, year, source = outsider, 1.0, outsider_year, outsider_source
        note = "most-favoured-nation rate weighted by imports"
    elif mean / share_outside > PREFERENCE_LIMIT * outsider:
        note = f"{note}, which would give {mean / share_outside:.1%}: preferences are not full, so the "
        note += "most-favoured-nation rate weighted by imports stands"
        mean, share_outside, source = outsider, 1.0, f"{source} {outsider_source}"
    primary, primary_source = rates.primary_rate(members)
    if primary != primary:
        primary, primary_source = mean, source
    rate = mean / share_outside
    energy = 0.5 * min(primary / share_outside, rate)
    lo, hi, others, used = _range(rates.lookups, code, members, rate)
    if others:
        note += f"; the range of 10% either way reaches {others}"
    keys = {*source.split(), *primary_source.split(), "wits_2009", "desta"}
    return [
        Row("outsider_tariff", rate, "fraction", "imputed", " ".join(sorted(keys | used)), "", code, "", year, lo, hi,
            note),
        Row("outsider_energy_tariff", energy, "fraction", "imputed", " ".join(sorted(keys)), "", code, "", year, 0.0,
            2 * energy, "assumed half the mean rate on primary products, or on everything where lower: fuels and ores "
            "are taxed less than food"),
    ]  # fmt: skip


RATE_SPREAD = 0.1
"""Range of the mean rate on outsiders (fraction either way): our choice."""


def _range(lookups: Lookups, code: str, members: tuple[str, ...], rate: float) -> tuple[float, float, str, set[str]]:
    """Low and high of a country's rate on outsiders: as far as what others publish of it.

    Preferences are taken as full, which the data do not say: a published most-favoured-nation mean, at the nearer end
    of its own range, and any other source's figure lie inside. Returns those that widen the range, and their sources.
    """
    lo, hi = (1.0 - RATE_SPREAD) * rate, (1.0 + RATE_SPREAD) * rate
    widened, used = [], set()
    for indicator, name in (
        ("mfn_weighted_all", "the most-favoured-nation mean weighted by imports"),
        ("union_before_weighted", "the World Bank's figure before the customs union"),
    ):
        found = lookups.get(indicator, code) if len(members) == 1 else None
        if found is None:
            continue
        ends = [found.value if end is None else end for end in (found.lo, found.hi)]
        nearest = min(max(rate, ends[0] / 100), ends[1] / 100)
        if not lo <= nearest <= hi:
            lo, hi = min(lo, nearest), max(hi, nearest)
            widened.append(f"{name} ({nearest:.2%})")
            used |= set(found.source.split())
    return lo, hi, " and ".join(widened), used


def binding_rows(lookups: Lookups, goods: Goods, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """WTO bindings on manufactures and primary products; empty for economies outside the WTO."""
    imports = national_totals(lookups, goods, "imports")
    inside = set(atlas.members("WTO", dt.date(2009, 6, 15)))
    rows = []
    for code, members in groups.items():
        for sector, indicator in (("goods", "bound_simple_manufactures"), ("energy", "bound_simple_primary")):
            value = covered = total = 0.0
            used: set[str] = set()
            for m in members:
                weight = imports[m][0] if m in imports and m in inside else 0.0
                total += weight
                found = lookups.get(indicator, m)
                if found is not None and weight > 0:
                    value, covered = value + weight * found.value / 100, covered + weight
                    used.add(found.source)
            table = f"attribute_wto_binding:{sector}"
            if covered < 0.5 * total or covered <= 0:
                rows.append(Row(table, None, "fraction", "imputed", "", code,
                                note="no binding: outside the WTO in 2009, or not published"))  # fmt: skip
            else:
                note = "simple mean of bound rates" + ("; on all primary products" if sector == "energy" else "")
                rows.append(
                    Row(
                        table,
                        value / covered,
                        "fraction",
                        "observed",
                        " ".join(sorted(used)),
                        code,
                        note=note,
                    )
                )
    return rows


def register_sources(sources: Sources) -> None:
    """Citations of the preference tables."""
    cis = atlas.source("wp_cisfta94")
    sources.add("cis_fta", cis.citation, cis.url, cis.licence)


__all__ = ["ExternalRates", "binding_rows", "external_rows", "free_trade_pairs", "preference_rows"]
