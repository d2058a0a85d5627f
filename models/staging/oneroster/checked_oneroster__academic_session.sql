{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- checked_oneroster__academic_session.sql: grain = record of academicSessions.csv
with

records as (
    select
        *,
        {{ roster_delivery('source_file') }} as delivery
    from {{ ref('base_oneroster__academic_session') }}
),

deliveries as (
    select * from {{ ref('stg_oneroster__delivery') }}
),

checked as (
    select
        records.term_id,
        records.term_name,
        records.term_type,
        records.start_date,
        records.end_date,
        coalesce(records.is_deleted, false) as is_deleted,
        records.delivery,
        deliveries.delivered_date,
        deliveries.is_latest,
        records.source_file,
        records.record_number,
        coalesce(records.is_redelivered, false) as is_redelivered,
        records.quarantine_reason,
        records.raw_record
    from records
    inner join deliveries on records.delivery = deliveries.delivery
),

checked_oneroster__academic_session as (
    select
        term_id,
        term_name,
        term_type,
        start_date,
        end_date,
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

select * from checked_oneroster__academic_session
