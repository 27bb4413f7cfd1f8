"""Bilateral trade of GTAP, exported as CSV: one array a file, or several told apart by a column ``HEADER``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from multipolar.data.codes import Codes
from multipolar.data.tables import Column, Table, read_raw, validate
from multipolar.errors import DataError

__all__ = ["ARRAYS", "flows"]

ARRAYS = ("VXSB", "VFOB", "VCIF", "VMSB", "VXMD", "VXWD", "VIWS", "VIMS")
"""Arrays of bilateral trade in GTAP 10 and later, and in earlier ones: at basic prices, f.o.b., c.i.f., duty paid."""


def flows(
    path: Path, *, year: int, header: str = "", aliases: Mapping[str, str] | None = None,
    extra: list[str] | None = None, member: str | None = None,
) -> Table:  # fmt: skip
    """Read ``COMM, REG_SOU, REG_TAR, VALUE`` (USD million), as ``gdxdump`` writes ``VXSB`` and its like.

    Parameters
    ----------
    year
        The file does not say it.
    header
        Array to read, one of `ARRAYS`; needed where a column ``HEADER`` tells several apart.
    aliases, extra
        GTAP's composite regions (``xoc``) to ISO3 or to a code of `extra`, such as ROW.

    Raises
    ------
    DataError
        Naming file, row and remedy.
    """
    raw = read_raw(path, member=member)
    marks = raw.find(("HEADER",))
    if header and header.upper() not in ARRAYS:
        raise DataError(
            f"'{header[:12]}' is no array of bilateral trade; it must be one of {', '.join(ARRAYS)}", raw.file
        )
    if marks is not None:
        held = sorted({mark.strip().upper() for mark in marks})
        if not header and len(held) > 1:
            raise DataError(
                f"holds several arrays: {', '.join(m[:12] for m in held[:6])}; say which with the option 'header'",
                raw.file,
            )
        keep = [i for i, mark in enumerate(marks) if mark.strip().upper() == (header.upper() or held[0])]
        if not keep:
            raise DataError(f"has no array '{header}'; it has {', '.join(m[:12] for m in held[:6])}", raw.file)
        raw = replace(raw, columns=tuple([c[i] for i in keep] for c in raw.columns), lines=raw.lines[keep])
    columns = (
        Column("sector", ("COMM", "TRAD_COMM", "commodity")),
        Column("origin_code", ("REG_SOU", "SRC", "source")),
        Column("destination_code", ("REG_TAR", "DST", "destination")),
        Column("origin", ("REG_SOU", "SRC", "source"), "code"),
        Column("destination", ("REG_TAR", "DST", "destination"), "code"),
        Column("value", ("VALUE", "Val"), "number", low=0, high=1e9),
    )
    upper = {key.upper(): value for key, value in (aliases or {}).items()}
    codes = Codes(aliases={**upper, **{key.lower(): value for key, value in upper.items()}}, extra=tuple(extra or ()))
    table = validate(
        raw, columns, codes=codes, key=("sector", "origin_code", "destination_code"), layout="GTAP's bilateral trade"
    )
    frame = table.frame
    home = frame.origin == frame.destination
    table.notes.drop("trade inside a region", int(home.sum()))
    tidy = frame[~home & (frame.value > 0)].assign(year=year)
    table.notes.drop("zero", int((frame.value[~home] <= 0).sum()))
    tidy = tidy.groupby(["origin", "destination", "sector", "year"], as_index=False)[["value"]].sum()
    return Table(tidy, table.notes, raw.file)
