"""Tables are remade for whatever they are made of: loads after a clock was set back, empty builds, seeds, settings."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
from conftest import Warehouse, clock_ahead

MODELS = ("--select", "+stg_xapi__interaction", "--vars", "{source_systems: [xapi]}")
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test", "--threads", "1", "--no-write-json")


class Site(Warehouse):
    def deliver(self, number: int) -> None:
        """Add a file with one statement."""
        told = {
            "id": f"{number:08d}-0000-4000-8000-000000000000",
            "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "http://id.tincanapi.com/verb/viewed"},
            "object": {"id": "https://lms.lernhaus.example/pages/1"},
            "context": {"contextActivities": {"grouping": [{"id": "https://lms.lernhaus.example/runs/r1"}]}},
            "timestamp": "2026-03-02T10:00:00Z",
        }
        (self.extracts / "xapi" / f"{number}.jsonl").write_text(json.dumps(told) + "\n")

    def clicks(self) -> int:
        """How many interactions there are."""
        return int(self.value("select coalesce(sum(interaction_count), 0) from staging.stg_xapi__interaction"))

    def made(self, command: str, *arguments: str) -> set[str]:
        """Run a command; return the tables that were not left alone."""
        excluded = MODELS_ONLY if command == "build" else MODELS_ONLY[3:]
        outcome = self.dbt(command, *MODELS, *excluded, *arguments)
        assert outcome.success, outcome.exception
        return {
            r.node.name
            for r in outcome.result or ()
            if r.node.resource_type == "model" and r.node.config.materialized != "view" and r.message != "UNCHANGED"
        }


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "extracts" / "xapi").mkdir(parents=True)
    return Site(tmp_path, tmp_path / "extracts")


def test_tables_are_remade_for_what_they_are_made_of(site: Site) -> None:
    tables = {"base_xapi__statement", "stg_xapi__interaction"}
    site.deliver(1)
    with clock_ahead(timedelta(days=3)):
        assert site.made("build") >= tables
    assert site.clicks() == 1
    with clock_ahead(timedelta(days=3)):
        assert site.made("build") == set()

    # the clock was set back: what comes now is new all the same
    site.deliver(2)
    assert site.made("build") >= tables
    assert site.clicks() == 2
    assert site.made("build") == set()

    assert site.made("build", "--empty") >= tables
    assert site.clicks() == 0
    assert site.made("build") >= tables
    assert site.clicks() == 2

    # models that ran with the rows of another seed are remade once the seed is loaded
    with duckdb.connect(str(site.database)) as connection:
        connection.execute("update staging.loaded_seed set code = 'that of another file'")
    assert site.made("run") >= {"stg_xapi__interaction"}
    assert site.made("build") >= {"stg_xapi__interaction"}
    assert site.made("build") == set()
