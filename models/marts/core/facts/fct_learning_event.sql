{{ config(
    materialized='incremental',
    incremental_strategy='append',
    pre_hook="{{ forget_rekeyed_rows() }}",
    on_schema_change='fail',
) }}
-- fct_learning_event.sql: grain = learning event (transaction)
with

events as (
    {{ rows_to_load('learning_event') }}
),

enrollments as (
    select
        source_system,
        course_run_id,
        learner_id,
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key,
        run_start_date
    from {{ ref('int_enrollment_key') }}
    where not is_staff
),

activities as (
    select
        source_system,
        activity_id,
        activity_key
    from {{ ref('dim_activity') }}
),

fct_learning_event as (
    select
        events.source_system,
        events.event_id,
        enrollments.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        enrollments.demographics_key,
        activities.activity_key,
        {{ date_key('events.event_date') }} as date_key,
        events.event_date,
        events.occurred_at,
        {{ days_between('enrollments.run_start_date', 'events.event_date') }} as course_day,
        events.verb,
        events.session_id,
        events.duration_seconds
    from events
    inner join enrollments
        on
            events.source_system = enrollments.source_system
            and events.course_run_id = enrollments.course_run_id
            and events.learner_id = enrollments.learner_id
    inner join activities
        on
            events.source_system = activities.source_system
            and events.activity_id = activities.activity_id
)

select * from fct_learning_event
order by course_run_key, enrollment_key, occurred_at
