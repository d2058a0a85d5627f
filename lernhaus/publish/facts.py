"""What a published file says of itself: the tables ``meta_table``, ``meta_test_result`` and ``meta_build``."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb

from lernhaus.publish.history import Build
from lernhaus.publish.publish import has_table, literal, quoted, tables_of

DESCRIBED_BY_PUBLISHING = ("meta_build", "meta_table", "meta_test_result")

_BUILD_TYPES = {
    "started_at": "timestamp",
    "finished_at": "timestamp",
    "source_file_count": "bigint",
    "table_count": "bigint",
    "row_count": "bigint",
    "test_count": "bigint",
    "erasure_count": "bigint",
}


@dataclass(frozen=True)
class DataTestResult:
    """What a dbt data test said: its name, the table that it belongs to (null: several), status and failing rows."""

    test_name: str
    table_name: str | None
    status: str
    failure_count: int


@dataclass(frozen=True)
class Description:
    """What a table holds, and what each of its columns means, in words."""

    text: str
    columns: Mapping[str, str]


OWN_DESCRIPTIONS: Mapping[str, Description] = {
    "meta_build": Description(
        "One row per build up to the one of this file, and per return to an earlier file.",
        {
            "build_id": "Known by the moment when it began.",
            "started_at": "When it began, UTC.",
            "outcome": "`published`, `failed`, `killed` (it never said how it ended) or `rolled back`.",
            "finished_at": "When it ended, UTC.",
            "problem": "Why it failed, or to which build was returned.",
            "code_commit": "Commit of the project folder, `+` where files differed; null outside of a repository.",
            "lernhaus_version": "Release of Lernhaus that built.",
            "dbt_version": "Release of dbt-core that built.",
            "duckdb_version": "Release of DuckDB that built.",
            "extracts_hash": "One hash of the names and contents of all extract files.",
            "source_file_count": "Extract files that were loaded.",
            "table_count": "Published tables, without the three that publishing adds.",
            "row_count": "Rows of these tables.",
            "test_count": "Data tests that ran.",
            "erasure_count": "Identities of learners that were to be erased.",
            "erasure_hash": "One hash of these, which tells nobody who they are; null where there were none.",
        },
    ),
    "meta_table": Description(
        "One row per published table, without the three that publishing adds.",
        {
            "table_name": "As in `show tables`.",
            "row_count": "How many there are.",
            "byte_count": "What its blocks take on disk; small tables share blocks, which count for each of them.",
            "date_column": "Its first column of type date, if any.",
            "latest_date": "Greatest value of that column.",
            "key_columns": "The columns of its grain: no two rows have the same values in all of them.",
        },
    ),
    "meta_test_result": Description(
        "One row per data test of the build of this file.",
        {
            "test_name": "Known to dbt by this.",
            "table_name": "The table that it belongs to; null where it looks at several.",
            "status": "`pass` or `warn`; a file with a failed test is not published.",
            "failure_count": "Rows that did not hold.",
        },
    ),
}


@dataclass(frozen=True)
class TableFacts:
    """A published table.

    ``byte_count`` is what its blocks take on disk; small tables share blocks, which count for each of them.
    ``latest_date`` is the greatest value of ``date_column``, its first column of type date. ``key_columns`` are those
    of its grain.
    """

    table_name: str
    row_count: int
    byte_count: int
    date_column: str | None
    latest_date: str | None
    key_columns: list[str]


def describe_tables(published: Path, keys: Mapping[str, Sequence[str]]) -> list[TableFacts]:
    """What there is to know of each table of a DuckDB file (schema ``main``), by name."""
    with duckdb.connect(str(published), read_only=True) as connection:
        catalog, block_size = connection.execute(
            "select database_name, block_size from pragma_database_size() where database_name = current_database()"
        ).fetchall()[0]
        described = []
        for table in tables_of(connection, catalog):
            rows = connection.execute(f"select count(*) from {quoted(table)}").fetchall()[0][0]
            blocks = connection.execute(
                f"select count(distinct block_id) from pragma_storage_info({literal(table)}) where block_id >= 0"
            ).fetchall()[0][0]
            dates = connection.execute(
                "select column_name from duckdb_columns() where database_name = ? and schema_name = 'main' "
                "and table_name = ? and data_type = 'DATE' order by column_index limit 1",
                [catalog, table],
            ).fetchall()
            column = dates[0][0] if dates else None
            latest = (
                column
                and connection.execute(
                    f"select cast(max({quoted(column)}) as varchar) from {quoted(table)}"
                ).fetchall()[0][0]
            )
            described.append(TableFacts(table, rows, blocks * block_size, column, latest, list(keys.get(table, ()))))
        return described


def extracts_fingerprint(published: Path) -> tuple[str | None, int | None]:
    """One hash of the names and contents of all extract files, and how many there are; none where it is not told."""
    with duckdb.connect(str(published), read_only=True) as connection:
        if not has_table(connection, "meta_source_file"):
            return None, None
        rows = connection.execute("select source_file, content_hash from meta_source_file order by all").fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest(), len(rows)


@dataclass(frozen=True)
class SourceFreshness:
    """A source system in a published file: how many extract files, when the last was loaded (UTC), the latest date that
    they tell of, and for how many days before it events and texts are kept (null: for ever)."""

    source_system: str
    file_count: int
    loaded_at: datetime | None
    latest_date: date | None
    keep_events_days: int | None = None
    keep_texts_days: int | None = None

    @property
    def kept_from(self) -> tuple[date, date]:
        """The first dates of which it has events, and texts."""
        return _kept_from(self.latest_date, self.keep_events_days), _kept_from(self.latest_date, self.keep_texts_days)


def _kept_from(latest: date | None, days: int | None) -> date:
    """As ``macros/retention.sql`` has it: the first of a month."""
    if latest is None or days is None or latest.toordinal() <= days:
        return date.min
    return (latest - timedelta(days)).replace(day=1)


def sources_of(published: Path) -> list[SourceFreshness]:
    """The source systems of a published file or a warehouse; none where it does not tell."""
    with duckdb.connect(str(published), read_only=True) as connection:
        if not has_table(connection, "meta_source_system"):
            return []
        found = connection.execute("from main.meta_source_system order by source_system")
        names = [column[0] for column in found.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    known = {field.name for field in fields(SourceFreshness)}
    return [SourceFreshness(**{name: value for name, value in row.items() if name in known}) for row in rows]


def has_retention(database: Path) -> bool:
    """True where a published file or a warehouse keeps events or texts of a source system for a time alone."""
    return any(source.kept_from != (date.min, date.min) for source in sources_of(database))


def has_expired(old: Path, new: Path) -> bool:
    """True where an old published file has events or texts that by the new one are not kept any more."""
    before = {source.source_system: source.kept_from for source in sources_of(old)}
    return any(
        limit > limit_before
        for source in sources_of(new)
        for limit, limit_before in zip(
            source.kept_from, before.get(source.source_system, (date.max, date.max)), strict=True
        )
    )


def erased_records(published: Path) -> dict[str, int]:
    """How many records of erased learners each extract file of a published file has; those without any are left out."""
    with duckdb.connect(str(published), read_only=True) as connection:
        if not has_table(connection, "meta_source_file"):
            return {}
        return dict(
            connection.execute(
                "select source_file, rows_erased from meta_source_file where rows_erased > 0 order by all"
            ).fetchall()
        )


def write_facts(
    published: Path, tables: Iterable[TableFacts], tests: Iterable[DataTestResult], builds: Iterable[Build]
) -> None:
    """Add the three tables to a file that is about to be published; ``builds`` with the newest last."""
    with duckdb.connect(str(published)) as connection:
        connection.execute(
            "create table meta_table (table_name varchar not null, row_count bigint not null, "
            "byte_count bigint not null, date_column varchar, latest_date date, key_columns varchar[] not null)"
        )
        _insert(connection, "meta_table", [list(asdict(table).values()) for table in tables])
        connection.execute(
            "create table meta_test_result (test_name varchar not null, table_name varchar, status varchar not null, "
            "failure_count bigint not null)"
        )
        _insert(connection, "meta_test_result", [list(astuple(test)) for test in tests])
        columns = ", ".join(f"{field.name} {_BUILD_TYPES.get(field.name, 'varchar')}" for field in fields(Build))
        connection.execute(f"create table meta_build ({columns})")
        _insert(connection, "meta_build", [list(astuple(build)) for build in builds])


def write_descriptions(published: Path, descriptions: Mapping[str, Description]) -> None:
    """Put what tables and columns mean into a file that is about to be published, as comments, which tools show.

    Tables and columns that the file does not have are passed over.
    """
    with duckdb.connect(str(published)) as connection:
        columns = connection.execute(
            "select table_name, column_name from duckdb_columns() where schema_name = 'main' and not internal"
        ).fetchall()
        connection.begin()
        for table in sorted({table for table, _ in columns} & descriptions.keys()):
            connection.execute(f"comment on table {quoted(table)} is {literal(descriptions[table].text)}")
        for table, column in columns:
            if text := table in descriptions and descriptions[table].columns.get(column):
                connection.execute(f"comment on column {quoted(table)}.{quoted(column)} is {literal(text)}")
        connection.commit()


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[list[object]]) -> None:
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        connection.executemany(f"insert into {table} values ({marks})", rows)
