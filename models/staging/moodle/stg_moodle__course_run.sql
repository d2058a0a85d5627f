{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__course_run.sql: grain = course run that an export is of
with

events as (
    select * from {{ ref('int_moodle__event') }}
    where course_run_id <> '(none)'
),

course_runs as (
    select
        course_run_id,
        arg_max(activity_name, (source_file, record_number)) filter (source_activity_type = 'Course') as title
    from events
    group by course_run_id
),

stg_moodle__course_run as (
    select
        'moodle' as source_system,
        course_run_id,
        course_run_id as course_id,
        title as course_run_title,
        cast(null as varchar) as term_name,
        cast(null as date) as start_date,
        cast(null as date) as end_date,
        false as is_nominal_calendar
    from course_runs
)

select * from stg_moodle__course_run
