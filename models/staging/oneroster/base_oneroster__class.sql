{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__class.sql: grain = record of classes.csv
with

records as (
    {{ read_csv_extract('oneroster', 'class', raw=true) }}
),

renamed as (
    select
        "sourcedId" as course_run_id,
        "title" as course_run_title,
        "courseSourcedId" as course_id,
        nullif(trim(split_part("termSourcedIds", ',', 1)), '') as first_term_id,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__class as (
    select
        course_run_id,
        course_run_title,
        course_id,
        first_term_id,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when course_run_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
        end as quarantine_reason,
        raw_record
    from renamed
)

select * from base_oneroster__class
