"""An interrupt that cannot get lost.

Python raises `KeyboardInterrupt` wherever the main thread happens to be. Where that is a callback of the garbage
collector, as JAX registers one, or the destructor of an object, the interpreter prints the exception and goes on as if
nobody had asked. So the request is repeated until somebody is dealing with it.
"""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

__all__ = ["dealt_with", "interruptible", "requested"]

REPEAT = 0.3
"""Seconds between two requests."""

_state = threading.Event()
"""Set while a request is open."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT, and SIGTERM, raise `KeyboardInterrupt` again and again, until one is being handled.

    Does nothing outside the main thread, and nothing where the caller ignores SIGINT or has a handler of its own.
    """
    usual = signal.default_int_handler
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return
    hook = sys.unraisablehook
    end = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGINT, _asked)
    if end in (signal.SIG_DFL, usual):
        signal.signal(signal.SIGTERM, _asked)
    sys.unraisablehook = _quietly(hook)
    try:
        yield
    finally:
        dealt_with()
        signal.signal(signal.SIGINT, usual)
        signal.signal(signal.SIGTERM, end)
        sys.unraisablehook = hook


def dealt_with() -> None:
    """Say that the request is being answered: it is not repeated any more."""
    _state.clear()


def requested() -> bool:
    """Return whether a request is open: made, and nobody has said that it is dealt with."""
    return _state.is_set()


def _asked(number: int, frame: FrameType | None) -> None:
    first = not _state.is_set()
    _state.set()
    if first:
        threading.Thread(target=_repeat, name="interrupt", daemon=True).start()
    elif _being_handled():
        return  # cleaning up: a second exception would cut that short
    raise KeyboardInterrupt


def _being_handled() -> bool:
    """Return whether the main thread is inside an ``except`` or ``finally`` that an interrupt has led to."""
    error: BaseException | None = sys.exc_info()[1]
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, KeyboardInterrupt):
            return True
        seen.add(id(error))
        error = error.__context__
    return False


def _repeat() -> None:
    main = threading.main_thread().ident
    clock = threading.Event()
    while not clock.wait(REPEAT) and _state.is_set():
        if hasattr(signal, "pthread_kill") and main is not None:
            signal.pthread_kill(main, signal.SIGINT)  # a real signal, which also ends a wait for a lock
        else:
            import _thread

            _thread.interrupt_main()


def _quietly(hook: Any) -> Any:
    """Keep quiet about an interrupt that got lost: it comes again. Anything else is reported as ever."""

    def told(found: Any) -> None:
        if not (_state.is_set() and issubclass(found.exc_type, KeyboardInterrupt)):
            hook(found)

    return told
