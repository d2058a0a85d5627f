from lernhaus.engagement import engagement_validation


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    runs = session.table("staging.engagement_validation__runs")
    enrollments = dbt.ref("fct_enrollment").join(runs, "course_run_key")
    keys = enrollments.project("enrollment_key")
    return engagement_validation.evaluate(
        dbt.ref("engagement_week").join(keys, "enrollment_key").to_arrow_table(),
        dbt.ref("fct_enrollment_week").join(runs, "course_run_key").to_arrow_table(),
        dbt.ref("int_enrollment_half_week").join(keys, "enrollment_key").to_arrow_table(),
        enrollments.to_arrow_table(),
        dbt.ref("dim_course_run").join(runs, "course_run_key").to_arrow_table(),
        dbt.ref("dim_demographics").to_arrow_table(),
        weights=dbt.config.meta_get("weights"),
        minimum_group_size=dbt.config.meta_get("minimum_group_size"),
    )
