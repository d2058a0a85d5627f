"""Which risk models there are: who is scored, and tested, by a model of whose runs.

Scores (`purpose` score): rolling origin. A run is scored by a model that learned only from runs which had ended before
it started, as it could have been done at the time; runs with the same ended runs behind them share a model. Where there
is none, the finished runs are scored in retrospect: they are split in two halves, each scored by a model of all
finished runs outside of it; a run that goes on by a model of all finished ones. Such rows are no evidence of foresight.

Tests (`purpose` test): with finished runs of more than one year, those that began in the last year are predicted by a
model of those that began before (protocol `2013_to_2014`; with only one year, months take the place of years). Beside
it: the same for each course by a model of the other courses (`..._course_left_out`), and the same with those who had
withdrawn kept in, in training as in the test (`..._all_enrolled`): a far easier task, since most who left are silent,
and the figure that many papers print.

A model is two boosters over all as-of days: one for P(fail or withdraw), one for P(withdraw | fail or withdraw). Their
product is the withdrawal probability, so it can never be the larger one. Its version is a hash of the code's version,
the parameters, and what it learned from: with the same of all a model is not trained again.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.risk import boosting, catalogue
from lernhaus.risk.boosting import Booster
from lernhaus.risk.features import frame

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Chosen = Flags | slice

RISK_VERSION = "2.0.1"
SEED = 0
MINIMUM_ENROLLMENTS_PER_CLASS = 30
# Bounds time and memory.
MAXIMUM_TRAINING_ENROLLMENTS = 20_000
UNKNOWN_COURSE_SHARE = 0.5
PARALLEL_MODELS = 2
RETROSPECTIVE_FOLDS = 2
PROBABILITY_DECIMALS = 6
ALL = slice(None)

RESULTS = ("distinction", "pass", "fail", "withdrawn")
BAD_RESULTS = ("fail", "withdrawn")
SCORE, TEST = "score", "test"
COURSE_LEFT_OUT, ALL_ENROLLED = "_course_left_out", "_all_enrolled"

SCHEMA = pa.schema(
    [
        pa.field("model_version", pa.string(), nullable=False),
        pa.field("purpose", pa.string(), nullable=False),
        pa.field("protocol", pa.string(), nullable=False),
        pa.field("is_retrospective", pa.bool_(), nullable=False),
        pa.field("training_course_run_keys", pa.list_(pa.int64()), nullable=False),
        pa.field("predicted_course_run_keys", pa.list_(pa.int64()), nullable=False),
        pa.field("training_run_count", pa.int32(), nullable=False),
        pa.field("training_enrollment_count", pa.int32(), nullable=False),
        pa.field("as_of", pa.date32(), nullable=False),
        pa.field("code_version", pa.string(), nullable=False),
        pa.field("parameters", pa.string(), nullable=False),
        pa.field("features", pa.string(), nullable=False),
        pa.field("fail_or_withdraw_model", pa.string(), nullable=False),
        pa.field("withdraw_model", pa.string(), nullable=False),
    ]
)
_RUN_COLUMNS = ("course_run_key", "course_key", "start_date", "end_date", "is_finished", "content_hash")
_ENROLLMENT_COLUMNS = ("enrollment_key", "course_run_key", "final_result")


@dataclass(frozen=True)
class Plan:
    """A model to be: from which runs it learns, which it predicts, and to what end. Runs in the order of their keys."""

    purpose: str
    protocol: str
    is_retrospective: bool
    training: tuple[int, ...]
    predicted: tuple[int, ...]
    version: str

    @property
    def keeps_withdrawn(self) -> bool:
        return self.protocol.endswith(ALL_ENROLLED)


@dataclass(frozen=True)
class RiskModel:
    """Two boosters, the courses they know, and whether protected attributes are among the features."""

    fails_or_withdraws: Booster
    withdraws_if_so: Booster | float
    courses: tuple[int, ...]

    def inputs(self, rows: pd.DataFrame) -> boosting.Inputs:
        """Rows of `risk_feature` with course_key as the matrix that the boosters know."""
        return matrix(rows, self.fails_or_withdraws.columns, self.courses)

    def probabilities(self, inputs: boosting.Inputs) -> tuple[Floats, Floats]:
        """P(fail or withdraw) and P(withdraw), one each per row, to six decimals."""
        bad = _probability(self.fails_or_withdraws.log_odds(inputs))
        share = self.withdraws_if_so
        withdrawn = bad * (share if isinstance(share, float) else _probability(share.log_odds(inputs)))
        return bad.round(PROBABILITY_DECIMALS), withdrawn.round(PROBABILITY_DECIMALS)


def load(fail_or_withdraw_model: str, withdraw_model: str) -> RiskModel:
    """The model of a row of `risk_model`; ValueError where the texts are none."""
    first = json.loads(fail_or_withdraw_model)
    second = json.loads(withdraw_model)
    return RiskModel(
        Booster.of(first["booster"]),
        float(second) if isinstance(second, float | int) else Booster.of(second),
        tuple(first["courses"]),
    )


def train_models(
    features: Callable[[Sequence[int], bool], pa.Table],
    enrollments: pa.Table,
    course_runs: pa.Table,
    known: pa.Table | None = None,
    *,
    with_protected: bool = False,
) -> pa.Table:
    """Plan the models and train those that are not known.

    Parameters
    ----------
    features
        Called with the keys of course runs, and whether to keep those who had withdrawn: their `risk_feature` rows.
    enrollments
        `fct_enrollment`: enrollment_key, course_run_key, final_result (distinction, pass, fail, withdrawn or null),
        which is used of finished runs alone.
    course_runs
        `dim_course_run` with the content_hash of `int_course_run_content`: course_run_key, course_key, start_date,
        end_date, is_finished, content_hash. Runs without both dates take no part.
    known
        `SCHEMA`, the models of an earlier build; those still planned are kept as they are.
    with_protected
        Whether the models are to know the protected attributes, which `features` then brings.

    Returns
    -------
    pa.Table
        `SCHEMA`, sorted by version and protocol. A model needs 30 enrollments with a good result (pass, distinction)
        and 30 with a bad one (fail, withdrawn), else there is none. Without 30 failures and 30 withdrawals the share of
        withdrawals among the bad results stands in for the second booster. Of larger training sets a random 20,000
        enrollments are used. `as_of` is the last day of the last training run.

    Raises
    ------
    ValueError
        A column is missing, or a final_result is outside the vocabulary.
    """
    runs = frame(course_runs, _RUN_COLUMNS, "course runs").dropna(subset=["start_date", "end_date"])
    runs = runs.sort_values("course_run_key", ignore_index=True)
    members = frame(enrollments, _ENROLLMENT_COLUMNS, "enrollments")
    unknown = sorted(set(members["final_result"].dropna()) - set(RESULTS))
    if unknown:
        raise ValueError(f"final_result must be one of {', '.join(RESULTS)}; got {', '.join(unknown)}")
    plans = list(make_plans(runs, members, with_protected=with_protected))
    kept = _still_planned(known, plans)
    have = set(kept.column("model_version").to_pylist())
    missing = [plan for plan in plans if plan.version not in have]

    results: pd.Series = members.set_index("enrollment_key")["final_result"]
    course_of = runs.set_index("course_run_key")["course_key"]
    trained: list[dict[str, object]] = []
    for keeps_withdrawn in (False, True):
        group = [plan for plan in missing if plan.keeps_withdrawn == keeps_withdrawn]
        if group:
            wanted = sorted({key for plan in group for key in plan.training})
            rows = _rows_with_results(features(wanted, keeps_withdrawn), results, course_of)
            # what Arrow has kept of the memory of the features is for the training
            pa.default_memory_pool().release_unused()
            trained += _train_all(group, rows, runs, with_protected)
            # the next features are not to be made beside these
            del rows
    new = pa.Table.from_pylist(trained, schema=SCHEMA)
    return pa.concat_tables([kept, new]).sort_by([("model_version", "ascending"), ("protocol", "ascending")])


def _train_all(
    plans: Sequence[Plan], rows: pd.DataFrame, runs: pd.DataFrame, with_protected: bool
) -> list[dict[str, object]]:
    # One model per core, each on one thread: threads within one wait for each other.
    with ThreadPoolExecutor(PARALLEL_MODELS) as pool:
        trained = pool.map(lambda plan: _train(plan, rows, runs, with_protected), plans)
        return [row for row in trained if row is not None]


def _rows_with_results(table: pa.Table, results: pd.Series, course_of: pd.Series) -> pd.DataFrame:
    """Rows of `risk_feature` of enrollments with a result, by their grain, with course_key and final_result."""
    enrollment, day = table.column("enrollment_key").to_numpy(), table.column("as_of_day").to_numpy()
    order = np.lexsort((day, enrollment))
    chosen = table.take(order[results.reindex(enrollment[order]).notna().to_numpy()])
    del table
    rows: pd.DataFrame = chosen.to_pandas(self_destruct=True)
    del chosen
    rows["course_key"] = rows["course_run_key"].map(course_of)
    rows["final_result"] = rows["enrollment_key"].map(results)
    return rows


def make_plans(runs: pd.DataFrame, enrollments: pd.DataFrame, *, with_protected: bool) -> Iterator[Plan]:
    """The models that the runs (sorted by key) and their results allow."""
    has_result = enrollments["final_result"].notna()
    counts = pd.DataFrame(
        {
            "good": (has_result & ~enrollments["final_result"].isin(BAD_RESULTS))
            .groupby(enrollments["course_run_key"])
            .sum(),
            "bad": enrollments["final_result"].isin(BAD_RESULTS).groupby(enrollments["course_run_key"]).sum(),
        }
    )
    known = runs[runs["is_finished"] & runs["course_run_key"].isin(counts.index[(counts.good + counts.bad) > 0])]
    hashes = dict(zip(runs["course_run_key"], runs["content_hash"], strict=True))

    def keys_of(rows: pd.DataFrame) -> tuple[int, ...]:
        return tuple(int(key) for key in rows["course_run_key"])

    def is_enough(training: tuple[int, ...]) -> bool:
        found = counts.reindex(list(training)).sum()
        return bool(training) and bool(min(found.good, found.bad) >= MINIMUM_ENROLLMENTS_PER_CLASS)

    def plan(
        purpose: str, protocol: str, is_retrospective: bool, training: tuple[int, ...], predicted: tuple[int, ...]
    ) -> Plan:
        # a test is another one where what is predicted has changed
        told = [*training, *(predicted if purpose == TEST else ())]
        learned = [(key, int(hashes[key])) for key in told]
        identity = (protocol, is_retrospective, learned, with_protected, _parameters())
        digest = hashlib.sha256(repr(identity).encode()).hexdigest()[:12]
        return Plan(purpose, protocol, is_retrospective, training, predicted, f"{RISK_VERSION}+{digest}")

    starts_by_past: dict[tuple[int, ...], list[object]] = {}
    for start in sorted(runs["start_date"].unique()):
        starts_by_past.setdefault(keys_of(known[known["end_date"] < start]), []).append(start)
    for past, starts in starts_by_past.items():
        cohort = runs[runs["start_date"].isin(starts)]
        if is_enough(past):
            yield plan(SCORE, "rolling_origin", False, past, keys_of(cohort))
            continue
        ended = cohort[cohort["is_finished"]]
        folds = [keys_of(ended.iloc[fold::RETROSPECTIVE_FOLDS]) for fold in range(RETROSPECTIVE_FOLDS)]
        for held_out in [*folds, keys_of(cohort[~cohort["is_finished"]])]:
            training = keys_of(known[~known["course_run_key"].isin(held_out)])
            if held_out and is_enough(training):
                yield plan(SCORE, "in_retrospect", True, training, held_out)

    periods = known["start_date"].map(lambda day: f"{day:%Y}")
    if periods.nunique() < 2:
        periods = known["start_date"].map(lambda day: f"{day:%Y-%m}")
    names = sorted(periods.unique())
    if len(names) < 2:
        return
    name = f"{names[0]}_to_{names[-1]}" if len(names) == 2 else f"{names[0]}_{names[-2]}_to_{names[-1]}"
    earlier, later = known[periods < names[-1]], known[periods == names[-1]]
    if not (is_enough(keys_of(earlier)) and is_enough(keys_of(later))):
        return
    yield plan(TEST, name, False, keys_of(earlier), keys_of(later))
    yield plan(TEST, name + ALL_ENROLLED, False, keys_of(earlier), keys_of(later))
    for course in sorted(later["course_key"].unique()):
        training = keys_of(earlier[earlier["course_key"] != course])
        if is_enough(training):
            yield plan(TEST, name + COURSE_LEFT_OUT, False, training, keys_of(later[later["course_key"] == course]))


def _still_planned(known: pa.Table | None, plans: Sequence[Plan]) -> pa.Table:
    """The known models that are planned again, with the runs that they predict now."""
    if known is None or known.num_rows == 0:
        return SCHEMA.empty_table()
    predicted = {plan.version: list(plan.predicted) for plan in plans}
    rows = [
        row | {"predicted_course_run_keys": predicted[row["model_version"]]}
        for row in known.select(SCHEMA.names).to_pylist()
        if row["model_version"] in predicted
    ]
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def _train(plan: Plan, rows: pd.DataFrame, runs: pd.DataFrame, with_protected: bool) -> dict[str, object] | None:
    chosen = _sample(rows, rows["course_run_key"].isin(plan.training).to_numpy())
    # without the features, which are many: they go into the inputs with no copy in between
    training = rows.loc[chosen, ["enrollment_key", "course_key", "final_result"]]
    result = training.drop_duplicates("enrollment_key").set_index("enrollment_key")["final_result"]
    if not _enough(result.isin(BAD_RESULTS)):
        return None
    sizes = training.drop_duplicates("enrollment_key").groupby("course_key").size()
    courses = tuple(int(key) for key in sorted(sizes.index[sizes >= MINIMUM_ENROLLMENTS_PER_CLASS]))
    columns = features_that_tell(rows, with_protected, chosen)
    inputs = training_matrix(rows, columns, courses, chosen)
    is_bad = training["final_result"].isin(BAD_RESULTS).to_numpy()
    is_withdrawn = (training["final_result"] == "withdrawn").to_numpy()
    bad_results = result[result.isin(BAD_RESULTS)]
    booster = Booster.train(inputs, is_bad, columns, seed=SEED, rounds=boosting.ROUNDS)
    withdraws: object = float((bad_results == "withdrawn").mean())
    if _enough(bad_results == "withdrawn"):
        rounds = boosting.ROUNDS // 2
        withdraws = Booster.train(inputs[is_bad], is_withdrawn[is_bad], columns, seed=SEED, rounds=rounds).stored()
    ends = runs.loc[runs["course_run_key"].isin(plan.training), "end_date"]
    return {
        "model_version": plan.version,
        "purpose": plan.purpose,
        "protocol": plan.protocol,
        "is_retrospective": plan.is_retrospective,
        "training_course_run_keys": list(plan.training),
        "predicted_course_run_keys": list(plan.predicted),
        "training_run_count": len(plan.training),
        "training_enrollment_count": len(result),
        "as_of": max(ends),
        "code_version": RISK_VERSION,
        "parameters": _text(_parameters()),
        "features": json.dumps(catalogue.definitions(columns)),
        "fail_or_withdraw_model": _text({"courses": courses, "booster": booster.stored()}),
        "withdraw_model": _text(withdraws),
    }


def features_that_tell(rows: pd.DataFrame, with_protected: bool, chosen: Chosen = ALL) -> tuple[str, ...]:
    """The features that tell the chosen rows apart, the course's level last."""
    candidates = [*catalogue.FEATURES, *(catalogue.PROTECTED if with_protected else ())]
    varied = [feature.name for feature in candidates if rows.loc[chosen, feature.name].nunique() > 1]
    return (*varied, catalogue.COURSE_LEVEL)


