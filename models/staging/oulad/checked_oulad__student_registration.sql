{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- checked_oulad__student_registration.sql: grain = record of studentRegistration.csv
with

records as (
    select * from {{ ref('base_oulad__student_registration') }}
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
        records.course_id,
        records.term_name,
        records.learner_id,
        records.registered_course_day,
        records.unregistered_course_day,
        records.source_file,
        records.record_number,
        case
            when records.quarantine_reason is not null then records.quarantine_reason
            when enrollments.learner_id is null then 'unknown enrollment'
            when row_number() over (
                partition by records.course_id, records.term_name, records.learner_id, records.quarantine_reason is null
                order by records.source_file, records.record_number
            ) > 1 then 'course_id, term_name, learner_id occurred before'
        end as quarantine_reason,
        coalesce(records.raw_record, {{ csv_record([
            'records.course_id',
            'records.term_name',
            'records.learner_id',
            'records.registered_course_day',
            'records.unregistered_course_day',
        ]) }}) as raw_record
    from records
    left join enrollments
        on
            records.course_id = enrollments.course_id
            and records.term_name = enrollments.term_name
            and records.learner_id = enrollments.learner_id
)

select * from checked
