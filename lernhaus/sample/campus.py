"""Who and what exists on the sample campus: terms, course runs, activities, assessments, people, enrollments.

All times are whole days counted from ``START`` (day 0, a Monday); an end day is exclusive, as in OneRoster.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal, TypeVar

import numpy as np

from lernhaus.sample.subjects import PROGRAMMES, Language, Programme, Subject

START = date(2024, 9, 2)
TERM_DAYS = 84
TERM_CYCLE = 98
TERM_WEEKS = TERM_DAYS // 7
TERMS_PER_YEAR = 4
ANNOUNCED_BEFORE = 30  # days before its term at which a run and its assessments appear on the roster
OPENS_BEFORE = 7  # days before its term at which the pages of a run can be visited
COURSES_PER_TERM = 2

SCHOOL_ID = "org-lernhaus"

AssessmentCategory = Literal["quiz", "assignment", "exam"]
ActivityType = Literal["module", "page", "video", "file", "forum"]

# (category, due course day, highest score, weight in per cent); Sundays, exams on the last Friday
_ASSESSMENT_PLANS: tuple[tuple[tuple[AssessmentCategory, int, int, float], ...], ...] = (
    (
        ("quiz", 20, 10, 10),
        ("assignment", 34, 50, 20),
        ("quiz", 41, 20, 10),
        ("quiz", 62, 20, 10),
        ("assignment", 69, 100, 20),
        ("exam", 81, 60, 30),
    ),
    (
        ("quiz", 13, 10, 12.5),
        ("quiz", 27, 10, 12.5),
        ("assignment", 41, 40, 20),
        ("quiz", 55, 10, 12.5),
        ("quiz", 69, 10, 12.5),
        ("exam", 81, 90, 30),
    ),
    (
        ("assignment", 20, 100, 20),
        ("quiz", 34, 15, 10),
        ("assignment", 48, 100, 30),
        ("assignment", 76, 100, 40),
    ),
)
_ASSESSMENT_TITLES: dict[Language, dict[AssessmentCategory, str]] = {
    "en": {"quiz": "Quiz", "assignment": "Assignment", "exam": "Exam"},
    "de": {"quiz": "Quiz", "assignment": "Einsendeaufgabe", "exam": "Klausur"},
}
_WEEK_WORD: dict[Language, str] = {"en": "Week", "de": "Woche"}
_FORUM_WORD: dict[Language, str] = {"en": "Discussion forum", "de": "Diskussionsforum"}

REGIONS = (
    "Berlin",
    "Brandenburg",
    "Hamburg",
    "Hessen",
    "Sachsen",
    "Bayern",
    "Nordrhein-Westfalen",
    "Baden-Württemberg",
    "Niedersachsen",
    "Abroad",
)
EDUCATION_LEVELS = (
    "No formal qualification",
    "Lower secondary",
    "Upper secondary",
    "Vocational",
    "Higher education",
    "Postgraduate",
)
DEPRIVATION_BANDS = tuple(f"{low}-{low + 10}%" for low in range(0, 100, 10))


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_GIVEN = {
    "female": _words("""
        Anna Aylin Charlotte Clara Elif Emma Fatima Grace Hannah Ida Ines Johanna Julia Katarzyna
        Lea Lena Linh Luisa Maria Mia Nadia Nele Olivia Paula Priya Rosa Sara Sofia Theresa Zoë
    """),
    "male": _words("""
        Adam Ahmed Ali Ben Carlos Daniel David Emil Emre Felix Finn Hassan Henri Jakob Jan Jonas
        Karl Leon Lukas Marek Matteo Max Minh Noah Omar Oskar Paul Rahul Samuel Tom
    """),
}
_FAMILY = _words("""
    Albrecht Arslan Bauer Becker Bennett Böhm Brandt Busch Clarke Demir Dietrich Eder Engel Evans
    Fischer Frank Fuchs Garcia Graf Haas Hartmann Hoffmann Hussein Jansen Jäger Kaiser Kaya Keller
    Khan Koch Kowalski Krause Krüger Kumar Lang Lehmann Lorenz Maier Martin Möller Morris Neumann
    Nguyen Nowak Otto Peters Pham Pohl Richter Rossi Roth Sauer Schäfer Schmitt Schreiber Schulz
    Seidel Simon Sommer Stein Taylor Tran Vogel Wagner Walter Weber Weiß Winkler Wolf Yılmaz Ziegler
    Zimmermann
