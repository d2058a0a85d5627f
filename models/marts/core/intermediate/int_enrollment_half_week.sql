{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ choose_runs() }}",
    on_schema_change='fail',
) }}
-- int_enrollment_half_week.sql: grain = sampled enrollment x course week x half of the days
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

finished_runs as (
    select course_run_key
    from {{ ref('dim_course_run') }}
    where
        is_finished
        and {{ in_chosen_runs('course_run_key') }}
),

numbered_enrollments as (
    select
        enrollments.enrollment_key,
        row_number() over (
            partition by enrollments.course_run_key
            order by enrollments.enrollment_key
        ) as number_in_run
    from {{ ref('int_enrollment') }} as enrollments
    inner join finished_runs
        on enrollments.course_run_key = finished_runs.course_run_key
),

-- enough for a correlation, at a cost that does not grow with the runs; keys are hashes, so their order is chance
sampled_enrollments as (
    select enrollment_key
    from numbered_enrollments
    where number_in_run <= 100
),

-- a small vocabulary: see map_activity_type
activities as (
    select
        activity_key,
        {{ number_bit('dense_rank() over (order by activity_type)') }} as activity_type_bit
    from {{ ref('dim_activity') }}
),

activity_use as (
    select
        daily_activity.enrollment_key,
        daily_activity.course_week,
        daily_activity.activity_key,
        daily_activity.activity_date,
        daily_activity.course_day,
        daily_activity.interaction_count,
        mod(daily_activity.course_day, 2) <> 0 as is_odd_day
    from {{ ref('fct_daily_activity') }} as daily_activity
    inner join sampled_enrollments
        on daily_activity.enrollment_key = sampled_enrollments.enrollment_key
    inner join as_of
        on daily_activity.activity_date <= as_of.as_of_date
    where {{ in_chosen_runs('daily_activity.course_run_key') }}
),

int_enrollment_half_week as (
    select
        activity_use.enrollment_key,
        activity_use.course_week,
        activity_use.is_odd_day,
        cast(sum(activity_use.interaction_count) as bigint) as interaction_count,
        {{ count_of_bits(union_of_bits(weekday_bit('activity_use.activity_date'))) }} as active_day_count,
        cast(count(distinct activity_use.activity_key) as integer) as activity_count,
        {{ count_of_bits(union_of_bits('activities.activity_type_bit')) }} as activity_type_count,
        max(activity_use.course_day) as last_active_course_day
    from activity_use
    inner join activities
        on activity_use.activity_key = activities.activity_key
    group by activity_use.enrollment_key, activity_use.course_week, activity_use.is_odd_day
)

select * from int_enrollment_half_week
