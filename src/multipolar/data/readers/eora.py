"""EORA26: the published archive of a year, tables without labels and their labels beside them."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from multipolar.data.files import MOST_RATIO, open_bytes
from multipolar.data.readers.matrices import read_sheet, text_lines
from multipolar.data.readers.tables_io import InputOutput, from_labels
from multipolar.errors import DataError

__all__ = ["table"]

MOST_BYTES = 2**30
UNIT_USD_MN = 1e-3
"""Eora's tables are in thousand USD (its own FAQ; pymrio issue 175 finds the same from the totals)."""
DISCREPANCY = "ROW"
"""The row and column that take up what does not add up; not an economy."""
_TABLE = re.compile(r"Eora26_(\d{4})_([a-z]{2})_T\.txt$")


def table(
    path: Path, *, year: int = 0, labels: str | Path | None = None, aliases: Mapping[str, str] | None = None
) -> InputOutput:
    """Read ``Eora26_2015_bp.zip``: ``Eora26_2015_bp_T.txt``, ``..._FD.txt`` and the labels, in thousand USD.

    The discrepancy that the archive books under ROW is left out, and its size noted; value added is what the rest
    leaves, so the file's own is not read.

    Parameters
    ----------
    labels
        Archive with ``labels_T.txt`` and ``labels_FD.txt`` (``indices.zip``) if the first one has none.
    aliases
        Eora's codes to ISO3, or to ROW for the rest of the world.

    Raises
    ------
    DataError
        Naming the part of the archive, its row, and the remedy.
    """
    stem, found = _stem(path)
    if year and found != year:
        raise DataError(f"is of the year {found}, {year} was asked for", path.name)
    rows = _labels(path, labels, "labels_T.txt")
    finals = _labels(path, labels, "labels_FD.txt")
    between = _cells(path, f"{stem}_T.txt", len(rows), len(rows))
    final = _cells(path, f"{stem}_FD.txt", len(rows), len(finals))
    inside = np.array([economy != DISCREPANCY for economy, _ in rows])
    bought = np.array([economy != DISCREPANCY for economy, _ in finals])
    made = from_labels(
        between[np.ix_(inside, inside)] * UNIT_USD_MN,
        final[np.ix_(inside, bought)] * UNIT_USD_MN,
        [f"{economy}_{sector}" for (economy, sector), keep in zip(rows, inside, strict=True) if keep],
        [f"{economy}_{item}" for (economy, item), keep in zip(finals, bought, strict=True) if keep],
        year=found,
        file=path.name,
        aliases=aliases,
    )
    if not inside.all():
        lost = between[~inside].sum() + between[inside][:, ~inside].sum()
        lost += final[~inside].sum() + final[inside][:, ~bought].sum()
        made.notes.remarks.append(f"the discrepancy ROW of {lost * UNIT_USD_MN:,.3g} USD million is left out")
    return made


def _stem(path: Path) -> tuple[str, int]:
    """Beginning of the names of the parts, and the year in them."""
    names = [name for name in _names(path) if _TABLE.search(name)]
    if len(names) != 1:
        raise DataError(
            f"the archive holds {len(names)} parts named Eora26_YEAR_bp_T.txt; it must hold one year and price",
            path.name,
        )
    found = _TABLE.search(names[0])
    assert found is not None
    return f"Eora26_{found[1]}_{found[2]}", int(found[1])


def _names(path: Path) -> list[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except FileNotFoundError:
        raise DataError("cannot be read: no such file; check the path", str(path)) from None
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise DataError("is no readable archive; it is damaged or cut, fetch it again", path.name) from None
    if any(p.file_size > MOST_BYTES or p.file_size > MOST_RATIO * max(p.compress_size, 1024) for p in parts):
        raise DataError(
            f"unpacks to more than {MOST_BYTES >> 20:,} MiB or {MOST_RATIO} times its size; another file or a trap",
            path.name,
        )
    return [part.filename for part in parts]


def _labels(path: Path, other: str | Path | None, part: str) -> list[tuple[str, str]]:
    """Code of the economy and name of the sector or item: second and fourth cell of each line."""
    holder = path
    if not any(name.endswith(part) for name in _names(path)):
        if other is None:
            raise DataError(f"has no part '{part}'; name the archive of indices with the option 'labels'", path.name)
        holder = Path(other)
        _names(holder)
    out = []
    shown = f"{holder.name}/{part}"
    with open_bytes(holder, member=part) as stream:
        for row, line in enumerate(text_lines(stream, shown), 1):
            cells = [cell.strip() for cell in line.split("\t")]
            if not any(cells):
                continue
            if len(cells) < 4 or not cells[1] or not cells[3]:
                raise DataError("has fewer than four cells; labels are economy, code, kind and name", shown, row)
            out.append((cells[1], cells[3]))
    if not out:
        raise DataError("is empty; the archive is cut", shown)
    return out


def _cells(path: Path, part: str, rows: int, columns: int) -> np.ndarray:
    shown = f"{path.name}/{part}"
    found = read_sheet(path, labels=0, header=False, delimiter="\t", member=part, limit=MOST_BYTES, shown=shown).values
    if found.shape != (rows, columns):
        raise DataError(
            f"is {found.shape[0]} x {found.shape[1]} where the labels are {rows} x {columns}; it is cut", shown
        )
    return found
