"""What the models that are put to the test said of every enrollment on every as-of day, beside what became of it."""

from collections.abc import Callable, Sequence

import pandas as pd
import pyarrow as pa

from lernhaus.risk.models import ALL_ENROLLED, BAD_RESULTS, TEST, load

SCHEMA = pa.schema(
    [
        pa.field("protocol", pa.string(), nullable=False),
        pa.field("enrollment_key", pa.int64(), nullable=False),
        pa.field("as_of_day", pa.int32(), nullable=False),
        pa.field("fail_or_withdraw_probability", pa.float64(), nullable=False),
        pa.field("withdraw_probability", pa.float64(), nullable=False),
        pa.field("did_fail_or_withdraw", pa.bool_(), nullable=False),
        pa.field("did_withdraw", pa.bool_(), nullable=False),
        pa.field("is_learner_of_training", pa.bool_(), nullable=False),
        pa.field("model_version", pa.string(), nullable=False),
    ]
)


def predict(
    features: Callable[[Sequence[int], bool], pa.Table], models: pa.Table, enrollments: pa.Table, course_runs: pa.Table
) -> pa.Table:
    """Let the test models predict the runs that they are tested on.

    Parameters
    ----------
    features
        Called with the keys of course runs, and whether to keep those who had withdrawn: their `risk_feature` rows.
    models
        Rows of `risk_model`; those with `purpose` test are used.
    enrollments
        `fct_enrollment`: enrollment_key, learner_key, course_run_key, final_result.
    course_runs
        `dim_course_run`: course_run_key, course_key.

    Returns
    -------
    pa.Table
        `SCHEMA`, sorted by its grain protocol x enrollment x as-of day: enrollments with a final result.
    """
    course_of = (
        course_runs.select(["course_run_key", "course_key"]).to_pandas().set_index("course_run_key")["course_key"]
    )
    columns = ["enrollment_key", "learner_key", "course_run_key", "final_result"]
    people = enrollments.select(columns).to_pandas().set_index("enrollment_key")
    tests = [row for row in models.to_pylist() if row["purpose"] == TEST]
    parts = []
    for keeps_withdrawn in (False, True):
        chosen = [
            (
                row,
                set(row["predicted_course_run_keys"]),
                load(row["fail_or_withdraw_model"], row["withdraw_model"]),
                people.loc[people["course_run_key"].isin(row["training_course_run_keys"]), "learner_key"],
            )
            for row in tests
            if row["protocol"].endswith(ALL_ENROLLED) == keeps_withdrawn
        ]
        # a run at a time bounds the memory: its features depend on nothing outside of it
        for run in sorted(set().union(*(predicted for _, predicted, _, _ in chosen))):
            rows = features([run], keeps_withdrawn).to_pandas()
            rows["final_result"] = rows["enrollment_key"].map(people["final_result"])
            rows = rows[rows["final_result"].notna()]
            rows["course_key"] = rows["course_run_key"].map(course_of)
            learners = rows["enrollment_key"].map(people["learner_key"])
            for row, predicted, model, trained_on in chosen:
                if run not in predicted:
                    continue
                bad, withdrawn = model.probabilities(model.inputs(rows))
                part = pd.DataFrame(
                    {
                        "protocol": row["protocol"],
                        "enrollment_key": rows["enrollment_key"],
                        "as_of_day": rows["as_of_day"],
                        "fail_or_withdraw_probability": bad,
                        "withdraw_probability": withdrawn,
                        "did_fail_or_withdraw": rows["final_result"].isin(BAD_RESULTS),
                        "did_withdraw": rows["final_result"] == "withdrawn",
                        "is_learner_of_training": learners.isin(trained_on),
                        "model_version": row["model_version"],
                    }
                )
                parts.append(pa.Table.from_pandas(part, schema=SCHEMA, preserve_index=False))
    if not parts:
        return SCHEMA.empty_table()
    return pa.concat_tables(parts).sort_by([(name, "ascending") for name in SCHEMA.names[:3]])
