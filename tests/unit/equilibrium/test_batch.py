"""Batches: failures in place, digits that depend on nothing but the input, restarts, memory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from multipolar.equilibrium.batch import Batch, estimate_memory, solve_batch, solve_coalitions
from multipolar.equilibrium.coalitions import BlocRule, bloc_policy, coalitions_of
from multipolar.equilibrium.patches import block_size
from multipolar.equilibrium.plans import ARRAYS, CoalitionPlan
from multipolar.equilibrium.solver import Case, solve
from multipolar.errors import InputError, NotSolvedError, OutputError, UnknownNameError
from multipolar.scenario.policy import status_quo
from multipolar.world import select_economies
from toys import toy_world

WORLD = toy_world(seed=1)
MANY = coalitions_of(WORLD.economies) * 6
"""384 coalitions: three blocks of 128."""


def _same(a: Batch, b: Batch) -> bool:
    arrays = all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in ARRAYS)
    return arrays and (a.names, a.reasons, a.methods) == (b.names, b.reasons, b.methods)


@pytest.fixture(scope="module")
def whole() -> Batch:
    return solve_coalitions(WORLD, MANY)


# -- what comes back ------------------------------------------------------------------------------------------------


def test_coalitions_are_all_there_smallest_first() -> None:
    found = coalitions_of("ABCD")
    assert len(found) == 16 == len(set(found))
    assert [len(c) for c in found] == sorted(len(c) for c in found)
    assert coalitions_of("ABA", sizes=[2]) == [("A", "B")]


def test_fewer_than_two_members_change_nothing(whole) -> None:
    assert whole.names[:2] == ("nobody", "RUS")
    np.testing.assert_allclose(whole.real_income_hat[:7], 1.0, rtol=1e-11)
    assert (np.abs(whole.real_income_hat[7:64] - 1).max(axis=1) > 1e-7).any()


def test_tables_are_labelled(whole) -> None:
    table = whole.real_income_pct()
    assert list(table.columns) == list(WORLD.economies)
    eq = solve(WORLD, bloc_policy(WORLD, ("EUN", "CHN")))
    assert table.loc["EUN+CHN"].iloc[0]["CHN"] == pytest.approx(100 * (eq.real_income_hat[4] - 1), abs=1e-9)
    report = whole.report()
    assert report["solved"].all() and report["reason"].isna().all() and (report["residual"] <= 1e-10).all()
    assert whole.require_all() is whole
    with pytest.raises(ValueError, match="read-only"):
        whole.wage_hat[0, 0] = 1.0


# -- failures -------------------------------------------------------------------------------------------------------


def _hopeless(world=WORLD):
    """An economy with a fixed trade surplus, cut off from everybody: it could not run its surplus any more."""
    i = int(np.argmin(world.deficit))
    cost = np.ones_like(world.tariff)
    cost[i], cost[:, i] = np.inf, np.inf
    cost[i, i] = 1.0
    return replace(status_quo(world, "cut off"), cost_hat=cost)


def test_a_failure_is_reported_in_place_and_disturbs_nobody() -> None:
    good = [Case(WORLD, bloc_policy(WORLD, c)) for c in coalitions_of(WORLD.economies, sizes=[2, 3])]
    other_size = Case(WORLD, status_quo(select_economies(WORLD, WORLD.economies[:4]), "small"))
    other_world = Case(select_economies(WORLD, WORLD.economies[:4]), other_size.policy)
    bad_theta = Case(WORLD, status_quo(WORLD, "theta"), np.array([4.0, -1.0, 4.0]))
    cases = [*good[:7], Case(WORLD, _hopeless()), *good[7:], other_size, other_world, bad_theta]
    batch = solve_batch(cases)
    assert list(batch.failures) == [7, len(good) + 1, len(good) + 2, len(good) + 3]
    expected = ("residual", "derive it from this world", "batch of its own", "above 0")
    for reason, part in zip(batch.failures.values(), expected, strict=True):
        assert part in reason and "\n" not in reason
    for i in batch.failures:
        assert not batch.solved[i] and batch.methods[i] == ""
        assert np.isnan(batch.real_income_hat[i]).all() and np.isnan(batch.wage_hat[i]).all()
    assert not batch.residual[7] <= 1e-10
    alone = solve_batch(good)
    kept = np.flatnonzero(batch.solved)
    np.testing.assert_allclose(batch.wage_hat[kept], alone.wage_hat, rtol=1e-13)
    with pytest.raises(NotSolvedError, match=r"4 of .* 'cut off'"):
        batch.require_all()


def test_a_coalition_that_cannot_be_solved_keeps_its_place() -> None:
    # Members stop trading with each other; where too few outsiders are left, a fixed surplus cannot be run any more.
    rule = BlocRule(internal_cost=1e30, sectors=WORLD.sectors, cost_sectors=WORLD.sectors)
    coalitions = coalitions_of(WORLD.economies, sizes=[2, 3, 4, 6])
    batch = solve_coalitions(WORLD, coalitions, rule)
    for i, coalition in enumerate(coalitions):
        try:
            eq = solve(WORLD, bloc_policy(WORLD, coalition, rule))
        except NotSolvedError as error:
            assert batch.reasons[i] == str(error) and not batch.solved[i]
        else:
            np.testing.assert_allclose(batch.wage_hat[i], eq.wage_hat, rtol=1e-10)
    assert batch.failures and len(batch.failures) < len(batch)


def test_where_nearly_all_supply_goes_the_single_solver_is_used() -> None:
    cost = np.ones_like(WORLD.tariff)
    cost[:, 1, 0] = 30.0  # energy for economy 1, its own included: of the old supply next to nothing is left
    dear = [replace(status_quo(WORLD, f"p{i}"), cost_hat=np.where(cost > 1, cost + i, 1.0)) for i in range(16)]
    batch = solve_batch([Case(WORLD, policy) for policy in dear])
    assert "shared" not in batch.methods and not batch.failures
    for i, policy in enumerate(dear):
        eq = solve(WORLD, policy)
        np.testing.assert_allclose(batch.wage_hat[i], eq.wage_hat, rtol=1e-10)
        np.testing.assert_allclose(batch.price_hat[i], eq.price_hat, rtol=1e-10)


@pytest.mark.parametrize(
    ("work", "error", "says"),
    [
        (lambda: solve_coalitions(WORLD, [("RUS", "XXX")]), UnknownNameError, "XXX"),
        (lambda: solve_coalitions(WORLD, [("RUS", "RUS")]), InputError, "twice"),
        (lambda: solve_coalitions(WORLD, []), InputError, "at least one"),
        (lambda: solve_batch([]), InputError, "at least one"),
        (lambda: solve_coalitions(WORLD, MANY, chunk=0), InputError, "chunk"),
        (lambda: solve_coalitions(WORLD, MANY, workers=0), InputError, "workers"),
        (lambda: solve_coalitions(WORLD, MANY, deficits="none"), InputError, "deficits"),  # type: ignore[arg-type]
        (lambda: BlocRule(kind="club"), InputError, "kind"),  # type: ignore[arg-type]
        (lambda: BlocRule(internal_cost=0.0), InputError, "internal_cost"),
        (lambda: BlocRule(external_tariff={"goods": 0.1}), InputError, "external"),
        (lambda: BlocRule(kind="customs_union", external_tariff={"goods": -2}), InputError, "goods"),
        (
            lambda: bloc_policy(WORLD, (), BlocRule(kind="customs_union", external_tariff={"goods": 0.1})),
            InputError,
            "energy",
        ),
        (lambda: bloc_policy(WORLD, (), BlocRule(sectors=("steel",))), UnknownNameError, "steel"),
        (
            lambda: solve_coalitions(WORLD, MANY, BlocRule(internal_cost=0.9, cost_sectors=("steel",))),
            UnknownNameError,
            "steel",
        ),
        (
            lambda: solve_coalitions(WORLD, MANY, BlocRule(internal_cost=0.9, sectors=("energy",))),
            InputError,
            "name the sectors in cost_sectors",
        ),
    ],
)
def test_bad_input_is_refused_by_name(work, error, says) -> None:
    with pytest.raises(error, match=says):
        work()


# -- digits depend on nothing but the input -------------------------------------------------------------------------


@pytest.mark.parametrize(("chunk", "workers"), [(1, 1), (1, 2), (200, 3), (10_000, 1)])
def test_neither_chunks_nor_workers_change_a_digit(whole, chunk, workers) -> None:
    assert block_size(6, 3, True) == 128
    assert _same(whole, solve_coalitions(WORLD, MANY, chunk=chunk, workers=workers))


def test_neither_chunks_nor_workers_change_a_digit_of_a_list_of_cases() -> None:
    cases = [Case(WORLD, bloc_policy(WORLD, c)) for c in MANY]
    cases[5] = Case(WORLD, _hopeless())
    assert _same(solve_batch(cases, chunk=1, workers=1), solve_batch(cases, chunk=10_000, workers=2))


def test_progress_goes_chunk_by_chunk() -> None:
    told: list[tuple[int, int]] = []
    solve_coalitions(WORLD, MANY, chunk=128, progress=lambda done, total: told.append((done, total)))
    assert told == [(128, 384), (256, 384), (384, 384)]


def test_cases_are_made_when_asked_for() -> None:
    asked: list[int] = []

    class Lazy(list):
        def __getitem__(self, i: Any) -> Any:
            asked.append(i)
            return Case(WORLD, bloc_policy(WORLD, MANY[i]))

    at_once: list[int] = []
    batch = solve_batch(Lazy(MANY), chunk=128, workers=1, progress=lambda done, _: at_once.append(max(asked)))
    assert len(batch) == 384 and at_once == [127, 255, 383]


# -- restarts -------------------------------------------------------------------------------------------------------

KILLED = """
import os, signal, sys
sys.path[:0] = sys.argv[2].split(os.pathsep)
from multipolar.equilibrium.batch import solve_coalitions
from multipolar.equilibrium.coalitions import coalitions_of
from toys import toy_world
world = toy_world(seed=1)
def stop(done, total):
    if done == 256:
        os.kill(os.getpid(), signal.SIGKILL)
