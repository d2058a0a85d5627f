"""A function of Arrow batches on several processes.

Each worker is a Python of its own that imports nothing but the function's module: a process forked from the caller
would inherit its threads' locks and its database connection, and one spawned by `multiprocessing` imports the caller's
program, which for dbt takes seconds and a hundred megabytes.
"""

import importlib
import os
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO

import pyarrow as pa

Compute = Callable[[pa.RecordBatch], pa.RecordBatch]

_LENGTH_BYTES = 8
# Threads of a worker's own would only wait for those of the others.
_ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class WorkerFailed(RuntimeError):
    """A worker has ended before its work was done; what it said stands on standard error."""


def _send(stream: IO[bytes], batch: pa.RecordBatch) -> None:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    message = sink.getvalue()
    stream.write(message.size.to_bytes(_LENGTH_BYTES, "little"))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> pa.RecordBatch | None:
    """The next batch, or None where the other side has closed the stream."""
    size = int.from_bytes(stream.read(_LENGTH_BYTES), "little")
    message = stream.read(size)
    return pa.ipc.open_stream(message).read_next_batch() if size and len(message) == size else None


class _Worker:
    """A process that computes one batch after the other."""

    def __init__(self, function: Compute) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import work; work()", function.__module__, function.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_ONE_THREAD, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def compute(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        to_worker, from_worker = self._process.stdin, self._process.stdout
        assert to_worker and from_worker
        try:
            _send(to_worker, batch)
            result = _receive(from_worker)
        except BrokenPipeError:
            result = None
        if result is None:
            raise WorkerFailed(f"a process that computed rows has ended with {self._process.wait()}")
        return result

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def work() -> None:
    """Be a worker: compute the batches on standard input with the function named on the command line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller ends its workers itself
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints must not get among the results
    module, name = sys.argv[1:]
    function: Compute = getattr(importlib.import_module(module), name)
    while (batch := _receive(sys.stdin.buffer)) is not None:
        _send(results, function(batch))


def in_pool(function: Compute, batches: Iterable[pa.RecordBatch], processes: int) -> Iterator[pa.RecordBatch]:
    """Yield the function's results for all batches, in their order, from as many processes.

    `function` is one of a module, so that workers can import it. At most two batches per process are taken ahead of
    what is asked for. Raises WorkerFailed where a worker ends, by an error or killed.
    """
    workers = [_Worker(function) for _ in range(processes)]
    idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def compute(batch: pa.RecordBatch) -> pa.RecordBatch:
        worker = idle.get()
        try:
            return worker.compute(batch)
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(processes)
    pending: deque[Future[pa.RecordBatch]] = deque()
    try:
        for batch in batches:
            pending.append(threads.submit(compute, batch))
            if len(pending) >= 2 * processes:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.end()
