"""What publishing adds to a build: a `lernhaus build` of OULAD, timed inside, so that one run gives both figures."""

from __future__ import annotations

import resource
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lernhaus.cli import DEFAULT_MEMORY_LIMIT, dbt_build
from lernhaus.dbt_runner import environment
from lernhaus.publish import DbtOutcome, build


@dataclass(frozen=True)
class Share:
    """Seconds of a whole build and of the `dbt build` in it, by the clock and of processors."""

    wall: float
    dbt_wall: float
    cpu: float
    dbt_cpu: float

    def __str__(self) -> str:
        added = f"{100 * (self.wall / self.dbt_wall - 1):.1f} % (CPU {100 * (self.cpu / self.dbt_cpu - 1):.1f} %)"
        return f"dbt build {self.dbt_wall:.1f} s, all {self.wall:.1f} s: publishing adds {added}"


def _cpu_seconds() -> float:
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def timed_build(warehouse: Path, published: Path, run_dbt: Callable[[Path], DbtOutcome]) -> Share:
    """Build and publish; return what it took."""
    within = [0.0, 0.0]

    def timed(database: Path) -> DbtOutcome:
        wall, cpu = time.monotonic(), _cpu_seconds()
        outcome = run_dbt(database)
        within[:] = time.monotonic() - wall, _cpu_seconds() - cpu
        return outcome

    wall, cpu = time.monotonic(), _cpu_seconds()
    build(warehouse, published, timed, memory_limit=DEFAULT_MEMORY_LIMIT)
    return Share(time.monotonic() - wall, within[0], _cpu_seconds() - cpu, within[1])


def measure(archive: Path, work: Path) -> str:
    """Build OULAD from nothing, and again with nothing new; return both figures."""
    extracts = work / "extracts" / "oulad"
    extracts.mkdir(parents=True)
    with zipfile.ZipFile(archive) as members:
        members.extractall(extracts)
    run_dbt = dbt_build(("--vars", "{source_systems: [oulad], check_oulad_totals: true}", "--quiet"))
    with environment({"LERNHAUS_EXTRACTS": str(extracts.parent)}):
        first, again = (timed_build(work / "oulad.duckdb", work / "published.duckdb", run_dbt) for _ in range(2))
    shutil.rmtree(extracts)
    return f"OULAD from nothing: {first}; with nothing new: {again}"
