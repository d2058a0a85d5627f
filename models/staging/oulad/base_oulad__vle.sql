{{ config(
    materialized='incremental',
    enabled='oulad' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__vle.sql: grain = record of vle.csv
with

extract as (
    {{ read_csv_extract('oulad', 'vle') }}
),

renamed as (
    select
        id_site as activity_id,
        code_module as course_id,
        code_presentation as term_name,
        activity_type as source_activity_type,
        week_from as available_from_course_week,
        week_to as available_to_course_week,
        source_file,
        record_number
    from extract
),

checked as (
    select
        *,
        case
            when
                course_id is null
                or term_name is null
                or activity_id is null
                or source_activity_type is null
                then 'a required field is empty'
            {{ when_not_between('week_from', 'available_from_course_week', -200, 200) }}
            {{ when_not_between('week_to', 'available_to_course_week', -200, 200) }}
        end as quarantine_reason
    from renamed
),

base_oulad__vle as (
    select
        activity_id,
        course_id,
        term_name,
        source_activity_type,
        available_from_course_week,
        available_to_course_week,
        source_file,
        record_number,
        quarantine_reason,
        case
            when quarantine_reason is not null
                then {{ csv_record([
                    'activity_id',
                    'course_id',
                    'term_name',
                    'source_activity_type',
                    'available_from_course_week',
                    'available_to_course_week',
                ]) }}
        end as raw_record
    from checked
)

select * from base_oulad__vle