def training_matrix(
    rows: pd.DataFrame, columns: Sequence[str], courses: Sequence[int], chosen: Chosen = ALL
) -> boosting.Inputs:
    """`matrix` with half of the enrollments, at random, as of an unknown course: models learn what to say of it."""
    inputs = matrix(rows, columns, courses, chosen)
    enrollments = rows.loc[chosen, "enrollment_key"]
    keys = np.sort(enrollments.unique())
    hidden = keys[np.random.default_rng(SEED).random(len(keys)) < UNKNOWN_COURSE_SHARE]
    inputs[enrollments.isin(hidden).to_numpy(dtype=bool), -1] = np.nan
    return inputs


def matrix(rows: pd.DataFrame, columns: Sequence[str], courses: Sequence[int], chosen: Chosen = ALL) -> boosting.Inputs:
    """The features of the chosen rows, the course's level last (NaN: a course that the model does not know)."""
    level = pd.Index(courses).get_indexer(pd.Index(rows.loc[chosen, "course_key"])).astype(np.float32)
    level[level < 0] = np.nan
    inputs = np.empty((len(level), len(columns)), dtype=np.float32)
    # column by column: the frame as a whole would be copied twice more
    for place, name in enumerate(columns[:-1]):
        inputs[:, place] = rows.loc[chosen, name]
    inputs[:, -1] = level
    return inputs


