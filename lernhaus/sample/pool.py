"""A pool of processes that leaves no process behind, whatever happens to it or to its parent."""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection, wait
from typing import TypeVar, cast

Task = TypeVar("Task")
Result = TypeVar("Result")


def processors() -> int:
    """How many processes can run at a time."""
    count: int | None = getattr(os, "process_cpu_count", os.cpu_count)()  # the former from Python 3.13
    return count or 1


def work_off(function: Callable[[Task], Result], tasks: Iterable[Task], workers: int) -> Iterator[Result]:
    """``function`` of each task, as they come; with one worker in this process, else in new ones.

    What ``function`` raises is raised here, and ``ChildProcessError`` if a process dies. However the work ends, the
    processes have ended before: with this generator, and with the death of its process.
    """
    if workers == 1:
        yield from map(function, tasks)
        return
    context = multiprocessing.get_context("spawn")  # the same on every system; a fork would inherit locks
    pending = iter(tasks)
    busy: dict[Connection, multiprocessing.process.BaseProcess] = {}
    started: list[multiprocessing.process.BaseProcess] = []
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
            for ready in cast("list[Connection]", wait(list(busy))):
                try:
                    result, error = ready.recv()
                except EOFError:
                    busy[ready].join()
                    raise ChildProcessError(f"a process ended with exit code {busy[ready].exitcode}") from None
                if error is not None:
                    raise error
                yield result
                for task in pending:
                    ready.send(task)
                    break
                else:
                    ready.close()
                    del busy[ready]
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
        try:
            outcome = function(task), None
        except Exception as error:
            error.add_note(traceback.format_exc())  # pickling loses where it was raised
            outcome = None, error
        tasks.send(outcome)
