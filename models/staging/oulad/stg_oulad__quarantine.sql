{{ config(materialized='table', enabled='oulad' in var('source_systems')) }}
-- stg_oulad__quarantine.sql: grain = record that was not staged
{%- set click_columns = ['course_id', 'term_name', 'learner_id', 'activity_id', 'course_day', 'interaction_count'] %}
with

activities as (
    select
        activity_id,
        course_id,
        term_name
    from {{ ref('checked_oulad__vle') }}
    where quarantine_reason is null
),

enrollments as (
    select
        learner_id,
        course_id,
        term_name
    from {{ ref('checked_oulad__student_info') }}
    where quarantine_reason is null
),

-- one pass over the clicks, which are in the order of the file: the place in the table tells the number of the record
refused_clicks as (
    select
        clicks.*,
        clicks.rowid - (select min(firsts.rowid) from {{ ref('base_oulad__student_vle') }} as firsts) as place,
        case
            when clicks.quarantine_reason is not null then clicks.quarantine_reason
            when
                activities.activity_id is null
                or activities.course_id <> clicks.course_id
                or activities.term_name <> clicks.term_name
                then 'unknown activity of the course run'
            when enrollments.learner_id is null then 'unknown enrollment'
        end as reason
    from {{ ref('base_oulad__student_vle') }} as clicks
    left join activities on clicks.activity_id = activities.activity_id
    left join enrollments
        on
            clicks.learner_id = enrollments.learner_id
            and activities.course_id = enrollments.course_id
            and activities.term_name = enrollments.term_name
    where reason is not null
),

-- records refused while reading have their number, but no place: those before a record move its number on
unread_clicks as (
    select record_number - row_number() over (order by record_number) as numbered_before
    from {{ ref('base_oulad__student_vle') }}
    where record_number is not null
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
        coalesce(
            record_number,
            2 + place + (
                select count(*)
                from unread_clicks
                where unread_clicks.numbered_before < 2 + refused_clicks.place
            )
        ) as record_number,
        'student_vle' as entity,
        reason,
        coalesce(raw_record, {{ csv_record(click_columns) }}) as raw_record
    from refused_clicks
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
)

select * from stg_oulad__quarantine
