-- Question: do learners who are more active in the first weeks of a course run pass it more often?
-- Kind: early activity versus outcome; rollup over third of activity and course.
-- Grain: course x third of early activity; the thirds over all courses; the total (column `grouping_level`).
-- Reading: third 1 is the least active third of each course run, 3 the most active. The thirds are made within a run,
--     so every run is in each third alike and the rows over all courses compare like with like. `passed_share_margin`
--     is half the width of the 95 % interval. That active learners pass more does not say that activity makes them.
-- As of: counted is only what was known at the end of the early weeks, and only who was still enrolled then; who had
--     withdrawn is in no third, else the low third would hold those who had already left. Only runs that are over.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set early_weeks = 4 %}  {#- what happened up to the end of course week early_weeks - 1 #}
{%- set minimum_group_size = var('minimum_group_size') %}
with

early as (
    select
        enrollment_key,
        sum(interaction_count) as interaction_count
    from {{ ref('fct_enrollment_week') }}
    where course_week < {{ early_weeks }}
    group by enrollment_key
),

still_enrolled as (
    select enrollment_key
    from {{ ref('fct_enrollment_week') }}
    where
        course_week = {{ early_weeks }} - 1
        and is_enrolled_at_week_end
),

ranked as (
    select
        fct_enrollment.learner_key,
        dim_course.course_key,
        dim_course.course_title,
        early.interaction_count,
        case when fct_enrollment.final_result in ('pass', 'distinction') then 1.0 else 0.0 end as passed,
        case when fct_enrollment.final_result = 'withdrawn' then 1.0 else 0.0 end as withdrew,
        ntile(3) over (
            partition by fct_enrollment.course_run_key
            order by early.interaction_count, fct_enrollment.enrollment_key
        ) as activity_third
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join still_enrolled
        on fct_enrollment.enrollment_key = still_enrolled.enrollment_key
    inner join early
        on fct_enrollment.enrollment_key = early.enrollment_key
    inner join {{ ref('dim_course_run') }} as dim_course_run
        on fct_enrollment.course_run_key = dim_course_run.course_run_key
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where
        dim_course_run.is_finished
        and fct_enrollment.final_result is not null
        and '{{ course_id }}' in ('', dim_course.course_id)
),

grouped as (
    select
        case when grouping(course_key) = 1 then '(all)' else course_title end as course_title,
        activity_third,
        grouping(activity_third) as is_all_thirds,
        grouping(course_key) as is_all_courses,
        count(distinct learner_key) as learner_count,
        count(*) as enrollment_count,
        avg(interaction_count) as mean_interaction_count,
        avg(withdrew) as withdrawn_share,
        avg(passed) as passed_share
    from ranked
    group by rollup(activity_third, (course_key, course_title))
)

select
    case
        when is_all_thirds = 1 then 'total'
        when is_all_courses = 1 then 'third'
        else 'course x third'
    end as grouping_level,
    course_title,
    cast(activity_third as integer) as activity_third,
    learner_count,
    enrollment_count,
    round(mean_interaction_count, 1) as mean_interaction_count,
    round(withdrawn_share, 3) as withdrawn_share,
    round(passed_share, 3) as passed_share,
    round(1.96 * sqrt(passed_share * (1 - passed_share) / enrollment_count), 3) as passed_share_margin
from grouped
where learner_count >= {{ minimum_group_size }}
order by is_all_thirds desc, is_all_courses desc, course_title asc, activity_third asc
