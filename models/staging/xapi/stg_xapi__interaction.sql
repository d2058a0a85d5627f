{{ config(
    materialized='incremental',
    enabled='xapi' in source_systems(),
    incremental_strategy='delete+insert',
    unique_key=['source_system', 'course_run_id', 'learner_id', 'activity_id', 'activity_date'],
    on_schema_change='fail',
) }}
-- stg_xapi__interaction.sql: grain = course run x learner x activity x date
with

new_events as (
    select
        source_system,
        course_run_id,
        learner_id,
        activity_id,
        event_date as activity_date,
        count(*) as interaction_count,
        sum(duration_seconds) as duration_seconds
    from {{ ref('stg_xapi__learning_event') }}
    where {{ newly_loaded() }}
    group by source_system, course_run_id, learner_id, activity_id, event_date
),

{% if is_incremental() -%}
    -- late events add to days that are there already
    earlier_events as (
        select *
        from {{ this }}
        where activity_date in (select new_events.activity_date from new_events)
    ),

    stg_xapi__interaction as (
        select
            source_system,
            course_run_id,
            learner_id,
            activity_id,
            activity_date,
            cast(new_events.interaction_count + coalesce(earlier_events.interaction_count, 0) as bigint)
                as interaction_count,
            cast(
                coalesce(
                    new_events.duration_seconds + earlier_events.duration_seconds,
                    new_events.duration_seconds,
                    earlier_events.duration_seconds
                ) as bigint
            ) as duration_seconds,
            {{ load_id() }} as load_id
        from new_events
        left join earlier_events using (source_system, course_run_id, learner_id, activity_id, activity_date)
    )
{%- else -%}
    stg_xapi__interaction as (
        select
            source_system,
            course_run_id,
            learner_id,
            activity_id,
            activity_date,
            interaction_count,
            cast(duration_seconds as bigint) as duration_seconds,
            {{ load_id() }} as load_id
        from new_events
    )
{%- endif %}

select * from stg_xapi__interaction
