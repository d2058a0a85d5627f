-- the course runs with at least 5 learners
with

runs as (
    select
        dim_course_run.course_key,
        dim_course_run.is_finished,
        sum(weeks.active_enrollment_count) / sum(weeks.enrollment_count) as active_share,
        sum(weeks.on_time_submission_count) / nullif(sum(weeks.submission_count), 0) as on_time_share
    from rpt_course_week as weeks
    inner join dim_course_run using (course_run_key)
    where weeks.course_week >= 0
    group by weeks.course_run_key, dim_course_run.course_key, dim_course_run.is_finished
    having max(weeks.enrollment_count) >= 5
)

select
    count(distinct course_key) as course_count,
    count(*) as course_run_count,
    count(*) filter (where not is_finished) as running_count,
    round(median(active_share), 3) as median_active_share
from runs
