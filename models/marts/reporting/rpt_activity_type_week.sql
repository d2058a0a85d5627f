{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ choose_runs(key='course_run_key') }}",
    on_schema_change='fail',
) }}
-- rpt_activity_type_week.sql: grain = course run x course week x activity type
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

course_weeks as (
    select
        course_run_key,
        course_run_id,
        course_week,
        date_key,
        week_start_date,
        enrollment_count
    from {{ ref('rpt_course_week') }}
),

-- the weeks in which each enrollment counts, as the weekly snapshot has them (without gaps)
enrolled as (
    select
        enrollment_key,
        course_run_key,
        min(course_week) as first_course_week,
        max(course_week) as last_course_week
    from {{ ref('fct_enrollment_week') }}
    where {{ in_chosen_runs('course_run_key') }}
    group by enrollment_key, course_run_key
),

activities as (
    select
        activity_key,
        activity_type
    from {{ ref('dim_activity') }}
),

activity_use as (
    select daily_activity.*
    from {{ ref('fct_daily_activity') }} as daily_activity
    inner join as_of
        on daily_activity.activity_date <= as_of.as_of_date
    where {{ in_chosen_runs('daily_activity.course_run_key') }}
),

-- a learner once for each type used in a week
use_by_enrollment as (
    select
        activity_use.enrollment_key,
        activity_use.course_week,
        activities.activity_type,
        sum(activity_use.interaction_count) as interaction_count,
        sum(activity_use.duration_seconds) as duration_seconds
    from activity_use
    inner join activities
        on activity_use.activity_key = activities.activity_key
    group by activity_use.enrollment_key, activity_use.course_week, activities.activity_type
),

use_by_type as (
    select
        enrolled.course_run_key,
        use_by_enrollment.course_week,
        use_by_enrollment.activity_type,
        count(*) as active_enrollment_count,
        cast(sum(use_by_enrollment.interaction_count) as bigint) as interaction_count,
        cast(sum(use_by_enrollment.duration_seconds) as bigint) as duration_seconds
    from use_by_enrollment
    inner join enrolled
        on
            use_by_enrollment.enrollment_key = enrolled.enrollment_key
            and use_by_enrollment.course_week between enrolled.first_course_week and enrolled.last_course_week
    group by enrolled.course_run_key, use_by_enrollment.course_week, use_by_enrollment.activity_type
),

rpt_activity_type_week as (
    select
        course_weeks.course_run_key,
        course_weeks.course_run_id,
        course_weeks.course_week,
        course_weeks.date_key,
        course_weeks.week_start_date,
        use_by_type.activity_type,
        use_by_type.active_enrollment_count,
        {{ share('use_by_type.active_enrollment_count', 'course_weeks.enrollment_count') }} as active_share,
        use_by_type.interaction_count,
        use_by_type.duration_seconds
    from use_by_type
    inner join course_weeks
        on
            use_by_type.course_run_key = course_weeks.course_run_key
            and use_by_type.course_week = course_weeks.course_week
)

select * from rpt_activity_type_week
order by course_run_key, course_week, activity_type
