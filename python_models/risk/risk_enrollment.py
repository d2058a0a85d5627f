from lernhaus.risk import risk_enrollment


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    weeks = dbt.ref("fct_enrollment_week")
    enrollments = dbt.ref("fct_enrollment")
    course_runs = dbt.ref("dim_course_run")
    as_of = dbt.ref("int_as_of")
    runs = session.table("staging.risk_enrollment__runs")
    return risk_enrollment.score(
        weeks.to_arrow_table(),
        enrollments.to_arrow_table(),
        course_runs.to_arrow_table(),
        today=as_of.fetchall()[0][0],
        only_runs={key for (key,) in runs.fetchall()},
    )
