"""Builds on growing, changing and shrinking extracts: what an increment leaves is what a full build makes."""

from __future__ import annotations

import csv
import gzip
import json
import os
import random
import re
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Warehouse, clock_ahead

from lernhaus.sample import generate
from lernhaus.sample.xapi import UNKNOWN_LEARNERS

SEED = int(os.environ.get("LERNHAUS_TEST_SEED", "1"))
STEPS = int(os.environ.get("LERNHAUS_TEST_STEPS", "3"))
# without tests, and with terms that three learners use: ten do not use many in a small campus
OPTIONS = ("--exclude-resource-type", "test", "unit_test", "--vars", "{minimum_group_size: 3}")


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    extracts = tmp_path_factory.mktemp("campus") / "extracts"
    generate(extracts, learners=90, days=170, seed=SEED)
    return extracts


def changed_rows(path: Path, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    """Rewrite a file of the roster with other rows."""
    with path.open(newline="") as file:
        records = [*csv.DictReader(file, restkey="surplus")]
    columns = [name for name in records[0] if name != "surplus"]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(change(records))


class Deliveries:
    """A folder of extracts into which the files of a campus are delivered, changed and taken back at random."""

    def __init__(self, campus: Path, folder: Path, chance: random.Random) -> None:
        self.campus, self.folder, self.chance = campus, folder, chance
        self.drops = sorted(path.name for path in (campus / "oneroster").iterdir())
        self.waiting = sorted(path.name for path in (campus / "xapi").iterdir())
        self.log: list[str] = []
        self.today = date.min
        self.census = self.drops[0]
        classes = csv.DictReader((campus / "oneroster" / self.census / "classes.csv").open(newline=""))
        self.unnamed = {row["sourcedId"] for row in [*classes][::2]}  # classes whose teachers the roster does not name
        self.new_roster()
        self.new_files(len(self.waiting) // 3)

    def night(self) -> timedelta:
        """How far from now the next night is: before half of the statements of the last file, which have to wait."""
        days = sorted(re.findall(rb'"timestamp":"([^T]*)T', gzip.decompress(self.delivered()[-1].read_bytes())))
        self.today = max(self.today, date.fromisoformat(days[len(days) // 2].decode()) - timedelta(2))
        self.log.append(f"built on {self.today}")
        return self.today - datetime.now(tz=UTC).date()

    def step(self) -> None:
        """Do one or two things that happen between two nights."""
        happenings: list[Callable[[], None]] = [
            *[self.new_files] * 4,
            self.earlier_file,
            self.redelivery,
            self.voiding,
            self.new_roster,
            self.changed_file,
            self.removed_file,
            self.nothing,
        ]
        for happening in self.chance.sample(happenings, 2):
            happening()

    def new_files(self, count: int | None = None) -> None:
        for name in self.waiting[: count or self.chance.randint(1, 4)]:
            self.deliver(name)

    def earlier_file(self) -> None:
        """A file that sorts before those that are loaded, with statements of one of them among others."""
        donor = self.chance.choice(self.delivered())
        lines = gzip.decompress((self.campus / "xapi" / donor.name).read_bytes()).splitlines(keepends=True)
        shared = self.chance.sample(lines, min(20, len(lines)))
        (self.folder / "xapi" / f"early-{len(self.log)}.jsonl").write_bytes(b"".join(shared))
        self.log.append(f"an earlier delivery of statements of {donor.name}")

    def redelivery(self) -> None:
        """The last file again under a later name, with one line more and one with other content."""
        donor = self.delivered()[-1]
        lines = gzip.decompress((self.campus / "xapi" / donor.name).read_bytes()).splitlines(keepends=True)
        conflicting = lines[0].replace(b'"timestamp":"2', b'"timestamp":"1')
        (self.folder / "xapi" / f"zz-{len(self.log)}.jsonl").write_bytes(b"".join([*lines[:50], conflicting]))
        self.log.append(f"statements of {donor.name} again")

    def voiding(self) -> None:
        """A statement of some file is taken back."""
        donor = self.chance.choice(self.delivered())
        lines = gzip.decompress((self.campus / "xapi" / donor.name).read_bytes()).splitlines()
        statement = json.loads(lines[len(lines) // 2])
        statement["object"] = {"objectType": "StatementRef", "id": statement["id"]}
        statement["verb"] = {"id": "http://adlnet.gov/expapi/verbs/voided"}
        statement["id"] = f"{len(self.log):08x}-0000-4000-8000-000000000000"
        (self.folder / "xapi" / f"zv-{len(self.log)}.jsonl").write_text(json.dumps(statement) + "\n")
        self.log.append(f"a statement of {donor.name} voided")

    def new_roster(self) -> None:
        if self.drops:
            drop = self.drops.pop(0)
            # the first one is there before the first night; others may have to wait for theirs
            day = drop if (self.folder / "oneroster").exists() else "2024-09-01"
            shutil.copytree(self.campus / "oneroster" / drop, self.folder / "oneroster" / day)
            # half of those who teach are not on the roster yet, nor is that a learner is an aide there
            changed_rows(
                self.folder / "oneroster" / day / "enrollments.csv",
                lambda rows: [
                    row for row in rows if row["role"] == "student" or row["classSourcedId"] not in self.unnamed
                ],
            )
            self.log.append(f"roster {day}")

    def other_staff(self) -> None:
        """A roster that names the rest of the teachers, half of those that it named as students too, and a new aide."""
        delivered = sorted((self.folder / "oneroster").iterdir())[-1]
        latest = delivered.with_name(f"{date.fromisoformat(delivered.name) + timedelta(days=1)}")
        shutil.copytree(delivered, latest)
        rows = csv.DictReader((self.campus / "oneroster" / self.census / "enrollments.csv").open(newline=""))
        teachers = [row for row in rows if row["role"] == "teacher"]
        named = [row for row in teachers if row["classSourcedId"] not in self.unnamed]
        unknown = UNKNOWN_LEARNERS[0]
        staff = [
            *(row for row in teachers if row["classSourcedId"] in self.unnamed),
            *(row | {"sourcedId": f"{row['sourcedId']}-too", "role": "student"} for row in named[::2]),
            *(
                row | {"sourcedId": f"{row['sourcedId']}-aide", "role": "aide", "userSourcedId": unknown}
                for row in teachers
            ),
        ]
        changed_rows(latest / "enrollments.csv", lambda rows: rows + staff)
        changed_rows(latest / "users.csv", lambda rows: [*rows, rows[0] | {"sourcedId": unknown, "username": unknown}])
        self.log.append(f"other staff on {latest.name}: {len(staff)} rows")

    def changed_file(self) -> None:
        path = self.chance.choice(self.delivered())
        lines = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
        path.write_bytes(gzip.compress(b"".join(lines[: 2 * len(lines) // 3])))
        self.log.append(f"{path.name} cut")

    def removed_file(self) -> None:
        path = self.chance.choice(self.delivered())
        path.unlink()
        self.log.append(f"{path.name} gone")

    def nothing(self) -> None:
        self.log.append("nothing")

    def deliver(self, name: str) -> None:
        self.waiting.remove(name)
        target = self.folder / "xapi" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.campus / "xapi" / name, target)
        self.log.append(name)

    def delivered(self) -> list[Path]:
        return sorted((self.folder / "xapi").glob("*.gz"))


def contents(warehouse: Warehouse) -> dict[str, Any]:
    """Count and order-independent hash of the rows of every table of ``main`` (but for the time of loading)."""
    tables = warehouse.rows(
        """
        select table_name, string_agg(format('"{}"', column_name), ', ' order by column_name)
        from duckdb_columns()
        where schema_name = 'main' and database_name not in ('system', 'temp') and column_name <> 'loaded_at'
            and table_name in (select table_name from duckdb_tables())
        group by table_name
        order by table_name
        """
    )
    return {
        table: warehouse.rows(f"select count(*), sum(hash({columns})::hugeint) from {table}")[0]
        for table, columns in tables
    }


def give_topics(giver: Warehouse, taker: Warehouse) -> None:
    """Topics and the terms that posts are compared by are found once and kept: a full build would find its own."""
    with duckdb.connect(str(taker.database)) as connection:
        connection.execute(f"attach '{giver.database}' as giver (read_only); create schema staging")
        for table in ("nlp_term", "nlp_topic_term"):
            assert giver.value(f"select count(*) from {table}") > 0
            for name in (f"main.{table}", f"staging.{table}__built_from"):
                connection.execute(f"create table {name} as from giver.{name}")


def test_increments_equal_a_full_build(campus: Path, tmp_path: Path) -> None:
    deliveries = Deliveries(campus, tmp_path / "extracts", random.Random(SEED))
    nightly = Warehouse(tmp_path / "nightly", deliveries.folder)
    waiting = (
        "select coalesce(sum(rows_quarantined), 0) from meta_quarantine where reason_kind like '% later than tomorrow'"
    )
    waited = []
    for night in range(STEPS + 1):
        if night:
            deliveries.step()
        with clock_ahead(deliveries.night()):
            nightly.build(*OPTIONS)
        waited.append(nightly.value(waiting))
    # last, since a file that is changed or taken back remakes the past
    posts = "select post_key, is_staff from fct_post"
    before = nightly.rows(posts)
    deliveries.other_staff()
    nightly.build(*OPTIONS)
    after = dict(nightly.rows(posts))
    assert any(after.get(post, was_staff) != was_staff for post, was_staff in before)
    assert max(waited) > 0 == nightly.value(waiting), deliveries.log
    (tmp_path / "anew").mkdir()
    anew = Warehouse(tmp_path / "anew", deliveries.folder)
    give_topics(nightly, anew)
    anew.build(*OPTIONS)
    grown, built = contents(nightly), contents(anew)
    assert {table for table in built if grown.get(table) != built[table]} == set(), deliveries.log


def leave_out_class(delivery: Path, class_id: str) -> None:
    """Take a class, and what names it, out of a delivery of the roster."""
    for name, column in (("classes", "sourcedId"), ("enrollments", "classSourcedId"), ("lineItems", "classSourcedId")):
        changed_rows(
            delivery / f"{name}.csv",
            lambda rows, column=column: [row for row in rows if row[column] != class_id],
        )


def test_course_run_that_was_gone_for_a_night_is_whole_again(campus: Path, tmp_path: Path) -> None:
    """Without events the roster alone tells of a course run: it is gone with its class, and comes back as it was."""
    delivered, roster = sorted((campus / "oneroster").iterdir())[0], tmp_path / "extracts" / "oneroster"
    warehouse = Warehouse(tmp_path / "nightly", tmp_path / "extracts")
    weeks = []
    for day in ("2025-02-01", "2025-02-02", "2025-02-03"):
        shutil.copytree(delivered, roster / day)
        if day == "2025-02-02":
            leave_out_class(roster / day, warehouse.value("select min(course_run_id) from conformed.int_course_run"))
        warehouse.build("--select", "+fct_enrollment_week", *OPTIONS[:-1], "{source_systems: [oneroster]}")
        weeks.append(contents(warehouse)["fct_enrollment_week"])
    assert weeks[1] < weeks[0] == weeks[2]
