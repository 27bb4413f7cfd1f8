"""Threads and processes take the same tasks; a process that dies is an error in one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from multipolar.equilibrium.crew import crew
from multipolar.errors import NotSolvedError


def add(shared: tuple[int, ...], more: int) -> tuple[int, int]:
    return sum(shared) + more, os.getpid()


def die(shared: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def can_be_interrupted(shared: object) -> bool:
    return signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, set())


@pytest.mark.parametrize("processes", [0, 2])
def test_every_crew_gives_the_same_answers(processes: int) -> None:
    with crew(2, processes=processes) as hands:
        shared = hands.share((1, 2, 3))
        answers = [hands.submit(add, shared, more) for more in range(6)]
        found = [answer.result() for answer in answers]
    assert [number for number, _ in found] == [6, 7, 8, 9, 10, 11]
    assert (os.getpid() in {place for _, place in found}) is (processes == 0)


def test_a_process_that_was_killed_is_an_error_with_its_remedy() -> None:
    with pytest.raises(NotSolvedError, match="want of memory; use --workers 1"), crew(2, processes=2) as hands:
        hands.submit(die, hands.share(None)).result()


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals cannot be held back on this system")
def test_an_interrupt_reaches_this_process_alone() -> None:
    with crew(2, processes=1) as hands:
        assert hands.submit(can_be_interrupted, hands.share(None)).result() is False
    assert can_be_interrupted(None)


KILLED = """
import os, signal
from multipolar.equilibrium.crew import crew
with crew(1, processes=1) as hands:
    print(hands.submit(lambda shared: os.getpid(), hands.share(None)).result(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_processes_end_when_the_one_they_work_for_is_killed() -> None:
    # Their output is a pipe to this process: without its end, which comes with that of the last of them, time runs out.
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", KILLED], env=environment, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL
    assert int(done.stdout) > 0
