{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'course_run_id', 'learner_id'],
    on_schema_change='fail',
) }}
-- int_enrollment_activity.sql: grain = source system x course run x learner
with

interactions as (
    select * from {{ ref('interaction') }}
),

{% if is_incremental() -%}
    -- distinct: one row per enrollment with new interactions
    active_again as (
        select distinct
            source_system,
            course_run_id,
            learner_id
        from interactions
        where {{ newly_loaded() }}
    ),
{%- endif %}

int_enrollment_activity as (
    select
        interactions.source_system,
        interactions.course_run_id,
        interactions.learner_id,
        min(interactions.activity_date) as first_active_date,
        max(interactions.activity_date) as last_active_date,
        cast(sum(interactions.interaction_count) as bigint) as interaction_count
    from interactions
    {%- if is_incremental() %}
    inner join active_again
        on
            interactions.source_system = active_again.source_system
            and interactions.course_run_id = active_again.course_run_id
            and interactions.learner_id = active_again.learner_id
    {%- endif %}
    group by interactions.source_system, interactions.course_run_id, interactions.learner_id
)

select * from int_enrollment_activity
