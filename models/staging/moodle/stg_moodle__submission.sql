{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__submission.sql: grain = act of handing in, or quiz attempt that ran out of time
with

events as (
    select * from {{ ref('int_moodle__event') }}
    where delivery = 'first' and actor = 'learner' and kind = 'submission'
),

stg_moodle__submission as (
    select
        'moodle' as source_system,
        event_id as submission_id,
        'attempt' as record_type,
        activity_id as assessment_id,
        course_run_id,
        user_id as learner_id,
        occurred_at as submitted_at,
        event_date as submitted_date,
        cast(null as double) as score,
        false as is_banked,
        load_id
    from events
)

select * from stg_moodle__submission
