"""The worlds that ship: loading them, drawing them, and the figures behind them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multipolar.atlas import group_name, groups
from multipolar.errors import UnknownNameError, WorldError, printable
from multipolar.world.bundled.closing import close_figures
from multipolar.world.bundled.layout import SECTOR_NAMES, SECTORS, attributes, flow_status, lay_out
from multipolar.world.bundled.provenance import build_provenance
from multipolar.world.bundled.tables import Figure, Values, read_figures, shipped_values
from multipolar.world.model import World
from multipolar.world.store import read_world

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["DEFAULT_WORLD", "figures_table", "load_world", "sample_world", "shipped_worlds"]

DEFAULT_WORLD = "world-2009"
_YEARS = {DEFAULT_WORLD: 2009}


def shipped_worlds() -> tuple[str, ...]:
    """Return the names of the worlds that ship."""
    return tuple(_YEARS)


def load_world(name_or_path: str | Path = DEFAULT_WORLD) -> World:
    """Return a shipped world by name, or read one from a file that ends in ``.npz``.

    Parameters
    ----------
    name_or_path
        A name of `shipped_worlds`, or a path.

    Raises
    ------
    UnknownNameError
        For a name that does not ship.
    WorldError
        If a file is missing or damaged.
    """
    name = str(name_or_path)
    if name.endswith(".npz"):
        return read_world(name_or_path)
    if name not in _YEARS and any(mark in name for mark in "./\\ "):
        recipe = "; a recipe becomes one by `multipolar world build`" if name.endswith((".yaml", ".yml")) else ""
        raise WorldError(f"'{printable(name)[:200]}' is no world: the name of a world file ends in .npz{recipe}")
    return _load_shipped(_known(name))


def sample_world(name: str, uniform: Callable[[str], float]) -> World:
    """Return a shipped world closed again with every imputed figure drawn from its range.

    Parameters
    ----------
    name
        A name of `shipped_worlds`.
    uniform
        Gives a number in [0, 1) for the id of a figure, or for a name that figures share (column ``draw``); the figure
        is that quantile of the triangular distribution on its range with its shipped value as the peak. Observed
        figures do not vary.

    Raises
    ------
    UnknownNameError
        For a name that does not ship.
    WorldError
        If a draw cannot be closed; names the economy.
    """
    name = _known(name)
    values = shipped_values(name, uniform)
    return _build(name, values, {"draw": True, "base": name})


def figures_table(name: str = DEFAULT_WORLD) -> pd.DataFrame:
    """Return every shipped figure with its unit, year, status, range, sources and note, one row each, by id."""
    import pandas as pd

    rows = [
        {
            "id": f.id,
            "table": f.table,
            "origin": f.origin,
            "destination": f.destination,
            "sector": f.sector,
            "value": f.value,
            "unit": f.unit,
            "year": f.year,
            "status": f.status,
            "lo": f.lo,
            "hi": f.hi,
            "draw": f.draw,
            "source": " ".join(f.source),
            "note": f.note,
        }
        for f in read_figures(_known(name))
    ]
    return pd.DataFrame(rows).set_index("id")


@cache
def _load_shipped(name: str) -> World:
    return _build(name, shipped_values(name), None)


def _build(name: str, values: Values, provenance: Mapping[str, Any] | None) -> World:
    """Close a set of figures into a `World`; a provenance of None asks for the full record."""
    codes = tuple(groups())
    figures = lay_out(values, codes)
    closed = close_figures(figures, codes)
    record = build_provenance(name, _figures_by_id(name), figures, closed, codes) if provenance is None else provenance
    return World(
        name=name,
        year=_YEARS[name],
        economies=codes,
        sectors=SECTORS,
        economy_names=tuple(group_name(code) for code in codes),
        sector_names=SECTOR_NAMES,
        members=tuple(groups()[code] for code in codes),
        trade_flow=closed.trade_flow,
        tariff=closed.tariff,
        external_tariff=closed.external_tariff,
        intermediate_use=closed.intermediate_use,
        value_added=closed.value_added,
        final_demand=closed.final_demand,
        trade_elasticity=figures.trade_elasticity,
        flow_status=_status(name),
        attributes=attributes(values, codes),
        provenance=record,
    )


@cache
def _figures_by_id(name: str) -> Mapping[str, Figure]:
    return {figure.id: figure for figure in read_figures(name)}


@cache
def _status(name: str):
    return flow_status(_figures_by_id(name), tuple(groups()))


def _known(name: str) -> str:
    if name not in _YEARS:
        raise UnknownNameError("world", name, _YEARS)
    return name
