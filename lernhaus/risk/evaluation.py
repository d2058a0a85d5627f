"""How well risk is told: measures of `risk_backtest`, by as-of day and group of learners, with bootstrap intervals.

- base_rate: share that failed or withdrew.
- auc: area under the receiver operating characteristic (Fawcett 2006), ties counted half.
- average_precision: mean of the precision at each one who failed or withdrew, from the highest score down.
- brier: mean squared difference of probability and outcome (Brier 1950).
- calibration_error: expected calibration error, ten groups of equal size by probability (Naeini et al. 2015).
- precision_of_top_fifth, recall_of_top_fifth: of the fifth with the highest scores, the share that failed or withdrew,
  and their share in all who did.

Intervals are 95 % percentile intervals of a bootstrap over learners (Efron & Tibshirani 1993): the enrollments of a
learner are drawn together.
"""

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.figures import shown_groups
from lernhaus.risk.models import ALL_ENROLLED, COURSE_LEFT_OUT

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

RESAMPLES = 100
CONFIDENCE = 95.0
BINS = 10
TOP_SHARE = 0.2
GROUPS = ("gender", "age_band", "deprivation_band", "disability")
MEASURES = (
    "base_rate",
    "auc",
    "average_precision",
    "brier",
    "calibration_error",
    "precision_of_top_fifth",
    "recall_of_top_fifth",
)
DECIMALS = 6

SCHEMA = pa.schema(
    [
        pa.field("protocol", pa.string(), nullable=False),
        pa.field("as_of_day", pa.int32(), nullable=False),
        pa.field("grouped_by", pa.string(), nullable=False),
        pa.field("group_value", pa.string(), nullable=False),
        pa.field("measure", pa.string(), nullable=False),
        pa.field("enrollment_count", pa.int32(), nullable=False),
        pa.field("measure_value", pa.float64(), nullable=False),
        pa.field("lower_bound", pa.float64(), nullable=False),
        pa.field("upper_bound", pa.float64(), nullable=False),
        pa.field("backtest_version", pa.string(), nullable=False),
    ]
)


def evaluate(
    backtest: pa.Table,
    enrollments: pa.Table,
    course_runs: pa.Table,
    demographics: pa.Table,
    *,
    minimum_group_size: int,
) -> pa.Table:
    """Measure every protocol on every as-of day.

    Parameters
    ----------
    backtest
        `risk_backtest`, with a `backtest_version`, the same for all rows of a protocol.
    enrollments
        `fct_enrollment`: enrollment_key, learner_key, course_run_key, demographics_key.
    course_runs
        `dim_course_run`: course_run_key, course_key.
    demographics
        `dim_demographics`: demographics_key and `GROUPS`.
    minimum_group_size
        Groups of fewer learners have no row, nor have those with fewer that failed or withdrew, or did not.

    Returns
    -------
    pa.Table
        `SCHEMA`, sorted by its grain protocol x as_of_day x grouped_by x group_value x measure. `grouped_by`: all,
        course (by key); for the headline also learner (new, or of_training), gender, age_band, deprivation_band and
        disability.

    Raises
    ------
    ValueError
        The minimum group size is below 1.
    """
    if minimum_group_size < 1:
        raise ValueError("the minimum group size must be at least 1")
    if backtest.num_rows == 0:
        return SCHEMA.empty_table()
    people = (
        enrollments.select(["enrollment_key", "learner_key", "course_run_key", "demographics_key"])
        .to_pandas()
        .merge(course_runs.select(["course_run_key", "course_key"]).to_pandas(), on="course_run_key", how="left")
        .merge(demographics.select(["demographics_key", *GROUPS]).to_pandas(), on="demographics_key", how="left")
        .set_index("enrollment_key")
    )
    people["all"], people["course"] = "all", people["course_key"].astype(str)
    # as codes, since rows are chosen by them again and again
    coded = ["all", "course", *GROUPS]
    people[coded] = people[coded].fillna("unknown").astype("category")
    rows = backtest.drop_columns("model_version").to_pandas().join(people, on="enrollment_key")
    rows["learner"] = pd.Categorical(np.where(rows["is_learner_of_training"], "of_training", "new"))
    measured = ["learner_key", "fail_or_withdraw_probability", "did_fail_or_withdraw"]
    found = []
    for (protocol, day), one in rows.groupby(["protocol", "as_of_day"], sort=True):
        is_variant = str(protocol).endswith((COURSE_LEFT_OUT, ALL_ENROLLED))
        for grouped_by in ("all", "course") if is_variant else ("all", "course", "learner", *GROUPS):
            values = one[grouped_by]
            sizes = one.groupby(values)["learner_key"].nunique().to_dict()
            for value in shown_groups(sizes, minimum_group_size):
                part = one.loc[values == value, measured]
                counts = part["did_fail_or_withdraw"].sum(), (~part["did_fail_or_withdraw"]).sum()
                if min(counts) < minimum_group_size:
                    continue
                seed = zlib.crc32(f"{protocol} {day} {grouped_by} {value}".encode())
                for figure in measure(part, seed):
                    found.append((protocol, day, grouped_by, value, *figure))
    result = pd.DataFrame(found, columns=list(SCHEMA.names[:-1]))
    result["backtest_version"] = result["protocol"].map(rows.groupby("protocol")["backtest_version"].first())
    result = result.sort_values(list(SCHEMA.names[:5]), ignore_index=True)
    return pa.Table.from_pandas(result[SCHEMA.names], schema=SCHEMA, preserve_index=False)


