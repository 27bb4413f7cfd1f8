"""Commitments that contradict each other: explained, and resolved only as the file says."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from multipolar.errors import CommitmentError
from multipolar.scenario import Policy
from multipolar.world import World

Derive = Callable[..., Policy]
At = Callable[..., tuple[int, ...]]

LISTED = "{kind: customs_union, members: [KAZ, UKR], external_tariff: {rule: listed, rates: {goods: 0.2, energy: 0.01}}"


def refused(derive: Derive, *shocks: str, words: tuple[str, ...], line: int, on: World | None = None) -> None:
    with pytest.raises(CommitmentError) as caught:
        derive(*shocks) if on is None else derive(*shocks, on=on)
    message = str(caught.value)
    for word in words:
        assert word in message
    assert message.startswith(f"test.yaml:{line}: scenario 'test': ")
    assert "\n" not in message


# -- (a) two customs unions ---------------------------------------------------------------------------------------


def test_two_unions_by_the_atlas(derive: Derive) -> None:
    shock = "{kind: customs_union, members: [KAZ, TUR], leader: KAZ, external_tariff: {rule: leader}}"
    words = ("TUR cannot join", "EUCU on 2009-06-15", "only one common external tariff", "leave_first", "club: ID")
    refused(derive, shock, words=words, line=6)


def test_two_unions_left_first(derive: Derive, world: World, at: At) -> None:
    shock = "{kind: customs_union, members: [KAZ, TUR], leader: KAZ, external_tariff: {rule: leader}"
    policy = derive(shock + ", resolve: {union: leave_first}}")
    eun, tur, goods = at("EUN", "TUR", "goods")
    assert policy.tariff[eun, tur, goods] == 0.04, "Turkey's tariff on the European Union is now the common one"
    assert policy.tariff[tur, eun, goods] == world.external_tariff[eun, goods]
    assert policy.notes[0].startswith("TUR leaves EUCU: tariffs between it and EUN go back")


def test_two_unions_cannot_be_tolerated(derive: Derive) -> None:
    shock = "{kind: customs_union, members: [KAZ, TUR], leader: KAZ, external_tariff: {rule: leader}"
    refused(derive, shock + ", resolve: {union: tolerate}}", words=("TUR cannot join",), line=6)


def test_the_rules_of_the_club_exclude(derive: Derive) -> None:
    shock = "{kind: customs_union, members: [RUS, EUN], club: EACU, leader: RUS, external_tariff: {rule: leader}}"
    refused(derive, shock, words=("EUN cannot join", "EU on 2009-06-15", "the rules of EACU exclude"), line=6)


def test_the_club_itself_is_no_conflict(derive: Derive, union: str) -> None:
    named = union.replace("leader: RUS", "leader: RUS, club: EACU")
    assert derive(named, head="on: 2012-06-15").insiders.sum() == 3
    assert derive(union, head="on: 2012-06-15").insiders.sum() == 3, "all its members join"
    part = "{kind: customs_union, members: [RUS, UKR], leader: RUS, external_tariff: {rule: leader}}"
    with pytest.raises(CommitmentError, match="RUS cannot join this customs union: it is in EACU on 2012-06-15"):
        derive(part, head="on: 2012-06-15")


def test_two_unions_in_one_scenario(derive: Derive, union: str, at: At) -> None:
    second = "{kind: customs_union, members: [BLR, UKR], leader: UKR, external_tariff: {rule: leader}"
    words = ("BLR cannot join", "the customs union of RUS, KAZ and BLR formed earlier in this scenario", "leave_first")
    refused(derive, union, second + "}", words=words, line=7)
    policy = derive(union, second + ", resolve: {union: leave_first}}")
    blr, kaz, ukr, goods = at("BLR", "KAZ", "UKR", "goods")
    assert policy.external_tariff[[blr, ukr], goods] == pytest.approx(0.05)
    assert policy.external_tariff[kaz, goods] == pytest.approx(0.10)


def test_the_whole_file_can_state_the_resolution(derive: Derive, union: str) -> None:
    second = "{kind: customs_union, members: [BLR, UKR], leader: UKR, external_tariff: {rule: leader}"
    policy = derive(union, second + "}", head="resolutions: {union: leave_first}")
    assert any("BLR leaves the customs union" in note for note in policy.notes)
    refused(derive, union, second + ", resolve: {union: tolerate}}", words=("BLR cannot join",), line=7)


# -- (b) bindings -------------------------------------------------------------------------------------------------


def test_common_tariff_above_a_binding(derive: Derive, bound_world: World) -> None:
    words = (
        "the common external tariff of KAZ and UKR on goods would be 20%",
        "UKR is bound at 6% in the WTO",
        "{WTO: bind}",
        "{WTO: compensate}",
        "{WTO: breach}",
    )
    refused(derive, LISTED + "}", words=words, line=6, on=bound_world)


def test_bind_caps_the_whole_union(derive: Derive, bound_world: World, at: At) -> None:
    policy = derive(LISTED + ", resolve: {WTO: bind}}", on=bound_world)
    kaz, ukr, chn, goods = at("KAZ", "UKR", "CHN", "goods")
    assert policy.external_tariff[[kaz, ukr], goods] == pytest.approx(0.06)
    assert policy.tariff[chn, kaz, goods] == pytest.approx(0.06)
    assert policy.transfer == pytest.approx(0.0)
    assert any("so the tariff is 6% for all of KAZ and UKR, not 20% (resolved: bind)" in note for note in policy.notes)


def test_compensate_pays_the_extra_duty_on_baseline_trade(derive: Derive, bound_world: World, at: At) -> None:
    policy = derive(LISTED + ", resolve: {WTO: compensate}}", on=bound_world)
    ukr, rus, kaz, irn, goods = at("UKR", "RUS", "KAZ", "IRN", "goods")
    assert policy.external_tariff[ukr, goods] == pytest.approx(0.2)
    paid = 0.14 * bound_world.trade_flow[:, ukr, goods]
    inside = [i for i, c in enumerate(bound_world.economies) if c in ("EUN", "USA", "TUR", "CHN")]
    assert policy.transfer[inside] == pytest.approx(paid[inside])
    assert policy.transfer[[rus, kaz, irn]] == pytest.approx(0.0), "they were outside the WTO in 2009"
    assert policy.transfer.sum() == pytest.approx(0.0, abs=1e-9)
    assert policy.transfer[ukr] < 0
    assert any("UKR pays" in note and "above 6% on goods" in note for note in policy.notes)


def test_breach_pays_nothing_and_says_so(derive: Derive, bound_world: World, at: At) -> None:
    policy = derive(LISTED + ", resolve: {WTO: breach}}", on=bound_world)
    assert policy.external_tariff[at("UKR", "goods")] == pytest.approx(0.2)
    assert policy.transfer == pytest.approx(0.0)
    assert any("UKR applies 20% on goods, above its WTO binding of 6% (resolved: breach)." in n for n in policy.notes)


def test_a_tariff_of_ones_own_above_the_binding(derive: Derive, bound_world: World, at: At) -> None:
    shock = "{kind: tariff, importers: UKR, sectors: goods, rate: 0.1"
    refused(derive, shock + "}", words=("the tariff on goods would be 10%", "bound at 6%"), line=6, on=bound_world)
    policy = derive(shock + ", resolve: {WTO: bind}}", on=bound_world)
    assert policy.external_tariff[at("UKR", "goods")] == pytest.approx(0.06)
    named = shock + ", origins: CHN"
    refused(derive, named + "}", words=("bound at 6%",), line=6, on=bound_world)
    paid = derive(named + ", resolve: {WTO: compensate}}", on=bound_world)
    ukr, chn, goods = at("UKR", "CHN", "goods")
    assert paid.transfer[chn] == pytest.approx(0.04 * bound_world.trade_flow[chn, ukr, goods])


def test_within_the_binding_there_is_no_conflict(derive: Derive, bound_world: World, at: At) -> None:
    policy = derive("{kind: tariff, importers: UKR, sectors: goods, rate: 0.06}", on=bound_world)
    assert policy.external_tariff[at("UKR", "goods")] == pytest.approx(0.06)


def test_an_unknown_binding_is_said_not_assumed(derive: Derive, world: World) -> None:
    policy = derive("{kind: tariff, importers: UKR, sectors: goods, rate: 0.2}")
    assert any("UKR is in the WTO, but no binding on goods is known for it" in note for note in policy.notes)
    assert not any("binding" in note for note in derive("{kind: tariff, importers: KAZ, rate: 0.2}").notes)


def test_one_member_joins_the_wto_below_the_common_tariff(derive: Derive, union: str, at: At, world: World) -> None:
    entry = "{kind: wto_accession, economies: KAZ, bindings: {goods: 0.06}"
    words = ("KAZ would be bound at 6% on goods", "applies 10% as a member of the customs union of RUS, KAZ and BLR")
    refused(derive, union, entry + "}", words=words, line=7)
    rus, kaz, chn, goods = at("RUS", "KAZ", "CHN", "goods")
    bound = derive(union, entry + ", resolve: {WTO: bind}}")
    assert bound.external_tariff[[rus, kaz], goods] == pytest.approx(0.06)
    for how in ("compensate", "breach"):
        kept = derive(union, entry + f", resolve: {{WTO: {how}}}}}")
        assert kept.external_tariff[[rus, kaz], goods] == pytest.approx(0.10)
        expected = 0.04 * world.trade_flow[chn, kaz, goods] if how == "compensate" else 0.0
        assert kept.transfer[chn] == pytest.approx(expected)


def test_accession_before_the_union_binds_it(derive: Derive, union: str) -> None:
    entry = "{kind: wto_accession, economies: KAZ, bindings: {goods: 0.05}}"
    refused(derive, entry, union, words=("KAZ is bound at 5% in the WTO",), line=7)


def test_joining_the_wto_twice(derive: Derive) -> None:
    shock = "{kind: wto_accession, economies: UKR, factor: 0.5}"
    refused(derive, shock, words=("UKR is in the WTO already on 2009-06-15", "drop it"), line=6)
    once = "{kind: wto_accession, economies: RUS, factor: 0.5}"
    refused(derive, once, once, words=("RUS is in the WTO already",), line=7)
    assert derive(shock, head="on: 2008-05-01").insiders.sum() == 0


# -- (c) areas with outsiders, (d) sanctions, tariffs alone -----------------------------------------------------------


def test_an_area_of_one_member_with_outsiders(derive: Derive, union: str, at: At) -> None:
    area = "{kind: free_trade_area, members: [KAZ, CHN]"
    words = ("KAZ cannot enter a free-trade area with CHN without RUS and BLR", "leave_first", "tolerate")
    refused(derive, union, area + "}", words=words, line=7)
    kaz, rus, chn, goods = at("KAZ", "RUS", "CHN", "goods")
    tolerated = derive(union, area + ", resolve: {union: tolerate}}")
    assert tolerated.tariff[chn, kaz, goods] == 0.0
    assert tolerated.external_tariff[kaz, goods] == pytest.approx(0.10)
    left = derive(union, area + ", resolve: {union: leave_first}}")
    assert left.external_tariff[kaz, goods] == pytest.approx(0.04)
    whole = derive(union, "{kind: free_trade_area, members: [RUS, KAZ, BLR, CHN]}")
    assert whole.tariff[chn, rus, goods] == 0.0


def test_an_area_before_the_union(derive: Derive, union: str, at: At) -> None:
    area = "{kind: free_trade_area, members: [KAZ, CHN]}"
    words = ("KAZ cannot share one external tariff", "the free-trade area of KAZ and CHN")
    refused(derive, area, union, words=words, line=7)
    kaz, chn, goods = at("KAZ", "CHN", "goods")
    tolerated = derive(area, union[:-1] + ", resolve: {union: tolerate}}")
    assert tolerated.tariff[chn, kaz, goods] == 0.0
    left = derive(area, union[:-1] + ", resolve: {union: leave_first}}")
    assert left.tariff[chn, kaz, goods] == pytest.approx(0.10)


def test_an_association_of_one_member(derive: Derive, union: str) -> None:
    shock = "{kind: association, hub: EUN, associate: BLR}"
    refused(derive, union, shock, words=("BLR cannot enter an association with EUN without RUS and KAZ",), line=7)


def test_turkey_is_bound_by_the_european_union_and_not_the_reverse(derive: Derive) -> None:
    refused(derive, "{kind: free_trade_area, members: [TUR, RUS]}", words=("TUR cannot enter", "EUCU"), line=6)
    assert derive("{kind: free_trade_area, members: [EUN, RUS]}").insiders.sum() == 2


@pytest.mark.parametrize(("sender", "target"), [("EUN", "TUR"), ("TUR", "EUN")])
def test_a_sanction_inside_a_union_of_the_atlas(derive: Derive, sender: str, target: str) -> None:
    shock = f"{{kind: sanction, senders: {sender}, targets: {target}, ban: true}}"
    refused(derive, shock, words=(f"{sender} cannot sanction {target}: both are in EUCU",), line=6)


def test_a_sanction_inside_a_union_of_the_scenario(derive: Derive, union: str, at: At) -> None:
    shock = "{kind: sanction, senders: RUS, targets: BLR, sectors: goods, direction: imports, ban: true"
    refused(derive, union, shock + "}", words=("RUS cannot sanction BLR", "goods move freely"), line=7)
    rus, blr, kaz, goods = at("RUS", "BLR", "KAZ", "goods")
    tolerated = derive(union, shock + ", resolve: {union: tolerate}}")
    assert np.isinf(tolerated.cost_hat[blr, rus, goods])
    assert tolerated.external_tariff[kaz, goods] == pytest.approx(0.10)
    assert any("is tolerated by the customs union of RUS, KAZ and BLR" in note for note in tolerated.notes)
    left = derive(union, shock + ", resolve: {union: leave_first}}")
    assert any("RUS leaves the customs union" in note for note in left.notes)


def test_a_member_sets_a_tariff_alone(derive: Derive, union: str, at: At) -> None:
    alone = "{kind: tariff, importers: KAZ, sectors: goods, rate: 0.05"
    words = ("KAZ cannot set a tariff alone", "share one external tariff", "let all members set the tariff")
    refused(derive, union, alone + "}", words=words, line=7)
    inside = "{kind: tariff, importers: KAZ, origins: RUS, sectors: goods, rate: 0.05}"
    refused(derive, union, inside, words=("KAZ cannot set a tariff on goods from RUS: trade inside",), line=7)
    together = derive(union, "{kind: tariff, importers: [RUS, KAZ, BLR], sectors: goods, rate: 0.07}")
    rus, kaz, goods = at("RUS", "KAZ", "goods")
    assert together.external_tariff[[rus, kaz], goods] == pytest.approx(0.07)
    assert together.tariff[rus, kaz, goods] == 0.0
    tolerated = derive(union, alone + ", resolve: {union: tolerate}}")
    assert tolerated.external_tariff[kaz, goods] == pytest.approx(0.05)
    assert tolerated.tariff[rus, kaz, goods] == 0.0


# -- (e) leaving what one is not in -----------------------------------------------------------------------------------


def test_leaving_a_club_one_is_not_in(derive: Derive) -> None:
    words = ("EUN cannot leave CISFTA", "not a full member on 2009-06-15", "RUS, KAZ, BLR and UKR")
    refused(derive, "{kind: leave, economy: EUN, club: CISFTA}", words=words, line=6)


def test_leaving_twice(derive: Derive) -> None:
    shock = "{kind: leave, economy: UKR, club: CISFTA}"
    refused(derive, shock, shock, words=("UKR cannot leave CISFTA",), line=7)


def test_leaving_a_union_that_was_not_formed(derive: Derive, union: str) -> None:
    words = ("KAZ cannot leave a union of RUS, KAZ and UKR", "formed: customs union of RUS, KAZ and BLR")
    refused(derive, union, "{kind: leave, economy: KAZ, members: [RUS, UKR]}", words=words, line=7)
    refused(derive, "{kind: leave, economy: KAZ, members: [RUS]}", words=("formed: none",), line=6)
