"""The live part of a report, without a browser: what is embedded, and that no text leads out of it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable

import pytest

from multipolar.errors import InputError
from multipolar.report import live, report_html, write_result
from multipolar.report.argument import argument_html
from toy_study import toy_summary

SCRIPT = "(function(){})()"
HOSTILE = "</script><script>alert(1)</script><!-- <script>"


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretend that these files were built."""

    def pretend(**files: str) -> None:
        known = {"report.js": files.get("script"), "countries-50m.json": files.get("shapes", '{"type":"Topology"}')}
        monkeypatch.setattr(live, "_built", known.get)

    return pretend


def _results(page: str) -> dict:
    found = re.search(r'<script type="application/json" id="results">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found.group(1))


def test_numbers_and_places_are_those_of_the_summary(built) -> None:
    built(script=SCRIPT)
    summary = toy_summary(6)
    results = _results(report_html(summary, live=live.live_study(summary)))
    assert [s["id"] for s in results["scenarios"]] == [s["id"] for s in summary["scenarios"]]
    for one, other in zip(results["scenarios"], summary["scenarios"], strict=True):
        for code, measures in other["economies"].items():
            band = measures["real_income_pct"]
            expected = [band[end] for end in ("value", "lo", "hi")]
            assert one["economies"][code]["real_income_pct"] == pytest.approx(expected, rel=1e-4)
    assert {c["economy"] for c in results["countries"]} <= {e["code"] for e in summary["economies"]}
    assert {"RUS", "KAZ"} <= {c["iso3"] for c in results["countries"]}


def test_no_text_leads_out_of_the_data(built) -> None:
    built(script=SCRIPT)
    summary = toy_summary(6)
    summary["scenarios"][0]["title"] = summary["economies"][0]["name"] = HOSTILE
    page = report_html(summary, live=live.live_study(summary))
    assert page.count("</script>") == 3 and page.count("<script") == 3 and "<!--" not in page
    assert _results(page)["scenarios"][0]["title"] == HOSTILE


def test_only_the_embedded_script_may_run(built) -> None:
    built(script=SCRIPT)
    summary = toy_summary(6)
    digest = base64.b64encode(hashlib.sha256(SCRIPT.encode()).digest()).decode()
    page = report_html(summary, live=live.live_study(summary))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy.group(1) == (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; script-src 'sha256-{digest}'"
    )
    assert f"<script>{SCRIPT}</script>" in page


def test_a_script_that_would_end_its_element_is_refused(built) -> None:
    built(script="'</SCRIPT>'")
    with pytest.raises(AssertionError, match="would end the element"):
        live.live_study(toy_summary(6))


def test_without_the_built_script_the_plain_report_is_written(built, tmp_path) -> None:
    built()
    write_result(toy_summary(0), tmp_path)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<script" not in page and "explore" not in page and "At a glance" in page


def test_a_world_without_places_has_no_map(built) -> None:
    built(script=SCRIPT)
    summary = toy_summary(0)
    for economy in summary["economies"]:
        economy["countries"] = ["Atlantis"]
    page = report_html(summary, live=live.live_study(summary))
    assert 'id="results"' in page and 'id="shapes"' not in page


def test_a_summary_of_an_earlier_version_is_refused_by_name(built) -> None:
    built(script=SCRIPT)
    summary = toy_summary(0)
    del summary["economies"][1]["countries"]
    with pytest.raises(
        InputError, match=f"economy '{summary['economies'][1]['code']}' stands for.*run the study again"
    ):
        live.live_study(summary)


def test_a_study_that_solved_nothing_has_nothing_to_explore(built) -> None:
    built(script=SCRIPT)
    summary = toy_summary(0)
    for scenario in summary["scenarios"]:
        scenario["status"] = "not_solved"
    assert live.live_study(summary) is None


def test_claims_are_embedded_whole(built) -> None:
    built(script=SCRIPT)
    content = {
        "version": "0", "study": "s", "title": HOSTILE, "about": "", "world": "w", "cut_off": "2009", "draws": 2,
        "seed": 1, "files": [], "claims": [], "scorecard": [],
    }  # fmt: skip
    page = argument_html(content, live.live_claims(content))
    origin = {"version": "0", "world": "w", "draws": 2, "seed": 1}
    assert _results(page) == {"kind": "claims", "claims": [], **origin} and "<script>alert" not in page
