-- Question: of those who start a course run, how many are still enrolled, and active, week after week?
-- Kind: cohort: enrollments by the term in which their run starts.
-- Grain: term x course week.
-- Reading: a cohort is who was enrolled in course week 0. Each share is of those of them whose run has got that far
--     (`enrollment_count`): a running term ends early, and short runs fall out of the last weeks.
--     Learners who register later are in no cohort. A withdrawal without a date counts as enrolled to the end.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set course_weeks = [0, 1, 2, 3, 4, 6, 8, 10, 15, 20, 25, 30] %}
{%- set minimum_group_size = var('minimum_group_size') %}
with

weeks as (
    select
        fct_enrollment_week.enrollment_key,
        fct_enrollment_week.learner_key,
        fct_enrollment_week.course_run_key,
        dim_course_run.source_system,
        coalesce(dim_course_run.term_name, 'unknown') as term_name,
        dim_course_run.start_date,
        fct_enrollment_week.course_week,
        case when fct_enrollment_week.is_enrolled_at_week_end then 1.0 else 0.0 end as enrolled,
        case when fct_enrollment_week.active_day_count > 0 then 1.0 else 0.0 end as active
    from {{ ref('fct_enrollment_week') }} as fct_enrollment_week
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment_week.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where '{{ course_id }}' in ('', dim_course.course_id)
),

started as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        source_system,
        term_name,
        start_date
    from weeks
    where course_week = 0
),

-- distinct: a week is over in a run as soon as one of its enrollments has it
run_weeks as (
    select distinct
        course_run_key,
        course_week
    from weeks
    where course_week in ({{ course_weeks | join(', ') }})
),

followed as (
    select
        started.learner_key,
        started.source_system,
        started.term_name,
        started.start_date,
        run_weeks.course_week,
        coalesce(weeks.enrolled, 0.0) as enrolled,
        coalesce(weeks.active, 0.0) as active
    from started
    inner join run_weeks
        on started.course_run_key = run_weeks.course_run_key
    left join weeks
        on
            started.enrollment_key = weeks.enrollment_key
            and run_weeks.course_week = weeks.course_week
)

select
    source_system,
    term_name,
    course_week,
    count(distinct learner_key) as learner_count,
    count(*) as enrollment_count,
    round(avg(enrolled), 3) as enrolled_share,
    round(avg(active), 3) as active_share
from followed
group by source_system, term_name, course_week
having count(distinct learner_key) >= {{ minimum_group_size }}
order by source_system, min(start_date), term_name, course_week
