from lernhaus.engagement import engagement_week


def model(dbt, session):
    dbt.config(materialized="table")
    weeks = dbt.ref("fct_enrollment_week")
    return engagement_week.compute(weeks.to_arrow_table())
