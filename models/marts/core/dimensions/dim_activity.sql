-- dim_activity.sql: grain = activity
with

activities as (
    select * from {{ ref('activity') }}
),

course_runs as (
    select
        source_system,
        course_run_id,
        course_run_key
    from {{ ref('int_course_run') }}
),

-- union, not union all: one row per activity that anything names
named as (
    select
        source_system,
        activity_id
    from activities
    union
    select
        source_system,
        activity_id
    from {{ ref('int_activity_use') }}
    union
    select
        source_system,
        activity_id
    from {{ ref('post') }}
    where activity_id is not null
),

dim_activity as (
    select
        {{ surrogate_key(['named.source_system', 'named.activity_id']) }} as activity_key,
        named.source_system,
        named.activity_id,
        coalesce(course_runs.course_run_key, {{ unknown_key() }}) as course_run_key,
        coalesce(activities.activity_name, named.activity_id) as activity_name,
        coalesce(activities.activity_type, 'other') as activity_type,
        activities.source_activity_type,
        activities.available_from_course_week,
        activities.available_to_course_week,
        activities.activity_id is null as is_inferred
    from named
    left join activities
        on
            named.source_system = activities.source_system
            and named.activity_id = activities.activity_id
    left join course_runs
        on
            activities.source_system = course_runs.source_system
            and activities.course_run_id = course_runs.course_run_id

    union all

    select
        {{ unknown_key() }} as activity_key,
        'unknown' as source_system,
        'unknown' as activity_id,
        {{ unknown_key() }} as course_run_key,
        'unknown' as activity_name,
        'other' as activity_type,
        cast(null as {{ dbt.type_string() }}) as source_activity_type,
        cast(null as integer) as available_from_course_week,
        cast(null as integer) as available_to_course_week,
        true as is_inferred
)

select * from dim_activity
