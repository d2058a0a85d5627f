"""The risk score: how likely an enrollment is to end in failure or withdrawal, as of a course day.

Rolling origin: a run is scored by a model that learned only from runs which had ended before it started, as
it could have been done at the time. Only where there are none are finished runs scored in retrospect, by a
model that learned from other finished runs; those rows say so and are no evidence of how well the score
predicts.

Two gradient boosted classifiers, both over all as-of days: one for P(fail or withdraw), one for
P(withdraw | fail or withdraw). Their product is the withdrawal probability, so it can never be the larger
one.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from lernhaus.risk import features

Floats = NDArray[np.float64]

RISK_VERSION = "1.0.0"
DEFAULT_AS_OF_DAYS = (0, 14, 28, 42, 56, 84, 112, 140, 168, 196, 224, 252)

MINIMUM_ENROLLMENTS_PER_CLASS = 30
# Bounds time and memory; 12,000 gained up to 0.004 AUC on OULAD's 2014 runs.
MAXIMUM_TRAINING_ENROLLMENTS = 8_000
PARALLEL_MODELS = 2
RETROSPECTIVE_FOLDS = 2
PROBABILITY_DECIMALS = 6

BAND_CUTS = (0.35, 0.65)
BAND_NAMES = ("low", "medium", "high")

RESULTS = ("distinction", "pass", "fail", "withdrawn")

# A categorical feature of the booster has at most 255 levels.
_MAXIMUM_COURSES = 255

SCHEMA = pa.schema(
    [
        pa.field("enrollment_key", pa.int64(), nullable=False),
        pa.field("as_of_day", pa.int32(), nullable=False),
        pa.field("as_of_date", pa.date32(), nullable=False),
        pa.field("fail_or_withdraw_probability", pa.float64(), nullable=False),
        pa.field("withdraw_probability", pa.float64(), nullable=False),
        pa.field("risk_band", pa.string(), nullable=False),
        pa.field("training_run_count", pa.int32(), nullable=False),
        pa.field("training_enrollment_count", pa.int32(), nullable=False),
        pa.field("is_retrospective", pa.bool_(), nullable=False),
        pa.field("model_version", pa.string(), nullable=False),
    ]
)


def score(
    weeks: pa.Table,
    enrollments: pa.Table,
    course_runs: pa.Table,
    *,
    today: date,
    only_runs: Collection[int] | None = None,
    as_of_days: Sequence[int] = DEFAULT_AS_OF_DAYS,
    seed: int = 0,
) -> pa.Table:
    """Score every enrollment on every as-of day on which it was enrolled.

    A run has ended when its end date is before `today`; runs with the same ended runs behind them share a
    model. A model needs 30 enrollments with a good result (pass, distinction) and 30 with a bad one (fail,
    withdrawn), else it is not trained. Without 30 failures and 30 withdrawals the share of withdrawals
    among the bad results stands in for the second classifier. Of larger training sets a random 8,000
    enrollments are used. In retrospect, the runs are split in two halves, each scored by a model of all
    ended runs outside it.

    Parameters
    ----------
    weeks, enrollments, course_runs, as_of_days, today
        As for `features.build`; `enrollments` also with final_result (distinction, pass, fail, withdrawn or
        null), which is used for training on ended runs alone.
    only_runs
        The course_run_key of the runs to score, all where None. Models learn from the same runs in either case, so
        the rows are those of the whole table.
    seed
        Random state of the classifiers. Same input and seed, same output, in whatever order the rows come.

    Returns
    -------
    pa.Table
        `SCHEMA`, sorted by its grain, enrollment x as-of day. Probabilities in [0, 1], to six decimals.
        `risk_band` by fail_or_withdraw_probability: low below 0.35, high from 0.65, medium between.
        `training_*_count` describe the model's training set, `model_version` names code and training set.
        Enrollments for which no model can be trained have no row.

    Raises
    ------
    ValueError
        As for `features.build`, or a final_result outside the vocabulary.
    """
    rows = features.build(weeks, enrollments, course_runs, as_of_days=as_of_days, today=today)
    rows["final_result"] = rows["enrollment_key"].map(_results(enrollments))
    has_ended = rows["end_date"] < pd.Timestamp(today)
    known = rows[has_ended & rows["final_result"].notna()]

    wanted = rows["course_run_key"].isin(only_runs) if only_runs is not None else pd.Series(True, index=rows.index)
    plan = [
        (targets & wanted, training, is_retrospective)
        for targets, training, is_retrospective in _plan(rows, has_ended, known)
        if (targets & wanted).any()
    ]

    def train_and_score(step: tuple[pd.Series, pd.DataFrame, bool]) -> pd.DataFrame | None:
        targets, training, is_retrospective = step
        model = RiskModel.train(training, seed=seed, is_retrospective=is_retrospective)
        return None if model is None else _scores(rows[targets], model)

    # One model per core, each on one thread: the same sums on every machine, and no threads waiting for each other.
    with threadpool_limits(limits=1, user_api="openmp"), ThreadPoolExecutor(PARALLEL_MODELS) as pool:
        scored = [part for part in pool.map(train_and_score, plan) if part is not None]
    if not scored:
        return SCHEMA.empty_table()
    table = pd.concat(scored).sort_values(list(features.GRAIN), ignore_index=True)
    return pa.Table.from_pandas(table[SCHEMA.names], schema=SCHEMA, preserve_index=False)


@dataclass(frozen=True)
class RiskModel:
    """A trained model: two classifiers, the courses they know, and what they learned from."""

    fails_or_withdraws: HistGradientBoostingClassifier
    withdraws_if_so: HistGradientBoostingClassifier | float
    courses: pd.Index
    training_run_count: int
    training_enrollment_count: int
    is_retrospective: bool
    version: str

    @classmethod
    def train(cls, training: pd.DataFrame, *, seed: int, is_retrospective: bool) -> "RiskModel | None":
        """Train on rows of `features.build` with final_result; None where there are too few outcomes."""
        training = _sample(training, seed)
        result = training.drop_duplicates("enrollment_key").set_index("enrollment_key")["final_result"]
        if not _enough(result.isin(["fail", "withdrawn"])):
            return None
        courses = _known_courses(training)
        inputs = _inputs(training, courses)
        is_bad = training["final_result"].isin(["fail", "withdrawn"]).to_numpy()
        is_withdrawn = (training["final_result"] == "withdrawn").to_numpy()

        bad_results = result[result.isin(["fail", "withdrawn"])]
        withdraws_if_so: HistGradientBoostingClassifier | float
        if _enough(bad_results == "withdrawn"):
            withdraws_if_so = _fit(inputs[is_bad], is_withdrawn[is_bad], seed)
        else:
            withdraws_if_so = float((bad_results == "withdrawn").mean())
        runs = sorted(training["course_run_key"].unique().tolist())
        days = sorted(training["as_of_day"].unique().tolist())
        identity = hashlib.sha256(repr((runs, len(result), days, seed)).encode()).hexdigest()[:12]
        return cls(
            fails_or_withdraws=_fit(inputs, is_bad, seed),
            withdraws_if_so=withdraws_if_so,
            courses=courses,
            training_run_count=len(runs),
            training_enrollment_count=len(result),
            is_retrospective=is_retrospective,
            version=f"{RISK_VERSION}+{identity}",
        )

    def probabilities(self, rows: pd.DataFrame) -> tuple[Floats, Floats]:
        """P(fail or withdraw) and P(withdraw), one each per row of `features.build`."""
        inputs = _inputs(rows, self.courses)
        share = self.withdraws_if_so
        with threadpool_limits(limits=1, user_api="openmp"):
            bad = self.fails_or_withdraws.predict_proba(inputs)[:, 1]
            withdrawn = bad * (share if isinstance(share, float) else share.predict_proba(inputs)[:, 1])
        return bad.round(PROBABILITY_DECIMALS), withdrawn.round(PROBABILITY_DECIMALS)


def _results(enrollments: pa.Table) -> pd.Series:
    if "final_result" not in enrollments.column_names:
        raise ValueError("enrollments lack the column final_result")
    frame = enrollments.select(["enrollment_key", "final_result"]).to_pandas()
    unknown = sorted(set(frame["final_result"].dropna()) - set(RESULTS))
    if unknown:
        raise ValueError(f"final_result must be one of {', '.join(RESULTS)}; got {', '.join(unknown)}")
    results: pd.Series = frame.set_index("enrollment_key")["final_result"].astype("object")
    return results


def _plan(
    rows: pd.DataFrame, has_ended: pd.Series, known: pd.DataFrame
) -> Iterator[tuple[pd.Series, pd.DataFrame, bool]]:
    """Which rows are scored from which training rows, and whether in retrospect."""
    starts_by_past: dict[tuple[int, ...], list[pd.Timestamp]] = {}
    for start in sorted(rows["start_date"].unique()):
        past = tuple(sorted(known.loc[known["end_date"] < start, "course_run_key"].unique().tolist()))
        starts_by_past.setdefault(past, []).append(start)

    for past, starts in starts_by_past.items():
        is_cohort = rows["start_date"].isin(starts)
        earlier = known[known["course_run_key"].isin(past)]
        if _is_trainable(earlier):
            yield is_cohort, earlier, False
            continue
        ended_runs = sorted(rows.loc[is_cohort & has_ended, "course_run_key"].unique())
        for fold in range(min(RETROSPECTIVE_FOLDS, len(ended_runs))):
            held_out = ended_runs[fold::RETROSPECTIVE_FOLDS]
            yield rows["course_run_key"].isin(held_out), known[~known["course_run_key"].isin(held_out)], True


def _is_trainable(training: pd.DataFrame) -> bool:
    results = training.drop_duplicates("enrollment_key")["final_result"]
    return _enough(results.isin(["fail", "withdrawn"]))


def _enough(outcomes: pd.Series) -> bool:
    """Whether both outcomes of a yes-no question are frequent enough to learn from."""
    return bool(min(outcomes.sum(), (~outcomes).sum()) >= MINIMUM_ENROLLMENTS_PER_CLASS)


def _sample(training: pd.DataFrame, seed: int) -> pd.DataFrame:
    keys = np.sort(training["enrollment_key"].unique())
    if len(keys) <= MAXIMUM_TRAINING_ENROLLMENTS:
        return training
    chosen = np.random.default_rng(seed).choice(keys, MAXIMUM_TRAINING_ENROLLMENTS, replace=False)
    return training[training["enrollment_key"].isin(chosen)]


def _known_courses(training: pd.DataFrame) -> pd.Index:
    """The courses with enough enrollments for a level of their own, at most as many as the booster allows."""
    sizes = training.groupby("course_key")["enrollment_key"].nunique()
    sizes = sizes[sizes >= MINIMUM_ENROLLMENTS_PER_CLASS].sort_values(ascending=False, kind="stable")
    return sizes.index[:_MAXIMUM_COURSES]


def _inputs(rows: pd.DataFrame, courses: pd.Index) -> Floats:
    """The features as a matrix, the course's level last (NaN: a course that the model does not know)."""
    level = courses.get_indexer(pd.Index(rows["course_key"])).astype(np.float64)
    level[level < 0] = np.nan
    return np.column_stack([rows[list(features.FEATURES)].to_numpy(dtype=np.float64), level])


