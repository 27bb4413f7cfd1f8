"""Readers by name: a published file in, a validated tidy table out.

A kind of table always has the same columns, whichever reader made it (``docs/data.md``); money is USD million, rates
are fractions, economies are ISO3 codes of the atlas.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

from multipolar.errors import DataError, UnknownNameError

__all__ = ["KINDS", "READERS", "Reader", "read", "reader"]

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "trade": ("origin", "destination", "year", "value"),
        "reports": ("origin", "destination", "side", "year", "value"),
        "indicator": ("indicator", "iso3", "year", "value"),
        "tariffs": ("origin", "destination", "sector", "year", "rate"),
        "pairs": ("origin", "destination"),
        "agreements": ("agreement", "iso3", "year", "entry"),
        "states": ("iso3", "year"),
        "dyads": ("iso3_a", "iso3_b", "year"),
        "input-output": (),
        "arrays": (),
    }
)
"""Columns that a kind of table has at least; ``trade`` may carry ``sector``; ``input-output`` and
``arrays`` are not tables."""


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader.

    Attributes
    ----------
    id, kind
        Name, and one of `KINDS`.
    reads
        The published file it reads.
    home
        Module and function.
    checked
        ``real``: tested on the published file; ``generated``: on files made in the published layout.
    layout
        Where the layout was read.
    streams
        Whether the file is read as a stream, in memory that does not grow with it.
    """

    id: str
    kind: str
    reads: str
    home: str
    checked: str
    layout: str
    streams: bool = False

    def __call__(self, path: str | Path, **options: Any) -> Any:
        """Read a file; raises `DataError` naming file, row and remedy, and for an option the reader lacks."""
        module, function = self.home.split(":")
        call = getattr(import_module(f"multipolar.data.readers.{module}"), function)
        from inspect import Parameter, signature

        parameters = {k: v for k, v in signature(call).parameters.items() if k != "path"}
        known = set(parameters)
        if extra := sorted(set(options) - known):
            raise DataError(
                f"reader '{self.id}' has no option '{extra[0]}'; it has {', '.join(sorted(known)) or 'none'}"
            )
        for option, parameter in parameters.items():
            if parameter.default is Parameter.empty and option not in options:
                raise DataError(f"reader '{self.id}' needs the option '{option}'")
        return call(Path(path), **options)


def _table(*rows: tuple[str, str, str, str, str, str]) -> dict[str, Reader]:
    return {row[0]: Reader(*row, streams=row[3] in _STREAMED) for row in rows}


_STREAMED = ("baci:products", "itpd:flows", "cepii:gravity", "trains:rates")
"""Readers that take a file of any size in bounded memory."""
_CODE = "the file's own header"

READERS: Mapping[str, Reader] = MappingProxyType(
    _table(
        ("trade-csv", "trade", "your own trade table", "own:trade", "generated", "docs/data.md"),
        ("economies-csv", "indicator", "your own table of economies", "own:economies", "generated", "docs/data.md"),
        ("tariffs-csv", "tariffs", "your own table of tariffs", "own:tariffs", "generated", "docs/data.md"),
        ("figures-csv", "indicator", "long table of figures", "own:figures", "real", "docs/data.md"),
        ("wits-trade", "trade", "WITS, one row a pair", "wits:pairs", "real", _CODE),
        ("wits-reports", "reports", "WITS, both reports of a pair", "wits:reports", "real", _CODE),
        ("baci", "trade", "BACI yearly file", "baci:products", "generated", "CEPII, DescriptionBACI"),
        ("baci-matrix", "trade", "matrix of BACI totals with labels", "baci:matrix", "real", _CODE),
        ("labelled-column", "indicator", "one column in the order of labels", "baci:labelled", "real", _CODE),
        ("itpd-e", "trade", "ITPD-E release 2", "itpd:flows", "generated", "USITC, list of variables"),
        ("gtap-csv", "trade", "GTAP bilateral trade csv", "gtap:flows", "generated", "public code that exports it"),
        (
            "gtap-tables",
            "input-output",
            "GTAP input-output arrays, a csv each, by its VDFB.csv",
            "gtap_tables:table",
            "generated",
            "public code that exports them",
        ),
        (
            "gtap-tariffs",
            "tariffs",
            "GTAP duties, VMSB.csv with VCIF.csv",
            "gtap_tables:tariffs",
            "generated",
            "public code that exports them",
        ),
        ("trains", "tariffs", "WITS / TRAINS tariffs", "trains:rates", "generated", "WITS online help, public code"),
        ("geodist", "pairs", "CEPII GeoDist dist_cepii", "cepii:geodist", "real", _CODE),
        ("gravity", "pairs", "CEPII Gravity", "cepii:gravity", "generated", "headers in public code"),
        ("wdi-long", "indicator", "iso3, year, value", "indicators:long", "real", _CODE),
        (
            "wdi-bulk",
            "indicator",
            "WDI bulk csv, a column a year",
            "indicators:bulk",
            "generated",
            "headers in public code",
        ),
        ("wdi-api", "indicator", "World Bank API json", "indicators:api", "generated", "World Bank help desk"),
        ("gapminder", "indicator", "geo, time, value", "indicators:gapminder", "real", _CODE),
        ("unep-size", "indicator", "area, population, GDP of 2009", "indicators:unep", "real", _CODE),
        ("wiod-npz", "input-output", "WIOD 2013 as arrays", "tables_io:wiod_npz", "real", _CODE),
        (
            "wiod-xlsx",
            "input-output",
            "WIOD 2013 yearly xlsx",
            "workbooks:wiod_xlsx",
            "generated",
            "parser of pymrio",
        ),
        (
            "wiod-2016",
            "input-output",
            "WIOD 2016: Stata, CSV, xlsx",
            "wiod2016:table",
            "generated",
            "public code that checks the published file",
        ),
        ("eora26", "input-output", "EORA26 yearly zip", "eora:table", "generated", "parsers of pymrio and MARIO"),
        ("adb-mrio", "input-output", "ADB MRIO yearly xlsx", "workbooks:adb", "generated", "parser of MARIO"),
        ("icio", "input-output", "OECD ICIO yearly csv", "tables_io:icio", "generated", "parser of pymrio"),
        (
            "caliendo-parro",
            "arrays",
            "the authors' folder, by its IO.txt",
            "caliendo_parro:files",
            "real",
            "their program",
        ),
        ("desta", "agreements", "DESTA, agreement x member", "politics:desta", "real", _CODE),
        ("cow-nmc", "states", "COW national capabilities", "politics:capabilities", "real", _CODE),
        ("atop", "dyads", "ATOP directed dyad-years", "politics:alliances", "real", _CODE),
        ("ideal-points", "states", "UN ideal points", "politics:ideal_points", "real", _CODE),
        ("ucdp-acd", "states", "UCDP/PRIO armed conflicts", "politics:conflicts", "real", _CODE),
    )
)
"""Every reader by name."""


def reader(name: str) -> Reader:
    """Return a reader; raises `UnknownNameError` with the nearest names."""
    try:
        return READERS[name]
    except KeyError:
        raise UnknownNameError("reader", name, READERS) from None


def read(name: str, path: str | Path, **options: Any) -> Any:
    """Read a file with a named reader.

    Parameters
    ----------
    name
        One of `READERS`.
    path
        The file; gzip and zip are unpacked on the way.
    **options
        Of the reader, such as ``year`` and ``aliases`` (code in the file to ISO3).

    Returns
    -------
    Table or InputOutput
        By the kind of the reader.

    Raises
    ------
    DataError
        Naming file, row and remedy.
    """
    return reader(name)(path, **options)
