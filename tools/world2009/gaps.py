"""What the bilateral data lack: Turkmenistan's trade; elasticities; figures kept beside the one that is used."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from economy import Macro
from lookups import INPUTS, Lookups, read_citations
from rows import SECTORS, MissingFigureError, Row, Sources
from trade import Goods, national_totals

from multipolar.data import read

SILENT = ("TKM",)
"""Economies that neither report nor stand as partners in the bilateral data."""
SPREAD = 3.0
"""Range of a cell spread by size and distance: a factor either way."""


def gravity_rows(
    goods: Goods,
    lookups: Lookups,
    macro: Macro,
    folder: Path,
    groups: dict[str, tuple[str, ...]],
    sources: Sources,
) -> list[Row]:
    """Goods trade of economies without bilateral data: totals spread by partner GDP over distance."""
    source = sources.add(
        "cepii_dist",
        "Mayer & Zignago, 'Notes on CEPII's distances measures: the GeoDist database', CEPII Working Paper 2011-25; "
        "population-weighted distances",
        "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=6",
        "Etalab 2.0",
    )
    frame = read("geodist", folder / "wits2009" / "dist_cepii.csv.gz").frame.dropna(subset="distance_weighted_km")
    distance = {
        (str(o), str(d)): float(km)
        for o, d, km in zip(frame.origin, frame.destination, frame.distance_weighted_km, strict=True)
    }
    rows = []
    for code in SILENT:
        pull = {
            other: sum(macro.gdp[m][0] / distance[code, m] for m in members if m in macro.gdp and (code, m) in distance)
            for other, members in groups.items()
            if other != code
        }
        for side in ("exports", "imports"):
            totals = national_totals(lookups, goods, side)
            total, origin = totals[code]
            known = _partner_shares(lookups, code, side, total, groups)
            rest = max(total - sum(v for v, *_ in known.values()), 0.0)
            weight = sum(v for other, v in pull.items() if other not in known)
            for other, size in pull.items():
                ends = (code, other) if side == "exports" else (other, code)
                # Totals already: nothing is left for closing to add, so these cells count as confirmed.
                rows.append(Row("report_agreement", 1.0, "fraction", "observed", origin, *ends))
                if other in known:
                    value, keys, note = known[other]
                    lo, hi = 0.7 * value, 1.3 * value
                else:
                    value, keys = rest * size / weight, f"{origin} {source} wdi_gdp"
                    lo, hi, note = (
                        value / SPREAD,
                        value * SPREAD,
                        "national total spread by partner's GDP over distance",
                    )
                rows.append(Row("goods_trade", value, "USD million", "imputed", keys, *ends, lo=lo, hi=hi, note=note))
    return rows


def _partner_shares(
    lookups: Lookups, code: str, side: str, total: float, groups: dict[str, tuple[str, ...]]
) -> dict[str, tuple[float, str, str]]:
    """Trade with the partners whose share of the total was looked up: value (USD million), source, note."""
    found: dict[str, tuple[float, str, str]] = {}
    for other, members in groups.items():
        shares = [s for m in members if (s := lookups.get(f"partner_share_{side}_{m}", code)) is not None]
        if shares:
            value = total * sum(share.value for share in shares) / 100
            found[other] = (
                value,
                " ".join(sorted({share.source for share in shares})),
                "national total times partner's share",
            )
    return found


ELASTICITIES: dict[str, tuple[float, float, float, tuple[str, ...], str]] = {
    "energy": (
        15.0,
        8.0,
        30.0,
        ("cp2015_mining", "cp2015_petroleum", "env_crude_oil"),
        "choice between mining (13.5) and refined products (64.9); low: crude oil in a policy model",
    ),
    "goods": (
        4.5,
        3.5,
        7.0,
        ("simonovska_waugh", "fontagne", "giri_yi_yilmazkuday", "cp2015_goods_range"),
        "choice between estimates of 4.0 and 5.0 for all goods; range within the sectors' estimates",
    ),
    "services": (
        5.0,
        2.8,
        8.22,
        ("env_services", "cp2015_services"),
        "choice: no estimate was found; between a policy model's 2.8 and the 8.22 assumed by Caliendo & Parro",
    ),
}
"""Sector to central value, low, high, the rows of `inputs/elasticities.csv` it rests on, and why."""


def elasticity_rows(sources: Sources) -> list[Row]:
    """Trade elasticities with their ranges; a choice, not a finding, and so flagged imputed."""
    frame = pd.read_csv(INPUTS / "elasticities.csv", keep_default_na=False, dtype=str).set_index("id")
    cited = read_citations()
    rows = []
    for sector in SECTORS:
        value, lo, hi, support, note = ELASTICITIES[sector]
        if missing := [key for key in support if key not in frame.index]:
            raise MissingFigureError(f"trade_elasticity/{sector}", f"inputs/elasticities.csv lacks {missing[0]}")
        keys = {sources.add_citation(*cited[frame.source[key]]) for key in support}
        rows.append(Row("trade_elasticity", value, "pure number", "imputed", " ".join(sorted(keys)), sector=sector,
                        year=None, lo=lo, hi=hi, note=note))  # fmt: skip
    return rows


ALTERNATIVES = (
    ("KAZ", "union_before_weighted", "alternative_external_tariff"),
    ("KAZ", "union_after_weighted", "alternative_union_tariff"),
    ("RUS", "accession_applied_weighted_before", "alternative_accession_before"),
    ("RUS", "accession_applied_weighted_after", "alternative_accession_after"),
)
"""Economy, indicator and the table under which a second figure is kept."""


def alternative_rows(lookups: Lookups, groups: dict[str, tuple[str, ...]]) -> list[Row]:
    """Figures that other sources give for a tariff, kept beside the one that is used; closing does not read them."""
    rows = []
    for code, indicator, table in ALTERNATIVES:
        found = lookups.get(indicator, code)
        if found is None:
            raise MissingFigureError(f"{table}/{code}", f"inputs/tariffs.csv lacks {indicator}")
        rows.append(Row(table, found.value / 100, "fraction", "observed", found.source, "", code, "goods", found.year,
                        note=found.note))  # fmt: skip
    for code, members in groups.items():
        found = lookups.get("mfn_weighted_all", code) if len(members) == 1 or code == "EUN" else None
        if found is not None:
            lo, hi = (None if end is None else end / 100 for end in (found.lo, found.hi))
            rows.append(Row("alternative_mfn_tariff", found.value / 100, "fraction",
                            "observed" if found.observed else "imputed", found.source, "", code, "goods", found.year,
                            lo, hi, found.note))  # fmt: skip
    return rows
