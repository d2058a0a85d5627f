{{ config(enabled='oulad' in source_systems()) }}
-- stg_oulad__submission.sql: grain = assessment x learner
with

submissions as (
    select * from {{ ref('checked_oulad__student_assessment') }}
    where quarantine_reason is null
),

course_runs as (
    select * from {{ ref('stg_oulad__course_run') }}
),

stg_oulad__submission as (
    select
        'oulad' as source_system,
        submissions.assessment_id || '|' || submissions.learner_id as submission_id,
        'attempt' as record_type,
        cast(submissions.assessment_id as varchar) as assessment_id,
        course_runs.course_run_id,
        cast(submissions.learner_id as varchar) as learner_id,
        cast(null as timestamp) as submitted_at,
        course_runs.start_date + submissions.submitted_course_day as submitted_date,
        submissions.score,
        submissions.is_banked,
        submissions.source_file
    from submissions
    inner join course_runs using (course_id, term_name)
)

select * from stg_oulad__submission
