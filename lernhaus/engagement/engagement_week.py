"""The weekly engagement index: one number from 0 to 100 per enrollment and course week.

The index is a weighted mean of five parts in [0, 1]. Four are mid-rank percentiles among the peers: the learners of
the same run who are still enrolled at the end of the week. Recency alone is absolute, so that it shows when a whole
run falls silent.

- effort: fading sum over the weeks of ln(1 + interactions), half-life four weeks. The logarithm keeps one long evening
  from outweighing a month of work.
- regularity: share of active days, half the last four weeks, half since the start.
- timeliness: of the work due so far, the share handed in, with half credit for late work and a bonus for each day, at
  most seven, by which a piece was handed in ahead of its due date: seven days are worth a tenth of a piece.
- breadth: fading sum over the weeks of ln(1 + activity types used) + ln(1 + activities used), half-life four weeks.
- recency: 1 on an active day, falling to 0 after 28 days without activity.

A week's values depend on nothing after that week, so a stored history never changes by hindsight. No outcome, score or
attribute of a person goes in. `docs/engagement.md` has the formulas and the evidence for them.
"""

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENGAGEMENT_VERSION = "2.0.1"

PARTS = ("effort", "regularity", "timeliness", "breadth", "recency")
# parts that may be undefined for a learner
OPTIONAL_PARTS = ("timeliness", "breadth")
DEFAULT_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {"effort": 0.30, "regularity": 0.10, "timeliness": 0.35, "breadth": 0.15, "recency": 0.10}
)

HALF_LIFE_WEEKS = 4
RECENT_WEEKS = 4
RECENCY_DAYS = 28
SILENT_DAYS = 14
SHARP_DROP = 10.0
LATE_CREDIT = 0.5
EARLY_BONUS = 0.1
EARLY_DAYS = 7

BAND_CUTS = (35.0, 65.0)
BAND_NAMES = ("low", "medium", "high")

SCHEMA = pa.schema(
    [
        pa.field("enrollment_key", pa.int64(), nullable=False),
        pa.field("course_week", pa.int32(), nullable=False),
        pa.field("as_of_day", pa.int32(), nullable=False),
        pa.field("engagement_index", pa.float64(), nullable=False),
        pa.field("effort", pa.float64(), nullable=False),
        pa.field("regularity", pa.float64(), nullable=False),
        pa.field("timeliness", pa.float64()),
        pa.field("breadth", pa.float64()),
        pa.field("recency", pa.float64(), nullable=False),
        pa.field("engagement_band", pa.string(), nullable=False),
        pa.field("peer_count", pa.int32(), nullable=False),
        pa.field("index_change", pa.float64()),
        pa.field("is_silent", pa.bool_(), nullable=False),
        pa.field("is_sharp_drop", pa.bool_(), nullable=False),
        pa.field("engagement_version", pa.string(), nullable=False),
    ]
)

_REQUIRED = (
    "enrollment_key",
    "course_run_key",
    "course_week",
    "is_enrolled_at_week_end",
    "interaction_count",
    "active_day_count",
    "activity_count",
    "activity_type_count",
    "assessment_due_count",
    "due_on_time_count",
    "due_late_count",
    "early_day_count",
)


