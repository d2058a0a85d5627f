"""What happens in a course run: what learners hand in and its worth, visits and forum posts week by week, and what the
teacher does beside them.

Moments are milliseconds of local campus time since midnight of day 0; days are whole days. A run depends on nothing
outside it, and each of its weeks has random numbers of its own, so that runs can be generated in any order.
"""

from __future__ import annotations

import heapq
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from lernhaus.sample.campus import FORUM, OPENS_BEFORE, TEACHING, VISITS, WORK, Enrollment, Run, generator, pick
from lernhaus.sample.faults import delays
from lernhaus.sample.text import Draft, Kind, compose, near_duplicate

SECOND = 1_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
GRADING_DAYS = 7
PASS_MARK, DISTINCTION_MARK = 50.0, 80.0

SESSIONS_PER_WEEK = 1.4  # of a learner with engagement 0.5 in the first week of term
POSTS_PER_WEEK = 0.13
NEAR_DUPLICATE_SHARE = 0.04
TEACHER_VISITS_PER_WEEK = 3.0
TEACHER_ANSWERS_SHARE = 0.35  # of the threads that ask for something
ANNOUNCEMENTS_PER_WEEK = 0.25
MIN_COPIED_WORDS = 22  # shorter posts are alike by chance
LONGEST_SECONDS = 7_200  # the platform ends a visit after two hours

VISIT_VERBS = ("viewed", "played", "paused", "seeked", "completed", "downloaded")
VIEWED, PLAYED, PAUSED, SEEKED, COMPLETED, DOWNLOADED = range(len(VISIT_VERBS))
STATUSES = ("", "exempt", "not submitted", "fully graded")
GONE, EXEMPT, MISSING, GRADED = range(len(STATUSES))

Grade = Literal["distinction", "pass", "fail"]

# visits per hour of the day, weekdays with an evening peak and weekends flatter and later
_WEEKDAY_HOURS = (2, 1, 0, 0, 0, 1, 3, 6, 9, 11, 12, 11, 8, 8, 10, 11, 11, 12, 15, 20, 22, 18, 11, 6)
_WEEKEND_HOURS = (3, 2, 1, 0, 0, 0, 1, 2, 5, 9, 13, 14, 12, 11, 13, 14, 14, 13, 12, 13, 13, 10, 7, 4)
_HOURS_CUMULATED = tuple(np.cumsum(hours) / sum(hours) for hours in (_WEEKDAY_HOURS, _WEEKEND_HOURS))
_DAY_WEIGHTS = np.array([1.15, 1.2, 1.2, 1.1, 0.8, 0.6, 0.95]) / 7.0

_RECENT_THREADS = 25
_REPLY_KINDS: tuple[Kind, ...] = ("answer", "answer", "answer", "agreement", "discussion")
_ASKING_KINDS: tuple[Kind, ...] = ("question", "confusion", "urgent")


class Roll(NamedTuple):
    """The enrollments of a run as arrays."""

    engagement: np.ndarray
    registered: np.ndarray
    end: np.ndarray
    leaves: np.ndarray

    @classmethod
    def of(cls, enrollments: Sequence[Enrollment]) -> Roll:
        return cls(
            np.array([e.engagement for e in enrollments]),
            np.array([e.registered for e in enrollments]),
            np.array([e.end for e in enrollments]),
            np.array([e.withdrawn is not None for e in enrollments]),
        )


class Attempts(NamedTuple):
    """Arrays with one item per attempt at a quiz (with points) or an assignment (nan: graded elsewhere)."""

    moment: np.ndarray
    enrollment: np.ndarray  # position in the run, as in the other arrays of this module
    assessment: np.ndarray
    points: np.ndarray
    late_days: np.ndarray  # of its delivery

    def where(self, chosen: np.ndarray) -> Attempts:
        return Attempts(*(column[chosen] for column in self))


class Work(NamedTuple):
    """What the roster will say of a run: arrays of enrollments (rows) and assessments (columns), and the attempts.

    ``submitted`` counts where the status is ``GRADED``, ``points`` (nan for none) is the best attempt's, ``graded``
    the day from which the roster knows it. ``final`` is the weighted mean in per cent, for those who stay.
    """

    status: np.ndarray
    submitted: np.ndarray
    graded: np.ndarray
    points: np.ndarray
    final: np.ndarray
    attempts: Attempts


