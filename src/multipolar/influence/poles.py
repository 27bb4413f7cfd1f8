"""Poles, their effective number, and whose orbit each economy is in."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from multipolar.errors import InputError
from multipolar.world import World

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["communities", "effective_number", "outside_poles", "pole_table", "spheres", "weights_of_poles"]

CONTESTED = 0.25
"""Margin of the first pole over the second, relative to the first, below which an economy counts as contested."""


def pole_table(loss_usd_bn: pd.DataFrame, loss_pct: pd.DataFrame, own_loss_pct: pd.DataFrame) -> pd.DataFrame:
    """Rank poles by what others would lose without them against what they would lose without others.

    Parameters
    ----------
    loss_usd_bn, loss_pct, own_loss_pct
        As in `Leverage`: index economy, columns pole. Of what poles exert, give the economies outside all poles
        (`outside_poles`), so that the weights are those of `weights_of_poles`; own losses may be on any economy.

    Returns
    -------
    DataFrame
        Index pole: ``exerted_usd_bn`` (sum of the losses it could inflict, one economy at a time), ``share`` (of all
        poles' sum), ``exerted_mean_pct`` (mean loss of an economy cut off), ``suffered_max_pct`` (its own largest loss
        when it cuts one off), largest first.
    """
    import pandas as pd

    exerted = loss_usd_bn.clip(lower=0).sum()
    table = pd.DataFrame(
        {
            "exerted_usd_bn": exerted,
            "share": exerted / exerted.sum() if exerted.sum() > 0 else np.nan,
            "exerted_mean_pct": loss_pct.mean(),
            "suffered_max_pct": own_loss_pct.max(),
        }
    )
    table.index.name = "pole"
    return table.sort_values("exerted_usd_bn", ascending=False)


def effective_number(weights: pd.Series) -> float:
    """Return the effective number of poles: the inverse Herfindahl index of their weights.

    Parameters
    ----------
    weights
        Non-negative weight of each pole, any unit.

    Raises
    ------
    InputError
        If a weight is negative or not a number, or all are zero.
    """
    values = weights.to_numpy(dtype=float)
    if not np.isfinite(values).all() or (values < 0).any() or values.sum() <= 0:
        raise InputError("the effective number of poles needs finite weights of at least 0, not all of them 0")
    share = values / values.sum()
    return float(1.0 / (share**2).sum())


def outside_poles(codes: Sequence[str], poles: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the economies that belong to no pole, in order: those over whom the effective number of poles counts pull.

    A member of a pole is in nobody's sphere. To count the pull of other poles on it, but not that of its own, would
    lift the weight of whoever is small beside the largest pole.
    """
    own = {code for members in poles.values() for code in members}
    return [code for code in codes if code not in own]


def weights_of_poles(flows: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    """Return the pull of each pole over the economies of a table, weighted by their imports.

    Parameters
    ----------
    flows
        ``importer, trade`` of one year (any unit).
    table
        Pull by economy and pole (percent), as of `import_leverage`; give economies outside all poles
        (`outside_poles`).

    Returns
    -------
    Series
        Index pole; what `effective_number` takes.
    """
    size = flows.groupby("importer").trade.sum().reindex(table.index)
    return table.mul(size, axis=0).sum()


def spheres(loss_pct: pd.DataFrame, *, contested_below: float = CONTESTED) -> pd.DataFrame:
    """Assign each economy to the pole whose cut-off would cost it most.

    Parameters
    ----------
    loss_pct
        Loss by economy and pole (percent), as in `Leverage` or `share_leverage`; NaN for a pole's own members.
    contested_below
        Relative margin under which the assignment counts as contested (fraction).

    Returns
    -------
    DataFrame
        Index economy: ``pole``, ``loss_pct``, ``second``, ``second_loss_pct``, ``margin`` (1 - second / first) and
        ``contested``; missing values for a pole's own member and for an
        economy that would lose nothing.

    Raises
    ------
    InputError
        If fewer than two poles are given: nothing can be contested then.
    """
    import pandas as pd

    if loss_pct.shape[1] < 2:
        raise InputError("spheres need at least two poles to choose between")
    rows: dict[Hashable, dict[str, Any]] = {}
    for economy, row in loss_pct.iterrows():
        ranked = row.dropna().sort_values(ascending=False, kind="stable")
        own = bool(row.isna().any() and economy in loss_pct.columns)
        if own or len(ranked) < 2 or ranked.iloc[0] <= 0:
            rows[economy] = {"pole": None, "loss_pct": np.nan, "second": None, "second_loss_pct": np.nan}
            rows[economy] |= {"margin": np.nan, "contested": False}
            continue
        first, second = float(ranked.iloc[0]), float(ranked.iloc[1])
        margin = 1.0 - max(second, 0.0) / first
        rows[economy] = {
            "pole": ranked.index[0],
            "loss_pct": first,
            "second": ranked.index[1],
            "second_loss_pct": second,
            "margin": margin,
            "contested": margin < contested_below,
        }
    table = pd.DataFrame.from_dict(rows, orient="index")
    table.index.name = loss_pct.index.name or "economy"
    return table


def communities(world: World, *, resolution: float = 1.0, seed: int = 0) -> pd.Series:
    """Return the trading communities of a world by modularity (Louvain), a cross-check on `spheres`.

    Parameters
    ----------
    world
        Its flows of all sectors, both directions added, are the weights.
    resolution
        Above 1 favours smaller communities.
    seed
        Order in which nodes are visited.

    Returns
    -------
    Series
        Index economy; number of the community, largest by trade first.
    """
    import networkx as nx
    import pandas as pd

    flow = world.trade_flow.sum(axis=2)
    both = flow + flow.T
    np.fill_diagonal(both, 0.0)
    graph: nx.Graph = nx.Graph()
    graph.add_nodes_from(world.economies)
    for i, j in np.argwhere(np.triu(both) > 0):
        graph.add_edge(world.economies[i], world.economies[j], weight=float(both[i, j]))
    found: Sequence[set[str]] = nx.community.louvain_communities(
        graph, weight="weight", resolution=resolution, seed=seed
    )
    total = dict(zip(world.economies, both.sum(axis=1), strict=True))
    ordered = sorted(found, key=lambda group: (-sum(total[c] for c in group), min(group)))
    number = {code: k for k, group in enumerate(ordered) for code in group}
    return pd.Series(
        [number[c] for c in world.economies], index=pd.Index(world.economies, name="economy"), name="community"
    )
