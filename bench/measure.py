"""Run commands as child processes and measure what they take: wall time, CPU time, peak memory.

Everything measured is a process of its own, so that nothing is warm that a user would find cold and the kernel counts
for each run alone. Linux only: times and sizes come from `wait4` and `/proc`.
"""

from __future__ import annotations

import os
import signal
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypedDict

PROJECT = Path(__file__).resolve().parents[1]
_SAMPLE_SECONDS = 0.25
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
_SESSION, _RESIDENT_PAGES = 3, 21  # of the fields of /proc/<pid>/stat that follow the command's name


class Run(TypedDict):
    """What one run took.

    ``cpu_seconds`` is user and system time of the process and all its descendants: other users of the machine hardly
    change it. ``peak_mb`` (10^6 bytes) is the larger of the kernel's peak of the largest process and of the sum over
    all processes at any one time, sampled: the resident pages of the largest process, and of the others, which share
    pages of programs and libraries with it and with each other, their share (PSS).
    """

    wall_seconds: float
    cpu_seconds: float
    peak_mb: float


class ChildFailed(RuntimeError):
    """A measured command ended with an error; the message holds the end of its output."""


def run(command: Sequence[str | Path], log: Path, environment: Mapping[str, str] | None = None) -> Run:
    """Run a command in the folder of the project, its output to ``log``, and return what it took.

    Raises ``ChildFailed`` where it does not end with 0.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        begun = time.monotonic()
        child = subprocess.Popen(
            [str(part) for part in command],
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        with _MemorySampler(child.pid) as sampler:
            try:
                _, status, usage = os.wait4(child.pid, 0)
            except BaseException:  # an interrupt must not leave the child at work
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
                raise
        wall = time.monotonic() - begun
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise ChildFailed(f"{' '.join(map(str, command))} ended with {child.returncode}:\n{_tail(log)}")
    return {
        "wall_seconds": round(wall, 3),
        "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        "peak_mb": round(max(usage.ru_maxrss * 1024 / 1e6, sampler.peak_mb), 1),
    }


class _MemorySampler:
    """Samples, in a thread, the memory of all processes of a session."""

    def __init__(self, session: int) -> None:
        self.peak_mb = 0.0
        self._session = str(session)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample)

    def __enter__(self) -> _MemorySampler:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(_SAMPLE_SECONDS):
            self.peak_mb = max(self.peak_mb, self._together_mb())

    def _together_mb(self) -> float:
        """Only of the others the shares: to tell that of gigabytes would take a tenth of a processor."""
        pages = self._resident_pages()
        largest = max(pages, key=pages.__getitem__, default=None)
        return sum(_PAGE_MB * pages[process] if process == largest else _share_mb(process) for process in pages)

    def _resident_pages(self) -> dict[Path, int]:
        pages = {}
        for process in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = process.read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):  # it ended since the folder was listed
                continue
            if fields[_SESSION] == self._session:
                pages[process.parent] = int(fields[_RESIDENT_PAGES])
        return pages


def _share_mb(process: Path) -> float:
    """The memory of a process, pages that it shares divided by the number of those that do; 0 where it has ended."""
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return sum(int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("Pss:"))


def _tail(log: Path, lines: int = 40) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def describe(run: Run) -> str:
    """Return a run in words."""
    return f"{run['wall_seconds']:.1f} s, CPU {run['cpu_seconds']:.1f} s, peak {run['peak_mb']:,.0f} MB"


def interleave(rounds: int, runners: Mapping[str, Callable[[int], Run]]) -> dict[str, list[Run]]:
    """Call all runners in turn (A B C A B C ...) with the number of the round; return the runs of each by name.

    What slows the machine down for a while then slows all of them, and a ratio within a round stays fair.
    """
    runs: dict[str, list[Run]] = {name: [] for name in runners}
    for number in range(rounds):
        for name, runner in runners.items():
            runs[name].append(runner(number))
    return runs


def median(runs: Sequence[Run]) -> Run:
    """Return the median of each measure."""
    return {
        "wall_seconds": statistics.median(run["wall_seconds"] for run in runs),
        "cpu_seconds": statistics.median(run["cpu_seconds"] for run in runs),
        "peak_mb": statistics.median(run["peak_mb"] for run in runs),
    }


def ratio(values: Sequence[float], reference: Sequence[float]) -> float:
    """Return the median of the ratios round by round.

    Raises ``ValueError`` where the two have not the same number of rounds.
    """
    return statistics.median(value / base for value, base in zip(values, reference, strict=True))
