{{ config(materialized='table', enabled='oulad' in source_systems()) }}
-- stg_oulad__quarantine.sql: grain = record that was not staged
{%- set click_columns = ['course_id', 'term_name', 'learner_id', 'activity_id', 'course_day', 'interaction_count'] %}
with

refused_clicks as (
    select * from {{ ref('int_oulad__click') }}
    where quarantine_reason is not null
),

-- records refused while reading have their number, but no place: those before a record move its number on
unread_clicks as (
    select
        *,
        record_number - row_number() over (order by record_number) as numbered_before
    from {{ refused_relation(ref('base_oulad__student_vle')) }}
),

placed_clicks as (
    select
        refused_clicks.*,
        files.source_file,
        refused_clicks.row_id - (select min(firsts.rowid) from {{ ref('base_oulad__student_vle') }} as firsts) as place
    from refused_clicks
    cross join {{ loaded_files_relation(ref('base_oulad__student_vle')) }} as files
),

refused as (
    {%- for table in [
        'course', 'assessment', 'vle', 'student_info', 'student_registration', 'student_assessment'
    ] %}
        select
            source_file,
            record_number,
            '{{ table }}' as entity,
            quarantine_reason as reason,
            raw_record
        from {{ ref('checked_oulad__' ~ table) }}
        where quarantine_reason is not null
        union all
    {%- endfor %}
    select
        source_file,
        record_number,
        'student_vle' as entity,
        quarantine_reason as reason,
        raw_record
    from unread_clicks
    union all
    select
        source_file,
        2 + place + (
            select count(*)
            from unread_clicks
            where unread_clicks.numbered_before < 2 + placed_clicks.place
        ) as record_number,
        'student_vle' as entity,
        quarantine_reason as reason,
        {{ csv_record(click_columns) }} as raw_record
    from placed_clicks
),

stg_oulad__quarantine as (
    select
        'oulad' as source_system,
        source_file,
        record_number,
        entity,
        reason,
        raw_record
    from refused
    where reason <> 'erased'
)

select * from stg_oulad__quarantine
