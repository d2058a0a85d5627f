{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'course_run_id', 'activity_id'],
    on_schema_change='fail',
) }}
-- int_activity_use.sql: grain = source system x course run x activity used
with

-- distinct: one row per activity however often it was used
int_activity_use as (
    select distinct
        source_system,
        course_run_id,
        activity_id
    from {{ ref('interaction') }}
    where {{ newly_loaded() }}
)

select * from int_activity_use
