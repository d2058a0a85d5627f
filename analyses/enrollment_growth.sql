-- Question: does a course grow from run to run, and do more or fewer pass?
-- Kind: period over period, by course run.
-- Grain: course run.
-- Reading: counted is who was enrolled on the first day of the run, which running and finished runs can be compared by.
--     Growth is a ratio: 0.1 is ten per cent more than in the run before, or in the last run that started in the same
--     month (with two intakes a year of different size, only that compares like with like; null where there is none).
--     `passed_share` is of these enrollments, null until the run is over; its change is in percentage points / 100.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set minimum_group_size = var('minimum_group_size') %}
with

started as (
    select
        dim_course.course_key,
        dim_course.course_title,
        dim_course_run.course_run_id,
        dim_course_run.start_date,
        extract(month from dim_course_run.start_date) as start_month,
        dim_course_run.is_finished,
        fct_enrollment.learner_key,
        case
            when not dim_course_run.is_finished then null
            when fct_enrollment.final_result in ('pass', 'distinction') then 1.0
            when fct_enrollment.final_result is not null then 0.0
        end as passed
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where
        coalesce(fct_enrollment.registered_course_day, 0) <= 0
        and coalesce(fct_enrollment.withdrawn_course_day, 0) >= 0
        and '{{ course_id }}' in ('', dim_course.course_id)
),

counted as (
    select
        course_key,
        course_title,
        course_run_id,
        start_date,
        start_month,
        is_finished,
        count(distinct learner_key) as learner_count,
        avg(passed) as passed_share
    from started
    group by
        course_key,
        course_title,
        course_run_id,
        start_date,
        start_month,
        is_finished
    having count(distinct learner_key) >= {{ minimum_group_size }}
),

compared as (
    select
        *,
        lag(learner_count) over (partition by course_key order by start_date, course_run_id) as previous_count,
        lag(learner_count) over (
            partition by course_key, start_month
            order by start_date, course_run_id
        ) as same_month_count,
        lag(passed_share) over (partition by course_key order by start_date, course_run_id) as previous_passed_share
    from counted
)

select
    course_title,
    course_run_id,
    start_date,
    is_finished,
    learner_count,
    round(1.0 * learner_count / previous_count - 1, 3) as learner_growth,
    round(1.0 * learner_count / same_month_count - 1, 3) as learner_growth_same_month,
    round(passed_share, 3) as passed_share,
    round(passed_share - previous_passed_share, 3) as passed_share_change
from compared
order by course_title, start_date, course_run_id
