"""The risk score: how likely an enrollment is to end in failure or withdrawal, as of a course day, and why."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from lernhaus.risk import catalogue, reasons
from lernhaus.risk.models import SCORE, RiskModel, load

Floats = NDArray[np.float64]

BAND_CUTS = (0.35, 0.65)
BAND_NAMES = ("low", "medium", "high")
# Bounds memory: contributions are as many numbers as the features of all these rows.
CHUNK_ROWS = 20_000
CONTRIBUTION_DECIMALS = 6

SCHEMA = pa.schema(
    [
        pa.field("enrollment_key", pa.int64(), nullable=False),
        pa.field("as_of_day", pa.int32(), nullable=False),
        pa.field("as_of_date", pa.date32(), nullable=False),
        pa.field("fail_or_withdraw_probability", pa.float64(), nullable=False),
        pa.field("withdraw_probability", pa.float64(), nullable=False),
        pa.field("risk_band", pa.string(), nullable=False),
        pa.field("reasons", pa.string()),
        pa.field("everybody_log_odds", pa.float64(), nullable=False),
        *(pa.field(f"{group}_log_odds", pa.float64(), nullable=False) for group in catalogue.GROUPS),
        pa.field("training_run_count", pa.int32(), nullable=False),
        pa.field("training_enrollment_count", pa.int32(), nullable=False),
        pa.field("is_retrospective", pa.bool_(), nullable=False),
        pa.field("model_version", pa.string(), nullable=False),
    ]
)


def score(features: pa.Table, models: pa.Table, course_runs: pa.Table) -> pa.Table:
    """Score every row of features for whose course run there is a model.

    Parameters
    ----------
    features
        Rows of `risk_feature` (with the protected attributes, if the models know them).
    models
        `risk_model`; those with `purpose` score are used.
    course_runs
        `dim_course_run`: course_run_key, course_key.

    Returns
    -------
    pa.Table
        `SCHEMA`, sorted by its grain, enrollment x as-of day. Probabilities in [0, 1], to six decimals. `risk_band` by
        fail_or_withdraw_probability: low below 0.35, high from 0.65, medium between. `..._log_odds` add up to the log
        odds of fail_or_withdraw_probability: what holds for everybody, and what each group of features adds. `reasons`:
        see `reasons.in_words`.
    """
    course_of = (
        course_runs.select(["course_run_key", "course_key"]).to_pandas().set_index("course_run_key")["course_key"]
    )
    runs = features.column("course_run_key").to_numpy()
    parts = []
    for row in models.to_pylist():
        if row["purpose"] != SCORE:
            continue
        wanted = np.flatnonzero(np.isin(runs, row["predicted_course_run_keys"]))
        if not len(wanted):
            continue
        model = load(row["fail_or_withdraw_model"], row["withdraw_model"])
        for start in range(0, len(wanted), CHUNK_ROWS):
            rows = features.take(wanted[start : start + CHUNK_ROWS]).to_pandas()
            rows["course_key"] = rows["course_run_key"].map(course_of)
            part = _scores(rows, model)
            for name in ("training_run_count", "training_enrollment_count", "is_retrospective", "model_version"):
                part[name] = row[name]
            parts.append(pa.Table.from_pandas(part[SCHEMA.names], schema=SCHEMA, preserve_index=False))
    if not parts:
        return SCHEMA.empty_table()
    return pa.concat_tables(parts).sort_by([("enrollment_key", "ascending"), ("as_of_day", "ascending")])


def _scores(rows: pd.DataFrame, model: RiskModel) -> pd.DataFrame:
    inputs = model.inputs(rows)
    bad, withdrawn = model.probabilities(inputs)
    columns = model.fails_or_withdraws.columns
    contributions = model.fails_or_withdraws.contributions(inputs)
    of_features, everybody = contributions[:, :-1], contributions[:, -1]
    groups = reasons.by(of_features, catalogue.GROUPS, [catalogue.group_of(name) for name in columns])
    themes = reasons.by(of_features, catalogue.THEMES, [catalogue.theme_of(name) for name in columns])
    return pd.DataFrame(
        {
            "enrollment_key": rows["enrollment_key"],
            "as_of_day": rows["as_of_day"],
            "as_of_date": rows["as_of_date"],
            "fail_or_withdraw_probability": bad,
            "withdraw_probability": withdrawn,
            "risk_band": np.array(BAND_NAMES)[np.digitize(bad, BAND_CUTS)],
            "reasons": reasons.in_words(rows, themes),
            "everybody_log_odds": everybody.round(CONTRIBUTION_DECIMALS),
            **{
                f"{group}_log_odds": groups[:, i].round(CONTRIBUTION_DECIMALS)
                for i, group in enumerate(catalogue.GROUPS)
            },
        }
    )
