"""The formula language names columns and effects, and nothing that it reads is run."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multipolar.errors import GravityError
from multipolar.gravity import parse_formula


def test_terms_and_effects_are_read() -> None:
    made = parse_formula(" trade ~ rta+lag(rta, 4, 8) + lead(x,2)+log(d):cis | exporter_time + pair + a^time")
    assert [term.label for term in made.terms] == ["rta", "lag(rta, 4)", "lag(rta, 8)", "lead(x, 2)", "log(d):cis"]
    assert made.effects == (("exporter_time",), ("pair",), ("a", "time"))
    assert made.terms[3].factors == (("lead", "x", -2),)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("flow ~ rta", "the left side is trade"),
        ("trade rta", "'~' was expected, not 'rta'"),
        ("trade ~ rta + | pair", "a column was expected, not '|'"),
        ("trade ~ rta | pair | pair", "'+', '|' or the end was expected"),
        ("trade ~ rta + rta", "'rta' stands twice"),
        ("trade ~ rta | pair + pair", "an effect stands twice"),
        ("trade ~ exp(rta)", "no function 'exp'"),
        ("trade ~ lag(rta)", "lag() needs years"),
        ("trade ~ log(rta, 4)", "log() takes a column alone"),
        ("trade ~ lag(rta, 0)", "lag() needs years"),
        ("trade ~ rta * cis", "'* cis' is not understood"),
        ("trade ~ __import__('os')", "is not understood"),
        ("trade ~ border_time:rta", "border_time stands alone"),
        ("trade ~ " + "a" * 3000, "at most 2000"),
    ],
)
def test_what_is_not_understood_is_named(text: str, words: str) -> None:
    with pytest.raises(GravityError) as caught:
        parse_formula(text)
    assert words in str(caught.value)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_no_text_does_anything_but_parse_or_fail(text: str) -> None:
    try:
        parse_formula(text)
    except GravityError as error:
        assert "\n" not in str(error)
