"""`check` finds every planted fault and says which identity, economy and sector it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from multipolar.errors import WorldError
from multipolar.world import check, load_world
from toys import toy_world


def _changed(world, name: str, index: tuple[int, ...], factor: float = 1.01):
    values = np.array(getattr(world, name))
    values[index] *= factor
    return replace(world, **{name: values})


@pytest.mark.parametrize("make", [toy_world, load_world], ids=["toy", "shipped"])
@pytest.mark.parametrize(
    ("array", "index", "identity"),
    [
        ("value_added", (1, 1), "cost"),
        ("intermediate_use", (1, 1, 1), "cost"),
        ("final_demand", (1, 1), "market"),
    ],
)
def test_a_fault_is_named(make, array: str, index: tuple[int, ...], identity: str):
    world = make()
    with pytest.raises(WorldError, match=f"breaks the {identity} identity") as caught:
        check(_changed(world, array, index))
    assert f"economy '{world.economies[1]}'" in str(caught.value)
    assert f"sector '{world.sectors[1]}'" in str(caught.value)


def test_income_is_checked_for_itself():
    """Shift final demand and inputs so that every market clears but an economy spends more than it earns."""
    world = toy_world()
    final, use, added = (np.array(getattr(world, n)) for n in ("final_demand", "intermediate_use", "value_added"))
    shift = 0.1 * final[2, 0]
    final[2, 0] += shift
    use[2, 0, 0] -= shift
    broken = replace(world, final_demand=final, intermediate_use=use, value_added=added)
    with pytest.raises(WorldError, match=f"economy '{world.economies[2]}'"):
        check(broken)


@pytest.mark.parametrize(
    ("array", "index", "value", "message"),
    [
        ("trade_flow", (0, 1, 2), -1.0, "trade_flow is -1 at RUS, KAZ, services"),
        ("final_demand", (1, 0), np.nan, "final_demand is nan at KAZ, energy"),
        ("tariff", (0, 1, 1), -1.0, "tariff is -1 at RUS, KAZ, goods"),
    ],
)
def test_impossible_values_are_named(array: str, index: tuple[int, ...], value: float, message: str):
    world = load_world()
    values = np.array(getattr(world, array))
    values[index] = value
    with pytest.raises(WorldError, match=message):
        check(replace(world, **{array: values}))
