{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- checked_oulad__student_assessment.sql: grain = record of studentAssessment.csv
with

records as (
    select * from {{ ref('base_oulad__student_assessment') }}
),

assessments as (
    select
        assessment_id,
        course_id,
        term_name
    from {{ ref('checked_oulad__assessment') }}
    where quarantine_reason is null
),

enrollments as (
    select
        course_id,
        term_name,
        learner_id
    from {{ ref('checked_oulad__student_info') }}
    where quarantine_reason is null
),

checked as (
    select
        records.assessment_id,
        records.learner_id,
        records.submitted_course_day,
        records.is_banked,
        records.score,
        assessments.course_id,
        assessments.term_name,
        records.source_file,
        records.record_number,
        case
            when records.quarantine_reason is not null then records.quarantine_reason
            when assessments.assessment_id is null then 'unknown assessment'
            when enrollments.learner_id is null then 'unknown enrollment'
            when row_number() over (
                partition by records.assessment_id, records.learner_id, records.quarantine_reason is null
                order by records.source_file, records.record_number
            ) > 1 then 'assessment_id, learner_id occurred before'
        end as quarantine_reason,
        coalesce(records.raw_record, {{ csv_record([
            'records.assessment_id',
            'records.learner_id',
            'records.submitted_course_day',
            'records.is_banked',
            'records.score',
        ]) }}) as raw_record
    from records
    left join assessments on records.assessment_id = assessments.assessment_id
    left join enrollments
        on
            assessments.course_id = enrollments.course_id
            and assessments.term_name = enrollments.term_name
            and records.learner_id = enrollments.learner_id
)

select * from checked