""")

Item = TypeVar("Item")


def day_date(day: int) -> date:
    """The calendar date of a campus day."""
    return START + timedelta(days=day)


def pick(rng: np.random.Generator, items: Sequence[Item]) -> Item:
    """One item, each equally likely (much faster than ``rng.choice`` for single draws)."""
    return items[int(rng.random() * len(items))]


@dataclass(frozen=True, slots=True)
class Organization:
    """A row of ``orgs.csv``: the school or one of its departments."""

    id: str
    name: str
    type: Literal["school", "department"]
    parent_id: str


@dataclass(frozen=True, slots=True)
class Term:
    """A term of 84 days, and the school year it belongs to."""

    index: int
    start: int

    @property
    def end(self) -> int:
        """First day after the term."""
        return self.start + TERM_DAYS

    @property
    def year_start(self) -> int:
        """First day of the school year."""
        return self.index // TERMS_PER_YEAR * TERMS_PER_YEAR * TERM_CYCLE

    @property
    def school_year(self) -> int:
        """The calendar year in which the school year ends."""
        return day_date(self.year_start).year + 1

    @property
    def id(self) -> str:
        return f"term-{self.index + 1:02d}"

    @property
    def year_id(self) -> str:
        return f"year-{self.school_year}"


@dataclass(frozen=True, slots=True)
class Course:
    """A course of the catalogue."""

    subject: Subject
    programme: Programme
    department_id: str

    @property
    def id(self) -> str:
        return f"course-{self.subject.code.lower()}"


@dataclass(frozen=True, slots=True)
class Assessment:
    """A quiz, assignment or exam of a run: one row of ``lineItems.csv``."""

    id: str
    title: str
    category: AssessmentCategory
    assigned: int
    due: int
    max_score: int
    weight: float


@dataclass(frozen=True, slots=True)
class Activity:
    """Something learners use; ``week`` is the course week it is made for (the forum belongs to all)."""

    id: str
    type: ActivityType
    name: str
    week: int


@dataclass(frozen=True, slots=True)
class Run:
    """A course run: one presentation of a course in a term."""

    id: str
    course: Course
    term: Term
    teacher_id: str
    assessments: tuple[Assessment, ...]
    weekly_activities: tuple[tuple[Activity, ...], ...]
    forum: Activity

    @property
    def start(self) -> int:
        return self.term.start

    @property
    def end(self) -> int:
        return self.term.end

    @property
    def announced(self) -> int:
        """First day on which the roster shows the run."""
        return self.start - ANNOUNCED_BEFORE

    @property
    def final_grade_id(self) -> str:
        return f"{self.id}-final"


@dataclass(frozen=True, slots=True)
class Person:
    """A row of ``users.csv`` and ``demographics.csv``."""

    id: str
    given_name: str
    family_name: str
    username: str
    birth_date: date
    sex: str
    org_id: str
    region: str
    education: str
    deprivation_band: str
    has_disability: str
    programme: str

    @property
    def email(self) -> str:
        return f"{self.username}@campus.lernhaus.example"


@dataclass(frozen=True, slots=True)
class Enrollment:
    """A learner in a run. ``engagement`` in 0..1 is the hidden cause of what the learner does there.

    ``withdrawn`` is the first day on which the learner is no longer enrolled, or None.
    """

    id: str
    learner: Person
    run: Run
    registered: int
    withdrawn: int | None
    engagement: float

    @property
    def end(self) -> int:
        """First day on which the learner is no longer enrolled."""
        return self.run.end if self.withdrawn is None else self.withdrawn


@dataclass(frozen=True, slots=True)
class Campus:
    """Everything that exists. ``changed`` holds the later version of the learners whose attributes change."""

    days: int
    organizations: tuple[Organization, ...]
    terms: tuple[Term, ...]
    courses: tuple[Course, ...]
    runs: tuple[Run, ...]
    teachers: tuple[Person, ...]
    learners: tuple[Person, ...]
    changed: dict[str, tuple[int, Person]]
    enrollments: tuple[Enrollment, ...]
    by_run: dict[str, list[Enrollment]] = field(repr=False)
    joined: dict[str, int] = field(repr=False)  # learner id -> day of the first registration

    @property
    def last_day(self) -> int:
        return self.days - 1

    @property
    def roster_days(self) -> tuple[int, int]:
        """The days whose evening the two roster drops show."""
        return int(self.days * 0.55), self.last_day


def build(learners: int, days: int, rng: np.random.Generator) -> Campus:
    """Found a campus of ``learners`` learners whose extract covers the days 0 to ``days - 1``."""
    organizations = (
        Organization(SCHOOL_ID, "Lernhaus Campus", "school", ""),
        *(Organization(f"org-{p.code.lower()}", p.department, "department", SCHOOL_ID) for p in PROGRAMMES),
    )
    terms = tuple(
        Term(index, index * TERM_CYCLE)
        for index in range(days // TERM_CYCLE + 2)
        if index * TERM_CYCLE - ANNOUNCED_BEFORE < days
    )
    courses = tuple(
        Course(subject, programme, f"org-{programme.code.lower()}")
        for programme in PROGRAMMES
        for subject in programme.subjects
    )
    teacher_count = len(courses)
    numbers = 100_000 + rng.permutation(max(10_000, 2 * (learners + teacher_count)))
    ids = [f"u-{number}" for number in numbers[: learners + teacher_count].tolist()]
    usernames: dict[str, int] = {}
    teachers = tuple(
        replace(
            _person(ids[i], course.programme, usernames, 32, 63, rng),
            org_id=course.department_id,
            education="",
            deprivation_band="",
            has_disability="",
            programme="",
        )
        for i, course in enumerate(courses)
    )
    people = tuple(_person(id_, pick(rng, PROGRAMMES), usernames, 18, 55, rng) for id_ in ids[teacher_count:])
    runs = tuple(
        _run(course, term, number, teachers[number].id)
        for term in terms
        for number, course in enumerate(courses)
        if number % TERMS_PER_YEAR != term.index % TERMS_PER_YEAR  # each course pauses one term in four
    )
    enrollments = _enroll(people, terms, runs, days, rng)
    by_run: dict[str, list[Enrollment]] = {run.id: [] for run in runs}
    joined: dict[str, int] = {}
    for enrollment in enrollments:
        by_run[enrollment.run.id].append(enrollment)
        learner_id = enrollment.learner.id
        joined[learner_id] = min(enrollment.registered, joined.get(learner_id, enrollment.registered))
    campus = Campus(days, organizations, terms, courses, runs, teachers, people, {}, enrollments, by_run, joined)
    return replace(campus, changed=_changes(campus, rng))


def _ascii(name: str) -> str:
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ı", "i")):
        name = name.replace(letter, plain)
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


def _person(
    id_: str,
    programme: Programme,
    usernames: dict[str, int],
    youngest: int,
    oldest: int,
    rng: np.random.Generator,
) -> Person:
    sex = pick(rng, ("female",) * 12 + ("male",) * 11 + ("other", "unspecified"))
    given = pick(rng, _GIVEN.get(sex, _GIVEN["female"] + _GIVEN["male"]))
    family = pick(rng, _FAMILY)
    stem = f"{_ascii(given)}.{_ascii(family)}".lower()
    usernames[stem] = usernames.get(stem, 0) + 1
    age = youngest + (oldest - youngest) * rng.random() ** 2  # most learners are young
    return Person(
        id=id_,
        given_name=given,
        family_name=family,
        username=stem if usernames[stem] == 1 else f"{stem}{usernames[stem]}",
        birth_date=START - timedelta(days=int(age * 365.25)),
        sex=sex,
        org_id=f"org-{programme.code.lower()}",
        region=pick(rng, REGIONS),
        education=EDUCATION_LEVELS[int(rng.triangular(0, 2.5, len(EDUCATION_LEVELS)))],
        deprivation_band=pick(rng, (*DEPRIVATION_BANDS, "")),
        has_disability=pick(rng, ("true",) * 2 + ("false",) * 16 + ("",) * 2),
        programme=programme.code,
    )


def _run(course: Course, term: Term, number: int, teacher_id: str) -> Run:
    subject = course.subject
    id_ = f"{subject.code.lower()}-{term.id}"
    titles = _ASSESSMENT_TITLES[subject.language]
    counts: dict[AssessmentCategory, int] = {"quiz": 0, "assignment": 0, "exam": 0}
    assessments = []
    for category, due, max_score, weight in _ASSESSMENT_PLANS[number % len(_ASSESSMENT_PLANS)]:
        counts[category] += 1
        title = titles[category] if category == "exam" else f"{titles[category]} {counts[category]}"
        assessments.append(
            Assessment(
                id=f"{id_}-{category}{counts[category]}",
                title=title,
                category=category,
                assigned=term.start + max(0, due - 21),
                due=term.start + due,
                max_score=max_score,
                weight=weight,
            )
        )
    return Run(
        id=id_,
        course=course,
        term=term,
        teacher_id=teacher_id,
        assessments=tuple(assessments),
        weekly_activities=tuple(_week_activities(id_, subject, week) for week in range(TERM_WEEKS)),
        forum=Activity(f"{id_}-forum", "forum", f"{_FORUM_WORD[subject.language]} {subject.title}", 0),
    )


def _week_activities(run_id: str, subject: Subject, week: int) -> tuple[Activity, ...]:
    topic = subject.topics[week * len(subject.topics) // TERM_WEEKS].name
    types: tuple[ActivityType, ...] = ("module", "page", "page", "video", "file")
    return tuple(
        Activity(
            id=f"{run_id}-w{week + 1:02d}-{type_}{number}",
            type=type_,
            name=f"{_WEEK_WORD[subject.language]} {week + 1}: {topic} ({type_} {number})",
            week=week,
        )
        for number, type_ in enumerate(types, start=1)
    )


def _enroll(
    people: Sequence[Person], terms: Sequence[Term], runs: Sequence[Run], days: int, rng: np.random.Generator
) -> tuple[Enrollment, ...]:
    enrollments: list[Enrollment] = []
    offered = {
        (term.index, programme.code): [r for r in runs if r.term == term and r.course.programme == programme]
        for term in terms
        for programme in PROGRAMMES
    }
    for person in people:
        tendency = _tendency(person, rng)
        joined = int(rng.random() < 0.15)  # some come a term later
        for term in terms[joined:]:
            if rng.random() < 0.06:  # a term of leave
                continue
            own = offered[term.index, person.programme]
            count = min(len(own), max(1, COURSES_PER_TERM + pick(rng, (-1, 0, 0, 0, 1))))
            chosen = [own[i] for i in sorted(rng.permutation(len(own))[:count].tolist())]
            if rng.random() < 0.12:  # an elective from another programme instead of one of the own courses
                other = pick(rng, [p for p in PROGRAMMES if p.code != person.programme])
                chosen[-1] = pick(rng, offered[term.index, other.code])
            for run in chosen:
                engagement = float(1 / (1 + np.exp(-(0.8 * tendency + 0.6 * rng.normal()))))
                registered = _registration_day(run, rng)
                withdrawn = _withdrawal_day(run, registered, engagement, rng)
                if registered < days:
                    enrollments.append(
                        Enrollment(
                            f"enr-{len(enrollments) + 1:06d}",
                            person,
                            run,
                            registered,
                            withdrawn,
                            round(engagement, 4),
                        )
                    )
    return tuple(enrollments)


def _tendency(person: Person, rng: np.random.Generator) -> float:
    """How engaged a learner is in general, on the logit scale; schooling and wealth shift it a little."""
    education = EDUCATION_LEVELS.index(person.education) / (len(EDUCATION_LEVELS) - 1) - 0.5
    known = person.deprivation_band in DEPRIVATION_BANDS
    wealth = DEPRIVATION_BANDS.index(person.deprivation_band) / 9 - 0.5 if known else 0.0
    return 0.4 + 0.9 * education + 0.6 * wealth + rng.normal()


def _registration_day(run: Run, rng: np.random.Generator) -> int:
    timing = rng.random()
    if timing < 0.82:
        return run.start - 1 - int(28 * rng.random())
    if timing < 0.94:
        return run.start + int(6 * rng.random())
    return run.start + 6 + int(15 * rng.random())  # late registration


def _withdrawal_day(run: Run, registered: int, engagement: float, rng: np.random.Generator) -> int | None:
    """The day of withdrawal: likelier with low engagement, and rather early in the term."""
    chance, when = rng.random(), rng.random()
    if chance > 0.75 * (1 - engagement) ** 1.6:
        return None
    first = max(registered + 1, run.start - 10)
    return first + int((run.end - 7 - first) * when**1.5)


def _changes(campus: Campus, rng: np.random.Generator) -> dict[str, tuple[int, Person]]:
    """The attribute changes that the two roster drops show: learner id -> (day, later version)."""
    first, last = campus.roster_days
    changed: dict[str, tuple[int, Person]] = {}
    for person in campus.learners:
        if rng.random() >= 0.14 or campus.joined.get(person.id, 0) > first:
            continue
        later = _change(person, rng)
        if later != person:
            changed[person.id] = (first + 1 + int(rng.random() * (last - first)), later)
    return changed


def _change(person: Person, rng: np.random.Generator) -> Person:
    what = rng.random()
    if what < 0.35:
        return replace(person, region=pick(rng, [r for r in REGIONS if r != person.region]))
    if what < 0.5:
        programme = pick(rng, [p for p in PROGRAMMES if p.code != person.programme])
        return replace(person, programme=programme.code, org_id=f"org-{programme.code.lower()}")
    if what < 0.6:
        return replace(person, family_name=pick(rng, [f for f in _FAMILY if f != person.family_name]))
    if what < 0.8:
        return replace(person, deprivation_band=pick(rng, DEPRIVATION_BANDS))
    blank: dict[str, str] = {pick(rng, ("region", "education", "deprivation_band", "has_disability")): ""}
    return replace(person, **blank)  # type: ignore[arg-type]
