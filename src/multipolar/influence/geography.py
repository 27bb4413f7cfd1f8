"""The economic centre of gravity of the world and how it moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from multipolar.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["capitals", "centre_of_gravity"]


def capitals() -> pd.DataFrame:
    """Return latitude and longitude of every capital in the atlas (degrees); index ISO3."""
    import pandas as pd

    from multipolar.atlas import economies

    rows = {e.iso3: (e.latitude, e.longitude) for e in economies() if e.latitude is not None}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["lat", "lon"], dtype=float)
    table.index.name = "economy"
    return table


def centre_of_gravity(weights: pd.DataFrame | pd.Series | Mapping[str, float], places: pd.DataFrame) -> pd.DataFrame:
    """Return where the weighted mean of places on the sphere lies (Quah 2011, Global Policy 2).

    Parameters
    ----------
    weights
        Weight of each economy, e.g. GDP (any unit): columns or index economy; a frame has one row for each period.
        NaN leaves the economy out of that period.
    places
        ``lat`` and ``lon`` of each economy (degrees); index economy.

    Returns
    -------
    DataFrame
        Index period: ``lat``, ``lon`` of the point of the surface above the mean (degrees; longitude
        ``atan2(Y, X)``), ``depth`` (distance of the mean from the centre of the globe, 1 is the surface) and
        ``covered`` (economies that count). Level and depth depend on how evenly wealth is spread; read the drift.

    Raises
    ------
    InputError
        If a weight is negative, an economy with weight has no place, or nothing has weight in a period.
    """
    import pandas as pd

    table = weights if isinstance(weights, pd.DataFrame) else pd.DataFrame([pd.Series(dict(weights))])
    values = table.to_numpy(dtype=float)
    if (values < 0).any():
        raise InputError("a weight of the centre of gravity is negative; weights are sizes such as GDP")
    unknown = [c for c in table.columns if c not in places.index and bool((table[c].fillna(0) > 0).any())]
    if unknown:
        raise InputError(f"economy '{unknown[0]}' has a weight but no place; add its latitude and longitude")
    known = places.reindex(table.columns)
    lat, lon = np.radians(known["lat"].to_numpy(float)), np.radians(known["lon"].to_numpy(float))
    point = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)
    weight = np.where(np.isfinite(values) & np.isfinite(lat), values, 0.0)
    total = weight.sum(axis=1)
    if (total <= 0).any():
        raise InputError(f"no economy has a weight in period '{table.index[int(np.argmin(total))]}'")
    mean = weight @ np.nan_to_num(point) / total[:, None]
    x, y, z = mean.T
    return pd.DataFrame(
        {
            "lat": np.degrees(np.arctan2(z, np.hypot(x, y))),
            "lon": np.degrees(np.arctan2(y, x)),
            "depth": np.linalg.norm(mean, axis=1),
            "covered": (weight > 0).sum(axis=1),
        },
        index=table.index,
    )