class Visits(NamedTuple):
    """Arrays with one item per use of a thing (an index of ``Run.things``); -1 for an unknown duration."""

    moment: np.ndarray
    enrollment: np.ndarray
    verb: np.ndarray
    thing: np.ndarray
    seconds: np.ndarray


@dataclass(frozen=True, slots=True)
class Post:
    """One forum post; ``reply_to`` and ``copy_of`` are ids of earlier posts.

    ``enrollment`` is the position of its author in the run; that of the teacher is the number of enrollments.
    """

    id: str
    moment: int
    enrollment: int
    draft: Draft
    reply_to: str | None
    copy_of: str | None


class Week(NamedTuple):
    """What happens in a run in a calendar week."""

    visits: Visits
    attempts: Attempts
    posts: list[Post]


@dataclass(slots=True)
class Forum:
    """The memory of a run's forum: threads people may still answer, and thanks that are yet to be written."""

    threads: deque[tuple[Post, str]] = field(default_factory=lambda: deque(maxlen=_RECENT_THREADS))
    thanks: list[tuple[int, str, Post, str]] = field(default_factory=list)
    copied: set[str] = field(default_factory=set)  # posts that have their near-duplicate already


class History:
    """What happens in a course run, to be asked for week by week in order of time."""

    def __init__(self, run: Run, enrollments: Sequence[Enrollment], seed: int, intensity: float) -> None:
        """``intensity`` multiplies the visits; what is handed in and written in the forum stays as it is."""
        self.run, self.enrollments = run, enrollments
        self._seed, self._intensity = seed, intensity
        self._roll, self._forum = Roll.of(enrollments), Forum()
        self._attempts = work(run, enrollments, seed).attempts
        self._answers: list[tuple[int, str, Post, str]] = []  # of the teacher, as the forum has its thanks

    def is_open(self, week: int) -> bool:
        """Whether anything can happen in a calendar week."""
        return self.run.start - OPENS_BEFORE < 7 * week + 7 and 7 * week < self.run.end and len(self.enrollments) > 0

    def week(self, week: int) -> Week:
        """What happens in a calendar week, days after the end of the extract included."""
        rng = generator(self._seed, VISITS, self.run.number, week)
        rates = self._intensity * _session_rates(self._roll, self.run, np.arange(7 * week, 7 * week + 7), rng)
        attempts = self._attempts.where(self._attempts.moment // (7 * DAY) == week)
        rng_forum = generator(self._seed, FORUM, self.run.number, week)
        posts = list(_run_posts(self.enrollments, self._roll, self.run, self._forum, week, rng_forum))
        return Week(_visits(self.run, rates, 7 * week, rng), attempts, posts)

    def teaching(self, week: int) -> Week:
        """What the teacher does in a calendar week, once ``week`` has told what the learners do in it."""
        rng = generator(self._seed, TEACHING, self.run.number, week)
        first, last = max(7 * week, self.run.start - OPENS_BEFORE), min(7 * week + 7, self.run.end)
        count = int(rng.poisson(self._intensity * TEACHER_VISITS_PER_WEEK))
        moments = np.sort(_moments(rng.integers(first, last, count), rng))
        visits = Visits(
            moments,
            np.full(count, len(self.enrollments)),
            np.full(count, VIEWED),
            rng.integers(0, len(self.run.things) - len(self.run.assessments), count),
            np.full(count, -1),
        )
        return Week(visits, self._attempts.where(self._attempts.moment < 0), list(self._teacher_posts(week, last, rng)))

    def _teacher_posts(self, week: int, last: int, rng: np.random.Generator) -> Iterator[Post]:
        """Answers to threads of this week and before, and now and then an announcement, in order of time."""
        author, run = len(self.enrollments), self.run
        course_week = week - run.start // 7
        for post, topic in self._forum.threads:
            is_new = 7 * week <= post.moment // DAY < 7 * week + 7
            if is_new and post.draft.kind in _ASKING_KINDS and rng.random() < TEACHER_ANSWERS_SHARE:
                when = post.moment + HOUR + int(rng.exponential(DAY))
                self._answers.append((when, statement_id(rng), post, topic))
        due = sorted(self._answers)
        self._answers = [answer for answer in due if answer[0] >= (7 * week + 7) * DAY]
        posts = [
            Post(id_, moment, author, compose(rng, "answer", run.teacher, run, course_week, topic), asked.id, None)
            for moment, id_, asked, topic in due[: len(due) - len(self._answers)]
            if moment < last * DAY
        ]
        if rng.random() < ANNOUNCEMENTS_PER_WEEK:
            (moment,) = _moments(rng.integers(7 * week, 7 * week + 5, 1), rng).tolist()
            topic = pick(rng, run.course.subject.topics).name
            draft = compose(rng, "discussion", run.teacher, run, course_week, topic)
            if run.start - OPENS_BEFORE <= moment // DAY < run.end:
                posts.append(Post(statement_id(rng), moment, author, draft, None, None))
        yield from sorted(posts, key=lambda post: post.moment)


def statement_id(rng: np.random.Generator) -> str:
    """A random (version 4) UUID drawn from ``rng``."""
    draw = rng.bit_generator.random_raw  # far quicker than rng.bytes
    return str(uuid.UUID(int=draw() << 64 | draw(), version=4))


def grade(score: float) -> Grade:
    """The final grade for a weighted mean in per cent."""
    if score >= DISTINCTION_MARK:
        return "distinction"
    return "pass" if score >= PASS_MARK else "fail"


def work(run: Run, enrollments: Sequence[Enrollment], seed: int) -> Work:
    """Decide for every enrollment of a run what it hands in, when, and what that is worth."""
    rng = generator(seed, WORK, run.number)
    roll, items = Roll.of(enrollments), run.assessments
    shape = len(enrollments), len(items)
    engagement, registered = roll.engagement[:, None], roll.registered[:, None]
    due = np.array([item.due for item in items])
    highest = np.array([item.max_score for item in items])
    exam, quiz = (np.array([item.category == category for item in items]) for category in ("exam", "quiz"))

    share = np.clip((34 + 58 * engagement + rng.normal(0, 10, shape)) / 100, 0.05, 1)
    course_share = (due - run.start) / (run.end - run.start)
    skips = np.clip(0.5 - 0.7 * engagement, 0.01, 0.7) * (0.6 + 0.8 * course_share)
    gone = due >= roll.end[:, None]
    exempt = (due < registered) | (rng.random(shape) < 0.007)
    missing = rng.random(shape) < skips

    moments = _attempt_moments(roll, run, quiz, rng)  # a third axis: attempts, nan for none
    made = ~(gone | exempt | missing | exam)[:, :, None] & ~np.isnan(moments)
    missing |= ~exam & ~made.any(axis=2)
    status = np.select([gone, exempt, missing], [GONE, EXEMPT, MISSING], GRADED)

    moment = np.where(made, moments, 0).astype(np.int64)
    late, _ = delays(moment.size, rng)
    last_chance = run.end + GRADING_DAYS - 1 - moment // DAY  # the final grades know all that was handed in
    late_days = np.minimum(late.reshape(moment.shape), last_chance) * made
    submitted = np.where(exam | ~made.any(axis=2), due, moment.max(axis=2) // DAY)
    share = np.where(exam | quiz, share, np.maximum(0, share - 0.1 * (submitted > due)))
    points = np.where(status == GRADED, np.round(2 * share * highest) / 2, np.nan)
    waiting = np.select([exam, quiz], [5, 1], GRADING_DAYS)
    known = (np.maximum(moment // DAY + late_days, 0) * made).max(axis=2)  # what comes late is graded late
    graded = np.select(
        [exempt, missing],
        [np.maximum(due, registered), np.broadcast_to(due + GRADING_DAYS, shape)],
        np.maximum(np.maximum(submitted, due) + waiting, known),
    )

    rank = made.cumsum(axis=2) / np.maximum(1, made.sum(axis=2, keepdims=True))  # of an attempt, 1 for the last
    attempt_points = np.round(2 * share[:, :, None] * (0.75 + 0.25 * rank) * highest[:, None]) / 2
    who, what, _ = where = np.nonzero(made)
    attempts = Attempts(moment[where], who, what, np.where(quiz[what], attempt_points[where], np.nan), late_days[where])
    weights = np.array([item.weight for item in items]) * ((status != EXEMPT) & (status != GONE))
    scores = 100 * np.nan_to_num(points) / highest
    final = np.round((weights * scores).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-9), 1)
    return Work(status, submitted, graded, points, final, attempts)


def _attempt_moments(roll: Roll, run: Run, quiz: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """When attempts would happen, ascending: with engagement well before the deadline, else at or after it."""
    shape = len(roll.engagement), len(run.assessments)
    engagement = roll.engagement[:, None]
    due = np.array([item.due for item in run.assessments])
    assigned = np.array([item.assigned for item in run.assessments])
    overdue = rng.random(shape) < 0.02 + 0.3 * (1 - engagement) ** 2
    before = rng.gamma(1.2, (10 + 50 * engagement) * HOUR, shape)
    last = (due + 1) * DAY + np.where(overdue, rng.exponential(20 * HOUR, shape), -before)
    last -= 6 * HOUR * (last % DAY < 6 * HOUR)  # nobody works then; the evening before
    pauses = 600 * SECOND + rng.exponential(5 * HOUR, (*shape, 2))
    moments = np.stack([last - pauses.sum(axis=2), last - pauses[:, :, 0], last], axis=2)
    again = rng.random((*shape, 2)) < np.where(quiz[:, None], (0.35, 0.12), (0.06, 0))
    count = 1 + again.sum(axis=2)
    opens = np.maximum(np.maximum(roll.registered, run.start)[:, None], assigned) * DAY
    closes = np.minimum(roll.end[:, None], due + 5) * DAY
    happens = (np.arange(3) >= 3 - count[:, :, None]) & (moments >= opens[:, :, None]) & (moments < closes[:, :, None])
    return np.where(happens, np.floor(moments), np.nan)


def _session_rates(roll: Roll, run: Run, days: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Expected sessions per enrollment (rows) and day (columns)."""
    engagement, registered, end, leaves = (column[:, None] for column in roll)
    course_week = np.maximum(0, (days - run.start) / 7)

    level = SESSIONS_PER_WEEK * np.exp(2.4 * (engagement - 0.5))
    decay = np.exp(-0.13 * (1 - engagement) * course_week)
    fading = np.where(leaves, np.clip((end - days) / 21, 0.1, 1), 1)  # those who leave fade out first
    mood = rng.gamma(3, 1 / 3, engagement.shape) * (rng.random(engagement.shape) > 0.3 * (1 - engagement))
    before_start = np.where(days < run.start, 0.35, 1.0)
    enrolled = (days >= registered) & (days < end) & (days >= run.start - OPENS_BEFORE)
    rhythm = _DAY_WEIGHTS[days % 7] * _deadline_pull(run, days)
    rates: np.ndarray = level * decay * fading * mood * before_start * enrolled * rhythm
    return rates


def _deadline_pull(run: Run, days: np.ndarray) -> np.ndarray:
    """How much more goes on in the three days up to a deadline."""
    due = np.array([assessment.due for assessment in run.assessments])
    ahead = due[None, :] - days[:, None]
    pull: np.ndarray = 1 + 0.9 * ((ahead >= 0) & (ahead < 3)).any(axis=1)
    return pull


def _moments(day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A moment in each of the days, when people work."""
    chance = rng.random(len(day))
    weekday, weekend = (np.searchsorted(hours, chance, side="right") for hours in _HOURS_CUMULATED)
    hour = np.where(day % 7 < 5, weekday, weekend)
    moments: np.ndarray = day * DAY + hour * HOUR + rng.integers(0, HOUR, len(day))
    return moments


def _visits(run: Run, rates: np.ndarray, first: int, rng: np.random.Generator) -> Visits:
    """The sittings of the seven days from ``first``: a look at the week's module, then pages, videos and files.

    A sitting has steps; a step has up to five uses: the module, and what the learner does next. They are drawn as
    arrays of steps (rows) and uses (columns), and those that do not happen are left out at the end.
    """
    cell = np.repeat(np.arange(rates.size), rng.poisson(rates).ravel())
    day = first + cell % 7
    start = _moments(day, rng)
    topic = _topical_week(run, day, rng)
    steps = 1 + rng.poisson(1.6, len(cell))
    session = np.repeat(np.arange(len(cell)), steps)
    opening = np.cumsum(steps) - steps  # the first step of each session
    count = len(session)

    verb = np.full((count, 5), -1, dtype=np.int32)
    thing = np.zeros((count, 5), dtype=np.int32)
    seconds = np.full((count, 5), -1, dtype=np.int32)
    verb[opening[rng.random(len(cell)) < 0.7], 0] = VIEWED
    page_of_week = 5 * topic[session]
    thing[:, 0] = page_of_week
    kind = np.searchsorted((0.42, 0.64, 0.74, 0.88), rng.random(count), side="right")

    (rows,) = np.nonzero(kind == 0)  # reads a page
    verb[rows, 1] = VIEWED
    verb[rows, 2] = np.where(rng.random(len(rows)) < 0.15, COMPLETED, -1)
    thing[rows, 1:3] = (page_of_week[rows] + rng.integers(1, 3, len(rows)))[:, None]
    seconds[rows, 1] = np.where(rng.random(len(rows)) < 0.5, rng.lognormal(4.6, 0.8, len(rows)), -1)

    (rows,) = np.nonzero(kind == 1)  # watches the video
    thing[rows, 1:] = page_of_week[rows, None] + 3
    verb[rows, 1] = PLAYED
    verb[rows, 4] = np.where(rng.random(len(rows)) < 0.4, COMPLETED, -1)
    seconds[rows, 4] = np.where(verb[rows, 4] >= 0, rng.lognormal(5.6, 0.4, len(rows)), -1)
    rows = rows[rng.random(len(rows)) < 0.45]
    verb[rows, 2] = PAUSED
    seconds[rows, 2] = rng.lognormal(4.8, 0.6, len(rows))
    verb[rows, 3] = np.where(rng.random(len(rows)) < 0.4, SEEKED, PLAYED)

    (rows,) = np.nonzero(kind == 2)
    verb[rows, 1] = DOWNLOADED
    thing[rows, 1] = page_of_week[rows] + 4

    (rows,) = np.nonzero(kind == 3)
    verb[rows, 1] = VIEWED
    thing[rows, 1] = len(run.things) - len(run.assessments) - 1  # the forum
    seconds[rows, 1] = rng.lognormal(4.2, 0.7, len(rows))

    (rows,) = np.nonzero(kind == 4)
    chosen = _upcoming(run, day[session[rows]], rng)
    verb[rows, 1] = np.where(chosen >= 0, VIEWED, -1)
    thing[rows, 1] = len(run.things) - len(run.assessments) + chosen

    step, use = np.nonzero(verb >= 0)
    session = session[step]
    used = np.minimum(seconds[step, use], LONGEST_SECONDS)
    lasts = SECOND * np.where(used > 0, used, 20) + rng.exponential(60 * SECOND, len(step)).astype(np.int64)
    elapsed = np.cumsum(lasts) - lasts
    before = elapsed[np.searchsorted(session, session)]  # when the session began
    moment = start[session] + elapsed - before
    stays = moment < (day[session] + 1) * DAY  # nobody works past midnight
    return Visits(
        moment[stays], cell[session[stays]] // 7, verb[step, use][stays], thing[step, use][stays], used[stays]
    )


def _topical_week(run: Run, day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The course week whose activities are used: mostly the current one or the one before."""
    current = np.clip((day - run.start) // 7, 0, len(run.weekly_activities) - 1)
    chance = rng.random(len(day))
    earlier = (rng.random(len(day)) * (current + 1)).astype(np.int64)
    return np.select([chance < 0.7, chance < 0.88], [current, np.maximum(0, current - 1)], earlier)


def _upcoming(run: Run, day: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """For each day one of the assessments that people work on, or -1 where there is none."""
    works = np.array([a.category != "exam" for a in run.assessments])
    assigned, due = (np.array([getattr(a, name) for a in run.assessments]) for name in ("assigned", "due"))
    open_ = works & (assigned <= day[:, None]) & (day[:, None] <= due + 3)
    rank = (rng.random(len(day)) * open_.sum(axis=1)).astype(np.int64)
    chosen = (open_.cumsum(axis=1) == rank[:, None] + 1).argmax(axis=1)
    return np.where(open_.any(axis=1), chosen, -1)


def _run_posts(
    enrollments: Sequence[Enrollment], roll: Roll, run: Run, forum: Forum, week: int, rng: np.random.Generator
) -> Iterator[Post]:
    """The posts of a run in a week, composed in order of time so that replies answer what is there."""
    counts = rng.poisson(POSTS_PER_WEEK * np.exp(1.6 * (roll.engagement - 0.5)))
    authors = np.repeat(np.arange(len(enrollments)), counts)
    moments = _moments(rng.integers(7 * week, 7 * week + 7, len(authors)), rng)
    due: list[tuple[int, str, int, tuple[Post, str] | None]] = [  # moment, id, author, thread to thank for
        (moment, statement_id(rng), author, None)
        for moment, author in zip(moments.tolist(), authors.tolist(), strict=True)
    ]
    due += [(moment, id_, post.enrollment, (post, topic)) for moment, id_, post, topic in forum.thanks]
    forum.thanks = []
    heapq.heapify(due)
    while due:
        moment, id_, author, thanked = heapq.heappop(due)
        if moment >= (7 * week + 7) * DAY:
            if thanked is not None:
                forum.thanks.append((moment, id_, *thanked))
            continue
        enrollment = enrollments[author]
        if not max(enrollment.registered, run.start - OPENS_BEFORE) <= moment // DAY < enrollment.end:
            continue
        post = _write(id_, moment, author, enrollment, forum, thanked, enrollments, rng)
        yield post
        thread = next((t for t in forum.threads if t[0].id == post.reply_to), None)
        if thread is not None and thanked is None and rng.random() < 0.4:
            when = moment + 1_800 * SECOND + int(rng.exponential(0.6 * DAY))
            heapq.heappush(due, (when, statement_id(rng), thread[0].enrollment, thread))


def _write(
    id_: str,
    moment: int,
    author: int,
    enrollment: Enrollment,
    forum: Forum,
    thanked: tuple[Post, str] | None,
    enrollments: Sequence[Enrollment],
    rng: np.random.Generator,
) -> Post:
    run, learner = enrollment.run, enrollment.learner
    week = (moment // DAY - run.start) // 7
    if thanked is not None:
        asked, topic = thanked
        return Post(id_, moment, author, compose(rng, "thanks", learner, run, week, topic), asked.id, None)

    chance = rng.random()
    if forum.threads and chance < NEAR_DUPLICATE_SHARE:
        original, topic = pick(rng, forum.threads)
        draft = original.draft
        if len(draft.text.split()) >= MIN_COPIED_WORDS and not draft.contact and original.id not in forum.copied:
            forum.copied.add(original.id)
            copy = draft._replace(text=near_duplicate(rng, draft.text, draft.language))
            return Post(id_, moment, author, copy, None, original.id)
    if forum.threads and chance < 0.55:
        asked, topic = pick(rng, forum.threads)
        if asked.enrollment != author:
            answering = enrollments[asked.enrollment].learner.username if rng.random() < 0.12 else None
            kind = pick(rng, _REPLY_KINDS)
            draft = compose(rng, kind, learner, run, week, topic, answering)
            return Post(id_, moment, author, draft, asked.id, None)
    subject = run.course.subject
    current = min(max(week, 0), len(run.weekly_activities) - 1) * len(subject.topics) // len(run.weekly_activities)
    topic = subject.topics[current].name if rng.random() < 0.8 else pick(rng, subject.topics).name
    kind = _opening_kind(enrollment, moment // DAY, week, rng)
    post = Post(id_, moment, author, compose(rng, kind, learner, run, week, topic), None, None)
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
