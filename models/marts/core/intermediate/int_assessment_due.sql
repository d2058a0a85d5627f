{{ config(materialized='view') }}
-- int_assessment_due.sql: grain = assessment that is handed in
with

as_of as (
    select as_of_date from {{ ref('int_as_of') }}
),

assessments as (
    select
        assessment_key,
        course_run_key,
        due_course_day
    from {{ ref('dim_assessment') }}
    where due_course_day is not null
),

-- a banked score is nothing that anybody handed in
first_submissions as (
    select
        submissions.assessment_key,
        submissions.course_run_key,
        min(submissions.submitted_course_day) as first_submitted_course_day
    from {{ ref('fct_submission') }} as submissions
    inner join as_of
        on submissions.submitted_date <= as_of.as_of_date
    where
        not submissions.is_banked
        and not submissions.is_gradebook_only
        and submissions.submitted_course_day is not null
    group by submissions.assessment_key, submissions.course_run_key
),

int_assessment_due as (
    select
        assessments.assessment_key,
        assessments.course_run_key,
        {{ course_week(
            'greatest(assessments.due_course_day, first_submissions.first_submitted_course_day)'
        ) }} as due_course_week
    from assessments
    inner join first_submissions
        on
            assessments.assessment_key = first_submissions.assessment_key
            and assessments.course_run_key = first_submissions.course_run_key
)

select * from int_assessment_due
