"""Gravity: panels of bilateral trade, Poisson estimates, their bias, and what they mean for costs."""

from multipolar.gravity.estimate import correct, estimate
from multipolar.gravity.formula import parse_formula
from multipolar.gravity.panel import Panel, make_panel
from multipolar.gravity.result import Estimate

__all__ = ["Estimate", "Panel", "correct", "estimate", "make_panel", "parse_formula"]
