"""The risk model on the protocols of published work, and with protected attributes: trained and tested anew.

- ``next_run``: trained on the runs 2013B, 2013J and 2014B, tested on 2014J at the end of week 8, learners with clicks.
- ``course_share``: five folds by learner; learners still enrolled after 10, 20 and 40 % of the days of a course.
- ``next_week``: five folds by learner; who withdraws within seven days, at the ends of weeks 1 to 10.
- ``protected``: the headline protocol, with sex, age, disability, deprivation and region among the features.

Features and model are those of the warehouse; nothing is tuned to a protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from lernhaus.risk import boosting, features, models

Floats = NDArray[np.float64]

SHARES = (0.1, 0.2, 0.4)
WEEKS = tuple(range(1, 11))
FOLDS = 5
WEEK_8 = 56


@dataclass(frozen=True)
class Published:
    """A figure beside the best one in print, which came of another model on the same protocol."""

    protocol: str
    what: str
    value: float
    published: float
    goal: float


@dataclass(frozen=True)
class Campus:
    """What the features are made from, and what became of the enrollments."""

    connection: duckdb.DuckDBPyConnection

    def rows(self, days: Sequence[int], *, keep_withdrawn: bool = False) -> pd.DataFrame:
        """Features as of some days with course_key, learner_key, run, length, final_result and day of withdrawal."""

        def table(name: str, columns: str = "*") -> object:
            return self.connection.sql(f"select {columns} from {name}").to_arrow_table()

        built = features.build(
            table("fct_enrollment"),
            table("dim_course_run"),
            table("dim_demographics"),
            table("fct_daily_activity", ", ".join(features.USE_COLUMNS)),
            table("dim_activity"),
            table("fct_submission"),
            table("dim_assessment"),
            today=date(2100, 1, 1),
            as_of_days=days,
            keep_withdrawn=keep_withdrawn,
        )
        people = self.connection.sql(
            """
            select
                e.enrollment_key, e.learner_key, e.final_result, e.withdrawn_course_day,
                r.course_key, r.course_run_id, r.run_length_days as length, r.start_date
            from fct_enrollment as e join dim_course_run as r using (course_run_key)
            """
        ).df()
        rows: pd.DataFrame = built.read_pandas().merge(people, on="enrollment_key")
        return rows.sort_values(["enrollment_key", "as_of_day"], ignore_index=True)


def _predict(train: pd.DataFrame, test: pd.DataFrame, is_yes: pd.Series, *, with_protected: bool = False) -> Floats:
    """Log odds of the test rows by a model of the training rows, as `risk_model` has them."""
    columns = models.features_that_tell(train, with_protected)
    courses = tuple(sorted(train["course_key"].unique()))
    yes = is_yes[train.index].to_numpy(dtype=bool)
    inputs = models.training_matrix(train, columns, courses)
    booster = boosting.Booster.train(inputs, yes, columns, seed=models.SEED, rounds=boosting.ROUNDS)
    return booster.log_odds(models.matrix(test, columns, courses))


def next_run(campus: Campus) -> list[Published]:
    found = []
    for keep_withdrawn in (True, False):
        rows = campus.rows(features.DEFAULT_AS_OF_DAYS, keep_withdrawn=keep_withdrawn)
        is_bad = rows["final_result"].isin(models.BAD_RESULTS)
        is_test = rows["course_run_id"].str.endswith("2014J")
        test = rows[is_test & (rows["as_of_day"] == WEEK_8) & (rows["interactions_total"] > 0)]
        area = roc_auc_score(is_bad[test.index], _predict(rows[~is_test], test, is_bad))
        who = "with clicks, those who had withdrawn included" if keep_withdrawn else "with clicks, still enrolled"
        found.append(Published("next_run", f"AUC, 2014J, end of week 8, learners {who}", float(area), 0.808, 0.86))
    return found


def course_share(campus: Campus) -> list[Published]:
    lengths = [
        length
        for (length,) in campus.connection.sql(
            "select distinct run_length_days from dim_course_run where run_length_days is not null"
        ).fetchall()
    ]
    days = {share: {length: round(share * length) for length in lengths} for share in SHARES}
    rows = campus.rows(sorted({day for by_length in days.values() for day in by_length.values()}))
    is_bad = rows["final_result"].isin(models.BAD_RESULTS)
    found = []
    for share, published, goal in zip(SHARES, (0.790, 0.824, 0.878), (0.79, 0.83, 0.885), strict=True):
        now = rows[rows["as_of_day"] == rows["length"].map(days[share])]
        areas = []
        for train, test in GroupKFold(FOLDS, shuffle=True, random_state=models.SEED).split(
            now, groups=now["learner_key"]
        ):
            told = _predict(now.iloc[train], now.iloc[test], is_bad)
            areas.append(roc_auc_score(is_bad[now.index[test]], told))
        what = f"AUC, five folds by learner, still enrolled after {share:.0%} of the days"
        found.append(Published("course_share", what, float(np.mean(areas)), published, goal))
    return found


def next_week(campus: Campus) -> list[Published]:
    rows = campus.rows([7 * week for week in WEEKS])
    day = rows["withdrawn_course_day"].astype("float64")
    leaves = (day > rows["as_of_day"]) & (day <= rows["as_of_day"] + 7)
    areas, precisions = [], []
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=models.SEED).split(
        rows, groups=rows["learner_key"]
    ):
        told = _predict(rows.iloc[train], rows.iloc[test], leaves)
        truth = leaves[rows.index[test]]
        areas.append(roc_auc_score(truth, told))
        precisions.append(average_precision_score(truth, told))
    what = "five folds by learner, withdrawal within a week, weeks 1 to 10"
    return [
        Published("next_week", f"AUC, {what}", float(np.mean(areas)), 0.844, 0.844),
        Published("next_week", f"average precision, {what}", float(np.mean(precisions)), 0.159, 0.159),
    ]


def protected(campus: Campus) -> dict[int, tuple[float, float]]:
    """AUC by as-of day on the headline protocol, without and with protected attributes."""
    rows = campus.rows(features.DEFAULT_AS_OF_DAYS)
    attributes = features.protected(
        campus.connection.sql("from fct_enrollment").to_arrow_table(),
        campus.connection.sql("from dim_demographics").to_arrow_table(),
    )
    rows = rows.join(attributes, on="enrollment_key")
    is_bad = rows["final_result"].isin(models.BAD_RESULTS)
    year = pd.to_datetime(rows["start_date"]).dt.year
    train, test = rows[year == 2013], rows[year == 2014]
    told = [_predict(train, test, is_bad, with_protected=known) for known in (False, True)]
    areas = {}
    for day in sorted(test["as_of_day"].unique()):
        now = (test["as_of_day"] == day).to_numpy()
        truth = is_bad[test.index[now]]
        areas[int(day)] = (float(roc_auc_score(truth, told[0][now])), float(roc_auc_score(truth, told[1][now])))
    return areas
