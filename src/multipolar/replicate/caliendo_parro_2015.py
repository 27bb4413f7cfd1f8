"""Caliendo & Parro (2015): NAFTA's tariff cuts from 1993 to 2005 among 31 regions and 40 sectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from multipolar.equilibrium import Equilibrium, effects, purge_deficits, solve
from multipolar.replicate.files import read_matrix
from multipolar.replicate.published import printed_values
from multipolar.replicate.result import Computed, Paper, Row, beside
from multipolar.scenario.policy import status_quo
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["MEMBERS", "PAPER", "REGIONS", "build", "counterfactual", "rows"]

# The order of the authors' files: by English name, the rest of the world last.
REGIONS = (
    *("ARG", "AUS", "AUT", "BRA", "CAN", "CHL", "CHN", "DNK", "FIN", "FRA", "DEU", "GRC", "HUN", "IND", "IDN", "IRL"),
    *("ITA", "JPN", "KOR", "MEX", "NLD", "NZL", "NOR", "PRT", "ZAF", "ESP", "SWE", "TUR", "GBR", "USA", "ROW"),
)
MEMBERS = ("CAN", "MEX", "USA")
SECTORS, TRADED = 40, 20
NON_TRADED_ELASTICITY = 8.22
MEASURES = (
    "welfare_first_order_pct",
    "terms_of_trade_pct",
    "volume_of_trade_pct",
    "real_wage_pct",
    "real_income_pct",
)

PAPER = Paper(
    id="caliendo-parro-2015",
    title="Estimates of the Trade and Welfare Effects of NAFTA",
    citation=(
        "Caliendo, L. & Parro, F. (2015). Estimates of the Trade and Welfare Effects of NAFTA. Review of Economic "
        "Studies 82(1), 1-44. https://doi.org/10.1093/restud/rdu035"
    ),
    folder="caliendo_parro_1993_2005",
    files=("B.txt", "GO.txt", "IO.txt", "T.txt", "tariffs1993.txt", "tariffs2005.txt", "xbilat1993.txt"),
    data_from="take it from the authors' files at https://sites.google.com/site/lorenzocaliendo/research/CP",
    variants={
        "zero-deficits": "before and after without trade deficits, as in the paper's published effects",
        "deficits-1993": "trade deficits of 1993 kept, as shares of world value added",
    },
)


def rows(folder: Path) -> tuple[Row, ...]:
    """Compute every row from the authors' files in `folder`."""
    return beside(_computed(folder), printed_values(PAPER.id))


def build(folder: Path) -> tuple[World, Float64[Array, "o d s"]]:
    """Return the world of 1993 and the tariffs of 2005 (fraction) [o d s], set up as in the paper.

    Notes
    -----
    Gross output is at least exports; home sales are output less exports; the 20 sectors that are not traded carry no
    duty. Final demand is expenditure less intermediate use, negatives cut to zero: the income identity then holds only
    after the baseline is solved again, which `counterfactual` does.

    Raises
    ------
    InputError
        If a file is damaged.
    """

    def read(name: str, *shape: int, lowest: float = 0.0) -> np.ndarray:
        return read_matrix(PAPER, folder, name, shape, lowest=lowest)

    count = len(REGIONS)
    flow = _sector_blocks(read("xbilat1993.txt", TRADED * count, count)) / 1e3
    before, after = (_sector_blocks(read(f"tariffs{y}.txt", TRADED * count, count)) / 100 for y in (1993, 2005))
    exports = flow.sum(axis=1)
    output = np.maximum(read("GO.txt", SECTORS, count).T / 1e6, exports)
    home = np.arange(count)
    flow[home, home] += output - exports
    # The input-output table has a few negative cells of up to 1e-3.
    table = read("IO.txt", SECTORS * count, SECTORS, lowest=-0.01)
    use = np.clip(table.reshape(count, SECTORS, SECTORS).transpose(0, 2, 1), 0, None)
    total = use.sum(axis=2, keepdims=True)
    share = np.divide(use, total, out=np.zeros_like(use), where=total > 0)
    inputs = share * (1 - read("B.txt", SECTORS, count).T)[:, :, None] * flow.sum(axis=1)[:, :, None]
    theta = np.concatenate([read("T.txt", TRADED), np.full(SECTORS - TRADED, NON_TRADED_ELASTICITY)])
    sectors = tuple(f"sector-{i + 1:02d}" for i in range(SECTORS))
    world = World(
        name=PAPER.id,
        year=1993,
        economies=REGIONS,
        sectors=sectors,
        economy_names=REGIONS,
        sector_names=sectors,
        members=tuple((code,) for code in REGIONS),
        trade_flow=flow,
        tariff=before,
        external_tariff=before.max(axis=0),
        intermediate_use=inputs,
        value_added=flow.sum(axis=1) - inputs.sum(axis=2),
        final_demand=np.maximum(((1 + before) * flow).sum(axis=0) - inputs.sum(axis=1), 0),
        trade_elasticity=theta,
        flow_status=np.ones_like(flow, dtype=np.int8),
    )
    return world, after


def counterfactual(world: World, after: Float64[Array, "o d s"], variant: str) -> Equilibrium:
    """Solve the baseline of a variant again, then set the tariffs of 2005 (fraction) [o d s] among the members."""
    if variant == "zero-deficits":
        base = purge_deficits(world)
    else:
        base = solve(world, status_quo(world)).as_world(f"{world.name} with deficits")
    tariff = np.array(base.tariff)
    inside = np.ix_(_members(), _members())
    tariff[inside] = after[inside]
    return solve(base, replace(status_quo(base, "nafta"), tariff=tariff))


def _computed(folder: Path) -> Iterator[Computed]:
    world, after = build(folder)
    for variant in PAPER.variants:
        eq = counterfactual(world, after, variant)
        table = effects(eq)
        for code in REGIONS:
            for measure in MEASURES:
                yield Computed(variant, code, measure, float(table.loc[code, measure]))  # type: ignore[arg-type]
        for code, growth in zip(MEMBERS, _intra_bloc_growth(eq), strict=True):
            yield Computed(variant, code, "intra_bloc_trade_pct", 100 * float(growth))


def _intra_bloc_growth(eq: Equilibrium) -> Float64[Array, " m"]:
    """Growth of each member's imports from the other two, net of duty (fraction) [m]."""
    inside = np.ix_(_members(), _members())
    before, after = (flow[inside].sum(axis=2) for flow in (eq.world.trade_flow, eq.trade_flow))
    foreign = ~np.eye(len(MEMBERS), dtype=bool)
    return (after * foreign).sum(axis=0) / (before * foreign).sum(axis=0) - 1


def _members() -> list[int]:
    return [REGIONS.index(code) for code in MEMBERS]


def _sector_blocks(table: np.ndarray) -> Float64[Array, "o d s"]:
    """Blocks of importer rows by exporter columns, one a traded sector -> [o d s]; zero for the other sectors."""
    count = len(REGIONS)
    full = np.zeros((count, count, SECTORS))
    full[:, :, :TRADED] = table.reshape(TRADED, count, count).transpose(2, 1, 0)
    return full
