{{ config(
    materialized='incremental',
    enabled='moodle' in var('source_systems'),
    on_schema_change='fail',
    pre_hook="{{ start_over_on_change() }}",
) }}
-- stg_moodle__interaction.sql: grain = course run x learner x activity x date
with

events as (
    select * from {{ ref('stg_moodle__learning_event') }}
    where true {{ none_unless_changed() }}
),

stg_moodle__interaction as (
    select
        source_system,
        course_run_id,
        learner_id,
        activity_id,
        event_date as activity_date,
        count(*) as interaction_count,
        cast(null as bigint) as duration_seconds
    from events
    group by source_system, course_run_id, learner_id, activity_id, event_date
)

select * from stg_moodle__interaction
