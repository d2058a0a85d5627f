-- Early activity against outcome, by course: a drill-across from the weekly snapshot to the enrollments.
-- One row per course and third of early activity (interactions in course weeks 0 to 3): the share that passed.
with

early as (
    select
        enrollment_key,
        sum(interaction_count) as interaction_count
    from {{ ref('fct_enrollment_week') }}
    where course_week between 0 and 3
    group by enrollment_key
),

ranked as (
    select
        dim_course.course_title,
        early.interaction_count,
        case when fct_enrollment.final_result in ('pass', 'distinction') then 1.0 else 0.0 end as passed,
        ntile(3) over (partition by dim_course.course_key order by early.interaction_count) as activity_third
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join early
        on fct_enrollment.enrollment_key = early.enrollment_key
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where fct_enrollment.final_result is not null
)

select
    course_title,
    activity_third,
    count(*) as enrollment_count,
    round(avg(interaction_count), 1) as average_interaction_count,
    round(100 * avg(passed), 1) as passed_per_cent
from ranked
group by course_title, activity_third
order by course_title, activity_third
