"""Writes a bulk OneRoster 1.2 CSV drop that holds what was known on the evening of a day.

Files follow RFC 4180 (UTF-8, CRLF). In bulk mode ``status`` and ``dateLastModified`` stay blank. End dates
are exclusive, as the standard says.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypedDict

from lernhaus.sample.behaviour import GRADING_DAYS, Plan, Result, grade
from lernhaus.sample.campus import SCHOOL_ID, TERM_CYCLE, TERMS_PER_YEAR, Campus, Person, Run, day_date
from lernhaus.sample.faults import Fault

Row = Sequence[object]


def _header(columns: str) -> tuple[str, ...]:
    return ("sourcedId", "status", "dateLastModified", *columns.split())


HEADERS = {
    "manifest.csv": ("propertyName", "value"),
    "orgs.csv": _header("name type identifier parentSourcedId"),
    "academicSessions.csv": _header("title type startDate endDate parentSourcedId schoolYear"),
    "courses.csv": _header("schoolYearSourcedId title courseCode grades orgSourcedId subjects subjectCodes"),
    "classes.csv": _header("""
        title grades courseSourcedId classCode classType location schoolSourcedId termSourcedIds
        subjects subjectCodes periods
    """),
    "users.csv": _header("""
        enabledUser username userIds givenName familyName middleName identifier email sms phone
        agentSourcedIds grades password userMasterIdentifier preferredGivenName preferredMiddleName
        preferredFamilyName primaryOrgSourcedId pronouns metadata.region metadata.highestEducation
        metadata.deprivationBand metadata.hasDisability metadata.programme
    """),
    "enrollments.csv": _header("classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate"),
    "demographics.csv": _header("""
        birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican
        nativeHawaiianOrOtherPacificIslander white demographicRaceTwoOrMoreRaces
        hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth
        publicSchoolResidenceStatus
    """),
    "lineItems.csv": _header("""
        title description assignDate dueDate classSourcedId categorySourcedId academicSessionSourcedId
        resultValueMin resultValueMax schoolSourcedId metadata.weight
    """),
    "results.csv": _header("""
        lineItemSourcedId studentSourcedId scoreStatus score scoreDate comment textScore classSourcedId
        inProgress incomplete late missing
    """),
}
_MANIFEST_FILES = (
    "academicSessions categories classes classResources courses courseResources demographics "
    "enrollments lineItemLearningObjectiveIds lineItems lineItemScoreScales orgs resources "
    "resultLearningObjectiveIds results resultScoreScales roles scoreScales userProfiles "
    "userResources users "
)


class Drop(TypedDict):
    """What was written: the date of the drop and the number of data rows per file (bad rows included)."""

    date: str
    rows: dict[str, int]


def write_drop(folder: Path, campus: Campus, plans: Plan, day: int, with_faults: bool) -> tuple[Drop, list[Fault]]:
    """Write the drop of ``day`` to ``folder/<date>/``; with ``with_faults``, plant the four bad rows."""
    date = day_date(day).isoformat()
    target = folder / date
    target.mkdir(parents=True, exist_ok=True)
    runs = [run for run in campus.runs if run.announced <= day]
    tables: dict[str, list[list[object]]] = {
        name: [[*row] for row in rows]
        for name, rows in (
            ("manifest.csv", _manifest()),
            ("orgs.csv", ((o.id, "", "", o.name, o.type, o.id, o.parent_id) for o in campus.organizations)),
            ("academicSessions.csv", _sessions(campus, day)),
            ("courses.csv", _courses(campus)),
            ("classes.csv", (_class(run) for run in runs)),
            ("users.csv", (_user(person) for person in _people(campus, day))),
            ("enrollments.csv", _enrollments(campus, runs, day)),
            ("demographics.csv", (_demographics(person) for person in _people(campus, day))),
            ("lineItems.csv", (row for run in runs for row in _line_items(run))),
            ("results.csv", _results(campus, plans, day)),
        )
    }
    bad_rows = _plant_faults(tables) if with_faults else []
    for name, rows in tables.items():
        with (target / name).open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(HEADERS[name])
            writer.writerows(rows)
    faults = [
        Fault(kind=kind, file=f"oneroster/{date}/{name}", line=row + 2, statement=None) for kind, name, row in bad_rows
    ]
    return Drop(date=date, rows={name: len(rows) for name, rows in tables.items()}), faults


def _plant_faults(tables: dict[str, list[list[object]]]) -> list[tuple[str, str, int]]:
    """Spoil or add one row per fault; returns kind, file and row index of each."""
    planted: list[tuple[str, str, int]] = []

    def insert(kind: str, name: str, row: list[object]) -> None:
        position = len(tables[name]) // 2
        tables[name].insert(position, row)
        planted.append((kind, name, position))

    enrollments, items, users = (tables[name] for name in ("enrollments.csv", "lineItems.csv", "users.csv"))
    if enrollments:
        row = [*enrollments[-1]]
        row[0], row[3] = "enr-unknown-class", "xx999-term-01"
        insert("unknown_class", "enrollments.csv", row)
    if items:
        row = [*items[0]]
        row[0], row[3], row[6] = f"{row[7]}-extra", "Extra quiz", "2025-02-30"
        row[8], row[-1] = "cat-quiz", 0
        insert("impossible_due_date", "lineItems.csv", row)
    row = [*users[-1]]
    row[0], row[4], row[10] = "u-000000", "erika.muster", "erika.muster@campus.lernhaus.example"
    insert("too_many_fields", "users.csv", [*row, "one", "too many"])
    scored = [i for i, row in enumerate(tables["results.csv"]) if row[6] != "" and row[9] == ""]
    if scored:
        position = scored[len(scored) // 2]
        tables["results.csv"][position][6] = "n/a"
        planted.append(("non_numeric_score", "results.csv", position))
    return planted


def _manifest() -> Iterator[Row]:
    yield "manifest.version", "1.0"
    yield "oneroster.version", "1.2"
    for name in _MANIFEST_FILES.split():
        yield f"file.{name}", "bulk" if f"{name}.csv" in HEADERS else "absent"
    yield "source.systemName", "Lernhaus Campus SIS"
    yield "source.systemCode", "lernhaus-campus"


def _sessions(campus: Campus, day: int) -> Iterator[Row]:
    years: set[str] = set()
    for term in campus.terms:
        if any(run.announced <= day for run in campus.runs if run.term == term):
            year = f"{term.school_year - 1}/{term.school_year % 100:02d}"
            if term.year_id not in years:
                years.add(term.year_id)
                end = day_date(term.year_start + TERMS_PER_YEAR * TERM_CYCLE)
                yield (
                    term.year_id,
                    "",
                    "",
                    year,
                    "schoolYear",
                    day_date(term.year_start),
                    end,
                    "",
                    term.school_year,
                )
            title = f"Term {term.index % TERMS_PER_YEAR + 1} {year}"
            yield (
                term.id,
                "",
                "",
                title,
                "term",
                day_date(term.start),
                day_date(term.end),
                term.year_id,
                term.school_year,
            )


def _courses(campus: Campus) -> Iterator[Row]:
    for course in campus.courses:
        subject = course.subject
        yield (
            course.id,
            "",
            "",
            "",
            subject.title,
            subject.code,
            "",
            course.department_id,
            course.programme.title,
            course.programme.code,
        )


def _class(run: Run) -> Row:
    subject = run.course.subject
    return (
        run.id,
        "",
        "",
        f"{subject.title} ({day_date(run.start):%b %Y})",
        "",
        run.course.id,
        f"{subject.code}-{run.term.index + 1}",
        "scheduled",
        "online",
        SCHOOL_ID,
        run.term.id,
        run.course.programme.title,
        run.course.programme.code,
        "",
    )


def _people(campus: Campus, day: int) -> Iterator[Person]:
    """Teachers and the learners who have joined by ``day``, as they were on that day."""
    yield from campus.teachers
    for person in campus.learners:
        if campus.joined.get(person.id, 0) <= day:
            changed_on, later = campus.changed.get(person.id, (day + 1, person))
            yield later if changed_on <= day else person


def _user(person: Person) -> Row:
    return (
        person.id,
        "",
        "",
        "true",
        person.username,
        f"{{lms:{person.username}}}",
        person.given_name,
        person.family_name,
        "",
        person.id.removeprefix("u-"),
        person.email,
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        person.org_id,
        "",
        person.region,
        person.education,
        person.deprivation_band,
        person.has_disability,
        person.programme,
    )


def _demographics(person: Person) -> Row:
    return (person.id, "", "", person.birth_date, person.sex, *[""] * 11)


def _enrollments(campus: Campus, runs: Iterable[Run], day: int) -> Iterator[Row]:
    for run in runs:
        end = day_date(run.end) if run.end <= day else ""
        yield (
            f"enr-{run.id}-teacher",
            "",
            "",
            run.id,
            SCHOOL_ID,
            run.teacher_id,
            "teacher",
            "true",
            day_date(run.announced),
            end,
        )
        for enrollment in campus.by_run[run.id]:
            if enrollment.registered <= day:
                ended = day_date(enrollment.end) if enrollment.end <= day else ""
                yield (
                    enrollment.id,
                    "",
                    "",
                    run.id,
                    SCHOOL_ID,
                    enrollment.learner.id,
                    "student",
                    "false",
                    day_date(enrollment.registered),
                    ended,
                )


def _line_items(run: Run) -> Iterator[Row]:
    for item in run.assessments:
        yield (
            item.id,
            "",
            "",
            item.title,
            "",
            day_date(item.assigned),
            day_date(item.due),
            run.id,
            f"cat-{item.category}",
            run.term.id,
            0,
            item.max_score,
            SCHOOL_ID,
            f"{item.weight:g}",
        )
    yield (
        run.final_grade_id,
        "",
        "",
        "Final grade",
        "",
        day_date(run.start),
        day_date(run.end - 1),
        run.id,
        "cat-final-grade",
        run.term.id,
        0,
        100,
        SCHOOL_ID,
        "",
    )


def _results(campus: Campus, plans: Plan, day: int) -> Iterator[Row]:
    for result in plans.results:
        yield from _result(result, day)
    for enrollment in campus.enrollments:
        run, published = enrollment.run, enrollment.run.end + GRADING_DAYS
        if enrollment.withdrawn is None and published <= day:
            score = plans.final_scores[enrollment.id]
            yield (
                f"res-{enrollment.id}-final",
                "",
                "",
                run.final_grade_id,
                enrollment.learner.id,
                "fully graded",
                f"{score:g}",
                day_date(published),
                "",
                grade(score),
                run.id,
                "false",
                "false",
                "false",
                "false",
            )


def _result(result: Result, day: int) -> Iterator[Row]:
    item, enrollment = result.assessment, result.enrollment
    id_ = f"res-{enrollment.id}-{item.id.rsplit('-', 1)[1]}"
    late = str(result.late).lower()
    if result.graded <= day:
        score = "" if result.score is None else f"{result.score:g}"
        missing = str(result.status == "not submitted").lower()
        yield (
            id_,
            "",
            "",
            item.id,
            enrollment.learner.id,
            result.status,
            score,
            day_date(result.graded),
            "",
            "",
            enrollment.run.id,
            "false",
            missing,
            late,
            missing,
        )
    elif item.category == "assignment" and result.submitted is not None and result.submitted <= day:
        yield (
            id_,
            "",
            "",
            item.id,
            enrollment.learner.id,
            "submitted",
            "",
            day_date(result.submitted),
            "",
            "",
            enrollment.run.id,
            "true",
            "false",
            late,
            "false",
        )
