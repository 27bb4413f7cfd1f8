"""Which economies a scenario names, by whatever field of whatever shock."""

from __future__ import annotations

from multipolar.atlas import club, groups
from multipolar.scenario import KINDS, parse_scenario
from multipolar.scenario.named import ECONOMY_FIELDS, named_economies
from multipolar.world import World
from toys import toy_world

OTHERS = {"sectors", "cost_sectors", "club", "bindings", "revenue_sharing"}
"""Fields of shocks that hold codes of something else, or of economies that another field names as well."""


def scenario(shocks: str) -> str:
    return f"schema: 1\nkind: scenario\nid: s\ntitle: S\nshocks:\n{shocks}"


def test_every_field_that_can_hold_an_economy_is_read() -> None:
    holding = {
        name
        for kind in KINDS.values()
        for name, field in kind.model_json_schema(by_alias=False)["properties"].items()
        if any(word in str(field) for word in (r"^\\S+$", "ClubRef"))
    }
    assert {"importers", "leader", "payer"} <= holding  # the test sees lists, single codes and fields with an alias
    assert holding - OTHERS == set(ECONOMY_FIELDS)


def test_the_named_stand_in_the_order_of_shocks_and_none_twice(world: World) -> None:
    text = scenario(
        "  - {kind: non_tariff_cost, origins: CHN, destinations: [KAZ, BLR], both_ways: true, change: -0.04}\n"
        "  - {kind: tariff, importers: USA, origins: [CHN, IRN], rate: 0.1}\n"
        "  - {kind: transfer, from: RUS, to: BLR, usd_mn: 5}\n"
    )
    single, grouped = named_economies(world, parse_scenario(text))
    assert single == ("CHN", "KAZ", "BLR", "USA", "IRN", "RUS")
    assert grouped == ()


def test_all_names_nobody(world: World) -> None:
    text = scenario("  - {kind: tariff, importers: USA, origins: all, rate: 0.1}\n")
    assert named_economies(world, parse_scenario(text)) == (("USA",), ())


def test_groups_and_clubs_stand_apart_from_those_named_one_by_one() -> None:
    codes = ("DEU", "FRA", "ITA", "POL", "USA", "CHN")
    finer = toy_world(codes)
    assert {"DEU", "FRA"} <= set(groups()["EUN"])
    text = scenario("  - {kind: tariff, importers: [USA, FRA], origins: EUN, rate: 0.1}\n")
    single, grouped = named_economies(finer, parse_scenario(text))
    assert single == ("USA", "FRA")
    assert sorted(grouped) == ["DEU", "ITA", "POL"]
    text = scenario("  - {kind: tariff, importers: {club: NAFTA}, rate: 0.1}\n")
    assert club("NAFTA").id == "NAFTA"
    assert named_economies(finer, parse_scenario(text)) == ((), ("USA",))
