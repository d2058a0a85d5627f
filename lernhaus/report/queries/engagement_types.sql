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
    group by grouping sets (
        (weeks.course_week),
        (runs.course, weeks.course_week),
        (runs.course, runs.course_run, weeks.course_week)
    )
),

used as (
    select
        runs.course,
        runs.course_run,
        types.course_week,
        types.activity_type,
        sum(types.active_enrollment_count) as active_enrollment_count
    from rpt_activity_type_week as types
    inner join runs using (course_run_key)
    where types.course_week between 0 and 52
    group by grouping sets (
        (types.course_week, types.activity_type),
        (runs.course, types.course_week, types.activity_type),
        (runs.course, runs.course_run, types.course_week, types.activity_type)
    )
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
