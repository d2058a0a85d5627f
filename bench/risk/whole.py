"""``python -m bench.risk.whole WAREHOUSE``: features, training, backtest, evaluation and scores, made anew.

In one process and in memory what the five risk models of the warehouse hold, so that a parent can measure it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.risk.published import Campus
from lernhaus.risk import backtest, evaluation, features, models, scores
from lernhaus.risk.source import Facts, FeatureSource

MINIMUM_GROUP_SIZE = 10


def make(connection: duckdb.DuckDBPyConnection) -> dict[str, pa.Table]:
    """Make the tables of risk, but for the features, from the facts of a warehouse: by name."""
    ((today,),) = connection.execute("select as_of_date from conformed.int_as_of").fetchall()
    connection.register("built", Campus(connection).features(features.DEFAULT_AS_OF_DAYS, today=today))
    connection.execute("create temp table built_feature as from built")
    source = FeatureSource(
        risk_feature=connection.table("built_feature"),
        enrollments=connection.table("fct_enrollment"),
        demographics=connection.table("dim_demographics"),
        with_protected=False,
        facts=Facts(
            course_runs=connection.table("dim_course_run"),
            uses=connection.table("fct_daily_activity"),
            activities=connection.table("dim_activity"),
            submissions=connection.table("fct_submission"),
            assessments=connection.table("dim_assessment"),
            today=today,
        ),
    )
    enrollments = connection.table("fct_enrollment").to_arrow_table()
    demographics = connection.table("dim_demographics").to_arrow_table()
    runs = connection.sql(
        "select r.*, content_hash from dim_course_run as r join conformed.int_course_run_content using (course_run_key)"
    ).to_arrow_table()
    trained = models.train_models(source, enrollments, runs)
    tested = backtest.predict(source, trained, enrollments, runs)
    versioned = tested.append_column("backtest_version", pa.array([models.RISK_VERSION] * tested.num_rows))
    return {
        "risk_model": trained,
        "risk_backtest": tested,
        "risk_evaluation": evaluation.evaluate(
            versioned, enrollments, runs, demographics, minimum_group_size=MINIMUM_GROUP_SIZE
        ),
        "risk_enrollment": scores.score(source(runs.column("course_run_key").to_pylist()), trained, runs),
    }


def main(warehouse: Path) -> None:
    """Print the rows of each table."""
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        # as the profile of the project has it
        connection.execute("set memory_limit = '2GB'; set threads = 2")
        for name, table in make(connection).items():
            print(f"{name}: {table.num_rows:,} rows")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
