-- learners by course week: a line per course (course null), per run of a course (course run null), or for one run.
-- 1 to 4 learners, and shares of them, are withheld
with

-- shared: runs,

weeks as (
    select
        runs.course,
        runs.course_run,
        rpt_course_week.course_week,
        rpt_course_week.enrollment_count,
        rpt_course_week.active_enrollment_count,
        rpt_course_week.enrolled_at_week_end_count
    from rpt_course_week
    inner join runs using (course_run_key)
    where rpt_course_week.course_week between -4 and 52
),

lines as (
    select
        null as course,
        null as course_run,
        course as series,
        *
        exclude (course, course_run)
    from weeks
    union all
    select
        course,
        null as course_run,
        course_run as series,
        *
        exclude (course, course_run)
    from weeks
    union all
    select
        course,
        course_run,
        course_run as series,
        *
        exclude (course, course_run)
    from weeks
),

sums as (
    select
        course,
        course_run,
        series,
        course_week,
        count(*) as run_count,
        cast(sum(enrollment_count) as bigint) as enrollment_count,
        cast(sum(active_enrollment_count) as bigint) as active_enrollment_count,
        cast(sum(enrolled_at_week_end_count) as bigint) as enrolled_at_week_end_count
    from lines
    group by course, course_run, series, course_week
    having sum(enrollment_count) >= 5
)

select
    course,
    course_run,
    series,
    course_week,
    enrollment_count,
    case
        when enrolled_at_week_end_count between 1 and 4 then null
        -- where some of the runs have ended, or not come so far, the sum would fall with them
        when run_count < max(run_count) over (partition by course, course_run, series) then null
        else enrolled_at_week_end_count
    end as enrolled_at_week_end_count,
    case when active_enrollment_count not between 1 and 4 then active_enrollment_count end as active_enrollment_count,
    case
        when active_enrollment_count not between 1 and 4 then round(active_enrollment_count / enrollment_count, 3)
    end as active_share
from sums
order by course, course_run, series, course_week
