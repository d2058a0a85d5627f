"""Who and what exists on the sample campus: terms, course runs, activities, assessments, people, enrollments.

All times are whole days counted from the opening of the school (day 0, a Monday); an end day is exclusive, as in
OneRoster. What happens by a day depends on nothing after it: a campus of more days has the same past.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache
from typing import Literal, TypeVar

import numpy as np

from lernhaus.sample.subjects import PROGRAMMES, Language, Programme, Subject

LAST_SCHOOL_YEAR = 2025
TERM_DAYS = 84
TERM_CYCLE = 98
TERM_WEEKS = TERM_DAYS // 7
TERMS_PER_YEAR = 3  # and a summer break of twelve or thirteen weeks
ANNOUNCED_BEFORE = 30  # days before its term at which a run and its assessments appear on the roster
OPENS_BEFORE = 7  # days before its term at which the pages of a run can be visited
CENSUS = 137  # day of the school year whose evening a roster drop shows
COURSES_PER_TERM = 2
COURSE_PAUSES = 4  # each course pauses one term in four
CHANGES_PER_YEAR = 0.45  # share of the learners one of whose attributes changes

# what a generator of random numbers is for: the first number of its key
SCHOOL, LEARNER, WORK, VISITS, FORUM, STATEMENTS, TEACHING, TEACHER_STATEMENTS = range(8)

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


def generator(seed: int, *key: int) -> np.random.Generator:
    """The random numbers of one purpose, independent of those of every other key."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


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
    """A term of 84 days, and the school year it belongs to (named by the calendar year in which it ends)."""

    index: int
    start: int
    school_year: int
    year_start: int
    year_end: int

    @property
    def end(self) -> int:
        """First day after the term."""
        return self.start + TERM_DAYS

    @property
    def number(self) -> int:
        """1, 2 or 3 within the school year."""
        return self.index % TERMS_PER_YEAR + 1

    @property
    def id(self) -> str:
        return f"term-{self.index + 1:02d}"

    @property
    def year_id(self) -> str:
        return f"year-{self.school_year}"


@cache
def _school_opens(year: int) -> date:
    """The first Monday of September."""
    september = date(year, 9, 1)
    return september + timedelta(days=-september.weekday() % 7)


@dataclass(frozen=True, slots=True)
class Calendar:
    """School years from the first Monday of September, each of three terms with two weeks between them."""

    first_year: int = LAST_SCHOOL_YEAR - 1

    @classmethod
    def of(cls, days: int) -> Calendar:
        """The calendar of a school whose ``days`` days end in the school year 2024/25: none is in the future."""
        calendar = cls()
        while calendar.year_start(LAST_SCHOOL_YEAR - calendar.first_year) < days:
            calendar = cls(calendar.first_year - 1)
        return calendar

    def date(self, day: int) -> date:
        """The calendar date of a campus day."""
        return _school_opens(self.first_year) + timedelta(days=day)

    def year_start(self, year: int) -> int:
        """First day of a school year, counted from 0."""
        return (_school_opens(self.first_year + year) - _school_opens(self.first_year)).days

    def term(self, index: int) -> Term:
        """A term, counted from 0."""
        year, number = divmod(index, TERMS_PER_YEAR)
        start = self.year_start(year)
        return Term(index, start + number * TERM_CYCLE, self.first_year + year + 1, start, self.year_start(year + 1))

    def terms(self, days: int) -> tuple[Term, ...]:
        """The terms that have been announced when ``days`` days are over."""
        terms: list[Term] = []
        while (term := self.term(len(terms))).start - ANNOUNCED_BEFORE < days:
            terms.append(term)
        return tuple(terms)


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
    """A course run: one presentation of a course in a term; ``number`` is its own among all runs ever."""

    id: str
    number: int
    course: Course
    term: Term
    teacher: Person
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

    @property
    def things(self) -> tuple[Activity | Assessment, ...]:
        """All that can be visited: the activities week by week, the forum, the assessments."""
        return (*(activity for week in self.weekly_activities for activity in week), self.forum, *self.assessments)


@dataclass(frozen=True, slots=True)
class Person:
    """A row of ``users.csv`` and ``demographics.csv``, on the roster from day ``admitted``."""

    id: str
    admitted: int
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

    learner: Person
    run: Run
    registered: int
    withdrawn: int | None
    engagement: float

    @property
    def id(self) -> str:
        return f"enr-{self.run.id}-{self.learner.id.removeprefix('u-')}"

    @property
    def end(self) -> int:
        """First day on which the learner is no longer enrolled."""
        return self.run.end if self.withdrawn is None else self.withdrawn


