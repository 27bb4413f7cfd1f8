"""Ranges, their quantiles, and what a draw is called."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from multipolar.scenario import Range, Scenario
from multipolar.triangular import triangular_quantile


@pytest.mark.parametrize("u", [0.0, 0.1, 0.25, 0.5, 0.9, 1.0])
def test_quantile_agrees_with_scipy(u: float) -> None:
    from scipy.stats import triang

    expected = triang.ppf(u, (4.5 - 3.5) / (7 - 3.5), loc=3.5, scale=3.5)
    assert triangular_quantile(3.5, 4.5, 7.0, u) == pytest.approx(expected, abs=1e-12)


def test_quantile_at_the_ends_and_without_width() -> None:
    assert triangular_quantile(1.0, 2.0, 4.0, 0.0) == 1.0
    assert triangular_quantile(1.0, 2.0, 4.0, 1.0) == 4.0
    assert triangular_quantile(1.0, 1.0, 4.0, 0.0) == 1.0
    assert triangular_quantile(1.0, 4.0, 4.0, 1.0) == 4.0
    assert triangular_quantile(2.0, 2.0, 2.0, 0.7) == 2.0
    with pytest.raises(ValueError, match="probability"):
        triangular_quantile(0.0, 0.5, 1.0, 1.5)


def test_a_draw_is_named_after_its_role_and_shared(write: Callable[..., Scenario]) -> None:
    asked: list[str] = []

    def uniform(key: str) -> float:
        asked.append(key)
        return 0.5

    band = "{value: -0.05, lo: -0.1, hi: 0}"
    scenario = write(
        f"{{kind: customs_union, members: [RUS, KAZ], external_tariff: {{rule: listed, rates: {{goods: {{value: 0.1, "
        f"lo: 0, hi: 0.2}}, energy: 0}}}}, non_tariff_cost: {band}}}",
        f"{{kind: association, hub: EUN, associate: UKR, non_tariff_cost: {band}}}",
        "{kind: non_tariff_cost, origins: CHN, destinations: KAZ, change: {value: 0, lo: -1e-1, hi: 0.1, draw: road}}",
    )
    drawn = scenario.sampled(uniform)
    assert sorted(asked) == ["non_tariff_cost", "non_tariff_cost", "rates:goods", "road"]
    first, second, third = drawn.shocks
    assert first.kind == "customs_union"
    assert second.kind == "association"
    assert third.kind == "non_tariff_cost"
    assert first.non_tariff_cost == second.non_tariff_cost == pytest.approx(-0.05)
    assert first.external_tariff.rates == {"goods": pytest.approx(0.1), "energy": 0.0}
    assert third.change == pytest.approx(0.0)
    assert isinstance(scenario.shocks[1], type(second))  # the original is untouched
    assert isinstance(scenario.shocks[1].non_tariff_cost, Range)  # pyright: ignore[reportAttributeAccessIssue]


def test_sampling_keeps_file_and_line(write: Callable[..., Scenario]) -> None:
    scenario = write("{kind: tariff, importers: KAZ, rate: {value: 0.1, lo: 0, hi: 0.2}}")
    assert scenario.sampled(lambda key: 0.1).shocks[0].place("rate") == ("test.yaml", 6)


def test_without_ranges_nothing_is_drawn(write: Callable[..., Scenario]) -> None:
    scenario = write("{kind: tariff, importers: KAZ, rate: 0.1}")

    def refuse(key: str) -> float:
        raise AssertionError(key)

    assert scenario.sampled(refuse) == scenario


def test_mean_of_draws_is_that_of_the_triangular_distribution() -> None:
    draws = [triangular_quantile(8, 15, 30, u) for u in (np.arange(20_000) + 0.5) / 20_000]
    assert math.fsum(draws) / 20_000 == pytest.approx((8 + 15 + 30) / 3, rel=1e-6)
