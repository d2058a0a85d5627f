{{ config(materialized='table', enabled='oneroster' in source_systems()) }}
-- checked_oneroster__demographic.sql: grain = record of demographics.csv
with

records as (
    select
        *,
        {{ roster_delivery('source_file') }} as delivery
    from {{ ref('base_oneroster__demographic') }}
),

deliveries as (
    select * from {{ ref('stg_oneroster__delivery') }}
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
        records.user_id,
        records.birth_date,
        records.gender,
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
                when users.user_id is null
                    then 'user is unknown: ' || coalesce(records.user_id, '(none)')
                when records.birth_date not between date '1900-01-01' and deliveries.delivered_date
                    then 'birthDate is not between 1900 and the delivery: ' || records.birth_date
            end
        ) as quarantine_reason,
        records.raw_record
    from records
    inner join deliveries on records.delivery = deliveries.delivery
    left join users
        on records.delivery = users.delivery and records.user_id = users.user_id
),

checked_oneroster__demographic as (
    select
        user_id,
        birth_date,
        gender,
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

select * from checked_oneroster__demographic
