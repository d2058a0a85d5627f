{{ config(enabled='xapi' in source_systems()) }}
-- stg_xapi__learning_event.sql: grain = statement
with

statements as (
    select * from {{ ref('int_xapi__statement') }}
    where delivery = 'first'
),

stg_xapi__learning_event as (
    select
        source_system,
        cast(statement_id as varchar) as event_id,
        course_run_id,
        learner_id,
        activity_id,
        occurred_at,
        event_date,
        verb,
        session_id,
        duration_seconds,
        source_file,
        load_id
    from statements
)

select * from stg_xapi__learning_event
