"""What ``import multipolar`` offers, and what it costs."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata

import pytest

import multipolar

EXPORTED = [
    "Equilibrium",
    "InputError",
    "MultipolarError",
    "NotSolvedError",
    "Policy",
    "Scenario",
    "Study",
    "StudyResult",
    "World",
    "__version__",
    "creation_diversion",
    "decomposition",
    "derive_policy",
    "effects",
    "load_scenario",
    "load_study",
    "load_world",
    "optimal_uniform_tariff",
    "parse_scenario",
    "partner_trade",
    "run",
    "sector_output",
    "shipped_scenarios",
    "shipped_studies",
    "shipped_worlds",
    "solve",
    "write_world",
]


def test_exported_names_are_a_promise() -> None:
    assert multipolar.__all__ == EXPORTED
    assert set(EXPORTED) <= set(dir(multipolar))
    for name in EXPORTED:
        assert getattr(multipolar, name) is not None
        assert name == "__version__" or name in multipolar._HOMES
    assert set(multipolar._HOMES) == set(EXPORTED) - {"__version__"}


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = multipolar.no_such_name


def test_import_is_cheap() -> None:
    code = (
        "import sys, multipolar\n"
        "heavy = {'jax', 'numpy', 'pandas', 'matplotlib', 'xarray', 'pydantic', 'scipy', 'typer'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr


def test_version_is_that_of_the_installed_package() -> None:
    try:
        installed = metadata.version("multipolar")
    except metadata.PackageNotFoundError:
        pytest.skip("the package runs from its sources here")
    assert multipolar.__version__ == installed
