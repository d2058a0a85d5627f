"""`lernhaus build` with dbt itself, on a campus of a few learners."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import PROJECT

from lernhaus.sample import generate


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    generate(folder / "extracts", learners=12, days=60)
    return folder


def _lernhaus(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = {
        "LERNHAUS_EXTRACTS": str(folder / "extracts"),
        "LERNHAUS_DATABASE": str(folder / "lernhaus.duckdb"),
        "LERNHAUS_PUBLISHED": str(folder / "published.duckdb"),
        "LERNHAUS_PSEUDONYM_SECRET": "a secret of the tests",
        "DBT_TARGET_PATH": str(folder / "target"),
        "DBT_LOG_PATH": str(folder / "logs"),
    }
    command = [sys.executable, "-m", "lernhaus.cli", *arguments]
    return subprocess.run(command, cwd=PROJECT, env=os.environ | settings, capture_output=True, text=True)


def test_build_publishes_what_passed_and_nothing_else(campus: Path) -> None:
    built = _lernhaus(campus, "build")
    assert built.returncode == 0, built.stdout + built.stderr
    published = campus / "published.duckdb"
    with duckdb.connect(str(published), read_only=True) as connection:
        tables = dict(connection.execute("select table_name, row_count from meta_table").fetchall())
        for table, count in tables.items():
            assert connection.execute(f"select count(*) from {table}").fetchall() == [(count,)]
        tests = connection.execute("select status, count(*) from meta_test_result group by all").fetchall()
        assert [status for status, _ in tests] == ["pass"]
        assert connection.execute(
            "select key_columns from meta_table where table_name = 'fct_daily_activity'"
        ).fetchall() == [(["enrollment_key", "activity_key", "date_key"],)]
        assert connection.execute("select count(*) from duckdb_tables() where schema_name <> 'main'").fetchall() == [
            (0,)
        ]
        undescribed = connection.execute(
            "select distinct table_name from duckdb_columns() where comment is null and not internal order by all"
        ).fetchall()
        assert undescribed == []
    before = published.read_bytes()

    failed = _lernhaus(campus, "build", "--vars", "{max_quarantine_share: 0}")
    assert failed.returncode == 1
    assert "dbt failed: assert_quarantine_share_is_low" in failed.stderr
    assert "the published file is as it was" in failed.stderr
    assert published.read_bytes() == before
    assert "failed: dbt failed: assert_quarantine_share_is_low" in _lernhaus(campus, "status").stdout
