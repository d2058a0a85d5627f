{{ config(materialized='table', enabled='oulad' in source_systems()) }}
-- int_oulad__daily_clicks.sql: grain = learner x site x course day
with

clicks as (
    select * from {{ ref('checked_oulad__student_vle') }}
    where quarantine_reason is null
),

activities as (
    select
        activity_id,
        course_id,
        term_name
    from {{ ref('checked_oulad__vle') }}
    where quarantine_reason is null
),

enrollments as (
    select
        learner_id,
        course_id,
        term_name
    from {{ ref('checked_oulad__student_info') }}
    where quarantine_reason is null
),

daily_clicks as (
    select
        learner_id,
        activity_id,
        course_day,
        sum(interaction_count) as interaction_count
    from clicks
    group by learner_id, activity_id, course_day
),

int_oulad__daily_clicks as (
    select
        daily_clicks.learner_id,
        daily_clicks.activity_id,
        daily_clicks.course_day,
        cast(daily_clicks.interaction_count as bigint) as interaction_count,
        enrollments.learner_id is not null as is_enrolled,
        {{ load_id() }} as load_id
    from daily_clicks
    inner join activities using (activity_id)
    left join enrollments using (learner_id, course_id, term_name)
)

select * from int_oulad__daily_clicks
