{{ config(enabled='xapi' in var('source_systems')) }}
-- stg_xapi__submission.sql: grain = submission
with

statements as (
    select * from {{ ref('int_xapi__statement') }}
    where delivery = 'first'
),

stg_xapi__submission as (
    select
        source_system,
        cast(statement_id as varchar) as submission_id,
        'attempt' as record_type,
        assessment_id,
        course_run_id,
        learner_id,
        occurred_at as submitted_at,
        event_date as submitted_date,
        score,
        false as is_banked
    from statements
    where is_submission
)

select * from stg_xapi__submission
