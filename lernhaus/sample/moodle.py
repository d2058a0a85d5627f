"""The Moodle log of a small department: exports as the log report downloads them, with overlaps and planted faults.

``write_log`` writes two exports of each course and one of the whole site. The department is one of its own: it shares
no people with the sample campus.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypedDict

import numpy as np

START = date(2024, 9, 2)
MIN_DAYS = 14  # any fourteen days hold one after the 12th, which tells days from months
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

SYSTEM, NOBODY, GUEST, ADMIN = -1, 0, 1, 2
_FIRST_TEACHER, _FIRST_LEARNER = 11, 101
_COURSES = (("BIO101", "Cells & Genes"), ("ECO2_INTRO", "Introduction to Economics"), ("STAT1", "Statistics, Part I"))
_ACTIVITIES = (
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


class MoodleFault(TypedDict):
    """Where a fault was planted: file below the extracts folder, and number of the record, the header being 1."""

    kind: str
    file: str
    record: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where an event happens: a course module, or with id 0 a course, the site or the page of a user."""

    kind: str
    name: str = ""
    id: int = 0
    code: str = ""

    @property
    def context(self) -> str:
        return f"{self.kind}: {self.name}" if self.name else self.kind

    @property
    def component(self) -> str:
        return self.kind if self.id else "System"


@dataclass(frozen=True, slots=True, eq=False)
class Event:
    """An event of the log; ``verb`` is what a learner did, None where it is no act of a learner."""

    at: datetime
    user: int
    place: Place
    name: str
    description: str
    verb: str | None = None
    affected: int | None = None
    origin: str = "web"
    real_user: int | None = None


