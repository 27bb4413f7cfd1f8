"""The bias correction against its definition in plain loops, and its limits."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from gravity_toys import RTA, made_frame, made_panel
from multipolar.errors import GravityError
from multipolar.gravity import correct, estimate, leverage, make_panel
from multipolar.gravity.bias import clustered_covariance
from multipolar.gravity.blocks import PairBlocks

FORMULA = "trade ~ rta + tariff | exporter_time + importer_time + pair"


def _blocks(drop: float = 0.0, seed: int = 0, economies: int = 6, years: int = 4) -> PairBlocks:
    frame = made_frame(economies, years, noise=0.6, zeros=0.1, seed=seed)
    frame = frame.loc[np.random.default_rng(seed).random(len(frame)) >= drop]
    blocks = estimate(make_panel(frame), FORMULA, cluster="pair").blocks
    assert blocks is not None
    return blocks


def _plain(blocks: PairBlocks) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Demeaned regressors, bias and corrected covariance by the definitions, one pair at a time."""
    pairs, periods = blocks.fitted.shape
    n_i, n_j, regressors = blocks.exporters, blocks.importers, blocks.regressors.shape[2]
    effects = np.zeros((pairs, periods, (n_i + n_j) * periods))
    for p in range(pairs):
        for t in range(periods):
            effects[p, t, blocks.exporter[p] * periods + t] = 1
            effects[p, t, (n_i + blocks.importer[p]) * periods + t] = 1
    hessian = np.stack([np.diag(lam) - np.outer(lam, lam) / lam.sum() for lam in blocks.fitted])
    total = sum(effects[p].T @ hessian[p] @ effects[p] for p in range(pairs))
    inverse = np.linalg.pinv(total, rcond=1e-11, hermitian=True)
    theta = blocks.fitted / blocks.fitted.sum(axis=1, keepdims=True)
    x = np.zeros_like(blocks.regressors)
    for k in range(regressors):
        right = sum(effects[p].T @ hessian[p] @ blocks.regressors[p, :, k] for p in range(pairs))
        gamma = inverse @ right
        for p in range(pairs):
            rest = blocks.regressors[p, :, k] - effects[p] @ gamma
            x[p, :, k] = rest - theta[p] @ rest
    information = sum(x[p].T @ np.diag(blocks.fitted[p]) @ x[p] for p in range(pairs))
    score = np.zeros(regressors)
    for group, count in ((blocks.exporter, n_i), (blocks.importer, n_j)):
        for g in range(count):
            mine = [p for p in range(pairs) if group[p] == g]
            h = np.linalg.pinv(sum(hessian[p] for p in mine), rcond=1e-11, hermitian=True)
            outer = sum(np.outer(blocks.residual[p], blocks.residual[p]) for p in mine)
            for k in range(regressors):
                first = sum(np.outer(hessian[p] @ x[p, :, k], blocks.residual[p]) for p in mine)
                third = sum(_third(blocks.fitted[p], x[p, :, k]) for p in mine)
                score[k] += count / (count - 1) * (-np.trace(h @ first) + 0.5 * np.trace(third @ h @ outer @ h))
    middle = np.zeros((regressors, regressors))
    spread = np.linalg.inv(information)
    for p in range(pairs):
        lean = hessian[p] @ (x[p] @ spread @ x[p].T + effects[p] @ inverse @ effects[p].T)
        inflated = np.linalg.pinv(np.eye(periods) - lean, rcond=1e-9) @ blocks.residual[p]
        middle += x[p].T @ np.outer(inflated, blocks.residual[p]) @ x[p]
    covariance = spread @ middle @ spread * pairs / (pairs - 1)
    return x, spread @ score, (covariance + covariance.T) / 2


