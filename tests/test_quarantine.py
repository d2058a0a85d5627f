"""What operators see of the extracts: news in the log, files that are read again or not, too much in quarantine."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import pytest
from conftest import Warehouse

BASE = "base_xapi__statement"
LIMIT_TEST = "assert_quarantine_share_is_low"
ALL = ("--select", f"+{LIMIT_TEST}", "--indirect-selection", "empty")
FAULTY = b'{"id": 1}\n'


def statements(*numbers: int) -> bytes:
    """Valid xAPI statements, one per line."""
    return b"".join(
        json.dumps(
            {
                "id": f"{number:08x}-0000-4000-8000-000000000000",
                "actor": {"mbox": f"mailto:learner{number}@example.org"},
                "verb": {"id": "http://adlnet.gov/expapi/verbs/experienced"},
                "object": {"id": "https://lms.lernhaus.example/pages/1"},
                "timestamp": "2025-02-03T10:00:00Z",
            }
        ).encode()
        + b"\n"
        for number in numbers
    )


class Site(Warehouse):
    """A warehouse of xAPI statements alone."""

    def run(self, *arguments: str, limit: float = 0.6) -> tuple[Any, list[str]]:
        """dbt's result by node name (status, message), and what the base model says in the log."""
        log = self.folder / "logs" / "dbt.log"
        before = len(log.read_bytes()) if log.exists() else 0
        settings = f"{{source_systems: [xapi], max_quarantine_share: {limit}}}"
        outcome = self.dbt("build", *arguments, "--threads", "1", "--no-write-json", "--vars", settings)
        said = log.read_bytes()[before:].decode().splitlines()
        results = {r.node.name: (str(r.status), r.message) for r in outcome.result or ()}
        assert results, outcome.exception
        return results, [line.partition(f"{BASE}: ")[2] for line in said if f" {BASE}: " in line]

    def write(self, name: str, data: bytes) -> Path:
        path = self.extracts / "xapi" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def loaded(self) -> dict[str, Any]:
        """What the base model remembers of its files: time of change, of loading, and number of records."""
        columns = "source_file, modified_at, loaded_at, record_count"
        return {name: facts for name, *facts in self.rows(f"select {columns} from staging.{BASE}__files")}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("quarantine")
    return Site(folder, folder / "extracts")


@pytest.fixture(scope="module")
def first(site: Site) -> tuple[Any, list[str]]:
    site.write("a.jsonl", statements(1, 2, 3) + FAULTY)
    site.write("b.jsonl.gz", gzip.compress(statements(4)))
    return site.run(*ALL)


def test_new_files_are_counted_in_the_log(site: Site, first: tuple[Any, list[str]]) -> None:
    results, news = first
    assert news == ["new: 2 files"]
    assert {status for status, _ in results.values()} == {"success", "pass"}
    assert [records for *_, records in site.loaded().values()] == [4, 1]


def test_touched_file_is_not_loaded_again(site: Site, first: object) -> None:
    before = site.loaded()
    path = site.write("a.jsonl", statements(1, 2, 3) + FAULTY)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert site.run("--select", BASE)[1] == []
    after = site.loaded()
    assert after["xapi/a.jsonl"][0] != before["xapi/a.jsonl"][0]
    assert {name: facts[1:] for name, facts in after.items()} == {name: facts[1:] for name, facts in before.items()}
    # nor is it opened a second time: other bytes of the same size and time would be news
    path.write_bytes(b"x" * path.stat().st_size)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    assert site.run("--select", BASE)[1] == []
    assert site.loaded() == after


@pytest.fixture(scope="module")
def changed(site: Site, first: object) -> tuple[Any, list[str]]:
    site.write("a.jsonl", statements(1) + FAULTY * 3)
    (site.extracts / "xapi" / "b.jsonl.gz").unlink()
    site.write("c.jsonl", statements(5))
    site.write("d.jsonl", b"nonsense\n")
    return site.run(*ALL)


def test_changed_and_removed_files_are_named_in_the_log(site: Site, changed: tuple[Any, list[str]]) -> None:
    assert changed[1] == ["changed: xapi/a.jsonl; gone: xapi/b.jsonl.gz; new: 2 files"]
    events = site.rows("select source_file, event_id[:8] from staging.stg_xapi__learning_event order by all")
    assert events == [("xapi/a.jsonl", "00000001"), ("xapi/c.jsonl", "00000005")]
    assert site.loaded().keys() == {"xapi/a.jsonl", "xapi/c.jsonl", "xapi/d.jsonl"}


def test_too_much_in_quarantine_fails_the_build(changed: tuple[Any, list[str]]) -> None:
    results, _ = changed
    assert [name for name, (status, _) in results.items() if status not in ("success", "pass")] == [LIMIT_TEST]
    message = results[LIMIT_TEST][1]
    assert (
        "4 of 6 records of xapi statement are in quarantine: 66.7 %, where max_quarantine_share allows 60.0 %"
        in message
    )
    assert "The most frequent reason, of 3 of them: statement id is missing or not a UUID." in message


def test_another_limit_is_tested_though_nothing_was_loaded(site: Site, changed: object) -> None:
    def failed(limit: float) -> list[str]:
        results, _ = site.run(*ALL, limit=limit)
        return [name for name, (status, _) in results.items() if status not in ("success", "pass")]

    assert failed(1) == []
    assert failed(0.5) == [LIMIT_TEST]


def test_voided_statement_is_no_event(site: Site, changed: object) -> None:
    """Statements that take back one that was loaded before, and one that comes later; they are no events either."""
    voiding = [
        statements(number).replace(b"experienced", b"voided").replace(b"https://lms.lernhaus.example/pages/1", voided)
        for number, voided in ((7, statements(5)[8:44].upper()), (8, statements(9)[8:44]))
    ]
    site.write("e.jsonl", b"".join(voiding))
    site.run(*ALL, limit=1)
    site.write("f.jsonl", statements(9, 10))
    site.run(*ALL, limit=1)
    assert site.rows("select event_id[7:8] from staging.stg_xapi__learning_event order by all") == [("01",), ("0a",)]
    quarantine = "select source_file[6:], record_number, reason from staging.stg_xapi__quarantine order by all"
    assert [row for row in site.rows(quarantine) if "void" in row[2]] == [
        ("c.jsonl", 1, "voided by another statement"),
        ("e.jsonl", 1, "voids another statement"),
        ("e.jsonl", 2, "voids another statement"),
        ("f.jsonl", 1, "voided by another statement"),
    ]
