"""Events dated later than tomorrow: refused until their day comes, then let in, by whichever build."""

from __future__ import annotations

import csv
import json
import os
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from conftest import Warehouse, clock_ahead

from lernhaus.publish.erasures import request
from lernhaus.sample.moodle import HEADER

NOW = datetime.now(tz=UTC)
TODAY = NOW.date()
# away from midnight, which may pass in a test
TO_NOON = datetime.combine(TODAY, time(12), tzinfo=UTC) - NOW
VOIDED = "http://adlnet.gov/expapi/verbs/voided"
MODELS = (
    "--select",
    "+stg_xapi__post",
    "+stg_xapi__quarantine",
    "+stg_moodle__learning_event",
    "+stg_moodle__quarantine",
)
SETTINGS = {"source_systems": ["xapi", "moodle"], "keep_texts_days": 40, "keep_events_days": 200}
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test", "--threads", "1", "--no-write-json")
SHOWN = {
    "texts": "select text, posted_at from staging.stg_xapi__post",
    "moodle": "select event_id, occurred_at, learner_id from staging.stg_moodle__learning_event",
    "statements": "select source_file, record_number, reason, raw_record from staging.stg_xapi__quarantine",
    "records": "select source_file, record_number, reason, raw_record from staging.stg_moodle__quarantine",
    "base": "select * exclude (load_id) from staging.base_xapi__statement",
    "log": "select * exclude (load_id) from staging.base_moodle__log",
}


def day(number: int) -> date:
    """So many days from today."""
    return TODAY + timedelta(number)


def statement(number: int, on: int, text: str = "Words.", **members: Any) -> str:
    told = {
        "id": f"{number:08d}-0000-4000-8000-000000000000",
        "actor": {"mbox": "mailto:ada@example.org"},
        "verb": {"id": "https://w3id.org/xapi/acrossx/verbs/posted"},
        "object": {"id": "https://lms.lernhaus.example/pages/1"},
        "result": {"response": text},
        "timestamp": f"{day(on)}T10:00:00Z",
    }
    return json.dumps(told | members) + "\n"


