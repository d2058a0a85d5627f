"""The Moodle log of a small department: alone, beside other systems, growing, and off."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from conftest import Warehouse, assert_unit_tests_pass

from lernhaus.cli import main
from lernhaus.sample import generate
from lernhaus.sample.moodle import HEADER, write_log

ALONE = ("--vars", "{source_systems: [moodle]}")
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test")
# course run -> its times as another account or language writes them, and what they mean
FORMATS = {
    "American": {
        "3/13/24, 2:05 PM": datetime(2024, 3, 13, 14, 5),
        "3/4/24, 12:30:15 am": datetime(2024, 3, 4, 0, 30, 15),
        "12/11/2024, 12:00 PM": datetime(2024, 12, 11, 12),
    },
    "British": {"4/03/24, 14:05:09": datetime(2024, 3, 4, 14, 5, 9), "13/03/24, 00:00": datetime(2024, 3, 13)},
    "Dutch": {"4-03-24, 14:05": datetime(2024, 3, 4, 14, 5), "31-12-2024 23:59": datetime(2024, 12, 31, 23, 59)},
    "German": {"4.03.24, 14:05": datetime(2024, 3, 4, 14, 5), "12.11.2024, 9:07": datetime(2024, 11, 12, 9, 7)},
    "ISO": {"2024-03-04 14:05:09": datetime(2024, 3, 4, 14, 5, 9), "2024-11-12T09:07": datetime(2024, 11, 12, 9, 7)},
    # the day above 12 is a slip: most records tell the order
    "Slip": {
        "4/03/24, 14:05": datetime(2024, 3, 4, 14, 5),
        "13/03/24, 14:05": datetime(2024, 3, 13, 14, 5),
        "14/03/24, 14:05": datetime(2024, 3, 14, 14, 5),
        "3/14/24, 14:05": None,
    },
}
AMBIGUOUS = {"4/03/24, 14:05": datetime(2024, 3, 4, 14, 5), "12/11/24, 9:07": datetime(2024, 11, 12, 9, 7)}


def write_times(extracts: Path, course_run: str, times: dict[str, Any]) -> Path:
    """An export in a folder of its course run, with an event at each of the times."""
    path = extracts / "moodle" / course_run / "log.csv"
    path.parent.mkdir(parents=True)
    done = "The user with id '501' viewed the course with id '70'."
    event = ["Una Öd", "-", "Course: Formats", "System", "Course viewed", done, "web", "192.0.2.9"]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([HEADER, *([time, *event] for time in times)])
    return path


@pytest.fixture(scope="module")
def department(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("department") / "moodle"
    return folder, write_log(folder, learners=12, days=28, seed=1)


@pytest.fixture(scope="module")
def truth(department: tuple[Path, dict[str, Any]]) -> dict[str, Any]:
    return department[1]


@pytest.fixture(scope="module")
def refusal(department: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> tuple[Warehouse, str]:
    """A first load that stops: of one file nobody can tell days from months. It is gone in the next."""
    folder = tmp_path_factory.mktemp("alone")
    warehouse = Warehouse(folder, folder / "extracts")
    ambiguous = write_times(warehouse.extracts, "Ambiguous", AMBIGUOUS)
    result = warehouse.dbt("build", "--select", "base_moodle__log", *MODELS_ONLY, *ALONE)
    ambiguous.unlink()
    assert not result.success
    return warehouse, next(r.message for r in result.result if r.node.name == "base_moodle__log")


@pytest.fixture(scope="module")
def alone(department: tuple[Path, dict[str, Any]], refusal: tuple[Warehouse, str]) -> Warehouse:
    """Moodle as the only system: built with the early exports of courses, then with all."""
    exports, warehouse = department[0], refusal[0]
    for course_run, times in FORMATS.items():
        write_times(warehouse.extracts, course_run, times)
    names = sorted(path.name for path in exports.iterdir())
    early = [name for name in names if "20240918" in name]
    for names_of_build, models in (
        (early, ("--select", "+fct_learning_event", "+fct_daily_activity")),
        (names, ()),
    ):
        for name in names_of_build:
            (warehouse.extracts / "moodle" / name).write_bytes((exports / name).read_bytes())
        warehouse.build(*models, *MODELS_ONLY, *ALONE)
    return warehouse


@pytest.fixture(scope="module")
def together(department: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Beside a roster and statements, with the tests of the data; the order of dates is declared."""
    folder = tmp_path_factory.mktemp("together")
    warehouse = Warehouse(folder, folder / "extracts")
    generate(warehouse.extracts, learners=20, days=28)
    department[0].rename(warehouse.extracts / "moodle")
    write_times(warehouse.extracts, "Ambiguous", AMBIGUOUS)
    systems = "{source_systems: [oneroster, xapi, moodle], moodle_date_order: dmy}"
    warehouse.build("--exclude-resource-type", "unit_test", "--vars", systems)
    return warehouse


def test_the_sample_campus_has_a_department_on_moodle(tmp_path: Path) -> None:
    arguments = ["sample", "--learners", "2", "--days", "14", "--moodle", "3", "--out", str(tmp_path / "extracts")]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    assert {folder.name for folder in (tmp_path / "extracts").iterdir() if folder.is_dir()} == {
        "oneroster",
        "xapi",
        "moodle",
    }
    assert list((tmp_path / "extracts" / "moodle").rglob("*.csv*"))


def test_ambiguous_dates_stop_the_build(refusal: tuple[Warehouse, str]) -> None:
    _, message = refusal
    assert "Ambiguous dates in extract moodle/Ambiguous/log.csv: 12/11/24, 9:07" in message
    assert "moodle_date_order" in message


