{{ config(enabled='xapi' in source_systems()) }}
-- stg_xapi__assessment.sql: grain = assessment that no roster describes
with

statements as (
    select * from {{ ref('int_xapi__statement') }}
    where delivery = 'first' and is_submission and source_system = 'xapi'
),

activities as (
    select * from {{ ref('stg_xapi__activity') }}
    where source_system = 'xapi'
),

assessments as (
    select
        assessment_id,
        min(course_run_id) as course_run_id
    from statements
    group by assessment_id
),

stg_xapi__assessment as (
    select
        'xapi' as source_system,
        assessments.assessment_id,
        assessments.course_run_id,
        activities.activity_name as assessment_name,
        case
            when activities.activity_type in ('assignment', 'quiz', 'exam') then activities.activity_type
            else 'other'
        end as assessment_type,
        cast(null as date) as due_date,
        cast(null as double) as weight
    from assessments
    left join activities on assessments.assessment_id = activities.activity_id
)

select * from stg_xapi__assessment
