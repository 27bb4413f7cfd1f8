"""An interrupt ends the command, wherever Python happens to be when it comes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from multipolar.cli.interrupt import dealt_with, interruptible, requested

pytestmark = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")

SWALLOWED = """
import gc, os, signal, sys, time
from multipolar.cli import look
from multipolar.cli import main

def lost_in_a_destructor():
    class Noisy:
        def __del__(self):
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):  # the handler runs between two instructions of this
                pass
    Noisy()

def lost_in_a_callback_of_the_collector():
    def callback(phase, info):
        if phase == "start":
            gc.callbacks.remove(callback)
            os.kill(os.getpid(), signal.SIGINT)
            for _ in range(1000):
                pass
    gc.callbacks.append(callback)
    gc.collect()

def lost_in_a_bare_except():
    try:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
    except BaseException:
        pass

def command(as_json):
    globals()[sys.argv[1]]()
    print("still running", file=sys.stderr)
    for _ in range(200):
        time.sleep(0.05)
    print("never stopped", file=sys.stderr)

look.list_worlds = command
main(["worlds"])
"""


@pytest.mark.parametrize(
    "way", ["lost_in_a_destructor", "lost_in_a_callback_of_the_collector", "lost_in_a_bare_except"]
)
def test_an_interrupt_that_got_lost_comes_again(way: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SWALLOWED, way], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 130, done.stderr
    lines = done.stderr.splitlines()
    assert lines[0] == "still running"  # it did get lost
    assert lines[1:] == ["error: interrupted; the same command goes on where it stopped"]


def test_a_second_interrupt_does_not_cut_cleaning_up_short() -> None:
    cleaned = []
    with pytest.raises(KeyboardInterrupt), interruptible():
        try:
            signal.raise_signal(signal.SIGINT)
        finally:
            signal.raise_signal(signal.SIGINT)
            cleaned.append(True)
    assert cleaned == [True]
    assert not requested()


def test_the_usual_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGINT)
    hook = sys.unraisablehook
    with interruptible():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before
    assert sys.unraisablehook is hook


def test_an_ignored_signal_stays_ignored() -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with interruptible():
            assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    dealt_with()
    assert not requested()


BUILDING = """
import os, signal, sys
import multipolar.cli.data as data
from multipolar.__main__ import main

name = sys.argv.pop()
data.build = lambda *given: os.kill(os.getpid(), getattr(signal, name)) or [None for _ in range(10**8)]
main()
"""


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_an_interrupted_build_does_not_claim_to_go_on(name: str) -> None:
    asked = ["world", "build", "toy", "--data", "."]
    done = subprocess.run(
        [sys.executable, "-c", BUILDING, *asked, name], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 130
    assert done.stderr.splitlines() == ["error: interrupted; nothing was written; start again"]
