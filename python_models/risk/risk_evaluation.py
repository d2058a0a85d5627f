from lernhaus.risk import evaluation


def model(dbt, session):
    dbt.config(materialized="incremental", incremental_strategy="append")
    protocols = session.table("staging.risk_evaluation__protocols")
    return evaluation.evaluate(
        dbt.ref("risk_backtest").join(protocols, "protocol").to_arrow_table(),
        dbt.ref("fct_enrollment").to_arrow_table(),
        dbt.ref("dim_course_run").to_arrow_table(),
        dbt.ref("dim_demographics").to_arrow_table(),
        minimum_group_size=dbt.config.meta_get("minimum_group_size"),
    )
