{{ config(materialized='ephemeral', enabled='oulad' in source_systems(), contract={'enforced': false}) }}
-- int_oulad__click.sql: grain = record of studentVle.csv
with

clicks as (
    select * from {{ ref('checked_oulad__student_vle') }}
),

-- group by: a learner who is not enrolled may use a site on many days
strangers as (
    select
        learner_id,
        activity_id
    from {{ ref('int_oulad__daily_clicks') }}
    where not is_enrolled
    group by learner_id, activity_id
),

int_oulad__click as (
    select
        clicks.course_id,
        clicks.term_name,
        clicks.learner_id,
        clicks.activity_id,
        clicks.course_day,
        clicks.interaction_count,
        clicks.row_id,
        case
            when clicks.quarantine_reason is not null then clicks.quarantine_reason
            when strangers.learner_id is not null then 'unknown enrollment'
        end as quarantine_reason
    from clicks
    left join strangers
        on
            clicks.learner_id = strangers.learner_id
            and clicks.activity_id = strangers.activity_id
)

select * from int_oulad__click
