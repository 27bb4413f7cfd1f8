"""First guess of bilateral services trade, which no source reports for most pairs."""

from __future__ import annotations

import numpy as np
from rows import Row


def services_rows(
    codes: tuple[str, ...], goods: list[Row], exports: dict[str, Row], imports: dict[str, Row]
) -> list[Row]:
    """Spread services totals over partners.

    The low and the high figure are two spreads: in proportion to the partners' totals (no distance at all), and as
    goods trade goes (distance and all). The figure is their geometric mean; closing fits it to the totals. In a draw
    the cells of an exporter go from one spread to the other together: cells that all rose would be fitted away again.
    """
    at = {code: i for i, code in enumerate(codes)}
    x = np.array([float(exports[c].value or 0.0) for c in codes])
    m = np.array([float(imports[c].value or 0.0) for c in codes])
    trade = np.zeros((len(codes), len(codes)))
    for row in goods:
        if row.table == "goods_trade":
            trade[at[row.origin], at[row.destination]] = float(row.value or 0.0)
    even = _spread(np.outer(x, m), x, m)
    like_goods = _spread(np.maximum(trade, 1e-4 * np.outer(x, m) / m.sum()), x, m)
    rows = []
    for i, o in enumerate(codes):
        for j, d in enumerate(codes):
            if i == j:
                continue
            a, b = float(even[i, j]), float(like_goods[i, j])
            rows.append(
                Row("services_trade", (a * b) ** 0.5, "USD million", "imputed",
                    " ".join(sorted({*exports[o].source.split(), *imports[d].source.split(), "wits_2009"})),
                    o, d, lo=min(a, b), hi=max(a, b), note="spread of national totals",
                    draw=f"services_trade/{o}" if b >= a else f"-services_trade/{o}")
            )  # fmt: skip
    return rows


def _spread(guess: np.ndarray, x: np.ndarray, m: np.ndarray) -> np.ndarray:
    """Scale a guess with an empty diagonal to row totals x and column totals m (brought to the sum of x)."""
    fitted = guess.copy()
    np.fill_diagonal(fitted, 0.0)
    target = m * x.sum() / m.sum()
    for _ in range(500):
        fitted *= target / fitted.sum(axis=0)
        fitted *= (x / fitted.sum(axis=1))[:, None]
    return fitted
