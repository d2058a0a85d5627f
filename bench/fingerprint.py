"""What two builds of the core tables have to agree in: columns, types, number of rows and contents in any order.

``python -m bench.fingerprint BUILT`` prints one JSON object, table by table, for a DuckDB file or a folder of Parquet
files: a process of its own, since the kernel counts the memory of a parent for the children that it measures.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TypedDict

import duckdb

from bench.core_tables import table_names


class Fingerprint(TypedDict):
    """Columns as ``name type``, number of rows, and the sum of the rows' hashes: the same in any order of rows."""

    columns: list[str]
    rows: int
    contents: str


def fingerprints(built: Path) -> dict[str, Fingerprint]:
    """Return the fingerprint of each core table in a DuckDB file or a folder of ``<table>.parquet``."""
    with duckdb.connect(":memory:" if built.is_dir() else str(built), read_only=not built.is_dir()) as connection:
        if built.is_dir():
            for name in table_names():
                connection.read_parquet(str(built / f"{name}.parquet")).create_view(name)
        return {name: _fingerprint(connection, name) for name in table_names()}


def _fingerprint(connection: duckdb.DuckDBPyConnection, name: str) -> Fingerprint:
    columns = connection.execute(f"select column_name, column_type from (describe {name})").fetchall()
    ((rows, contents),) = connection.execute(f"select count(*), sum(hash({name})) from {name}").fetchall()
    return {"columns": [" ".join(column) for column in columns], "rows": rows, "contents": str(contents)}


def differences(reference: dict[str, Fingerprint], other: dict[str, Fingerprint]) -> list[str]:
    """Return one sentence per table in which ``other`` differs from ``reference``; none where they are alike."""
    found = []
    for table, expected in reference.items():
        actual = other[table]
        if actual["columns"] != expected["columns"]:
            found.append(f"{table}: columns {actual['columns']}, expected {expected['columns']}")
        elif actual["rows"] != expected["rows"]:
            found.append(f"{table}: {actual['rows']:,} rows, expected {expected['rows']:,}")
        elif actual["contents"] != expected["contents"]:
            found.append(f"{table}: the same columns and number of rows, other contents")
    return found


if __name__ == "__main__":
    print(json.dumps(fingerprints(Path(sys.argv[1]))))
