"""The Moodle log of a small department: exports as the log report downloads them, with overlaps and planted faults."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

START = date(2024, 9, 2)
HEADER = (
    "Time",
    "User full name",
    "Affected user",
    "Event context",
    "Component",
    "Event name",
    "Description",
    "Origin",
    "IP address",
)

ADMIN, GUEST, SYSTEM = 2, 1, -1
_FIRST_LEARNER = 101
_COURSES = (("BIO101", "Cells & Genes"), ("ECO2_INTRO", "Introduction to Economics"), ("STAT1", "Statistics, Part I"))
_MODULES = (
    ("Forum", "forum", "Questions and answers"),
    ("Page", "page", "How this course works"),
    ("File", "resource", "Slides"),
    ("Quiz", "quiz", "Quiz on chapter 1"),
    ("Quiz", "quiz", 'Quiz "Basics"'),
    ("Assignment", "assign", "Essay, first draft"),
    ("Assignment", "assign", "Report"),
)
_FIRST_NAMES = ("Ada", "Björn", "Chloé", "Deniz", "Emil", "Fatma", "Greta", "Hugo", "Ines", "Jan", "Klára", "Luca")
_LAST_NAMES = ("Abel", "Brandt", "Çelik", "D'Amico", "Ernst", "Fuchs", "Grün", "Haas", "Ito", "Jansen", "Kaya")

_DECIDED_DAYS = 14  # any fourteen days hold one above the 12th: it tells day from month


class MoodleFault(TypedDict):
    """Where a fault was planted: file below the extracts folder, and number of the record, the header being 1."""

    kind: str
    file: str
    record: int


@dataclass(frozen=True, slots=True)
class Module:
    """An activity of a course: id of the course module, kind as the log names it and as the code does."""

    id: int
    kind: str
    code: str
    name: str

    @property
    def context(self) -> str:
        return f"{self.kind}: {self.name}"


@dataclass(frozen=True, slots=True)
class Course:
    """A course with its teacher and the days on which its learners were enrolled and left."""

    id: int
    short_name: str
    title: str
    teacher: int
    modules: tuple[Module, ...]
    learners: tuple[int, ...]
    leavers: dict[int, int]

    @property
    def context(self) -> str:
        return f"Course: {self.title}"


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """An event of the log; ``verb`` is what a learner did, None where the act is not a learner's."""

    at: datetime
    course: Course | None
    user: int
    affected: int | None
    context: str
    component: str
    name: str
    description: str
    verb: str | None
    origin: str = "web"
    real_user: int | None = None


@dataclass
class Department:
    """Makes the events of all courses, day by day, with ids that count on."""

    days: int
    rng: np.random.Generator
    names: dict[int, str]
    courses: list[Course] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    _next_id: int = 1000

    def new_id(self) -> int:
        """An id of a submission, attempt, post or discussion."""
        self._next_id += 1
        return self._next_id

    def add(
        self,
        at: datetime,
        course: Course | None,
        user: int,
        place: Module | str,
        name: str,
        description: str,
        verb: str | None = None,
        *,
        component: str = "System",
        affected: int | None = None,
        origin: str = "web",
        real_user: int | None = None,
    ) -> None:
        """Log an event; of an activity, the component is its kind."""
        context, component = (place.context, place.kind) if isinstance(place, Module) else (place, component)
        text = f"The user with id '{user}' {description}"
        self.events.append(
            Event(at, course, user, affected, context, component, name, text, verb, origin, real_user)
        )

    def note(self, at: datetime, course: Course | None, context: str, name: str, description: str) -> None:
        """Log what nobody did, or nobody known."""
        event = Event(at, course, 0, None, context, "System", name, description, None, "cli")
        self.events.append(event)

    def moment(self, day: int) -> datetime:
        """A second of a day, between 8 and 22 o'clock."""
        midnight = datetime.combine(START + timedelta(days=day), time())
        return midnight + timedelta(seconds=int(self.rng.integers(8 * 3600, 22 * 3600)))


def write_log(folder: Path, *, learners: int, days: int, seed: int) -> dict[str, Any]:
    """Write the exports of a small department to ``folder``: two of each course, one of the whole site, all overlapping.

    The log starts on Monday 2024-09-02 and covers ``days`` days. The same arguments give byte-identical files.

    Returns what is in them, ready for JSON: ``files`` (records without header, redelivered and refused records of
    each), ``events_by_verb`` (acts of learners), ``submissions``, ``posts``, ``enrollments`` (course run, learner,
    registered and withdrawn date), ``active`` (pairs of course run and learner with an act), ``faults``.

    Raises ``ValueError`` if ``learners`` < 2 or ``days`` < 14.
    """
    if learners < 2 or days < _DECIDED_DAYS:
        raise ValueError(f"a department needs at least 2 learners and {_DECIDED_DAYS} days, not {learners} and {days}")
    rng = np.random.default_rng(seed)
    department = _build(learners, days, rng)
    for day in range(days):
        _site_day(department, day)
        for course in department.courses:
            _course_day(department, course, day)
    department.events.sort(key=lambda event: event.at)
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder, department)


