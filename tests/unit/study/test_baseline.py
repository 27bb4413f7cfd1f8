"""A world beside gravity."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from multipolar.errors import GravityError, UnknownNameError
from multipolar.gravity import estimate
from multipolar.gravity.fit import gaps
from multipolar.study.baseline import fit_world, world_panel
from multipolar.world.bundled import load_world
from toys import toy_world


def test_the_shipped_world_is_fitted_and_every_gap_carries_its_status() -> None:
    world = load_world()
    made = fit_world(world)
    n = len(world.economies)
    assert len(made.pairs) == n * (n - 1) and set(made.sectors) == {"energy", "goods"}
    np.testing.assert_allclose(made.pairs["observed"].sum(), made.pairs["expected"].sum(), rtol=1e-6)
    assert set(made.pairs["status"]) <= {"observed", "mirrored", "imputed", "mixed", "absent"}
    distance = made.estimate.coefficient[made.estimate.index("log(distance_km)")]
    assert -2.0 < distance < -0.3
    row = made.pairs.iloc[0]
    assert row["gap_log"] == pytest.approx(np.log(row["observed"] / row["expected"]))
    record = json.loads(json.dumps(made.to_json(), allow_nan=False))
    assert len(record["pairs"]) == n * (n - 1)


def test_gravity_that_holds_leaves_no_gap() -> None:
    world = load_world()
    panel = world_panel(world, ["goods"])
    frame = panel.frame
    size = pd.factorize(frame["exporter"])[0] + 2.0 * pd.factorize(frame["importer"])[0]
    made = panel.with_columns(trade=np.exp(size / 20) / frame["distance_km"])
    table = gaps(made, estimate(made, "trade ~ log(distance_km) | exporter + importer"), status="status")
    np.testing.assert_allclose(table["gap_log"], 0.0, atol=1e-6)
    assert set(table["verdict"]) == {"near"}
    doubled = made.with_columns(trade=made.frame["trade"] * np.where(frame.index == 5, 3.0, 1.0))
    off = gaps(doubled, estimate(doubled, "trade ~ log(distance_km) | exporter + importer"))
    largest = off.iloc[int(off["gap_log"].to_numpy().argmax())]
    assert (largest["exporter"], largest["importer"]) == (frame["exporter"].iloc[5], frame["importer"].iloc[5])


def test_covariates_of_the_user_replace_distances() -> None:
    world = load_world()
    pairs = world_panel(world).frame[["exporter", "importer"]].astype(str)
    table = pairs.assign(distance_km=1000.0 + np.arange(len(pairs)), contiguous=0.0)
    panel = world_panel(world, covariates=table)
    assert panel.frame["distance_km"].min() == 1000.0 and "contiguous" in panel.frame
    with pytest.raises(GravityError, match="two rows for one exporter"):
        world_panel(world, covariates=pd.concat([table, table.head(1)]))
    with pytest.raises(GravityError, match="need a column 'importer'"):
        world_panel(world, covariates=table.drop(columns="importer"))
    with pytest.raises(GravityError, match="no pair of world"):
        world_panel(world, covariates=table.head(1).assign(exporter="ZZZ"))
    with pytest.raises(GravityError, match="cannot replace 'trade'"):
        world_panel(world, covariates=table.assign(trade=1.0))


def test_a_world_without_places_needs_distances() -> None:
    with pytest.raises(GravityError, match="no places of capitals"):
        fit_world(toy_world())
    with pytest.raises(UnknownNameError, match="nonsense"):
        fit_world(load_world(), ["nonsense"])
