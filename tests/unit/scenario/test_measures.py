"""Tariffs, sanctions, costs, productivity and payments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from multipolar.scenario import Policy, status_quo
from multipolar.world import World

Derive = Callable[..., Policy]
At = Callable[..., tuple[int, ...]]


def test_external_tariff_and_preferences(derive: Derive, at: At) -> None:
    policy = derive("{kind: tariff, importers: KAZ, sectors: goods, rate: 0.095}")
    kaz, chn, rus, goods, energy = at("KAZ", "CHN", "RUS", "goods", "energy")
    assert policy.external_tariff[kaz, [energy, goods]] == pytest.approx([0.01, 0.095])
    assert policy.tariff[chn, kaz, goods] == 0.095
    assert policy.tariff[rus, kaz, goods] == 0.0
    assert policy.notes == ("KAZ external tariff on goods 4% -> 9.5%.",)
    assert not policy.insiders.any()


@pytest.mark.parametrize(("how", "goods_rate"), [("change: 0.02", 0.06), ("factor: 0.5", 0.02), ("like: RUS", 0.10)])
def test_change_factor_and_like(derive: Derive, at: At, how: str, goods_rate: float) -> None:
    policy = derive(f"{{kind: tariff, importers: KAZ, {how}}}")
    assert policy.external_tariff[at("KAZ", "goods")] == pytest.approx(goods_rate)


def test_like_takes_the_tariff_as_it_stands_after_earlier_shocks(derive: Derive, at: At) -> None:
    policy = derive("{kind: wto_accession, economies: RUS, factor: 0.5}", "{kind: tariff, importers: KAZ, like: RUS}")
    assert policy.external_tariff[at("KAZ", "goods")] == pytest.approx(0.05)
    same = derive("{kind: tariff, importers: BLR, like: RUS}")
    assert same.notes == ("BLR external tariff stays as it is: it has these rates already (RUS's).",)


def test_named_origins_leave_the_external_tariff(derive: Derive, world: World, at: At) -> None:
    policy = derive("{kind: tariff, importers: [EUN, USA], origins: CHN, sectors: goods, rate: 0.25}")
    eun, usa, chn, goods = at("EUN", "USA", "CHN", "goods")
    assert np.array_equal(policy.external_tariff, world.external_tariff)
    assert policy.tariff[chn, [eun, usa], goods] == pytest.approx(0.25)
    changed = np.argwhere(policy.tariff != world.tariff)
    assert {tuple(c) for c in changed} == {(chn, eun, goods), (chn, usa, goods)}


def test_nobody_levies_a_tariff_on_itself(derive: Derive, world: World, at: At) -> None:
    policy = derive("{kind: tariff, importers: [RUS, KAZ], origins: RUS, sectors: goods, rate: 0.2}")
    assert policy.tariff[at("RUS", "RUS", "goods")] == 0.0
    assert policy.tariff[at("RUS", "KAZ", "goods")] == 0.2
    assert all(not note.startswith("RUS tariff") for note in policy.notes)


def test_all_origins_includes_partners_with_a_preference(derive: Derive, at: At) -> None:
    policy = derive("{kind: tariff, importers: KAZ, origins: all, sectors: goods, rate: 0.1}")
    kaz, rus, goods = at("KAZ", "RUS", "goods")
    assert policy.tariff[rus, kaz, goods] == 0.1
    assert policy.tariff[kaz, kaz, goods] == 0.0


def test_above_one_with_confirmation(derive: Derive, at: At) -> None:
    policy = derive("{kind: tariff, importers: KAZ, sectors: goods, rate: 1.5, above_one: true}")
    assert policy.external_tariff[at("KAZ", "goods")] == 1.5


@pytest.mark.parametrize(
    ("direction", "hit"),
    [("imports", [("IRN", "EUN")]), ("exports", [("EUN", "IRN")]), ("both", [("IRN", "EUN"), ("EUN", "IRN")])],
)
def test_sanction_directions(derive: Derive, at: At, direction: str, hit: list[tuple[str, str]]) -> None:
    policy = derive(
        f"{{kind: sanction, senders: EUN, targets: IRN, sectors: energy, ban: true, direction: {direction}}}"
    )
    found = {tuple(cell) for cell in np.argwhere(np.isinf(policy.cost_hat))}
    assert found == {at(o, d, "energy") for o, d in hit}


def test_sanction_by_cost(derive: Derive, at: At) -> None:
    policy = derive("{kind: sanction, senders: EUN, targets: IRN, cost: {value: 0.2, lo: 0.1, hi: 0.5}}")
    assert policy.cost_hat[at("IRN", "EUN", "goods")] == pytest.approx(1.2)
    assert policy.notes == ("Sanction of EUN: cost raised by 20% of trade with IRN in energy, goods.",)


def test_a_ban_survives_later_cost_cuts(derive: Derive, at: At) -> None:
    policy = derive(
        "{kind: sanction, senders: EUN, targets: IRN, ban: true}",
        "{kind: non_tariff_cost, origins: all, destinations: all, change: -0.5}",
    )
    assert np.isinf(policy.cost_hat[at("IRN", "EUN", "goods")])


def test_cost_both_ways_counts_each_pair_once(derive: Derive, at: At) -> None:
    policy = derive(
        "{kind: non_tariff_cost, origins: [CHN, KAZ], destinations: [KAZ, CHN], both_ways: true, change: -0.1}"
    )
    assert policy.cost_hat[at("CHN", "KAZ", "goods")] == pytest.approx(0.9)
    assert policy.cost_hat[at("KAZ", "CHN", "goods")] == pytest.approx(0.9)
    assert policy.cost_hat[at("CHN", "CHN", "goods")] == 1.0
    one_way = derive("{kind: non_tariff_cost, origins: CHN, destinations: KAZ, change: -0.1}")
    assert one_way.cost_hat[at("KAZ", "CHN", "goods")] == 1.0


def test_productivity_defaults_to_all_sectors(derive: Derive, at: At) -> None:
    policy = derive("{kind: productivity, economies: KAZ, change: 0.1}")
    (kaz,) = at("KAZ")
    assert policy.productivity_hat[kaz] == pytest.approx([1.1, 1.1, 1.1])
    assert (np.delete(policy.productivity_hat, kaz, axis=0) == 1).all()


def test_transfer_moves_money(derive: Derive, at: At) -> None:
    rus, blr = at("RUS", "BLR")
    policy = derive("{kind: transfer, from: RUS, to: BLR, usd_mn: 500}")
    assert policy.transfer[[rus, blr]] == pytest.approx([-500, 500])


def test_a_cheaper_contract_is_a_transfer_to_the_importer(derive: Derive, at: At) -> None:
    rus, blr = at("RUS", "BLR")
    contract = "{{kind: energy_contract, exporter: RUS, importer: BLR, {}}}"
    cheaper = derive(contract.format("price_change_usd: -20, volume_mn: 20, unit: thousand cubic metres"))
    assert cheaper.transfer[[rus, blr]] == pytest.approx([-400, 400])
    assert "cheaper by 400 million USD a year" in cheaper.notes[0]
    dearer = derive(contract.format("price_change_usd: 20, volume_mn: 20"))
    assert dearer.transfer[[rus, blr]] == pytest.approx([400, -400])
    yearly = derive(contract.format("usd_mn_a_year: 1234.5"))
    assert yearly.transfer[blr] == pytest.approx(1234.5)
    assert "1,230 million USD" in yearly.notes[0]


def test_no_change_is_the_status_quo(derive: Derive, world: World) -> None:
    policy = derive("{kind: tariff, importers: all, change: 0}")
    quo = status_quo(world)
    for name in ("tariff", "external_tariff", "cost_hat", "productivity_hat", "transfer", "revenue_share"):
        assert np.array_equal(getattr(policy, name), getattr(quo, name))


def test_default_sectors_need_a_tariff_somewhere(derive: Derive, world: World) -> None:
    from dataclasses import replace

    from multipolar.errors import ScenarioError

    free = replace(world, tariff=np.zeros_like(world.tariff), external_tariff=np.zeros_like(world.external_tariff))
    remedy = rf"no sector of world 'toy-0' carries a tariff; .*'sectors: \[{', '.join(world.sectors)}\]'"
    with pytest.raises(ScenarioError, match=remedy):
        derive("{kind: tariff, importers: KAZ, rate: 0.1}", on=free)
    assert derive("{kind: tariff, importers: KAZ, sectors: goods, rate: 0.1}", on=free).tariff.max() == 0.1


def test_all_on_one_side_of_a_sanction_is_everyone_but_the_other(derive: Derive, world: World, at: At) -> None:
    rus, goods = at("RUS", "goods")
    others = [i for i in range(len(world.economies)) if i != rus]
    resolve = "resolve: {union: tolerate}"
    sent = derive(f"{{kind: sanction, senders: RUS, targets: all, cost: 0.2, {resolve}}}")
    suffered = derive(f"{{kind: sanction, senders: all, targets: RUS, cost: 0.2, {resolve}}}")
    for policy in (sent, suffered):
        assert policy.cost_hat[rus, others, goods] == pytest.approx(1.2)
        assert policy.cost_hat[others, rus, goods] == pytest.approx(1.2)
        assert (policy.cost_hat[np.ix_(others, others)] == 1).all()
        assert policy.cost_hat[rus, rus, goods] == 1


@pytest.mark.parametrize(
    ("shock", "note"),
    [
        (
            "{kind: productivity, economies: KAZ, sectors: energy, change: 0.1}",
            "Productivity of KAZ changes by +10% in energy.",
        ),
        ("{kind: transfer, from: RUS, to: BLR, usd_mn: 5}", "RUS pays BLR 5 million USD a year."),
        (
            "{kind: non_tariff_cost, origins: CHN, destinations: [KAZ, RUS], both_ways: true, change: -0.04}",
            "Non-tariff cost of trade from CHN to KAZ and RUS and back changes by -4% in energy, goods.",
        ),
        (
            "{kind: tariff, importers: KAZ, origins: [RUS, CHN], sectors: goods, rate: 0.1}",
            "KAZ tariff on RUS and CHN: goods 0% to 4% -> 10%.",
        ),
        ("{kind: tariff, importers: KAZ, origins: CHN, sectors: goods, rate: 0.04}", "KAZ tariff on CHN: no change."),
    ],
)
def test_every_measure_says_what_it_changes(derive: Derive, shock: str, note: str) -> None:
    assert note in derive(shock).notes
