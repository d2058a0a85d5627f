from lernhaus.risk import models
from lernhaus.risk.source import Facts, FeatureSource


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    as_of = dbt.ref("int_as_of")
    with_protected = dbt.config.meta_get("with_protected_attributes")
    contents = dbt.ref("int_course_run_content").project("course_run_key, content_hash")
    features = FeatureSource(
        risk_feature=dbt.ref("risk_feature"),
        enrollments=dbt.ref("fct_enrollment"),
        demographics=dbt.ref("dim_demographics"),
        with_protected=with_protected,
        facts=Facts(
            course_runs=dbt.ref("dim_course_run"),
            uses=dbt.ref("fct_daily_activity"),
            activities=dbt.ref("dim_activity"),
            submissions=dbt.ref("fct_submission"),
            assessments=dbt.ref("dim_assessment"),
            today=as_of.fetchall()[0][0],
        ),
    )
    return models.train_models(
        features,
        dbt.ref("fct_enrollment").to_arrow_table(),
        dbt.ref("dim_course_run").join(contents, "course_run_key").to_arrow_table(),
        session.table("staging.risk_model__before").to_arrow_table() if dbt.is_incremental else None,
        with_protected=with_protected,
    )
