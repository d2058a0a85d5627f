"""The last results of each part, in ``bench/results.json``, with where and when they were measured."""

from __future__ import annotations

import functools
import json
import os
import platform
import re
import resource
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.measure import PROJECT

RESULTS = PROJECT / "bench" / "results.json"
PACKAGES = ("dbt-core", "dbt-duckdb", "duckdb", "pandas", "polars", "pyarrow")

Results = dict[str, Any]


def load(path: Path) -> Results:
    """Return the results by part; none where there is no file yet."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def merge(results: Results, found: Results, circumstances: dict[str, Any]) -> Results:
    """Return the results with the parts that were found in place of older ones, each with its circumstances."""
    return {**results, **{part: {"circumstances": circumstances, **result} for part, result in found.items()}}


def save(path: Path, results: Results) -> None:
    """Write the results, parts in the order of their names."""
    text = json.dumps(results, indent=1, sort_keys=True, ensure_ascii=False)
    # what has no parts is one line: a change of its figures reads as one
    text = re.sub(r"\{[^{}\[\]]*\}", lambda found: re.sub(r"\n\s*", " ", found[0]), text)
    path.write_text(text + "\n", encoding="utf-8")


@dataclass(frozen=True)
class ProcessorTime:
    """Seconds of all processors since the machine started: in all, at work, and given to other machines; and our own.

    Our own are those of this process and of the children that it has waited for.
    """

    total: float
    busy: float
    stolen: float
    own: float

    @classmethod
    def now(cls) -> ProcessorTime:
        line = Path("/proc/stat").read_text().splitlines()[0]
        seconds = [int(ticks) / os.sysconf("SC_CLK_TCK") for ticks in line.split()[1:9]]
        _, _, _, idle, waiting, _, _, stolen = seconds
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        own = sum(usage.ru_utime + usage.ru_stime for usage in used)
        return cls(sum(seconds), sum(seconds) - idle - waiting - stolen, stolen, own)


def circumstances(scale: str, rounds: int, begun: ProcessorTime) -> dict[str, Any]:
    """Return where and when a part was measured, and how much others had of the processors since it began."""
    return {"scale": scale, "rounds": rounds, **surroundings(begun, PACKAGES)}


def surroundings(begun: ProcessorTime, packages: Sequence[str]) -> dict[str, Any]:
    """Return date, code, machine, versions of ``packages``, and what others had of the processors since ``begun``."""
    now = ProcessorTime.now()
    total = max(now.total - begun.total, 1 / os.sysconf("SC_CLK_TCK"))  # not 0 where it was quick
    others = (now.busy - begun.busy) - (now.own - begun.own)
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _commit_of_this_run(),
        "processor": _first(r"model name\s*: (.*)", Path("/proc/cpuinfo")),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(_first(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo"))) * 1024 / 1e9),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in packages}},
        "others_percent": max(0, round(100 * others / total)),
        "stolen_percent": round(100 * (now.stolen - begun.stolen) / total),
    }


def _first(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text())
    return found[1].strip() if found else "0"


@functools.cache
def _commit_of_this_run() -> str:
    """The commit as it was when the first part was done: what each part writes makes the project differ from it."""
    return commit()


def commit(project: Path = PROJECT) -> str:
    """Return the commit of a project, with `-dirty` behind it where its files differ."""
    command = ["git", "describe", "--always", "--dirty", "--exclude", "*"]
    return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout.strip()
