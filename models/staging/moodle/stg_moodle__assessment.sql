{{ config(enabled='moodle' in source_systems()) }}
-- stg_moodle__assessment.sql: grain = activity in which learners hand in work
with

submissions as (
    select * from {{ ref('stg_moodle__submission') }}
),

activities as (
    select * from {{ ref('stg_moodle__activity') }}
),

assessments as (
    select
        assessment_id,
        min(course_run_id) as course_run_id
    from submissions
    group by assessment_id
),

stg_moodle__assessment as (
    select
        'moodle' as source_system,
        assessments.assessment_id,
        assessments.course_run_id,
        activities.activity_name as assessment_name,
        case
            when activities.activity_type in ('assignment', 'quiz') then activities.activity_type
            else 'other'
        end as assessment_type,
        cast(null as date) as due_date,
        cast(null as double) as weight
    from assessments
    left join activities on assessments.assessment_id = activities.activity_id
)

select * from stg_moodle__assessment
