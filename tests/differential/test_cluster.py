"""Batches and draws on a Dask cluster of real processes on this machine, one of them killed while it works."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from multipolar.equilibrium import Batch, BlocRule, Case, coalitions_of, solve_batch, solve_coalitions
from multipolar.errors import InputError
from multipolar.scenario.policy import status_quo
from toys import toy_world

pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")

CODES = tuple(f"E{i:02d}" for i in range(9))


class Cluster:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder, self.workers = folder, []
        self._environment = os.environ | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
        quiet = ["--host", "127.0.0.1", "--no-dashboard"]
        self._scheduler = self._start("scheduler", ["dask_scheduler", "--port", "0", *quiet])
        self.address = self._find_address()
        for number in range(workers):
            words = ["dask_worker", self.address, "--no-nanny", "--nthreads", "1", *quiet]
            self.workers.append(self._start(f"worker-{number}", [*words, "--local-directory", str(folder)]))

    def _start(self, name: str, words: list[str]) -> subprocess.Popen[bytes]:
        with (self._folder / f"{name}.log").open("wb") as log:
            command = [sys.executable, "-m", f"distributed.cli.{words[0]}", *words[1:]]
            return subprocess.Popen(command, stdout=log, stderr=log, env=self._environment)

    def _find_address(self) -> str:
        for _ in range(600):
            for line in (self._folder / "scheduler.log").read_text().splitlines():
                if "Scheduler at:" in line:
                    return line.split()[-1]
            time.sleep(0.1)
        raise RuntimeError((self._folder / "scheduler.log").read_text())

    def wait_for(self, workers: int) -> None:
        from distributed import Client

        with Client(self.address, set_as_default=False, timeout=60) as client:
            client.wait_for_workers(workers, timeout=120)

    def stop(self) -> None:
        for process in [*self.workers, self._scheduler]:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    running = Cluster(tmp_path, 2)
    try:
        running.wait_for(2)
        yield running
    finally:
        running.stop()


def _same(one: Batch, other: Batch) -> None:
    assert one.names == other.names
    assert one.methods == other.methods
    assert one.reasons == other.reasons
    for name in ("solved", "wage_hat", "real_income_hat", "price_hat", "expenditure", "income", "tariff_revenue"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)


def test_a_batch_survives_a_killed_worker(cluster: Cluster, tmp_path: Path) -> None:
    """Nothing lost, nothing twice, and the numbers of the local run to the last bit: the blocks are the same."""
    world, rule = toy_world(CODES), BlocRule(internal_cost=0.95)
    coalitions = coalitions_of(CODES)
    here = solve_coalitions(world, coalitions, rule).require_all()
    told: list[int] = []

    def kill_one(done: int, total: int) -> None:
        told.append(done)
        if len(told) == 1:
            cluster.workers[0].send_signal(signal.SIGKILL)

    folder = tmp_path / "chunks"
    there = solve_coalitions(
        world, coalitions, rule, scheduler=cluster.address, chunk=128, progress=kill_one, folder=folder
    )
    assert cluster.workers[0].wait(timeout=10) == -signal.SIGKILL
    assert told == [128, 256, 384, 512]
    assert len(list(folder.glob("*.npz"))) == 4
    _same(here, there)


def test_cases_with_worlds_and_failures_of_their_own(cluster: Cluster) -> None:
    world, other = toy_world(CODES), toy_world(CODES, seed=3)
    rng = np.random.default_rng(2)
    policies = [status_quo(w, f"draw-{i}") for i, w in enumerate([world, other] * 20)]
    cases = [
        Case(w, policy, w.trade_elasticity * rng.uniform(0.8, 1.2) if i % 5 == 0 else None)
        for i, (w, policy) in enumerate(zip([world, other] * 20, policies, strict=True))
    ]
    cases[7] = Case(toy_world(CODES[:5]), status_quo(toy_world(CODES[:5]), "too small"))
    here, there = solve_batch(cases), solve_batch(cases, scheduler=cluster.address)
    assert list(there.failures) == [7]
    _same(here, there)


def test_draws_of_a_study(cluster: Cluster, tmp_path: Path) -> None:
    from multipolar.cli.app import main

    outputs = []
    for extra in ([], ["--scheduler", cluster.address]):
        out = tmp_path / f"out-{len(outputs)}"
        words = ["run", "customs-union-2009", "--draws", "3", "--out", str(out), *extra]
        with pytest.raises(SystemExit) as ended:
            main(words)
        assert ended.value.code == 0
        outputs.append((out / "effects.csv").read_bytes())
    assert outputs[0] == outputs[1]


def test_what_is_wrong_with_an_address_is_said() -> None:
    cases = [Case(toy_world(), status_quo(toy_world()))]
    for address in ("localhost:8786", "tcp://8786", "tcp://host:port"):
        with pytest.raises(InputError, match="tcp://HOST:PORT"):
            solve_batch(cases, scheduler=address)


def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from multipolar.equilibrium import crew

    monkeypatch.setattr(crew, "CONNECT", 0.5)
    cases = [Case(toy_world(), status_quo(toy_world()))]
    with pytest.raises(InputError, match="no Dask scheduler answers at"):
        solve_batch(cases, scheduler="tcp://127.0.0.1:9")


def test_a_cluster_without_workers(tmp_path: Path) -> None:
    running = Cluster(tmp_path, 0)
    try:
        with pytest.raises(InputError, match="has no workers"):
            solve_batch([Case(toy_world(), status_quo(toy_world()))], scheduler=running.address)
    finally:
        running.stop()
