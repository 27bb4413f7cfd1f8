"""World input-output tables: what they become, WIOD as arrays, OECD ICIO, and whatever pymrio has parsed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.data.codes import Codes
from multipolar.data.readers.matrices import read_sheet
from multipolar.data.tables import Notes
from multipolar.errors import DataError
from multipolar.types import Array, Float64

__all__ = ["REST", "InputOutput", "from_labels", "from_pymrio", "icio", "wiod_npz"]

REST = "ROW"
"""Code of the rest of the world."""
MOST_SHOWN = 12
"""Unknown codes that a message names."""
BALANCE = 1e-2
"""Largest gap between a row's uses and its output, over the output of its economy, that is taken for rounding; in
WIOD 2009 it is 0.4% (Malta)."""


@dataclass(frozen=True)
class InputOutput:
    """A world input-output table of one year, industry by industry (USD million, basic prices).

    Attributes
    ----------
    economies
        ISO3 codes, `REST` for the rest of the world.
    industries
        Codes, in axis order.
    intermediate
        Sales of industry `k` of economy `o` to industry `s` of economy `d` [o k d s].
    final
        Sales to final demand by category `f` [o k d f]; may be negative (inventories).
    output
        Gross output [o k].
    categories
        Names of final demand.
    year
        Year, 0 where the file does not say.
    notes, source
        What was left out, and the name of the file.
    """

    economies: tuple[str, ...]
    industries: tuple[str, ...]
    intermediate: Float64[Array, "o k d s"]
    final: Float64[Array, "o k d f"]
    output: Float64[Array, "o k"]
    categories: tuple[str, ...]
    year: int
    notes: Notes
    source: str


def wiod_npz(path: Path, *, year: int = 0) -> InputOutput:
    """Read WIOD 2013 saved as arrays: ``Z, F, x, countries, sectors``, country by country."""
    arrays = _arrays(path, ("Z", "F", "x", "countries", "sectors"))
    economies = _economies([str(c) for c in arrays["countries"].ravel()], path.name)
    industries = tuple(str(s) for s in arrays["sectors"].ravel())
    return _assemble(arrays["Z"], arrays["F"], arrays["x"].ravel(), economies, industries, year=year, source=path.name)


def _arrays(path: Path, wanted: Sequence[str]) -> dict[str, np.ndarray]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > 2**30:
                raise DataError("unpacks to more than 1 GiB; it is not the file it should be", path.name)
        with np.load(path, allow_pickle=False) as content:
            if missing := [name for name in wanted if name not in content.files]:
                raise DataError(f"has no array '{missing[0]}'; it must hold {', '.join(wanted)}", path.name)
            return {name: content[name] for name in wanted}
    except DataError:
        raise
    except Exception as error:  # a damaged archive can fail anywhere inside zipfile and numpy
        raise DataError(f"is no readable npz file ({type(error).__name__}); it may be cut", path.name) from None


def _economies(labels: Sequence[str], file: str) -> tuple[str, ...]:
    codes = Codes(extra=(REST,))
    found = [codes.find(label) for label in labels]
    bad = [label for label, code in zip(labels, found, strict=True) if code in (None, codes.AGGREGATE)]
    if bad:
        more = f" and {len(bad) - MOST_SHOWN} more" if len(bad) > MOST_SHOWN else ""
        shown = ", ".join(f"'{label[:20]}'" for label in bad[:MOST_SHOWN])
        one = len(bad) == 1
        raise DataError(
            f"{'economy' if one else 'economies'} {shown}{more} {'is' if one else 'are'} unknown to the atlas; name "
            f"{'it' if one else 'them'} under 'aliases', by an ISO3 code or {REST}",
            file,
        )
    if len(set(found)) != len(found):
        raise DataError("an economy stands twice", file)
    return tuple(str(code) for code in found)


def _assemble(
    between: np.ndarray, final: np.ndarray, output: np.ndarray, economies: tuple[str, ...], industries: tuple[str, ...],
    *, year: int, source: str, categories: tuple[str, ...] = (), notes: Notes | None = None,
) -> InputOutput:  # fmt: skip
    """Check shapes, finiteness, signs and the balance of rows."""
    n, m = len(economies), len(industries)
    size = n * m
    if final.ndim != 2 or between.shape != (size, size) or final.shape[0] != size or output.shape != (size,):
        raise DataError(f"is no table of {n} economies x {m} industries: arrays do not fit, the file is cut", source)
    if final.shape[1] % n or not final.shape[1]:
        raise DataError(f"final demand has {final.shape[1]} columns, no multiple of {n} economies", source)
    for label, values in (("intermediate use", between), ("final demand", final), ("output", output)):
        if not np.issubdtype(values.dtype, np.number) or not np.isfinite(values).all():
            raise DataError(f"{label} holds a value that is no finite number", source)
    notes = notes or Notes(rows_read=size)
    gap = np.abs(between.sum(axis=1) + final.sum(axis=1) - output).reshape(n, m)
    scale = np.maximum(np.abs(output.reshape(n, m)).sum(axis=1), 1e-12)
    worst = np.unravel_index(int(np.argmax(gap / scale[:, None])), gap.shape)
    if gap[worst] > BALANCE * scale[worst[0]]:
        raise DataError(
            f"uses and output of {economies[worst[0]]}, {industries[worst[1]]} differ by {gap[worst]:,.0f}: "
            "columns are cut or in another order",
            source,
        )
    if (low := np.argwhere(output.reshape(n, m) < -BALANCE * scale[:, None])).size:
        place = f"{economies[low[0, 0]]}, {industries[low[0, 1]]}"
        raise DataError(f"output of {place} is below zero; columns are cut or of another table", source)
    if (between < 0).any():
        notes.remarks.append(f"{int((between < 0).sum())} negative cells of intermediate use")
    if (final < 0).any():
        notes.remarks.append(
            f"{int((final < 0).sum())} negative cells of final demand, {final[final < 0].sum():,.0f} USD million"
        )
    per = final.shape[1] // n
    return InputOutput(
        economies=economies,
        industries=industries,
        intermediate=between.astype(np.float64, copy=False).reshape(n, m, n, m),
        final=final.astype(np.float64, copy=False).reshape(n, m, n, per),
        output=output.astype(np.float64).reshape(n, m),
        categories=categories or tuple(f"final-{i + 1}" for i in range(per)),
        year=year,
        notes=notes,
        source=source,
    )


_ICIO_FINAL = re.compile(r"HFCE|NPISH|NPS|GGFC|GFCF|INVNT|INV|DIRP|DPABR|FD|P33|DISC")
_ICIO_TOTAL = frozenset({"OUT", "OUTPUT", "TOTAL"})
_ICIO_VALUE = re.compile(r"^(TLS|VA|.*(VALU|TAX).*)$")


def icio(
    path: Path, *, year: int = 0, member: str | None = None, aliases: Mapping[str, str] | None = None
) -> InputOutput:
    """Read a yearly CSV of the OECD's tables: rows and columns ``ECONOMY_INDUSTRY``, final demand ``ECONOMY_ITEM``.

    The parts of China and Mexico that some releases tell apart (CN1, MX1 ...) are added up. Rows of taxes and value
    added are read as checks only.
    """
    sheet = read_sheet(path, labels=1, member=member)
    labels = [row[0] for row in sheet.labels]
    kept = [i for i, label in enumerate(labels) if label not in _ICIO_TOTAL and not _ICIO_VALUE.match(label)]
    rows = [labels[i] for i in kept]
    if len(set(rows)) != len(rows):
        raise DataError("a row stands twice", sheet.file)
    final_at = [i for i, name in enumerate(sheet.header) if _ICIO_FINAL.search(name) and name not in set(rows)]
    position = {name: i for i, name in enumerate(sheet.header)}
    if missing := [name for name in rows if name not in position]:
        raise DataError(f"row '{missing[0][:30]}' has no column of that name; the file is cut", sheet.file)
    other = set(sheet.header) - set(rows) - {sheet.header[i] for i in final_at} - _ICIO_TOTAL
    if not rows or not final_at or other:
        what = f"column '{min(other)[:30]}' has no row" if other else "has no industries or no final demand"
        raise DataError(f"{what}; the file is cut or in another layout", sheet.file)
    values = sheet.values[kept]
    between, final = values[:, [position[name] for name in rows]], values[:, final_at]
    return from_labels(
        between, final, rows, [sheet.header[i] for i in final_at], year=year, file=sheet.file, aliases=aliases
    )


def from_labels(
    between: np.ndarray, final: np.ndarray, rows: Sequence[str], finals: Sequence[str], *, year: int, file: str,
    aliases: Mapping[str, str] | None = None, totals: np.ndarray | None = None,
) -> InputOutput:  # fmt: skip
    """Order a table by its labels ``ECONOMY_INDUSTRY``; add up parts of an economy.

    Parameters
    ----------
    between, final
        Sales to industries [row row] and to final demand [row column] (USD million).
    rows, finals
        Labels of the rows, which are also those of the columns of `between`, and of the columns of `final`.
    aliases
        Economy in the labels to ISO3, or to `REST`; economies with one code are added up.
    totals
        The file's own sum of each row, held against the cells.

    Raises
    ------
    DataError
        If labels do not make a full table, an economy is unknown, or a row does not add up.
    """
    _refuse_wrong_totals(between, final, totals, rows, file)
    names = dict(aliases or {})
    rows, finals = ([_renamed(label, names) for label in labels] for labels in (rows, finals))
    parts = [label.split("_", 1) for label in rows]
    if bad := [label for label, part in zip(rows, parts, strict=True) if len(part) != 2]:
        raise DataError(f"label '{bad[0][:30]}' is not ECONOMY_INDUSTRY", file)
    holder = {p[0]: _part_of(p[0]) for p in parts}
    economies = tuple(dict.fromkeys(holder[p[0]] for p in parts))
    iso3 = _economies(economies, file)
    industries = tuple(dict.fromkeys(p[1] for p in parts))
    at = {(c, k): i * len(industries) + j for i, c in enumerate(economies) for j, k in enumerate(industries)}
    target = np.array([at[holder[c], k] for c, k in parts])
    size = len(economies) * len(industries)
    if set(target) != set(range(size)):
        raise DataError("some economy lacks an industry; the file is cut", file)
    ends = [_final_label(name, set(holder)) for name in finals]
    kept = [j for j, end in enumerate(ends) if end[0]]
    items = tuple(dict.fromkeys(ends[j][1] for j in kept))
    if strange := sorted({_part_of(ends[j][0]) for j in kept} - set(economies)) or ([] if items else ["nobody"]):
        raise DataError(f"final demand of '{strange[0][:20]}', which has no industries; the file is cut", file)
    column = np.array(
        [economies.index(_part_of(ends[j][0])) * len(items) + items.index(ends[j][1]) for j in kept], dtype=int
    )
    used = np.zeros((size, size))
    bought = np.zeros((size, len(economies) * len(items)))
    np.add.at(used, (target[:, None], target[None, :]), between)
    np.add.at(bought, (target[:, None], column[None, :]), final[:, kept])
    notes = Notes(rows_read=len(rows))
    lost = [j for j in range(len(finals)) if j not in kept]
    # A discrepancy without an economy belongs to nobody: it stays out of the uses, hence of the output used here.
    if lost:
        notes.remarks.append(f"column {finals[lost[0]]} of {np.abs(final[:, lost]).sum():,.0f} USD million is left out")
    output = used.sum(axis=1) + bought.sum(axis=1)
    return _assemble(used, bought, output, iso3, industries, year=year, source=file, categories=items, notes=notes)


def _refuse_wrong_totals(
    between: np.ndarray, final: np.ndarray, totals: np.ndarray | None, rows: Sequence[str], file: str
) -> None:
    """Refuse a row whose cells do not add up to the file's own sum: cells are cut, shifted or changed."""
    if totals is None:
        return
    found = between.sum(axis=1) + final.sum(axis=1)
    economy = np.unique([label.partition("_")[0] for label in rows], return_inverse=True)[1]
    excess = np.abs(found - totals) - BALANCE * np.maximum(np.bincount(economy, np.abs(totals)), 1e-12)[economy]
    worst = int(np.argmax(excess))
    if excess[worst] > 0:
        raise DataError(
            f"row '{rows[worst][:30]}' adds up to {found[worst]:,.0f}, not to its total of {totals[worst]:,.0f}: "
            "cells are cut or in another order",
            file,
        )


