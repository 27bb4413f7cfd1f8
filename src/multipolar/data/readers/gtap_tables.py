"""GTAP's input-output part and tariffs, one exported CSV an array, all in one folder.

The layout is that of a public script that dumps GTAP 10 and later with ``gdxdump`` (david-baumann/GTAP_MRIOT_mapping,
``load_gtap_dataset.gms``): `LAYOUT` has the arrays and their columns, in any order; cells that are not listed are zero.
Values are USD million. What the arrays hold is said in public code that reads them: exports at basic prices (VXSB) and
f.o.b. (VFOB), imports c.i.f. (VCIF) and duty paid (VMSB), purchases of domestic and imported goods by firms,
households, government and investors (VDFB ... VMIB), services sold to international transport (VST); the rate of duty
is VMSB / VCIF - 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from multipolar.data.codes import Codes
from multipolar.data.readers.matrices import MOST_CELLS
from multipolar.data.readers.tables_io import REST, InputOutput, from_labels
from multipolar.data.tables import Column, Notes, Table, read_delimited
from multipolar.errors import DataError
from multipolar.types import Array, Float64

__all__ = ["LAYOUT", "table", "tariffs"]

_SOLD = ("COMM_SOU", "COMM_TAR", "REG")
_BOUGHT = ("COMM", "REG")
_TRADED = ("COMM", "REG_SOU", "REG_TAR")
LAYOUT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(("VDFB", "VMFB"), _SOLD),
    **dict.fromkeys(("VDPB", "VDGB", "VDIB", "VMPB", "VMGB", "VMIB", "VST"), _BOUGHT),
    **dict.fromkeys(("VXSB", "VFOB", "VCIF", "VMSB"), _TRADED),
}
"""Arrays and the columns of their files ``ARRAY.csv``, beside ``VALUE``."""
_OTHER_NAMES = {"COMM_SOU": ("COMM_SOU", "COMM"), "COMM_TAR": ("COMM_TAR", "ACTS")}
USERS = ("households", "government", "investment")
LARGEST = 1e9
"""Cell (USD million) beyond which the unit must be wrong."""
ROUNDING = 1e-2
"""Largest gap between what users buy from abroad and what comes in, over a region's imports, taken for rounding."""
LEAST_RATE = -1e-4
"""Rate of duty (fraction) down to which a negative one is taken for rounding."""


def table(path: Path, *, year: int, aliases: Mapping[str, str] | None = None) -> InputOutput:
    """Read ``VDFB.csv`` and the arrays beside it into a world input-output table at basic prices.

    Imports of a commodity are spread over origins alike for all users, since GTAP does not tell who buys from whom.
    Services for international transport go to the users of imports, by what their imports cost between f.o.b. and
    c.i.f. Export taxes are left out, duty comes from `tariffs`; value added is what inputs leave of output.

    Parameters
    ----------
    year
        The files do not say it.
    aliases
        GTAP's regions to ISO3 or, for composites such as ``xea``, to ROW; regions with one code are added up.

    Raises
    ------
    DataError
        Naming file, row and remedy: an array or column is missing, a region is unknown, an activity is no commodity,
        users do not buy what comes in.
    """
    arrays = _Arrays(path, "VDFB", aliases)
    sizes = f"{len(arrays.regions)} regions x {len(arrays.commodities)} commodities"
    if (len(arrays.regions) * len(arrays.commodities)) ** 2 > MOST_CELLS:
        raise DataError(f"{sizes} are too large a table; merge regions under 'aliases'", path.name)
    home = _by_user(arrays, "D")
    imported = _by_user(arrays, "M")
    traded, margin = arrays.cells("VXSB"), arrays.cells("VCIF") - arrays.cells("VFOB")
    _refuse_gaps(arrays, imported.sum(axis=1), arrays.cells("VMSB").sum(axis=1), path.name)
    bought = imported.sum(axis=1, keepdims=True)
    share = np.divide(imported, bought, out=np.zeros_like(imported), where=bought > 0)  # [k u d]
    if (lost := np.argwhere((traded.sum(axis=1) > 0) & (bought[:, 0] <= 0))).size:
        k, d = lost[0]
        raise DataError(f"nobody in {arrays.regions[d]} uses the imports of '{arrays.commodities[k]}'", path.name)
    sales = np.einsum("kod,kud->okdu", traded, share)
    n = np.arange(len(arrays.regions))
    sales[n, :, n, :] += home.transpose(2, 0, 1)
    sales += _transport(arrays, share, np.maximum(margin, 0.0), path.name)
    return _table(arrays, sales, year, path)