@dataclass(frozen=True, slots=True)
class Campus:
    """Everything that exists. ``changes`` holds the later versions of learners: learner id -> [(day, version)].

    ``by_run`` holds all enrollments in the runs that have been announced, later registrations included.
    """

    calendar: Calendar
    days: int
    organizations: tuple[Organization, ...]
    terms: tuple[Term, ...]
    courses: tuple[Course, ...]
    runs: tuple[Run, ...]
    teachers: tuple[Person, ...]
    learners: tuple[Person, ...]
    changes: dict[str, list[tuple[int, Person]]]
    by_run: dict[str, list[Enrollment]] = field(repr=False)

    @property
    def last_day(self) -> int:
        return self.days - 1

    @property
    def roster_days(self) -> tuple[int, int]:
        """The days whose evening the two roster drops show: a census four weeks ago or earlier, and the last day."""
        census = [term.year_start + CENSUS for term in self.terms if term.year_start + CENSUS <= self.last_day - 28]
        return max(census, default=int(self.days * 0.55)), self.last_day

    def enrollments(self) -> Iterator[Enrollment]:
        """The enrollments that were registered within the extract."""
        return (e for run in self.runs for e in self.by_run[run.id] if e.registered < self.days)

    def version(self, person: Person, day: int) -> Person:
        """A person as of a day."""
        for changed, later in self.changes.get(person.id, ()):
            if changed <= day:
                person = later
        return person

    def last_change(self, person: Person) -> int | None:
        """The day of the last change that the two roster drops show, or None."""
        first, last = self.roster_days
        if person.admitted > first or self.version(person, first) == self.version(person, last):
            return None
        return max(day for day, _ in self.changes[person.id] if day <= last)


def build(learners: int, days: int, seed: int, calendar: Calendar) -> Campus:
    """Found a campus of ``learners`` places whose extract covers the days 0 to ``days - 1``.

    A learner stays for some school years; then a new one gets the place.
    """
    organizations = (
        Organization(SCHOOL_ID, "Lernhaus Campus", "school", ""),
        *(Organization(f"org-{p.code.lower()}", p.department, "department", SCHOOL_ID) for p in PROGRAMMES),
    )
    terms = calendar.terms(days)
    courses = tuple(
        Course(subject, programme, f"org-{programme.code.lower()}")
        for programme in PROGRAMMES
        for subject in programme.subjects
    )
    rng = generator(seed, SCHOOL)
    numbers = rng.permutation(max(10_000, 2 * (learners + len(courses))))
    names = _Names(calendar.date(0))
    teachers = tuple(
        replace(
            names.person(f"u-{100_000 + number}", -ANNOUNCED_BEFORE, course.programme, 32, 63, rng),
            org_id=course.department_id,
            education="",
            deprivation_band="",
            has_disability="",
            programme="",
        )
        for number, course in zip(numbers.tolist(), courses, strict=False)
    )
    runs = tuple(
        _run(course, term, term.index * len(courses) + number, teachers[number])
        for term in terms
        for number, course in enumerate(courses)
        if number % COURSE_PAUSES != term.index % COURSE_PAUSES
    )
    places = [
        _Place(number, generator(seed, LEARNER, number)) for number in numbers[len(courses) :][:learners].tolist()
    ]
    people: list[Person] = []
    changes: dict[str, list[tuple[int, Person]]] = {}
    by_run: dict[str, list[Enrollment]] = {run.id: [] for run in runs}
    for year_terms in (terms[i : i + TERMS_PER_YEAR] for i in range(0, len(terms), TERMS_PER_YEAR)):
        offers = [(term, _offers(term, runs)) for term in year_terms]
        for place in places:
            if place.years_left == 0:
                people.append(place.admit(year_terms[0], names, len(numbers)))
            change = place.change(year_terms[0])
            if change is not None:
                changes.setdefault(place.person.id, []).append(change)
            for term, offered in offers:
                for enrollment in place.enroll(term, offered):
                    by_run[enrollment.run.id].append(enrollment)
            place.years_left -= 1
    return Campus(calendar, days, organizations, terms, courses, runs, teachers, tuple(people), changes, by_run)


def _offers(term: Term, runs: Sequence[Run]) -> dict[str, list[Run]]:
    """The runs of a term by programme."""
    offered: dict[str, list[Run]] = {programme.code: [] for programme in PROGRAMMES}
    for run in runs:
        if run.term == term:
            offered[run.course.programme.code].append(run)
    return offered