def voiding(number: int, on: int, voided: int) -> str:
    object_id = f"{voided:08d}-0000-4000-8000-000000000000"
    return statement(number, on, verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": object_id})


class Site(Warehouse):
    def load(self, on: int, *arguments: str) -> dict[str, Any]:
        """Build on a day from today; return what is to be seen."""
        with clock_ahead(TO_NOON + timedelta(on)):
            self.build(*MODELS, *MODELS_ONLY, "--vars", json.dumps(SETTINGS), *arguments)
        return {name: sorted(self.rows(query), key=str) for name, query in SHOWN.items()}


@pytest.fixture
def site(tmp_path: Path) -> Site:
    (tmp_path / "extracts" / "xapi").mkdir(parents=True)
    (tmp_path / "extracts" / "moodle" / "ART").mkdir(parents=True)
    with (tmp_path / "extracts" / "moodle" / "ART" / "log.csv").open("w", newline="") as file:
        done = ["Course: Art", "System", "Course viewed", "The user with id '{}' viewed the course with id '7'."]
        csv.writer(file).writerows(
            [HEADER]
            + [
                [f"{day(on)} 10:00", "Ada", "-", *done[:3], done[3].format(user), "web", "192.0.2.9"]
                for on, user in ((0, "5"), (9, "5"), (9, "nobody"), (30, "6"))
            ]
        )
    return Site(tmp_path, tmp_path / "extracts")


def write(site: Site, name: str, *statements: str) -> None:
    (site.extracts / "xapi" / name).write_text("".join(statements))


def reasons(seen: dict[str, Any], what: str) -> list[tuple[str, int, str]]:
    return [(source_file[5:], record, reason) for source_file, record, reason, _ in seen[what]]


def test_record_of_the_future_is_let_in_when_its_day_comes(site: Site) -> None:
    out_of_range = {"response": "Much.", "score": {"scaled": 3}}
    write(site, "a.jsonl", statement(1, 0), statement(2, 1), statement(3, 5), statement(4, 9, result=out_of_range))
    # the 5 of the future sorts before the one that is first; 6 takes back 1
    write(site, "b.jsonl", statement(5, 9, "Early."), statement(5, 0, "Late."), voiding(6, 9, voided=1))
    write(site, "c.jsonl", statement(7, 0), statement(8, 20))
    # past their time: of one file the texts, of the other the events
    write(site, "d.jsonl", statement(10, -100), statement(11, 9, "To come."))
    write(site, "e.jsonl", statement(12, -300), statement(13, 9, "To come, too."), statement(14, 9000, "Never."))
    first = site.load(0)
    assert reasons(first, "statements") == [
        ("a.jsonl", 3, "timestamp is later than tomorrow"),
        ("a.jsonl", 4, "score is outside its range"),
        ("b.jsonl", 1, "timestamp is later than tomorrow"),
        ("b.jsonl", 3, "timestamp is later than tomorrow"),
        ("c.jsonl", 2, "timestamp is later than tomorrow"),
        ("d.jsonl", 2, "timestamp is later than tomorrow"),
    ]
    assert [text for text, _ in first["texts"]] == ["Late.", "Words.", "Words.", "Words."]
    assert not [row for row in first["base"] if "To come" in str(row) or "Never." in str(row)]
    assert [record for _, record, _ in reasons(first, "records")] == [3, 4, 5]
    assert {reason for *_, reason in reasons(first, "records")} == {"Time is later than tomorrow"}

    # on a day without other news no file is read, and what was loaded is left alone
    loads = "select statement_id, load_id from staging.int_xapi__statement order by all"
    loaded = site.rows(loads)
    path = site.extracts / "xapi" / "a.jsonl"
    facts, told = path.stat(), path.read_bytes()
    path.write_bytes(b"x" * facts.st_size)
    os.utime(path, ns=(facts.st_mtime_ns, facts.st_mtime_ns))
    assert [text for text, _ in site.load(4)["texts"]] == ["Late.", *["Words."] * 4]
    (new,) = set(site.rows(loads)) - set(loaded)
    assert new[0] == UUID("00000003-0000-4000-8000-000000000000")
    path.write_bytes(told)

    write(site, "f.jsonl", statement(15, 1))
    last = site.load(8)
    assert reasons(last, "statements") == [
        ("a.jsonl", 1, "voided by another statement"),
        ("a.jsonl", 4, "score is outside its range"),
        ("b.jsonl", 2, "statement id already used with different content"),
        ("b.jsonl", 3, "voids another statement"),
        ("c.jsonl", 2, "timestamp is later than tomorrow"),
        ("e.jsonl", 3, "timestamp is later than tomorrow"),
    ]
    assert [text for text, _ in last["texts"]] == ["Early.", "To come, too.", "To come.", *["Words."] * 4]
    assert [what[1:] for what in reasons(last, "records")] == [
        (4, "Description names no user"),
        (5, "Time is later than tomorrow"),
    ]
    assert len(last["moodle"]) == 2
    assert site.load(8, "--full-refresh") == last


def test_coming_record_that_names_an_erased_learner_waits_without_its_text(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By another learner it is let in as a good record is that names somebody; by the erased one it never is."""
    secret, erasures = "a secret of more than sixteen characters", tmp_path / "erasures.jsonl"
    monkeypatch.setenv("LERNHAUS_PSEUDONYM_SECRET", secret)
    monkeypatch.setenv("LERNHAUS_ERASURES", str(erasures))
    request(erasures, secret.encode(), [("xapi", "mailto:zoe@example.org"), (None, "zoe@example.org")])
    zoe = {"mbox": "mailto:zoe@example.org"}
    beside = {"context": {"instructor": zoe}}
    by_zoe = statement(4, 9, actor=zoe)
    out_of_range = statement(5, 9, **beside, result={"score": {"scaled": 3}})
    write(site, "a.jsonl", statement(1, 0), statement(2, 0, **beside), statement(3, 9, **beside), by_zoe, out_of_range)
    log = site.extracts / "moodle" / "ART" / "log.csv"
    log.write_text(log.read_text().replace("Ada,-", "Ada,zoe@example.org"))

    shown = (
        "select record_number, quarantine_reason, raw_record, actor_mbox from staging.base_xapi__statement order by 1"
    )
    ada, withheld = "mailto:ada@example.org", "(withheld: names an erased learner)"
    first = site.load(0)
    assert site.rows(shown) == [
        (1, None, None, ada),
        (2, None, None, ada),
        (3, "timestamp is later than tomorrow", withheld, ada),
        (4, "erased", None, None),
        (5, "erased", None, None),
    ]
    assert [row[1:] for row in first["records"]] == [
        (record, "Time is later than tomorrow", withheld) for record in (3, 4, 5)
    ]
    assert "zoe" not in str(first)

    last = site.load(9)
    assert [row[:2] for row in site.rows(shown)] == [(1, None), (2, None), (3, None), (4, "erased"), (5, "erased")]
    assert len(last["moodle"]) == 2
    assert "zoe" not in str(last)
    assert site.load(9, "--full-refresh") == last
