{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key=['enrollment_key', 'activity_key', 'activity_date'],
    pre_hook="{{ forget_rekeyed_rows() }}",
    on_schema_change='fail',
) }}
-- fct_daily_activity.sql: grain = enrollment x activity x date
with

interactions as (
    {{ rows_to_load('interaction') }}
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
        run_start_date,
        cast(row_number() over (order by course_run_key, enrollment_key) as integer) as place
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

-- sorted while the rows are narrow: what is joined to them afterwards stays in their order
sorted as (
    select
        enrollments.place,
        activities.activity_key,
        interactions.activity_date,
        interactions.interaction_count,
        interactions.duration_seconds
    from interactions
    inner join enrollments
        on
            interactions.source_system = enrollments.source_system
            and interactions.course_run_id = enrollments.course_run_id
            and interactions.learner_id = enrollments.learner_id
    inner join activities
        on
            interactions.source_system = activities.source_system
            and interactions.activity_id = activities.activity_id
    order by enrollments.place, interactions.activity_date
),

keyed as (
    select
        enrollments.enrollment_key,
        enrollments.learner_key,
        enrollments.course_run_key,
        enrollments.demographics_key,
        sorted.activity_key,
        sorted.activity_date,
        {{ days_between('enrollments.run_start_date', 'sorted.activity_date') }} as course_day,
        sorted.interaction_count,
        sorted.duration_seconds
    from sorted
    inner join enrollments
        on sorted.place = enrollments.place
),

fct_daily_activity as (
    select
        enrollment_key,
        learner_key,
        course_run_key,
        demographics_key,
        activity_key,
        {{ date_key('activity_date') }} as date_key,
        activity_date,
        course_day,
        {{ course_week('course_day') }} as course_week,
        interaction_count,
        duration_seconds
    from keyed
)

select * from fct_daily_activity
