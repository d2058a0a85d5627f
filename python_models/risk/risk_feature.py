from lernhaus.risk import features


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    as_of = dbt.ref("int_as_of")
    runs = session.table("staging.risk_feature__runs")
    uses = dbt.ref("fct_daily_activity").join(runs, "course_run_key")
    return features.build(
        dbt.ref("fct_enrollment").join(runs, "course_run_key").to_arrow_table(),
        dbt.ref("dim_course_run").join(runs, "course_run_key").to_arrow_table(),
        dbt.ref("dim_demographics").to_arrow_table(),
        uses.project(", ".join(features.USE_COLUMNS)).to_arrow_table(),
        dbt.ref("dim_activity").to_arrow_table(),
        dbt.ref("fct_submission").join(runs, "course_run_key").to_arrow_table(),
        dbt.ref("dim_assessment").to_arrow_table(),
        today=as_of.fetchall()[0][0],
    )
