-- share of the enrolled learners of a course run who were active in a course week; weeks with fewer than 5 active
-- learners are left out
with

runs as (
    select
        dim_course_run.course_run_key,
        coalesce(dim_course.course_code, dim_course.course_id) as course,
        dim_course_run.course_run_id as course_run
    from dim_course_run
    inner join dim_course using (course_key)
)

select
    runs.course,
    runs.course_run,
    weeks.course_week,
    weeks.enrollment_count,
    weeks.active_enrollment_count,
    round(weeks.active_share, 3) as active_share
from rpt_course_week as weeks
inner join runs using (course_run_key)
where weeks.course_week between -4 and 52 and weeks.enrollment_count >= 5 and weeks.active_enrollment_count >= 5
order by runs.course, runs.course_run, weeks.course_week
