{{ config(
    materialized='incremental',
    enabled='xapi' in source_systems(),
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'activity_id', 'course_run_id'],
    on_schema_change='fail',
) }}
-- int_xapi__activity.sql: grain = source system x activity x course run
with

new_statements as (
    select
        source_system,
        activity_id,
        course_run_id,
        activity_name,
        case when activity_name is not null then occurred_at end as named_at,
        case when activity_name is not null then statement_id end as named_by,
        source_activity_type,
        case when source_activity_type is not null then occurred_at end as typed_at,
        case when source_activity_type is not null then statement_id end as typed_by,
        is_post as has_posts
    from {{ ref('int_xapi__statement') }}
    where delivery = 'first' and {{ newly_loaded() }}
),

{% if is_incremental() -%}
    mentioned_again as (
        select this.*
        from {{ this }} as this
        semi join new_statements using (source_system, activity_id, course_run_id)
    ),
{%- endif %}

said as (
    select * from new_statements
    {%- if is_incremental() %}
    union all
    select * from mentioned_again
    {%- endif %}
),

-- what the latest statement says that says something, so that more statements can be added later
int_xapi__activity as (
    select
        source_system,
        activity_id,
        course_run_id,
        arg_max(activity_name, (named_at, named_by)) filter (activity_name is not null) as activity_name,
        max(named_at) as named_at,
        arg_max(named_by, (named_at, named_by)) filter (activity_name is not null) as named_by,
        arg_max(source_activity_type, (typed_at, typed_by)) filter (source_activity_type is not null)
            as source_activity_type,
        max(typed_at) as typed_at,
        arg_max(typed_by, (typed_at, typed_by)) filter (source_activity_type is not null) as typed_by,
        bool_or(has_posts) as has_posts
    from said
    group by source_system, activity_id, course_run_id
)

select * from int_xapi__activity
