"""Find and read the files of a paper; whatever is wrong with one is said with its name and the remedy."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import InputError
from multipolar.replicate.result import Paper

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["find_folder", "read_matrix", "read_table", "square"]


def find_folder(paper: Paper, data: Path) -> Path:
    """Return the folder with the paper's files: `data` itself, or the paper's folder inside it.

    Raises
    ------
    InputError
        Naming the first file that is missing, where it was looked for and where it comes from.
    """
    data = Path(data)
    if not data.is_dir():
        raise InputError(
            f"no folder '{data}' with the data of '{paper.id}'; {paper.data_from}, and name the folder that holds them"
        )
    for folder in (data, data / paper.folder):
        if all((folder / name).is_file() for name in paper.files):
            return folder
    folder = data / paper.folder if (data / paper.folder).is_dir() else data
    missing = next(name for name in paper.files if not (folder / name).is_file())
    raise InputError(f"'{missing}' of '{paper.id}' is not in '{folder}'; {paper.data_from}")


def read_matrix(
    paper: Paper,
    folder: Path,
    name: str,
    shape: tuple[int, ...],
    *,
    lowest: float = -np.inf,
    delimiter: str | None = None,
) -> np.ndarray:
    """Read a table of bare numbers, apart by spaces unless `delimiter` is given.

    Raises
    ------
    InputError
        If the file cannot be read as numbers, has another shape or holds a value below `lowest`.
    """
    try:
        values = np.loadtxt(folder / name, delimiter=delimiter)
    except (OSError, ValueError) as error:
        raise InputError(
            f"'{folder / name}' cannot be read as numbers ({_first_line(error)}); {paper.data_from}"
        ) from error
    if values.shape != shape:
        raise InputError(
            f"'{folder / name}' is {_size(values.shape)}, not {_size(shape)}: the file is cut or another one; "
            f"{paper.data_from}"
        )
    if not (np.isfinite(values) & (values >= lowest)).all():
        raise InputError(f"'{folder / name}' holds a value that is missing or below {lowest:g}; {paper.data_from}")
    return values


def read_table(paper: Paper, folder: Path, name: str, columns: Sequence[str]) -> pd.DataFrame:
    """Read a comma-separated table that must have `columns`.

    Raises
    ------
    InputError
        If the file cannot be read or lacks a column.
    """
    import pandas as pd

    try:
        table = pd.read_csv(folder / name)
    except (OSError, ValueError) as error:
        raise InputError(f"'{folder / name}' cannot be read ({_first_line(error)}); {paper.data_from}") from error
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise InputError(f"'{folder / name}' has no column '{missing[0]}'; {paper.data_from}")
    return table


def square(paper: Paper, table: pd.DataFrame, codes: Sequence[str], column: str) -> np.ndarray:
    """Return one column of a table of pairs as a matrix [o d].

    Parameters
    ----------
    table
        With columns ``exporter``, ``importer`` and `column`, one row a pair.
    codes
        Economies in axis order.

    Raises
    ------
    InputError
        If a pair is missing, stands twice, or its value is not a number.
    """
    import pandas as pd

    pairs = table.set_index(["exporter", "importer"])[column]
    if not pairs.index.is_unique:
        origin, destination = pairs.index[pairs.index.duplicated()][0]
        raise InputError(f"the data of '{paper.id}' list {origin} to {destination} twice; {paper.data_from}")
    values = pd.to_numeric(pairs.reindex(pd.MultiIndex.from_product([codes, codes])), errors="coerce")
    matrix = values.to_numpy(dtype=float).reshape(len(codes), len(codes))
    bad = ~np.isfinite(matrix)
    if bad.any():
        o, d = np.argwhere(bad)[0]
        raise InputError(
            f"the data of '{paper.id}' have no number in '{column}' for {codes[o]} to {codes[d]}; {paper.data_from}"
        )
    return matrix


def _first_line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape) + (" numbers" if len(shape) == 1 else "")
