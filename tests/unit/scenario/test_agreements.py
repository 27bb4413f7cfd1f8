"""What agreements do to tariffs, costs and duties."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from multipolar.errors import ScenarioError
from multipolar.scenario import Policy
from multipolar.world import World

Derive = Callable[..., Policy]
At = Callable[..., tuple[int, ...]]


def test_union_at_the_leaders_tariff(derive: Derive, world: World, at: At, union: str) -> None:
    policy = derive(union)
    members = list(at("RUS", "KAZ", "BLR"))
    (kaz, ukr, chn, goods, services) = at("KAZ", "UKR", "CHN", "goods", "services")
    assert policy.external_tariff[members, goods] == pytest.approx(0.10)
    assert policy.tariff[chn, kaz, goods] == pytest.approx(0.10)
    assert policy.tariff[ukr, kaz, goods] == 0.0, "Ukraine's preference survives"
    assert (policy.tariff[np.ix_(members, members)] == 0).all()
    assert (policy.tariff[:, :, services] == 0).all()
    others = np.setdiff1d(np.arange(10), members)
    assert np.array_equal(policy.tariff[:, others], world.tariff[:, others]), "nobody else's tariff moves"
    assert (policy.cost_hat == 1).all()
    assert policy.insiders.tolist() == [c in ("RUS", "KAZ", "BLR") for c in world.economies]


def test_union_notes_say_who_changes_and_who_does_not(derive: Derive, union: str) -> None:
    notes = " ".join(derive(union).notes)
    assert "KAZ external tariff on energy 1% -> 2%, goods 4% -> 10% (RUS's)." in notes
    assert "BLR already applies the common external tariff (RUS's)." in notes
    assert "RUS levied no tariffs on the other members before." in notes
    assert "Only KAZ's tariffs change: the tariff part of this union is KAZ alone." in notes


def test_union_that_changes_nothing_says_so(derive: Derive) -> None:
    policy = derive("{kind: customs_union, members: [RUS, BLR], leader: BLR, external_tariff: {rule: leader}}")
    assert "No member's tariffs change: the tariff part of this union does nothing." in policy.notes


def test_a_partial_preference_keeps_its_margin(derive: Derive, world: World, at: At) -> None:
    kaz, ukr, irn, goods = at("KAZ", "UKR", "IRN", "goods")
    tariff = world.tariff.copy()
    tariff[ukr, kaz, goods], tariff[irn, kaz, goods] = 0.03, 0.02
    other = replace(world, tariff=tariff)
    listed = (
        "{{kind: customs_union, members: [RUS, KAZ], "
        "external_tariff: {{rule: listed, rates: {{goods: {}, energy: 0}}}}}}"
    )
    old = world.external_tariff[kaz, goods]
    assert old > 0.03
    for new in (0.10, 0.025):
        policy = derive(listed.format(new), on=other)
        assert policy.tariff[ukr, kaz, goods] == pytest.approx(0.03 / old * new)
        assert policy.tariff[irn, kaz, goods] == pytest.approx(0.02 / old * new)


def test_a_preference_beside_a_tariff_of_zero_is_known_from_the_atlas(derive: Derive, world: World, at: At) -> None:
    kaz, ukr, chn, goods = at("KAZ", "UKR", "CHN", "goods")
    external, tariff = world.external_tariff.copy(), world.tariff.copy()
    external[kaz, goods] = 0.0
    tariff[:, kaz, goods] = 0.0
    other = replace(world, tariff=tariff, external_tariff=external)
    policy = derive("{kind: tariff, importers: KAZ, sectors: goods, rate: 0.1}", on=other)
    assert policy.tariff[chn, kaz, goods] == pytest.approx(0.1)
    assert policy.tariff[ukr, kaz, goods] == 0.0


def test_trade_weighted_mean(derive: Derive, world: World, at: At) -> None:
    rus, kaz, goods = at("RUS", "KAZ", "goods")
    policy = derive("{kind: customs_union, members: [RUS, KAZ], external_tariff: {rule: trade_weighted_mean}}")
    outside = [i for i in range(10) if i not in (rus, kaz)]
    weight = [world.trade_flow[outside, m, goods].sum() for m in (rus, kaz)]
    expected = (weight[0] * 0.10 + weight[1] * 0.04) / sum(weight)
    assert policy.external_tariff[rus, goods] == pytest.approx(expected)
    assert policy.external_tariff[kaz, goods] == pytest.approx(expected)
    assert 0.04 < expected < 0.10


def test_mean_without_imports_from_outside_is_plain_and_said(derive: Derive, world: World, at: At) -> None:
    rus, kaz, goods = at("RUS", "KAZ", "goods")
    flow = world.trade_flow.copy()
    for m in (rus, kaz):
        for o in set(range(10)) - {rus, kaz}:
            flow[o, m, goods] = 0.0
    policy = derive(
        "{kind: customs_union, members: [RUS, KAZ], external_tariff: {rule: trade_weighted_mean}}",
        on=replace(world, trade_flow=flow),
    )
    assert policy.external_tariff[rus, goods] == pytest.approx(0.07)
    assert any("Nothing is imported from outside in goods" in note for note in policy.notes)


def test_internal_tariff_and_costs_inside(derive: Derive, at: At) -> None:
    policy = derive(
        "{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {rule: leader}, "
        "internal_tariff: 0.01, non_tariff_cost: {value: -0.05, lo: -0.1, hi: 0}}"
    )
    rus, kaz, blr, goods, services = at("RUS", "KAZ", "BLR", "goods", "services")
    assert policy.tariff[rus, kaz, goods] == policy.tariff[kaz, rus, goods] == 0.01
    assert policy.cost_hat[rus, kaz, goods] == policy.cost_hat[kaz, rus, goods] == pytest.approx(0.95)
    assert policy.cost_hat[rus, rus, goods] == 1.0
    assert policy.cost_hat[rus, kaz, services] == 1.0
    assert policy.cost_hat[rus, blr, goods] == 1.0


def test_pooled_duties(derive: Derive, at: At) -> None:
    policy = derive(
        "{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {rule: leader}, "
        "revenue_sharing: {RUS: 0.9, KAZ: 0.1}}"
    )
    rus, kaz, blr = at("RUS", "KAZ", "BLR")
    for collector in (rus, kaz):
        assert policy.revenue_share[rus, collector] == pytest.approx(0.9)
        assert policy.revenue_share[kaz, collector] == pytest.approx(0.1)
    assert policy.revenue_share[blr, blr] == 1.0
    assert "Duties of the union are pooled and shared: RUS 90%, KAZ 10%." in policy.notes


def test_a_union_that_absorbs_another_ends_its_pool(derive: Derive, union: str) -> None:
    small = (
        "{kind: customs_union, members: [RUS, BLR], leader: RUS, external_tariff: {rule: leader}, "
        "revenue_sharing: {RUS: 0.9, BLR: 0.1}}"
    )
    policy = derive(small, union)
    assert np.array_equal(policy.revenue_share, np.eye(10))
    assert "The customs union of RUS and BLR is absorbed by the new one." in policy.notes


def test_free_trade_area_keeps_external_tariffs(derive: Derive, world: World, at: At) -> None:
    policy = derive("{kind: free_trade_area, members: [RUS, KAZ, BLR, CHN], non_tariff_cost: -0.02}")
    rus, chn, goods = at("RUS", "CHN", "goods")
    assert np.array_equal(policy.external_tariff, world.external_tariff)
    assert policy.tariff[rus, chn, goods] == policy.tariff[chn, rus, goods] == 0.0
    assert policy.cost_hat[rus, chn, goods] == pytest.approx(0.98)
    assert policy.tariff[at("EUN")[0], chn, goods] == world.tariff[at("EUN")[0], chn, goods]


def test_free_trade_area_by_club(derive: Derive, world: World) -> None:
    policy = derive("{kind: free_trade_area, members: {club: CISFTA}}")
    assert [c for c, inside in zip(world.economies, policy.insiders, strict=True) if inside] == [
        "RUS",
        "KAZ",
        "BLR",
        "UKR",
    ]
    assert "Trade among RUS, KAZ, BLR and UKR was free of tariffs already." in policy.notes


@pytest.mark.parametrize("cuts", ["both", "associate", "hub"])
def test_association(derive: Derive, world: World, at: At, cuts: str) -> None:
    policy = derive(
        f"{{kind: association, hub: EUN, associate: UKR, cuts: {cuts}, rate: 0.01, non_tariff_cost: -0.03}}"
    )
    eun, ukr, goods, energy = at("EUN", "UKR", "goods", "energy")
    assert policy.tariff[eun, ukr, goods] == (0.05 if cuts == "hub" else 0.01)
    assert policy.tariff[ukr, eun, goods] == (0.03 if cuts == "associate" else 0.01)
    assert policy.tariff[ukr, eun, energy] == world.tariff[ukr, eun, energy]
    assert policy.cost_hat[eun, ukr, goods] == policy.cost_hat[ukr, eun, goods] == pytest.approx(0.97)


def test_accession_caps_the_external_tariff_and_no_more(derive: Derive, world: World, at: At) -> None:
    policy = derive("{kind: wto_accession, economies: RUS, bindings: {goods: 0.08, energy: 0.05}}")
    rus, kaz, chn, goods, energy = at("RUS", "KAZ", "CHN", "goods", "energy")
    assert policy.external_tariff[rus, goods] == policy.tariff[chn, rus, goods] == pytest.approx(0.08)
    assert policy.external_tariff[rus, energy] == 0.02, "a binding above the applied rate changes nothing"
    assert policy.tariff[kaz, rus, goods] == 0.0
    assert np.array_equal(policy.tariff[rus], world.tariff[rus]), "what Russia pays elsewhere stays"


def test_accession_by_factor(derive: Derive, at: At) -> None:
    policy = derive("{kind: wto_accession, economies: RUS, factor: 0.446154}")
    rus, goods, energy = at("RUS", "goods", "energy")
    assert policy.external_tariff[rus, [energy, goods]] == pytest.approx([0.00892308, 0.0446154])


def test_accession_costs(derive: Derive, at: At) -> None:
    policy = derive(
        "{kind: wto_accession, economies: RUS, factor: 0.5, sectors: goods, non_tariff_cost: -0.01, "
        "services_cost: -0.02}"
    )
    rus, kaz, goods, energy, services = at("RUS", "KAZ", "goods", "energy", "services")
    assert policy.cost_hat[kaz, rus, [energy, goods, services]] == pytest.approx([1.0, 0.99, 0.98])
    assert (policy.cost_hat[rus] == 1).all(), "exports are left alone"
    assert policy.external_tariff[rus, energy] == 0.02


def test_joint_accession_of_a_union_leaves_one_tariff(derive: Derive, at: At, union: str) -> None:
    policy = derive(union, "{kind: wto_accession, economies: [RUS, KAZ, BLR], joint: true, factor: 0.5}")
    members = list(at("RUS", "KAZ", "BLR"))
    (goods,) = at("goods")
    assert policy.external_tariff[members, goods] == pytest.approx(0.05)
    assert (policy.tariff[np.ix_(members, members)] == 0).all()


def test_separate_bindings_of_union_members_cap_the_whole_union(derive: Derive, at: At, union: str) -> None:
    policy = derive(
        union,
        "{kind: wto_accession, economies: RUS, bindings: {goods: 0.09}, resolve: {WTO: bind}}",
        "{kind: wto_accession, economies: KAZ, bindings: {goods: 0.06}, resolve: {WTO: bind}}",
    )
    assert policy.external_tariff[list(at("RUS", "KAZ", "BLR")), at("goods")[0]] == pytest.approx(0.06)


def test_leaving_a_club_restores_external_tariffs(derive: Derive, world: World, at: At) -> None:
    policy = derive("{kind: leave, economy: UKR, club: CISFTA, non_tariff_cost: 0.02}")
    ukr, rus, kaz, chn, goods, services = at("UKR", "RUS", "KAZ", "CHN", "goods", "services")
    assert policy.tariff[ukr, rus, goods] == 0.10
    assert policy.tariff[rus, ukr, goods] == 0.05
    assert policy.tariff[rus, kaz, goods] == 0.0
    assert policy.tariff[chn, ukr, goods] == world.tariff[chn, ukr, goods]
    assert policy.cost_hat[ukr, rus, goods] == policy.cost_hat[rus, ukr, goods] == pytest.approx(1.02)
    assert policy.cost_hat[rus, kaz, goods] == 1.0
    assert policy.tariff[rus, ukr, services] == 0.0


def test_leaving_one_of_two_clubs_keeps_trade_free(derive: Derive, world: World) -> None:
    policy = derive("{kind: leave, economy: KAZ, club: EURASEC}")
    assert np.array_equal(policy.tariff, world.tariff)
    assert policy.notes == ("KAZ leaves EURASEC: trade with RUS and BLR stays free under CISFTA.",)


def test_leaving_both_does_not(derive: Derive, at: At) -> None:
    policy = derive("{kind: leave, economy: KAZ, club: EURASEC}", "{kind: leave, economy: KAZ, club: CISFTA}")
    rus, kaz, goods = at("RUS", "KAZ", "goods")
    assert policy.tariff[rus, kaz, goods] == 0.04
    assert policy.tariff[kaz, rus, goods] == 0.10


def test_leaving_a_club_without_tariffs(derive: Derive, world: World) -> None:
    policy = derive("{kind: leave, economy: KAZ, club: CSTO}")
    assert np.array_equal(policy.tariff, world.tariff)
    assert policy.notes == ("KAZ leaves CSTO, which changes no tariff.",)


def test_leaving_the_wto_frees_of_bindings(derive: Derive, bound_world: World, at: At) -> None:
    raise_it = "{kind: tariff, importers: UKR, sectors: goods, rate: 0.2}"
    policy = derive("{kind: leave, economy: UKR, club: WTO}", raise_it, on=bound_world)
    assert policy.external_tariff[at("UKR", "goods")] == 0.2


def test_joining_and_leaving_a_union_is_the_status_quo(derive: Derive, world: World, at: At) -> None:
    joined = (
        "{kind: customs_union, members: [RUS, KAZ, BLR], leader: RUS, external_tariff: {rule: leader}, "
        "non_tariff_cost: -0.05, revenue_sharing: {RUS: 0.8, KAZ: 0.1, BLR: 0.1}}"
    )
    policy = derive(joined, "{kind: leave, economy: KAZ, members: [RUS, BLR]}")
    rus, kaz, blr = at("RUS", "KAZ", "BLR")
    assert np.array_equal(policy.tariff[:, kaz], world.tariff[:, kaz])
    assert np.array_equal(policy.external_tariff[kaz], world.external_tariff[kaz])
    assert policy.cost_hat[rus, kaz] == pytest.approx(1.0)
    assert policy.cost_hat[rus, blr, at("goods")[0]] == pytest.approx(0.95)
    assert policy.revenue_share[kaz, kaz] == 1.0
    assert policy.revenue_share[rus, blr] == pytest.approx(8 / 9)
    assert policy.revenue_share.sum(axis=0) == pytest.approx(1.0)
    assert policy.insiders.tolist() == [c in ("RUS", "BLR") for c in world.economies]
    assert any("trade with RUS and BLR stays free under CISFTA" in note for note in policy.notes)


def test_a_union_of_two_dissolves_when_one_leaves(derive: Derive, world: World, at: At) -> None:
    joined = "{kind: customs_union, members: [KAZ, CHN], leader: CHN, external_tariff: {rule: leader}}"
    policy = derive(joined, "{kind: leave, economy: CHN, members: [KAZ, CHN]}")
    assert policy.tariff == pytest.approx(world.tariff)
    assert policy.external_tariff == pytest.approx(world.external_tariff)
    assert not policy.insiders.any()


def test_leaving_an_association_formed_before(derive: Derive, world: World) -> None:
    made = "{kind: association, hub: EUN, associate: UKR, non_tariff_cost: -0.03}"
    policy = derive(made, "{kind: leave, economy: UKR, members: EUN}")
    assert policy.tariff == pytest.approx(world.tariff)
    assert policy.cost_hat == pytest.approx(1.0)


def test_groups_and_finer_worlds(derive: Derive, world: World) -> None:
    fine = replace(
        world,
        economies=("RUS", "KAZ", "BLR", "UKR", "DEU", "FRA", "TUR", "IRN", "CHN", "ROW"),
        members=(
            *((c,) for c in ("RUS", "KAZ", "BLR", "UKR", "DEU", "FRA", "TUR", "IRN", "CHN")),
            world.members[9],
        ),
    )
    policy = derive("{kind: sanction, senders: EUN, targets: IRN, ban: true}", on=fine)
    assert np.isinf(policy.cost_hat[7, 4:6, :2]).all()
    assert np.isfinite(policy.cost_hat[7, [0, 1, 2, 3, 6, 7, 8, 9]]).all()


def test_an_economy_of_many_countries_counts_by_majority(derive: Derive) -> None:
    policy = derive("{kind: productivity, economies: {club: WTO}, change: 0.1}")
    counted = [note for note in policy.notes if note.startswith("ROW is")]
    assert len(counted) == 1
    assert "countries are full members." in counted[0]


UNION = "{{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {{rule: leader}}, {}}}"
CHEAPER = {
    "customs_union": UNION,
    "free_trade_area": "{{kind: free_trade_area, members: [RUS, KAZ], {}}}",
    "association": "{{kind: association, hub: RUS, associate: KAZ, resolve: {{union: tolerate}}, {}}}",
    "leave": "{{kind: leave, economy: KAZ, club: CISFTA, {}}}",
    "wto_accession": "{{kind: wto_accession, economies: [RUS, KAZ], factor: 1, {}}}",
}


@pytest.mark.parametrize("kind", CHEAPER)
def test_cheaper_borders_are_for_goods_unless_sectors_are_named(derive: Derive, at: At, kind: str) -> None:
    rus, kaz, goods, energy, services = at("RUS", "KAZ", "goods", "energy", "services")
    plain = derive(CHEAPER[kind].format("non_tariff_cost: -0.05"))
    assert plain.cost_hat[rus, kaz, goods] == plain.cost_hat[kaz, rus, goods] == pytest.approx(0.95)
    assert (np.delete(plain.cost_hat, goods, axis=2) == 1).all()
    assert any("-5% in goods" in note for note in plain.notes)
    named = derive(CHEAPER[kind].format("non_tariff_cost: -0.05, cost_sectors: [energy, services]"))
    assert named.cost_hat[rus, kaz, [energy, services]] == pytest.approx([0.95, 0.95])
    assert named.cost_hat[rus, kaz, goods] == 1
    none = derive(CHEAPER[kind].format("non_tariff_cost: 0"))
    assert (none.cost_hat == 1).all()


@pytest.mark.parametrize("kind", ["customs_union", "free_trade_area", "association"])
@pytest.mark.parametrize("where", ["", ", cost_sectors: services", ", cost_sectors: [services, energy]"])
def test_an_exit_reverses_the_cells_that_the_agreement_changed(derive: Derive, at: At, kind: str, where: str) -> None:
    rus, kaz = at("RUS", "KAZ")
    other = "{kind: non_tariff_cost, origins: all, destinations: all, sectors: [energy, goods, services], change: 0.1}"
    made = CHEAPER[kind].format("non_tariff_cost: -0.05" + where)
    policy = derive(made, other, "{kind: leave, economy: KAZ, members: RUS}")
    abroad = ~np.eye(10, dtype=bool)
    assert policy.cost_hat[abroad] == pytest.approx(1.1)
    assert (policy.cost_hat[[rus, kaz], [rus, kaz]] == 1).all()


def test_leaving_a_union_that_absorbed_another_reverses_both(derive: Derive, at: At, union: str) -> None:
    rus, kaz, blr, goods, energy = at("RUS", "KAZ", "BLR", "goods", "energy")
    small = UNION.format("non_tariff_cost: -0.1, cost_sectors: energy")
    large = union.removesuffix("}") + ", non_tariff_cost: -0.05}"
    both = derive(small, large)
    assert both.cost_hat[rus, kaz, [energy, goods]] == pytest.approx([0.9, 0.95])
    left = derive(small, large, "{kind: leave, economy: KAZ, members: [RUS, BLR]}")
    assert left.cost_hat[[rus, kaz], [kaz, rus]] == pytest.approx(1.0)
    assert left.cost_hat[blr, kaz] == pytest.approx(1.0)
    assert left.cost_hat[rus, blr, goods] == pytest.approx(0.95)


def test_costs_need_a_goods_sector_or_a_name(derive: Derive) -> None:
    with pytest.raises(ScenarioError, match=r"covers energy alone; name the sectors in cost_sectors"):
        derive(UNION.format("sectors: energy, non_tariff_cost: -0.05"))
    with pytest.raises(ScenarioError, match="unknown sector 'good'; did you mean goods"):
        derive(UNION.format("cost_sectors: good, non_tariff_cost: -0.05"))
    with pytest.raises(ScenarioError, match="cost_sectors says where non_tariff_cost applies"):
        derive(UNION.format("cost_sectors: goods"))
