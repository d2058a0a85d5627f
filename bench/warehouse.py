"""dbt on a database of its own, and what dbt says afterwards about each node."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median_low
from typing import Any, TypedDict

from bench.core_tables import FROM_PYTHON_MODELS
from bench.measure import PROJECT, Run, run

# pseudonyms of every rival are made with the same secret
SECRET = {"LERNHAUS_PSEUDONYM_SECRET": "the secret of the benchmark"}
# a log to read the times of statements from, in one file
LOG_OPTIONS = ("--log-format-file", "json", "--log-file-max-bytes", "0", "--log-level-file")
# how many nodes are named
SLOWEST = 12
# the core tables and what they are made of: no tests, no marts, no Python models
CORE_TABLES = [f"+path:models/marts/core/{kind}" for kind in ("facts", "dimensions", "bridges")]
CORE_MODELS = (
    *("--select", *CORE_TABLES),
    *("--exclude", "path:python_models", *FROM_PYTHON_MODELS),
    *("--exclude-resource-type", "test", "unit_test"),
)
# all but the scores of engagement and risk and what is made of them; as in a whole build, no unit tests
WITHOUT_SCORES = ("--exclude", "engagement_week+", "risk_feature+", "--exclude-resource-type", "unit_test")


class Node(TypedDict):
    """A node that dbt ran: its name, the kind of work, and seconds from start to end, compiling included."""

    name: str
    kind: str
    seconds: float


class Kind(TypedDict):
    """Nodes of one kind: how many, and their seconds, which overlap where dbt runs some side by side."""

    kind: str
    nodes: int
    seconds: float


class Invocation(TypedDict):
    """One dbt command from within.

    ``node_seconds`` pass from the start of the first node to the end of the last; what nodes take adds up to more,
    since dbt runs some side by side. ``duckdb_seconds`` is what DuckDB took for all statements, added up likewise; 0
    where the log does not tell.
    """

    node_seconds: float
    duckdb_seconds: float
    kinds: list[Kind]
    slowest: list[Node]


@dataclass(frozen=True)
class Warehouse:
    """A database that dbt builds from extracts; everything of it lies in ``folder``.

    ``memory_limit`` is DuckDB's, empty for the default of the project. With the ``log_level`` debug, dbt notes the time
    of every statement, which takes time itself. ``max_quarantine_share`` is the project's var.
    """

    folder: Path
    extracts: Path
    systems: str
    memory_limit: str = ""
    log_level: str = "info"
    max_quarantine_share: float = 0.5

    @property
    def database(self) -> Path:
        return self.folder / "warehouse.duckdb"

    def dbt(self, command: str, *arguments: str) -> Run:
        """Run a dbt command as a child process; its logs and artifacts replace those of the one before."""
        (self.folder / "logs" / "dbt.log").unlink(missing_ok=True)
        folders = ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
        variables = f"{{source_systems: {self.systems}, max_quarantine_share: {self.max_quarantine_share}}}"
        options = ["--profiles-dir", str(PROJECT), "--vars", variables]
        return run(
            [dbt_program(), command, *arguments, *folders, *options, *LOG_OPTIONS, self.log_level],
            self.folder / f"{command}.txt",
            {
                **SECRET,
                "LERNHAUS_DATABASE": str(self.database),
                "LERNHAUS_EXTRACTS": str(self.extracts),
                "LERNHAUS_MEMORY_LIMIT": self.memory_limit,
            },
        )

    def last_invocation(self) -> Invocation:
        """Return what the artifacts and the log of the last ``dbt build`` say."""
        target = self.folder / "target"
        with (self.folder / "logs" / "dbt.log").open() as log:
            events = [json.loads(line) for line in log]
        return read_invocation(
            json.loads((target / "run_results.json").read_text()),
            json.loads((target / "manifest.json").read_text()),
            events,
        )


def dbt_program() -> Path:
    """Return the ``dbt`` of the environment that this Python belongs to."""
    return Path(sys.executable).with_name("dbt")


def read_invocation(results: dict[str, Any], manifest: dict[str, Any], events: list[dict[str, Any]]) -> Invocation:
    """Put together dbt's ``run_results.json``, ``manifest.json`` and log events of one command."""
    # exposures and the like stand in the results, but nothing is done for them
    done = [result for result in results["results"] if result["status"] != "no-op"]
    timings = [timing for result in done for timing in result["timing"]]
    first, last = min(timing["started_at"] for timing in timings), max(timing["completed_at"] for timing in timings)
    described = {**manifest["nodes"], **manifest["unit_tests"]}
    queries = [event["data"]["elapsed"] for event in events if event["info"]["name"] == "SQLQueryStatus"]
    nodes: list[Node] = [
        {
            "name": described[result["unique_id"]]["name"],
            "kind": _kind(described[result["unique_id"]]),
            "seconds": round(result["execution_time"], 2),
        }
        for result in done
    ]
    nodes.sort(key=lambda node: node["seconds"], reverse=True)
    return {
        "node_seconds": (datetime.fromisoformat(last) - datetime.fromisoformat(first)).total_seconds(),
        "duckdb_seconds": round(sum(queries), 2),
        "kinds": _by_kind(nodes),
        "slowest": nodes[:SLOWEST],
    }


def typical(runs: list[Run], invocations: list[Invocation]) -> Invocation:
    """Return the invocation of the run that took the median time."""
    times = [run["wall_seconds"] for run in runs]
    return invocations[times.index(median_low(times))]


def _kind(node: dict[str, Any]) -> str:
    """What a node does, in the words of the page: tests and seeds by their type, models by their folder."""
    if node["resource_type"] == "model":
        folders = Path(node["original_file_path"]).parts
        if folders[0] == "python_models":
            return "Python models"
        return f"{folders[2 if folders[1] == 'marts' else 1]} models"
    return f"{node['resource_type'].replace('_', ' ')}s"


def _by_kind(nodes: list[Node]) -> list[Kind]:
    by_kind: defaultdict[str, list[float]] = defaultdict(list)
    for node in nodes:
        by_kind[node["kind"]].append(node["seconds"])
    kinds: list[Kind] = [
        {"kind": kind, "nodes": len(seconds), "seconds": round(sum(seconds), 2)} for kind, seconds in by_kind.items()
    ]
    return sorted(kinds, key=lambda kind: kind["seconds"], reverse=True)
