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


@pytest.fixture(scope="session")
def server(engine: Engine, jobs: Jobs) -> Iterator[str]:
    with serving(create_app(engine, jobs=jobs)) as address:
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
