{{ config(materialized='table', enabled='moodle' in source_systems()) }}
-- stg_moodle__interaction.sql: grain = course run x learner x activity x date
with

events as (
    select * from {{ ref('stg_moodle__learning_event') }}
),

stg_moodle__interaction as (
    select
        source_system,
        course_run_id,
        learner_id,
        activity_id,
        event_date as activity_date,
        count(*) as interaction_count,
        cast(null as bigint) as duration_seconds,
        max(load_id) as load_id
    from events
    group by source_system, course_run_id, learner_id, activity_id, event_date
)

select * from stg_moodle__interaction
