"""Writes a bulk OneRoster 1.2 CSV drop that holds what was known on the evening of a day.

Files follow RFC 4180 (UTF-8, CRLF). In bulk mode ``status`` and ``dateLastModified`` stay blank. End dates
are exclusive, as the standard says.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import TypedDict

import numpy as np

from lernhaus.sample.behaviour import GONE, GRADED, GRADING_DAYS, MISSING, STATUSES, grade, work
from lernhaus.sample.campus import SCHOOL_ID, Calendar, Campus, Enrollment, Person, Run
from lernhaus.sample.faults import Fault

Row = list[object]
_BOOLEANS = ("false", "true")


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


def write_drop(folder: Path, campus: Campus, seed: int, day: int, with_faults: bool) -> tuple[Drop, list[Fault]]:
    """Write the drop of ``day`` to ``folder/<date>/``; with ``with_faults``, plant the four bad rows."""
    date = campus.calendar.date(day).isoformat()
    target = folder / date
    target.mkdir(parents=True, exist_ok=True)
    runs = [run for run in campus.runs if run.announced <= day]
    people = [campus.version(person, day) for person in (*campus.teachers, *campus.learners) if person.admitted <= day]
    calendar = campus.calendar
    # rows in chunks, so that no file of a large school has to be held
    tables: dict[str, Iterable[list[Row]]] = {
        "manifest.csv": [list(_manifest())],
        "orgs.csv": [[[o.id, "", "", o.name, o.type, o.id, o.parent_id] for o in campus.organizations]],
        "academicSessions.csv": [list(_sessions(campus, day))],
        "courses.csv": [list(_courses(campus))],
        "classes.csv": [[_class(run, calendar) for run in runs]],
        "users.csv": [[_user(person) for person in people]],
        "enrollments.csv": (list(_enrollments(run, campus.by_run[run.id], calendar, day)) for run in runs),
        "demographics.csv": [[_demographics(person) for person in people]],
        "lineItems.csv": (list(_line_items(run, calendar)) for run in runs),
        "results.csv": (list(_results(run, campus.by_run[run.id], calendar, seed, day)) for run in runs),
    }
    faults: list[Fault] = []
    counts: dict[str, int] = {}
    for name, chunks in tables.items():
        path = target / name
        fault = _FAULTS.get(name) if with_faults else None
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n")
            writer.writerow(HEADERS[name])
            counts[name] = 0
            for rows in chunks:
                if fault is not None:
                    kind, plant = fault
                    position = plant(rows)
                    if position is not None:
                        line = counts[name] + position + 2
                        faults.append(Fault(kind=kind, file=f"oneroster/{date}/{name}", line=line, statement=None))
                        fault = None
                writer.writerows(rows)
                counts[name] += len(rows)
    return Drop(date=date, rows=counts), faults


def _insert(rows: list[Row], row: Row) -> int:
    position = len(rows) // 2
    rows.insert(position, row)
    return position


def _unknown_class(rows: list[Row]) -> int | None:
    if not rows:
        return None
    row = [*rows[-1]]
    row[0], row[3] = "enr-unknown-class", "xx999-term-01"
    return _insert(rows, row)


def _impossible_due_date(rows: list[Row]) -> int | None:
    if not rows:
        return None
    row = [*rows[0]]
    row[0], row[3], row[6] = f"{row[7]}-extra", "Extra quiz", "2025-02-30"
    row[8], row[-1] = "cat-quiz", 0
    return _insert(rows, row)


def _too_many_fields(rows: list[Row]) -> int | None:
    row = [*rows[-1]]
    row[0], row[4], row[10] = "u-000000", "erika.muster", "erika.muster@campus.lernhaus.example"
    return _insert(rows, [*row, "one", "too many"])


def _non_numeric_score(rows: list[Row]) -> int | None:
    scored = [i for i, row in enumerate(rows) if row[6] != "" and row[9] == ""]
    if not scored:
        return None
    position = scored[len(scored) // 2]
    rows[position][6] = "n/a"
    return position


# per file the kind of its bad row, and what plants it among some rows: it returns the index, or None if it cannot
_FAULTS: dict[str, tuple[str, Callable[[list[Row]], int | None]]] = {
    "enrollments.csv": ("unknown_class", _unknown_class),
    "lineItems.csv": ("impossible_due_date", _impossible_due_date),
    "users.csv": ("too_many_fields", _too_many_fields),
    "results.csv": ("non_numeric_score", _non_numeric_score),
}


def _manifest() -> Iterator[Row]:
    yield ["manifest.version", "1.0"]
    yield ["oneroster.version", "1.2"]
    for name in _MANIFEST_FILES.split():
        yield [f"file.{name}", "bulk" if f"{name}.csv" in HEADERS else "absent"]
    yield ["source.systemName", "Lernhaus Campus SIS"]
    yield ["source.systemCode", "lernhaus-campus"]


def _sessions(campus: Campus, day: int) -> Iterator[Row]:
    date = campus.calendar.date
    years: set[str] = set()
    for term in campus.calendar.terms(day + 1):
        year = f"{term.school_year - 1}/{term.school_year % 100:02d}"
        if term.year_id not in years:
            years.add(term.year_id)
            begin, end = date(term.year_start), date(term.year_end)
            yield [term.year_id, "", "", year, "schoolYear", begin, end, "", term.school_year]
        title = f"Term {term.number} {year}"
        begin, end = date(term.start), date(term.end)
        yield [term.id, "", "", title, "term", begin, end, term.year_id, term.school_year]


def _courses(campus: Campus) -> Iterator[Row]:
    for course in campus.courses:
        subject, programme = course.subject, course.programme
        yield [
            course.id, "", "", "", subject.title, subject.code, "", course.department_id, programme.title,
            programme.code,
        ]  # fmt: skip


def _class(run: Run, calendar: Calendar) -> Row:
    subject, programme = run.course.subject, run.course.programme
    title = f"{subject.title} ({calendar.date(run.start):%b %Y})"
    code = f"{subject.code}-{run.term.index + 1}"
    return [
        run.id, "", "", title, "", run.course.id, code, "scheduled", "online", SCHOOL_ID, run.term.id,
        programme.title, programme.code, "",
    ]  # fmt: skip


def _user(person: Person) -> Row:
    return [
        person.id, "", "", "true", person.username, f"{{lms:{person.username}}}", person.given_name,
        person.family_name, "", person.id.removeprefix("u-"), person.email, *[""] * 9, person.org_id, "",
        person.region, person.education, person.deprivation_band, person.has_disability, person.programme,
    ]  # fmt: skip


def _demographics(person: Person) -> Row:
    return [person.id, "", "", person.birth_date, person.sex, *[""] * 11]


def _enrollments(run: Run, members: Iterable[Enrollment], calendar: Calendar, day: int) -> Iterator[Row]:
    def row(id_: str, person_id: str, role: str, primary: str, begin: int, end: int) -> Row:
        ended = calendar.date(end) if end <= day else ""
        return [id_, "", "", run.id, SCHOOL_ID, person_id, role, primary, calendar.date(begin), ended]

    yield row(f"enr-{run.id}-teacher", run.teacher.id, "teacher", "true", run.announced, run.end)
    for e in members:
        if e.registered <= day:
            yield row(e.id, e.learner.id, "student", "false", e.registered, e.end)


def _line_items(run: Run, calendar: Calendar) -> Iterator[Row]:
    def row(id_: str, title: str, begin: int, due: int, category: str, highest: int, weight: str) -> Row:
        begins, ends = calendar.date(begin), calendar.date(due)
        return [
            id_, "", "", title, "", begins, ends, run.id, f"cat-{category}", run.term.id, 0, highest, SCHOOL_ID, weight
        ]  # fmt: skip

    for item in run.assessments:
        yield row(item.id, item.title, item.assigned, item.due, item.category, item.max_score, f"{item.weight:g}")
    yield row(run.final_grade_id, "Final grade", run.start, run.end - 1, "final-grade", 100, "")


def _results(run: Run, members: list[Enrollment], calendar: Calendar, seed: int, day: int) -> Iterator[Row]:
    """The results of a run that are known on ``day``, then its final grades if they are published."""
    done = work(run, members, seed)
    is_assignment = [item.category == "assignment" for item in run.assessments]
    is_known = (done.status != GONE) & (done.graded <= day)
    is_waiting = (done.status == GRADED) & is_assignment & (done.submitted <= day) & ~is_known
    is_late = (done.status == GRADED) & (done.submitted > [item.due for item in run.assessments])
    date = np.where(is_known, done.graded, done.submitted)
    columns = (is_known, done.status, done.points, date, is_late)
    dates = cache(lambda date: calendar.date(date).isoformat())
    names = [item.id.rsplit("-", 1)[1] for item in run.assessments]
    where = np.nonzero(is_known | is_waiting)
    for i, j, known, status, points, shown, late in zip(
        *(column.tolist() for column in where), *(column[where].tolist() for column in columns), strict=True
    ):
        enrollment, late_flag = members[i], _BOOLEANS[late]
        if known:
            score = f"{points:g}" if status == GRADED else ""
            missing = _BOOLEANS[status == MISSING]
            told = (STATUSES[status], score, dates(shown), "", "", run.id, "false", missing, late_flag, missing)
        else:
            told = ("submitted", "", dates(shown), "", "", run.id, "true", "false", late_flag, "false")
        id_ = f"res-{enrollment.id}-{names[j]}"
        yield [id_, "", "", run.assessments[j].id, enrollment.learner.id, *told]
    published = run.end + GRADING_DAYS
    if published <= day:
        for enrollment, score in zip(members, done.final.tolist(), strict=True):
            if enrollment.withdrawn is None:
                yield [
                    f"res-{enrollment.id}-final", "", "", run.final_grade_id, enrollment.learner.id, "fully graded",
                    f"{score:g}", dates(published), "", grade(score), run.id, "false", "false", "false", "false",
                ]  # fmt: skip
