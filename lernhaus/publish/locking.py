"""One build at a time: a lock that the operating system takes back from a process that dies."""

from __future__ import annotations

import fcntl
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

_LONGEST_NOTE = 500


class Busy(RuntimeError):
    """Another process holds the lock, and waiting was not asked for."""


@contextmanager
def exclusive(lock: Path, *, wait: bool, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock file ``lock`` (made where it is absent) while the block runs.

    Where another process holds it, ``say`` is told who, and the block waits; or ``Busy`` is raised where ``wait`` is
    false. The file stays behind, but not the lock: it ends with the process, however that ends.
    """
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, _LONGEST_NOTE, 0).decode() or "another process"
            if not wait:
                raise Busy(f"{lock} is held by {holder}") from None
            say(f"Waiting for {holder}, which holds {lock}.")
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        begun = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()} since {begun} UTC".encode(), 0)
        yield
    finally:
        os.close(descriptor)
