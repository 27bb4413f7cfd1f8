"""Forecasts of the pattern: what is stored, how it is judged, and that damaged files are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gravity_toys import made_frame
from multipolar.errors import GravityError
from multipolar.gravity import make_panel
from multipolar.gravity.forecast import Forecast, make_forecast, read_forecast, score, write_forecast

FORMULA = "trade ~ rta | exporter_time + importer_time + pair"


def _world(noise: float, seed: int = 0) -> pd.DataFrame:
    frame = made_frame(14, 6, noise=noise, seed=seed)
    return frame.assign(rta=0.0, trade=frame["trade"] / np.exp(0.5 * frame["rta"])).assign(
        rta=np.random.default_rng(seed).integers(0, 2, len(frame)) * 1.0
    )


@pytest.fixture(scope="module")
def made() -> Forecast:
    return make_forecast(make_panel(_world(0.4)), FORMULA, until=1994, title="Test", version="x 1")


def test_nothing_later_than_the_cut_is_looked_at(made: Forecast) -> None:
    frame = _world(0.4)
    frame.loc[frame["year"] > 1994, "trade"] *= 1000
    other = make_forecast(make_panel(frame), FORMULA, until=1994, title="Test", version="x 1")
    pd.testing.assert_frame_equal(made.pairs, other.pairs)
    assert made.horizon == 1 and made.until == 1994


def test_affinities_hold_no_totals(made: Forecast) -> None:
    for key in ("exporter", "importer"):
        np.testing.assert_allclose(made.pairs.groupby(key)["log_affinity"].mean(), 0.0, atol=1e-8)


def test_a_pattern_that_lasts_is_foreseen_whatever_the_totals(made: Forecast) -> None:
    frame = _world(0.4)
    later = make_panel(frame.loc[frame["year"] == 1995])
    record = score(made, later, 1995)
    assert record["pairs_scored"] == 14 * 13 and record["pairs_left_out"] == 0
    assert 0.8 < record["coverage"] < 0.98 and record["skill"] > 0.3
    boom = frame.loc[frame["year"] == 1995].assign(trade=lambda t: t["trade"] * 7.0)
    assert score(made, make_panel(boom), 1995)["mae_log"] == pytest.approx(record["mae_log"], rel=1e-9)
    assert [row["size"] for row in record["classes"]] == ["small", "middle", "large"]


def test_the_score_is_that_of_the_definitions() -> None:
    pairs = pd.DataFrame(
        [(o, d, 0.0, "small") for o in "ABCD" for d in "ABCD" if o != d],
        columns=["exporter", "importer", "log_affinity", "size"],
    )
    bands = pd.DataFrame({"lo": [-0.1], "hi": [0.1], "bias": [0.0], "pairs": [12.0]}, index=["small"])
    flat = Forecast("t", 2000, 4, FORMULA, "d", "v", pairs, bands)
    even = pairs[["exporter", "importer"]].assign(year=2004, trade=5.0)
    record = score(flat, make_panel(even), 2004)
    assert record["mae_log"] == pytest.approx(0.0, abs=1e-12) and record["coverage"] == 1.0
    odd = even.assign(trade=np.where((even["exporter"] == "A") & (even["importer"] == "B"), 50.0, 5.0))
    record = score(flat, make_panel(odd), 2004)
    assert record["mae_log"] == pytest.approx(record["mae_log_margins_only"]) and record["skill"] == pytest.approx(0)
    assert record["coverage"] < 1.0
    unreported = odd.assign(trade=odd["trade"].where(odd.index > 0, 0.0))
    assert score(flat, make_panel(unreported), 2004)["pairs_left_out"] == 1


def test_files_keep_what_was_made(made: Forecast, tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    write_forecast(made, path)
    back = read_forecast(path)
    assert (back.title, back.until, back.horizon, back.version) == ("Test", 1994, 1, "x 1")
    np.testing.assert_allclose(back.pairs["log_affinity"], made.pairs["log_affinity"], atol=5e-5)
    np.testing.assert_allclose(back.bands, made.bands, atol=5e-5)
    record = json.loads(path.read_text())
    assert set(record["pairs"][0]) == {"exporter", "importer", "log_affinity", "size"}


def test_some_economies_can_be_kept() -> None:
    few = make_forecast(make_panel(_world(0.4)), FORMULA, until=1994, only=[f"E{k:02d}" for k in range(10)])
    assert len(few.pairs) == 90


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: "not json", "is not JSON"),
        (lambda r: json.dumps([]), "is not a forecast"),
        (lambda r: json.dumps({**r, "schema": 2}), "is not a forecast"),
        (lambda r: json.dumps({k: v for k, v in r.items() if k != "pairs"}), "damaged forecast"),
        (lambda r: json.dumps({**r, "pairs": [{**r["pairs"][0], "size": "huge"}]}), "makes no sense"),
        (lambda r: json.dumps({**r, "pairs": [{**r["pairs"][0], "log_affinity": 1e9}]}), "makes no sense"),
        (lambda r: json.dumps({**r, "pairs": [{**r["pairs"][0], "log_affinity": "x"}]}), "damaged forecast"),
        (lambda r: "[" * 100_000, "is not JSON"),
    ],
)
def test_damaged_files_are_refused(made: Forecast, tmp_path: Path, change: Callable[[dict], str], words: str) -> None:
    path = tmp_path / "f.json"
    write_forecast(replace(made, pairs=made.pairs.head(3)), path)
    path.write_text(change(json.loads(path.read_text())))
    with pytest.raises(GravityError, match=words) as caught:
        read_forecast(path)
    assert "\n" not in str(caught.value)


def test_too_little_to_go_by_is_refused(made: Forecast) -> None:
    panel = make_panel(_world(0.4))
    with pytest.raises(GravityError, match="need 4 years up to 1992"):
        make_forecast(panel, FORMULA, until=1992)
    with pytest.raises(GravityError, match="has no year 2050"):
        make_forecast(panel, FORMULA, until=2050)
    with pytest.raises(GravityError, match="effects exporter_time"):
        make_forecast(panel, "trade ~ rta | exporter_time + importer_time", until=1994)
    with pytest.raises(GravityError, match="1994 cannot judge it"):
        score(made, panel, 1994)
    with pytest.raises(GravityError, match="only 6 pairs"):
        some = panel.frame.loc[panel.frame["exporter"].isin(["E00", "E01", "E02"])]
        score(made, make_panel(some.loc[some["importer"].isin(["E00", "E01", "E02"])]), 1995)
