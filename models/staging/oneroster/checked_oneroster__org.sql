{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- checked_oneroster__org.sql: grain = record of orgs.csv
with

records as (
    select
        *,
        {{ roster_delivery('source_file') }} as delivery
    from {{ ref('base_oneroster__org') }}
),

deliveries as (
    select * from {{ ref('stg_oneroster__delivery') }}
),

checked as (
    select
        records.organization_id,
        records.organization_name,
        records.organization_type,
        records.parent_organization_id,
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

checked_oneroster__org as (
    select
        organization_id,
        organization_name,
        organization_type,
        parent_organization_id,
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

select * from checked_oneroster__org
