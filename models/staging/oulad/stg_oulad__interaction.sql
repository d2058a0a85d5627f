{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__interaction.sql: grain = course run x learner x activity x date
-- A view: ids become text only where they are read, which costs less than writing millions of texts.
with

daily_clicks as (
    select * from {{ ref('int_oulad__daily_clicks') }}
    where is_enrolled
),

activities as (
    select
        activity_id,
        cast(activity_id as varchar) as activity_text,
        course_id,
        term_name
    from {{ ref('checked_oulad__vle') }}
    where quarantine_reason is null
),

course_runs as (
    select * from {{ ref('stg_oulad__course_run') }}
),

stg_oulad__interaction as (
    select
        'oulad' as source_system,
        course_runs.course_run_id,
        cast(daily_clicks.learner_id as varchar) as learner_id,
        activities.activity_text as activity_id,
        course_runs.start_date + daily_clicks.course_day as activity_date,
        daily_clicks.interaction_count,
        cast(null as bigint) as duration_seconds,
        daily_clicks.load_id
    from daily_clicks
    inner join activities using (activity_id)
    inner join course_runs using (course_id, term_name)
)

select * from stg_oulad__interaction
