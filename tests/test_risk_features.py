"""Every risk feature is what the catalogue says: computed anew, learner by learner, in the plainest way."""

import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from risk_campus import KINDS, TODAY, Campus, make_campus

from lernhaus.risk import catalogue, features

NAN = math.nan
RUN = 1
DAYS = (0, 14, 20, 28, 63, 90)
EDUCATION = {1: 2.0, 2: 3.0, 3: NAN}


def messy_campus() -> Campus:
    """One run with all that happens: later attempts, banked and unscored work, no due date or weight, late arrivals."""
    campus = make_campus(learners=30, seed=5)
    people = campus.enrollments[campus.enrollments.course_run_key == RUN].reset_index(drop=True)
    people.loc[0, "registered_course_day"] = NAN
    people.loc[1, ["registered_course_day", "withdrawn_course_day"]] = (-30.0, -3.0)
    people.loc[[2, 3, 4], "registered_course_day"] = (14.0, 28.0, 29.0)
    people.loc[[5, 6, 7], "withdrawn_course_day"] = (0.0, 14.0, 28.0)
    people["studied_credits"] = [30 * (place % 4) for place in people.index]
    plan = campus.assessments[campus.assessments.course_run_key == RUN].reset_index(drop=True)
    plan.loc[1, "weight"] = NAN
    plan.loc[2, "weight"] = 10.0
    extra = pd.DataFrame(
        [(150, RUN, "assignment", NAN, 5.0), (151, RUN, "quiz", 13.0, 7.5), (152, RUN, "quiz", 20.0, 0.0)],
        columns=plan.columns,
    )
    plan = pd.concat([plan, extra], ignore_index=True)
    work = campus.submissions[campus.submissions.enrollment_key.isin(people.enrollment_key)].reset_index(drop=True)
    again = work.iloc[::3].assign(attempt_number=2)
    again = again.assign(submitted_course_day=again.submitted_course_day + 1, score=99.0, is_late=True)
    # one in two second attempts is scored before the first
    again["scored_course_day"] += np.where(np.arange(len(again)) % 2, -3, 3)
    keys = people.enrollment_key.tolist()
    due = dict(zip(plan.assessment_key, plan.due_course_day, strict=True))

    def rows(chosen: Sequence[int], assessment: int, day: float, scored: float, score: float, *flags: bool) -> Any:
        early = due[assessment] - day
        return [(key, assessment, 1, day, scored, early, early < 0, score, *flags) for key in chosen]

    more = [
        *rows(keys[8:10], 100, -1.0, -1.0, 71.0, True, False),
        *rows(keys[10:12], 100, -1.0, -1.0, 58.0, True, False),
        *rows(keys[10:22], 150, 12.0, 14.0, 35.0, False, False),
        *rows(keys[5:18], 151, 13.0, 15.0, 64.0, False, False),
        *rows(keys[18:20], 151, 14.0, NAN, NAN, False, False),
        *rows(keys[20:23], 151, 20.0, 29.0, 64.0, False, True),
        *rows(keys[8:10], 152, -1.0, -1.0, 80.0, True, False),
        *rows(keys[3:8], 152, 24.0, 26.0, 55.0, False, False),
    ]
    added = pd.DataFrame(more, columns=work.columns)
    # what counts from an earlier attempt is not handed in again
    is_banked = work.enrollment_key.isin(keys[8:12]) & (work.assessment_key == 100)
    work = pd.concat([work[~is_banked], again[~is_banked.iloc[::3].to_numpy()], added], ignore_index=True)
    uses = campus.uses[campus.uses.enrollment_key.isin([*keys[:-1]])]
    at_edges = pd.DataFrame(
        [(key, 0, day, 3) for key, day in zip(keys, (0, -1, 14, 28, 1, 15, 7, 0, -30, -28), strict=False)],
        columns=uses.columns,
    )
    uses = pd.concat([uses, at_edges]).groupby(["enrollment_key", "activity_key", "course_day"], as_index=False).sum()
    runs = campus.course_runs[campus.course_runs.course_run_key == RUN]
    return replace(campus, enrollments=people, course_runs=runs, uses=uses, submissions=work, assessments=plan)


def entropy(counts: Sequence[float]) -> float:
    shares = [count / sum(counts) for count in counts if count]
    return -sum(share * math.log(share) for share in shares)


