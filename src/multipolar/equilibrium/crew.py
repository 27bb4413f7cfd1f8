"""Who does the work of a batch: threads of this process, processes beside it, or the workers of a Dask cluster.

All take the same tasks and give the same numbers: a task is a function, something shared by all tasks, and what this
one is about. On a cluster a task that is lost with its worker runs again elsewhere; what counts is its one answer.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import uuid
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, Protocol
from weakref import WeakSet

from multipolar.errors import InputError, NotSolvedError

__all__ = ["Crew", "crew"]

IDLE = 120.0
"""Seconds after which a process without a task ends; the next task starts another."""

CONNECT = 15.0
"""Seconds that a scheduler has to answer."""

EXTRA = "pip install 'multipolar[cluster]', in a clone pip install -e '.[cluster]'"


class Crew(Protocol):
    """Takes tasks.

    Attributes
    ----------
    leaves_this_thread_idle
        Whether the thread that hands tasks out may as well take on those that nobody has begun.
    """

    leaves_this_thread_idle: bool

    def share(self, thing: Any) -> Any:
        """Make something available to all tasks, and return what stands for it in `submit`."""
        ...

    def submit(self, work: Callable[..., Any], shared: Any, *about: Any) -> Future[Any]:
        """Hand out ``work(thing, *about)``."""
        ...


@contextmanager
def crew(threads: int, scheduler: str | None = None, processes: int = 0) -> Iterator[Crew]:
    """Give a crew, and send it home at the end; tasks not begun are dropped then.

    Parameters
    ----------
    threads
        Threads of this process; not used with a scheduler or with processes.
    scheduler
        Address of a Dask scheduler, ``tcp://HOST:PORT``; None to stay on this machine. Tasks and answers travel as
        pickles: name only a scheduler that you trust as you trust your own shell.
    processes
        Processes to use in place of threads where no scheduler is given: for work that holds the interpreter's lock
        and is worth the two seconds that a process takes to come up. 0 for threads.

    Raises
    ------
    InputError
        If the scheduler is not named as an address, does not answer, has no workers or other versions of this package,
        or the extra ``cluster`` is not installed.
    NotSolvedError
        If a process or worker after worker died over a task, or the connection to a cluster breaks.
    """
    if scheduler is not None:
        with _cluster(scheduler) as hands:
            yield hands
    elif processes:
        with _processes(processes) as hands:
            yield hands
    else:
        pool = ThreadPoolExecutor(max_workers=max(1, threads))
        try:
            yield _Threads(pool)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _cluster(scheduler: str) -> Iterator[Crew]:
    client = _connect(scheduler)
    try:
        yield _Cluster(client)
    except BaseException as error:
        _explain(error, scheduler)
        raise
    finally:
        with suppress(Exception):
            client.close(timeout=5)


@contextmanager
def _processes(count: int) -> Iterator[Crew]:
    from loky import ProcessPoolExecutor
    from loky.process_executor import TerminatedWorkerError

    # One thread each: the processes are as many as the machine has room for, and idle threads of XLA wait by spinning.
    pool = ProcessPoolExecutor(
        max_workers=count,
        timeout=IDLE,
        initializer=_leave_with_parent,
        initargs=(os.getpid(),),
        env=dict.fromkeys(_THREADS_OF, "1"),
    )
    hands = _Processes(pool)
    try:
        yield hands
    except TerminatedWorkerError as error:
        raise NotSolvedError(
            "a process that computed draws was killed, perhaps for want of memory; use --workers 1"
        ) from error
    finally:
        # What is under way is short and may end; to kill it would leave loky complaining about tasks dropped before.
        hands.drop()
        pool.shutdown(wait=True)


def _leave_with_parent(parent: int) -> None:
    """Run in a process when it comes up: it ends once the one that it works for was killed and cannot send it home."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


