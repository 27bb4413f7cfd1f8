"""A server on loopback, as `multipolar serve` runs it, for all tests of the page."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from multipolar.web.app import create_app
from multipolar.web.engine import Engine
from multipolar.web.jobs import Jobs
from multipolar.web.page import built_page
from serving import serving

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def engine() -> Engine:
    return Engine()


@pytest.fixture(scope="session")
def jobs() -> Jobs:
    return Jobs()


def claim(number: int, theme: str, verdict: str, share: float) -> dict[str, Any]:
    """A claim made up for the page, in the form of ``multipolar claims --json``."""
    part = {"id": "gain", "name": "gain of A", "value": 0.2, "lo": 0.1, "hi": 0.3, "unit": "%", "threshold": 0.15}
    part |= {"above": True, "probability": share}
    return {
        "id": number,
        "theme": theme,
        "claim": f"Claim {number} is made",
        "verdict": verdict,
        "rule": "nine draws in ten",
        "shares": {"supported": 0.9, "refuted": 0.1},
        "probability": share,
        "readings": [{"id": "only", "title": "as said", "probability": share, "parts": [part]}],
        "depends_on": {"kind": "parameter", "name": "the elasticity of trade", "rank_correlation": -0.4},
        "notes": ["made up"],
    }


CLAIMS = [claim(1, "trade", "supported", 1.0), claim(2, "trade", "refuted", 0.0), claim(3, "hold", "depends", 0.6)]


@pytest.fixture(scope="session")
def server(engine: Engine, jobs: Jobs) -> Iterator[str]:
    with serving(create_app(engine, jobs=jobs, extras={"claims": {"claims": CLAIMS, "reason": None}})) as address:
        yield address


@pytest.fixture(scope="session")
def client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=120) as made:
        yield made


@pytest.fixture(scope="session")
def chromium(need: Callable[[bool, str, str], None]) -> Iterator[Any]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    need(found is not None, "browser", "no Chromium; on Debian: apt-get install chromium")
    need(bool(built_page()), "browser", "the page is not built; run `make web`")
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playing:
        browser = playing.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, server: str) -> Iterator[Any]:
    """A page in a fresh profile; whatever it asks for elsewhere fails the test, and so does an error in it."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(40_000)
    made = context.new_page()
    elsewhere: list[str] = []
    wrong: list[str] = []
    made.on("request", lambda r: r.url.startswith((server, "data:", "blob:")) or elsewhere.append(r.url))
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.on("console", lambda m: "Content Security Policy" in m.text and wrong.append(m.text))
    yield made
    context.close()
    assert elsewhere == [] and wrong == []