def _renamed(label: str, aliases: Mapping[str, str]) -> str:
    """Put the alias of an economy in its place in a label, in either order."""
    first, joint, second = label.partition("_")
    if first not in aliases and second in aliases:
        return f"{first}{joint}{aliases[second]}"
    return f"{aliases.get(first, first)}{joint}{second}"


def _part_of(code: str) -> str:
    if re.fullmatch(r"CN\d", code):
        return "CHN"
    return "MEX" if re.fullmatch(r"MX\d", code) else code


def _final_label(name: str, economies: set[str]) -> tuple[str, str]:
    """Split a label of final demand, in either order; without an economy the first part is empty."""
    first, _, second = name.partition("_")
    if not second:
        return "", first
    return (second, first) if first not in economies and second in economies else (first, second)


def from_pymrio(
    system: Any, *, unit_usd_mn: float = 1.0, aliases: Mapping[str, str] | None = None, year: int = 0
) -> InputOutput:
    """Take a system that pymrio has parsed (EORA26, ADB, EXIOBASE, FIGARO, ...): its ``Z`` and ``Y``.

    Parameters
    ----------
    unit_usd_mn
        What one unit of the system is in USD million; EORA26 is in thousand USD, so 0.001.
    aliases
        Region of the system to ISO3, or to ROW; several regions with one code are added up.

    Raises
    ------
    DataError
        If it has no ``Z`` and ``Y`` with regions and sectors, or a region is unknown.
    """
    between, final = getattr(system, "Z", None), getattr(system, "Y", None)
    if between is None or final is None or getattr(between.index, "nlevels", 1) != 2:
        raise DataError("the system has no Z and Y by region and sector; call its calc_all() first", "pymrio")
    labels = between.index
    if not labels.is_unique or set(labels) != set(between.columns) or set(labels) != set(final.index):
        raise DataError("Z is no square, or Z and Y differ in their rows", "pymrio")
    between, final = between[list(labels)], final.loc[list(labels)]
    rows = [f"{r}_{s}" for r, s in labels]
    finals = [f"{c[0]}_{c[-1]}" for c in final.columns]
    sold, bought = (frame.to_numpy() * unit_usd_mn for frame in (between, final))
    return from_labels(sold, bought, rows, finals, year=year, file="pymrio", aliases=aliases)
