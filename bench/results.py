"""The last results of each part, in ``bench/results.json``, with where and when they were measured."""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
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
    # a run on one line: a change of figures reads as one
    text = re.sub(r"\{\s+(\"cpu_seconds\"[^{}]*?)\s+\}", lambda found: f"{{{' '.join(found[1].split())}}}", text)
    path.write_text(text + "\n", encoding="utf-8")


def circumstances(scale: str, rounds: int, ticks: tuple[int, int]) -> dict[str, Any]:
    """Return where and when a part was measured that began at the given ``processor_ticks``."""
    total, stolen = (now - then for now, then in zip(processor_ticks(), ticks, strict=True))
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": _git("describe", "--always", "--dirty", "--exclude", "*"),
        "scale": scale,
        "rounds": rounds,
        "processor": _first(r"model name\s*: (.*)", Path("/proc/cpuinfo")),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(_first(r"MemTotal:\s*(\d+) kB", Path("/proc/meminfo"))) * 1024 / 1e9),
        "system": platform.platform(),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "stolen_percent": round(100 * stolen / total) if total else 0,
    }


def processor_ticks() -> tuple[int, int]:
    """Return the time of all processors since the start of the machine, and what of it went to other machines."""
    fields = Path("/proc/stat").read_text().splitlines()[0].split()[1:9]
    ticks = [int(field) for field in fields]
    return sum(ticks), ticks[7]


def _first(pattern: str, path: Path) -> str:
    found = re.search(pattern, path.read_text())
    return found[1].strip() if found else "0"


def _git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=PROJECT, check=True, capture_output=True, text=True).stdout.strip()
