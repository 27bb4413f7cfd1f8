"""Small made-up worlds for tests: every accounting identity holds by construction."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from multipolar.atlas import groups
from multipolar.world import World, check

ECONOMIES = ("RUS", "KAZ", "BLR", "EUN", "CHN", "ROW")
SECTORS = ("energy", "goods", "services")
ELASTICITY = {"energy": 15.0, "goods": 4.5, "services": 5.0}


def toy_world(
    economies: Sequence[str] = ECONOMIES,
    sectors: Sequence[str] = SECTORS,
    seed: int = 0,
    deficits: bool = True,
    zeros: bool = False,
) -> World:
    """Return a balanced world with made-up figures.

    The first half of the economies trade with each other free of duty; sectors whose name starts with ``serv`` carry
    no tariff. Services elasticity is 5, energy 15, anything else 4.5.

    Parameters
    ----------
    economies, sectors
        Codes.
    seed
        Same seed, same world.
    deficits
        Whether trade may be unbalanced; if not, exports equal imports for each economy to rounding.
    zeros
        Whether about a third of the cells between different economies are empty.
    """
    rng = np.random.default_rng(seed)
    n, m = len(economies), len(sectors)
    size = np.exp(rng.normal(0.0, 0.8, n)) * 1e5
    flow = _flows(rng, size, m, zeros)
    if not deficits:
        flow = _balanced(flow)
    external, tariff = _tariffs(rng, sectors, n)
    output = flow.sum(axis=1)
    expenditure = ((1 + tariff) * flow).sum(axis=0)
    use = _input_use(rng, output, expenditure)
    value_added = output - use.sum(axis=2)
    known = groups()
    world = World(
        name=f"toy-{seed}",
        year=2009,
        economies=tuple(economies),
        sectors=tuple(sectors),
        economy_names=tuple(f"Economy {code}" for code in economies),
        sector_names=tuple(sector.capitalize() for sector in sectors),
        members=tuple(known.get(code, (code,)) for code in economies),
        trade_flow=flow,
        tariff=tariff,
        external_tariff=external,
        intermediate_use=use,
        value_added=value_added,
        final_demand=expenditure - use.sum(axis=1),
        trade_elasticity=np.array([_elasticity(sector) for sector in sectors]),
        flow_status=(flow > 0).astype(np.int8),
        attributes={"gdp_usd_mn": value_added.sum(axis=1)},
        provenance={"note": "made-up figures for tests"},
    )
    check(world, 1e-10)
    return world


def _elasticity(sector: str) -> float:
    return 5.0 if sector.startswith("serv") else ELASTICITY.get(sector, 4.5)


def _flows(rng: np.random.Generator, size: np.ndarray, m: int, zeros: bool) -> np.ndarray:
    """Home sales are about 80% of output, so that final demand stays positive."""
    n = len(size)
    share = rng.dirichlet(np.full(m, 5.0), n)
    weight = size[:, None, None] * size[None, :, None] / size.sum()
    flow = 0.25 * weight * share[:, None, :] * np.exp(rng.normal(0.0, 0.5, (n, n, m)))
    home = np.arange(n)
    if zeros:
        kept = rng.random((n, n, m)) > 1 / 3
        kept[home, (home + 1) % n, 0] = True  # a ring of trade: everyone exports something, so balance is possible
        flow = flow * kept
    flow[home, home] = size[:, None] * share
    return flow


def _balanced(flow: np.ndarray) -> np.ndarray:
    """Scale each economy's exports up and imports down in turn, until both are equal (Osborne's balancing)."""
    n = len(flow)
    home = np.einsum("iis->is", flow).copy()
    flow = flow * ~np.eye(n, dtype=bool)[:, :, None]
    for _ in range(5000):
        worst = 0.0
        for i in range(n):
            ratio = np.sqrt(flow[:, i].sum() / flow[i].sum())
            flow[i] *= ratio
            flow[:, i] /= ratio
            worst = max(worst, abs(ratio - 1))
        if worst < 1e-15:
            break
    flow[np.arange(n), np.arange(n)] = home
    return flow


def _tariffs(rng: np.random.Generator, sectors: Sequence[str], n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the external tariff [d s], and the tariff [o d s] with free trade among the first half."""
    external = rng.uniform(0.03, 0.15, (n, len(sectors)))
    for s, sector in enumerate(sectors):
        if sector.startswith("serv"):
            external[:, s] = 0.0
        elif sector == "energy":
            external[:, s] *= 0.3
    tariff = np.repeat(external[None], n, axis=0)
    tariff[np.arange(n), np.arange(n)] = 0.0
    tariff[: n // 2, : n // 2] = 0.0
    return external, tariff


def _input_use(rng: np.random.Generator, output: np.ndarray, expenditure: np.ndarray) -> np.ndarray:
    """Inputs are 40 to 60% of output, split over suppliers about as expenditure is."""
    n, m = output.shape
    split = expenditure[:, None, :] * rng.uniform(0.8, 1.2, (n, m, m))
    split /= split.sum(axis=2, keepdims=True)
    use = output[:, :, None] * rng.uniform(0.4, 0.6, (n, m, 1)) * split
    largest = (use.sum(axis=1) / expenditure).max()
    return use * min(1.0, 0.9 / largest)