_THREADS_OF = ("NPROC", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Variables that say how many threads XLA (the first) and libraries of linear algebra may use."""


class _Threads:
    leaves_this_thread_idle = False

    def __init__(self, pool: ThreadPoolExecutor) -> None:
        self._pool = pool

    def share(self, thing: Any) -> Any:
        return thing

    def submit(self, work: Callable[..., Any], shared: Any, *about: Any) -> Future[Any]:
        return self._pool.submit(work, shared, *about)


class _Cluster:
    leaves_this_thread_idle = False

    def __init__(self, client: Any) -> None:
        self._client = client
        self._pool = client.get_executor(pure=False)

    def share(self, thing: Any) -> Any:
        import cloudpickle

        # A task of its own, not data put on a worker: the scheduler can make it again if that worker dies.
        return self._client.submit(_Parcel, uuid.uuid4().hex, cloudpickle.dumps(thing), pure=False)

    def submit(self, work: Callable[..., Any], shared: Any, *about: Any) -> Future[Any]:
        return self._pool.submit(_unpacked, work, shared, *about)


class _Processes:
    leaves_this_thread_idle = True

    def __init__(self, pool: Any) -> None:
        self._pool = pool
        self._handed_out: WeakSet[Future[Any]] = WeakSet()

    def drop(self) -> None:
        """Take back what nobody has begun."""
        for task in list(self._handed_out):
            task.cancel()

    def share(self, thing: Any) -> Any:
        import cloudpickle

        return _Parcel(uuid.uuid4().hex, cloudpickle.dumps(thing))

    def submit(self, work: Callable[..., Any], shared: Any, *about: Any) -> Future[Any]:
        with _interrupts_held_back():
            task = self._pool.submit(_unpacked, work, shared, *about)
        self._handed_out.add(task)
        return task


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Let processes that start here never see Ctrl-C, which a terminal sends to all: this process sends them home.

    They inherit the mask of the thread that starts them; an interrupt that comes meanwhile arrives afterwards.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _Parcel:
    """Something shared, as bytes under a name of its own."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name, self.content = name, content


_unpacked_here: OrderedDict[str, Any] = OrderedDict()
_lock = threading.Lock()


def _unpacked(work: Callable[..., Any], parcel: _Parcel, *about: Any) -> Any:
    """Run on a worker: unpack what is shared once, and work with it."""
    import pickle

    with _lock:
        if parcel.name not in _unpacked_here:
            while len(_unpacked_here) > 3:
                _unpacked_here.popitem(last=False)
            _unpacked_here[parcel.name] = pickle.loads(parcel.content)
        thing = _unpacked_here[parcel.name]
    return work(thing, *about)


def _connect(scheduler: str) -> Any:
    host, separator, port = scheduler.removeprefix("tcp://").rpartition(":")
    if not scheduler.startswith("tcp://") or not separator or not host or not port.isdigit():
        raise InputError(f"'{scheduler}' is not the address of a Dask scheduler; write tcp://HOST:PORT")
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(f"a Dask scheduler needs the extra 'cluster': {EXTRA}") from error
    try:
        client = Client(scheduler, timeout=CONNECT, set_as_default=False)
    except (OSError, TimeoutError) as error:
        raise InputError(
            f"no Dask scheduler answers at '{scheduler}'; start one with 'dask scheduler', workers with 'dask worker "
            f"{scheduler}', or leave the scheduler out"
        ) from error
    try:
        _check_versions(client, scheduler)
    except BaseException:
        client.close(timeout=5)
        raise
    return client


def _check_versions(client: Any, scheduler: str) -> None:
    """Refuse workers that would not compute what this process would."""
    found = client.run(_versions, on_error="return")
    if not found:
        raise InputError(f"the scheduler at '{scheduler}' has no workers; start some with 'dask worker {scheduler}'")
    for worker, theirs in found.items():
        if isinstance(theirs, BaseException):
            raise InputError(
                f"worker '{worker}' of '{scheduler}' cannot use multipolar ({type(theirs).__name__}: {theirs}); "
                "install it there"
            )
        for name, version in _versions().items():
            if theirs[name] != version:
                raise InputError(
                    f"worker '{worker}' of '{scheduler}' has {name} {theirs[name]}, this process {version}; "
                    "install the same versions everywhere"
                )


def _versions() -> dict[str, str]:
    from importlib.metadata import version

    return {name: version(name) for name in ("multipolar", "jax", "numpy")}


def _explain(error: BaseException, scheduler: str) -> None:
    """Say what happened to a cluster in one line; other errors go on as they are."""
    from concurrent.futures import CancelledError

    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    if isinstance(error, KilledWorker):
        raise NotSolvedError(
            f"the cluster at '{scheduler}' gave up: several workers died over the same task, perhaps for want of "
            "memory; use fewer threads a worker"
        ) from error
    if isinstance(error, CommClosedError | CancelledError):
        raise NotSolvedError(
            f"the connection to the scheduler at '{scheduler}' broke; with a folder for chunks, the same call goes on "
            "from there"
        ) from error
