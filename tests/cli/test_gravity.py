"""The gravity commands as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from gravity_toys import RTA, made_frame
from multipolar.cli import app

FORMULA = "trade ~ rta + log1p(tariff) | exporter_time + importer_time + pair"


@pytest.fixture(scope="module")
def panel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("gravity") / "panel.csv"
    made_frame(10, 6, noise=0.3).rename(columns={"trade": "usd"}).to_csv(path, index=False)
    return path


def _json(*args: object) -> Any:
    done = CliRunner().invoke(app, ["gravity", *map(str, args), "--json"])
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def _fails(*args: object) -> str:
    done = CliRunner().invoke(app, ["gravity", *map(str, args)])
    assert done.exit_code == 2 and done.stdout == ""
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1
    return done.stderr


def test_estimate(panel: Path) -> None:
    record = _json("estimate", panel, "--column", "trade=usd", "--formula", FORMULA)
    row = record["coefficients"][0]
    assert row["regressor"] == "rta" and abs(row["estimate"] - RTA) < 4 * row["std_error"]
    number = {"type": ["number", "null"]}
    row_schema = {
        "type": "object",
        "required": ["regressor", "estimate", "std_error", "z", "p_value", "lo95", "hi95", "trade_effect_pct"],
        "properties": {"regressor": {"type": "string"}},
        "additionalProperties": number,
    }
    jsonschema.validate(record["coefficients"], {"type": "array", "items": row_schema})
    assert record["rows"] == 540 and record["clusters"] == 45 and record["dropped"] == []
    assert len(record["covariance"]) == 3
    text = CliRunner().invoke(app, ["gravity", "estimate", str(panel), "--column", "trade=usd", "--formula", FORMULA])
    assert "rta" in text.stdout and "540 rows" in text.stdout


def test_years_clubs_and_columns_are_chosen(tmp_path: Path) -> None:
    frame = made_frame(6, 4, noise=0.3)
    names = dict(zip(sorted(set(frame["exporter"])), ["POL", "DEU", "FRA", "NOR", "USA", "CZE"], strict=True))
    frame["exporter"], frame["importer"] = frame["exporter"].map(names), frame["importer"].map(names)
    frame["year"] = frame["year"].map({1990: 1996, 1991: 2000, 1992: 2004, 1993: 2008})
    frame.assign(kind="a").to_csv(tmp_path / "t.csv", index=False)
    formula = "trade ~ eu | exporter_time + importer_time + pair"
    options = ["--club", "eu=EU", "--where", "kind=a", "--year", "2000", "--year", "2004", "--formula", formula]
    record = _json("estimate", tmp_path / "t.csv", *options)
    assert record["rows"] == 60 and record["coefficients"][0]["regressor"] == "eu"


def test_correct_and_compare(panel: Path) -> None:
    record = _json("correct", panel, "--column", "trade=usd", "--formula", FORMULA)
    before, after = (record[key]["coefficients"][0] for key in ("estimate", "corrected"))
    assert after["estimate"] == pytest.approx(before["estimate"] - after["bias_taken_off"])
    assert after["std_error"] > before["std_error"]
    one, two = "trade ~ rta | exporter_time + importer_time", FORMULA
    beside = _json("compare", panel, "--column", "trade=usd", "--formula", one, "--formula", two)
    assert [each["column"] for each in beside["estimates"]] == ["(1)", "(2)"]
    for name in ("correct", "compare"):
        text = CliRunner().invoke(app, ["gravity", name, str(panel), "--column", "trade=usd", "--formula", FORMULA])
        assert text.exit_code == 0 and "log1p(tariff)" in text.stdout


def test_fit() -> None:
    record = _json("fit", "world-2009", "--economy", "KAZ")
    assert len(record["pairs"]) == 66 and record["sectors"] == ["energy", "goods"]
    keys = {"exporter", "importer", "observed_usd_bn", "expected_usd_bn", "gap_pct", "gap_log", "verdict", "status"}
    assert set(record["pairs"][0]) == keys
    assert "KAZ > EUN" in CliRunner().invoke(app, ["gravity", "fit", "--economy", "KAZ"]).stdout


def test_forecast_and_score(panel: Path, tmp_path: Path) -> None:
    out = tmp_path / "f.json"
    made = _json("forecast", panel, "--column", "trade=usd", "--formula", FORMULA, "--until", 1994, "--out", out)
    assert made["pairs"] == 90 and {band["size"] for band in made["bands"]} == {"small", "middle", "large"}
    judged = _json("score", out, panel, "--column", "trade=usd", "--year", 1995)
    assert judged["pairs_scored"] == 90 and 0 <= judged["coverage"] <= 1
    text = CliRunner().invoke(
        app, ["gravity", "score", str(out), str(panel), "--column", "trade=usd", "--year", "1995"]
    )
    assert "in 90% band" in text.stdout
    record = Path(made["record"])
    assert record == tmp_path / "f.record.json" and record.is_file()
    by_record = _json("score", record, panel, "--column", "trade=usd", "--year", 1995)
    assert by_record == judged and judged["judged_by_the_file_it_was_made_from"] is True
    assert "of which later years were not looked at" in text.stdout
    later = tmp_path / "later.csv"
    later.write_text(panel.read_text() + "\n")
    assert _json("score", record, later, "--column", "trade=usd", "--year", 1995) == {
        **judged,
        "data": "later.csv",
        "judged_by_the_file_it_was_made_from": False,
    }
    out.write_text(out.read_text().replace('"until": 1994', '"until": 1993'))
    changed = CliRunner().invoke(app, ["gravity", "score", str(record), str(panel), "--year", "1995"])
    assert changed.exit_code == 2 and "is not the file of predictions" in changed.stderr


def test_every_mistake_is_one_line(panel: Path, tmp_path: Path) -> None:
    assert "no column 'trade'; did you mean" in _fails("estimate", panel, "--formula", FORMULA)
    known = ["estimate", panel, "--column", "trade=usd", "--formula"]
    assert "no column 'rto'; did you mean rta" in _fails(*known, "trade ~ rto | pair")
    assert "'(' was" not in _fails(*known, "trade ~ rta | pair +")
    assert "--column 'x' is not NAME=VALUE" in _fails("estimate", panel, "--column", "x", "--formula", FORMULA)
    assert "unknown club 'EUX'" in _fails(*known, "trade ~ eu | pair", "--club", "eu=EUX")
    assert "unknown economy" in _fails("fit", "--economy", "XXX")
    assert "is not JSON" in _fails("score", panel, panel, "--year", 1995)
    missing = tmp_path / "none" / "f.json"
    assert "cannot write" in _fails(
        "forecast", panel, "--column", "trade=usd", "--formula", FORMULA, "--until", 1994, "--out", missing
    )
