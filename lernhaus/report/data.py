"""The queries of the report and their results."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from importlib.resources import files
from typing import Any

import duckdb

from lernhaus import __version__

MINIMUM_GROUP = 5  # counts of fewer learners are withheld by the queries, which have the number in their text
# the line of a query in whose place stands a file of queries/shared/: its name, and what it has for {by}
_SHARED = re.compile(r"^-- shared: (\w+)(?: by ([\w, ]*\w))?(?=,?$)", re.MULTILINE)


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

    def rows(self) -> list[dict[str, Any]]:
        """The rows, by column."""
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in zip(*(c.values for c in self.columns), strict=True)]

    def with_rows(self, rows: list[dict[str, Any]]) -> Table:
        """The same columns with other rows."""
        columns = [replace(column, values=[row[column.name] for row in rows]) for column in self.columns]
        return Table(columns, len(rows))


class OtherVersionError(ValueError):
    """A file that another version of the warehouse published, or something else wrote."""


def query_text(name: str) -> str:
    """The text of a query, as the pages show it."""
    return with_shared((files(__package__) / "queries" / f"{name}.sql").read_text("utf-8").strip())


def with_shared(text: str) -> str:
    """The text of a query with what it shares with others in its place."""

    def shared(line: re.Match[str]) -> str:
        part = (files(__package__) / "queries" / "shared" / f"{line[1]}.sql").read_text("utf-8").strip()
        return part.replace("{by}", line[2] or "")

    return _SHARED.sub(shared, text)


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
    """Run a query; dates become ISO 8601 texts, times are cut to minutes.

    Raises ``OtherVersionError`` where the tables have not the columns that the query reads.
    """
    try:
        cursor = connection.execute(query)
    except duckdb.BinderException as error:
        raise OtherVersionError(
            f"it was published by another version of lernhaus and has not what this one ({__version__}) shows: "
            f"{str(error).splitlines()[0].removeprefix('Binder Error: ')}"
        ) from error
    described = [(column[0], str(column[1])) for column in cursor.description]
    rows = cursor.fetchall()
    columns = [
        Column(name, _kind(name, type_), [_plain(row[place]) for row in rows])
        for place, (name, type_) in enumerate(described)
    ]
    return Table(columns, len(rows))


def _kind(name: str, type_: str) -> str:
    if type_ in ("VARCHAR", "TIMESTAMP"):
        return "text"
    if type_ == "DATE":
        return "month" if name.endswith("_month") else "date"
    if type_.startswith(("DOUBLE", "DECIMAL", "FLOAT")):
        return "share" if name.endswith(("_share", "_probability")) else "number"
    if type_ in ("INTEGER", "BIGINT", "HUGEINT"):
        return "count"
    raise ValueError(f"{name}: a page shows texts, dates and numbers, and this is {type_}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
