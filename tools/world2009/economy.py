"""Figures of one economy: GDP, trade totals, fuel and ore shares, services trade, sector shares."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
from linkages import Wiod
from lookups import Lookups
from rows import MissingFigureError, Row, Sources, place
from trade import CIF, ENTREPOTS, Goods, coverage, national_totals, stand_in, weighted_share

GROUP_SPREAD = 0.05
"""Range of a total from which trade inside the group was taken out (fraction either way)."""


@dataclass(frozen=True)
class Macro:
    """National accounts of 2009 by ISO3.

    Attributes
    ----------
    gdp
        GDP (USD million), with its source.
    shares
        Indicator to ISO3 to percent of GDP and the year it is of.
    """

    gdp: dict[str, tuple[float, str]]
    shares: dict[str, dict[str, tuple[float, int]]]


def read_macro(folder: Path, lookups: Lookups, sources: Sources) -> Macro:
    """Read GDP and shares of GDP; those of Taiwan and North Korea are looked up."""
    gdp_source = sources.add(
        "wdi_gdp",
        "World Bank, World Development Indicators, GDP (current US$), NY.GDP.MKTP.CD, year 2009",
        "https://data.worldbank.org/indicator/NY.GDP.MKTP.CD",
        "CC BY 4.0",
    )
    sources.add(
        "wdi_shares",
        "World Bank, World Development Indicators, value added in agriculture, industry and services, exports "
        "and imports of goods and services, and military expenditure (percent of GDP), year 2009, via Gapminder",
        "https://www.gapminder.org/data/",
        "CC BY 4.0",
    )
    frame = pd.read_csv(folder / "wdi" / "gdp_usd.csv")
    frame = frame[frame.year.eq(2009)]
    gdp = {iso3: (value / 1e6, gdp_source) for iso3, value in zip(frame.iso3, frame.gdp_usd, strict=True)}
    for iso3 in ("TWN", "PRK"):
        if (found := lookups.get("gdp", iso3)) is None:
            raise MissingFigureError(f"gdp of {iso3}", "look it up in inputs/gaps.csv")
        gdp[iso3] = (found.value, found.source)
    shares = {}
    for name in ("agriculture", "industry", "services", "exports", "imports", "military_expenditure"):
        shares[name] = _nearest(pd.read_csv(folder / "macro" / f"{name}_percent_of_gdp.csv"))
    return Macro(gdp, shares)


def _nearest(frame: pd.DataFrame) -> dict[str, tuple[float, int]]:
    """The value of the year nearest to 2009 (the earlier of two), at most three years away."""
    name = frame.columns[2]
    frame = frame[frame.time.sub(2009).abs().le(3)].dropna(subset=[name])
    frame = frame.assign(gap=frame.time.sub(2009).abs()).sort_values(["geo", "gap", "time"]).drop_duplicates("geo")
    return {geo.upper(): (float(v), int(y)) for geo, v, y in zip(frame.geo, frame[name], frame.time, strict=True)}


def gdp_rows(macro: Macro, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """GDP of every economy; members without a figure are named."""
    rows = []
    for code, members in groups.items():
        known = [m for m in members if m in macro.gdp]
        if not known:
            raise MissingFigureError(f"gdp/{code}", "look it up in inputs/")
        source = " ".join(sorted({macro.gdp[m][1] for m in known}))
        missing = [m for m in members if m not in macro.gdp]
        note = f"no figure for {', '.join(missing)}" if missing else ""
        rows.append(Row("gdp", sum(macro.gdp[m][0] for m in known), "USD million", "observed", source, code, note=note))
    return rows


def goods_total_rows(lookups: Lookups, goods: Goods, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """National totals of goods trade with other economies, free on board."""
    inside = inside_trade(lookups, goods, groups)
    return [
        _goods_total(lookups, side, code, members, totals, inside[code])
        for side in ("exports", "imports")
        for totals in (national_totals(lookups, goods, side),)
        for code, members in groups.items()
    ]


def inside_trade(lookups: Lookups, goods: Goods, groups: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """Goods trade between the members of each group (USD million, free on board).

    Recorded trade raised to official coverage; what goes to an entrepot passes through and is not counted. Where the
    group's exports to others have a source, the rest of its members' exports.
    """
    raised = coverage(lookups, goods)
    pairs = goods.pairs[goods.pairs.O.eq(goods.pairs.D) & ~goods.pairs.d.isin(ENTREPOTS)]
    recorded = Goods(pairs, goods.codes, goods.home).cells()
    exports = national_totals(lookups, goods, "exports")
    found = {code: recorded.get((code, code), 0.0) * raised for code in groups}
    for code, members in groups.items():
        if (external := lookups.get("goods_exports_external", code)) is not None:
            found[code] = sum(exports[m][0] for m in members if m in exports) - external.value
    return found


def _goods_total(
    lookups: Lookups,
    side: str,
    code: str,
    members: tuple[str, ...],
    totals: dict[str, tuple[float, str]],
    inside: float,
) -> Row:
    table = f"goods_{side}"
    known = [m for m in members if m in totals]
    if not known:
        raise MissingFigureError(f"{table}/{code}", "look up merchandise totals in inputs/")
    total = sum(totals[m][0] for m in known)
    keys = {key for m in known for key in totals[m][1].split()}
    notes = ["reported c.i.f. value over 1.06"] if side == "imports" else []
    fob = 1.0 if side == "exports" else 1.0 / CIF
    single = lookups.get(f"merchandise_{side}_total", code) if len(members) == 1 else None
    if single is not None and not single.observed:
        lo, hi = (end * fob if end is not None else None for end in (single.lo, single.hi))
        notes = [part for part in (single.note, *notes) if part]
        return Row(table, total * fob, "USD million", "imputed", " ".join(sorted(keys)), *place(side, code),
                   lo=lo, hi=hi, note="; ".join(notes))  # fmt: skip
    if inside <= 0.001 * total:
        keys_text, note = " ".join(sorted(keys)), "; ".join(notes)
        return Row(table, total * fob, "USD million", "observed", keys_text, *place(side, code), note=note)
    external = lookups.get("goods_exports_external", code)
    if external is not None:
        keys.add(external.source)
        notes.append("members' total less their exports to each other" if side == "imports" else external.note)
    else:
        keys.add("wits_2009")
        notes.append(
            f"members' total less trade inside the group ({inside / total:.0%}), re-exports of entrepots left out"
        )
    value = (total - inside) * fob
    return Row(table, value, "USD million", "imputed", " ".join(sorted(keys)), *place(side, code),
               lo=value * (1 - GROUP_SPREAD), hi=value * (1 + GROUP_SPREAD), note="; ".join(notes))  # fmt: skip


def energy_share_rows(lookups: Lookups, goods: Goods, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """Fuels, ores and metals in the goods exports and imports of every economy."""
    rows = []
    exports, imports = (national_totals(lookups, goods, side) for side in ("exports", "imports"))
    inside = inside_trade(lookups, goods, groups)
    for code, members in groups.items():
        sx = _energy_share(lookups, "exports", members, exports)
        sm = _energy_share(lookups, "imports", members, imports)
        unit = "fraction"
        rows.append(Row("energy_share_exports", sx[0], unit, sx[3], sx[4], code, lo=sx[1], hi=sx[2], note=sx[5]))
        total_m = sum(imports[m][0] for m in members if m in imports)
        within = inside[code]
        if within <= 0.02 * total_m:
            rows.append(
                Row(
                    "energy_share_imports",
                    sm[0],
                    unit,
                    sm[3],
                    sm[4],
                    "",
                    code,
                    lo=sm[1],
                    hi=sm[2],
                    note=sm[5],
                )
            )
            continue
        # What members sell each other is in their imports too. It holds more energy than their exports on average (it
        # goes where energy is bought) and less than their imports: the geometric mean of the two.
        value = max((sm[0] * total_m - (sx[0] * sm[0]) ** 0.5 * within) / (total_m - within), 0.5 * sm[0])
        source = " ".join(sorted({*sm[4].split(), *sx[4].split(), "wits_2009"}))
        note = "members' imports less trade inside the group, its energy share between that of exports and imports"
        rows.append(Row("energy_share_imports", value, unit, "imputed", source, "", code, lo=0.9 * value,
                        hi=min(1.1 * value, 1.0), note=note))  # fmt: skip
    return rows


def _energy_share(
    lookups: Lookups, side: str, members: tuple[str, ...], totals: dict[str, tuple[float, str]]
) -> tuple[float, float, float, str, str, str]:
    indicators = (f"fuel_{side}", f"ore_metal_{side}")
    weights = {m: totals[m][0] for m in members if m in totals}
    value, lo, hi, observed, source = weighted_share(lookups, indicators, weights)
    looked_up = [lookups.get(i, m) or stand_in(lookups, i, m) for m in weights for i in indicators]
    notes = sorted({found.note for found in looked_up if found is not None and found.note})
    note = "; ".join(notes) if len(members) == 1 else ""
    if not observed and hi - lo < 0.2 * value:
        lo, hi = min(lo, 0.9 * value), min(max(hi, 1.1 * value), 1.0)
    return value, lo, hi, "observed" if observed else "imputed", source, note


def services_total_rows(lookups: Lookups, goods: Goods, macro: Macro, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """Services trade of every economy with the others, from the balance of payments."""
    rows = []
    cells = goods.cells()
    for side, fob in (("exports", 1.0), ("imports", 1.0 / CIF)):
        goods_totals = national_totals(lookups, goods, side)
        for code, members in groups.items():
            row = _published_services(lookups, side, code, members, macro)
            if row is None:
                known = _known_services(lookups, side, code, members, goods_totals, fob, macro)
                row = _services_row(side, code, members, known, _external_services(side, code, cells), macro)
            rows.append(row)
    return rows


@dataclass
class _Services:
    """Services trade that is known of a group (USD million): in all, of it derived, its sources, who is silent."""

    total: float = 0.0
    derived: float = 0.0
    used: set[str] = field(default_factory=set)
    silent: list[str] = field(default_factory=list)


def _known_services(
    lookups: Lookups,
    side: str,
    code: str,
    members: tuple[str, ...],
    goods_totals: dict[str, tuple[float, str]],
    fob: float,
    macro: Macro,
) -> _Services:
    known = _Services()
    for m in members:
        found = lookups.get(f"services_{side}_bop", m)
        openness = macro.shares[side].get(m)
        if found is not None:
            known.total += found.value
            known.derived += 0.0 if found.observed else found.value
            known.used.add(found.source)
        elif openness and m in macro.gdp and m in goods_totals:
            both = openness[0] / 100 * macro.gdp[m][0]
            value = max(both - goods_totals[m][0] * fob, 0.02 * both)
            known.total, known.derived = known.total + value, known.derived + value
            known.used |= {"wdi_shares", macro.gdp[m][1], *goods_totals[m][1].split()}
        else:
            known.silent.append(m)
    if known.total <= 0:
        raise MissingFigureError(f"services_{side}/{code}", "look it up in inputs/")
    return known


SERVICES_STAND_INS = {"TKM": ("AZE", "KAZ", "UZB")}
"""Economy without a figure to the neighbours whose services trade over GDP stands in."""


def _published_services(lookups: Lookups, side: str, code: str, members: tuple[str, ...], macro: Macro) -> Row | None:
    """The published figure of a country or group, or its neighbours' services trade over GDP; None for neither."""
    table, indicator = f"services_{side}", f"services_{side}_bop"
    # A group may carry the code of its largest member (CHN), whose own figure is not the group's.
    single = lookups.get(indicator, code) if len(members) == 1 else None
    found = single or lookups.get(f"services_{side}_external", code)
    if found is not None:
        lo = found.lo if found.lo is not None else 0.5 * found.value
        hi = found.hi if found.hi is not None else 1.5 * found.value
        status = "observed" if found.observed else "imputed"
        return Row(table, found.value, "USD million", status, found.source, *place(side, code), year=found.year,
                   lo=lo, hi=hi, note=found.note)  # fmt: skip
    stand_ins = SERVICES_STAND_INS.get(code, ())
    known = {c: part for c in stand_ins if (part := lookups.get(indicator, c)) is not None}
    if not known:
        return None
    ratios = [part.value / macro.gdp[c][0] for c, part in known.items()]
    source = " ".join(sorted({macro.gdp[code][1], *(part.source for part in known.values())}))
    gdp = macro.gdp[code][0]
    return Row(table, gdp * sum(ratios) / len(ratios), "USD million", "imputed", source, *place(side, code),
               lo=0.5 * gdp * min(ratios), hi=2.0 * gdp * max(ratios),
               note=f"GDP times the mean ratio of {', '.join(known)}")  # fmt: skip


