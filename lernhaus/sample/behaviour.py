"""What learners do: submissions and results of a whole enrollment, visits and forum posts week by week.

Times are seconds of local campus time since midnight of day 0 (``moment``) or whole days.
"""

from __future__ import annotations

import heapq
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from lernhaus.sample.campus import OPENS_BEFORE, Activity, Assessment, Campus, Enrollment, Run, pick
from lernhaus.sample.text import Draft, Kind, compose, near_duplicate

DAY = 86_400
GRADING_DAYS = 7
PASS_MARK, DISTINCTION_MARK = 50.0, 80.0

SESSIONS_PER_WEEK = 1.4  # of a learner with engagement 0.5 in the first week of term
POSTS_PER_WEEK = 0.13
NEAR_DUPLICATE_SHARE = 0.03

Verb = Literal["viewed", "played", "paused", "seeked", "completed", "downloaded"]
ScoreStatus = Literal["fully graded", "submitted", "not submitted", "exempt"]
Grade = Literal["distinction", "pass", "fail"]

# visits per hour of the day, weekdays with an evening peak and weekends flatter and later
_WEEKDAY_HOURS = (2, 1, 0, 0, 0, 1, 3, 6, 9, 11, 12, 11, 8, 8, 10, 11, 11, 12, 15, 20, 22, 18, 11, 6)
_WEEKEND_HOURS = (3, 2, 1, 0, 0, 0, 1, 2, 5, 9, 13, 14, 12, 11, 13, 14, 14, 13, 12, 13, 13, 10, 7, 4)
_DAY_WEIGHTS = np.array([1.15, 1.2, 1.2, 1.1, 0.8, 0.6, 0.95]) / 7.0

_RECENT_THREADS = 25
_REPLY_KINDS: tuple[Kind, ...] = ("answer", "answer", "answer", "agreement", "discussion")


@dataclass(frozen=True, slots=True)
class Result:
    """What the roster will say about an enrollment and an assessment once it has been graded.

    ``score`` is in points of the assessment; ``submitted`` and ``graded`` are days.
    """

    enrollment: Enrollment
    assessment: Assessment
    status: ScoreStatus
    submitted: int | None
    graded: int
    score: float | None

    @property
    def late(self) -> bool:
        return self.submitted is not None and self.submitted > self.assessment.due


@dataclass(frozen=True, slots=True)
class Interaction:
    """One use of an activity (or one look at an assessment); ``seconds`` is its duration when known."""

    id: str
    moment: int
    enrollment: Enrollment
    verb: Verb
    thing: Activity | Assessment
    seconds: int | None


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt at a quiz (with points) or an assignment (graded later, outside the learning platform)."""

    id: str
    moment: int
    enrollment: Enrollment
    assessment: Assessment
    points: float | None


@dataclass(frozen=True, slots=True)
class Post:
    """One forum post; ``reply_to`` and ``copy_of`` are ids of earlier posts."""

    id: str
    moment: int
    enrollment: Enrollment
    draft: Draft
    reply_to: str | None
    copy_of: str | None


Event = Interaction | Submission | Post


@dataclass(slots=True)
class Forum:
    """The memory of a run's forum: threads people may still answer, and thanks that are yet to be written."""

    threads: deque[tuple[Post, str]] = field(default_factory=lambda: deque(maxlen=_RECENT_THREADS))
    thanks: list[tuple[int, str, Post, str]] = field(default_factory=list)
    copied: set[str] = field(default_factory=set)  # posts that have their near-duplicate already


@dataclass(frozen=True, slots=True)
class Plan:
    """The submissions of all enrollments by week (quizzes and assignments), and all results."""

    submissions: dict[int, list[Submission]]
    results: tuple[Result, ...]
    final_scores: dict[str, float]  # enrollment id -> weighted mean in per cent, of those who stay to the end


def statement_id(rng: np.random.Generator) -> str:
    """A random (version 4) UUID drawn from ``rng``."""
    draw = rng.bit_generator.random_raw  # far quicker than rng.bytes
    return str(uuid.UUID(int=draw() << 64 | draw(), version=4))


