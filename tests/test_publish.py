"""Publishing: only what people query, in a fresh file, swapped in whole or not at all."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from lernhaus.publish import TableSummary, publish, summarize


def _build(path: Path, rows: int) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema restricted")
        connection.execute("create table restricted.learner_identity as select 'Ada Lovelace' as name")
        connection.execute(f'create table "dim learner\'s" as select unnest(range({rows})) as learner_key')
        connection.execute("create view a_view as select 1 as one")


def test_published_file_holds_the_tables_of_main_alone(tmp_path: Path) -> None:
    built, published = tmp_path / "it's built.duckdb", tmp_path / "out" / "it's published.duckdb"
    _build(built, rows=3)
    publish(built, published)
    assert summarize(published) == [TableSummary("dim learner's", 3)]
    assert b"Ada Lovelace" not in published.read_bytes()
    assert sorted(path.name for path in published.parent.rglob("*")) == [".it's published.duckdb.state", published.name]


def test_reader_of_the_old_file_keeps_its_view(tmp_path: Path) -> None:
    built, published = tmp_path / "built.duckdb", tmp_path / "published.duckdb"
    _build(built, rows=3)
    publish(built, published)
    with published.open("rb") as reader:
        before = reader.read()
        built.unlink()
        _build(built, rows=4)
        publish(built, published)
        reader.seek(0)
        assert reader.read() == before
    assert summarize(published) == [TableSummary("dim learner's", 4)]


def test_failed_publishing_leaves_the_published_file_as_it_was(tmp_path: Path) -> None:
    built, published = tmp_path / "built.duckdb", tmp_path / "published.duckdb"
    _build(built, rows=3)
    publish(built, published)
    before = published.read_bytes()
    built.write_bytes(b"not a database" * 1000)
    with pytest.raises(duckdb.Error):
        publish(built, published)
    with pytest.raises(FileNotFoundError, match=r"absent\.duckdb"):
        publish(tmp_path / "absent.duckdb", published)
    assert published.read_bytes() == before
    left = sorted(path.name for path in tmp_path.rglob("*"))
    assert left == [".published.duckdb.state", "built.duckdb", "published.duckdb"]


@pytest.mark.parametrize("target", ["built.duckdb", "link.duckdb", "folder/../built.duckdb"])
def test_file_is_not_published_over_itself(tmp_path: Path, target: str) -> None:
    built = tmp_path / "built.duckdb"
    _build(built, rows=3)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.duckdb").symlink_to(built)
    before = built.read_bytes()
    with pytest.raises(ValueError, match="over itself"):
        publish(built, tmp_path / target)
    assert built.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["built.duckdb", "folder", "link.duckdb"]


def test_published_table_keeps_its_types_constraints_and_row_order(tmp_path: Path) -> None:
    built, published = tmp_path / "built.duckdb", tmp_path / "published.duckdb"
    with duckdb.connect(str(built)) as connection:
        connection.execute(
            'create table t ("a ""key""" bigint not null, b struct(x integer[]), c decimal(5, 2) not null, '
            "d enum ('low', 'high'), e timestamptz)"
        )
        # several row groups, in an order that no column has
        connection.execute("insert into t select hash(i) >> 1, {x: [i]}, i % 999, 'low', null from range(400_000) r(i)")
    publish(built, published)
    columns = "select column_name, data_type, is_nullable from duckdb_columns() where table_name = 't'"
    found = []
    for path in (built, published):
        with duckdb.connect(str(path), read_only=True) as connection:
            found.append(
                (connection.execute(columns).fetchall(), connection.execute('select "a ""key""" from t').fetchnumpy())
            )
    assert found[0][0] == found[1][0]
    assert [nullable for _, _, nullable in found[1][0]] == [False, True, False, True, True]
    assert (found[0][1]['a "key"'] == found[1][1]['a "key"']).all()
