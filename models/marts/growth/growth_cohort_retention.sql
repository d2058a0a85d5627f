-- growth_cohort_retention.sql: grain = course run x ISO week of registration x weeks since
with

as_of as (
    select
        as_of_date,
        -- Monday of the last ISO week that is over
        {{ add_days(week_start(add_days('as_of_date', 1)), -7) }} as last_week_start_date
    from {{ ref('int_as_of') }}
),

course_runs as (
    select
        course_run_key,
        course_run_id,
        end_date
    from {{ ref('dim_course_run') }}
),

enrollments as (
    select
        enrollment_key,
        course_run_key,
        {{ week_start('registered_date') }} as cohort_week_start_date,
        withdrawn_date
    from {{ ref('fct_enrollment') }}
    where registered_date is not null
),

active_days as (
    select
        enrollment_key,
        activity_date
    from {{ ref('int_enrollment_day') }}
),

active_weeks as (
    select
        enrollments.enrollment_key,
        enrollments.course_run_key,
        enrollments.cohort_week_start_date,
        {{ course_week(days_between('enrollments.cohort_week_start_date', 'active_days.activity_date')) }}
            as weeks_since_registration
    from active_days
    inner join enrollments
        on active_days.enrollment_key = enrollments.enrollment_key
    where coalesce(active_days.activity_date <= enrollments.withdrawn_date, true)
    group by
        enrollments.enrollment_key,
        enrollments.course_run_key,
        enrollments.cohort_week_start_date,
        {{ course_week(days_between('enrollments.cohort_week_start_date', 'active_days.activity_date')) }}
),

active as (
    select
        course_run_key,
        cohort_week_start_date,
        weeks_since_registration,
        count(*) as active_enrollment_count
    from active_weeks
    group by course_run_key, cohort_week_start_date, weeks_since_registration
),

-- a withdrawal dated before the registration counts from the first week on
withdrawn as (
    select
        course_run_key,
        cohort_week_start_date,
        greatest({{ course_week(days_between('cohort_week_start_date', 'withdrawn_date')) }}, 0)
            as weeks_since_registration,
        count(*) as withdrawn_enrollment_count
    from enrollments
    where withdrawn_date is not null
    group by
        course_run_key,
        cohort_week_start_date,
        greatest({{ course_week(days_between('cohort_week_start_date', 'withdrawn_date')) }}, 0)
),

cohorts as (
    select
        course_run_key,
        cohort_week_start_date,
        count(*) as cohort_enrollment_count
    from enrollments
    group by course_run_key, cohort_week_start_date
),

-- up to the week in which the run ends, as far as the weeks are over
numbered_weeks as (
    select
        cohorts.course_run_key,
        course_runs.course_run_id,
        cohorts.cohort_week_start_date,
        cohorts.cohort_enrollment_count,
        cast({{ explode_numbers(
            '0',
            course_week(days_between(
                'cohorts.cohort_week_start_date', 'least(course_runs.end_date, as_of.last_week_start_date)'
            ))
        ) }} as integer) as weeks_since_registration
    from cohorts
    inner join course_runs
        on cohorts.course_run_key = course_runs.course_run_key
    cross join as_of
),

dated_weeks as (
    select
        *,
        {{ add_days('cohort_week_start_date', '7 * weeks_since_registration') }} as week_start_date
    from numbered_weeks
),

counted as (
    select
        dated_weeks.*,
        coalesce(active.active_enrollment_count, 0) as active_enrollment_count,
        dated_weeks.cohort_enrollment_count - cast(coalesce(sum(withdrawn.withdrawn_enrollment_count) over (
            partition by dated_weeks.course_run_key, dated_weeks.cohort_week_start_date
            order by dated_weeks.weeks_since_registration
            rows between unbounded preceding and current row
        ), 0) as bigint) as enrolled_enrollment_count
    from dated_weeks
    left join active
        on
            dated_weeks.course_run_key = active.course_run_key
            and dated_weeks.cohort_week_start_date = active.cohort_week_start_date
            and dated_weeks.weeks_since_registration = active.weeks_since_registration
    left join withdrawn
        on
            dated_weeks.course_run_key = withdrawn.course_run_key
            and dated_weeks.cohort_week_start_date = withdrawn.cohort_week_start_date
            and dated_weeks.weeks_since_registration = withdrawn.weeks_since_registration
),

growth_cohort_retention as (
    select
        course_run_key,
        course_run_id,
        {{ date_key('cohort_week_start_date') }} as cohort_date_key,
        cohort_week_start_date,
        weeks_since_registration,
        week_start_date,
        cohort_enrollment_count,
        enrolled_enrollment_count,
        active_enrollment_count,
        {{ share('enrolled_enrollment_count', 'cohort_enrollment_count') }} as enrolled_share,
        {{ share('active_enrollment_count', 'cohort_enrollment_count') }} as active_share
    from counted
)

select * from growth_cohort_retention
order by course_run_key, cohort_week_start_date, weeks_since_registration
