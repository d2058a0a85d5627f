"""Writes what happens as xAPI 1.0.3 statements to append-only ``.jsonl.gz`` drops, one per week or day.

A statement is put together from fragments of JSON that are made once per learner, verb and thing, score and so on, and
are joined by the column: that is what makes a hundred thousand of them a second.
"""

from __future__ import annotations

import json
from bisect import bisect
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from isal import isal_zlib

from lernhaus.sample.behaviour import DAY, HOUR, LONGEST_SECONDS, SECOND, VISIT_VERBS, History, Post, Week
from lernhaus.sample.campus import (
    OPENS_BEFORE,
    STATEMENTS,
    TEACHER_STATEMENTS,
    Activity,
    Assessment,
    Calendar,
    Enrollment,
    Run,
    generator,
)
from lernhaus.sample.faults import Fault, delays

HOME_PAGE = "https://campus.lernhaus.example"
PLATFORM = "https://lms.lernhaus.example"

COURSE_TYPE = "http://adlnet.gov/expapi/activities/course"
ASSESSMENT_TYPE = "http://adlnet.gov/expapi/activities/assessment"
POST_TYPE = "http://id.tincanapi.com/activitytype/discussion"
ACTIVITY_TYPES = {
    "module": "http://adlnet.gov/expapi/activities/module",
    "page": "http://activitystrea.ms/schema/1.0/page",
    "video": "https://w3id.org/xapi/video/activity-type/video",
    "file": "http://activitystrea.ms/schema/1.0/file",
    "forum": "http://vocab.xapi.fr/activities/forum",
}
VERBS = {
    "viewed": "http://id.tincanapi.com/verb/viewed",
    "played": "https://w3id.org/xapi/video/verbs/played",
    "paused": "https://w3id.org/xapi/video/verbs/paused",
    "seeked": "https://w3id.org/xapi/video/verbs/seeked",
    "completed": "http://adlnet.gov/expapi/verbs/completed",
    "downloaded": "http://id.tincanapi.com/verb/downloaded",
    "submitted": "http://activitystrea.ms/schema/1.0/submit",
    "posted": "https://w3id.org/xapi/acrossx/verbs/posted",
}
# what a line may be, beside a visit: the last three are none that can be read
KINDS = (*VISIT_VERBS, "submitted", "posted", "unknown_learner", "malformed_json", "no_actor", "unparsable_timestamp")
_SUBMITTED, _POSTED, _UNKNOWN, _MALFORMED, _NO_ACTOR, _UNPARSABLE = range(len(VISIT_VERBS), len(KINDS))

UNKNOWN_LEARNERS = ("u-099901", "u-099902")  # the ids of the roster begin above
# week of the school year -> the bad lines of the first stream, each with the number of its actor in ``_Page``
_BAD_LINES = {
    7: ((_UNKNOWN, 1),) * 4,
    9: ((_MALFORMED, None),),
    11: ((_UNPARSABLE, None),),
    18: ((_NO_ACTOR, 0), *((_UNKNOWN, 2),) * 4),
}
_UTC_SHARE = 0.25
_ROWS_AT_ONCE = 16_384
_COMPRESSION = 1
_GZIP = 31  # as zlib calls the format of a file of its own, without a date

Json = dict[str, Any]


def periods(days: int, daily: int) -> list[range]:
    """The days of each file: calendar weeks, and single days for the last ``daily`` days."""
    weekly = days - daily
    ends = [*range(7, weekly, 7), *range(weekly, days + 1)]
    return [range(first, end) for first, end in zip([0, *ends], ends, strict=False) if first < end]


