"""The risk model on the protocols of published work, and with protected attributes: trained and tested anew.

- ``next_run``: trained on the runs 2013B, 2013J and 2014B, tested on 2014J at the end of week 8, learners with clicks.
- ``course_share``: five folds by learner; learners still enrolled after 10, 20 and 40 % of the days of a course.
- ``next_week``: five folds by learner; who withdraws within seven days, at the ends of weeks 1 to 10.
- ``protected``: the headline protocol, with deprivation, or with sex, age, disability, deprivation and region among the
  features; as if the share that failed or withdrew of each tested run had been known; beside it a gradient boosting as
  scikit-learn has it, one model a day, on the features without their ranks.

Features and model are those of the warehouse; nothing is tuned to a protocol.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import average_precision_score, roc_auc_score
from sklearn.model_selection import GroupKFold

from lernhaus.risk import boosting, catalogue, features, models

Floats = NDArray[np.float64]

SHARES = (0.1, 0.2, 0.4)
WEEKS = tuple(range(1, 11))
FOLDS = 5
WEEK_8 = 56
PROTECTED = tuple(feature.name for feature in catalogue.PROTECTED)
# log odds: a share moved by more than that is 0 or 1
MOST_SHIFT = 20.0


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

    def features(
        self, days: Sequence[int], *, today: date = date(2100, 1, 1), keep_withdrawn: bool = False
    ) -> pa.RecordBatchReader:
        """Features as of some days, as `features.build` makes them."""

        def table(name: str, columns: str = "*") -> pa.Table:
            return self.connection.sql(f"select {columns} from {name}").to_arrow_table()

        return features.build(
            table("fct_enrollment"),
            table("dim_course_run"),
            table("dim_demographics"),
            table("fct_daily_activity", ", ".join(features.USE_COLUMNS)),
            table("dim_activity"),
            table("fct_submission"),
            table("dim_assessment"),
            today=today,
            as_of_days=days,
            keep_withdrawn=keep_withdrawn,
        )

    def rows(self, days: Sequence[int], *, keep_withdrawn: bool = False) -> pd.DataFrame:
        """Features as of some days, the protected ones too, with course_key, learner_key, run, length, final_result and
        day of withdrawal.
        """
        built = self.features(days, keep_withdrawn=keep_withdrawn)
        attributes = features.protected(
            self.connection.table("fct_enrollment").to_arrow_table(),
            self.connection.table("dim_demographics").to_arrow_table(),
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
        rows = rows.join(attributes, on="enrollment_key")
        return rows.sort_values(["enrollment_key", "as_of_day"], ignore_index=True)


def _predict(train: pd.DataFrame, test: pd.DataFrame, is_yes: pd.Series, added: Sequence[str] = ()) -> Floats:
    """Log odds of the test rows by a model of the training rows, as `risk_model` has them, with features added."""
    *known, course = models.features_that_tell(train, with_protected=False)
    columns = (*known, *added, course)
    courses = tuple(sorted(train["course_key"].unique()))
    yes = is_yes[train.index].to_numpy(dtype=bool)
    inputs = models.training_matrix(train, columns, courses)
    booster = boosting.Booster.train(inputs, yes, columns, seed=models.SEED, rounds=boosting.ROUNDS)
    return booster.log_odds(models.matrix(test, columns, courses))


def _predict_untuned(train: pd.DataFrame, test: pd.DataFrame, is_yes: pd.Series, added: Sequence[str] = ()) -> Floats:
    """Probabilities of the test rows by a model a day, with the defaults of scikit-learn, the course as a category."""
    ranks = {f"{name}_percentile" for name in catalogue.RANKED}
    columns = [*(feature.name for feature in catalogue.FEATURES if feature.name not in ranks), *added]
    courses = sorted(train["course_key"].unique())

    def inputs(rows: pd.DataFrame, known: Sequence[str]) -> pd.DataFrame:
        return rows[known].assign(course=pd.Categorical(rows["course_key"], courses))

    told = np.full(len(test), np.nan)
    for day in test["as_of_day"].unique():
        past, now = train[train["as_of_day"] == day], (test["as_of_day"] == day).to_numpy()
        # scikit-learn cannot bin a column without values: on the first days nothing is scored
        known = [name for name in columns if past[name].notna().any()]
        model = HistGradientBoostingClassifier(random_state=models.SEED, categorical_features="from_dtype")
        model.fit(inputs(past, known), is_yes[past.index])
        told[now] = model.predict_proba(inputs(test[now], known))[:, 1]
    return told


def _with_share_known(log_odds: Floats, test: pd.DataFrame, is_yes: pd.Series) -> Floats:
    """Log odds moved, for each run on each day, so that their mean probability is the share that came true."""

    def excess(shift: float, before: Floats, share: float) -> float:
        return float(expit(before + shift).mean() - share)

    moved = log_odds.copy()
    for rows in test.groupby(["course_run_id", "as_of_day"]).indices.values():
        share = float(is_yes[test.index[rows]].mean())
        moved[rows] += brentq(excess, -MOST_SHIFT, MOST_SHIFT, args=(log_odds[rows], share))
    return moved


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


def next_week(rows: pd.DataFrame, added: Sequence[str] = ()) -> list[Published]:
    """Of `Campus.rows` of the ends of `WEEKS`, with features added."""
    day = rows["withdrawn_course_day"].astype("float64")
    leaves = (day > rows["as_of_day"]) & (day <= rows["as_of_day"] + 7)
    areas, precisions = [], []
    for train, test in GroupKFold(FOLDS, shuffle=True, random_state=models.SEED).split(
        rows, groups=rows["learner_key"]
    ):
        told = _predict(rows.iloc[train], rows.iloc[test], leaves, added)
        truth = leaves[rows.index[test]]
        areas.append(roc_auc_score(truth, told))
        precisions.append(average_precision_score(truth, told))
    what = "five folds by learner, withdrawal within a week, weeks 1 to 10"
    what += ", with protected attributes" if added else ""
    return [
        Published("next_week", f"AUC, {what}", float(np.mean(areas)), 0.844, 0.844),
        Published("next_week", f"average precision, {what}", float(np.mean(precisions)), 0.159, 0.159),
    ]


def protected(campus: Campus) -> dict[str, dict[int, float]]:
    """AUC on the headline protocol: by what the model is and knows, by as-of day."""
    rows = campus.rows(features.DEFAULT_AS_OF_DAYS)
    is_bad = rows["final_result"].isin(models.BAD_RESULTS)
    year = pd.to_datetime(rows["start_date"]).dt.year
    train, test = rows[year == 2013], rows[year == 2014]
    without, with_all = _predict(train, test, is_bad), _predict(train, test, is_bad, PROTECTED)
    told = {
        "without protected attributes": without,
        "with deprivation": _predict(train, test, is_bad, ["deprivation_level"]),
        "with all of them": with_all,
        "without, share of each run known": _with_share_known(without, test, is_bad),
        "with all, share of each run known": _with_share_known(with_all, test, is_bad),
        "untuned, without": _predict_untuned(train, test, is_bad),
        "untuned, with all": _predict_untuned(train, test, is_bad, PROTECTED),
    }
    on_day = {int(day): (test["as_of_day"] == day).to_numpy() for day in sorted(test["as_of_day"].unique())}
    return {
        what: {day: float(roc_auc_score(is_bad[test.index[now]], one[now])) for day, now in on_day.items()}
        for what, one in told.items()
    }