def compute(weeks: pa.Table, *, weights: Mapping[str, float] = DEFAULT_WEIGHTS) -> pa.Table:
    """Score every enrollment at the end of every course week in which it is still enrolled.

    Parameters
    ----------
    weeks
        `fct_enrollment_week`, grain enrollment x course week, any row order, without gaps between the first
        and the last week of an enrollment. Weeks before the start count toward effort and breadth. Columns used:
        enrollment_key, course_run_key, course_week, is_enrolled_at_week_end, interaction_count,
        active_day_count, activity_count, activity_type_count, assessment_due_count, due_on_time_count,
        due_late_count, early_day_count (days ahead of the due date, at most 7 per assessment),
        days_since_last_active (days at the week's last day, null if never active).
    weights
        A weight >= 0 for each part; only their proportions matter. Timeliness is null where nothing has been due
        from the learner yet, breadth where no learner of the run has used more than one activity in a week yet: the
        other weights then share theirs.

    Returns
    -------
    pa.Table
        `SCHEMA`, sorted by its grain, enrollment x course week, for weeks >= 0 at whose end the learner is
        enrolled. `as_of_day` is the week's last course day. `engagement_index` in [0, 100]; `engagement_band`
        low below 35, high from 65, medium between. `peer_count` counts the learner too. `index_change` is the
        step from the course week before, null in an enrollment's first scored week. `is_silent`: no activity
        for 14 days or more, or never active by day 13. `is_sharp_drop`: a step down by 10 points or more.
        `engagement_version` names the weights when they are not the default.

    Raises
    ------
    ValueError
        A column is missing or holds nulls, an enrollment's weeks repeat or have gaps, or the weights are
        unfit.
    """
    _check_weights(weights)
    frame = _sorted_frame(weeks)
    frame["effort"] = _fading_sum(frame, np.log1p(frame["interaction_count"]))
    frame["regularity"] = _active_share(frame)
    frame["timeliness"] = _timeliness(frame)
    frame["breadth"] = _breadth(frame)

    scored = frame[(frame["course_week"] >= 0) & frame["is_enrolled_at_week_end"]].reset_index(drop=True)
    peers = scored.groupby(["course_run_key", "course_week"], sort=False)
    scored["peer_count"] = peers["course_week"].transform("size")
    for part in ("effort", "regularity", "timeliness", "breadth"):
        # Mid-rank percentile: ties share their mean rank, and the middle of any group is 0.5.
        scored[part] = (peers[part].rank(method="average") - 0.5) / peers[part].transform("count")

    idle_days = scored["days_since_last_active"]
    scored["recency"] = (1.0 - idle_days / RECENCY_DAYS).clip(lower=0.0).fillna(0.0)
    scored["as_of_day"] = 7 * scored["course_week"] + 6
    scored["is_silent"] = idle_days.fillna(scored["as_of_day"] + 1) >= SILENT_DAYS
    scored["engagement_index"] = _weighted_index(scored, weights)
    scored["index_change"] = _change(scored)
    scored["is_sharp_drop"] = scored["index_change"] <= -SHARP_DROP
    texts = {
        "engagement_band": pa.array(BAND_NAMES).take(pa.array(np.digitize(scored["engagement_index"], BAND_CUTS))),
        "engagement_version": pa.repeat(version(weights), len(scored)),
    }
    numbers = {field.name: pa.array(scored[field.name], field.type) for field in SCHEMA if field.name not in texts}
    return pa.table(numbers | texts).select(SCHEMA.names).cast(SCHEMA)


def _check_weights(weights: Mapping[str, float]) -> None:
    if set(weights) != set(PARTS):
        raise ValueError(f"weights must name exactly {', '.join(PARTS)}; got {', '.join(sorted(weights))}")
    if not all(np.isfinite(weight) and weight >= 0 for weight in weights.values()):
        raise ValueError("weights must be finite and not negative")
    if sum(weight for part, weight in weights.items() if part not in OPTIONAL_PARTS) <= 0:
        raise ValueError(f"a part besides {' and '.join(OPTIONAL_PARTS)} needs a weight: these may be undefined")


def version(weights: Mapping[str, float]) -> str:
    """Return the version of the definition, with the weights where they are not the default ones."""
    if dict(weights) == dict(DEFAULT_WEIGHTS):
        return ENGAGEMENT_VERSION
    return ENGAGEMENT_VERSION + "+" + ",".join(f"{part}={weights[part]:g}" for part in PARTS)


def _sorted_frame(weeks: pa.Table) -> pd.DataFrame:
    """The columns in use, sorted by enrollment and week, checked for nulls, repeats and gaps."""
    columns = [*_REQUIRED, "days_since_last_active"]
    missing = sorted(set(columns) - set(weeks.column_names))
    if missing:
        raise ValueError(f"enrollment weeks lack the columns {', '.join(missing)}")
    with_nulls = [name for name in _REQUIRED if weeks.column(name).null_count]
    if with_nulls:
        raise ValueError(f"enrollment weeks hold nulls in {', '.join(with_nulls)}")
    frame: pd.DataFrame = weeks.select(columns).to_pandas()
    frame["days_since_last_active"] = frame["days_since_last_active"].astype("float64")
    frame = frame.sort_values(["enrollment_key", "course_week"], kind="stable", ignore_index=True)
    same = np.diff(frame["enrollment_key"].to_numpy()) == 0
    step = np.diff(frame["course_week"].to_numpy())
    if np.any(same & (step != 1)):
        raise ValueError("the weeks of an enrollment must follow one another without repeats or gaps")
    return frame


