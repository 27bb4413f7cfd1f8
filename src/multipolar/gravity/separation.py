"""Rows that carry no information about the coefficients, found before anything is estimated.

A Poisson effect whose rows are all zero is fitted by minus infinity: the rows are *separated*. A row that is alone in
an effect is fitted perfectly: a *singleton*. Taking rows out can bring about more of either, so both are looked for
until none is left (Correia, Guimarães & Zylkin 2019, arXiv:1903.01633; Correia 2015).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from multipolar.gravity.design import Design

__all__ = ["Found", "take_out"]

SINGLETON = "alone in an effect (singleton)"
SEPARATED = "an effect of which has no trade (separated)"


@dataclass(frozen=True)
class Found:
    """Groups taken out: how many by effect, and the position in the panel of one row of the first of each.

    Attributes
    ----------
    groups
        Effect -> number of its groups without any trade.
    example
        Effect -> position in the panel of a row of the first such group.
    """

    groups: dict[str, int]
    example: dict[str, int]


def take_out(design: Design, poisson: bool) -> Found:
    """Take separated rows (`poisson` only) and singletons out of a design, in place."""
    groups: dict[str, int] = {}
    example: dict[str, int] = {}
    before = -1
    while before != design.rows.size and design.rows.size:
        before = design.rows.size
        for name in list(design.effects):
            codes = design.effects[name]
            count = np.bincount(codes)
            if poisson:
                dead = (np.bincount(codes, design.trade) == 0) & (count > 0)
                if dead.any():
                    out = dead[codes]
                    groups[name] = groups.get(name, 0) + int(dead.sum())
                    example.setdefault(name, int(design.rows[np.flatnonzero(out)[0]]))
                    design.keep(~out, SEPARATED)
                    codes = design.effects[name]
                    count = np.bincount(codes)
            alone = count == 1
            if alone.any():
                design.keep(~alone[codes], SINGLETON)
    return Found(groups, example)
