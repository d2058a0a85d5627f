-- share of the enrolled learners of a course run who were active in a course week; weeks with fewer than 5 active
-- learners are left out
with

-- shared: runs

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
