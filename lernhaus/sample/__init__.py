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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lernhaus.sample import behaviour, campus, oneroster, xapi

__all__ = ["SampleSummary", "generate"]


@dataclass(frozen=True)
class SampleSummary:
    """The main counts of a generated campus.

    ``statements`` counts distinct valid statements, those of unknown learners included; ``statement_lines``
    counts all lines, re-deliveries and unreadable ones too. ``faults`` counts the planted faults by kind.
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
    near_duplicate_pairs: int
    attribute_changes: int
    faults: dict[str, int]


def generate(
    out: Path,
    *,
    learners: int = 300,
    days: int = 250,
    seed: int = 1,
    progress: Callable[[str], None] | None = None,
) -> SampleSummary:
    """Write the extracts of a sample campus to ``out``: ``oneroster/``, ``xapi/`` and ``sample_truth.json``.

    The extract starts on Monday 2024-09-02 and covers ``days`` days. The same arguments give byte-identical
    files. Statements are written week by week, so memory grows with the learners but not with the statements.
    The files are written to a folder beside ``out`` that is renamed when complete: ``out`` has all or none.

    Raises ``ValueError`` if ``learners`` < 1 or ``days`` < 7, ``FileExistsError`` if ``out`` is not empty.
    """
    if learners < 1 or days < 7:
        raise ValueError(f"a campus needs at least 1 learner and 7 days, not {learners} and {days}")
    if out.exists() and any(out.iterdir()):
        raise FileExistsError(f"{out} is not empty: a sample campus would mix with the files there")
    out = out.resolve()
    aside = out.with_name(f".{out.name}.{os.getpid()}")
    if aside.exists():  # left by a process of the same id that was killed, as happens in containers
        shutil.rmtree(aside)
    aside.mkdir(parents=True)
    try:
        summary = _write(aside, learners, days, seed, progress or (lambda _: None))
        aside.rename(out)
    except BaseException:  # an interrupt too must not leave half a campus lying about
        shutil.rmtree(aside)
        raise
    return summary


def _write(out: Path, learners: int, days: int, seed: int, say: Callable[[str], None]) -> SampleSummary:
    rng = np.random.default_rng(seed)

    place = campus.build(learners, days, rng)
    plans = behaviour.plan(place, rng)
    say(f"{learners} learners, {len(place.runs)} course runs, {len(place.enrollments)} enrollments")

    drops = []
    faults = []
    for day in place.roster_days:
        drop, planted = oneroster.write_drop(out / "oneroster", place, plans, day, with_faults=day == place.last_day)
        drops.append(drop)
        faults += planted
        say(f"roster drop {drop['date']}")

    statements = xapi.Drops(out / "xapi", days, rng)
    forums: dict[str, behaviour.Forum] = {}
    posts: list[dict[str, Any]] = []
    pairs: list[tuple[str, str]] = []
    for week in range(statements.weeks):
        events = behaviour.week_events(place, plans, forums, week, rng)
        statements.write_week(week, events)
        for event in events:
            if isinstance(event, behaviour.Post):
                posts.append(_post_truth(event))
                if event.copy_of is not None:
                    pairs.append((event.copy_of, event.id))
        say(f"week {week + 1} of {statements.weeks}: {len(events)} statements")
    faults += statements.faults

    summary = SampleSummary(
        learners=learners,
        teachers=len(place.teachers),
        courses=len(place.courses),
        course_runs=len(place.runs),
        enrollments=len(place.enrollments),
        late_registrations=sum(e.registered > e.run.start for e in place.enrollments),
        withdrawals=sum(e.withdrawn is not None and e.withdrawn <= place.last_day for e in place.enrollments),
        statements=statements.kinds.total(),
        statement_lines=sum(file["lines"] for file in statements.files),
        submissions=statements.kinds["submitted"],
        posts=len(posts),
        near_duplicate_pairs=len(pairs),
        attribute_changes=len(place.changed),
        faults=dict(sorted(Counter(fault["kind"] for fault in faults).items())),
    )
    truth = {
        "parameters": {"learners": learners, "days": days, "seed": seed},
        "summary": asdict(summary),
        "statements_by_kind": dict(sorted(statements.kinds.items())),
        "statement_files": statements.files,
        "roster_drops": drops,
        "faults": faults,
        "near_duplicate_pairs": pairs,
        "posts": posts,
        "attribute_changes": [
            {"learner": id_, "date": campus.day_date(day).isoformat()} for id_, (day, _) in place.changed.items()
        ],
        "enrollments": [_enrollment_truth(e, plans, place.last_day) for e in place.enrollments],
    }
    (out / "sample_truth.json").write_text(json.dumps(truth, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return summary


def _post_truth(post: behaviour.Post) -> dict[str, Any]:
    draft = post.draft
    return {"statement": post.id, "kind": draft.kind, "language": draft.language, "contact": draft.contact}


def _enrollment_truth(enrollment: campus.Enrollment, plans: behaviour.Plan, last_day: int) -> dict[str, Any]:
    """Engagement, and the outcome as of the last day: withdrawn, the published final grade, or running."""
    if enrollment.withdrawn is not None and enrollment.withdrawn <= last_day:
        outcome = "withdrawn"
    elif enrollment.run.end + behaviour.GRADING_DAYS <= last_day:
        outcome = behaviour.grade(plans.final_scores[enrollment.id])
    else:
        outcome = "running"
    return {
        "enrollment": enrollment.id,
        "learner": enrollment.learner.id,
        "course_run": enrollment.run.id,
        "engagement": enrollment.engagement,
        "outcome": outcome,
    }
