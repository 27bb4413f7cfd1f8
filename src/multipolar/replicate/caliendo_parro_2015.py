"""Caliendo & Parro (2015): NAFTA's tariff cuts from 1993 to 2005 among 31 regions and 40 sectors."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from multipolar.data.readers.caliendo_parro import REGIONS, SECTORS, assemble
from multipolar.equilibrium import Equilibrium, effects, purge_deficits, solve
from multipolar.replicate.files import read_matrix
from multipolar.replicate.published import printed_values
from multipolar.replicate.result import Computed, Paper, Row, beside
from multipolar.scenario.policy import status_quo
from multipolar.types import Array, Float64
from multipolar.world import World

__all__ = ["MEMBERS", "PAPER", "REGIONS", "build", "counterfactual", "rows"]

MEMBERS = ("CAN", "MEX", "USA")
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

    def read(name: str, *shape: int, lowest: float) -> np.ndarray:
        return read_matrix(PAPER, folder, name, shape, lowest=lowest)

    made = assemble(read)
    before, output = made.before, made.output
    home = np.arange(len(REGIONS))
    flow = made.flow.copy()
    flow[home, home] += output - made.flow.sum(axis=1)
    inputs = made.input_share * (1 - made.value_added_share)[:, :, None] * flow.sum(axis=1)[:, :, None]
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
        trade_elasticity=made.trade_elasticity,
        flow_status=np.ones_like(flow, dtype=np.int8),
    )
    return world, made.after


def counterfactual(world: World, after: Float64[Array, "o d s"], variant: str) -> Equilibrium:
    """Solve the baseline of a variant again, then set the tariffs of 2005 (fraction) [o d s] among the members."""
    if variant == "zero-deficits":
        base = purge_deficits(world)
    else:
        base = solve(world, status_quo(world), unbalanced=True).as_world(f"{world.name} with deficits")
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
