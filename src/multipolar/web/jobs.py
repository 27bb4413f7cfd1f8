"""Work that takes longer than a blink: told step by step as server-sent events, bounded in time, and cancelled at will.

Events: ``start`` ``{id}``, ``progress`` ``{stage, done, total, seconds}``, then one of ``done`` (the result),
``problem`` (as in `problems`) and ``cancelled`` ``{}``. A reader who leaves cancels.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import threading
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from multipolar.web.problems import Refused, problem_of

__all__ = ["Jobs", "Told", "Work"]

Told = Callable[[str, int, int], None]
"""``progress(stage, done, total)``."""

Work = Callable[[Told], dict[str, Any]]
"""Does the work, calling back now and then."""

STOPPING = 4
"""Threads, as a multiple of the work that may be under way, that may exist while cancelled ones wind down."""

PULSE = 1.0
"""Seconds after which a reader hears something even if nothing moved."""


class _Cancelled(BaseException):
    """Raised inside the work to end it; not an `Exception`, so that nothing on the way takes it for a failure."""


class Jobs:
    """The work under way.

    Parameters
    ----------
    most
        Pieces of work at a time; more are refused, not queued.
    seconds
        After which a piece of work is ended.
    """

    def __init__(self, most: int = 2, seconds: float = 180.0) -> None:
        self.most, self.seconds = most, seconds
        self._running: dict[str, threading.Event] = {}
        self._threads: list[threading.Event] = []
        self._lock = threading.Lock()

    @property
    def busy(self) -> int:
        """Threads at work, those included that have been told to stop and have not yet noticed."""
        return len(self._threads)

    def cancel(self, job: str) -> bool:
        """Ask a piece of work to stop; returns whether there was one."""
        asked = self._running.get(job)
        if asked is not None:
            asked.set()
        return asked is not None

    def begin(self, work: Work) -> AsyncIterator[bytes]:
        """Start a piece of work, from within the event loop, and return its events.

        Raises
        ------
        Refused
            If too much is under way.
        """
        asked = threading.Event()
        with self._lock:
            # Who moves a slider cancels and asks again at once: what is about to stop does not count, up to a bound.
            under_way = sum(not other.is_set() for other in self._threads)
            if under_way >= self.most or len(self._threads) >= STOPPING * self.most:
                raise Refused(429, f"{self.most} computations are under way; wait for one to end, or cancel it")
            self._threads.append(asked)
        began, queue = time.monotonic(), asyncio.Queue[tuple[str, Any]]()
        put = _put(asyncio.get_running_loop(), queue)
        threading.Thread(target=self._run, args=(work, asked, began, put), daemon=True).start()
        return self._events(queue, asked, began)

    async def _events(
        self, queue: asyncio.Queue[tuple[str, Any]], asked: threading.Event, began: float
    ) -> AsyncIterator[bytes]:
        job = secrets.token_hex(8)
        self._running[job] = asked
        try:
            yield _event("start", {"id": job})
            last: dict[str, Any] = {"stage": "starting", "done": 0, "total": 0}
            while True:
                try:
                    name, data = await asyncio.wait_for(queue.get(), PULSE)
                except TimeoutError:
                    name, data = "progress", last
                if name == "progress":
                    last = data
                    data = {**data, "seconds": round(time.monotonic() - began, 1)}
                yield _event(name, data)
                if name != "progress":
                    return
        finally:
            asked.set()
            self._running.pop(job, None)

    def _run(self, work: Work, asked: threading.Event, began: float, put: Callable[[str, Any], None]) -> None:
        told_at = 0.0

        def told(stage: str, done: int, total: int) -> None:
            nonlocal told_at
            now = time.monotonic()
            if asked.is_set():
                raise _Cancelled
            if now - began > self.seconds:
                raise Refused(503, f"not done after {self.seconds:.0f} seconds; ask for fewer draws or members")
            if now - told_at >= 0.05 or done == total:
                told_at = now
                put("progress", {"stage": stage, "done": done, "total": total})

        try:
            result = work(told)
            put("done", result)
        except _Cancelled:
            put("cancelled", {})
        except BaseException as error:
            put("problem", problem_of(error))
        finally:
            with self._lock:
                self._threads.remove(asked)


def _put(loop: asyncio.AbstractEventLoop, queue: asyncio.Queue[tuple[str, Any]]) -> Callable[[str, Any], None]:
    def put(name: str, data: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, (name, data))

    return put


def _event(name: str, data: Any) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, allow_nan=False)}\n\n".encode()