def _fit(inputs: Floats, outcomes: NDArray[np.bool_], seed: int) -> HistGradientBoostingClassifier:
    # Log loss, small steps and large leaves keep the probabilities calibrated without a second pass.
    classifier = HistGradientBoostingClassifier(
        learning_rate=0.08,
        max_iter=100,
        max_leaf_nodes=15,
        min_samples_leaf=100,
        max_features=0.3,
        l2_regularization=1.0,
        categorical_features=[len(features.FEATURES)],
        early_stopping=False,
        random_state=seed,
    )
    # A feature that no source delivers: the booster cannot bin a column without values, and never splits a constant.
    known = np.where(np.isnan(inputs).all(axis=0), 0.0, inputs)
    # One thread: see `score`.
    with threadpool_limits(limits=1, user_api="openmp"):
        return classifier.fit(known, outcomes)


def _scores(rows: pd.DataFrame, model: RiskModel) -> pd.DataFrame:
    bad, withdrawn = model.probabilities(rows)
    return pd.DataFrame(
        {
            "enrollment_key": rows["enrollment_key"],
            "as_of_day": rows["as_of_day"],
            "as_of_date": rows["start_date"] + pd.to_timedelta(rows["as_of_day"], unit="D"),
            "fail_or_withdraw_probability": bad,
            "withdraw_probability": withdrawn,
            "risk_band": np.array(BAND_NAMES)[np.digitize(bad, BAND_CUTS)],
            "training_run_count": model.training_run_count,
            "training_enrollment_count": model.training_enrollment_count,
            "is_retrospective": model.is_retrospective,
            "model_version": model.version,
        }
    )
