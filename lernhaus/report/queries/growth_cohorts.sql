-- of those who registered in a month, how many were active so many weeks later: in all courses (course null), in a
-- course (course run null), in a run. Cohorts, and numbers of active learners, below 5 are left out
with

-- shared: runs,

cohorts as (
    select
        runs.course,
        runs.course_run,
        cast(date_trunc('month', retention.cohort_week_start_date) as date) as cohort_month,
        retention.weeks_since_registration,
        sum(retention.cohort_enrollment_count) as cohort_enrollment_count,
        sum(retention.active_enrollment_count) as active_enrollment_count
    from growth_cohort_retention as retention
    inner join runs using (course_run_key)
    where retention.weeks_since_registration <= 52
    group by cohort_month, retention.weeks_since_registration, rollup(runs.course, runs.course_run)
)

select
    course,
    course_run,
    cohort_month,
    weeks_since_registration,
    cast(cohort_enrollment_count as bigint) as cohort_enrollment_count,
    cast(active_enrollment_count as bigint) as active_enrollment_count,
    round(active_enrollment_count / cohort_enrollment_count, 3) as active_share
from cohorts
where cohort_enrollment_count >= 5 and active_enrollment_count >= 5
order by all
