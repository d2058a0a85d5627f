"""Mutated extract files through staging: a batch of what `make soak` does by the thousand."""

from __future__ import annotations

import os
import random
from pathlib import Path

import duckdb
import pytest

from bench.fuzz import MUTATIONS, Extracts, Figures, check, fuzz

SEED = int(os.environ.get("LERNHAUS_TEST_SEED", "1"))


def test_mutated_files_lose_no_record_and_run_no_sql(tmp_path: Path) -> None:
    figures = fuzz(tmp_path, files=90, seed=SEED, batch=90, say=print, systems=("xapi", "moodle", "post_labels"))
    assert figures.files == 90
    assert set(figures.mutations) == set(MUTATIONS)
    assert 0 < figures.stopped <= figures.unusable < figures.files
    assert 0 < figures.rows_refused < figures.rows_in
    assert figures.cells > 100


def test_same_seed_same_files(tmp_path: Path) -> None:
    written = []
    for name in ("one", "two"):
        extracts = Extracts(tmp_path / name, random.Random(SEED))
        extracts.fill(60)
        written.append({path.relative_to(tmp_path / name): path.read_bytes() for path in (tmp_path / name).rglob("*.*")
                        if path.is_file() and path.suffix != ".gz"})  # fmt: skip
    assert written[0] == written[1]


def test_a_lost_record_is_found(tmp_path: Path) -> None:
    """The check itself: of a file that nothing is said of, it speaks."""
    database = tmp_path / "lernhaus.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create schema staging; create table staging.canary as select 1 as bird; "
            "create table meta_source_file (source_file varchar, rows_in bigint, rows_staged bigint, "
            "rows_quarantined bigint, rows_redelivered bigint, rows_erased bigint, rows_expired bigint); "
            "insert into meta_source_file values ('a.csv', 3, 1, 1, 0, 0, 0)"
        )
    with pytest.raises(RuntimeError, match=r"records lost or made up .*a\.csv"):
        check(database, Extracts(tmp_path, random.Random(1)), tmp_path, Figures())
