-- share of the enrolled learners who used a type of activity in a course week: in all courses (course null), a course
-- (course run null), a run. Fewer than 5 learners are left out
with

-- shared: runs,

enrolled as (
    select
        runs.course,
        runs.course_run,
        weeks.course_week,
        sum(weeks.enrollment_count) as enrollment_count
    from rpt_course_week as weeks
    inner join runs using (course_run_key)
    group by weeks.course_week, rollup(runs.course, runs.course_run)
),

used as (
    select
        runs.course,
        runs.course_run,
        used_types.course_week,
        used_types.activity_type,
        sum(used_types.active_enrollment_count) as active_enrollment_count
    from rpt_activity_type_week as used_types
    inner join runs using (course_run_key)
    where used_types.course_week between 0 and 52
    group by used_types.course_week, used_types.activity_type, rollup(runs.course, runs.course_run)
)

select
    used.course,
    used.course_run,
    used.activity_type,
    used.course_week,
    cast(enrolled.enrollment_count as bigint) as enrollment_count,
    cast(used.active_enrollment_count as bigint) as active_enrollment_count,
    round(used.active_enrollment_count / enrolled.enrollment_count, 3) as active_share
from used
inner join enrolled
    on
        used.course is not distinct from enrolled.course
        and used.course_run is not distinct from enrolled.course_run
        and used.course_week = enrolled.course_week
where used.active_enrollment_count >= 5
order by used.course, used.course_run, used.activity_type, used.course_week
