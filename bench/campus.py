"""Generated campuses of two sizes: generation, first build, builds without news, builds with one new day each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench.hold_back import deliver, hold_back
from bench.measure import Run, describe, interleave, run
from bench.warehouse import Invocation, Warehouse, typical

SYSTEMS = "[oneroster, xapi]"
# the first term of a school year is half over: on the last day all campuses are as busy
ONE_YEAR, ELEVEN_YEARS = 364 + 45, 4018 + 45
# DuckDB's; beside it dbt and the Python models take theirs
MEMORY_LIMIT = "5GB"


@dataclass(frozen=True)
class Campus:
    """What ``lernhaus sample`` is asked for; ``learners`` study at a time, so days make a longer history."""

    name: str
    learners: int
    days: int
    intensity: float = 1.0

    def generate(self, out: Path, log: Path) -> Run:
        size = ["--learners", str(self.learners), "--days", str(self.days), "--intensity", str(self.intensity)]
        return run([sys.executable, "-m", "lernhaus.cli", "sample", *size, "--out", out], log)


# two campuses alike but for their history: ten times the events, a new day of the same size
SCALES = {
    "small": (Campus("100 k", 225, ONE_YEAR), Campus("1 M", 225, ELEVEN_YEARS)),
    "standard": (Campus("1 M", 225, ONE_YEAR, 11.0), Campus("10 M", 225, ELEVEN_YEARS, 11.0)),
    "full": (Campus("10 M", 900, ONE_YEAR, 27.5), Campus("100 M", 900, ELEVEN_YEARS, 27.5)),
}


class _Site:
    """A campus that was generated, with its last days held back, and its warehouse."""

    def __init__(self, campus: Campus, folder: Path, held_days: int) -> None:
        extracts = folder / "extracts"
        self.name = campus.name
        self.statements = extracts / "xapi"
        self.held = folder / "held"
        self.warehouse = Warehouse(folder / "warehouse", extracts, SYSTEMS, MEMORY_LIMIT)
        self.generation = campus.generate(extracts, folder / "sample.txt")
        truth = json.loads((extracts / "sample_truth.json").read_text())
        self.summary: dict[str, Any] = truth["summary"]
        self.files_mb = round(sum(path.stat().st_size for path in self.statements.iterdir()) / 1e6, 1)
        self.new_days: list[tuple[date, int]] = []
        if held_days:
            self.new_days = sorted(hold_back(self.statements, self.held, held_days).items())

    def build(self) -> tuple[Run, Invocation]:
        return self.warehouse.dbt("build"), self.warehouse.last_invocation()

    def deliver(self, number: int) -> None:
        deliver(self.held, self.new_days[number][0], self.statements)


def measure(
    scale: str, parts: Collection[str], work: Path, rounds: int, say: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """Measure the parts ``events``, ``no-change`` and ``new-day`` on the two campuses of a scale.

    All parts begin with the first build, so they share it: generate, build, build with no news, build with one new day
    after another. Both campuses take turns.
    """
    sites: dict[str, _Site] = {}
    first_builds: dict[str, tuple[Run, Invocation]] = {}
    for campus in SCALES[scale]:
        say(f"{campus.name}: generating {campus.learners:,} learners, {campus.days:,} days")
        site = _Site(campus, work / campus.name.replace(" ", "_"), rounds if "new-day" in parts else 0)
        say(f"{campus.name}: {site.summary['statements']:,} statements in {site.generation['wall_seconds']:.1f} s")
        site.warehouse.dbt("parse")
        first_builds[campus.name] = site.build()
        say(f"{campus.name}: first build: {describe(first_builds[campus.name][0])}")
        sites[campus.name] = site
    found: dict[str, dict[str, Any]] = {}
    if "events" in parts:
        found["events"] = {
            name: {
                "summary": site.summary,
                "files_mb": site.files_mb,
                "database_mb": round(site.warehouse.database.stat().st_size / 1e6, 1),
                "generation": [site.generation],
                "invocation": first_builds[name][1],
            }
            for name, site in sites.items()
        }
    if "no-change" in parts:
        found["no-change"] = _rebuild("no-change", sites, lambda site, number: None, rounds, say)
    if "new-day" in parts:
        found["new-day"] = _rebuild("new-day", sites, _Site.deliver, rounds, say)
        for name, site in sites.items():
            found["new-day"][name]["new_statements"] = [count for _, count in site.new_days]
    for part in found.values():
        for name, site in sites.items():
            part[name] |= {"statements": site.summary["statements"], "first_build": [first_builds[name][0]]}
    return found


def _rebuild(
    part: str,
    sites: dict[str, _Site],
    prepare: Callable[[_Site, int], None],
    rounds: int,
    say: Callable[[str], None],
) -> dict[str, dict[str, Any]]:
    """Build again, the campuses in turn, after something was prepared each time."""
    invocations: dict[str, list[Invocation]] = {name: [] for name in sites}

    def runner(site: _Site) -> Callable[[int], Run]:
        def rebuild(number: int) -> Run:
            prepare(site, number)
            taken, invocation = site.build()
            invocations[site.name].append(invocation)
            say(f"{site.name}: {part}, round {number + 1}: {describe(taken)}")
            return taken

        return rebuild

    runs = interleave(rounds, {name: runner(site) for name, site in sites.items()})
    return {name: {"runs": runs[name], "invocation": typical(runs[name], invocations[name])} for name in sites}
