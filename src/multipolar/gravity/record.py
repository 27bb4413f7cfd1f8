"""The record of a forecast: what it was made from, when and how, and the checksum of the predictions it stands for.

A forecast that can be changed after the fact is worth nothing. The record is written beside the predictions when they
are made; judging by the record refuses predictions that are not those, and says whether the data are the same file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from multipolar.errors import GravityError
from multipolar.gravity.forecast import LIBRARY, Forecast, read_forecast, read_json, shipped_forecasts

__all__ = ["KIND", "SUFFIX", "ForecastRecord", "file_sha256", "open_forecast", "read_record", "write_record"]

SCHEMA, KIND = 1, "gravity-forecast-record"
SUFFIX = ".record.json"
MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class ForecastRecord:
    """What a forecast was made from.

    Attributes
    ----------
    title
        What it is about.
    made
        Day on which it was made (ISO).
    until
        Last year of the data that were used.
    formula, version
        How it was made, by which program.
    data
        ``file`` (name), ``sha256``, ``bytes``, and the choices with which it was read, in words.
    predictions
        ``file`` (name, in the folder of the record) and ``sha256``.
    """

    title: str
    made: str
    until: int
    formula: str
    version: str
    data: Mapping[str, Any] = field(default_factory=dict)
    predictions: Mapping[str, Any] = field(default_factory=dict)


def file_sha256(path: str | Path) -> str:
    """Return the SHA-256 of a file; raises `GravityError` if it cannot be read."""
    try:
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest()
    except IsADirectoryError:
        raise GravityError(f"'{path}' is a folder; name the file in it") from None
    except OSError as error:
        raise GravityError(f"'{path}' cannot be read: {error.strerror or error}") from error


def write_record(
    forecast: Forecast, predictions: str | Path, data: str | Path, *, choices: Mapping[str, Any] | None = None,
    made: dt.date | None = None,
) -> Path:  # fmt: skip
    """Write the record of a forecast beside its predictions and return its path.

    Parameters
    ----------
    forecast
        As made.
    predictions
        File that `write_forecast` wrote.
    data
        File that the panel was read from.
    choices
        How it was read: columns, filters, clubs.
    made
        Day; today if None.
    """
    place, source = Path(predictions), Path(data)
    record = ForecastRecord(
        title=forecast.title,
        made=(made or dt.date.today()).isoformat(),
        until=forecast.until,
        formula=forecast.formula,
        version=forecast.version,
        data={
            "file": source.name,
            "bytes": source.stat().st_size,
            "sha256": file_sha256(source),
            "choices": dict(choices or {}),
        },
        predictions={"file": place.name, "sha256": file_sha256(place)},
    )
    target = place.with_name(place.name.removesuffix(".json") + SUFFIX)
    text = json.dumps({"schema": SCHEMA, "kind": KIND, **asdict(record)}, ensure_ascii=False, indent=1)
    target.write_text(text + "\n", encoding="utf-8")
    return target


def read_record(path: str | Path) -> tuple[ForecastRecord, Forecast]:
    """Read a record and the predictions it stands for.

    Raises
    ------
    GravityError
        If the record is damaged, or the predictions are missing, were changed, or are of another cut-off or equation.
    """
    place = Path(path)
    record = _parsed(place)
    name = str(record.predictions["file"])
    target = place.parent / name
    if Path(name).name != name or not name:
        raise GravityError(f"'{place}': the file of predictions '{name[:60]}' must be a name in the record's folder")
    if file_sha256(target) != record.predictions["sha256"]:
        raise GravityError(f"'{target}' is not the file of predictions that '{place}' recorded on {record.made}")
    forecast = read_forecast(target)
    if (forecast.until, forecast.formula) != (record.until, record.formula):
        raise GravityError(f"'{place}' and '{target}' differ in cut-off or equation; they do not belong together")
    return record, forecast


def _parsed(place: Path) -> ForecastRecord:
    found = read_json(place, KIND, SCHEMA, MOST_BYTES, "no record of a forecast")
    try:
        dt.date.fromisoformat(str(found["made"]))
        record = ForecastRecord(
            *(str(found["title"]), str(found["made"]), int(found["until"])),
            *(str(found["formula"]), str(found["version"])),
            data=dict(found["data"]),
            predictions=dict(found["predictions"]),
        )
        sums = [str(part["sha256"]) for part in (record.data, record.predictions)]
        names = [str(part["file"]) for part in (record.data, record.predictions)]
    except (KeyError, TypeError, ValueError) as error:
        raise GravityError(f"'{place}' is a damaged record: {' '.join(str(error).split())[:120]}") from error
    if not all(names) or not all(re.fullmatch(r"[0-9a-f]{64}", text) for text in sums):
        raise GravityError(f"'{place}' is a damaged record: a name or checksum makes no sense")
    return record


def open_forecast(path: str | Path) -> tuple[Forecast, ForecastRecord | None]:
    """Read a forecast by its record, by the file of predictions, or by the name of one that ships.

    Predictions with a record beside them are held against it.

    Raises
    ------
    GravityError
        As `read_record` and `read_forecast` do.
    """
    place = LIBRARY / f"{path}.json" if str(path) in shipped_forecasts() else Path(path)
    if place.is_dir():
        raise GravityError(f"'{place}' is a folder; name the forecast or its record in it")
    if not place.exists():
        raise GravityError(
            f"there is no file '{place}', and of the forecasts that ship: {', '.join(shipped_forecasts())}"
        )
    if not place.name.endswith(SUFFIX):
        beside = place.with_name(place.name.removesuffix(".json") + SUFFIX)
        if not beside.is_file():
            return read_forecast(path), None
        record, forecast = read_record(beside)
        if record.predictions["file"] != place.name:
            raise GravityError(f"'{beside}' stands for '{record.predictions['file']}', not for '{place.name}'")
        return forecast, record
    record, forecast = read_record(place)
    return forecast, record
