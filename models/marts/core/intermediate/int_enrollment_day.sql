{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ choose_runs() }}",
    on_schema_change='fail',
) }}
-- int_enrollment_day.sql: grain = enrollment x date with an interaction
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

activity_use as (
    select * from {{ ref('fct_daily_activity') }}
),

int_enrollment_day as (
    select
        activity_use.enrollment_key,
        activity_use.learner_key,
        activity_use.activity_date,
        cast(sum(activity_use.interaction_count) as bigint) as interaction_count,
        cast(sum(activity_use.duration_seconds) as bigint) as duration_seconds,
        cast(count(*) as integer) as activity_count
    from activity_use
    cross join as_of
    where
        activity_use.activity_date <= as_of.as_of_date
        and {{ in_chosen_runs('activity_use.course_run_key') }}
    group by activity_use.enrollment_key, activity_use.learner_key, activity_use.activity_date
)

select * from int_enrollment_day
order by enrollment_key, activity_date
