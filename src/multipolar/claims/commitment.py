"""Who commits to clubs: outside options, gains, and membership on the eve."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from multipolar import atlas
from multipolar.claims.context import EVE, EX_SOVIET, Context
from multipolar.claims.model import Finding, Numbers
from multipolar.coalition.states import offer_of
from multipolar.types import Array, Float64

__all__ = ["commitment_chance", "commitments", "episodes", "logit_of_commitment", "other_options"]

PRIOR = 2.5
"""Standard deviation of the normal prior of a coefficient, in standard deviations of its variable."""

CLUBS = ("EURASEC", "CSTO")
"""Clubs of the episodes of commitment."""


def commitments(codes: Sequence[str], clubs: Sequence[str], on: str) -> Float64[Array, "club state"]:
    """Return 1 for a full member on a day, 0 for others."""
    return np.array([[float(code in atlas.members(club, on)) for code in codes] for club in clubs])


def logit_of_commitment(
    outside: Float64[Array, " state"], gain: Float64[Array, " state"], committed: Float64[Array, "club state"]
) -> tuple[Float64[Array, " k"], Float64[Array, "k k"]]:
    """Fit commitment on the outside option, the gain and an intercept a club; normal prior of deviation 2.5.

    A state is one observation, not one a club: its outside option and gain are the same in each, and so is whatever
    else makes it commit. Its rows share a weight of 1.

    Returns
    -------
    mode, covariance
        Of (outside, gain, intercepts); the variables in standard deviations; covariance by the curvature at the mode.
    """
    from scipy.special import expit

    clubs, n = committed.shape
    columns = [np.tile(_standard(values), clubs) for values in (outside, gain)]
    x = np.column_stack([*columns, np.repeat(np.eye(clubs), n, axis=0)])
    y = committed.ravel()
    mode, curvature = np.zeros(x.shape[1]), np.eye(x.shape[1])
    for _ in range(100):
        p = expit(x @ mode)
        curvature = x.T @ (x * (p * (1.0 - p))[:, None]) / clubs + np.eye(len(mode)) / PRIOR**2
        step = np.linalg.solve(curvature, x.T @ (y - p) / clubs - mode / PRIOR**2)
        mode = mode + step
        if np.abs(step).max() < 1e-10:
            break
    return mode, np.linalg.inv(curvature)


def _standard(values: Float64[Array, " n"]) -> Float64[Array, " n"]:
    spread = values.std()
    return (values - values.mean()) / (spread if spread > 0 else 1.0)


def episodes(context: Context) -> tuple[Float64[Array, "row k"], Float64[Array, "row state"]]:
    """Return coefficients of the logit, drawn, and outside options, in every row."""
    from scipy.special import ndtri

    gain = np.array([context.hub_leverage[code] for code in EX_SOVIET])
    committed = commitments(EX_SOVIET, CLUBS, EVE)
    outside = np.array([[_offer(context, row, code) for code in EX_SOVIET] for row in context.kept])
    found = []
    for row, options in zip(context.kept, outside, strict=True):
        mode, covariance = logit_of_commitment(options, gain, committed)
        uniform = context.drawn(row).uniform
        shift = np.zeros(len(mode))
        if uniform is not None:
            normal = np.array([ndtri(min(max(uniform(f"claims/logit/{k}"), 1e-9), 1 - 1e-9)) for k in range(len(mode))])
            shift = np.linalg.cholesky(covariance) @ normal
        found.append(mode + shift)
    return np.array(found), outside


def _offer(context: Context, row: int, code: str) -> float:
    offer = offer_of(code, "eu_association")
    uniform = context.drawn(row).uniform
    if offer is None:
        return 0.0
    return offer.at(None if uniform is None else uniform(f"offer/eu_association/{code}"))


def other_options(context: Context) -> Finding:
    """Claim 16: does commitment fall as the outside option rises, at equal gain?"""
    coefficients, _ = episodes(context)
    committed = commitments(EX_SOVIET, CLUBS, EVE).sum(axis=0)
    note = (
        "Full members of both, one or none of the clubs: "
        + ", ".join(f"{code} {int(n)}" for code, n in zip(EX_SOVIET, committed, strict=True))
        + ". Eleven states are few, none of Central Asia has an offer, and the EU offers what the uncommitted ask for: "
        "an association, as much of geography as of offers, not a cause."
    )
    return Finding({"logit": {"coefficient": Numbers.of(coefficients[:, 0])}}, notes=(note,))


def commitment_chance(context: Context) -> Mapping[str, float]:
    """Return the chance that each state commits, mean over the clubs and draws of the logit of claim 16."""
    from scipy.special import expit

    coefficients, outside = episodes(context)
    gain = _standard(np.array([context.hub_leverage[code] for code in EX_SOVIET]))
    chances = []
    for row, values in zip(coefficients, outside, strict=True):
        score = row[0] * _standard(values) + row[1] * gain
        chances.append(expit(score[None, :] + row[2:, None]).mean(axis=0))
    rows = np.array(chances)
    mean = rows[1:].mean(axis=0) if len(rows) > 1 else rows[0]
    return dict(zip(EX_SOVIET, map(float, mean), strict=True))
