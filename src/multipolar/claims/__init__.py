"""The argument of June 2009, claim by claim: a statistic, a rule written down before it was computed, a verdict."""

from __future__ import annotations

from multipolar.claims.model import Claim, Finding, Numbers, Part, Reading, load_claims
from multipolar.claims.run import examine_argument
from multipolar.claims.verdict import Judgement, judge

__all__ = ["Claim", "Finding", "Judgement", "Numbers", "Part", "Reading", "examine_argument", "judge", "load_claims"]
