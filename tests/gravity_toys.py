"""Generated trade panels with known coefficients, and a slow solver in plain linear algebra beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from multipolar.gravity import Panel, make_panel

RTA, TARIFF = 0.5, -2.0
"""True coefficients of the generated panels."""


def made_frame(
    economies: int = 8,
    years: int = 4,
    *,
    noise: float = 0.0,
    zeros: float = 0.0,
    domestic: bool = False,
    seed: int = 0,
    step: int = 1,
) -> pd.DataFrame:
    """Return a balanced panel: ``rta`` switches on for some pairs, ``tariff`` (fraction) varies everywhere."""
    rng = np.random.default_rng(seed)
    i, j, t = (a.ravel() for a in np.meshgrid(*map(np.arange, (economies, economies, years)), indexing="ij"))
    keep = np.full(i.size, True) if domestic else i != j
    i, j, t = i[keep], j[keep], t[keep]
    start = rng.integers(1, years + 2, (economies, economies))
    start = np.minimum(start, start.T)
    rta = ((t >= start[i, j]) & (i != j)).astype(float)
    tariff = np.where(i == j, 0.0, rng.uniform(0.0, 0.3, i.size))
    size = rng.normal(0, 1, (2, economies, years))
    pair = rng.normal(0, 0.8, (economies, economies))
    log = 3 + size[0, i, t] + size[1, j, t] + pair[i, j] + 2.0 * (i == j) + RTA * rta + TARIFF * np.log1p(tariff)
    trade = np.exp(log)
    if noise:
        trade = trade * rng.gamma(1 / noise**2, noise**2, trade.size)
    if zeros:
        trade[rng.random(trade.size) < zeros] = 0.0
    code = np.array([f"E{k:02d}" for k in range(economies)])
    return pd.DataFrame(
        {
            "exporter": code[i],
            "importer": code[j],
            "year": 1990 + step * t,
            "trade": trade,
            "rta": rta,
            "tariff": tariff,
        }
    )


def made_panel(*args: int, **options: float) -> Panel:
    """`made_frame` as a panel."""
    return make_panel(made_frame(*args, **options), name="made")  # type: ignore[arg-type]


def dummies(codes: np.ndarray) -> np.ndarray:
    """One column of zeros and ones for each code."""
    return (codes[:, None] == np.unique(codes)[None, :]).astype(float)


def three_way_dummies(frame: pd.DataFrame, symmetric: bool = False) -> np.ndarray:
    """All effects of three-way gravity as columns."""
    o, d, y = (frame[key].astype(str).to_numpy() for key in ("exporter", "importer", "year"))
    first, second = (np.minimum(o, d), np.maximum(o, d)) if symmetric else (o, d)
    joined = [np.char.add(a.astype("U9"), b.astype("U9")) for a, b in ((o, y), (d, y), (first, second))]
    return np.hstack([dummies(codes) for codes in joined])


def plain_poisson(trade: np.ndarray, regressors: np.ndarray, effects: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method with every effect as a column; returns coefficients of the regressors and expected trade."""
    design = np.hstack([regressors, effects])
    mu = (trade + trade.mean()) / 2
    beta = new = np.zeros(design.shape[1])
    for _ in range(200):
        working = np.log(mu) + trade / mu - 1
        root = np.sqrt(mu)
        new = np.linalg.lstsq(design * root[:, None], working * root, rcond=1e-12)[0]
        mu = np.exp(design @ new)
        if np.abs(new - beta).max() < 1e-11:
            break
        beta = new
    return new[: regressors.shape[1]], mu
