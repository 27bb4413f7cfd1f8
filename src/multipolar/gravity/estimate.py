"""Estimate gravity equations: panel and formula in, `Estimate` out. The numbers happen in pyfixest."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from multipolar.errors import GravityError, NotSolvedError
from multipolar.gravity.bias import MEMORY_MB, correction
from multipolar.gravity.blocks import PairBlocks
from multipolar.gravity.design import CLUSTERS, Design, build_design, group_codes
from multipolar.gravity.formula import Formula, parse_formula
from multipolar.gravity.panel import Panel
from multipolar.gravity.result import Estimate
from multipolar.gravity.separation import SEPARATED, Found, take_out

__all__ = ["correct", "estimate"]

MAX_ITERATIONS = 200
TOLERANCE, EFFECTS_TOLERANCE = 1e-9, 1e-8
"""Of the deviance (relative) and of the fixed effects."""

SEPARATION = ("effects", "auto", "full")


def estimate(
    panel: Panel,
    formula: str,
    *,
    estimator: str = "ppml",
    cluster: str = "symmetric_pair",
    missing: str = "refuse",
    collinear: str = "refuse",
    separation: str = "auto",
    small_sample: bool = False,
) -> Estimate:
    """Estimate a gravity equation.

    Parameters
    ----------
    panel, formula
        Data and equation; see `multipolar.gravity.formula`.
    estimator
        ``"ppml"`` (Poisson pseudo-maximum likelihood; zeros stay in) or ``"ols"`` (with ``log_trade`` on the left).
    cluster
        Rows whose errors may be correlated: one of `CLUSTERS`, a column, or two joined by ``+``; ``"none"`` for
        heteroskedasticity alone.
    missing
        ``"refuse"`` or ``"drop"`` rows with an empty regressor.
    collinear
        ``"refuse"`` or ``"drop"`` regressors that effects or other regressors explain without rest.
    separation
        Which rows to leave out because Poisson would fit them by minus infinity: ``"effects"`` looks at one effect at
        a time, ``"full"`` also at combinations with regressors (iterative rectifier of Correia, Guimarães & Zylkin),
        ``"auto"`` does so where the rows with trade alone do not identify every regressor.
    small_sample
        Whether to multiply variances by (n - 1) / (n - k) as well as by G / (G - 1).

    Returns
    -------
    Estimate
        With `blocks` for `correct` if the equation has pair, exporter-time and importer-time effects.

    Raises
    ------
    GravityError
        If data, formula or choices cannot be used.
    NotSolvedError
        If the iterations do not converge.
    """
    _check_choices(estimator, collinear, separation)
    parsed = parse_formula(formula)
    if (parsed.response == "log_trade") != (estimator == "ols"):
        raise GravityError("ppml has trade on the left of the formula, ols has log_trade")
    if not parsed.terms:
        raise GravityError("the formula has no regressor")
    design = build_design(panel, parsed, missing)
    found = take_out(design, poisson=estimator == "ppml")
    if not design.rows.size:
        raise GravityError(_nothing_left(panel, design))
    notes: list[str] = []
    fit, frame = _fitted(panel, design, estimator, cluster, collinear, separation, small_sample, notes)
    return _assembled(panel, parsed, design, found, fit, frame, estimator, cluster, notes)


def correct(found: Estimate, *, standard_errors: bool = True, memory_mb: float = MEMORY_MB) -> Estimate:
    """Take the incidental-parameter bias off a three-way Poisson estimate (Weidner & Zylkin 2021).

    Parameters
    ----------
    found
        Made by `estimate` with ``exporter_time + importer_time + pair`` and no other effect.
    standard_errors
        Whether to correct the covariance as well; it is then clustered by ordered pair. Otherwise it is left alone.
    memory_mb
        Limit on the memory for that (MB).

    Raises
    ------
    GravityError
        If the theory does not cover the estimate, or the memory does not suffice.
    """
    if found.blocks is None:
        raise GravityError(
            "the bias correction holds for ppml with exactly the effects exporter_time + importer_time + pair (ordered "
            f"pairs, the authors' case); this estimate is {found.estimator} of '{found.formula}'"
        )
    if found.bias is not None:
        raise GravityError("the bias is taken off already")
    made = correction(found.blocks, standard_errors, memory_mb)
    notes = [*found.notes, "bias taken off after Weidner & Zylkin (2021)"]
    if made.perfect:
        notes.append(f"{made.perfect} pair-years are fitted perfectly by the effects and left out of the variance")
    covariance = found.covariance if made.covariance is None else made.covariance
    return replace(
        found,
        coefficient=found.coefficient - made.bias,
        covariance=covariance,
        cluster=found.cluster if made.covariance is None else "pair, corrected",
        bias=made.bias,
        notes=tuple(notes),
    )


def _check_choices(estimator: str, collinear: str, separation: str) -> None:
    for name, value, known in (
        ("estimator", estimator, ("ppml", "ols")),
        ("collinear", collinear, ("refuse", "drop")),
        ("separation", separation, SEPARATION),
    ):
        if value not in known:
            raise GravityError(f"{name} is one of {', '.join(known)}, not '{value}'")


def _fitted(
    panel: Panel,
    design: Design,
    estimator: str,
    cluster: str,
    collinear: str,
    separation: str,
    small_sample: bool,
    notes: list[str],
) -> tuple[Any, pd.DataFrame]:
    """Run pyfixest on generated column names; returns its result and the frame that it saw."""
    pf = _pyfixest()
    frame, scale = _frame(panel, design, estimator, cluster)
    labels = list(design.labels)
    right = " + ".join(f"x{k}" for k in range(len(labels)))
    effects = " + ".join(f"f{k}" for k in range(len(design.effects)))
    text = f"y ~ {right} | {effects}" if effects else f"y ~ {right}"
    clusters = [str(column) for column in frame if str(column).startswith("c")]
    options: dict[str, Any] = {
        "vcov": {"CRV1": "+".join(clusters)} if clusters else "hetero",
        "ssc": pf.ssc(k_adj=small_sample, k_fixef="none"),
        "copy_data": False,
        "store_data": False,
        "fixef_rm": "none",
        "demeaner": pf.MapDemeaner(fixef_tol=EFFECTS_TOLERANCE, fixef_maxiter=100_000),
    }
    if estimator == "ols":
        fit = _run(lambda: pf.feols(text, frame, **options), notes)
    else:
        check = _separation_checks(pf, text, frame, separation, options)
        fit = _run(
            lambda: pf.fepois(
                text, frame, iwls_tol=TOLERANCE, iwls_maxiter=MAX_ITERATIONS, separation_check=check, **options
            ),
            notes,
        )
        if not fit.convergence:
            raise NotSolvedError(
                f"Poisson iterations did not converge in {MAX_ITERATIONS} steps; look for a regressor that only zeros "
                "identify (separation='full')",
                iterations=MAX_ITERATIONS,
            )
        fit.scale = scale
    _check_collinear(fit, labels, collinear, notes)
    return fit, frame


def _pyfixest() -> Any:
    try:
        import pyfixest
    except ImportError:
        raise GravityError(
            "estimation needs pyfixest: pip install 'multipolar[estimate]', in a clone pip install -e '.[estimate]'"
        ) from None
    return pyfixest


def _frame(panel: Panel, design: Design, estimator: str, cluster: str) -> tuple[pd.DataFrame, float]:
    """Columns y, x0.., f0.., c0..; trade is divided by its mean so that no result depends on its unit."""
    scale = float(design.trade.mean()) if estimator == "ppml" else 1.0
    data: dict[str, np.ndarray] = {"y": design.trade / scale}
    data |= {f"x{k}": design.regressors[:, k] for k in range(design.regressors.shape[1])}
    data |= {f"f{k}": codes for k, codes in enumerate(design.effects.values())}
    if cluster != "none":
        parts = [part.strip() for part in cluster.split("+")]
        if len(parts) > 2:
            raise GravityError(f"errors are clustered in one or two dimensions, not {len(parts)}: '{cluster}'")
        for k, part in enumerate(parts):
            codes = group_codes(panel, (part,))[design.rows]
            if np.unique(codes).size < 2:
                raise GravityError(f"all rows are in one cluster '{part}'; cluster by {', '.join(CLUSTERS)} or none")
            data[f"c{k}"] = codes
    return pd.DataFrame(data), scale


def _separation_checks(pf: Any, text: str, frame: pd.DataFrame, separation: str, options: dict[str, Any]) -> list[str]:
    """Decide whether the iterative rectifier has to run."""
    if separation == "full":
        return ["ir"]
    if separation == "effects" or bool((frame["y"] > 0).all()):
        return []
    # A combination of regressors and effects that is nil wherever there is trade can separate zeros; there is none if
    # the rows with trade alone identify every regressor.
    positive = frame.loc[frame["y"] > 0]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ours = {key: options[key] for key in ("copy_data", "store_data", "fixef_rm")}
            probe = pf.feols(text, positive, vcov="iid", demeaner=pf.MapDemeaner(fixef_tol=1e-6), **ours)
    except (ValueError, np.linalg.LinAlgError):
        return ["ir"]
    return ["ir"] if probe._collin_vars else []


def _run(work: Any, notes: list[str]) -> Any:
    """Run pyfixest; its warnings become notes, its failures one-line errors."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fit = work()
        except np.linalg.LinAlgError as error:
            raise GravityError(f"the regressors are collinear, or a coefficient runs to infinity ({error})") from error
        except ValueError as error:
            text = " ".join(str(error).split())
            if "collinear" in text.lower():
                raise GravityError(
                    "every regressor is explained by the fixed effects; use one that varies within them"
                ) from error
            raise GravityError(f"the estimation failed: {text}") from error
    told = {" ".join(str(item.message).split()) for item in caught if issubclass(item.category, UserWarning)}
    notes.extend(sorted(text for text in told if "multicollinearity" not in text and "removed because" not in text))
    return fit


