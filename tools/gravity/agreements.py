"""Effects of unions, free-trade areas, the WTO and the CIS on trade, 1964-2008: the tables of docs/gravity.md.

Usage: ``MULTIPOLAR_SHARED=... python -m tools.gravity.agreements``. Reads the four-yearly trade panel and the CEPII
distances of the research data; prints tables and writes nothing.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pandas as pd

from multipolar.gravity import Estimate, Panel, correct, estimate, make_panel
from multipolar.gravity.memberships import with_clubs
from multipolar.gravity.tables import compare

THREE_WAY = "exporter_time + importer_time + pair"
TWO_WAY = "exporter_time + importer_time"
RENAMED = {"BLX": "BEL", "ROM": "ROU", "ZAR": "COD", "TMP": "TLS", "MNT": "MNE"}
"""Codes of the panel that the atlas does not have -> those whose memberships hold; BLX is Belgium with Luxembourg."""

UNREPORTED = (("RUS", "BLR"),)
"""Flows that the panel gives as zero although they are merely not reported."""

CLUBS = {
    "union": ["EU", "EUCU", "EACU", "GCC", "MERCOSUR"],
    "area": ["CISFTA", "EFTA", "NAFTA", "ASEAN"],
    "eu": ["EU"],
    "mercosur": ["MERCOSUR"],
    "gcc": ["GCC"],
    "efta": ["EFTA"],
    "nafta": ["NAFTA"],
    "asean": ["ASEAN"],
    "cisfta": ["CISFTA"],
    "cis": ["CIS"],
    "wto": ["WTO"],
}


def trade_panel(root: Path) -> Panel:
    """The panel with its memberships; unreported flows left out."""
    frame = pd.read_parquet(root / "data" / "trade_panel" / "trade_1964_2008_4yearly.parquet")
    frame["agreement_any"] = (frame["agreement"] != "").astype(float)
    for side in ("exporter", "importer"):
        frame[side] = frame[side].replace(RENAMED)
    panel = make_panel(frame.drop(columns="agreement"), name="1964-2008", columns={"trade": "trade_usd"})
    unknown = pd.Series(False, index=panel.frame.index)
    for exporter, importer in UNREPORTED:
        unknown |= (panel.frame["exporter"] == exporter) & (panel.frame["importer"] == importer)
    return with_clubs(panel.only((~unknown).to_numpy()), **CLUBS)


def with_distances(panel: Panel, root: Path) -> Panel:
    """The rows for which CEPII has a distance, with it, contiguity, common language and colonial tie."""
    table = pd.read_csv(root / "data" / "wits2009" / "dist_cepii.csv.gz", sep=";", low_memory=False)
    old = {"ROM": "ROU", "ZAR": "COD", "SER": "SRB", "TMP": "TLS", "MNT": "MNE", "YUG": "SRB", "PAL": "PSE"}
    for side, code in (("exporter", "iso_o"), ("importer", "iso_d")):
        table[side] = table[code].replace(old)
    table["distance"] = pd.to_numeric(table["distw"], errors="coerce").fillna(
        pd.to_numeric(table["dist"], errors="coerce")
    )
    table = table.drop_duplicates(["exporter", "importer"])
    keep = ["exporter", "importer", "distance", "contig", "comlang_off", "colony"]
    frame = panel.frame.astype({"exporter": str, "importer": str}).merge(table[keep], on=["exporter", "importer"])
    return make_panel(frame.dropna(subset=["distance"]), name=panel.name)


def three_way(panel: Panel, right: str) -> tuple[Estimate, Estimate]:
    """Estimate with pair effects and take the bias off."""
    found = estimate(panel, f"trade ~ {right} | {THREE_WAY}", cluster="pair", collinear="drop")
    return found, correct(found)


def show(title: str, estimates: dict[str, Estimate]) -> None:
    """Print estimates side by side, with what was left out."""
    print(f"\n{title}\n{compare(estimates).round(3).to_string(na_rep='')}")
    for name, found in estimates.items():
        for text in (*found.notes, *(f"{count} rows: {reason}" for reason, count in found.dropped.items())):
            print(f"  {name}: {text}")


def main() -> None:
    """Estimate and print."""
    shared = os.environ.get("MULTIPOLAR_SHARED")
    if not shared:
        sys.exit("set MULTIPOLAR_SHARED to the folder that holds data/")
    root = Path(shared)
    panel = trade_panel(root)
    print(panel)
    table: dict[str, Estimate] = {}
    for name, right in (
        ("any", "agreement_any"),
        ("union, area", "union + area"),
        ("by club", "eu + mercosur + gcc + efta + nafta + asean + cisfta"),
        ("with CIS", "union + area + cis"),
    ):
        table[name], table[f"{name}, corrected"] = three_way(panel, right)
    show("Within pairs, 1964-2008", table)
    with_trade = panel.only((panel.frame["trade"] > 0).to_numpy())
    late = panel.only((panel.frame["year"] >= 1996).to_numpy())
    more = {"zeros left out": three_way(with_trade, "union + area")[1], "1996-2008": three_way(late, "union + area")[1]}
    more["WTO 1996-2008"] = three_way(late, "wto + union + area")[1]
    show("Robustness, corrected", more)
    ties = "log(distance) + contig + comlang_off + colony"
    near = with_distances(late, root)
    across = {
        "clubs": estimate(near, f"trade ~ {ties} + union + area + cis | {TWO_WAY}", cluster="pair"),
        "CIS by year": estimate(
            near.with_columns(
                **{f"cis_{year}": near.frame["cis"] * (near.frame["year"] == year) for year in near.years}
            ),
            f"trade ~ {ties} + union + area + {' + '.join(f'cis_{year}' for year in near.years)} | {TWO_WAY}",
            cluster="pair",
        ),
    }
    show("Across pairs, 1996-2008, CEPII distances", across)


if __name__ == "__main__":
    main()
