"""Run dbt in this process and let go of the DuckDB file afterwards."""

from __future__ import annotations

from collections.abc import Sequence

from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult


def run_dbt(arguments: Sequence[str]) -> dbtRunnerResult:
    """Run ``dbt`` with the arguments and close its connections: left open, they would lock the file.

    Errors of dbt are not raised; they are in ``success`` and ``exception`` of the result.
    """
    try:
        return dbtRunner().invoke(list(arguments))
    finally:
        DuckDBConnectionManager.close_all_connections()
