"""A world beside gravity: which of its flows are larger, and which smaller, than size and distance let expect."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multipolar.errors import GravityError
from multipolar.gravity import Estimate, Panel, estimate, make_panel
from multipolar.gravity.fit import gaps
from multipolar.types import Array, Float64
from multipolar.world import World
from multipolar.world.model import CELL_STATUS

__all__ = ["BaselineFit", "fit_world", "world_panel"]

FORMULA = "trade ~ log(distance_km) + preference | exporter + importer"
EARTH_RADIUS_KM = 6371.0
MIXED = "mixed"


@dataclass(frozen=True, eq=False)
class BaselineFit:
    """A world's gravity fit.

    Attributes
    ----------
    world, sectors
        What was fitted.
    estimate
        The equation.
    pairs
        One row per ordered pair, as `multipolar.gravity.fit.gaps` gives them; trade in USD million.
    """

    world: str
    sectors: tuple[str, ...]
    estimate: Estimate
    pairs: pd.DataFrame

    def to_json(self) -> dict[str, Any]:
        """Return the record that ``multipolar gravity fit --json`` prints."""
        pairs = [
            {
                "exporter": row["exporter"],
                "importer": row["importer"],
                "observed_usd_bn": row["observed"] / 1e3,
                "expected_usd_bn": row["expected"] / 1e3,
                "gap_pct": row["gap_pct"],
                "gap_log": None if np.isnan(row["gap_log"]) else row["gap_log"],
                "verdict": row["verdict"],
                "status": row["status"],
            }
            for row in self.pairs.to_dict(orient="records")
        ]
        return {"world": self.world, "sectors": list(self.sectors), "estimate": self.estimate.to_json(), "pairs": pairs}


def world_panel(world: World, sectors: Sequence[str] | None = None, covariates: pd.DataFrame | None = None) -> Panel:
    """Return the trade of a world between its economies as a panel of one year.

    Parameters
    ----------
    world
        The world.
    sectors
        Which to add up; by default those in which some economy levies a tariff, that is goods.
    covariates
        Further columns by ``exporter`` and ``importer`` (codes of the world), for example measured distances; one that
        is called ``distance_km`` replaces the distance between capitals. Pairs that it lacks are left out.

    Returns
    -------
    Panel
        ``trade`` (USD million), ``distance_km`` (great circle between capitals, where the world has their places),
        ``tariff`` (fraction, weighted by trade), ``preference`` (1 where the tariff of any of the sectors is below
        the one on outsiders) and ``status`` (of `CELL_STATUS`, or ``mixed`` where sectors differ).
    """
    chosen = _sector_positions(world, sectors)
    n = len(world.economies)
    origin, target = np.nonzero(~np.eye(n, dtype=bool))
    flow = world.trade_flow[:, :, chosen][origin, target]
    tariff = world.tariff[:, :, chosen][origin, target]
    total = flow.sum(axis=1)
    duty = np.divide((flow * tariff).sum(axis=1), total, out=tariff.mean(axis=1), where=total > 0)
    preferred = (tariff < world.external_tariff[:, chosen][target] - 1e-9).any(axis=1)
    codes = np.array(world.economies)
    table = pd.DataFrame(
        {
            "exporter": codes[origin],
            "importer": codes[target],
            "year": world.year,
            "trade": total,
            "tariff": duty,
            "preference": preferred.astype(float),
            "status": _statuses(world.flow_status[:, :, chosen][origin, target], flow),
        }
    )
    distance = _distances(world)
    if distance is not None:
        table["distance_km"] = distance[origin, target]
    if covariates is not None:
        table = _merged(table, covariates, world.name)
    return make_panel(table, name=world.name)


def fit_world(
    world: World,
    sectors: Sequence[str] | None = None,
    formula: str = FORMULA,
    covariates: pd.DataFrame | None = None,
) -> BaselineFit:
    """Fit gravity to a world and list what lies above and below.

    Parameters
    ----------
    world, sectors, covariates
        As for `world_panel`.
    formula
        A Poisson equation in the columns of `world_panel`.

    Raises
    ------
    GravityError
        If the world lacks what the formula names.
    """
    panel = world_panel(world, sectors, covariates)
    if "distance_km" in formula and "distance_km" not in panel.frame.columns:
        raise GravityError(
            f"world '{world.name}' has no places of capitals (attributes capital_lat, capital_lon), so no distances; "
            "give them with --covariates FILE (covariates= in Python), a CSV with exporter, importer, distance_km"
        )
    found = estimate(panel, formula, cluster="symmetric_pair")
    return BaselineFit(world.name, _sector_names(world, sectors), found, gaps(panel, found, status="status"))


def _sector_positions(world: World, sectors: Sequence[str] | None) -> list[int]:
    if sectors:
        return [world.sector_index(code) for code in sectors]
    levied = world.tariff.any(axis=(0, 1))
    return [int(at) for at in np.flatnonzero(levied)] or list(range(len(world.sectors)))


def _sector_names(world: World, sectors: Sequence[str] | None) -> tuple[str, ...]:
    return tuple(world.sectors[at] for at in _sector_positions(world, sectors))


def _statuses(status: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """One word per pair: that of its sectors with trade where they agree [pair]."""
    traded = np.where(flow > 0, status, -1)
    low = np.where(traded < 0, 99, traded).min(axis=1)
    high = traded.max(axis=1)
    words = np.array([CELL_STATUS[code] for code in range(len(CELL_STATUS))])
    return np.where(high < 0, words[0], np.where(low == high, words[np.clip(high, 0, None)], MIXED))


def _distances(world: World) -> Float64[Array, "o d"] | None:
    """Great-circle distance between capitals (km) [o d]; None where a place is missing."""
    if not {"capital_lat", "capital_lon"} <= set(world.attributes):
        return None
    lat, lon = (np.radians(world.attributes[name]) for name in ("capital_lat", "capital_lon"))
    if not np.isfinite(lat + lon).all():
        return None
    half = np.sin((lat[:, None] - lat[None, :]) / 2) ** 2
    half += np.cos(lat)[:, None] * np.cos(lat)[None, :] * np.sin((lon[:, None] - lon[None, :]) / 2) ** 2
    return 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))


def _merged(table: pd.DataFrame, covariates: pd.DataFrame, name: str) -> pd.DataFrame:
    for key in ("exporter", "importer"):
        if key not in covariates.columns:
            raise GravityError(f"covariates need a column '{key}' with the codes of world '{name}'")
    if covariates.duplicated(["exporter", "importer"]).any():
        raise GravityError("covariates have two rows for one exporter and importer; keep one")
    new = [column for column in covariates.columns if column not in ("exporter", "importer")]
    if taken := sorted({"trade", "year", "status"} & set(new)):
        raise GravityError(f"covariates cannot replace '{taken[0]}'; rename the column")
    kept = table.drop(columns=[column for column in new if column in table.columns])
    merged = kept.merge(covariates, on=["exporter", "importer"], how="inner")
    if merged.empty:
        raise GravityError(f"covariates have no pair of world '{name}'; they need its codes")
    return merged
