"""A preference is a margin: the smallest gap between two rates must not exempt an origin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.equilibrium import effect_arrays, solve
from multipolar.scenario import derive_policy, load_scenario
from multipolar.world import World, load_world, select_economies


def _kazakhstan(world: World) -> float:
    policy = derive_policy(world, load_scenario("kazakhstan-alone-adopts-tariff"))
    return float(effect_arrays(solve(world, policy))["real_wage_pct"][world.economy_index("KAZ")])


def test_a_rounding_gap_is_no_preference() -> None:
    world = load_world()
    noisy = replace(world, external_tariff=world.external_tariff * (1 + 1e-9))
    assert _kazakhstan(noisy) == pytest.approx(_kazakhstan(world), abs=1e-6)


def test_merged_economies_keep_the_share_that_pays() -> None:
    """The example of docs/python.md: the merged rest of the world still meets the higher tariff."""
    world = load_world()
    small = select_economies(world, ["RUS", "KAZ", "BLR", "EUN", "CHN"])
    assert _kazakhstan(small) == pytest.approx(_kazakhstan(world), abs=0.05)


def test_free_trade_stays_free_and_a_part_pays_its_part() -> None:
    world = load_world()
    policy = derive_policy(world, load_scenario("kazakhstan-alone-adopts-tariff"))
    d, s = world.economy_index("KAZ"), world.sector_index("goods")
    share = world.tariff[:, d, s] / world.external_tariff[d, s]
    expected = share * policy.external_tariff[d, s]
    np.testing.assert_allclose(policy.tariff[:, d, s], expected, atol=1e-12)
    assert policy.tariff[world.economy_index("UKR"), d, s] == 0.0
