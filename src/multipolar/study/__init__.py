"""Run a study: its scenarios, the draws around them, the contrasts and yardsticks beside them."""

from __future__ import annotations

from multipolar.study.draws import percentile_band, uniform
from multipolar.study.plan import Plan, make_plan
from multipolar.study.result import StudyResult
from multipolar.study.runner import Progress, run
from multipolar.study.summary import world_check

__all__ = ["Plan", "Progress", "StudyResult", "make_plan", "percentile_band", "run", "uniform", "world_check"]
