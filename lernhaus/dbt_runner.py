"""Run dbt in this process and let go of the DuckDB file afterwards."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.artifacts.schemas.run import RunExecutionResult
from dbt.cli.main import dbtRunner, dbtRunnerResult

from lernhaus.publish import DataTestResult, DbtOutcome, Description


@contextmanager
def environment(settings: Mapping[str, str]) -> Iterator[None]:
    """Environment variables that are set while the block runs."""
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def run_dbt(arguments: Sequence[str]) -> dbtRunnerResult:
    """Run ``dbt`` with the arguments and close its connections: left open, they would lock the file.

    Errors of dbt are not raised; they are in ``success`` and ``exception`` of the result. An interruption is raised.
    """
    try:
        result = dbtRunner().invoke(list(arguments))
    finally:
        DuckDBConnectionManager.close_all_connections()
        # the dbt plugin keeps the project from the garbage collector; this process may go on for long
        gc.unfreeze()
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    return result


def failures_of(result: dbtRunnerResult) -> list[str]:
    """Return what failed in a run, each as ``<node>: <message>``, or why there was no run."""
    if result.exception:
        return [_explained(str(result.exception))]
    ended = list(result.result) if isinstance(result.result, RunExecutionResult) else []
    return [f"{one.node.name}: {one.message}" for one in ended if one.status in ("error", "fail")]


def outcome_of(result: dbtRunnerResult) -> DbtOutcome:
    """Return how a ``dbt build`` ended: what failed, what the data tests said, grain and meaning of each table."""
    ended = list(result.result) if isinstance(result.result, RunExecutionResult) else []
    failures = [one.node.name for one in ended if one.status in ("error", "fail")]
    tests = [one for one in ended if one.node.resource_type == "test"]
    metadata = {one.node.unique_id: getattr(one.node, "test_metadata", None) for one in tests}
    return DbtOutcome(
        success=result.success,
        failures=[_explained(str(result.exception))] if result.exception else failures,
        tests=[
            DataTestResult(one.node.name, _tested_table(one.node), str(one.status), one.failures or 0) for one in tests
        ],
        keys={
            str(_tested_table(one.node)): known.kwargs["columns"]
            for one in tests
            if (known := metadata[one.node.unique_id]) and known.name == "grain"
        },
        descriptions={
            one.node.name: Description(
                _line(one.node.description), {column.name: _line(column.description) for column in columns.values()}
            )
            for one in ended
            if one.node.resource_type == "model" and (columns := one.node.columns)
        },
    )


def _explained(error: str) -> str:
    """An error of dbt; where it misses a model that each source system has, the setting that asks for it is named."""
    missing = re.search(r"a node named '(stg_([a-z0-9_]+?)__\w+)' which was not found", error)
    if missing is None:
        return error
    model, system = missing.groups()
    return f"{error}. The var source_systems has {system}, but there is no model models/staging/{system}/{model}.sql"


def _line(text: str) -> str:
    """A text of several lines as one."""
    return " ".join(text.split())


def _tested_table(test: Any) -> str | None:
    attached = getattr(test, "attached_node", None)
    return str(attached).rsplit(".", 1)[-1] if attached else None