def _ascii(name: str) -> str:
    for letter, plain in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss"), ("ı", "i")):
        name = name.replace(letter, plain)
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()


@dataclass(slots=True)
class _Names:
    """Makes people and sees to it that no username is given twice."""

    today: date
    usernames: dict[str, int] = field(default_factory=dict)

    def person(
        self, id_: str, admitted: int, programme: Programme, youngest: int, oldest: int, rng: np.random.Generator
    ) -> Person:
        sex = pick(rng, ("female",) * 12 + ("male",) * 11 + ("other", "unspecified"))
        given = pick(rng, _GIVEN.get(sex, _GIVEN["female"] + _GIVEN["male"]))
        family = pick(rng, _FAMILY)
        stem = f"{_ascii(given)}.{_ascii(family)}".lower()
        count = self.usernames[stem] = self.usernames.get(stem, 0) + 1
        age = youngest + (oldest - youngest) * rng.random() ** 2  # most learners are young
        return Person(
            id=id_,
            admitted=admitted,
            given_name=given,
            family_name=family,
            username=stem if count == 1 else f"{stem}{count}",
            birth_date=self.today + timedelta(days=max(0, admitted) - int(age * 365.25)),
            sex=sex,
            org_id=f"org-{programme.code.lower()}",
            region=pick(rng, REGIONS),
            education=EDUCATION_LEVELS[int(rng.triangular(0, 2.5, len(EDUCATION_LEVELS)))],
            deprivation_band=pick(rng, (*DEPRIVATION_BANDS, "")),
            has_disability=pick(rng, ("true",) * 2 + ("false",) * 16 + ("",) * 2),
            programme=programme.code,
        )


@dataclass(slots=True)
class _Place:
    """A place to study: one learner after another, year by year."""

    number: int
    rng: np.random.Generator
    admissions: int = 0
    years_left: int = 0
    person: Person = field(init=False)
    current: Person = field(init=False)  # the person with the changes so far
    tendency: float = 0.0
    first_term: int = 0

    def admit(self, term: Term, names: _Names, numbers: int) -> Person:
        """A new learner from ``term`` on, numbered above all those admitted to places before."""
        rng = self.rng
        id_ = f"u-{100_000 + self.admissions * numbers + self.number}"
        self.person = names.person(id_, term.start - ANNOUNCED_BEFORE, pick(rng, PROGRAMMES), 18, 55, rng)
        self.current = self.person
        self.tendency = _tendency(self.person, rng)
        self.first_term = term.index + int(rng.random() < 0.15)  # some begin a term later
        # those who are there when the school opens do not all leave at once
        self.years_left = pick(rng, (1, 2, 3, 4) if self.admissions == 0 else (2, 3, 3, 3, 4))
        self.admissions += 1
        return self.person

    def change(self, term: Term) -> tuple[int, Person] | None:
        """The change of an attribute in the school year of ``term``, if there is one: its day and the new version."""
        if self.rng.random() >= CHANGES_PER_YEAR:
            return None
        day = term.year_start + int(self.rng.random() * (term.year_end - term.year_start))
        before, self.current = self.current, _change(self.current, self.rng)
        return None if self.current == before else (day, self.current)

    def enroll(self, term: Term, offered: dict[str, list[Run]]) -> Iterator[Enrollment]:
        rng = self.rng
        if term.index < self.first_term or rng.random() < 0.06:  # not yet, or a term of leave
            return
        programme = self.person.programme
        own = offered[programme]
        count = min(len(own), max(1, COURSES_PER_TERM + pick(rng, (-1, 0, 0, 0, 1))))
        chosen = [own[i] for i in sorted(rng.permutation(len(own))[:count].tolist())]
        if rng.random() < 0.12:  # an elective from another programme instead of one of the own courses
            chosen[-1] = pick(rng, offered[pick(rng, [code for code in offered if code != programme])])
        for run in chosen:
            engagement = float(1 / (1 + np.exp(-(0.8 * self.tendency + 0.6 * rng.normal()))))
            registered = _registration_day(run, rng)
            withdrawn = _withdrawal_day(run, registered, engagement, rng)
            yield Enrollment(self.person, run, registered, withdrawn, round(engagement, 4))


def _run(course: Course, term: Term, number: int, teacher: Person) -> Run:
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
        number=number,
        course=course,
        term=term,
        teacher=teacher,
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
