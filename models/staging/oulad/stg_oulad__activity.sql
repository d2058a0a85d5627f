{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__activity.sql: grain = activity
with

sites as (
    select * from {{ ref('checked_oulad__vle') }}
    where quarantine_reason is null
),

course_runs as (
    select * from {{ ref('stg_oulad__course_run') }}
),

activity_types as (
    select
        source_activity_type,
        activity_type
    from {{ ref('map_activity_type') }}
    where source_system = 'oulad'
),

stg_oulad__activity as (
    select
        'oulad' as source_system,
        cast(sites.activity_id as varchar) as activity_id,
        course_runs.course_run_id,
        cast(null as varchar) as activity_name,
        sites.source_activity_type,
        coalesce(activity_types.activity_type, 'other') as activity_type,
        sites.available_from_course_week,
        sites.available_to_course_week,
        sites.source_file
    from sites
    inner join course_runs using (course_id, term_name)
    left join activity_types using (source_activity_type)
)

select * from stg_oulad__activity
