"""A made-up world with known tariffs, and short ways to write a scenario and to derive its policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from multipolar.scenario import Policy, Scenario, derive_policy, parse_scenario
from multipolar.world import World
from toys import toy_world

ECONOMIES = ("RUS", "KAZ", "BLR", "UKR", "EUN", "USA", "TUR", "IRN", "CHN", "ROW")
GOODS = {"RUS": 0.10, "KAZ": 0.04, "BLR": 0.10, "UKR": 0.05, "EUN": 0.03, "USA": 0.02, "TUR": 0.03, "IRN": 0.20}
ENERGY = {"RUS": 0.02, "KAZ": 0.01, "BLR": 0.02}
FREE = ("RUS", "KAZ", "BLR", "UKR")


@pytest.fixture(scope="session")
def world() -> World:
    """Tariffs on goods and energy as above, 0.08 and 0.01 elsewhere, free trade among four; services free."""
    base = toy_world(ECONOMIES)
    external = np.array([[ENERGY.get(c, 0.01), GOODS.get(c, 0.08), 0.0] for c in ECONOMIES])
    tariff = np.repeat(external[None], len(ECONOMIES), axis=0)
    tariff[np.arange(10), np.arange(10)] = 0.0
    free = [ECONOMIES.index(c) for c in FREE]
    tariff[np.ix_(free, free)] = 0.0
    # balance is of no concern here: the policy depends on tariffs and flows alone
    return replace(base, tariff=tariff, external_tariff=external)


@pytest.fixture(scope="session")
def bound_world(world: World) -> World:
    """The same with Ukraine bound at 6 percent on goods in the WTO, others unknown."""
    bindings = np.full(len(ECONOMIES), np.nan)
    bindings[ECONOMIES.index("UKR")] = 0.06
    return replace(world, attributes={**world.attributes, "wto_binding:goods": bindings})


@pytest.fixture(scope="session")
def write() -> Callable[..., Scenario]:
    """Return a function from shocks, one YAML text each, to a scenario read from 'test.yaml'."""

    def parse(*shocks: str, head: str = "") -> Scenario:
        lines = ["schema: 1", "kind: scenario", "id: test", "title: Test", *head.splitlines(), "shocks:"]
        for shock in shocks:
            first, *rest = shock.strip().splitlines()
            lines += [f"  - {first}", *(f"    {line}" for line in rest)]
        return parse_scenario("\n".join(lines), "test.yaml")

    return parse


@pytest.fixture(scope="session")
def derive(world: World, write: Callable[..., Scenario]) -> Callable[..., Policy]:
    """Return a function from shocks to their policy in `world`."""

    def policy(*shocks: str, head: str = "", on: World = world) -> Policy:
        return derive_policy(on, write(*shocks, head=head))

    return policy


@pytest.fixture(scope="session")
def at() -> Callable[..., tuple[int, ...]]:
    """Return a function from codes to positions: ``at("RUS", "KAZ", "goods")``."""
    sectors = ("energy", "goods", "services")

    def positions(*codes: str) -> tuple[int, ...]:
        return tuple(sectors.index(c) if c in sectors else ECONOMIES.index(c) for c in codes)

    return positions


@pytest.fixture(scope="session")
def union() -> str:
    """Customs union of Russia, Kazakhstan and Belarus at Russia's tariff."""
    return "{kind: customs_union, members: [RUS, KAZ, BLR], leader: RUS, external_tariff: {rule: leader}}"
