"""A server on loopback, as `multipolar serve` runs it, for all tests of the page."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from multipolar.web.app import create_app
from multipolar.web.engine import Engine
from multipolar.web.jobs import Jobs
from serving import serving


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
