{{ config(
    materialized='incremental',
    enabled='oulad' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__student_registration.sql: grain = record of studentRegistration.csv
with

extract as (
    {{ read_csv_extract('oulad', 'student_registration') }}
),

renamed as (
    select
        code_module as course_id,
        code_presentation as term_name,
        id_student as learner_id,
        date_registration as registered_course_day,
        date_unregistration as unregistered_course_day,
        source_file,
        record_number
    from extract
),

checked as (
    select
        *,
        case
            when course_id is null or term_name is null or learner_id is null then 'a required field is empty'
            {{ when_implausible_day('date_registration', 'registered_course_day') }}
            {{ when_implausible_day('date_unregistration', 'unregistered_course_day') }}
        end as quarantine_reason
    from renamed
),

base_oulad__student_registration as (
    select
        course_id,
        term_name,
        learner_id,
        registered_course_day,
        unregistered_course_day,
        source_file,
        record_number,
        quarantine_reason,
        case
            when quarantine_reason is not null
                then {{ csv_record([
                    'course_id',
                    'term_name',
                    'learner_id',
                    'registered_course_day',
                    'unregistered_course_day',
                ]) }}
        end as raw_record
    from checked
)

{{ all_but_erased([learner_in('oulad', 'learner_id')]) }}
