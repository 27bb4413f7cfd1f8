"""Compile the tables of the world that ships from downloaded data and looked-up figures.

Run by hand::

    python tools/world2009/compile.py --data FOLDER

`FOLDER` holds the downloaded data sets (see `docs/world-2009.md`). What is written is aggregated over economies and
sectors, rounded to three significant digits, and carries a source for every figure; a figure without one stops the
run.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import attributes
import economy
import gaps
import home_energy
import linkages
import services
import tariffs
import trade
from balancing import write_report
from lookups import Lookups
from rows import Row, Sources, write_rows

from multipolar import atlas

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "src" / "multipolar" / "world" / "bundled" / "world-2009"
REPORT = ROOT / "docs" / "world-2009-balancing.md"


def compile_tables(folder: Path) -> tuple[dict[str, list[Row]], Sources]:
    """Compile every table.

    Parameters
    ----------
    folder
        The downloaded data sets.

    Returns
    -------
    tables, sources
        File name to rows, and the citations.
    """
    groups = dict(atlas.groups())
    sources = Sources()
    trade.register_sources(sources)
    tariffs.register_sources(sources)
    lookups = Lookups(sources)
    wiod = linkages.read_wiod(folder, sources)
    macro = economy.read_macro(folder, lookups, sources)
    goods = trade.read_goods(folder, groups)
    totals = economy.goods_total_rows(lookups, goods, groups)
    shares = economy.energy_share_rows(lookups, goods, groups)
    services_totals = economy.services_total_rows(lookups, goods, macro, groups)
    pairs = tariffs.free_trade_pairs(folder, groups, sources)
    preferences = tariffs.preference_rows(goods, pairs)
    rates = tariffs.ExternalRates(folder, lookups, goods, sources)
    cells = [
        *trade.goods_rows(goods, lookups),
        *gaps.gravity_rows(goods, lookups, macro, folder, groups, sources),
    ]
    tables = {
        "economies.csv": [
            *economy.gdp_rows(macro, groups),
            *totals,
            *shares,
            *services_totals,
            *economy.goods_value_added_rows(lookups, macro, wiod, groups),
        ],
        "goods_trade.csv": cells,
        "services_trade.csv": services.services_rows(
            tuple(groups),
            cells,
            {r.origin: r for r in services_totals if r.table == "services_exports"},
            {r.destination: r for r in services_totals if r.table == "services_imports"},
        ),
        "linkages.csv": [
            *linkages.linkage_rows(wiod, groups, {m: v for m, (v, _) in macro.gdp.items()}),
            *home_energy.home_energy_rows(wiod, lookups, goods, totals, shares, groups),
        ],
        "tariffs.csv": [
            *tariffs.external_rows(rates, preferences, shares, groups),
            *preferences,
            *gaps.alternative_rows(lookups, groups),
        ],
        "elasticities.csv": gaps.elasticity_rows(sources),
        "attributes.csv": [
            *attributes.attribute_rows(folder, lookups, macro, groups, sources),
            *tariffs.binding_rows(lookups, goods, groups),
        ],
    }
    return tables, sources


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="folder of the downloaded data sets")
    parser.add_argument("--out", type=Path, default=TABLES, help="folder for the tables (default: the package)")
    parser.add_argument("--report", type=Path, default=REPORT, help="file for the report on balancing")
    options = parser.parse_args(arguments)
    tables, sources = compile_tables(options.data)
    options.out.mkdir(parents=True, exist_ok=True)
    used: set[str] = set()
    for name, rows in tables.items():
        write_rows(options.out / name, rows)
        used |= {key for row in rows for key in row.source.split()}
    sources.write(options.out / "sources.csv", used)
    counts = ", ".join(f"{name} {len(rows)}" for name, rows in tables.items())
    print(f"wrote {sum(map(len, tables.values()))} figures: {counts}", file=sys.stderr)
    if options.out == TABLES:
        write_report(options.report)
        print(f"wrote {options.report.name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