def _table(arrays: _Arrays, sales: Float64[Array, "o k d u"], year: int, path: Path) -> InputOutput:
    """Make the table of sales by origin, commodity, destination and user."""
    n, m = len(arrays.regions), len(arrays.commodities)
    rows = [f"{region}_{name}" for region in arrays.regions for name in arrays.commodities]
    finals = [f"{region}_{user}" for region in arrays.regions for user in USERS]
    between = sales[..., :m].reshape(n * m, n * m)
    final = sales[..., m:].reshape(n * m, n * len(USERS))
    made = from_labels(between, final, rows, finals, year=year, file=path.name)
    tax = float((arrays.cells("VFOB") - arrays.cells("VXSB")).sum())
    made.notes.rows_read = arrays.rows
    made.notes.remarks.append(f"export taxes of {tax:,.0f} USD million, net of subsidies, are left out")
    return made


def tariffs(path: Path, *, year: int, aliases: Mapping[str, str] | None = None, subsidies: bool = False) -> Table:
    """Read ``VMSB.csv`` and the ``VCIF.csv`` beside it: duty over the value of imports c.i.f., by commodity and pair.

    Pairs without trade have no rate. Regions with one code under `aliases` are taken together, by their trade.

    Parameters
    ----------
    subsidies
        Whether rates may lie below zero.
    """
    import pandas as pd

    arrays = _Arrays(path, "VMSB", aliases, needed=("VMSB", "VCIF"))
    paid, value = arrays.cells("VMSB"), arrays.cells("VCIF")
    k, o, d = np.nonzero(value > 0)
    rate = paid[k, o, d] / value[k, o, d] - 1.0
    if (rate < LEAST_RATE).any() and not subsidies:
        at = int(np.argmin(rate))
        place = f"'{arrays.commodities[k[at]]}' from {arrays.regions[o[at]]} to {arrays.regions[d[at]]}"
        raise DataError(
            f"the rate on {place} is {100 * rate[at]:.3g}%; check the arrays, or set the option 'subsidies: true'",
            path.name,
        )
    rate = np.where((rate < 0) & (rate >= LEAST_RATE), 0.0, rate)
    regions, names = np.array(arrays.regions, dtype=object), np.array(arrays.commodities, dtype=object)
    frame = pd.DataFrame(
        {"origin": regions[o], "destination": regions[d], "sector": names[k], "year": year, "rate": rate}
    )
    notes = Notes(rows_read=arrays.rows)
    notes.drop("inside a region", int((o == d).sum()))
    return Table(frame[frame.origin != frame.destination].reset_index(drop=True), notes, path.name)


