"""What a file may not say: each message names field, rule, remedy and line, in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from multipolar.errors import ScenarioError
from multipolar.scenario import Policy, Scenario, parse_scenario
from multipolar.world import World


@pytest.mark.parametrize(
    ("shock", "words"),
    [
        ("{kind: tarif, importers: KAZ, rate: 0.1}", ["unknown kind 'tarif'", "did you mean tariff"]),
        ("{importers: KAZ, rate: 0.1}", ["'kind' is missing"]),
        ("just text", ["must be a mapping"]),
        ("{kind: tariff, importer: KAZ, rate: 0.1}", ["unknown field 'importer'", "did you mean importers"]),
        ("{kind: tariff, importers: KAZ, rate: 10}", ["did you mean 0.1 (10 percent)?", "above_one: true"]),
        ("{kind: tariff, importers: KAZ, rate: 101, above_one: true}", ["the limit is 100"]),
        ("{kind: tariff, importers: KAZ, rate: 1e300}", ["too large", "the limit is 100 (10000 percent)"]),
        ("{kind: tariff, importers: KAZ, rate: 150}", ["too large", "did you mean 1.5 (150 percent)?"]),
        ("{kind: tariff, importers: KAZ, rate: 10%}", ["must be a number, not '10%'; write 0.1"]),
        ("{kind: tariff, importers: KAZ, rate: [1]}", ["must be a number, not a list"]),
        ("{kind: tariff, importers: KAZ, factor: 1e300}", ["multiplies the tariff", "the limit is 100"]),
        ("{kind: tariff, importers: KAZ, rate: 0.1, note: 3}", ["must be text, not '3'; put it in quotes"]),
        ("{kind: tariff, importers: Russian Federation, rate: 0.1}", ["without spaces; did you mean RUS?"]),
        ("{kind: tariff, importers: European Union, rate: 0.1}", ["without spaces; did you mean EUN?"]),
        ("{kind: tariff, importers: {club: World Trade Organization}, rate: 0.1}", ["did you mean WTO?"]),
        ("{kind: leave, economy: [KAZ], club: CIS}", ["must be text, not a list; write a single one"]),
        ("{kind: productivity, economies: KAZ, change: 1e9}", ["too large", "the limit is 100"]),
        ("{kind: productivity, economies: KAZ, change: -0.9999}", ["less than a thousandth", "from -0.999 to 100"]),
        ("{kind: non_tariff_cost, origins: KAZ, destinations: RUS, change: -1}", ["everything", "from -0.999 to 100"]),
        ("{kind: sanction, senders: all, targets: all, ban: true}", ["both 'all'", "two sides", "name one of them"]),
        ("{kind: tariff, importers: KAZ, rate: -0.1}", ["negative", "use 0 or more"]),
        ("{kind: tariff, importers: KAZ, rate: {value: 0, lo: -0.1, hi: 0.1}}", ["negative"]),
        ("{kind: tariff, importers: KAZ, rate: .nan}", ["finite number"]),
        ("{kind: tariff, importers: KAZ, rate: .inf}", ["finite number"]),
        ("{kind: tariff, importers: KAZ, rate: true}", ["must be a number"]),
        ("{kind: tariff, importers: KAZ, rate: '0.1'}", ["must be a number, not '0.1'"]),
        ("{kind: tariff, importers: KAZ, rate: {value: 0.1, lo: 0.2, hi: 0.3}}", ["lo <= value <= hi"]),
        ("{kind: tariff, importers: KAZ, rate: {value: 0.1, lo: 0.05}}", ["'hi' is missing"]),
        ("{kind: tariff, importers: KAZ, rate: {value: 0.1, lo: 0.05, hi: 0.2, mean: 1}}", ["unknown field 'mean'"]),
        ("{kind: tariff, importers: KAZ}", ["exactly one of rate, change, factor and like, not none"]),
        ("{kind: tariff, importers: KAZ, rate: 0.1, factor: 2}", ["not rate and factor"]),
        ("{kind: tariff, importers: KAZ, factor: 44.6}", ["did you mean 0.446"]),
        ("{kind: tariff, importers: KAZ, factor: -1}", ["negative"]),
        ("{kind: tariff, importers: KAZ, change: -1}", ["above -1"]),
        ("{kind: tariff, importers: [KAZ, KAZ], rate: 0.1}", ["'KAZ' is named twice"]),
        ("{kind: tariff, importers: [{club: CISFTA}, {club: CISFTA}], rate: 0.1}", ["'CISFTA' is named twice"]),
        ("{kind: tariff, importers: [], rate: 0.1}", ["is empty"]),
        ("{kind: tariff, importers: [K Z], rate: 0.1}", ["code without spaces"]),
        ("{kind: tariff, importers: 7, rate: 0.1}", ["must be a list"]),
        ("{kind: customs_union, members: [RUS, KAZ], external_tariff: {rule: leader}}", ["needs leader: CODE"]),
        ("{kind: customs_union, members: [RUS, KAZ], external_tariff: {rule: listed}}", ["needs rates"]),
        (
            "{kind: customs_union, members: [RUS, KAZ], "
            "external_tariff: {rule: trade_weighted_mean, rates: {goods: 0}}}",
            ["rates belong to the rule 'listed'"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], external_tariff: {rule: best}}",
            ["'best' is not accepted", "'leader'"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], external_tariff: {rule: listed, rates: {goods: 8}}}",
            ["did you mean 0.08"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {rule: leader}, "
            "revenue_sharing: {RUS: 0.9, KAZ: 0.2}}",
            ["sum to 1, not 1.1"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {rule: leader}, "
            "revenue_sharing: equal}",
            ["must be 'none' or the share of each member"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {rule: leader}, "
            "non_tariff_cost: -1}",
            ["above -1"],
        ),
        ("{kind: wto_accession, economies: RUS}", ["exactly one of bindings"]),
        ("{kind: wto_accession, economies: RUS, factor: 1.2}", ["factor of at most 1"]),
        ("{kind: wto_accession, economies: RUS, bindings: {goods: 0.1}, sectors: goods}", ["drop sectors"]),
        ("{kind: sanction, senders: EUN, targets: IRN}", ["exactly one of ban: true and cost"]),
        ("{kind: sanction, senders: EUN, targets: IRN, ban: true, cost: 0.1}", ["exactly one"]),
        ("{kind: sanction, senders: EUN, targets: IRN, cost: -0.1}", ["raises costs"]),
        ("{kind: sanction, senders: EUN, targets: IRN, ban: 'yes'}", ["boolean"]),
        ("{kind: transfer, from: RUS, to: RUS, usd_mn: 1}", ["cannot pay itself"]),
        ("{kind: transfer, from: RUS, to: BLR, usd_mn: -1}", ["swap from and to"]),
        ("{kind: transfer, from: RUS, to: BLR, usd_mn: 1e10}", ["million USD"]),
        ("{kind: energy_contract, exporter: RUS, importer: BLR}", ["price_change_usd with volume_mn"]),
        (
            "{kind: energy_contract, exporter: RUS, importer: BLR, price_change_usd: 1}",
            ["price_change_usd with volume_mn"],
        ),
        (
            "{kind: energy_contract, exporter: RUS, importer: BLR, usd_mn_a_year: 1, volume_mn: 1}",
            ["either usd_mn_a_year, or"],
        ),
        (
            "{kind: energy_contract, exporter: RUS, importer: BLR, price_change_usd: 1, volume_mn: -1}",
            ["volume must not be negative"],
        ),
        (
            "{kind: energy_contract, exporter: RUS, importer: BLR, price_change_usd: 100, volume_mn: 20000000}",
            ["million units"],
        ),
        ("{kind: energy_contract, exporter: RUS, importer: RUS, usd_mn_a_year: 1}", ["cannot contract with itself"]),
        ("{kind: leave, economy: UKR}", ["exactly one of club"]),
        ("{kind: leave, economy: UKR, club: CIS, members: RUS}", ["exactly one of club"]),
        (
            "{kind: tariff, importers: KAZ, rate: 0.1, resolve: {WTO: ignore}}",
            ["'ignore' is not accepted", "'bind', 'compensate' or 'breach'"],
        ),
    ],
)
def test_a_shock_that_breaks_a_rule(write: Callable[..., Scenario], shock: str, words: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        write(shock)
    message = str(caught.value)
    for word in words:
        assert word in message
    assert message.startswith("test.yaml:6: shock 1")
    assert "more after this" not in message
    assert "\n" not in message


def test_the_line_is_that_of_the_field(write: Callable[..., Scenario]) -> None:
    with pytest.raises(ScenarioError) as caught:
        write("kind: tariff\nimporters: KAZ\nsectors: goods\nrate: 10")
    assert caught.value.line == 9
    with pytest.raises(ScenarioError) as caught:
        write("kind: transfer\nfrom: RUS\nto: BLR\nusd_mn: -1")
    assert caught.value.line == 9


@pytest.mark.parametrize(
    ("text", "words", "line"),
    [
        ("kind: scenario", "field 'schema' is missing", 1),
        ("schema: 2\nkind: scenario\nid: x\ntitle: X\nshocks: []", "write schema: 1", 1),
        ("schema: true\nkind: scenario\nid: x\ntitle: X\nshocks: []", "write schema: 1", 1),
        ("schema: 1\nid: x\ntitle: X", "field 'kind' is missing", 1),
        ("schema: 1\nkind: study\nid: x", "a scenario is asked for, but the file says kind: study", 2),
        ("schema: 1\nkind: scenario\nid: Bad Name\ntitle: X\nshocks: []", "lower-case letters", 3),
        ("schema: 1\nkind: scenario\nid: x\ntitle: X\nshocks: []", "is empty; give at least one", 5),
        ("schema: 1\nkind: scenario\nid: x\ntitle: X\nshocks:\n  kind: tariff", "shocks must be a list", 5),
        ("schema: 1\nkind: scenario\nid: x\ntitle: X\non: 2009-02-30\nshocks: []", "YYYY-MM-DD", 5),
        ("schema: 1\nkind: scenario\nid: x\ntitle: X\non: 2009\nshocks: []", "YYYY-MM-DD", 5),
        ("schema: 1\nkind: scenario\nid: x\ntitle: ''\nshocks: []", "title", 4),
        ("schema: 1\nkind: scenario\nid: x\nname: X\ntitle: X\nshocks: []", "unknown field 'name'", 4),
    ],
)
def test_a_file_that_breaks_a_rule(text: str, words: str, line: int) -> None:
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "f.yaml")
    assert words in str(caught.value)
    assert caught.value.line == line


@pytest.mark.parametrize(
    ("shock", "words"),
    [
        ("{kind: tariff, importers: KZA, rate: 0.1}", ["unknown economy 'KZA'", "did you mean KAZ?"]),
        ("{kind: tariff, importers: Kazakhstan, rate: 0.1}", ["unknown economy 'Kazakhstan'; did you mean KAZ?"]),
        ("{kind: tariff, importers: Germany, rate: 0.1}", ["unknown economy 'Germany'; did you mean EUN?"]),
        ("{kind: transfer, from: RUS, to: china, usd_mn: 1}", ["unknown economy 'china'; did you mean CHN?"]),
        ("{kind: tariff, importers: KAZ, rate: 0.1, sectors: fuel}", ["'fuel'; known are energy, goods, services"]),
        ("{kind: tariff, importers: DEU, rate: 0.1}", ["it is part of 'EUN'", "use 'EUN'"]),
        ("{kind: tariff, importers: KAZ, rate: 0.1, sectors: good}", ["unknown sector 'good'", "did you mean goods?"]),
        ("{kind: tariff, importers: {club: CISFT}, rate: 0.1}", ["unknown club 'CISFT'", "CISFTA"]),
        ("{kind: tariff, importers: {club: EACU}, rate: 0.1}", ["no full member", "2009-06-15"]),
        ("{kind: tariff, importers: KAZ, like: ABC}", ["unknown economy 'ABC'"]),
        ("{kind: tariff, importers: KAZ, origins: KAZ, rate: 0.1}", ["no tariff on itself"]),
        ("{kind: tariff, importers: KAZ, change: -0.2}", ["import subsidies", "KAZ", "energy"]),
        ("{kind: free_trade_area, members: RUS}", ["at least two members"]),
        (
            "{kind: customs_union, members: [RUS, KAZ], leader: BLR, external_tariff: {rule: leader}}",
            ["BLR is not a member"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], external_tariff: {rule: listed, rates: {goods: 0.1}}}",
            ["no common tariff is listed for sector 'energy'"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], sectors: goods, "
            "external_tariff: {rule: listed, rates: {goods: 0.1, energy: 0}}}",
            ["does not cover"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {rule: leader}, "
            "revenue_sharing: {RUS: 1}}",
            ["KAZ has no share"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], leader: RUS, external_tariff: {rule: leader}, "
            "revenue_sharing: {RUS: 0.5, BLR: 0.5}}",
            ["BLR shares the duties but is not a member"],
        ),
        (
            "{kind: customs_union, members: [RUS, KAZ], club: EURASIA, leader: RUS, external_tariff: {rule: leader}}",
            ["unknown club 'EURASIA'"],
        ),
        ("{kind: association, hub: EUN, associate: EUN}", ["cannot associate with itself"]),
        ("{kind: sanction, senders: [EUN, USA], targets: [IRN, USA], ban: true}", ["USA cannot sanction itself"]),
        ("{kind: non_tariff_cost, origins: KAZ, destinations: KAZ, change: 0.1}", ["trading with itself"]),
        (
            "{kind: transfer, from: RUS, to: BLR, usd_mn: 1e8}",
            ["RUS would pay", "its GDP is", "the limit is half of it", "pay less"],
        ),
        (
            "{kind: wto_accession, economies: [RUS, KAZ], joint: true, factor: 0.5}",
            ["one external tariff", "customs_union"],
        ),
    ],
)
def test_a_shock_that_the_world_cannot_take(derive: Callable[..., Policy], shock: str, words: list[str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        derive(shock)
    for word in words:
        assert word in str(caught.value)
    assert str(caught.value).startswith("test.yaml:6: scenario 'test': ")
    assert "\n" not in str(caught.value)


def test_factors_that_pile_up_are_refused(derive: Callable[..., Policy]) -> None:
    shock = "{kind: non_tariff_cost, origins: all, destinations: all, change: 99, above_one: true}"
    with pytest.raises(ScenarioError, match="millionfold") as caught:
        derive(*[shock] * 4)
    assert caught.value.line == 9
    with pytest.raises(ScenarioError, match="productivity would change"):
        derive(*["{kind: productivity, economies: all, change: -0.999}"] * 3)
    with pytest.raises(ScenarioError, match="a tariff would exceed"):
        derive(*["{kind: tariff, importers: IRN, sectors: goods, factor: 10}"] * 3)


def test_the_line_is_that_of_the_entry_in_a_list(derive: Callable[..., Policy]) -> None:
    with pytest.raises(ScenarioError, match="unknown economy 'KZA'") as caught:
        derive("kind: tariff\nimporters:\n  - RUS\n  - KZA\nrate: 0.1")
    assert caught.value.line == 9


def test_a_breach_is_paid_for_to_wto_members(derive: Callable[..., Policy], bound_world: World) -> None:
    with pytest.raises(ScenarioError, match=r"UKR pays the other WTO members the extra duty"):
        derive("{kind: tariff, importers: UKR, sectors: goods, rate: 0.2}", on=bound_world)
