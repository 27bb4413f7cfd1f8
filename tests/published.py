"""Small files in the layouts that data providers publish, made up from scratch: nothing in them is anybody's data."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

CODES = ("CHN", "DEU", "KAZ", "RUS", "USA")
NUMERIC = {"CHN": 156, "DEU": 276, "KAZ": 398, "RUS": 643, "USA": 842}
COW = {"CHN": 710, "DEU": 255, "KAZ": 705, "RUS": 365, "USA": 2}
PAIRS = [(o, d) for o in CODES for d in CODES if o != d]
INDUSTRIES = ("01T02", "05T06", "64T66")


def table(*rows: tuple[Any, ...] | list[Any], delimiter: str = ",") -> str:
    """Rows as delimited text."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def size(o: str, d: str) -> float:
    """A value for a pair."""
    return 1000.0 + 100 * CODES.index(o) + 10 * CODES.index(d)


def baci() -> str:
    products = ("010121", "270900", "870323")
    rows = [(2023, NUMERIC[o], NUMERIC[d], k, 4e7 + 1000 * size(o, d), "NA") for o, d in PAIRS for k in products]
    return table(("t", "i", "j", "k", "v", "q"), *rows)


def baci_countries() -> str:
    rows = [(n, c, "", c) for c, n in NUMERIC.items()]
    return table(
        ("country_code", "country_name", "country_iso2", "country_iso3"), *rows, (490, "Other Asia, nes", "", "S19")
    )


def wits_reports() -> str:
    head = ("Nomenclature", "ReporterISO3", "ProductCode", "ReporterName", "PartnerISO3", "PartnerName", "Year",
            "TradeFlowName", "TradeFlowCode", "TradeValue in 1000 USD")  # fmt: skip
    rows = [("NC", o, " Total", o, d, d, 2009, "Export", 6, 1000 * size(o, d)) for o, d in PAIRS]
    rows += [("NC", d, " Total", d, o, o, 2009, "Import", 5, 1060 * size(o, d)) for o, d in PAIRS if d != "KAZ"]
    rows += [("NC", "RUS", " Total", "RUS", "WLD", "World", 2009, "Export", 6, 1e6)]
    return table(head, *rows, delimiter=";")


def itpd() -> str:
    head = ("exporter_iso3", "exporter_dynamic_code", "exporter_name", "importer_iso3", "importer_dynamic_code",
            "importer_name", "year", "industry_id", "industry_descr", "broad_sector", "trade", "flag_mirror",
            "flag_zero")  # fmt: skip
    rows = [
        (o, o, o, d, d, d, y, i, "x", s, size(o, d), 0, "p")
        for o in CODES for d in CODES for y in (2018, 2019) for i, s in ((1, "Agriculture"), (30, "Manufacturing"))
    ]  # fmt: skip
    return table(head, *rows)


def gravity() -> str:
    head = ("year", "country_id_o", "country_id_d", "iso3_o", "iso3_d", "country_exists_o", "country_exists_d", "dist",
            "contig", "comlang_off", "fta_wto")  # fmt: skip
    rows = [(y, o, d, o, d, 1, 1, size(o, d), 0, 0, 0) for y in (2008, 2009) for o, d in PAIRS]
    return table(head, *rows, (2009, "DEU.1", "USA", "DEU", "USA", 0, 1, 6000, 0, 0, 0))


def icio() -> str:
    rows = [f"{c}_{k}" for c in ("DEU", "RUS", "ROW") for k in INDUSTRIES]
    finals = [f"{c}_{f}" for c in ("DEU", "RUS", "ROW") for f in ("HFCE", "INVNT")]
    between, final = io_numbers(3, len(INDUSTRIES))
    lines: list[list[Any]] = [["V1", *rows, *finals, "OUT"]]
    for i, name in enumerate(rows):
        numbers = [*between[i], *final[i]]
        lines.append([name, *numbers, sum(numbers)])
    value = final.sum(axis=1) + between.sum(axis=1) - between.sum(axis=0)
    lines.append(["TLS", *[0.0] * (len(rows) + len(finals)), 0.0])
    lines.append(["VA", *value, *[0.0] * len(finals), 0.0])
    lines.append(["OUT", *between.sum(axis=0) + value, *[0.0] * len(finals), 0.0])
    return table(*lines)


