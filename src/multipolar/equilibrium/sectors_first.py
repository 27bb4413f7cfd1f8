"""Baseline and shock with the sector first, as products by BLAS want them, and the closing of the model on them.

Shared by the two searches of `quick`: over wages alone, and over wages, prices and expenditure in `linked`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from multipolar.equilibrium.calibration import Calibration, Shock
from multipolar.types import Array, Float64

__all__ = ["Tables", "backward", "deficits", "forward", "labour_gap", "sector_first", "tables"]


class Tables(NamedTuple):
    """Baseline and shock of one solve: ``attraction`` and ``net`` [s o d], shares and levels [s o] or [s d]."""

    attraction: np.ndarray
    net: np.ndarray
    power: np.ndarray
    labour_share: np.ndarray
    input_share: np.ndarray
    final_share: np.ndarray
    expenditure: np.ndarray
    active: np.ndarray
    idle: np.ndarray
    labour_income: np.ndarray
    deficit: np.ndarray
    transfer: np.ndarray
    revenue_share: np.ndarray | None
    scale_deficits: bool


def tables(base: Calibration, shock: Shock, scale_deficits: bool, pooled: bool, linked: bool) -> Tables:
    """Lay out a baseline and a shock; `input_share` [o s k] is empty where no sector uses inputs."""
    active = base.expenditure.T > 0
    return Tables(
        attraction=sector_first(shock.attraction),
        net=sector_first(shock.net_attraction),
        power=-base.theta[:, None],
        labour_share=np.ascontiguousarray(base.labour_share.T),
        input_share=np.ascontiguousarray(base.input_share) if linked else np.zeros((0, 0, 0)),
        final_share=np.ascontiguousarray(base.final_share.T),
        expenditure=np.ascontiguousarray(base.expenditure.T),
        active=active,
        idle=(~active).astype(float),
        labour_income=base.labour_income,
        deficit=base.deficit,
        transfer=shock.transfer,
        revenue_share=shock.revenue_share if pooled else None,
        scale_deficits=scale_deficits,
    )


def sector_first(array: Float64[Array, "o d s"]) -> np.ndarray:
    """Return the array as [s o d], contiguous; no copy of one that `quick.prepare` laid out, or with one sector."""
    if array.shape[2] == 1:
        return np.ascontiguousarray(array).reshape(1, *array.shape[:2])
    return np.ascontiguousarray(array.transpose(2, 0, 1))


def forward(offers: np.ndarray, matrix: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return ``sum_o offers_so matrix_sod`` [s d]."""
    if out is None:
        return np.matmul(offers[:, None, :], matrix)[:, 0]
    np.matmul(offers[:, None, :], matrix, out=out[:, None, :])
    return out


def backward(matrix: np.ndarray, values: np.ndarray, out: np.ndarray | None = None) -> np.ndarray:
    """Return ``sum_d matrix_sod values_sd`` [s o]."""
    if out is None:
        return np.matmul(matrix, values[:, :, None])[:, :, 0]
    np.matmul(matrix, values[:, :, None], out=out[:, :, None])
    return out


def deficits(t: Tables, wage: np.ndarray, bill: np.ndarray) -> np.ndarray:
    """Return deficits and transfers at a wage and a wage bill (USD million) [d]."""
    if not t.scale_deficits:
        return t.deficit + t.transfer
    scaled = t.deficit * wage
    return scaled - bill / bill.sum() * scaled.sum() + t.transfer


def labour_gap(t: Tables, demand: np.ndarray, bill: np.ndarray) -> np.ndarray:
    """Return the log gap of each labour market [o]; as in `equations.gap`, the numeraire is added to each."""
    return np.log(demand / bill) - np.log(bill.sum() / t.labour_income.sum())
