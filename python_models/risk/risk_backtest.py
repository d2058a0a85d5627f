from lernhaus.risk import backtest
from lernhaus.risk.source import Facts, FeatureSource


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    as_of = dbt.ref("int_as_of")
    models = session.table("staging.risk_backtest__models")
    return backtest.predict(
        FeatureSource(
            risk_feature=dbt.ref("risk_feature"),
            enrollments=dbt.ref("fct_enrollment"),
            demographics=dbt.ref("dim_demographics"),
            with_protected=dbt.config.meta_get("with_protected_attributes"),
            facts=Facts(
                course_runs=dbt.ref("dim_course_run"),
                uses=dbt.ref("fct_daily_activity"),
                activities=dbt.ref("dim_activity"),
                submissions=dbt.ref("fct_submission"),
                assessments=dbt.ref("dim_assessment"),
                today=as_of.fetchall()[0][0],
            ),
        ),
        dbt.ref("risk_model").join(models, "model_version").to_arrow_table(),
        dbt.ref("fct_enrollment").to_arrow_table(),
        dbt.ref("dim_course_run").to_arrow_table(),
    )
