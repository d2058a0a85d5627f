-- What: every enrollment is in the first stage of its run's funnel, no stage is larger than the one before, the last
-- one holds completions only; every enrollment with a date of registration in a week that is over is in its cohort.
-- When it fails: the funnel or the cohorts lost or multiplied enrollments.
-- How to resolve: compare the course run named here with fct_enrollment.
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

enrollments as (
    select
        fct_enrollment.course_run_key,
        count(*) as enrollment_count,
        count(fct_enrollment.completed_date) as completed_count,
        count(
            case
                when
                    {{ week_start('fct_enrollment.registered_date') }}
                    <= least(course_runs.end_date, {{ add_days('as_of.as_of_date', -6) }})
                    then 1
            end
        ) as cohort_enrollment_count
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as course_runs
        on fct_enrollment.course_run_key = course_runs.course_run_key
    cross join as_of
    group by fct_enrollment.course_run_key
),

stages as (
    select
        *,
        lag(enrollment_count) over (partition by course_run_key order by stage_number) as previous_count
    from {{ ref('growth_enrollment_funnel') }}
),

funnels as (
    select
        course_run_key,
        count(*) as stage_count,
        count(case when enrollment_count > previous_count then 1 end) as rise_count,
        max(case when stage_number = 1 then enrollment_count end) as registered_count,
        max(case when stage_number = 5 then enrollment_count end) as completed_count
    from stages
    group by course_run_key
),

cohorts as (
    select
        course_run_key,
        sum(cohort_enrollment_count) as cohort_enrollment_count
    from {{ ref('growth_cohort_retention') }}
    where weeks_since_registration = 0
    group by course_run_key
)

select
    enrollments.*,
    funnels.stage_count,
    funnels.rise_count,
    funnels.registered_count,
    cohorts.cohort_enrollment_count as found_in_cohorts
from enrollments
full outer join funnels
    on enrollments.course_run_key = funnels.course_run_key
full outer join cohorts
    on enrollments.course_run_key = cohorts.course_run_key
where
    coalesce(funnels.stage_count <> 5, true)
    or funnels.rise_count > 0
    or coalesce(funnels.registered_count <> enrollments.enrollment_count, true)
    or funnels.completed_count > enrollments.completed_count
    or coalesce(cohorts.cohort_enrollment_count, 0) <> enrollments.cohort_enrollment_count
