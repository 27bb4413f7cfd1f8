"""Every file of the library is read, says where it comes from, and is derived."""

from __future__ import annotations

import numpy as np
import pytest

from multipolar.scenario import derive_policy, load_scenario, load_study, shipped_scenarios, shipped_studies
from multipolar.scenario.files import shipped_text
from multipolar.scenario.quantity import Range
from multipolar.world import World
from multipolar.world.bundled import load_world, shipped_worlds
from toys import toy_world

FREE = "RUS KAZ BLR UKR MDA GEO ARM AZE KGZ TJK TKM UZB EFT WBK TUR USA CAN"
OTHERS = "MEX CHN JPN KOR IND SAS ASE ANZ IRN GCC MNA MNG MER LAC SSA EUN ROW"
CODES = (*FREE.split(), *OTHERS.split())


@pytest.fixture(scope="module", params=["made-up", *shipped_worlds()])
def world(request: pytest.FixtureRequest) -> World:
    """The shipped world, and made-up figures for the same 34 economies of which the first half trade freely."""
    return toy_world(CODES) if request.param == "made-up" else load_world(request.param)


@pytest.mark.parametrize("name", shipped_scenarios())
def test_scenario(name: str, world: World) -> None:
    scenario = load_scenario(name)
    assert scenario.id == name
    assert scenario.description
    policy = derive_policy(world, scenario)
    assert policy.name == name
    moved = [
        not np.array_equal(policy.tariff, world.tariff),
        (policy.cost_hat != 1).any(),
        (policy.productivity_hat != 1).any(),
        (policy.transfer != 0).any(),
        not np.array_equal(policy.revenue_share, np.eye(len(world.economies))),
    ]
    assert any(moved), "a scenario of the library changes something"
    for u in (0.0, 0.5, 1.0):
        derive_policy(world, scenario.sampled(lambda key, u=u: u))


@pytest.mark.parametrize("name", shipped_studies())
def test_study(name: str, world: World) -> None:
    study = load_study(name)
    assert study.id == name
    assert study.question
    for scenario in study.resolved_scenarios():
        derive_policy(world, scenario)
    base = study.baseline_scenario()
    if base is not None:
        derive_policy(world, base)
    for contrast in study.contrasts:
        if contrast.kind == "baseline":
            made = study.scenario_of(contrast.id, contrast.title, contrast.shocks)
            assert made is not None
            derive_policy(world, made)
    for code in study.focus or ():
        world.economy_index(code)
    for sector, quantity in study.elasticities.items():
        world.sector_index(sector)
        assert isinstance(quantity, Range)
        assert quantity.source, "every elasticity says where it comes from"
    for figure in study.published:
        world.economy_index(figure.economy)
        assert {s.id: s.url for s in study.sources}[figure.source]


@pytest.mark.parametrize(
    "kind_and_name", [*(("scenario", n) for n in shipped_scenarios()), *(("study", n) for n in shipped_studies())]
)
def test_files_are_plain_text(kind_and_name: tuple[str, str]) -> None:
    text = shipped_text(*kind_and_name)[0].decode()
    assert text.endswith("\n")
    assert "\t" not in text
    assert max(len(line) for line in text.splitlines()) < 180


def test_every_kind_of_shock_is_in_the_library() -> None:
    from multipolar.scenario import KINDS

    found = {shock.kind for name in shipped_scenarios() for shock in load_scenario(name).shocks}
    assert found == set(KINDS)


def test_the_accession_factor_is_applied_to_whatever_baseline() -> None:
    scenario = load_scenario("russia-wto-alone")
    for seed in (1, 2):
        world = toy_world(CODES, seed=seed)
        policy = derive_policy(world, scenario)
        rus = world.economy_index("RUS")
        assert policy.external_tariff[rus, :2] == pytest.approx(world.external_tariff[rus, :2] * 5.8 / 13.0, rel=1e-5)


def test_draws_of_costs_move_together_in_the_study() -> None:
    study = load_study("customs-union-2009")
    names: set[str] = set()

    def uniform(key: str) -> float:
        names.add(key)
        return 0.5

    study.elasticity(uniform)
    for scenario in study.resolved_scenarios():
        scenario.sampled(uniform)
    assert names == {"non_tariff_cost", "elasticity:energy", "elasticity:goods", "elasticity:services"}