def _third(lam: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """Third derivative in a direction, by the difference of Hessians."""
    step = 1e-5
    whole = lam.sum()

    def hessian(shift: float) -> np.ndarray:
        theta = lam * np.exp(shift * direction)
        theta = theta / theta.sum()
        return whole * (np.diag(theta) - np.outer(theta, theta))

    return -(hessian(step) - hessian(-step)) / (2 * step)


@pytest.mark.parametrize(("drop", "seed"), [(0.0, 0), (0.15, 1)])
def test_bias_and_covariance_are_those_of_the_definitions(drop: float, seed: int) -> None:
    frame = made_frame(6, 4, noise=0.6, zeros=0.1, seed=seed)
    frame = frame.loc[np.random.default_rng(seed).random(len(frame)) >= drop]
    found = estimate(make_panel(frame), FORMULA, cluster="pair")
    assert found.blocks is not None
    x, bias, covariance = _plain(found.blocks)
    made = correct(found)
    np.testing.assert_allclose(found.blocks.demeaned, x, atol=1e-7)
    assert made.bias is not None
    np.testing.assert_allclose(made.bias, bias, rtol=1e-5)
    np.testing.assert_allclose(made.covariance, covariance, rtol=1e-6)
    np.testing.assert_allclose(made.coefficient, found.coefficient - bias, rtol=1e-6)
    np.testing.assert_allclose(clustered_covariance(found.blocks), found.covariance, rtol=1e-5)


def test_more_importers_than_exporters_and_the_reverse() -> None:
    frame = made_frame(7, 3, noise=0.6, seed=5)
    wide = frame.loc[~frame["exporter"].isin(["E00", "E01"])]
    tall = wide.rename(columns={"exporter": "importer", "importer": "exporter"})
    one, other = (correct(estimate(make_panel(part), FORMULA, cluster="pair")) for part in (wide, tall))
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-6)
    np.testing.assert_allclose(one.bias, other.bias, rtol=1e-6)  # type: ignore[arg-type]


def test_numbers_do_not_depend_on_the_size_of_the_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = _blocks()
    whole, _ = leverage.inflated_residuals(blocks, 1e4)
    monkeypatch.setattr(leverage, "CHUNK", 100)
    np.testing.assert_allclose(leverage.inflated_residuals(blocks, 1e4)[0], whole, rtol=1e-12)


def test_a_direction_that_is_fitted_perfectly_is_counted_and_carries_nothing() -> None:
    frame = made_frame(6, 3, noise=0.5, seed=1)
    lonely = (frame["exporter"] == "E00") & (frame["year"] == 1991)
    frame = frame.loc[~lonely | frame["importer"].isin(["E01"])]  # one row left in an exporter-year: a singleton
    sparse = frame["exporter"].isin(["E00"]) & ~frame["importer"].isin(["E01", "E02"])
    found = estimate(make_panel(frame.loc[~sparse]), FORMULA, cluster="pair")
    made = correct(found)
    assert np.isfinite(made.covariance).all() and (made.covariance.diagonal() > 0).all()


def test_memory_is_bounded_and_named_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leverage, "CHUNK", 50_000)
    blocks = _blocks(economies=40, years=5)
    assert blocks.demeaned.size
    needed = leverage.memory_needed(blocks)
    tracemalloc.start()
    leverage.inflated_residuals(blocks, needed / 1e6)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.2 * needed
    with pytest.raises(GravityError, match="MB and 1 are allowed"):
        leverage.inflated_residuals(blocks, 1.0)


def test_the_correction_centres_the_estimates() -> None:
    """In a small panel with skewed trade the mean error over many samples shrinks."""
    raw, better = [], []
    for seed in range(24):
        found = estimate(made_panel(10, 3, noise=1.2, seed=seed), "trade ~ rta | exporter_time + importer_time + pair")
        raw.append(found.coefficient[0] - RTA)
        made = correct(found)
        better.append((made.coefficient[0] - RTA) / made.std_error[0])
        assert made.std_error[0] > np.sqrt(clustered_covariance(found.blocks)[0, 0])  # type: ignore[arg-type]
    assert np.std(better) < 1.5
    assert np.isfinite(raw).all()


@pytest.mark.parametrize(
    "formula",
    ["trade ~ rta | exporter_time + importer_time", "trade ~ rta | exporter_time + importer_time + symmetric_pair"],
)
def test_other_equations_are_refused(formula: str) -> None:
    with pytest.raises(GravityError, match="exactly the effects exporter_time"):
        correct(estimate(made_panel(6, 4, noise=0.3), formula))


def test_the_bias_is_taken_off_once() -> None:
    made = correct(estimate(made_panel(6, 4, noise=0.3), FORMULA), standard_errors=False)
    with pytest.raises(GravityError, match="taken off already"):
        correct(made)
