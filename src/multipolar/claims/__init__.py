"""The argument of June 2009, claim by claim: a statistic, a rule written down before it was computed, a verdict.

Names are loaded when first used, so that a number of a claim can be checked before anything heavy is imported.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multipolar.claims.model import Claim, Finding, Numbers, Part, Reading, load_claims
    from multipolar.claims.run import examine_argument
    from multipolar.claims.verdict import Judgement, judge

_HOMES = {
    "Claim": "multipolar.claims.model",
    "Finding": "multipolar.claims.model",
    "Judgement": "multipolar.claims.verdict",
    "Numbers": "multipolar.claims.model",
    "Part": "multipolar.claims.model",
    "Reading": "multipolar.claims.model",
    "examine_argument": "multipolar.claims.run",
    "judge": "multipolar.claims.verdict",
    "load_claims": "multipolar.claims.model",
}
"""Exported name -> module that defines it."""

__all__ = ["Claim", "Finding", "Judgement", "Numbers", "Part", "Reading", "examine_argument", "judge", "load_claims"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'multipolar.claims' has no attribute '{name}'")
