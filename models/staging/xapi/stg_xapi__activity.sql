{{ config(enabled='xapi' in source_systems()) }}
-- stg_xapi__activity.sql: grain = source system x activity
with

uses as (
    select * from {{ ref('int_xapi__activity') }}
),

activity_types as (
    select
        source_activity_type,
        activity_type
    from {{ ref('map_activity_type') }}
    where source_system = 'xapi'
),

-- the latest statement that says something about an activity is right; a single run is its own
activities as (
    select
        source_system,
        activity_id,
        case when count(*) = 1 then nullif(min(course_run_id), '(none)') end as course_run_id,
        arg_max(activity_name, (named_at, named_by)) filter (activity_name is not null) as activity_name,
        arg_max(source_activity_type, (typed_at, typed_by)) filter (source_activity_type is not null)
            as source_activity_type,
        bool_or(has_posts) as has_posts
    from uses
    group by source_system, activity_id
),

stg_xapi__activity as (
    select
        activities.source_system,
        activities.activity_id,
        activities.course_run_id,
        activities.activity_name,
        activities.source_activity_type,
        case when activities.has_posts then 'forum' else coalesce(activity_types.activity_type, 'other') end
            as activity_type,
        cast(null as integer) as available_from_course_week,
        cast(null as integer) as available_to_course_week
    from activities
    left join activity_types using (source_activity_type)
)

select * from stg_xapi__activity
