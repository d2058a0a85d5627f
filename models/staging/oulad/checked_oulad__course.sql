{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- checked_oulad__course.sql: grain = record of courses.csv
with

records as (
    select * from {{ ref('base_oulad__course') }}
),

checked as (
    select
        records.course_id,
        records.term_name,
        records.length_in_days,
        records.source_file,
        records.record_number,
        case
            when records.quarantine_reason is not null then records.quarantine_reason
            when row_number() over (
                partition by records.course_id, records.term_name, records.quarantine_reason is null
                order by records.source_file, records.record_number
            ) > 1 then 'course_id, term_name occurred before'
        end as quarantine_reason,
        coalesce(records.raw_record, {{ csv_record([
            'records.course_id',
            'records.term_name',
            'records.length_in_days',
        ]) }}) as raw_record
    from records
)

select * from checked
