"""`lernhaus diff` and `lernhaus export`: what differs between two published files, and the tables as other files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from click.testing import CliRunner

from lernhaus.cli import main
from lernhaus.publish import files
from lernhaus.publish.compare import TableDifference, compare
from lernhaus.publish.export import export


def _file(path: Path, *statements: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return path


KEYS = "create table meta_table as select 'fct' as table_name, ['a', 'b'] as key_columns"


def test_rows_are_compared_by_the_grain(tmp_path: Path) -> None:
    before = _file(
        tmp_path / "it's before.duckdb",
        "create table fct as select i as a, 'x' as b, i * 2 as v, i as gone from range(10) r(i)",
        "create table same as select 1 as one",
        'create table "odd \'name" as select i % 3 as v from range(9) r(i)',
        "create table only_before as select 1 as one from range(4)",
    )
    after = _file(
        tmp_path / "after.duckdb",
        "create table fct as select i as a, 'x' as b, case when i in (3, 4, 5) then null else i * 2 end as v, i as new "
        "from range(2, 13) r(i)",
        "create table same as select 1 as one",
        'create table "odd \'name" as select i % 3 as v from range(10) r(i)',
        "create table only_after as select 1 as one from range(5)",
        KEYS,
    )
    assert compare(before, after) == [
        TableDifference("fct", 3, 2, 3, ["new"], ["gone"]),
        TableDifference("odd 'name", 1, 0, 0, [], []),
        TableDifference("only_after", 5, 0, 0, ["one"], []),
        TableDifference("only_before", 0, 4, 0, [], ["one"]),
    ]
    assert compare(before, before) == []


def test_rows_without_a_known_grain_are_removed_and_added(tmp_path: Path) -> None:
    before = _file(tmp_path / "before.duckdb", "create table fct as select i as a, 1 as v from range(10) r(i)")
    after = _file(
        tmp_path / "after.duckdb", "create table fct as select i as a, if(i = 4, 2, 1) as v from range(10) r(i)"
    )
    assert compare(before, after) == [TableDifference("fct", 1, 1, 0, [], [])]


def test_tables_that_have_nothing_in_common_are_compared(tmp_path: Path) -> None:
    before = _file(
        tmp_path / "before.duckdb",
        "create table fct (a integer, b integer, v integer)",
        "insert into fct values (1, null, 1), (2, null, 2), (null, null, 3)",
        "create table other as select i as a from range(3) r(i)",
        "create table gone (a integer)",
    )
    after = _file(
        tmp_path / "after.duckdb",
        "create table fct (a integer, b integer, v integer)",
        "insert into fct values (1, null, 1), (2, null, 9), (null, null, 3)",
        "create table other as select i::varchar as a from range(5) r(i)",
        "create table new (a integer)",
        KEYS,
    )
    assert compare(before, after) == [
        TableDifference("fct", 0, 0, 1, [], []),
        TableDifference("gone", 0, 0, 0, [], ["a"]),
        TableDifference("new", 0, 0, 0, ["a"], []),
        TableDifference("other", 2, 0, 0, ["a"], ["a"]),
    ]


def test_diff_command_tells_programs_too(tmp_path: Path) -> None:
    before = _file(tmp_path / "before.duckdb", "create table fct as select 1 as a")
    after = _file(tmp_path / "after.duckdb", "create table fct as select unnest([1, 2]) as a")
    run = CliRunner().invoke
    assert run(main, ["diff", str(before), str(after)]).output.split() == ["fct", "+1", "0", "0", "changed"]
    told = run(main, ["diff", "--json", "--exit-code", str(before), str(after)])
    assert told.exit_code == 1
    assert json.loads(told.output)[0]["added_rows"] == 1
    assert run(main, ["diff", "--exit-code", str(before), str(before)]).exit_code == 0


HOSTILE = [
    *("=1+1", "+cmd", "-2", "@SUM(A1)", "\tx", "\rx", "\n=1", "＝1+1", "＋1", "－2", "＠SUM(A1)"),
    *("a=b", "'quoted'", 'say "hi",\nyou', "", None, "ä"),
]


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "published.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table dim (key integer, text varchar, cues varchar[])")
        connection.execute("create table kinds as select '=1'::enum ('=1', 'a') as kind, '\"a\"'::json as note")
        connection.executemany("insert into dim values (?, ?, ['=a'])", [[i, text] for i, text in enumerate(HOSTILE)])
        connection.execute(
            "create table fct_use as select i as key, date '2023-12-25' + i::integer as day from range(20) r(i)"
        )
    return path


def test_exported_parquet_holds_the_tables(published: Path, tmp_path: Path) -> None:
    out = tmp_path / "it's out"
    assert export(published, out) == [out / "dim", out / "fct_use", out / "kinds"]
    assert sorted(path.name for path in (out / "fct_use").iterdir()) == ["year=2023", "year=2024"]
    with duckdb.connect(str(published), read_only=True) as connection:
        for table in ("dim", "fct_use"):
            files = str(out / table / "**" / "*.parquet").replace("'", "''")
            rows = connection.execute(f"from read_parquet('{files}', hive_partitioning = true) order by key").fetchall()
            expected = connection.execute(f"from {table} order by key").fetchall()
            assert [row[: len(expected[0])] for row in rows] == expected
    assert sorted(path.name for path in tmp_path.iterdir()) == ["it's out", "published.duckdb"]


@pytest.mark.parametrize("format", ["parquet", "csv"])
def test_a_fact_without_rows_is_exported_with_its_columns(tmp_path: Path, format: str) -> None:
    published = _file(tmp_path / "published.duckdb", "create table fct_post (key integer, day date)")
    export(published, tmp_path / "out", format=format)
    with duckdb.connect() as connection:
        found = connection.execute(f"from '{tmp_path}/out/fct_post/*/*.{format}'")
        assert [column[0] for column in found.description or ()][:2] == ["key", "day"]
        assert found.fetchall() == []


def test_export_fills_the_folder_that_is_there(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "link").symlink_to("here")
    there = (tmp_path / "here").stat().st_ino
    monkeypatch.chdir(tmp_path / "here")
    for out in (Path(), tmp_path / "link"):
        export(published, out)
        assert sorted(path.name for path in (tmp_path / "here").iterdir()) == ["dim", "fct_use", "kinds"]
        assert (tmp_path / "here").stat().st_ino == there and (tmp_path / "link").is_symlink()
        for folder in ("dim", "fct_use", "kinds"):
            shutil.rmtree(tmp_path / "here" / folder)


def test_a_folder_that_cannot_be_made_is_named(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("LERNHAUS_PUBLISHED", str(published))
    result = CliRunner().invoke(main, ["export", "--out", "file/out"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: [Errno 20] Not a directory: ") and "file/" in result.output


def test_exported_csv_holds_no_formula(published: Path, tmp_path: Path) -> None:
    export(published, tmp_path / "out", format="csv")
    with duckdb.connect() as connection:
        path = tmp_path / "out" / "dim" / "dim.csv"
        rows = connection.execute(f"select text from read_csv('{path}', all_varchar = true, header = true)").fetchall()
    cells = [text for (text,) in rows]
    expected = [f"'{text}" if text and text[0] in "=+-@\t\r\n＝＋－＠" else text for text in HOSTILE]
    assert [cell or "" for cell in cells] == [text or "" for text in expected]
    assert (tmp_path / "out" / "kinds" / "kinds.csv").read_text() == 'kind,note\n\'=1,"""a"""\n'


def test_export_leaves_a_folder_with_files_alone(
    published: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("all of it")
    monkeypatch.setenv("LERNHAUS_PUBLISHED", str(published))
    result = CliRunner().invoke(main, ["export", "--out", str(tmp_path / "mine")])
    assert result.exit_code == 1
    assert "mine is not empty" in result.output
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]
    done = CliRunner().invoke(main, ["export", "--out", str(tmp_path / "new")])
    assert done.output.strip().endswith("new: 3 tables")


def test_small_files_are_written_in_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, link = tmp_path / "folder" / "list.txt", tmp_path / "link"
    files.write(path, "one\n", mode=0o600)
    assert path.stat().st_mode & 0o777 == 0o600
    (tmp_path / "folder" / ".list.txt.new").write_text("left by a killed process, and longer")
    link.symlink_to(path)
    files.write(link, "zwei: ä\n")
    assert (link.is_symlink(), path.read_text("utf-8"), path.stat().st_mode & 0o777) == (True, "zwei: ä\n", 0o600)

    def fail(path: Path) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(files, "sync", fail)
    with pytest.raises(OSError, match="No space left"):
        files.write(path, "three\n")
    assert path.read_text("utf-8") == "zwei: ä\n"
    assert [file.name for file in path.parent.iterdir()] == ["list.txt"]