solve_coalitions(world, coalitions_of(world.economies) * 6, chunk=128, folder=sys.argv[1], progress=stop)
"""


def test_a_killed_batch_resumes_with_the_same_numbers(whole, tmp_path, monkeypatch) -> None:
    paths = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path), paths], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert len(list(tmp_path.glob("*.npz"))) == 2
    solved: list[int] = []
    original = CoalitionPlan.solve

    def spy(self: CoalitionPlan, start: int, stop: int):
        solved.append(start)
        return original(self, start, stop)

    monkeypatch.setattr(CoalitionPlan, "solve", spy)
    again = solve_coalitions(WORLD, MANY, chunk=128, folder=tmp_path)
    assert solved == [256]
    assert _same(whole, again)


def test_an_interrupted_list_of_cases_resumes_with_its_failures(tmp_path) -> None:
    cases = [Case(WORLD, bloc_policy(WORLD, c)) for c in MANY[:140]]
    cases[3] = Case(WORLD, _hopeless())

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        solve_batch(cases, chunk=128, folder=tmp_path, progress=stop)
    assert len(list(tmp_path.iterdir())) == 1
    resumed = solve_batch(cases, chunk=128, folder=tmp_path)
    assert _same(resumed, solve_batch(cases, chunk=128)) and list(resumed.failures) == [3]


def test_a_damaged_or_foreign_chunk_is_computed_anew(whole, tmp_path) -> None:
    solve_coalitions(WORLD, MANY, chunk=128, folder=tmp_path)
    first, second, third = sorted(tmp_path.glob("*.npz"))
    first.write_bytes(first.read_bytes()[:500])
    second.write_bytes(b"")
    np.savez(third, record=np.frombuffer(b"[]", np.uint8))
    assert _same(whole, solve_coalitions(WORLD, MANY, chunk=128, folder=tmp_path))
    assert not list(tmp_path.glob("*.part"))


def test_chunks_of_another_question_are_not_taken(whole, tmp_path) -> None:
    solve_coalitions(WORLD, MANY, folder=tmp_path)
    others: list[Any] = [
        (WORLD, {"rule": BlocRule(internal_cost=0.9)}),
        (WORLD, {"rule": BlocRule(kind="customs_union")}),
        (WORLD, {"deficits": "scaled"}),
        (WORLD, {"elasticity": np.array([4.0, 4.0, 4.0])}),
        (toy_world(seed=2), {}),
    ]
    for world, options in others:
        kept = solve_coalitions(world, MANY, folder=tmp_path, **options)
        assert _same(kept, solve_coalitions(world, MANY, **options))
        assert not _same(kept, whole)


def test_a_folder_that_cannot_be_written_is_refused(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="choose another folder"):
        solve_coalitions(WORLD, MANY, folder=tmp_path / "file")


# -- memory ---------------------------------------------------------------------------------------------------------


def test_a_batch_that_does_not_fit_is_refused_before_it_starts() -> None:
    with pytest.raises(InputError, match=r"MB.*fewer at a time"):
        solve_coalitions(WORLD, MANY, memory=1e6)


def test_fewer_workers_are_used_where_memory_asks_for_it(whole) -> None:
    cells = 36
    one = estimate_memory(6, 3, len(MANY), cells=cells, workers=1)
    assert one < estimate_memory(6, 3, len(MANY), cells=cells, workers=2)
    assert _same(whole, solve_coalitions(WORLD, MANY, memory=1.01 * one, workers=8))


def test_the_estimate_grows_with_what_is_asked() -> None:
    assert estimate_memory(194, 1, 4096, linked=False, cells=144, workers=2) < 2e8
    assert estimate_memory(194, 1, 8192, linked=False) > estimate_memory(194, 1, 4096, linked=False)
    assert estimate_memory(194, 3, 4096) > estimate_memory(34, 3, 4096)


MEASURED = """
import os, re, sys
sys.path[:0] = sys.argv[1].split(os.pathsep)
from itertools import combinations, islice
from dataclasses import replace
import numpy as np
from multipolar.equilibrium.batch import estimate_memory, solve_coalitions
from multipolar.equilibrium.coalitions import BlocRule
from toys import toy_world
world = toy_world(economies=[f"E{i:02d}" for i in range(60)], sectors=["goods"], seed=1)
world = replace(world, intermediate_use=0 * world.intermediate_use, value_added=world.output,
                final_demand=world.expenditure)
rule = BlocRule(kind="customs_union")
coalitions = list(islice(combinations(world.economies, 4), 20_000))
solve_coalitions(world, coalitions[:300], rule, workers=2)
def memory(kind):
    return int(re.search(kind + r":\\s+(\\d+) kB", open("/proc/self/status").read()).group(1)) * 1024
open("/proc/self/clear_refs", "w").write("5")  # forget the peak of compiling
before = memory("VmRSS")
batch = solve_coalitions(world, coalitions, rule, workers=2)
after = memory("VmHWM")
results = sum(a.nbytes for a in vars(batch).values() if isinstance(a, np.ndarray))
print(len(batch.failures), after - before, results, estimate_memory(60, 1, 20_000, linked=False, cells=240, workers=2))
"""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="reads the memory of a process from /proc")
def test_a_batch_stays_within_its_estimate() -> None:
    paths = os.pathsep.join(p for p in sys.path if p)
    done = subprocess.run([sys.executable, "-c", MEASURED, paths], capture_output=True, text=True, check=True)
    failed, grown, results, estimate = map(float, done.stdout.split())
    assert failed == 0
    assert 0.5 * results < grown <= estimate < 3 * results
