-- What: for every enrollment and week of the snapshot, interactions and active days are those of the daily fact.
-- When it fails: the weekly snapshot lost or multiplied activity.
-- How to resolve: compare the two facts for the enrollment and week named here.
with

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
        course_week,
        activity_date,
        sum(interaction_count) as interaction_count
    from {{ ref('fct_daily_activity') }}
    where {{ course_run_has_news() }}
    group by enrollment_key, course_week, activity_date
),

summed as (
    select
        enrollment_key,
        course_week,
        sum(interaction_count) as interaction_count,
        count(*) as active_day_count
    from days
    group by enrollment_key, course_week
)

select
    weeks.enrollment_key,
    weeks.course_week
from weeks
left join summed
    on
        weeks.enrollment_key = summed.enrollment_key
        and weeks.course_week = summed.course_week
where
    weeks.interaction_count <> coalesce(summed.interaction_count, 0)
    or weeks.active_day_count <> coalesce(summed.active_day_count, 0)
