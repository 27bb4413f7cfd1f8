"""World input-output tables: WIOD, OECD ICIO, and whatever pymrio has parsed."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from multipolar.data.codes import Codes
from multipolar.data.tables import Notes, read_raw
from multipolar.errors import DataError
from multipolar.types import Array, Float64

__all__ = ["REST", "InputOutput", "from_pymrio", "icio", "wiod_npz", "wiod_xlsx"]

REST = "ROW"
"""Code of the rest of the world."""
MOST_CELLS = 40_000_000
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
        raise DataError(f"economy '{bad[0][:20]}' is unknown to the atlas", file)
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
        intermediate=between.astype(np.float64).reshape(n, m, n, m),
        final=final.astype(np.float64).reshape(n, m, n, per),
        output=output.astype(np.float64).reshape(n, m),
        categories=categories or tuple(f"final-{i + 1}" for i in range(per)),
        year=year,
        notes=notes,
        source=source,
    )


_ICIO_FINAL = re.compile(r"HFCE|NPISH|NPS|GGFC|GFCF|INVNT|INV|DIRP|DPABR|FD|P33|DISC")
_ICIO_TOTAL = frozenset({"OUT", "OUTPUT", "TOTAL"})
_ICIO_VALUE = re.compile(r"^(TLS|VA|.*(VALU|TAX).*)$")


def icio(path: Path, *, year: int = 0, member: str | None = None) -> InputOutput:
    """Read a yearly CSV of the OECD's tables: rows and columns ``ECONOMY_INDUSTRY``, final demand ``ECONOMY_ITEM``.

    The parts of China and Mexico that some releases tell apart (CN1, MX1 ...) are added up. Rows of taxes and value
    added are read as checks only.
    """
    raw = read_raw(path, member=member, delimiter=",", limit=2**30)
    if len(raw.header) * len(raw.lines) > MOST_CELLS:
        raise DataError(f"has more than {MOST_CELLS:,} cells", raw.file)
    labels = [cell.strip() for cell in raw.columns[0]]
    is_row = np.array([label not in _ICIO_TOTAL and not _ICIO_VALUE.match(label) for label in labels])
    rows = [label for label, keep in zip(labels, is_row, strict=True) if keep]
    if len(set(rows)) != len(rows) or len(set(raw.header)) != len(raw.header):
        raise DataError("a row or column stands twice", raw.file)
    final_at = [i for i, name in enumerate(raw.header) if i and _ICIO_FINAL.search(name) and name not in rows]
    position = {name: i for i, name in enumerate(raw.header)}
    if missing := [name for name in rows if name not in position]:
        raise DataError(f"row '{missing[0][:30]}' has no column of that name; the file is cut", raw.file)
    other = set(raw.header[1:]) - set(rows) - {raw.header[i] for i in final_at} - _ICIO_TOTAL
    if not rows or not final_at or other:
        what = f"column '{min(other)[:30]}' has no row" if other else "has no industries or no final demand"
        raise DataError(f"{what}; the file is cut or in another layout", raw.file)
    numbers = _matrix(raw.columns, [position[name] for name in rows] + final_at, is_row, raw)
    between, final = numbers[:, : len(rows)], numbers[:, len(rows) :]
    return _from_labels(between, final, rows, [raw.header[i] for i in final_at], year, raw.file)


def _matrix(columns: Sequence[list[str]], at: Sequence[int], is_row: np.ndarray, raw: Any) -> np.ndarray:
    keep = np.flatnonzero(is_row)
    out = np.empty((len(keep), len(at)))
    for j, i in enumerate(at):
        cells = columns[i]
        try:
            out[:, j] = [float(cells[r] or 0.0) for r in keep]
        except ValueError:
            bad = next(r for r in keep if not _is_number(cells[r]))
            raise DataError(
                f"column '{raw.header[i][:30]}' holds '{cells[bad][:20]}'", raw.file, int(raw.lines[bad])
            ) from None
    return out


def _is_number(text: str) -> bool:
    try:
        float(text or 0.0)
    except ValueError:
        return False
    return True


def _from_labels(
    between: np.ndarray, final: np.ndarray, rows: Sequence[str], finals: Sequence[str], year: int, file: str
) -> InputOutput:
    """Order a table by its labels ``ECONOMY_INDUSTRY``; add up parts of an economy."""
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
    names = dict(aliases or {})
    rows = [f"{names.get(str(r), str(r))}_{s}" for r, s in between.index]
    finals = [f"{names.get(str(c[0]), str(c[0]))}_{c[-1]}" for c in final.columns]
    return _from_labels(between.to_numpy() * unit_usd_mn, final.to_numpy() * unit_usd_mn, rows, finals, year, "pymrio")


def wiod_xlsx(path: Path, *, year: int = 0) -> InputOutput:
    """Read a yearly file of WIOD 2013 (``WIOT09_ROW_Sep12.xlsx``): four header rows and columns after two of title.

    Needs openpyxl, which is not among the requirements. A table takes about half a minute.
    """
    try:
        import openpyxl
    except ImportError:
        raise DataError("reading xlsx needs openpyxl: pip install openpyxl", path.name) from None
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(item.file_size for item in archive.infolist()) > 2**30:
                raise DataError("unpacks to more than 1 GiB; it is not the file it should be", path.name)
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        cells = [list(row) for row in book.worksheets[0].iter_rows(min_row=3, values_only=True)]
        book.close()
    except DataError:
        raise
    except Exception as error:  # a damaged workbook can fail anywhere inside zipfile, the XML parser and openpyxl
        raise DataError(f"is no readable workbook ({type(error).__name__}); fetch it again", path.name) from None
    return _from_sheet(cells, year, path.name)


def _from_sheet(cells: list[list[Any]], year: int, file: str) -> InputOutput:
    """Order WIOD's sheet by its labels: economy in the third header row and column, code c1 to c35 in the fourth."""
    if len(cells) < 6 or len(cells[0]) < 6:
        raise DataError("is too small for WIOD's layout; the file is cut", file)
    industry = re.compile(r"c\d+$")
    region, code = cells[2], cells[3]
    rows = [i for i in range(4, len(cells)) if len(cells[i]) > 3 and industry.match(str(cells[i][3] or ""))]
    uses = [j for j in range(4, len(code)) if industry.match(str(code[j] or "")) and int(str(code[j])[1:]) <= 35]
    bought = [j for j in range(4, len(code)) if j not in set(uses) and region[j] and str(region[j]) != "TOT"]
    labels = [f"{str(cells[i][2]).upper()}_{cells[i][3]}" for i in rows]
    if [f"{str(region[j]).upper()}_{code[j]}" for j in uses] != labels:
        raise DataError("rows and columns of the industries differ; the sheet is cut or in another order", file)
    try:
        numbers = np.array([[float(cells[i][j] or 0.0) for j in (*uses, *bought)] for i in rows])
    except (TypeError, ValueError, IndexError):
        raise DataError("a cell of the table is no number, or a row is cut", file) from None
    finals = [f"{str(region[j]).upper()}_{code[j]}" for j in bought]
    return _from_labels(numbers[:, : len(uses)], numbers[:, len(uses) :], labels, finals, year, file)
