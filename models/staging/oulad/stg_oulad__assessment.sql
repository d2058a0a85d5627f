{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__assessment.sql: grain = assessment
with

assessments as (
    select * from {{ ref('checked_oulad__assessment') }}
    where quarantine_reason is null
),

course_runs as (
    select * from {{ ref('stg_oulad__course_run') }}
),

stg_oulad__assessment as (
    select
        'oulad' as source_system,
        cast(assessments.assessment_id as varchar) as assessment_id,
        course_runs.course_run_id,
        cast(null as varchar) as assessment_name,
        case assessments.source_assessment_type
            when 'TMA' then 'assignment'
            when 'CMA' then 'quiz'
            when 'Exam' then 'exam'
            else 'other'
        end as assessment_type,
        course_runs.start_date + assessments.due_course_day as due_date,
        assessments.weight,
        assessments.source_file
    from assessments
    inner join course_runs using (course_id, term_name)
)

select * from stg_oulad__assessment
