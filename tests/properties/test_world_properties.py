"""Properties of worlds: drawing, merging and storing keep every identity."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multipolar.world import (
    aggregate_economies,
    aggregate_sectors,
    check,
    load_world,
    read_world,
    sample_world,
    select_economies,
    write_world,
)
from toys import ECONOMIES, SECTORS, toy_world

seeds = st.integers(0, 50)


def _uniform(seed: int, sharpness: float):
    """Reproducible numbers in [0, 1) by key; a small sharpness pushes them to the ends of the range."""

    def draw(key: str) -> float:
        digest = hashlib.blake2b(f"{seed}/{key}".encode(), digest_size=8).digest()
        u = int.from_bytes(digest) / 2**64
        v = 0.5 + 0.5 * np.sign(u - 0.5) * abs(2 * u - 1) ** sharpness
        return min(float(v), 1 - 2**-53)

    return draw


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), sharpness=st.sampled_from([0.1, 1.0, 3.0]))
def test_every_draw_is_balanced(seed: int, sharpness: float):
    world = sample_world("world-2009", _uniform(seed, sharpness))
    assert check(world, 1e-10).max_residual < 1e-10
    assert (np.einsum("iis->is", world.trade_flow) > 0).all()
    assert (world.final_demand > 0).all()
    assert world.gdp == pytest.approx(world.attributes["gdp_usd_mn"], rel=1e-9)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, labels=st.lists(st.integers(0, 2), min_size=6, max_size=6), zeros=st.booleans())
def test_merging_economies_keeps_identities_and_totals(seed: int, labels: list[int], zeros: bool):
    world = toy_world(seed=seed, zeros=zeros)
    parts = {f"G{g}": [c for c, label in zip(ECONOMIES, labels, strict=True) if label == g] for g in set(labels)}
    merged = aggregate_economies(world, parts)
    check(merged, 1e-10)
    assert merged.trade_flow.sum() == pytest.approx(world.trade_flow.sum())
    assert merged.tariff_revenue.sum() == pytest.approx(world.tariff_revenue.sum())
    assert merged.gdp.sum() == pytest.approx(world.gdp.sum())
    assert sorted(m for group in merged.members for m in group) == sorted(m for g in world.members for m in g)


@settings(max_examples=25, deadline=None)
@given(seed=seeds, labels=st.lists(st.sampled_from("XY"), min_size=3, max_size=3))
def test_merging_sectors_keeps_identities_and_totals(seed: int, labels: list[str]):
    world = toy_world(seed=seed)
    parts = {name: [s for s, label in zip(SECTORS, labels, strict=True) if label == name] for name in set(labels)}
    merged = aggregate_sectors(world, parts)
    check(merged, 1e-10)
    assert merged.gdp == pytest.approx(world.gdp)
    assert merged.deficit == pytest.approx(world.deficit, abs=1e-6 * world.gdp.sum())
    low, high = world.trade_elasticity.min(), world.trade_elasticity.max()
    assert ((merged.trade_elasticity >= low - 1e-12) & (merged.trade_elasticity <= high + 1e-12)).all()


@settings(max_examples=20, deadline=None)
@given(keep=st.lists(st.sampled_from(load_world().economies), min_size=1, max_size=6, unique=True))
def test_selecting_from_the_shipped_world_keeps_identities(keep: list[str]):
    world = load_world()
    chosen = select_economies(world, keep)
    check(chosen, 1e-10)
    for code in keep:
        if code != "ROW":
            at, was = chosen.economy_index(code), world.economy_index(code)
            assert chosen.value_added[at] == pytest.approx(world.value_added[was])
    assert chosen.gdp.sum() == pytest.approx(world.gdp.sum())


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=seeds)
def test_storing_is_bit_for_bit(seed: int, tmp_path: Path):
    for world in (toy_world(seed=seed), sample_world("world-2009", _uniform(seed, 1.0)), load_world()):
        back = read_world(write_world(world, tmp_path / "a.world.npz"))
        for name in ("trade_flow", "tariff", "external_tariff", "intermediate_use", "value_added", "final_demand"):
            assert getattr(back, name).tobytes() == getattr(world, name).tobytes()
        assert back.trade_elasticity.tobytes() == world.trade_elasticity.tobytes()
        assert back.flow_status.tobytes() == world.flow_status.tobytes()
        assert (back.name, back.economies, back.members) == (world.name, world.economies, world.members)
        assert {k: v.tobytes() for k, v in back.attributes.items()} == {
            k: v.tobytes() for k, v in world.attributes.items()
        }
        assert dict(back.provenance) == dict(world.provenance)
