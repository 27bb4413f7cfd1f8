"""Figures of files that do not ship: the table of them, its reader, and draws."""

from __future__ import annotations

import csv
import io
from importlib.resources import files

import numpy as np
import pytest

from multipolar.claims.data import FILES, Data
from multipolar.claims.measured import (
    CITATIONS,
    SOURCES,
    Group,
    Measure,
    draw,
    draw_pair,
    parse_measures,
    rounded,
    shipped_measures,
    write_measures,
)
from multipolar.claims.model import load_claims
from multipolar.claims.run import MEASURED
from multipolar.data.catalog import catalog
from multipolar.errors import AtlasError, InputError

HEAD = "id,claim,value,se,unit,source,note\n"


def test_every_group_ships_and_names_files_and_sources_that_are_known() -> None:
    for group in MEASURED:
        assert shipped_measures(group.name)
        assert set(group.needs) <= set(FILES) == set(SOURCES)
    assert {*SOURCES.values()} <= {*catalog(), *CITATIONS}


def test_needs_of_readings_are_those_of_their_groups() -> None:
    by_claim: dict[int, set[frozenset[str]]] = {}
    for group in MEASURED:
        by_claim.setdefault(group.claim, set()).add(frozenset(group.needs))
    for claim in load_claims().claims:
        needs = {frozenset(reading.needs) for reading in claim.readings if reading.needs}
        assert needs == by_claim.get(claim.id, set()), claim.id


def test_rows_name_the_claim_of_their_group() -> None:
    text = files("multipolar.claims").joinpath("measured.csv").read_text(encoding="utf-8")
    found = {(row["id"].split("/")[0], int(row["claim"])) for row in csv.DictReader(io.StringIO(text))}
    assert found == {(group.name, group.claim) for group in MEASURED}


def test_what_ships_has_three_digits_and_two_of_an_error() -> None:
    assert rounded(Measure(1234.5, "m", 0.01234)) == Measure(1230.0, "m", 0.012)
    for group in MEASURED:
        assert all(rounded(item) == item for item in shipped_measures(group.name).values())


def test_a_table_is_read_back_as_it_was_written() -> None:
    made = Group("east", 9, (), lambda data: {"a/b": Measure(1.2345, "m", 0.0567, "of, x"), "c": Measure(-3.0, "m")})
    text = write_measures([made], Data())
    with pytest.raises(AtlasError, match="source"):
        parse_measures(text)  # nothing was needed, so there is no source
    assert parse_measures(text.replace(",m,,", ",m,cow-nmc,")) == {
        "east": {"a/b": Measure(1.23, "m", 0.057, "of, x"), "c": Measure(-3.0, "m")}
    }


def test_a_table_cannot_be_written_without_its_files() -> None:
    with pytest.raises(InputError, match=r"'zones' of claim 2.*trade_1964"):
        write_measures(MEASURED, Data())


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("a/b,1,x,,m,cow-nmc,\n", ":2: value and se"),
        ("a/b,1,inf,,m,cow-nmc,\n", "finite"),
        ("a/b,1,1,-2,m,cow-nmc,\n", "at least 0"),
        ("a/b,1,1,,,cow-nmc,\n", "a unit"),
        ("a/b,1,1,,m,hearsay,\n", "source of the catalog"),
        ("a,1,1,,m,cow-nmc,\n", "group/key"),
        ("a/b,1,1,,m,cow-nmc,\na/b,1,2,,m,cow-nmc,\n", ":3: 'a/b' stands twice"),
    ],
)
def test_a_bad_row_is_named(row: str, message: str) -> None:
    with pytest.raises(AtlasError, match=message):
        parse_measures(HEAD + row)


def test_other_columns_are_refused() -> None:
    with pytest.raises(AtlasError, match="needs the columns"):
        parse_measures("id,value\na/b,1\n")


def test_draws_are_normal_around_the_value() -> None:
    rng = np.random.default_rng(1)
    found = draw(Measure(2.0, "m", 0.5), 20_000, rng)
    assert (found.value, found.draws.mean(), found.draws.std()) == (
        2.0,
        pytest.approx(2.0, abs=0.02),
        pytest.approx(0.5, abs=0.01),
    )
    assert len(draw(Measure(2.0, "m"), 100, rng).draws) == 0


@pytest.mark.parametrize("correlation", [-0.5, 0.0, 0.8])
def test_a_pair_is_drawn_together(correlation: float) -> None:
    one, other = draw_pair(
        Measure(1.0, "m", 2.0), Measure(-1.0, "m", 0.1), correlation, 20_000, np.random.default_rng(2)
    )
    assert np.corrcoef(one.draws, other.draws)[0, 1] == pytest.approx(correlation, abs=0.02)
    assert (one.draws.std(), other.draws.std()) == (pytest.approx(2.0, abs=0.05), pytest.approx(0.1, abs=0.005))
    with pytest.raises(InputError, match="two standard errors"):
        draw_pair(Measure(1.0, "m"), Measure(1.0, "m", 1.0), 0.0, 1, np.random.default_rng(0))
