{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- checked_oulad__student_vle.sql: grain = record of studentVle.csv
with

-- the clicks are in the order of the file: the place in the table tells the number of the record
records as (
    select
        *,
        rowid as row_id
    from {{ ref('base_oulad__student_vle') }}
    {%- if has_erasures() %}
    where {{ is_erased_click() }} is not true
    {%- endif %}
),

unknown_sites as (
    select * from {{ ref('int_oulad__unknown_site') }}
),

checked as (
    select
        records.course_id,
        records.term_name,
        records.learner_id,
        records.activity_id,
        records.course_day,
        records.interaction_count,
        records.row_id,
        case
            when
                records.course_id is null
                or records.term_name is null
                or records.learner_id is null
                or records.activity_id is null
                or records.course_day is null
                or records.interaction_count is null
                then 'a required field is empty'
            when records.interaction_count < 1 then 'sum_click is less than 1'
            {{ when_implausible_day('date', 'records.course_day') }}
            when unknown_sites.activity_id is not null then 'unknown activity of the course run'
        end as quarantine_reason
    from records
    left join unknown_sites
        on
            records.activity_id = unknown_sites.activity_id
            and records.course_id = unknown_sites.course_id
            and records.term_name = unknown_sites.term_name
)

select * from checked
