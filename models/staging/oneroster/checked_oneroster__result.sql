{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- checked_oneroster__result.sql: grain = record of results.csv
with

records as (
    select
        *,
        {{ roster_delivery('source_file') }} as delivery
    from {{ ref('base_oneroster__result') }}
),

deliveries as (
    select * from {{ ref('stg_oneroster__delivery') }}
),

line_items as (
    select
        delivery,
        assessment_id,
        lowest_score,
        highest_score
    from {{ ref('checked_oneroster__line_item') }}
    where quarantine_reason is null and not is_redelivered
),

users as (
    select
        delivery,
        user_id
    from {{ ref('checked_oneroster__user') }}
    where quarantine_reason is null and not is_redelivered
),

checked as (
    select
        records.result_id,
        records.assessment_id,
        records.user_id,
        records.score_status,
        records.score,
        records.score_date,
        records.text_score,
        coalesce(records.is_deleted, false) as is_deleted,
        records.delivery,
        deliveries.delivered_date,
        deliveries.is_latest,
        records.source_file,
        records.record_number,
        coalesce(records.is_redelivered, false) as is_redelivered,
        coalesce(
            records.quarantine_reason,
            case
                when line_items.assessment_id is null
                    then 'line item is unknown: ' || coalesce(records.assessment_id, '(none)')
                when users.user_id is null
                    then 'user is unknown: ' || coalesce(records.user_id, '(none)')
                when records.score is not null and line_items.highest_score is null
                    then 'line item has no resultValueMax: ' || records.assessment_id
                when records.score not between line_items.lowest_score and line_items.highest_score
                    then
                        'score is not between resultValueMin and resultValueMax: ' || records.score || ' ('
                        || line_items.lowest_score || ' to ' || line_items.highest_score || ')'
            end
        ) as quarantine_reason,
        records.raw_record
    from records
    inner join deliveries on records.delivery = deliveries.delivery
    left join line_items
        on records.delivery = line_items.delivery and records.assessment_id = line_items.assessment_id
    left join users
        on records.delivery = users.delivery and records.user_id = users.user_id
),

checked_oneroster__result as (
    select
        result_id,
        assessment_id,
        user_id,
        score_status,
        score,
        score_date,
        text_score,
        is_deleted,
        delivery,
        delivered_date,
        source_file,
        record_number,
        is_redelivered,
        quarantine_reason is null and not is_redelivered and is_latest and not is_deleted as is_current,
        quarantine_reason,
        case when quarantine_reason is not null then raw_record end as raw_record
    from checked
)

select * from checked_oneroster__result
