{{ config(
    materialized='incremental',
    enabled='oulad' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__course.sql: grain = record of courses.csv
with

extract as (
    {{ read_csv_extract('oulad', 'course') }}
),

renamed as (
    select
        code_module as course_id,
        code_presentation as term_name,
        module_presentation_length as length_in_days,
        source_file,
        record_number
    from extract
),

checked as (
    select
        *,
        case
            when course_id is null or term_name is null or length_in_days is null then 'a required field is empty'
            when not regexp_matches(term_name, '^(19|20)[0-9]{2}[BJ]$')
                then 'code_presentation is not a year with B or J'
            {{ when_not_between('module_presentation_length', 'length_in_days', 1, 1000) }}
        end as quarantine_reason
    from renamed
),

base_oulad__course as (
    select
        course_id,
        term_name,
        length_in_days,
        source_file,
        record_number,
        quarantine_reason,
        case
            when quarantine_reason is not null
                then {{ csv_record([
                    'course_id',
                    'term_name',
                    'length_in_days',
                ]) }}
        end as raw_record
    from checked
)

select * from base_oulad__course
