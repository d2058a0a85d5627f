{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__course.sql: grain = course
with

course_runs as (
    select * from {{ ref('stg_oulad__course_run') }}
),

stg_oulad__course as (
    select
        source_system,
        course_id,
        cast(null as varchar) as course_title,
        course_id as course_code,
        cast(null as varchar) as subject,
        cast(null as varchar) as organization_id
    from course_runs
    group by source_system, course_id
)

select * from stg_oulad__course