def _parameters() -> dict[str, object]:
    """What a model is trained with, beside the rows."""
    return {
        **boosting.PARAMETERS,
        "rounds": boosting.ROUNDS,
        "withdraw_rounds": boosting.ROUNDS // 2,
        "seed": SEED,
        "unknown_course_share": UNKNOWN_COURSE_SHARE,
        "maximum_training_enrollments": MAXIMUM_TRAINING_ENROLLMENTS,
    }


def _text(model: object) -> str:
    return json.dumps(model, separators=(",", ":"))


def _enough(outcomes: pd.Series) -> bool:
    """Whether both outcomes of a yes-no question are frequent enough to learn from."""
    return bool(min(outcomes.sum(), (~outcomes).sum()) >= MINIMUM_ENROLLMENTS_PER_CLASS)


def _sample(rows: pd.DataFrame, is_training: Flags) -> Flags:
    """Which rows to learn from: those of the training, or of a part of its enrollments."""
    keys = np.sort(rows.loc[is_training, "enrollment_key"].unique())
    if len(keys) <= MAXIMUM_TRAINING_ENROLLMENTS:
        return is_training
    chosen = np.random.default_rng(SEED).choice(keys, MAXIMUM_TRAINING_ENROLLMENTS, replace=False)
    is_chosen: Flags = is_training & rows["enrollment_key"].isin(chosen).to_numpy()
    return is_chosen


def _probability(log_odds: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-log_odds)))