@dataclass
class CourseLog:
    """The log of a course, or of the site outside of courses (id 0), which grows event by event."""

    id: int
    short_name: str
    home: Place
    rng: np.random.Generator
    teacher: int = ADMIN
    activities: tuple[Place, ...] = ()
    learners: tuple[int, ...] = ()
    leaves_on: dict[int, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    discussions: list[int] = field(default_factory=list)

    def add(self, at: datetime, user: int, place: Place, name: str, done: str, **more: Any) -> None:
        """Log what a user has done; ``done`` goes on from their name."""
        self.events.append(Event(at, user, place, name, f"The user with id '{user}' {done}", **more))

    def new_id(self) -> int:
        """An id of an attempt, a submission, a post or a discussion of this course."""
        return 1000 * self.id + len(self.events)


def write_log(folder: Path, *, learners: int, days: int, seed: int) -> dict[str, Any]:
    """Write the exports of a small department to ``folder``: two of each course and one of the site, all overlapping.

    The log starts on Monday 2024-09-02 and covers ``days`` days. The same arguments give byte-identical files.

    Returns what is in them, ready for JSON: ``files`` (file below the extracts folder; records without the header;
    how many of them are redelivered and refused), ``faults``, ``events_by_verb`` (acts of learners), ``submissions``,
    ``posts``, ``enrollments`` (course run, learner, dates of registration, withdrawal and completion) and
    ``interactions`` (course run, learner, number of acts).

    Raises ``ValueError`` if ``learners`` < 2 or ``days`` < 14.
    """
    if learners < 2 or days < MIN_DAYS:
        raise ValueError(f"a department needs at least 2 learners and {MIN_DAYS} days, not {learners} and {days}")
    rng = np.random.default_rng(seed)
    people = range(_FIRST_LEARNER, _FIRST_LEARNER + learners)
    site = CourseLog(0, "(none)", Place("System"), rng, learners=tuple(people))
    courses = [_course(number, people, days, rng) for number in range(len(_COURSES))]
    for day in range(days):
        _site_day(site, day)
        for course in courses:
            _course_day(course, day)
    for course in courses:
        # a task at night finds that somebody has met all criteria
        night = datetime.combine(START + timedelta(days=days - 1), time(3, 0))
        done = f"completed the course with id '{course.id}'."
        course.add(night, course.learners[0], course.home, "Course completed", done, origin="cli")
    folder.mkdir(parents=True, exist_ok=True)
    return _write(folder, site, courses, days, rng)


def _course(number: int, people: range, days: int, rng: np.random.Generator) -> CourseLog:
    """A course with its activities, in which two thirds of the people are enrolled, half of them by themselves."""
    short_name, title = _COURSES[number]
    activities = tuple(
        Place(kind, name, 300 + 10 * number + place, code) for place, (kind, code, name) in enumerate(_ACTIVITIES)
    )
    learners = tuple(person for person in people if (person + number) % 3) or (people[0],)
    # one in eight leaves before the last quarter
    leaves_on = {person: int(rng.integers(days // 4, 3 * days // 4)) for person in learners[3::8]}
    home = Place("Course", title)
    course = CourseLog(7 + number, short_name, home, rng, _FIRST_TEACHER + number, activities, learners, leaves_on)
    at = datetime.combine(START, time(7, 30))
    for activity in activities:
        done = f"created the '{activity.code}' activity with course module id '{activity.id}'."
        course.add(at, course.teacher, activity, "Course module created", done)
    for position, learner in enumerate(learners):
        by, method = (learner, "self") if position % 2 else (course.teacher, "manual")
        done = f"enrolled the user with id '{learner}' using the enrolment method '{method}' in the course with id"
        course.add(at, by, home, "User enrolled in course", f"{done} '{course.id}'.", affected=learner)
        done = f"assigned the role with id '5' to the user with id '{learner}'."
        course.add(at, by, home, "Role assigned", done, affected=learner)
    return course


def _moment(day: int, rng: np.random.Generator) -> datetime:
    """A second of a day, between 8 and 22 o'clock."""
    return datetime.combine(START + timedelta(days=day), time(8)) + timedelta(seconds=int(rng.integers(14 * 3600)))


def _site_day(site: CourseLog, day: int) -> None:
    """A mail that cannot be sent, a login that fails, learners who log in and look around."""
    failed = "Failed to send an email from the user with id '2' to the user with id '101'."
    night = datetime.combine(START + timedelta(days=day), time(3, 5))
    site.events.append(Event(night, NOBODY, site.home, "Email failed to send", failed, origin="cli"))
    failed = "Login failed for the username 'ada' for the reason with id '3'."
    site.events.append(Event(_moment(day, site.rng), NOBODY, site.home, "User login failed", failed))
    for learner in site.learners:
        if site.rng.random() < 0.3:
            at, page = _moment(day, site.rng), Place("User", _name(learner))
            site.add(at, learner, site.home, "User has logged in", "has logged in.", verb="logged_in")
            site.add(at, learner, page, "Dashboard viewed", "has viewed their dashboard", verb="viewed")


def _course_day(course: CourseLog, day: int) -> None:
    """The teacher looks whether there is something to grade, learners visit, some leave."""
    rng, home = course.rng, course.home
    essay, viewed = course.activities[5], f"viewed the course with id '{course.id}'."
    done = f"viewed the grading table for the assignment with course module id '{essay.id}'."
    course.add(_moment(day, rng), course.teacher, essay, "Grading table viewed", done)
    if day % 5 == 1:
        course.add(_moment(day, rng), GUEST, home, "Course viewed", viewed)
        course.add(_moment(day, rng), course.learners[0], home, "Course viewed", viewed, real_user=ADMIN)
    for learner in course.learners:
        last_day = course.leaves_on.get(learner)
        if last_day == day:
            done = f"unenrolled the user with id '{learner}' using the enrolment method 'self' from the course with id"
            at = _moment(day, rng)
            course.add(at, learner, home, "User unenrolled from course", f"{done} '{course.id}'.", affected=learner)
        elif (last_day is None or day < last_day) and rng.random() < 0.1 + 0.4 * (learner % 7) / 6:
            at, origin = _moment(day, rng), "ws" if rng.random() < 0.2 else "web"
            # an impatient click loads the page twice in one second
            for _ in range(2 if rng.random() < 0.05 else 1):
                course.add(at, learner, home, "Course viewed", viewed, verb="viewed", origin=origin)
            _visit(course, learner, at + timedelta(seconds=20))


def _visit(course: CourseLog, learner: int, at: datetime) -> None:
    """One to three activities, one after the other, with more or less to do in them."""
    for position in course.rng.integers(len(course.activities), size=int(course.rng.integers(1, 4))):
        activity = course.activities[position]
        viewed = f"viewed the '{activity.code}' activity with course module id '{activity.id}'."
        course.add(at, learner, activity, "Course module viewed", viewed, verb="viewed")
        match activity.code:
            case "quiz" if course.rng.random() < 0.5:
                _attempt(course, learner, activity, at)
            case "assign" if course.rng.random() < 0.3:
                _hand_in(course, learner, activity, at)
            case "forum" if course.rng.random() < 0.4:
                _discuss(course, learner, activity, at)
            case "page":
                done = "has been awarded the badge with id '4'."
                course.add(at, learner, course.home, "Badge awarded", done)
                done = "has done something in a plugin that nobody knows."
                course.add(at, learner, course.home, "Something done in a plugin", done, verb="interacted")
        at += timedelta(seconds=int(course.rng.integers(30, 600)))


def _attempt(course: CourseLog, learner: int, quiz: Place, at: datetime) -> None:
    """A quiz attempt; one in ten is handed in by a scheduled task when its time is over."""
    attempt, end = course.new_id(), at + timedelta(minutes=12)
    of_quiz = f"for the quiz with course module id '{quiz.id}'."
    done = f"has started the attempt with id '{attempt}' {of_quiz}"
    course.add(at, learner, quiz, "Quiz attempt started", done, verb="started", affected=learner)
    done = f"has submitted the attempt with id '{attempt}' {of_quiz}"
    if course.rng.random() < 0.1:
        course.add(end, learner, quiz, "Quiz attempt submitted", done, affected=learner, origin="cli")
        return
    course.add(end, learner, quiz, "Quiz attempt submitted", done, verb="submitted", affected=learner)
    done = f"updated the grade with id '{attempt}' for the user with id '{learner}' for the grade item with id '31'."
    course.add(end, SYSTEM, course.home, "User graded", done, affected=learner)
    done = f"has had their attempt with id '{attempt}' reviewed by the user with id '{learner}' {of_quiz}"
    later = end + timedelta(seconds=9)
    course.add(later, learner, quiz, "Quiz attempt reviewed", done, verb="viewed", affected=learner)


def _hand_in(course: CourseLog, learner: int, assignment: Place, at: datetime) -> None:
    """A file is handed in, and graded two hours later."""
    submission, saved = course.new_id(), at + timedelta(minutes=3)
    of_assignment = f"the assignment with course module id '{assignment.id}'."
    done = f"created a file submission and uploaded '1' file/s in {of_assignment}"
    course.add(saved, learner, assignment, "Submission created.", done, verb="created")
    done = f"has submitted the submission with id '{submission}' for {of_assignment}"
    course.add(saved, learner, assignment, "A submission has been submitted.", done, verb="submitted")
    done = f"has graded the submission '{submission}' for the user with id '{learner}' for {of_assignment}"
    later = saved + timedelta(hours=2)
    course.add(later, course.teacher, assignment, "The submission has been graded.", done, affected=learner)


def _discuss(course: CourseLog, learner: int, forum: Place, at: datetime) -> None:
    """A new discussion, or a post in one that is there."""
    post, in_forum = course.new_id(), f"in the forum with course module id '{forum.id}'."
    if not course.discussions or course.rng.random() < 0.3:
        discussion = post
        course.discussions.append(discussion)
        done = f"has created the discussion with id '{discussion}' {in_forum}"
        course.add(at, learner, forum, "Discussion created", done, verb="posted")
    else:
        discussion = course.discussions[int(course.rng.integers(len(course.discussions)))]
        done = f"has created the post with id '{post}' in the discussion with id '{discussion}' {in_forum}"
        course.add(at, learner, forum, "Post created", done, verb="posted")
    done = f"has posted content in the forum post with id '{post}' in the discussion '{discussion}' located {in_forum}"
    course.add(at, learner, forum, "Some content has been posted.", done)


def _write(
    folder: Path, site: CourseLog, courses: list[CourseLog], days: int, rng: np.random.Generator
) -> dict[str, Any]:
    """Write the exports; an event counts in the first of them that holds it."""
    middle = max(MIN_DAYS, 3 * days // 5)
    late_from = min(2 * days // 5, days - MIN_DAYS)
    exports = []
    for course in courses:
        exports.append((f"{course.short_name}_", middle, [e for e in course.events if _day(e) < middle]))
        exports.append((f"{course.short_name}_", days, [e for e in course.events if _day(e) >= late_from]))
    everything = [event for log in [site, *courses] for event in log.events]
    # last, since there only that counts which no export of a course holds
    exports.append(("", days, [event for event in everything if _day(event) >= days - MIN_DAYS]))
    faulty = {1, len(exports) - 1}

    told: set[Event] = set()
    files: list[dict[str, Any]] = []
    faults: list[MoodleFault] = []
    for number, (of_course, day, events) in enumerate(exports):
        name = f"logs_{of_course}{START + timedelta(days=day):%Y%m%d}-0600.csv"
        # the report shows the latest event first
        records = [_record(event) for event in sorted(events, key=lambda event: event.at, reverse=True)]
        planted = list(_plant(records, rng)) if number in faulty else []
        faults += [MoodleFault(kind=kind, file=f"moodle/{name}", record=record) for kind, record in planted]
        text = "\n".join([",".join(map(_quoted, HEADER)), *records, ""])
        # a lone surrogate stands for a byte that is no UTF-8
        (folder / name).write_bytes(text.encode("utf-8-sig", "surrogateescape"))
        redelivered = sum(event in told for event in events)
        counts = {"records": len(records), "redelivered": redelivered, "refused": len(planted)}
        files.append({"file": f"moodle/{name}", **counts})
        told.update(events)
    return {"files": files, "faults": faults, **_truth(site, courses, told, days)}


def _day(event: Event) -> int:
    return (event.at.date() - START).days


def _name(user: int | None) -> str:
    if user is None or user <= NOBODY:
        return "-"
    known = {GUEST: "Guest user", ADMIN: "Admin User"}
    return known.get(user) or f"{_FIRST_NAMES[user * 5 % len(_FIRST_NAMES)]} {_LAST_NAMES[user * 7 % len(_LAST_NAMES)]}"


def _quoted(text: str) -> str:
    """A field as PHP writes it: in quotes where it holds a blank as well."""
    if any(character in text for character in ' ",\n\r\t'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _record(event: Event) -> str:
    # Moodle writes the day without its leading zero, and nothing else
    at = f"{event.at.day}/{event.at:%m/%y, %H:%M:%S}"
    user = _name(event.user) if event.real_user is None else f"{_name(event.real_user)} as {_name(event.user)}"
    place, address = event.place, "" if event.origin == "cli" else f"192.0.2.{event.user % 250}"
    who_and_where = at, user, _name(event.affected), place.context, place.component
    return ",".join(map(_quoted, [*who_and_where, event.name, event.description, event.origin, address]))


def _plant(records: list[str], rng: np.random.Generator) -> Iterator[tuple[str, int]]:
    """Put a record of each fault among the records; yields the faults with their numbers, the header being 1."""
    at, name = '"3/09/24, 10:00:00"', '"Ada Abel"'
    course, viewed = '-,Course,System,"Course viewed"', "\"The user with id '101' viewed the course with id '7'.\""
    bad = {
        "unparsable_time": f'"31/13/24, 25:61:00",{name},{course},{viewed},web,192.0.2.1',
        "missing_user": f"{at},{name},{course},.,web,192.0.2.1",
        "too_many_fields": f"{at},{name},{course},{viewed},web,192.0.2.1,more",
        "wrong_bytes": f'{at},"Bj\udcf6rn Haas",{course},{viewed},web,192.0.2.1',
    }
    for record in bad.values():
        records.insert(int(rng.integers(len(records) + 1)), record)
    for kind, record in bad.items():
        yield kind, records.index(record) + 2


def _truth(site: CourseLog, courses: list[CourseLog], told: set[Event], days: int) -> dict[str, Any]:
    """What the exports tell of learners."""
    told_by_run = {log.short_name: [event for event in log.events if event in told] for log in [*courses, site]}
    acts = [(run, event) for run, events in told_by_run.items() for event in events if event.verb is not None]
    uses = Counter((run, event.user) for run, event in acts)
    return {
        "events_by_verb": dict(sorted(Counter(event.verb for _, event in acts if event.verb).items())),
        # by learners, or for them when the time was over
        "submissions": sum(
            event.name in ("Quiz attempt submitted", "A submission has been submitted.") for event in told
        ),
        "posts": sum(event.verb == "posted" for event in told),
        "enrollments": [
            {
                "course_run": course.short_name,
                "learner": str(learner),
                "registered": START.isoformat(),
                "withdrawn": _iso(course.leaves_on.get(learner)),
                "completed": _iso(days - 1 if learner == course.learners[0] else None),
            }
            for course in courses
            for learner in course.learners
        ],
        "interactions": [
            {"course_run": run, "learner": str(user), "count": count} for (run, user), count in sorted(uses.items())
        ],
    }


def _iso(day: int | None) -> str | None:
    return None if day is None else (START + timedelta(days=day)).isoformat()