def io_numbers(economies: int, industries: int, negative: float = -3.0) -> tuple[np.ndarray, np.ndarray]:
    """Intermediate and final sales of a small table; inventories of the first economy fall."""
    n = economies * industries
    i, j = np.mgrid[0:n, 0:n]
    same = (i // industries) == (j // industries)
    between = 2.0 + 20.0 * same + (i + 2 * j) % 5
    final = np.where(np.mgrid[0:n, 0 : 2 * economies][1] % 2 == 0, 30.0, 0.0)
    own = np.arange(n)
    final[own, 2 * (own // industries)] += 300.0
    final[0, 1] = negative
    return between, final


def wiod_npz(path: Path) -> None:
    between, final = io_numbers(3, 3)
    output = between.sum(axis=1) + final.sum(axis=1)
    np.savez_compressed(
        path, Z=between, F=final, x=output, countries=np.array(["DEU", "RUS", "RoW"]), sectors=np.array(INDUSTRIES)
    )


def wdi_api() -> str:
    rows = [
        {"indicator": {"id": "NY.GDP.MKTP.CD", "value": "GDP"}, "countryiso3code": c, "date": "2009",
         "value": 1e12 if c != "KAZ" else None}
        for c in (*CODES, "WLD", "")
    ]  # fmt: skip
    return json.dumps([{"page": 1, "pages": 1, "per_page": "32500", "total": len(rows)}, rows])


def sample(name: str) -> tuple[str | None, dict[str, Any]]:
    """Content of a file for a reader of text (None: made another way), and the reader's options."""
    made: Mapping[str, Callable[[], tuple[str, dict[str, Any]]]] = {
        "trade-csv": lambda: (table(("origin", "destination", "sector", "year", "value_usd_mn"),
                                    *[(o, d, "goods", 2020, size(o, d)) for o, d in PAIRS]), {}),
        "economies-csv": lambda: (table(("economy", "gdp_usd_mn"), *[(c, 5e5) for c in CODES]), {"year": 2020}),
        "tariffs-csv": lambda: (table(("importer", "exporter", "rate_pct"), *[(c, "", 5) for c in CODES],
                                      ("KAZ", "RUS", 0)), {"year": 2020}),
        "figures-csv": lambda: (table(("indicator", "iso3", "year", "value", "unit", "source"),
                                      *[("fuel", c, 2009, 5, "%", "s") for c in CODES]), {}),
        "wits-trade": lambda: (table(("exporter", "importer", "trade_kusd"), *[(o, d, size(o, d)) for o, d in PAIRS],
                                     ("USA", "USA", 0), ("ROM", "USA", 0)), {"year": 2009}),
        "wits-reports": lambda: (wits_reports(), {}),
        "baci": lambda: (baci(), {"year": 2023}),
        "baci-matrix": lambda: (table([f"export_ij{i}" for i in range(5)],
                                      *[["" if o == d else size(o, d) for d in CODES] for o in CODES]),
                                {"year": 2023}),
        "labelled-column": lambda: (table(("gdp",), *[(5e11,)] * 5), {"column": "gdp", "indicator": "gdp"}),
        "itpd-e": lambda: (itpd(), {"year": 2019}),
        "geodist": lambda: (table(("iso_o", "iso_d", "contig", "comlang_off", "colony", "dist", "distw"),
                                  *[(o, d, 0, 0, 0, size(o, d), ".") for o, d in PAIRS], delimiter=";"), {}),
        "gravity": lambda: (gravity(), {"year": 2009}),
        "wdi-long": lambda: (table(("iso3", "year", "gdp"), *[(c, 2009, 1e12) for c in (*CODES, "WLD")]),
                             {"column": "gdp"}),
        "wdi-bulk": lambda: (table(("Country Name", "Country Code", "Indicator Name", "Indicator Code", "2008", "2009"),
                                   *[(c, c, "GDP", "NY.GDP.MKTP.CD", 1e12, "") for c in (*CODES, "WLD")]),
                             {"indicators": ["NY.GDP.MKTP.CD"]}),
        "wdi-api": lambda: (wdi_api(), {}),
        "gapminder": lambda: (table(("geo", "time", "industry"), *[(c.lower(), 2009, 30) for c in (*CODES, "chanisl")]),
                              {"indicator": "industry"}),
        "unep-size": lambda: (table(("iso", "sup", "pop", "gdp", "int"), *[(c, 10, 20, 30, 1) for c in CODES],
                                    delimiter=";"), {}),
        "icio": lambda: (icio(), {"year": 2009}),
        "desta": lambda: (table(("number", "base_treaty", "name", "entry_type", "year", "entryforceyear", "typememb",
                                 "wto_listed", "isonum", "iso3"),
                                *[(1, 1, "A", "base_treaty", 2000, 2001, 2, 1, 1, c) for c in CODES]), {}),
        "cow-nmc": lambda: (table(("ccode", "year", "milex", "milper", "irst", "pec", "tpop", "upop", "cinc"),
                                  *[(COW[c], 2009, -9, 1, 1, 1, 1, 1, 0.1) for c in CODES],
                                  (265, 1950, 1, 1, 1, 1, 1, 1, 0)), {}),
        "atop": lambda: (table(("ccode1", "ccode2", "year", "atop_defense", "atop_offense", "atop_neutral",
                                "atop_nonagg", "atop_consul"),
                               *[(COW[o], COW[d], 2009, 1, 0, 0, 0, 0) for o, d in PAIRS]), {}),
        "ideal-points": lambda: (table(("ccode", "session", "IdealPoint", "Q5%", "Q95%"),
                                       *[(COW[c], 64, 0.5, 0.4, 0.6) for c in CODES]), {}),
        "ucdp-acd": lambda: (table(("conflict_id", "year", "gwno_a", "intensity_level", "type_of_conflict"),
                                   (1, 2009, 365, 1, "intrastate"), (1, 2009, 365, 1, "intrastate"),
                                   (2, 2009, 710, 2, "interstate")), {}),
    }  # fmt: skip
    return made[name]() if name in made else (None, {})


def write_sample(folder: Path, name: str) -> tuple[Path, dict[str, Any]]:
    """Write a reader's file, and what it needs beside it; returns the path and the reader's options."""
    text, options = sample(name)
    (folder / "country_labels.csv").write_text(table(("iso3",), *[(c,) for c in CODES]))
    (folder / "country_codes.csv").write_text(baci_countries())
    if name == "baci":
        options = {**options, "countries": folder / "country_codes.csv"}
    if name == "wiod-npz":
        path = folder / "wiot.npz"
        wiod_npz(path)
        return path, {"year": 2009}
    if text is None:
        raise NotImplementedError(name)
    path = folder / ("file.json" if name == "wdi-api" else "file.csv")
    path.write_text(text, encoding="utf-8")
    return path, options


def bomb(path: Path, text: str, copies: int) -> Path:
    """A gzip file of a header line and very many bytes of nothing."""
    with gzip.open(path, "wb", compresslevel=9) as out:
        out.write(text.split("\n")[0].encode() + b"\n")
        for _ in range(copies):
            out.write(b"0" * (1 << 20))
    return path


def zipped(path: Path, **members: str) -> Path:
    """A zip file of text members."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path
