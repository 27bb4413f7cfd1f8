"""Fixtures that every test may use."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Most of the time of the tests goes into compiling equations that are then solved once, which this shortens by a
# third; the demo runs as users do. A flag of one's own is kept.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

# A test's outcome must not depend on how busy the machine is.
settings.register_profile("multipolar", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("multipolar")


@pytest.fixture(scope="session", autouse=True)
def _interrupts_arrive() -> None:
    """Tests started in the background of a shell inherit an ignored SIGINT, and so would the commands they stop."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _required(what: str) -> bool:
    return what in os.environ.get("MULTIPOLAR_REQUIRE", "").split(",")


def missing(what: str, remedy: str) -> None:
    """Skip for want of `what`, or fail where MULTIPOLAR_REQUIRE says that it must be there."""
    if _required(what):
        pytest.fail(f"{what} is required here but missing: {remedy}", pytrace=False)
    pytest.skip(f"{what} is missing: {remedy}")


@pytest.fixture(scope="session")
def need() -> Callable[[bool, str, str], None]:
    """``need(there, what, remedy)``: skip, or fail where it is required, unless it is there."""
    return lambda there, what, remedy: None if there else missing(what, remedy)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder with the research data that the project tests against but does not ship."""
    root = os.environ.get("MULTIPOLAR_SHARED")
    if not root or not (Path(root) / "data").is_dir():
        missing("data", "set MULTIPOLAR_SHARED to the folder that holds data/")
    return Path(str(root)) / "data"


@pytest.fixture(scope="session", autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Keep compiled programs of the tests out of the user's cache."""
    os.environ.setdefault("MULTIPOLAR_CACHE", str(tmp_path_factory.mktemp("cache")))