def closed_years(calendar: Calendar, days: int) -> list[range]:
    """The calendar weeks of each school year, from the one in which its first pages open.

    The summer break is longer than any delivery takes: nothing of a school year is delivered in the next.
    """
    years: list[range] = []
    first = 0
    while 7 * first < days:
        end = (calendar.year_start(len(years) + 1) - OPENS_BEFORE) // 7
        years.append(range(first, min(end, -(-days // 7))))
        first = end
    return years


@dataclass(frozen=True, slots=True)
class Stream:
    """Some of the course runs of a school year, with files of their own: a piece of work for one process."""

    folder: Path
    calendar: Calendar
    seed: int
    intensity: float
    days: int
    daily: int
    year: int
    number: int | None  # in the names of the files; None where there is no other stream
    with_details: bool  # whether to list every event that ``Written`` can list
    runs: tuple[tuple[Run, list[Enrollment]], ...]

    def path(self, period: range) -> Path:
        number = "" if self.number is None else f"-{self.number:02d}"
        return self.folder / f"statements-{self.calendar.date(period[-1]).isoformat()}{number}.jsonl.gz"


@dataclass(slots=True)
class Written:
    """What a stream has written; late events, re-deliveries and posts are listed only if the stream says so."""

    kinds: Counter[str] = field(default_factory=Counter)  # of distinct statements that can be read, by learners
    staff_kinds: Counter[str] = field(default_factory=Counter)  # the same, by teachers
    fault_kinds: Counter[str] = field(default_factory=Counter)
    copies: int = 0
    files: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)

    def add(self, other: Written) -> None:
        """Count in what another stream has written."""
        self.kinds += other.kinds
        self.staff_kinds += other.staff_kinds
        self.fault_kinds += other.fault_kinds
        self.copies += other.copies
        self.files += other.files
        self.faults += other.faults
        self.posts += other.posts

    def sort(self) -> None:
        """Bring the lists into an order that does not depend on which stream was ready first."""
        self.files.sort(key=lambda file: file["file"])
        self.faults.sort(key=lambda fault: (fault["file"], fault["line"]))
        self.posts.sort(key=lambda post: (post.moment, post.id))


def write(stream: Stream) -> Written:
    """Write the files of a stream."""
    histories = [History(run, enrollments, stream.seed, stream.intensity) for run, enrollments in stream.runs]
    drops = Drops(stream)
    for week in closed_years(stream.calendar, stream.days)[stream.year]:
        drops.write_week(week, [(h, h.week(week)) for h in histories if h.is_open(week)])
    return drops.written


class _Line(NamedTuple):
    """A line that is delivered later than its week, or again."""

    day: int
    moment: int
    text: bytes
    statement: str
    kind: int
    fault: str
    post: Post | None
    is_staff: bool


class Drops:
    """Writes the files of a stream in order of time, with late events and re-deliveries at the end of each."""

    def __init__(self, stream: Stream) -> None:
        self.written = Written()
        self._stream = stream
        self._periods = periods(stream.days, stream.daily)
        self._ends = [period.stop for period in self._periods]
        self._kept: dict[int, list[_Line]] = {}  # by number of the period
        self._fragments: dict[str, _Fragments] = {}
        stream.folder.mkdir(parents=True, exist_ok=True)

    def write_week(self, week: int, runs: Sequence[tuple[History, Week]]) -> None:
        """Write the files of ``week``; what is to be delivered after the last day is not delivered."""
        page = _Page(self._stream.calendar)
        for history, events in runs:
            if history.run.id not in self._fragments:
                self._fragments[history.run.id] = _Fragments(history.run, history.enrollments)
            rng = generator(self._stream.seed, STATEMENTS, history.run.number, week)
            page.add(self._fragments[history.run.id], events, rng)
        for history, _ in runs:  # with random numbers of their own, so that learners do what they do without teachers
            rng = generator(self._stream.seed, TEACHER_STATEMENTS, history.run.number, week)
            page.add(self._fragments[history.run.id], history.teaching(week), rng, is_staff=True)
        if self._stream.number in (None, 1):
            week_of_year = week - self._stream.calendar.year_start(self._stream.year) // 7
            page.spoil(_BAD_LINES.get(week_of_year, ()), generator(self._stream.seed, STATEMENTS, week))
        rows = page.rows()
        for number in range(bisect(self._ends, 7 * week), bisect(self._ends, 7 * week + 7)):
            period = self._periods[number]
            of_period = np.searchsorted(rows.moment, (period.start * DAY, period.stop * DAY))
            self._write(number, page, rows.take(slice(*of_period)))

    def _write(self, number: int, page: _Page, rows: _Rows) -> None:
        late, now = rows.take(rows.late_days > 0), rows.take(rows.late_days == 0)
        again = now.take(now.again_days > 0)
        self._keep("late", page, late, late.late_days)
        self._keep("redelivered", page, again, again.again_days)
        kept = sorted(self._kept.pop(number, ()))
        if not len(now.moment) and not kept:
            return
        path = self._stream.path(self._periods[number])
        with path.open("wb") as file:
            gzip = isal_zlib.compressobj(_COMPRESSION, isal_zlib.DEFLATED, _GZIP)
            for first in range(0, len(now.moment), _ROWS_AT_ONCE):
                file.write(gzip.compress(page.text(now.take(slice(first, first + _ROWS_AT_ONCE)))))
            file.write(gzip.compress(b"".join(line.text for line in kept)))
            file.write(gzip.flush())
        self._count(f"xapi/{path.name}", page, now, kept)

    def _keep(self, fault: str, page: _Page, rows: _Rows, waits: np.ndarray) -> None:
        """Put by what is delivered ``waits`` days after it happened."""
        lines = page.text(rows).splitlines(keepends=True)
        columns = (
            (rows.moment // DAY + waits).tolist(),
            rows.moment.tolist(),
            lines,
            rows.ids(),
            rows.kind,
            rows.post,
            rows.is_staff,
        )
        for day, moment, text, id_, kind, post, is_staff in zip(*columns, strict=True):
            if day < self._stream.days:
                written = page.posts[post] if kind == _POSTED else None
                line = _Line(day, moment, text, id_, kind, fault, written, bool(is_staff))
                self._kept.setdefault(bisect(self._ends, day), []).append(line)

    def _count(self, name: str, page: _Page, now: _Rows, kept: Sequence[_Line]) -> None:
        written, lines = self.written, len(now.moment) + len(kept)
        written.files.append({"file": name, "lines": lines})
        for is_staff, kinds in ((False, written.kinds), (True, written.staff_kinds)):
            counts = np.bincount(now.kind[now.is_staff == is_staff], minlength=len(KINDS))
            kinds.update(dict(zip(KINDS[:_MALFORMED], counts.tolist(), strict=False)))
            kinds.update(KINDS[line.kind] for line in kept if line.fault == "late" and line.is_staff == is_staff)
        posts = [page.posts[i] for i in now.post[(now.kind == _POSTED) & ~now.is_staff]]
        written.copies += sum(post.copy_of is not None for post in posts)
        bad = np.flatnonzero(now.kind >= _UNKNOWN)
        faults = [
            Fault(kind=KINDS[kind], file=name, line=line + 1, statement=None if kind == _MALFORMED else id_)
            for line, kind, id_ in zip(bad.tolist(), now.kind[bad], now.take(bad).ids(), strict=True)
        ]
        written.fault_kinds.update(fault["kind"] for fault in faults)
        written.fault_kinds.update(line.fault for line in kept)
        written.faults += faults
        if self._stream.with_details:
            written.posts += posts
            late = [line for line in kept if line.fault == "late" and not line.is_staff]
            written.posts += [line.post for line in late if line.post is not None]
            first = len(now.moment) + 1
            written.faults += [
                Fault(kind=line.fault, file=name, line=i, statement=line.statement)
                for i, line in enumerate(kept, first)
            ]


class _Rows(NamedTuple):
    """Statements by the column: when they happened and are delivered, and the numbers of their fragments."""

    moment: np.ndarray
    late_days: np.ndarray
    again_days: np.ndarray
    kind: np.ndarray
    id: np.ndarray  # 36 characters each
    actor: np.ndarray
    what: np.ndarray
    result: np.ndarray
    context: np.ndarray
    is_utc: np.ndarray
    post: np.ndarray  # number of the post where it is one
    is_staff: np.ndarray

    def take(self, chosen: np.ndarray | slice) -> _Rows:
        return _Rows(*(column[chosen] for column in self))

    def ids(self) -> list[str]:
        return [bytes(id_).decode() for id_ in self.id]


class _Page:
    """The statements of a week and the fragments that they are made of."""

    def __init__(self, calendar: Calendar) -> None:
        self.posts: list[Post] = []
        self._calendar = calendar
        self._rows: list[_Rows] = []
        self._actors = [b'"', *(_actor(account) for account in UNKNOWN_LEARNERS)]  # the first one is none
        self._whats: list[bytes] = []
        self._results = list(_durations())
        self._contexts: list[bytes] = []
        self._tables: list[np.ndarray] = []  # the four lists of fragments, once they are complete

    def add(self, fragments: _Fragments, week: Week, rng: np.random.Generator, *, is_staff: bool = False) -> None:
        """Add what happened in a run: visits, attempts and posts, of learners or of the teacher."""
        visits, attempts, posts = week
        kinds = (visits.verb, np.full(len(attempts.moment), _SUBMITTED), np.full(len(posts), _POSTED))
        count = sum(map(len, kinds))
        id_ = _uuids(count, rng)
        late_days, again_days = delays(count, rng)
        first = len(visits.moment)
        late_days[first : first + len(attempts.moment)] = attempts.late_days
        if posts:
            id_[-len(posts) :] = [list(post.id.encode()) for post in posts]
            late_days[-len(posts) :] *= [post.reply_to is not None for post in posts]  # others answer the rest
        again_days[late_days > 0] = 0

        whats = (
            visits.verb * fragments.things + visits.thing,
            len(VISIT_VERBS) * fragments.things + attempts.assessment,
            len(fragments.whats) + np.arange(len(posts)),
        )
        results = (
            visits.seconds + 1,
            len(self._results) + np.arange(len(attempts.moment)),
            len(self._results) + len(attempts.moment) + np.arange(len(posts)),
        )
        contexts = (np.zeros(first + len(attempts.moment), dtype=np.int64), 1 + np.arange(len(posts)))
        moments = np.array([post.moment for post in posts], dtype=np.int64)
        authors = np.array([post.enrollment for post in posts], dtype=np.int64)
        self._rows.append(
            _Rows(
                moment=np.concatenate((visits.moment, attempts.moment, moments)),
                late_days=late_days,
                again_days=again_days,
                kind=np.concatenate(kinds),
                id=id_,
                actor=len(self._actors) + np.concatenate((visits.enrollment, attempts.enrollment, authors)),
                what=len(self._whats) + np.concatenate(whats),
                result=np.concatenate(results),
                context=len(self._contexts) + np.concatenate(contexts),
                is_utc=rng.random(count) < _UTC_SHARE,
                post=len(self.posts) + np.arange(count) - (count - len(posts)),
                is_staff=np.full(count, is_staff),
            )
        )
        self.posts += posts
        self._actors += fragments.actors
        self._whats += fragments.whats
        self._whats += [_post_what(post.id) for post in posts]
        self._results += map(fragments.score, attempts.assessment.tolist(), attempts.points.tolist())
        self._results += [_member("result", {"response": post.draft.text}) for post in posts]
        self._contexts += [fragments.context, *(fragments.post_context(post.reply_to) for post in posts)]

    def spoil(self, bad_lines: Iterable[tuple[int, int | None]], rng: np.random.Generator) -> None:
        """Add bad lines, each a visit of the week that is there a second time and then spoiled."""
        for kind, actor in bad_lines:
            rows = next((rows for rows in self._rows if (rows.kind < len(VISIT_VERBS)).any()), None)
            if rows is None:
                return
            model = rows.take(rng.choice(np.flatnonzero(rows.kind < len(VISIT_VERBS)), 1))
            none = np.zeros_like(model.late_days)
            bad = model._replace(kind=none + kind, id=_uuids(1, rng), late_days=none, again_days=none)
            self._rows.append(bad if actor is None else bad._replace(actor=none + actor))

    def rows(self) -> _Rows:
        """All statements, in order of time."""
        if not self._rows:
            return _Rows(*(np.zeros(0, dtype=np.int64) for _ in _Rows._fields))
        self._tables = [np.array(f, dtype=object) for f in (self._actors, self._whats, self._results, self._contexts)]
        rows = _Rows(*map(np.concatenate, zip(*self._rows, strict=True)))
        return rows.take(np.argsort(rows.moment, kind="stable"))

    def text(self, rows: _Rows) -> bytes:
        """The lines of statements."""
        if not len(rows.moment):
            return b""
        parts = np.empty((len(rows.moment), 7), dtype=object)
        parts[:, 0] = _as_bytes(np.hstack((np.tile(_BEGIN, (len(rows.id), 1)), rows.id)))
        for column, numbers in enumerate((rows.actor, rows.what, rows.result, rows.context)):
            parts[:, 1 + column] = self._tables[column][numbers]
        parts[:, 5:] = _timestamps(self._calendar, rows.moment, rows.is_utc)
        parts[rows.kind == _UNPARSABLE, 5] = b"2024-13-45T25:61:00"
        for i in np.flatnonzero(rows.kind == _MALFORMED):
            line = b"".join(parts[i])
            parts[i] = (line[: len(line) * 3 // 5] + b"\n", *[b""] * 6)
        return b"".join(parts.ravel().tolist())


class _Fragments:
    """The JSON of a run that does not change from one statement to the next.

    ``whats`` are verbs and objects: those of the visits (verb by verb, for each thing), then of submissions.
    """

    def __init__(self, run: Run, enrollments: Sequence[Enrollment]) -> None:
        self._run, self._language = run, run.course.subject.language
        course = {"name": {self._language: run.course.subject.title}, "type": COURSE_TYPE}
        self._activity = {"objectType": "Activity", "id": f"{PLATFORM}/runs/{run.id}", "definition": course}
        self._scores: dict[tuple[int, float], bytes] = {}
        things = [_thing(thing, self._language) for thing in run.things]
        self._forum = things[-len(run.assessments) - 1]
        self.things = len(things)
        self.actors = [_actor(person.id) for person in (*(e.learner for e in enrollments), run.teacher)]
        objects = [_member("object", thing) for thing in things]
        self.whats = [_verb(verb) + object_ for verb in VISIT_VERBS for object_ in objects]
        self.whats += [_verb("submitted") + object_ for object_ in objects[-len(run.assessments) :]]
        self.context = self._context({"contextActivities": {"parent": [self._activity]}})

    def post_context(self, reply_to: str | None) -> bytes:
        context: Json = {"contextActivities": {"parent": [self._forum], "grouping": [self._activity]}}
        if reply_to is not None:
            context["statement"] = {"objectType": "StatementRef", "id": reply_to}
        return self._context(context)

    def _context(self, context: Json) -> bytes:
        context = {**context, "platform": "Lernhaus LMS", "language": self._language}
        return _member("context", context) + b',"timestamp":"'

    def score(self, assessment: int, points: float) -> bytes:
        """The result of an attempt; nothing where it is not graded by the platform."""
        if np.isnan(points):
            return b""
        if (assessment, points) not in self._scores:
            highest = self._run.assessments[assessment].max_score
            score = {"scaled": round(points / highest, 4), "raw": points, "min": 0, "max": highest}
            self._scores[assessment, points] = _member("result", {"score": score})
        return self._scores[assessment, points]


_json = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _member(name: str, value: Json) -> bytes:
    """A further member of a JSON object."""
    return f',"{name}":{_json(value)}'.encode()


def _actor(account: str) -> bytes:
    return b'"' + _member("actor", {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": account}})


@cache
def _verb(name: str) -> bytes:
    return _member("verb", {"id": VERBS[name], "display": {"en": name}})


def _thing(thing: Activity | Assessment, language: str) -> Json:
    if isinstance(thing, Assessment):
        id_, type_, name = f"{PLATFORM}/assessments/{thing.id}", ASSESSMENT_TYPE, thing.title
    else:
        id_, type_, name = f"{PLATFORM}/activities/{thing.id}", ACTIVITY_TYPES[thing.type], thing.name
    return {"objectType": "Activity", "id": id_, "definition": {"name": {language: name}, "type": type_}}


def _post_what(id_: str) -> bytes:
    post = {"objectType": "Activity", "id": f"{PLATFORM}/posts/{id_}", "definition": {"type": POST_TYPE}}
    return _verb("posted") + _member("object", post)


@cache
def _durations() -> tuple[bytes, ...]:
    """The results of visits of unknown duration and of 0, 1, 2 ... seconds."""
    known = (_member("result", {"duration": iso_duration(seconds)}) for seconds in range(LONGEST_SECONDS + 1))
    return (b"", *known)


def iso_duration(seconds: int) -> str:
    """``PT4M12S`` for 252."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if n)
    return f"PT{parts or '0S'}"


@cache
def utc_offset(day: date) -> int:
    """Hours that Central European local time is ahead of UTC: 2 in summer, else 1."""
    summer = _last_sunday(day.year, 3) <= day < _last_sunday(day.year, 10)
    return 2 if summer else 1


def _last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _characters(texts: Iterable[str]) -> np.ndarray:
    """Texts of the same length as rows of ASCII characters."""
    return np.array([list(text.encode()) for text in texts], dtype=np.uint8)


_HEX = _characters(f"{n:02x}" for n in range(256)).view(np.uint16)[:, 0]  # two characters in one
_BEGIN = _characters(['{"id":"'])
_TWO_DIGITS = _characters(f"{n:02d}" for n in range(100))
_THREE_DIGITS = _characters(f"{n:03d}" for n in range(1000))
_ENDS = np.array([f'{zone}","version":"1.0.3"}}\n'.encode() for zone in ("Z", "+01:00", "+02:00")], dtype=object)


def _as_bytes(characters: np.ndarray) -> np.ndarray:
    """One ``bytes`` object per row of characters."""
    rows, width = characters.shape
    return np.ascontiguousarray(characters).view(f"S{width}").reshape(rows).astype(object)


def _uuids(count: int, rng: np.random.Generator) -> np.ndarray:
    """Random (version 4) UUIDs: rows of 36 characters."""
    raw = np.frombuffer(rng.bytes(16 * count), dtype=np.uint8).reshape(count, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    digits = _HEX[raw].view(np.uint8)
    uuids = np.full((count, 36), ord("-"), dtype=np.uint8)
    for part in (slice(0, 8), slice(8, 12), slice(12, 16), slice(16, 20), slice(20, 32)):
        dashes = max(0, part.start - 4) // 4
        uuids[:, part.start + dashes : part.stop + dashes] = digits[:, part]
    return uuids


def _timestamps(calendar: Calendar, moment: np.ndarray, is_utc: np.ndarray) -> np.ndarray:
    """Two parts of a line: the local time, or the same instant in UTC, with milliseconds; the zone and the rest."""
    first, last = int(moment.min()) // DAY - 1, int(moment.max()) // DAY
    dates = [calendar.date(day) for day in range(first, last + 1)]
    offset = np.array([utc_offset(day) for day in dates])[moment // DAY - first]
    shown = moment - np.where(is_utc, offset * HOUR, 0)
    hours, minutes, seconds = shown % DAY // HOUR, shown % HOUR // (60 * SECOND), shown % (60 * SECOND) // SECOND
    characters = np.empty((len(moment), 23), dtype=np.uint8)
    characters[:, :11] = _characters(f"{day.isoformat()}T" for day in dates)[shown // DAY - first]
    characters[:, 11:13] = _TWO_DIGITS[hours]
    characters[:, 14:16] = _TWO_DIGITS[minutes]
    characters[:, 17:19] = _TWO_DIGITS[seconds]
    characters[:, 20:] = _THREE_DIGITS[shown % SECOND]
    characters[:, (13, 16, 19)] = list(b"::.")
    return np.stack((_as_bytes(characters), _ENDS[np.where(is_utc, 0, offset)]), axis=1)
