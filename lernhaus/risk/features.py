"""As-of features: what was known of an enrollment on the morning of a course day.

Day d sees only course weeks that were over before it (7 * course_week + 7 <= d) and the facts of the
enrollment's registration. Gender, age, region, deprivation and disability are no features, whatever they
might add.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RECENT_WEEKS = 4
TREND_WEEKS = 2

GRAIN = ("enrollment_key", "as_of_day")
CONTEXT = ("course_run_key", "course_key", "start_date", "end_date")

_COUNTS = (
    "interaction_count",
    "duration_seconds",
    "active_day_count",
    "activity_count",
    "activity_type_count",
    "post_count",
    "assessment_due_count",
    "submission_count",
    "late_submission_count",
    "scored_submission_count",
)
_RANKED = (
    "interactions_total",
    "interactions_recent",
    "active_days_total",
    "active_days_recent",
    "submissions_total",
    "score_mean",
)

FEATURES = (
    "as_of_day",
    "run_length_days",
    "registration_lead_days",
    "previous_attempt_count",
    "studied_credits",
    "interactions_total",
    "interactions_recent",
    "interactions_before_start",
    "interactions_trend",
    "duration_seconds_total",
    "duration_seconds_recent",
    "active_days_total",
    "active_days_recent",
    "active_days_trend",
    "activities_recent",
    "activity_types_recent",
    "posts_total",
    "posts_recent",
    "days_since_last_active",
    "assessments_due",
    "submissions_total",
    "submissions_recent",
    "submissions_missing",
    "submissions_late",
    "score_mean",
    "score_mean_recent",
    *(f"{name}_percentile" for name in _RANKED),
)

_WEEK_COLUMNS = ("enrollment_key", "course_week", *_COUNTS, "score_sum", "days_since_last_active")
_ENROLLMENT_COLUMNS = (
    "enrollment_key",
    "course_run_key",
    "registered_course_day",
    "withdrawn_course_day",
    "previous_attempt_count",
    "studied_credits",
)
_RUN_COLUMNS = ("course_run_key", "course_key", "start_date", "end_date")


def build(
    weeks: pa.Table, enrollments: pa.Table, course_runs: pa.Table, *, as_of_days: Sequence[int], today: date
) -> pd.DataFrame:
    """Build one row of features per enrollment and as-of day.

    Parameters
    ----------
    weeks
        `fct_enrollment_week`, grain enrollment x course week, any row order, without gaps within an
        enrollment.
    enrollments
        `fct_enrollment`, one row per enrollment: enrollment_key, course_run_key, registered_course_day (null:
        before the start), withdrawn_course_day (null: not withdrawn), previous_attempt_count,
        studied_credits.
    course_runs
        `dim_course_run`, one row per run: course_run_key, course_key, start_date, end_date. Runs without both
        dates have no course days and so no rows.
    as_of_days
        Course days >= 0.
    today
        The last calendar day on which an as-of day may fall.

    Returns
    -------
    pd.DataFrame
        Grain enrollment x as-of day, sorted by it. Rows exist for enrollments registered on or before the day
        and not withdrawn by it, within the run's length and not after `today`. Columns: `GRAIN`, `CONTEXT`
        and `FEATURES`; features are float64 (as_of_day int64), NaN where unknown. Counts end in _total (all
        weeks so far), _recent (last four weeks) or _trend (log ratio of the last two weeks to the two
        before); percentiles are mid-ranks among those still enrolled in the same run on the same day.

    Raises
    ------
    ValueError
        A column is missing, a day is negative, a key repeats, or an enrollment's weeks repeat or have gaps.
    """
    if any(day < 0 for day in as_of_days):
        raise ValueError("as-of days must not be negative")
    population = _population(
        _frame(enrollments, _ENROLLMENT_COLUMNS, "enrollments"),
        _frame(course_runs, _RUN_COLUMNS, "course runs"),
        as_of_days,
        today,
    )
    history = _frame(weeks, _WEEK_COLUMNS, "enrollment weeks")
    history = history.sort_values(["enrollment_key", "course_week"], kind="stable", ignore_index=True)
    rows = population.assign(**_history_features(history, population))
    return rows.assign(**_percentiles(rows))[[*GRAIN, *CONTEXT, *FEATURES[1:]]]


def _frame(table: pa.Table, columns: Sequence[str], what: str) -> pd.DataFrame:
    missing = sorted(set(columns) - set(table.column_names))
    if missing:
        raise ValueError(f"{what} lack the columns {', '.join(missing)}")
    frame: pd.DataFrame = table.select(list(columns)).to_pandas()
    return frame


def _population(
    enrollments: pd.DataFrame, course_runs: pd.DataFrame, as_of_days: Sequence[int], today: date
) -> pd.DataFrame:
    """Who is enrolled on which as-of day, with what is known from registration."""
    runs: Any = course_runs.dropna(subset=["start_date", "end_date"])
    runs = runs.assign(start_date=pd.to_datetime(runs["start_date"]), end_date=pd.to_datetime(runs["end_date"]))
    runs["run_length_days"] = (runs["end_date"] - runs["start_date"]).dt.days.astype("float64") + 1
    days = pd.DataFrame({"as_of_day": np.array(sorted(set(as_of_days)), dtype=np.int64)})
    run_days = runs.merge(days, how="cross")
    elapsed = (pd.Timestamp(today) - run_days["start_date"]).dt.days
    run_days = run_days[(run_days["as_of_day"] < run_days["run_length_days"]) & (run_days["as_of_day"] <= elapsed)]

    if enrollments["enrollment_key"].duplicated().any() or runs["course_run_key"].duplicated().any():
        raise ValueError("an enrollment or course run occurs twice")
    rows = enrollments.merge(run_days, on="course_run_key")
    day = rows["as_of_day"]
    registered = rows["registered_course_day"].astype("float64")
    withdrawn = rows["withdrawn_course_day"].astype("float64")
    rows = rows.assign(
        registration_lead_days=-registered,
        previous_attempt_count=rows["previous_attempt_count"].astype("float64"),
        studied_credits=rows["studied_credits"].astype("float64"),
    )
    # Written so that a missing day (unknown registration, no withdrawal) keeps the row.
    rows = rows[~(registered > day) & ~(withdrawn <= day)]
    return rows.sort_values(list(GRAIN), ignore_index=True)


def _history_features(history: pd.DataFrame, population: pd.DataFrame) -> dict[str, Floats]:
    """Running totals of the week history (sorted), read off at each row of the population."""
    keys, week = history["enrollment_key"].to_numpy(), history["course_week"].to_numpy()
    if np.any((np.diff(keys) == 0) & (np.diff(week) != 1)):
        raise ValueError("the weeks of an enrollment must follow one another without repeats or gaps")

    wanted = population["enrollment_key"].to_numpy()
    day = population["as_of_day"].to_numpy()
    first, end = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
    has_weeks = first < end
    first_week = np.zeros(len(wanted), dtype=np.int64)
    first_week[has_weeks] = week[first[has_weeks]]
    last_complete_week = day // 7 - 1

    def position(after_week: Ints) -> Ints:
        """Where an enrollment's weeks after `after_week` begin, within its own rows."""
        return np.asarray(np.clip(first + after_week + 1 - first_week, first, end))

    stop = position(last_complete_week)
    recent = position(last_complete_week - RECENT_WEEKS)
    before_start = np.minimum(position(np.full(len(wanted), -1)), stop)
    middle = position(last_complete_week - TREND_WEEKS)
    earlier = position(last_complete_week - 2 * TREND_WEEKS)

    totals = {name: _running_total(history[name].fillna(0).to_numpy(dtype=np.int64)) for name in _COUNTS}
    # Scores in whole millionths: running totals stay exact, so no other row touches an enrollment's mean.
    totals["score_sum"] = _running_total(np.rint(history["score_sum"].fillna(0).to_numpy() * 1e6).astype(np.int64))

    def between(name: str, start: Ints, stop: Ints) -> Floats:
        return (totals[name][stop] - totals[name][start]).astype(np.float64)

    def mean_score(start: Ints) -> Floats:
        scored = between("scored_submission_count", start, stop)
        mean = np.full(len(scored), np.nan)
        np.divide(between("score_sum", start, stop) / 1e6, scored, out=mean, where=scored > 0)
        return mean

    def trend(name: str) -> Floats:
        ratio = np.log1p(between(name, middle, stop)) - np.log1p(between(name, earlier, middle))
        return np.asarray(ratio)

    idle = np.full(len(wanted), np.nan)
    seen = stop > first
    latest = stop[seen] - 1
    idle[seen] = history["days_since_last_active"].to_numpy(dtype=np.float64)[latest]
    idle[seen] += day[seen] - (7 * week[latest] + 6)

    due, submitted = between("assessment_due_count", first, stop), between("submission_count", first, stop)
    return {
        "interactions_total": between("interaction_count", first, stop),
        "interactions_recent": between("interaction_count", recent, stop),
        "interactions_before_start": between("interaction_count", first, before_start),
        "interactions_trend": trend("interaction_count"),
        "duration_seconds_total": between("duration_seconds", first, stop),
        "duration_seconds_recent": between("duration_seconds", recent, stop),
        "active_days_total": between("active_day_count", first, stop),
        "active_days_recent": between("active_day_count", recent, stop),
        "active_days_trend": trend("active_day_count"),
        "activities_recent": between("activity_count", recent, stop),
        "activity_types_recent": between("activity_type_count", recent, stop),
        "posts_total": between("post_count", first, stop),
        "posts_recent": between("post_count", recent, stop),
        "days_since_last_active": idle,
        "assessments_due": due,
        "submissions_total": submitted,
        "submissions_recent": between("submission_count", recent, stop),
        "submissions_missing": np.maximum(due - submitted, 0.0),
        "submissions_late": between("late_submission_count", first, stop),
        "score_mean": mean_score(first),
        "score_mean_recent": mean_score(recent),
    }


def _running_total(values: Ints) -> Ints:
    """Total of all values before each position, one longer than the input; whole numbers, hence exact."""
    return np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(values)))


def _percentiles(rows: pd.DataFrame) -> dict[str, pd.Series]:
    peers = rows.groupby(["course_run_key", "as_of_day"], sort=False)
    return {
        f"{name}_percentile": (peers[name].rank(method="average") - 0.5) / peers[name].transform("count")
        for name in _RANKED
    }
