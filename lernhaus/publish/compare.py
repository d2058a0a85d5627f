"""What differs between two published files, table by table."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from lernhaus.publish.facts import DESCRIBED_BY_PUBLISHING
from lernhaus.publish.publish import literal, quoted, tables_of

BEFORE, AFTER = "before", "after"


@dataclass(frozen=True)
class TableDifference:
    """How a table differs: rows and columns that were added, removed or changed.

    A row is known by the columns of its grain, as the newer file's ``meta_table`` names them, and has changed where the
    columns that both files have, of the same type, hold something else. Of a table without a known grain, a changed row
    counts as one that was removed and one that was added. Where a table is in one file alone, all its rows and columns
    were added or removed.
    """

    table_name: str
    added_rows: int
    removed_rows: int
    changed_rows: int
    added_columns: list[str]
    removed_columns: list[str]


def compare(before: Path, after: Path) -> list[TableDifference]:
    """Return the tables that differ between two published files, by name; what tells of the builds themselves apart.

    Raises ``duckdb.Error`` where a file cannot be read.
    """
    with duckdb.connect() as connection:
        for name, file in ((BEFORE, before), (AFTER, after)):
            connection.execute(f"attach {literal(str(file))} as {name} (read_only)")
        tables = [set(tables_of(connection, name)) - set(DESCRIBED_BY_PUBLISHING) for name in (BEFORE, AFTER)]
        keys = _keys(connection)
        found = [_difference(connection, table, tables, keys.get(table, [])) for table in sorted(tables[0] | tables[1])]
    return [
        one
        for one in found
        if one.added_rows or one.removed_rows or one.changed_rows or one.added_columns or one.removed_columns
    ]


def _keys(connection: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    if "meta_table" not in tables_of(connection, AFTER):
        return {}
    return dict(connection.execute(f"select table_name, key_columns from {AFTER}.main.meta_table").fetchall())


def _columns(connection: duckdb.DuckDBPyConnection, catalog: str, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where database_name = ? and schema_name = 'main' and table_name = ? order by column_index",
        [catalog, table],
    ).fetchall()
    return dict(rows)


def _difference(
    connection: duckdb.DuckDBPyConnection, table: str, tables: list[set[str]], keys: list[str]
) -> TableDifference:
    def count(query: str) -> tuple[int, ...]:
        row: tuple[int, ...] = connection.execute(query).fetchall()[0]
        return row

    name = quoted(table)
    if not all(table in present for present in tables):
        side = BEFORE if table in tables[0] else AFTER
        (rows,) = count(f"select count(*) from {side}.main.{name}")
        names = list(_columns(connection, side, table))
        if side == BEFORE:
            return TableDifference(table, 0, rows, 0, [], names)
        return TableDifference(table, rows, 0, 0, names, [])
    columns = {side: _columns(connection, side, table) for side in (BEFORE, AFTER)}
    shared = [column for column, kind in columns[BEFORE].items() if columns[AFTER].get(column) == kind]
    values = ", ".join(map(quoted, shared)) or "true"  # without a common column, rows are only counted
    if keys and set(keys) <= set(shared):
        key = ", ".join(map(quoted, keys))
        same_key = " and ".join(f"a.{column} is not distinct from b.{column}" for column in map(quoted, keys))
        sides = [f"(select {key}, hash({values}) as content from {side}.main.{name})" for side in (BEFORE, AFTER)]
        added, removed, changed = count(
            "select count(*) filter (b.content is null), count(*) filter (a.content is null), "
            "count(*) filter (a.content <> b.content) "
            f"from {sides[0]} as b full outer join {sides[1]} as a on {same_key}"
        )
    else:
        rest = "select count(*) from (select {0} from {1}.main.{2} except all select {0} from {3}.main.{2})"
        (added,) = count(rest.format(values, AFTER, name, BEFORE))
        (removed,) = count(rest.format(values, BEFORE, name, AFTER))
        changed = 0
    return TableDifference(
        table,
        added,
        removed,
        changed,
        [column for column in columns[AFTER] if column not in shared],
        [column for column in columns[BEFORE] if column not in shared],
    )
