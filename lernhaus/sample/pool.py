"""A pool of processes that leaves no process behind, whatever happens to it or to its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Generator, Iterable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import TypeVar, cast

Task = TypeVar("Task")
Result = TypeVar("Result")


def processors() -> int:
    """How many processes can run at a time."""
    count: int | None = getattr(os, "process_cpu_count", os.cpu_count)()  # the former from Python 3.13
    return count or 1


def work_off(function: Callable[[Task], Result], tasks: Iterable[Task], workers: int) -> Generator[Result, None, None]:
    """``function`` of each task, as they come; with one worker in this process, else in new ones.

    What ``function`` raises is raised here, and ``ChildProcessError`` if a process dies. When the generator is
    exhausted, closed or has raised, its processes have ended; they end too when this process is killed.
    """
    if workers == 1:
        yield from map(function, tasks)
        return
    context = multiprocessing.get_context("spawn")  # the same on every system; a fork would inherit locks
    pending = iter(tasks)
    busy: dict[Connection, SpawnProcess] = {}
    started: list[SpawnProcess] = []
    try:
        for _, task in zip(range(workers), pending, strict=False):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, function), daemon=True)
            process.start()
            started.append(process)
            theirs.close()  # so that we are told of the death of the process
            busy[ours] = process
            ours.send(task)
        while busy:
            for pipe in cast("list[Connection]", wait(list(busy))):
                try:
                    result, error = pipe.recv()
                except (EOFError, ConnectionError):
                    busy[pipe].join()
                    raise ChildProcessError(f"a process ended with exit code {busy[pipe].exitcode}") from None
                if error is not None:
                    raise error
                for task in pending:
                    pipe.send(task)
                    break
                else:
                    pipe.close()
                    del busy[pipe]
                yield result
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.join()


def _work(tasks: Connection, function: Callable[[Task], Result]) -> None:
    """Do what comes until the pipe is closed, as happens too when the parent dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is the parent's business
    while True:
        try:
            task = tasks.recv()
        except EOFError:
            return
        outcome: tuple[Result | None, Exception | None]
        try:
            outcome = function(task), None
        except Exception as error:
            error.add_note(traceback.format_exc())  # pickling loses where it was raised
            outcome = None, error
        tasks.send(outcome)
