"""The sample campus: a made-up school whose roster and learning platform extracts behave like real ones.

``generate`` writes two OneRoster 1.2 CSV drops, weekly xAPI statement files and ``sample_truth.json``, which
says what is in them: the counts, the planted faults and near-duplicate posts, and the hidden engagement of
every enrollment.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lernhaus.sample import behaviour, campus, oneroster, xapi
from lernhaus.sample.labels import RatedPost, write_labels
from lernhaus.sample.pool import processors, work_off

__all__ = ["SampleSummary", "generate"]

DETAILED_ENROLLMENTS = 10_000  # up to which the truth lists every enrollment, post, late event and re-delivery
_VISITS_PER_WEEK = 8.5  # of a learner, roughly, in a week of term
_VISITS_PER_STREAM = 50_000


@dataclass(frozen=True)
class SampleSummary:
    """The main counts of a generated campus.

    ``learners`` counts all who were ever admitted; ``statements`` counts distinct valid statements, those of unknown
    learners and of teachers included, of whom ``staff_statements`` and among them ``staff_posts`` are; ``posts`` are
    those of learners. ``statement_lines`` counts all lines, re-deliveries and unreadable ones too. ``faults`` counts
    the planted faults by kind.
    """

    learners: int
    teachers: int
    courses: int
    course_runs: int
    enrollments: int
    late_registrations: int
    withdrawals: int
    statements: int
    statement_lines: int
    submissions: int
    posts: int
    staff_statements: int
    staff_posts: int
    near_duplicate_pairs: int
    attribute_changes: int
    faults: dict[str, int]


@dataclass(frozen=True)
class _Parameters:
    learners: int
    days: int
    seed: int
    intensity: float
    first_year: int
    streams: int
    daily: int


def generate(
    out: Path,
    *,
    learners: int = 300,
    days: int = 250,
    seed: int = 1,
    intensity: float = 1.0,
    first_year: int | None = None,
    streams: int | None = None,
    daily: int = 0,
    labels: int = 0,
    workers: int | None = None,
    progress: Callable[[str], None] | None = None,
) -> SampleSummary:
    """Write the extracts of a sample campus to ``out``: ``oneroster/``, ``xapi/`` and ``sample_truth.json``.

    The school opens on the first Monday of September of ``first_year`` (by default the latest from which all days are
    before September 2025), and the extract covers ``days`` days from then on. ``learners`` study at a time, for some
    years each. ``intensity`` multiplies their visits (about 57 per enrollment). Statements are written week by week,
    the last ``daily`` days each to a file of its own, in ``streams`` files at a time, each with other course runs: by
    default as many as learners and intensity ask for. ``labels`` adds ``post_labels/``, what raters think of so many of
    the posts (see `labels.write_labels`). ``workers`` processes write them, by default one per processor.

    The same arguments give the same files, whatever the workers, byte by byte on one machine. Days that are added
    change nothing before (if ``first_year`` is the same): ``days=n + k, daily=k`` gives the statement files of
    ``days=n`` and those of ``k`` more days. What is delivered after the last day, late or again, is left out.

    Memory grows with the enrollments (and weekly events of a stream) but not with the days' statements. Of a campus
    of more than 10,000 enrollments, ``sample_truth.json`` holds the counts and the bad lines and rows alone.

    The files are written to a folder beside ``out`` that is renamed when complete: ``out`` has all or none.

    Raises ``ValueError`` if ``learners`` < 1, ``days`` < 7, ``intensity`` <= 0, ``streams`` or ``workers`` < 1,
    ``daily`` is not between 0 and ``days``, or ``labels`` are more than the posts that the truth lists,
    ``FileExistsError`` if ``out`` is not empty, ``ChildProcessError`` if one
    of its processes is killed.
    """
    if learners < 1 or days < 7:
        raise ValueError(f"a campus needs at least 1 learner and 7 days, not {learners} and {days}")
    if not intensity > 0 or not 0 <= daily <= days:
        raise ValueError(f"intensity must be above 0 and daily between 0 and {days}, not {intensity} and {daily}")
    if streams is None:
        # one more for so many visits a week, but no more than there are runs at a time
        streams = min(9, 1 + int(learners * intensity * _VISITS_PER_WEEK / _VISITS_PER_STREAM))
    workers = processors() if workers is None else workers
    if streams < 1 or workers < 1:
        raise ValueError(f"a campus needs at least 1 stream and 1 worker, not {streams} and {workers}")
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(
            f"{out} is not empty: a sample campus would mix with the files there; name another folder"
        )
    out = out.resolve()
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    if aside.exists():  # left by a process of the same id that was killed, as happens in containers
        shutil.rmtree(aside)
    aside.mkdir(parents=True)
    try:
        calendar = campus.Calendar.of(days) if first_year is None else campus.Calendar(first_year)
        parameters = _Parameters(learners, days, seed, intensity, calendar.first_year, streams, daily)
        summary = _write(aside, parameters, labels, workers, progress or (lambda _: None))
        aside.rename(out)
    except BaseException:  # an interrupt too must not leave half a campus lying about
        shutil.rmtree(aside)
        raise
    return summary


def _write(out: Path, parameters: _Parameters, labels: int, workers: int, say: Callable[[str], None]) -> SampleSummary:
    days, seed = parameters.days, parameters.seed
    place = campus.build(parameters.learners, days, seed, campus.Calendar(parameters.first_year))
    enrollments = sum(1 for _ in place.enrollments())
    with_details = enrollments <= DETAILED_ENROLLMENTS
    if labels and not with_details:
        raise ValueError(
            f"posts can be labelled in a campus of at most {DETAILED_ENROLLMENTS:,} enrollments: this one has "
            f"{enrollments:,} and does not list its posts"
        )
    say(f"{len(place.learners)} learners, {len(place.runs)} course runs, {enrollments} enrollments")

    drops = []
    row_faults = []
    for day in place.roster_days:
        drop, planted = oneroster.write_drop(out / "oneroster", place, seed, day, with_faults=day == place.last_day)
        drops.append(drop)
        row_faults += planted
        say(f"roster drop {drop['date']}")

    streams = _streams(out / "xapi", place, parameters, with_details)
    total = xapi.Written()
    with closing(work_off(xapi.write, streams, min(workers, len(streams)))) as results:
        for done, written in enumerate(results, start=1):
            total.add(written)
            statements = total.kinds.total() + total.staff_kinds.total()
            say(f"stream {done} of {len(streams)}: {statements:,} statements")
    total.sort()
    if labels:
        posts: list[RatedPost] = [{"statement": post.id, "kind": post.draft.kind} for post in total.posts]
        rated = write_labels(out / "post_labels", posts, count=labels, seed=seed)
        say(f"{sum(file['records'] for file in rated['files']):,} labels of posts")

    summary = SampleSummary(
        learners=len(place.learners),
        teachers=len(place.teachers),
        courses=len(place.courses),
        course_runs=len(place.runs),
        enrollments=enrollments,
        late_registrations=sum(e.registered > e.run.start for e in place.enrollments()),
        withdrawals=sum(e.withdrawn is not None and e.withdrawn <= place.last_day for e in place.enrollments()),
        statements=total.kinds.total() + total.staff_kinds.total(),
        statement_lines=sum(file["lines"] for file in total.files),
        submissions=total.kinds["submitted"],
        posts=total.kinds["posted"],
        staff_statements=total.staff_kinds.total(),
        staff_posts=total.staff_kinds["posted"],
        near_duplicate_pairs=total.copies,
        attribute_changes=len(_attribute_changes(place)),
        faults=dict(sorted((total.fault_kinds + Counter(fault["kind"] for fault in row_faults)).items())),
    )
    truth = {
        "parameters": asdict(parameters),
        "summary": asdict(summary),
        "statements_by_kind": dict(sorted(total.kinds.items())),
        "staff_statements_by_kind": dict(sorted((+total.staff_kinds).items())),
        "statement_files": total.files,
        "roster_drops": drops,
        "faults": row_faults + total.faults,
    }
    if with_details:
        truth |= {
            "near_duplicate_pairs": [(post.copy_of, post.id) for post in total.posts if post.copy_of is not None],
            "posts": [_post_truth(post) for post in total.posts],
            "attribute_changes": _attribute_changes(place),
            "enrollments": [truth for run in place.runs for truth in _enrollment_truths(run, place, seed)],
        }
    (out / "sample_truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return summary


def _streams(folder: Path, place: campus.Campus, parameters: _Parameters, with_details: bool) -> list[xapi.Stream]:
    """The pieces of work: for each school year, each stream with its share of the runs."""
    years = xapi.closed_years(place.calendar, place.days)
    return [
        xapi.Stream(
            folder=folder,
            calendar=place.calendar,
            seed=parameters.seed,
            intensity=parameters.intensity,
            days=place.days,
            daily=parameters.daily,
            year=year,
            number=number + 1 if parameters.streams > 1 else None,
            with_details=with_details,
            runs=tuple(
                (run, place.by_run[run.id])
                for run in place.runs[number :: parameters.streams]
                if run.term.index // campus.TERMS_PER_YEAR == year
            ),
        )
        for year in range(len(years))
        for number in range(parameters.streams)
    ]


def _post_truth(post: behaviour.Post) -> dict[str, Any]:
    draft = post.draft
    return {"statement": post.id, "kind": draft.kind, "language": draft.language, "contact": draft.contact}


def _attribute_changes(place: campus.Campus) -> list[dict[str, str]]:
    """The learners who differ between the two roster drops, and since when."""
    changes = ((learner.id, place.last_change(learner)) for learner in place.learners)
    return [{"learner": id_, "date": place.calendar.date(day).isoformat()} for id_, day in changes if day is not None]


def _enrollment_truths(run: campus.Run, place: campus.Campus, seed: int) -> list[dict[str, Any]]:
    """Engagement, and the outcome as of the last day: withdrawn, the published final grade, or running."""

    def outcome(enrollment: campus.Enrollment, score: float) -> str:
        if enrollment.withdrawn is not None and enrollment.withdrawn <= place.last_day:
            return "withdrawn"
        return behaviour.grade(score) if run.end + behaviour.GRADING_DAYS <= place.last_day else "running"

    enrollments = place.by_run[run.id]
    scores = behaviour.work(run, enrollments, seed).final.tolist()
    return [
        {
            "enrollment": enrollment.id,
            "learner": enrollment.learner.id,
            "course_run": run.id,
            "engagement": enrollment.engagement,
            "outcome": outcome(enrollment, score),
        }
        for enrollment, score in zip(enrollments, scores, strict=True)
        if enrollment.registered < place.days
    ]