class _Arrays:
    """The arrays of a folder, with regions and commodities in one order."""

    def __init__(
        self, path: Path, first: str, aliases: Mapping[str, str] | None, needed: Sequence[str] = tuple(LAYOUT)
    ) -> None:
        if path.name.casefold() != f"{first}.csv".casefold():
            raise DataError(f"must be named {first}.csv, with the other arrays beside it", path.name)
        upper = {key.upper(): value for key, value in (aliases or {}).items()}
        self._codes = Codes(aliases={**upper, **{k.lower(): v for k, v in upper.items()}}, extra=(REST,))
        self._frames = {name: self._read(path, name) for name in needed}
        self.rows = sum(table.notes.rows_read for table in self._frames.values())
        goods, regions = ({} for _ in range(2))
        for name, table in self._frames.items():
            for column in LAYOUT[name]:
                (goods if column.startswith("COMM") else regions).update(dict.fromkeys(table.frame[column]))
        self.commodities, self.regions = tuple(goods), tuple(regions)
        self._refuse_strange_activities()

    def _read(self, path: Path, name: str) -> Table:
        beside = path.with_name(f"{name}{path.suffix}")
        if not beside.resolve().is_relative_to(path.resolve().parent):
            raise DataError(f"'{beside.name}' leads out of the folder; copy it there", path.name)
        if not beside.is_file():
            raise DataError(f"has no '{beside.name}' beside it; export that array too ({', '.join(LAYOUT)})", path.name)
        columns = [
            Column(column, _OTHER_NAMES.get(column, (column,)), "code" if column.startswith("REG") else "text")
            for column in LAYOUT[name]
        ]
        codes = [Column(f"{column}_code", (column,)) for column in LAYOUT[name] if column.startswith("REG")]
        value = Column("value", ("VALUE", "Val"), "number", low=-LARGEST if name.endswith("IB") else 0, high=LARGEST)
        key = (*(c.name for c in columns if c.kind == "text"), *(c.name for c in codes))
        return read_delimited(
            beside, (*columns, *codes, value), codes=self._codes, key=key, layout=f"GTAP's array {name}"
        )

    def _refuse_strange_activities(self) -> None:
        """Refuse activities that are no commodities: the table needs one of each for the other."""
        for name in ("VDFB", "VMFB"):
            if name in self._frames:
                frame = self._frames[name].frame
                strange = sorted({*frame["COMM_TAR"]} - {*frame["COMM_SOU"]})
                if strange:
                    raise DataError(
                        f"activity '{strange[0][:20]}' is no commodity; activities and commodities must be the same "
                        "(CGDS and other sectors without a commodity are in other arrays)",
                        f"{name}.csv",
                    )

    def cells(self, name: str) -> np.ndarray:
        """Return an array with axes in the order of its columns; cells of one place are added up."""
        frame = self._frames[name].frame
        order = {column: (self.commodities if column.startswith("COMM") else self.regions) for column in LAYOUT[name]}
        out = np.zeros([len(labels) for labels in order.values()])
        at = []
        for column, labels in order.items():
            place = {label: i for i, label in enumerate(labels)}
            at.append(frame[column].map(place).to_numpy())
        np.add.at(out, tuple(at), frame["value"].to_numpy(float))
        return out


def _by_user(arrays: _Arrays, source: str) -> Float64[Array, "k u d"]:
    """Purchases of domestic (``D``) or imported (``M``) goods by activity, then by final user [k u d]."""
    firms = arrays.cells(f"V{source}FB")
    final = [arrays.cells(f"V{source}{user}B")[:, None, :] for user in "PGI"]
    return np.concatenate([firms, *final], axis=1)


def _transport(
    arrays: _Arrays, share: Float64[Array, "k u d"], margin: Float64[Array, "k o d"], file: str
) -> Float64[Array, "o k d u"]:
    """Sales of services for international transport to the users of imports, by the cost of these."""
    sold = arrays.cells("VST")
    paid = np.einsum("kod,kud->du", margin, share)
    if sold.sum() > 0 and paid.sum() <= 0:
        raise DataError("VST sells transport that nobody pays for: VCIF is nowhere above VFOB", file)
    return np.einsum("ko,du->okdu", sold, paid / paid.sum() if paid.sum() > 0 else paid)


def _refuse_gaps(arrays: _Arrays, used: Float64[Array, "k d"], came: Float64[Array, "k d"], file: str) -> None:
    """Refuse arrays of which users do not buy the imports that come in: they are cut or of different editions."""
    excess = np.abs(used - came) - ROUNDING * np.maximum(came.sum(axis=0), 1e-12)[None]
    k, d = np.unravel_index(int(np.argmax(excess)), excess.shape)
    if excess[k, d] > 0:
        raise DataError(
            f"users in {arrays.regions[d]} buy imports of '{arrays.commodities[k]}' for {used[k, d]:,.0f}, and VMSB "
            f"has {came[k, d]:,.0f}: an array is cut or of another edition",
            file,
        )
