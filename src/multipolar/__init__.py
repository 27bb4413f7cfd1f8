"""A laboratory for trade blocs.

>>> import multipolar as mp
>>> result = mp.run("customs-union-2009", draws=0)  # doctest: +SKIP
>>> result.effects  # doctest: +SKIP

Names are loaded when first used, so that ``import multipolar`` costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Equilibrium": "multipolar.equilibrium",
    "InputError": "multipolar.errors",
    "MultipolarError": "multipolar.errors",
    "NotSolvedError": "multipolar.errors",
    "Policy": "multipolar.scenario.policy",
    "Scenario": "multipolar.scenario",
    "Study": "multipolar.scenario",
    "StudyResult": "multipolar.study",
    "World": "multipolar.world",
    "creation_diversion": "multipolar.equilibrium",
    "decomposition": "multipolar.equilibrium",
    "derive_policy": "multipolar.scenario",
    "effects": "multipolar.equilibrium",
    "load_scenario": "multipolar.scenario",
    "load_study": "multipolar.scenario",
    "load_world": "multipolar.world.bundled",
    "optimal_uniform_tariff": "multipolar.equilibrium",
    "parse_scenario": "multipolar.scenario",
    "partner_trade": "multipolar.equilibrium",
    "run": "multipolar.study",
    "sector_output": "multipolar.equilibrium",
    "shipped_scenarios": "multipolar.scenario",
    "shipped_studies": "multipolar.scenario",
    "shipped_worlds": "multipolar.world.bundled",
    "solve": "multipolar.equilibrium",
    "write_world": "multipolar.world",
}
"""Exported name -> module that defines it."""

__all__ = [
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

if TYPE_CHECKING:
    from multipolar.equilibrium import (
        Equilibrium,
        creation_diversion,
        decomposition,
        effects,
        optimal_uniform_tariff,
        partner_trade,
        sector_output,
        solve,
    )
    from multipolar.errors import InputError, MultipolarError, NotSolvedError
    from multipolar.scenario import (
        Scenario,
        Study,
        derive_policy,
        load_scenario,
        load_study,
        parse_scenario,
        shipped_scenarios,
        shipped_studies,
    )
    from multipolar.scenario.policy import Policy
    from multipolar.study import StudyResult, run
    from multipolar.world import World, write_world
    from multipolar.world.bundled import load_world, shipped_worlds


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'multipolar' has no attribute '{name}'")
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
