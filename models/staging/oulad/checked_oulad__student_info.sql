{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- checked_oulad__student_info.sql: grain = record of studentInfo.csv
with

records as (
    select * from {{ ref('base_oulad__student_info') }}
),

course_runs as (
    select
        course_id,
        term_name
    from {{ ref('checked_oulad__course') }}
    where quarantine_reason is null
),

checked as (
    select
        records.course_id,
        records.term_name,
        records.learner_id,
        records.gender_code,
        records.region,
        records.highest_education,
        records.deprivation_band,
        records.age_band,
        records.previous_attempt_count,
        records.studied_credits,
        records.disability_code,
        records.source_final_result,
        records.source_file,
        records.record_number,
        case
            when records.quarantine_reason is not null then records.quarantine_reason
            when course_runs.course_id is null then 'unknown course run'
            when row_number() over (
                partition by records.course_id, records.term_name, records.learner_id, records.quarantine_reason is null
                order by records.source_file, records.record_number
            ) > 1 then 'course_id, term_name, learner_id occurred before'
        end as quarantine_reason,
        coalesce(records.raw_record, {{ csv_record([
            'records.course_id',
            'records.term_name',
            'records.learner_id',
            'records.gender_code',
            'records.region',
            'records.highest_education',
            'records.deprivation_band',
            'records.age_band',
            'records.previous_attempt_count',
            'records.studied_credits',
            'records.disability_code',
            'records.source_final_result',
        ]) }}) as raw_record
    from records
    left join course_runs on records.course_id = course_runs.course_id and records.term_name = course_runs.term_name
)

select * from checked
