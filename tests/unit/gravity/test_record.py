"""The record of a forecast: what it keeps, and that changed predictions or foreign files are refused."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

import pandas as pd
import pytest

from multipolar.errors import GravityError
from multipolar.gravity.forecast import Forecast, write_forecast
from multipolar.gravity.record import open_forecast, read_record, write_record

FORMULA = "trade ~ rta | exporter_time + importer_time + pair"


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Data, predictions and their record."""
    pairs = pd.DataFrame(
        [(o, d, 0.1, "small") for o in "ABCD" for d in "ABCD" if o != d],
        columns=["exporter", "importer", "log_affinity", "size"],
    )
    bands = pd.DataFrame({"lo": [-0.1], "hi": [0.1], "bias": [0.0], "pairs": [12.0]}, index=["small"])
    made = Forecast("Who trades", 2008, 4, FORMULA, "d", "multipolar 9", pairs, bands)
    data, predictions = tmp_path / "trade.csv", tmp_path / "after-2008.json"
    data.write_text("exporter,importer,year,trade\nA,B,2008,1\n")
    write_forecast(made, predictions)
    path = write_record(made, predictions, data, choices={"column": ["trade=usd"]}, made=dt.date(2009, 3, 1))
    return data, predictions, path


def test_what_is_kept(kept: tuple[Path, Path, Path]) -> None:
    data, predictions, path = kept
    assert path.name == "after-2008.record.json"
    found = json.loads(path.read_text())
    assert (found["until"], found["formula"], found["version"], found["made"]) == (
        2008,
        FORMULA,
        "multipolar 9",
        "2009-03-01",
    )
    assert found["data"] == {
        "file": "trade.csv",
        "bytes": data.stat().st_size,
        "sha256": hashlib.sha256(data.read_bytes()).hexdigest(),
        "choices": {"column": ["trade=usd"]},
    }
    assert found["predictions"]["sha256"] == hashlib.sha256(predictions.read_bytes()).hexdigest()
    assert "A,B" not in path.read_text()


def test_it_opens_by_record_by_predictions_and_without(kept: tuple[Path, Path, Path]) -> None:
    _, predictions, path = kept
    for name in (path, predictions):
        forecast, record = open_forecast(name)
        assert record is not None and record.until == forecast.until == 2008
    path.unlink()
    assert open_forecast(predictions)[1] is None


def test_changed_predictions_are_refused_either_way(kept: tuple[Path, Path, Path]) -> None:
    _, predictions, path = kept
    predictions.write_text(predictions.read_text().replace("0.1,", "0.2,", 1))
    for name in (path, predictions):
        with pytest.raises(GravityError, match=r"is not the file of predictions that .* recorded on 2009-03-01"):
            open_forecast(name)
    predictions.unlink()
    with pytest.raises(GravityError, match="cannot be read"):
        read_record(path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"until": 2004}, "differ in cut-off or equation"),
        ({"formula": "trade ~ fta | pair"}, "differ in cut-off or equation"),
        ({"kind": "gravity-forecast"}, "is no record of a forecast"),
        ({"made": "yesterday"}, "damaged record"),
        ({"data": []}, "damaged record"),
        ({"predictions": {"file": "after-2008.json", "sha256": "abc"}}, "makes no sense"),
        ({"predictions": {"file": "../after-2008.json", "sha256": "0" * 64}}, "must be a name in the record's folder"),
    ],
)
def test_damaged_or_foreign_records(
    change: dict[str, object], message: str, kept: tuple[Path, Path, Path], tmp_path: Path
) -> None:
    *_, path = kept
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
    with pytest.raises(GravityError, match=message) as caught:
        read_record(path)
    assert "\n" not in str(caught.value)


def test_what_is_no_json_or_stands_for_another_file(kept: tuple[Path, Path, Path], tmp_path: Path) -> None:
    _, predictions, path = kept
    other = tmp_path / "else.json"
    other.write_bytes(predictions.read_bytes())
    (tmp_path / "else.record.json").write_bytes(path.read_bytes())
    with pytest.raises(GravityError, match=r"stands for 'after-2008\.json', not for 'else\.json'"):
        open_forecast(other)
    for text in ("{", "[" * 100_000, "5"):
        path.write_text(text)
        with pytest.raises(GravityError, match=r"is not JSON|is no record"):
            read_record(path)


def test_the_forecast_that_ships_has_its_record() -> None:
    forecast, record = open_forecast("trade-after-2008")
    assert record is not None and record.until == forecast.until == 2008
    assert len(record.data["sha256"]) == 64 and record.predictions["file"] == "trade-after-2008.json"
