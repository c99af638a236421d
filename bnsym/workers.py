"""Work in several processes: one task at a time each, results in the order of the tasks.

Guarantees: a process that dies loses its own task only, and another takes its place; whoever stops asking for
results, by an interrupt too, leaves no process behind. Processes share nothing (none is forked from the one that
asks), so that threads and locks of its own do not matter.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from typing import Any

PATIENCE = 2.0  # seconds that a process has to end by itself
Task = tuple[Any, ...]


@dataclass(frozen=True)
class Work:
    """What is done with a task, by names in a module, which only who does it has to load.

    `function(*task)` is an outcome; it should not raise. `lost(how, *task)` is the outcome of a task whose process
    died. Tasks and outcomes are pickled.
    """

    module: str
    function: str
    lost: str

    def do(self, task: Task) -> Any:
        return getattr(import_module(self.module), self.function)(*task)

    def give_up(self, task: Task, how: str) -> Any:
        return getattr(import_module(self.module), self.lost)(how, *task)


def run(
    work: Work, tasks: Sequence[Task], jobs: int, done: Callable[[], None] = lambda: None
) -> Generator[Any, None, None]:
    """The outcomes of the tasks, in their order, by at most `jobs` processes; with one job in this process.

    `done()` is called whenever a task is done, in whatever order.
    """
    if jobs == 1 or len(tasks) < 2:
        for task in tasks:
            outcome = work.do(task)
            done()
            yield outcome
        return
    outcomes: dict[int, Any] = {}
    waiting = deque(range(len(tasks)))
    busy: list[_Worker] = []
    idle: list[_Worker] = []
    try:
        for due in range(len(tasks)):
            while due not in outcomes:
                while waiting and len(busy) < jobs:
                    busy.append(idle.pop() if idle else _Worker(work))
                    busy[-1].begin(waiting[0], tasks[waiting.popleft()])
                for worker in _ready(busy):
                    busy.remove(worker)
                    try:
                        outcomes[worker.number] = worker.outcome()
                        idle.append(worker)
                    except _Lost as how:
                        outcomes[worker.number] = work.give_up(tasks[worker.number], str(how))
                    done()
            yield outcomes.pop(due)
    finally:
        for worker in idle:
            worker.end()
        for worker in busy:
            worker.kill()


class _Lost(Exception):
    """A process died before it gave an outcome."""


class _Worker:
    """A process, and the number of the task that it has."""

    def __init__(self, work: Work) -> None:
        kinds = multiprocessing.get_all_start_methods()
        context: Any = multiprocessing.get_context("forkserver" if "forkserver" in kinds else "spawn")
        if "forkserver" in kinds:
            context.set_forkserver_preload([work.module])
        self.connection, far = context.Pipe()
        self.process = context.Process(target=_serve, args=(work, far), daemon=True)
        with _interrupts_ignored():
            self.process.start()
        far.close()
        self.number = -1

    def begin(self, number: int, task: Any) -> None:
        self.number = number
        with suppress(OSError):  # if it is dead, that shows when its outcome is asked for
            self.connection.send(task)

    def outcome(self) -> Any:
        """What it sent; raises _Lost if it died instead."""
        try:
            return self.connection.recv()
        except (EOFError, OSError) as error:
            self.process.join(PATIENCE)
            code = self.process.exitcode
            self.kill()
            how = f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"
            raise _Lost(how) from error

    def end(self) -> None:
        """It has nothing more to do, which it knows by its connection being closed."""
        self.connection.close()
        self.process.join(PATIENCE)
        self.kill()

    def kill(self) -> None:
        self.connection.close()
        self.process.terminate()
        self.process.join(PATIENCE)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()


def _ready(workers: list[_Worker]) -> list[_Worker]:
    """Those that sent something or died, of which there is one at least."""
    ready = wait([worker.connection for worker in workers])
    return [worker for worker in workers if worker.connection in ready]


def _serve(work: Work, connection: Connection) -> None:
    """What a process does until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # who asks decides when to stop
    try:
        while True:
            connection.send(work.do(connection.recv()))
    except (EOFError, OSError):
        return
    except Exception:
        sys.exit(1)


@contextmanager
def _interrupts_ignored() -> Iterator[None]:
    """What starts now, ignores interrupts from the beginning."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # only the main thread may say so
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
