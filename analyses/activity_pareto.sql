-- Question: which few activities of a course carry most of its use?
-- Kind: ranking and running totals by window functions (Pareto).
-- Grain: course (its last run that is over) x activity, the most used ones.
-- Reading: `cumulative_interaction_share` is the share of the run's interactions that this activity and all used more
--     than it have together. Of the `activity_count` activities of the run that were used at all, the
--     `vital_activity_count` most used ones are enough for 80 per cent: the fewer they are, the more rests on them.
{%- set course_id = '' %}  {#- a `dim_course.course_id`; empty = all courses #}
{%- set activities_per_course = 5 %}
{%- set vital_per_cent = 80 %}
{%- set minimum_group_size = var('minimum_group_size') %}
with

ordered_runs as (
    select
        dim_course_run.course_run_key,
        dim_course_run.course_run_id,
        dim_course.course_title,
        row_number() over (
            partition by dim_course_run.course_key
            order by dim_course_run.start_date desc, dim_course_run.course_run_id asc
        ) as run_number_from_last
    from {{ ref('dim_course_run') }} as dim_course_run
    inner join {{ ref('dim_course') }} as dim_course
        on dim_course_run.course_key = dim_course.course_key
    where
        dim_course_run.is_finished
        and '{{ course_id }}' in ('', dim_course.course_id)
),

used as (
    select
        ordered_runs.course_title,
        ordered_runs.course_run_key,
        ordered_runs.course_run_id,
        fct_daily_activity.activity_key,
        count(distinct fct_daily_activity.learner_key) as learner_count,
        cast(sum(fct_daily_activity.interaction_count) as bigint) as interaction_count
    from {{ ref('fct_daily_activity') }} as fct_daily_activity
    inner join ordered_runs
        on fct_daily_activity.course_run_key = ordered_runs.course_run_key
    where ordered_runs.run_number_from_last = 1
    group by
        ordered_runs.course_title,
        ordered_runs.course_run_key,
        ordered_runs.course_run_id,
        fct_daily_activity.activity_key
),

ranked as (
    select
        *,
        row_number() over (
            partition by course_run_key
            order by interaction_count desc, activity_key asc
        ) as activity_rank,
        sum(interaction_count) over (partition by course_run_key) as run_interaction_count,
        sum(interaction_count) over (
            partition by course_run_key
            order by interaction_count desc, activity_key asc
            rows between unbounded preceding and current row
        ) as cumulative_interaction_count
    from used
),

-- an activity is among the vital ones as long as those above it do not have the share yet (whole numbers: no rounding)
counted as (
    select
        *,
        count(*) over (partition by course_run_key) as activity_count,
        count(case
            when
                100 * (cumulative_interaction_count - interaction_count)
                < {{ vital_per_cent }} * run_interaction_count
                then 1
        end) over (partition by course_run_key) as vital_activity_count
    from ranked
)

select
    counted.course_title,
    counted.course_run_id,
    counted.activity_count,
    counted.vital_activity_count,
    counted.activity_rank,
    dim_activity.activity_name,
    dim_activity.activity_type,
    counted.learner_count,
    counted.interaction_count,
    round(1.0 * counted.interaction_count / counted.run_interaction_count, 3) as interaction_share,
    round(1.0 * counted.cumulative_interaction_count / counted.run_interaction_count, 3)
        as cumulative_interaction_share
from counted
inner join {{ ref('dim_activity') }} as dim_activity
    on counted.activity_key = dim_activity.activity_key
where
    counted.activity_rank <= {{ activities_per_course }}
    and counted.learner_count >= {{ minimum_group_size }}
order by
    counted.course_title,
    counted.course_run_id,
    counted.activity_rank