def grade(score: float) -> Grade:
    """The final grade for a weighted mean in per cent."""
    if score >= DISTINCTION_MARK:
        return "distinction"
    return "pass" if score >= PASS_MARK else "fail"


def plan(campus: Campus, rng: np.random.Generator) -> Plan:
    """Decide for every enrollment what it hands in, when, and what that is worth."""
    submissions: dict[int, list[Submission]] = {}
    results: list[Result] = []
    final_scores: dict[str, float] = {}
    for enrollment in campus.enrollments:
        own = []
        for assessment in enrollment.run.assessments:
            attempts, result = _work(enrollment, assessment, rng)
            for attempt in attempts:
                if attempt.moment < campus.days * DAY:
                    submissions.setdefault(attempt.moment // (7 * DAY), []).append(attempt)
            if result is not None:
                own.append(result)
        results.extend(own)
        if enrollment.withdrawn is None:
            final_scores[enrollment.id] = _weighted_mean(own)
    return Plan(submissions, tuple(results), final_scores)


def _work(
    enrollment: Enrollment, assessment: Assessment, rng: np.random.Generator
) -> tuple[list[Submission], Result | None]:
    """The attempts of an enrollment at an assessment, and its result (None after a withdrawal)."""
    engagement = enrollment.engagement
    progress = (assessment.due - enrollment.run.start) / (enrollment.run.end - enrollment.run.start)
    level = 34 + 58 * engagement + rng.normal(0, 10)
    share = min(1.0, max(0.05, level / 100))
    if assessment.due >= enrollment.end:
        return [], None
    if assessment.due < enrollment.registered or rng.random() < 0.007:
        graded = max(assessment.due, enrollment.registered)
        return [], Result(enrollment, assessment, "exempt", None, graded, None)
    missing = Result(enrollment, assessment, "not submitted", None, assessment.due + GRADING_DAYS, None)
    if rng.random() < min(0.7, max(0.01, 0.5 - 0.7 * engagement)) * (0.6 + 0.8 * progress):
        return [], missing
    if assessment.category == "exam":
        points = _points(share, assessment)
        return [], Result(enrollment, assessment, "fully graded", assessment.due, assessment.due + 5, points)

    count = 1
    if assessment.category == "quiz":
        count += int(rng.random() < 0.35) + int(rng.random() < 0.12)
    elif rng.random() < 0.06:
        count = 2  # handed in again
    moments = _submission_moments(enrollment, assessment, count, rng)
    if not moments:
        return [], missing
    submitted = moments[-1] // DAY
    if assessment.category == "assignment":
        share = max(0.0, share - 0.1 * (submitted > assessment.due))
        attempts = [Submission(statement_id(rng), moment, enrollment, assessment, None) for moment in moments]
        best, graded = _points(share, assessment), max(submitted, assessment.due) + GRADING_DAYS
    else:
        shares = [min(1.0, share * (0.75 + 0.25 * (i + 1) / len(moments))) for i in range(len(moments))]
        attempts = [
            Submission(statement_id(rng), moment, enrollment, assessment, _points(s, assessment))
            for moment, s in zip(moments, shares, strict=True)
        ]
        best, graded = _points(max(shares), assessment), max(submitted, assessment.due) + 1
    return attempts, Result(enrollment, assessment, "fully graded", submitted, graded, best)


def _points(share: float, assessment: Assessment) -> float:
    """Points of an assessment, in halves."""
    return round(2 * share * assessment.max_score) / 2


def _submission_moments(
    enrollment: Enrollment, assessment: Assessment, count: int, rng: np.random.Generator
) -> list[int]:
    """When the attempts happen, ascending: with engagement well before the deadline, else at or after it."""
    opens = max(enrollment.registered, enrollment.run.start, assessment.assigned) * DAY
    closes = min(enrollment.end, assessment.due + 5) * DAY
    deadline = (assessment.due + 1) * DAY
    if rng.random() < 0.02 + 0.3 * (1 - enrollment.engagement) ** 2:
        last = deadline + int(rng.exponential(20 * 3600))
    else:
        last = deadline - int(rng.gamma(1.2, (10 + 50 * enrollment.engagement) * 3600))
    if _hour(last) < 6:  # nobody works then; the evening before
        last -= 6 * 3600
    moments = [last]
    for _ in range(count - 1):
        moments.insert(0, moments[0] - 600 - int(rng.exponential(5 * 3600)))
    return [moment for moment in moments if opens <= moment < closes]


def _hour(moment: int) -> int:
    return moment % DAY // 3600


def _weighted_mean(results: Sequence[Result]) -> float:
    """Weighted mean in per cent over what was not exempt; what is missing counts zero."""
    counted = [r for r in results if r.status != "exempt"]
    weight = sum(r.assessment.weight for r in counted)
    if weight == 0:
        return 0.0
    return round(
        sum(r.assessment.weight * 100 * (r.score or 0.0) / r.assessment.max_score for r in counted) / weight,
        1,
    )


def week_events(
    campus: Campus, plans: Plan, forums: dict[str, Forum], week: int, rng: np.random.Generator
) -> list[Event]:
    """Everything that happens on campus in calendar week ``week``, in order of time.

    Weeks have to be asked for in order: ``forums`` carries the threads from one week to the next.
    """
    first, limit = 7 * week, min(7 * week + 7, campus.days)
    events: list[Event] = list(plans.submissions.get(week, ()))
    for run in campus.runs:
        if run.start - OPENS_BEFORE < limit and first < run.end and campus.by_run[run.id]:
            forum = forums.setdefault(run.id, Forum())
            events.extend(_run_interactions(campus.by_run[run.id], run, first, limit, rng))
            events.extend(_run_posts(campus.by_run[run.id], run, forum, first, limit, rng))
    events.sort(key=lambda event: (event.moment, event.id))
    return events


def _active(enrollment: Enrollment, day: int) -> bool:
    return max(enrollment.registered, enrollment.run.start - OPENS_BEFORE) <= day < enrollment.end


def _run_interactions(
    enrollments: Sequence[Enrollment], run: Run, first: int, limit: int, rng: np.random.Generator
) -> Iterator[Interaction]:
    days = np.arange(first, limit)
    rates = _session_rates(enrollments, run, days, rng)
    sessions = rng.poisson(rates)
    for row, column in np.argwhere(sessions):
        for _ in range(int(sessions[row, column])):
            yield from _session(enrollments[row], run, int(days[column]), rng)


def _session_rates(
    enrollments: Sequence[Enrollment], run: Run, days: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Expected sessions per enrollment (rows) and day (columns)."""
    engagement = np.array([e.engagement for e in enrollments])[:, None]
    registered = np.array([e.registered for e in enrollments])[:, None]
    end = np.array([e.end for e in enrollments])[:, None]
    leaves = np.array([e.withdrawn is not None for e in enrollments])[:, None]
    course_week = np.maximum(0, (days - run.start) / 7)[None, :]

    level = SESSIONS_PER_WEEK * np.exp(2.4 * (engagement - 0.5))
    decay = np.exp(-0.13 * (1 - engagement) * course_week)
    fading = np.where(leaves, np.clip((end - days) / 21, 0.1, 1), 1)  # those who leave fade out first
    mood = rng.gamma(3, 1 / 3, (len(enrollments), 1)) * (rng.random((len(enrollments), 1)) > 0.3 * (1 - engagement))
    before_start = np.where(days < run.start, 0.35, 1.0)[None, :]
    enrolled = (days >= registered) & (days < end) & (days >= run.start - OPENS_BEFORE)
    rhythm = (_DAY_WEIGHTS[days % 7] * _deadline_pull(run, days))[None, :]
    rates: np.ndarray = level * decay * fading * mood * before_start * enrolled * rhythm
    return rates


def _deadline_pull(run: Run, days: np.ndarray) -> np.ndarray:
    """How much more goes on in the three days up to a deadline."""
    due = np.array([assessment.due for assessment in run.assessments])
    ahead = due[None, :] - days[:, None]
    pull: np.ndarray = 1 + 0.9 * ((ahead >= 0) & (ahead < 3)).any(axis=1)
    return pull


_HOURS_CUMULATED = [np.cumsum(hours) / sum(hours) for hours in (_WEEKDAY_HOURS, _WEEKEND_HOURS)]


def _moment(day: int, rng: np.random.Generator) -> int:
    hour = int(np.searchsorted(_HOURS_CUMULATED[day % 7 >= 5], rng.random(), side="right"))
    return day * DAY + hour * 3600 + int(rng.random() * 3600)


def _session(enrollment: Enrollment, run: Run, day: int, rng: np.random.Generator) -> Iterator[Interaction]:
    """One sitting: a look at the week's module, then some of its pages, videos and files."""
    moment, midnight = _moment(day, rng), (day + 1) * DAY
    activities = run.weekly_activities[_topical_week(run, day, rng)]
    steps: list[tuple[Verb, Activity | Assessment, int | None]] = []
    if rng.random() < 0.7:
        steps.append(("viewed", activities[0], None))
    for _ in range(1 + int(rng.poisson(1.6))):
        steps.extend(_steps(run, activities, day, rng))
    for verb, thing, seconds in steps:
        if moment >= midnight:
            return
        yield Interaction(statement_id(rng), moment, enrollment, verb, thing, seconds)
        moment += (seconds or 20) + int(rng.exponential(60))


def _topical_week(run: Run, day: int, rng: np.random.Generator) -> int:
    current = min(max((day - run.start) // 7, 0), len(run.weekly_activities) - 1)
    chance = rng.random()
    if chance < 0.7:
        return current
    return max(0, current - 1) if chance < 0.88 else int(rng.random() * (current + 1))


def _steps(
    run: Run, activities: Sequence[Activity], day: int, rng: np.random.Generator
) -> list[tuple[Verb, Activity | Assessment, int | None]]:
    """What a learner does next in a sitting: verb, object, seconds if the platform reports a duration."""
    chance = rng.random()
    if chance < 0.42:
        page = activities[1 + int(rng.random() * 2)]
        seconds = int(rng.lognormal(4.6, 0.8))
        read: list[tuple[Verb, Activity | Assessment, int | None]] = [
            ("viewed", page, seconds if rng.random() < 0.5 else None)
        ]
        return [*read, ("completed", page, None)] if rng.random() < 0.15 else read
    if chance < 0.64:
        return _watch(activities[3], rng)
    if chance < 0.74:
        return [("downloaded", activities[4], None)]
    if chance < 0.88:
        return [("viewed", run.forum, int(rng.lognormal(4.2, 0.7)))]
    upcoming = [a for a in run.assessments if a.category != "exam" and a.assigned <= day <= a.due + 3]
    return [("viewed", pick(rng, upcoming), None)] if upcoming else []


def _watch(video: Activity, rng: np.random.Generator) -> list[tuple[Verb, Activity | Assessment, int | None]]:
    watched: list[tuple[Verb, Activity | Assessment, int | None]] = [("played", video, None)]
    if rng.random() < 0.45:
        watched.append(("paused", video, int(rng.lognormal(4.8, 0.6))))
        watched.append(("seeked" if rng.random() < 0.4 else "played", video, None))
    if rng.random() < 0.4:
        watched.append(("completed", video, int(rng.lognormal(5.6, 0.4))))
    return watched


def _run_posts(
    enrollments: Sequence[Enrollment],
    run: Run,
    forum: Forum,
    first: int,
    limit: int,
    rng: np.random.Generator,
) -> Iterator[Post]:
    """The posts of a run in a week, composed in order of time so that replies answer what is there."""
    engagement = np.array([e.engagement for e in enrollments])
    counts = rng.poisson(POSTS_PER_WEEK * (limit - first) / 7 * np.exp(1.6 * (engagement - 0.5)))
    due: list[tuple[int, str, int, tuple[Post, str] | None]] = []  # moment, tie-breaker, author, thread to thank for
    for author in np.repeat(np.arange(len(enrollments)), counts).tolist():
        day = first + int(rng.random() * (limit - first))
        due.append((_moment(day, rng), statement_id(rng), author, None))
    positions = {enrollment.id: i for i, enrollment in enumerate(enrollments)}
    for moment, id_, post, topic in forum.thanks:
        due.append((moment, id_, positions[post.enrollment.id], (post, topic)))
    forum.thanks = []
    heapq.heapify(due)
    while due:
        moment, id_, author, thanked = heapq.heappop(due)
        enrollment = enrollments[author]
        if moment >= limit * DAY:
            if thanked is not None:
                forum.thanks.append((moment, id_, *thanked))
            continue
        if not _active(enrollment, moment // DAY):
            continue
        post = _write(id_, moment, enrollment, run, forum, thanked, rng)
        yield post
        thread = next((t for t in forum.threads if t[0].id == post.reply_to), None)
        if thread is not None and thanked is None and thread[0].enrollment != enrollment and rng.random() < 0.4:
            asked, topic = thread
            when = moment + 1800 + int(rng.exponential(0.6 * DAY))
            heapq.heappush(due, (when, statement_id(rng), positions[asked.enrollment.id], (asked, topic)))


def _write(
    id_: str,
    moment: int,
    enrollment: Enrollment,
    run: Run,
    forum: Forum,
    thanked: tuple[Post, str] | None,
    rng: np.random.Generator,
) -> Post:
    week = (moment // DAY - run.start) // 7
    learner = enrollment.learner
    if thanked is not None:
        asked, topic = thanked
        return Post(id_, moment, enrollment, compose(rng, "thanks", learner, run, week, topic), asked.id, None)

    chance = rng.random()
    if forum.threads and chance < NEAR_DUPLICATE_SHARE:
        original, topic = pick(rng, forum.threads)
        draft = original.draft
        if len(draft.text.split()) >= 12 and not draft.contact and original.id not in forum.copied:
            forum.copied.add(original.id)
            copy = draft._replace(text=near_duplicate(rng, draft.text))
            return Post(id_, moment, enrollment, copy, None, original.id)
    if forum.threads and chance < 0.55:
        asked, topic = pick(rng, forum.threads)
        if asked.enrollment != enrollment:
            answering = asked.enrollment.learner.username if rng.random() < 0.12 else None
            kind = pick(rng, _REPLY_KINDS)
            draft = compose(rng, kind, learner, run, week, topic, answering)
            return Post(id_, moment, enrollment, draft, asked.id, None)
    subject = run.course.subject
    current = min(max(week, 0), len(run.weekly_activities) - 1) * len(subject.topics) // len(run.weekly_activities)
    topic = subject.topics[current].name if rng.random() < 0.8 else pick(rng, subject.topics).name
    kind = _opening_kind(enrollment, moment // DAY, week, rng)
    post = Post(id_, moment, enrollment, compose(rng, kind, learner, run, week, topic), None, None)
    forum.threads.append((post, topic))
    return post


def _opening_kind(enrollment: Enrollment, day: int, week: int, rng: np.random.Generator) -> Kind:
    """What a new thread is about: confusion and alarm come with low engagement and near deadlines."""
    if week <= 0 and rng.random() < 0.6:
        return "introduction"
    struggling = 1 - enrollment.engagement
    close = any(0 <= a.due - day <= 1 for a in enrollment.run.assessments)
    weights: tuple[tuple[Kind, float], ...] = (
        ("question", 4.0),
        ("confusion", 0.5 + 3.0 * struggling),
        ("urgent", (0.1 + struggling) * (6.0 if close else 0.6)),
        ("snippet", 1.2),
        ("discussion", 0.6 + 2.0 * enrollment.engagement),
        ("study_group", 0.6),
    )
    point = rng.random() * sum(weight for _, weight in weights)
    for kind, weight in weights:
        point -= weight
        if point < 0:
            return kind
    return "question"
