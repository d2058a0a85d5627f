from lernhaus.engagement import engagement_week


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    weeks = dbt.ref("fct_enrollment_week")
    runs = session.table("staging.engagement_week__runs")
    return engagement_week.compute(
        weeks.join(runs, "course_run_key").to_arrow_table(), weights=dbt.config.meta_get("weights")
    )
