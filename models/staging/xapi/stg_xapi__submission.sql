{{ config(
    materialized='incremental',
    enabled='xapi' in source_systems(),
    incremental_strategy='append',
    on_schema_change='fail',
) }}
-- stg_xapi__submission.sql: grain = submission
-- A table: few statements among many, which would be sought among all of them each time.
with

statements as (
    select * from {{ ref('int_xapi__statement') }}
    where
        delivery = 'first'
        and {{ newly_loaded() }}
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
