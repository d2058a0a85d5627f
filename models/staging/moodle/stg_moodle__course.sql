{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__course.sql: grain = course: to Moodle each run is a course of its own
with

course_runs as (
    select * from {{ ref('stg_moodle__course_run') }}
),

stg_moodle__course as (
    select
        source_system,
        course_id,
        course_run_title as course_title,
        course_id as course_code,
        cast(null as varchar) as subject,
        cast(null as varchar) as organization_id
    from course_runs
)

select * from stg_moodle__course