def _services_row(side: str, code: str, members: tuple[str, ...], known: _Services, share: float, macro: Macro) -> Row:
    gdp = {m: macro.gdp[m][0] for m in members if m in macro.gdp}
    quiet = sum(gdp.get(m, 0.0) for m in known.silent) / sum(gdp.values())
    notes = []
    if known.derived > 0:
        notes.append("partly of another year, or goods and services of the national accounts less goods")
    if quiet > 0.005:
        notes.append(f"raised by the {quiet:.1%} of GDP without a figure")
    spread = 0.5 * known.derived / known.total + quiet
    used = set(known.used)
    if share < 0.999:
        notes.append(f"trade inside the group taken out ({1 - share:.0%})")
        spread = max(spread, 0.1)
        used.add("wits_2009")
    value = known.total / (1.0 - quiet) * share
    status = "observed" if spread < 0.05 else "imputed"
    return Row(f"services_{side}", value, "USD million", status, " ".join(sorted(used)), *place(side, code),
               lo=value * max(1 - spread, 0.3), hi=value * (1 + spread), note="; ".join(notes))  # fmt: skip


def _external_services(side: str, code: str, cells: dict[tuple[str, str], float]) -> float:
    """Share of a group's services trade that leaves it, taken to be that of its recorded goods trade."""
    own = 0 if side == "exports" else 1
    return 1.0 - cells.get((code, code), 0.0) / sum(value for cell, value in cells.items() if cell[own] == code)


