from lernhaus.risk import scores
from lernhaus.risk.source import FeatureSource


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    runs = session.table("staging.risk_enrollment__runs")
    features = FeatureSource(
        risk_feature=dbt.ref("risk_feature"),
        enrollments=dbt.ref("fct_enrollment"),
        demographics=dbt.ref("dim_demographics"),
        with_protected=dbt.config.meta_get("with_protected_attributes"),
    )
    return scores.score(
        features([key for (key,) in runs.fetchall()]),
        dbt.ref("risk_model").filter("purpose = 'score'").to_arrow_table(),
        dbt.ref("dim_course_run").to_arrow_table(),
    )
