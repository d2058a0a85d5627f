{{ config(
    materialized='incremental',
    enabled='oulad' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__student_assessment.sql: grain = record of studentAssessment.csv
with

extract as (
    {{ read_csv_extract('oulad', 'student_assessment') }}
),

renamed as (
    select
        id_assessment as assessment_id,
        id_student as learner_id,
        date_submitted as submitted_course_day,
        is_banked,
        score,
        source_file,
        record_number
    from extract
),

checked as (
    select
        *,
        case
            when
                assessment_id is null
                or learner_id is null
                or submitted_course_day is null
                or is_banked is null
                then 'a required field is empty'
            {{ when_not_between('score', 'score', 0, 100) }}
            {{ when_implausible_day('date_submitted', 'submitted_course_day') }}
        end as quarantine_reason
    from renamed
),

base_oulad__student_assessment as (
    select
        assessment_id,
        learner_id,
        submitted_course_day,
        is_banked,
        score,
        source_file,
        record_number,
        quarantine_reason,
        case
            when quarantine_reason is not null
                then {{ csv_record([
                    'assessment_id',
                    'learner_id',
                    'submitted_course_day',
                    'is_banked',
                    'score',
                ]) }}
        end as raw_record
    from checked
)

{{ all_but_erased([learner_in('oulad', 'learner_id')]) }}