def measure(rows: pd.DataFrame, seed: int) -> Iterator[tuple[str, int, float, float, float]]:
    """Measure, number of enrollments, value and bounds, of rows of `risk_backtest` with learner_key."""
    # learners in the order of their numbers, not of the rows: the same draws whatever the order
    learner = np.unique(rows["learner_key"].to_numpy(), return_inverse=True)[1]
    sample = _Sample.of(
        rows["fail_or_withdraw_probability"].to_numpy(), rows["did_fail_or_withdraw"].to_numpy(dtype=bool), learner
    )
    values = sample.measures(np.ones(len(rows), dtype=np.int64))
    draws = np.random.default_rng(seed)
    size = int(learner.max()) + 1
    drawn = {name: np.full(RESAMPLES, np.nan) for name in MEASURES}
    for i in range(RESAMPLES):
        times = np.bincount(draws.integers(0, size, size), minlength=size)
        for name, value in sample.measures(times[sample.learner]).items():
            drawn[name][i] = value
    tail = (100.0 - CONFIDENCE) / 2
    for name in MEASURES:
        # a draw may hold no one of a kind, and then has no such measure
        lower, upper = np.nanpercentile(drawn[name], [tail, 100.0 - tail])
        value, lower, upper = (round(float(figure), DECIMALS) for figure in (values[name], lower, upper))
        yield name, len(rows), value, lower, upper


@dataclass(frozen=True)
class _Sample:
    """Rows from the lowest probability, with the squared error and the learner of each.

    For each row with a bad outcome (`bad`), how many rows are lower (`below`), and how many not higher (`up_to`).
    """

    probability: Floats
    is_bad: Flags
    squared_error: Floats
    learner: Ints
    bad: Ints
    below: Ints
    up_to: Ints

    @classmethod
    def of(cls, probability: Floats, is_bad: Flags, learner: Ints) -> "_Sample":
        order = np.lexsort((learner, probability))
        probability, is_bad = probability[order], is_bad[order]
        bad = np.flatnonzero(is_bad)
        below = np.searchsorted(probability, probability[bad], side="left")
        up_to = np.searchsorted(probability, probability[bad], side="right")
        return cls(probability, is_bad, (probability - is_bad) ** 2, learner[order], bad, below, up_to)

    def measures(self, times: Ints) -> Mapping[str, float]:
        """Every measure with each row counted as many times; NaN where all outcomes are alike."""
        # numbers of the first rows, from none to all; whole, since these are added up several times as fast
        seen, seen_bad = _running(times), _running(times * self.is_bad)
        total, all_bad = int(seen[-1]), int(seen_bad[-1])
        all_good = total - all_bad
        if not (all_bad and all_good):
            return dict.fromkeys(MEASURES, np.nan)
        weight = times.astype(np.float64)
        weight_of_bad, seen_good = weight[self.bad], seen - seen_bad
        auc = (weight_of_bad * (seen_good[self.below] + seen_good[self.up_to])).sum() / (2 * all_bad * all_good)
        # of all at least as high, the share that is bad
        precision = (all_bad - seen_bad[self.below]) / np.maximum(total - seen[self.below], 1)
        average_precision = (weight_of_bad * precision).sum() / all_bad
        brier = (weight * self.squared_error).sum() / total
        # a row is in the group of its middle; twice that is a whole number
        bounds = np.searchsorted(seen[1:] + seen[:-1], -(-2 * total * np.arange(BINS + 1) // BINS))
        bounds[-1] = len(times)
        group = np.repeat(np.arange(BINS), np.diff(bounds))
        gaps = np.bincount(group, weight * self.probability, BINS) - np.diff(seen_bad[bounds])
        top = TOP_SHARE * total
        # the row on the border counts in part
        border = int(np.searchsorted(seen, total - np.ceil(top), side="right"))
        bad_in_top = all_bad - seen_bad[border] + (top - (total - seen[border])) * self.is_bad[border - 1]
        return {
            "base_rate": all_bad / total,
            "auc": auc,
            "average_precision": average_precision,
            "brier": brier,
            "calibration_error": np.abs(gaps).sum() / total,
            "precision_of_top_fifth": bad_in_top / top,
            "recall_of_top_fifth": bad_in_top / all_bad,
        }


def _running(counts: Ints) -> Ints:
    """Running totals, from 0."""
    totals = np.zeros(len(counts) + 1, dtype=np.int64)
    np.cumsum(counts, out=totals[1:])
    return totals
