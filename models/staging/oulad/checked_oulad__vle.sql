{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- checked_oulad__vle.sql: grain = record of vle.csv
with

records as (
    select * from {{ ref('base_oulad__vle') }}
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
        records.activity_id,
        records.course_id,
        records.term_name,
        records.source_activity_type,
        records.available_from_course_week,
        records.available_to_course_week,
        records.source_file,
        records.record_number,
        case
            when records.quarantine_reason is not null then records.quarantine_reason
            when course_runs.course_id is null then 'unknown course run'
            when row_number() over (
                partition by records.activity_id, records.quarantine_reason is null
                order by records.source_file, records.record_number
            ) > 1 then 'activity_id occurred before'
        end as quarantine_reason,
        coalesce(records.raw_record, {{ csv_record([
            'records.activity_id',
            'records.course_id',
            'records.term_name',
            'records.source_activity_type',
            'records.available_from_course_week',
            'records.available_to_course_week',
        ]) }}) as raw_record
    from records
    left join course_runs on records.course_id = course_runs.course_id and records.term_name = course_runs.term_name
)

select * from checked
