{{ config(
    materialized='incremental',
    enabled='oulad' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__assessment.sql: grain = record of assessments.csv
with

extract as (
    {{ read_csv_extract('oulad', 'assessment') }}
),

renamed as (
    select
        code_module as course_id,
        code_presentation as term_name,
        id_assessment as assessment_id,
        assessment_type as source_assessment_type,
        date as due_course_day,
        weight,
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
                or assessment_id is null
                or source_assessment_type is null
                then 'a required field is empty'
            {{ when_not_between('weight', 'weight', 0, 100) }}
            {{ when_implausible_day('date', 'due_course_day') }}
        end as quarantine_reason
    from renamed
),

base_oulad__assessment as (
    select
        course_id,
        term_name,
        assessment_id,
        source_assessment_type,
        due_course_day,
        weight,
        source_file,
        record_number,
        quarantine_reason,
        case
            when quarantine_reason is not null
                then {{ csv_record([
                    'course_id',
                    'term_name',
                    'assessment_id',
                    'source_assessment_type',
                    'due_course_day',
                    'weight',
                ]) }}
        end as raw_record
    from checked
)

select * from base_oulad__assessment
