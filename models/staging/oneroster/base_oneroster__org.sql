{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__org.sql: grain = record of orgs.csv
with

records as (
    {{ read_csv_extract('oneroster', 'org', raw=true) }}
),

renamed as (
    select
        "sourcedId" as organization_id,
        "name" as organization_name,
        "type" as organization_type,
        "parentSourcedId" as parent_organization_id,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__org as (
    select
        organization_id,
        organization_name,
        organization_type,
        parent_organization_id,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when organization_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
        end as quarantine_reason,
        raw_record
    from renamed
)

select * from base_oneroster__org
