-- how far enrollments came: in all courses (course null), in a course (course run null), in a run.
-- Runs of fewer than 5 learners are left out, stages with 1 to 4 are withheld
with

-- shared: runs,

stages as (
    select
        runs.course,
        runs.course_run,
        funnel.stage_number,
        funnel.stage_name,
        sum(funnel.enrollment_count) as enrollment_count
    from growth_enrollment_funnel as funnel
    inner join runs using (course_run_key)
    group by funnel.stage_number, funnel.stage_name, rollup(runs.course, runs.course_run)
),

shares as (
    select
        *,
        first_value(enrollment_count) over (
            partition by course, course_run
            order by stage_number
        ) as registered_count
    from stages
)

select
    course,
    course_run,
    stage_name,
    cast(registered_count as bigint) as registered_count,
    case when enrollment_count between 1 and 4 then null else cast(enrollment_count as bigint) end as enrollment_count,
    case
        when enrollment_count between 1 and 4 then null
        else round(enrollment_count / registered_count, 3)
    end as registered_share
from shares
where registered_count >= 5
order by course, course_run, stage_number
