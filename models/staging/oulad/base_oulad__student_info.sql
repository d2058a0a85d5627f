{{ config(
    materialized='incremental',
    enabled='oulad' in source_systems(),
    on_schema_change='fail',
    pre_hook="{{ forget_changed_files() }}",
    post_hook="{{ record_loaded_files() }}",
) }}
-- base_oulad__student_info.sql: grain = record of studentInfo.csv
with

extract as (
    {{ read_csv_extract('oulad', 'student_info') }}
),

renamed as (
    select
        code_module as course_id,
        code_presentation as term_name,
        id_student as learner_id,
        gender as gender_code,
        region,
        highest_education,
        imd_band as deprivation_band,
        age_band,
        num_of_prev_attempts as previous_attempt_count,
        studied_credits,
        disability as disability_code,
        final_result as source_final_result,
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
                or source_final_result is null
                then 'a required field is empty'
            when
                source_final_result not in ('Pass', 'Fail', 'Distinction', 'Withdrawn')
                then 'final_result is none of Pass, Fail, Distinction, Withdrawn'
            {{ when_not_between('num_of_prev_attempts', 'previous_attempt_count', 0, 100) }}
            {{ when_not_between('studied_credits', 'studied_credits', 0, 10000) }}
        end as quarantine_reason
    from renamed
),

base_oulad__student_info as (
    select
        course_id,
        term_name,
        learner_id,
        gender_code,
        region,
        highest_education,
        deprivation_band,
        age_band,
        previous_attempt_count,
        studied_credits,
        disability_code,
        source_final_result,
        source_file,
        record_number,
        quarantine_reason,
        case
            when quarantine_reason is not null
                then {{ csv_record([
                    'course_id',
                    'term_name',
                    'learner_id',
                    'gender_code',
                    'region',
                    'highest_education',
                    'deprivation_band',
                    'age_band',
                    'previous_attempt_count',
                    'studied_credits',
                    'disability_code',
                    'source_final_result',
                ]) }}
        end as raw_record
    from checked
)

{{ all_but_erased([learner_in('oulad', 'learner_id')]) }}
