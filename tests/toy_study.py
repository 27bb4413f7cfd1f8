"""A small study in a made-up world, for tests of what surrounds the model."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from multipolar.scenario import Study, parse_study
from multipolar.study import StudyResult, run
from multipolar.world import World
from toys import toy_world

TEXT = """
schema: 1
kind: study
id: toy-union
title: A toy union
question: What does a customs union do in a made-up world?
description: Made-up figures.
draws: 0
seed: 7
focus: [KAZ, RUS, CHN]
elasticities:
  energy: {value: 15, lo: 8, hi: 30}
  goods: {value: 4.5, lo: 3.5, hi: 7}
scenarios:
  - schema: 1
    kind: scenario
    id: tariff-only
    title: Kazakhstan adopts China's tariff
    shocks:
      - {kind: tariff, importers: KAZ, like: CHN}
  - schema: 1
    kind: scenario
    id: union
    title: A union with lower costs
    shocks:
      - kind: customs_union
        members: [RUS, KAZ, BLR]
        leader: RUS
        external_tariff: {rule: leader}
        non_tariff_cost: {value: -0.05, lo: -0.08, hi: -0.02}
contrasts:
  - {kind: one_sector}
  - {kind: elasticities, id: low, title: Low elasticities, elasticities: {goods: 3.5}}
  - {kind: deficits, id: purged, title: Without deficits, deficits: purged}
  - {kind: baseline, id: other, title: After a boom, shocks: [{kind: productivity, economies: RUS, change: 0.05}]}
published:
  - {id: wage, economy: KAZ, measure: real_wage_pct, scenario: union, value: 0.5, source: made-up, place: Table 3}
  - {id: low, economy: KAZ, measure: real_wage_pct, scenario: union, contrast: low, value: 0.5, source: made-up}
  - {id: none, economy: KAZ, measure: exports_pct, scenario: union, value: null, source: made-up, note: not printed}
sources:
  - {id: made-up, citation: "A. Nobody (2012), A made-up source", url: "https://example.org/x"}
"""


def toy_study(**changes: str) -> Study:
    """Return the study, with pieces of its text replaced: ``draws="5"`` changes the line of that key."""
    lines = TEXT.splitlines()
    for key, value in changes.items():
        lines = [f"{key}: {value}" if line.startswith(f"{key}:") else line for line in lines]
    return parse_study("\n".join(lines), "toy.yaml")


@cache
def study_world() -> World:
    """Return the made-up world of the study."""
    return toy_world()


@cache
def toy_result(draws: int = 0) -> StudyResult:
    """Return the result of the study; shared, and it cannot change."""
    return run(toy_study(), world=study_world(), draws=draws)


def toy_summary(draws: int = 0) -> dict[str, Any]:
    """Return a summary that the caller may change."""
    return copy.deepcopy(toy_result(draws).content)