def _build(learners: int, days: int, rng: np.random.Generator) -> Department:
    people = list(range(_FIRST_LEARNER, _FIRST_LEARNER + learners))
    teachers = [ADMIN + 1 + number for number in range(len(_COURSES))]
    names = {ADMIN: "Admin User", GUEST: "Guest user"}
    for person in teachers + people:
        names[person] = f"{_FIRST_NAMES[person * 5 % len(_FIRST_NAMES)]} {_LAST_NAMES[person * 7 % len(_LAST_NAMES)]}"
    department = Department(days, rng, names)
    for number, (short_name, title) in enumerate(_COURSES):
        modules = tuple(
            Module(300 + 10 * number + place, kind, code, name) for place, (kind, code, name) in enumerate(_MODULES)
        )
        members = [person for person in people if (person + number) % 3]
        # one in eight leaves, in the middle half of the time
        leavers = {
            person: int(rng.integers(days // 4, max(days // 4 + 1, 3 * days // 4))) for person in members[3::8]
        }
        course = Course(7 + number, short_name, title, teachers[number], modules, tuple(members), leavers)
        department.courses.append(course)
        _set_up(department, course)
    return department


def _set_up(department: Department, course: Course) -> None:
    """The course is made and its learners enrolled on the first day, half of them by themselves."""
    at = datetime.combine(START, time(7, 30))
    where = f"in the course with id '{course.id}'."
    for module in course.modules:
        done = f"created the '{module.code}' activity with course module id '{module.id}'."
        department.add(at, course, course.teacher, module, "Course module created", done)
    for number, learner in enumerate(course.learners):
        by, method = (learner, "self") if number % 2 else (course.teacher, "manual")
        enrolled = f"enrolled the user with id '{learner}' using the enrolment method '{method}' {where}"
        assigned = f"assigned the role with id '5' to the user with id '{learner}'."
        department.add(at, course, by, course.context, "User enrolled in course", enrolled, affected=learner)
        department.add(at, course, by, course.context, "Role assigned", assigned, affected=learner)


def _site_day(department: Department, day: int) -> None:
    """What belongs to no course: tasks at night, failed logins, learners who log in and look around."""
    night = datetime.combine(START + timedelta(days=day), time(3, 5))
    department.note(night, None, "System", "Email failed to send", "Failed to send an email to the user with id '0'.")
    failed = "Login failed for the username 'ada' for the reason with id '3'."
    department.note(department.moment(day), None, "System", "User login failed", failed)
    for learner in sorted({learner for course in department.courses for learner in course.learners}):
        if department.rng.random() < 0.3:
            at = department.moment(day)
            department.add(at, None, learner, "System", "User has logged in", "has logged in.", "logged_in")
            page = f"User: {department.names[learner]}"
            department.add(at, None, learner, page, "Dashboard viewed", "has viewed their dashboard", "viewed")


def _course_day(department: Department, course: Course, day: int) -> None:
    rng = department.rng
    essay = course.modules[5]
    looked = f"viewed the grading table for the assignment with course module id '{essay.id}'."
    department.add(department.moment(day), course, course.teacher, essay, "Grading table viewed", looked)
    viewed_course = f"viewed the course with id '{course.id}'."
    if day % 5 == 1:
        at = department.moment(day)
        department.add(at, course, GUEST, course.context, "Course viewed", viewed_course)
        department.add(at, course, course.learners[0], course.context, "Course viewed", viewed_course, real_user=ADMIN)
    for learner in course.learners:
        if learner in course.leavers and day >= course.leavers[learner]:
            if day == course.leavers[learner]:
                left = f"unenrolled the user with id '{learner}' using the enrolment method 'self' from the course with id"
                department.add(
                    department.moment(day),
                    course,
                    learner,
                    course.context,
                    "User unenrolled from course",
                    f"{left} '{course.id}'.",
                    affected=learner,
                )
            continue
        if rng.random() < 0.35:
            at = department.moment(day)
            origin = "ws" if rng.random() < 0.2 else "web"
            # an impatient click loads the page twice in one second
            for _ in range(2 if rng.random() < 0.05 else 1):
                department.add(at, course, learner, course.context, "Course viewed", viewed_course, "viewed", origin=origin)
            _visit(department, course, learner, at + timedelta(seconds=20))


def _visit(department: Department, course: Course, learner: int, at: datetime) -> None:
    """One to three activities, one after the other."""
    for module in department.rng.choice(np.array(course.modules, dtype=object), int(department.rng.integers(1, 4))):
        of_module = f"course module id '{module.id}'."
        viewed = f"viewed the '{module.code}' activity with {of_module}"
        department.add(at, course, learner, module, "Course module viewed", viewed, "viewed")
        match module.code:
            case "quiz":
                _attempt(department, course, learner, module, at)
            case "assign":
                _hand_in(department, course, learner, module, at)
            case "forum":
                _take_part(department, course, learner, module, at)
            case "page":
                badge = "has been awarded the badge with id '4'."
                department.add(at, course, learner, course.context, "Badge awarded", badge)
                tour = "has completed the thing of a plugin that nobody knows."
                department.add(at, course, learner, course.context, "Thing of a plugin completed", tour, "interacted")
        at += timedelta(seconds=int(department.rng.integers(30, 600)))


def _attempt(department: Department, course: Course, learner: int, quiz: Module, at: datetime) -> None:
    """A quiz attempt, which a scheduled task hands in where the learner does not."""
    if department.rng.random() < 0.5:
        return
    attempt, of_quiz = department.new_id(), f"for the quiz with course module id '{quiz.id}'."
    done = f"the attempt with id '{attempt}' {of_quiz}"
    department.add(at, course, learner, quiz, "Quiz attempt started", f"has started {done}", "started", affected=learner)
    end = at + timedelta(minutes=12)
    if department.rng.random() < 0.1:
        handed_in = f"has submitted {done}"
        department.add(
            end, course, learner, quiz, "Quiz attempt submitted", handed_in, None, affected=learner, origin="cli"
        )
        return
    department.add(
        end, course, learner, quiz, "Quiz attempt submitted", f"has submitted {done}", "submitted", affected=learner
    )
    grade = f"updated the grade with id '{attempt}' for the user with id '{learner}' for the grade item with id '31'."
    department.add(end, course, SYSTEM, course.context, "User graded", grade, affected=learner)
    reviewed = (
        f"has had their attempt with id '{attempt}' reviewed by the user with id '{learner}' "
        f"for the quiz with course module id '{quiz.id}'."
    )
    department.add(
        end + timedelta(seconds=9), course, learner, quiz, "Quiz attempt reviewed", reviewed, "viewed", affected=learner
    )


def _hand_in(department: Department, course: Course, learner: int, assignment: Module, at: datetime) -> None:
    if department.rng.random() < 0.7:
        return
    submission, of_assignment = department.new_id(), f"assignment with course module id '{assignment.id}'."
    saved = at + timedelta(minutes=3)
    created = f"created a file submission and uploaded '1' file/s in the {of_assignment}"
    submitted = f"has submitted the submission with id '{submission}' for the {of_assignment}"
    department.add(saved, course, learner, assignment, "Submission created.", created, "created")
    department.add(saved, course, learner, assignment, "A submission has been submitted.", submitted, "submitted")
    graded = f"has graded the submission '{submission}' for the user with id '{learner}' for the {of_assignment}"
    later = saved + timedelta(hours=2)
    department.add(
        later, course, course.teacher, assignment, "The submission has been graded.", graded, affected=learner
    )


def _take_part(department: Department, course: Course, learner: int, forum: Module, at: datetime) -> None:
    if department.rng.random() < 0.6:
        return
    post, discussion = department.new_id(), department.new_id()
    in_forum = f"in the forum with course module id '{forum.id}'."
    if department.rng.random() < 0.4:
        done = f"has created the discussion with id '{discussion}' {in_forum}"
        department.add(at, course, learner, forum, "Discussion created", done, "posted")
    else:
        done = f"has created the post with id '{post}' in the discussion with id '{discussion}' {in_forum}"
        department.add(at, course, learner, forum, "Post created", done, "posted")
    content = f"has posted content in the forum post with id '{post}' in the discussion '{discussion}' located {in_forum}"
    department.add(at, course, learner, forum, "Some content has been posted.", content)


def _write(folder: Path, department: Department) -> dict[str, Any]:
    """Write the exports in the order of their names; an event counts in the first export of its course that holds it."""
    events, days = department.events, department.days
    first_export_end = max(_DECIDED_DAYS, 3 * days // 5)
    exports: list[tuple[str, list[Event]]] = []
    for course in department.courses:
        own = [event for event in events if event.course is course]
        early = [event for event in own if _day(event) < first_export_end]
        late = [event for event in own if _day(event) >= min(2 * days // 5, days - _DECIDED_DAYS)]
        exports.append((_file_name(first_export_end, course), early))
        exports.append((_file_name(days, course), late))
    site = [event for event in events if _day(event) >= days - _DECIDED_DAYS]
    # what no course export holds is only in the export of the site, so that one comes last here
    exports.append((_file_name(days), site))

    told: set[Event] = set()
    files: list[dict[str, Any]] = []
    faults: list[MoodleFault] = []
    for name, exported in exports:
        again = sum(event in told for event in exported)
        told.update(exported)
        records = [_record(event, department.names) for event in reversed(exported)]
        planted = list(_plant(records, department.rng)) if name == exports[1][0] or not name.count("_", 5) else []
        faults += [MoodleFault(kind=kind, file=f"moodle/{name}", record=number) for kind, number in planted]
        header = ",".join(_quoted(column) for column in HEADER)
        text = "\n".join([header, *records, ""])
        # what cannot be decoded stands for a byte that is no UTF-8
        (folder / name).write_bytes(text.encode("utf-8-sig", "surrogateescape"))
        files.append(
            {
                "file": f"moodle/{name}",
                "records": len(records),
                "redelivered": again,
                "refused": len(planted),
            }
        )
    return {"files": files, "faults": faults, **_truth(department, told)}


def _day(event: Event) -> int:
    return (event.at.date() - START).days


def _file_name(day: int, course: Course | None = None) -> str:
    exported = START + timedelta(days=day)
    of_course = f"{course.short_name}_" if course else ""
    return f"logs_{of_course}{exported:%Y%m%d}-0600.csv"


def _quoted(text: str) -> str:
    """A field as PHP writes it: in quotes where it holds a blank as well."""
    if any(character in text for character in ' ",\n\r\t'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _record(event: Event, names: dict[int, str]) -> str:
    # day without its leading zero, as Moodle writes it
    at = f"{event.at.day}/{event.at:%m/%y, %H:%M:%S}"
    user = names.get(event.user, "-")
    if event.real_user is not None:
        user = f"{names[event.real_user]} as {user}"
    affected = names.get(event.affected, "-") if event.affected is not None else "-"
    address = "" if event.origin == "cli" else f"192.0.2.{event.user % 250}"
    fields = (
        at, user, affected, event.context, event.component, event.name, event.description, event.origin, address
    )  # fmt: skip
    return ",".join(map(_quoted, fields))


def _plant(records: list[str], rng: np.random.Generator) -> Iterator[tuple[str, int]]:
    """Put a record of each fault among the records; yields the faults with their numbers, the header being 1."""
    good = '"Ada Abel",-,"Course: Cells & Genes",System,"Course viewed"'
    viewed = "\"The user with id '101' viewed the course with id '7'.\",web,192.0.2.101"
    bad = {
        "unparsable_time": f'"31/13/24, 25:61:00",{good},{viewed}',
        "missing_user": f'"3/09/24, 10:00:00",{good},.,web,192.0.2.101',
        "too_many_fields": f'"3/09/24, 10:00:00",{good},{viewed},more',
        "wrong_bytes": f'"3/09/24, 10:00:00","Bj\udcf6rn Haas",{good.partition(",")[2]},{viewed}',
    }
    for record in bad.values():
        records.insert(int(rng.integers(0, len(records) + 1)), record)
    for kind, record in bad.items():
        yield kind, records.index(record) + 2


def _truth(department: Department, told: set[Event]) -> dict[str, Any]:
    acts = [event for event in told if event.verb is not None]
    handed_in = [event for event in told if event.name in ("Quiz attempt submitted", "A submission has been submitted.")]
    return {
        "events_by_verb": dict(sorted(Counter(event.verb for event in acts).items())),
        "submissions": len(handed_in),
        "posts": sum(event.verb == "posted" for event in acts),
        "active": sorted({(event.course.short_name, event.user) for event in acts if event.course is not None}),
        "enrollments": [
            {
                "course_run": course.short_name,
                "learner": learner,
                "registered": START.isoformat(),
                "withdrawn": (START + timedelta(days=course.leavers[learner])).isoformat()
                if learner in course.leavers
                else None,
            }
            for course in department.courses
            for learner in course.learners
        ],
    }
