-- pieces of work by the course week: handed in on time or late, and due but missing at the end of the week. In all
-- courses (course null), a course (course run null), a run. Weeks of fewer than 5 enrolled learners are left out, 1 to
-- 4 pieces are withheld
with

-- shared: runs,

weeks as (
    select
        runs.course,
        runs.course_run,
        course_weeks.course_week,
        sum(course_weeks.on_time_submission_count) as on_time_count,
        sum(course_weeks.late_submission_count) as late_count,
        sum(course_weeks.missing_submission_count) as missing_count
    from rpt_course_week as course_weeks
    inner join runs using (course_run_key)
    where course_weeks.course_week between 0 and 52
    group by course_weeks.course_week, rollup(runs.course, runs.course_run)
    having sum(course_weeks.enrollment_count) >= 5
)

select
    weeks.course,
    weeks.course_run,
    weeks.course_week,
    kinds.work_state,
    case when kinds.piece_count between 1 and 4 then null else cast(kinds.piece_count as bigint) end as piece_count
from weeks
cross join (
    values
    (1, 'on_time', weeks.on_time_count),
    (2, 'late', weeks.late_count),
    (3, 'missing', weeks.missing_count)
) as kinds (place, work_state, piece_count)
where weeks.on_time_count + weeks.late_count + weeks.missing_count > 0
order by weeks.course, weeks.course_run, weeks.course_week, kinds.place
