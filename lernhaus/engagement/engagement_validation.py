"""Evidence for the engagement index, computed from the finished course runs of the warehouse itself.

Each row is one figure: what it measures, for which cohort of runs, at the end of which course week, for which group,
with the number of enrollments behind it and a 95 % interval. The index never saw an outcome, so figures about outcomes
are no fit to them.

- failure_share: share of enrollments that failed or withdrew, by decile or band of the index.
- success_auc: probability that a learner who passed has a higher score than one who did not, by score (the index, its
  parts, the plain count of interactions), and of the index within groups of learners.
- rank_stability: Spearman's correlation of a score with the same score four weeks earlier.
- split_half: Spearman's correlation of a score of odd days with that of even days, stepped up by the Spearman-Brown
  formula to the whole of the days. What is handed in cannot be halved by days, so the index is that without timeliness.
- attribute_correlation: Spearman's correlation of the index with what it should not measure.
- index_mean: mean of the index by group of learners.

Intervals: Wilson (1927) for shares, Hanley & McNeil (1982) for areas under the curve, Fisher's z for correlations (with
the factor 1.06 of Fieller, Hartley & Pearson 1957 for ranks), normal for means.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from lernhaus.engagement import engagement_week
from lernhaus.figures import shown_groups

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Booleans = NDArray[np.bool_]

FIRST_WEEK = 1
WEEK_STEP = 4
DECILES = 10
GROUPS = ("gender", "age_band", "deprivation_band", "disability")
SCORES = ("engagement_index", *engagement_week.PARTS, "interaction_count")
_HALVED_SCORES = ("engagement_index", *(part for part in engagement_week.PARTS if part != "timeliness"))
SUCCESSES = ("pass", "distinction")

Z = 1.959964

SCHEMA = pa.schema(
    [
        pa.field("cohort", pa.string(), nullable=False),
        pa.field("course_week", pa.int32(), nullable=False),
        pa.field("measure", pa.string(), nullable=False),
        pa.field("grouped_by", pa.string(), nullable=False),
        pa.field("group_value", pa.string(), nullable=False),
        pa.field("course_run_count", pa.int32(), nullable=False),
        pa.field("enrollment_count", pa.int32(), nullable=False),
        pa.field("measure_value", pa.float64(), nullable=False),
        pa.field("lower_bound", pa.float64(), nullable=False),
        pa.field("upper_bound", pa.float64(), nullable=False),
        pa.field("engagement_version", pa.string(), nullable=False),
    ]
)


@dataclass(frozen=True)
class _Figure:
    measure: str
    grouped_by: str
    group_value: str
    enrollment_count: int
    measure_value: float
    lower_bound: float
    upper_bound: float


def evaluate(
    scores: pa.Table,
    weeks: pa.Table,
    half_weeks: pa.Table,
    enrollments: pa.Table,
    course_runs: pa.Table,
    demographics: pa.Table,
    *,
    weights: Mapping[str, float],
    minimum_group_size: int,
) -> pa.Table:
    """Measure the index on all enrollments of the course runs given, together and by the year in which a run started.

    Parameters
    ----------
    scores
        `engagement_week`: the index to evaluate.
    weeks
        `fct_enrollment_week` of these enrollments: enrollment_key, course_run_key, course_week,
        is_enrolled_at_week_end, interaction_count.
    half_weeks
        `int_enrollment_half_week`: the use of activities on odd and on even days, of a sample of the enrollments.
    enrollments
        `fct_enrollment`, those of finished runs: enrollment_key, learner_key, course_run_key, demographics_key,
        final_result (null where no outcome is known: such enrollments count in what needs none).
    course_runs
        `dim_course_run`, the finished runs: course_run_key, start_date.
    demographics
        `dim_demographics`: demographics_key, gender, age_band, deprivation_band, disability.
    weights
        As in `engagement_week.compute`; the halves are weighed alike.
    minimum_group_size
        Groups of fewer learners have no row (see `figures.shown_groups`).

    Returns
    -------
    pa.Table
        `SCHEMA`, sorted by its grain cohort x course week x measure x grouped_by x group_value, for the course weeks
        1, 3, 7, 11, 15 and so on (the ends of week 2, 4, 8, 12, 16 of the course).

    Raises
    ------
    ValueError
        The minimum group size is below 1.
    """
    if minimum_group_size < 1:
        raise ValueError("the minimum group size must be at least 1")
    if enrollments.num_rows == 0:
        return SCHEMA.empty_table()
    people = _people(enrollments, course_runs, demographics)
    rows = _rows(scores, weeks, people)
    halves = _halves(weeks, half_weeks, weights)
    years = [str(day.year) for day in course_runs.column("start_date").to_pylist()]
    figures: list[dict[str, Any]] = []
    for cohort in ("all", *people.cohort.names):
        is_in = np.ones(len(people.key), dtype=bool) if cohort == "all" else people.cohort.is_(cohort)
        run_count = len(years) if cohort == "all" else years.count(cohort)
        half_of_cohort = halves[halves["enrollment_key"].isin(people.key[is_in])]
        chosen = {week: row.where(is_in[row.person]) for week, row in rows.items()}
        for week, now in chosen.items():
            half = half_of_cohort[half_of_cohort["course_week"] == week]
            shared = {"cohort": cohort, "course_week": week, "course_run_count": run_count}
            found = _figures(now, chosen.get(week - WEEK_STEP), half, people, minimum_group_size)
            figures.extend(shared | vars(figure) for figure in found)
    result = pd.DataFrame(figures, columns=[name for name in SCHEMA.names if name != "engagement_version"])
    result["engagement_version"] = engagement_week.version(weights)
    result = result.sort_values(list(SCHEMA.names[:5]), ignore_index=True)
    return pa.Table.from_pandas(result[SCHEMA.names], schema=SCHEMA, preserve_index=False)


@dataclass(frozen=True)
class _Labels:
    """A label of each row: its code, and the names that the codes are places in."""

    codes: Ints
    names: tuple[str, ...]

    def __getitem__(self, rows: Any) -> "_Labels":
        return _Labels(self.codes[rows], self.names)

    def is_(self, name: str) -> Booleans:
        """Return a mask of the rows with this label."""
        return np.asarray(self.codes == self.names.index(name))

    def groups(self, learner: Ints, minimum: int) -> dict[str, Booleans]:
        """Return the groups of learners that are large enough to be shown, as masks."""
        is_there = np.zeros((len(self.names), int(learner.max(initial=0)) + 1), dtype=bool)
        is_there[self.codes, learner] = True
        sizes = is_there.sum(axis=1)
        shown = shown_groups({name: int(size) for name, size in zip(self.names, sizes, strict=True) if size}, minimum)
        return {name: self.is_(name) for name in shown}

    def ordinals(self) -> Floats:
        """Return the place of each row in the order of the labels: that of bands is their first number, else NaN."""
        places = {"f": 0.0, "m": 1.0, "no": 0.0, "yes": 1.0}
        numbers = (re.match(r"\d+", name) for name in self.names)
        ordinals = [float(n[0]) if n else places.get(name, np.nan) for n, name in zip(numbers, self.names, strict=True)]
        return np.array(ordinals, dtype=np.float64)[self.codes]


def _labels(values: pd.Series) -> _Labels:
    codes, names = pd.factorize(values, sort=True)
    return _Labels(codes.astype(np.int64), tuple(names))


@dataclass(frozen=True)
class _Rows:
    """What is looked at at the end of a course week, one entry per enrollment in the order of the keys."""

    person: Ints  # position in the table of people
    band: _Labels
    scores: Mapping[str, Floats]

    def where(self, chosen: Booleans) -> "_Rows":
        scores = {name: values[chosen] for name, values in self.scores.items()}
        return _Rows(self.person[chosen], self.band[chosen], scores)


@dataclass(frozen=True)
class _People:
    """One entry per enrollment, in the order of the keys; a learner is a number from 0, success 1, 0 or NaN."""

    key: Ints
    learner: Ints
    cohort: _Labels
    success: Floats
    attributes: Mapping[str, _Labels]


def _people(enrollments: pa.Table, course_runs: pa.Table, demographics: pa.Table) -> _People:
    columns = ["enrollment_key", "learner_key", "course_run_key", "demographics_key", "final_result"]
    frame: pd.DataFrame = enrollments.select(columns).to_pandas().sort_values("enrollment_key", ignore_index=True)
    years = course_runs.select(["course_run_key", "start_date"]).to_pandas().set_index("course_run_key")["start_date"]
    frame["cohort"] = frame["course_run_key"].map(years.map(lambda day: str(day.year)))
    frame = frame.join(demographics.to_pandas().set_index("demographics_key")[list(GROUPS)], on="demographics_key")
    success = frame["final_result"].isin(SUCCESSES).astype("float64").where(frame["final_result"].notna())
    return _People(
        key=frame["enrollment_key"].to_numpy(),
        learner=np.unique(frame["learner_key"], return_inverse=True)[1],
        cohort=_labels(frame["cohort"]),
        success=np.asarray(success, dtype=np.float64),
        attributes={name: _labels(frame[name]) for name in GROUPS},
    )


def _rows(scores: pa.Table, weeks: pa.Table, people: _People) -> dict[int, _Rows]:
    """By course week in order, the scores of those still enrolled and their interactions so far."""
    keys = people.key
    reported = scores.filter(_is_reported(scores["course_week"]))
    person = np.searchsorted(keys, reported["enrollment_key"].to_numpy())
    course_week = reported["course_week"].to_numpy()
    order = np.lexsort((person, course_week))
    person, course_week = person[order], course_week[order]
    band = _labels(reported["engagement_band"].to_pandas())[order]
    values = {name: reported[name].to_numpy()[order] for name in SCORES[:-1]}

    week = weeks["course_week"].to_numpy()
    first_week = week.min(initial=0)
    so_far = np.zeros((len(keys), int(week.max(initial=0) - first_week) + 1), dtype=np.int64)
    so_far[np.searchsorted(keys, weeks["enrollment_key"].to_numpy()), week - first_week] = weeks["interaction_count"]
    values["interaction_count"] = so_far.cumsum(axis=1)[person, course_week - first_week].astype(np.float64)

    everything = _Rows(person, band, values)
    return {int(number): everything.where(course_week == number) for number in np.unique(course_week)}


def _is_reported(course_week: pa.ChunkedArray) -> pa.ChunkedArray:
    """True for the course weeks that have figures."""
    number = course_week.to_numpy()
    return pa.array((number == FIRST_WEEK) | ((number >= 0) & (number % WEEK_STEP == WEEK_STEP - 1)))


def _halves(weeks: pa.Table, half_weeks: pa.Table, weights: Mapping[str, float]) -> pd.DataFrame:
    """The index and its parts of odd days (suffix _odd) and of even days (_even), without timeliness."""
    sampled = weeks.filter(pc.is_in(weeks["enrollment_key"], value_set=half_weeks["enrollment_key"].unique()))
    dense: pd.DataFrame = sampled.select(
        ["enrollment_key", "course_run_key", "course_week", "is_enrolled_at_week_end"]
    ).to_pandas()
    dense = dense.sort_values(["enrollment_key", "course_week"], ignore_index=True)
    # nothing is due, so timeliness is undefined and the other parts share its weight
    dense[["assessment_due_count", "due_on_time_count", "due_late_count", "early_day_count"]] = 0
    use = half_weeks.to_pandas()
    halves = []
    for is_odd in (True, False):
        half = dense.merge(
            use[use["is_odd_day"] == is_odd].drop(columns="is_odd_day"),
            on=["enrollment_key", "course_week"],
            how="left",
        )
        last_day = half.pop("last_active_course_day").groupby(half["enrollment_key"]).ffill()
        half["days_since_last_active"] = 7 * half["course_week"] + 6 - last_day
        counts = ["interaction_count", "active_day_count", "activity_count", "activity_type_count"]
        half[counts] = half[counts].fillna(0).astype("int64")
        table = pa.Table.from_pandas(half, preserve_index=False)
        computed = engagement_week.compute(table, weights=weights)
        halves.append(computed.select(["enrollment_key", "course_week", *_HALVED_SCORES]).to_pandas())
    both: pd.DataFrame = halves[0].merge(halves[1], on=["enrollment_key", "course_week"], suffixes=("_odd", "_even"))
    return both


def _figures(now: _Rows, before: _Rows | None, half: pd.DataFrame, people: _People, minimum: int) -> Iterator[_Figure]:
    """All figures of a cohort in a course week; groups that are too small are left out."""
    learner, success = people.learner[now.person], people.success[now.person]
    attributes = {name: labels[now.person] for name, labels in people.attributes.items()}
    is_shown = len(np.unique(learner)) >= minimum
    index = now.scores["engagement_index"]
    if is_shown:
        yield _mean("all", "all", index)
    for name, labels in attributes.items():
        for value, mask in labels.groups(learner, minimum).items():
            yield _mean(name, value, index[mask])
        yield from _correlation("attribute_correlation", "attribute", name, index, labels.ordinals(), minimum)
    if before is not None:
        _, here, there = np.intersect1d(now.person, before.person, assume_unique=True, return_indices=True)
        for score in ("engagement_index", "interaction_count"):
            pair = now.scores[score][here], before.scores[score][there]
            yield from _correlation("rank_stability", "score", score, *pair, minimum)
    for score in _HALVED_SCORES:
        pair = half[f"{score}_odd"].to_numpy(), half[f"{score}_even"].to_numpy()
        for figure in _correlation("split_half", "score", score, *pair, minimum):
            yield _stepped_up(figure)

    known = ~np.isnan(success)
    learner, success, index = learner[known], success[known] == 1, index[known]
    if is_shown and known.any():
        yield _failure_share("all", "all", success)
    decile = np.ceil(_ranks(index) * DECILES / max(len(index), 1)).astype(np.int64)
    deciles = _Labels(decile - 1, tuple(f"{number:02d}" for number in range(1, DECILES + 1)))
    for name, labels in (("decile", deciles), ("engagement_band", now.band[known])):
        for value, mask in labels.groups(learner, minimum).items():
            yield _failure_share(name, value, success[mask])
    for score, values in now.scores.items():
        defined = ~np.isnan(values[known])
        yield from _area("score", score, values[known][defined], success[defined], minimum)
    for name, labels in attributes.items():
        for value, mask in labels[known].groups(learner, minimum).items():
            yield from _area(name, value, index[mask], success[mask], minimum)


def _mean(grouped_by: str, value: str, index: Floats) -> _Figure:
    mean, margin = float(index.mean()), float(Z * index.std() / np.sqrt(len(index)))
    return _Figure("index_mean", grouped_by, value, len(index), mean, mean - margin, mean + margin)


def _failure_share(grouped_by: str, value: str, success: Booleans) -> _Figure:
    count = len(success)
    share = float(1 - success.mean())
    middle = (share + Z**2 / (2 * count)) / (1 + Z**2 / count)
    margin = Z / (1 + Z**2 / count) * np.sqrt(share * (1 - share) / count + Z**2 / (4 * count**2))
    # the interval holds the share; the sums above may miss it by their last digit
    lower, upper = min(float(middle - margin), share), max(float(middle + margin), share)
    return _Figure("failure_share", grouped_by, value, count, share, lower, upper)


def _area(grouped_by: str, value: str, score: Floats, success: Booleans, minimum: int) -> Iterator[_Figure]:
    """The area under the curve, unless one of the outcomes is too rare."""
    good = int(success.sum())
    bad = len(success) - good
    if min(good, bad) < minimum:
        return
    area = float((_ranks(score)[success].sum() - good * (good + 1) / 2) / (good * bad))
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    variance = area * (1 - area) + (good - 1) * (first - area**2) + (bad - 1) * (second - area**2)
    margin = float(Z * np.sqrt(max(variance, 0.0) / (good * bad)))
    lower, upper = max(area - margin, 0.0), min(area + margin, 1.0)
    yield _Figure("success_auc", grouped_by, value, good + bad, area, lower, upper)


def _correlation(
    measure: str, grouped_by: str, value: str, left: Floats, right: Floats, minimum: int
) -> Iterator[_Figure]:
    """Spearman's correlation where both are defined, unless they are too few or one of them is the same for all."""
    defined = ~np.isnan(left) & ~np.isnan(right)
    count = int(defined.sum())
    if count < max(minimum, 4):
        return
    first, second = _ranks(left[defined]), _ranks(right[defined])
    if np.ptp(first) == 0 or np.ptp(second) == 0:
        return
    correlation = float(np.clip(np.corrcoef(first, second)[0, 1], -1.0, 1.0))
    # a perfect correlation has no finite z
    z, margin = np.arctanh(np.clip(correlation, -1 + 1e-12, 1 - 1e-12)), Z * np.sqrt(1.06 / (count - 3))
    lower, upper = min(float(np.tanh(z - margin)), correlation), max(float(np.tanh(z + margin)), correlation)
    yield _Figure(measure, grouped_by, value, count, correlation, lower, upper)


def _stepped_up(figure: _Figure) -> _Figure:
    """The reliability of the whole from the correlation of its halves."""
    halves = np.array([figure.measure_value, figure.lower_bound, figure.upper_bound])
    value, lower, upper = np.maximum(2 * halves / np.maximum(1 + halves, 1e-12), -1.0).tolist()
    return replace(figure, measure_value=value, lower_bound=lower, upper_bound=upper)


def _ranks(values: Floats) -> Floats:
    """Ranks from 1; ties share their mean."""
    order = np.argsort(values)
    ordered = values[order]
    starts = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    ends = np.append(starts[1:], len(values))
    ranks = np.empty(len(values))
    ranks[order] = np.repeat((starts + 1 + ends) / 2, ends - starts)
    return ranks
