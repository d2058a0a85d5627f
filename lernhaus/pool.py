"""A function on several processes.

Each worker is a Python of its own that imports nothing but the function's module: a process forked from the caller
would inherit its threads' locks and its database connection, and one spawned by `multiprocessing` imports the caller's
program, which for dbt takes seconds and a hundred megabytes. Batches go to and fro as Arrow, other values as JSON, so
that a worker whose function takes plain values loads neither Arrow nor pandas.
"""

from __future__ import annotations

import importlib
import json
import os
import queue
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pyarrow as pa

Value = TypeVar("Value")
Result = TypeVar("Result")
Compute = Callable[["pa.RecordBatch"], "pa.RecordBatch"]

_ARROW, _JSON = b"A", b"J"
_LENGTH_BYTES = 8

# A worker is one of many: threads of its own would only wait for those of the others, and what it frees is to be free.
_FRUGAL = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
}


class WorkerFailed(RuntimeError):
    """A worker has ended before its work was done; what it said stands on standard error."""


def _send(stream: IO[bytes], value: Any) -> None:
    if type(value).__name__ == "RecordBatch":
        import pyarrow as pa  # not at the top: see above

        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, value.schema) as writer:
            writer.write_batch(value)
        kind, message = _ARROW, sink.getvalue().to_pybytes()
    else:
        kind, message = _JSON, json.dumps(value).encode()
    stream.write(kind + len(message).to_bytes(_LENGTH_BYTES, "little"))
    stream.write(message)
    stream.flush()


def _receive(stream: IO[bytes]) -> Any:
    """The next value; raises EOFError where the other side has closed the stream."""
    head = stream.read(1 + _LENGTH_BYTES)
    size = int.from_bytes(head[1:], "little")
    message = stream.read(size)
    if not head or len(message) < size:
        raise EOFError
    if head[:1] == _ARROW:
        import pyarrow as pa

        return pa.ipc.open_stream(message).read_next_batch()
    return json.loads(message)


class _Worker:
    """A process that computes one value after the other."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import work; work()", function.__module__, function.__name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **_FRUGAL, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )

    def compute(self, value: Any) -> Any:
        to_worker, from_worker = self._process.stdin, self._process.stdout
        assert to_worker and from_worker
        try:
            _send(to_worker, value)
            return _receive(from_worker)
        except (BrokenPipeError, EOFError):
            raise WorkerFailed(f"a worker process has ended with {self._process.wait()}") from None

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def work() -> None:
    """Be a worker: compute the values on standard input with the function named on the command line."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the caller ends its workers itself
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the function prints must not get among the results
    module, name = sys.argv[1:]
    function = getattr(importlib.import_module(module), name)
    while True:
        try:
            value = _receive(sys.stdin.buffer)
        except EOFError:
            return
        _send(results, function(value))


def in_pool(function: Callable[[Value], Result], values: Iterable[Value], processes: int) -> Iterator[Result]:
    """Yield the function's results for all values, in their order, from as many processes.

    `function` is one of a module, so that workers can import it; its values and results are record batches or what JSON
    has: None, bool, int, float, str, lists, and dictionaries with text as keys. At most two values per process are
    taken ahead of the results that are asked for. Raises WorkerFailed where a worker ends, by an error or killed.
    """
    workers = [_Worker(function) for _ in range(processes)]
    idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def compute(value: Value) -> Any:
        worker = idle.get()
        try:
            return worker.compute(value)
        finally:
            idle.put(worker)

    threads = ThreadPoolExecutor(processes)
    pending: deque[Future[Any]] = deque()
    try:
        for value in values:
            pending.append(threads.submit(compute, value))
            if len(pending) >= 2 * processes:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        threads.shutdown(cancel_futures=True)
        for worker in workers:
            worker.end()
