"""Turns events into xAPI 1.0.3 statements and writes them as weekly, append-only ``.jsonl.gz`` drops."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lernhaus.sample.behaviour import Event, Interaction, Post, Submission, statement_id
from lernhaus.sample.campus import START, Activity, Assessment, Enrollment, Run, day_date, pick
from lernhaus.sample.faults import Fault

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

REDELIVERED_SHARE = 0.004
LATE_SHARE = 0.004
UNKNOWN_LEARNERS = ("u-999901", "u-999902")  # roster ids stay far below
_UTC_SHARE = 0.25

_MIDNIGHT = datetime(START.year, START.month, START.day)
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode

Json = dict[str, Any]


class Line(NamedTuple):
    """A line of a drop; ``fault`` names what is wrong with it, or with its delivery."""

    text: str
    statement: str | None
    fault: str | None = None


@cache
def _verb(name: str) -> Json:
    return {"id": VERBS[name], "display": {"en": name}}


@cache
def _thing(thing: Activity | Assessment, language: str) -> Json:
    if isinstance(thing, Assessment):
        id_, type_, name = f"{PLATFORM}/assessments/{thing.id}", ASSESSMENT_TYPE, thing.title
    else:
        id_, type_, name = f"{PLATFORM}/activities/{thing.id}", ACTIVITY_TYPES[thing.type], thing.name
    return {"objectType": "Activity", "id": id_, "definition": {"name": {language: name}, "type": type_}}


@cache
def _run(run_id: str, title: str, language: str) -> Json:
    definition = {"name": {language: title}, "type": COURSE_TYPE}
    return {"objectType": "Activity", "id": f"{PLATFORM}/runs/{run_id}", "definition": definition}


def _actor(account: str) -> Json:
    return {"objectType": "Agent", "account": {"homePage": HOME_PAGE, "name": account}}


def _run_activity(run: Run) -> Json:
    return _run(run.id, run.course.subject.title, run.course.subject.language)


def statement(event: Event, rng: np.random.Generator) -> Json:
    """The xAPI statement of an event."""
    enrollment = event.enrollment
    language = enrollment.run.course.subject.language
    parent = {"parent": [_run_activity(enrollment.run)]}
    body: Json
    if isinstance(event, Interaction):
        body = {"verb": _verb(event.verb), "object": _thing(event.thing, language)}
        if event.seconds is not None:
            body["result"] = {"duration": iso_duration(event.seconds)}
        context: Json = {"contextActivities": parent}
    elif isinstance(event, Submission):
        body = {"verb": _verb("submitted"), "object": _thing(event.assessment, language)}
        if event.points is not None:
            body["result"] = {"score": _score(event.points, event.assessment.max_score)}
        context = {"contextActivities": parent}
    else:
        body = {"verb": _verb("posted"), "object": _post(event.id), "result": {"response": event.draft.text}}
        context = _post_context(event, enrollment)
    return {
        "id": event.id,
        "actor": _actor(enrollment.learner.id),
        **body,
        "context": {**context, "platform": "Lernhaus LMS", "language": language},
        "timestamp": iso_timestamp(event.moment, rng),
        "version": "1.0.3",
    }


def _score(points: float, max_score: int) -> Json:
    return {"scaled": round(points / max_score, 4), "raw": points, "min": 0, "max": max_score}


def _post(id_: str) -> Json:
    return {"objectType": "Activity", "id": f"{PLATFORM}/posts/{id_}", "definition": {"type": POST_TYPE}}


def _post_context(post: Post, enrollment: Enrollment) -> Json:
    run = enrollment.run
    forum = _thing(run.forum, run.course.subject.language)
    context: Json = {"contextActivities": {"parent": [forum], "grouping": [_run_activity(run)]}}
    if post.reply_to is not None:
        context["statement"] = {"objectType": "StatementRef", "id": post.reply_to}
    return context


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


def iso_timestamp(moment: int, rng: np.random.Generator) -> str:
    """Local time with its offset, or the same instant in UTC with a Z, with milliseconds."""
    local = _MIDNIGHT + timedelta(seconds=moment, milliseconds=int(rng.random() * 1000))
    offset = utc_offset(local.date())
    if rng.random() < _UTC_SHARE:
        return f"{(local - timedelta(hours=offset)).isoformat(timespec='milliseconds')}Z"
    return f"{local.isoformat(timespec='milliseconds')}+{offset:02d}:00"


@dataclass(slots=True)
class Drops:
    """Writes the weekly files in order, keeps back late events and re-deliveries, plants the bad lines."""

    folder: Path
    days: int
    rng: np.random.Generator
    kinds: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    files: list[dict[str, Any]] = field(default_factory=list)
    _kept: dict[int, list[Line]] = field(default_factory=dict)
    _spoilers: list[tuple[int, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        weeks = self.weeks
        self._spoilers = [
            (weeks // 5, "unknown_learner"),
            (weeks // 4, "malformed_json"),
            (weeks // 3, "unparsable_timestamp"),
            (weeks // 2, "no_actor"),
            (weeks // 2, "unknown_learner"),
        ]

    @property
    def weeks(self) -> int:
        """Number of weekly files; the last one may cover less than seven days."""
        return -(-self.days // 7)

    def write_week(self, week: int, events: Sequence[Event]) -> None:
        """Write the file exported at the end of ``week``; every event is delivered now or kept back."""
        rng, last = self.rng, self.weeks - 1
        self.kinds.update(_kind(event) for event in events)
        lines: list[Line] = []
        bodies = ((event.id, statement(event, rng)) for event in events)
        fates = self._fates(len(events), week)
        for (id_, body), fate in zip(bodies, fates, strict=True):
            line = Line(_dump(body), id_)
            if fate == "late":
                self._keep(min(last, week + 2 + int(rng.random() * 4)), line._replace(fault="late"))
                continue
            lines.append(line)
            if fate == "redelivered":
                self._keep(min(last, week + 1 + int(rng.random() * 3)), line._replace(fault="redelivered"))
        interactions = [event for event in events if isinstance(event, Interaction)]
        while self._spoilers and self._spoilers[0][0] <= week and interactions:
            _, kind = self._spoilers.pop(0)
            for line in self._spoiled(kind, interactions):
                lines.insert(int(rng.random() * (len(lines) + 1)), line)
        self._write(week, [*lines, *self._kept.pop(week, [])])

    def _fates(self, count: int, week: int) -> list[str | None]:
        """Which of ``count`` events come late or twice: a small share, at least one while there is time."""
        fates: list[str | None] = [None] * count
        late = max(1, round(LATE_SHARE * count)) if count > 1 and week + 2 < self.weeks else 0
        again = max(1, round(REDELIVERED_SHARE * count)) if count > 1 and week + 1 < self.weeks else 0
        chosen = self.rng.permutation(count)[: late + again].tolist()
        for position in chosen[:late]:
            fates[position] = "late"
        for position in chosen[late:]:
            fates[position] = "redelivered"
        return fates

    def _keep(self, week: int, line: Line) -> None:
        self._kept.setdefault(week, []).append(line)

    def _spoiled(self, kind: str, interactions: Sequence[Interaction]) -> list[Line]:
        """Bad lines, each made from a real interaction of the week."""
        if kind == "unknown_learner":
            account = UNKNOWN_LEARNERS[sum(1 for _, later in self._spoilers if later == kind)]
            lines = []
            for _ in range(4):
                body = self._clone(interactions)
                body["actor"] = _actor(account)
                lines.append(Line(_dump(body), body["id"], kind))
                self.kinds["unknown_learner"] += 1
            return lines
        body = self._clone(interactions)
        if kind == "malformed_json":
            text = _dump(body)
            return [Line(text[: len(text) * 3 // 5], None, kind)]
        if kind == "no_actor":
            del body["actor"]
        else:
            body["timestamp"] = "2024-13-45T25:61:00+02:00"
        return [Line(_dump(body), body["id"], kind)]

    def _clone(self, interactions: Sequence[Interaction]) -> Json:
        body = statement(pick(self.rng, interactions), self.rng)
        body["id"] = statement_id(self.rng)
        return body

    def _write(self, week: int, lines: Sequence[Line]) -> None:
        exported = day_date(min(7 * week + 6, self.days - 1))
        name = f"statements-{exported.isoformat()}.jsonl.gz"
        with (
            (self.folder / name).open("wb") as raw,
            gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6) as packed,
            TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
        ):
            file.writelines(f"{line.text}\n" for line in lines)
        for number, line in enumerate(lines, start=1):
            if line.fault is not None:
                self.faults.append(Fault(kind=line.fault, file=f"xapi/{name}", line=number, statement=line.statement))
        self.files.append({"file": f"xapi/{name}", "lines": len(lines)})


def _kind(event: Event) -> str:
    if isinstance(event, Interaction):
        return event.verb
    return "submitted" if isinstance(event, Submission) else "posted"
