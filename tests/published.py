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


_OF_GOODS = (
    "A01_02 A03 B05_06 B07_08 B09 C10T12 C13T15 C16 C17_18 C19 C20 C21 C22 C23 C24 C25 C26 C27 C28 C29 C30 C31T33"
)
_OF_SERVICES = "D E F G H49 H50 H51 H52 H53 I J58T60 J61 J62_63 K L M N O P Q R S T"
ICIO_INDUSTRIES = (*_OF_GOODS.split(), *_OF_SERVICES.split())
"""Codes of the edition of 2023."""


def icio_2023(economies: tuple[str, ...] = ("DEU", "RUS", "CN1", "CN2", "ROW")) -> str:
    """A yearly file of the edition of 2023: 45 industries, of which one idles in one economy, six items of demand."""
    m = len(ICIO_INDUSTRIES)
    items = ("HFCE", "NPISH", "GGFC", "GFCF", "INVNT", "DPABR")
    rows = [f"{c}_{k}" for c in economies for k in ICIO_INDUSTRIES]
    columns = [f"{c}_{f}" for c in economies for f in items]
    n = len(rows)
    rng = np.random.default_rng(0)
    home = np.repeat(np.arange(len(economies)), m)
    between = rng.uniform(0.5, 1.5, (n, n)) * np.where(home[:, None] == home[None, :], 1.0, 0.02)
    final = rng.uniform(20, 60, (n, len(columns))) * (home[:, None] == np.repeat(np.arange(len(economies)), len(items)))
    final[:, 4::6] -= 30.0 * (final[:, 4::6] > 0)  # inventories fall here and there
    idle = rows.index("RUS_T") if "RUS" in economies else n - 1
    between[idle], between[:, idle], final[idle] = 0.0, 0.0, 0.0
    output = between.sum(axis=1) + final.sum(axis=1)
    lines: list[list[Any]] = [["V1", *rows, *columns, "OUT"]]
    lines += [[rows[i], *between[i].tolist(), *final[i].tolist(), output[i]] for i in range(n)]
    lines.append(["TLS", *[0.0] * (n + len(columns) + 1)])
    lines.append(["VA", *(output - between.sum(axis=0)).tolist(), *[0.0] * (len(columns) + 1)])
    lines.append(["OUT", *output.tolist(), *[0.0] * (len(columns) + 1)])
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


def wiod_2016(prefix: str = "") -> str:
    """The wide table, as R or Stata write it out: labels, a column an economy and industry, the total; then sums."""
    header, rows = wiod_2016_rows(prefix)
    return table(header, *rows)


