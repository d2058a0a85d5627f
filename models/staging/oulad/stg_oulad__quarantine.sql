{{ config(materialized='table', enabled='oulad' in var('source_systems')) }}
-- stg_oulad__quarantine.sql: grain = record that was not staged
with

course_runs as (
    select * from {{ ref('stg_oulad__course_run') }}
),

activities as (
    select
        cast(activities.activity_id as integer) as activity_id,
        course_runs.course_id,
        course_runs.term_name
    from {{ ref('stg_oulad__activity') }} as activities
    inner join course_runs using (course_run_id)
),

enrollments as (
    select
        cast(enrollments.learner_id as integer) as learner_id,
        course_runs.course_id,
        course_runs.term_name
    from {{ ref('stg_oulad__enrollment') }} as enrollments
    inner join course_runs using (course_run_id)
),

clicks as (
    select
        *,
        rowid as row_position
    from {{ ref('base_oulad__student_vle') }}
),

-- the two anti-joins together are faster than outer joins of every click
unrelated_clicks as (
    select *, 'unknown activity of the course run' as reason
    from clicks
    anti join activities using (activity_id, course_id, term_name)
    where quarantine_reason is null
    union all
    select *, 'unknown enrollment' as reason
    from clicks
    semi join activities using (activity_id, course_id, term_name)
    anti join enrollments using (learner_id, course_id, term_name)
    where quarantine_reason is null
),

-- clicks are loaded in the order of the file, so the place in the table gives the number of the record
numbered_clicks as (
    select
        source_file,
        row_position - min(row_position) over (partition by source_file) as place
    from clicks
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
    from clicks
    where quarantine_reason is not null
    union all
    select
        source_file,
        record_number,
        'student_vle' as entity,
        reason,
        {{ csv_record(['course_id', 'term_name', 'learner_id', 'activity_id', 'course_day', 'interaction_count']) }}
            as raw_record
    from unrelated_clicks
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
