"""The queries of the report and their results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import duckdb

MINIMUM_GROUP = 5  # counts of fewer learners are withheld by the queries, which have the number in their text


@dataclass(frozen=True)
class Column:
    """A column of a result.

    ``kind`` is text, date, month (as its first day), count (a whole number), share (0 to 1) or number.
    """

    name: str
    kind: str
    values: list[Any]


@dataclass(frozen=True)
class Table:
    """The result of a query."""

    columns: list[Column]
    row_count: int


def query_text(name: str) -> str:
    """The text of a query, as the pages show it."""
    return (files(__package__) / "queries" / f"{name}.sql").read_text("utf-8").strip()


def tables_read(connection: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    """The names of the tables that a query reads, as DuckDB's parser sees them."""
    ((tree,),) = connection.execute("select json_serialize_sql(?::varchar)", [query]).fetchall()
    parsed = json.loads(tree)
    if parsed["error"]:
        raise ValueError(f"{parsed['error_message']} in {query}")
    read: set[str] = set()
    named: set[str] = set()
    nodes = [parsed["statements"]]
    while nodes:
        node = nodes.pop()
        if isinstance(node, list):
            nodes += node
        elif isinstance(node, dict):
            if node.get("type") == "BASE_TABLE":
                read.add(node["table_name"])
            named |= {entry["key"] for entry in node.get("cte_map", {}).get("map", ())}
            nodes += node.values()
    return read - named


def missing_tables(connection: duckdb.DuckDBPyConnection, query: str) -> list[str]:
    """The tables, by name, that a query reads and the database does not hold."""
    known = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    return sorted(tables_read(connection, query) - known)


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> Table:
    """Run a query; dates become ISO 8601 texts, times are cut to minutes."""
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    rows = cursor.fetchall()
    columns = []
    for place, name in enumerate(names):
        values = [_plain(row[place]) for row in rows]
        columns.append(Column(name, _kind(name, [row[place] for row in rows]), values))
    return Table(columns, len(rows))


def _kind(name: str, values: list[Any]) -> str:
    first = next((value for value in values if value is not None), None)
    if isinstance(first, date):
        return "text" if isinstance(first, datetime) else "month" if name.endswith("_month") else "date"
    if isinstance(first, str):
        return "text"
    if isinstance(first, bool):
        raise ValueError(f"{name}: a page shows texts and numbers, no truth values")
    if name.endswith(("_share", "_probability")):
        return "share"
    return "count" if isinstance(first, int) else "number"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
