{{ config(materialized='table', enabled='xapi' in var('source_systems')) }}
-- stg_xapi__interaction.sql: grain = course run x learner x activity x date
with

events as (
    select * from {{ ref('stg_xapi__learning_event') }}
),

stg_xapi__interaction as (
    select
        source_system,
        course_run_id,
        learner_id,
        activity_id,
        event_date as activity_date,
        count(*) as interaction_count,
        cast(sum(duration_seconds) as bigint) as duration_seconds
    from events
    group by source_system, course_run_id, learner_id, activity_id, event_date
)

select * from stg_xapi__interaction