def _first_rows(frame: pd.DataFrame) -> Ints:
    """For each row, the position of its enrollment's first row."""
    keys = frame["enrollment_key"].to_numpy()
    is_first = np.ones(len(keys), dtype=bool)
    is_first[1:] = keys[1:] != keys[:-1]
    return np.maximum.accumulate(np.where(is_first, np.arange(len(keys)), 0))


def _running_sum(values: Ints, since: Ints) -> Ints:
    """Sum of `values` from position `since` up to and including each row; exact, because whole numbers."""
    before = np.concatenate(([0], np.cumsum(values)))
    return before[1:] - before[since]


def _fading_sum(frame: pd.DataFrame, values: pd.Series) -> pd.Series:
    """Sum over the weeks so far that halves in `HALF_LIFE_WEEKS`, but for a factor that all of a week share."""
    growth = np.exp2(frame["course_week"] / HALF_LIFE_WEEKS)
    total: pd.Series = (values * growth).groupby(frame["enrollment_key"]).cumsum()
    return total


def _active_share(frame: pd.DataFrame) -> Floats:
    """Mean of the shares of active days in the last four weeks and since the start (or registration)."""
    week = frame["course_week"].to_numpy()
    first = _first_rows(frame)
    position = np.arange(len(frame))
    started = np.minimum(np.maximum(first, position - week), position)
    recent = np.maximum(started, position - RECENT_WEEKS + 1)
    days = frame["active_day_count"].to_numpy().astype(np.int64)

    def share(since: Ints) -> Floats:
        return np.asarray(_running_sum(days, since) / (7.0 * (position - since + 1)))

    return np.asarray((share(recent) + share(started)) / 2)


def _timeliness(frame: pd.DataFrame) -> Floats:
    """Credit for work handed in over the work due so far, and a bonus for days ahead; NaN when nothing was due."""
    first = _first_rows(frame)

    def so_far(column: str) -> Ints:
        return _running_sum(frame[column].to_numpy().astype(np.int64), first)

    due = so_far("assessment_due_count")
    credit = so_far("due_on_time_count") + LATE_CREDIT * so_far("due_late_count")
    bonus = EARLY_BONUS * so_far("early_day_count") / EARLY_DAYS
    timeliness = np.full(len(frame), np.nan)
    np.divide(credit + bonus, due, out=timeliness, where=due > 0)
    return timeliness


def _breadth(frame: pd.DataFrame) -> pd.Series:
    """Fading sum of what was used; NaN until a learner of the run has used more than one activity in a week."""
    used = _fading_sum(frame, np.log1p(frame["activity_type_count"]) + np.log1p(frame["activity_count"]))
    is_choice = frame["activity_count"] > 1
    first_choice = frame["course_week"].where(is_choice).groupby(frame["course_run_key"]).transform("min")
    return used.where(frame["course_week"] >= first_choice)


def _weighted_index(scored: pd.DataFrame, weights: Mapping[str, float]) -> Floats:
    parts = scored[list(PARTS)].to_numpy(dtype=np.float64)
    part_weights = np.array([weights[part] for part in PARTS])
    present = np.where(np.isnan(parts), 0.0, part_weights)
    index = 100.0 * (np.nan_to_num(parts) * present).sum(axis=1) / present.sum(axis=1)
    return np.asarray(np.clip(index, 0.0, 100.0))


def _change(scored: pd.DataFrame) -> pd.Series:
    key, week, index = scored["enrollment_key"], scored["course_week"], scored["engagement_index"]
    follows = (key == key.shift()) & (week == week.shift() + 1)
    return (index - index.shift()).where(follows)
