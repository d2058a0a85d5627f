{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- checked_oneroster__class.sql: grain = record of classes.csv
with

records as (
    select
        *,
        {{ roster_delivery('source_file') }} as delivery
    from {{ ref('base_oneroster__class') }}
),

deliveries as (
    select * from {{ ref('stg_oneroster__delivery') }}
),

courses as (
    select
        delivery,
        course_id
    from {{ ref('checked_oneroster__course') }}
    where quarantine_reason is null and not is_redelivered
),

checked as (
    select
        records.course_run_id,
        records.course_run_title,
        records.course_id,
        records.first_term_id,
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
                when courses.course_id is null
                    then 'course is unknown: ' || coalesce(records.course_id, '(none)')
            end
        ) as quarantine_reason,
        records.raw_record
    from records
    inner join deliveries on records.delivery = deliveries.delivery
    left join courses
        on records.delivery = courses.delivery and records.course_id = courses.course_id
),

checked_oneroster__class as (
    select
        course_run_id,
        course_run_title,
        course_id,
        first_term_id,
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

select * from checked_oneroster__class
