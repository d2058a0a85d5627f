-- What: for every enrollment, the days of int_enrollment_day and the weeks of fct_enrollment_week have the interactions
-- (and the weeks the active days) of the daily fact up to the as-of date.
-- When it fails: a table made of the daily fact lost or multiplied activity.
-- How to resolve: compare the tables for the enrollment and the day or week named here.
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

weeks as (
    select
        enrollment_key,
        course_week,
        interaction_count,
        active_day_count
    from {{ ref('fct_enrollment_week') }}
    where {{ course_run_has_news() }}
),

days as (
    select
        enrollment_key,
        learner_key,
        course_week,
        activity_date,
        sum(interaction_count) as interaction_count
    from {{ ref('fct_daily_activity') }}
    where {{ course_run_has_news() }}
    group by enrollment_key, learner_key, course_week, activity_date
),

enrollments as (
    select enrollment_key
    from {{ ref('fct_enrollment') }}
    where {{ course_run_has_news() }}
),

told_days as (
    select enrollment_days.*
    from {{ ref('int_enrollment_day') }} as enrollment_days
    inner join enrollments
        on enrollment_days.enrollment_key = enrollments.enrollment_key
),

known_days as (
    select days.*
    from days
    inner join as_of
        on days.activity_date <= as_of.as_of_date
),

summed as (
    select
        enrollment_key,
        course_week,
        sum(interaction_count) as interaction_count,
        count(*) as active_day_count
    from known_days
    group by enrollment_key, course_week
)

select
    weeks.enrollment_key,
    weeks.course_week,
    cast(null as date) as activity_date
from weeks
left join summed
    on
        weeks.enrollment_key = summed.enrollment_key
        and weeks.course_week = summed.course_week
where
    weeks.interaction_count <> coalesce(summed.interaction_count, 0)
    or weeks.active_day_count <> coalesce(summed.active_day_count, 0)

union all

select
    coalesce(told_days.enrollment_key, known_days.enrollment_key) as enrollment_key,
    known_days.course_week,
    coalesce(told_days.activity_date, known_days.activity_date) as activity_date
from told_days
full outer join known_days
    on
        told_days.enrollment_key = known_days.enrollment_key
        and told_days.activity_date = known_days.activity_date
where
    coalesce(told_days.interaction_count <> known_days.interaction_count, true)
    or told_days.learner_key <> known_days.learner_key