def ratio(part: float, whole: float) -> float:
    return part / whole if whole else NAN


def mean(values: Sequence[float], weights: Sequence[float] | None = None) -> float:
    if not values:
        return NAN
    by = [1.0] * len(values) if weights is None else weights
    return sum(value * weight for value, weight in zip(values, by, strict=True)) / sum(by)


def mid_rank(value: float, others: Sequence[float]) -> float:
    """Of a value among others, itself included: 0 (lowest) to 1."""
    below, equal = sum(other < value for other in others), sum(other == value for other in others)
    return (below + equal / 2) / len(others)


def use(uses: Sequence[Any], day: int, kinds: Sequence[str]) -> dict[str, float]:
    """What one learner did up to a day."""
    known = [one for one in uses if one.course_day <= day]
    by_day: dict[int, int] = defaultdict(int)
    by_kind: dict[str, int] = defaultdict(int)
    found: dict[int, int] = {}
    for one in sorted(known, key=lambda one: one.course_day):
        by_day[one.course_day] += one.interaction_count
        by_kind[kinds[one.activity_key]] += one.interaction_count
        found.setdefault(one.activity_key, one.course_day)
    days = sorted(by_day)

    def within(span: int) -> list[int]:
        return [by_day[one] for one in days if day - span < one]

    def week(back: int, of: Callable[[int], float]) -> float:
        return sum(of(one) for one in days if day - 7 * (back + 1) < one <= day - 7 * back)

    def interactions(one: int) -> float:
        return by_day[one]

    # from the four weeks before the start on
    weeks = range(math.ceil((day + 1 + 28) / 7))
    logs = [math.log1p(week(back, interactions)) for back in weeks]
    started = logs[: max(1, (day + 1) // 7)]
    silent = next((back for back, log in enumerate(started) if log), len(started))
    is_long_enough = len(started) >= 3
    gaps = [(after - before) ** 2 for before, after in itertools.pairwise(days)]
    return {
        "interactions_total": sum(by_day.values()),
        "interactions_before_start": sum(by_day[one] for one in days if one < 0),
        **{f"interactions_{span}d": sum(within(span)) for span in catalogue.WINDOWS},
        "interactions_per_active_day": ratio(sum(by_day.values()), len(days)) if days else 0.0,
        **{
            f"effort_{half}w": sum(log * 0.5 ** (back / half) for back, log in enumerate(logs))
            for half in catalogue.HALF_LIVES
        },
        "activity_uses_total": len(known),
        **{f"activity_uses_{span}d": sum(day - span < one.course_day for one in known) for span in (14, 28)},
        "activities_used": len(found),
        "activities_new_14d": sum(day - 14 < first for first in found.values()),
        "activity_types_used": len({kind if kind in catalogue.ACTIVITY_TYPES else "other" for kind in by_kind}),
        "activity_type_entropy": entropy(list(by_kind.values())),
        **{f"interactions_{kind}": by_kind[kind] for kind in catalogue.ACTIVITY_TYPES},
        "active_days_total": len(days),
        "active_days_before_start": sum(one < 0 for one in days),
        **{f"active_days_{span}d": len(within(span)) for span in catalogue.WINDOWS},
        "active_days_faded": sum(week(back, lambda _: 1) * 0.5**back for back in weeks),
        "days_since_last_active": day - days[-1] if days else NAN,
        "first_active_day": days[0] if days else NAN,
        "silent_weeks": silent,
        "active_week_share": mean([float(log > 0) for log in started]),
        "interactions_slope": np.polyfit(range(len(started)), started[::-1], 1)[0] if is_long_enough else NAN,
        "interactions_spread": np.std(started) if is_long_enough else NAN,
        "gap_days_rms": math.sqrt(mean([0, *gaps])),
        "weekday_entropy": entropy([sum(one % 7 == weekday for one in days) for weekday in range(7)]),
    }


def is_known(value: float) -> bool:
    return not math.isnan(value)


def work_and_scores(campus: Campus, day: int, peers: Sequence[int]) -> dict[int, dict[str, float]]:
    """What each of the peers had handed in, and which scores they knew, up to a day."""
    plan = {one.assessment_key: one for one in campus.assessments.itertuples() if one.assessment_type != "exam"}
    weight = {key: one.weight if is_known(one.weight) else 0.0 for key, one in plan.items()}
    first: dict[int, dict[int, Any]] = defaultdict(dict)
    scored: dict[int, dict[int, Any]] = defaultdict(dict)
    attempts = [one for one in campus.submissions.itertuples() if one.assessment_key in plan]
    for one in sorted(attempts, key=lambda one: one.attempt_number):
        if one.submitted_course_day <= day and not one.is_gradebook_only:
            first[one.enrollment_key].setdefault(one.assessment_key, one)
    known = [one for one in attempts if one.scored_course_day <= day and is_known(one.score)]
    for one in sorted(known, key=lambda one: (one.scored_course_day, one.attempt_number)):
        scored[one.enrollment_key].setdefault(one.assessment_key, one)
    handed_in = {key for done in first.values() for key, attempt in done.items() if not attempt.is_banked}
    due = sorted((plan[key].due_course_day, key) for key in handed_in if plan[key].due_course_day <= day)
    is_due = {key for _, key in due}
    own_scores = {key: [one for one in scored[key].values() if not one.is_banked] for key in peers}
    of_assessment: dict[int, list[float]] = defaultdict(list)
    for marks in own_scores.values():
        for one in marks:
            of_assessment[one.assessment_key].append(one.score)

    found = {}
    for key in peers:
        banked = {one for one, attempt in first[key].items() if attempt.is_banked}
        own = {one: attempt for one, attempt in first[key].items() if one not in banked}
        to_do = [one for one in is_due if one not in banked]
        done = [one for one in to_do if one in own]
        to_do_weight, done_weight = (sum(weight[one] for one in some) for some in (to_do, done))
        late = sum(attempt.is_late for attempt in own.values())
        early = [attempt.days_before_due for attempt in own.values()]
        last = max(own.values(), key=lambda one: (one.submitted_course_day, one.assessment_key), default=None)
        marks = sorted(
            own_scores[key],
            key=lambda one: (one.scored_course_day, plan[one.assessment_key].due_course_day, one.assessment_key),
        )
        values = [one.score for one in marks]
        ranks = [mid_rank(one.score, of_assessment[one.assessment_key]) for one in marks]
        deviations = [one.score - mean(of_assessment[one.assessment_key]) for one in marks]
        by = [1 + weight[one.assessment_key] for one in marks]

        def of_kind(values: Sequence[float], kind: str, marks: Sequence[Any] = marks) -> float:
            return mean(
                [v for v, one in zip(values, marks, strict=True) if plan[one.assessment_key].assessment_type == kind]
            )

        earned = [one for one in scored[key].values() if one.assessment_key in is_due]
        found[key] = {
            "banked_submissions": len(banked),
            "banked_score_mean": mean([one.score for one in scored[key].values() if one.is_banked]),
            "assessments_due": len(to_do),
            "assessments_due_weight": to_do_weight,
            "submissions_total": len(own),
            "submitted_weight": sum(weight[one] for one in own),
            "submissions_28d": sum(day - 28 < attempt.submitted_course_day for attempt in own.values()),
            "submissions_ahead": sum(plan[one].due_course_day > day for one in own),
            "submitted_share": ratio(len(done), len(to_do)),
            "submitted_weight_share": ratio(done_weight, to_do_weight),
            "missing_count": len(to_do) - len(done),
            "missing_weight": to_do_weight - done_weight,
            "late_count": late,
            "late_share": ratio(late, len(own)),
            "days_early_mean": mean([min(max(one, -20), 40) if is_known(one) else 0.0 for one in early]),
            "days_early_last": last.days_before_due if last else NAN,
            "days_since_last_submission": day - last.submitted_course_day if last else NAN,
            "last_due_submitted": float(due[-1][1] in first[key]) if due else NAN,
            "score_mean": mean(values),
            "score_mean_weighted": mean(values, by),
            "score_rank_mean": mean(ranks),
            "score_rank_weighted": mean(ranks, by),
            "score_deviation": mean(deviations, by),
            "score_mean_assignments": of_kind(values, "assignment"),
            "score_rank_assignments": of_kind(ranks, "assignment"),
            "score_mean_quizzes": of_kind(values, "quiz"),
            "score_rank_quizzes": of_kind(ranks, "quiz"),
            "score_last": values[-1] if values else NAN,
            "score_rank_last": ranks[-1] if values else NAN,
            "score_lowest": min(values, default=NAN),
            "points_share": ratio(sum(one.score / 100 for one in earned), len(due)),
            "points_share_weighted": ratio(
                sum(one.score / 100 * weight[one.assessment_key] for one in earned), sum(weight[one] for one in is_due)
            ),
        }
    return found


def course_run(campus: Campus, day: int) -> dict[str, float]:
    plan = list(campus.assessments.itertuples())
    run = campus.course_runs.iloc[0]
    due = [one.due_course_day for one in plan if one.assessment_type != "exam" and is_known(one.due_course_day)]
    quizzes = [one for one in plan if one.assessment_type == "quiz"]
    here = [
        one.withdrawn_course_day
        for one in campus.enrollments.itertuples()
        if not one.registered_course_day > day and not one.withdrawn_course_day < 0
    ]
    return {
        "run_length_days": (run.end_date - run.start_date).days + 1,
        "planned_assessments": len(plan),
        "planned_assignments": sum(one.assessment_type == "assignment" for one in plan),
        "planned_quizzes": len(quizzes),
        "planned_quiz_weight": sum(one.weight for one in quizzes if is_known(one.weight)),
        "first_due_day": min(due),
        "days_to_next_due": min((one - day for one in due if one > day), default=NAN),
        "days_since_last_due": min((day - one for one in due if one <= day), default=NAN),
        "peers_withdrawn_share": mean([float(one <= day) for one in here]),
    }


def by_the_catalogue(campus: Campus, day: int, keep_withdrawn: bool) -> pd.DataFrame:
    people = {
        one.enrollment_key: one
        for one in campus.enrollments.itertuples()
        if not one.registered_course_day > day and (keep_withdrawn or not one.withdrawn_course_day <= day)
    }
    kinds = campus.activities.set_index("activity_key").activity_type.to_dict()
    uses: dict[int, list[Any]] = defaultdict(list)
    for one in campus.uses.itertuples():
        uses[one.enrollment_key].append(one)
    work = work_and_scores(campus, day, list(people))
    rows = pd.DataFrame(
        {
            "registration_lead_days": -one.registered_course_day,
            "previous_attempt_count": one.previous_attempt_count,
            "studied_credits": one.studied_credits,
            "education_level": EDUCATION[one.demographics_key],
            **use(uses[key], day, kinds),
            **work[key],
            **course_run(campus, day),
        }
        for key, one in sorted(people.items())
    )
    rows["peers_idle_share"] = mean([float(count == 0) for count in rows.interactions_14d])
    rows["peers_submitted_share"] = mean([share for share in rows.submitted_share if is_known(share)])
    rows["peers_interactions_log"] = math.log1p(rows.interactions_total.median())
    rows["interactions_to_peers"] = np.log1p(rows.interactions_total) - rows.peers_interactions_log
    rows["submissions_to_peers"] = rows.submissions_total - rows.submissions_total.mean()
    for name in catalogue.RANKED:
        known = [value for value in rows[name] if is_known(value)]
        rows[f"{name}_percentile"] = [mid_rank(value, known) if is_known(value) else NAN for value in rows[name]]
    return rows


@pytest.mark.parametrize("keep_withdrawn", [False, True])
@pytest.mark.parametrize("day", DAYS)
def test_features_are_what_the_catalogue_says(day: int, keep_withdrawn: bool) -> None:
    campus = messy_campus()
    built = features.build(*campus.tables(), today=TODAY, as_of_days=(day,), keep_withdrawn=keep_withdrawn)
    expected = by_the_catalogue(campus, day, keep_withdrawn)
    names = [feature.name for feature in catalogue.FEATURES]
    found = built.read_pandas()
    assert set(expected.columns) == set(names)
    pd.testing.assert_frame_equal(
        found[names].astype(np.float64), expected[names].astype(np.float64), rtol=1e-5, atol=1e-5
    )


def test_the_messy_campus_holds_all_that_happens() -> None:
    others = [kind for kind in catalogue.ACTIVITY_TYPES if kind not in KINDS]
    alike = {*course_run(messy_campus(), 0), "peers_idle_share", "peers_submitted_share", "peers_interactions_log"}
    alike |= {f"interactions_{kind}{rank}" for kind in others for rank in ("", "_percentile")}
    days = [by_the_catalogue(messy_campus(), day, keep_withdrawn=False) for day in DAYS]
    assert {name for name in days[0].columns if all(rows[name].nunique() < 2 for rows in days)} == alike
