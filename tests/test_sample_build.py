"""The whole way on the sample campus: extracts, `dbt build`, stars, scores, published file, README."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, Warehouse

from lernhaus.publish import publish, summarize
from lernhaus.sample import generate

FACTS = (
    "fct_daily_activity",
    "fct_enrollment",
    "fct_enrollment_week",
    "fct_learning_event",
    "fct_post",
    "fct_submission",
)
SCORES = ("engagement_week", "nlp_post_features", "risk_enrollment")


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    extracts = tmp_path_factory.mktemp("extracts")
    generate(extracts)
    return extracts


@pytest.fixture(scope="module")
def truth(campus: Path) -> dict[str, Any]:
    return json.loads((campus / "sample_truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def warehouse(campus: Path, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    built = Warehouse(tmp_path_factory.mktemp("warehouse"), campus)
    built.build()
    return built


@pytest.mark.parametrize("table", FACTS + SCORES)
def test_every_fact_and_score_has_rows(warehouse: Warehouse, table: str) -> None:
    assert warehouse.value(f"select count(*) from {table}") > 0


def test_nothing_is_lost(warehouse: Warehouse) -> None:
    rows = warehouse.rows(
        """
        select source_file, rows_in, rows_staged + rows_quarantined + rows_redelivered
        from (
            select * from staging.stg_oneroster__reconciliation
            union all
            select * from staging.stg_xapi__reconciliation
        )
        """
    )
    assert rows
    assert [row for row in rows if row[1] != row[2]] == []


def test_statements_find_the_learners_of_the_roster(warehouse: Warehouse, truth: dict[str, Any]) -> None:
    inferred, known = warehouse.rows(
        """
        select count(*) filter (is_inferred), count(*) filter (not is_inferred)
        from dim_learner
        where learner_key <> -1
        """
    )[0]
    assert known == truth["summary"]["learners"]
    assert inferred == len(truth["unknown_learners"])


def test_published_file_holds_no_direct_identifier(warehouse: Warehouse, campus: Path) -> None:
    published = warehouse.folder / "published.duckdb"
    publish(warehouse.database, published)
    names = {table.name for table in summarize(published)}
    assert {*FACTS, *SCORES} <= names
    emails = warehouse.rows("select email from restricted.learner_identity where email is not null")
    assert emails
    content = published.read_bytes()
    assert [email for (email,) in emails if email.encode() in content] == []


def test_readme_shows_what_its_queries_print(warehouse: Warehouse) -> None:
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    examples = re.findall(r"```sql\n(.*?)\n```\n```\n(.*?)\n```", readme, flags=re.DOTALL)
    assert len(examples) == 3
    with duckdb.connect(str(warehouse.database), read_only=True) as connection:
        for query, shown in examples:
            assert str(connection.sql(query)).rstrip() == shown


def test_building_again_changes_nothing(warehouse: Warehouse) -> None:
    tables = [name for (name,) in warehouse.rows("select table_name from duckdb_tables() where schema_name = 'main'")]

    def fingerprints() -> dict[str, Any]:
        # bit_xor of row hashes: the same rows in any order
        return {table: warehouse.rows(f"select count(*), bit_xor(hash({table})) from {table}")[0] for table in tables}

    before = fingerprints()
    warehouse.build()
    assert fingerprints() == before
