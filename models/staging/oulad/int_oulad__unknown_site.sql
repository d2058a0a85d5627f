{{ config(materialized='table', enabled='oulad' in source_systems()) }}
-- int_oulad__unknown_site.sql: grain = course run x site of clicks that is none of the run's sites
-- A table, though with few rows or none: knowing how few, the engine relates ten million clicks to them at no cost.
with

activities as (
    select
        activity_id,
        course_id,
        term_name
    from {{ ref('checked_oulad__vle') }}
    where quarantine_reason is null
),

-- group by: the clicks of a site are looked up once
used_sites as (
    select
        course_id,
        term_name,
        activity_id
    from {{ ref('base_oulad__student_vle') }}
    group by course_id, term_name, activity_id
),

int_oulad__unknown_site as (
    select
        used_sites.course_id,
        used_sites.term_name,
        used_sites.activity_id
    from used_sites
    left join activities using (course_id, term_name, activity_id)
    where activities.activity_id is null
)

select * from int_oulad__unknown_site
