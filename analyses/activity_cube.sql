-- Question: which kinds of activities are used in which half of a course run, how much and by how many?
-- Kind: cube over activity type and phase of the run.
-- Grain: activity type x phase, with the totals over either and over both (column `grouping_level`).
-- Reading: `interaction_share` is of all interactions, `enrollment_share` of all enrollments of these runs: the first
--     says where the clicks go, the second how many are reached. Enrollments are counted once in each row, so those
--     counts do not add up. Runs that are not over are left out: their second half is missing.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set minimum_group_size = var('minimum_group_size') %}
with

course_runs as (
    select
        dim_course_run.course_run_key,
        dim_course_run.run_length_days
    from {{ ref('dim_course_run') }} as dim_course_run
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where
        dim_course_run.is_finished
        and '{{ course_id }}' in ('', dim_course.course_id)
),

enrolled as (
    select count(*) as enrollment_count
    from {{ ref('fct_enrollment') }} as fct_enrollment
    inner join course_runs
        on fct_enrollment.course_run_key = course_runs.course_run_key
),

phased as (
    select
        fct_daily_activity.enrollment_key,
        fct_daily_activity.learner_key,
        dim_activity.activity_type,
        case
            when fct_daily_activity.course_day < 0 then 'before the start'
            when 2 * fct_daily_activity.course_day < course_runs.run_length_days then 'first half'
            else 'second half'
        end as run_phase,
        fct_daily_activity.interaction_count
    from {{ ref('fct_daily_activity') }} as fct_daily_activity
    inner join course_runs
        on fct_daily_activity.course_run_key = course_runs.course_run_key
    inner join {{ ref('dim_activity') }} as dim_activity
        on fct_daily_activity.activity_key = dim_activity.activity_key
),

-- once per enrollment, type and phase: the cube then counts over far fewer rows than the fact has
activity_use as (
    select
        enrollment_key,
        learner_key,
        activity_type,
        run_phase,
        sum(interaction_count) as interaction_count
    from phased
    group by enrollment_key, learner_key, activity_type, run_phase
),

cubed as (
    select
        case when grouping(activity_type) = 1 then '(all)' else activity_type end as activity_type,
        case when grouping(run_phase) = 1 then '(all)' else run_phase end as run_phase,
        grouping(activity_type) as is_all_types,
        grouping(run_phase) as is_all_phases,
        count(distinct learner_key) as learner_count,
        count(distinct enrollment_key) as enrollment_count,
        cast(sum(interaction_count) as bigint) as interaction_count
    from activity_use
    group by cube(activity_type, run_phase)
),

shares as (
    select
        cubed.*,
        1.0 * cubed.interaction_count / max(cubed.interaction_count) over () as interaction_share,
        1.0 * cubed.enrollment_count / enrolled.enrollment_count as enrollment_share
    from cubed
    cross join enrolled
)

select
    case
        when is_all_types = 1 and is_all_phases = 1 then 'total'
        when is_all_phases = 1 then 'activity type'
        when is_all_types = 1 then 'phase'
        else 'activity type x phase'
    end as grouping_level,
    activity_type,
    run_phase,
    learner_count,
    enrollment_count,
    interaction_count,
    round(interaction_share, 3) as interaction_share,
    round(enrollment_share, 3) as enrollment_share,
    round(1.0 * interaction_count / enrollment_count, 1) as interactions_per_enrollment
from shares
where learner_count >= {{ minimum_group_size }}
order by is_all_types desc, is_all_phases desc, activity_type asc, run_phase asc