def test_every_record_is_accounted_for(alone: Warehouse, truth: dict[str, Any]) -> None:
    # none erased, none expired
    found = alone.rows("select source_file, columns('rows_.*') from staging.stg_moodle__reconciliation")
    assert [row for row in found if row[1] != sum(row[2:])] == []
    assert {name: tuple(counts) for name, *counts in found if name.count("/") == 1} == {
        file["file"]: (
            file["records"],
            file["records"] - file["refused"] - file["redelivered"],
            file["refused"],
            file["redelivered"],
            0,
            0,
        )
        for file in truth["files"]
    }


def test_planted_faults_are_in_quarantine(alone: Warehouse, truth: dict[str, Any]) -> None:
    found = alone.rows("select source_file, record_number, reason, raw_record from staging.stg_moodle__quarantine")
    planted = {(fault["file"], fault["record"]) for fault in truth["faults"]}
    assert {row[:2] for row in found} == planted | {("moodle/Slip/log.csv", 5)}
    assert len(found) == len(planted) + 1
    assert all(reason and raw for _, _, reason, raw in found)


def test_times_are_read_as_they_are_meant(alone: Warehouse) -> None:
    for course_run, times in FORMATS.items():
        found = alone.rows(
            f"select occurred_at from staging.stg_moodle__learning_event where course_run_id = '{course_run}'"
        )
        assert {moment for (moment,) in found} == {moment for moment in times.values() if moment}, course_run


def test_unit_tests_pass(alone: Warehouse) -> None:
    assert_unit_tests_pass(alone.dbt("test", "--select", "test_type:unit,path:models/staging/moodle", *ALONE))


def of_department(column: str) -> str:
    return f"source_system = 'moodle' and {column} in ('BIO101', 'ECO2_INTRO', 'STAT1', '(none)')"


@pytest.mark.parametrize("build", ["alone", "together"])
def test_facts_count_what_learners_did(build: str, truth: dict[str, Any], request: pytest.FixtureRequest) -> None:
    warehouse: Warehouse = request.getfixturevalue(build)
    runs = f"join dim_course_run as r using (course_run_key) where r.{of_department('course_run_id')}"
    verbs = warehouse.rows(f"select verb, count(*) from fct_learning_event {runs} group by verb")
    assert dict(verbs) == truth["events_by_verb"]
    assert warehouse.value(f"select count(*) from fct_submission {runs}") == truth["submissions"]
    posts, texts = warehouse.rows(f"select count(*), count(text) from fct_post {runs}")[0]
    assert (posts, texts) == (truth["posts"], 0)
    uses = warehouse.rows(
        f"""
        select course_run_id, learner_id, interaction_count
        from conformed.int_enrollment
        where {of_department("course_run_id")} and interaction_count > 0
        order by all
        """
    )
    expected = [(use["course_run"], use["learner"], use["count"]) for use in truth["interactions"]]
    assert uses == sorted(expected)


def test_enrollments_come_from_the_log(alone: Warehouse, truth: dict[str, Any]) -> None:
    found = alone.rows(
        f"""
        select course_run_id, learner_id, registered_date, withdrawn_date, completed_date, final_result
        from conformed.enrollment
        where not is_staff and {of_department("course_run_id")}
        """
    )

    def as_date(text: str | None) -> date | None:
        return date.fromisoformat(text) if text else None

    assert sorted(found, key=str) == sorted(
        (
            (
                enrollment["course_run"],
                enrollment["learner"],
                *(as_date(enrollment[name]) for name in ("registered", "withdrawn", "completed")),
                "withdrawn" if enrollment["withdrawn"] else None,
            )
            for enrollment in truth["enrollments"]
        ),
        key=str,
    )
    assert any(row[3] for row in found)


def names_and_addresses(folder: Path) -> Iterator[str]:
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            for record in csv.DictReader(file):
                yield from (record["User full name"], record["IP address"])


def test_names_and_addresses_go_nowhere(alone: Warehouse) -> None:
    private = sorted({text for text in names_and_addresses(alone.extracts / "moodle") if text not in ("", "-")})
    assert len(private) > 20
    with duckdb.connect(str(alone.database), read_only=True) as connection:
        columns = connection.execute(
            """
            select table_schema, table_name, column_name
            from information_schema.columns
            where table_schema <> 'staging' and data_type = 'VARCHAR'
            """
        ).fetchall()
        assert len(columns) > 100
        for schema, table, column in columns:
            found = connection.execute(
                f"""
                select count(*)
                from "{schema}"."{table}"
                where len(list_filter($1, lambda private: contains("{column}", private))) > 0
                """,
                [private],
            ).fetchall()[0][0]
            assert found == 0, f"{schema}.{table}.{column} holds a name or an address"


def test_declared_order_decides_ambiguous_dates(together: Warehouse) -> None:
    found = together.rows("select occurred_at from conformed.learning_event where course_run_id = 'Ambiguous'")
    assert {moment for (moment,) in found} == set(AMBIGUOUS.values())


def test_same_arguments_write_the_same_files(department: tuple[Path, dict[str, Any]], tmp_path: Path) -> None:
    truth = write_log(tmp_path, learners=12, days=28, seed=1)
    assert truth == department[1]
    other = write_log(tmp_path / "other", learners=12, days=28, seed=2)
    assert other != truth
    with pytest.raises(ValueError, match="at least 2 learners and 14 days, not 1 and 13"):
        write_log(tmp_path, learners=1, days=13, seed=1)
