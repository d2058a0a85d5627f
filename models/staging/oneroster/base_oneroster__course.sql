{{ config(
    materialized='incremental',
    enabled='oneroster' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oneroster__course.sql: grain = record of courses.csv
with

records as (
    {{ read_csv_extract('oneroster', 'course', raw=true) }}
),

renamed as (
    select
        "sourcedId" as course_id,
        "title" as course_title,
        "courseCode" as course_code,
        "subjects" as subjects,
        "orgSourcedId" as organization_id,
        lower("status") as status,
        source_file,
        record_number,
        raw_record,
        first_value(record_number) over same_id as first_record_number,
        first_value(raw_record) over same_id as first_raw_record
    from records
    window same_id as (partition by source_file, "sourcedId" order by record_number)
),

base_oneroster__course as (
    select
        course_id,
        course_title,
        course_code,
        subjects,
        organization_id,
        coalesce(status = 'tobedeleted', false) as is_deleted,
        source_file,
        record_number,
        record_number > first_record_number and raw_record = first_raw_record as is_redelivered,
        case
            when course_id is null then 'sourcedId is missing'
            when raw_record <> first_raw_record
                then 'sourcedId is already used by an earlier record'
        end as quarantine_reason,
        raw_record
    from renamed
)

select * from base_oneroster__course
