{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__submission.sql: grain = gradebook result of the latest delivery, final grades apart
with

delivered as (
    select
        result_id,
        score,
        delivered_date
    from {{ ref('checked_oneroster__result') }}
    where quarantine_reason is null and not is_redelivered and not is_deleted
),

results as (
    select * from {{ ref('checked_oneroster__result') }}
    where is_current
),

-- a score without a date is certainly known from the first delivery on that has it, and all later ones have too
compared as (
    select
        delivered.result_id,
        delivered.delivered_date,
        count_if(delivered.score is distinct from results.score) over (
            partition by delivered.result_id
            order by delivered.delivered_date desc
            rows unbounded preceding
        ) as change_count
    from delivered
    inner join results using (result_id)
    where results.score_date is null and results.score is not null
),

known as (
    select
        result_id,
        min(delivered_date) as known_date
    from compared
    where change_count = 0
    group by result_id
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
        coalesce(results.score_date, known.known_date) as submitted_date,
        100 * (results.score - line_items.lowest_score)
        / (line_items.highest_score - line_items.lowest_score) as score,
        false as is_banked
    from results
    inner join assessments using (assessment_id)
    inner join line_items using (assessment_id)
    left join known using (result_id)
    where coalesce(results.score_status, '') not in ('not submitted', 'exempt')
)

select * from stg_oneroster__submission
