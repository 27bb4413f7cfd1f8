"""The input files of Caliendo & Parro (2015): 31 regions x 40 sectors in 1993, 20 of them traded, tariffs to 2005."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from multipolar.data.files import SMALL, read_text
from multipolar.data.tables import Notes
from multipolar.errors import DataError
from multipolar.types import Array, Float64

__all__ = ["NON_TRADED_ELASTICITY", "REGIONS", "SECTORS", "TRADED", "Files", "assemble", "files"]

# The order of the authors' files: by English name, the rest of the world last.
REGIONS = (
    *("ARG", "AUS", "AUT", "BRA", "CAN", "CHL", "CHN", "DNK", "FIN", "FRA", "DEU", "GRC", "HUN", "IND", "IDN", "IRL"),
    *("ITA", "JPN", "KOR", "MEX", "NLD", "NZL", "NOR", "PRT", "ZAF", "ESP", "SWE", "TUR", "GBR", "USA", "ROW"),
)
SECTORS, TRADED = 40, 20
NON_TRADED_ELASTICITY = 8.22
SMALLEST_COEFFICIENT = -0.01
"""The input-output table has a few negative cells of up to 1e-3; they are set to zero."""

ReadMatrix = Callable[..., np.ndarray]
"""Called with name, shape and ``lowest``; returns a matrix of numbers of that shape."""


@dataclass(frozen=True)
class Files:
    """The files as arrays.

    Attributes
    ----------
    flow
        Trade between regions, net of duty, zero for sectors that are not traded (USD million) [o d s].
    before, after
        Tariffs of 1993 and 2005 (fraction) [o d s].
    output
        Gross output, at least exports (USD million) [o s].
    input_share
        Share of supplying sector `k` in the inputs of user `s` (fraction) [o s k].
    value_added_share
        Value added over gross output (fraction) [o s].
    trade_elasticity
        Trade elasticity (pure number) [s].
    notes, source
        As in `multipolar.data.Table`.
    """

    flow: Float64[Array, "o d s"]
    before: Float64[Array, "o d s"]
    after: Float64[Array, "o d s"]
    output: Float64[Array, "o s"]
    input_share: Float64[Array, "o s k"]
    value_added_share: Float64[Array, "o s"]
    trade_elasticity: Float64[Array, " s"]
    notes: Notes = field(default_factory=Notes)
    source: str = "caliendo-parro"


def assemble(read: ReadMatrix) -> Files:
    """Lay the files out as arrays.

    Parameters
    ----------
    read
        Reads one file as a matrix of a given shape, or raises.
    """
    count = len(REGIONS)
    flow = _sector_blocks(read("xbilat1993.txt", TRADED * count, count, lowest=0.0)) / 1e3
    before, after = (
        _sector_blocks(read(f"tariffs{y}.txt", TRADED * count, count, lowest=0.0)) / 100 for y in (1993, 2005)
    )
    table = read("IO.txt", SECTORS * count, SECTORS, lowest=SMALLEST_COEFFICIENT)
    use = np.clip(table.reshape(count, SECTORS, SECTORS).transpose(0, 2, 1), 0, None)
    total = use.sum(axis=2, keepdims=True)
    theta = np.concatenate([read("T.txt", TRADED, lowest=0.0), np.full(SECTORS - TRADED, NON_TRADED_ELASTICITY)])
    return Files(
        flow=flow,
        before=before,
        after=after,
        output=np.maximum(read("GO.txt", SECTORS, count, lowest=0.0).T / 1e6, flow.sum(axis=1)),
        input_share=np.divide(use, total, out=np.zeros_like(use), where=total > 0),
        value_added_share=read("B.txt", SECTORS, count, lowest=0.0).T,
        trade_elasticity=theta,
    )


def files(path: Path) -> Files:
    """Read the authors' files from the folder of one of them; raises `DataError` naming what is missing or damaged."""
    folder = path.parent

    def read(name: str, *shape: int, lowest: float) -> np.ndarray:
        path = folder / name
        text = read_text(path, limit=SMALL)
        try:
            values = np.array(text.split(), dtype=np.float64)
        except ValueError:
            raise DataError("holds something that is no number; it is another file", name) from None
        if values.size != np.prod(shape) or not (np.isfinite(values) & (values >= lowest)).all():
            raise DataError(
                f"does not hold {' x '.join(map(str, shape))} numbers of at least {lowest:g}; it is cut or another",
                name,
            )
        return values.reshape(shape)

    return assemble(read)


def _sector_blocks(table: np.ndarray) -> Float64[Array, "o d s"]:
    """Blocks of importer rows by exporter columns, one a traded sector -> [o d s]; zero for the other sectors."""
    count = len(REGIONS)
    full = np.zeros((count, count, SECTORS))
    full[:, :, :TRADED] = table.reshape(TRADED, count, count).transpose(2, 1, 0)
    return full