def goods_value_added_rows(lookups: Lookups, macro: Macro, wiod: Wiod, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """Value added in agriculture and manufacturing over GDP."""
    rows = []
    industry = "manufacturing_value_added"
    for code, members in groups.items():
        gdp = {m: macro.gdp[m][0] for m in members if m in macro.gdp}
        value = covered = guessed = 0.0
        used: set[str] = set()
        for m, weight in gdp.items():
            farm, factory = (
                macro.shares["agriculture"].get(m),
                lookups.get(industry, m) or stand_in(lookups, industry, m),
            )
            if farm and factory is not None:
                value += weight * (farm[0] + factory.value) / 100
                guessed += weight * (not factory.observed or farm[1] != 2009)
                used |= {"wdi_shares", *factory.source.split()}
            elif m in wiod.codes:
                i = wiod.position(m)
                value += weight * wiod.value_added[i, 1] / wiod.value_added[i].sum()
                used.add("wiod_2013")
            else:
                continue
            covered += weight
        if covered <= 0:
            raise MissingFigureError(f"goods_value_added_share/{code}", "look up manufacturing in inputs/")
        missing = 1.0 - covered / sum(gdp.values())
        share = value / covered
        spread = 0.1 * (guessed / covered) + missing
        note = f"countries with {missing:.0%} of GDP have no figure" if missing > 0.005 else ""
        status = "observed" if spread < 0.05 else "imputed"
        rows.append(Row("goods_value_added_share", share, "fraction", status, " ".join(sorted(used)), code,
                        lo=share * (1 - spread), hi=share * (1 + spread), note=note))  # fmt: skip
    return rows
