"""Ossa (2014): optimal tariffs and a world trade war among 7 regions and 33 sectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from multipolar.replicate.files import read_matrix
from multipolar.replicate.fixed_firms import (
    Firms,
    best_responses,
    calibrate,
    solve_firms,
    tariff_war,
    without_deficits,
)
from multipolar.replicate.published import printed_values
from multipolar.replicate.result import Computed, Paper, Row, beside
from multipolar.types import Array, Float64

__all__ = ["PAPER", "REGIONS", "build", "noncooperative_tariffs", "rows", "tariffs"]

# The order of the author's files.
REGIONS = ("BRA", "CHN", "EUN", "IND", "JPN", "ROW", "USA")
SECTORS = 33

PAPER = Paper(
    id="ossa-2014",
    title="Trade Wars and Trade Talks with Data",
    citation=(
        "Ossa, R. (2014). Trade Wars and Trade Talks with Data. American Economic Review 104(12), 4104-4146. "
        "https://doi.org/10.1257/aer.104.12.4104"
    ),
    folder="ossa2014",
    files=("trade_ijs.csv", "tariff_ijs.csv", "sigma_s.csv", "tariff_noncoop.csv"),
    data_from="take it from the data set of the article at https://doi.org/10.1257/aer.104.12.4104",
    variants={
        "optimal": "each region alone sets the tariffs that are best for it; all others keep theirs",
        "nash": "nobody gains by changing its own tariffs: the trade war, played until nothing moves",
        "one-round": "the trade war where the author's program stops: best responses to a war of uniform rates",
        "statutory": "tariffs that China, the EU, Japan and the USA have in law for partners without an agreement",
    },
)


def rows(folder: Path) -> tuple[Row, ...]:
    """Compute every row from the author's files in `folder`."""
    return beside(_computed(folder), printed_values(PAPER.id))


def build(folder: Path) -> Firms:
    """Return the baseline of the paper, without trade deficits, from the author's files.

    Raises
    ------
    InputError
        If a file is damaged.
    """
    count = len(REGIONS)

    def cube(name: str) -> Float64[Array, "o d s"]:
        table = read_matrix(PAPER, folder, name, (SECTORS * count, count), lowest=0.0, delimiter=",")
        return table.reshape(SECTORS, count, count).transpose(1, 2, 0)

    # The first column holds the estimates; the others rescale them.
    sigma = read_matrix(PAPER, folder, "sigma_s.csv", (SECTORS, 5), lowest=1.0, delimiter=",")[:, 0]
    return without_deficits(calibrate(cube("trade_ijs.csv"), cube("tariff_ijs.csv"), sigma))


def noncooperative_tariffs(folder: Path, firms: Firms) -> Float64[Array, "o d s"]:
    """Return the author's statutory rates on all partners (fraction) [o d s].

    The file has none for Brazil, India and the rest of the world; as in the author's program, theirs are the means of
    applied rates, weighted by imports.
    """
    rate = read_matrix(PAPER, folder, "tariff_noncoop.csv", (SECTORS, len(REGIONS)), lowest=0.0, delimiter=",").T
    abroad = 1.0 - np.eye(len(REGIONS))[:, :, None]
    imports = firms.flow * abroad
    mean = (imports * firms.tariff).sum(axis=0) / imports.sum(axis=0)
    listed = np.asarray(rate > 0).any(axis=1, keepdims=True)
    return np.where(listed, rate, mean)[None] * abroad


def tariffs(folder: Path, firms: Firms) -> Iterator[tuple[str, Float64[Array, "o d s"]]]:
    """Yield the tariffs of each variant (fraction) [o d s]; those of ``optimal`` are each column's own choice.

    Raises
    ------
    NotSolvedError
        If a search does not settle.
    """
    yield "optimal", best_responses(firms, firms.tariff)
    yield "nash", tariff_war(firms)
    yield "one-round", best_responses(firms, tariff_war(firms, most_favoured=True))
    yield "statutory", noncooperative_tariffs(folder, firms)


def _computed(folder: Path) -> Iterator[Computed]:
    firms = build(folder)
    for variant, rate in tariffs(folder, firms):
        welfare = _alone(firms, rate) if variant == "optimal" else solve_firms(firms, rate).welfare_hat
        for i, code in enumerate(REGIONS):
            own = np.delete(rate[:, i], i, axis=0)
            weight = np.delete(firms.flow[:, i], i, axis=0)
            yield Computed(variant, code, "welfare_pct", 100 * float(welfare[i] - 1))
            yield Computed(variant, code, "median_tariff_pct", 100 * float(np.median(own)))
            yield Computed(variant, code, "mean_tariff_pct", 100 * float(own.mean()))
            yield Computed(variant, code, "weighted_tariff_pct", 100 * float((own * weight).sum() / weight.sum()))


def _alone(firms: Firms, rate: Float64[Array, "o d s"]) -> Float64[Array, " d"]:
    """Welfare of each region where it alone has set its column of `rate` (change factor) [d]."""
    welfare = np.empty(len(REGIONS))
    for i in range(len(REGIONS)):
        changed = np.array(firms.tariff)
        changed[:, i] = rate[:, i]
        welfare[i] = solve_firms(firms, changed).welfare_hat[i]
    return welfare