def _check_collinear(fit: Any, labels: list[str], collinear: str, notes: list[str]) -> None:
    lost = [labels[int(name[1:])] for name in fit._collin_vars]
    if not lost:
        return
    text = ", ".join(f"'{label}'" for label in lost)
    if collinear == "refuse":
        raise GravityError(
            f"{text}: collinear with the fixed effects or with other regressors, so that no coefficient exists; "
            "leave it "
            "out, or give collinear='drop' (--drop-collinear)"
        )
    notes.append(f"{text} left out: collinear with the fixed effects or with other regressors")


def _assembled(
    panel: Panel,
    parsed: Formula,
    design: Design,
    found: Found,
    fit: Any,
    frame: pd.DataFrame,
    estimator: str,
    cluster: str,
    notes: list[str],
) -> Estimate:
    kept = [int(name[1:]) for name in fit._coefnames if name != "Intercept"]
    place = [at for at, name in enumerate(fit._coefnames) if name != "Intercept"]
    gone = np.asarray(sorted({int(at) for at in fit.na_index}), dtype=np.int64)
    stays = np.ones(len(frame), dtype=bool)
    stays[gone] = False
    design.keep(stays, SEPARATED if estimator == "ppml" else "left out by the estimator")
    if estimator == "ppml":
        fitted = fit._Y_hat_response * fit.scale
        r2, deviance = float(fit._pseudo_r2), float(np.ravel(fit.deviance)[0])
    else:
        fitted = design.trade - np.ravel(fit.resid())
        r2, deviance = float(fit._r2), float(np.sum((design.trade - fitted) ** 2))
    coefficient = np.asarray(fit._beta_hat)[place]
    covariance = np.asarray(fit._vcov)[np.ix_(place, place)]
    if not (np.isfinite(coefficient).all() and np.isfinite(covariance).all()):
        raise NotSolvedError("the estimate is not finite; look for regressors that hardly vary")
    groups = fit._G if isinstance(fit._G, list) else [fit._G]
    return Estimate(
        labels=tuple(design.labels[k] for k in kept),
        coefficient=coefficient,
        covariance=covariance,
        formula=parsed.text,
        estimator=estimator,
        panel=panel.name,
        cluster=cluster,
        rows=int(design.rows.size),
        clusters=int(min(groups)) if cluster != "none" else int(design.rows.size),
        dropped=dict(design.dropped),
        separated=_separated_words(panel, found),
        pseudo_r2=r2,
        deviance=deviance,
        fitted=fitted,
        used=design.rows,
        blocks=_blocks(panel, parsed, design, fitted, kept) if estimator == "ppml" else None,
        notes=tuple(notes),
    )


def _blocks(panel: Panel, parsed: Formula, design: Design, fitted: np.ndarray, kept: list[int]) -> PairBlocks | None:
    if set(parsed.effects) != {("exporter_time",), ("importer_time",), ("pair",)}:
        return None
    frame = panel.frame.iloc[design.rows]
    return PairBlocks.from_rows(
        frame["exporter"].cat.codes.to_numpy(),
        frame["importer"].cat.codes.to_numpy(),
        frame["year"].to_numpy(),
        design.trade,
        fitted,
        design.regressors[:, kept],
    )


def _separated_words(panel: Panel, found: Found) -> tuple[str, ...]:
    words = []
    for effect, count in found.groups.items():
        row = panel.frame.iloc[found.example[effect]]
        words.append(
            f"{count} groups of {effect} without any trade, for example that of {row['exporter']} to "
            f"{row['importer']} in "
            f"{row['year']}"
        )
    return tuple(words)


def _nothing_left(panel: Panel, design: Design) -> str:
    reasons = "; ".join(f"{count} rows: {reason}" for reason, count in design.dropped.items())
    return f"panel '{panel.name}': no row is left to estimate from ({reasons}); use fewer effects"