def wiod_2016_rows(prefix: str = "") -> tuple[list[str], list[list[Any]]]:
    """Header and rows of the table of 2016: three economies, three industries and two items of final demand."""
    economies, codes = ("DEU", "RUS", "ROW"), ("A01", "C10-C12", "C31_C32")
    between, final = io_numbers(3, 3)
    columns = [f"{prefix}{c}{n}" for c in economies for n in (1, 2, 3)]
    columns += [f"{prefix}{c}{n}" for c in economies for n in (57, 61)]
    header = ["IndustryCode", "IndustryDescription", "Country", "RNr", "Year", *columns, "TOT"]
    rows: list[list[Any]] = []
    for i in range(9):
        numbers = [*between[i].tolist(), *final[i].tolist()]
        rows.append([codes[i % 3], "Making, and more", economies[i // 3], i % 3 + 1, 2014, *numbers, sum(numbers)])
    for n, code in enumerate(("II_fob", "VA", "GO"), 65):
        rows.append([code, "a sum", "TOT", n, 2014, *[1.0] * 15, 15.0])
    return header, rows


def wiod_2016_stata(path: Path) -> None:
    import pandas as pd

    header, rows = wiod_2016_rows("v")
    frame = pd.DataFrame(rows, columns=header).astype({"RNr": "int8", "Year": "int16"})
    frame.to_stata(path, write_index=False, version=118)


def eora26(path: Path, **changed: str) -> None:
    """The archive of a year: tables without labels in thousand USD, with the discrepancy ROW; labels end in a tab."""
    between, final = io_numbers(3, 3)
    places = [(c, k) for c in ("DEU", "RUS", "USA") for k in ("Agriculture", "Fishing", "Transport")]
    labels = [f"Name of {c}\t{c}\tIndustries\t{k}\t" for c, k in places] + ["ROW\tROW\tIndustries\tTOTAL\t"]
    items = [
        (c, f)
        for c in ("DEU", "RUS", "USA")
        for f in ("Household final consumption P.3h", "Changes in inventories P.52")
    ]
    ends = [f"Name of {c}\t{c}\tFinal demand\t{f}\t" for c, f in items] + ["ROW\tROW\tFinal demand\tTOTAL\t"]

    def text(numbers: np.ndarray) -> str:
        return "".join("\t".join(repr(float(x)) for x in row) + "\n" for row in numbers)

    parts = {
        "Eora26_2015_bp_T.txt": text(np.pad(between * 1e3, (0, 1), constant_values=7.0)),
        "Eora26_2015_bp_FD.txt": text(np.pad(final * 1e3, (0, 1), constant_values=7.0)),
        "Eora26_2015_bp_VA.txt": text(np.full((2, 10), 5e3)),
        "labels_T.txt": "\n".join(labels) + "\n",
        "labels_FD.txt": "\n".join(ends) + "\n",
        "labels_VA.txt": "Primary inputs\tCompensation of employees D.1\t\n",
    }
    zipped(path, **{name: value for name, value in {**parts, **changed}.items() if value != "-"})


def workbook(path: Path, kind: str, economies: tuple[str, ...] = ("DEU", "RUS", "RoW")) -> None:
    """A sheet of WIOD 2013 (``2013``), WIOD 2016 (``2016``) or the ADB (``adb``): titles, column labels, rows, sums."""
    import openpyxl

    between, final = io_numbers(3, 3)
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    if kind == "adb":
        legend = book.create_sheet("Legend", 0)
        legend.append(["Code", "Country"])
    industries = [f"c{n}" for n in (1, 2, 3)]
    names = ["A01", "C10-C12", "C31_C32"] if kind == "2016" else industries
    items = {"2013": ("c37", "c41"), "2016": ("c57", "c61"), "adb": ("F1", "F5")}[kind]
    ends = [(e, c) for e in economies for c in industries] + [(e, f) for e in economies for f in items]
    titles = {"2013": 2, "2016": 2, "adb": 4}[kind]
    for _ in range(titles):
        sheet.append(["Multiregional table"])
    blank = [None] * 4
    if kind != "adb":
        sheet.append(["(industry-by-industry)", None, None, None, *[c for _, c in ends], "GO"])
    sheet.append([*blank, *["a name"] * len(ends), "Total"])
    sheet.append([*blank, *[e for e, _ in ends], "TOT"])
    sheet.append([*blank, *[c for _, c in ends], None if kind == "adb" else "c62"])
    for i, (economy, code) in enumerate(ends[:9]):
        numbers = [*between[i].tolist(), *final[i].tolist()]
        first = None if kind == "adb" else names[i % 3]
        sheet.append(
            [first, "a name", economy, code.replace("c", "r") if kind == "2016" else code, *numbers, sum(numbers)]
        )
    sheet.append([None, "Total", "TOT", "r60", *[0.0] * 16])
    book.save(path)


def trains_query() -> str:
    """Results of a query for tariffs: two products of each importer, from the world and from one partner."""
    head = ("Selected Nomen", "Native Nomen", "Reporter", "Reporter Name", "Product", "Product Name", "Partner",
            "Partner Name", "Tariff Year", "Trade Year", "Trade Source", "Simple Average", "Weighted Average",
            "DutyType")  # fmt: skip
    rows = [
        ("H3", "H3", NUMERIC[c] if c != "USA" else 840, c, k, "x", "000", "World", 2009, 2009, "CMT", rate, 2 * rate,
         "MFN")
        for c in CODES for k, rate in (("10121", 4.0), ("870323", 10.0))
    ]  # fmt: skip
    rows += [("H3", "H3", 398, "KAZ", k, "x", 643, "RUS", 2009, 2009, "CMT", 0, 0, "PRF") for k in ("10121", "870323")]
    return table(head, *rows)


def trains_bulk(partner: bool = False) -> str:
    """A bulk file of a reporter and year; the preferential one has a column of partners, groups among them."""
    head = ["NomenCode", "Reporter_ISO_N", "Year", "ProductCode", "Sum_Of_Rates", "Min_Rate", "Max_Rate",
            "SimpleAverage", "Nbr_NA_Lines", "Nbr_Free_Lines", "Nbr_AVE_Lines", "Nbr_Dutiable_Lines",
            "TotalNoOfValidLines", "TotalNoOfLines", "EstCode"]  # fmt: skip
    rest = (0, 0, 0, 1, 1, 1, "U2")
    if not partner:
        rows = [
            ("H3", "918", 2009, k, 5, 5, 5, rate, *rest) for k, rate in (("010121", 5), ("270900", 0), ("870323", ""))
        ]
        return table(head, *rows)
    rows = [("H3", 643, 2009, "010121", p, 0, 0, 0, 1.5, *rest) for p in ("398", "N37", "918")]
    return table([*head[:4], "Partner", *head[4:]], *rows)


def gtap() -> str:
    """Arrays of bilateral trade in one file, as exported: lower-case regions, one of them composite."""
    arrays = (("VXSB", 1.0), ("VCIF", 1.1))
    rows = [(h, k, o.lower(), d.lower(), f * size(o, d)) for h, f in arrays for k in ("pdr", "oil") for o, d in PAIRS]
    rows += [("VXSB", "pdr", "xsu", "chn", 50.0), ("VXSB", "pdr", "xsu", "xsu", 3.0)]
    return table(("HEADER", "COMM", "REG_SOU", "REG_TAR", "VALUE"), *rows)


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
        "wiod-2016": lambda: (wiod_2016(), {"year": 2014}),
        "trains": lambda: (trains_query(), {"duty": "MFN", "year": 2009}),
        "gtap-csv": lambda: (gtap(), {"year": 2017, "header": "VXSB", "aliases": {"xsu": "KAZ"}}),
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


BINARY = {"wiod-xlsx": "WIOT09_ROW_Sep12.xlsx", "adb-mrio": "ADB-MRIO-2024.xlsx", "eora26": "Eora26_2015_bp.zip"}
"""Readers of files that are not text, with the published name."""
OPTIONS: Mapping[str, Mapping[str, Any]] = {"adb-mrio": {"year": 2024, "aliases": {"ROW2": "ROW"}}}


def _write_binary(path: Path, name: str) -> None:
    if name == "eora26":
        eora26(path)
    else:
        workbook(path, "adb" if name == "adb-mrio" else "2013")


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
    if name in BINARY:
        path = folder / BINARY[name]
        _write_binary(path, name)
        return path, dict(OPTIONS.get(name, {}))
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
