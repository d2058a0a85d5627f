{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- checked_oneroster__line_item.sql: grain = record of lineItems.csv
with

records as (
    select
        *,
        {{ roster_delivery('source_file') }} as delivery
    from {{ ref('base_oneroster__line_item') }}
),

deliveries as (
    select * from {{ ref('stg_oneroster__delivery') }}
),

classes as (
    select
        delivery,
        course_run_id
    from {{ ref('checked_oneroster__class') }}
    where quarantine_reason is null and not is_redelivered
),

checked as (
    select
        records.assessment_id,
        records.assessment_name,
        records.course_run_id,
        records.category_id,
        records.due_date,
        records.lowest_score,
        records.highest_score,
        records.weight,
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
                when classes.course_run_id is null
                    then 'class is unknown: ' || coalesce(records.course_run_id, '(none)')
            end
        ) as quarantine_reason,
        records.raw_record
    from records
    inner join deliveries on records.delivery = deliveries.delivery
    left join classes
        on records.delivery = classes.delivery and records.course_run_id = classes.course_run_id
),

checked_oneroster__line_item as (
    select
        assessment_id,
        assessment_name,
        course_run_id,
        category_id,
        due_date,
        lowest_score,
        highest_score,
        weight,
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

select * from checked_oneroster__line_item
