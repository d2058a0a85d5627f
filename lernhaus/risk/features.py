"""As-of features: what was known of an enrollment at the end of a course day.

Day d sees interactions, submissions and withdrawals of day d or earlier, scores published by then, the facts of
registration, and the plan of the run (its length, its assessments and when they are due). Exams are left out: in
many schools they are the outcome itself. Whatever compares a learner with peers does so among those enrolled in
the same run on the same day, so that it means the same in every course and year.

Nothing comes from other runs of the learner or from anybody's result. Gender, age, region, deprivation and
disability are no features (`protected` gives them to those who ask).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.risk.catalogue import ACTIVITY_TYPES, FEATURES, HALF_LIVES, PROTECTED, RANKED, WINDOWS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

FEATURES_VERSION = "2.0.1"
DEFAULT_AS_OF_DAYS = (0, 14, 28, 42, 56, 84, 112, 140, 168, 196, 224, 252)
GRAIN = ("enrollment_key", "as_of_day")

# The words for education of the systems that we read; others are unknown to the model.
EDUCATION_LEVELS = {
    "no formal quals": 0.0,
    "no formal qualification": 0.0,
    "lower than a level": 1.0,
    "lower secondary": 1.0,
    "a level or equivalent": 2.0,
    "upper secondary": 2.0,
    "vocational": 2.0,
    "he qualification": 3.0,
    "higher education": 3.0,
    "post graduate qualification": 4.0,
    "postgraduate": 4.0,
}

SCHEMA = pa.schema(
    [
        pa.field("enrollment_key", pa.int64(), nullable=False),
        pa.field("as_of_day", pa.int32(), nullable=False),
        pa.field("course_run_key", pa.int64(), nullable=False),
        pa.field("as_of_date", pa.date32(), nullable=False),
        *(pa.field(feature.name, pa.float32()) for feature in FEATURES),
        pa.field("features_version", pa.string(), nullable=False),
    ]
)

# Earlier than any course day of a record that was believed (the start of the run minus many years).
_LONG_AGO = -(10**6)

_ENROLLMENT_COLUMNS = (
    "enrollment_key",
    "course_run_key",
    "demographics_key",
    "registered_course_day",
    "withdrawn_course_day",
    "previous_attempt_count",
    "studied_credits",
)
_RUN_COLUMNS = ("course_run_key", "start_date", "end_date")
USE_COLUMNS = ("enrollment_key", "activity_key", "course_day", "interaction_count")
_SUBMISSION_COLUMNS = (
    "enrollment_key",
    "assessment_key",
    "attempt_number",
    "submitted_course_day",
    "scored_course_day",
    "days_before_due",
    "is_late",
    "score",
    "is_banked",
    "is_gradebook_only",
)
_ASSESSMENT_COLUMNS = ("assessment_key", "course_run_key", "assessment_type", "due_course_day", "weight")


def build(
    enrollments: pa.Table,
    course_runs: pa.Table,
    demographics: pa.Table,
    uses: pa.Table,
    activities: pa.Table,
    submissions: pa.Table,
    assessments: pa.Table,
    *,
    today: date,
    as_of_days: Sequence[int] = DEFAULT_AS_OF_DAYS,
    only_runs: Collection[int] | None = None,
    keep_withdrawn: bool = False,
) -> pa.RecordBatchReader:
    """Build one row of features per enrollment and as-of day.

    Parameters
    ----------
    enrollments, course_runs, demographics, uses, activities, submissions, assessments
        `fct_enrollment`, `dim_course_run`, `dim_demographics`, `fct_daily_activity`, `dim_activity`,
        `fct_submission`, `dim_assessment`, or at least the columns named at the head of this module, in any row
        order. Runs without both dates have no course days and so no rows.
    today
        The last calendar day on which an as-of day may fall. It is itself one for runs that go on.
    as_of_days
        Course days >= 0.
    only_runs
        The course_run_key of the runs to build, all where None.
    keep_withdrawn
        Whether those who had withdrawn by the day have rows as well, and are peers of the others.

    Returns
    -------
    pa.RecordBatchReader
        `SCHEMA`, a batch per course run and as-of day, rows sorted by enrollment within. Rows exist for
        enrollments registered on or before the day and not withdrawn by it, within the run's length and not
        after `today`. Features (`catalogue.FEATURES`) are null where unknown. The features of a run depend on
        nothing outside of it.

    Raises
    ------
    ValueError
        A column is missing, an as-of day is negative, or an enrollment or course run repeats.
    """
    if any(day < 0 for day in as_of_days):
        raise ValueError("as-of days must not be negative")
    runs = _dated_runs(frame(course_runs, _RUN_COLUMNS, "course runs"), only_runs)
    members = frame(enrollments, _ENROLLMENT_COLUMNS, "enrollments")
    if members["enrollment_key"].duplicated().any() or runs["course_run_key"].duplicated().any():
        raise ValueError("an enrollment or course run occurs twice")
    education = frame(demographics, ("demographics_key", "highest_education"), "demographics")
    members["education_level"] = members["demographics_key"].map(
        education.set_index("demographics_key")["highest_education"].str.lower().map(EDUCATION_LEVELS)
    )
    members = members.sort_values(["course_run_key", "enrollment_key"], ignore_index=True)
    plan = frame(assessments, _ASSESSMENT_COLUMNS, "assessments")
    work = _work(frame(submissions, _SUBMISSION_COLUMNS, "submissions"), plan)
    by_run = _split_uses(uses, activities, members)

    def batches() -> Iterator[pa.RecordBatch]:
        run: Any
        for run in runs.itertuples(index=False):
            chosen = members[members["course_run_key"] == run.course_run_key]
            history = _RunHistory.of(
                chosen.reset_index(drop=True),
                by_run(run.course_run_key),
                work[work["enrollment_key"].isin(chosen["enrollment_key"])],
                plan[plan["course_run_key"] == run.course_run_key],
                run.run_length_days,
            )
            for day in _days_of(run, as_of_days, today):
                yield history.batch(day, run.start_date, keep_withdrawn)

    return pa.RecordBatchReader.from_batches(SCHEMA, batches())


def protected(enrollments: pa.Table, demographics: pa.Table) -> pd.DataFrame:
    """The attributes that are no features unless asked for, float64, NaN where unknown, by enrollment_key."""
    members = frame(enrollments, ("enrollment_key", "demographics_key"), "enrollments")
    columns = ("demographics_key", "gender", "age_band", "deprivation_band", "disability", "region")
    people = frame(demographics, columns, "demographics")
    people = people.mask(people.isin(["unknown"]))
    values = pd.DataFrame(
        {
            "demographics_key": people["demographics_key"],
            "is_female": people["gender"].map(lambda gender: float(gender == "f"), na_action="ignore"),
            "age_level": people["age_band"].str.extract(r"(\d+)", expand=False),
            "deprivation_level": people["deprivation_band"].str.extract(r"(\d+)", expand=False),
            "has_disability": people["disability"].map({"yes": 1.0, "no": 0.0}),
            "region_level": people["region"].rank(method="dense"),
        }
    )
    names = [feature.name for feature in PROTECTED]
    result: pd.DataFrame = members.merge(values, on="demographics_key", how="left").set_index("enrollment_key")[names]
    return result.astype(np.float64)


def frame(table: pa.Table, columns: Sequence[str], what: str) -> pd.DataFrame:
    """The columns of a table; ValueError, which says what of, where it lacks one."""
    missing = sorted(set(columns) - set(table.column_names))
    if missing:
        raise ValueError(f"{what} lack the columns {', '.join(missing)}")
    found: pd.DataFrame = table.select(list(columns)).to_pandas()
    return found


def _dated_runs(course_runs: pd.DataFrame, only_runs: Collection[int] | None) -> pd.DataFrame:
    runs: Any = course_runs.dropna(subset=["start_date", "end_date"])
    if only_runs is not None:
        runs = runs[runs["course_run_key"].isin(list(only_runs))]
    runs = runs.assign(start_date=pd.to_datetime(runs["start_date"]), end_date=pd.to_datetime(runs["end_date"]))
    runs["run_length_days"] = (runs["end_date"] - runs["start_date"]).dt.days + 1
    result: pd.DataFrame = runs.sort_values("course_run_key", ignore_index=True)
    return result


def _days_of(run: Any, as_of_days: Sequence[int], today: date) -> list[int]:
    elapsed = (pd.Timestamp(today) - run.start_date).days
    days = {day for day in as_of_days if day < run.run_length_days and day <= elapsed}
    if 0 <= elapsed < run.run_length_days:
        days.add(elapsed)
    return sorted(days)


def _work(submissions: pd.DataFrame, plan: pd.DataFrame) -> pd.DataFrame:
    """Attempts at assessments that are no exams, with what the plan says of them."""
    plan = plan[plan["assessment_type"] != "exam"]
    return submissions.merge(plan.drop(columns="course_run_key"), on="assessment_key")


def _split_uses(uses: pa.Table, activities: pa.Table, members: pd.DataFrame) -> Any:
    """A function from the key of a run to its uses: place of the enrollment in the run, day, activity, type, count."""
    missing = sorted(set(USE_COLUMNS) - set(uses.column_names))
    if missing:
        raise ValueError(f"uses of activities lack the columns {', '.join(missing)}")
    kinds = frame(activities, ("activity_key", "activity_type"), "activities").set_index("activity_key")
    kind_of = kinds["activity_type"].map({kind: i for i, kind in enumerate(ACTIVITY_TYPES)}).fillna(len(ACTIVITY_TYPES))

    keys = members["enrollment_key"].to_numpy()
    in_order = np.argsort(keys)
    wanted = uses["enrollment_key"].to_numpy()
    found = np.minimum(np.searchsorted(keys, wanted, sorter=in_order), max(len(keys) - 1, 0))
    place = in_order[found].astype(np.int32) if len(keys) else found
    rows = np.flatnonzero(keys[place] == wanted) if len(keys) else np.zeros(0, dtype=np.int64)
    run_code, run_keys = pd.factorize(members["course_run_key"])
    code = run_code[place[rows]].astype(np.int16)
    rows = rows[np.argsort(code, kind="stable")]
    bounds = np.searchsorted(np.sort(code, kind="stable"), np.arange(len(run_keys) + 1))
    first_place = np.searchsorted(run_code, np.arange(len(run_keys)))
    day = uses["course_day"].to_numpy()
    activity = uses["activity_key"].to_numpy()
    count = uses["interaction_count"].to_numpy()
    code_of = {key: number for number, key in enumerate(run_keys)}

    def of_run(key: int) -> "_Uses":
        number = code_of.get(key)
        mine = rows[bounds[number] : bounds[number + 1]] if number is not None else rows[:0]
        learner = place[mine].astype(np.int64) - (first_place[number] if number is not None else 0)
        mine = mine[~np.isnan(day[mine].astype(np.float64))] if day.dtype.kind == "f" else mine
        order = np.lexsort((day[mine], learner))
        mine, learner = mine[order], learner[order]
        activity_code, activity_keys = pd.factorize(activity[mine])
        kind = kind_of.reindex(activity_keys).fillna(len(ACTIVITY_TYPES)).to_numpy(dtype=np.int64)
        return _Uses(
            learner,
            day[mine].astype(np.int64),
            activity_code.astype(np.int64),
            np.asarray(kind[activity_code], dtype=np.int64),
            count[mine].astype(np.int64),
        )

    return of_run


@dataclass(frozen=True)
class _Uses:
    """Rows enrollment x day x activity of one run, sorted by enrollment and day."""

    learner: Ints
    day: Ints
    activity: Ints
    kind: Ints
    count: Ints


class _Chosen:
    """A dataclass of arrays of equal length, from which rows can be chosen."""

    def __getitem__(self, rows: Any) -> Self:
        return type(self)(**{name: values[rows] for name, values in vars(self).items()})


@dataclass(frozen=True)
class _Plan(_Chosen):
    """Assessments of one run; the day when they are due is NaN where unknown, the weight 0."""

    assessment: Ints
    due_day: Floats
    weight: Floats
    is_exam: Flags
    is_assignment: Flags
    is_quiz: Flags

    @classmethod
    def of(cls, plan: pd.DataFrame) -> "_Plan":
        return cls(
            plan["assessment_key"].to_numpy(np.int64),
            _numbers(plan["due_course_day"]),
            _numbers(plan["weight"], 0.0),
            *(_flags(plan["assessment_type"] == kind) for kind in ("exam", "assignment", "quiz")),
        )


@dataclass(frozen=True)
class _Attempts(_Chosen):
    """Attempts at assessments of one run that are no exams; numbers are NaN where unknown, the weight 0."""

    learner: Ints
    assessment: Ints
    submitted_day: Floats
    scored_day: Floats
    due_day: Floats
    days_before_due: Floats
    weight: Floats
    score: Floats
    is_late: Flags
    is_banked: Flags
    is_gradebook_only: Flags
    is_assignment: Flags
    is_quiz: Flags

    @classmethod
    def of(cls, work: pd.DataFrame) -> "_Attempts":
        return cls(
            work["learner"].to_numpy(np.int64),
            work["assessment_key"].to_numpy(np.int64),
            _numbers(work["submitted_course_day"]),
            _numbers(work["scored_course_day"]),
            _numbers(work["due_course_day"]),
            _numbers(work["days_before_due"]),
            _numbers(work["weight"], 0.0),
            _numbers(work["score"]),
            _flags(work["is_late"]),
            _flags(work["is_banked"]),
            _flags(work["is_gradebook_only"]),
            *(_flags(work["assessment_type"] == kind) for kind in ("assignment", "quiz")),
        )

    def first(self) -> "_Attempts":
        """The first row of each learner and assessment, of rows sorted by these."""
        return self[_is_new(self.learner, self.assessment)]


class _Timeline:
    """Sums over the events of learners between two days, exact: whole numbers, in running totals."""

    def __init__(self, learner: Ints, day: Ints, size: int, **values: Ints) -> None:
        """Events sorted by learner and day; learners are numbered 0 to size - 1."""
        self.first_day = int(day.min()) if len(day) else 0
        self.span = (int(day.max()) if len(day) else 0) - self.first_day + 2
        self.learner = np.arange(size, dtype=np.int64)
        self.day = day
        self.key = learner * self.span + day - self.first_day
        ones = np.ones(len(day), dtype=np.int64)
        self.totals = {
            name: np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(value)))
            for name, value in {"events": ones, **values}.items()
        }
        self.positions: dict[int, Ints] = {}

    def position(self, day: int) -> Ints:
        """By learner, where the events of the day and later ones begin."""
        place = min(max(day - self.first_day, 0), self.span - 1)
        # asked for again and again: weeks back from one as-of day are mostly those back from another
        if place not in self.positions:
            self.positions[place] = np.searchsorted(self.key, self.learner * self.span + place)
        return self.positions[place]

    def between(self, name: str, start: int, stop: int) -> Floats:
        """By learner, the sum of a value over start <= day < stop."""
        total = self.totals[name]
        return np.asarray(total[self.position(stop)] - total[self.position(start)], dtype=np.float64)


@dataclass(frozen=True)
class _RunHistory:
    """Everything of one run, sorted so that it can be looked at as of any day."""

    members: pd.DataFrame
    uses: _Uses
    active: _Timeline
    discovered: _Timeline
    work: _Attempts
    # the attempt at each assessment that was scored first; the learner's own by the day of the score
    scored: _Attempts
    own_scored: _Attempts
    plan: _Plan
    run_length_days: int

    @classmethod
    def of(
        cls, members: pd.DataFrame, uses: _Uses, work: pd.DataFrame, plan: pd.DataFrame, run_length_days: int
    ) -> "_RunHistory":
        size = len(members)
        starts = np.flatnonzero(_is_new(uses.learner, uses.day))
        learner, day = uses.learner[starts], uses.day[starts]
        count = np.add.reduceat(uses.count, starts) if len(starts) else np.zeros(0, dtype=np.int64)
        gap = np.zeros(len(day), dtype=np.int64)
        gap[1:] = np.where(np.diff(learner) == 0, np.diff(day), 0)
        active = _Timeline(
            learner,
            day,
            size,
            interactions=count,
            activity_uses=np.diff(np.append(starts, len(uses.day))),
            squared_gaps=gap**2,
            **{f"weekday_{weekday}": (day % 7 == weekday).astype(np.int64) for weekday in range(7)},
        )
        _, first = np.unique(uses.learner * (uses.activity.max(initial=0) + 1) + uses.activity, return_index=True)
        first = np.sort(first)
        discovered = _Timeline(uses.learner[first], uses.day[first], size)
        place = pd.Series(np.arange(size), index=members["enrollment_key"])
        work = work.assign(learner=work["enrollment_key"].map(place))
        attempts = _Attempts.of(work.sort_values(["learner", "assessment_key", "attempt_number"]))
        scored = attempts[~np.isnan(attempts.scored_day) & ~np.isnan(attempts.score)]
        scored = scored[np.lexsort((scored.scored_day, scored.assessment, scored.learner))].first()
        own = scored[~scored.is_banked]
        own = own[np.lexsort((own.assessment, own.due_day, own.scored_day, own.learner))]
        return cls(members, uses, active, discovered, attempts, scored, own, _Plan.of(plan), run_length_days)

    def batch(self, day: int, start: pd.Timestamp, keep_withdrawn: bool) -> pa.RecordBatch:
        """`SCHEMA`: the features as of a day."""
        registered = self.members["registered_course_day"].to_numpy(dtype=np.float64, na_value=np.nan)
        withdrawn = self.members["withdrawn_course_day"].to_numpy(dtype=np.float64, na_value=np.nan)
        # Written so that a missing day (unknown registration, no withdrawal) keeps the row.
        is_peer = ~(registered > day) & (keep_withdrawn | ~(withdrawn <= day))
        peers = np.flatnonzero(is_peer)
        started = ~(registered > day) & ~(withdrawn < 0)
        features: dict[str, Floats] = {
            **self._background(registered),
            **self._use(day),
            **self._work_and_scores(day, is_peer),
            **self._course_run(day),
        }
        features["peers_withdrawn_share"] = np.full(
            len(peers), (withdrawn <= day)[started].mean() if started.any() else 0.0
        )
        columns = {name: values[peers] if len(values) == len(is_peer) else values for name, values in features.items()}
        columns |= _relative_to_peers(columns)
        ranks = pd.DataFrame({name: columns[name] for name in RANKED})
        ranks = (ranks.rank(method="average") - 0.5) / ranks.count()
        columns |= {f"{name}_percentile": ranks[name].to_numpy() for name in RANKED}
        arrays = [
            pa.array(self.members["enrollment_key"].to_numpy()[peers], pa.int64()),
            pa.array(np.full(len(peers), day), pa.int32()),
            pa.array(self.members["course_run_key"].to_numpy()[peers], pa.int64()),
            pa.array([(start + pd.Timedelta(days=day)).date()] * len(peers), pa.date32()),
            *(pa.array(columns[f.name].astype(np.float32), pa.float32(), from_pandas=True) for f in FEATURES),
            pa.array([FEATURES_VERSION] * len(peers), pa.string()),
        ]
        return pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)

    def _background(self, registered: Floats) -> dict[str, Floats]:
        members = self.members
        return {
            "registration_lead_days": -registered,
            "previous_attempt_count": members["previous_attempt_count"].to_numpy(np.float64, na_value=np.nan),
            "studied_credits": members["studied_credits"].to_numpy(np.float64, na_value=np.nan),
            "education_level": members["education_level"].to_numpy(np.float64, na_value=np.nan),
        }

    def _use(self, day: int) -> dict[str, Floats]:
        active, end = self.active, day + 1
        total = active.between("interactions", _LONG_AGO, end)
        days = active.between("events", _LONG_AGO, end)
        weeks = max(1, -(-(end + 28) // 7))
        interactions = [active.between("interactions", end - 7 * (k + 1), end - 7 * k) for k in range(weeks)]
        log_weeks = np.log1p(np.column_stack(interactions))
        day_weeks = np.column_stack([active.between("events", end - 7 * (k + 1), end - 7 * k) for k in range(weeks)])
        age = np.arange(weeks)
        since_start = log_weeks[:, : max(1, end // 7)]
        first, last = active.position(_LONG_AGO), active.position(end)
        is_seen = last > first
        idle, first_day = np.full(len(total), np.nan), np.full(len(total), np.nan)
        idle[is_seen] = day - active.day[last[is_seen] - 1]
        first_day[is_seen] = active.day[first[is_seen]]
        is_known = self.uses.day < end
        by_kind = _table(
            self.uses.learner[is_known],
            self.uses.kind[is_known],
            (len(total), len(ACTIVITY_TYPES) + 1),
            self.uses.count[is_known],
        )
        weekdays = np.column_stack([active.between(f"weekday_{weekday}", _LONG_AGO, end) for weekday in range(7)])
        return {
            "interactions_total": total,
            "interactions_before_start": active.between("interactions", _LONG_AGO, 0),
            **{f"interactions_{span}d": active.between("interactions", end - span, end) for span in WINDOWS},
            "interactions_per_active_day": total / np.maximum(days, 1),
            **{f"effort_{half}w": log_weeks @ 0.5 ** (age / half) for half in HALF_LIVES},
            "activity_uses_total": active.between("activity_uses", _LONG_AGO, end),
            "activity_uses_14d": active.between("activity_uses", end - 14, end),
            "activity_uses_28d": active.between("activity_uses", end - 28, end),
            "activities_used": self.discovered.between("events", _LONG_AGO, end),
            "activities_new_14d": self.discovered.between("events", end - 14, end),
            "activity_types_used": (by_kind > 0).sum(axis=1).astype(np.float64),
            "activity_type_entropy": _entropy(by_kind),
            **{f"interactions_{kind}": by_kind[:, i] for i, kind in enumerate(ACTIVITY_TYPES)},
            "active_days_total": days,
            "active_days_before_start": active.between("events", _LONG_AGO, 0),
            **{f"active_days_{span}d": active.between("events", end - span, end) for span in WINDOWS},
            "active_days_faded": day_weeks @ 0.5**age,
            "days_since_last_active": idle,
            "first_active_day": first_day,
            **_rhythm(since_start),
            "gap_days_rms": np.sqrt(active.between("squared_gaps", _LONG_AGO, end) / np.maximum(days, 1)),
            "weekday_entropy": _entropy(weekdays),
        }

    def _course_run(self, day: int) -> dict[str, Floats]:
        plan = self.plan
        due = plan.due_day[~plan.is_exam & ~np.isnan(plan.due_day)]
        past, ahead = due[due <= day], due[due > day]
        values = {
            "run_length_days": float(self.run_length_days),
            "planned_assessments": float(len(plan.assessment)),
            "planned_assignments": float(plan.is_assignment.sum()),
            "planned_quizzes": float(plan.is_quiz.sum()),
            "planned_quiz_weight": plan.weight[plan.is_quiz].sum(),
            "first_due_day": due.min() if len(due) else np.nan,
            "days_to_next_due": ahead.min() - day if len(ahead) else np.nan,
            "days_since_last_due": day - past.max() if len(past) else np.nan,
        }
        return {name: np.full(len(self.members), value) for name, value in values.items()}

    def _work_and_scores(self, day: int, is_peer: Flags) -> dict[str, Floats]:
        size = len(self.members)
        first = self.work[(self.work.submitted_day <= day) & ~self.work.is_gradebook_only].first()
        # Work that nobody has handed in by now is not handed in here: a hall, or a plan that has changed.
        is_handed_in = np.isin(self.plan.assessment, pd.unique(first.assessment[~first.is_banked]))
        due = self.plan[~self.plan.is_exam & (self.plan.due_day <= day) & is_handed_in]
        due = due[np.lexsort((due.assessment, due.due_day))]
        due_count, due_weight = len(due.assessment), float(due.weight.sum())

        learner, weight, submitted_day = first.learner, first.weight, first.submitted_day
        is_banked, is_own = first.is_banked, ~first.is_banked
        is_due = np.isin(first.assessment, due.assessment)
        early = first.days_before_due

        def add_up(mask: Flags, values: Floats | None = None) -> Floats:
            return np.bincount(learner[mask], None if values is None else values[mask], minlength=size).astype(
                np.float64
            )

        total, done = add_up(is_own), add_up(is_own & is_due)
        done_weight = add_up(is_own & is_due, weight)
        to_do = due_count - add_up(is_banked & is_due)
        to_do_weight = due_weight - add_up(is_banked & is_due, weight)
        late = add_up(is_own & first.is_late)
        last = _last(learner[is_own], submitted_day[is_own], size)
        last_due_done = np.full(size, np.nan)
        if due_count:
            last_due_done = add_up(first.assessment == due.assessment[-1])
        return {
            "banked_submissions": add_up(is_banked),
            "assessments_due": to_do,
            "assessments_due_weight": to_do_weight,
            "submissions_total": total,
            "submitted_weight": add_up(is_own, weight),
            "submissions_28d": add_up(is_own & (submitted_day > day - 28)),
            "submissions_ahead": add_up(is_own & (first.due_day > day)),
            "submitted_share": _ratio(done, to_do),
            "submitted_weight_share": _ratio(done_weight, to_do_weight),
            "missing_count": to_do - done,
            "missing_weight": to_do_weight - done_weight,
            "late_count": late,
            "late_share": _ratio(late, total),
            "days_early_mean": _ratio(add_up(is_own, np.nan_to_num(early.clip(-20, 40))), total),
            "days_early_last": _pick(early[is_own], last),
            "days_since_last_submission": day - _pick(submitted_day[is_own], last),
            "last_due_submitted": last_due_done,
            **self._scores(day, is_peer, due),
        }

    def _scores(self, day: int, is_peer: Flags, due: _Plan) -> dict[str, Floats]:
        size = len(self.members)
        scored, own = (
            attempts[(attempts.scored_day <= day) & is_peer[attempts.learner]]
            for attempts in (self.scored, self.own_scored)
        )
        by_assessment = pd.Series(own.score).groupby(own.assessment)
        rank = ((by_assessment.rank() - 0.5) / by_assessment.transform("count")).to_numpy(np.float64)
        deviation = own.score - by_assessment.transform("mean").to_numpy(np.float64)
        learner, score, weight = own.learner, own.score, 1.0 + own.weight
        everything = np.ones(len(score), dtype=bool)

        def mean(values: Floats, mask: Flags = everything, weights: Floats | None = None) -> Floats:
            by = np.ones(len(score)) if weights is None else weights
            counted = np.bincount(learner[mask], by[mask], minlength=size)
            return _ratio(np.bincount(learner[mask], (values * by)[mask], minlength=size), counted)

        last = _last(learner, own.scored_day, size)
        lowest = np.full(size, np.nan)
        np.fmin.at(lowest, learner, score)
        banked = scored[scored.is_banked]
        banked_sum = np.bincount(banked.learner, banked.score, minlength=size)
        earned = scored[np.isin(scored.assessment, due.assessment)]
        points = earned.score / 100.0
        return {
            "banked_score_mean": _ratio(banked_sum, np.bincount(banked.learner, minlength=size).astype(np.float64)),
            "score_mean": mean(score),
            "score_mean_weighted": mean(score, weights=weight),
            "score_rank_mean": mean(rank),
            "score_rank_weighted": mean(rank, weights=weight),
            "score_deviation": mean(deviation, weights=weight),
            "score_mean_assignments": mean(score, own.is_assignment),
            "score_rank_assignments": mean(rank, own.is_assignment),
            "score_mean_quizzes": mean(score, own.is_quiz),
            "score_rank_quizzes": mean(rank, own.is_quiz),
            "score_last": _pick(score, last),
            "score_rank_last": _pick(rank, last),
            "score_lowest": lowest,
            "points_share": _ratio(
                np.bincount(earned.learner, points, minlength=size), np.full(size, float(len(due.assessment)))
            ),
            "points_share_weighted": _ratio(
                np.bincount(earned.learner, points * earned.weight, minlength=size), np.full(size, due.weight.sum())
            ),
        }


def _relative_to_peers(columns: Mapping[str, Floats]) -> dict[str, Floats]:
    size = len(columns["interactions_total"])
    if not size:
        names = ("peers_idle_share", "peers_submitted_share", "peers_interactions_log")
        return {name: np.zeros(0) for name in (*names, "interactions_to_peers", "submissions_to_peers")}
    shares = columns["submitted_share"]
    shares = shares[~np.isnan(shares)]
    median_log = np.log1p(np.median(columns["interactions_total"]))
    return {
        "peers_idle_share": np.full(size, (columns["interactions_14d"] == 0).mean()),
        "peers_submitted_share": np.full(size, shares.mean() if len(shares) else np.nan),
        "peers_interactions_log": np.full(size, median_log),
        "interactions_to_peers": np.log1p(columns["interactions_total"]) - median_log,
        "submissions_to_peers": columns["submissions_total"] - columns["submissions_total"].mean(),
    }


def _rhythm(log_weeks: Floats) -> dict[str, Floats]:
    """From ln(1 + interactions) by week back from the day, learners x weeks."""
    count = log_weeks.shape[1]
    is_active = log_weeks > 0
    slope = spread = np.full(len(log_weeks), np.nan)
    if count >= 3:
        time = (count - 1) / 2 - np.arange(count)
        slope, spread = log_weeks @ time / (time @ time), log_weeks.std(axis=1)
    return {
        "silent_weeks": np.where(is_active.any(axis=1), is_active.argmax(axis=1), count).astype(np.float64),
        "active_week_share": is_active.mean(axis=1),
        "interactions_slope": slope,
        "interactions_spread": spread,
    }


def _numbers(values: pd.Series, unknown: float = np.nan) -> Floats:
    return values.to_numpy(np.float64, na_value=unknown)


def _flags(values: pd.Series) -> Flags:
    """False where unknown."""
    return values.to_numpy(bool, na_value=False)


def _is_new(*columns: NDArray[Any]) -> Flags:
    """Where the values of sorted rows are others than those of the row before."""
    is_new = np.ones(len(columns[0]), dtype=bool)
    is_new[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return is_new


def _table(row: Ints, column: Ints, shape: tuple[int, int], values: Ints) -> Floats:
    flat = np.bincount(row * shape[1] + column, values, minlength=shape[0] * shape[1])
    return flat.astype(np.float64).reshape(shape)


def _entropy(counts: Floats) -> Floats:
    share = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
    return np.asarray(-(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=1))


def _ratio(part: NDArray[Any], whole: NDArray[Any]) -> Floats:
    """Part of the whole, NaN where there is none."""
    result = np.full(len(part), np.nan)
    np.divide(part, whole, out=result, where=whole > 0)
    return result


def _last(learner: Ints, day: Floats, size: int) -> Ints:
    """By learner, the row of the greatest day (of these the last one), -1 where there is no row."""
    result = np.full(size, -1, dtype=np.int64)
    order = np.lexsort((day, learner))
    result[learner[order]] = order
    return result


def _pick(values: Floats, rows: Ints) -> Floats:
    return np.where(rows >= 0, np.append(values, np.nan)[rows], np.nan)
