{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__activity.sql: grain = activity
with

events as (
    select * from {{ ref('int_moodle__event') }}
    where delivery <> 'refused'
),

activity_types as (
    select
        source_activity_type,
        activity_type
    from {{ ref('map_activity_type') }}
    where source_system = 'moodle'
),

-- names are those of the day of the export: the latest is right
activities as (
    select
        activity_id,
        case when count(distinct nullif(course_run_id, '(none)')) = 1 then min(nullif(course_run_id, '(none)')) end
            as course_run_id,
        arg_max(activity_name, (source_file, record_number)) filter (activity_name is not null) as activity_name,
        arg_max(source_activity_type, (source_file, record_number)) filter (source_activity_type is not null)
            as source_activity_type
    from events
    group by activity_id
),

stg_moodle__activity as (
    select
        'moodle' as source_system,
        activities.activity_id,
        activities.course_run_id,
        activities.activity_name,
        activities.source_activity_type,
        coalesce(activity_types.activity_type, 'other') as activity_type,
        cast(null as integer) as available_from_course_week,
        cast(null as integer) as available_to_course_week
    from activities
    left join activity_types using (source_activity_type)
)

select * from stg_moodle__activity
