"""Copy the queryable tables of a built warehouse into a fresh, compact file and swap it in atomically."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from lernhaus.publish import files

PUBLISHED_SCHEMA = "main"
STORAGE_VERSION = "v1.4.0"  # readable by DuckDB from 1.4 on


@dataclass(frozen=True)
class TableSummary:
    """A table of the published file: its name and how many rows it has."""

    name: str
    rows: int


def quoted(identifier: str) -> str:
    """The identifier as SQL writes it, whatever it holds."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as a SQL literal, whatever it holds."""
    return "'" + text.replace("'", "''") + "'"


def spill_folder(database: Path) -> Path:
    """Where DuckDB puts what does not fit into memory while it works on a file; if it is killed, that stays there.

    For a connection to no file that would be the working directory, where nobody clears it away.
    """
    return database.with_name(f"{database.name}.tmp")


def state_folder(published: Path) -> Path:
    """The folder beside a published file for what belongs to it: the lock, the history, earlier files, the next one."""
    published = published.resolve()  # whatever link it is reached by, it is one file with one lock
    return published.with_name(f".{published.name}.state")


def tables_of(connection: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    """The names of the tables of schema ``main`` of an attached file, in order."""
    rows = connection.execute(
        "select table_name from duckdb_tables() where database_name = ? and schema_name = ? order by table_name",
        [catalog, PUBLISHED_SCHEMA],
    ).fetchall()
    return [name for (name,) in rows]


def has_table(connection: duckdb.DuckDBPyConnection, table: str) -> bool:
    """True where one of the attached files has a table of this name."""
    return bool(connection.execute("from duckdb_tables() where table_name = ?", [table]).fetchall())


def check_storage_version(version: str) -> None:
    """Raise ``ValueError`` where DuckDB knows no such storage version."""
    with duckdb.connect() as connection:
        try:
            connection.execute(f"attach ':memory:' as it (storage_version {literal(version)})")
        except duckdb.InvalidInputException as error:
            raise ValueError(f"{version!r} is no storage version of DuckDB, such as {STORAGE_VERSION}") from error


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> str:
    """The column list of a table for ``create table``, which ``create table as`` would strip of NOT NULL."""
    rows = connection.execute(
        "select column_name, data_type, is_nullable from duckdb_columns() "
        "where database_name = ? and schema_name = ? and table_name = ? order by column_index",
        [catalog, PUBLISHED_SCHEMA, table],
    ).fetchall()
    return ", ".join(f"{quoted(name)} {type_}{'' if nullable else ' not null'}" for name, type_, nullable in rows)


def publish(
    built: Path,
    published: Path,
    *,
    storage_version: str = STORAGE_VERSION,
    memory_limit: str | None = None,
    complete: Callable[[Path], None] = lambda new: None,
    keep: Callable[[Path], None] = lambda new: None,
) -> None:
    """Publish the tables of schema ``main`` of the DuckDB file ``built`` as the file ``published``.

    The schemas ``staging``, ``conformed`` and ``restricted`` stay behind. The copy is made in the state folder beside
    ``published``, synced to disk and renamed over it, so readers see the old file or the new one, never half of one.
    ``complete`` is called with the copy before that: it may add to it, and refuse it by an exception. ``keep`` is
    called with it last, when nothing is left to do but to rename.

    Tables keep their NOT NULL constraints and the order of their rows.

    Raises ``ValueError`` where both are the same file, ``FileNotFoundError`` where ``built`` is missing and
    ``duckdb.Error`` where it cannot be read; the file ``published`` is then as it was.
    """
    if built.resolve() == published.resolve():
        raise ValueError(f"{built} cannot be published over itself: name another file to publish to")
    if not built.is_file():
        raise FileNotFoundError(f"{built} is not there: nothing was built that could be published")
    state = state_folder(published)
    state.mkdir(parents=True, exist_ok=True)
    new = state / "next.duckdb"
    _remove(new)  # left by a process that was killed
    try:
        with _copying(built, new, storage_version, memory_limit) as connection:
            files.keep_mode(published, new)  # whoever may not read the published file may not read this one either
            for table in tables_of(connection, "built"):
                name = f"{PUBLISHED_SCHEMA}.{quoted(table)}"
                connection.execute(f"create table new.{name} ({_columns(connection, 'built', table)})")
                connection.execute(f"insert into new.{name} select * from built.{name}")
            connection.execute("detach new")
        complete(new)
        files.sync(new)
        keep(new)
        files.replace(new, published)
    finally:
        _remove(new)


@contextmanager
def _copying(
    built: Path, new: Path, storage_version: str, memory_limit: str | None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads ``built`` and writes ``new``, a file that it makes, under these names."""
    with duckdb.connect(config={"temp_directory": str(spill_folder(new))}) as connection:
        if memory_limit:
            connection.execute(f"set memory_limit = {literal(memory_limit)}")
        connection.execute(f"attach {literal(str(built))} as built (read_only)")
        connection.execute(f"attach {literal(str(new))} as new (storage_version {literal(storage_version)})")
        yield connection


def compact(database: Path, *, memory_limit: str | None = None) -> None:
    """Rewrite a warehouse without its free blocks, in which deleted rows live on."""
    new = database.with_name("compact.duckdb")
    _remove(new)
    try:
        with _copying(database, new, STORAGE_VERSION, memory_limit) as connection:
            connection.execute("copy from database built to new")
        database.with_name(database.name + ".wal").unlink(missing_ok=True)
        files.replace(new, database)
    finally:
        _remove(new)


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    database.with_name(database.name + ".wal").unlink(missing_ok=True)
    shutil.rmtree(spill_folder(database), ignore_errors=True)


def summarize(published: Path) -> list[TableSummary]:
    """Return the tables of a published file with their numbers of rows, by name."""
    with duckdb.connect(str(published), read_only=True) as connection:
        catalog = connection.execute("select current_database()").fetchall()[0][0]
        return [
            TableSummary(table, connection.execute(f"select count(*) from {quoted(table)}").fetchall()[0][0])
            for table in tables_of(connection, catalog)
        ]
