"""Shared fixtures: the project, dbt on a database of its own, and where the real data may lie."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import dbt.tracking
import duckdb
import pytest
from dbt.cli.main import dbtRunnerResult

from lernhaus.dbt_runner import run_dbt

pytest.register_assert_rewrite("analyses_suite", "connect_suite", "metrics_suite", "report_suite")

PROJECT = Path(__file__).resolve().parents[1]


def real_data(relative: str) -> Path:
    """Return a path in the folder of real data (LERNHAUS_REAL_DATA), or skip the test where it is absent."""
    folder = Path(os.environ.get("LERNHAUS_REAL_DATA", PROJECT.parent / "shared" / "data"))
    path = folder / relative
    if not path.exists():
        pytest.skip(f"real data absent: {path} (set LERNHAUS_REAL_DATA)")
    return path


@pytest.fixture(autouse=True, scope="module")
def no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """In the tests of the text features a connection to anywhere fails: nothing of them may need one."""
    with pytest.MonkeyPatch.context() as patch:
        if request.path.name.startswith("test_nlp_"):
            for owner, name in ((socket.socket, "connect"), (socket.socket, "connect_ex"), (socket, "getaddrinfo")):
                patch.setattr(owner, name, _refuse)
        yield


def _refuse(*arguments: object) -> None:
    raise AssertionError(f"text features ask for the network: {arguments}")


@contextmanager
def clock_ahead(by: timedelta) -> Iterator[None]:
    """To dbt commands, now is so much later than it is; or earlier, by a negative time."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + by

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt.tracking, "datetime", Clock)
        yield


def assert_unit_tests_pass(outcome: dbtRunnerResult) -> None:
    """Fail the test where a unit test does not pass, with the difference, or where none has run."""
    assert outcome.result, outcome.exception
    # the hooks of the project are operations
    assert {r.node.resource_type for r in outcome.result} - {"operation"} == {"unit_test"}
    failed = [r for r in outcome.result if r.status not in ("pass", "success")]
    assert outcome.success, "\n".join(f"{r.node.name}: {r.message}" for r in failed)


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The tests in a browser run where they are named: `make test-browser`."""
    is_named = any("browser" in argument for argument in config.args)
    return True if collection_path == PROJECT / "tests" / "browser" and not is_named else None


@dataclass(frozen=True)
class Warehouse:
    """A database of its own that dbt commands of the project build, in a folder of its own."""

    folder: Path
    extracts: Path

    @property
    def database(self) -> Path:
        return self.folder / "lernhaus.duckdb"

    def dbt(self, *arguments: str) -> dbtRunnerResult:
        """Run a dbt command on this warehouse."""
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(PROJECT)
            patch.setenv("LERNHAUS_DATABASE", str(self.database))
            patch.setenv("LERNHAUS_EXTRACTS", str(self.extracts))
            folders = ["--target-path", str(self.folder / "target"), "--log-path", str(self.folder / "logs")]
            return run_dbt([*arguments, "--quiet", "--profiles-dir", str(PROJECT), *folders])

    def build(self, *arguments: str) -> None:
        """Run ``dbt build`` and fail the test with dbt's messages where it fails."""
        result = self.dbt("build", *arguments)
        failures = [
            f"{r.node.unique_id}: {r.message}" for r in result.result or () if r.status not in ("success", "pass")
        ]
        assert result.success, result.exception or "\n".join(failures)

    def mf(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run MetricFlow's command on this warehouse, with the metrics that the last dbt command has read."""
        project = self.folder / "project"
        for name in ("dbt_project.yml", "profiles.yml", "models", "python_models", "macros", "seeds", "snapshots"):
            (project / name).parent.mkdir(exist_ok=True)
            if not (project / name).exists():
                (project / name).symlink_to(PROJECT / name)
        (project / "target").mkdir(exist_ok=True)
        shutil.copy(self.folder / "target" / "semantic_manifest.json", project / "target")
        return subprocess.run(
            [Path(sys.executable).with_name("mf"), *map(str, arguments)],
            cwd=project,
            env=os.environ | {"LERNHAUS_DATABASE": str(self.database), "PYTHONPATH": str(PROJECT)},
            capture_output=True,
            text=True,
        )

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query on the built file."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def value(self, query: str) -> Any:
        """The only value of a query on the built file."""
        ((value,),) = self.rows(query)
        return value
