{{ config(materialized='table', enabled='oulad' in var('source_systems')) }}
-- stg_oulad__interaction.sql: grain = course run x learner x activity x date
-- Ids stay integers until the last step: grouping and joining ten million rows by text takes several times as long.
with

clicks as (
    select * from {{ ref('base_oulad__student_vle') }}
    where quarantine_reason is null
),

course_runs as (
    select
        course_run_id,
        course_id,
        term_name,
        start_date,
        row_number() over (order by course_run_id) as run_number
    from {{ ref('stg_oulad__course_run') }}
),

activities as (
    select
        cast(activities.activity_id as integer) as activity_id,
        course_runs.run_number
    from {{ ref('stg_oulad__activity') }} as activities
    inner join course_runs using (course_run_id)
),

enrollments as (
    select
        cast(enrollments.learner_id as integer) as learner_id,
        course_runs.run_number
    from {{ ref('stg_oulad__enrollment') }} as enrollments
    inner join course_runs using (course_run_id)
),

daily as (
    select
        course_runs.run_number,
        clicks.learner_id,
        clicks.activity_id,
        clicks.course_day,
        clicks.source_file,
        sum(clicks.interaction_count) as interaction_count,
        count(*) as source_row_count
    from clicks
    inner join course_runs using (course_id, term_name)
    group by all
),

stg_oulad__interaction as (
    select
        'oulad' as source_system,
        course_runs.course_run_id,
        cast(daily.learner_id as varchar) as learner_id,
        cast(daily.activity_id as varchar) as activity_id,
        course_runs.start_date + daily.course_day as activity_date,
        cast(daily.interaction_count as bigint) as interaction_count,
        cast(null as bigint) as duration_seconds,
        daily.source_file,
        daily.source_row_count
    from daily
    inner join activities using (run_number, activity_id)
    inner join enrollments using (run_number, learner_id)
    inner join course_runs using (run_number)
)

select * from stg_oulad__interaction
