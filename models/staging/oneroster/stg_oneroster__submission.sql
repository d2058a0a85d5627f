{{ config(enabled='oneroster' in var('source_systems')) }}
-- stg_oneroster__submission.sql: grain = gradebook result of the latest delivery, final grades apart
with

results as (
    select * from {{ ref('checked_oneroster__result') }}
    where is_current
),

line_items as (
    select * from {{ ref('checked_oneroster__line_item') }}
    where is_current
),

assessments as (
    select * from {{ ref('stg_oneroster__assessment') }}
),

stg_oneroster__submission as (
    select
        'oneroster' as source_system,
        results.result_id as submission_id,
        'result' as record_type,
        results.assessment_id,
        assessments.course_run_id,
        results.user_id as learner_id,
        cast(null as timestamp) as submitted_at,
        results.score_date as submitted_date,
        100 * (results.score - line_items.lowest_score)
        / (line_items.highest_score - line_items.lowest_score) as score,
        false as is_banked
    from results
    inner join assessments using (assessment_id)
    inner join line_items using (assessment_id)
    where coalesce(results.score_status, '') not in ('not submitted', 'exempt')
)

select * from stg_oneroster__submission
