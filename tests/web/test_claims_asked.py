"""Claims that the page has computed: once, step by step, to be cancelled; what a file holds is not computed anew."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from multipolar.web import extras
from multipolar.web.app import create_app
from multipolar.web.engine import Engine
from multipolar.web.jobs import Jobs
from serving import serving


@pytest.fixture
def bare(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Jobs]]:
    """A server that was given no claims and computes few draws; its address, and its work."""
    monkeypatch.setattr(extras, "CLAIM_DRAWS", 2)
    work = Jobs()
    with serving(create_app(engine, jobs=work)) as address:
        yield address, work


def _idle(work: Jobs) -> bool:
    limit = time.monotonic() + 60
    while work.busy and time.monotonic() < limit:
        time.sleep(0.05)
    return work.busy == 0


def test_claims_are_computed_when_asked_and_kept(bare: tuple[str, Jobs], monkeypatch: pytest.MonkeyPatch) -> None:
    with httpx.Client(base_url=bare[0], timeout=180) as client:
        before = client.get("/api/claims").json()
        assert before["claims"] is None and "multipolar claims --json" in before["reason"]
        told = client.post("/api/claims/compute", json={}).text
        assert "event: start" in told and '"stage": "claims"' in told
        found = json.loads(told.strip().rpartition("data: ")[2])
        assert len(found["claims"]) == 28 and (found["draws"], found["world"]) == (2, "world-2009")
        assert client.get("/api/claims").json() == found
        monkeypatch.setattr("multipolar.claims.examine_argument", None)  # asked for again it is not computed again
        assert client.post("/api/claims/compute", json={}).text.strip().endswith(told.strip()[-200:])


def test_claims_of_a_file_are_not_computed_anew(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multipolar.claims.examine_argument", None)
    given = {"claims": [{"claim": "It is so", "verdict": "supported"}], "reason": None}
    with serving(create_app(engine, extras={"claims": given})) as address:
        assert '"It is so"' in httpx.post(f"{address}/api/claims/compute", json={}, timeout=30).text
        assert httpx.get(f"{address}/api/claims").json() == given


@pytest.mark.browser
def test_the_view_computes_them_and_lets_go_of_them(
    chromium: Any, bare: tuple[str, Jobs], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, work = bare
    page = chromium.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{address}/#argument")
    start = page.get_by_role("button", name="Compute the claims (about a minute)")
    with monkeypatch.context() as longer:
        longer.setattr(extras, "CLAIM_DRAWS", 5000)
        start.click()
        page.get_by_role("button", name="Cancel").click()
        page.get_by_text("Cancelled.").wait_for()
        assert start.is_enabled() and page.locator("article.claim").count() == 0
        assert _idle(work)
    start.click()
    page.locator("article.claim").first.wait_for()
    assert page.locator("article.claim").count() == 28
    page.reload()
    page.locator("article.claim").first.wait_for()
    page.close()
