"""No internal name of what is drawn reaches a reader."""

from __future__ import annotations

import re

import pytest

from multipolar.atlas import politics
from multipolar.claims.context import Context
from multipolar.claims.words import HAZARD_WORDS, OFFER_WORDS, in_words, unit_of
from multipolar.coalition.assumptions import STATED
from multipolar.equilibrium.chunks import ChunkStore
from multipolar.errors import InputError


def test_everything_that_can_be_drawn_has_words_and_a_unit() -> None:
    names = [*STATED, *(item.id for item in politics.load_figures().values() if item.table in politics.FIGURE_WORDS)]
    names += [f"quantile of hazard {hazard.rule}" for hazard in politics.load_hazards().values()]
    names += [f"available/{offer}/BLR" for offer in OFFER_WORDS] + ["elasticity:goods"]
    for name in names:
        assert not re.search("[_/:]|[A-Z]{3}/", in_words(name)), name
        assert unit_of(name)


def test_what_the_claims_draw_has_words(tmp_path_factory: pytest.TempPathFactory) -> None:
    context = Context(4, cache=ChunkStore(tmp_path_factory.mktemp("words")))
    drawn = {*context.parameters, *context.security_parameters}
    assert len(drawn) > 20
    assert all(in_words(name) for name in drawn)


def test_words_name_the_economy_and_leave_out_the_hub() -> None:
    assert in_words("energy_rent/BLR/RUS/2009") == "the energy rent (Belarus)"
    assert in_words("hub_credibility/RUS") == "the chance that Russia keeps its word"
    assert in_words("quantile of hazard ring_2") == in_words("hazard/ring_2") == HAZARD_WORDS["ring_2"]
    assert in_words("threat_strength/AFGC/KAZ") == "the strength of armed groups (Afghanistan)"
    assert (unit_of("reach"), unit_of("union_cost_cut")) == ("km", "fraction")


def test_a_name_without_words_is_refused() -> None:
    with pytest.raises(InputError, match="no plain words"):
        in_words("made_up/BLR")
