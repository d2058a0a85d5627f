{{ config(enabled='oneroster' in source_systems()) }}
-- stg_oneroster__course.sql: grain = course of the latest delivery
with

courses as (
    select * from {{ ref('checked_oneroster__course') }}
),

stg_oneroster__course as (
    select
        'oneroster' as source_system,
        course_id,
        course_title,
        course_code,
        -- several subjects come as one comma-separated field, the main one first
        nullif(trim(split_part(subjects, ',', 1)), '') as subject,
        organization_id
    from courses
    where is_current
)

select * from stg_oneroster__course
