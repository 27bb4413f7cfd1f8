"""Numbers as people read them, and the word for a band."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multipolar.report.words import (
    band_text,
    bound,
    join,
    measure_words,
    median_text,
    number,
    percent,
    settled,
    tone,
    usd,
    verdict,
)


@pytest.mark.parametrize(
    ("value", "lo", "hi", "word"),
    [
        (0.2, 0.1, 0.3, "gain"),
        (-0.2, -0.3, -0.1, "loss"),
        (0.2, -0.1, 0.3, "unsettled_gain"),
        (-0.2, -0.3, 0.1, "unsettled_loss"),
        (0.2, -0.004, 0.3, "unsettled_gain"),
        (-0.2, -0.3, 0.001, "unsettled_loss"),
        (0.2, 0.001, 0.3, "gain"),
        (0.004, -0.004, 0.004, "no_effect"),
        (0.0, None, None, "no_effect"),
        (0.004, -0.1, 0.1, "unsettled"),
        (0.004, 0.001, 0.1, "gain"),  # small, but no part of the band lies below zero
        (-0.0047524, -0.015975, -0.002198, "loss"),
        (0.001, -0.004, 0.004, "no_effect"),
        (0.003, 0.001, 0.004, "no_effect"),
        (0.004, -0.001, 0.1, "unsettled"),
        (0.2, -0.3, -0.1, "unsettled_gain"),  # a value outside its band, on the other side of zero
        (-0.3, None, None, "loss"),
        (None, None, None, "unknown"),
    ],
)
def test_verdict(value: float | None, lo: float | None, hi: float | None, word: str) -> None:
    assert verdict({"value": value, "lo": lo, "hi": hi}) == word


def test_verdict_of_nothing() -> None:
    assert verdict(None) == "unknown"


@given(st.floats(-50, 50), st.floats(0, 20), st.floats(0, 20))
def test_a_settled_sign_never_has_a_band_across_zero(value: float, down: float, up: float) -> None:
    band = {"value": value, "lo": value - down, "hi": value + up}
    mirrored = {"value": -value, "lo": -value - up, "hi": -value + down}
    word = verdict(band)
    if word in ("gain", "loss"):
        assert not (band["lo"] <= 0 <= band["hi"])
    assert settled(band) == (not band["lo"] <= 0 <= band["hi"])
    if settled(band):
        assert word == "no_effect" or word == tone(band)
    else:
        assert word not in ("gain", "loss")
    swap = {"gain": "loss", "loss": "gain"}
    expected = next((word.replace(a, b) for a, b in swap.items() if a in word), word)
    assert verdict(mirrored) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.2449, "+0.24%"),
        (-0.2449, "−0.24%"),
        (0.05, "+0.05%"),
        (0.0449, "+0.045%"),
        (-0.001, "−0.001%"),
        (-0.0001, "0.000%"),
        (0.0, "0.00%"),
        (1234.4, "+1,234%"),
        (None, "–"),
    ],
)
def test_percent(value: float | None, text: str) -> None:
    assert percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.034, "USD 34 million"),
        (-0.034, "−USD 34 million"),
        (0.0999, "USD 0.10 billion"),
        (1.2345, "USD 1.23 billion"),
        (-12.345, "−USD 12.3 billion"),
        (1234.5, "USD 1,234 billion"),
        (-0.0001, "USD 0 million"),
        (None, "–"),
    ],
)
def test_usd(value: float | None, text: str) -> None:
    assert usd(value) == text


def test_small_parts() -> None:
    assert join(["a"]) == "a"
    assert join(["a", "b", "c"]) == "a, b and c"
    assert band_text({"lo": -0.1, "hi": 0.2}) == "−0.10 to +0.20%"
    assert band_text({"lo": None, "hi": None}) == ""
    assert number(-1.5, 1) == "−1.5"


@pytest.mark.parametrize(
    ("lo", "hi", "text"),
    [
        (-0.129, -0.0012, "−0.13 to −0.001%"),
        (0.0047, 0.0081, "+0.005 to +0.008%"),
        (0.0002, 0.3, "+0.0002 to +0.30%"),
        (-0.3, 0.00001, "−0.30 to +0.0000%"),
        (0.0, 0.3, "0.00 to +0.30%"),
        (-0.00001, 0.004, "0.000 to +0.004%"),
    ],
)
def test_an_end_of_a_band_never_loses_its_sign(lo: float, hi: float, text: str) -> None:
    assert band_text({"lo": lo, "hi": hi}) == text


@given(st.floats(-2, 2), st.floats(0, 1), st.floats(0, 1))
def test_a_settled_band_prints_one_sign(value: float, down: float, up: float) -> None:
    band = {"value": value, "lo": value - down, "hi": value + up}
    if verdict(band) in ("gain", "loss"):
        low, high = band_text(band, "").split(" to ")
        assert low[0] == high[0] == ("+" if value > 0 else "−")


def test_nothing_is_settled_without_a_band() -> None:
    assert not settled({"value": 2.0, "lo": None, "hi": None})
    assert not settled(None)
    assert not settled({"value": 0.1, "lo": -0.1, "hi": 0.2})
    assert settled({"value": 0.1, "lo": 0.05, "hi": 0.2})
    assert settled({"value": 0.1, "lo": 0.00001, "hi": 0.2})
    assert settled({"value": -0.0047524, "lo": -0.015975, "hi": -0.002198})
    assert settled({"value": 0.001, "lo": 0.0001, "hi": 0.002})  # about nil, and above zero in nine of ten draws
    assert not settled({"value": 0.001, "lo": -0.001, "hi": 0.002})  # about nil, and on both sides of zero
    assert not settled({"value": 0.2, "lo": -0.3, "hi": -0.1})
    assert not settled({"value": 0.0, "lo": 0.0, "hi": 0.0})


@pytest.mark.parametrize(
    ("value", "lo", "hi", "colour"),
    [
        (-0.0047, -0.016, -0.002, "loss"),
        (0.001, 0.0005, 0.004, "still"),
        (-0.001, -0.002, -0.0005, "still"),
        (0.004, 0.001, 0.006, "gain"),
        (0.001, -0.004, 0.004, "still"),
        (0.001, -0.4, 0.4, "still"),
        (0.2, -0.4, 0.4, "gain"),
        (-0.2, None, None, "loss"),
        (0.001, None, None, "still"),
        (None, None, None, "still"),
    ],
)
def test_grey_is_about_nil(value: float | None, lo: float | None, hi: float | None, colour: str) -> None:
    assert tone({"value": value, "lo": lo, "hi": hi}) == colour


def test_a_bound_holds() -> None:
    assert bound(0.1218) == "0.13%"
    assert bound(0.12) == "0.12%"


def test_measures_have_names() -> None:
    assert measure_words("real_wage_pct") == "real wage, percent"
    assert measure_words("real_income_usd_bn") == "real income, USD billion"
    assert measure_words("trade_creation_usd_bn") == "trade creation, USD billion"


@pytest.mark.parametrize(
    ("value", "lo", "hi", "middle", "text"),
    [
        (-0.0186, -0.09, 0.01, -0.0372, "−0.037%"),  # a fifth of the band apart
        (0.10, 0.0, 1.0, 0.24, ""),  # less than 15% of it
        (0.10, 0.0, 1.0, 0.26, "+0.26%"),
        (0.1001, 0.1, 0.1002, 0.1002, ""),  # would print the same
        (-0.001, -0.002, 0.002, 0.001, ""),  # both about nil
        (0.10, None, None, None, ""),
    ],
)
def test_a_median_is_told_where_it_lies_apart(
    value: float, lo: float | None, hi: float | None, middle: float | None, text: str
) -> None:
    band = {"value": value, "lo": lo, "hi": hi} | ({} if middle is None else {"median": middle})
    assert median_text(band) == text


def test_there_is_no_median_without_a_value() -> None:
    assert median_text(None) == ""
    assert median_text({"value": None, "lo": None, "hi": None, "reason": "none"}) == ""
