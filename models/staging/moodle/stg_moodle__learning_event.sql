{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__learning_event.sql: grain = act of a learner
with

events as (
    select * from {{ ref('int_moodle__event') }}
    where
        delivery = 'first'
        and actor = 'learner'
        and kind in ('act', 'submission', 'post')
        and not is_automatic
),

stg_moodle__learning_event as (
    select
        'moodle' as source_system,
        event_id,
        course_run_id,
        user_id as learner_id,
        activity_id,
        occurred_at,
        event_date,
        verb,
        cast(null as varchar) as session_id,
        cast(null as bigint) as duration_seconds,
        source_file,
        load_id
    from events
)

select * from stg_moodle__learning_event
