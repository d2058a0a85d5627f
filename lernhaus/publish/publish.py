"""Copy the queryable tables of a built warehouse into a fresh, compact file and swap it in atomically."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import duckdb

PUBLISHED_SCHEMA = "main"
STORAGE_VERSION = "v1.4.0"  # readable by DuckDB from 1.4 on


@dataclass(frozen=True)
class TableSummary:
    """A table of the published file: its name and how many rows it has."""

    name: str
    rows: int


def _quoted(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _tables(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ? order by table_name",
        [catalog, PUBLISHED_SCHEMA],
    ).fetchall()
    return [name for (name,) in rows]


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> str:
    """The column list of a table for ``create table``, which ``create table as`` would strip of NOT NULL."""
    rows = connection.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [catalog, PUBLISHED_SCHEMA, table],
    ).fetchall()
    return ", ".join(f"{_quoted(name)} {type_}{'' if nullable else ' not null'}" for name, type_, nullable in rows)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def publish(built: Path, published: Path) -> None:
    """Publish the tables of schema ``main`` of the DuckDB file ``built`` as the file ``published``.

    The schemas ``staging``, ``conformed`` and ``restricted`` stay behind. The copy is made beside ``published``,
    synced to disk and renamed over it, so readers see the old file or the new one, never half of one.

    Tables keep their NOT NULL constraints and the order of their rows.

    Raises ``ValueError`` where both are the same file, ``FileNotFoundError`` where ``built`` is missing and
    ``duckdb.Error`` where it cannot be read; the file ``published`` is then as it was.
    """
    if built.resolve() == published.resolve():
        raise ValueError(f"{built} cannot be published over itself: name another file to publish to")
    if not built.is_file():
        raise FileNotFoundError(f"{built} is not there: nothing was built that could be published")
    published.parent.mkdir(parents=True, exist_ok=True)
    aside = published.with_name(f".{published.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)  # left by a process of the same id that was killed, as happens in containers
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach {_literal(str(built))} as built (read_only)")
            connection.execute(f"attach {_literal(str(aside))} as aside (storage_version {_literal(STORAGE_VERSION)})")
            for table in _tables(connection, "built"):
                name = f"{PUBLISHED_SCHEMA}.{_quoted(table)}"
                connection.execute(f"create table aside.{name} ({_columns(connection, 'built', table)})")
                connection.execute(f"insert into aside.{name} select * from built.{name}")
            connection.execute("detach aside")
        _sync(aside)
        aside.replace(published)
        _sync(published.parent)
    finally:
        aside.unlink(missing_ok=True)
        aside.with_name(aside.name + ".wal").unlink(missing_ok=True)


def summarize(published: Path) -> list[TableSummary]:
    """Return the tables of a published file with their numbers of rows, by name."""
    with duckdb.connect(str(published), read_only=True) as connection:
        catalog = connection.execute("select current_database()").fetchall()[0][0]
        return [
            TableSummary(table, connection.execute(f"select count(*) from {_quoted(table)}").fetchall()[0][0])
            for table in _tables(connection, catalog)
        ]
