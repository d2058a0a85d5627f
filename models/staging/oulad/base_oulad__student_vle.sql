{{ config(
    materialized='incremental',
    enabled='oulad' in var('source_systems'),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__student_vle.sql: grain = record of studentVle.csv
with

extract as (
    {{ read_csv_extract('oulad', 'student_vle', numbered=false) }}
),

renamed as (
    select
        code_module as course_id,
        code_presentation as term_name,
        id_student as learner_id,
        id_site as activity_id,
        date as course_day,
        sum_click as interaction_count,
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
                or learner_id is null
                or activity_id is null
                or course_day is null
                or interaction_count is null
                then 'a required field is empty'
            when interaction_count < 1 then 'sum_click is less than 1'
            {{ when_implausible_day('date', 'course_day') }}
        end as quarantine_reason
    from renamed
),

base_oulad__student_vle as (
    select
        course_id,
        term_name,
        learner_id,
        activity_id,
        course_day,
        interaction_count,
        source_file,
        record_number,
        quarantine_reason,
        case
            when quarantine_reason is not null
                then {{ csv_record([
                    'course_id',
                    'term_name',
                    'learner_id',
                    'activity_id',
                    'course_day',
                    'interaction_count',
                ]) }}
        end as raw_record
    from checked
)

select * from base_oulad__student_vle
